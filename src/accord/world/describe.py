"""What a World holds, as tables with units: a row a region, a row a sector, and the totals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from accord.tables import Column, Table
from accord.world.accounts import sales_of
from accord.world.world import World


def region_table(world: World) -> Table:
    """Size, trade and duties of each region."""
    source = f"{world.provenance.source}, {world.provenance.edition}"
    sales, duties = _sales_and_duties(world)
    foreign = sales.sum(axis=1) * (1.0 - np.eye(len(world.regions)))
    exports, imports = foreign.sum(axis=1), foreign.sum(axis=0)
    final = world.data["final_demand"].to_numpy().sum(axis=(0, 1, 3), dtype=np.float64)
    frame = pd.DataFrame(
        {
            "region": list(world.regions),
            "region_name": list(world.region_names.values()),
            "value_added": world.data["value_added"].to_numpy().sum(axis=(1, 2)),
            "gross_output": world.gross_output.to_numpy().sum(axis=1),
            "final_purchases": final,
            "exports": exports,
            "imports": imports,
            "trade_balance": exports - imports,
            "duties": duties.sum(axis=(0, 1)),
            "members": [str(members) for members in world.data["region_members"].to_numpy()],
        }
    )
    columns = {
        "region": Column("label", "Region", source=source),
        "region_name": Column("label", "Name", source=source),
        "value_added": Column(
            "USD million", "Value added", "output less inputs, duties on them and taxes", source
        ),
        "gross_output": Column("USD million", "Output", "sum of sales before duty", source),
        "final_purchases": Column("USD million", "Final purchases", "sum over uses, before duty", source),
        "exports": Column("USD million", "Exports", "sales to other regions, before duty", source),
        "imports": Column("USD million", "Imports", "purchases from other regions, before duty", source),
        "trade_balance": Column("USD million", "Trade balance", "exports less imports", source),
        "duties": Column("USD million", "Duties", "tariff rate x imports", source),
        "members": Column("label", "Made of", source=source),
    }
    return Table(
        "world_regions", f"Regions of World '{world.name}', {world.year}", frame, columns, ("region",)
    )


def sector_table(world: World) -> Table:
    """World size, trade, average tariff and trade elasticity of each sector."""
    source = f"{world.provenance.source}, {world.provenance.edition}"
    sales, duties = _sales_and_duties(world)
    traded = sales.sum(axis=(0, 2)) - np.einsum("iki->k", sales)
    tariff = np.divide(100.0 * duties.sum(axis=(0, 2)), traded, out=np.zeros_like(traded), where=traded > 0.0)
    frame = pd.DataFrame(
        {
            "sector": list(world.sectors),
            "sector_name": list(world.sector_names.values()),
            "kind": [str(kind) for kind in world.data["sector_kind"].to_numpy()],
            "value_added": world.data["value_added"].to_numpy().sum(axis=(0, 2)),
            "gross_output": world.gross_output.to_numpy().sum(axis=0),
            "traded": traded,
            "tariff_pct": tariff,
            "trade_elasticity": world.trade_elasticity(),
        }
    )
    columns = {
        "sector": Column("label", "Sector", source=source),
        "sector_name": Column("label", "Name", source=source),
        "kind": Column("label", "Kind", source=source),
        "value_added": Column(
            "USD million", "Value added", "output less inputs, duties on them and taxes", source
        ),
        "gross_output": Column("USD million", "Output", "sum of sales before duty", source),
        "traded": Column("USD million", "Traded", "sales between regions, before duty", source),
        "tariff_pct": Column("%", "Average tariff", "duties over trade", source),
        "trade_elasticity": Column("number", "Trade elasticity", f"set '{world.elasticity_sets[0]}'", source),
    }
    return Table(
        "world_sectors", f"Sectors of World '{world.name}', {world.year}", frame, columns, ("sector",)
    )


def _sales_and_duties(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Sales before duty and the duties on them, each (exporter, sector, importer), USD million."""
    sales = sales_of(world.data["intermediate"].to_numpy(), world.data["final_demand"].to_numpy())
    return sales, sales * world.data["tariff_rate"].to_numpy().transpose(0, 2, 1)
