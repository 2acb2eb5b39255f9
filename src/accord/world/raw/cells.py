"""Arrays out of small CSV files with a line for each cell: labels known, each once, every value a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from accord.errors import Fault, nearest
from accord.world.raw.csv_files import read_text_rows
from accord.world.raw.mending import Mending


def cells_of(
    file: Path,
    keys: Mapping[str, Sequence[str]],
    values: tuple[str, ...],
    mending: Mending,
    optional: tuple[str, ...] = (),
) -> dict[str, np.ndarray]:
    """Arrays over `keys` (column -> codes) of each column of `values`; NaN where no line is. Faults go to `mending`."""
    shape = tuple(len(codes) for codes in keys.values())
    found = {name: np.full(shape, np.nan) for name in values}
    place_of = {name: {code: place for place, code in enumerate(codes)} for name, codes in keys.items()}
    seen: set[tuple[int, ...]] = set()
    for number, row in read_text_rows(file, (*keys, *values), optional=optional):
        where = f"{file.name}, line {number}"
        unknown = [name for name in keys if row[name] not in place_of[name]]
        for name in unknown:
            mending.refuse(
                Fault(
                    f"{where}, column {name}",
                    f"'{row[name]}' is not in the flows",
                    "a code of the flows",
                    nearest(row[name], place_of[name]),
                )
            )
        if unknown:
            continue
        at = tuple(place_of[name][row[name]] for name in keys)
        if at in seen:
            mending.refuse(
                Fault(where, "the same labels stand there twice", "one line for each", "Delete one.")
            )
        seen.add(at)
        for name in values:
            if row[name] == "":
                continue
            try:
                found[name][at] = float(row[name])
            except ValueError:
                mending.refuse(
                    Fault(
                        f"{where}, column {name}",
                        f"'{row[name]}' is no number",
                        "a number with a decimal point",
                    )
                )
                found[name][at] = 0.0
    return found
