"""`accord compare`: two programmes with the same draws."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from accord.cli.answers import Answer, deliver
from accord.cli.compare_paths import compared_paths
from accord.cli.odds_paths import Calendar, Capital, Depreciation, FromYear, Growth, Terminal, Until
from accord.cli.options import AsOf, Changes, Json, Lag, NoRecord, Out, Quiet
from accord.cli.progress import progress_bar


def compare(
    first: Path,
    second: Path,
    *,
    world: str | None = None,
    changes: Changes = (),
    draws: Annotated[int | None, Parameter(show_default=False)] = None,
    seed: int = 0,
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
    """Compare two programmes on one World with the same draws of everything unknown.

    Each is measured against its own context. A number that both programmes have has the same value in draw i of both, so that the
    difference is not blurred by chance. What --set changes is changed in both.

    For example:
        accord compare programmes/union_state_2024.toml my_version.toml

        accord compare a.toml b.toml --world icio-2022 --draws 64

        accord compare a.toml b.toml --paths --until 2040 --set discount_rate=0.05

    Parameters
    ----------
    first
        Programme file.
    second
        Programme file that is held against it.
    world
        Name or path of the World for both; the first programme's choice by default.
    draws
        Number of draws. 256 by default, 128 with --paths.
    seed
        Seed of the draws.
    paths
        Compare whole paths: present values and effects of each year, over the same years at the same rate.
    """
    from accord.errors import AccordError

    calendar = Calendar(as_of, from_year, until, growth, terminal, capital, depreciation, lag)
    if not paths:
        calendar.refuse_without_paths()
    if draws is None:
        draws = 128 if paths else 256
    if draws < 16:
        raise AccordError(f"--draws {draws}: at least 16 draws are needed to say anything of odds.")
    if paths:
        asked = (first, second, world, changes)
        answer = compared_paths(asked, (draws, seed), calendar, quiet=quiet or json)
        deliver(answer, out=out, json=json, no_record=no_record)
        return
    with progress_bar(quiet=quiet or json) as progress:
        progress("starting", 0, draws)
        from accord.cli.reading import programme_and_world
        from accord.programme import read_programme
        from accord.study.comparing import compare as compare_programmes
        from accord.study.comparing_together import left_out_said, together_sentence
        from accord.study.odds import OddsOptions

        one, data = programme_and_world(first, world, changes)
        two = read_programme(second, changes)
        found = compare_programmes(one, two, data, OddsOptions(draws, seed), progress=progress)
    said = [together_sentence(found.together), *left_out_said(found.first, found.second)]

    def show() -> None:
        from accord.cli.tables import show_found
        from accord.present.comparisons import compared

        title = f"First:  {one.name}\nSecond: {two.name}\nWorld {data.name}, {draws} common draws"
        show_found(title, said, compared(found.table, found.together), style=None)

    answer = Answer(
        command="compare",
        about=f"{one.name} and {two.name}",
        headline=said[0],
        facts={
            "first": one.name,
            "second": two.name,
            "title": found.table.title,
            "sentences": said,
            "draws": draws,
            "seed": seed,
            "world": data.name,
            "world_content_hash": data.content_hash,
        },
        tables={table.name: table for table in (found.table, found.together)},
        show=show,
        inputs={first: one, second: two},
        world=data,
    )
    deliver(answer, out=out, json=json, no_record=no_record)
