"""Long run: who gains when everyone has adapted? Exact hat algebra with intermediate inputs (Caliendo and Parro 2015)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from accord.engines.equilibrium.calibrate import Accounts, calibrate
from accord.engines.equilibrium.failures import HouseholdExhaustedError, SeveralEquilibriaWarning
from accord.engines.equilibrium.features import NOTHING, Features, features_of
from accord.engines.equilibrium.guide import Foretelling, Guide
from accord.engines.equilibrium.inputs import (
    HOUSEHOLD,
    BaseEconomy,
    Imbalance,
    Options,
    Scenario,
    Technology,
    Wedges,
    cobb_douglas,
    no_change,
    no_imbalance,
    part_way,
)
from accord.engines.equilibrium.result import Equilibrium, rebased

if TYPE_CHECKING:
    from accord.engines.equilibrium.derivatives import Gradient as Gradient
    from accord.engines.equilibrium.derivatives import directional as directional
    from accord.engines.equilibrium.derivatives import gradient as gradient
    from accord.engines.equilibrium.derivatives import welfare_gradients as welfare_gradients
    from accord.engines.equilibrium.draws import Summary as Summary
    from accord.engines.equilibrium.draws import solve_batch as solve_batch
    from accord.engines.equilibrium.draws import solve_many as solve_many
    from accord.engines.equilibrium.draws import with_trade_elasticity as with_trade_elasticity
    from accord.engines.equilibrium.solver import Solver as Solver
    from accord.engines.equilibrium.solver import solve as solve

# What needs JAX is imported on first use: processes that draw by the quick solver do without, and need not wait for it. No module
# here may bear the name of one of these, or importing it would put it in the function's place (so `solver.py`).
_HOMES = {
    "Gradient": "derivatives",
    "Solver": "solver",
    "Summary": "draws",
    "directional": "derivatives",
    "gradient": "derivatives",
    "solve": "solver",
    "solve_batch": "draws",
    "solve_many": "draws",
    "welfare_gradients": "derivatives",
    "with_trade_elasticity": "draws",
}

__all__ = [
    "HOUSEHOLD",
    "NOTHING",
    "Accounts",
    "BaseEconomy",
    "Equilibrium",
    "Features",
    "Foretelling",
    "Gradient",
    "Guide",
    "HouseholdExhaustedError",
    "Imbalance",
    "Options",
    "Scenario",
    "SeveralEquilibriaWarning",
    "Solver",
    "Summary",
    "Technology",
    "Wedges",
    "calibrate",
    "cobb_douglas",
    "directional",
    "features_of",
    "gradient",
    "no_change",
    "no_imbalance",
    "part_way",
    "rebased",
    "solve",
    "solve_batch",
    "solve_many",
    "welfare_gradients",
    "with_trade_elasticity",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
