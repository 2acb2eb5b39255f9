"""Long run: who gains when everyone has adapted? Exact hat algebra with intermediate inputs (Caliendo and Parro 2015)."""

import accord.numerics.double_precision  # 64-bit JAX before any array is made
from accord.engines.equilibrium.calibrate import Accounts, calibrate
from accord.engines.equilibrium.derivatives import Gradient, directional, gradient, welfare_gradients
from accord.engines.equilibrium.draws import Summary, solve_batch, solve_many, with_trade_elasticity
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
from accord.engines.equilibrium.solve import Solver, solve

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
