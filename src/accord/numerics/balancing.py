"""Biproportional balancing (RAS): the table nearest to a seed whose rows and columns add up to given totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from accord.errors import Fault, WorldError

TOLERANCE = 1e-9
"""Largest relative miss of any row or column total."""


class Balanced(NamedTuple):
    """A balanced table and how it was reached.

    Attributes:
        table: (row, column), zero wherever the seed is zero.
        row_factors: r of table = r x seed x c.
        column_factors: c of table = r x seed x c.
        iterations: Sweeps over rows and columns.
        largest_miss: Largest relative miss of a total.
    """

    table: np.ndarray
    row_factors: np.ndarray
    column_factors: np.ndarray
    iterations: int
    largest_miss: float


def balance(
    seed: np.ndarray,
    row_totals: np.ndarray,
    column_totals: np.ndarray,
    *,
    row_labels: Sequence[str] | None = None,
    column_labels: Sequence[str] | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = 20_000,
) -> Balanced:
    """Return diag(r) seed diag(c) with the given row and column totals.

        r[a] sum_b seed[a,b] c[b] = row_totals[a],   c[b] sum_a r[a] seed[a,b] = column_totals[b]

    It is the table of least relative entropy to the seed, and it does not change when rows or columns of the seed are scaled.
    Source: Bacharach (1970), "Biproportional matrices and input-output change"; the iteration is Stone's RAS. The factors are
    iterated and the table is formed once, so that a sweep is two matrix-vector products.

    Args:
        seed: (row, column), zero or more; zeros stay zero.
        row_totals: (row,), zero or more.
        column_totals: (column,), zero or more, with the same sum as `row_totals`.
        row_labels: Names for messages; positions by default.
        column_labels: The same for columns.
        tolerance: Stop when every total is met to this, relative to the total itself.
        max_iterations: Give up after this many sweeps, with an error.
    """
    seed, row_totals, column_totals = (
        np.asarray(array, dtype=np.float64) for array in (seed, row_totals, column_totals)
    )
    rows = _labels(row_labels, len(row_totals), "row")
    columns = _labels(column_labels, len(column_totals), "column")
    faults = _input_faults(seed, row_totals, column_totals, rows, columns, tolerance)
    if faults:
        raise WorldError(faults)
    active_columns = column_totals > 0.0
    column_factors = active_columns.astype(np.float64)
    row_factors = np.zeros(len(row_totals))
    sums = np.zeros(len(row_totals))
    for iteration in range(1, max_iterations + 1):
        reach = seed @ column_factors
        sums = row_factors * reach
        misses = _relative_miss(sums, row_totals)
        if misses.max(initial=0.0) <= tolerance:
            table = row_factors[:, None] * seed * column_factors
            missed = _relative_miss(table.sum(axis=0), column_totals)
            return Balanced(
                table,
                row_factors,
                column_factors,
                iteration,
                float(max(misses.max(initial=0.0), missed.max(initial=0.0))),
            )
        row_factors = _ratio(row_totals, reach)
        column_factors = _ratio(column_totals, row_factors @ seed)
        # The factors are known up to one number; holding it keeps them in range however many sweeps it takes.
        scale = np.exp(np.mean(np.log(column_factors[active_columns]))) if active_columns.any() else 1.0
        row_factors, column_factors = row_factors * scale, column_factors / scale
    raise WorldError([_stalled(sums, seed, row_totals, rows, columns, max_iterations, tolerance)])


def _ratio(totals: np.ndarray, sums: np.ndarray) -> np.ndarray:
    return np.divide(totals, sums, out=np.zeros_like(totals), where=sums > 0.0)


def _relative_miss(sums: np.ndarray, totals: np.ndarray) -> np.ndarray:
    return np.divide(np.abs(sums - totals), totals, out=np.abs(sums), where=totals > 0.0)


def _labels(labels: Sequence[str] | None, count: int, kind: str) -> Sequence[str]:
    return [f"{kind} {position}" for position in range(count)] if labels is None else labels


def _input_faults(
    seed: np.ndarray,
    row_totals: np.ndarray,
    column_totals: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    tolerance: float,
) -> list[Fault]:
    where = "balancing a table"
    if seed.shape != (len(row_totals), len(column_totals)):
        return [
            Fault(
                where,
                f"a seed of shape {seed.shape}",
                f"shape ({len(row_totals)}, {len(column_totals)}): one row and one column for each total",
                "Check the order of its axes.",
            )
        ]
    faults = [
        Fault(
            where,
            f"{name} with cells that are negative or blank",
            "zero or more everywhere",
            "Mend these cells first.",
        )
        for name, array in (("a seed", seed), ("row totals", row_totals), ("column totals", column_totals))
        if not (np.isfinite(array).all() and (array >= 0.0).all())
    ]
    if faults:
        return faults
    by_row, by_column = row_totals.sum(), column_totals.sum()
    if abs(by_row - by_column) > tolerance * max(by_row, by_column):
        faults.append(
            Fault(
                where,
                f"row totals add up to {by_row:,.6f}, column totals to {by_column:,.6f}",
                "the same sum",
                "Scale one of them to the sum of the other, and say so in the World's notes.",
            )
        )
    usable = seed * (row_totals[:, None] > 0.0) * (column_totals > 0.0)
    for kind, totals, reach, names in (
        ("row", row_totals, usable.sum(axis=1), rows),
        ("column", column_totals, usable.sum(axis=0), columns),
    ):
        faults += [
            Fault(
                f"{where}, {kind} '{names[position]}'",
                f"a total of {totals[position]:,.6g}, but no cell of the seed that could carry it",
                f"at least one positive cell in every {kind} with a positive total",
                "Give the seed a small positive value there (at home, for final demand), or set the total to zero.",
            )
            for position in np.flatnonzero((totals > 0.0) & (reach == 0.0)).tolist()
        ]
    return faults


def _stalled(
    sums: np.ndarray,
    seed: np.ndarray,
    row_totals: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    iterations: int,
    tolerance: float,
) -> Fault:
    # Columns are met exactly, so where one row is crowded out others have too much; the cause is the row that has too little.
    worst = int(np.argmax(row_totals - sums))
    miss = (row_totals[worst] - sums[worst]) / row_totals[worst]
    partners = [name for name, cell in zip(columns, seed[worst], strict=True) if cell > 0.0][:5]
    return Fault(
        where=f"balancing a table, row '{rows[worst]}'",
        found=f"it misses its total of {row_totals[worst]:,.6g} by {miss:.1e} of it after {iterations:,} sweeps",
        expected=f"a miss of at most {tolerance:g}: zeros of the seed leave this row only {', '.join(partners)}",
        remedy="Where few cells must carry large totals no table exists: give the seed small positive values in more cells "
        "of this row, or check the totals.",
    )
