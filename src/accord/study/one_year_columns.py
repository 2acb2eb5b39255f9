"""Columns of the tables of the one-year horizon, declared once."""

from __future__ import annotations

from accord.tables import Column

_BASE_YEAR = "USD million of base year"
_FIRST_ORDER = "Leontief price model, first order at base quantities and factor prices"


def _usd(heading: str, method: str) -> Column:
    return Column(_BASE_YEAR, heading, f"{method}; {_FIRST_ORDER}")


ONE_YEAR_COLUMNS: dict[str, Column] = {
    "cost_of_living_pct": Column(
        "%", "Cost of living", f"cost of the household's base basket; {_FIRST_ORDER}"
    ),
    "one_year_pct": Column(
        "%",
        "One-year balance",
        f"all parts of it over base household consumption; {_FIRST_ORDER}",
    ),
    "one_year_usd": _usd(
        "One-year balance", "what baskets cost less plus all incomes and transfers; the sum of its parts"
    ),
    "household_basket_usd": _usd(
        "Household basket", "what the base basket costs less; negative when it costs more"
    ),
    "other_baskets_usd": _usd(
        "Government and investment baskets", "what they cost less, handed to households by a lump-sum tax"
    ),
    "taxes_usd": _usd("Taxes", "duties, other public wedges and output taxes"),
    "contracts_usd": _usd("Supply contracts", "what the seller earns more under contract prices"),
    "absorbed_usd": _usd("Value added", "costs that prices do not recover are paid out of value added"),
    "subsidies_usd": _usd("Subsidies", "subsidies paid"),
    "transfers_usd": _usd("Transfers", "received less paid"),
    "measure_costs_usd": _usd("Costs of measures", "costs of measures and purchases paid"),
    "producer_price_pct": Column("%", "Producer price", _FIRST_ORDER),
    "first_round_pct": Column(
        "%", "Own costs and terms", f"before any producer passes on dearer inputs; {_FIRST_ORDER}"
    ),
    "through_inputs_pct": Column("%", "Through inputs", f"prices of inputs passed on; {_FIRST_ORDER}"),
    "use": Column("label", "Final use"),
    "spending_base_usd": Column("USD million", "Base spending", "at user prices"),
    "basket_price_pct": Column("%", "Price of base basket", _FIRST_ORDER),
    "basket_cost_usd": _usd("Cost of base basket", "positive when it costs more"),
    "channel": Column("label", "Channel"),
    "supplying_sector": Column("label", "Supplying sector"),
    "contribution_pct": Column("%", "Contribution", f"part of the price change; {_FIRST_ORDER}"),
    "rank": Column("count", "Rank"),
    "chain": Column("label", "Chain, from where a cost changes to the buyer"),
    "pass_through": Column("label", "Passed on"),
}
