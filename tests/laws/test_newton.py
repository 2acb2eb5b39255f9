"""Newton's method on maps whose fixed points are known."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import accord.numerics.double_precision  # noqa: F401 - 64-bit JAX
from accord.numerics.newton import newton_krylov


def solved(function, start, **choices):
    settings = {"scale": 1.0, "target": 1e-13, "max_steps": 30, "largest_step": 1.0} | choices
    run = jax.jit(lambda start: newton_krylov(function, start, **settings))
    return run(jnp.asarray(start, dtype=jnp.float64))


def test_finds_the_fixed_point_of_the_cosine_quadratically():
    """The Dottie number is the only solution of x = cos x."""
    found = solved(jnp.cos, np.full(3, 0.5))
    np.testing.assert_allclose(found.point, 0.7390851332151607, rtol=1e-14)
    assert int(found.steps) <= 5


def test_finds_slow_directions_that_plain_iteration_would_take_a_million_steps_for():
    rates = jnp.array([0.999999, 0.5, -0.3, 0.9])
    found = solved(lambda x: rates * (x - 2.0) + 2.0, np.full(4, 2.3))
    np.testing.assert_allclose(found.point, 2.0, atol=1e-7)


def test_no_entry_moves_further_than_allowed_and_the_best_point_is_returned():
    found = solved(lambda x: 0.5 * x + 50.0, np.zeros(2), max_steps=3)
    np.testing.assert_allclose(
        found.point, 2.0
    )  # two steps were taken from where the last residual was measured
    assert int(found.steps) == 3


@pytest.mark.parametrize(
    "function", [lambda x: x + 1.0, lambda x: jnp.where(x > 0.5, jnp.nan, 0.5 * x + 0.4)]
)
def test_without_a_fixed_point_it_gives_up(function):
    found = solved(function, np.zeros(2))
    assert float(found.residual) > 1e-3
    assert np.all(np.isfinite(found.point))
