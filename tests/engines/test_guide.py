"""Where the general solver begins: wherever that is, it finds the same equilibrium, in fewer evaluations, and order does not matter."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from accord.adapters.equilibrium import build_model
from accord.engines.equilibrium import Guide, Options, Solver, no_imbalance
from accord.world import read_world
from accounts import random_base as imbalanced
from accounts import random_scenario as any_scenario


def balanced_base(seed):
    """A base, a scenario that changes much in it, and another one; none has imbalances."""
    base = imbalanced(seed)
    calm = no_imbalance(base.shape[2])
    base = base._replace(imbalance=calm)
    return base, *(any_scenario(own, base, 0.5)._replace(imbalance=calm) for own in (seed, seed + 1))


def test_the_general_solver_confirms_what_is_foretold():
    for seed in range(3):
        base, scenario, _ = balanced_base(seed)
        guide = Guide.of(base)
        assert guide is not None
        from_base = Solver(base, Options())(scenario)
        guided = Solver(base, Options(), guide=guide)(scenario)
        assert guided.stats.largest_residual <= Options().tolerance
        assert guided.stats.iterations < 0.5 * from_base.stats.iterations
        assert_allclose(guided.household_consumption, from_base.household_consumption, rtol=1e-11)
        assert_allclose(guided.output, from_base.output, rtol=1e-10)


def test_other_elasticities_are_foretold_by_the_same_guide():
    base, scenario, _ = balanced_base(3)
    guide = Guide.of(base)
    other = base._replace(technology=base.technology._replace(trade=1.7 * base.technology.trade))
    from_base = Solver(other, Options())(scenario)
    guided = Solver(other, Options(), guide=guide)(scenario)
    assert guided.stats.iterations < 0.5 * from_base.stats.iterations
    assert_allclose(guided.household_consumption, from_base.household_consumption, rtol=1e-11)


def test_what_was_asked_before_changes_no_bit():
    base, scenario, other = balanced_base(4)
    guide = Guide.of(base)
    first, second = Solver(base, Options(), guide=guide), Solver(base, Options(), guide=Guide.of(base))
    alone = first(scenario)
    second(other)
    after = second(scenario)
    assert_array_equal(alone.point, after.point)
    assert_array_equal(alone.household_consumption, after.household_consumption)


def test_a_guide_that_leads_nowhere_costs_nothing_but_time(monkeypatch):
    """A point that is far off, or none at all: the result is that of a solve from the base, to the bit."""
    base, scenario, _ = balanced_base(5)
    from_base = Solver(base, Options())(scenario)
    for foretold in (None, np.full_like(from_base.point, np.nan)):
        solver = Solver(base, Options(), guide=Guide.of(base))
        monkeypatch.setattr(type(solver.foretelling), "point", lambda *_, there=foretold: there)
        again = solver(scenario)
        assert_array_equal(again.point, from_base.point)
        assert again.stats == from_base.stats


@pytest.mark.parametrize("part", ["scale", "specificity"])
def test_no_guide_where_the_quick_solver_does_not_fit(part):
    """Economies of scale above all: with them equilibria may be several, and the one nearest to the base is meant."""
    base, _, _ = balanced_base(6)
    technology = base.technology._replace(**{part: np.full_like(getattr(base.technology, part), 0.3)})
    assert Guide.of(base._replace(technology=technology)) is None


@pytest.mark.slow
def test_the_jacobian_has_the_same_bytes_on_any_number_of_threads():
    """It steers whatever comes after it, to the last digits; BLAS shares matrices of a World's size between threads."""
    threadpoolctl = pytest.importorskip("threadpoolctl")
    world, found = read_world("embedded"), []
    for threads in (1, 2):
        with threadpoolctl.threadpool_limits(limits=threads, user_api="blas"):
            chord = build_model(world, [], guide="own").guide.chord
        found.append((chord.costs.data.tobytes(), chord.outputs.data.tobytes(), chord.by_factor.tobytes()))
    assert found[0] == found[1]
