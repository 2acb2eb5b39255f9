"""`accord compare`: two programmes with the same draws."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from accord.cli.progress import progress_bar

Flag = Parameter(negative="")


def compare(
    first: Path,
    second: Path,
    *,
    world: str | None = None,
    draws: int = 256,
    seed: int = 0,
    json: Annotated[bool, Flag] = False,
    quiet: Annotated[bool, Flag] = False,
) -> None:
    """Compare two programmes on one World with the same draws of everything unknown.

    Each is measured against its own context. A number that both programmes have has the same value in draw i of both, so that the
    difference is not blurred by chance.

    Examples:
        accord compare programmes/union_state_2024.toml my_version.toml

        accord compare a.toml b.toml --world icio-2022 --draws 64

    Parameters
    ----------
    first
        Programme file.
    second
        Programme file that is held against it.
    world
        Name or path of the World for both; the first programme's choice by default.
    draws
        Number of draws.
    seed
        Seed of the draws.
    json
        Print one JSON object on standard output and nothing else there.
    quiet
        No progress bar.
    """
    from accord.errors import AccordError

    if draws < 16:
        raise AccordError(f"--draws {draws}: at least 16 draws are needed to say anything of odds.")
    with progress_bar(quiet=quiet or json) as progress:
        progress("starting", 0, draws)
        from accord.engines.compilation import enable_compilation_cache
        from accord.programme import read_programme
        from accord.study.comparing import compare as compare_programmes
        from accord.study.odds import OddsOptions
        from accord.world import read_world

        enable_compilation_cache()
        one, two = read_programme(first), read_programme(second)
        data = read_world(world or one.world)
        found = compare_programmes(one, two, data, OddsOptions(draws, seed), progress=progress)
    if json:
        from accord.cli.records import print_records

        print_records(found.table, world=data, first=one.name, second=two.name, draws=draws, seed=seed)
        return
    from accord.cli.tables import console
    from accord.present.comparisons import compared
    from accord.present.terminal_answers import show_small

    screen = console()
    screen.print(
        f"First:  {one.name}\nSecond: {two.name}\nWorld {data.name}, {draws} common draws", markup=False
    )
    for table in compared(found.table):
        show_small(table, screen)
