"""`accord delay`: what each year of delay of each measure costs whom."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from cyclopts import Parameter

from accord.cli.answers import Answer, deliver
from accord.cli.options import AsOf, Changes, Json, Lag, NoRecord, Out, ProgrammeFile, Quiet, WorldName
from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from rich.console import Console

    from accord.present.figures import Figure
    from accord.study.delay import Delay
    from accord.study.time_setting import Setting
    from accord.study.tracker import Tracker

FoundT = TypeVar("FoundT", "Delay", "Tracker")


def delay(
    programme: ProgrammeFile,
    *,
    years: str = "1",
    as_of: AsOf = None,
    from_year: Annotated[int | None, Parameter(name="--from")] = None,
    until: int | None = None,
    growth: float = 0.0,
    terminal: Literal["none", "perpetuity"] = "none",
    capital: Literal["adjusts", "fixed"] = "adjusts",
    depreciation: float = 0.05,
    lag: Lag = 1.0,
    world: WorldName = None,
    changes: Changes = (),
    out: Out = None,
    no_record: NoRecord = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what each year of delay of each measure costs each partner, and what has been lost against agreed dates.

    The path of the programme is solved year by year over a fixed calendar; household consumption is valued at the programme's
    discount rate.

    For example:
        accord delay programmes/union_state_2024.toml

        accord delay programmes/union_state_2024.toml --years 1,2,3 --as-of 2026-06-30

        accord delay my.toml --until 2050 --growth 0.015 --json | jq '.delay[0]'

    Parameters
    ----------
    years
        Years of delay to ask about, separated by commas: 1,2,3
    from_year
        First year of the horizon, as of which everything is valued; the year of the evaluation by default.
    until
        Last year of the horizon; 20 years in all by default. It does not move with a delay.
    growth
        Reference growth a year (0.02 is 2 %): effects in proportion to a growing economy. None by default.
    terminal
        Beyond the last year: nothing (none), or its effect for ever (perpetuity).
    capital
        Let capital adjust where the model tells it from labour (--model in the programme), or keep it fixed.
    depreciation
        Share of capital that wears out in a year, which sets how fast it adjusts.
    """
    later = _years(years)
    with progress_bar(quiet=quiet) as progress:
        progress("reading", 0, 1)
        from accord.study.delay import delay as study_delay
        from accord.study.delay import sentences

        setting = setting_of(
            programme,
            world,
            changes,
            progress,
            as_of=day_of(as_of),
            first=from_year,
            last=until,
            growth=growth,
            terminal=terminal,
            adjusting=capital == "adjusts",
            depreciation=depreciation,
            lag_years=lag,
        )
        found = study_delay(setting, later)
    from accord.present.time_figures import delay_figures
    from accord.present.time_terminal import show_delay

    headline = sentences(found)[1] if len(sentences(found)) > 1 else ""
    answer = about_time("delay", headline, found, setting, programme, show_delay, delay_figures)
    deliver(answer, out=out, json=json, no_record=no_record)


def about_time(
    command: str,
    headline: str,
    found: FoundT,
    setting: Setting,
    programme: Path,
    show: Callable[[FoundT, Console], None],
    figures: Callable[[FoundT], Iterable[Figure]],
) -> Answer:
    """Return the answer of a command that asks about time; `found` has the facts and tables."""
    from accord.cli.tables import console

    return Answer(
        command=command,
        about=found.programme,
        headline=headline,
        facts={key: value for key, value in asdict(found).items() if key != "tables"},
        tables=found.tables,
        show=lambda: show(found, console()),
        inputs={programme: setting.programme},
        world=setting.prepared.world,
        figures=lambda: figures(found),
    )


def setting_of(
    programme: Path, world: str | None, changes: tuple[str, ...], progress: Any, **choices: Any
) -> Setting:
    """Return programme and World, prepared for questions about time."""
    from accord.cli.reading import prepared_programme
    from accord.study.time_setting import set_up

    progress("matching programme and World", 0, 1)
    return set_up(prepared_programme(programme, world, changes), progress=progress, **choices)


def day_of(text: str | None) -> date | None:
    """Return the day that `text` names."""
    from datetime import date

    from accord.errors import AccordError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AccordError(f"--as-of: '{text}' is no day. Write it as 2026-06-30.") from None


def _years(text: str) -> list[float]:
    from accord.errors import AccordError

    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise AccordError(f"--years: '{text}' are no years. Write them as 1,2,3.") from None
