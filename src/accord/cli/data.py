"""`accord data`: list, fetch, add and remove Worlds; every file appears whole or not at all."""

from __future__ import annotations

import json as json_format
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from accord.cli.options import Json
from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accord.errors import Fault
    from accord.world import World
    from accord.world.sources import Source

TARIFFS = "tariffs"

app = App(
    name="data",
    help="List, fetch, add and remove Worlds. They are kept in $ACCORD_DATA_DIR, or the platform's data folder.",
)


@app.command(name="list")
def list_worlds(*, json: Json = False) -> None:
    """List the Worlds that are here, and those that can be had.

    For example:

        accord data list

    """
    from accord.world.sources import SOURCES
    from accord.world.store import EMBEDDED, cache_dir, cached_path, cached_worlds

    here = set(cached_worlds()) | {"toy"} | ({"embedded"} if EMBEDDED.is_file() else set())
    rows = [
        {
            "name": name,
            "here": name in here,
            "get": SOURCES[name].command if name in SOURCES else "",
            "description": SOURCES[name].description if name in SOURCES else "made or added by you",
            "licence": SOURCES[name].licence if name in SOURCES else "",
            "file": str(cached_path(name)) if name in cached_worlds() else "",
        }
        for name in [*SOURCES, *sorted(here - set(SOURCES))]
    ]
    if json:
        print(json_format.dumps({"folder": str(cache_dir()), "worlds": rows}, ensure_ascii=False))
        return
    from rich.text import Text

    from accord.cli.tables import console, new_grid

    grid = new_grid()
    for heading in ("World", "Here?", "What it is, its terms, how to get it"):
        grid.add_column(heading, overflow="fold")
    for row in rows:
        texts = [row["description"], row["licence"], "" if row["here"] else row["get"]]
        grid.add_row(
            str(row["name"]),
            "yes" if row["here"] else "no",
            Text("\n".join(str(text) for text in texts if text)),
        )
    console().print(grid)
    console().print(Text(f"\nKept in {cache_dir()}"), soft_wrap=True)


@app.command
def fetch(name: str, *, variant: str | None = None, json: Json = False) -> None:
    """Fetch a World over the network and keep it; nothing is kept when it fails or is stopped.

    For example:

        accord data fetch icio-2022

        accord data fetch icio-2022 --variant as-inputs

    Parameters
    ----------
    name
        Name of the World. List them with: accord data list
    variant
        How final demand is imputed, where the source lacks it (docs/methods/final-demand.md); kept as NAME-VARIANT.
    """
    from dataclasses import replace

    from accord.errors import WorldError
    from accord.world.sources import SOURCES

    source = SOURCES.get(name)
    if source is None or source.how != "fetch":
        raise WorldError([not_to_be_had(name, "fetch")])
    with progress_bar() as progress:
        progress(f"fetching {name}", 0, 2)
        kept = name if variant is None else f"{name}-{variant}"
        world = source.load() if variant is None else replace(source.load(variant), name=kept)
        progress("writing", 1, 2)
        _keep(world, kept)
    _say_kept(kept, world, as_json=json)


@app.command
def add(
    name: str,
    file: Path,
    *,
    fix: tuple[str, ...] = (),
    year: int | None = None,
    unit: str | None = None,
    usd_per_unit: float | None = None,
    inventories: str | None = None,
    sectors: Path | None = None,
    world: str = "embedded",
    store_as: Annotated[str | None, Parameter(name="--as")] = None,
    json: Json = False,
) -> None:
    """Make a World from a file of yours and keep it.

    A table with faults (negative cells, sums that miss recorded totals, missing labels, other units, transposed ...) is refused with
    all of them and their remedies. Where a remedy names a fix, --fix NAME accepts the table so mended; each step goes into the
    provenance of the World. See docs/how-to/bring-your-table.md.

    With the name "tariffs", replace tariffs of an existing World by those of a CSV file with the columns exporter, importer, sector,
    rate (a share: 0.05 is 5%), and keep the result as a new World. Cells that the file leaves out or blank keep their tariff.

    For example:

        accord data add oecd-icio 2022_SML.csv --as icio-own

        accord data add long-csv my_table_2022.csv --unit "EUR million" --usd-per-unit 1.05 --fix settle-negative-demand

        accord data add wiod-2013 wiot_2011.npz --as wiod-2011

        accord data add tariffs my_tariffs.csv --world embedded --as my-world

    Parameters
    ----------
    name
        Name of the source, or "tariffs". List sources with: accord data list
    file
        The file, or for some sources a folder.
    fix
        Accept a fault so mended; may be repeated. Names stand in the message of the fault.
    year
        Year of the data; by default the last year in the name of the file.
    unit
        Unit of the amounts, such as "USD million" (the default) or "EUR thousand".
    usd_per_unit
        US dollars for one unit of the currency, where that is not the dollar: the average of the year.
    inventories
        How changes in inventories are treated: "produced" (default), "proportional" or "settled".
    sectors
        CSV file with facts of sectors: sector, name, kind (goods, energy, services), trade_elasticity.
    world
        For tariffs: the World whose tariffs are replaced.
    store_as
        Name under which the result is kept; by default that of the source, or WORLD-tariffs.
    """
    from accord.errors import WorldError
    from accord.world.sources import SOURCES

    if name == TARIFFS:
        kept = _checked_name(store_as or f"{Path(world).stem}-tariffs")
        made = _with_tariffs(world, file, kept)
    else:
        source = SOURCES.get(name)
        if source is None or source.how != "add":
            raise WorldError([not_to_be_had(name, "add")])
        kept = _checked_name(store_as or name)
        given = {
            "fixes": fix or None,
            "year": year,
            "unit": unit,
            "usd_per_unit": usd_per_unit,
            "inventories": inventories,
            "sectors": sectors,
        }
        with progress_bar() as progress:
            progress(f"reading {file.name}", 0, 1)
            made = source.load(file, **options_for(source, given))
    _keep(made, kept)
    _say_kept(kept, made, as_json=json)
    if not json:
        for line in (*made.provenance.steps, *made.provenance.notes):
            print(f"  {line}")


def options_for(source: Source, given: Mapping[str, object]) -> dict[str, object]:
    """Return the options that were given, or say which of them the source does not take."""
    from accord.errors import Fault, WorldError

    chosen = {name: value for name, value in given.items() if value is not None}
    flags = {name: "--" + {"fixes": "fix"}.get(name, name).replace("_", "-") for name in given}
    taken = ", ".join(flags[name] for name in source.options if name in flags) or "none"
    unknown = [name for name in chosen if name not in source.options]
    if unknown:
        raise WorldError(
            Fault(
                f"option {flags[name]}",
                f"source '{source.name}' does not take it",
                f"one of its own: {taken}",
                "Leave it out.",
            )
            for name in unknown
        )
    return chosen


@app.command
def remove(name: str, *, json: Json = False) -> None:
    """Remove a World that was fetched or added.

    For example:

        accord data remove cp2015

    Parameters
    ----------
    name
        Name of the World. List them with: accord data list
    """
    from accord.errors import WorldError, nearest
    from accord.world.store import BUILT_IN, cached_path, cached_worlds

    if name in cached_worlds():
        cached_path(name).unlink()
        print(json_format.dumps({"removed": name}) if json else f"Removed World '{name}'.")
        return
    if name in BUILT_IN:
        raise WorldError(f"World '{name}' comes with accord and cannot be removed.")
    kept = ", ".join(cached_worlds()) or "none"
    raise WorldError(
        f"no World '{name}' was fetched or added. {nearest(name, cached_worlds())} Kept: {kept}."
    )


def _with_tariffs(world: str, file: Path, name: str) -> World:
    from accord.world.store import read_world
    from accord.world.tariffs import with_tariffs

    return with_tariffs(read_world(world), file, name=name)


def _keep(world: World, name: str) -> None:
    from dataclasses import replace

    from accord.world.store import cached_path, write_world

    write_world(replace(world, name=name), cached_path(name), packed=False)


def _say_kept(name: str, world: World, *, as_json: bool) -> None:
    if as_json:
        _print_kept(name, world)
        return
    size = f"{len(world.regions)} regions x {len(world.sectors)} sectors, {world.year}"
    print(f"World '{name}' ({size}) is here. Use it with: accord run PROGRAMME --world {name}")


def _print_kept(name: str, world: World) -> None:
    from dataclasses import asdict

    from accord.world.store import cached_path

    content = {
        "world": name,
        "file": str(cached_path(name)),
        "year": world.year,
        "size": {"regions": len(world.regions), "sectors": len(world.sectors)},
        "content_sha256": world.content_hash,
        "provenance": asdict(world.provenance),
    }
    print(json_format.dumps(content, ensure_ascii=False))


def _checked_name(name: str) -> str:
    from accord.errors import Fault, WorldError
    from accord.world.store import BUILT_IN

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) or name.endswith(".nc"):
        expected = "letters, digits, '-', '_' and '.', and no '.nc' at the end"
        raise WorldError(
            [Fault("option --as", f"'{name}' cannot be a name", expected, "Example: --as my-world")]
        )
    if name in BUILT_IN:
        remedy = f"Example: --as my-{name}"
        raise WorldError(
            [
                Fault(
                    "option --as",
                    f"'{name}' is the name of a World that comes with accord",
                    "another name",
                    remedy,
                )
            ]
        )
    return name


def not_to_be_had(name: str, how: str) -> Fault:
    """The fault of asking for a source in the wrong way, or for one that nobody knows."""
    from accord.errors import Fault, nearest
    from accord.world.sources import SOURCES

    names = [source.name for source in SOURCES.values() if source.how == how]
    if how == "add":
        names.append(TARIFFS)
    expected = f"one of {', '.join(names)}"
    if name in SOURCES:
        return Fault(
            f"World '{name}'", f"it is not had by '{how}'", expected, f"Type: {SOURCES[name].command}"
        )
    remedy = f"{nearest(name, [*SOURCES, *names])} List all: accord data list".strip()
    return Fault(f"World '{name}'", "unknown source", expected, remedy)
