"""Draws that stand side by side are the draws one by one, whatever stands beside them and however they differ."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.adapters.equilibrium_base import use_groups
from accord.adapters.shock_columns import in_columns, of_draw
from accord.engines.equilibrium.quick_cells import UnlikeError, alike
from accord.errors import ProgrammeError
from accord.numerics.factorisation import one_thread
from accord.programme import read_programme
from accord.shocks import (
    Flows,
    HomePreferenceShock,
    Producers,
    ProductivityShock,
    PurchaseShock,
    ResourceCostShock,
    SupportShock,
    TariffShock,
    TechnologyShock,
    TradeCostShock,
    TransferShock,
)
from accord.study import draws as draws_module
from accord.study.prepare import prepare
from accord.study.unknowns import Drawn, points, unknowns_of
from accord.world import read_world

FLOWS = Flows(("ARC",), ("BEL",), ("AGR",))


def cost(payer, amount, measure="a"):
    return ResourceCostShock(measure=measure, payer=payer, amount=amount)


def draw_of(number, *more):
    """Shocks of every sort, with numbers of their own."""
    return (
        TradeCostShock(measure="a", flows=FLOWS, factor=1.0 + number, weight=0.5),
        TariffShock(measure="b", flows=FLOWS, new_rate=0.1 * number),
        TariffShock(measure="b", flows=FLOWS, change=-0.1 * number),
        HomePreferenceShock(
            measure="c",
            flows=FLOWS,
            base_factor=1.5,
            new_factor=1.0,
            public_share=(("government", 0.5 + number / 10),),
        ),
        ProductivityShock(measure="d", producers=Producers(("ARC",)), factor=2.0 + number),
        TechnologyShock(measure="e", region="ARC", sector="AGR", changes=(("MAN", number), ("AGR", 1.0))),
        SupportShock(measure="f", flows=FLOWS, outside=("CAL",), amount=3.0 + number),
        *more,
    )


def sums(shocks):
    """What costs and transfers come to, by payer."""
    found = {}
    for shock in shocks:
        if isinstance(shock, ResourceCostShock | TransferShock | PurchaseShock):
            key = type(shock), shock.measure, shock.payer
            found[key] = found.get(key, 0.0) + shock.weight * shock.amount
    return {key: value for key, value in found.items() if value != 0.0}


@given(numbers=st.lists(st.floats(0.1, 0.9), min_size=1, max_size=5), lacking=st.integers(0, 4))
def test_a_draw_out_of_columns_is_the_draw_that_went_in(numbers, lacking):
    several = [
        draw_of(
            number, *([] if place == lacking else [cost("BEL", number), cost("BEL", 2.0)]), cost("ARC", 7.0)
        )
        for place, number in enumerate(numbers)
    ]
    columns = in_columns(several)
    for place, wanted in enumerate(several):
        found = of_draw(columns, place)
        assert found[:7] == wanted[:7]
        assert sums(found) == pytest.approx(sums(wanted), rel=1e-15)


def test_no_order_of_costs_depends_on_who_stands_beside():
    one, other = (
        draw_of(0.5, cost("BEL", 1.0), cost("ARC", 2.0)),
        draw_of(0.6, cost("CAL", 3.0), cost("BEL", 4.0)),
    )
    alone = [shock for shock in of_draw(in_columns([one]), 0) if isinstance(shock, ResourceCostShock)]
    beside = [shock for shock in of_draw(in_columns([other, one]), 1) if isinstance(shock, ResourceCostShock)]
    assert alone == [shock for shock in beside if shock.amount != 0.0]


@pytest.mark.parametrize(
    "change",
    [
        lambda shocks: shocks[1:],
        lambda shocks: (replace(shocks[0], flows=replace(FLOWS, importers=("CAL",))), *shocks[1:]),
        lambda shocks: (*shocks[:6], replace(shocks[6], amount=0.0)),
        lambda shocks: (*shocks[:6], replace(shocks[6], factor=2.0)),
        lambda shocks: (*shocks[:5], replace(shocks[5], changes=(("SRV", 1.0),)), shocks[6]),
    ],
)
def test_draws_that_differ_in_more_than_numbers_are_told_apart(change):
    several = [draw_of(0.1), change(draw_of(0.2)), draw_of(0.3), change(draw_of(0.4))]
    with pytest.raises(UnlikeError) as raised:
        in_columns(several)
    assert raised.value.kinds.tolist() == [0, 1, 0, 1]


def test_flags_that_differ_tell_economies_apart():
    flags = np.array([[[True, True, False]], [[False, False, False]]])
    assert alike(flags[..., :2]).tolist() == [[True], [False]]
    with pytest.raises(UnlikeError) as raised:
        alike(flags)
    first, second, third = raised.value.kinds
    assert first == second != third


@pytest.fixture(scope="module")
def quick(repository):
    prepared = prepare(read_programme(repository / "tests/study/toy_union.toml"), read_world("toy"))
    unknowns = unknowns_of(prepared.programme, prepared.world)
    drawn = Drawn(unknowns, points(unknowns.coordinates, 16, 0), 16)
    return draws_module.DrawSolver(prepared, drawn, (prepared.world,)).quick


def problems(quick, numbers):
    solver, programme = quick._solve, quick.programme
    draws = [programme.drawn[number] for number in numbers]
    return solver, [
        ((draw.elasticity_set, draw.imputation), programme.trade_elasticity(draw), programme.checked(draw))
        for draw in draws
    ]


def bytes_of(found):
    return [None if one is None else b"".join(part.tobytes() for part in one[1]) for one in found]


@pytest.mark.medium
def test_draws_of_several_kinds_and_one_that_has_no_equilibrium_leave_each_other_alone(quick):
    solver, several = problems(quick, range(6))
    (centre, theta, checked), (here, own, also) = several[1], several[4]
    dearer = TradeCostShock(measure="more", flows=Flows(("ARC",), ("BEL",)), factor=1.2)
    several[1] = centre, theta, replace(checked, decisions=(*checked.decisions, dearer))
    drained = TransferShock(measure="all", payer="ARC", recipient="BEL", amount=1e9)
    several[4] = here, own, replace(also, decisions=(*also.decisions, drained))
    with one_thread():
        found = solver.runs(several)
        assert [one is None for one in found] == [place == 4 for place in range(6)]
        assert bytes_of(found) == [bytes_of(solver.runs([one]))[0] for one in several]


@pytest.mark.medium
def test_a_draw_whose_shocks_cannot_be_made_is_left_out_alone(quick):
    solver, several = problems(quick, range(3))
    bad = TechnologyShock(
        measure="bad", region="ARC", sector=checked_sector(solver), changes=(("value_added", -1e12),)
    )
    several = [
        (
            one,
            own,
            replace(also, decisions=(*also.decisions, replace(bad, changes=(("value_added", change),)))),
        )
        for (one, own, also), change in zip(several, (0.0, -1e12, 0.0), strict=True)
    ]
    with one_thread():
        found = solver.runs(several)
    assert [one is None for one in found] == [False, True, False]


def checked_sector(solver):
    return solver._drafts._worlds[0].sectors[0]


def test_every_number_of_every_kind_of_shock_is_a_column():
    for shock in in_columns([draw_of(0.1, cost("ARC", 1.0)), draw_of(0.2)]):
        for one in fields(shock):
            value = getattr(shock, one.name)
            assert not isinstance(value, float), (type(shock).__name__, one.name)


@pytest.mark.medium
def test_measures_that_disagree_on_a_public_share_are_told_so_in_numbers(quick):
    world = quick._solve._drafts._worlds[0]
    one, other = (
        HomePreferenceShock(
            measure=name, flows=FLOWS, base_factor=1.5, new_factor=1.0, public_share=(("government", share),)
        )
        for name, share in (("one", 0.25), ("other", 0.75))
    )
    with pytest.raises(ProgrammeError, match=r"0\.25 and 0\.75"):
        use_groups(world, in_columns([(one, other), (one, other)]), quick._solve._drafts._choices)
