"""Outcomes of an equilibrium by region that attribution divides among measures: one definition for levels and derivatives."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import accord.engines.equilibrium.traced  # noqa: F401 - JAX is told of 64 bits and features
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Floats, Scenario
from accord.engines.equilibrium.quick import System
from accord.engines.equilibrium.quick_state import Evaluations, State
from accord.engines.equilibrium.result import Equilibrium
from accord.engines.equilibrium.system import Quantities

OUTCOMES = ("household_ev", "real_income", "real_output")
"""Names of the outcomes along the first axis of `levels` and `outcomes`; all USD million of the base year."""


def outcomes(base: BaseEconomy, scenario: Scenario, quantities: Quantities) -> Float[Array, "outcome region"]:
    """Outcomes in the form that `derivatives.directional` differentiates.

    household_ev  household consumption at base prices: its change is the equivalent variation (METHODS section 2)
    real_income   income over the price index of final uses at base shares
    real_output   gross output of all sectors at base prices
    """
    log_cost = quantities.target.unit_cost
    return _levels(
        base.final_spending,
        scenario.resource_cost,
        quantities.final,
        quantities.bundles.log_use,
        quantities.income.total,
        quantities.output,
        log_cost,
    )


def levels(equilibrium: Equilibrium) -> Floats:
    """Return the same outcomes (outcome, region) of a solved equilibrium."""
    return np.asarray(
        _levels(
            equilibrium.base.final_spending,
            equilibrium.scenario.resource_cost,
            equilibrium.final_spending,
            np.log(equilibrium.use_price_hat),
            np.asarray(equilibrium.income.total),
            equilibrium.output,
            np.log(equilibrium.unit_cost_hat),
        )
    )


def quick_levels(system: System, state: State, found: Evaluations) -> Floats:
    """Return the same outcomes (outcome, region) of what the quick solver found."""
    return np.asarray(
        _levels(
            system.base.final_spending[..., 0],
            system.scenario.resource_cost[..., 0],
            found.final[..., 0],
            found.use_price[..., 0],
            np.exp(state.income) * system.fixed.base_income[..., 0],
            np.exp(state.output) * system.fixed.base_output[..., 0],
            state.unit_cost,
        )
    )


def _levels(
    base_spending: Floats,
    resource_cost: Floats,
    final: Floats,
    log_use: Floats,
    income: Floats,
    output: Floats,
    log_cost: Floats,
) -> Float[Array, "outcome region"]:
    share = base_spending / base_spending.sum(axis=1, keepdims=True)
    return jnp.stack(
        [
            final[:, HOUSEHOLD] / jnp.exp(log_use[:, HOUSEHOLD]) - resource_cost,
            income / jnp.exp(jnp.sum(share * log_use, axis=1)),
            jnp.sum(output / jnp.exp(log_cost).T, axis=1),
        ]
    )
