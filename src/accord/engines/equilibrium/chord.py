"""The Jacobian of one economy, for Newton's method on all `quick.System`s that are like it (the chord method; `chord_solve` iterates).

With M and N the derivatives of costs by costs and of output by output, both built from shares alone,

    dc = L (r_c + G_w dw)                          L = (1 - M)^-1
    dY = C (r_Y + A dc + T dI)                     C = (1 - N)^-1
    dI = r_I + (factor income / I) dw
    dw = r_w + R dY

where r are residuals, and A, how output answers costs, holds the trade elasticities: it is a small block for each product and is taken
at the draw's own elasticities, so that one L and one C serve sets of elasticities that differ threefold. dw is what is left to solve for,
region by region, with the numeraire in the place of the equation that Walras' law makes redundant. What the Jacobian leaves out
(wedges' revenue) and the movement of shares is left to Anderson's acceleration over the steps. Supports take their own step at fixed
prices, corrected for how the economy answers them where that is known (`SupportAnswers`).

L and C are kept in single precision and without their small entries: they steer, and the residual, which decides, is in double precision.
Source: Ortega and Rheinboldt (1970), "Iterative Solution of Nonlinear Equations in Several Variables", section 7.1 (chord method);
Walker and Ni (2011) for the acceleration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.linalg import inv
from scipy.sparse import csr_matrix

from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Scenario
from accord.engines.equilibrium.quick import System, covers
from accord.engines.equilibrium.quick_fixed import Fixed
from accord.engines.equilibrium.quick_state import Evaluations, State
from accord.engines.equilibrium.quick_together import Together, evaluated
from accord.engines.equilibrium.quick_weights import of_economies
from accord.errors import EngineError
from accord.numerics.factorisation import one_thread

NOT_QUICK = "the quick solver did not converge; the general solver takes over"

NEGLIGIBLE = 3e-3
"""Entries of L and C below this are dropped: one in twenty stays, and steps are as many as with all of them or one more."""

SMALL = 1e-5
"""Change of log unknowns in differences."""

SLOPES_TOGETHER = 32
"""Directions in which differences are taken at once."""

MOST_UNKNOWNS = 6_000
"""Most products x regions for which the dense L and C are worth their memory."""


def fits(base: BaseEconomy, scenario: Scenario) -> bool:
    """Whether the quick solver has all that they ask for, and a Jacobian of theirs is worth its memory."""
    _, sectors, regions = base.shape
    return sectors * regions <= MOST_UNKNOWNS and covers(base, scenario)


class Steps(NamedTuple):
    """The chord at the elasticities of several economies.

    Attributes:
        theta: The elasticities (k, 1, d).
        output_by_price: C (A L G_w + T diag) (d, ik, nv), in single precision.
        price_matrix: Pseudo-inverse with the numeraire (d, nv, nv + 1).
    """

    theta: np.ndarray
    output_by_price: np.ndarray
    price_matrix: np.ndarray

    def of_some(self, chosen: np.ndarray) -> Steps:
        """Return it at those of some of them."""
        return Steps(
            of_economies(self.theta, chosen), self.output_by_price[chosen], self.price_matrix[chosen]
        )

    def beside(self, others: Sequence[Steps]) -> Steps:
        """Return it at these elasticities and those of others."""
        if not others:
            return self
        theta, output, price = zip(self, *others, strict=True)
        return Steps(np.concatenate(theta, axis=-1), np.concatenate(output), np.concatenate(price))


class SupportAnswers(NamedTuple):
    """How an economy answers supports, at one state of it.

    With B how residuals move with log supports at given prices, Y = J^-1 B, E and D how the conditions move with supports and with all
    else, and a the step of all else without supports, Newton's step on supports is (1 - G Y)^-1 (-E^-1 miss + G a) where G = -E^-1 D.
    -E^-1 miss, the step at given prices, each system brings itself.

    Attributes:
        of_all: Y, how all unknowns but supports move with each log support, over the power theta + 1 with which it acts (unknowns, s).
        of_supports: (1 - G Y)^-1 (s, s).
        of_conditions: G (s, unknowns).
    """

    of_all: np.ndarray
    of_supports: np.ndarray
    of_conditions: np.ndarray


@dataclass(frozen=True)
class Chord:
    """The Jacobian of one solved economy.

    Attributes:
        costs: L (ki, ki), sparse.
        outputs: C (ik, ik), sparse.
        substitution: How sales by source answer costs at a trade elasticity of one (k, i, i), share of output.
        by_factor: L G_w (ki, nv).
        real_prices: Log use prices by log unit costs (nf, ki) and output by them (ik, nf): real uses take from the household.
        by_income: T (ik, n).
        income_by_factor: Factor income over income (n, v).
        hiring: R (n, v, j), shares of sectors in spending on a factor.
        weights: Numeraire: shares in world factor income (nv,).
        answers: What supports do to all else, for systems that have some.
    """

    costs: csr_matrix
    outputs: csr_matrix
    substitution: np.ndarray
    by_factor: np.ndarray
    real_prices: tuple[np.ndarray, np.ndarray]
    by_income: np.ndarray
    income_by_factor: np.ndarray
    hiring: np.ndarray
    weights: np.ndarray
    answers: SupportAnswers | None = None

    @classmethod
    def at(cls, system: System, state: State) -> Chord:
        """Return the Jacobian of one economy at `state`.

        It has the same bytes on any number of BLAS threads: it steers whatever comes after it.
        """
        with one_thread():
            return cls._at(system, state)

    @classmethod
    def _at(cls, system: System, state: State) -> Chord:
        base = system.base
        with np.errstate(all="ignore"):  # what is not finite is found below
            of_one = evaluated(system, state)
        if not np.isfinite(of_one.residual).all():
            raise EngineError(NOT_QUICK)
        found = Evaluations(*(part[..., 0] for part in of_one))
        fixed = Fixed(*(part[..., 0] for part in system.fixed))
        groups, sectors, regions = base.shape
        seen, paid, received = system.weights.of_products()[..., 0]
        received = received.copy()
        received[system.wedges.renting] *= 1.0 - system.rent_share[:, 0]
        theta = fixed.theta[:, None]
        column = found.competitive[:, None, :]

        def shares(weight: np.ndarray) -> np.ndarray:
            value = weight * column
            return value / value.sum(axis=2, keepdims=True)

        seen_share, paid_share = shares(seen), shares(paid)
        flows = received * column * found.per_weight[..., None]
        by_row = (sectors, groups, regions, regions)
        # d log P / d log c: what users pay moves with where they buy.
        price = ((1.0 + theta) * seen_share - theta * paid_share).reshape(by_row)
        spent = np.where(found.spending > 0.0, found.spending, 1.0)
        per_spending = (flows / spent[..., None]).reshape(by_row)
        inputs = system.inputs[..., 0]
        size = sectors * regions
        made = flows.sum(axis=1).T  # (i, k)
        inverse_made = np.divide(1.0, made, out=np.zeros_like(made), where=made > 0.0)
        active = (base.value_added_share[..., 0] != 0.0).T.reshape(-1)
        by_cost = np.einsum("kgni,ngkj->jnki", price, inputs, optimize=True).reshape(size, size)
        by_cost *= active[:, None]
        cost = fixed.kept * np.exp(state.output) * fixed.base_output
        by_output = np.einsum("kgni,ngkj->iknj", per_spending, inputs, optimize=True)
        by_output *= inverse_made[:, :, None, None] * cost
        by_output = by_output.reshape(size, size)
        substitution = np.einsum("kri,krm->kim", flows, paid_share, optimize=True)
        diagonal = np.arange(regions)
        substitution[:, diagonal, diagonal] -= made.T
        substitution *= inverse_made.T[:, :, None]
        costs, outputs = _inverse_of_the_rest(by_cost), _inverse_of_the_rest(by_output)
        by_factor = np.zeros((sectors, regions, regions, base.factor_income.shape[1]))
        by_factor[:, diagonal, diagonal, :] = fixed.factor_share.transpose(2, 0, 1)
        by_factor = costs @ (by_factor.reshape(size, -1) * active[:, None])
        final = system.finals[..., 0]
        real = fixed.real_use.copy()
        real[HOUSEHOLD] = False
        use_price = np.einsum("kgni,ngkf->nfki", price, final, optimize=True)[:, real].reshape(-1, size)
        instead = (final - final[..., :1])[..., real] * found.final[:, None, None, real]
        by_use = np.einsum("kgni,ngkf->iknf", per_spending, instead, optimize=True)
        by_use *= inverse_made[:, :, None, None]
        fixed_share = np.where(real, 0.0, fixed.income_share)
        fixed_share[:, HOUSEHOLD] = 0.0
        fixed_share[:, HOUSEHOLD] = 1.0 - fixed_share.sum(axis=1)
        income = np.exp(state.income) * fixed.base_income
        marginal = (final * (fixed_share * income[:, None])[:, None, None, :]).sum(axis=3)
        by_income = np.einsum("kgni,ngk->ikn", per_spending, marginal, optimize=True)
        by_income *= inverse_made[:, :, None]
        demand = fixed.factor_share * cost[:, None, :]
        total = demand.sum(axis=2, keepdims=True)
        base_income = base.factor_income[:, :, 0, 0]
        earned = np.exp(state.factor_price) * base_income
        return cls(
            costs=_sparse(costs),
            outputs=_sparse(outputs),
            substitution=substitution,
            by_factor=by_factor,
            real_prices=(use_price, by_use.reshape(size, -1)),
            by_income=by_income.reshape(size, regions),
            income_by_factor=earned / income[:, None],
            hiring=np.divide(demand, total, out=np.zeros_like(demand), where=total > 0.0),
            weights=(base_income / base_income.sum()).ravel(),
        )

    @cached_property
    def _pushed(self) -> tuple[np.ndarray, np.ndarray]:
        """How output answers factor prices before it answers itself: by trade elasticities (k, n, nv), and without them (n, k, nv)."""
        sectors, regions, _ = self.substitution.shape
        by_factor = self.by_factor.reshape(sectors, regions, -1)
        earning = (self.by_income[:, :, None] * self.income_by_factor).reshape(sectors * regions, -1)
        beside = self.real_prices[1] @ (self.real_prices[0] @ self.by_factor) + earning
        return self.substitution @ by_factor, beside.reshape(regions, sectors, -1)

    def steps(self, theta: np.ndarray) -> Steps:
        """Return the chord at the trade elasticities (k, d) of several economies; what is of each comes from its own alone."""
        by_theta, beside = self._pushed
        sectors, many = theta.shape
        regions, _, size = beside.shape
        pushed = by_theta.swapaxes(0, 1)[..., None] * theta[:, None] + beside[..., None]
        output = self.outputs @ pushed.reshape(sectors * regions, -1).astype(np.float32)
        hired = self.hiring @ output.astype(np.float64).reshape(regions, sectors, -1)
        hired = hired.reshape(size, size, many).transpose(2, 0, 1)
        matrix = np.empty((many, size + 1, size))
        matrix[:, :size] = np.eye(size) - hired
        matrix[:, size] = self.weights
        normal = matrix.swapaxes(1, 2)
        return Steps(
            theta[:, None],
            np.ascontiguousarray(output.reshape(-1, size, many).transpose(2, 0, 1)),
            np.linalg.solve(normal @ matrix, normal),
        )

    def moves(self, steps: Steps, power: np.ndarray, residual: np.ndarray, like: State) -> np.ndarray:
        """Newton's steps (unknowns, d) for residuals; each column comes from its own alone.

        Args:
            steps: The chord at the economies' trade elasticities.
            power: Power theta + 1 with which each of their supports acts (s, d).
            residual: Residuals (unknowns, d).
            like: The unknowns of one economy.
        """
        (sectors, regions), count = like.unit_cost.shape, residual.shape[1]
        ends = np.cumsum([part.size for part in like]).tolist()
        price, unit_cost, output, income = (residual[begin:end] for begin, end in pairwise((0, *ends[:4])))
        cost = _in_single(self.costs, unit_cost)
        answer = steps.theta * (self.substitution @ cost.reshape(sectors, regions, count))
        pushed = self.real_prices[1] @ (self.real_prices[0] @ cost)
        pushed += self.by_income @ income
        pushed += output
        pushed.reshape(regions, sectors, count)[:] += answer.swapaxes(0, 1)
        output = _in_single(self.outputs, pushed)
        wanted = np.zeros((price.shape[0] + 1, count))
        hired = self.hiring @ output.reshape(regions, sectors, count)
        wanted[:-1] = price + hired.reshape(-1, count)
        by_system = steps.price_matrix @ np.ascontiguousarray(wanted.T)[..., None]
        price = np.ascontiguousarray(by_system[..., 0].T)
        moves = np.empty_like(residual)
        moves[: ends[0]] = price
        moves[ends[0] : ends[1]] = cost + self.by_factor @ price
        moves[ends[1] : ends[2]] = output + (steps.output_by_price @ by_system.astype(np.float32))[..., 0].T
        earned = (self.income_by_factor[..., None] * price.reshape(regions, -1, count)).sum(axis=1)
        moves[ends[2] : ends[3]] = income + earned
        step = residual[ends[3] :]
        if self.answers is not None and self.answers.of_supports.shape[0] == step.shape[0]:
            step = self.answers.of_supports @ (step + self.answers.of_conditions @ moves[: ends[3]])
            moves[: ends[3]] += self.answers.of_all @ (step * power)
        moves[ends[3] :] = step
        return moves

    def with_supports(self, system: System, state: State) -> Chord:
        """Return the chord with the answers to supports of a solved economy that has some (by central differences)."""
        start, point = system.start, state.flat()
        sites = start.support.size
        free = point.size - sites
        steps, power = self.steps(system.fixed.theta[:, 0]), system.supported.power_of_support
        by_support = _slopes(system, point, free + np.arange(sites))[:free]
        alone = replace(self, answers=None)
        columns = (np.concatenate([own, np.zeros(sites)])[:, None] for own in by_support.T)
        answer = np.hstack([alone.moves(steps, power, own, start)[:free] for own in columns])
        some = _that_conditions_see(system)
        conditions = np.zeros((sites, free))
        conditions[:, some] = _slopes(system, point, some)[free:]
        inverse = np.linalg.inv(np.eye(sites) - conditions @ answer)
        if not (np.isfinite(answer).all() and np.isfinite(inverse).all()):
            return self
        return replace(self, answers=SupportAnswers(answer / power[:, 0], inverse, conditions))


def _slopes(system: System, point: np.ndarray, unknowns: np.ndarray) -> np.ndarray:
    """How residuals move with some of the unknowns (residuals, u), by central differences."""
    found: list[np.ndarray] = []
    for begin in range(0, unknowns.size, SLOPES_TOGETHER):
        some = unknowns[begin : begin + SLOPES_TOGETHER]
        moved = np.zeros((some.size, point.size))
        moved[np.arange(some.size), some] = SMALL
        together = Together([system] * some.size)
        ahead, behind = (together.evaluate(point + sign * moved).residual for sign in (1.0, -1.0))
        found.append((ahead - behind) / (2.0 * SMALL))
    return np.hstack(found)


def _that_conditions_see(system: System) -> np.ndarray:
    """Unknowns that conditions on supports respond to most: costs of the products, and output and income of those who buy them."""
    like = system.start
    sectors, regions = like.unit_cost.shape
    first = np.cumsum([0, *(part.size for part in like)])
    product, row = system.supported.row
    products, importers = np.unique(product), np.unique(row % regions)
    return np.concatenate(
        [
            first[1] + (products[:, None] * regions + np.arange(regions)).ravel(),
            first[2] + (importers[:, None] * sectors + np.arange(sectors)).ravel(),
            first[3] + importers,
        ]
    )


def _in_single(matrix: csr_matrix, columns: np.ndarray) -> np.ndarray:
    """The product of a matrix and columns in single precision."""
    return (matrix @ columns.astype(np.float32)).astype(np.float64)


def _inverse_of_the_rest(matrix: np.ndarray) -> np.ndarray:
    """(1 - matrix)^-1 in single precision, as it is kept: NumPy's own `inv` takes twice the time, in either precision."""
    rest = np.negative(matrix, dtype=np.float32, casting="same_kind")
    rest[np.diag_indices_from(rest)] += 1.0
    return inv(rest, overwrite_a=True, check_finite=False)


def _sparse(matrix: np.ndarray) -> csr_matrix:
    return csr_matrix(np.where(np.abs(matrix) > NEGLIGIBLE, matrix, 0.0).astype(np.float32))
