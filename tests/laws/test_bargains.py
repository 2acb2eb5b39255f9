"""Bargains against closed forms, a grid, and a game whose equilibrium is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.numerics.bargains import Box
from accord.numerics.best_replies import best_replies
from accord.numerics.frontiers import frontier_of_many, lattice, sifted

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


def test_the_largest_sum_is_that_of_a_grid_with_what_is_fixed_left_alone():
    box = Box(curved, 2)
    worth = np.array([2.0, 1.0])
    found = box.together(worth, STARTS)
    assert found.value >= (ON_GRID @ worth).max() - 1e-9
    held = box.together(worth, STARTS, np.array([False, True]))
    assert held.x[1] == STARTS[0][1]
    line = ON_GRID[np.isclose(GRID[:, 1], STARTS[0][1])] @ worth
    assert line.max() - 1e-9 <= held.value <= line.max() + 1e-4


def test_along_straight_lines_the_smallest_change_is_found_at_once():
    slopes = np.array([[1.0, -2.0], [-0.2, 1.0]])
    box = Box(lambda x: (slopes @ x - np.array([0.1, 0.1]), slopes), 2)
    here = np.array([0.1, 0.1])
    found = box.nearest_if_linear(here, np.zeros(2))
    expected = box.nearest(here, np.zeros(2), STARTS)
    assert expected.feasible
    np.testing.assert_allclose(found, expected.x, atol=1e-6)
    assert box.nearest_if_linear(here, np.full(2, 9.0)) is None


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


# The frontier of three parties ---------------------------------------------------------------------------------------


def divided(x):
    """A hundred shared out: two levers pay the first party's surplus to the second and the third."""
    return np.array([1.0 - x[0] - x[1], x[0], x[1]]), np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]])


def test_the_frontier_of_a_linear_surplus_is_the_lattice_of_its_simplex():
    """Gains add up to one: with no party below zero, points of the frontier are the weights themselves."""
    box = Box(divided, 2, limits=lambda x: (np.array([1.0 - x[0] - x[1]]), np.array([[-1.0, -1.0]])))
    found = frontier_of_many(box, [0, 1, 2], [np.array([0.3, 0.3])], 13, np.full(3, -np.inf))
    gains = np.array([box.at(x)[0] for x in found.points])
    assert found.dominated == 0
    np.testing.assert_allclose(gains.sum(axis=1), 1.0, atol=1e-9)
    np.testing.assert_allclose(gains[:3], np.eye(3), atol=1e-6)
    np.testing.assert_allclose(gains[3:], lattice(3, 10), atol=1e-5)
    assert (
        len(found.points) == 10
    )  # three best points and seven of the lattice in thirds; that in quarters has 13


@pytest.mark.parametrize("parties", [3, 4, 5])
def test_a_lattice_is_evenly_spread_and_bounded(parties):
    for count in (1, 5, 12, 40):
        weights = lattice(parties, count)
        assert 1 <= len(weights) <= count
        np.testing.assert_allclose(weights.sum(axis=1), 1.0)
        assert weights.max() < 1.0
        assert np.any(np.all(np.isclose(weights, 1.0 / parties), axis=1))


def pulling(x):
    """Three levers, three parties; each lever helps one, less and less, and hurts the next."""
    values = np.sqrt(x + 0.05) - np.roll(0.4 * x**2, 1) - 0.1 * np.roll(x, -1)
    own, next_one = np.diag(0.5 / np.sqrt(x + 0.05)), np.zeros((3, 3))
    for party in range(3):
        next_one[party, party - 1] -= 0.8 * x[party - 1]
        next_one[party, (party + 1) % 3] -= 0.1
    return values, own + next_one


def test_points_of_a_frontier_of_three_are_as_good_as_any_of_a_grid():
    box = Box(pulling, 3)
    ticks = np.linspace(0.0, 1.0, 21)
    grid = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)
    on_grid = np.array([pulling(x)[0] for x in grid])
    found = frontier_of_many(box, [0, 1, 2], [np.full(3, 0.5)], 13, np.full(3, -np.inf))
    gains = np.array([box.at(x)[0] for x in found.points])
    assert len(gains) >= 9
    for own in gains:
        better = np.all(on_grid > own + 1e-6, axis=1)
        assert not better.any(), "no point of the grid is better for all three"
    np.testing.assert_allclose(gains[:3].max(axis=0), on_grid.max(axis=0), atol=1e-3)
    # The middle of the frontier is found, not its ends alone: some point gives each party more than half of its range.
    spread = (gains - gains.min(axis=0)) / np.ptp(gains, axis=0)
    assert spread.min(axis=1).max() > 0.4


def test_a_party_outside_the_frontier_stays_at_its_floor():
    box = Box(pulling, 3)
    floors = np.array([-np.inf, -np.inf, 0.5])
    found = frontier_of_many(box, [0, 1], [np.full(3, 0.5)], 7, floors)
    assert all(box.at(x)[0][2] >= 0.5 - 1e-6 for x in found.points)


def test_where_all_want_the_same_the_frontier_is_a_point():
    box = Box(lambda x: (np.array([1.0, 2.0, 3.0]) * x[0], np.array([[1.0], [2.0], [3.0]])), 1)
    found = frontier_of_many(box, [0, 1, 2], [np.array([0.5])], 9, np.full(3, -np.inf))
    np.testing.assert_allclose(found.points, [[1.0]])


def test_searches_that_end_in_one_place_are_one_point_of_the_frontier():
    """One lever moves all that there is from one to the other: ends a hair apart are no two points."""
    box = Box(lambda x: (np.array([1.0 - x[0], x[0]]), np.array([[-1.0], [1.0]])), 1)
    found = sifted(box, [0, 1], [np.array([at]) for at in (0.0, 0.0002, 0.5, 0.5001, 1.0)])
    np.testing.assert_allclose(found.points, [[0.0], [0.5], [1.0]])
    assert found.dominated == 0


def test_a_lever_that_one_party_does_not_feel_is_set_for_the_others():
    """The first two pull at lever 0; lever 1 is felt by the third alone: everywhere on the frontier it has all of it."""

    def gains(x):
        return np.array([x[0], 1.0 - x[0] ** 2, x[1]]), np.array([[1.0, 0.0], [-2.0 * x[0], 0.0], [0.0, 1.0]])

    box = Box(gains, 2)
    found = frontier_of_many(box, [0, 1, 2], [np.array([0.4, 0.2])], 10, np.full(3, -np.inf))
    np.testing.assert_allclose([x[1] for x in found.points], 1.0, atol=1e-6)
    assert len(found.points) >= 3
