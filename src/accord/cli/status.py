"""`accord status`: how far a programme has come, by count and by effect."""

from __future__ import annotations

from dataclasses import asdict

from accord.cli.answers import print_json, write_answer
from accord.cli.delay import day_of, setting_of
from accord.cli.options import AsOf, Changes, Json, Lag, Out, ProgrammeFile, Quiet, WorldName
from accord.cli.progress import progress_bar


def status(
    programme: ProgrammeFile,
    *,
    as_of: AsOf = None,
    lag: Lag = 1.0,
    world: WorldName = None,
    changes: Changes = (),
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say how far a programme has come: counts by area and body, what is overdue, and the share of the effect delivered.

    Parties' own reports (`status_by_party` in the file) are counted side by side. Counting measures is not measuring effects.

    For example:
        accord status programmes/union_state_2024.toml

        accord status programmes/union_state_2024.toml --as-of 2026-12-31 --json | jq .delivered
    """
    with progress_bar(quiet=quiet) as progress:
        progress("reading", 0, 1)
        from accord.study.tracker import track

        answer = track(setting_of(programme, world, changes, progress, as_of=day_of(as_of), lag_years=lag))
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
