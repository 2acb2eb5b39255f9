"""`accord bargain`: what the parties could agree on, and the smallest change that makes every partner gain."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from accord.cli.answers import Answer, deliver
from accord.cli.options import Changes, Json, NoRecord, Out, ProgrammeFile, Quiet, WorldName
from accord.cli.progress import progress_bar


def bargain(
    programme: ProgrammeFile,
    *,
    threat: Literal["no-deal", "best-reply"] | None = None,
    margin: float | None = None,
    frontier: int = 7,
    axes: str | None = None,
    share: str | None = None,
    world: WorldName = None,
    changes: Changes = (),
    out: Out = None,
    no_record: NoRecord = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what the partners could agree on: zone, frontier, Nash solution, the smallest change by which all gain, side payments.

    Levers are the [[lever]] tables of the programme; without any, how much of each decision is taken.

    For example:
        accord bargain programmes/union_state_2024.toml

        accord bargain my.toml --threat best-reply --frontier 11 --out bargain

        accord bargain my.toml --share BLR,RUS --json | jq .sentences

    Parameters
    ----------
    threat
        What happens without agreement: the context alone (no-deal), or each party's best reply with the levers that it owns alone.
        The programme's own choice by default, else no-deal.
    margin
        Least gain that counts for a partner, % of its base household consumption; the programme's own by default.
    frontier
        Points of the Pareto frontier, at most: of three and more partners the best one of each and points between them; 0 for none.
    axes
        Two or more partners of the frontier, as BLR,RUS; all by default. The others stay at the threat point or above where they can.
    share
        Regions that share a gain or a burden equally, as BLR,RUS; the partners by default.
    """
    with progress_bar(quiet=quiet) as progress:
        progress("reading", 0, 60)
        from accord.cli.reading import prepared_programme
        from accord.study.bargaining import bargain as study_bargain

        prepared = prepared_programme(programme, world, changes)
        found = study_bargain(
            prepared,
            threat=threat,
            margin_pct=margin,
            points=frontier,
            axes=None if axes is None else axes.split(","),
            sharing=None if share is None else share.split(","),
            progress=progress,
        )
    from accord.cli.tables import console
    from accord.present.bargaining_figures import bargaining_figures
    from accord.present.bargaining_terminal import show_bargain

    answer = Answer(
        command="bargain",
        about=found.programme,
        headline=found.sentences[0],
        facts={key: value for key, value in asdict(found).items() if key != "tables"},
        tables=found.tables,
        show=lambda: show_bargain(found, console()),
        inputs={programme: prepared.programme},
        world=prepared.world,
        figures=lambda: bargaining_figures(found),
    )
    deliver(answer, out=out, json=json, no_record=no_record)
