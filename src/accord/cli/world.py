"""`accord world`: show, check and aggregate Worlds."""

from __future__ import annotations

import json as json_format
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from accord.tables import Table
    from accord.world import World

Flag = Parameter(negative="")

app = App(name="world", help="Show, check and aggregate Worlds (inter-country input-output data).")


@app.command
def show(
    name: str = "embedded",
    *,
    regions: Annotated[bool, Flag] = False,
    sectors: Annotated[bool, Flag] = False,
    json: Annotated[bool, Flag] = False,
) -> None:
    """Show what a World holds: size, totals, sources, and what in it is imputed or assumed.

    For example:

        accord world show toy

        accord world show embedded --regions

        accord world show cp2015 --json | jq '.sectors[].sector'

    Parameters
    ----------
    name
        Name or path of a World. List them with: accord data list
    regions
        List its regions with their size, trade and duties.
    sectors
        List its sectors with their size, average tariff and trade elasticity.
    json
        Print one JSON object with everything, and nothing else.
    """
    from accord.world.describe import region_table, sector_table
    from accord.world.store import read_world

    world = read_world(name, check=False)
    tables = {"regions": region_table(world), "sectors": sector_table(world)}
    if json:
        _print_json(
            {
                **_summary(world),
                **{key: _rows(table) for key, table in tables.items()},
                "units": _units(tables),
            }
        )
        return
    from accord.cli.tables import print_table

    chosen = [tables[key] for key, wanted in (("regions", regions), ("sectors", sectors)) if wanted]
    if not chosen:
        _print_summary(world)
    merged = any(" " in str(members) for members in world.data["region_members"].values)
    for table in chosen:
        print_table(table, leave_out=() if merged else ("members",))


@app.command
def check(name: str = "embedded", *, json: Annotated[bool, Flag] = False) -> None:
    """Check the accounts of a World: labels, signs, rows and columns, tariffs, elasticities. The exit code is 3 when a fault is found.

    For example:

        accord world check toy

        accord world check my_world.nc --json

    Parameters
    ----------
    name
        Name or path of a World. List them with: accord data list
    json
        Print one JSON object with every fault and note, and nothing else.
    """
    from accord.errors import WorldError
    from accord.world.checks import check_world, notes_on
    from accord.world.store import read_world

    world = read_world(name, check=False)
    faults = check_world(world)
    # Notes need sound accounts to be read off.
    notes = () if faults else notes_on(world)
    if json:
        _print_json(
            {"world": world.name, "faults": [asdict(fault) for fault in faults], "notes": list(notes)}
        )
        if faults:
            sys.exit(WorldError.exit_code)
        return
    if faults:
        raise WorldError(faults)
    size = f"{len(world.regions)} regions x {len(world.sectors)} sectors, {world.year}"
    print(f"World '{world.name}' ({size}) has no fault: its accounts add up.")
    for note in notes:
        print(f"Note: {note}")


@app.command
def aggregate(name: str, *, mapping: Path, out: Path, json: Annotated[bool, Flag] = False) -> None:
    """Merge regions and sectors of a World into a new one whose accounts still add up.

    The mapping is a TOML file. Every old code appears exactly once; leave out a table to keep its axis as it is:

        [regions]
        EU = ["DEU", "FRA", "ITA"]
        USA = ["USA"]

        [region_names]
        EU = "European Union"

    For example:

        accord world aggregate icio-2022 --mapping blocs.toml --out blocs.nc

    Parameters
    ----------
    name
        Name or path of a World. List them with: accord data list
    mapping
        Which old codes make each new one (TOML).
    out
        File to write (.nc); use it wherever a World is named.
    json
        Print one JSON object and nothing else.
    """
    from accord.world.aggregate import aggregate as aggregate_world
    from accord.world.checks import ensure_valid
    from accord.world.mapping import read_mapping
    from accord.world.store import read_world, write_world

    with progress_bar() as progress:
        progress("reading", 0, 3)
        wanted = read_mapping(mapping)
        world = read_world(name)
        progress("merging", 1, 3)
        merged = ensure_valid(
            aggregate_world(
                world,
                regions=wanted.regions,
                sectors=wanted.sectors,
                region_names=wanted.region_names,
                sector_names=wanted.sector_names,
                name=out.stem,
            )
        )
        progress("writing", 2, 3)
        written = write_world(merged, out)
    if json:
        _print_json({"file": str(written), **_summary(merged)})
        return
    print(merged.provenance.steps[-1])
    print(f"Written: {written}")
    print(f"Look at it with: accord world show {written}")


def _summary(world: World) -> dict[str, Any]:
    """What is said of a World in JSON; amounts in USD million."""
    import numpy as np

    return {
        "name": world.name,
        "year": world.year,
        "content_sha256": world.content_hash,
        "size": {"regions": len(world.regions), "sectors": len(world.sectors)},
        "uses": list(world.uses),
        "factors": [str(factor) for factor in world.data.indexes["factor"]],
        "elasticity_sets": list(world.elasticity_sets),
        "tariff_schedules": [str(name) for name in world.data.indexes.get("schedule", [])],
        "gross_output_usd_million": float(world.gross_output.sum()),
        "value_added_usd_million": float(world.data["value_added"].sum()),
        "final_demand_usd_million": float(world.data["final_demand"].sum(dtype=np.float64)),
        "provenance": asdict(world.provenance),
    }


def _print_summary(world: World) -> None:
    from accord.cli.tables import print_pairs

    facts = _summary(world)
    came_from = world.provenance
    pairs = [
        (
            "World",
            f"{world.name}, {world.year}: {facts['size']['regions']} regions x {facts['size']['sectors']} sectors",
        ),
        ("Source", f"{came_from.source}, {came_from.edition}"),
        ("Licence", came_from.licence),
        ("Output", f"USD {facts['gross_output_usd_million']:,.0f} million"),
        ("Value added", f"USD {facts['value_added_usd_million']:,.0f} million"),
        (
            "Final purchases",
            f"USD {facts['final_demand_usd_million']:,.0f} million before duty; uses: {', '.join(world.uses)}",
        ),
        ("Trade elasticities", f"{', '.join(world.elasticity_sets)} (the first is the default)"),
        ("Tariff schedules", ", ".join(["base", *facts["tariff_schedules"]])),
        ("Content hash", f"{world.content_hash[:16]} (whole: --json)"),
        *_listed("Steps", came_from.steps),
        *_listed("Imputed or assumed", came_from.imputed),
        *_listed("Tariffs from", came_from.tariff_sources),
        *_listed("Notes", came_from.notes),
    ]
    print_pairs(pairs)
    print(f"\nMore: accord world show {world.name} --regions, --sectors, --json")


def _listed(heading: str, sentences: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(heading if position == 0 else "", sentence) for position, sentence in enumerate(sentences)]


def _rows(table: Table) -> list[dict[str, Any]]:
    return table.frame.to_dict("records")


def _units(tables: dict[str, Table]) -> dict[str, dict[str, str]]:
    return {
        key: {name: column.unit for name, column in table.columns.items()} for key, table in tables.items()
    }


def _print_json(content: dict[str, Any]) -> None:
    print(json_format.dumps(content, ensure_ascii=False, allow_nan=False))
