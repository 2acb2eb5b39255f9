"""Tables that only some kinds of measure have: each function here looks at a prepared programme and returns its tables, or none."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accord.study.prepare import Prepared
    from accord.tables import Table

EXTRA_TABLES: dict[str, str] = {
    "nuclear-plant": "accord.study.plants:plant_tables",
    "training": "accord.study.training:training_tables",
    "construction-abroad": "accord.study.abroad:abroad_tables",
}
"""Kind of measure -> function that makes its tables, by import string."""


def extra_tables(prepared: Prepared) -> dict[str, Table]:
    """Return the tables of every kind that the programme has a measure of, by name."""
    kinds = {measure.kind for measure in prepared.programme.measures if measure.status != "dropped"}
    found: dict[str, Table] = {}
    for kind, target in EXTRA_TABLES.items():
        if kind in kinds:
            module, _, name = target.partition(":")
            make: Callable[[Prepared], dict[str, Table]] = getattr(import_module(module), name)
            found |= make(prepared)
    return found
