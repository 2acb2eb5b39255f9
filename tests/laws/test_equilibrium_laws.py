"""Laws that every equilibrium obeys, on random economies with every wedge present."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.engines.equilibrium import (
    HOUSEHOLD,
    Accounts,
    Options,
    Wedges,
    calibrate,
    no_change,
    no_imbalance,
    part_way,
    rebased,
    solve,
)
from accord.engines.equilibrium.decomposition import path_terms
from accord.errors import EngineError
from accounts import base_recipe_seen_from, random_accounts, random_base, random_scenario
from levels_model import solve_in_levels

TIGHT = Options(tolerance=1e-11)
seeds = st.integers(0, 2**16)
group_counts = st.sampled_from([1, 2])
technologies = st.sampled_from(["cobb-douglas", "everything"])


@given(seed=seeds, groups=group_counts, technology=technologies)
def test_no_shock_gives_ones(seed, groups, technology):
    base = random_base(seed, groups=groups, technology=technology)
    state = solve(base, no_change(base), TIGHT)
    for hat in (state.factor_price_hat, state.unit_cost_hat, state.price_hat, state.use_price_hat):
        assert_allclose(hat, 1.0, atol=1e-13)
    assert_allclose(state.expenditure, base.expenditure, rtol=1e-12)
    assert state.stats.iterations == 1


@given(seed=seeds, groups=group_counts, technology=technologies)
def test_every_equation_and_walras_law_hold_under_any_shock(seed, groups, technology):
    base = random_base(seed, groups=groups, technology=technology)
    state = solve(base, random_scenario(seed, base), TIGHT)
    assert state.stats.largest_residual < 1e-10


@given(seed=seeds)
def test_expenditure_shares_add_up_and_revenues_are_earned_once(seed):
    base = random_base(seed)
    state = solve(base, random_scenario(seed, base), TIGHT)
    paid = state.flows(state.delivered.at_user_prices)
    assert_allclose(paid.sum(axis=3), state.expenditure, rtol=1e-11)
    # World spending on final goods = world income: nothing is lost at borders, nothing is counted twice.
    bought = state.purchase_values.sum()
    assert bought > 0.0
    assert_allclose(state.final_spending.sum() + bought, np.sum(state.income.total), rtol=1e-11)
    world_costs = paid.sum() - state.final_spending.sum() - bought
    kept = 1 - state.scenario.output_tax + state.scenario.subsidy
    inputs = (state.input_share.sum(axis=1) * kept * state.output).sum()
    assert_allclose(world_costs, inputs, rtol=1e-10)


@given(seed=seeds, factor=st.floats(0.1, 1000.0))
def test_units_of_money_do_not_matter(seed, factor):
    base = random_base(seed)
    scenario = random_scenario(seed, base)
    scaled_base = base._replace(
        expenditure=factor * base.expenditure,
        final_spending=factor * base.final_spending,
        factor_income=factor * base.factor_income,
    )
    scaled_scenario = scenario._replace(
        resource_cost=factor * scenario.resource_cost,
        transfer=factor * scenario.transfer,
        purchases=factor * scenario.purchases,
        imbalance=scenario.imbalance._replace(level=factor * scenario.imbalance.level),
    )
    scaled = solve(scaled_base, scaled_scenario, TIGHT)
    state = solve(base, scenario, TIGHT)
    assert_allclose(scaled.unit_cost_hat, state.unit_cost_hat, rtol=1e-10)
    assert_allclose(scaled.household_consumption, factor * state.household_consumption, rtol=1e-10)


@pytest.mark.slow
@given(seed=seeds, groups=group_counts, technology=technologies)
def test_round_trip_recovers_the_base(seed, groups, technology):
    """METHODS section 2: take the counterfactual as a base, reverse every shock, recover ones to 1e-9."""
    base = random_base(seed, groups=groups, technology=technology)
    scenario = random_scenario(seed, base)
    there = solve(base, scenario, TIGHT)
    new_base = rebased(there)
    assert_allclose(solve(new_base, no_change(new_base), TIGHT).unit_cost_hat, 1.0, atol=1e-10)
    back = solve(
        new_base,
        no_change(new_base)._replace(
            trade_cost_hat=1.0 / scenario.trade_cost_hat,
            availability=1.0 / scenario.availability,
            wedges=base.wedges,
            productivity_hat=1.0 / scenario.productivity_hat,
            output_tax=base.output_tax,
            subsidy=base.subsidy,
            factor_supply_hat=1.0 / scenario.factor_supply_hat,
            imbalance=base.imbalance,
            resource_cost=base.resource_cost,
            purchases=np.zeros_like(scenario.purchases),
            **base_recipe_seen_from(there),
        ),
        TIGHT,
    )
    # The numeraire's weights are those of each base, so prices return up to one common factor, and quantities exactly.
    level = (there.unit_cost_hat * back.unit_cost_hat).mean()
    assert_allclose(there.unit_cost_hat * back.unit_cost_hat, level, rtol=1e-9)
    assert_allclose(there.factor_price_hat * back.factor_price_hat, level, rtol=1e-9)
    assert_allclose(back.final_spending, level * base.final_spending, rtol=1e-9)


@given(seed=seeds, imbalance=st.booleans())
def test_world_gain_from_a_small_trade_cost_cut_is_the_cut_times_the_flow(seed, imbalance):
    """Hulten: without other wedges the sum of equivalent variations is cut x value of the flows it falls on."""
    base = random_base(seed, wedges=False)
    if not imbalance:
        base = rebased(solve(base, no_change(base)._replace(imbalance=no_imbalance(3)), TIGHT))
    cut = 1e-5
    cost = np.ones((1, 3, 3, 3))
    cost[0, 1, 0, 2] -= cut
    state = solve(base, no_change(base)._replace(trade_cost_hat=cost), TIGHT)
    flow = base.expenditure[0, 1, 0] * base.expenditure_share[0, 1, 0, 2]
    gain = np.sum(state.household_consumption - base.final_spending[:, HOUSEHOLD])
    assert_allclose(gain, cut * flow, rtol=5e-4)


@given(seed=seeds)
def test_a_small_rent_moves_income_without_making_or_losing_any(seed):
    base = random_base(seed, wedges=False)
    rent = np.zeros((1, 3, 3, 3))
    rent[0, 0, 1, 2] = 1e-5
    flow = base.expenditure[0, 0, 1] * base.expenditure_share[0, 0, 1, 2]
    zero = np.zeros_like(rent)
    for wedges in (Wedges(zero, rent, zero, zero), Wedges(zero, zero, rent, zero)):
        state = solve(base, no_change(base)._replace(wedges=wedges), TIGHT)
        gain = state.household_consumption - base.final_spending[:, HOUSEHOLD]
        assert abs(gain.sum()) < 1e-3 * 1e-5 * flow
        assert np.max(np.abs(gain)) > 1e-2 * 1e-5 * flow * 0.01


@given(seed=st.integers(0, 200), groups=group_counts, technology=technologies)
def test_path_decomposition_adds_up_to_the_exact_change(seed, groups, technology):
    base = random_base(seed, groups=groups, technology=technology)
    scenario = random_scenario(seed, base)
    part = part_way(no_change(base), random_scenario(seed + 1, base), 0.3)
    start = solve(base, part._replace(subsidy_payer=scenario.subsidy_payer), TIGHT)
    end = solve(base, scenario, TIGHT)
    terms = path_terms(start, end, lambda scenario: solve(base, scenario, TIGHT))
    exact = end.household_consumption - start.household_consumption
    assert_allclose(terms.total, exact, atol=1e-6 * np.abs(base.final_spending[:, 0]).max() * 1e-1)


def test_path_decomposition_survives_a_full_embargo():
    base = random_base(7)
    availability = np.ones((1, 3, 3, 3))
    availability[0, :, 0, 1] = 0.0
    start = solve(base, no_change(base), TIGHT)
    end = solve(base, no_change(base)._replace(availability=availability), TIGHT)
    terms = path_terms(start, end, lambda scenario: solve(base, scenario, TIGHT))
    exact = end.household_consumption - start.household_consumption
    assert_allclose(terms.total, exact, atol=1e-7 * base.final_spending[:, 0].max())
    assert terms.sourcing[0] < 0.0


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_an_independent_solver_in_levels(seed):
    base = random_base(seed, groups=1 + seed % 2)
    scenario = random_scenario(seed, base)
    state = solve(base, scenario, TIGHT)
    consumption, price = solve_in_levels(base, scenario)
    assert_allclose(state.household_consumption, consumption, rtol=1e-8)
    assert_allclose(state.unit_cost_hat.T, price, rtol=1e-8)


@given(seed=seeds)
def test_gains_from_trade_follow_the_sufficient_statistic(seed):
    """Arkolakis, Costinot and Rodriguez-Clare (2012): one sector, no inputs, W_hat = (change of home share)^(-1/theta)."""
    base = random_base(seed, regions=2, sectors=1, uses=1, wedges=False)
    assert_allclose(base.imbalance.world_share.sum(), 0.0, atol=1e-12)
    base = rebased(
        solve(base, no_change(base)._replace(imbalance=no_imbalance(2), real_use=np.array([False])), TIGHT)
    )
    cost = np.ones((1, 1, 2, 2))
    cost[0, 0, 0, 1] = 1.5
    state = solve(base, no_change(base)._replace(trade_cost_hat=cost), TIGHT)
    shares = state.flows(state.delivered.at_user_prices)[0, 0] / state.expenditure[0, 0][:, None]
    home_hat = np.diag(shares) / np.diag(base.expenditure_share[0, 0])
    real_wage = state.factor_price_hat[:, 0, 0] / state.use_price_hat[:, 0]
    # With inputs in fixed cost shares the exponent is divided by the share of value added (their section IV).
    exponent = -1.0 / (base.technology.trade[0] * base.value_added_share[:, 0])
    assert_allclose(real_wage, home_hat**exponent, rtol=1e-9)


def test_rates_that_all_groups_share_may_be_given_once():
    """Flows are then added up over groups before they are revalued, which is another order of the same sums."""
    base = random_base(4, groups=2)
    scenario = random_scenario(4, base)
    shared = scenario._replace(wedges=scenario.wedges._replace(
        **{name: getattr(scenario.wedges, name)[:1] for name in ("tariff", "import_rent", "export_rent")}
    ))  # fmt: skip
    repeated = shared._replace(
        wedges=Wedges(*(np.broadcast_to(rate, (2, 3, 3, 3)) for rate in shared.wedges))
    )
    once, twice = solve(base, shared, TIGHT), solve(base, repeated, TIGHT)
    assert once.scenario.wedges.tariff.shape[0] == 1
    assert_allclose(once.household_consumption, twice.household_consumption, rtol=1e-11)
    assert_allclose(once.flows_before_duty, twice.flows_before_duty, rtol=1e-10)
    assert_allclose(once.income.import_revenue, twice.income.import_revenue, rtol=1e-10)
    assert_allclose(once.income.export_rents, twice.income.export_rents, rtol=1e-9)
    consumption, _ = solve_in_levels(base, shared)
    assert_allclose(once.household_consumption, consumption, rtol=1e-8)


def test_full_embargo_is_the_limit_of_prohibitive_trade_costs():
    base = random_base(3)
    cost, availability = np.ones((1, 3, 3, 3)), np.ones((1, 3, 3, 3))
    cost[0, 1, 0, 1] = 1e8
    availability[0, 1, 0, 1] = 0.0
    by_cost = solve(base, no_change(base)._replace(trade_cost_hat=cost), TIGHT)
    by_embargo = solve(base, no_change(base)._replace(availability=availability), TIGHT)
    assert_allclose(by_cost.household_consumption, by_embargo.household_consumption, rtol=1e-9)


def test_identical_halves_of_a_country_change_nothing_for_others():
    whole = random_accounts(5, wedges=False)

    def split(array, axes):
        for axis in axes:
            half = np.take(array, [0], axis=axis) / 2.0
            array = np.concatenate([half, half, np.delete(array, 0, axis=axis)], axis=axis)
        return array

    cells = (1, 3, 4, 4)
    zero = np.zeros(cells)
    halves = Accounts(
        split(whole.intermediate, (0, 2)),
        split(whole.final, (0, 2)),
        Wedges(zero, zero, zero, zero),
        np.zeros((4, 3)),
        whole.technology,
        np.ones((4, 1, 3)),
    )
    cost = np.ones((1, 3, 3, 3))
    cost[0, :, 1, 2] = 0.8
    split_cost = np.ones(cells)
    split_cost[0, :, 2, 3] = 0.8
    users = np.ones(6)
    base, split_base = calibrate(whole, [users]), calibrate(halves, [users])
    state = solve(base, no_change(base)._replace(trade_cost_hat=cost), TIGHT)
    split_state = solve(split_base, no_change(split_base)._replace(trade_cost_hat=split_cost), TIGHT)
    assert_allclose(split_state.household_consumption[2:], state.household_consumption[1:], rtol=1e-9)
    assert_allclose(split_state.household_consumption[:2].sum(), state.household_consumption[0], rtol=1e-9)


def test_failure_to_converge_is_an_error_with_advice():
    base = random_base(1)
    with pytest.raises(EngineError, match=r"did not converge within 3 steps .* Try a smaller shock"):
        solve(base, random_scenario(1, base), Options(max_iterations=3, most_continuation_steps=2))


def test_a_use_that_takes_all_income_is_an_error_that_says_so():
    base = random_base(1)
    with pytest.raises(EngineError, match="take the whole income"):
        solve(
            base,
            no_change(base)._replace(
                imbalance=no_imbalance(3)._replace(world_share=np.array([-0.4, 0.2, 0.2]))
            ),
        )
