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

ONE_OF_EACH_KIND = (TARIFF, TRADE_COST, BARRIER, SANCTION, PRODUCTIVITY, PROCUREMENT)


def programme_table(*measures: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A programme of ARC and BEL with these measures, numbered so that ids differ."""
    numbered = [
        {**measure, "id": f"{measure['id']}{place}"} for place, measure in enumerate(measures, start=1)
    ]
    return {"name": "Test", "partners": ["ARC", "BEL"], "base_year": 2020, "measure": numbered, **header}
