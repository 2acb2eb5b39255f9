"""`accord bargain`: what the parties could agree on, and the smallest change that makes every partner gain."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from cyclopts import Parameter

from accord.cli.answers import Answer, deliver
from accord.cli.delay import day_of
from accord.cli.options import Changes, Json, Lag, NoRecord, Out, ProgrammeFile, Quiet, WorldName
from accord.cli.progress import progress_bar


def bargain(
    programme: ProgrammeFile,
    *,
    threat: Literal["no-deal", "best-reply"] | None = None,
    margin: float | None = None,
    frontier: int = 7,
    axes: str | None = None,
    share: str | None = None,
    outcome: Literal["long-run", "present-value"] | None = None,
    as_of: Annotated[
        str | None,
        Parameter(
            help="Day of evaluation, as 2026-06-30; that on which the programme's record stands by default."
        ),
    ] = None,
    from_year: Annotated[int | None, Parameter(name="--from")] = None,
    until: int | None = None,
    growth: float = 0.0,
    terminal: Literal["none", "perpetuity"] = "none",
    capital: Literal["adjusts", "fixed"] = "adjusts",
    lag: Lag = 1.0,
    world: WorldName = None,
    changes: Changes = (),
    out: Out = None,
    no_record: NoRecord = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what the partners could agree on: zone, frontier, Nash solution, the smallest change by which all gain, side payments.

    Levers are the [[lever]] tables of the programme; without any, how much of each decision is taken. A lever on how fast or when a
    decision comes (phase_in_years, delay_years) makes every gain the present value of the programme's years.

    For example:
        accord bargain programmes/union_state_2024.toml

        accord bargain my.toml --threat best-reply --frontier 11 --out bargain

        accord bargain my.toml --share BLR,RUS --json | jq .sentences

        accord bargain programmes/eu_mercosur.toml --frontier 0

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
    outcome
        What a gain is: a year of the long run, or the present value of years; as the programme says by default, and the present value
        where a lever moves years.
    from_year
        First year of a present value, as of which everything is valued; the year of the evaluation by default.
    until
        Last year of a present value; 20 years in all by default.
    growth
        Reference growth a year (0.02 is 2 %) in a present value: effects in proportion to a growing economy. None by default.
    terminal
        Beyond the last year of a present value: nothing (none), or its effect for ever (perpetuity).
    capital
        Let capital adjust on the way where the model allows it, or keep it fixed.
    """
    with progress_bar(quiet=quiet) as progress:
        progress("reading", 0, 60)
        from accord.cli.reading import prepared_programme
        from accord.study.bargaining import bargain as study_bargain
        from accord.study.valuing import Valuing

        prepared = prepared_programme(programme, world, changes)
        found = study_bargain(
            prepared,
            threat=threat,
            margin_pct=margin,
            points=frontier,
            axes=None if axes is None else axes.split(","),
            sharing=None if share is None else share.split(","),
            valuing=Valuing(
                outcome=outcome,
                as_of=day_of(as_of),
                first=from_year,
                last=until,
                growth=growth,
                terminal=terminal,
                lag_years=lag,
                adjusting=capital == "adjusts",
            ),
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
