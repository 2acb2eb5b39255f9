"""Linear systems of one operator, or of operators that differ little, with many right-hand sides: what one solve learns serves the next.

Generalised conjugate residuals keep directions U and their images C = A U, orthonormal. All right-hand sides of a block share them, so
that the slow directions of the operator are found once. For an operator A' near A the same pair is a preconditioner,

    M = I + (U - C) C',      A' M v = v + (A' U - C) C' v    for v in the span of C,

which leaves of the known part only how much the operator has moved.

Source: Eisenstat, Elman and Schultz (1983), "Variational iterative methods for nonsymmetric systems of linear equations", SIAM J. Numer.
Anal. 20(2); Parks, de Sturler, Mackey, Johnson and Maiti (2006), "Recycling Krylov subspaces for sequences of linear systems", SIAM J.
Sci. Comput. 28(5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from accord.numerics.factorisation import one_thread

Product = Callable[[np.ndarray], np.ndarray]
"""Rows of vectors (k, n) to their images (k, n)."""

AIM = 1e-11
"""What may be missed of a right-hand side, relative to its largest entry."""

MOST_ROUNDS = 400
"""Blocks of products before it is given up."""

MOST_KEPT = 600
"""Directions that are kept for later systems; more than any real World was seen to need."""

FEW = 12
"""Rounds after which what was known is still good enough, and is handed on as it is."""

INDEPENDENT = 1e-7
"""Length of an image, against what it was, below which the directions known already hold it."""

WORTH_KEEPING = 0.05
"""The same for directions of an earlier system that are handed on beside those of the last one."""


class Directions(NamedTuple):
    """Directions of search and their images under the operator that they were found for.

    Attributes:
        way: U (m, n).
        image: C (m, n), orthonormal rows.
    """

    way: np.ndarray
    image: np.ndarray

    @classmethod
    def none(cls, size: int) -> Directions:
        """Nothing known yet."""
        return cls(np.zeros((0, size)), np.zeros((0, size)))

    def guess(self, right: np.ndarray) -> np.ndarray:
        """Approximate solutions (k, n) of right-hand sides (k, n): M of the module's text."""
        if not len(self.image):
            return right
        known = right @ self.image.T
        return right + known @ (self.way - self.image)


class Solved(NamedTuple):
    """Solutions and what they leave.

    Attributes:
        solution: (k, n).
        residual: Largest miss of any right-hand side, relative to its largest entry.
        directions: What to hand to the next system.
        products: Products with the operator, vectors counted one by one.
    """

    solution: np.ndarray
    residual: float
    directions: Directions
    products: int


def solve_block(product: Product, right: np.ndarray, known: Directions | None = None) -> Solved:
    """Solve A x = b for every row b of `right`.

    Args:
        product: The operator on rows; always called with as many rows as `right` has, so that it is compiled for one shape.
        right: Right-hand sides (k, n).
        known: Directions of an operator nearby, of an earlier solve.
    """
    count, size = right.shape
    before = Directions.none(size) if known is None else known
    largest = np.max(np.abs(right), axis=1, keepdims=True)
    unit = right / np.where(largest > 0.0, largest, 1.0)
    solution, missed = np.zeros_like(unit), unit.copy()
    way, image = np.empty((0, size)), np.empty((0, size))
    products = 0
    with one_thread():
        for _ in range(MOST_ROUNDS):
            if np.max(np.abs(missed)) <= AIM:
                # What is kept up to date drifts by rounding: the true one decides.
                missed = unit - product(solution)
                products += count
                if np.max(np.abs(missed)) <= AIM:
                    break
            step = before.guess(missed)
            pushed = product(step)
            products += count
            step, pushed = _independent(step, pushed, way, image)
            if not len(pushed):
                break
            way, image = np.concatenate([way, step]), np.concatenate([image, pushed])
            share = missed @ pushed.T
            solution += share @ step
            missed -= share @ pushed
        residual = float(np.max(np.abs(unit - product(solution)), initial=0.0))
        enough = len(before.image) and len(image) <= FEW * count
        kept = before if enough else _joined(before, Directions(way, image))
    return Solved(solution * largest, residual, kept, products + count)


def _independent(
    step: np.ndarray, pushed: np.ndarray, way: np.ndarray, image: np.ndarray, least: float = INDEPENDENT
) -> tuple[np.ndarray, np.ndarray]:
    """Directions whose images are orthonormal to each other and to `image`; what adds nothing is dropped."""
    length = np.linalg.norm(pushed, axis=1, keepdims=True)
    alive = length[:, 0] > 0.0
    step, pushed = step[alive] / length[alive], pushed[alive] / length[alive]
    for _ in range(2):  # twice is enough (Giraud, Langou and Rozloznik 2005)
        if len(image):
            share = pushed @ image.T
            pushed, step = pushed - share @ image, step - share @ way
    # Rank by the block's own products; eigenvectors of small weight are what the block says twice.
    weight, turn = np.linalg.eigh(pushed @ pushed.T)
    told = weight > least**2
    turn = turn[:, told].T / np.sqrt(weight[told])[:, None]
    pushed, step = turn @ pushed, turn @ step
    if len(image):
        share = pushed @ image.T
        pushed, step = pushed - share @ image, step - share @ way
    factor = np.linalg.cholesky(pushed @ pushed.T) if len(pushed) else np.zeros((0, 0))
    return np.linalg.solve(factor, step), np.linalg.solve(factor, pushed)


def _joined(before: Directions, found: Directions) -> Directions:
    """Directions for the next system: those found last, and of the earlier ones what they do not hold."""
    if not len(before.image):
        return Directions(found.way[:MOST_KEPT], found.image[:MOST_KEPT])
    if len(before.image) + len(found.image) > MOST_KEPT:
        return before
    way, image = _independent(before.way, before.image, found.way, found.image, WORTH_KEEPING)
    return Directions(np.concatenate([found.way, way]), np.concatenate([found.image, image]))
