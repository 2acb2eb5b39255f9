"""Derivatives of many outcomes, or in many directions, at equilibria that lie near one another: `derivatives` with a memory.

The systems are those of `derivatives`, (I - G_x) dx = G_s ds and its transpose. Here the map is linearised once for each equilibrium, all
directions are solved together, and what one equilibrium taught about the operator serves the next one on a path or in a search
(`numerics.recycling`): three or four products a direction are enough there, where an unprepared solve takes a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from accord.engines.equilibrium import equations as eq
from accord.engines.equilibrium.derivatives import (
    ACCEPTED,
    Gradient,
    Outcome,
    household_consumption,
    inputs_of,
    moved,
    refuse,
    speed_of,
)
from accord.engines.equilibrium.features import Features, features_of
from accord.engines.equilibrium.inputs import BaseEconomy, Floats, Options, Scenario
from accord.engines.equilibrium.system import evaluate, image, unpack
from accord.numerics.recycling import Directions, solve_block


class Solved(Protocol):
    """What derivatives need of an equilibrium."""

    @property
    def base(self) -> BaseEconomy:
        """The base economy."""
        ...

    @property
    def scenario(self) -> Scenario:
        """What differs from it."""
        ...

    @property
    def point(self) -> np.ndarray:
        """The unknowns, taken as exact."""
        ...


@dataclass
class Nearby:
    """Takes derivatives at equilibria of one base that differ little, and remembers what helps.

    Attributes:
        features: What some equilibrium makes use of, so that all are one compiled programme.
    """

    features: Features | None = None
    _forward: Directions | None = field(default=None, repr=False)
    _reverse: Directions | None = field(default=None, repr=False)
    _base: tuple[BaseEconomy, BaseEconomy] | None = field(default=None, repr=False)

    def directional(
        self,
        equilibrium: Solved,
        directions: Sequence[Scenario],
        outcome: Outcome = household_consumption,
    ) -> list[Floats]:
        """Return the derivative of `outcome` along each direction (`derivatives.directional`)."""
        inputs = self._arrays(equilibrium)
        features = self._features(equilibrium)
        speeds = [speed_of(inputs_of(*inputs[:2]), Gradient(direction, None)) for direction in directions]
        shifts = [np.asarray(_shift(features, *inputs, speed)) for speed in speeds]
        pull = _linear(features, *inputs)
        found = solve_block(lambda rows: np.asarray(_pushed(pull, rows)), np.stack(shifts), self._forward)
        refuse(found.residual)
        self._forward = found.directions
        return [
            np.asarray(_value(outcome, features, *inputs, speed, change))
            for speed, change in zip(speeds, found.solution, strict=True)
        ]

    def welfare_gradients(self, equilibrium: Solved, regions: Sequence[int]) -> list[Gradient]:
        """Return the gradient of household consumption of each of `regions` (`derivatives.welfare_gradients`)."""
        inputs = self._arrays(equilibrium)
        features = self._features(equilibrium)
        weights = np.eye(equilibrium.base.shape[2])[list(regions)]
        pull = _linear(features, *inputs)
        slopes = np.stack([np.asarray(_slope(features, *inputs, weight)) for weight in weights])
        found = solve_block(lambda rows: np.asarray(_pulled(pull, rows)), slopes, self._reverse)
        refuse(found.residual)
        self._reverse = found.directions
        return [
            jax.tree.map(np.asarray, _gradient(features, *inputs, weight, multiplier))
            for weight, multiplier in zip(weights, found.solution, strict=True)
        ]

    def _features(self, equilibrium: Solved) -> Features:
        own = features_of(equilibrium.base, equilibrium.scenario)
        self.features = own if self.features is None else self.features | own
        return self.features

    def _arrays(self, equilibrium: Solved) -> tuple[BaseEconomy, Scenario, Array]:
        """Everything where JAX wants it; the base, which stays the same, is taken there once."""
        if self._base is None or self._base[0] is not equilibrium.base:
            self._base = (equilibrium.base, jax.tree.map(jnp.asarray, equilibrium.base))
        scenario, point = jax.tree.map(jnp.asarray, (equilibrium.scenario, equilibrium.point))
        return self._base[1], scenario, point


@jax.jit
def _linear(features: Features, base: BaseEconomy, scenario: Scenario, point: Array) -> Any:
    """What takes a row to its product with G_x', with everything that does not depend on the row computed."""
    prepared = eq.prepare(base, scenario, features)
    return jax.vjp(lambda point: image(base, scenario, prepared, Options(), point), point)[1]


@jax.jit
def _pulled(pull: Any, rows: Float[Array, "row unknown"]) -> Float[Array, "row unknown"]:
    """(I - G_x)' of each row."""
    return rows - jax.vmap(lambda row: pull(row)[0])(rows)


@jax.jit
def _pushed(pull: Any, rows: Float[Array, "row unknown"]) -> Float[Array, "row unknown"]:
    """I - G_x of each row."""
    push = jax.linear_transpose(lambda row: pull(row)[0], rows[0])
    return rows - jax.vmap(lambda row: push(row)[0])(rows)


@jax.jit
def _shift(features: Features, base: BaseEconomy, scenario: Scenario, point: Array, speed: Gradient) -> Array:
    """G_s ds."""

    def at(inputs: Gradient) -> Array:
        moved_base, other = moved(base, scenario, inputs)
        return image(
            moved_base, other, eq.prepare(moved_base, other, features.with_all_wedges), Options(), point
        )

    return jax.jvp(at, (inputs_of(base, scenario),), (speed,))[1]


@partial(jax.jit, static_argnums=0)
def _value(
    outcome: Outcome,
    features: Features,
    base: BaseEconomy,
    scenario: Scenario,
    point: Array,
    speed: Gradient,
    change: Array,
) -> Array:
    """W_s ds + W_x dx."""

    def at(inputs: Gradient, point: Array) -> Array:
        moved_base, other = moved(base, scenario, inputs)
        prepared = eq.prepare(moved_base, other, features.with_all_wedges)
        return outcome(moved_base, other, evaluate(moved_base, other, prepared, unpack(moved_base, point)))

    return jax.jvp(at, (inputs_of(base, scenario), point), (speed, change))[1]


@jax.jit
def _slope(features: Features, base: BaseEconomy, scenario: Scenario, point: Array, weights: Array) -> Array:
    """W_x' for the weighted sum of household consumption."""
    prepared = eq.prepare(base, scenario, features)

    def valued(point: Array) -> Array:
        quantities = evaluate(base, scenario, prepared, unpack(base, point))
        return jnp.sum(weights * household_consumption(base, scenario, quantities))

    return jax.grad(valued)(point)


@jax.jit
def _gradient(
    features: Features,
    base: BaseEconomy,
    scenario: Scenario,
    point: Array,
    weights: Array,
    multiplier: Array,
) -> Gradient:
    """W_s + lambda' G_s."""

    def lagrangian(inputs: Gradient) -> Array:
        moved_base, other = moved(base, scenario, inputs)
        prepared = eq.prepare(moved_base, other, features.with_all_wedges)
        quantities = evaluate(moved_base, other, prepared, unpack(moved_base, point))
        value = jnp.sum(weights * household_consumption(moved_base, other, quantities))
        return value + multiplier @ image(moved_base, other, prepared, Options(), point)

    return jax.grad(lagrangian)(inputs_of(base, scenario))


__all__ = ["ACCEPTED", "Nearby"]
