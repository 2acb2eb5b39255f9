"""The unit of each number that a measure may hold, by its key: what a table or an axis prints beside values of it."""

from __future__ import annotations

from accord.programme.measures import EnergySupply, Measure

NUMBER = "number"

_YEARLY, _MONEY, _SHARE = "USD million a year", "USD million", "share"
_BY_KEY = {
    "usd_million_per_year": _YEARLY,
    "imports_replaced": _YEARLY,
    "exports": _YEARLY,
    "usd_million": _MONEY,
    "contract_value": _MONEY,
    "amount": _MONEY,
    "payment": _MONEY,
    "initial_output": _MONEY,
    "usd_million_per_job": _MONEY,
    "change_pct": "%",
    "factor": "ratio",
    "multiplier": "ratio",
    "delay_years": "years",
    "overnight_cost": "USD/kW",
    "fuel_cost": "USD/MWh",
    "om_cost": "USD/MWh",
    "gas_price": "USD/1000 m3",
    "gas_displaced": "m3/kWh",
    "staff_per_mw": "persons/MW",
    "builders_per_mw": "persons/MW",
    "per_mw_building": "persons/MW",
    "per_mw_operating": "persons/MW",
    "persons_a_year": "persons",
    "qualified": "persons",
    "workforce": "persons",
}
"""Units by the last part of a key that has one wherever it stands."""

_SHARES = frozenset(
    {
        "ave",
        "in_base",
        "cut",
        "embargo",
        "preference_use",
        "rent_share",
        "saving",
        "new_rate",
        "change",
        "rate",
        "market_rate",
        "home_preference",
        "cost_gap",
        "product_share",
        "import_content",
        "take_or_pay",
        "load_factor",
        "discount_rate",
        "inflation",
        "local_share",
        "repaid_share",
        "supplier_margin",
        "om_labour_share",
        "decommissioning_share",
        "away_share",
        "labour_share",
        "attrition",
        "premium",
        "understaffing_loss",
        "other_users_share",
        "profit_share",
    }
)
_TABLES = {
    "ave_by_sector": _SHARE,
    "rates": _SHARE,
    "public_share": _SHARE,
    "product_shares": _SHARE,
    "cost": _YEARLY,
    "usd_million_per_job": _MONEY,
}
"""Units of the entries of a table, whose last part is a name."""

_PRICES = frozenset({"price", "base_price", "new_price", "prices", "references"})


def unit_of_key(measure: Measure, key: str) -> str:
    """Return the unit of number `key` of `measure` (`accord.units`); a pure number where none is known.

    Args:
        measure: The measure.
        key: A key as `Measure.estimates` gives it, such as `ave`, `cost.BLR`, `loan.rate`.
    """
    first, last = key.split(".", maxsplit=1)[0], key.rsplit(".", 1)[-1]
    if isinstance(measure, EnergySupply):
        if first in _PRICES:
            return measure.unit
        if first == "volume":
            return measure.unit_of_volume
    if first in _TABLES and first != last:
        return _TABLES[first]
    if last == "capacity":  # of a plant; that of a project of import substitution is a yearly output
        return _YEARLY if measure.kind == "import-substitution" else "MW"
    if last == "cost":  # of the training of one person in a year
        return "USD"
    return _SHARE if last in _SHARES else _BY_KEY.get(last, NUMBER)
