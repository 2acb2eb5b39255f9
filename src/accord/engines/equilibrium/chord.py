"""Newton's method for `quick.System` with the Jacobian of one economy used for all that are like it (the chord method).

With M and N the derivatives of costs by costs and of output by output, both built from shares alone,

    dc = L (r_c + G_w dw)                          L = (1 - M)^-1
    dY = C (r_Y + A dc + T dI)                     C = (1 - N)^-1
    dI = r_I + (factor income / I) dw
    dw = r_w + R dY

where r are residuals, and A, how output answers costs, holds the trade elasticities: it is a small block for each product and is taken
at the draw's own elasticities, so that one L and one C serve sets of elasticities that differ threefold. dw is what is left to solve for,
region by region, with the numeraire in the place of the equation that Walras' law makes redundant. What the Jacobian leaves out
(wedges' revenue, supports) and the movement of shares is left to Anderson's acceleration over the steps.

L and C are kept in single precision and without their small entries: they steer, and the residual, which decides, is in double precision.
Source: Ortega and Rheinboldt (1970), "Iterative Solution of Nonlinear Equations in Several Variables", section 7.1 (chord method);
Walker and Ni (2011) for the acceleration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from accord.engines.equilibrium.inputs import HOUSEHOLD
from accord.engines.equilibrium.quick import Evaluation, State, System
from accord.errors import EngineError

MEMORY = 6
"""Earlier steps that the acceleration keeps."""

NOT_QUICK = "the quick solver did not converge; the general solver takes over"

NEGLIGIBLE = 3e-3
"""Entries of L and C below this are dropped: one in twenty stays, and steps are as many as with all of them or one more."""

LARGEST_STEP = 0.7
"""Largest change of any log unknown in one step."""

MOST_UNKNOWNS = 6_000
"""Most products x regions for which the dense L and C are worth their memory."""


class QuickSolution(NamedTuple):
    """Where the iteration ended.

    Attributes:
        state: The unknowns.
        found: What the equations say there.
        residual: Largest relative residual of any equation, Walras' law and the supports' conditions included.
        evaluations: Evaluations of the system.
    """

    state: State
    found: Evaluation
    residual: float
    evaluations: int


class Steps(NamedTuple):
    """The chord at the elasticities of one economy."""

    answer: np.ndarray  # A (k, i, i)
    output_by_price: np.ndarray  # C (A L G_w + T diag) (ik, nv)
    price_matrix: np.ndarray  # pseudo-inverse with the numeraire (nv, nv + 1)


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

    @classmethod
    def at(cls, system: System, state: State) -> Chord:
        """Return the Jacobian at `state`."""
        base = system.base
        with np.errstate(all="ignore"):  # what is not finite is found below
            found = system.evaluate(state)
        if not all(np.isfinite(part).all() for part in found.residual):
            raise EngineError(NOT_QUICK)
        groups, sectors, regions = base.shape
        seen, paid, received = system.weights.seen, system.weights.paid, system.received
        theta = base.technology.trade[:, None, None]
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
        inputs = system.inputs
        size = sectors * regions
        made = flows.sum(axis=1).T  # (i, k)
        inverse_made = np.divide(1.0, made, out=np.zeros_like(made), where=made > 0.0)
        active = (base.value_added_share != 0.0).T.reshape(-1)
        by_cost = np.einsum("kgni,ngkj->jnki", price, inputs, optimize=True).reshape(size, size)
        by_cost *= active[:, None]
        cost = system.kept * np.exp(state.output) * system.base_output
        by_output = np.einsum("kgni,ngkj->iknj", per_spending, inputs, optimize=True)
        by_output *= inverse_made[:, :, None, None] * cost
        by_output = by_output.reshape(size, size)
        substitution = np.einsum("kri,krm->kim", flows, paid_share, optimize=True)
        diagonal = np.arange(regions)
        substitution[:, diagonal, diagonal] -= made.T
        substitution *= inverse_made.T[:, :, None]
        costs = np.linalg.inv(np.eye(size) - by_cost)
        outputs = np.linalg.inv(np.eye(size) - by_output)
        by_factor = np.zeros((sectors, regions, regions, base.factor_income.shape[1]))
        by_factor[:, diagonal, diagonal, :] = system.factor_share.transpose(2, 0, 1)
        by_factor = costs @ (by_factor.reshape(size, -1) * active[:, None])
        final = base.final_share
        real = np.array(system.scenario.real_use, dtype=bool)
        real[HOUSEHOLD] = False
        use_price = np.einsum("kgni,ngkf->nfki", price, final, optimize=True)[:, real].reshape(-1, size)
        instead = (final - final[..., :1])[..., real] * found.final[:, None, None, real]
        by_use = np.einsum("kgni,ngkf->iknf", per_spending, instead, optimize=True)
        by_use *= inverse_made[:, :, None, None]
        fixed_share = np.where(real, 0.0, system.income_share)
        fixed_share[:, HOUSEHOLD] = 0.0
        fixed_share[:, HOUSEHOLD] = 1.0 - fixed_share.sum(axis=1)
        income = np.exp(state.income) * system.base_income
        marginal = (final * (fixed_share * income[:, None])[:, None, None, :]).sum(axis=3)
        by_income = np.einsum("kgni,ngk->ikn", per_spending, marginal, optimize=True)
        by_income *= inverse_made[:, :, None]
        demand = system.factor_share * cost[:, None, :]
        total = demand.sum(axis=2, keepdims=True)
        earned = np.exp(state.factor_price) * base.factor_income[:, :, 0]
        return cls(
            costs=_sparse(costs),
            outputs=_sparse(outputs),
            substitution=substitution,
            by_factor=by_factor,
            real_prices=(use_price, by_use.reshape(size, -1)),
            by_income=by_income.reshape(size, regions),
            income_by_factor=earned / income[:, None],
            hiring=np.divide(demand, total, out=np.zeros_like(demand), where=total > 0.0),
            weights=(base.factor_income / base.factor_income.sum()).ravel(),
        )

    def steps(self, theta: np.ndarray) -> Steps:
        """Return the chord at other trade elasticities (k,)."""
        answer = theta[:, None, None] * self.substitution
        sectors, regions, _ = answer.shape
        factors = self.income_by_factor.shape[1]
        by_factor = self.by_factor.reshape(sectors, regions, -1)
        pushed = (answer @ by_factor).transpose(1, 0, 2).reshape(sectors * regions, -1)
        pushed += self.real_prices[1] @ (self.real_prices[0] @ self.by_factor)
        earning = self.by_income[:, :, None] * self.income_by_factor
        pushed += earning.reshape(sectors * regions, -1)
        output = (self.outputs @ pushed.astype(np.float32)).astype(np.float64)
        hired = self._hired(output.reshape(regions, sectors, -1))
        size = regions * factors
        matrix = np.vstack([np.eye(size) - hired.reshape(size, size), self.weights])
        return Steps(answer, output, np.linalg.pinv(matrix))

    def _hired(self, output: np.ndarray) -> np.ndarray:
        """R dY: (n, j, ...) to (n, v, ...)."""
        return np.einsum("nvj,nj...->nv...", self.hiring, output)

    def _move(self, steps: Steps, residual: State) -> State:
        """Newton's step for a residual, supports' own step apart."""
        sectors, regions = residual.unit_cost.shape
        cost = (self.costs @ residual.unit_cost.ravel().astype(np.float32)).astype(np.float64)
        pushed = (steps.answer @ cost.reshape(sectors, regions, 1))[..., 0].T.ravel()
        pushed += self.real_prices[1] @ (self.real_prices[0] @ cost)
        pushed += residual.output.ravel() + self.by_income @ residual.income
        output = (self.outputs @ pushed.astype(np.float32)).astype(np.float64)
        wanted = residual.factor_price + self._hired(output.reshape(regions, sectors))
        price = steps.price_matrix @ np.append(wanted.ravel(), 0.0)
        return State(
            price.reshape(residual.factor_price.shape),
            (cost + self.by_factor @ price).reshape(sectors, regions),
            (output + steps.output_by_price @ price).reshape(regions, sectors),
            residual.income + (self.income_by_factor * price.reshape(regions, -1)).sum(axis=1),
            residual.support,
        )

    def solve(
        self,
        system: System,
        start: State | None = None,
        *,
        steps: Steps | None = None,
        target: float = 3e-11,
        most: int = 60,
    ) -> QuickSolution:
        """Return the equilibrium of `system`, begun from `start`, or raise an `EngineError`.

        Args:
            system: The economy and its scenario, of the shape of this Jacobian's.
            start: First state; the base by default.
            steps: The chord at the economy's trade elasticities, where it is known already.
            target: Largest relative residual of any equation that is accepted.
            most: Evaluations before giving up.
        """
        state = system.start if start is None else start
        steps = self.steps(system.base.technology.trade) if steps is None else steps
        point = self._normalised(state, system)
        memory = _Memory()
        for evaluations in range(1, most + 1):
            state = state.like(point)
            with np.errstate(all="ignore"):  # what is not finite is found below
                found = system.evaluate(state)
            residual = found.residual
            worst = max(
                (float(np.max(np.abs(part), initial=0.0)) for part in (*residual[:4], found.misses)),
                default=0.0,
            )
            worst = max(worst, found.balance)
            if not np.isfinite(worst) or np.any(found.final[:, HOUSEHOLD] <= 0.0):
                break
            if worst <= target:
                return QuickSolution(state, found, worst, evaluations)
            move = self._move(steps, residual).flat()
            point = self._normalised(state.like(memory.next_point(point, move)), system)
        raise EngineError(NOT_QUICK)

    @staticmethod
    def _normalised(state: State, system: System) -> np.ndarray:
        """The same real economy with world average factor price at base weights equal to one."""
        income = system.base.factor_income[:, :, 0]
        shift = np.log((np.exp(state.factor_price) * income).sum() / income.sum())
        price, cost, output, income = (part - shift for part in state[:4])
        return State(price, cost, output, income, state.support).flat()


def _sparse(matrix: np.ndarray) -> csr_matrix:
    return csr_matrix(np.where(np.abs(matrix) > NEGLIGIBLE, matrix, 0.0).astype(np.float32))


class _Memory:
    """Anderson's acceleration over the last steps."""

    def __init__(self) -> None:
        self._last: tuple[np.ndarray, np.ndarray] | None = None
        self._changes: list[np.ndarray] = []  # of moves
        self._shifts: list[np.ndarray] = []  # of points and moves together
        self._gram = np.zeros((0, 0))

    def next_point(self, point: np.ndarray, move: np.ndarray) -> np.ndarray:
        """Return the next point from this one and the step at it, bounded."""
        if self._last is not None:
            self._remember(move - self._last[1], point - self._last[0])
        self._last = point, move
        if self._changes:
            gram = self._gram + 1e-14 * np.trace(self._gram) * np.eye(len(self._gram))
            gram[np.diag_indices(len(gram))] += np.finfo(np.float64).tiny
            share = np.linalg.solve(gram, [change @ move for change in self._changes])
            for weight, shift in zip(share, self._shifts, strict=True):
                move = move - weight * shift
        largest = max(move.max(), -move.min())
        return point + move * min(1.0, LARGEST_STEP / largest) if largest > 0.0 else point

    def _remember(self, change: np.ndarray, shift: np.ndarray) -> None:
        if len(self._changes) == MEMORY:
            del self._changes[0], self._shifts[0]
            self._gram = self._gram[1:, 1:]
        self._changes.append(change)
        self._shifts.append(shift + change)
        size = len(self._changes)
        gram = np.empty((size, size))
        gram[:-1, :-1] = self._gram
        gram[-1] = gram[:, -1] = [change @ other for other in self._changes]
        self._gram = gram
