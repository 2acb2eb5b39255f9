"""What each kind of shock must do in the long-run engine, from labels to welfare, on a World without other wedges.

First-order effects are central differences, so that second-order terms cancel: in an undistorted World what one side loses the other
gains, whatever substitutes for what (Harberger 1964; Hulten 1978).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.adapters import equilibrium as adapter
from accord.engines.equilibrium import Options, no_change, rebased, solve
from accord.errors import EngineError, ProgrammeError
from accord.programme.model import ModelOptions
from accord.shocks import (
    VALUE_ADDED,
    ContractPriceShock,
    FactorSupplyShock,
    Flows,
    Producers,
    ProductivityShock,
    PurchaseShock,
    ResourceCostShock,
    Shock,
    SubsidyShock,
    SupportShock,
    TechnologyShock,
    TransferShock,
)
from accounts import base_recipe_seen_from
from economies import random_world

WORLD = random_world(11, tariffs=False, imbalance=False)
STEP = 1e-3
CELL = Flows(("R00",), ("R01",), ("s00",))


def contract(factor: float, base: float = 1.0, **more) -> ContractPriceShock:
    return ContractPriceShock(measure="gas", flows=CELL, base_factor=base, new_factor=factor, **more)


def support(factor: float | None) -> SupportShock:
    inside = Flows(("R00", "R01"), ("R00",), ("s01",), home=True)
    return SupportShock(measure="plant", flows=inside, outside=("R02",), amount=1.0, factor=factor)


def purchase(amount: float, basket=(("s00", 0.4), ("s01", 0.6)), payer="R01", region="R00") -> PurchaseShock:
    return PurchaseShock(measure="site", payer=payer, region=region, basket=basket, amount=amount)


def recipe(*changes: tuple[str, float]) -> TechnologyShock:
    return TechnologyShock(measure="nuclear", region="R01", sector="s02", changes=changes)


def subsidy(rate: float, payer: str = "R00") -> SubsidyShock:
    return SubsidyShock(measure="aid", producers=Producers(("R00",), ("s01",)), rate=rate, payer=payer)


def transfer(amount: float, payer: str = "R00", recipient: str = "R01") -> TransferShock:
    return TransferShock(measure="loan", payer=payer, recipient=recipient, amount=amount)


def supply(multiplier: float, factor: str = "all") -> FactorSupplyShock:
    return FactorSupplyShock(measure="training", regions=("R02",), factor=factor, multiplier=multiplier)


EVERYTHING: tuple[Shock, ...] = (
    contract(0.8, 0.6),
    contract(0.9, passed_to="government"),
    support(1.2),
    purchase(3.0),
    recipe(("s00", -1.5), ("s01", 0.7), (VALUE_ADDED, 1.0)),
    subsidy(0.05),
    transfer(2.0),
    supply(1.05),
)


def model_of(shocks: Sequence[Shock], **choices) -> adapter.Model:
    return adapter.build_model(
        WORLD, shocks, ModelOptions().over(choices), options=Options(tolerance=1e-11, target=1e-14)
    )


def slopes(shocks: Callable[[float], Sequence[Shock]], **choices) -> np.ndarray:
    """Derivative of household consumption of each region by the size of the shocks, at no shock."""
    up, down = shocks(STEP), shocks(-STEP)
    model = model_of(up, **choices)
    change = model.solve(up).household_consumption - model.solve(down).household_consumption
    return change / (2.0 * STEP)


def flow_value(flows: Flows) -> float:
    return adapter.targeted_flow(WORLD, replace(contract(1.0), flows=flows))


@pytest.mark.parametrize("shock", EVERYTHING, ids=lambda shock: f"{type(shock).__name__}-{shock.measure}")
def test_every_new_shock_is_accepted_changes_nothing_at_weight_zero_and_obeys_walras_in_full(shock):
    assert adapter.accepts(shock)
    model = model_of([shock])
    assert_allclose(model.solve([shock.weighted(0.0)]).unit_cost_hat, 1.0, atol=1e-12)
    state = model.solve([shock])
    assert state.stats.largest_residual < 1e-10
    change = state.household_consumption / model.unchanged.household_consumption - 1.0
    assert np.max(np.abs(change)) > 1e-6


def test_all_of_them_together_obey_walras_law_and_add_up_along_the_path():
    model = model_of(EVERYTHING)
    state = model.solve(EVERYTHING)
    assert state.stats.largest_residual < 1e-10
    assert_allclose(
        state.final_spending.sum() + state.purchase_values.sum(), np.sum(state.income.total), rtol=1e-11
    )
    terms = model.path_terms(model.unchanged, state)
    exact = state.household_consumption - model.unchanged.household_consumption
    assert_allclose(terms.total, exact, atol=1e-7 * model.unchanged.household_consumption.max())


def test_all_of_them_together_can_be_undone():
    """METHODS section 2: the counterfactual as a base, every shock reversed, ones to 1e-9; discounts are in the base."""
    model = model_of(EVERYTHING)
    there = model.solve(EVERYTHING)
    base, new_base = model.base, rebased(there)
    tight = Options(tolerance=1e-11)
    assert_allclose(solve(new_base, no_change(new_base), tight).unit_cost_hat, 1.0, atol=1e-10)
    back = no_change(new_base)._replace(
        wedges=base.wedges,
        subsidy=base.subsidy,
        factor_supply_hat=1.0 / there.scenario.factor_supply_hat,
        imbalance=base.imbalance,
        purchases=np.zeros_like(there.scenario.purchases),
        **base_recipe_seen_from(there),
    )
    state = solve(new_base, back, tight)
    level = (there.unit_cost_hat * state.unit_cost_hat).mean()
    assert_allclose(there.unit_cost_hat * state.unit_cost_hat, level, rtol=1e-9)
    assert_allclose(state.final_spending, level * base.final_spending, rtol=1e-9)


# Contract prices --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("choices", [{}, {"marginal": True}, {"passed_to": "government"}])
def test_a_contract_price_moves_income_from_seller_to_buyer_and_makes_none(choices):
    value = flow_value(CELL)
    gain = slopes(lambda step: [contract(1.0 + step, **choices)])
    assert_allclose(gain.sum(), 0.0, atol=2e-5 * value)
    # To first order it is a transfer of the price change times the volume, whoever collects it and however sources are chosen...
    gift = slopes(lambda step: [transfer(step * value, "R01", "R00")])
    if choices == {"passed_to": "government"}:
        assert_allclose(gain, gift, atol=2e-5 * value)
    # ...and where users see it, their products get dearer at home too: the seller's country gains less than the gift.
    assert gain[0] > 0.0 > gain[1]


def seen_weights(state) -> np.ndarray:
    """Weights at the prices that users act on, from those at the prices that they pay."""
    return state.delivered.at_user_prices * (
        1.0 + np.asarray(state.delivered.scenario.wedges.home_preference)
    )


def test_volumes_under_contract_do_not_react_unless_they_are_marginal():
    fixed, marginal, state_budget = (
        contract(0.7),
        contract(0.7, marginal=True),
        contract(0.7, passed_to="government"),
    )
    for shock, reacts in ((fixed, False), (marginal, True), (state_budget, False)):
        model = model_of([shock])
        before, after = (seen_weights(state) for state in (model.unchanged, model.solve([shock])))
        assert bool(np.max(np.abs(after / before - 1.0)) > 0.1) is reacts


@pytest.mark.parametrize("choices", [{}, {"marginal": True}, {"passed_to": "government"}])
def test_users_pay_the_price_change_times_their_share_to_first_order(choices):
    """Shephard's lemma, METHODS section 10: d log P = share of the cell in spending x d log price, whatever the elasticities."""
    model = model_of([contract(1.0 + STEP, **choices)])
    up, down = (model.solve([contract(1.0 + step, **choices)]) for step in (STEP, -STEP))
    share = model.base.expenditure_share[0]

    def slope(values: Callable) -> np.ndarray:
        return (np.log(values(up)) - np.log(values(down))) / (2.0 * STEP)

    costs = slope(lambda state: state.unit_cost_hat)
    expected = np.einsum("kni,ki->kn", share, costs)
    expected[0, 1] += 0.0 if "passed_to" in choices else share[0, 1, 0]
    assert_allclose(slope(lambda state: state.price_hat[0]), expected, atol=2e-6)


@pytest.mark.parametrize("new", [0.6, 0.9, 1.3])
def test_inframarginal_users_pay_exactly_the_price_change_on_fixed_volumes(new):
    """At given factory prices the composite costs 1 + share x change: nothing is substituted."""
    shock = contract(new)
    model = model_of([shock])
    state = model.solve([shock])
    share = model.base.expenditure_share[0, 0, 1]
    competitive = state.competitive[0]
    weight = share * competitive
    factor = np.array([new, 1.0, 1.0])
    expected = (
        np.sum(weight * factor)
        / np.sum(weight)
        * np.sum(share * competitive) ** (-1.0 / model.base.technology.trade[0])
    )
    assert_allclose(state.price_hat[0, 0, 1], expected, rtol=1e-10)


def test_a_discount_in_the_base_is_calibrated_and_ends_with_the_contract():
    shock = contract(1.0, 0.6)
    model = model_of([shock])
    assert_allclose(model.base.wedges.export_rent[0, 0, 1, 0], -0.4)
    assert_allclose(model.unchanged.unit_cost_hat, 1.0, atol=1e-12)
    rents = np.asarray(model.unchanged.income.export_rents)
    assert rents[0] == pytest.approx(-flow_value(CELL) * (1.0 / 0.6 - 1.0), rel=1e-3)
    end = model.solve([shock])
    assert_allclose(np.asarray(end.income.export_rents), 0.0, atol=1e-9)
    gain = end.household_consumption - model.unchanged.household_consumption
    assert gain[0] > 0.0 > gain[1]


# Money ------------------------------------------------------------------------------------------------------------------------


def test_a_transfer_adds_up_to_nothing_and_helps_who_gets_it():
    gain = slopes(lambda step: [transfer(100.0 * step)])
    assert_allclose(gain.sum(), 0.0, atol=2e-4)
    assert gain[1] > 0.0 > gain[0]


def test_a_subsidy_makes_nothing_and_costs_its_payer():
    own = slopes(lambda step: [subsidy(step)])
    output = model_of([]).base.output[0, 1]
    assert_allclose(own.sum(), 0.0, atol=2e-5 * output)
    abroad = slopes(lambda step: [subsidy(step, "R02")])
    gift = slopes(lambda step: [transfer(step * output, "R02", "R00")])
    # Paid from abroad it is the same subsidy and a transfer of what it costs.
    assert_allclose(abroad, own + gift, atol=2e-5 * output)


def test_two_governments_cannot_subsidise_one_producer():
    shocks = [subsidy(0.01), subsidy(0.02, "R01")]
    with pytest.raises(ProgrammeError, match="R01 subsidises R00 s01, and so does R00"):
        model_of(shocks).solve(shocks)
    same = [subsidy(0.01), subsidy(0.02)]
    model = model_of(same)
    assert_allclose(adapter.scenario_of(model, same).subsidy[0, 1], 0.03)


def test_more_of_every_factor_is_worth_what_it_earns():
    gain = slopes(lambda step: [supply(1.0 + step)])
    assert_allclose(gain.sum(), model_of([]).base.value_added[2], rtol=1e-5)
    assert gain[2] > 0.0


def test_factor_supply_takes_the_factors_of_the_model():
    split = {"labour_share": 0.6}
    labour = slopes(lambda step: [supply(1.0 + step, "labour")], **split)
    assert_allclose(labour.sum(), 0.6 * model_of([]).base.value_added[2], rtol=1e-5)
    whole = slopes(lambda step: [supply(1.0 + step)], **split)
    assert_allclose(whole, slopes(lambda step: [supply(1.0 + step)]), rtol=1e-4, atol=1e-4)


def test_unknown_and_rigid_factors_are_refused():
    with pytest.raises(ProgrammeError, match=r"(?s)unknown factor 'labour'.*labour_share"):
        model_of([]).solve([supply(1.1, "labour")])
    rigid = model_of([], labour_share=0.6, rigid_wages=True)
    with pytest.raises(ProgrammeError, match="supply of labour changes, but rigid_wages"):
        rigid.solve([supply(1.1, "labour")])
    assert rigid.solve([supply(1.1, "capital")]).stats.largest_residual < 1e-10


# Support ----------------------------------------------------------------------------------------------------------------------


def test_support_moves_purchases_and_is_free_to_first_order():
    flows = Flows(("R02",), ("R00",), ("s01",))
    gain = slopes(lambda step: [support(1.0 + step)])
    assert_allclose(gain.sum(), 0.0, atol=2e-5 * flow_value(flows))
    shock = support(1.5)
    model = model_of([shock])
    before, half, whole = (
        adapter.purchases_of(model, model.solve([shock.weighted(weight)]), flows)
        for weight in (0.0, 0.5, 1.0)
    )
    assert before == pytest.approx(flow_value(flows), rel=1e-6)
    assert before > half > whole
    # Home is among the supported sites.
    at_home = adapter.scenario_of(model, [shock]).wedges.home_preference[0, 1, 0]
    assert_allclose(at_home, [1.0 / 1.5 - 1.0, 1.0 / 1.5 - 1.0, 0.0])


def test_support_that_nobody_solved_for_is_an_error():
    with pytest.raises(EngineError, match="measure 'plant': how much support"):
        model_of([support(None)]).solve([support(None)])


def test_purchases_of_users_that_are_not_kept_apart_are_refused():
    model = model_of([])
    with pytest.raises(EngineError, match="not known apart"):
        adapter.purchases_of(model, model.unchanged, replace(CELL, uses=("s02",)))
    some = model_of([replace(support(1.1), flows=replace(CELL, uses=("s02",)))])
    part = adapter.purchases_of(some, some.unchanged, replace(CELL, uses=("s02",)))
    data = WORLD.data["intermediate"].sel(
        exporter="R00", supplying_sector="s00", importer="R01", using_sector="s02"
    )
    assert part == pytest.approx(float(data), rel=1e-6)


# Purchases --------------------------------------------------------------------------------------------------------------------


def test_purchases_cost_the_world_what_they_cost_and_their_payer_pays():
    gain = slopes(lambda step: [purchase(100.0 * step)])
    assert_allclose(gain.sum(), -100.0, rtol=1e-5)
    assert gain[1] < 0.0 < gain[0]  # the seller's terms of trade improve
    at_home = slopes(lambda step: [purchase(100.0 * step, payer="R00")])
    gift = slopes(lambda step: [transfer(100.0 * step, "R01", "R00")])
    # Who pays is a transfer between payers, whatever is bought.
    assert_allclose(gain, at_home + gift, atol=1e-3)


def test_buying_the_households_bundle_is_a_resource_cost():
    model = model_of([])
    share = model.base.final_share[1, 0, :, 0]
    basket = tuple(zip(WORLD.sectors, share, strict=True))
    bought = slopes(lambda step: [purchase(100.0 * step, basket, "R01", "R01")])
    wasted = slopes(lambda step: [ResourceCostShock(measure="x", payer="R01", amount=100.0 * step)])
    assert_allclose(bought, wasted, atol=1e-3)


def test_real_purchases_are_bought_at_current_prices_and_in_the_trade_figures():
    shock = purchase(5.0)
    model = model_of([shock])
    state = model.solve([shock])
    value = 5.0 * (0.4 * state.price_hat[0, 0, 0] + 0.6 * state.price_hat[0, 1, 0])
    assert_allclose(state.purchase_values, [[value, 0.0, 0.0]], rtol=1e-12)
    spent = state.final_spending.sum(axis=1) + np.array([0.0, value, 0.0])
    assert_allclose(spent, np.asarray(state.income.total), rtol=1e-11)
    frame = adapter.region_frame(model, model.unchanged, state, ("R00", "R01")).set_index("region")
    # Production rises in neither country by more than rounding of Fisher indices would say: factors are given.
    assert np.all(np.abs(frame["real_gdp_pct"]) < 0.5)


def test_what_nobody_sells_there_cannot_be_bought():
    with pytest.raises(ProgrammeError, match="unknown user 'army'"):
        model_of([purchase(1.0)]).solve([replace(purchase(1.0), user="army")])


# Technology -------------------------------------------------------------------------------------------------------------------


def test_a_dearer_recipe_costs_the_world_what_it_costs_and_a_rearranged_one_nothing():
    gain = slopes(lambda step: [recipe(("s00", 60.0 * step), (VALUE_ADDED, 40.0 * step))])
    assert_allclose(gain.sum(), -100.0, rtol=1e-5)
    swapped = slopes(lambda step: [recipe(("s00", 60.0 * step), ("s01", -60.0 * step))])
    assert_allclose(swapped.sum(), 0.0, atol=1e-3)
    assert np.max(np.abs(swapped)) > 1e-2  # though it moves income between countries


@pytest.mark.parametrize(
    "choices", [{}, {"materials": 0.4, "value_added_materials": 0.7, "labour_share": 0.5}]
)
def test_the_same_recipe_at_another_cost_is_a_change_of_productivity(choices):
    model = model_of([], **choices)
    share, cost = model.base.input_share[1, 0, :, 2], model.base.cost[1, 2]
    changes = [(sector, 0.1 * cost * part) for sector, part in zip(WORLD.sectors, share, strict=True)]
    changes.append((VALUE_ADDED, 0.1 * cost * model.base.value_added_share[1, 2]))
    dearer = model.solve([recipe(*changes)])
    worse = ProductivityShock(measure="x", producers=Producers(("R01",), ("s02",)), factor=1.0 / 1.1)
    assert_allclose(dearer.household_consumption, model.solve([worse]).household_consumption, rtol=1e-10)
    half = model.solve([recipe(*changes).weighted(0.5)])
    worse = replace(worse, factor=1.0 / 1.05)
    assert_allclose(half.household_consumption, model.solve([worse]).household_consumption, rtol=1e-10)


def test_new_cost_shares_hold_at_base_prices():
    cost = model_of([]).base.cost[1, 2]
    shock = recipe(("s00", 0.05 * cost), (VALUE_ADDED, -0.02 * cost))
    model = model_of([shock])
    scenario = adapter.scenario_of(model, [shock])
    old = model.base.input_share[1, 0, :, 2]
    assert_allclose(scenario.input_cost[1, 0, :, 2], old + np.array([0.05, 0.0, 0.0]))
    assert_allclose(scenario.factor_cost[1, 0, 2], model.base.factor_share[1, 0, 2] - 0.02)
    state = model.solve([shock])
    assert_allclose(state.input_share[1, :, 2], (old + np.array([0.05, 0.0, 0.0])) / 1.03, rtol=1e-12)


def test_a_recipe_that_spends_less_than_nothing_is_refused():
    with pytest.raises(ProgrammeError, match=r"R01 s02 would spend -.* on s00"):
        model_of([]).solve([recipe(("s00", -1e6))])
