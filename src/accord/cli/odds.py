"""`accord odds`: how surely does each party gain, and what decides it?"""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from accord.cli.answers import Answer, deliver
from accord.cli.odds_paths import (
    Calendar,
    Capital,
    Depreciation,
    FromYear,
    Growth,
    Terminal,
    Until,
    odds_of_paths,
    what_was_drawn,
)
from accord.cli.options import AsOf, Changes, Json, Lag, NoRecord, Out, ProgrammeFile, Quiet, WorldName
from accord.cli.progress import progress_bar


def odds(
    programme: ProgrammeFile,
    *,
    world: WorldName = None,
    changes: Changes = (),
    draws: Annotated[int | None, Parameter(show_default=False)] = None,
    seed: int = 0,
    distribution: Literal["pert", "triangular", "uniform"] = "pert",
    spread: float = 0.25,
    all_sets: bool = True,
    imputation: bool = True,
    keep: bool = True,
    paths: Annotated[bool, Parameter(negative="")] = False,
    as_of: AsOf = None,
    from_year: FromYear = None,
    until: Until = None,
    growth: Growth = 0.0,
    terminal: Terminal = "none",
    capital: Capital = "adjusts",
    depreciation: Depreciation = 0.05,
    lag: Lag = 1.0,
    out: Out = None,
    no_record: NoRecord = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say how surely each party gains, and which unknown matters most.

    Draws every number of the programme that has a range, the trade elasticities, and how final demand was imputed; solves context
    and decisions for each draw. Finished draws are kept: after Ctrl-C the same command goes on where it stopped, and more draws
    add to those at hand. The same seed gives the same numbers to the last bit.

    For example:
        accord odds programmes/union_state_2024.toml

        accord odds my.toml --draws 4096 --distribution triangular

        accord odds my.toml --draws 256 --json | jq .all_partners_gain

        accord odds my.toml --paths --until 2050 --out my_paths

    Parameters
    ----------
    draws
        Number of draws; powers of two spread best. 1024 by default, 256 with --paths.
    seed
        Seed of the draws.
    distribution
        Over each range: "pert" (beta, most likely at the central value), "triangular" or "uniform".
    spread
        Standard deviation of the log of each sector's trade elasticity around its set; 0 for none.
    all_sets
        Draw among all sets of trade elasticities of the World; otherwise keep to that of the central run.
    imputation
        Draw among the World's imputations of final demand, where it is imputed.
    keep
        Keep finished draws for the next time.
    paths
        Draw whole paths: each draw solves the years of its own calendar and says what they are worth at the programme's discount rate.
    """
    from accord.errors import AccordError

    calendar = Calendar(as_of, from_year, until, growth, terminal, capital, depreciation, lag)
    if not paths:
        calendar.refuse_without_paths()
    if draws is None:
        draws = 256 if paths else 1024
    if draws < 16:
        raise AccordError(f"--draws {draws}: at least 16 draws are needed to say anything of odds.")
    if not 0.0 <= spread <= 2.0:
        raise AccordError(
            f"--spread {spread:g}: a standard deviation of logs between 0 and 2; 0.25 is a quarter."
        )
    choices = (draws, seed, distribution, spread, all_sets, imputation, keep)
    if paths:
        answer = odds_of_paths(programme, world, changes, choices, calendar, quiet=quiet or json)
        deliver(answer, out=out, json=json, no_record=no_record)
        return
    with progress_bar(quiet=quiet or json) as progress:
        progress("starting", 0, draws)
        from accord.cli.reading import prepared_programme
        from accord.study.odds import OddsOptions
        from accord.study.odds import odds as draw_odds
        from accord.study.odds_tables import odds_tables, sentences

        prepared = prepared_programme(programme, world, changes)
        options = OddsOptions(*choices)
        found = draw_odds(prepared, options, progress=progress)
    tables = {table.name: table for table in odds_tables(found)}
    said = sentences(found)

    def show() -> None:
        from accord.cli.tables import show_found
        from accord.present.answers import odds_shown

        title = f"{prepared.programme.name}: odds on World {prepared.world.name}"
        show_found(title, said, odds_shown(tables, prepared.checked.partners))

    answer = Answer(
        command="odds",
        about=prepared.programme.name,
        headline=said[0],
        facts={
            **what_was_drawn(prepared, options),
            "sentences": list(said),
        },
        tables=tables,
        show=show,
        layout="odds",
        inputs={programme: prepared.programme},
        world=prepared.world,
    )
    deliver(answer, out=out, json=json, no_record=no_record)
