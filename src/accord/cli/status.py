"""`accord status`: how far a programme has come, by count and by effect."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from accord.cli.answers import print_json, write_answer
from accord.cli.delay import day_of, setting_of
from accord.cli.progress import progress_bar

Flag = Parameter(negative="")


def status(
    programme: Path,
    *,
    as_of: str | None = None,
    lag: float = 1.0,
    world: str | None = None,
    out: Path | None = None,
    json: Annotated[bool, Flag] = False,
    quiet: Annotated[bool, Flag] = False,
) -> None:
    """Say how far a programme has come: counts by area and body, what is overdue, and the share of the effect delivered.

    Parties' own reports (`status_by_party` in the file) are counted side by side. Counting measures is not measuring effects.

    Examples:
        accord status programmes/union_state_2024.toml

        accord status programmes/union_state_2024.toml --as-of 2026-12-31 --json | jq .delivered

    Parameters
    ----------
    programme
        Programme file (TOML).
    as_of
        Day of evaluation, as 2026-06-30; the programme's own `as_of` by default, else today.
    lag
        Years from the day of evaluation to the assumed start of measures that are overdue or undated.
    world
        Name or path of a World; the programme's own choice by default.
    out
        Directory for tables (Parquet, CSV) and a figure (SVG, PNG); an earlier one there is replaced.
    json
        Print one JSON object on standard output and nothing else there.
    quiet
        No progress bar.
    """
    with progress_bar(quiet=quiet) as progress:
        progress("reading", 0, 1)
        from accord.study.tracker import track

        answer = track(setting_of(programme, world, progress, as_of=day_of(as_of), lag_years=lag))
        progress("writing", 1, 1)
        from accord.present.time_figures import status_figures

        written = write_answer(out, "status", answer.tables, lambda: status_figures(answer))
    if json:
        facts = {key: value for key, value in asdict(answer).items() if key != "tables"}
        print_json(facts, answer.tables, written)
        return
    from rich.console import Console

    from accord.present.time_terminal import show_status

    show_status(answer, Console(highlight=False))
    print("\nAll tables: --out DIR, or --json" if written is None else f"\nWritten: {written}")
