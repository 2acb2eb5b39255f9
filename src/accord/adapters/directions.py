"""How fast an engine's scenario moves with the intensity of a measure: the direction that attribution follows.

Every field of a scenario is a smooth, elementary function of the weights of shocks (powers, products, shares), so a difference of
sixth order with a small step gives its derivative to about eleven digits, whatever the kind of shock and however shocks overlap
(tariffs apply in order, rents multiply tariffs). Solved equilibria are never differenced: `engines.equilibrium.derivatives`
differentiates those exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import numpy as np

from accord.adapters.equilibrium import Model, scenario_of
from accord.engines.equilibrium import Scenario
from accord.engines.equilibrium.derivatives import CHOICES
from accord.shocks import Shock

STEP = 0.002
"""Step in intensity: its fourth power times the fifth derivative, over thirty, is below 1e-10 for a cost that changes up to twentyfold;
rounding is below 1e-13 of what moves."""

STENCIL = ((1, 2.0 / 3.0), (2, -1.0 / 12.0))
"""Central difference of fourth order: steps to either side and their weights.

Source: Fornberg (1988), "Generation of Finite Difference Formulas on Arbitrarily Spaced Grids", table 1.
"""


def scenario_speed(model: Model, shocks_at: Callable[[float], Sequence[Shock]]) -> Scenario:
    """Return the derivative of the scenario of `shocks_at(shift)` with respect to the shift, at zero.

    Args:
        model: The calibrated World.
        shocks_at: Shocks when the intensity in question is moved by a shift, to either side.
    """
    return weighted_sum(
        [
            (sign * weight / STEP, moving(scenario_of(model, shocks_at(sign * steps * STEP))))
            for steps, weight in STENCIL
            for sign in (1, -1)
        ]
    )


def weighted_sum(parts: Sequence[tuple[float, Scenario]]) -> Scenario:
    """Return the sum of scenarios, each times its weight."""
    weights = [weight for weight, _ in parts]

    def total(*arrays: np.ndarray) -> np.ndarray:
        found = weights[0] * arrays[0]
        for weight, array in zip(weights[1:], arrays[1:], strict=True):
            found += weight * array
        return found

    return jax.tree.map(total, *(scenario for _, scenario in parts))


def moving(scenario: Scenario) -> Scenario:
    """What derivatives exist for, as float64 arrays."""
    continuous = scenario._replace(**dict.fromkeys(CHOICES))
    return jax.tree.map(lambda array: np.asarray(array, dtype=np.float64), continuous)
