"""One compiled attempt at a scenario: Anderson acceleration of the whole system at once, or Newton's method near its end."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from accord.engines.equilibrium import equations as eq
from accord.engines.equilibrium.features import Features
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Options, Scenario
from accord.engines.equilibrium.result import NewShares, Residuals
from accord.engines.equilibrium.system import (
    Quantities,
    Unknowns,
    evaluate,
    image,
    residuals_of,
    scale_of,
    size_of,
    unpack,
)
from accord.numerics.anderson import AndersonResult, anderson
from accord.numerics.newton import NewtonResult, newton_krylov

MEMORY = 10
"""Earlier steps that Anderson acceleration keeps; static, since it is a shape."""


MOST_NEWTON_STEPS = 15


class Attempt(NamedTuple):
    """Where one attempt ended; whoever reads it looks at the verdict first."""

    found: AndersonResult
    quantities: Quantities
    unknowns: Unknowns
    at_user_prices: Array
    shares: NewShares | None
    residuals: Residuals
    newton_steps: int = 0


@jax.jit
def iterated(
    base: BaseEconomy,
    scenario: Scenario,
    options: Options,
    start: Float[Array, " unknown"],
    features: Features,
) -> Attempt:
    """Iterate from `start` until the system holds or the steps run out."""
    prepared = eq.prepare(base, scenario, features)
    found = anderson(
        lambda point: image(base, scenario, prepared, options, point),
        start,
        scale=scale_of(base, options),
        tolerance=options.tolerance,
        target=jnp.minimum(options.target, options.tolerance),
        max_iterations=options.max_iterations,
        largest_step=options.largest_step,
        memory=MEMORY,
    )
    unknowns = unpack(base, found.point)
    quantities = evaluate(base, scenario, prepared, unknowns)
    bundles = quantities.bundles
    shares = None
    if prepared.costs is not None:  # otherwise they are those of the recipe, and as large as the base itself
        inputs, uses = eq.product_shares(base, prepared, bundles, quantities.prices.log_index)
        shares = NewShares(inputs, eq.factor_shares(prepared, bundles, unknowns.factor_price), uses)
    return Attempt(
        found=found,
        quantities=quantities,
        unknowns=unknowns,
        at_user_prices=prepared.delivered.paid,
        shares=shares,
        residuals=residuals_of(base, scenario, unknowns, quantities),
    )


@jax.jit
def newton_steps(
    base: BaseEconomy,
    scenario: Scenario,
    options: Options,
    start: Float[Array, " unknown"],
    features: Features,
) -> NewtonResult:
    """Take Newton steps from a point that is near."""
    prepared = eq.prepare(base, scenario, features)
    return newton_krylov(
        lambda point: image(base, scenario, prepared, options, point),
        start,
        scale=scale_of(base, options),
        target=options.target,
        max_steps=MOST_NEWTON_STEPS,
        largest_step=options.largest_step,
    )


class Unchecked(NamedTuple):
    """One direct attempt as JAX arrays, for mapping over many; whoever reads it looks at `converged` first."""

    household_consumption: Float[Array, " region"]
    residuals: Residuals
    iterations: Array
    converged: Array


def unchecked(base: BaseEconomy, scenario: Scenario, options: Options, features: Features) -> Unchecked:
    """Attempt `scenario` once, without continuation and without raising; JAX can map it."""
    attempt = iterated(base, scenario, options, jnp.zeros(size_of(base)), features)
    quantities, found = attempt.quantities, attempt.found
    spent = quantities.final[:, HOUSEHOLD]
    return Unchecked(
        household_consumption=spent / jnp.exp(quantities.bundles.log_use[:, HOUSEHOLD])
        - scenario.resource_cost,
        residuals=attempt.residuals,
        iterations=found.iterations,
        converged=found.finite & (found.residual <= options.tolerance) & jnp.all(spent > 0.0),
    )
