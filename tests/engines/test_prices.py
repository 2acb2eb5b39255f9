"""The price engine beside independent dense calculations and closed forms, on arrays alone."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.engines.prices import (
    PriceBase,
    PriceShock,
    PriceSystem,
    base_of,
    heaviest_chains,
    input_parts,
    no_shock,
)
from accord.engines.prices.equations import first_round, transmitted
from accord.errors import EngineError

seeds = st.integers(0, 2**16)


def random_prices(seed: int, *, fixed: bool = False) -> tuple[PriceBase, PriceShock]:
    draw = np.random.default_rng(seed)
    producers, users = 12, 6
    flows = draw.gamma(1.0, 1.0, (producers, producers))
    tax = draw.uniform(-0.05, 0.15, producers)
    output = flows.sum(axis=0) / draw.uniform(0.3, 0.7, producers)
    base = base_of(flows, draw.gamma(1.0, 1.0, (producers, users)), output, tax)
    shock = PriceShock(
        draw.uniform(-0.1, 0.2, producers),
        draw.uniform(-0.05, 0.05, users),
        draw.uniform(0.0, 1.0, producers),
        np.where(draw.uniform(size=producers) < 0.3, draw.uniform(-0.3, 1.0, producers), np.nan)
        if fixed
        else np.full(producers, np.nan),
    )
    return base, shock


def dense(base: PriceBase, shock: PriceShock) -> np.ndarray:
    """METHODS section 10 by blocks and with an inverse, as a textbook would: endogenous N, exogenous X."""
    given_price = ~np.isnan(shock.fixed_price)
    free = ~given_price
    keep = np.diag(shock.pass_through[free] / (1.0 - base.output_tax[free]))
    inside = base.coefficients[np.ix_(free, free)].T
    outside = base.coefficients[np.ix_(given_price, free)].T
    cost = shock.cost_change[free] + outside @ shock.fixed_price[given_price]
    prices = np.where(given_price, shock.fixed_price, 0.0)
    prices[free] = np.linalg.inv(np.eye(free.sum()) - keep @ inside) @ keep @ cost
    return prices


@given(seed=seeds, fixed=st.booleans())
def test_prices_equal_an_independent_dense_calculation(seed, fixed):
    base, shock = random_prices(seed, fixed=fixed)
    found = PriceSystem(base, shock).solve(shock)
    expected = dense(base, shock)
    assert_allclose(found.producer, expected, rtol=1e-9, atol=1e-12)
    assert_allclose(found.basket, base.baskets.T @ expected + shock.basket_change, rtol=1e-9, atol=1e-12)


@given(seed=seeds, fixed=st.booleans())
def test_many_shocks_from_one_factorisation_equal_one_at_a_time(seed, fixed):
    base, shock = random_prices(seed, fixed=fixed)
    system = PriceSystem(base, shock)
    shocks = [shock, shock._replace(cost_change=2.0 * shock.cost_change)]
    for one, many in zip([system.solve(shock) for shock in shocks], system.solve_many(shocks), strict=True):
        assert_allclose(one.producer, many.producer, rtol=1e-9, atol=1e-12)


@given(seed=seeds)
def test_prices_are_one_at_base(seed):
    base, _ = random_prices(seed)
    shock = no_shock(base)
    found = PriceSystem(base, shock).solve(shock)
    assert np.array_equal(found.producer, np.zeros(12))
    # The base equation itself: one = inputs + tax + value added.
    assert_allclose(base.coefficients.sum(axis=0) + base.output_tax + base.value_added_share, 1.0)


@given(seed=seeds, rise=st.floats(-0.5, 3.0))
def test_when_value_added_rises_everywhere_all_prices_rise_alike(seed, rise):
    base, _ = random_prices(seed)
    shock = no_shock(base)._replace(cost_change=rise * base.value_added_share)
    found = PriceSystem(base, shock).solve(shock)
    assert_allclose(found.producer, rise, rtol=1e-9, atol=1e-12)
    assert_allclose(found.basket, rise, rtol=1e-9, atol=1e-12)


@given(seed=seeds, fixed=st.booleans())
def test_value_added_absorbs_what_prices_do_not_pass_on(seed, fixed):
    base, shock = random_prices(seed, fixed=fixed)
    found = PriceSystem(base, shock).solve(shock)
    free = np.isnan(shock.fixed_price)
    kept = -(1.0 - shock.pass_through) * found.unit_cost
    assert_allclose(found.value_added[free], kept[free], rtol=1e-8, atol=1e-12)
    # Accounts at new prices: receipts = inputs + tax + value added, for fixed prices too.
    receipts = 1.0 + found.producer
    inputs = base.coefficients.sum(axis=0) + found.unit_cost
    value_added = base.value_added_share + found.value_added
    assert_allclose(receipts * (1.0 - base.output_tax), inputs + value_added, rtol=1e-9)


@given(seed=seeds)
def test_input_parts_and_the_first_round_add_up_to_each_price_change(seed):
    base, shock = random_prices(seed)
    found = PriceSystem(base, shock).solve(shock)
    matrix, first = transmitted(base, shock), first_round(base, shock)
    for producer in range(12):
        parts = input_parts(matrix[:, producer], found.producer)
        assert_allclose(parts.sum() + first[producer], found.producer[producer], rtol=1e-8, atol=1e-12)


def test_heaviest_chains_are_those_of_an_enumeration():
    base, shock = random_prices(3)
    shock = shock._replace(cost_change=np.abs(shock.cost_change))
    found = PriceSystem(base, shock).solve(shock)
    matrix, first = transmitted(base, shock), first_round(base, shock)
    target = base.baskets[:, 0]
    every = []
    for length in (1, 2, 3, 4):
        for path in product(range(12), repeat=length):
            weight = target[path[-1]] * np.prod([matrix[a, b] for a, b in pairwise(path)])
            every.append((weight * first[path[0]], path))
    every.sort(reverse=True)
    chains = heaviest_chains(matrix, first, found.producer, target, top=10, floor=1e-6)
    assert [chain.producers for chain in chains] == [path for _, path in every[:10]]
    assert_allclose([chain.contribution for chain in chains], [value for value, _ in every[:10]])


def test_more_chains_carry_more_of_the_change_and_never_more_than_all_of_it():
    base, shock = random_prices(4)
    shock = shock._replace(cost_change=np.abs(shock.cost_change))
    found = PriceSystem(base, shock).solve(shock)
    target = base.baskets[:, 0]
    matrix, first = transmitted(base, shock), first_round(base, shock)
    shares = []
    for top in (10, 100, 1000):
        chains = heaviest_chains(matrix, first, found.producer, target, top=top, floor=1e-5)
        shares.append(sum(chain.contribution for chain in chains) / (target @ found.producer))
    assert shares == sorted(shares)
    assert 0.8 < shares[-1] <= 1.0


def test_two_producers_in_a_row_by_hand():
    # Gas makes half of the cost of power, power a fifth of the cost of bread; nothing else is bought.
    base = base_of(
        np.array([[0.0, 50.0, 0.0], [0.0, 0.0, 20.0], [0.0, 0.0, 0.0]]),
        np.array([[0.0], [80.0], [100.0]]),
        np.array([50.0, 100.0, 100.0]),
        np.zeros(3),
    )
    doubled = no_shock(base)._replace(fixed_price=np.array([1.0, np.nan, np.nan]))
    found = PriceSystem(base, doubled).solve(doubled)
    assert_allclose(found.producer, [1.0, 0.5, 0.1])
    assert_allclose(found.basket, [(80 * 0.5 + 100 * 0.1) / 180])
    assert_allclose(found.value_added, [1.0, 0.0, 0.0], atol=1e-15)  # the windfall of gas
    half = doubled._replace(pass_through=np.array([1.0, 0.5, 1.0]))
    found = PriceSystem(base, half).solve(half)
    assert_allclose(found.producer, [1.0, 0.25, 0.05])
    assert_allclose(found.value_added, [1.0, -0.25, 0.0], atol=1e-15)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pass_through": np.full(12, 1.2)}, r"a pass-through lies outside \[0, 1\]"),
        ({"cost_change": np.full(12, np.inf)}, "not a finite number"),
        ({"cost_change": np.zeros(3)}, r"cost_change has shape \(3,\), expected \(12,\)"),
        ({"fixed_price": np.full(12, -1.0)}, "prices stay above zero"),
        ({"cost_change": np.full(12, -5.0)}, "prices would fall to zero or below"),
    ],
)
def test_impossible_numbers_are_refused_with_a_reason(change, message):
    base, _ = random_prices(5)
    shock = no_shock(base)._replace(**change)
    with pytest.raises(EngineError, match=message):
        PriceSystem(base, shock).solve(shock)


def test_a_system_refuses_shocks_of_another_rule():
    base, shock = random_prices(6)
    system = PriceSystem(base, no_shock(base))
    with pytest.raises(EngineError, match="another pass-through"):
        system.solve(shock)
