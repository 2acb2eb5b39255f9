"""Anderson acceleration of a fixed-point map, written for JAX.

optimistix and jaxopt offer Newton and plain fixed-point iteration, but no Anderson acceleration with the safeguards that a trade
model needs, so this is our own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Int

PATIENCE = 10
"""Steps without progress after which an accepted residual is as good as it gets."""


class AndersonResult(NamedTuple):
    """Where the iteration stopped.

    Attributes:
        point: The iterate at which `residual` was measured (not the one after it).
        residual: Largest absolute entry of `scale * (map(point) - point)`.
        iterations: Evaluations of the map.
        finite: Whether every entry stayed finite.
    """

    point: Float[Array, " unknown"]
    residual: Float[Array, ""]
    iterations: Int[Array, ""]
    finite: Bool[Array, ""]


class _State(NamedTuple):
    point: Array
    image: Array
    image_changes: Array
    error_changes: Array
    gram: Array
    used: Array
    steps: Array
    residual: Array
    best: Array
    stalled: Array


def anderson(
    fixed_point_map: Callable[[Float[Array, " unknown"]], Float[Array, " unknown"]],
    start: Float[Array, " unknown"],
    *,
    scale: Float[Array, " unknown"] | float,
    tolerance: Float[Array, ""] | float,
    target: Float[Array, ""] | float,
    max_iterations: Int[Array, ""] | int,
    largest_step: Float[Array, ""] | float,
    memory: int,
) -> AndersonResult:
    """Solve x = map(x) by type-II Anderson acceleration.

    Source: Walker and Ni (2011), "Anderson acceleration for fixed-point iterations", algorithm AA, in the difference form. Three
    departures from the textbook:

    1. The least-squares problem is solved by its normal equations with a ridge of 1e-14 of their trace, and their matrix is kept
       up to date by one thin product an iteration: `memory` is small, so nothing else is worth the time.
    2. When the residual grows tenfold over the best so far, the history is dropped and the plain map is used: far from the
       solution old differences mislead.
    3. No entry moves by more than `largest_step` in one iteration; unknowns are logarithms, so this is a factor.

    Args:
        fixed_point_map: The map; JAX-traceable.
        start: First iterate, float64.
        scale: Weights that turn a step into the residual of the user's equations (a damped equation has scale 1/damping).
        tolerance: A residual that the caller accepts.
        target: Go on to this residual while that still makes progress: within `tolerance`, iteration ends at `target` or once
            `PATIENCE` steps bring nothing, since rounding sets a floor that differs from case to case.
        max_iterations: Stop after this many evaluations.
        largest_step: Bound on one iteration's movement of any entry.
        memory: Number of earlier steps kept; static.
    """
    if start.dtype != jnp.float64:
        raise TypeError("anderson needs float64; import accord.engines, which switches it on")

    def measured(point: Array) -> tuple[Array, Array]:
        image = fixed_point_map(point)
        return image, jnp.max(jnp.abs(scale * (image - point)))

    first_image, first_residual = measured(start)
    history = jnp.zeros((memory, start.size))
    state = _State(
        start,
        first_image,
        history,
        history,
        jnp.zeros((memory, memory)),
        jnp.zeros(memory),
        jnp.array(0),
        first_residual,
        first_residual,
        jnp.array(0),
    )

    def unfinished(state: _State) -> Array:
        done = (state.residual <= target) | ((state.residual <= tolerance) & (state.stalled >= PATIENCE))
        return ~done & (state.steps < max_iterations - 1) & jnp.isfinite(state.residual)

    def iterate(state: _State) -> _State:
        error = state.image - state.point
        multipliers = _multipliers(state, error)
        accelerated = error - multipliers @ state.image_changes
        usable = jnp.all(jnp.isfinite(accelerated)) & (state.residual <= 10.0 * state.best)
        move = jnp.where(usable, accelerated, error)
        move = move * jnp.minimum(1.0, largest_step / jnp.max(jnp.abs(move)))
        point = state.point + move
        image, residual = measured(point)
        slot = state.steps % memory
        error_change = image - point - error
        error_changes = state.error_changes.at[slot].set(error_change)
        products = error_changes @ error_change
        return _State(
            point,
            image,
            state.image_changes.at[slot].set(image - state.image),
            error_changes,
            state.gram.at[slot].set(products).at[:, slot].set(products),
            jnp.where(usable, state.used, 0.0).at[slot].set(1.0),
            state.steps + 1,
            residual,
            jnp.where(usable, jnp.minimum(state.best, residual), residual),
            jnp.where(residual < state.best, 0, state.stalled + 1),
        )

    end = jax.lax.while_loop(unfinished, iterate, state)
    return AndersonResult(end.point, end.residual, end.steps + 1, jnp.all(jnp.isfinite(end.image)))


def _multipliers(state: _State, error: Float[Array, " unknown"]) -> Float[Array, " memory"]:
    """Least-squares weights of earlier changes; slots that are not in use get weight zero."""
    gram = state.gram * state.used[:, None] * state.used
    ridge = 1e-14 * jnp.trace(gram) + jnp.finfo(jnp.float64).tiny
    gram += jnp.diag(jnp.where(state.used > 0.0, ridge, 1.0))
    return jnp.linalg.solve(gram, state.used * (state.error_changes @ error))
