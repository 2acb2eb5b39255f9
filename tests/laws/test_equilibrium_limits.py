"""Limits and closed forms of the equilibrium engine: each nest, each kind of factor, first-order effects, aggregation.

Sources are in each docstring. "Everything" is the random technology of `tests/accounts.py`: nests with elasticities of their own, two
factors, fixed inputs and scale economies at once.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.engines.equilibrium import (
    HOUSEHOLD,
    Accounts,
    BaseEconomy,
    Equilibrium,
    Wedges,
    calibrate,
    cobb_douglas,
    no_change,
    solve,
)
from accounts import random_accounts, random_base, random_scenario
from engines.built import TIGHT, closed, economy

seeds = st.integers(0, 2**16)
ELASTICITIES = ("value_added_materials", "factors", "materials", "energy", "final", "final_energy")


def with_technology(base: BaseEconomy, **changes) -> BaseEconomy:
    """Return `base` with other elasticities: shares and levels do not depend on them."""
    return base._replace(technology=base.technology._replace(**changes))


def all_ones(base: BaseEconomy) -> BaseEconomy:
    """Return `base` with every elasticity at one and no fixed inputs."""
    technology = base.technology
    ones = {name: np.ones_like(getattr(technology, name)) for name in ELASTICITIES}
    return with_technology(base, **ones, fixed_input=np.zeros_like(technology.fixed_input))


def two_energy_products(seed: int) -> BaseEconomy:
    """Return a base in which every nest has several members: two energy products of four, two factors."""
    return random_base(seed, sectors=4, technology="everything")


def results(state: Equilibrium) -> np.ndarray:
    """What is compared: real consumption, output and prices, as changes."""
    base = state.base
    output = solve(base, no_change(base), TIGHT).output
    consumption = state.household_consumption / base.final_spending[:, HOUSEHOLD]
    return np.concatenate([consumption, (state.output / output).ravel(), state.use_price_hat.ravel()])


# Cobb-Douglas and Leontief as limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", ["at one", "elsewhere"])
@pytest.mark.parametrize("name", ELASTICITIES)
def test_each_nest_has_cobb_douglas_as_its_limit_from_both_sides(name, others):
    """Arrow, Chenery, Minhas and Solow (1961): CES tends to Cobb-Douglas as its elasticity tends to one; the nest is live."""
    base = two_energy_products(3)
    if others == "at one":
        base = all_ones(base)
    one = np.ones_like(getattr(base.technology, name))
    scenario = random_scenario(3, base)

    def at(elasticity: float) -> np.ndarray:
        return results(solve(with_technology(base, **{name: elasticity * one}), scenario, TIGHT))

    exactly = at(1.0)
    for near in (1.0 - 1e-6, 1.0 + 1e-6):
        assert_allclose(at(near), exactly, rtol=1e-5)
        assert np.max(np.abs(at(near) - exactly)) > 0.0
    assert_allclose(at(1.0 + 1e-12), exactly, rtol=1e-10)  # no digits are lost next to one
    assert_allclose(0.5 * (at(1.0 - 1e-4) + at(1.0 + 1e-4)), exactly, rtol=1e-6)
    assert np.max(np.abs(at(0.5) / exactly - 1.0)) > 1e-4


def test_exactly_one_in_the_nested_equations_is_exactly_the_cobb_douglas_case():
    """An elasticity among energy products where none is energy changes nothing, but makes the engine use its nests."""
    base = all_ones(two_energy_products(5))
    base = with_technology(base, energy_product=np.zeros(4, dtype=bool))
    scenario = random_scenario(5, base)
    nested = solve(with_technology(base, energy=np.full(4, 2.0)), scenario, TIGHT)
    plain = solve(base, scenario, TIGHT)
    assert_allclose(results(nested), results(plain), rtol=1e-11)


def test_energy_nests_at_one_within_materials_at_one_are_one_flat_cobb_douglas():
    base = all_ones(two_energy_products(6))
    scenario = random_scenario(6, base)
    nested = with_technology(base, factors=np.where(np.arange(4) == 0, 1.0 + 1e-12, 1.0))
    state = solve(nested, scenario, TIGHT)
    unit_cost = scenario.input_cost.sum(axis=(1, 2)) + scenario.factor_cost.sum(axis=1)
    recipe = scenario.input_cost / unit_cost[:, None, None, :]
    assert_allclose(state.input_share.reshape(base.input_share.shape), recipe, rtol=1e-9)
    assert_allclose(state.final_share.reshape(base.final_share.shape), base.final_share, rtol=1e-9)
    assert_allclose(results(state), results(solve(base, scenario, TIGHT)), rtol=1e-9)


def input_quantities(state: Equilibrium) -> np.ndarray:
    """Change of the quantity of each product in each sector (n, m, j)."""
    base = state.base
    regions, groups, sectors, using = base.input_share.shape
    cost = (1.0 - state.scenario.output_tax + state.scenario.subsidy) * state.output
    base_state = solve(base, no_change(base), TIGHT)
    base_cost = (1.0 - base.output_tax + base.subsidy) * base_state.output
    price = state.price_hat.transpose(2, 0, 1).reshape(regions, groups * sectors)
    before = base.input_share.reshape(regions, groups * sectors, using)
    value = state.input_share * cost[:, None, :] / (before * base_cost[:, None, :])
    return value / price[:, :, None]


def leontief(base: BaseEconomy) -> BaseEconomy:
    """Return `base` with no substitution among materials, nor between them and value added; no fixed inputs, no scale."""
    technology = base.technology
    return with_technology(
        base,
        value_added_materials=np.zeros_like(technology.value_added_materials),
        materials=np.zeros_like(technology.materials),
        energy=np.zeros_like(technology.energy),
        fixed_input=np.zeros_like(technology.fixed_input),
        scale=np.zeros_like(technology.scale),
    )


@pytest.mark.slow
def test_materials_without_substitution_are_used_in_fixed_proportions_to_output():
    """Leontief limit: every input moves with the physical output of its user."""
    base = leontief(two_energy_products(7))
    scenario = random_scenario(7, base)._replace(
        productivity_hat=np.ones((3, 4)), input_cost=base.input_share, factor_cost=base.factor_share
    )
    state = solve(base, scenario, TIGHT)
    bundle = input_quantities(state)
    assert_allclose(bundle, np.broadcast_to(bundle[:, :1], bundle.shape), rtol=1e-9)
    assert np.ptp(state.price_hat) > 0.1
    price = state.unit_cost_hat.T
    base_output = solve(base, no_change(base), TIGHT).output
    assert_allclose(bundle[:, 0], state.output / base_output / price, rtol=1e-9)


def test_the_limit_of_no_substitution_is_no_substitution():
    base = leontief(two_energy_products(8))
    near = {name: np.full(4, 1e-7) for name in ("value_added_materials", "materials", "energy")}
    scenario = random_scenario(8, base)
    exact = results(solve(base, scenario, TIGHT))
    assert_allclose(results(solve(with_technology(base, **near), scenario, TIGHT)), exact, rtol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_inputs_in_fixed_proportions_are_elasticities_of_zero(seed):
    """All inputs fixed: the same economy as no substitution among materials and with value added, whatever those elasticities say."""
    base = leontief(two_energy_products(seed))
    drawn = two_energy_products(seed).technology
    fixed = with_technology(
        base,
        fixed_input=np.ones((4, 4), dtype=bool),
        value_added_materials=drawn.value_added_materials,
        materials=drawn.materials,
        energy=drawn.energy,
    )
    scenario = random_scenario(seed, base)
    assert_allclose(results(solve(fixed, scenario, TIGHT)), results(solve(base, scenario, TIGHT)), rtol=1e-9)


def test_one_fixed_input_is_an_elasticity_of_zero_where_its_user_buys_nothing_else():
    """Crude oil in refining: the pair (0, 1) fixed, or no substitution between value added and materials in sector 1 alone."""
    accounts = random_accounts(2, wedges=False)
    accounts.intermediate[:, 1:, :, 1] = 0.0
    technology = cobb_douglas(3, 3, np.array([4.0, 6.0, 3.0]))
    base = calibrate(accounts._replace(technology=technology), [np.ones(6)])
    pair = np.zeros((3, 3), dtype=bool)
    pair[0, 1] = True
    scenario = random_scenario(2, base)
    fixed = solve(with_technology(base, fixed_input=pair), scenario, TIGHT)
    rigid = solve(with_technology(base, value_added_materials=np.array([1.0, 0.0, 1.0])), scenario, TIGHT)
    assert_allclose(results(fixed), results(rigid), rtol=1e-10)
    assert np.max(np.abs(results(fixed) / results(solve(base, scenario, TIGHT)) - 1.0)) > 1e-4


# Factors ----------------------------------------------------------------------------------------------------------------------


def two_factors(seed: int, specificity: float) -> BaseEconomy:
    base = random_base(seed, technology="everything")
    return with_technology(base, specificity=np.array([specificity, 1.0]))


def employment(state: Equilibrium) -> np.ndarray:
    """Change of each factor's employment by market (n, v, s)."""
    return state.factor_demand / state.base.factor_income / state.factor_price_hat


@given(seed=seeds)
@settings(max_examples=10)
def test_a_specific_factor_stays_in_its_sector(seed):
    """Specific factors (Jones 1971): employment in each sector moves with total supply alone."""
    base = two_factors(seed, 0.0)
    scenario = random_scenario(seed, base)
    state = solve(base, scenario, TIGHT)
    stays = np.broadcast_to(scenario.factor_supply_hat[:, 1:], (3, 3))
    assert_allclose(employment(state)[:, 1], stays, rtol=1e-9)
    assert_allclose(state.employment_hat, scenario.factor_supply_hat, rtol=1e-9)


@given(seed=seeds)
@settings(max_examples=10)
def test_a_mobile_factor_earns_the_same_everywhere(seed):
    """Mobility: one price a region, and employment over sectors adds up to supply."""
    base = two_factors(seed, 0.0)
    scenario = random_scenario(seed, base)
    state = solve(base, scenario, TIGHT)
    price = state.factor_price_hat[:, 0]
    assert_allclose(price, np.broadcast_to(price[:, :1], price.shape), rtol=1e-10)
    employed = (employment(state) * base.factor_income)[:, 0].sum(axis=1) / base.factor_income[:, 0].sum(
        axis=1
    )
    assert_allclose(employed, scenario.factor_supply_hat[:, 0], rtol=1e-9)


@given(seed=seeds, specificity=st.sampled_from([0.2, 0.5, 0.9]))
@settings(max_examples=10)
def test_between_the_two_supply_follows_a_constant_elasticity_of_transformation(seed, specificity):
    """Powell and Gruen (1968): L_s / L = (w_s / W)^nu with W the dual index and nu = (1 - omega) / omega."""
    base = two_factors(seed, specificity)
    scenario = random_scenario(seed, base)
    state = solve(base, scenario, TIGHT)
    nu = (1.0 - specificity) / specificity
    price = state.factor_price_hat[:, 0]
    share = base.factor_income[:, 0] / base.factor_income[:, 0].sum(axis=1, keepdims=True)
    index = np.sum(share * price ** (1.0 + nu), axis=1, keepdims=True) ** (1.0 / (1.0 + nu))
    supplied = scenario.factor_supply_hat[:, :1] * (price / index) ** nu
    assert_allclose(employment(state)[:, 0], supplied, rtol=1e-9)
    assert_allclose(state.employment_hat, scenario.factor_supply_hat, rtol=1e-9)


@pytest.mark.parametrize("specificity", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("elasticity", [0.4, 2.5])
def test_relative_wages_of_two_sectors_follow_the_closed_form(specificity, elasticity):
    """Closed, no inputs: demand w1/w2 = (V1/V2)^omega with V1/V2 = (w1 A2 / (w2 A1))^(1 - sigma); solved by hand."""
    technology = cobb_douglas(2, 1, np.full(2, 5.0))._replace(
        final=np.array([elasticity]), specificity=np.array([specificity])
    )
    base = economy(closed(2, [0.3, 0.7]), technology)
    better = no_change(base)._replace(productivity_hat=np.array([[1.2, 1.0]]))
    price = solve(base, better, TIGHT).factor_price_hat[0, 0]
    pull = specificity * (1.0 - elasticity)
    assert_allclose(price[0] / price[1], 1.2 ** (-pull / (1.0 - pull)), rtol=1e-9)


def one_sector(elasticity: float, labour_share: float) -> BaseEconomy:
    technology = cobb_douglas(1, 1, np.array([5.0]), factors=2)._replace(factors=np.array([elasticity]))
    return economy(
        closed(1, [1.0]), technology, factor_split=np.array([[[labour_share], [1 - labour_share]]])
    )


@pytest.mark.parametrize("elasticity", [0.3, 1.0, 1.7])
def test_more_of_a_factor_raises_output_by_the_production_function(elasticity):
    """Solow (1957): Y = F(L, K); all factors together in proportion, one alone by the CES function."""
    share = 0.6
    base = one_sector(elasticity, share)

    def output(labour: float, capital: float) -> float:
        supply = no_change(base)._replace(factor_supply_hat=np.array([[labour, capital]]))
        return float(solve(base, supply, TIGHT).household_consumption[0])

    power = (elasticity - 1.0) / elasticity
    alone = 1.3**share if power == 0.0 else (share * 1.3**power + 1.0 - share) ** (1.0 / power)
    assert output(1.3, 1.3) == pytest.approx(1.3, rel=1e-10)
    assert output(1.3, 1.0) == pytest.approx(alone, rel=1e-10)


@pytest.mark.parametrize("elasticity", [0.5, 1.0, 1.5])
def test_a_rigid_real_wage_is_kept_and_employment_pays_for_it(elasticity):
    """Classical unemployment: w / P at base, capital fixed, productivity A lower; L from the labour demand curve.

    Marginal product of labour A (Y / (A L))^(1/s) stays put, so Y / (A L) = A^-s; the production function gives the rest.
    """
    share, productivity = 0.6, 0.97
    base = one_sector(elasticity, share)
    scenario = no_change(base)._replace(
        productivity_hat=np.array([[productivity]]), rigid_factor=np.array([True, False])
    )
    state = solve(base, scenario, TIGHT)
    assert_allclose(state.factor_price_hat[0, 0, 0] / state.use_price_hat[0, HOUSEHOLD], 1.0, rtol=1e-10)
    employed = employment(state)[0, 0, 0]
    if elasticity == 1.0:
        expected = productivity ** (1.0 / (1.0 - share))
    else:
        power = (elasticity - 1.0) / elasticity
        per_worker = productivity**-elasticity  # Y / (A L)
        expected = ((1.0 - share) / (per_worker**power - share)) ** (1.0 / power)
    assert employed == pytest.approx(expected, rel=1e-9)
    assert_allclose(state.employment_hat, [[expected, 1.0]], rtol=1e-9)
    assert employed < 1.0
    assert_allclose(employment(state)[0, 1, 0], 1.0, rtol=1e-10)


@given(seed=seeds)
@settings(max_examples=10)
def test_a_rigid_factor_keeps_its_real_price_in_every_region(seed):
    base = two_factors(seed, 0.0)
    scenario = random_scenario(seed, base, 0.3)._replace(rigid_factor=np.array([True, False]))
    state = solve(base, scenario, TIGHT)
    real = state.factor_price_hat[:, 0] / state.use_price_hat[:, HOUSEHOLD, None]
    assert_allclose(real, 1.0, rtol=1e-10)
    assert np.ptp(employment(state)[:, 0]) > 1e-3


# First-order effects ----------------------------------------------------------------------------------------------------------


@given(seed=seeds)
@settings(max_examples=15)
def test_productivity_in_an_efficient_closed_economy_is_worth_its_domar_weight(seed):
    """Hulten (1978), "Growth Accounting with Intermediate Inputs": d(real income) = sales x d log(productivity), whatever the nests."""
    base = random_base(seed, regions=1, wedges=False, technology="everything")
    base = with_technology(base, scale=np.zeros(3))
    sales = solve(base, no_change(base), TIGHT).output[0]
    step = 1e-4
    for sector in range(3):

        def consumption(change: float, sector: int = sector) -> float:
            productivity = np.ones((1, 3))
            productivity[0, sector] = np.exp(change)
            better = no_change(base)._replace(productivity_hat=productivity)
            return float(solve(base, better, TIGHT).household_consumption[0])

        slope = (consumption(step) - consumption(-step)) / (2.0 * step)
        assert slope == pytest.approx(sales[sector], rel=1e-6)


@given(seed=seeds)
@settings(max_examples=15)
def test_small_tariffs_at_free_trade_move_income_between_regions_and_lose_the_world_a_second_order_term(seed):
    """Harberger (1964): no first-order loss at an undistorted point; the loss grows with the square of the tariff."""
    base = random_base(seed, wedges=False, technology="everything")
    base = with_technology(base, scale=np.zeros(3))
    pattern = np.random.default_rng(seed).uniform(0.5, 1.5, (1, 3, 3, 3)) * ~np.eye(3, dtype=bool)

    def gains(rate: float) -> np.ndarray:
        wedges = base.wedges._replace(tariff=rate * pattern)
        state = solve(base, no_change(base)._replace(wedges=wedges), TIGHT)
        return state.household_consumption - base.final_spending[:, HOUSEHOLD]

    small, double = gains(1e-3), gains(2e-3)
    assert small.sum() < 0.0
    assert double.sum() / small.sum() == pytest.approx(4.0, rel=0.05)
    assert np.abs(small).max() > 10.0 * abs(small.sum())


# Aggregation ------------------------------------------------------------------------------------------------------------------


def halved(array: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Split the first label of each axis in two equal halves of what it adds up to."""
    for axis in axes:
        half = np.take(array, [0], axis=axis) / 2.0
        array = np.concatenate([half, half, np.delete(array, 0, axis=axis)], axis=axis)
    return array


def doubled(array: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Repeat the first label of each axis: rates and elasticities are the same in both halves."""
    for axis in axes:
        array = np.concatenate([np.take(array, [0], axis=axis), array], axis=axis)
    return array


def doubled_wedges(wedges: Wedges, axes: tuple[int, ...]) -> Wedges:
    return Wedges(*(doubled(rate, axes) for rate in wedges))


@given(seed=seeds)
@settings(max_examples=10)
def test_two_identical_countries_are_one_twice_as_large_whatever_the_technology(seed):
    """A country split in two identical halves that trade freely changes nothing for the others; its halves share its result."""
    whole = random_accounts(seed, technology="everything")
    halves = Accounts(
        halved(whole.intermediate, (0, 2)),
        halved(whole.final, (0, 2)),
        doubled_wedges(whole.wedges, (2, 3)),
        doubled(whole.output_tax, (0,)),
        whole.technology,
        doubled(whole.factor_split, (0,)),
    )
    base, split = calibrate(whole, [np.ones(6)]), calibrate(halves, [np.ones(6)])
    scenario = random_scenario(seed, base)
    cells = {
        "trade_cost_hat": doubled(scenario.trade_cost_hat, (2, 3)),
        "wedges": doubled_wedges(scenario.wedges, (2, 3)),
        "productivity_hat": doubled(scenario.productivity_hat, (0,)),
        "factor_supply_hat": doubled(scenario.factor_supply_hat, (0,)),
        "input_cost": doubled(scenario.input_cost, (0,)),
        "factor_cost": doubled(scenario.factor_cost, (0,)),
    }
    parts = {name: getattr(scenario, name) for name in cells}
    state = solve(base, no_change(base)._replace(**parts), TIGHT)
    halved_state = solve(split, no_change(split)._replace(**cells), TIGHT)
    consumption = halved_state.household_consumption
    assert_allclose(consumption[2:], state.household_consumption[1:], rtol=1e-9)
    assert_allclose(consumption[:2], state.household_consumption[0] / 2.0, rtol=1e-9)


@given(seed=seeds, specificity=st.sampled_from([0.0, 0.4, 1.0]))
@settings(max_examples=10)
def test_two_identical_sectors_are_one_twice_as_large(seed, specificity):
    """A product split in two identical halves, made by identical halves of its sector: nothing changes for anybody."""
    whole = random_accounts(seed, technology="everything")
    technology = whole.technology._replace(specificity=np.array([specificity, 1.0]))
    by_sector = (
        "trade",
        "value_added_materials",
        "factors",
        "materials",
        "energy",
        "energy_product",
        "scale",
    )
    split_technology = technology._replace(
        **{name: doubled(getattr(technology, name), (0,)) for name in by_sector},
        fixed_input=doubled(technology.fixed_input, (0, 1)),
    )
    halves = Accounts(
        halved(whole.intermediate, (1, 3)),
        halved(whole.final, (1,)),
        doubled_wedges(whole.wedges, (1,)),
        doubled(whole.output_tax, (1,)),
        split_technology,
        doubled(whole.factor_split, (2,)),
    )
    base = calibrate(whole._replace(technology=technology), [np.ones(6)])
    split = calibrate(halves, [np.ones(7)])
    scenario = random_scenario(seed, base)
    split_scenario = scenario._replace(
        trade_cost_hat=doubled(scenario.trade_cost_hat, (1,)),
        availability=doubled(scenario.availability, (1,)),
        wedges=doubled_wedges(scenario.wedges, (1,)),
        productivity_hat=doubled(scenario.productivity_hat, (1,)),
        output_tax=doubled(scenario.output_tax, (1,)),
        subsidy=doubled(scenario.subsidy, (1,)),
        subsidy_payer=doubled(scenario.subsidy_payer, (1,)),
        purchases=halved(scenario.purchases, (2,)),
        input_cost=doubled(halved(scenario.input_cost, (2,)), (3,)),
        factor_cost=doubled(scenario.factor_cost, (2,)),
    )
    state, split_state = solve(base, scenario, TIGHT), solve(split, split_scenario, TIGHT)
    assert_allclose(split_state.household_consumption, state.household_consumption, rtol=1e-9)
    assert_allclose(split_state.output[:, :2], state.output[:, :1] / 2.0 * np.ones(2), rtol=1e-9)
    assert_allclose(split_state.output[:, 2:], state.output[:, 1:], rtol=1e-9)
    assert_allclose(split_state.unit_cost_hat[1:], state.unit_cost_hat, rtol=1e-9)
