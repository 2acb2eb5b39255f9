"""The quick way from a draw to its shocks is the long one: same names, same numbers."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.programme.estimate import Estimate
from accord.shocks import Flows, HomePreferenceShock, PurchaseShock, ResourceCostShock
from accord.study.check import check_programme
from accord.study.couple import Dispatches, coupled
from accord.study.drawn_programme import DrawnProgramme
from accord.study.places import PlacesOnce
from accord.study.unknowns import Drawn, points, unknowns_of
from accord.world import read_world


class NoGroups:
    """A `Naming` in the names of the file."""

    def regions(self, labels, key):
        del key
        return labels

    sectors = users = party = regions


PROGRAMMES = Path(__file__).parents[2] / "programmes"


def _same(found, wanted):
    """Labels exactly, numbers up to rounding."""
    if isinstance(wanted, float):
        assert found == pytest.approx(wanted, rel=1e-13, abs=0.0)
    elif isinstance(wanted, tuple):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            _same(one, other)
    elif is_dataclass(wanted):
        assert type(found) is type(wanted)
        for field in fields(wanted):
            _same(getattr(found, field.name), getattr(wanted, field.name))
    else:
        assert found == wanted


@pytest.mark.medium
@pytest.mark.parametrize("name", ["union_state_2024", "usmca_autos"])
def test_a_draws_shocks_are_those_of_the_programme_at_its_values(name):
    programme, world = read_programme(PROGRAMMES / f"{name}.toml"), read_world("embedded")
    unknowns = unknowns_of(programme, world)
    drawn = Drawn(unknowns, points(unknowns.coordinates, 4, 3), 4)
    prepared = SimpleNamespace(programme=programme, world=world, checked=check_programme(programme, world))
    draws = DrawnProgramme(prepared, drawn, (world,))
    together = draws.each_checked([drawn[number] for number in range(4)])
    for number in (3, 0, 1, 3):  # whatever was asked before
        found = draws.checked(drawn[number])
        assert found == together[number]
        wanted = check_programme(programme.with_estimates(drawn[number].values), world)
        _same(found.context, wanted.context)
        _same(found.decisions, wanted.decisions)


@pytest.mark.medium
def test_threads_that_share_a_programme_get_each_their_own_draw(monkeypatch):
    programme, world = read_programme(PROGRAMMES / "eu_mercosur.toml"), read_world("embedded")
    unknowns = unknowns_of(programme, world)
    drawn = Drawn(unknowns, points(unknowns.coordinates, 8, 3), 8)
    prepared = SimpleNamespace(programme=programme, world=world, checked=check_programme(programme, world))
    alone, shared = (DrawnProgramme(prepared, drawn, (world,)) for _ in range(2))
    coupled_at_once = shared._dispatch.coupled

    def coupled_while_others_go_on(measure):
        time.sleep(1e-3)
        return coupled_at_once(measure)

    monkeypatch.setattr(shared._dispatch, "coupled", coupled_while_others_go_on)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: shared.checked(drawn[number]), range(8)))
    assert found == [alone.checked(drawn[number]) for number in range(8)]


def test_a_draw_that_cannot_be_leaves_the_others_as_they_are():
    programme, world = read_programme(PROGRAMMES / "kinds" / "energy-supply.toml"), read_world("toy")
    unknowns = unknowns_of(programme, world)
    drawn = Drawn(unknowns, points(unknowns.coordinates, 2, 3), 2)
    prepared = SimpleNamespace(programme=programme, world=world, checked=check_programme(programme, world))
    draws = DrawnProgramme(prepared, drawn, (world,))
    (contract,) = (measure for measure in programme.measures if measure.kind == "energy-supply")
    beyond = {**drawn[0].values, contract.id: {**drawn[0].values[contract.id], "volume": 1e6}}
    nothing = {**drawn[0].values, contract.id: {**drawn[0].values[contract.id], "volume": float("nan")}}
    asked = [drawn[0], replace(drawn[0], values=beyond), drawn[1]]
    with pytest.raises(ProgrammeError, match="times the World's flow"):
        draws.checked(asked[1])
    assert draws.each_checked(asked) == [draws.checked(drawn[0]), None, draws.checked(drawn[1])]
    with pytest.raises(ValueError, match="finite"):
        draws.checked(replace(drawn[0], values=nothing))


def test_places_are_said_once_and_numbers_each_time():
    asked = []

    def for_each_member(shock):
        asked.append(shock)
        if isinstance(shock, ResourceCostShock) and shock.amount == 0.0:
            return ()
        return tuple(
            type(shock)(
                **{field.name: getattr(shock, field.name) for field in fields(shock)} | {"payer": payer}
            )
            for payer in ("A", "B")
        )

    once = PlacesOnce(for_each_member)

    def cost(amount):
        return ResourceCostShock(measure="m", payer="both", amount=amount)

    def bought(amount, share):
        basket = (("s0", share), ("s1", 1.0 - share))
        return PurchaseShock(measure="m", payer="both", region="A", basket=basket, amount=amount)

    for shock in (cost(1.0), cost(0.0), cost(2.0), bought(2.0, 0.5), bought(3.0, 0.25), bought(4.0, 0.5)):
        assert once(shock) == for_each_member(shock)
        asked.pop()
    # A cost of nothing falls on the place of any other; the second basket is another place.
    assert asked == [cost(1.0), bought(2.0, 0.5), bought(3.0, 0.25)]


def test_numbers_by_name_go_to_what_each_name_stands_for():
    def in_two_codes(shock):
        class Codes(NoGroups):
            def users(self, labels, key):
                del key
                return ("O", "P") if labels == ("public",) else labels

        return (shock.relabelled(Codes()),)

    once = PlacesOnce(in_two_codes)
    flows = Flows(("A",), ("B",))
    for before, shares in ((1.2, (0.5, 1.0)), (1.3, (0.0, 0.25)), (1.1, (0.75, 0.5))):
        named = tuple(zip(("public", "government"), shares, strict=True))
        opened = HomePreferenceShock(
            measure="m", flows=flows, base_factor=before, new_factor=1.0, public_share=named
        )
        assert once(opened) == in_two_codes(opened)


def test_shocks_of_a_measure_may_be_more_or_fewer_than_the_last_time():
    def elsewhere(shock):
        return (replace(shock, payer=shock.payer.lower()),)

    once = PlacesOnce(elsewhere)
    costs = [ResourceCostShock(measure="m", payer=name, amount=2.0) for name in "ABC"]
    for chosen in (costs, costs[1:], [], costs[:2], costs[::-1]):
        assert once(*chosen) == tuple(named for cost in chosen for named in elsewhere(cost))


def test_dispatches_remember_plants_by_what_they_are():
    programme = read_programme(PROGRAMMES / "union_state_energy_2024.toml")
    plant = next(measure for measure in programme.measures if measure.kind == "nuclear-plant")
    dispatch = Dispatches(programme)
    for load in (0.8, 0.85, 0.801, 0.8):
        drawn = plant.with_estimates({"load_factor": load})
        alone = coupled(programme.only([plant.id]).with_estimates({plant.id: {"load_factor": load}}))
        assert dispatch.coupled(drawn).shocks() == alone.measures[0].shocks()


def test_an_estimate_moves_within_its_range_as_one_that_is_written():
    estimate = Estimate(low=1.0, central=2.0, high=4.0, source="somebody")
    for value in (1.0, 2.5, 4.0, 7.0):  # the last is beyond what it knows
        moved = estimate.at(value)
        assert moved == Estimate.exactly(value, "somebody")
        assert moved.model_dump() == Estimate.exactly(value, "somebody").model_dump()
        assert hash(moved) == hash(Estimate.exactly(value, "somebody"))
    with pytest.raises(ValueError, match="finite"):
        estimate.at(float("nan"))


def test_a_cost_that_a_group_shares_is_divided_in_every_draw():
    def halves(shock):
        return tuple(replace(shock, payer=payer, amount=shock.amount / 2.0) for payer in ("A", "B"))

    once = PlacesOnce(halves)
    for amount in (2.0, 3.0):
        shared = ResourceCostShock(measure="m", payer="both", amount=amount, each=False)
        assert once(shared) == halves(shared)
