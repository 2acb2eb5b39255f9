"""Exact derivatives of an equilibrium, by the implicit function theorem and without forming a matrix.

At an equilibrium x = G(x, s), where G is the map that `solve.image` iterates (x the logs of factor prices, unit costs and spending, s
the scenario and the trade elasticities). An outcome W(x, s) then moves by

    dW/ds = W_s + lambda' G_s,   (I - G_x)' lambda = W_x'        reverse: one linear system for each outcome, all of s at once
    dW    = W_s ds + W_x dx,     (I - G_x) dx = G_s ds           forward: one linear system for each direction, all outcomes at once

Source: Griewank and Walther (2008), "Evaluating Derivatives", chapter 15. G keeps world factor income at its base value, which fixes
the one direction in which nominal equilibria can move, so I - G_x is regular wherever the equilibrium is locally unique. Its damping
of factor prices changes no derivative and serves as a preconditioner. Products with G_x and its transpose come from JAX, each about
as dear as one iteration of the solver; the linear systems are solved by GMRES.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from accord.engines.equilibrium import equations as eq
from accord.engines.equilibrium.features import Features, features_of
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Floats, Options, Scenario
from accord.engines.equilibrium.result import Equilibrium
from accord.engines.equilibrium.system import Quantities, evaluate, image, unpack
from accord.errors import EngineError

Outcome = Callable[[BaseEconomy, Scenario, Quantities], Array]
"""What is differentiated: a function that JAX can trace. Each function object compiles once, so define it once."""

CHOICES = ("subsidy_payer", "purchase_payer", "rigid_factor", "real_use")
"""Fields of a scenario that no derivative exists for; they are None in derivatives."""

AIM = 1e-10
"""Residual of the linear systems that GMRES aims for, relative to the largest entry of the right-hand side."""

ACCEPTED = 1e-8
"""Residual above which the derivative is refused."""

RESTART = 20
"""Directions that GMRES keeps; at 80 x 50 the quickest of 10, 15, 20 and 30."""

MOST_RESTARTS = 100
"""Restarts after which GMRES gives up; real Worlds need about six."""


class Gradient(NamedTuple):
    """Derivatives of one outcome.

    Attributes:
        scenario: With respect to each field of the scenario, in its shape; None for `CHOICES`.
        trade_elasticity: With respect to theta (k,), expenditure shares of the base unchanged.
    """

    scenario: Scenario
    trade_elasticity: Floats


def household_consumption(
    base: BaseEconomy, scenario: Scenario, quantities: Quantities
) -> Float[Array, " region"]:
    """Household consumption at base prices (n,), USD million: the money-metric utility of METHODS section 2."""
    del base
    spent = quantities.final[:, HOUSEHOLD] / jnp.exp(quantities.bundles.log_use[:, HOUSEHOLD])
    return spent - scenario.resource_cost


def gradient(
    equilibrium: Equilibrium, outcome: Outcome = household_consumption, weights: Floats = 1.0
) -> Gradient:
    """Return the gradient of sum(weights * outcome) at `equilibrium`.

    Args:
        equilibrium: A solved equilibrium; its point is taken as exact.
        outcome: What to differentiate; household consumption of every region by default.
        weights: Broadcast to the shape of the outcome, so that one compiled function serves every combination.
    """
    if outcome is household_consumption:  # one compiled function with `welfare_gradients`
        weights = np.broadcast_to(weights, equilibrium.base.shape[2])
    return _checked(
        *_reverse(
            outcome, _features(equilibrium), *_arrays(equilibrium), jnp.asarray(weights, dtype=jnp.float64)
        )
    )


def welfare_gradients(equilibrium: Equilibrium, regions: Sequence[int]) -> list[Gradient]:
    """Return the gradient of household consumption of each of `regions` (positions): one linear system for each."""
    arrays, features = _arrays(equilibrium), _features(equilibrium)
    units = np.eye(equilibrium.base.shape[2])
    return [
        _checked(*_reverse(household_consumption, features, *arrays, units[region])) for region in regions
    ]


def directional(
    equilibrium: Equilibrium,
    direction: Scenario,
    trade_elasticity: Floats | None = None,
    outcome: Outcome = household_consumption,
) -> Floats:
    """Return the derivative of an outcome along a direction: of household consumption (n,) by default.

    Args:
        equilibrium: A solved equilibrium; its point is taken as exact.
        direction: How fast each field of the scenario moves; None stands for a field that does not, and `CHOICES` are not read.
        trade_elasticity: How fast trade elasticities move (k,); None for not at all.
        outcome: What to differentiate.
    """
    direction_of_all = Gradient(direction, trade_elasticity)
    moving = speed_of(inputs_of(equilibrium.base, equilibrium.scenario), direction_of_all)
    return _checked(*_forward(outcome, _features(equilibrium), *_arrays(equilibrium), moving))


def _arrays(equilibrium: Equilibrium) -> tuple[BaseEconomy, Scenario, Array]:
    return jax.tree.map(jnp.asarray, (equilibrium.base, equilibrium.scenario, equilibrium.point))


def _features(equilibrium: Equilibrium) -> Features:
    return features_of(equilibrium.base, equilibrium.scenario)


def _checked(derivative: Any, residual: Array) -> Any:
    refuse(float(residual))
    return jax.tree.map(np.asarray, derivative)


def refuse(residual: float) -> None:
    """Raise an `EngineError` where a linear system was not solved well enough."""
    if not residual <= ACCEPTED:
        raise EngineError(
            f"the derivative of the equilibrium could not be computed (relative residual {residual:.1e}, wanted {ACCEPTED:.0e}). "
            "The equilibrium may be close to where it stops being unique, or be solved too loosely: "
            "try a smaller external economy of scale or a tighter tolerance, or compare two solved scenarios instead"
        )


@partial(jax.jit, static_argnums=0)
def _reverse(
    outcome: Outcome,
    features: Features,
    base: BaseEconomy,
    scenario: Scenario,
    point: Array,
    weights: Array,
) -> tuple[Gradient, Array]:
    prepared = eq.prepare(base, scenario, features)

    def valued(point: Array) -> Array:
        return jnp.sum(weights * outcome(base, scenario, _quantities(base, scenario, prepared, point)))

    _, pull = jax.vjp(lambda point: image(base, scenario, prepared, Options(), point), point)
    multiplier, residual = _solved(lambda vector: vector - pull(vector)[0], jax.grad(valued)(point))

    def lagrangian(inputs: Gradient) -> Array:
        moved_base, other = moved(base, scenario, inputs)
        prepared = eq.prepare(moved_base, other, features.with_all_wedges)
        value = outcome(moved_base, other, _quantities(moved_base, other, prepared, point))
        return jnp.sum(weights * value) + multiplier @ image(moved_base, other, prepared, Options(), point)

    return jax.grad(lagrangian)(inputs_of(base, scenario)), residual


@partial(jax.jit, static_argnums=0)
def _forward(
    outcome: Outcome,
    features: Features,
    base: BaseEconomy,
    scenario: Scenario,
    point: Array,
    direction: Gradient,
) -> tuple[Array, Array]:
    prepared = eq.prepare(base, scenario, features)
    _, push = jax.linearize(lambda point: image(base, scenario, prepared, Options(), point), point)

    def both(inputs: Gradient, point: Array) -> tuple[Array, Array]:
        moved_base, other = moved(base, scenario, inputs)
        prepared = eq.prepare(moved_base, other, features.with_all_wedges)
        value = outcome(moved_base, other, _quantities(moved_base, other, prepared, point))
        return value, image(moved_base, other, prepared, Options(), point)

    levels = inputs_of(base, scenario)
    shift = jax.jvp(lambda inputs: both(inputs, point)[1], (levels,), (direction,))[1]
    change, residual = _solved(lambda vector: vector - push(vector), shift)
    return jax.jvp(lambda *at: both(*at)[0], (levels, point), (direction, change))[1], residual


def _quantities(base: BaseEconomy, scenario: Scenario, prepared: eq.Prepared, point: Array) -> Quantities:
    return evaluate(base, scenario, prepared, unpack(base, point))


def _solved(product: Callable[[Array], Array], right: Array) -> tuple[Array, Array]:
    """Solve product(x) = right; return x and the residual that it leaves, relative to the largest entry of `right`."""
    import lineax as lx  # here, since runs without derivatives do not need it

    largest = jnp.max(jnp.abs(right))
    unit = right / jnp.where(largest > 0.0, largest, 1.0)
    operator = lx.FunctionLinearOperator(product, jax.ShapeDtypeStruct(right.shape, right.dtype))
    solver = lx.GMRES(rtol=0.0, atol=AIM, restart=RESTART, max_steps=MOST_RESTARTS)
    # Tested here and not by lineax, whose own test also asks two restarts to agree.
    found = lx.linear_solve(operator, unit, solver, throw=False).value
    return largest * found, jnp.max(jnp.abs(product(found) - unit))


def speed_of(level: Any, speed: Any) -> Any:
    """Return `speed` in the structure and shapes of `level`, with None as standing still."""
    if level is None:
        return None
    if isinstance(level, tuple):
        parts = [None] * len(level) if speed is None else speed
        return type(level)(*map(speed_of, level, parts))
    return jnp.broadcast_to(jnp.asarray(0.0 if speed is None else speed, dtype=jnp.float64), level.shape)


def _without_choices(scenario: Scenario) -> Scenario:
    return scenario._replace(**dict.fromkeys(CHOICES))


def inputs_of(base: BaseEconomy, scenario: Scenario) -> Gradient:
    """What derivatives are taken with respect to."""
    return Gradient(_without_choices(scenario), base.technology.trade)


def moved(base: BaseEconomy, scenario: Scenario, inputs: Gradient) -> tuple[BaseEconomy, Scenario]:
    """Put `inputs` in their places."""
    other = inputs.scenario._replace(**{name: getattr(scenario, name) for name in CHOICES})
    return base._replace(technology=base.technology._replace(trade=inputs.trade_elasticity)), other
