"""The registry: one file a case, one line here. A case has a TITLE and `measures()`, which returns its rows."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

CASES: dict[str, str] = {
    "smallest": "benchmarks.cases.smallest",
    "nafta": "benchmarks.cases.nafta",
    "bilateral-cut": "benchmarks.cases.bilateral_cut",
    "world-rise": "benchmarks.cases.world_rise",
    "iteration": "benchmarks.cases.iteration",
    "pieces": "benchmarks.cases.pieces",
    "first-call": "benchmarks.cases.first_call",
    "commands": "benchmarks.cases.commands",
    "embargo": "benchmarks.cases.embargo",
    "use-groups": "benchmarks.cases.use_groups",
    "every-user": "benchmarks.cases.every_user",
    "gradient": "benchmarks.cases.gradient",
    "elasticity-draws": "benchmarks.cases.elasticity_draws",
    "programme-draws": "benchmarks.cases.programme_draws",
    "largest": "benchmarks.cases.largest",
    "scaling": "benchmarks.cases.scaling",
    "gravity": "benchmarks.cases.gravity",
    "oecd-csv": "benchmarks.cases.oecd_csv",
    "product-space": "benchmarks.cases.product_space",
    "interdependence": "benchmarks.cases.interdependence",
    "price-shock": "benchmarks.cases.price_shock",
}
"""Name on the command line -> module, in the order in which they run."""


def load(name: str) -> ModuleType:
    """Return the module of a case."""
    return import_module(CASES[name])
