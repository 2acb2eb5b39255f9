"""Leontief systems (I - A) x = y: factorised once, solved many times, changed at low rank; the inverse is never formed.

| symbol | name | meaning |
| --- | --- | --- |
| Z | `intermediate` | purchases of inputs, (supplier, user) |
| x | `gross_output` | output of each producer |
| A | `coefficients` | Z / x by column: inputs per unit of output, (supplier, user) |
| y | `final_demand` | demand that is no input |
| w | `weights` | a number per unit of output (value added, jobs, a price component) |
| L | | (I - A)^-1, in equations only |

Source: Miller and Blair (2022), "Input-Output Analysis", 3rd edition, chapters 2 and 12.

Dense factorisations and solves of many columns use all cores and give the same bits whatever their number (`numerics.factorisation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, bicgstab, splu

from accord.errors import EngineError, Fault, WorldError
from accord.numerics.factorisation import factorise, one_thread, solve_factored

TOLERANCE = 1e-12
"""Residual that an iterative solve must reach, relative to the right-hand side."""
ROUNDS = 25
"""Rounds of the iteration for the output of vanishing groups before the exact blocks are made."""


class Change(NamedTuple):
    """A block of coefficients that changes: A[suppliers, users] += difference.

    Attributes:
        suppliers: Positions of rows, each once.
        users: Positions of columns, each once.
        difference: (supplier, user), added to the coefficients.
    """

    suppliers: np.ndarray
    users: np.ndarray
    difference: np.ndarray


def technical_coefficients(intermediate: np.ndarray, gross_output: np.ndarray) -> np.ndarray:
    """Inputs per unit of output, A[i,j] = Z[i,j] / x[j], float64.

    A producer without output has no coefficients: its column is zero, and `LeontiefSystem.without_output` lists it. Inputs
    bought by such a producer, or output below zero, are errors.

    Args:
        intermediate: Z (supplier, user), any floating type.
        gross_output: x (user,), zero or more.
    """
    output = np.asarray(gross_output, dtype=np.float64)
    idle = output == 0.0
    faults = []
    if not np.isfinite(output).all() or (output < 0.0).any():
        bad = np.flatnonzero(~(output >= 0.0) | np.isinf(output))
        faults.append(
            Fault(
                "gross output",
                f"negative or not a number at positions {_some(bad)}",
                "finite numbers, zero or more",
                "Find the cells with: accord world check NAME",
            )
        )
    buying = idle & intermediate.any(axis=0)
    if buying.any():
        faults.append(
            Fault(
                "intermediate purchases",
                f"producers without output buy inputs, at positions {_some(np.flatnonzero(buying))}",
                "no inputs where nothing is made",
                "Merge these producers with others (accord world aggregate), or give them their output.",
            )
        )
    if faults:
        raise WorldError(faults)
    return np.divide(
        intermediate,
        output,
        out=np.zeros(intermediate.shape),
        where=np.broadcast_to(~idle, intermediate.shape),
        dtype=np.float64,
    )


class LeontiefSystem:
    """(I - A) with one LU factorisation, made at the first solve and kept.

    Dense coefficients use LAPACK, sparse ones SuperLU. Right-hand sides are (n,) or (n, k), and results have the same shape.

    Attributes:
        coefficients: A (supplier, user), float64, dense or sparse.
        without_output: Positions of producers that make nothing; their columns of A are zero and their output is what is
            demanded of them. Empty when the system was made from coefficients.
    """

    def __init__(self, coefficients: Any, *, without_output: Sequence[int] | np.ndarray = ()) -> None:
        rows, columns = coefficients.shape
        if rows != columns:
            raise EngineError(f"technical coefficients are square, but these are {rows} x {columns}.")
        self.coefficients: Any = (
            sp.csc_array(coefficients, dtype=np.float64)
            if sp.issparse(coefficients)
            else np.asarray(coefficients, dtype=np.float64)
        )
        self.without_output = np.asarray(without_output, dtype=np.intp)

    @classmethod
    def from_flows(cls, intermediate: np.ndarray, gross_output: np.ndarray) -> LeontiefSystem:
        """The system of a table of flows (supplier, user) and the output of its users; see `technical_coefficients`."""
        idle = np.flatnonzero(np.asarray(gross_output) == 0.0)
        return cls(technical_coefficients(intermediate, gross_output), without_output=idle)

    @property
    def size(self) -> int:
        """Number of producers."""
        return self.coefficients.shape[0]

    def solve(self, final_demand: np.ndarray) -> np.ndarray:
        """Output that meets final demand and all the inputs it takes: x = L y."""
        return self._factors.solve(np.asarray(final_demand, dtype=np.float64), transposed=False)

    def solve_transposed(self, weights: np.ndarray) -> np.ndarray:
        """What one unit of each final product carries through all its chains: m = L' w.

        With w = value added per unit of output these are value-added multipliers; with w = costs per unit they are prices.
        """
        return self._factors.solve(np.asarray(weights, dtype=np.float64), transposed=True)

    @property
    def factorised(self) -> bool:
        """Whether the factors are there already, so that a solve costs little."""
        return "_factors" in self.__dict__

    def solve_once(self, final_demand: np.ndarray, *, tolerance: float = TOLERANCE) -> np.ndarray:
        """Output x = L y for one question without a factorisation: BiCGStab, with its residual tested.

        Args:
            final_demand: y (n,).
            tolerance: Largest |y - (I - A) x| relative to the largest |y|; an EngineError when it is not met.
        """
        demand = np.asarray(final_demand, dtype=np.float64)
        return self._iterate(demand, self.coefficients, tolerance)

    def solve_transposed_once(self, weights: np.ndarray, *, tolerance: float = TOLERANCE) -> np.ndarray:
        """Multipliers m = L' w for one question without a factorisation; see `solve_once`."""
        return self._iterate(np.asarray(weights, dtype=np.float64), self.coefficients.T, tolerance)

    def changed(self, changes: Sequence[Change]) -> ChangedSystem:
        """The system with blocks of its coefficients changed, solved from this factorisation; costs one solve of their rank."""
        return ChangedSystem(self, tuple(changes))

    def remaining_output(self, gross_output: np.ndarray, removed: np.ndarray) -> np.ndarray:
        """Output after producers vanish with all that they sell and buy, and with the final demand for them.

            x* = x - L[:,r] L[r,r]^-1 x[r]

        It is zero at r, and elsewhere it solves (I - A[s,s]) x*[s] = y[s]: adding a multiple of L[:,r] changes only the
        equations of r. Source: block elimination; Miller and Blair (2022), section 12.2.6, hypothetical extraction.

        Args:
            gross_output: x = L y (n,) before.
            removed: Positions r.
        """
        removed = np.asarray(removed, dtype=np.intp)
        columns = self.solve(_unit_columns(self.size, removed))
        return _less(
            gross_output, removed, columns @ np.linalg.solve(columns[removed], gross_output[removed])
        )

    def remaining_outputs(self, gross_output: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
        """`remaining_output` for many groups, one at a time, (n, group), for less than one more factorisation where groups are few.

        What is wanted is w[r] with L[r,r] w[r] = x[r] for each group r; then x* = x - L[:,r] w[r]. The block L[r,r] is the inverse of
        (I - A[r,r]) less what returns to r through others, which is small, so that all groups are found together by

            w[r] <- w[r] + (I - A[r,r]) (x[r] - (L w)[r])

        with one solve of as many columns as there are groups a round. Where that does not settle (much returns), and where
        groups are many, the blocks come from `diagonal_blocks`.

        Args:
            gross_output: x (n,) before, or (n, group) where final demand differs from group to group.
            groups: Positions that vanish together.
        """
        before = np.broadcast_to(gross_output.reshape(self.size, -1), (self.size, len(groups)))
        groups = [np.asarray(group, dtype=np.intp) for group in groups]
        # A round costs 2 n^2 operations a group, triangular inverses 2/3 n^3 in all.
        lost = self._lost_by_rounds(before, groups) if 30 * len(groups) < self.size else None
        if lost is None:
            weights = np.zeros((self.size, len(groups)))
            for column, (group, block) in enumerate(zip(groups, self.diagonal_blocks(groups), strict=True)):
                weights[group, column] = np.linalg.solve(block, before[group, column])
            lost = self.solve(weights)
        left = before - lost
        for column, group in enumerate(groups):
            left[group, column] = 0.0
        return left

    def _lost_by_rounds(self, before: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray | None:
        """L[:,r] w[r] of each group (n, group); None when the rounds do not settle."""
        own = [self._own_part(group) for group in groups]
        weights, lost = np.zeros(before.shape), np.zeros(before.shape)
        missed = np.inf
        for _ in range(ROUNDS):
            worst = 0.0
            for column, (group, block) in enumerate(zip(groups, own, strict=True)):
                short = before[group, column] - lost[group, column]
                weights[group, column] += block @ short
                scale = np.abs(before[group, column]).max(initial=0.0)
                worst = max(worst, float(np.abs(short).max(initial=0.0)) / scale if scale > 0.0 else 0.0)
            # Rounding leaves a few units in the last place, where rounds no longer help.
            if worst <= TOLERANCE or (worst <= 100.0 * TOLERANCE and worst > 0.5 * missed):
                return lost
            if worst > 0.9 * missed:
                return None
            missed = worst
            lost = self.solve(weights)
        return None

    def _own_part(self, group: np.ndarray) -> np.ndarray:
        """I - A[r,r], dense."""
        block = self.coefficients[np.ix_(group, group)]
        return np.eye(len(group)) - (block.toarray() if sp.issparse(block) else block)

    def diagonal_blocks(self, groups: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The blocks L[r,r] of many groups r, without forming L.

        With P(I - A) = ML, where M and U are the triangular factors, L[r,r] = U^-1[r,:] (M^-1 P)[:,r]: the two triangular
        inverses cost two thirds of n^3 operations, as the factorisation did; L would cost three times that.
        """
        groups = [np.asarray(group, dtype=np.intp) for group in groups]
        # Few columns in all: plain solves are cheaper than two triangular inverses.
        if sp.issparse(self.coefficients) or 3 * sum(map(len, groups)) < self.size:
            return [self.solve(_unit_columns(self.size, group))[group] for group in groups]
        with one_thread():
            return self._factors.inverse_blocks(groups)

    @cached_property
    def _factors(self) -> _DenseFactors | _SparseFactors:
        if sp.issparse(self.coefficients):
            return _SparseFactors(self.coefficients)
        return _DenseFactors(self.coefficients)

    def _iterate(self, right: np.ndarray, matrix: Any, tolerance: float) -> np.ndarray:
        scale = float(np.abs(right).max(initial=0.0))
        if scale == 0.0:
            return np.zeros_like(right)
        diagonal = 1.0 - self.coefficients.diagonal()
        if (diagonal == 0.0).any():
            raise EngineError("a producer uses one unit of its own product per unit of output. Use solve().")
        operator = LinearOperator((self.size, self.size), matvec=lambda x: x - matrix @ x, dtype=np.float64)  # type: ignore[call-arg]
        jacobi = LinearOperator((self.size, self.size), matvec=lambda x: x / diagonal, dtype=np.float64)  # type: ignore[call-arg]
        solution, _ = bicgstab(operator, right / scale, rtol=0.0, atol=0.1 * tolerance, maxiter=500, M=jacobi)
        solution *= scale
        miss = float(np.abs(right - (solution - matrix @ solution)).max()) / scale
        if not miss <= tolerance:
            raise EngineError(
                f"the iterative solve stopped at a residual of {miss:.1e}, above {tolerance:.1e}. Use solve(), which factorises; "
                "when that fails too, look for columns of inputs above output (accord world check NAME)."
            )
        return solution


@dataclass(frozen=True)
class ChangedSystem:
    """A Leontief system with some blocks of coefficients changed, solved from the factorisation of the old one.

        I - A* = (I - A) + U V',   L* = L - L U (I + V' L U)^-1 V' L      (Woodbury)

    For each change the shorter side of its block is the rank. Source: Woodbury (1950); Golub and Van Loan, section 2.1.4.

    Attributes:
        base: The system before.
        changes: The blocks; where they overlap their differences add up.
    """

    base: LeontiefSystem
    changes: tuple[Change, ...]

    @property
    def rank(self) -> int:
        """Columns of U: an upper bound on the rank of the change."""
        return self._sides[0].shape[1]

    @cached_property
    def coefficients(self) -> Any:
        """A* = A with the changes added."""
        sparse = sp.issparse(self.base.coefficients)
        changed: Any = self.base.coefficients.tolil() if sparse else self.base.coefficients.copy()
        for change in self.changes:
            changed[np.ix_(change.suppliers, change.users)] += change.difference
        return changed.tocsc() if sparse else changed

    def solve(self, final_demand: np.ndarray) -> np.ndarray:
        """Output x = L* y."""
        output = self.base.solve(final_demand)
        if not self.rank:
            return output
        _, right = self._sides
        return output - self._reach @ np.linalg.solve(self._capacitance, right.T @ output)

    def solve_transposed(self, weights: np.ndarray) -> np.ndarray:
        """Multipliers m = L*' w."""
        weights = np.asarray(weights, dtype=np.float64)
        if not self.rank:
            return self.base.solve_transposed(weights)
        _, right = self._sides
        return self.base.solve_transposed(
            weights - right @ np.linalg.solve(self._capacitance.T, self._reach.T @ weights)
        )

    @cached_property
    def _sides(self) -> tuple[np.ndarray, np.ndarray]:
        """U and V, each (n, rank), with -(A* - A) = U V'."""
        size = self.base.size
        left, right = [np.zeros((size, 0))], [np.zeros((size, 0))]
        for suppliers, users, difference in self.changes:
            spread = np.zeros((size, min(len(suppliers), len(users))))
            if len(suppliers) <= len(users):
                spread[users] = -difference.T
                left.append(_unit_columns(size, suppliers))
                right.append(spread)
            else:
                spread[suppliers] = -difference
                left.append(spread)
                right.append(_unit_columns(size, users))
        return np.hstack(left), np.hstack(right)

    @cached_property
    def _reach(self) -> np.ndarray:
        """L U."""
        return self.base.solve(self._sides[0])

    @cached_property
    def _capacitance(self) -> np.ndarray:
        """I + V' L U."""
        return np.eye(self.rank) + self._sides[1].T @ self._reach


class _DenseFactors:
    """LU of I - A, rows exchanged as partial pivoting asks."""

    def __init__(self, coefficients: np.ndarray) -> None:
        system = np.empty(coefficients.shape, order="F")
        np.negative(coefficients, out=system)
        system.flat[:: len(system) + 1] += 1.0
        self.lu, self.pivots = factorise(system)
        diagonal = np.abs(np.diagonal(self.lu))
        if not diagonal.min(initial=1.0) > 1e-13:
            raise _singular(int(np.argmin(diagonal)))

    def solve(self, right: np.ndarray, *, transposed: bool) -> np.ndarray:
        return solve_factored(self.lu, self.pivots, right, transposed=transposed)

    def inverse_blocks(self, groups: Sequence[np.ndarray]) -> list[np.ndarray]:
        inverse = self.lu.copy(order="F")
        for lower, unit in ((1, 1), (0, 0)):  # each touches its own triangle alone
            inverse, info = scipy.linalg.lapack.dtrtri(inverse, lower=lower, unitdiag=unit, overwrite_c=1)
            if info != 0:
                raise _singular(int(info) - 1)
        order = np.arange(len(inverse))
        for row, pivot in enumerate(self.pivots):
            order[[row, pivot]] = order[[pivot, row]]
        place = np.empty_like(order)
        place[order] = np.arange(len(order))  # where column r of I goes under P
        return [_triangular_product(inverse, group, place[group]) for group in groups]


class _SparseFactors:
    """LU of I - A by SuperLU."""

    def __init__(self, coefficients: sp.csc_array) -> None:
        try:
            self.lu = splu((sp.eye_array(coefficients.shape[0], format="csc") - coefficients).tocsc())
        except RuntimeError as error:
            raise EngineError(f"(I - A) cannot be factorised: {error}. {SINGULAR_REMEDY}") from error

    def solve(self, right: np.ndarray, *, transposed: bool) -> np.ndarray:
        return self.lu.solve(np.ascontiguousarray(right), trans="T" if transposed else "N")

    def inverse_blocks(self, groups: Sequence[np.ndarray]) -> list[np.ndarray]:
        raise NotImplementedError("sparse systems solve for their blocks")


SINGULAR_REMEDY = (
    "Some producers use all their output to make it. Look at their columns: accord world check NAME"
)


def _triangular_product(inverse: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """U^-1[rows,:] M^-1[:,columns] from the two triangles of one array; M has ones on its diagonal."""
    position = np.arange(len(inverse))
    upper = np.where(position[None, :] >= rows[:, None], inverse[rows], 0.0)
    lower = np.where(position[:, None] > columns[None, :], inverse[:, columns], 0.0)
    lower[columns, np.arange(len(columns))] = 1.0
    return upper @ lower


def _unit_columns(size: int, positions: np.ndarray) -> np.ndarray:
    columns = np.zeros((size, len(positions)))
    columns[positions, np.arange(len(positions))] = 1.0
    return columns


def _less(output: np.ndarray, removed: np.ndarray, loss: np.ndarray) -> np.ndarray:
    left = output - loss
    left[removed] = 0.0  # what rounding leaves there
    return left


def _singular(position: int) -> EngineError:
    return EngineError(f"(I - A) is singular at position {position}. {SINGULAR_REMEDY}")


def _some(positions: np.ndarray) -> str:
    listed = ", ".join(str(position) for position in positions[:8])
    return f"{listed} and {len(positions) - 8} more" if len(positions) > 8 else listed
