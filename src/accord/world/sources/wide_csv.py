"""A quick way through a large CSV table of numbers: DuckDB's reader on two threads, exact to the last bit.

Only for tables in which every cell below the header is a number or empty; of any other file it says nothing, and the careful reader of the
source, which is slower and names each fault, takes it from the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

LARGE = 16_000_000
"""Bytes from which a file is worth the start of DuckDB."""

LONGEST_LINE = 64_000_000
"""Bytes; DuckDB refuses longer ones."""


def read_wide_csv(file: Path, header: Sequence[str]) -> tuple[list[str], np.ndarray] | None:
    """Return labels of the first column and cells (row, column) of a comma-separated file; None where it is not plain numbers.

    Args:
        file: The file, with one line of column names.
        header: Those names, the one of the labels first.
    """
    import duckdb

    # The columns' names are made here, so that nothing of the file stands in the query.
    kinds = {f"c{place}": "DOUBLE" if place else "VARCHAR" for place in range(len(header))}
    try:
        with duckdb.connect(
            ":memory:", config={"threads": 2, "preserve_insertion_order": True}
        ) as connection:
            connection.execute("SET enable_progress_bar = false")  # it would stand in the answer of a command
            found = connection.execute(
                "SELECT * FROM read_csv(?, header=false, skip=1, auto_detect=false, delim=',', quote='\"', escape='\"', "  # noqa: S608
                f"null_padding=false, max_line_size={LONGEST_LINE}, columns={kinds})",
                [str(file)],
            ).fetchnumpy()
    except duckdb.Error:
        return None
    labels = ["" if label is None else str(label).strip() for label in _filled(found["c0"], None)]
    # Columns arrive one by one: laid out so that each stays together, and seen as rows by columns.
    cells = np.empty((len(header) - 1, len(labels)))
    for place in range(1, len(header)):
        cells[place - 1] = _filled(found.pop(f"c{place}"), np.nan)
    return labels, cells.T


def _filled(column: np.ndarray, blank: float | None) -> np.ndarray:
    """Return a column with `blank` where a cell is empty."""
    return column.filled(blank) if isinstance(column, np.ma.MaskedArray) else column
