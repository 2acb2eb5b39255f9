"""The whole dependence of partners on each other and on everyone else: every table, and the ten facts that matter.

The facts are sentences with one number each, made from the tables beside them; nothing in them is computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from accord.analysis.chains import chains
from accord.analysis.critical import smallest_supplier_set
from accord.analysis.extraction import Extraction, coalition_exposure, extract, region_extractions
from accord.analysis.indicators import indicators
from accord.analysis.interdependence import interdependence
from accord.analysis.labelled import labelled
from accord.analysis.production import THIRD, production_of
from accord.analysis.suppliers import members_of, product_suppliers, suppliers
from accord.errors import AccordError
from accord.tables import Table
from accord.world import World


@dataclass(frozen=True)
class Dependence:
    """Tables of one question: who depends on whom.

    Attributes:
        world: The World asked.
        partners: The regions asked about.
        tables: Every table by name; the facts come first.
    """

    world: World
    partners: tuple[str, ...]
    tables: Mapping[str, Table]

    @property
    def facts(self) -> Table:
        """The ten facts that matter."""
        return self.tables["facts"]


class Fact(NamedTuple):
    """One fact: a sentence, its number with unit, and the table that it was read from."""

    sentence: str
    number: float
    unit: str
    table: str


def dependence(
    world: World,
    partners: Sequence[str],
    *,
    coalition: Sequence[str] | None = None,
    top: int = 20,
    given: Mapping[str, Mapping[str, float]] | None = None,
) -> Dependence:
    """Every table of interdependence and security for `partners`, and the ten facts.

    Args:
        world: The World.
        partners: Two regions or more.
        coalition: Third countries that might stop trading with the partners together; all third countries by default.
        top: Chains listed.
        given: Values of indicators that the World does not hold; see `indicators`.
    """
    partners = production_of(world).partners(partners)
    if len(partners) == len(world.regions):
        raise AccordError(
            "all regions of the World are partners: there is nobody else to depend on. Leave one out."
        )
    made = [
        *interdependence(world, partners),
        chains(world, partners, top=top),
        chains(world, partners, top=top, crossings=2),
        suppliers(world, partners),
        product_suppliers(world, partners),
        region_extractions(world),
        extract(world, _bilateral(partners)),
        coalition_exposure(world, partners, coalition),
        *(smallest_supplier_set(world, partner, share=0.1) for partner in partners),
        indicators(world, partners, given=given),
    ]
    tables = {table.name: table for table in made}
    return Dependence(world, partners, {"facts": _facts(world, partners, tables), **tables})


def _bilateral(partners: Sequence[str]) -> list[Extraction]:
    """Sales of each partner to the others, one extraction each."""
    return [
        Extraction(
            f"sales of {seller} to partners",
            exporters=[seller],
            importers=[buyer for buyer in partners if buyer != seller],
        )
        for seller in partners
    ]


def _facts(world: World, partners: tuple[str, ...], tables: Mapping[str, Table]) -> Table:
    first, second = partners[:2]
    facts = [
        *(_components(world, tables, seller, buyer) for seller, buyer in ((first, second), (second, first))),
        *(_content(world, tables, partner) for partner in (first, second)),
        _chain(tables["chains"], "carries most value added between partners"),
        _chain(tables["chains_2"], "goes there and comes back with most value added"),
        _single_source(world, tables),
        _sales_at_risk(world, partners, tables),
        _coalition(world, partners, tables),
        _few_suppliers(world, first, tables),
    ]
    frame = pd.DataFrame(facts)
    frame.insert(0, "fact", np.arange(1, len(frame) + 1))
    return labelled(world, "facts", f"Ten facts: {' and '.join(partners)}", frame, ("fact",))


def _components(world: World, tables: Mapping[str, Table], seller: str, buyer: str) -> Fact:
    frame = tables["component_flows"].frame
    rows = frame[(frame["exporter"] == seller) & (frame["importer"] == buyer)]
    total = rows["flow_usd"].sum()
    largest = rows.loc[rows["flow_usd"].idxmax()]
    own = world.regions.index(buyer)
    inputs = float(world.data["intermediate"].to_numpy()[:, :, own].sum(dtype=np.float64))
    return Fact(
        f"{_name(world, buyer)} buys inputs of USD {total:,.0f} million from {_name(world, seller)}, "
        f"{_pct(100 * total / inputs)} of all its inputs; "
        f"most is {largest['supplying_sector_name']} for {largest['using_sector_name']}, USD {largest['flow_usd']:,.0f} million.",
        float(total),
        "USD million",
        "component_flows",
    )


def _content(world: World, tables: Mapping[str, Table], partner: str) -> Fact:
    frame = tables["value_added_content"].frame
    rows = frame[frame["region"] == partner]
    final = rows["final_product_usd"].sum()
    shared, third = (
        100 * rows[column].sum() / final for column in ("partner_in_final_usd", "third_in_final_usd")
    )
    goods = rows[rows["final_product_usd"] > 0.01 * final]
    most = goods.loc[goods["partner_share"].idxmax()]
    return Fact(
        f"Of each 100 of final products of {_name(world, partner)}, {shared:.1f} is value added of partners and {third:.1f} of third "
        "countries, "
        f"through all chains; partners' share is largest in {most['sector_name']}, {_pct(100 * most['partner_share'])} "
        "(among products above 1% of the total).",
        float(shared),
        "%",
        "value_added_content",
    )


def _chain(table: Table, what: str) -> Fact:
    if table.frame.empty:
        return Fact(f"No chain {what}.", 0.0, "USD million", table.name)
    row = table.frame.iloc[0]
    together = table.frame["cumulative_share"].iloc[-1]
    return Fact(
        f"The chain of two deliveries or more that {what}: {row['chain']}, USD {row['chain_usd']:,.0f} million; "
        f"the {len(table.frame)} heaviest carry {_pct(100 * together)} of what all such chains carry.",
        float(row["chain_usd"]),
        "USD million",
        table.name,
    )


def _single_source(world: World, tables: Mapping[str, Table]) -> Fact:
    frame = tables["product_suppliers"].frame
    goods = _goods(world, frame["supplying_sector"])
    rows = frame[goods & (frame["largest_foreign_supply"] > 0.5)]
    rows = rows if len(rows) else frame[goods]
    row = rows.loc[rows["need_usd"].idxmax()]
    rise = row["switch_foreign_pct"]
    others = members_of(world)[world.regions.index(row["largest_foreign"])]
    merged = f" (an aggregate of {others:.0f} economies)" if others > 1 else ""
    return Fact(
        f"{_name(world, row['importer'])} gets {_pct(100 * row['largest_foreign_supply'])} of its inputs of "
        f"{row['supplying_sector_name']} from "
        f"{_name(world, row['largest_foreign'])}{merged}; others export {row['exports_to_need']:,.0f} times that much, and without it the "
        f"price would rise by {_pct(rise)} (trade elasticity {row['theta']:.1f}).",
        float(100 * row["largest_foreign_supply"]),
        "%",
        "product_suppliers",
    )


def _sales_at_risk(world: World, partners: tuple[str, ...], tables: Mapping[str, Table]) -> Fact:
    frame = tables["extractions"].frame
    parts, numbers = [], []
    for partner in partners:
        row = frame[
            (frame["extraction"] == f"sales of {partner} to partners") & (frame["region"] == partner)
        ].iloc[0]
        numbers.append(float(row["lost_value_added_pct"]))
        parts.append(f"{_pct(numbers[-1])} of the value added of {_name(world, partner)}")
    return Fact(
        f"Sales to partners, chains included, carry {' and '.join(parts)}.", max(numbers), "%", "extractions"
    )


def _coalition(world: World, partners: tuple[str, ...], tables: Mapping[str, Table]) -> Fact:
    table = tables["coalition"]
    parts, numbers = [], []
    for partner in partners:
        rows = table.frame[table.frame["region"] == partner]
        final = tables["value_added_content"].frame
        final = final.loc[final["region"] == partner, "final_product_usd"].sum()
        value = rows["sales_value_added_usd"].sum()
        whole = float(world.data["value_added"].sel(region=partner).sum())
        numbers.append(100 * value / whole)
        exposed = 100 * rows["exposed_usd"].sum() / final
        parts.append(
            f"{_name(world, partner)} {_pct(numbers[-1])} of value added by lost sales, and {_pct(exposed)} of final products "
            "by lost inputs"
        )
    who = table.title.split(" if ")[1].split(" stop ")[0]
    return Fact(f"At risk if {who} stop all trade: {'; '.join(parts)}.", max(numbers), "%", "coalition")


def _few_suppliers(world: World, partner: str, tables: Mapping[str, Table]) -> Fact:
    name = f"critical_suppliers_{partner}"
    frame = tables[name].frame
    last = frame.iloc[-1]
    first = frame.iloc[0]
    bound = "" if np.isnan(last["least_count"]) else f" (no set of fewer than {last['least_count']:.0f} does)"
    return Fact(
        f"{_pct(last['together_pct'])} of the value of final products of {_name(world, partner)} passes through "
        f"{len(frame)} foreign producers{bound}, "
        f"first of all {_name(world, first['exporter'])}, {first['supplying_sector_name']}, {_pct(first['alone_pct'])}.",
        float(len(frame)),
        "count",
        name,
    )


def _goods(world: World, sectors: pd.Series) -> pd.Series:
    kind = dict(zip(world.sectors, world.data["sector_kind"].to_numpy().astype(str), strict=True))
    return sectors.map(kind) != "services"


def _name(world: World, region: str) -> str:
    return region if region == THIRD else world.region_names[region]


def _pct(value: float) -> str:
    if not np.isfinite(value):
        return "without bound" if value > 0 else "n/a"
    return f"{value:.0f}%" if abs(value) >= 10.0 else f"{value:.2g}%"
