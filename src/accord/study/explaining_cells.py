"""The base values on which shocks fall, by cell of the World, the largest first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from accord.adapters.index import flow_mask, positions, producer_mask
from accord.shocks import FactorSupplyShock, FlowShock, PurchaseShock, Shock, TechnologyShock
from accord.tables import Column, Table
from accord.world import World

CELLS = 12
"""Largest cells that are listed for each shock; one row sums up the rest."""

ALL = "all"
"""Stands for every exporter together."""

CELL_COLUMNS = {
    "shock": Column("count", "Shock"),
    "exporter": Column("label", "Exporter"),
    "importer": Column("label", "Importer"),
    "sector": Column("label", "Sector"),
    "base_usd": Column("USD million", "Base value", "before duty, of the users meant; output for producers"),
    "tariff_pct": Column("%", "Tariff in the base"),
    "source": Column("label", "Source"),
}


def cells_of(world: World, shocks: list[Shock]) -> Table:
    """Return the base values on which shocks fall, the largest of each."""
    rows: list[tuple[Any, ...]] = []
    for number, shock in enumerate(shocks, start=1):
        if isinstance(shock, FlowShock):
            rows += _flow_cells(world, number, shock)
        elif isinstance(shock, TechnologyShock):
            rows += _technology_cells(world, number, shock)
        elif isinstance(shock, PurchaseShock):
            rows += _purchase_cells(world, number, shock)
        elif isinstance(shock, FactorSupplyShock):
            rows += _factor_cells(world, number, shock)
        elif hasattr(shock, "producers"):
            rows += _producer_cells(world, number, shock)
    numbers = {"shock": "int64", "base_usd": "float64", "tariff_pct": "float64"}
    # Without a row, pandas takes a column of numbers for one of anything.
    frame = pd.DataFrame(rows, columns=list(CELL_COLUMNS)).astype(numbers)
    return Table(
        "cells",
        "The base values on which they fall, largest first",
        frame,
        CELL_COLUMNS,
        ("shock", "exporter", "importer", "sector"),
    )


def _flow_cells(world: World, number: int, shock: FlowShock) -> list[tuple[Any, ...]]:
    mask = flow_mask(shock.flows, world.regions, world.sectors)
    value = np.where(mask, _values(world, shock), 0.0)
    order = np.argsort(-value, axis=None, kind="stable")[:CELLS]
    rows = []
    duties = world.data["tariff_rate"].transpose("sector", "importer", "exporter").to_numpy()
    for k, n, i in zip(*np.unravel_index(order, value.shape), strict=True):
        if value[k, n, i] > 0.0:
            rows.append(
                (
                    number,
                    world.regions[i],
                    world.regions[n],
                    world.sectors[k],
                    float(value[k, n, i]),
                    100.0 * float(duties[k, n, i]),
                    _tariff_source(world, i, n, k),
                )
            )
    rest = int((value > 0.0).sum()) - len(rows)
    if rest > 0:
        left = float(value.sum() - sum(row[4] for row in rows))
        rows.append((number, f"{rest} more cells", "", "", left, np.nan, ""))
    return rows


def _values(world: World, shock: FlowShock) -> np.ndarray:
    """Base value (sector, importer, exporter) of the purchases of the users meant."""
    chosen = positions((*world.sectors, *world.uses), shock.flows.uses, "user")
    count = len(world.sectors)
    total = 0.0
    for name, columns in (
        ("intermediate", chosen[chosen < count]),
        ("final_demand", chosen[chosen >= count] - count),
    ):
        total = total + world.data[name].to_numpy()[..., columns].sum(axis=3, dtype=np.float64)
    return np.asarray(total).transpose(1, 2, 0)


def _tariff_source(world: World, exporter: int, importer: int, sector: int) -> str:
    if "tariff_source" not in world.data or not world.provenance.tariff_sources:
        return ""
    codes = world.data["tariff_source"].transpose("exporter", "importer", "sector").to_numpy()
    code = int(codes[exporter, importer, sector])
    known = world.provenance.tariff_sources
    return known[code] if 0 <= code < len(known) else ""


def _producer_cells(world: World, number: int, shock: Any) -> list[tuple[Any, ...]]:
    mask = producer_mask(shock.producers, world.regions, world.sectors)
    output = np.where(mask, world.gross_output.to_numpy(), 0.0)
    order = np.argsort(-output, axis=None, kind="stable")[:CELLS]
    rows = [
        (number, world.regions[n], "", world.sectors[k], float(output[n, k]), np.nan, "gross output")
        for n, k in zip(*np.unravel_index(order, output.shape), strict=True)
        if output[n, k] > 0.0
    ]
    rest = int((output > 0.0).sum()) - len(rows)
    if rest > 0:
        left = float(output.sum() - sum(row[4] for row in rows))
        rows.append((number, f"{rest} more producers", "", "", left, np.nan, "gross output"))
    return rows


def _technology_cells(world: World, number: int, shock: TechnologyShock) -> list[tuple[Any, ...]]:
    """What the sector uses of each input whose use changes, and its value added."""
    user = world.sectors.index(shock.sector)
    here = world.regions.index(shock.region)
    inputs = world.data["intermediate"].to_numpy()[:, :, here, user].sum(axis=0, dtype=np.float64)
    added = float(world.data["value_added"].sel(region=shock.region, sector=shock.sector).sum())
    base = {**dict(zip(world.sectors, inputs.tolist(), strict=True)), "value_added": added}
    return [
        (number, ALL, shock.region, item, base[item], np.nan, f"used by {shock.sector}")
        for item, _ in sorted(shock.changes, key=lambda change: -base.get(change[0], 0.0))
        if item in base
    ]


def _purchase_cells(world: World, number: int, shock: PurchaseShock) -> list[tuple[Any, ...]]:
    """What the region buys of each product of the basket, of all origins, for all uses."""
    here = world.regions.index(shock.region)
    bought = sum(
        world.data[name].to_numpy()[:, :, here, :].sum(axis=(0, 2), dtype=np.float64)
        for name in ("intermediate", "final_demand")
    )
    base = dict(zip(world.sectors, np.asarray(bought).tolist(), strict=True))
    basket = sorted(shock.basket, key=lambda part: -part[1])
    rows = [
        (number, ALL, shock.region, sector, base[sector], np.nan, "all purchases")
        for sector, share in basket[:CELLS]
        if share > 0.0
    ]
    rest = [sector for sector, share in basket[CELLS:] if share > 0.0]
    if rest:
        left = sum(base[sector] for sector in rest)
        rows.append((number, f"{len(rest)} more cells", "", "", left, np.nan, "all purchases"))
    return rows


def _factor_cells(world: World, number: int, shock: FactorSupplyShock) -> list[tuple[Any, ...]]:
    """What the factor earns in each region, of all sectors."""
    chosen = positions(world.regions, shock.regions, "region")
    added = world.data["value_added"]
    known = [str(name) for name in added.indexes["factor"]]
    earned = added.sel(factor=shock.factor) if shock.factor in known else added.sum("factor")
    split = shock.factor in known and len(known) > 1
    source = f"income of {shock.factor}" if split else "value added, not split by factor"
    totals = earned.sum("sector").to_numpy()
    return [(number, "", world.regions[n], "", float(totals[n]), np.nan, source) for n in chosen]
