"""The quick solver and the quick calibration give what the general ones give; where they cannot, they say so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.adapters.equilibrium import accounts_of
from accord.adapters.equilibrium_base import use_groups
from accord.adapters.equilibrium_wedges import BaseWedges
from accord.adapters.shock_columns import in_columns
from accord.adapters.technology import factors_of
from accord.engines.equilibrium import Options, Wedges, no_change, no_imbalance, rebased, solve
from accord.engines.equilibrium.calibrate import calibrate
from accord.engines.equilibrium.chord import Chord
from accord.engines.equilibrium.chord_solve import already, solve_together
from accord.engines.equilibrium.chord_solve import solve as quickly
from accord.engines.equilibrium.quick import System, covers, rebased_quickly
from accord.engines.equilibrium.quick_cells import Cells
from accord.engines.equilibrium.quick_fixed import no_change_in_columns
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_state import state_of
from accord.engines.equilibrium.quick_supports import Market
from accord.engines.equilibrium.quick_together import Together, evaluated
from accord.engines.equilibrium.recalibrate import Recalibration
from accord.errors import EngineError
from accord.programme.model import ModelOptions
from accord.shocks import ContractPriceShock, Flows, HomePreferenceShock, RentWedgeShock
from accounts import random_base as imbalanced
from accounts import random_scenario as any_scenario
from economies import random_world

TIGHT = Options(target=1e-13)


def random_base(seed):
    """Imbalances as levels: the quick solver has no others."""
    base = imbalanced(seed)
    levels = base.imbalance.world_share * base.final_spending.sum()
    return base._replace(imbalance=no_imbalance(len(levels))._replace(level=levels))


def random_scenario(seed, base, strength):
    return any_scenario(seed, base, strength)._replace(imbalance=base.imbalance)


def _quickly(base, scenario, chord=None):
    system = System.of(base, scenario)
    chord = chord or Chord.at(system, system.start)
    return system, quickly(chord, system)


@pytest.mark.medium
@given(seed=st.integers(0, 2**16))
def test_quick_and_general_solver_agree(seed):
    base = random_base(seed)
    scenario = random_scenario(seed, base, 0.5)
    general = solve(base, scenario, TIGHT)
    system, found = _quickly(base, scenario)
    assert found.residual <= 3e-11
    assert_allclose(system.consumption(found.found)[:, 0], general.household_consumption, rtol=1e-9)
    assert_allclose(np.exp(found.state.unit_cost), general.unit_cost_hat, rtol=1e-9)
    assert_allclose(np.exp(found.state.output) * system.fixed.base_output[..., 0], general.output, rtol=1e-8)


def test_one_jacobian_serves_other_elasticities_and_scenarios():
    base = random_base(3)
    system, central = _quickly(base, random_scenario(0, base, 0.5))
    chord = Chord.at(system, central.state)
    for seed in range(1, 5):
        factor = np.random.default_rng(seed).uniform(0.4, 2.0, base.technology.trade.shape)
        other = base._replace(technology=base.technology._replace(trade=base.technology.trade * factor))
        scenario = random_scenario(seed, other, 0.5)
        again, found = _quickly(other, scenario, chord)
        general = solve(other, scenario, TIGHT)
        assert_allclose(again.consumption(found.found)[:, 0], general.household_consumption, rtol=1e-9)


def test_nothing_changes_without_a_shock():
    base = random_base(1)
    system, found = _quickly(base, no_change(base))
    assert found.evaluations == 1
    assert_allclose(system.consumption(found.found)[:, 0], base.final_spending[:, 0], rtol=1e-12)


def test_a_quick_equilibrium_is_a_base_of_its_own():
    base = random_base(2)
    scenario = random_scenario(2, base, 0.5)
    scenario = scenario._replace(purchases=np.zeros_like(scenario.purchases))
    general = rebased(solve(base, scenario, TIGHT))
    system, found = _quickly(base, scenario)
    quick, layout = rebased_quickly(system, found.state.column(), found.found)
    for name in ("expenditure", "factor_income", "final_spending"):
        own = getattr(quick, name)[..., 0]
        assert_allclose(own, getattr(general, name), rtol=1e-8, atol=1e-9, err_msg=name)
    assert_arranged_alike(quick, layout, general, rtol=1e-7)


def assert_arranged_alike(base, layout, general, rtol, draw=0):
    """Under no shock, one of arranged bases is what its shares are when they are arranged."""
    level = base.imbalance.level[:, draw if base.imbalance.level.shape[1] > 1 else 0]
    general = general._replace(imbalance=no_imbalance(len(level))._replace(level=level))
    share = sourcing(general, layout, draw)
    assert_allclose(share, general.expenditure_share, rtol=rtol, atol=1e-9)
    again = System.of(general, no_change(general))
    many = layout.output.shape[2]
    nothing = again.extra._replace(value=np.zeros((0, many)))
    known = System.side_by_side(base, no_change_in_columns(base), again.moved, nothing, layout)
    for name in ("inputs", "finals"):
        one, other = getattr(known, name)[..., draw], getattr(again, name)[..., 0]
        assert_allclose(one, other, rtol=rtol, atol=1e-12, err_msg=name)
    assert_allclose(layout.output[..., draw], again.layout.output[..., 0], rtol=rtol)
    point = np.random.default_rng(0).normal(0.0, 0.1, known.start.flat().size)
    one, other = (
        Together([known]).evaluate(np.tile(point, (many, 1))),
        Together([again]).evaluate(point[None]),
    )
    assert_allclose(one.residual[:, draw], other.residual[:, 0], rtol=rtol, atol=rtol)
    assert_allclose(one.balance[draw], other.balance[0], atol=rtol)


def sourcing(general, layout, draw):
    """Shares of sources in what is bought (g, k, n, i), by the layout."""
    groups, sectors, regions = general.shape
    paid = layout.weights.of_products()[1] * np.exp(layout.weights.column)[:, None]
    paid = paid[..., draw]
    share = (paid / paid.sum(axis=2, keepdims=True)).reshape(sectors, groups, regions, regions)
    return share.swapaxes(0, 1) * (general.expenditure[..., None] > 0.0)


def test_what_it_does_not_cover_is_said():
    base = random_base(0)
    assert covers(base, no_change(base))
    scale = base.technology._replace(scale=np.full_like(base.technology.scale, 0.1))
    assert not covers(base._replace(technology=scale), no_change(base))
    rigid = no_change(base)._replace(rigid_factor=np.ones(base.factor_income.shape[1], dtype=bool))
    assert not covers(base, rigid)


def test_an_equilibrium_that_is_not_there_is_an_error():
    base = random_base(0)
    drained = np.zeros(base.final_spending.shape[0])
    drained[0] = -10.0 * base.final_spending[0].sum()
    drained[1] = -drained[0]
    with pytest.raises(EngineError):
        _quickly(base, no_change(base)._replace(transfer=drained))


def _rent(flows, factor, recipient):
    return RentWedgeShock(
        measure=recipient, flows=flows, base_factor=factor, new_factor=1.0, recipient=recipient
    )


def _preference(share):
    return HomePreferenceShock(
        measure="preference",
        flows=Flows(("R00",), ("R01",)),
        base_factor=1.3,
        new_factor=1.0,
        public_share=(("government", 1.0), ("s01", share)),
    )


ONE_USER = Flows(("R00",), ("R01",), None, ("s00",))
TWO_SELLERS = Flows(("R00", "R02"), ("R01", "R02"), ("s00", "s02"))
CONTRACT = ContractPriceShock(measure="c", flows=TWO_SELLERS, base_factor=0.7, new_factor=1.0)
TOGETHER = (
    _rent(TWO_SELLERS, 1.2, "importer-government"),
    _rent(Flows(("R00",), ("R01",)), 1.1, "importer-firms"),
    CONTRACT,
)
HELD = {
    "nobody divided": (_rent(ONE_USER, 1.2, "importer-firms"), _preference(0.0)),
    "one divided": (_rent(ONE_USER, 1.2, "importer-firms"), _preference(0.4)),
    "one public": (_rent(ONE_USER, 1.2, "importer-firms"), _preference(1.0)),
    "every wedge, one group": TOGETHER,
    "every wedge, some groups": (*TOGETHER, _rent(ONE_USER, 1.3, "exporter-firms"), _preference(0.4)),
    "wedges that groups share": (*TOGETHER, _preference(0.4)),
    "nothing held": (),
}


def recalibrated(start, wedges, groups, technology):
    """Several draws: the same wedges (g or 1, k, n, i) in each, and elasticities (k, d)."""
    weight = np.repeat(np.stack(groups.weights)[..., None], technology.trade.shape[1], axis=2)
    shape = (len(weight), *np.broadcast_shapes(*(rate.shape for rate in (*wedges, *start.wedges)))[1:])
    whole = Wedges(*(np.broadcast_to(rate, shape) for rate in wedges))
    before = Wedges(*(np.broadcast_to(rate, shape) for rate in start.wedges))
    paid = (whole.landed_factor != before.landed_factor) | (whole.export_rent != before.export_rent)
    known = Recalibration(start)
    cells = known.cells(weight, np.flatnonzero(paid | (whole.home_preference != 0.0)))
    paying = np.flatnonzero(cells.of(paid))
    many = weight.shape[2]
    on_cells = Wedges(*(np.repeat(cells.of(rate)[:, None], many, axis=1) for rate in whole))
    return known.calibrated(on_cells, technology, weight, cells, paying)


def assert_calibrated(found, layout, wanted, draw):
    for name in ("expenditure", "factor_share", "final_spending", "factor_income"):
        own = getattr(found, name)[..., draw]
        assert_allclose(own, getattr(wanted, name), rtol=1e-11, atol=1e-12, err_msg=name)
    assert_arranged_alike(found, layout, wanted, rtol=1e-11, draw=draw)
    world_share = found.imbalance.world_share[:, draw]
    assert_allclose(world_share, wanted.imbalance.world_share, atol=1e-13)


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_recalibration_is_calibration(held):
    world = random_world(5)
    choices = ModelOptions().over({"elasticities": "random"})
    factors = factors_of(world, choices)
    groups, wedges = use_groups(world, held, choices), BaseWedges(world)
    under = wedges.under(held, groups)
    accounts = accounts_of(world, under.wedges, choices, factors)
    theta = accounts.technology.trade
    several = accounts.technology._replace(trade=np.stack([theta, 1.3 * theta], axis=1))
    start = accounts_of(world, wedges.tariffs_alone, choices, factors)
    found, layout = recalibrated(start, under.wedges, groups, several)
    for draw in range(2):
        own = accounts.technology._replace(trade=several.trade[:, draw])
        wanted = calibrate(accounts._replace(technology=own), groups.weights)
        assert_calibrated(found, layout, wanted, draw)


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_wedges_on_cells_are_those_of_whole_arrays(held):
    world = random_world(5)
    groups, wedges = use_groups(world, held, ModelOptions()), BaseWedges(world)
    whole, shape = wedges.under(held, groups), (len(groups), *wedges.tariffs_alone.tariff.shape[1:])
    cells = Cells.at(np.arange(np.prod(shape)), shape)
    found = wedges.on_cells(in_columns([held, held]), groups, cells, 2)
    for rate, dense in zip((*found.wedges, found.public), (*whole.wedges, whole.public), strict=True):
        for draw in range(2):
            assert_allclose(rate[:, draw], cells.of(dense), rtol=1e-14, atol=1e-15)
    places = wedges.places(held, groups)
    landed = np.broadcast_to(whole.wedges.landed_factor, shape) != np.broadcast_to(
        wedges.tariffs_alone.landed_factor, shape
    )
    rented = np.broadcast_to(whole.wedges.export_rent, shape) != 0.0
    assert set(np.flatnonzero(landed | rented)) <= set(places.paid)
    assert set(np.flatnonzero(np.broadcast_to(whole.wedges.home_preference, shape))) <= set(places.chosen)


def test_recalibration_from_rents_is_calibration():
    world = random_world(5)
    choices = ModelOptions().over({"elasticities": "random"})
    factors = factors_of(world, choices)
    groups, wedges = use_groups(world, TOGETHER, choices), BaseWedges(world)
    start = accounts_of(world, wedges.under(TOGETHER, groups).wedges, choices, factors)
    technology = start.technology._replace(trade=start.technology.trade[:, None])
    found, layout = recalibrated(start, wedges.tariffs_alone, groups, technology)
    wanted = calibrate(start._replace(wedges=wedges.tariffs_alone), groups.weights)
    assert_calibrated(found, layout, wanted, 0)


@pytest.mark.medium
def test_an_equilibrium_of_the_general_solver_is_one_of_the_quick_one():
    for seed in (3, 8):
        base = random_base(seed)
        scenario = random_scenario(seed, base, 0.5)
        state, system = state_of(solve(base, scenario, TIGHT)), System.of(base, scenario)
        found = already(system, state, 1e-10)
        assert found is not None
        assert found.residual <= 1e-10
        assert already(system, state._replace(income=state.income + 1e-8), 1e-10) is None


def _systems_of_one_world(count):
    """Systems under dearer trade whose bases differ in elasticities and share what users buy, as draws do."""
    base = random_base(7)
    shared, systems, steps, chord = Layout.of(base), [], [], None
    for seed in range(count):
        factor = np.random.default_rng(seed).uniform(0.7, 1.4, base.technology.trade.shape)
        own = base._replace(technology=base.technology._replace(trade=base.technology.trade * factor))
        weights = Layout.of(own).weights._replace(sources=shared.weights.sources)
        dearer = np.full_like(base.expenditure_share, 1.0 + 0.03 * (seed + 1))
        scenario = no_change(own)._replace(trade_cost_hat=dearer)
        system = System.of(own, scenario, layout=shared._replace(weights=weights))
        chord = chord or Chord.at(system, system.start)
        systems.append(system)
        steps.append(chord.steps(own.technology.trade[:, None]))
    assert len({system.structure for system in systems}) == 1, "they are solved side by side"
    return chord, systems, steps


def test_a_system_has_the_same_bytes_in_any_company():
    chord, systems, steps = _systems_of_one_world(9)
    together = solve_together(chord, systems, [system.start for system in systems], steps, target=1e-11)
    assert len({solution.evaluations for solution in together}) > 1, "some go on when others are done"
    for system, step, beside in zip(systems, steps, together, strict=True):
        (alone,) = solve_together(chord, [system], [system.start], [step], target=1e-11)
        assert alone.state.flat().tobytes() == beside.state.flat().tobytes()
        assert system.consumption(alone.found).tobytes() == system.consumption(beside.found).tobytes()


def test_columns_of_those_that_are_left_lie_as_all_did(monkeypatch):
    """They lay by columns where some had just been left out: BLAS then adds up in another order, in economies of the size of a World."""
    chord, systems, steps = _systems_of_one_world(9)
    honest, widths, in_rows = Chord.moves, set(), []

    def watched(self, at, power, residual, like):
        widths.add(residual.shape[1])
        in_rows.extend(part.flags.c_contiguous for part in (residual, power, *at))
        return honest(self, at, power, residual, like)

    monkeypatch.setattr(Chord, "moves", watched)
    solve_together(chord, systems, [system.start for system in systems], steps, target=1e-11)
    assert len(widths) > 1, "columns became fewer"
    assert all(in_rows)
    some = Together(systems).of_some(np.array([6, 1, 4, 3]))
    arrays = [part for part in (*some._fixed, some._column, some._level, some._cells.seen) if part.ndim > 1]
    assert all(part.flags.c_contiguous for part in arrays)


def test_one_without_an_equilibrium_leaves_the_others_theirs():
    base = random_base(3)
    systems = [System.of(base, random_scenario(seed, base, 0.3)) for seed in range(3)]
    chord = Chord.at(systems[0], systems[0].start)
    steps = [chord.steps(base.technology.trade[:, None])] * 3
    starts = [system.start for system in systems]
    (alone,) = solve_together(chord, systems[2:], starts[2:], steps[2:], target=3e-11)
    starts[1] = starts[1]._replace(income=np.full_like(starts[1].income, np.nan))
    found = solve_together(chord, systems, starts, steps, target=3e-11)
    assert found[1] is None
    assert found[2].state.flat().tobytes() == alone.state.flat().tobytes()


def _substituting(base, share):
    """Region 0 makes part of what it imports of product 0 itself."""
    before = System.of(base, no_change(base))
    start = before.start
    bought = before.quantities(evaluated(before, start), start.column(), [0])[0, ..., 0]
    importers = np.tile(np.arange(base.shape[2]) == 0, base.shape[0])
    outside = np.zeros(bought.shape, dtype=bool)
    outside[importers, 1:] = True
    sites = np.zeros((1, *bought.shape), dtype=bool)
    sites[0, importers, 0] = True
    imports, sales = np.array([bought[outside].sum()]), np.array([[bought[sites[0]].sum()]])
    market = Market(0, outside, sites, share * imports, np.ones((1, 1)), imports, sales)
    return System.of(base, no_change(base), [market]), market


def test_supports_replace_what_they_are_to_and_their_answers_save_steps():
    base = random_base(5)
    system, market = _substituting(base, 0.2)
    start = system.start._replace(support=market.at_fixed_prices(base.technology.trade[0])[:, 0])
    chord = Chord.at(system, system.start)
    slow = quickly(chord, system, start)
    bought = system.quantities(slow.found, slow.state.column(), [0])[0, ..., 0]
    assert_allclose(bought[market.outside].sum(), 0.8 * market.imports, rtol=1e-9)
    # With how the economy answers supports, the first step from there towards a little more is right to first order.
    chord = Chord.at(system, slow.state)
    more, _ = _substituting(base, 0.201)
    plain, answering = (
        quickly(own, more, slow.state, target=1e-12)
        for own in (chord, chord.with_supports(system, slow.state))
    )
    assert_allclose(answering.state.flat(), plain.state.flat(), atol=1e-10)
    assert answering.evaluations < plain.evaluations


@pytest.mark.parametrize(("share", "found"), [(1e-3, True), (1e-7, False)])
def test_what_loses_its_digits_is_left_to_the_general_solver(share, found):
    base = random_base(4)
    scenario = no_change(base)
    availability = np.broadcast_to(scenario.availability, base.expenditure_share.shape).copy()
    availability[:, 0, 1, :] = share  # nearly nothing is left to one importer, of any source
    scenario = scenario._replace(availability=availability)
    system = System.of(base, scenario)
    chord = Chord.at(system, system.start)
    if not found:
        with pytest.raises(EngineError):
            quickly(chord, system)
        return
    general = solve(base, scenario, TIGHT)
    assert_allclose(
        system.consumption(quickly(chord, system).found)[:, 0], general.household_consumption, rtol=1e-9
    )
