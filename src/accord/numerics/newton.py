"""Newton's method for a fixed point, with the linear systems solved by GMRES: no matrix is formed, written for JAX.

Anderson acceleration stalls where some directions of the map are almost its own fixed points (countries that hardly trade any more:
their relative price levels are tied by little). Newton's method does not mind, once it is near.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

RESTART = 100
"""Directions that GMRES keeps: more than the number of slow directions of a World of twenty nearly closed regions."""

MOST_RESTARTS = 6
FORCING = 1e-4
"""Residual of each linear system relative to its right-hand side: four digits a step, so that few steps are needed."""

RUNAWAY = 1e4
"""Growth of the residual over the best so far after which Newton's method gives up."""


class NewtonResult(NamedTuple):
    """Where the iteration stopped.

    Attributes:
        point: The best iterate.
        residual: Largest absolute entry of `scale * (map(point) - point)` there.
        steps: Newton steps taken.
    """

    point: Float[Array, " unknown"]
    residual: Float[Array, ""]
    steps: Int[Array, ""]


class _State(NamedTuple):
    point: Array
    best_point: Array
    best: Array
    steps: Array
    finished: Array


def newton_krylov(
    fixed_point_map: Callable[[Float[Array, " unknown"]], Float[Array, " unknown"]],
    start: Float[Array, " unknown"],
    *,
    scale: Float[Array, " unknown"] | float,
    target: Float[Array, ""] | float,
    max_steps: Int[Array, ""] | int,
    largest_step: Float[Array, ""] | float,
) -> NewtonResult:
    """Solve x = map(x) by an inexact Newton method from a point that is near a solution.

    Source: Dembo, Eisenstat and Steihaug (1982), "Inexact Newton Methods", SIAM Journal on Numerical Analysis 19(2); GMRES is lineax's.
    No line search: the residual may grow for a step or two where the map is nearly singular, and the best iterate is what is returned.

    Args:
        fixed_point_map: The map; JAX-traceable and differentiable.
        start: First iterate, float64.
        scale: Weights that turn a step into the residual of the user's equations.
        target: Residual at which to stop.
        max_steps: Stop after this many steps.
        largest_step: Bound on one step's movement of any entry.
    """
    import lineax as lx  # here, since hardly any run needs it

    def error_of(point: Array) -> Array:
        return fixed_point_map(point) - point

    def iterate(state: _State) -> _State:
        error, push = jax.linearize(error_of, state.point)
        residual = jnp.max(jnp.abs(scale * error))
        better = residual < state.best
        best = jnp.where(better, residual, state.best)  # also where the residual is not a number
        largest = jnp.max(jnp.abs(error))
        unit = error / jnp.where(largest > 0.0, largest, 1.0)
        operator = lx.FunctionLinearOperator(
            lambda step: -push(step), jax.ShapeDtypeStruct(unit.shape, unit.dtype)
        )
        solver = lx.GMRES(rtol=0.0, atol=FORCING, restart=RESTART, max_steps=MOST_RESTARTS)
        move = largest * lx.linear_solve(operator, unit, solver, throw=False).value
        move = move * jnp.minimum(1.0, largest_step / jnp.max(jnp.abs(move)))
        hopeless = ~jnp.isfinite(residual) | ~jnp.all(jnp.isfinite(move)) | (residual > RUNAWAY * best)
        finished = (residual <= target) | hopeless
        return _State(
            point=jnp.where(finished, state.point, state.point + move),
            best_point=jnp.where(better, state.point, state.best_point),
            best=best,
            steps=state.steps + jnp.where(finished, 0, 1),
            finished=finished,
        )

    begin = _State(start, start, jnp.array(jnp.inf), jnp.array(0), jnp.array(False))  # noqa: FBT003 - JAX's own signature
    end = jax.lax.while_loop(lambda state: ~state.finished & (state.steps < max_steps), iterate, begin)
    return NewtonResult(end.best_point, end.best, end.steps)
