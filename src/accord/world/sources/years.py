"""The year of a file's data: stated, or read from its name."""

from __future__ import annotations

import re
from pathlib import Path

from accord.errors import Fault, WorldError


def year_in(path: str | Path, stated: int | None = None, *, example: str = "2022_SML.csv") -> int:
    """Return the year stated, else the last year in the name of the file."""
    years = re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", Path(path).stem)
    if stated is not None:
        if not 1900 <= stated <= 2200:
            raise WorldError([Fault("option --year", f"{stated}", "a calendar year, such as 2022")])
        return stated
    if not years:
        raise WorldError(
            [
                Fault(
                    Path(path).name,
                    "no year in the name of the file",
                    f"a name such as {example}",
                    "State it with --year, or rename the file.",
                )
            ]
        )
    return int(years[-1])
