"""Every number of every kind of measure has a unit that tables know."""

from __future__ import annotations

import pytest

from accord.programme import read_programme
from accord.programme.key_units import NUMBER, unit_of_key
from accord.units import UNITS


@pytest.fixture(scope="module")
def programmes(repository):
    return [
        read_programme(path)
        for path in sorted((repository / "programmes").glob("**/*.toml"))
        if path.parent.name != "shocks"
    ]


def test_every_number_has_a_unit(programmes):
    units = {
        (measure.kind, key): unit_of_key(measure, key)
        for programme in programmes
        for measure in programme.measures
        for key in measure.estimates()
    }
    assert len({kind for kind, _ in units}) >= 18
    assert [key for key, unit in units.items() if unit == NUMBER] == []
    assert set(units.values()) <= set(UNITS)


def test_units_are_those_that_files_write(programmes):
    by_kind = {measure.kind: measure for programme in programmes for measure in programme.measures}
    assert unit_of_key(by_kind["energy-supply"], "price") == by_kind["energy-supply"].unit
    assert unit_of_key(by_kind["nuclear-plant"], "capacity") == "MW"
    assert unit_of_key(by_kind["import-substitution"], "capacity") == "USD million a year"
    assert unit_of_key(by_kind["barrier-removal"], "cost.BLR") == "USD million a year"
    assert unit_of_key(by_kind["training"], "skills.engineers.cost") == "USD"
