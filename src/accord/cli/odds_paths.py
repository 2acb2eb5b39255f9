"""The part of `accord odds` that draws whole paths: its options and its screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from pathlib import Path

    from accord.cli.answers import Answer
    from accord.study.odds import OddsOptions
    from accord.study.path_odds import PathOdds
    from accord.study.prepare import Prepared
    from accord.study.time_setting import Setting


FromYear = Annotated[
    int | None,
    Parameter(
        name="--from",
        help="With --paths: first year, as of which everything is valued; the year of the evaluation by default.",
    ),
]
Until = Annotated[
    int | None, Parameter(help="With --paths: last year of the horizon; 20 years in all by default.")
]
Growth = Annotated[
    float, Parameter(help="With --paths: reference growth a year (0.02 is 2 %). None by default.")
]
Terminal = Annotated[
    Literal["none", "perpetuity"],
    Parameter(help="With --paths: beyond the last year nothing (none), or its effect for ever (perpetuity)."),
]
Capital = Annotated[
    Literal["adjusts", "fixed"],
    Parameter(
        help="With --paths: let capital adjust where the model tells it from labour, or keep it fixed."
    ),
]
Depreciation = Annotated[float, Parameter(help="With --paths: share of capital that wears out in a year.")]


@dataclass(frozen=True)
class Calendar:
    """What `accord odds` was told about whole paths.

    Attributes:
        as_of: Day of evaluation.
        from_year: First year.
        until: Last year.
        growth: Reference growth a year.
        terminal: What lies beyond.
        capital: Whether capital adjusts.
        depreciation: Share of capital that wears out in a year.
        lag: Years to an assumed start.
    """

    as_of: str | None = None
    from_year: int | None = None
    until: int | None = None
    growth: float = 0.0
    terminal: Literal["none", "perpetuity"] = "none"
    capital: Literal["adjusts", "fixed"] = "adjusts"
    depreciation: float = 0.05
    lag: float = 1.0

    def refuse_without_paths(self) -> None:
        """These options mean nothing for draws of the end state: say so rather than ignore them."""
        from accord.errors import AccordError

        names = {"from_year": "from", "as_of": "as-of"}
        given = [
            f"--{names.get(name, name)}"
            for name, entry in type(self).__dataclass_fields__.items()
            if getattr(self, name) != entry.default
        ]
        if given:
            raise AccordError(
                f"{', '.join(given)}: of use with --paths only; without it each draw is the end state, with every measure in full.\n"
                "  Add --paths, or leave them out."
            )


def odds_of_paths(
    programme: Path,
    world: str | None,
    changes: tuple[str, ...],
    choices: tuple[Any, ...],
    calendar: Calendar,
    *,
    quiet: bool,
) -> Answer:
    """Draw whole paths and return the answer; `choices` are the first fields of `study.odds.OddsOptions`."""
    with progress_bar(quiet=quiet) as progress:
        progress("starting", 0, choices[0])
        from accord.cli.reading import prepared_programme
        from accord.study.odds import OddsOptions

        found = _drawn(
            prepared_programme(programme, world, changes), OddsOptions(*choices), calendar, progress
        )
    return _answer(found, programme)


def what_was_drawn(prepared: Prepared, options: OddsOptions) -> dict[str, Any]:
    """Facts that every answer with draws opens with."""
    return {
        "programme": prepared.programme.name,
        "world": prepared.world.name,
        "world_content_hash": prepared.world.content_hash,
        "draws": options.draws,
        "seed": options.seed,
        "distribution": options.shape,
    }


def _drawn(prepared: Prepared, options: OddsOptions, calendar: Calendar, progress: Any) -> PathOdds:
    from accord.study.path_odds import path_odds

    return path_odds(setting_of(prepared, calendar, progress), options, progress=progress)


def setting_of(prepared: Prepared, calendar: Calendar, progress: Any) -> Setting:
    """Return a programme with the years that were asked for."""
    from accord.cli.delay import day_of
    from accord.study.time_setting import set_up

    return set_up(
        prepared,
        as_of=day_of(calendar.as_of),
        first=calendar.from_year,
        last=calendar.until,
        growth=calendar.growth,
        terminal=calendar.terminal,
        adjusting=calendar.capital == "adjusts",
        depreciation=calendar.depreciation,
        lag_years=calendar.lag,
        progress=progress,
    )


def _answer(found: PathOdds, programme: Path) -> Answer:
    from accord.cli.answers import Answer
    from accord.present.path_figures import path_figures
    from accord.study.path_odds_tables import path_odds_tables, sentences

    prepared, options = found.setting.prepared, found.odds.options
    tables = {table.name: table for table in path_odds_tables(found)}
    said = sentences(found)

    def show() -> None:
        from accord.cli.tables import show_found
        from accord.present.path_odds import paths_shown

        title = f"{prepared.programme.name}: odds of whole paths on World {prepared.world.name}"
        show_found(title, said, paths_shown(tables))

    return Answer(
        command="odds --paths",
        about=prepared.programme.name,
        headline=said[0],
        facts={
            **what_was_drawn(prepared, options),
            "as_of": str(found.setting.as_of),
            "horizon": found.setting.horizon.sentence,
            "capital": found.setting.years.capital.sentence,
            "sentences": list(said),
            "notes": list(found.setting.notes),
        },
        tables=tables,
        show=show,
        inputs={programme: prepared.programme},
        world=prepared.world,
        figures=lambda: path_figures(tables, prepared.checked.partners),
    )
