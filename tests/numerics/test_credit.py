"""Dividing credit, on functions whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.numerics.credit import gauss_legendre, interactions, path_parts, shapley_values, subsets


def square_times(x, y):
    return np.array([x**2 * y])


def test_path_gives_two_thirds_and_one_third_of_x_squared_y():
    parts = path_parts(lambda t: np.array([[2 * t * t], [t**2]]), count=2)
    assert_allclose(parts[:, 0], [2 / 3, 1 / 3], rtol=1e-14)


def test_shapley_gives_one_half_each_of_x_squared_y():
    values = {s: square_times(float(0 in s), float(1 in s)) for s in subsets(2)}
    assert_allclose(shapley_values(values, 2)[:, 0], [0.5, 0.5], rtol=1e-14)


def test_interaction_of_x_squared_y_is_the_whole():
    zero, one = square_times(0, 0), square_times(1, 1)
    pair = interactions([square_times(1, 0), square_times(0, 1)], {(0, 1): one}, zero)
    assert_allclose(pair[0, 1], one)


def test_three_players_by_hand():
    # v(S) = 6 when S holds player 0 and another one: player 0 is worth 4, the others 1 each.
    values = {s: np.array([6.0 if 0 in s and len(s) > 1 else 0.0]) for s in subsets(3)}
    assert_allclose(shapley_values(values, 3)[:, 0], [4.0, 1.0, 1.0], rtol=1e-14)


@given(seed=st.integers(0, 2**16), players=st.integers(1, 5))
def test_shapley_values_add_up_and_ignore_who_adds_nothing(seed, players):
    draw = np.random.default_rng(seed)
    # The last player adds nothing to anybody.
    worth = {s: draw.normal(size=3) for s in subsets(players)}
    values = {s: worth[s - {players - 1}] for s in worth}
    parts = shapley_values(values, players)
    whole = values[frozenset(range(players))] - values[frozenset()]
    assert_allclose(parts.sum(axis=0), whole, atol=1e-12)
    assert_allclose(parts[-1], 0.0, atol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 5, 16])
def test_rule_is_exact_for_polynomials(count):
    nodes = gauss_legendre(count)
    for power in range(2 * count):
        assert_allclose(nodes.weight @ nodes.at**power, 1 / (power + 1), rtol=1e-13)
