"""Plants, training and works abroad in a study of the toy World: resources are counted once, both sides of loans add up."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.programme import read_programme
from accord.programme.measures import NuclearPlant
from accord.programme.power_system import read_power_system
from accord.study.check import check_programme
from accord.study.couple import coupled, plant_in
from accord.study.extras import extra_tables
from accord.study.orders import orders_for, sources
from accord.study.phases import welfare_of
from accord.study.power import displaced_in
from accord.study.prepare import Prepared, prepare
from accord.world import World, read_world
from economies import random_world
from programme.examples import ABROAD, PLANT, TRAINING, programme_table

pytestmark = pytest.mark.medium

SMALL_PLANT = {**PLANT, "capacity": 1, "loan": {**PLANT["loan"], "amount": 1.5}}
NAMED = {"ARC": "R00", "BEL": "R01", "COR": "R02", "food": "s00", "machines": "s01"}


def renamed(table: object) -> object:
    """The same table in the labels of a random World."""
    if isinstance(table, dict):
        return {NAMED.get(key, key): renamed(value) for key, value in table.items()}
    if isinstance(table, list):
        return [renamed(item) for item in table]
    return NAMED.get(table, table) if isinstance(table, str) else table


@pytest.fixture(scope="module")
def toy() -> World:
    return read_world("toy")


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    """Without wedges, so that what all households gain together is what resources are saved."""
    table = renamed(programme_table(SMALL_PLANT, TRAINING, ABROAD))
    return prepare(read_programme(table), random_world(3, tariffs=False, imbalance=False))


@pytest.fixture(scope="module")
def tables(prepared):
    return extra_tables(prepared)


def test_every_table_has_its_rows_and_keys(tables):
    assert set(tables) == {
        "plants",
        "plant_years",
        "plant_parties",
        "plant_orders",
        "plant_phases",
        "plant_sensitivity",
        "training",
        "training_years",
        "abroad",
        "abroad_orders",
    }
    assert all(len(table.frame) and table.keys for table in tables.values())


def test_cash_of_owner_and_lender_adds_up_to_that_of_the_project(tables):
    years = tables["plant_years"].frame
    project = years["saved_usd"] - years["building_usd"] - years["running_usd"] - years["taking_down_usd"]
    assert_allclose(years["owner_usd"] + years["lender_usd"], project, atol=1e-12)


def test_the_resources_of_a_year_of_operation_are_counted_once(prepared):
    # What all households gain together is what the plant saves less what it costs (METHODS 2 and 11): neither its capital nor its loan
    # is counted twice or left out.
    plant = prepared.programme.measures[0]
    assert isinstance(plant, NuclearPlant)
    technology, *loan = plant.effects()
    worth = sum(change for _, change in technology.changes)
    assert abs(worth) > 0.005
    assert welfare_of(prepared, plant.effects()).sum() == pytest.approx(-worth, rel=0.02)
    given = welfare_of(prepared, loan)
    assert given[0] == pytest.approx(loan[0].amount - loan[1].amount, rel=0.5)  # terms of trade move too
    assert given.sum() == pytest.approx(0.0, abs=0.02 * abs(given[0]))


def test_the_resources_of_a_year_of_building_are_counted_once(prepared):
    plant = prepared.programme.measures[0]
    assert isinstance(plant, NuclearPlant)
    built = plant.cost_usd_million / len(plant.spending_shares)
    assert welfare_of(prepared, plant.construction_shocks()).sum() == pytest.approx(-built, rel=0.02)


def test_multipliers_never_see_a_cost(tables):
    phases = tables["plant_phases"].frame
    building = phases[phases["phase"] == "building"]
    assert building["household_ev_usd"].sum() < 0.0 < building["multiplier_usd"].min()


def test_orders_are_the_sources_of_the_market_and_value_added_and_taxes_make_up_the_bill(toy):
    basket = {"machines": 0.7, "food": 0.3}
    found = orders_for(toy, [("ARC", basket, 10.0)])
    assert found.direct.sum() == pytest.approx(10.0)
    machines = toy.sectors.index("machines")
    assert_allclose(found.direct[:, machines], 7.0 * sources(toy, 0, machines))
    assert found.direct[1, machines] == pytest.approx(7.0 * 40 / (400 + 40 + 20))
    assert np.all(found.output >= found.direct)
    assert found.value_added.sum() < 10.0  # duties and taxes along the chains take the rest
    assert found.value_added.sum() == pytest.approx(10.0, rel=0.1)


def test_the_host_and_the_lender_pay_for_works_abroad(tables):
    abroad = tables["abroad"].frame.set_index("region")
    assert abroad["part_usd"].sum() == pytest.approx(100.0)
    assert abroad["orders_usd"].sum() == pytest.approx(10.0)
    assert abroad.loc["R02", "household_ev_usd"] < 0.0
    assert abroad.loc["R01", "lent_usd"] == pytest.approx(8.0)
    assert abroad["household_ev_usd"].sum() == pytest.approx(-10.0, rel=0.02)


def test_a_dispatch_is_put_into_the_plant_and_leaves_its_content_alone(toy):
    table = {
        **SMALL_PLANT,
        "site": "BLR",
        "capacity": 2220,
        "power_system": "belarus_russia",
        "plant_in_system": "nuclear-BLR",
    }
    programme = read_programme(programme_table(table))
    dispatched = coupled(programme)
    plant = dispatched.measures[0]
    assert isinstance(plant, NuclearPlant)
    assert 4.0 < plant.gas_bcm < 4.5
    assert dispatched.content_hash == programme.content_hash
    assert "displaces 4.2" in plant.notes()[-1]
    with pytest.raises(Exception, match="is no region of power system"):
        check_programme(read_programme(programme_table({**table, "site": "ARC"})), toy)


def test_a_dispatch_of_a_rounded_plant_stands_for_its_neighbours():
    # Between two rounded availabilities, what is displaced is within two thousandths of the exact dispatch.
    from accord.programme.power_system import read_power_system
    from accord.study.couple import plant_in, site_changes
    from accord.study.power import displaced_by

    table = {
        **SMALL_PLANT,
        "site": "BLR",
        "capacity": 2219,
        "load_factor": 0.8449,
        "power_system": "belarus_russia",
        "plant_in_system": "nuclear-BLR",
    }
    plant = coupled(read_programme(programme_table(table))).measures[0]
    assert isinstance(plant, NuclearPlant)
    file = read_power_system("belarus_russia")
    exact, _ = site_changes(file, plant, displaced_by(file, plant_in(file, plant)))
    assert plant.gas_bcm == pytest.approx(exact, rel=2e-3)


def test_a_kind_that_is_dropped_has_no_tables(toy):
    programme = read_programme(programme_table(TRAINING, {**ABROAD, "status": "dropped"}))
    assert set(extra_tables(prepare(programme, toy))) == {"training", "training_years"}


def test_plants_of_one_system_are_dispatched_one_after_the_other():
    """Two units in two measures displace what both together do: the second finds less of the dear fuel left."""
    unit = {
        **SMALL_PLANT,
        "site": "BLR",
        "capacity": 1110,
        "power_system": "belarus_russia",
        "plant_in_system": "nuclear-BLR",
    }
    both = coupled(read_programme(programme_table(unit, unit)))
    (whole,) = coupled(read_programme(programme_table({**unit, "capacity": 2220}))).measures
    first, second = both.measures
    assert isinstance(first, NuclearPlant)
    assert isinstance(second, NuclearPlant)
    assert isinstance(whole, NuclearPlant)
    assert second.gas_bcm < first.gas_bcm
    assert first.gas_bcm + second.gas_bcm == pytest.approx(whole.gas_bcm, rel=1e-6)
    assert f"beside the plant of '{first.id}'" in second.notes()[-1]
    # What others do is part of the baseline, wherever it stands in the file.
    second, first = coupled(
        read_programme(programme_table(unit, {**unit, "role": "context", "in_base": 0.0}))
    ).measures
    assert isinstance(first, NuclearPlant)
    assert isinstance(second, NuclearPlant)
    assert second.gas_bcm < first.gas_bcm


def test_a_plant_beside_those_in_service_does_not_take_their_place():
    """A plant of the data that Russian reactors have adds to them: 1,000 MW displace what they make, no more."""
    table = {
        **SMALL_PLANT,
        "site": "RUS",
        "capacity": 1000,
        "power_system": "belarus_russia",
        "plant_in_system": "nuclear-RUS",
    }
    (plant,) = coupled(read_programme(programme_table(table))).measures
    assert isinstance(plant, NuclearPlant)
    file = read_power_system("belarus_russia")
    added = plant_in(file, plant)
    assert file.with_plants(added).plant("nuclear-RUS") == file.plant("nuclear-RUS")
    found = displaced_in("belarus_russia", added)
    assert 0.0 < plant.gas_bcm < 0.35 * plant.energy_mwh / 1e6
    assert found.energy_mwh == pytest.approx(plant.energy_mwh, rel=0.01)
