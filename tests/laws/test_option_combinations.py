"""METHODS section 2's two world checks under combinations of the options of `[model]`: every option stands in some of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.adapters import equilibrium as adapter
from accord.engines.equilibrium import Options, no_change, rebased, solve
from accord.programme.model import ModelOptions
from accord.shocks import (
    ContractPriceShock,
    EmbargoShock,
    Flows,
    Producers,
    ProductivityShock,
    PurchaseShock,
    RentWedgeShock,
    SubsidyShock,
    SupportShock,
    TariffShock,
    TechnologyShock,
    TradeCostShock,
    TransferShock,
)
from accounts import base_recipe_seen_from
from economies import random_world

pytestmark = pytest.mark.slow
TIGHT = Options(tolerance=1e-11, target=1e-14)
NESTS = {"materials": 0.4, "value_added_materials": 0.6, "final": 0.8}
COMBINATIONS = {
    "specific capital, nests, own-share": {
        **NESTS,
        "labour_share": 0.6,
        "capital": "specific",
        "labour_capital": 0.5,
        "closure": "own-share",
    },
    "transformation, groups, level": {
        "factors": 1.5,
        "use_groups": "intermediate-final",
        "closure": "level",
        "energy": 0.3,
        "final_energy": 0.6,
    },
    "resource rent, fixed inputs, uses, world-share, short run": {
        "resource_share": 0.3,
        "resource_sectors": ["s00"],
        "fixed_inputs": ["s00>s01"],
        "use_groups": "uses",
        "closure": "world-share",
        "horizon": "short",
    },
    "every user, nests, balanced": {**NESTS, "use_groups": "every-user", "trade_elasticity_scale": 0.7},
}
BREAKING_HULTEN = {
    "scale, nominal uses": {"scale": 0.03, "government_and_investment": "nominal", **NESTS},
    "rigid wages": {"labour_share": 0.6, "rigid_wages": True, "labour_capital": 0.7},
}
"""Economies of scale, unemployment and other uses that lose purchases are first-order effects of their own: only the round trip holds."""


@pytest.mark.parametrize("name", COMBINATIONS)
def test_the_world_gains_the_cut_times_the_flow(name):
    """Hulten (1978): in a World without wedges, whatever substitutes for what and whoever finances whom."""
    world = random_world(21, tariffs=False)
    flows = Flows(("R00",), ("R01",), ("s01",))
    step = 1e-3

    def consumption(size: float) -> np.ndarray:
        shock = TradeCostShock(measure="x", flows=flows, factor=float(np.exp(-size)))
        return model.solve([shock]).household_consumption

    model = adapter.build_model(world, [], ModelOptions().over(COMBINATIONS[name]), options=TIGHT)
    gain = (consumption(step) - consumption(-step)).sum() / (2.0 * step)
    flow = adapter.purchases_of(model, model.unchanged, flows)
    assert_allclose(gain, flow, rtol=2e-5)


@pytest.mark.parametrize("name", [*COMBINATIONS, *BREAKING_HULTEN])
def test_every_shock_can_be_undone(name):
    """The counterfactual as a base, every shock reversed: ones to 1e-9, with tariffs, discounts, subsidies and imbalances there."""
    there = Flows(("R00",), ("R01",))
    shocks = [
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
    options = {**COMBINATIONS, **BREAKING_HULTEN}[name]
    model = adapter.build_model(random_world(22), shocks, ModelOptions().over(options), options=TIGHT)
    away = model.solve(shocks)
    assert away.stats.largest_residual < 1e-10
    base, scenario, new_base = model.base, away.scenario, rebased(away)
    choices = {"real_use": scenario.real_use, "rigid_factor": scenario.rigid_factor}
    # The numeraire's weights are those of each base, so levels of imbalances are restated in the new one.
    income = new_base.factor_income
    numeraire = income.sum() / (income / away.factor_price_hat).sum()
    imbalance = base.imbalance._replace(level=numeraire * base.imbalance.level)
    # Employment of a rigid factor is an outcome: what the new base calls full is what firms employed there.
    back = no_change(new_base)._replace(
        trade_cost_hat=1.0 / scenario.trade_cost_hat,
        availability=1.0 / scenario.availability,
        wedges=base.wedges,
        productivity_hat=1.0 / scenario.productivity_hat,
        subsidy=base.subsidy,
        imbalance=imbalance,
        purchases=np.zeros_like(scenario.purchases),
        **base_recipe_seen_from(away),
        **choices,
    )
    home = solve(new_base, back, TIGHT)
    level = (away.unit_cost_hat * home.unit_cost_hat).mean()
    assert_allclose(away.unit_cost_hat * home.unit_cost_hat, level, rtol=1e-9)
    assert_allclose(home.final_spending, level * base.final_spending, rtol=1e-9)
