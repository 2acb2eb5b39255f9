"""`accord regions`: results of a programme by sub-national region."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from accord.cli.answers import Answer, deliver
from accord.cli.options import Changes, Flag, Json, NoRecord, Out, ProgrammeFile, Quiet, WorldName
from accord.cli.progress import progress_bar

WIDE = 96
"""Columns of a terminal from which on codes and base output are shown too; all tables: --out or --json."""


def regions(
    programme: ProgrammeFile,
    *,
    shares: Path | None = None,
    spill_overs: Annotated[bool, Flag] = False,
    delta: float = 0.3,
    world: WorldName = None,
    changes: Changes = (),
    out: Out = None,
    no_record: NoRecord = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what a programme does to output in the regions inside each country.

    National results are shared out by regional shares of each sector, projects that the programme locates first. Output and value added
    only, never regional welfare.

    For example:
        accord regions programmes/union_state_2024.toml

        accord regions programmes/union_state_2024.toml --spill-overs --json | jq '.regional[0]'

        accord regions my.toml --shares my_regions.csv --out regions/

    Parameters
    ----------
    shares
        CSV of figures by region and sector: country, region, name, sector, value, basis, year, source. The worked table for Belarus
        and Russia by default.
    spill_overs
        Keep spill-overs of located projects in their region as far as FLQ coefficients say.
    delta
        Exponent of the FLQ: 0.3 as in Flegg and Webber (1997).
    """
    with progress_bar(quiet=quiet) as progress:
        progress("reading", 0, 3)
        from accord.cli.reading import prepared_programme
        from accord.study.regional import regional_results

        progress("matching programme and World", 1, 3)
        prepared = prepared_programme(programme, world, changes)
        progress("solving", 2, 3)
        found = regional_results(prepared, shares, spill_overs=spill_overs, delta=delta)

    def show() -> None:
        from accord.cli.tables import console, print_table

        narrow = () if console().width >= WIDE else ("region", "output_base_usd")
        print_table(found.tables[0], leave_out=("country", *narrow))
        console().print()
        for note in found.notes:
            console().print(f"Note: {note.removesuffix('.')}.", markup=False)

    answer = Answer(
        command="regions",
        about=prepared.programme.name,
        headline=found.tables[0].title,
        facts={"programme": prepared.programme.name, "notes": list(found.notes)},
        tables={table.name: table for table in found.tables},
        show=show,
        inputs={programme: prepared.programme, **({} if shares is None else {shares: None})},
        world=prepared.world,
    )
    deliver(answer, out=out, json=json, no_record=no_record)
