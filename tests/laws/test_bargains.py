"""Bargains against closed forms, a grid, and a game whose equilibrium is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.numerics.bargains import Box
from accord.numerics.best_replies import best_replies

MIDDLE = np.array([0.5])


def linear_surplus(low, high):
    """One lever, a price p in [low, high] scaled to [0, 1]; the buyer is worth 10, the seller's cost is 4."""

    def gains(x):
        price = low + (high - low) * x[0]
        return np.array([10.0 - price, price - 4.0]), np.array([[-(high - low)], [high - low]])

    return Box(gains, 1)


@given(buyer=st.floats(0.1, 3.0), seller=st.floats(0.1, 3.0))
def test_a_linear_surplus_is_split_by_the_weights(buyer, seller):
    """FACTS: p = (1 - b) x buyer's value + b x seller's cost, b the buyer's share of the weights."""
    box = linear_surplus(0.0, 12.0)
    found = box.nash(np.array([buyer, seller]), [MIDDLE, np.array([0.4])])
    share = buyer / (buyer + seller)
    assert 12.0 * found.x[0] == pytest.approx((1.0 - share) * 10.0 + share * 4.0, abs=1e-4)
    assert found.feasible


def test_an_empty_zone_is_said():
    box = linear_surplus(
        10.5, 12.0
    )  # every price that can be agreed on is above what it is worth to the buyer
    fairest = box.fairest([MIDDLE])
    assert fairest.value == pytest.approx(-0.5, abs=1e-6)
    assert not box.nash(np.ones(2), [MIDDLE]).feasible
    assert not box.nearest(MIDDLE, np.zeros(2), [MIDDLE, fairest.x]).feasible


def test_the_fairest_point_gives_the_least_favoured_most():
    found = linear_surplus(0.0, 12.0).fairest([np.array([0.1])])
    assert 12.0 * found.x[0] == pytest.approx(7.0, abs=1e-6)
    assert found.value == pytest.approx(3.0, abs=1e-6)


def curved(x):
    """Two levers, two parties, gains that pull apart and cross; hand-made, smooth, not linear."""
    a, b = x
    values = np.array([np.sin(2.0 * a) - 0.8 * b**2 - 0.3, 1.2 * b - 0.9 * a**2 * (1.0 + b) - 0.1])
    slopes = np.array(
        [
            [2.0 * np.cos(2.0 * a), -1.6 * b],
            [-1.8 * a * (1.0 + b), 1.2 - 0.9 * a**2],
        ]
    )
    return values, slopes


GRID = np.stack(np.meshgrid(np.linspace(0, 1, 401), np.linspace(0, 1, 401), indexing="ij"), axis=-1).reshape(
    -1, 2
)
ON_GRID = np.array([curved(x)[0] for x in GRID])
STARTS = [np.array(start) for start in ((0.5, 0.5), (0.1, 0.9), (0.9, 0.1), (0.2, 0.2))]


def test_the_nash_point_is_the_best_of_a_grid():
    box = Box(curved, 2)
    weights = np.array([1.0, 2.0])
    found = box.nash(weights, STARTS)
    zone = np.all(ON_GRID > 0.0, axis=1)
    best = (np.log(ON_GRID[zone]) @ weights).max()
    assert best - 1e-9 <= found.value < best + 1e-4


def test_the_smallest_change_is_the_best_of_a_grid():
    box = Box(curved, 2)
    here, margins = np.array([0.9, 0.4]), np.array([0.05, 0.05])
    assert box.at(here)[0].min() < 0.0
    found = box.nearest(here, margins, STARTS)
    zone = np.all(margins <= ON_GRID, axis=1)
    best = np.abs(GRID[zone] - here).sum(axis=1).min()
    assert found.feasible
    assert best - 5e-3 <= found.value <= best + 1e-9
    assert np.all(box.at(found.x)[0] >= margins - 1e-6)


def test_no_change_is_needed_where_all_gain_already():
    box = Box(curved, 2)
    here = box.fairest(STARTS).x
    assert box.nearest(here, np.zeros(2), [here]).value == pytest.approx(0.0, abs=1e-9)


def test_the_frontier_is_that_of_a_grid():
    box = Box(curved, 2)
    points = box.frontier(0, 1, STARTS, 7, np.full(2, -np.inf))
    for x in points:
        first, second = box.at(x)[0]
        best = ON_GRID[ON_GRID[:, 1] >= second - 1e-9, 0].max()
        assert first >= best - 2e-3
    assert np.all(np.diff([box.at(x)[0][1] for x in points]) > 0.0)


def test_limits_hold():
    box = Box(curved, 2, limits=lambda x: (np.array([0.5 - x[1]]), np.array([[0.0, -1.0]])))
    found = box.largest(1, STARTS)
    assert found.x[1] <= 0.5 + 1e-6
    assert found.feasible


def test_best_replies_find_the_duopoly_of_cournot():
    """Price 1 - q1 - q2, no costs: each sells a third."""

    def payoff(party, x):
        slope = np.full(2, -x[party])
        slope[party] = 1.0 - x.sum() - x[party]
        return float(x[party] * (1.0 - x.sum())), slope

    found = best_replies(payoff, [[0], [1]], [np.zeros(2), np.ones(2), np.array([0.2, 0.9])])
    assert len(found.points) == 1
    np.testing.assert_allclose(found.points[0], 1.0 / 3.0, atol=1e-4)


def test_several_resting_points_are_all_returned():
    """Each wants what the other does, all or nothing: two equilibria."""

    def payoff(party, x):
        slope = np.zeros(2)
        slope[party] = x[1 - party] - 0.5
        return float(x[party] * (x[1 - party] - 0.5)), slope

    found = best_replies(payoff, [[0], [1]], [np.zeros(2), np.ones(2)])
    np.testing.assert_allclose(found.points, [[0.0, 0.0], [1.0, 1.0]])


def test_rounds_without_end_are_said():
    """Matching pennies: no pure choice is a best reply to a best reply."""

    def payoff(party, x):
        sign = 1.0 if party == 0 else -1.0
        slope = np.zeros(2)
        slope[party] = sign * (x[1 - party] - 0.45)
        return float(sign * (x[party] - 0.45) * (x[1 - party] - 0.45)), slope

    found = best_replies(payoff, [[0], [1]], [np.array([0.0, 0.0])], rounds=9)
    assert (found.points, found.unsettled) == ([], 1)
