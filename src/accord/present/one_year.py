"""The one-year horizon for readers: small tables with units, which the terminal, the page and the figure draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accord.present.extracts import part_of
from accord.tables import Table

if TYPE_CHECKING:
    from accord.study import Outcome

TITLE = "Within a year: costs and prices at fixed quantities"
IS_NOT = (
    "First order at base quantities and factor prices: nobody substitutes, no wage or output moves, no firm enters or leaves. "
    "The balance is what base baskets cost less, plus every income and transfer that changes; it is no long-run welfare effect."
)
COLUMNS = (
    "region",
    "region_name",
    "one_year_pct",
    "one_year_usd",
    "cost_of_living_pct",
    "household_basket_usd",
    "other_baskets_usd",
    "taxes_usd",
    "rents_usd",
    "contracts_usd",
    "absorbed_usd",
    "subsidies_usd",
    "transfers_usd",
    "measure_costs_usd",
)
ALWAYS = 5
"""Columns that are shown even where nothing changes."""


def has_one_year(outcome: Outcome) -> bool:
    """Whether the run has the one-year horizon."""
    return "one_year" in outcome.tables


def accounts(outcome: Outcome) -> Table:
    """The partners' balances with their parts; parts that are zero for every partner are left out."""
    table = outcome.tables["one_year"]
    frame = table.frame[table.frame["region"].isin(outcome.partners)]
    frame = frame.set_index("region").loc[list(outcome.partners)].reset_index()
    shown = [name for i, name in enumerate(COLUMNS) if i < ALWAYS or frame[name].abs().max() > 1e-9]
    return part_of("one_year", TITLE, frame, table.columns, shown)


def price_movers(outcome: Outcome, region: str, *, largest: int = 6) -> Table:
    """Producer prices of `region` that move most, with how much is own costs and how much comes through inputs."""
    table = outcome.tables["one_year_prices"]
    frame = table.frame[table.frame["region"] == region]
    order = frame["producer_price_pct"].abs().sort_values(ascending=False, kind="stable").index
    frame = frame.loc[order].head(largest)
    frame = frame[frame["producer_price_pct"].abs() > 1e-7]
    columns = ("sector", "sector_name", "producer_price_pct", "first_round_pct", "through_inputs_pct")
    name = outcome.region_names[region]
    return part_of(
        f"one_year_{region}", f"Producer prices that move most in {name}", frame, table.columns, columns
    )


def heaviest_chains(outcome: Outcome, region: str, *, most: int = 3) -> Table | None:
    """The chains that carry most of the change of the household's cost of living in `region`; None where it does not change."""
    table = outcome.tables.get("one_year_chains")
    if table is None:
        return None
    uses = set(outcome.tables["one_year_baskets"].frame["use"])
    frame = table.frame[(table.frame["region"] == region) & table.frame["item"].isin(uses)]
    if frame.empty:
        return None
    title = f"Chains that carry most of the change of the cost of living in {outcome.region_names[region]}"
    return part_of(
        f"one_year_chains_{region}", title, frame.head(most), table.columns, ("chain", "contribution_pct")
    )
