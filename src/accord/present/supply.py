"""Supply terms for readers: tables with units, which the terminal and the page draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from accord.present.extracts import part_of
from accord.study.energy_columns import WITHOUT, prices_of

if TYPE_CHECKING:
    from accord.study import Outcome
    from accord.tables import Table

TITLE = "Supply terms: price, volume and who gives to whom"
IS = (
    "Whether a price is a gift depends on the reference that it is held against, so every reference named in the programme stands here. "
    "Gifts are price difference times stated volume; the model reprices the World's own flow, which may differ."
)
TABLES: dict[str, tuple[str, ...]] = {
    "energy_reconciliation": (
        "measure",
        "price_unit",
        "base_price",
        "contract_price",
        "volume",
        "volume_unit",
        "contract_value_usd",
        "world_product_usd",
        "contract_over_world",
        "take_or_pay_usd",
    ),
    "energy_references": (
        "measure",
        "reference",
        "reference_price",
        "price_unit",
        "discount_before_pct",
        "discount_after_pct",
        "gift_before_usd",
        "gift_after_usd",
        "who_gives",
    ),
    "energy_path": ("measure", "year", "contract_price", "price_unit", "transfer_usd"),
    "energy_budgets": ("measure", "passed_to", "party", "budget_item", "budget_usd"),
    "energy_break_even": (
        "measure",
        "party_role",
        "party",
        "reference",
        "reference_price",
        "break_even_price",
        "price_unit",
    ),
    "energy_zones": (
        "measure",
        "buyer_reference",
        "seller_reference",
        "lowest_price",
        "highest_price",
        "zone",
        "price_unit",
    ),
    "energy_variants": ("measure", "reference", "passed_to", "region_name", "supply_ev_usd", "supply_ev_pct"),
}
"""Tables of the page and their columns."""


def has_supply(outcome: Outcome) -> bool:
    """Whether the programme has supply terms."""
    return "energy_references" in outcome.tables


def zone_sentences(outcome: Outcome, measure: str) -> list[str]:
    """At which contract prices both sides gain: against their own references, and by the programme as a whole."""
    if "energy_zones" not in outcome.tables:
        return []
    zones = outcome["energy_zones"]
    break_evens = outcome["energy_break_even"]
    said = []
    for row in zones[zones["measure"] == measure].to_dict("records"):
        buyers, sellers = row["buyer_reference"], row["seller_reference"]
        if buyers != sellers and row["zone"] != "empty":
            said.append(
                f"Both are better off at prices {prices_of(row)} (buyer against {buyers}, seller against {sellers})."
            )
        elif buyers == WITHOUT:
            own = break_evens[(break_evens["measure"] == measure) & (break_evens["reference"] == WITHOUT)]
            sides = {side["party_role"]: side for side in own.to_dict("records")}
            both = (
                "No price makes both gain."
                if row["zone"] == "empty"
                else f"Both gain at prices {prices_of(row)}."
            )
            said.append(
                f"With the whole programme, the other measures as they are: {_side(outcome, sides['seller'], 'from')}, "
                f"{_side(outcome, sides['buyer'], 'up to')}. {both}"
            )
    return said


def _side(outcome: Outcome, row: Mapping[str, Any], word: str) -> str:
    name = outcome.region_names[row["party"]]
    if row["searched"] != "found":
        return f"{name} {row['searched']}"
    return f"{name} gains {word} {row['break_even_price']:,.1f} {row['price_unit']}"


def supply_tables(outcome: Outcome) -> list[Table]:
    """The tables of supply terms that the run has, with the columns that readers need."""
    return [
        part_of(
            name,
            outcome.tables[name].title,
            outcome.tables[name].frame,
            outcome.tables[name].columns,
            columns,
        )
        for name, columns in TABLES.items()
        if name in outcome.tables
    ]
