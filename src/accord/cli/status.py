"""`accord status`: how far a programme has come, by count and by effect."""

from __future__ import annotations

from accord.cli.answers import deliver
from accord.cli.delay import about_time, day_of, setting_of
from accord.cli.options import AsOf, Changes, Json, Lag, NoRecord, Out, ProgrammeFile, Quiet, WorldName
from accord.cli.progress import progress_bar


def status(
    programme: ProgrammeFile,
    *,
    as_of: AsOf = None,
    lag: Lag = 1.0,
    world: WorldName = None,
    changes: Changes = (),
    out: Out = None,
    no_record: NoRecord = False,
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

        setting = setting_of(programme, world, changes, progress, as_of=day_of(as_of), lag_years=lag)
        found = track(setting)
    from accord.present.time_figures import status_figures
    from accord.present.time_terminal import show_status

    answer = about_time("status", found.sentence, found, setting, programme, show_status, status_figures)
    deliver(answer, out=out, json=json, no_record=no_record)
