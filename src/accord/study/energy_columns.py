"""Columns of the tables of supply terms, declared once."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import TYPE_CHECKING, Any

from accord.study.columns import COLUMNS
from accord.tables import Column, Table, declared

if TYPE_CHECKING:
    import pandas as pd

WITHOUT = "without the programme"
"""Name of the reference of the programme as a whole."""

_YEAR = "USD million"
_LONG = "long-run equilibrium, context and this measure alone less context alone"

ENERGY_COLUMNS: dict[str, Column] = {
    "seller": Column("label", "Seller"),
    "buyer": Column("label", "Buyer"),
    "product": Column("label", "Product"),
    "price_unit": Column("label", "Unit of price"),
    "volume_unit": Column("label", "Unit of volume"),
    "year": Column("year", "Year"),
    "base_price": Column("number", "Price in the base data", "in the unit of price"),
    "contract_price": Column("number", "Contract price", "in the unit of price"),
    "reference_price": Column("number", "Reference price", "in the unit of price"),
    "volume": Column("number", "Volume a year", "in the unit of volume; blank where none is stated"),
    "contract_value_usd": Column(_YEAR, "Price x volume", "base price times stated volume"),
    "world_cell_usd": Column(_YEAR, "World's flow of the sector", "from seller to buyer, before duty"),
    "world_product_usd": Column(
        _YEAR, "World's flow of the product", "product shares times the flow of each user"
    ),
    "contract_over_world": Column(
        "ratio", "Contract over World", "price x volume over the World's flow of the product"
    ),
    "repriced_usd": Column(_YEAR, "Repriced in the model", "the part of the World's flow under the contract"),
    "take_or_pay_usd": Column(_YEAR, "Take-or-pay", "paid at the contract price whether taken or not"),
    "reference": Column("label", "Reference"),
    "reference_of": Column("label", "Whose price"),
    "discount_before_pct": Column("%", "Discount before", "1 - base price / reference price"),
    "discount_after_pct": Column("%", "Discount after", "1 - contract price / reference price"),
    "gift_before_usd": Column(
        _YEAR,
        "Seller gives before",
        "(reference - base price) x volume; the World's flow where none is stated",
    ),
    "gift_after_usd": Column(_YEAR, "Seller gives after", "(reference - contract price) x volume"),
    "transfer_usd": Column(
        _YEAR, "Transfer by the measure", "(base price - contract price) x volume, from seller to buyer"
    ),
    "modelled_transfer_usd": Column(
        _YEAR, "Transfer in the model", "the same on the repriced part of the World's flow"
    ),
    "who_gives": Column("label", "After the measure"),
    "passed_to": Column("label", "Difference goes to"),
    "budget_item": Column("label", "Item"),
    "budget_usd": Column(_YEAR, "Change of budget", "USD million a year, first order"),
    "supply_ev_usd": Column(
        "USD million of base year", "Household welfare", f"equivalent variation; {_LONG}"
    ),
    "supply_ev_pct": Column("%", "Household welfare", f"of base consumption; {_LONG}"),
    "break_even_price": Column(
        "number",
        "Break-even price",
        "where the party is as well off as at its reference or as without the programme; blank where none among the prices tried",
    ),
    "searched": Column("label", "Search", "from 0.2 of the lowest price named to 3 times the highest"),
    "party": Column("label", "Party"),
    "party_role": Column("label", "Side"),
    "buyer_reference": Column("label", "Buyer's reference"),
    "seller_reference": Column("label", "Seller's reference"),
    "lowest_price": Column(
        "number", "Lowest price", "the seller's break-even price; blank where none among the prices tried"
    ),
    "highest_price": Column(
        "number", "Highest price", "the buyer's break-even price; blank where none among the prices tried"
    ),
    "zone": Column("label", "Zone"),
}


def supply_table(name: str, title: str, frame: pd.DataFrame, *, keys: tuple[str, ...]) -> Table:
    """Wrap `frame` as a Table whose columns are declared here or, where other tables have them too, in `COLUMNS`."""
    return declared(name, title, frame, {**COLUMNS, **ENERGY_COLUMNS}, keys)


def prices_of(zone: Mapping[str, Any]) -> str:
    """The prices of a zone in words; an end that is blank is beyond every price tried."""
    unit, lowest, highest = zone["price_unit"], zone["lowest_price"], zone["highest_price"]
    if isnan(lowest) and isnan(highest):
        return "of any height that was tried"
    if isnan(highest):
        return f"from {lowest:,.1f} {unit} up"
    if isnan(lowest):
        return f"up to {highest:,.1f} {unit}"
    return f"from {lowest:,.1f} to {highest:,.1f} {unit}"
