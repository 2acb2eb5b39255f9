"""Equilibria and derivatives that learn from their neighbours are those of the general solver."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.adapters.directions import scenario_speed
from accord.engines.equilibrium import directional, welfare_gradients
from accord.engines.equilibrium.linearised import Nearby
from accord.engines.equilibrium.outcomes import levels, outcomes
from accord.programme import read_programme
from accord.programme.model import ModelOptions
from accord.study.near import Neighbourhood
from accord.study.prepare import prepare
from accord.world import read_world

pytestmark = pytest.mark.medium

UNION = read_programme(Path(__file__).parent / "toy_union.toml")


@pytest.fixture(scope="module")
def prepared():
    return prepare(UNION, read_world("toy"))


def test_equilibria_are_those_of_the_general_solver_wherever_they_begin(prepared):
    near = Neighbourhood(prepared)
    only = dict.fromkeys(prepared.measures, 0.0)
    nothing = near.solve(prepared.shocks(only))
    singles = [near.solve(prepared.shocks({**only, name: 1.0}), nothing) for name in prepared.measures]
    for inside in ([], [0], list(range(len(singles)))):
        chosen = {**only, **{prepared.measures[place]: 1.0 for place in inside}}
        start = near.foretold(nothing, [singles[place] for place in inside])
        found, exact = near.solve(prepared.shocks(chosen), start), prepared.solve(chosen)
        assert found.state is not None, "the quick solver has all that this programme needs"
        assert_allclose(found.levels, levels(exact), rtol=1e-10)
        assert_allclose(found.household_consumption, exact.household_consumption, rtol=1e-10)
        assert_allclose(found.point, exact.point, atol=1e-8)


def test_what_the_quick_solver_lacks_is_solved_by_the_general_one():
    shared = prepare(UNION.only(["papers"]), read_world("toy"), ModelOptions(closure="world-share"))
    found = Neighbourhood(shared).solve(shared.shocks())
    assert found.state is None
    assert_allclose(found.levels, levels(shared.everything), rtol=1e-12)


@pytest.mark.slow  # the other way of each compiles for many seconds
def test_derivatives_are_those_of_one_at_a_time(prepared):
    near, nearby = Neighbourhood(prepared), Nearby()
    for share in (0.2, 0.8):
        at = dict.fromkeys(prepared.measures, share)
        state, exact = near.solve(prepared.shocks(at)), prepared.solve(at)

        def moved(name, share=share, at=at):
            return lambda shift: prepared.shocks({**at, name: share + shift})

        speeds = [scenario_speed(prepared.model, moved(name)) for name in prepared.measures]
        found = nearby.directional(state, speeds, outcomes)
        for speed, slope in zip(speeds, found, strict=True):
            assert_allclose(slope, directional(exact, speed, outcome=outcomes), rtol=1e-6, atol=1e-6)
        expected = welfare_gradients(exact, [0, 1])
        for one, other in zip(nearby.welfare_gradients(state, [0, 1]), expected, strict=True):
            assert_allclose(one.scenario.transfer, other.scenario.transfer, rtol=1e-8, atol=1e-9)
            assert_allclose(one.scenario.trade_cost_hat, other.scenario.trade_cost_hat, rtol=1e-6, atol=1e-6)
        slopes = np.array([slope[0, :2] for slope in found])
        assert np.all(np.abs(slopes).max(axis=0) > 0.0)
