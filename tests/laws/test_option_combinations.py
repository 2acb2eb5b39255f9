"""The laws of METHODS section 2 under every combination of the options of `[model]`.

The first half draws all options at once; what decides the shape of the system (use groups, number of factors) stands still there, so
that a hundred drawn economies are two compiled programmes. The second half goes through the shapes.
"""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.adapters import equilibrium as adapter
from accord.engines import equilibrium as engine
from accord.engines.equilibrium import Equilibrium, Features, Options, Solver, no_change, rebased
from accord.programme.model import ModelOptions
from accord.shocks import (
    ContractPriceShock,
    EmbargoShock,
    FactorSupplyShock,
    Flows,
    HomePreferenceShock,
    Producers,
    ProductivityShock,
    PurchaseShock,
    RentWedgeShock,
    Shock,
    SubsidyShock,
    SupportShock,
    TariffShock,
    TechnologyShock,
    TradeCostShock,
    TransferShock,
)
from accounts import base_recipe_seen_from
from economies import random_world

TIGHT = Options(tolerance=1e-11, target=1e-14)
EVERYTHING = Features(*(True for _ in Features.__dataclass_fields__))
"""Every part of the system compiled in, used or not."""

KINDS = ("energy", "energy", "goods")
SECTORS = ("s00", "s01", "s02")
HALF_PUBLIC = (("government", 1.0), ("s02", 0.4))
EFFICIENT = {"scale": 0.0, "scale_theta": 0.0, "rigid_wages": False, "government_and_investment": "real"}
"""Economies of scale, unemployment and uses that lose purchases are first-order effects of their own, beyond Hulten's."""

there = Flows(("R00",), ("R01",))
SHOCKS: list[Shock] = [
    TradeCostShock(measure="a", flows=there, factor=0.9),
    TariffShock(measure="b", flows=Flows(("R01",), ("R02",)), change=0.1),
    RentWedgeShock(measure="c", flows=there, base_factor=1.05, new_factor=1.02, recipient="importer-firms"),
    ContractPriceShock(measure="d", flows=Flows(("R02",), ("R00",), ("s00",)), base_factor=0.7, new_factor=0.9),
    EmbargoShock(measure="e", flows=Flows(("R02",), ("R01",), ("s02",)), intensity=0.4),
    SupportShock(measure="f", flows=Flows(("R00",), ("R00",), ("s01",), home=True), outside=("R02",), amount=1.0, factor=1.1),
    SubsidyShock(measure="g", producers=Producers(("R01",), ("s01",)), rate=0.03, payer="R00"),
    TransferShock(measure="h", payer="R00", recipient="R02", amount=1.0),
    PurchaseShock(measure="i", payer="R01", region="R00", basket=(("s01", 1.0),), amount=2.0, user="investment"),
    TechnologyShock(measure="j", region="R02", sector="s01", changes=(("s00", 1.0), ("s02", -0.5))),
    ProductivityShock(measure="k", producers=Producers(("R02",), ("s02",)), factor=1.05),
]  # fmt: skip
"""All that measures can do but what needs a split of users (`PROCUREMENT`) or wages that clear the market (`MORE_WORKERS`)."""

PROCUREMENT = HomePreferenceShock(
    measure="l", flows=there, base_factor=1.3, new_factor=1.1, public_share=HALF_PUBLIC
)
MORE_WORKERS = FactorSupplyShock(measure="m", regions=("R01",), factor="labour", multiplier=1.03)


# All options at once ----------------------------------------------------------------------------------------------------------

mobilities = st.one_of(st.sampled_from(["mobile", "specific"]), st.floats(0.1, 8.0))
elasticities = st.one_of(st.just(1.0), st.floats(0.05, 3.0))
subsets = st.lists(st.sampled_from(SECTORS), min_size=1, max_size=3, unique=True)
pairs = st.lists(
    st.builds("{}>{}".format, st.sampled_from(SECTORS), st.sampled_from(SECTORS)), max_size=3, unique=True
)
DRAWN = {
    "closure": st.sampled_from(["balanced", "world-share", "own-share", "level"]),
    "elasticities": st.sampled_from([None, "random"]),
    "trade_elasticity_scale": st.floats(0.6, 1.5),
    "horizon": st.sampled_from(["long", "short"]),
    "use_groups": st.just("intermediate-final"),
    "government_and_investment": st.sampled_from(["real", "nominal"]),
    "factors": mobilities,
    "labour_share": st.floats(0.3, 0.7),
    "labour": st.none() | mobilities,
    "capital": st.none() | mobilities,
    "resource_share": st.floats(0.02, 0.5),
    "resource_sectors": subsets,
    "rigid_wages": st.booleans(),
    "value_added_materials": elasticities,
    "labour_capital": elasticities,
    "labour_capital_by_sector": st.dictionaries(st.sampled_from(SECTORS), st.floats(0.2, 3.0), max_size=2),
    "materials": elasticities,
    "energy": elasticities,
    "final": elasticities,
    "final_energy": elasticities,
    "fixed_inputs": pairs.map(lambda drawn: drawn or None),
    "pass_through": st.floats(0.0, 1.0),
}
scales = st.one_of(
    st.just({}),
    st.floats(0.0, 0.03).map(lambda psi: {"scale": psi}),
    st.floats(0.0, 0.1).map(lambda psi_theta: {"scale_theta": psi_theta}),
)
options = st.builds(
    lambda drawn, scale: ModelOptions().over(drawn | scale), st.fixed_dictionaries(DRAWN), scales
)
seeds = st.integers(0, 2**16)


def with_a_payer(arrays):
    """Let R01 buy nothing: base and scenarios then have the shape of those in which it buys something."""
    if arrays.purchase_payer.size:
        return arrays
    nothing = np.zeros((1, *arrays.purchases.shape[1:]))
    return arrays._replace(purchases=nothing, purchase_payer=np.array([1]))


def model_of(world, shocks, choices: ModelOptions) -> adapter.Model:
    """Calibrate with everything compiled in, so that no drawn number compiles anything."""

    def solver(base, of, *_):
        return Solver(with_a_payer(base), of, EVERYTHING)

    with patch.object(engine, "Solver", solver):
        model = adapter.build_model(world, shocks, choices, options=TIGHT, also_paid_by=["R01"])
    return replace(model, base=with_a_payer(model.base), features=EVERYTHING)


def test_every_option_is_drawn():
    assert {*DRAWN, "scale", "scale_theta"} == set(ModelOptions.model_fields)


@settings(max_examples=30)
@given(seed=seeds, choices=options)
def test_under_all_options_accounts_hold_nothing_comes_of_nothing_and_shocks_can_be_undone(seed, choices):
    """Walras' law to 1e-10, ones without a shock, no money illusion, and the round trip of METHODS section 2 to 1e-9."""
    shocks = [*SHOCKS, PROCUREMENT, *([] if choices.rigid_wages else [MORE_WORKERS])]
    model = model_of(random_world(seed, kinds=KINDS), shocks, choices)
    assert_allclose(model.unchanged.unit_cost_hat, 1.0, atol=1e-11)
    assert_allclose(model.unchanged.final_spending, model.base.final_spending, rtol=1e-11)
    away = model.solve(shocks)
    assert away.stats.largest_residual < 1e-10
    assert np.max(np.abs(away.household_consumption / model.unchanged.household_consumption - 1.0)) > 1e-4
    assert_prices_are_relative(away)
    assert_undone(model, away)


@settings(max_examples=30)
@given(seed=seeds, choices=options)
def test_under_all_options_the_world_gains_the_cut_times_the_flow(seed, choices):
    """Hulten (1978): in a World without wedges, whatever substitutes for what and whoever finances whom."""
    assert_hulten(random_world(seed, tariffs=False, kinds=KINDS), choices.over(EFFICIENT), model_of)


def assert_prices_are_relative(state: Equilibrium) -> None:
    """Prices and incomes times any number solve the same equations with the same quantities, so no choice of numeraire matters.

    What scenarios state in units of the numeraire (transfers, levels of imbalances) is multiplied too.
    """
    base, scenario = state.base, state.scenario
    dearer = scenario._replace(
        transfer=1.7 * scenario.transfer,
        imbalance=scenario.imbalance._replace(level=1.7 * scenario.imbalance.level),
    )
    log_expenditure = np.log(np.where(base.expenditure > 0.0, state.expenditure / base.expenditure, 1.0))
    logs = (np.log(state.factor_price_hat), np.log(state.unit_cost_hat), log_expenditure)
    dear = np.concatenate([part.ravel() for part in logs]) + np.log(1.7)
    # No iteration: the equations are looked at where they are told to be.
    found = Solver(base, Options(tolerance=np.inf, max_iterations=0), EVERYTHING)(dearer, dear)
    assert found.stats.iterations == 0
    assert_allclose(found.use_price_hat, 1.7 * state.use_price_hat, rtol=1e-12)
    assert found.stats.largest_residual < 1e-9
    assert_allclose(found.household_consumption, state.household_consumption, rtol=1e-9)


def assert_undone(model: adapter.Model, away: Equilibrium) -> None:
    """The counterfactual as a base, every shock reversed: ones to 1e-9."""
    base, scenario, new_base = model.base, away.scenario, rebased(away)
    # The numeraire's weights are those of each base, so levels of imbalances are restated in the new one.
    income = new_base.factor_income
    numeraire = income.sum() / (income / away.factor_price_hat).sum()
    back = no_change(new_base)._replace(
        trade_cost_hat=1.0 / scenario.trade_cost_hat,
        availability=1.0 / scenario.availability,
        wedges=base.wedges,
        productivity_hat=1.0 / scenario.productivity_hat,
        subsidy=base.subsidy,
        factor_supply_hat=1.0 / scenario.factor_supply_hat,
        imbalance=base.imbalance._replace(level=numeraire * base.imbalance.level),
        purchases=np.zeros_like(scenario.purchases),
        # Employment of a rigid factor is an outcome: what the new base calls full is what firms employed there.
        real_use=scenario.real_use,
        rigid_factor=scenario.rigid_factor,
        **base_recipe_seen_from(away),
    )
    home = Solver(new_base, TIGHT, model.features)(back)
    level = (away.unit_cost_hat * home.unit_cost_hat).mean()
    assert_allclose(away.unit_cost_hat * home.unit_cost_hat, level, rtol=1e-9)
    assert_allclose(home.final_spending, level * base.final_spending, rtol=1e-9)


def assert_hulten(world, choices: ModelOptions, build) -> None:
    flows = Flows(("R00",), ("R01",), ("s01",))
    # Users public in part are split here too, so that the shape is that of the other test; their preference is nil.
    split = replace(PROCUREMENT, base_factor=1.0, new_factor=1.0)
    model = build(world, [split] if choices.use_groups != "one" else [], choices)
    step = 1e-3

    def consumption(size: float) -> np.ndarray:
        shock = TradeCostShock(measure="x", flows=flows, factor=float(np.exp(-size)))
        return model.solve([shock]).household_consumption

    gain = (consumption(step) - consumption(-step)).sum() / (2.0 * step)
    assert_allclose(gain, adapter.purchases_of(model, model.unchanged, flows), rtol=2e-5)


# Shape by shape ---------------------------------------------------------------------------------------------------------------

NESTS = {"materials": 0.4, "value_added_materials": 0.6, "final": 0.8}
FACTORS = {
    "one factor": {},
    "one factor between sectors": {"factors": 1.5, "energy": 0.3, "final_energy": 0.6},
    "labour and specific capital": {
        "labour_share": 0.6,
        "capital": "specific",
        "labour_capital": 0.5,
        **NESTS,
    },
    "rigid wages": {"labour_share": 0.6, "rigid_wages": True, "labour_capital": 0.7},
    "rent of a resource, fixed inputs": {
        "resource_share": 0.3,
        "resource_sectors": ["s00"],
        "fixed_inputs": ["s00>s01"],
        "horizon": "short",
    },
    "scale, nominal uses": {"scale": 0.03, "government_and_investment": "nominal", **NESTS},
}
GROUPS = ["one", "auto", "intermediate-final", "uses", "every-user", [["s00", "household"], ["s01"]]]
CLOSURES = ["balanced", "world-share", "own-share", "level"]
# Each kind of factor with each kind of group, closures in turn.
SHAPES = [
    pytest.param(groups, kind, CLOSURES[(number + place) % 4], id=f"{groups}, {kind}")
    for number, groups in enumerate(GROUPS)
    for place, kind in enumerate(FACTORS)
    if (number + place) % 2 == 0 or groups == "every-user"
]


def build_plainly(world, shocks, choices: ModelOptions) -> adapter.Model:
    return adapter.build_model(world, shocks, choices, options=TIGHT)


@pytest.mark.slow
@pytest.mark.parametrize(("groups", "kind", "closure"), SHAPES)
def test_in_every_shape_of_the_system_shocks_can_be_undone_and_the_world_gains_the_cut_times_the_flow(
    groups, kind, closure
):
    """As users run them: what is absent is compiled away."""
    choices = ModelOptions().over({**FACTORS[kind], "use_groups": groups, "closure": closure})
    shocks = SHOCKS if groups == "one" else [*SHOCKS, PROCUREMENT]
    model = build_plainly(random_world(22, kinds=KINDS), shocks, choices)
    away = model.solve(shocks)
    assert away.stats.largest_residual < 1e-10
    assert_undone(model, away)
    if kind not in {"rigid wages", "scale, nominal uses"}:
        assert_hulten(random_world(21, tariffs=False, kinds=KINDS), choices, build_plainly)
