"""`accord estimate`: ad-valorem equivalents of barriers from a gravity table of the user."""

from __future__ import annotations

from pathlib import Path

from accord.cli.answers import Answer, deliver
from accord.cli.options import Json, NoRecord, Out, Quiet
from accord.cli.progress import progress_bar


def estimate(
    gravity: Path,
    *,
    barrier: list[str],
    elasticity: float,
    elasticity_error: float = 0.0,
    trade: str = "trade",
    effects: str = "",
    controls: str = "",
    cluster: str = "pair",
    out: Out = None,
    no_record: NoRecord = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Estimate what barriers in a gravity table are worth as a duty.

    Poisson pseudo maximum likelihood with fixed effects; the equivalent is exp(coefficient / tariff elasticity) - 1, with a standard
    error by the delta method. Write it into a programme as `ave`, with its range and source.

    For example:
        accord estimate gravity.csv --barrier border --elasticity=-5

        accord estimate gravity.csv --barrier sanction --elasticity=-5 --elasticity-error 0.5 --controls log_distance --json

    Parameters
    ----------
    gravity
        CSV file: exporter, importer, optionally year, trade, and a column for each barrier and control.
    barrier
        Column of a barrier: 1 where it stands, 0 where not. May be given more than once.
    elasticity
        Tariff elasticity of trade, below zero.
    elasticity_error
        Its standard error; taken as known by default.
    trade
        Column of the value of trade.
    effects
        Fixed effects, separated by commas, such as exporter*year,importer*year,exporter*importer. Exporter and importer by default, each
        by year where there is one.
    controls
        Further columns that move trade, separated by commas.
    cluster
        Clusters of errors: pair (exporter and importer), or a column.
    """
    with progress_bar(quiet=quiet) as progress:
        progress("estimating", 0, 1)
        from accord.analysis.gravity import estimate as fit

        table = fit(
            gravity,
            barrier,
            elasticity,
            elasticity_error=elasticity_error,
            trade=trade,
            effects=_listed(effects),
            controls=_listed(controls),
            cluster=cluster,
        )

    def show() -> None:
        from accord.cli.tables import console, print_table

        counts = (
            "observations",
            "left_out",
            "clusters",
        )  # the same in every row: said once, so that the rest has room
        print_table(table, leave_out=counts)
        first = table.frame.iloc[0]
        console().print(
            f"{first['observations']:,} observations in {first['clusters']:,} clusters; {first['left_out']:,} left out, because one of "
            "their fixed effects has no trade at all, or the variables tell from trade perfectly that there is none."
        )
        for row in table.frame.to_dict("records"):
            console().print(
                f"\nIn a programme: ave = {{ low = {max(row['low'], 0.0):.3f}, central = {max(row['equivalent'], 0.0):.3f}, "
                f'high = {max(row["high"], 0.0):.3f}, source = "..." }}   # {row["variable"]}',
                markup=False,
            )

    worth = (f"{row['variable']} {row['equivalent']:.1%}" for row in table.frame.to_dict("records"))
    answer = Answer(
        command="estimate",
        about=gravity.stem,
        headline=f"Worth as a duty: {', '.join(worth)}",
        facts={"title": table.title},
        tables={table.name: table},
        show=show,
        inputs={gravity: None},
    )
    deliver(answer, out=out, json=json, no_record=no_record)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
