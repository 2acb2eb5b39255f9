"""The two world checks of METHODS section 2 on real Worlds: Hulten's sum and the round trip."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from accord.adapters import equilibrium as adapter
from accord.engines.equilibrium import Options, no_change, rebased, solve
from accord.errors import WorldError
from accord.programme.model import ModelOptions
from accord.shocks import (
    EmbargoShock,
    Flows,
    Producers,
    ProductivityShock,
    RentWedgeShock,
    TariffShock,
    TradeCostShock,
)
from accord.world import World, read_world
from accord.world.build import rebuilt

WORLDS = [
    "toy",
    pytest.param("embedded", marks=pytest.mark.medium),
    pytest.param("icio-2022", marks=pytest.mark.slow),
]
CLOSURES = ["balanced", "world-share", "own-share"]


def a_world(name: str) -> World:
    try:
        return read_world(name)
    except WorldError:
        if name != "icio-2022" or os.environ.get("ACCORD_OFFLINE"):
            raise
        from accord.world.sources.icio2022 import fetch

        return fetch()


def two_regions(world: World) -> tuple[str, str]:
    return ("BLR", "RUS") if "BLR" in world.regions else (world.regions[0], world.regions[1])


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", WORLDS)
def test_world_gain_is_the_cut_times_the_flows_it_falls_on(name, closure):
    """Hulten: for a small iceberg cut without other wedges, equivalent variations add up to cut x value of the flows."""
    world = a_world(name)
    free = rebuilt(
        world,
        provenance=world.provenance,
        tariff_rate=np.zeros_like(world.data["tariff_rate"].to_numpy()),
        output_tax_rate=np.zeros((len(world.regions), len(world.sectors))),
    )
    one, other = two_regions(free)
    cut = 1e-5
    shock = TradeCostShock(measure="cut", flows=Flows((one,), (other,)), factor=1.0 - cut)
    model = adapter.build_model(free, [shock], ModelOptions().over({"closure": closure}))
    start, end = model.unchanged, model.solve([shock])
    gain = (end.household_consumption - start.household_consumption).sum()
    exporter, importer = (free.regions.index(code) for code in (one, other))
    value = start.flows_before_duty[:, :, importer, exporter].sum()
    assert gain == pytest.approx(cut * value, rel=1e-3)


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", WORLDS)
def test_reversing_every_shock_recovers_the_base(name, closure):
    """Counterfactual as base, every shock reversed: ones to 1e-9, with tariffs, rents, uses and imbalances present."""
    world = a_world(name)
    one, other = two_regions(world)
    there, back = Flows((one,), (other,)), Flows((other,), (one,))
    goods = tuple(
        sector
        for sector, kind in zip(world.sectors, world.data["sector_kind"].to_numpy(), strict=True)
        if kind == "goods"
    )
    shocks = [
        TradeCostShock(measure="cost", flows=there, factor=0.9),
        RentWedgeShock(
            measure="rent",
            flows=replace(back, sectors=goods[:1]),
            base_factor=1.05,
            new_factor=1.0,
            recipient="importer-firms",
        ),
        RentWedgeShock(
            measure="rent 2",
            flows=replace(there, sectors=goods[:1]),
            base_factor=1.05,
            new_factor=1.02,
            recipient="exporter-firms",
        ),
        TariffShock(measure="tariff", flows=back, change=0.1),
        EmbargoShock(measure="embargo", flows=replace(there, sectors=goods[-1:]), intensity=0.5),
        ProductivityShock(measure="productivity", producers=Producers((one,)), factor=1.02),
    ]
    model = adapter.build_model(world, shocks, ModelOptions().over({"closure": closure}))
    scenario = adapter.scenario_of(model, shocks)
    tight = Options(tolerance=1e-11)
    away = solve(model.base, scenario, tight)
    new_base = rebased(away)
    reverse = no_change(new_base)._replace(
        trade_cost_hat=1.0 / scenario.trade_cost_hat,
        availability=1.0 / scenario.availability,
        wedges=model.base.wedges,
        productivity_hat=1.0 / scenario.productivity_hat,
    )
    home = solve(new_base, reverse, tight)
    np.testing.assert_allclose(away.unit_cost_hat * home.unit_cost_hat, 1.0, atol=1e-9)
    np.testing.assert_allclose(away.factor_price_hat * home.factor_price_hat, 1.0, atol=1e-9)
    np.testing.assert_allclose(home.final_spending, model.base.final_spending, rtol=1e-9)
