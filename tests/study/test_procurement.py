"""Public procurement: a perceived price of the public part of users (METHODS section 8)."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from accord.adapters import equilibrium as adapter
from accord.adapters.index import UseGroups
from accord.errors import ProgrammeError
from accord.shocks import Flows, HomePreferenceShock
from accord.study.sound_measures import differing_preferences
from accord.world import read_world

SHARES = (("government", 1.0), ("investment", 0.4), ("food", 0.25))


def preference(new_factor: float, shares=SHARES, measure: str = "access") -> HomePreferenceShock:
    flows = Flows(("ARC", "BEL"), ("ARC", "BEL"))
    return HomePreferenceShock(
        measure=measure, flows=flows, base_factor=1.3, new_factor=new_factor, public_share=shares
    )


def solved(shock: HomePreferenceShock):
    model = adapter.build_model(read_world("toy"), [shock])
    return model, model.solve([shock])


def test_groups_split_every_public_user_and_lose_nobody():
    groups = UseGroups(("a", "b", "c"), [("a",)], {"a": 0.3, "b": 1.0})
    np.testing.assert_allclose(np.sum(groups.weights, axis=0), 1.0)
    assert len(groups) == 4
    assert len(UseGroups(("a", "b"), [], {"a": 1.0, "b": 1.0})) == 1  # no private part: no empty group


def test_an_unchanged_preference_changes_nothing():
    model, state = solved(preference(1.3))
    np.testing.assert_allclose(state.household_consumption, model.unchanged.household_consumption, rtol=1e-12)


def test_opening_raises_the_partners_share_in_public_purchases_and_crowds_it_out_of_private_ones():
    model, state = solved(preference(1.0))
    before, after = model.unchanged, state
    public = [number for number, group in enumerate(model.groups.groups) if group.public]
    arc, bel = (model.world.regions.index(code) for code in ("ARC", "BEL"))

    def share(equilibrium, group):
        flows = equilibrium.flows(equilibrium.delivered.at_user_prices)[group, :, arc]
        return flows[:, bel] / flows.sum(axis=1)

    for group in public:
        assert np.all(share(after, group) > share(before, group) * 1.05)
    private = next(number for number, group in enumerate(model.groups.groups) if group.public is False)
    assert np.all(share(after, private) < share(before, private))  # the partner's goods became dearer


def test_ending_a_preference_altogether_does_not_waste_resources():
    """Nobody pays the difference: for the world as a whole a small cut of an existing preference is a gain."""
    model, state = solved(preference(1.29))
    gain = (state.household_consumption - model.unchanged.household_consumption).sum()
    assert gain > 0.0


def test_decomposition_covers_perceived_prices():
    model, state = solved(preference(1.0))
    terms = model.path_terms(model.unchanged, state)
    exact = state.household_consumption - model.unchanged.household_consumption
    np.testing.assert_allclose(terms.total, exact, atol=1e-6)
    assert np.any(np.abs(terms.sourcing) > 1e-6)


def test_measures_must_agree_on_what_is_public():
    other = preference(1.2, (("government", 0.9),), measure="other")
    with pytest.raises(ProgrammeError, match="state different public shares of government"):
        adapter.build_model(read_world("toy"), [preference(1.2), other])


def test_a_preference_opened_pair_by_pair_is_held_once():
    """Three measures, one for each pair of regions, do what one measure among all three does: the data hold one preference."""
    world = read_world("toy")
    regions = world.regions
    whole = replace(preference(1.1), flows=Flows(regions, regions))
    pairs = [
        replace(preference(1.1, measure="-".join(pair)), flows=Flows(pair, pair))
        for pair in combinations(regions, 2)
    ]
    together, apart = adapter.build_model(world, [whole]), adapter.build_model(world, pairs)
    np.testing.assert_allclose(
        apart.base.wedges.home_preference, together.base.wedges.home_preference, atol=1e-15
    )
    np.testing.assert_allclose(
        apart.solve(pairs).household_consumption, together.solve([whole]).household_consumption, rtol=1e-9
    )


def test_what_the_base_holds_of_a_cut_leaves_the_preference_against_others():
    """Half of the cut from 1.3 to 1.0 is in the data: partners stand at 1.3^0.5 there, third countries at 1.3."""
    world = read_world("toy")
    shock = preference(1.0).remaining(0.5)
    model = adapter.build_model(world, [shock])
    arc, bel, cor = (world.regions.index(code) for code in ("ARC", "BEL", "COR"))
    public = next(number for number, group in enumerate(model.groups.groups) if group.public)
    held = 1.0 + model.base.wedges.home_preference[public]
    np.testing.assert_allclose(held[:, arc, bel], 1.3**0.5)
    np.testing.assert_allclose(held[:, arc, cor], 1.3)
    np.testing.assert_allclose(held[:, cor, arc], 1.0)  # its buyers are not in the measure
    np.testing.assert_allclose(held[:, arc, arc], 1.0)


def test_measures_must_agree_on_the_preference_of_the_same_buyers():
    one, other = preference(1.1), replace(preference(1.1, measure="other"), base_factor=1.2)
    (fault,) = differing_preferences([one, other])
    assert "0.2, and measure 'access' says 0.3" in fault.found
    elsewhere = replace(other, flows=replace(other.flows, sectors=("food",)))
    assert not list(
        differing_preferences([replace(one, flows=replace(one.flows, sectors=("machines",))), elsewhere])
    )


def test_a_measure_opens_the_purchases_of_its_own_public_users_alone():
    """One opens the government's purchases; another names farms too and changes nothing: farms go on preferring home."""
    world = read_world("toy")
    government = preference(1.0, (("government", 1.0),))
    wider = preference(1.3, (("government", 1.0), ("food", 0.25)), measure="wider")
    model = adapter.build_model(world, [government, wider])
    scenario = model.solve([government, wider]).scenario
    arc, bel = (world.regions.index(code) for code in ("ARC", "BEL"))
    seen = {
        group.members: 1.0 + scenario.wedges.home_preference[number, 0, arc, bel]
        for number, group in enumerate(model.groups.groups)
        if group.public
    }
    assert seen == {("government",): pytest.approx(1.0), ("food",): pytest.approx(1.3)}
    # Measures with the same public users pool them as one alone does.
    alike = [government, replace(government, measure="other")]
    assert len(adapter.build_model(world, alike).groups) == len(
        adapter.build_model(world, [government]).groups
    )
