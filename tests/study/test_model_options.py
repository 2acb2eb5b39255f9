"""Options of the long-run engine: from a file or a call to the arrays, and into what the outcome says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from accord.adapters import equilibrium as adapter
from accord.errors import ProgrammeError
from accord.programme.model import ModelOptions
from accord.shocks import Flows, TariffShock, TradeCostShock
from accord.study import run
from accord.world import read_world

SHOCK = TradeCostShock(measure="cut", flows=Flows(("ARC",), ("BEL",)), factor=0.8)
EVERYTHING = {
    "closure": "own-share",
    "use_groups": "every-user",
    "labour_share": 0.6,
    "labour": "mobile",
    "capital": "specific",
    "resource_share": 0.2,
    "resource_sectors": ["farming"],
    "value_added_materials": 0.7,
    "labour_capital": 0.9,
    "materials": 0.3,
    "energy": 0.5,
    "final": 0.8,
    "fixed_inputs": ["farming>food"],
    "scale": 0.03,
    "trade_elasticity_scale": 0.5,
    "horizon": "short",
}


def solved(**changes: object) -> tuple[adapter.Model, np.ndarray]:
    model = adapter.build_model(read_world("toy"), [SHOCK], ModelOptions().over(changes))
    state = model.solve([SHOCK])
    assert state.stats.largest_residual < 1e-10
    return model, state.household_consumption / model.unchanged.household_consumption


@pytest.mark.parametrize(
    "name",
    [name for name in EVERYTHING if name not in {"labour", "capital", "resource_sectors", "labour_share"}],
)
def test_each_option_alone_changes_the_answer(name):
    alone = {name: EVERYTHING[name]}
    if name == "resource_share":
        alone["resource_sectors"] = ["farming"]
    if name == "labour_capital":
        alone |= {"labour_share": 0.6, "capital": "specific"}
        default = {"labour_share": 0.6, "capital": "specific"}
    else:
        default = {}
    if name == "energy":
        pytest.skip("the toy has no energy sector")
    assert not np.allclose(solved(**alone)[1], solved(**default)[1], rtol=1e-7)


def test_all_options_together_reproduce_the_base_and_keep_every_account():
    model, _ = solved(**EVERYTHING)
    unchanged = model.unchanged
    np.testing.assert_allclose(unchanged.unit_cost_hat, 1.0, atol=1e-12)
    assert model.factors.names == ("labour", "capital", "resource")
    assert len(model.groups) == len(model.world.sectors) + len(model.world.uses)


def test_use_groups_may_be_named_and_those_left_out_share_one():
    named, _ = solved(use_groups=[["household"], ["food", "machines"]])
    others = ("farming", "government", "investment")
    assert set(named.groups.names) == {("household",), ("food", "machines"), others}
    final, _ = solved(use_groups=[["household", "government", "investment"]])
    pair = solved(use_groups="intermediate-final")
    np.testing.assert_allclose(solved(use_groups=[list(final.world.uses)])[1], pair[1], rtol=1e-12)
    with pytest.raises(ProgrammeError, match=r"unknown user 'fod'[\s\S]*Did you mean 'food'"):
        solved(use_groups=[["fod"]])
    with pytest.raises(ProgrammeError, match="food stands in more than one place"):
        solved(use_groups=[["food"], ["food", "household"]])
    with pytest.raises(ProgrammeError, match="says nothing about use groups"):
        solved(use_groups="every user")


@pytest.mark.parametrize(
    "shock",
    [
        pytest.param(
            TradeCostShock(measure="cut", flows=Flows(("ARC",), ("BEL",), None, ("household",)), factor=0.8),
            marks=pytest.mark.slow,  # another shape to compile
        ),
        pytest.param(
            TariffShock(measure="duty", flows=Flows(("ARC",), ("BEL",), None, ("household",)), new_rate=0.3),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_users_that_only_a_later_shock_names_are_told_apart(shock):
    """What all groups share is kept once; a shock that tells them apart must not fall on all of them."""
    options = ModelOptions(use_groups="uses")
    before, after = (adapter.build_model(read_world("toy"), known, options) for known in ([], [shock]))
    found, wanted = before.solve([shock]), after.solve([shock])
    np.testing.assert_allclose(found.household_consumption, wanted.household_consumption, rtol=1e-10)
    everyone = before.solve([replace(shock, flows=replace(shock.flows, uses=None))])
    assert np.abs(everyone.household_consumption / wanted.household_consumption - 1.0).max() > 1e-5


def test_the_short_run_is_a_lower_trade_elasticity_from_its_source():
    """Boehm, Levchenko and Pandalai-Nayar (2023): 0.76 within a year over about 2 after seven to ten."""
    short, long = solved(horizon="short"), solved()
    np.testing.assert_allclose(short[0].base.technology.trade, 0.38 * long[0].base.technology.trade)
    np.testing.assert_allclose(short[1], solved(trade_elasticity_scale=0.38)[1], rtol=1e-12)
    assert ModelOptions(horizon="short").changed() == {"horizon": "short"}


def test_rigid_wages_hold_real_wages_and_employment_moves():
    options = ModelOptions().over({"labour_share": 0.6, "rigid_wages": True})
    model = adapter.build_model(read_world("toy"), [SHOCK], options)
    frame = adapter.region_frame(model, model.unchanged, model.solve([SHOCK]), ("ARC", "BEL"))
    np.testing.assert_allclose(frame["real_wage_pct"], 0.0, atol=1e-8)
    assert frame["real_return_to_capital_pct"].abs().max() > 0.1
    assert frame["employment_pct"].abs().max() > 0.1


def test_the_price_of_a_factor_is_what_it_earns_over_how_much_of_it_there_is():
    """Full employment, one elasticity of transformation: real wage = real labour income, gains of those who move included."""
    model, _ = solved(labour_share=0.6, labour=2.0, capital="specific")
    state = model.solve([SHOCK])
    frame = adapter.region_frame(model, model.unchanged, state, ("ARC", "BEL"))
    earned = (
        state.factor_demand.sum(axis=2) / model.base.factor_income.sum(axis=2) / state.use_price_hat[:, [0]]
    )
    names = ["real_wage_pct", "real_return_to_capital_pct"]
    np.testing.assert_allclose(frame[names], 100.0 * (earned - 1.0), atol=1e-8)


def test_a_natural_resource_is_not_called_capital():
    model, _ = solved(resource_share=0.2, resource_sectors=["farming"])
    assert model.factors.names == ("all", "resource")
    frame = adapter.region_frame(model, model.unchanged, model.solve([SHOCK]), ("ARC", "BEL"))
    np.testing.assert_array_equal(frame["real_return_to_capital_pct"], frame["real_wage_pct"])


def test_employment_is_told_where_wages_are_rigid_and_only_there(repository):
    """Labour times its unchanged real wage is what it earns; capital stays employed in full."""
    outcome = run(
        repository / "tests/study/toy_union.toml",
        model={"labour_share": 0.6, "rigid_wages": True},
        variants=False,
        horizon="long-run",
    )
    table = outcome.tables["employment"]
    employment = outcome["employment"].set_index(["factor", "region"])["employment_pct"]
    assert table.columns["employment_pct"].unit == "%"
    np.testing.assert_allclose(employment["capital"], 0.0, atol=1e-7)
    labour = outcome["regions"].set_index("region")["employment_pct"]
    np.testing.assert_allclose(labour[["ARC", "BEL", "COR"]], employment["labour"][["ARC", "BEL", "COR"]])
    assert labour["ARC"] > 0.1
    assert outcome.to_json()["regions"]["ARC"]["employment_pct"] == labour["ARC"]
    assert "rigid wages True" in outcome.method
    flexible = run(
        repository / "tests/study/toy_union.toml",
        model={"labour_share": 0.6},
        variants=False,
        horizon="long-run",
    )
    assert "employment" not in flexible.tables
    assert "employment_pct" not in flexible["regions"]


@pytest.mark.parametrize("closure", ["world-share", "own-share", "level"])
def test_inflows_add_up_to_zero_and_start_at_their_base(closure):
    model, _ = solved(closure=closure)
    state = model.solve([SHOCK])
    assert abs(np.sum(state.income.inflow)) < 1e-9 * state.final_spending.sum()
    base = model.unchanged
    world = adapter.build_model(
        read_world("toy"), [SHOCK], ModelOptions().over({"closure": "world-share"})
    ).unchanged
    np.testing.assert_allclose(base.income.inflow, world.income.inflow, rtol=1e-9, atol=1e-9)


def test_every_fault_of_the_options_is_reported():
    with pytest.raises(ProgrammeError) as caught:
        ModelOptions().over({"closure": "open", "materials": -1, "matrials": 1})
    text = str(caught.value)
    assert "closure" in text
    assert "out of range" in text
    assert "Did you mean 'materials'?" in text
    with pytest.raises(ProgrammeError, match=r"does not tell labour from capital"):
        adapter.build_model(read_world("toy"), [], ModelOptions().over({"rigid_wages": True}))
    with pytest.raises(ProgrammeError, match=r"unknown sector 'frming'"):
        adapter.build_model(read_world("toy"), [], ModelOptions().over({"fixed_inputs": ["frming>food"]}))


def test_options_of_the_file_are_overridden_by_the_call_and_named_in_the_outcome(repository):
    outcome = run(
        repository / "tests/study/toy_union.toml", model={"materials": 0.5}, closure="level", variants=False
    )
    assert outcome.closure == "level"
    assert dict(outcome.model_options) == {"materials": 0.5}
    assert "materials 0.5" in outcome.method
    assert "Cobb-Douglas costs, one mobile factor" not in outcome.method


def test_krugmans_scale_is_the_inverse_of_each_trade_elasticity():
    """Psi = 1/theta in goods (Krugman 1980; Costinot and Rodriguez-Clare 2014)."""
    model, _ = solved(scale_theta=0.5)
    technology = model.base.technology
    kinds = model.world.data["sector_kind"].to_numpy()
    np.testing.assert_allclose(
        technology.scale * technology.trade, np.where(kinds == "services", 0.0, 0.5), rtol=1e-15
    )


def test_factors_substitute_by_sector():
    halves = {"labour_share": 0.6, "capital": "specific"}
    first = solved(**halves)[0].world.sectors[0]
    one = solved(**halves, labour_capital_by_sector={first: 0.4})
    np.testing.assert_array_equal(one[0].base.technology.factors, [0.4, 1.0, 1.0])
    everywhere = solved(**halves, labour_capital=0.4)
    assert not np.allclose(one[1], everywhere[1], rtol=1e-9)


def test_faults_of_options_by_sector_come_together():
    with pytest.raises(ProgrammeError) as caught:
        solved(scale=0.1, scale_theta=0.5, labour_capital_by_sector={"fod": 0.5})
    assert "unknown sector 'fod'" in str(caught.value)
    assert "one of them" in str(caught.value)
