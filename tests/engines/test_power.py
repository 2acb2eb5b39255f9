"""The dispatch: closed-form merit orders, laws of an optimum, an independent implementation, and what it says when it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from accord.engines.power import (
    Dispatch,
    InfeasibleDispatchError,
    Lines,
    Plants,
    PowerSystem,
    dispatch,
    no_lines,
)
from accord.errors import EngineError

FOREVER = np.inf


def plants(region, capacity, cost, *, periods, ceiling=1.0, floor=0.0, limit=FOREVER) -> Plants:
    count = len(region)

    def spread(value):
        return np.broadcast_to(np.asarray(value, dtype=float).reshape(-1, 1), (count, periods)).copy()

    return Plants(
        region=np.array(region, dtype=np.intp),
        capacity=np.array(capacity, dtype=float),
        ceiling=spread(ceiling),
        floor=spread(floor),
        cost=np.array(cost, dtype=float),
        energy_limit=np.broadcast_to(np.asarray(limit, dtype=float), (count,)).copy(),
    )


def one_line(capacity, *, loss=0.0, charge=0.0) -> Lines:
    return Lines(np.array([0]), np.array([1]), np.array([capacity]), np.array([loss]), np.array([charge]))


def system(demand, owned, lines=None, *, hours=None, lost_load=FOREVER) -> PowerSystem:
    load = np.array(demand, dtype=float)
    hours = np.ones(load.shape[1]) if hours is None else np.array(hours, dtype=float)
    return PowerSystem(hours, load, owned, lines or no_lines(), np.full(len(load), float(lost_load)))


def random_system(seed: int, *, lost_load: float = 1000.0) -> PowerSystem:
    """Three regions in a ring, four plants each, six periods of unequal length."""
    draw = np.random.default_rng(seed)
    regions, periods, each = 3, 6, 4
    demand = draw.uniform(50.0, 150.0, (regions, periods))
    count = regions * each
    ceiling = draw.uniform(0.3, 1.0, (count, periods))
    floor = ceiling * draw.uniform(0.0, 0.3, (count, periods)) * (draw.random((count, 1)) < 0.3)
    capacity = draw.uniform(10.0, 70.0, count)
    hours = draw.uniform(100.0, 900.0, periods)
    limit = np.full(count, FOREVER)
    least, most = (floor * capacity[:, None]) @ hours, (ceiling * capacity[:, None]) @ hours
    limit[::5] = least[::5] + 0.5 * (most[::5] - least[::5])
    owned = Plants(
        np.repeat(np.arange(regions), each), capacity, ceiling, floor, draw.uniform(0.0, 90.0, count), limit
    )
    lines = Lines(
        np.array([0, 1, 2]),
        np.array([1, 2, 0]),
        draw.uniform(0.0, 60.0, 3),
        draw.uniform(0.0, 0.1, 3),
        draw.uniform(0.5, 5.0, 3),
    )
    return PowerSystem(hours, demand, owned, lines, np.full(regions, lost_load))


# Closed forms --------------------------------------------------------------------------------------------------------


def test_plants_run_in_the_order_of_their_cost_and_the_last_one_sets_the_price():
    found = dispatch(
        system(
            [[50.0, 120.0, 180.0]], plants([0] * 3, [60, 60, 80], [10, 30, 50], periods=3), hours=[1, 2, 3]
        )
    )
    assert_allclose(found.output, [[50, 60, 60], [0, 60, 60], [0, 0, 60]], atol=1e-6)
    assert_allclose(found.price[0, [0, 2]], [10.0, 50.0])
    assert found.price[0, 1] in (pytest.approx(30.0), pytest.approx(50.0))  # a corner: either is a dual
    assert found.cost == pytest.approx(10 * 50 + 2 * (600 + 1800) + 3 * (600 + 1800 + 3000))
    assert_allclose(found.hours_on_margin, [1.0, 0.0, 3.0])
    assert_allclose(found.energy, [50 + 120 + 180, 120 + 180, 180])


def test_a_line_brings_prices_together_until_it_is_full():
    owned = plants([0, 1], [200, 200], [10, 40], periods=2)
    found = dispatch(system([[50.0, 50.0], [30.0, 130.0]], owned, one_line(60.0)))
    assert_allclose(found.forward, [[30.0, 60.0]], atol=1e-6)
    assert_allclose(found.price, [[10.0, 10.0], [10.0, 40.0]])
    assert_allclose(found.traded[0], [90.0])


def test_losses_and_charges_stand_between_the_prices_of_two_regions():
    owned = plants([0, 1], [200, 200], [10, 40], periods=1)
    found = dispatch(system([[50.0], [90.0]], owned, one_line(500.0, loss=0.1, charge=2.0)))
    assert_allclose(found.forward, [[100.0]])
    assert_allclose(found.price[:, 0], [10.0, (10.0 + 2.0) / 0.9])


def test_water_of_a_dry_year_goes_to_the_dearest_hours_and_is_worth_what_it_saves():
    # Gas at 30 up to 100 MW, oil at 80 beyond. Free water, 40 MWh of it, shaves the peak of 150 to 110, not below.
    owned = plants([0] * 3, [100, 100, 60], [30, 80, 0], periods=2, limit=[FOREVER, FOREVER, 40.0])
    found = dispatch(system([[90.0, 150.0]], owned))
    assert_allclose(found.output[2], [0.0, 40.0], atol=1e-6)
    assert found.energy_value[2] == pytest.approx(80.0)
    assert found.cost == pytest.approx(30 * 190 + 80 * 10)


def test_plants_that_must_run_do_so_and_push_the_others_aside():
    owned = plants([0, 0], [100, 100], [60, 20], periods=1, floor=[0.4, 0.0])
    found = dispatch(system([[90.0]], owned))
    assert_allclose(found.output[:, 0], [40.0, 50.0])
    assert found.price[0, 0] == pytest.approx(20.0)


def test_an_electric_boiler_takes_power_only_when_it_is_cheaper_than_the_fuel_it_saves():
    owned = plants([0, 0, 0], [100, 100, 50], [5, 40, 15], periods=2, ceiling=[1, 1, 0], floor=[0, 0, -1])
    found = dispatch(system([[70.0, 150.0]], owned))
    assert_allclose(found.output[2], [-30.0, 0.0], atol=1e-6)
    assert_allclose(found.price[0], [15.0, 40.0])


def test_load_goes_unserved_at_its_value_where_that_is_given():
    found = dispatch(system([[130.0]], plants([0], [100], [10], periods=1), lost_load=500.0))
    assert found.unserved[0, 0] == pytest.approx(30.0)
    assert found.price[0, 0] == pytest.approx(500.0)


# Laws ----------------------------------------------------------------------------------------------------------------


def largest_violation(found: Dispatch) -> float:
    """Of complementary slackness, plant by plant: MW times the difference of price and cost that should not be."""
    given = found.system
    shadow = given.plants.cost[:, None] + found.energy_value[:, None]
    gain = found.price[given.plants.region] - shadow
    high = given.plants.ceiling * given.plants.capacity[:, None]
    low = given.plants.floor * given.plants.capacity[:, None]
    return max(float(np.max(gain * (high - found.output))), float(np.max(-gain * (found.output - low))))


@given(seed=st.integers(0, 2**16))
@settings(max_examples=25)
def test_energy_balances_limits_hold_and_every_plant_does_what_the_price_tells_it(seed):
    found = dispatch(random_system(seed))
    given_ = found.system
    wires, supply = given_.lines, np.zeros_like(given_.demand)
    np.add.at(supply, given_.plants.region, found.output)
    arriving = 1.0 - wires.loss[:, None]
    np.add.at(supply, wires.start, arriving * found.backward - found.forward)
    np.add.at(supply, wires.end, arriving * found.forward - found.backward)
    assert_allclose(supply + found.unserved, given_.demand, atol=1e-6)
    assert np.all(found.energy <= given_.plants.energy_limit * (1 + 1e-9))
    assert largest_violation(found) < 1e-4
    assert found.residuals.largest < 1e-7


@given(seed=st.integers(0, 2**16), factor=st.floats(0.2, 5.0))
@settings(max_examples=15)
def test_cost_is_homogeneous_in_costs_and_in_size(seed, factor):
    given_ = random_system(seed)
    dearer = given_._replace(
        plants=given_.plants._replace(cost=factor * given_.plants.cost),
        lines=given_.lines._replace(charge=factor * given_.lines.charge),
        lost_load_value=factor * given_.lost_load_value,
    )
    larger = given_._replace(
        demand=factor * given_.demand,
        plants=given_.plants._replace(
            capacity=factor * given_.plants.capacity, energy_limit=factor * given_.plants.energy_limit
        ),
        lines=given_.lines._replace(capacity=factor * given_.lines.capacity),
    )
    cost = dispatch(given_).cost
    assert dispatch(dearer).cost == pytest.approx(factor * cost, rel=1e-7)
    assert dispatch(larger).cost == pytest.approx(factor * cost, rel=1e-7)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=15)
def test_a_new_plant_or_a_wider_line_never_raises_the_cost(seed):
    given_ = random_system(seed)
    wider = given_._replace(lines=given_.lines._replace(capacity=given_.lines.capacity + 20.0))
    free = given_.plants.floor.max(axis=1) == 0.0  # what must run may cost more when there is more of it
    capacity = given_.plants.capacity * np.where(free, 1.3, 1.0)
    more = given_._replace(plants=given_.plants._replace(capacity=capacity))
    cost = dispatch(given_).cost
    assert dispatch(wider).cost <= cost * (1 + 1e-9)
    assert dispatch(more).cost <= cost * (1 + 1e-9)


def test_the_same_system_gives_the_same_bits():
    first, second = dispatch(random_system(7)), dispatch(random_system(7))
    for name in ("output", "forward", "backward", "unserved", "price", "energy_value"):
        assert_array_equal(getattr(first, name), getattr(second, name))


# An independent implementation -------------------------------------------------------------------------------------------


@pytest.mark.medium
@pytest.mark.filterwarnings("ignore")  # PyPSA's and its dependencies' own
@pytest.mark.parametrize("seed", [1, 2])
def test_pypsa_finds_the_same_cost_and_prices(seed):
    pypsa = pytest.importorskip("pypsa", reason="PyPSA, the independent check, is not installed")
    given_ = random_system(seed)
    regions, periods, count, wires = given_.size
    network = pypsa.Network()
    network.set_snapshots(range(periods))
    for weighting in ("objective", "generators", "stores"):
        network.snapshot_weightings[weighting] = given_.hours
    for n in range(regions):
        network.add("Bus", f"n{n}")
        network.add("Load", f"d{n}", bus=f"n{n}", p_set=given_.demand[n])
        lost = float(given_.lost_load_value[n])
        network.add("Generator", f"u{n}", bus=f"n{n}", p_nom=1e4, marginal_cost=lost)
    for p in range(count):
        network.add(
            "Generator",
            f"p{p}",
            bus=f"n{given_.plants.region[p]}",
            p_nom=given_.plants.capacity[p],
            p_max_pu=given_.plants.ceiling[p],
            p_min_pu=given_.plants.floor[p],
            marginal_cost=given_.plants.cost[p],
            e_sum_max=given_.plants.energy_limit[p],
        )
    for line in range(wires):
        for way, (a, b) in enumerate(
            [(given_.lines.start, given_.lines.end), (given_.lines.end, given_.lines.start)]
        ):
            network.add(
                "Link",
                f"l{line}{way}",
                bus0=f"n{a[line]}",
                bus1=f"n{b[line]}",
                p_nom=given_.lines.capacity[line],
                efficiency=1.0 - given_.lines.loss[line],
                marginal_cost=given_.lines.charge[line],
            )
    network.optimize(solver_name="highs", log_to_console=False)
    found = dispatch(given_)
    assert found.cost == pytest.approx(network.objective, rel=1e-6)
    theirs = network.buses_t.marginal_price[[f"n{n}" for n in range(regions)]].to_numpy().T
    assert_allclose(found.price, theirs, rtol=1e-5, atol=1e-5)


# What it says when it cannot -------------------------------------------------------------------------------------------


def test_missing_capacity_is_named_with_place_time_and_size():
    owned = plants([0, 1], [100, 80], [10, 20], periods=2)
    with pytest.raises(InfeasibleDispatchError) as raised:
        dispatch(system([[90.0, 90.0], [70.0, 130.0]], owned, one_line(5.0), hours=[10, 20]))
    error = raised.value
    assert [(m.region, m.period, round(m.missing, 6)) for m in error.misfits] == [(1, 1, 45.0)]
    assert "region 1, period 1: 45.0 MW short" in str(error)
    assert "900 MWh a year are missing" in str(error)


def test_output_that_must_run_and_finds_no_use_is_named_too():
    with pytest.raises(InfeasibleDispatchError, match=r"10\.0 MW that must run find no use"):
        dispatch(system([[40.0]], plants([0], [100], [10], periods=1, floor=[0.5])))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"demand": np.array([[-1.0]])}, "demand must be finite and not negative"),
        ({"hours": np.array([0.0])}, "hours must be positive"),
        ({"lost_load_value": np.array([0.0])}, "lost load must be worth something"),
        ({"hours": np.ones(2)}, r"hours has shape \(2,\)"),
    ],
)
def test_arrays_that_make_no_sense_are_refused(change, sentence):
    good = system([[40.0]], plants([0], [100], [10], periods=1))
    with pytest.raises(EngineError, match=sentence):
        dispatch(good._replace(**change))


def test_a_plant_that_must_run_beyond_its_energy_limit_is_refused():
    owned = plants([0], [100], [10], periods=2, floor=[0.5], limit=[10.0])
    with pytest.raises(EngineError, match="below what it must run"):
        dispatch(system([[60.0, 60.0]], owned))


# A region alone -----------------------------------------------------------------------------------------------------------


def region_alone(seed: int) -> PowerSystem:
    """Five plants over six periods: one with little water, one consumer, some that must run; load may go unserved in half of them."""
    draw = np.random.default_rng(seed)
    periods, count = 6, 5
    ceiling = draw.uniform(0.3, 1.0, (count, periods))
    floor = ceiling * draw.uniform(0.0, 0.5, (count, periods)) * (draw.random((count, 1)) < 0.4)
    ceiling[3], floor[3] = 0.0, -draw.uniform(0.2, 1.0)
    capacity = draw.uniform(10.0, 70.0, count)
    hours = draw.uniform(100.0, 900.0, periods)
    limit = np.full(count, FOREVER)
    limit[0] = capacity[0] * draw.uniform(0.0, 1.0) * hours.sum()
    owned = Plants(
        np.zeros(count, dtype=np.intp), capacity, ceiling, floor, draw.uniform(5.0, 90.0, count), limit
    )
    lost_load = draw.choice([60.0, 1000.0, FOREVER])
    return PowerSystem(
        hours, draw.uniform(20.0, 130.0, (1, periods)), owned, no_lines(), np.array([lost_load])
    )


def beside_an_empty_region(alone: PowerSystem) -> PowerSystem:
    """The same for the linear programme, which takes what the merit order does not."""
    lost_load = np.append(alone.lost_load_value, FOREVER)
    return alone._replace(demand=np.vstack([alone.demand, 0.0 * alone.demand]), lost_load_value=lost_load)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_the_merit_order_of_a_region_alone_solves_the_linear_programme(seed):
    alone = region_alone(seed)
    try:
        found = dispatch(alone)
    except (EngineError, InfeasibleDispatchError):
        with pytest.raises(EngineError):
            dispatch(beside_an_empty_region(alone))
        return
    wanted = dispatch(beside_an_empty_region(alone))
    assert found.iterations == 0
    assert wanted.iterations > 0 or wanted.cost == pytest.approx(found.cost)
    assert found.residuals.largest < 1e-12
    assert found.cost == pytest.approx(wanted.cost, rel=1e-9, abs=1e-6)
    assert_allclose(found.energy, wanted.energy, rtol=1e-7, atol=1e-4)
    assert_allclose(found.unserved[0] @ alone.hours, wanted.unserved[0] @ alone.hours, rtol=1e-7, atol=1e-4)


def test_a_region_alone_with_two_limits_is_left_to_the_linear_programme():
    owned = plants([0, 0], [50.0, 80.0], [1.0, 30.0], periods=2, limit=[60.0, 90.0])
    found = dispatch(system([[40.0, 80.0]], owned, lost_load=500.0))
    assert_allclose(found.energy, [60.0, 60.0])
