"""Many draws of one economy: the same bits however they are split, in order, and none lost when someone stops."""

from __future__ import annotations

import signal
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.engines.equilibrium import Options, no_change, solve
from accord.engines.equilibrium.draws import solve_batch, solve_many, summary, with_trade_elasticity
from accord.errors import EngineError
from accounts import random_base, random_scenario

DRAWS = 12


@pytest.fixture(scope="module")
def base():
    return random_base(3)


@pytest.fixture(scope="module")
def scenarios(base):
    return [random_scenario(seed, base, 0.5) for seed in range(DRAWS)]


@pytest.fixture(scope="module")
def elasticities(base):
    draw = np.random.default_rng(0)
    theta = base.technology.trade
    return [with_trade_elasticity(base, theta * draw.lognormal(0.0, 0.2, theta.shape)) for _ in range(DRAWS)]


@pytest.fixture(scope="module")
def alone(base, scenarios):
    return [summary(solve(base, scenario)) for scenario in scenarios]


def _same_bits(draws, expected):
    assert [number for number, _ in draws] == list(range(len(expected)))
    for (_, found), wanted in zip(draws, expected, strict=True):
        assert found.household_consumption.tobytes() == wanted.household_consumption.tobytes()
        assert found[1:] == wanted[1:]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_same_bits_on_any_number_of_threads(base, scenarios, alone, threads):
    _same_bits(list(solve_many(base, scenarios, threads=threads)), alone)


@pytest.mark.parametrize("size", [1, 5, 11])
def test_the_same_bits_however_draws_are_split_over_calls(base, scenarios, alone, size):
    parts = [scenarios[begin : begin + size] for begin in range(0, DRAWS, size)]
    found = [result for part in parts for _, result in solve_many(base, part)]
    _same_bits(list(enumerate(found)), alone)


def test_the_same_bits_in_reverse_order(base, scenarios, alone):
    _same_bits(list(solve_many(base, reversed(scenarios))), alone[::-1])


def test_each_base_may_have_elasticities_of_its_own(scenarios, elasticities):
    expected = [summary(solve(base, scenarios[0])) for base in elasticities]
    _same_bits(list(solve_many(elasticities, scenarios[0])), expected)
    welfare = {found.household_consumption.tobytes() for found in expected}
    assert len(welfare) == DRAWS  # elasticities matter, so the comparison says something


def test_bases_and_scenarios_pair_up_or_it_is_an_error(scenarios, elasticities):
    expected = [summary(solve(*pair)) for pair in zip(elasticities, scenarios, strict=True)]
    _same_bits(list(solve_many(elasticities, scenarios)), expected)
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        list(solve_many(elasticities, scenarios[:3]))


def test_whole_equilibria_are_those_of_a_single_solve(base, scenarios):
    (_, first), *_ = solve_many(base, scenarios, keep=lambda equilibrium: equilibrium)
    single = solve(base, scenarios[0])
    assert first.base is base
    assert first.scenario is scenarios[0]
    assert first.output.tobytes() == single.output.tobytes()
    assert isinstance(first.flows_before_duty, np.ndarray)


def test_no_draws_give_no_results(base):
    assert list(solve_many(base, [])) == []
    assert list(solve_batch(base, [])) == []


@pytest.mark.parametrize("threads", [0, -1])
def test_fewer_than_one_thread_is_an_error_at_once(base, threads):
    with pytest.raises(ValueError, match="at least 1"):
        solve_many(base, no_change(base), threads=threads)


def test_progress_is_told_after_every_draw(base, scenarios):
    told: list[int] = []
    list(solve_many(base, scenarios, progress=told.append))
    assert told == list(range(1, DRAWS + 1))


def test_scenarios_are_read_no_further_than_needed(base, scenarios):
    read: list[int] = []

    def endless():
        while True:
            read.append(1)
            yield scenarios[len(read) % DRAWS]

    draws = solve_many(base, endless(), threads=2)
    next(draws)
    assert len(read) <= 5
    draws.close()
    assert _threads() == 0


def _threads() -> int:
    return sum(thread.name.startswith("accord-draw") for thread in threading.enumerate())


@pytest.fixture
def interruptible():
    """Ctrl-C raises KeyboardInterrupt, as for a user; the workers of pytest-xdist ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_leaves_the_finished_draws_and_no_thread(base, scenarios, alone):
    finished = []

    def interrupted_by_the_user(count):
        if count == 5:
            signal.raise_signal(signal.SIGINT)

    def collect():
        finished.extend(solve_many(base, scenarios, progress=interrupted_by_the_user))

    def collect_one_by_one():
        for draw in solve_many(base, scenarios, progress=interrupted_by_the_user):
            finished.append(draw)  # noqa: PERF402 - `extend` would be the other case

    for collecting in (collect, collect_one_by_one):
        finished.clear()
        with pytest.raises(KeyboardInterrupt):
            collecting()
        _same_bits(finished, alone[:4])
        assert _threads() == 0


def _impossible(base):
    """Gives away more than the region has."""
    gift = np.array([-2.0, 1.0, 1.0]) * base.final_spending.sum()
    return no_change(base)._replace(transfer=gift)


@pytest.mark.slow
def test_a_draw_without_equilibrium_is_named(base, scenarios):
    mixed = [*scenarios[:2], _impossible(base), *scenarios[2:4]]
    found = []
    with pytest.raises(EngineError, match=r"^draw 2: "):
        found.extend(solve_many(base, mixed, Options(most_continuation_steps=3)))
    assert len(found) == 2
    with pytest.raises(EngineError, match=r"^draw 2: "):
        list(solve_batch(base, mixed, Options(most_continuation_steps=3, max_iterations=200), size=3))


def test_a_draw_without_equilibrium_can_be_kept_beside_the_others(base, scenarios, alone):
    mixed = [*scenarios[:2], _impossible(base), *scenarios[2:4]]
    found = list(solve_many(base, mixed, Options(most_continuation_steps=3), keep_failures=True))
    assert isinstance(found[2][1], EngineError)
    kept = [result for _, result in found if not isinstance(result, EngineError)]
    _same_bits(list(enumerate(kept)), alone[:4])


@pytest.mark.parametrize("size", [5, 12])
def test_batches_agree_with_single_solves_to_the_tolerance(base, scenarios, alone, size):
    found = list(solve_batch(base, scenarios, size=size))
    assert [number for number, _ in found] == list(range(DRAWS))
    for (_, batch), single in zip(found, alone, strict=True):
        assert_allclose(batch.household_consumption, single.household_consumption, rtol=1e-9)
        assert batch.residual < 1e-10


@pytest.mark.slow
def test_batches_draw_elasticities_too_and_one_draw_is_a_batch(scenarios, elasticities):
    expected = [solve(base, scenarios[0]).household_consumption for base in elasticities[:5]]
    for size in (1, 5):
        found = [
            result.household_consumption
            for _, result in solve_batch(elasticities[:5], scenarios[0], size=size)
        ]
        assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.slow
def test_a_draw_that_needs_continuation_gets_it_in_a_batch(base, scenarios):
    options = Options(max_iterations=15)
    hard = random_scenario(1, base, 1.0)
    (_, single), *_ = solve_many(base, [hard, scenarios[0]], options)
    (_, batch), *_ = solve_batch(base, [hard, scenarios[0]], options, size=2)
    assert single.continuation_steps == batch.continuation_steps > 1
