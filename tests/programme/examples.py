"""Measures and programmes as tables, the way TOML would give them; tests change one key at a time."""

from __future__ import annotations

from typing import Any

COMMON = {"id": "m", "title": "A measure", "area": "other"}
NO_COST = [{"payer": "partners", "usd_million_per_year": 0, "source": "assumption: none known"}]

TARIFF = {**COMMON, "kind": "tariff", "between": ["partners"], "new_rate": 0.1}
TRADE_COST = {**COMMON, "kind": "trade-cost", "between": ["partners"], "factor": 0.9}
BARRIER = {
    **COMMON,
    "kind": "barrier-removal",
    "ave": 0.2,
    "cut": 0.5,
    "recipient": "importer-firms",
    "cost": NO_COST,
}
SANCTION = {
    **COMMON,
    "kind": "sanction",
    "role": "context",
    "in_base": 0.0,
    "imposed_by": ["COR"],
    "targets": ["partners"],
    "direction": "both",
    "ave": 0.2,
}
PRODUCTIVITY = {**COMMON, "kind": "productivity", "regions": ["BEL"], "factor": 1.1}
PROCUREMENT = {
    **COMMON,
    "kind": "procurement-access",
    "between": ["partners"],
    "home_preference": 0.15,
    "cut": 0.5,
    "public_share": {"government": 1.0, "food": 0.2},
}

SUBSTITUTION = {
    **COMMON,
    "kind": "import-substitution",
    "supplying_sector": "machines",
    "sites": {"ARC": 0.75, "BEL": 0.25},
    "imports_replaced": 20,
    "cost_gap": 0.2,
    "cost_gap_payers": {"ARC": 1.0},
}
INVESTMENT = {
    "usd_million": 100,
    "basket": {"machines": 0.6, "food": 0.4},
    "in_cost_gap": False,
    "payers": {"BEL": 1},
}
LOAN = {
    "lender": "BEL",
    "borrower": "ARC",
    "usd_million": 100,
    "rate": 0.01,
    "market_rate": 0.06,
    "years": 10,
}
SUBSIDY = {
    **COMMON,
    "kind": "subsidy",
    "regions": ["BEL"],
    "sectors": "machines",
    "rate": 0.05,
    "payer": "ARC",
}
TRANSFER = {**COMMON, "kind": "transfer", "payer": "ARC", "recipient": "BEL", "usd_million_per_year": 12}
FACTOR_SUPPLY = {**COMMON, "kind": "factor-supply", "regions": "BEL", "change_pct": 1.0}
SUPPLY_CUT = {**COMMON, "kind": "supply-cut", "suppliers": "COR", "sectors": "machines", "cut": 0.5}
STANDARDS = {**COMMON, "kind": "common-standards", "sectors": "machines", "saving": 0.02, "cost": NO_COST}
REGIONAL = {
    **COMMON,
    "kind": "regional-project",
    "country": "BEL",
    "located": {"North": 0.7, "South": 0.3},
    "sectors": ["food"],
    "change_pct": 0.4,
    "investment": INVESTMENT,
    "cost": NO_COST,
}
TABLE = {
    **COMMON,
    "kind": "shock-table",
    "effect": "trade-cost",
    "table": "importer,exporter,sector,value\nARC,BEL,food,0.97\nBEL,ARC,machines,0.98\n",
}

ONE_OF_EACH_KIND = (
    TARIFF,
    TRADE_COST,
    BARRIER,
    SANCTION,
    PRODUCTIVITY,
    PROCUREMENT,
    SUBSTITUTION,
    SUBSIDY,
    TRANSFER,
    FACTOR_SUPPLY,
    SUPPLY_CUT,
    STANDARDS,
    REGIONAL,
    TABLE,
)


def programme_table(*measures: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A programme of ARC and BEL with these measures, numbered so that ids differ."""
    numbered = [
        {**measure, "id": f"{measure['id']}{place}"} for place, measure in enumerate(measures, start=1)
    ]
    return {"name": "Test", "partners": ["ARC", "BEL"], "base_year": 2020, "measure": numbered, **header}
