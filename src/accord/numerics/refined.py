"""A Leontief system solved for one question: factors in single precision, answers in double precision.

Factors of half the digits take half the time. What they miss is found in double precision and solved for again:

    x <- x + d,     M d = y - (I - A) x,     M = L U of I - A in single precision

Each round multiplies the error by about rho = |d| / |x|, which is some 1e-6 here, because what producers earn keeps I - A far from
singular. One or two rounds give what factors in double precision would; where they do not, the caller is told to factorise.

Source: Wilkinson (1963), "Rounding Errors in Algebraic Processes", iterative refinement; Higham (2002), "Accuracy and Stability of
Numerical Algorithms", chapter 12; Langou et al. (2006), mixed precision.
"""

from __future__ import annotations

import numpy as np

from accord.numerics.factorisation import factorise, solve_factored

TOLERANCE = 1e-12
"""Error left in a column over its largest number, as the last two rounds let it be expected."""
ROUNDS = 4


class RefinedSystem:
    """(I - A) with factors in single precision.

    Attributes:
        coefficients: A (supplier, user), dense, float64.
    """

    def __init__(self, coefficients: np.ndarray) -> None:
        self.coefficients = coefficients
        system = np.empty(coefficients.shape, dtype=np.float32, order="F")
        np.negative(coefficients, out=system, casting="same_kind")
        system.flat[:: len(system) + 1] += np.float32(1.0)
        self._factors = factorise(system)

    def solve(self, right: np.ndarray, *, transposed: bool = False) -> np.ndarray | None:
        """X (n, k) for y (n, k), or multipliers for weights; None when rounds do not settle."""
        matrix = self.coefficients.T if transposed else self.coefficients
        solution, before = self._single(right, transposed), 1.0
        for _ in range(ROUNDS):
            step = self._single(right - solution + matrix @ solution, transposed)
            solution += step
            size, moved = _largest(solution), _largest(step)
            share = float((moved / np.where(size > 0.0, size, 1.0)).max(initial=0.0))
            if not share < 1e-3 * before:
                return None
            if share * share / before <= TOLERANCE:
                return solution
            before = share
        return None

    def _single(self, right: np.ndarray, transposed: bool) -> np.ndarray:
        """Solve with the factors; columns are scaled, for single precision ends at 1e-38."""
        scale = _largest(right)
        scale[scale == 0.0] = 1.0
        solved = solve_factored(*self._factors, (right / scale).astype(np.float32), transposed=transposed)
        return scale * solved


def _largest(columns: np.ndarray) -> np.ndarray:
    return np.maximum(columns.max(axis=0, initial=0.0), -columns.min(axis=0, initial=0.0))
