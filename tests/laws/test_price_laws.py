"""Laws of prices at fixed quantities, on random Worlds with every accepted shock at once."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.adapters import equilibrium as long_run
from accord.adapters.prices import (
    Costs,
    PriceModel,
    account_frame,
    basket_frame,
    chain_frame,
    channel_frame,
    price_frame,
)
from accord.engines.equilibrium import equations as eq
from accord.engines.equilibrium.features import features_of
from accord.engines.equilibrium.markets import buyer_prices
from accord.errors import EngineError
from accord.programme.model import ModelOptions
from accord.shocks import (
    VALUE_ADDED,
    ContractPriceShock,
    Flows,
    Producers,
    ProductivityShock,
    RentWedgeShock,
    ResourceCostShock,
    SubsidyShock,
    TariffShock,
    TechnologyShock,
    TradeCostShock,
    TransferShock,
)
from economies import random_world

seeds = st.integers(0, 2**12)


def wedge_shocks() -> tuple:
    """Shocks on flows and productivity, with users named in some of them."""
    one_way = Flows(exporters=("R00",), importers=("R01", "R02"), sectors=("s00",))
    users = Flows(exporters=("R01",), importers=("R00",), uses=("s01", "household"))
    return (
        TariffShock(measure="a", flows=one_way, new_rate=0.25),
        TariffShock(measure="b", flows=users, change=0.1),
        TradeCostShock(measure="c", flows=Flows(importers=("R02",)), factor=0.9),
        RentWedgeShock(
            measure="d", flows=users, base_factor=1.08, new_factor=1.02, recipient="importer-government"
        ),
        RentWedgeShock(
            measure="e", flows=one_way, base_factor=1.05, new_factor=1.1, recipient="importer-firms"
        ),
        RentWedgeShock(
            measure="f",
            flows=Flows(exporters=("R02",)),
            base_factor=1.06,
            new_factor=1.0,
            recipient="exporter-firms",
        ),
        ProductivityShock(measure="g", producers=Producers(("R01",), ("s02",)), factor=1.1),
    )


def contracts(passed_to: str = "users") -> tuple:
    return (
        ContractPriceShock(
            measure="h",
            flows=Flows(exporters=("R00",), importers=("R02",), sectors=("s01",), uses=("s00", "household")),
            base_factor=0.8,
            new_factor=1.1,
            passed_to=passed_to,
        ),
    )


def all_shocks() -> tuple:
    return (
        *wedge_shocks(),
        *contracts(),
        *contracts("government"),
        SubsidyShock(measure="i", producers=Producers(("R00",), ("s00",)), rate=0.05, payer="R01"),
        TransferShock(measure="j", payer="R00", recipient="R02", amount=7.0),
        TechnologyShock(measure="k", region="R02", sector="s00", changes=(("s01", -4.0), (VALUE_ADDED, 1.5))),
        ResourceCostShock(measure="l", payer="R01", amount=3.0),
    )


def unit_costs_at_fixed_factor_prices(model: long_run.Model, shocks: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Log prices (region, sector) and of final uses (region, use) in the equilibrium engine's own price equations."""
    scenario = long_run.scenario_of(model, shocks)
    prepared = eq.prepare(model.base, scenario, features_of(model.base, scenario))
    factor = np.zeros(model.base.factor_income.shape)
    output = model.unchanged.output

    @jax.jit
    def image(cost):
        prices = buyer_prices(model.base, prepared.delivered, cost)
        bundles = eq.bundle_prices(model.base, prepared, factor, prices.log_index)
        return eq.log_unit_cost(model.base, scenario, prepared, bundles.costs.total, output), bundles.log_use

    cost = np.zeros((len(model.world.sectors), len(model.world.regions)))
    for _ in range(300):
        new, use = (np.asarray(array) for array in image(cost))
        done, cost = np.abs(new - cost).max() < 1e-14, new
        if done:
            break
    return cost.T, use


@pytest.mark.medium
@pytest.mark.parametrize(
    "options",
    [
        ModelOptions(closure="world-share"),
        ModelOptions(closure="world-share", materials=0.2, value_added_materials=0.5, final=2.5),
    ],
    ids=["cobb-douglas", "nested"],
)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "terms",
    [
        "wedges",
        pytest.param("contract", marks=pytest.mark.slow),  # every one compiles a system of its own
        pytest.param("contract chosen freely", marks=pytest.mark.slow),
        pytest.param("contract kept by government", marks=pytest.mark.slow),
    ],
)
def test_first_order_price_changes_are_those_of_the_equilibrium_engine_at_fixed_factor_prices(
    seed, options, terms
):
    """Shephard's lemma: whatever the elasticities, prices move by cost shares (METHODS section 10)."""
    world = random_world(seed)
    shocks = {
        "wedges": tuple(shock for shock in wedge_shocks() if long_run.accepts(shock)),
        "contract": contracts(),
        "contract chosen freely": tuple(replace(shock, marginal=True) for shock in contracts()),
        "contract kept by government": contracts("government"),
    }[terms]
    model = long_run.build_model(world, shocks, options)
    short_run = PriceModel(world, shocks)
    step = 1e-4

    def both(weight: float) -> tuple[np.ndarray, ...]:
        weighted = tuple(shock.weighted(weight) for shock in shocks)
        outcome = short_run.solve(weighted).change
        cost, use = unit_costs_at_fixed_factor_prices(model, weighted)
        return cost, outcome.producer.reshape(cost.shape), use, outcome.basket.reshape(use.shape)

    up, down = both(step), both(-step)
    long_cost, cost, long_use, use = ((one - other) / (2 * step) for one, other in zip(up, down, strict=True))
    order = [world.uses.index(use) for use in ("household", "government", "investment")]
    assert_allclose(cost, long_cost, rtol=1e-5, atol=1e-7)
    assert_allclose(use[:, order], long_use, rtol=1e-5, atol=1e-7)
    moved = np.abs(cost).max()
    assert moved == pytest.approx(0.0, abs=1e-12) if terms.endswith("government") else moved > 1e-3


@given(seed=seeds)
def test_nothing_happens_without_shocks(seed):
    model = PriceModel(random_world(seed), all_shocks())
    outcome = model.solve()
    assert_allclose(outcome.change.producer, 0.0, atol=1e-14)
    for part in vars(outcome.accounts).values():
        assert_allclose(part, 0.0, atol=1e-9)


@given(seed=seeds)
def test_cost_accounts_at_base_prices_are_those_of_the_world(seed):
    world = random_world(seed)
    model = PriceModel(world)
    assert_allclose(model.output, world.gross_output.to_numpy(), rtol=1e-6)
    value_added = model.base.value_added_share.reshape(model.output.shape) * model.output
    assert_allclose(value_added, world.data["value_added"].to_numpy().sum(axis=2), rtol=1e-4)


@given(seed=seeds, rise=st.floats(-0.3, 1.0))
def test_all_prices_rise_with_all_wages(seed, rise):
    world = random_world(seed)
    model = PriceModel(world, costs=Costs(wages=dict.fromkeys(world.regions, rise)))
    outcome = model.solve()
    # Flows are float32, so that baskets add up to one to seven digits only.
    assert_allclose(outcome.change.producer, rise, rtol=1e-6, atol=1e-9)
    assert_allclose(outcome.change.basket, rise, rtol=1e-6, atol=1e-9)
    # Nobody is better off: everything costs more and everybody earns more, by the same share.
    income = (outcome.accounts.absorbed + outcome.accounts.taxes).sum()
    assert_allclose(income, rise * model.spending.sum(), rtol=1e-5, atol=1e-6)


@given(seed=seeds, share=st.floats(0.0, 1.0))
def test_the_world_gains_exactly_the_resources_saved(seed, share):
    """Whatever is paid is somebody's income but trade costs, production costs and the costs of measures."""
    model = PriceModel(random_world(seed), all_shocks(), pass_through={"s00": share, "s02": 1.0 - share})
    outcome = model.solve(all_shocks())
    assert abs(outcome.resources) > 1.0
    # Less the cost of the measure itself; everything else adds up to zero over the world.
    expected = -outcome.resources - 3.0
    assert_allclose(outcome.accounts.total.sum(), expected, rtol=1e-9, atol=1e-7)


@given(seed=seeds)
def test_a_pure_transfer_by_contract_adds_up_to_zero(seed):
    for passed_to in ("users", "government"):
        shocks = contracts(passed_to)
        world = random_world(seed)
        model = PriceModel(world, shocks)
        outcome = model.solve(shocks)
        total = outcome.accounts.total
        flow = long_run.targeted_flow(world, shocks[0])
        assert_allclose(total.sum(), 0.0, atol=1e-8)
        # To first order the seller earns price change x flow and keeps what others pay back to it through its prices.
        assert_allclose(outcome.accounts.contracts[0], flow * (1.1 / 0.8 - 1.0), rtol=0.05)
        if passed_to == "government":
            assert_allclose(outcome.change.producer, 0.0, atol=1e-14)
            assert_allclose(total[2], -flow * (1.1 / 0.8 - 1.0), rtol=1e-9)


@given(seed=seeds, factor=st.floats(0.5, 2.0))
def test_effects_are_linear_in_cost_changes(seed, factor):
    world = random_world(seed)
    wages = {"R00": 0.1, "R02": -0.05}
    one = PriceModel(world, costs=Costs(wages=wages)).solve().change
    more = PriceModel(world, costs=Costs(wages={key: factor * rate for key, rate in wages.items()})).solve()
    assert_allclose(more.change.producer, factor * one.producer, rtol=1e-9, atol=1e-12)


@given(seed=seeds)
@settings(max_examples=10)
def test_channels_add_up_and_tables_are_labelled(seed):
    world = random_world(seed)
    model = PriceModel(world, all_shocks(), pass_through=0.7, costs=Costs(fixed_prices={("R00", "s01"): 0.2}))
    start, end = model.solve(), model.solve(all_shocks())
    targets = [("R02", "household"), ("R02", "s00"), ("R01", "s02"), ("R00", "investment")]
    channels = channel_frame(model, start, end, targets)
    prices = price_frame(model, start, end).set_index(["region", "sector"])["producer_price_pct"]
    baskets = basket_frame(model, start, end).set_index(["region", "use"])["basket_price_pct"]
    for region, item in targets:
        mine = channels[(channels["region"] == region) & (channels["item"] == item)]
        expected = baskets[(region, item)] if item in world.uses else prices[(region, item)]
        assert_allclose(mine["contribution_pct"].sum(), expected, rtol=1e-8, atol=1e-8)
    accounts = account_frame(model, start, end)
    parts = [column for column in accounts if column.endswith("_usd") and column != "one_year_usd"]
    assert_allclose(accounts[parts].sum(axis=1), accounts["one_year_usd"], rtol=1e-9, atol=1e-9)
    chains = chain_frame(model, start, end, targets, top=3)
    assert (chains.groupby(["region", "item"]).size() <= 3).all()
    assert chains.loc[chains["item"] == "household", "chain"].str.endswith("R02 household").all()


def test_a_fixed_price_holds_and_leaves_a_windfall():
    world = random_world(7)
    model = PriceModel(world, costs=Costs(fixed_prices={("R00", "s01"): 0.5}))
    outcome = model.solve()
    assert outcome.change.producer.reshape(3, 3)[0, 1] == 0.5
    assert outcome.accounts.absorbed[0] > 0.0
    assert_allclose(outcome.accounts.total.sum(), 0.0, atol=1e-8)


def test_unknown_labels_and_empty_producers_are_refused():
    world = random_world(7)
    with pytest.raises(Exception, match="unknown sector s99"):
        PriceModel(world, pass_through={"s99": 0.5})
    with pytest.raises(Exception, match="unknown region XXX"):
        PriceModel(world, costs=Costs(wages={"XXX": 0.1})).solve()
    with pytest.raises(EngineError, match=r"outside \[0, 1\]"):
        PriceModel(world, pass_through=1.5).solve()
