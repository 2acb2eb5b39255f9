"""`accord footprints`: jobs, energy, CO2 or any count per producer, where it arises and for whose purchases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from accord.cli.options import NoRecord, Out

Flag = Parameter(negative="")
Labels = Parameter(consume_multiple=True, negative="")


def footprints(
    counts: Path,
    *,
    world: str = "embedded",
    regions: Annotated[list[str] | None, Labels] = None,
    json: Annotated[bool, Flag] = False,
    out: Out = None,
    no_record: NoRecord = False,
) -> None:
    """Say where jobs, energy, CO2 or anything counted per producer arises, and for whose final purchases.

    Examples:
        accord footprints jobs.csv --regions BLR RUS

        accord footprints co2.csv --world icio-2022 --out footprints_co2 --json

    Parameters
    ----------
    counts
        CSV with the columns satellite, unit, region, sector, amount: one row for every producer of the World, 0 written out.
    world
        Name or path of a World. List them with: accord data list
    regions
        Regions to show; all by default.
    json
        Print one JSON object with every table on standard output, and nothing else there.
    """
    from accord.analysis.satellites import read_satellites, satellite_tables
    from accord.cli.answers import Answer, deliver
    from accord.cli.progress import progress_bar
    from accord.world.store import read_world

    with progress_bar() as progress:
        progress("reading", 0, 2)
        chosen = read_world(world)
        satellites = read_satellites(counts, chosen)
        progress("following the chains", 1, 2)
        tables = {table.name: table for table in satellite_tables(chosen, satellites, regions)}

    def show() -> None:
        from accord.cli.tables import print_table

        print_table(tables["satellite_accounts"])
        print("\nFlows between regions and multipliers by sector: --json or --out DIR.")

    answer = Answer(
        command="footprints",
        about=counts.stem,
        headline=tables["satellite_accounts"].title,
        facts={"world": chosen.name},
        tables=tables,
        show=show,
        inputs={counts: None},
        world=chosen,
    )
    deliver(answer, out=out, json=json, no_record=no_record)
