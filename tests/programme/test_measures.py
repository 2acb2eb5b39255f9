"""What each kind of measure makes of its numbers: the laws of METHODS sections 1, 3 and 12."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import ProgrammeError
from accord.programme import Programme, read_programme
from accord.programme.measures import KINDS
from accord.shocks import (
    CalibratedFlowShock,
    EmbargoShock,
    Flows,
    ProductivityShock,
    RentWedgeShock,
    ResourceCostShock,
    Shock,
    TariffShock,
    TradeCostShock,
)
from programme.examples import (
    BARRIER,
    ONE_OF_EACH_KIND,
    PRODUCTIVITY,
    SANCTION,
    TARIFF,
    TRADE_COST,
    programme_table,
)

SHARES = st.floats(0.0, 1.0)
EQUIVALENTS = st.floats(0.001, 3.0)


def shocks_of(**table) -> tuple[Shock, ...]:
    return read_programme(programme_table(table)).shocks()


def log_effect(shocks: tuple[Shock, ...]) -> float:
    """Log change of the delivered price of the flows meant: cost and wedge together."""
    total = 0.0
    for shock in shocks:
        if isinstance(shock, TradeCostShock):
            total += shock.weight * math.log(shock.factor)
        if isinstance(shock, CalibratedFlowShock):
            total += shock.weight * math.log(shock.new_factor / shock.base_factor)
    return total


@given(ave=EQUIVALENTS, cut=SHARES, rent_share=SHARES, in_base=SHARES)
def test_cost_and_rent_of_a_barrier_make_the_whole_change_whatever_the_rent_share(
    ave, cut, rent_share, in_base
):
    shocks = shocks_of(**{**BARRIER, "ave": ave, "cut": cut, "rent_share": rent_share, "in_base": in_base})
    whole = math.log((1.0 + ave * (1.0 - cut)) / (1.0 + ave))
    assert math.isclose(log_effect(shocks), (1.0 - in_base) * whole, abs_tol=1e-12)


@given(ave=EQUIVALENTS, cut=SHARES)
def test_barrier_without_rent_is_a_pure_cost(ave, cut):
    (cost,) = shocks_of(**{**BARRIER, "ave": ave, "cut": cut, "rent_share": 0})
    assert isinstance(cost, TradeCostShock)
    assert math.isclose(cost.factor, (1.0 + ave * (1.0 - cut)) / (1.0 + ave))


@given(ave=EQUIVALENTS, cut=SHARES)
def test_barrier_that_is_all_rent_costs_no_resources(ave, cut):
    (wedge,) = shocks_of(**{**BARRIER, "ave": ave, "cut": cut, "rent_share": 1})
    assert isinstance(wedge, RentWedgeShock)
    assert math.isclose(wedge.base_factor, 1.0 + ave)
    assert math.isclose(wedge.new_factor, 1.0 + ave * (1.0 - cut))


@given(ave=EQUIVALENTS, rent_share=st.floats(0.01, 1.0), in_base=SHARES)
def test_rents_of_a_sanction_are_in_the_base_as_far_as_the_base_holds_it(ave, rent_share, in_base):
    table = {
        **SANCTION,
        "ave": ave,
        "rent_share": rent_share,
        "in_base": in_base,
        "recipient": "exporter-firms",
    }
    wedges = [shock for shock in shocks_of(**table) if isinstance(shock, RentWedgeShock)]
    for wedge in wedges:
        assert math.isclose(wedge.base_factor, (1.0 + ave) ** (rent_share * in_base))
        assert math.isclose(wedge.new_factor, (1.0 + ave) ** rent_share)
    assert math.isclose(
        log_effect(shocks_of(**table)), 2.0 * (1.0 - in_base) * math.log(1.0 + ave), abs_tol=1e-12
    )


@given(in_base=SHARES)
def test_every_shock_but_a_wedge_weighs_what_the_base_does_not_hold(in_base):
    for table in ONE_OF_EACH_KIND:
        for shock in shocks_of(**{**table, "in_base": in_base}):
            assert shock.weight == (1.0 if isinstance(shock, CalibratedFlowShock) else 1.0 - in_base)


@pytest.mark.parametrize("table", ONE_OF_EACH_KIND, ids=lambda table: table["kind"])
def test_measure_that_the_base_holds_wholly_has_no_effect(table):
    for shock in shocks_of(**{**table, "in_base": 1.0}):
        if isinstance(shock, CalibratedFlowShock):
            assert math.isclose(shock.base_factor, shock.new_factor)
        else:
            assert shock.weight == 0.0


@pytest.mark.parametrize("table", ONE_OF_EACH_KIND, ids=lambda table: table["kind"])
def test_dropped_measure_makes_no_shock_and_says_so(table):
    programme = read_programme(programme_table({**table, "status": "dropped"}))
    assert programme.shocks() == ()
    assert programme.notes() == ("measure 'm1' is dropped and makes no shocks",)


@pytest.mark.parametrize("table", ONE_OF_EACH_KIND, ids=lambda table: table["kind"])
def test_kind_makes_the_shocks_that_its_page_says(table):
    made = {type(shock) for shock in shocks_of(**table)}
    assert made
    assert made <= set(KINDS[table["kind"]].made_of)


def test_there_is_an_example_of_every_kind():
    assert {table["kind"] for table in ONE_OF_EACH_KIND} == set(KINDS)


def test_tariff_takes_a_rate_some_points_or_a_schedule():
    table = {key: value for key, value in TARIFF.items() if key != "new_rate"}
    partners = Flows(exporters=("@partners",), importers=("@partners",))
    assert shocks_of(**table, new_rate=0.05) == (TariffShock(measure="m1", flows=partners, new_rate=0.05),)
    assert shocks_of(**table, change=-0.02) == (TariffShock(measure="m1", flows=partners, change=-0.02),)
    assert shocks_of(**table, schedule="treaty") == (
        TariffShock(measure="m1", flows=partners, schedule="treaty"),
    )


def test_trade_cost_can_fall_on_components_alone():
    (shock,) = shocks_of(**TRADE_COST, uses="intermediate", sectors=["machines", "goods"])
    assert isinstance(shock, TradeCostShock)
    assert shock.flows.uses == ("@intermediate",)
    assert shock.flows.sectors == ("machines", "@goods")


def test_both_ways_swaps_the_sides():
    table = {key: value for key, value in TARIFF.items() if key != "between"}
    one, other = shocks_of(**table, exporters="ARC", importers=["COR", "BEL"], both_ways=True)
    assert isinstance(one, TariffShock)
    assert isinstance(other, TariffShock)
    assert (one.flows.exporters, one.flows.importers) == (("ARC",), ("COR", "BEL"))
    assert (other.flows.exporters, other.flows.importers) == (("COR", "BEL"), ("ARC",))


def test_one_side_alone_trades_with_everybody():
    table = {key: value for key, value in TARIFF.items() if key != "between"}
    (shock,) = shocks_of(**table, importers="ARC", sectors="all")
    assert isinstance(shock, TariffShock)
    assert shock.flows == Flows(importers=("ARC",))


@pytest.mark.parametrize(
    ("direction", "flows"),
    [
        ("exports", [Flows(exporters=("COR",), importers=("@partners",))]),
        ("imports", [Flows(exporters=("@partners",), importers=("COR",))]),
    ],
)
def test_direction_of_a_sanction_is_seen_from_those_who_impose_it(direction, flows):
    table = {key: value for key, value in SANCTION.items() if key != "ave"}
    shocks = shocks_of(**{**table, "direction": direction, "embargo": 0.8})
    assert [shock.flows for shock in shocks if isinstance(shock, EmbargoShock)] == flows
    assert [shock.intensity for shock in shocks if isinstance(shock, EmbargoShock)] == [0.8]


@given(change=st.floats(-50.0, 200.0))
def test_productivity_in_per_cent_is_a_factor(change):
    table = {key: value for key, value in PRODUCTIVITY.items() if key != "factor"}
    (shock,) = shocks_of(**table, change_pct=change)
    assert isinstance(shock, ProductivityShock)
    assert math.isclose(shock.factor, 1.0 + change / 100.0)


def test_each_member_of_a_group_of_payers_pays_and_zero_makes_no_shock():
    cost = [
        {"payer": "partners", "usd_million_per_year": 7, "source": "a report"},
        {"payer": "COR", "usd_million_per_year": 0, "source": "assumption: nothing"},
    ]
    costs = [
        shock for shock in shocks_of(**{**BARRIER, "cost": cost}) if isinstance(shock, ResourceCostShock)
    ]
    assert [(shock.payer, shock.amount) for shock in costs] == [("ARC", 7.0), ("BEL", 7.0)]


def test_measure_made_in_python_keeps_the_rules_too():
    with pytest.raises(ProgrammeError, match="exactly one of them"):
        KINDS["productivity"].model_validate(
            {key: value for key, value in PRODUCTIVITY.items() if key != "factor"}
        )
    measure = KINDS["tariff"].model_validate(TARIFF)
    with pytest.raises(ProgrammeError, match="at least two distinct regions"):
        Programme(name="Test", partners=("ARC",), base_year=2020, measure=(measure,))  # pyright: ignore[reportCallIssue]
