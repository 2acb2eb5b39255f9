"""Supply terms for readers: tables with units, which the terminal and the page draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accord.present.extracts import part_of

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
    "energy_variants": ("measure", "reference", "passed_to", "region_name", "supply_ev_usd", "supply_ev_pct"),
}
"""Tables of the page and their columns."""


def has_supply(outcome: Outcome) -> bool:
    """Whether the programme has supply terms."""
    return "energy_references" in outcome.tables


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
