"""Footprints of anything counted per producer (jobs, energy, CO2) as labelled tables, and the CSV that such counts come in.

    satellite,unit,region,sector,amount
    jobs,thousand persons,BLR,A01,310.5

Blank is not zero: every producer that makes something needs a row, and 0 is written where nothing is counted. The accounts are those
of `footprints`; regions and sectors are those of the World, aggregated or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from accord.analysis.footprints import Footprints, footprints
from accord.analysis.labelled import labelled
from accord.analysis.production import production_of
from accord.errors import Fault, WorldError, nearest
from accord.tables import Table
from accord.world import World

COLUMNS = ("satellite", "unit", "region", "sector", "amount")
SHOWN = 6
"""Labels that a fault names before it counts the rest."""


@dataclass(frozen=True, eq=False)
class Satellite:
    """One count per producer.

    Attributes:
        name: "jobs".
        unit: As readers shall see it ("thousand persons", "TJ", "Mt CO2").
        amounts: (region, sector) of a World.
        source: Where the counts come from.
    """

    name: str
    unit: str
    amounts: np.ndarray = field(repr=False)
    source: str = ""


def read_satellites(path: str | Path, world: World) -> tuple[Satellite, ...]:
    """Read counts for every producer of `world` from a CSV; all faults of the file are listed at once."""
    file = Path(path).expanduser()
    try:
        frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise WorldError([Fault(str(file), "no such file", f"a CSV with {', '.join(COLUMNS)}")]) from error
    except (OSError, ValueError) as error:
        raise WorldError(
            [Fault(str(file), f"it cannot be read as CSV ({error})", f"columns {', '.join(COLUMNS)}")]
        ) from error
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise WorldError(
            [
                Fault(
                    f"{file}, headings",
                    f"no column '{name}'",
                    ", ".join(COLUMNS),
                    nearest(name, list(frame.columns)),
                )
                for name in missing
            ]
        )
    for name in COLUMNS[:-1]:
        frame[name] = frame[name].str.strip()
    amounts = pd.to_numeric(frame["amount"], errors="coerce").replace([np.inf, -np.inf], np.nan)
    faults = [*_label_faults(file, frame, world), *_row_faults(file, frame, amounts)]
    if faults:
        raise WorldError(faults)
    found, output = [], production_of(world).output.reshape(len(world.regions), -1)
    for name in dict.fromkeys(frame["satellite"]):
        rows = frame["satellite"] == name
        units = sorted(set(frame.loc[rows, "unit"]))
        values = np.full(output.shape, np.nan)
        at = [world.regions.index(region) for region in frame.loc[rows, "region"]]
        values[at, [world.sectors.index(sector) for sector in frame.loc[rows, "sector"]]] = amounts[rows]
        blank = np.isnan(values) & (output > 0.0)
        if len(units) > 1:
            faults.append(
                Fault(f"{file}, satellite '{name}'", f"several units: {', '.join(units)}", "one unit")
            )
        if blank.any():
            lacking = [f"{world.regions[r]} {world.sectors[s]}" for r, s in np.argwhere(blank)]
            faults.append(
                Fault(
                    f"{file}, satellite '{name}'",
                    f"no amount for {_few(lacking)}",
                    "a row for every producer",
                    "Write 0 where nothing is counted; blank is not zero.",
                )
            )
        found.append(Satellite(name, units[0], np.nan_to_num(values), file.name))
    if faults:
        raise WorldError(faults)
    return tuple(found)


def satellite_tables(
    world: World, satellites: Sequence[Satellite], regions: Sequence[str] | None = None
) -> tuple[Table, ...]:
    """Accounts by region, flows between regions, and multipliers of every satellite.

    Args:
        world: The World.
        satellites: What is counted.
        regions: Regions that rows are made for: accounts and multipliers of these, flows that begin or end in them. All by default.
    """
    production = production_of(world)
    chosen = [production.regions.index(region) for region in production.known("region", regions)]
    result = footprints(production, {each.name: each.amounts for each in satellites})
    units = {each.name: each.unit for each in satellites}
    sources = "; ".join(dict.fromkeys(each.source for each in satellites if each.source))
    said = f" (counts: {sources})" if sources else ""
    return (
        labelled(
            world,
            "satellite_accounts",
            f"What arises in a region, and what arises anywhere for its final purchases{said}",
            _accounts(world, result, units, chosen),
            ("satellite", "region"),
        ),
        labelled(
            world,
            "satellite_flows",
            f"Where it arises, for whose final purchases{said}",
            _flows(world, result, units, chosen),
            ("satellite", "origin", "destination"),
        ),
        labelled(
            world,
            "satellite_multipliers",
            f"What a unit of each final product takes through all chains{said}",
            _multipliers(world, result, units, chosen),
            ("satellite", "region", "sector"),
        ),
    )


def _accounts(world: World, result: Footprints, units: Mapping[str, str], chosen: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "satellite": name,
                "satellite_unit": units[name],
                "region": world.regions[region],
                "arises": result.produced[k, region],
                "caused": result.consumed[k, region],
                "caused_abroad": result.imported[k, region],
                "for_abroad": result.exported[k, region],
                "balance": result.produced[k, region] - result.consumed[k, region],
            }
            for k, name in enumerate(result.names)
            for region in chosen
        ]
    )


def _flows(world: World, result: Footprints, units: Mapping[str, str], chosen: list[int]) -> pd.DataFrame:
    touched = np.zeros((len(world.regions),) * 2, dtype=bool)
    touched[chosen] = touched[:, chosen] = True
    origin, destination = np.nonzero(touched)
    names = np.array(world.regions, dtype=object)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "satellite": name,
                    "satellite_unit": units[name],
                    "origin": names[origin],
                    "destination": names[destination],
                    "amount": result.by_pair[k, origin, destination],
                }
            )
            for k, name in enumerate(result.names)
        ],
        ignore_index=True,
    )


def _multipliers(
    world: World, result: Footprints, units: Mapping[str, str], chosen: list[int]
) -> pd.DataFrame:
    sectors, output = len(world.sectors), production_of(world).output.reshape(len(world.regions), -1)
    codes, names = list(world.sectors), list(world.sector_names.values())
    rows = [
        pd.DataFrame(
            {
                "satellite": name,
                "satellite_unit": units[name],
                "region": world.regions[region],
                "sector": codes,
                "sector_name": names,
                "per_output_usd": np.where(output[region] > 0.0, multipliers[region], np.nan),
            }
        )
        for name, multipliers in zip(
            result.names, result.multipliers.reshape(len(result.names), -1, sectors), strict=True
        )
        for region in chosen
    ]
    return pd.concat(rows, ignore_index=True)


def _label_faults(file: Path, frame: pd.DataFrame, world: World) -> list[Fault]:
    faults = []
    for name, known in (("region", world.regions), ("sector", world.sectors)):
        unknown = [label for label in dict.fromkeys(frame[name]) if label not in known]
        faults += [
            Fault(
                f"{file}, column '{name}'",
                f"no {name} '{label}' in World '{world.name}'",
                remedy=nearest(label, known) or f"List them: accord world show {world.name} --{name}s",
            )
            for label in unknown[:SHOWN]
        ]
    return faults


def _row_faults(file: Path, frame: pd.DataFrame, amounts: pd.Series) -> list[Fault]:
    marks = (
        (amounts.isna(), "no number as amount", "an amount in every row"),
        (frame["satellite"] == "", "no satellite", "a name in every row"),
        (
            frame.duplicated(["satellite", "region", "sector"]),
            "repeats of a satellite, region and sector",
            "one row each",
        ),
    )
    faults = [
        Fault(f"{file}, line {_few([str(line + 2) for line in np.flatnonzero(marked)])}", found, expected)
        for marked, found, expected in marks
        if marked.any()
    ]
    return [Fault(str(file), "no rows", "one row for each satellite and producer")] if frame.empty else faults


def _few(labels: list[str]) -> str:
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    return ", ".join(labels[:SHOWN]) + more
