"""Measures and programmes as tables, the way TOML would give them; tests change one key at a time."""

from __future__ import annotations

from datetime import date
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
LENT = {"lender": "BEL", "amount": 40, "rate": 0.03, "first_instalment": date(2030, 1, 1), "instalments": 20}
PLANT = {
    **COMMON,
    "kind": "nuclear-plant",
    "site": "ARC",
    "capacity": 20,
    "overnight_cost": 3000,
    "construction_start": date(2021, 3, 1),
    "build_years": 5,
    "load_factor": 0.85,
    "fuel_cost": 5,
    "om_cost": 10,
    "work": {"ARC": 0.5, "BEL": 0.5},
    "build_basket": {"machines": 0.8, "food": 0.2},
    "om_basket": {"food": 1.0},
    "loan": LENT,
    "gas_price": 128.5,
    "gas_displaced": 0.25,
    "electricity_sector": "machines",
    "gas_sector": "food",
    "fuel_sector": "machines",
}
TRAINING = {
    **COMMON,
    "kind": "training",
    "region": "ARC",
    "payer": "partners",
    "workforce": 100_000,
    "evaluated_in": 2030,
    "factor": "all",
    "sector": "machines",
    "understaffing_loss": 0.1,
    "skills": [
        {
            "name": "operators",
            "persons_a_year": 10,
            "years_to_qualify": 3,
            "first_intake": 2020,
            "last_intake": 2029,
            "attrition": 0.05,
            "qualified": 20,
            "cost": 10_000,
            "premium": 0.5,
            "per_mw_operating": 0.1,
        }
    ],
    "plants": [{"name": "one", "capacity": 1000, "build_from": 2018, "operate_from": 2024}],
}
ABROAD = {
    **COMMON,
    "kind": "construction-abroad",
    "host": "COR",
    "contract_value": 100,
    "start": date(2021, 1, 1),
    "build_years": 10,
    "local_share": 0.2,
    "work": {"ARC": 0.25, "BEL": 0.75},
    "basket": {"machines": 1.0},
    "local_basket": {"food": 1.0},
    "loan": {**LENT, "amount": 80, "first_instalment": date(2031, 1, 1)},
}

SUPPLY = {
    **COMMON,
    "kind": "energy-supply",
    "seller": "ARC",
    "buyer": "BEL",
    "product": "gas",
    "sector": "machines",
    "base_price": 100.0,
    "price": 80.0,
    "references": [{"name": "elsewhere", "of": "buyer-alternative", "price": 150.0}],
}

ONE_OF_EACH_KIND = (
    SUPPLY,
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
    PLANT,
    TRAINING,
    ABROAD,
)


def programme_table(*measures: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A programme of ARC and BEL with these measures, numbered so that ids differ."""
    numbered = [
        {**measure, "id": f"{measure['id']}{place}"} for place, measure in enumerate(measures, start=1)
    ]
    return {"name": "Test", "partners": ["ARC", "BEL"], "base_year": 2020, "measure": numbered, **header}
