"""Structural paths: the search against plain enumeration, and totals against the chains they add up."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.analysis import chains as module
from accord.analysis.chains import chains, total_carried
from accord.analysis.production import production_of
from accord.errors import AccordError
from accord.world.toy import toy_world
from economies import random_world

LONGEST = 5
"""Producers in the longest chain that is enumerated; heavier ones than the first few are much shorter."""


def enumerated(world, partners, crossings, links):
    """Weights of all qualifying chains of up to LONGEST producers, heaviest first: no bound, no cleverness."""
    production = production_of(world)
    A, v = production.system.coefficients, production.value_added_per_output
    region = [world.regions[position] for position in production.region_of]
    final = module._final_by_use(production)
    found = []
    for count in range(links + 1, LONGEST + 1):
        for path in itertools.product(range(production.size), repeat=count):
            if region[path[0]] not in partners:
                continue
            weight = v[path[0]] * np.prod([A[one, other] for one, other in itertools.pairwise(path)])
            if weight <= 0.0:
                continue
            for buyer, use in np.ndindex(*final.shape[1:]):
                stops = [region[position] for position in path] + [world.regions[buyer]]
                crossed = sum(
                    one != other and {one, other} <= set(partners) for one, other in itertools.pairwise(stops)
                )
                value = weight * final[path[-1], buyer, use]
                if crossed >= crossings and value > 0.0:
                    found.append(value)
    return np.sort(found)[::-1]


@pytest.mark.medium
@pytest.mark.parametrize(("crossings", "links"), [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 0)])
def test_the_heaviest_chains_are_those_of_plain_enumeration(crossings, links):
    world = random_world(5, regions=3, sectors=2, uses=("final",))
    expected = enumerated(world, ("R00", "R02"), crossings, links)
    count = 80 if crossings < 3 else 20  # further down, chains longer than those enumerated come between
    table = chains(world, ["R00", "R02"], top=count, crossings=crossings, links=links).frame
    assert_allclose(table["chain_usd"], expected[:count], rtol=1e-12)
    assert (table["border_links"] >= crossings).all()
    assert (table["links"] > links).all()
    assert table["chain"].is_unique


def counted_by_states(world, partners, crossings, links):
    """What qualifying chains carry, from one dense system over (producer, crossings so far, links so far, each capped)."""
    production = production_of(world)
    A, size = production.system.coefficients, production.size
    region = [world.regions[position] for position in production.region_of]
    states = list(itertools.product(range(size), range(crossings + 1), range(links + 1)))
    place = {state: position for position, state in enumerate(states)}

    def crosses(one, other):
        return one != other and {one, other} <= set(partners)

    step, start = np.zeros((len(states), len(states))), np.zeros(len(states))
    for (user, crossed, linked), column in place.items():
        for supplier in range(size):
            after = min(crossed + crosses(region[supplier], region[user]), crossings)
            step[place[supplier, after, min(linked + 1, links)], column] += A[supplier, user]
    final = production.final_demand
    for maker, buyer in np.ndindex(*final.shape):
        crossed = min(int(crosses(region[maker], world.regions[buyer])), crossings)
        start[place[maker, crossed, 0]] += final[maker, buyer]
    reached = np.linalg.solve(np.eye(len(states)) - step, start)
    v = production.value_added_per_output
    return sum(
        v[producer] * reached[place[producer, crossings, links]]
        for producer in range(size)
        if region[producer] in partners
    )


@pytest.mark.parametrize(("crossings", "links"), [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (3, 1)])
def test_totals_are_what_all_chains_add_up_to(crossings, links):
    world = random_world(5, regions=3, sectors=2)
    partners = ("R00", "R02")
    total = total_carried(production_of(world), partners, crossings, links)
    assert_allclose(total, counted_by_states(world, partners, crossings, links), rtol=1e-11)
    table = chains(world, partners, top=2000, crossings=crossings, links=links).frame
    carried = table["chain_usd"].sum()
    assert 0.4 * total < carried < total
    assert_allclose(table["cumulative_share"].iloc[-1], carried / total)
    assert (table["chain_usd"].diff().dropna() <= 1e-12 * total).all()


def test_with_all_regions_as_partners_all_chains_carry_all_value_added():
    production = production_of(random_world(3))
    total = total_carried(production, production.regions, 0, 0)
    assert_allclose(total, production.value_added.sum(), rtol=1e-9)


def test_a_chain_reads_from_its_source_to_its_final_use():
    first = chains(toy_world(), ["ARC", "BEL"], top=1, links=0).frame.iloc[0]
    assert first["chain"].startswith(("ARC ", "BEL "))
    assert first["chain"].split()[-1] in {"household", "government", "investment"}
    assert first["links"] == first["chain"].count("->")


def test_wrong_questions_are_refused():
    with pytest.raises(AccordError, match="two partners"):
        chains(toy_world(), ["ARC"])
    with pytest.raises(AccordError, match="no region 'ARK'"):
        chains(toy_world(), ["ARK", "BEL"])
    with pytest.raises(AccordError, match="top of 1 or more"):
        chains(toy_world(), ["ARC", "BEL"], top=0)
