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
        point: The iterate at which `residual` was measured (not the one after it), when the iteration finished by itself.
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
    error: Array
    image_changes: Array
    error_changes: Array
    gram: Array
    used: Array
    steps: Array
    residual: Array
    best: Array
    stalled: Array
    finished: Array


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
        raise TypeError(
            "anderson needs float64; import accord.numerics.double_precision, which switches it on"
        )

    history, nothing = jnp.zeros((memory, start.size)), jnp.zeros_like(start)
    far = jnp.array(jnp.inf)
    begin = _State(
        point=start,
        image=nothing,
        error=nothing,
        image_changes=history,
        error_changes=history,
        gram=jnp.zeros((memory, memory)),
        used=jnp.zeros(memory),
        steps=jnp.array(0),
        residual=far,
        best=far,
        stalled=jnp.array(0),
        finished=jnp.array(False),  # noqa: FBT003 - JAX's own signature
    )

    def iterate(state: _State) -> _State:
        # The map stands here alone, so that it is compiled once; the first pass has no earlier one to compare with.
        image = fixed_point_map(state.point)
        error = image - state.point
        residual = jnp.max(jnp.abs(scale * error))
        stalled = jnp.where(residual < state.best, 0, state.stalled + 1)
        finished = (
            (residual <= target) | ((residual <= tolerance) & (stalled >= PATIENCE)) | ~jnp.isfinite(residual)
        )
        slot = (state.steps - 1) % memory
        image_changes = state.image_changes.at[slot].set(image - state.image)
        error_changes = state.error_changes.at[slot].set(error - state.error)
        products = error_changes @ error_changes[slot]
        gram = state.gram.at[slot].set(products).at[:, slot].set(products)
        wild = residual > 10.0 * state.best
        used = jnp.where(wild, 0.0, state.used.at[slot].set(jnp.where(state.steps > 0, 1.0, 0.0)))
        accelerated = error - _multipliers(gram, used, error_changes @ error) @ image_changes
        move = jnp.where(jnp.all(jnp.isfinite(accelerated)), accelerated, error)
        move = move * jnp.minimum(1.0, largest_step / jnp.max(jnp.abs(move)))
        return _State(
            point=jnp.where(finished, state.point, state.point + move),
            image=image,
            error=error,
            image_changes=image_changes,
            error_changes=error_changes,
            gram=gram,
            used=used,
            steps=state.steps + 1,
            residual=residual,
            best=jnp.where(wild, residual, jnp.minimum(state.best, residual)),
            stalled=stalled,
            finished=finished,
        )

    end = jax.lax.while_loop(lambda state: ~state.finished & (state.steps < max_iterations), iterate, begin)
    return AndersonResult(end.point, end.residual, end.steps, jnp.all(jnp.isfinite(end.image)))


def _multipliers(
    gram: Float[Array, "memory memory"], used: Float[Array, " memory"], products: Float[Array, " memory"]
) -> Float[Array, " memory"]:
    """Least-squares weights of earlier changes; slots that are not in use get weight zero."""
    gram = gram * used[:, None] * used
    ridge = 1e-14 * jnp.trace(gram) + jnp.finfo(jnp.float64).tiny
    gram += jnp.diag(jnp.where(used > 0.0, ridge, 1.0))
    return jnp.linalg.solve(gram, used * products)
