"""`accord world`: show, check and aggregate Worlds."""

from __future__ import annotations

import json as json_format
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App

from accord.cli.options import Flag, Json
from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from accord.tables import Table
    from accord.world import World


app = App(name="world", help="Show, check and aggregate Worlds (inter-country input-output data).")


@app.command
def show(
    name: str = "embedded",
    *,
    regions: Annotated[bool, Flag] = False,
    sectors: Annotated[bool, Flag] = False,
    json: Json = False,
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
    for number, table in enumerate(chosen):
        if number:
            print()
        print_table(table, leave_out=() if merged else ("members",))


@app.command
def check(
    name: str = "embedded",
    *,
    kind: str | None = None,
    fix: tuple[str, ...] = (),
    year: int | None = None,
    unit: str | None = None,
    usd_per_unit: float | None = None,
    inventories: str | None = None,
    sectors: Path | None = None,
    json: Json = False,
) -> None:
    """Check the accounts of a World, or a table that you mean to bring: labels, signs, sums, units, tariffs, elasticities.

    Every fault is listed with its remedy, and with the fixes that `accord data add` would accept. The exit code is 3 when a fault is
    found. Nothing is kept.

    For example:

        accord world check toy

        accord world check my_world.nc --json

        accord world check 2022_SML.csv

        accord world check my_folder --kind long-csv --fix blank-is-zero

    Parameters
    ----------
    name
        Name or path of a World (list them with: accord data list), or a table: a CSV file, a folder.
    kind
        Source that a table comes from, as in `accord data add`; guessed when left out.
    fix
        Check as if this fault were accepted; may be repeated.
    year
        Year of the table; by default the last year in its name.
    unit
        Unit of the table's amounts, such as "USD million" (the default) or "EUR thousand".
    usd_per_unit
        US dollars for one unit of the currency, where that is not the dollar.
    inventories
        How changes in inventories are treated: "produced" (default), "proportional" or "settled".
    sectors
        CSV file with facts of sectors: sector, name, kind, trade_elasticity.
    """
    from accord.errors import WorldError
    from accord.world.checks import check_world, notes_on
    from accord.world.sources.guess import kind_of
    from accord.world.store import read_world

    given = {
        "fixes": fix or None,
        "year": year,
        "unit": unit,
        "usd_per_unit": usd_per_unit,
        "inventories": inventories,
        "sectors": sectors,
    }
    guessed = kind or kind_of(name)
    try:
        world = read_world(name, check=False) if guessed is None else _table(guessed, name, given)
        faults = check_world(world)
    except WorldError as error:
        if not (json and error.faults):
            raise
        _print_json({"world": name, "faults": [asdict(fault) for fault in error.faults], "notes": []})
        sys.exit(WorldError.exit_code)
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
    from accord.cli.tables import say

    size = f"{len(world.regions)} regions x {len(world.sectors)} sectors, {world.year}"
    print(f"World '{world.name}' ({size}) has no fault: its accounts add up.")
    for note in (*(() if guessed is None else world.provenance.steps), *notes):
        say(f"Note: {note}")
    if guessed is not None:
        fixes = "".join(f" --fix {wanted}" for wanted in fix)
        print(f"Keep it with: accord data add {guessed} {name}{fixes} --as NAME")


def _table(kind: str, name: str, given: dict[str, object]) -> World:
    """Read a table of the user's as `accord data add` would."""
    from accord.cli.data import not_to_be_had, options_for
    from accord.errors import WorldError
    from accord.world.sources import SOURCES

    source = SOURCES.get(kind)
    if source is None or source.how != "add":
        raise WorldError([not_to_be_had(kind, "add")])
    with progress_bar() as progress:
        progress(f"reading {name}", 0, 1)
        return source.load(Path(name), **options_for(source, given))


@app.command
def aggregate(name: str, *, mapping: Path, out: Path, json: Json = False) -> None:
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
