"""Tables of works abroad: orders, value added and jobs by multipliers beside what the partners' households gain in equilibrium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from accord.programme.measures import ConstructionAbroad
from accord.study.orders import Orders, orders_for, region_of
from accord.study.phases import welfare_of
from accord.study.plants import order_rows
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.study.prepare import Prepared
    from accord.world import World

USD = "USD million of base year"
_CHAINS = "multiplier: Leontief inverse of the World, nobody else's output falls"
_EQUILIBRIUM = "equilibrium: context and this measure alone, less context alone; resources have other uses"

COLUMNS: dict[str, Column] = {
    "measure": Column("label", "Measure"),
    "region": Column("label", "Region"),
    "sector": Column("label", "Sector"),
    "part_usd": Column(USD, "Part of the contract", "all years"),
    "orders_usd": Column(USD, "Orders a year", "base sourcing of the market where it is bought"),
    "output_usd": Column(USD, "Output a year through all chains", _CHAINS),
    "value_added_usd": Column(USD, "Value added a year through all chains", _CHAINS),
    "jobs": Column(
        "persons", "Jobs by multipliers", f"value added over value added per job as stated; {_CHAINS}"
    ),
    "profit_usd": Column(USD, "Suppliers' profit a year", "margin times its part of the contract"),
    "lent_usd": Column(USD, "Lent a year"),
    "repaid_usd": Column(USD, "Present value of its service", "at the measure's discount rate, deflated"),
    "household_ev_usd": Column(USD, "Household welfare a year, in equilibrium", _EQUILIBRIUM),
    "household_ev_pct": Column("%", "Household welfare a year, in equilibrium", _EQUILIBRIUM),
}


def abroad_tables(prepared: Prepared) -> dict[str, Table]:
    """Return the tables of the works abroad of a prepared programme."""
    chosen = [
        measure
        for measure in prepared.programme.measures
        if isinstance(measure, ConstructionAbroad) and measure.status != "dropped"
    ]
    parties = [row for measure in chosen for row in _party_rows(measure, prepared)]
    orders = [
        row
        for measure in chosen
        for row in order_rows(
            orders_of(measure, prepared.world), prepared.world, prepared.checked.partners, measure=measure.id
        )
    ]
    return {
        "abroad": _table(
            "abroad",
            "Works abroad, an average year: multipliers (what moves) beside equilibrium (who gains)",
            parties,
            ("measure", "region"),
        ),
        "abroad_orders": _table(
            "abroad_orders",
            "Works abroad: orders of an average year by multipliers",
            orders,
            ("measure", "region", "sector"),
        ),
    }


def orders_of(measure: ConstructionAbroad, world: World) -> Orders:
    """Orders of an average year of the works."""
    return orders_for(
        world,
        [
            (region_of(world, region), dict(measure.basket_of(region)), part / measure.build_years)
            for region, part in measure.parts.items()
        ],
    )


def _party_rows(measure: ConstructionAbroad, prepared: Prepared) -> Iterator[dict[str, Any]]:
    world = prepared.world
    orders, welfare = orders_of(measure, world), welfare_of(prepared, measure.effects())
    base = prepared.model.unchanged.household_consumption
    host = region_of(world, measure.host)
    lender = "" if measure.loan is None else region_of(world, measure.loan.lender)
    lent = measure.lent / measure.build_years
    parts: dict[str, float] = {}
    for region, part in measure.parts.items():
        parts[region_of(world, region)] = parts.get(region_of(world, region), 0.0) + part
    for region in dict.fromkeys([*prepared.checked.partners, *parts, host]):
        n = prepared.position(region)
        per_job = measure.usd_million_per_job.get(region)
        value_added = float(orders.value_added[n].sum())
        yield {
            "measure": measure.id,
            "region": region,
            "part_usd": parts.get(region, 0.0),
            "orders_usd": float(orders.direct[n].sum()),
            "output_usd": float(orders.output[n].sum()),
            "value_added_usd": value_added,
            "jobs": value_added / per_job.central if per_job else float("nan"),
            "profit_usd": measure.supplier_margin.central * parts.get(region, 0.0) / measure.build_years,
            "lent_usd": lent if region == lender else 0.0,
            "repaid_usd": lent * measure.repaid_per_lent() if region == lender else 0.0,
            "household_ev_usd": float(welfare[n]),
            "household_ev_pct": float(100.0 * welfare[n] / base[n]),
        }


def _table(name: str, title: str, rows: list[dict[str, Any]], keys: tuple[str, ...]) -> Table:
    frame = pd.DataFrame(rows)
    return Table(name, title, frame, {column: COLUMNS[column] for column in frame.columns}, keys)
