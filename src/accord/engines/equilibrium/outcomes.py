"""Outcomes of an equilibrium by region that attribution divides among measures: one definition for levels and derivatives."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import accord.engines.equilibrium.traced  # noqa: F401 - JAX is told of 64 bits and features
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Floats, Scenario
from accord.engines.equilibrium.quick import Evaluation, State, System
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
        base,
        scenario,
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
            equilibrium.base,
            equilibrium.scenario,
            equilibrium.final_spending,
            np.log(equilibrium.use_price_hat),
            np.asarray(equilibrium.income.total),
            equilibrium.output,
            np.log(equilibrium.unit_cost_hat),
        )
    )


def quick_levels(system: System, state: State, found: Evaluation) -> Floats:
    """Return the same outcomes (outcome, region) of what the quick solver found."""
    return np.asarray(
        _levels(
            system.base,
            system.scenario,
            found.final,
            found.use_price,
            np.exp(state.income) * system.fixed.base_income,
            np.exp(state.output) * system.fixed.base_output,
            state.unit_cost,
        )
    )


def _levels(
    base: BaseEconomy,
    scenario: Scenario,
    final: Floats,
    log_use: Floats,
    income: Floats,
    output: Floats,
    log_cost: Floats,
) -> Float[Array, "outcome region"]:
    share = base.final_spending / base.final_spending.sum(axis=1, keepdims=True)
    return jnp.stack(
        [
            final[:, HOUSEHOLD] / jnp.exp(log_use[:, HOUSEHOLD]) - scenario.resource_cost,
            income / jnp.exp(jnp.sum(share * log_use, axis=1)),
            jnp.sum(output / jnp.exp(log_cost).T, axis=1),
        ]
    )
