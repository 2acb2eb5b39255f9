"""LU factors of a dense matrix on all cores, with the same bits whatever their number.

LAPACK's own threads may add up in another order on another machine. Here every product has a fixed shape: the matrix is halved
recursively by columns (Toledo 1997), panels of `PANEL` columns are left to LAPACK with partial pivoting, and what is right of them
is updated in tiles of `TILE`, each one call of BLAS on one thread. Threads only decide which tile comes first.

    P M = L U;   for columns (left, right):  L11 U12 = M12,   M22 <- M22 - L21 U12

Source: Toledo (1997), "Locality of Reference in LU Decomposition with Partial Pivoting", SIAM J. Matrix Anal. Appl. 18(4); Golub and
Van Loan, "Matrix Computations", section 3.2.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.linalg import get_lapack_funcs

from accord.numerics.cores import cores_at_hand

PANEL = 192
"""Columns that LAPACK factorises at a time."""
TILE = (2048, 384)
"""Rows and columns updated by one call."""
PLAIN = 512
"""Matrices no larger than this are left to LAPACK in one call."""
COLUMNS = 40
"""Right-hand sides solved by one call."""


def factorise(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Overwrite `matrix` (n, n), in column order, with its factors; return them and LAPACK's row exchanges.

    Single precision stays single, and takes half the time. A singular matrix ends in a zero on the diagonal of U, for the caller to find.
    """
    size = len(matrix)
    with one_thread():
        if size <= PLAIN:
            factors, exchanges, _ = _routine("getrf", matrix)(matrix, overwrite_a=1)
            return factors, exchanges
        exchanges = np.arange(size)
        with workers() as run:
            _halve(matrix, exchanges, 0, size, run)
    return matrix, exchanges


def solve_factored(
    factors: np.ndarray, exchanges: np.ndarray, right: np.ndarray, *, transposed: bool
) -> np.ndarray:
    """Solve M X = right, or M' X = right, for right-hand sides (n,) or (n, k): blocks of `COLUMNS` on all cores."""
    kind, solve = (1 if transposed else 0), _routine("getrs", factors)
    if right.ndim == 1 or right.shape[1] <= COLUMNS or len(factors) <= PLAIN:
        with one_thread():
            return solve(factors, exchanges, right, trans=kind)[0]
    solution = np.empty(right.shape, dtype=factors.dtype, order="F")

    def part(begin: int) -> None:
        columns = slice(begin, begin + COLUMNS)
        solution[:, columns] = solve(factors, exchanges, right[:, columns], trans=kind)[0]

    with one_thread(), workers() as run:
        run(part, range(0, right.shape[1], COLUMNS))
    return solution


Run = Callable[[Callable[..., None], Iterable[Any]], None]


def _halve(matrix: np.ndarray, exchanges: np.ndarray, low: int, high: int, run: Run) -> None:
    """Factorise columns low to high, from row `low` down; columns to their left are done, those to their right untouched."""
    if high - low <= PANEL:
        _panel(matrix, exchanges, low, high, run)
        return
    middle = low + PANEL * max((high - low) // (2 * PANEL), 1)
    _halve(matrix, exchanges, low, middle, run)
    _exchange(matrix, exchanges, low, middle, slice(middle, high))
    inverses = [
        _unit_lower_inverse(matrix[at : at + PANEL, at : at + PANEL]) for at in range(low, middle, PANEL)
    ]

    def above(columns: slice) -> None:
        for at, inverse in zip(range(low, middle, PANEL), inverses, strict=True):
            rows = slice(at, at + PANEL)
            if at > low:
                matrix[rows, columns] -= matrix[rows, low:at] @ matrix[low:at, columns]
            matrix[rows, columns] = inverse @ matrix[rows, columns]

    def below(tile: tuple[slice, slice]) -> None:
        rows, columns = tile
        matrix[rows, columns] -= matrix[rows, low:middle] @ matrix[low:middle, columns]

    run(above, _slices(middle, high, TILE[1]))
    size = len(matrix)
    run(below, [(r, c) for c in _slices(middle, high, TILE[1]) for r in _slices(middle, size, TILE[0])])
    _halve(matrix, exchanges, middle, high, run)
    _exchange(matrix, exchanges, middle, high, slice(low, middle))


def _panel(matrix: np.ndarray, exchanges: np.ndarray, low: int, high: int, run: Run) -> None:
    """Factorise columns low to high alone, by products of tiles where no exchange of rows is called for.

    Rows below the first block become L21 = M21 U11^-1. When none of it exceeds one, partial pivoting would have exchanged no row
    of the block with one below, and the factors are the same; otherwise LAPACK does the whole panel.
    """
    below = slice(high, len(matrix))
    factors, pivots, info = _routine("getrf", matrix)(matrix[low:high, low:high])
    upper = np.triu(factors)
    if info == 0 and high < len(matrix):
        inverse, info = _routine("trtri", upper)(upper)
        multipliers = np.empty_like(matrix[below, low:high])

        def part(rows: slice) -> None:
            np.matmul(matrix[rows, low:high], inverse, out=multipliers[rows.start - high : rows.stop - high])

        run(part, _slices(high, len(matrix), TILE[0]))
        if info == 0 and multipliers.min() >= -1.0 and multipliers.max() <= 1.0:
            matrix[low:high, low:high] = factors
            matrix[below, low:high] = multipliers
            exchanges[low:high] = pivots + low
            return
    factors, pivots, _ = _routine("getrf", matrix)(matrix[low:, low:high])
    matrix[low:, low:high] = factors
    exchanges[low:high] = pivots + low


def _exchange(matrix: np.ndarray, exchanges: np.ndarray, low: int, high: int, columns: slice) -> None:
    """Exchange rows low to high of `columns` as their panel did. Where inputs cost less than output nothing is exchanged."""
    for row in low + np.flatnonzero(exchanges[low:high] != np.arange(low, high)):
        other = exchanges[row]
        matrix[[row, other], columns] = matrix[[other, row], columns]


def _unit_lower_inverse(block: np.ndarray) -> np.ndarray:
    """Inverse of the lower triangle of a block, whose diagonal is one."""
    lower = np.tril(block, -1) + np.eye(len(block), dtype=block.dtype)
    inverse, _ = _routine("trtri", lower)(lower, lower=1, unitdiag=1)
    return inverse


def _routine(name: str, matrix: np.ndarray) -> Any:
    """LAPACK's routine for the precision of `matrix`."""
    return get_lapack_funcs((name,), (matrix,))[0]


def _slices(begin: int, end: int, width: int) -> Iterator[slice]:
    return (slice(at, min(at + width, end)) for at in range(begin, end, width))


@contextmanager
def workers() -> Iterator[Run]:
    """Run a task for each item on as many threads as this process may use; the first fault is raised."""
    with ThreadPoolExecutor(cores_at_hand()) as pool:

        def run(task: Callable[..., None], items: Iterable[Any]) -> None:
            for _ in pool.map(task, items):
                pass

        yield run


def one_thread() -> AbstractContextManager[Any]:
    """BLAS on one thread inside the block where `threadpoolctl` is installed; otherwise nothing."""
    controller = _blas(len(sys.modules))
    return nullcontext() if controller is None else controller.limit(limits=1, user_api="blas")


@lru_cache(maxsize=1)
def _blas(modules: int) -> Any:
    """What controls the BLAS libraries that are loaded: looking for them takes milliseconds, and is done anew where modules have come."""
    del modules
    try:
        from threadpoolctl import ThreadpoolController  # pyright: ignore[reportMissingImports]
    except ImportError:
        return None
    return ThreadpoolController()
