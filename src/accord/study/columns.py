"""Every column that an outcome's tables may have, declared once: unit, heading and method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accord.study.one_year_columns import ONE_YEAR_COLUMNS
from accord.tables import Column, Table, declared

if TYPE_CHECKING:
    import pandas as pd

_EXACT = "exact hat algebra, context plus decisions less context alone"
_BASE_YEAR = "USD million of base year"


def _label(heading: str) -> Column:
    return Column("label", heading)


COLUMNS: dict[str, Column] = {
    "region": _label("Code"),
    "region_name": _label("Region"),
    "role": _label("Role"),
    "sector": _label("Sector code"),
    "sector_name": _label("Sector"),
    "exporter": _label("Exporter code"),
    "exporter_name": _label("Exporter"),
    "importer": _label("Importer code"),
    "importer_name": _label("Importer"),
    "gains": Column("yes/no", "Gains?", "household equivalent variation above solver error"),
    "household_ev_pct": Column(
        "%", "Household welfare", f"equivalent variation over base household consumption; {_EXACT}"
    ),
    "household_ev_usd": Column(_BASE_YEAR, "Household welfare", f"equivalent variation; {_EXACT}"),
    "real_income_pct": Column(
        "%", "Real income", "national income over the final-demand price index at base shares"
    ),
    "real_wage_pct": Column(
        "%",
        "Real wage",
        "what a unit of labour earns over household prices; of the factor bundle where labour and capital are not told apart",
    ),
    "real_return_to_capital_pct": Column(
        "%",
        "Real return to capital",
        "what a unit of capital earns over household prices; of the factor bundle where labour and capital are not told apart",
    ),
    "employment_pct": Column(
        "%",
        "Employment",
        "under rigid_wages alone: employment at the base's real wage, mobile labour; a fall is unemployment of people employed in the base",
    ),
    "factor": _label("Factor"),
    "market": _label("Its market"),
    "factor_income_base_usd": Column("USD million", "Base income of the factor"),
    "real_absorption_pct": Column("%", "Real absorption", "final purchases, Fisher volume index"),
    "real_gdp_pct": Column(
        "%", "Real GDP", "final purchases plus exports less imports, at market prices, Fisher volume index"
    ),
    "real_output_pct": Column("%", "Output", "gross output of all sectors at base prices"),
    "trade_with_partners_pct": Column(
        "%", "Trade with partners", "exports plus imports with the other partners at base prices"
    ),
    "imports_from_partners_value_pct": Column(
        "%",
        "Imports from partners (value)",
        "value before duty; numeraire: world factor income (as in Caliendo-Parro tables)",
    ),
    "exports_pct": Column("%", "Exports", "volume at base prices"),
    "imports_pct": Column("%", "Imports", "volume at base prices"),
    "tariff_revenue_usd": Column(
        _BASE_YEAR, "Border revenue of government", "change, deflated by the household price index"
    ),
    "rents_usd": Column(_BASE_YEAR, "Rents of firms", "change, deflated by the household price index"),
    "government_balance_usd": Column(
        _BASE_YEAR,
        "Government balance before the closing tax",
        "change of public revenue less purchases, deflated by the household price index",
    ),
    "one_step_welfare_pct": Column(
        "%",
        "One-step welfare",
        "Caliendo and Parro (2015) equation (15): one step at base levels; an approximation",
    ),
    "one_step_terms_of_trade_pct": Column(
        "%", "One-step terms of trade", "Caliendo and Parro (2015) equation (16)"
    ),
    "one_step_volume_of_trade_pct": Column(
        "%", "One-step volume of trade", "Caliendo and Parro (2015) equation (17)"
    ),
    "output_base_usd": Column("USD million", "Base output", "at producer prices"),
    "output_change_usd": Column(_BASE_YEAR, "Output change", f"at base prices; {_EXACT}"),
    "output_pct": Column("%", "Output", f"volume; {_EXACT}"),
    "real_price_pct": Column("%", "Real producer price", "over the region's household price index"),
    "base_usd": Column("USD million", "Base value", "before duty"),
    "change_usd": Column(_BASE_YEAR, "Change", "volume at base prices"),
    "change_pct": Column("%", "Change", "volume at base prices"),
    "term": _label("Term"),
    "usd": Column(_BASE_YEAR, "Contribution", "integrated along the path; terms add up to the exact change"),
    "pct": Column("%", "Contribution", "of base household consumption, integrated along the path"),
    "measure": _label("Measure"),
    "title": _label("Title"),
    "area": _label("Area"),
    "kind": _label("Kind"),
    "status": _label("Status"),
    "in_base": Column("share", "Already in the base data"),
    "shocks": Column("count", "Shocks"),
    "item": _label("Item"),
    "value": _label("Value"),
    "source": _label("Source"),
    "solve": _label("Solve"),
    "equation": _label("Equation"),
    "residual": Column("ratio", "Largest relative residual"),
    "iterations": Column(
        "count", "Iterations", "of the general solver, from what the quick one foretells or from the base"
    ),
    "continuation_steps": Column("count", "Steps along the path (one: in one go)"),
    "newton_steps": Column("count", "Steps of Newton's method"),
    "rent_share": _label("Rent share of barriers"),
    "elasticities": _label("Trade elasticities"),
    **ONE_YEAR_COLUMNS,
}


def table_of(name: str, title: str, frame: pd.DataFrame, *, keys: tuple[str, ...]) -> Table:
    """Wrap `frame` as a Table whose columns are declared in `COLUMNS`."""
    return declared(name, title, frame, COLUMNS, keys)
