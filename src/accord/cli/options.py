"""Options that many commands share: each has one meaning and one text, here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Flag = Parameter(negative="")
"""A switch that can only be set, not unset."""

ProgrammeFile = Annotated[
    Path, Parameter(help="Programme file (TOML). Check it first with: accord check FILE")
]

Changes = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set",
        negative="",
        show_default=False,
        help="Change the programme first: measure.ID.key=value, or a key of its head. May be repeated; the file stays as it is.",
    ),
]

WorldName = Annotated[
    str | None,
    Parameter(
        help="Name or path of a World; the programme's own choice by default. List them with: accord data list"
    ),
]

AsOf = Annotated[
    str | None,
    Parameter(help="Day of evaluation, as 2026-06-30; the programme's own `as_of` by default, else today."),
]

Lag = Annotated[
    float,
    Parameter(
        help="Years from the day of evaluation to the assumed start of measures that are overdue or undated."
    ),
]

Out = Annotated[
    Path | None,
    Parameter(
        help="Directory for the record with tables (Parquet, CSV) and figures (SVG, PNG), if there are any; an earlier one there is "
        "replaced. By default the record, without figures, is left in runs/COMMAND-WHAT-HASH here."
    ),
]

NoRecord = Annotated[
    bool,
    Parameter(
        negative="",
        help="Leave no record where --out names no directory; ACCORD_NO_RECORD=1 says the same to every command.",
    ),
]

Json = Annotated[
    bool, Parameter(negative="", help="Print one JSON object on standard output and nothing else there.")
]

Quiet = Annotated[bool, Parameter(negative="", help="No progress bar.")]
