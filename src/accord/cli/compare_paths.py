"""The part of `accord compare` that draws whole paths: what it asks and its screen."""

from __future__ import annotations

from pathlib import Path

from accord.cli.answers import Answer
from accord.cli.odds_paths import Calendar, setting_of
from accord.cli.progress import progress_bar


def compared_paths(
    asked: tuple[Path, Path, str | None, tuple[str, ...]],
    drawn: tuple[int, int],
    calendar: Calendar,
    *,
    quiet: bool,
) -> Answer:
    """Compare two programmes over the years.

    Args:
        asked: Both files, the World, and what is changed in both.
        drawn: Number of draws and their seed.
        calendar: The years.
        quiet: Whether to show no progress.
    """
    first, second, world, changes = asked
    draws, seed = drawn
    with progress_bar(quiet=quiet) as progress:
        progress("starting", 0, draws)
        from accord.cli.reading import programme_and_world
        from accord.programme import read_programme
        from accord.study.comparing_paths import compare_paths, sentences
        from accord.study.odds import OddsOptions
        from accord.study.prepare import prepare

        one, data = programme_and_world(first, world, changes)
        two = read_programme(second, changes)
        own, other = (setting_of(prepare(programme, data), calendar, progress) for programme in (one, two))
        found = compare_paths(own, other, OddsOptions(draws, seed), progress=progress)
    said = sentences(found)

    def show() -> None:
        from accord.cli.tables import show_found
        from accord.present.comparisons import paths_compared

        title = (
            f"First:  {one.name}\nSecond: {two.name}\nWorld {data.name}, {draws} common draws of whole paths"
        )
        show_found(title, said, paths_compared(found.table, found.years), style=None)

    return Answer(
        command="compare --paths",
        about=f"{one.name} and {two.name}",
        headline=said[0],
        facts={
            "first": one.name,
            "second": two.name,
            "title": found.table.title,
            "sentences": list(said),
            "draws": draws,
            "seed": seed,
            "as_of": str(own.as_of),
            "horizon": own.horizon.sentence,
            "capital": own.years.capital.sentence,
            "world": data.name,
            "world_content_hash": data.content_hash,
        },
        tables={table.name: table for table in (found.table, found.years, found.together)},
        show=show,
        inputs={first: one, second: two},
        world=data,
    )
