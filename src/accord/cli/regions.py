"""`accord regions`: results of a programme by sub-national region."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from accord.cli.answers import print_json, write_answer
from accord.cli.progress import progress_bar

Flag = Parameter(negative="")


def regions(
    programme: Path,
    *,
    shares: Path | None = None,
    spill_overs: Annotated[bool, Flag] = False,
    delta: float = 0.3,
    world: str | None = None,
    out: Path | None = None,
    json: Annotated[bool, Flag] = False,
    quiet: Annotated[bool, Flag] = False,
) -> None:
    """Say what a programme does to output in the regions inside each country.

    National results are shared out by regional shares of each sector, projects that the programme locates first. Output and value added
    only, never regional welfare.

    Examples:
        accord regions programmes/union_state_2024.toml

        accord regions programmes/union_state_2024.toml --spill-overs --json | jq '.regional[0]'

        accord regions my.toml --shares my_regions.csv --out regions/

    Parameters
    ----------
    programme
        Programme file (TOML).
    shares
        CSV of figures by region and sector: country, region, name, sector, value, basis, year, source. The worked table for Belarus
        and Russia by default.
    spill_overs
        Keep spill-overs of located projects in their region as far as FLQ coefficients say.
    delta
        Exponent of the FLQ: 0.3 as in Flegg and Webber (1997).
    world
        Name or path of a World; the programme's own choice by default.
    out
        Directory for the tables (Parquet, CSV); an earlier one there is replaced.
    json
        Print one JSON object on standard output and nothing else there.
    quiet
        No progress bar.
    """
    with progress_bar(quiet=quiet) as progress:
        progress("reading", 0, 3)
        from accord.engines.compilation import enable_compilation_cache
        from accord.programme import read_programme
        from accord.study.prepare import prepare
        from accord.study.regional import regional_results
        from accord.world import read_world

        enable_compilation_cache()
        read = read_programme(programme)
        progress("matching programme and World", 1, 3)
        prepared = prepare(read, read_world(world if world is not None else read.world))
        progress("solving", 2, 3)
        found = regional_results(prepared, shares, spill_overs=spill_overs, delta=delta)
        progress("writing", 3, 3)
        tables = {table.name: table for table in found.tables}
        written = write_answer(out, "regions", tables, lambda: ())
    if json:
        print_json({"notes": list(found.notes)}, tables, written)
        return
    from accord.cli.tables import console, print_table

    print_table(found.tables[0], leave_out=("country",))
    console().print()
    for note in found.notes:
        console().print(f"Note: {note.removesuffix('.')}.", markup=False)
    if written is not None:
        console().print(f"Written: {written}", markup=False)
