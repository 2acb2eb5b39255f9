"""Regional shares and location quotients: closed forms, adding up, and every fault of a table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from accord.analysis.regional import (
    RegionalShares,
    domestic_coefficients,
    flq,
    local_part,
    read_shares,
    share_out,
)
from accord.errors import WorldError
from accord.world import read_world

HEADER = "country,region,name,sector,value,basis,year,source\n"
PEOPLE = "ARC,N,North,population,30,people,2020,a census\nARC,S,South,population,70,people,2020,a census\n"
POSITIVE = st.floats(0.1, 10.0)


@pytest.fixture(scope="module")
def toy():
    return read_world("toy")


def shares(toy, tmp_path, lines=""):
    file = tmp_path / "shares.csv"
    file.write_text(HEADER + PEOPLE + lines)
    return read_shares(toy, file)["ARC"]


def test_a_sector_takes_its_own_figures_before_its_class_and_people_before_nothing(toy, tmp_path):
    own = "ARC,N,North,food,1,output,2020,a yearbook\nARC,S,South,food,3,output,2020,a yearbook\n"
    table = shares(toy, tmp_path, own)
    np.testing.assert_allclose(table.share[0], [0.3, 0.25, 0.3])
    assert [basis.quality for basis in table.basis] == [
        "filled by population",
        "published",
        "filled by population",
    ]
    goods = "ARC,N,North,goods,1,jobs,2020,assumption: a guess\nARC,S,South,goods,1,jobs,2020,assumption: a guess\n"
    table = shares(toy, tmp_path, own + goods)
    np.testing.assert_allclose(table.share[0], [0.5, 0.25, 0.5])
    assert table.basis[0].quality == "assumed"


def test_every_fault_of_a_table_is_listed_with_its_line(toy, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text(HEADER + "ARK,N,North,food,1,,,\nARC,N,North,foods,1,,,\nARC,N,North,food,few,,,\n")
    with pytest.raises(WorldError) as caught:
        read_shares(toy, file)
    text = str(caught.value)
    for piece in ("line 2: unknown country 'ARK'", "line 3: unknown sector 'foods'", "line 4: value 'few'"):
        assert piece in text


def test_a_table_without_people_or_with_gaps_says_what_is_missing(toy, tmp_path):
    file = tmp_path / "gap.csv"
    file.write_text(HEADER + "ARC,N,North,food,1,,,\nARC,S,South,farming,1,,,\n")
    with pytest.raises(WorldError) as caught:
        read_shares(toy, file)
    assert "no population" in str(caught.value)
    assert "ARC food: no value for S" in str(caught.value)


def test_worked_table_covers_belarus_and_russia():
    tables = read_shares(read_world("embedded"))
    assert {country: len(table.regions) for country, table in tables.items()} == {"BLR": 7, "RUS": 8}
    for table in tables.values():
        np.testing.assert_allclose(table.share.sum(axis=0), 1.0)
    belarus = tables["BLR"]
    minsk = belarus.position("Minsk city")
    assert minsk is not None
    assert belarus.share[minsk, belarus.sectors.index("C26")] == pytest.approx(27.6 / 85.0)
    assert belarus.share[minsk, belarus.sectors.index("A01")] == 0.0
    russia = tables["RUS"]
    assert russia.basis[russia.sectors.index("K")].quality == "filled by population"


@given(
    national=arrays(np.float64, 3, elements=POSITIVE), size=st.floats(0.01, 0.99), delta=st.floats(0.0, 1.0)
)
def test_region_with_the_nations_structure_is_cut_by_its_size_alone(national, size, delta):
    np.testing.assert_allclose(flq(size * national, national, delta), math.log2(1.0 + size) ** delta)


def test_flq_of_a_specialised_region_by_hand():
    """Half of a nation of two equal sectors: 75 and 25 of 100 and 100, so SLQ = 1.5 and 0.5, lambda = log2(1.5)^0.3."""
    size = math.log2(1.5) ** 0.3
    expected = [[min(1.0, 1.5 * size), min(1.0, 3.0 * size)], [size / 3.0, 0.5 * size]]
    np.testing.assert_allclose(flq(np.array([75.0, 25.0]), np.array([100.0, 100.0])), expected)


@given(
    regional=arrays(np.float64, 3, elements=st.floats(0.0, 1.0)),
    national=arrays(np.float64, 3, elements=st.floats(1.0, 10.0)),
)
def test_flq_never_exceeds_one(regional, national):
    if regional.sum() > 0.0:
        found = flq(regional, national)
        assert np.all((found >= 0.0) & (found <= 1.0))


@given(
    share=arrays(np.float64, (2, 3), elements=POSITIVE),
    change=arrays(np.float64, 3, elements=st.floats(-100.0, 100.0)),
    project=arrays(np.float64, (2, 3), elements=st.floats(-10.0, 10.0)),
    local=arrays(np.float64, (2, 3), elements=st.floats(0.0, 1.0)),
    where=st.floats(0.0, 1.0),
)
def test_regions_add_up_to_the_country_whatever_is_located(share, change, project, local, where):
    table = RegionalShares("ARC", ("N", "S"), ("N", "S"), ("a", "b", "c"), share / share.sum(axis=0), ())
    located = [(np.array([where, 1.0 - where]), project)]
    for kept in (None, local):
        np.testing.assert_allclose(share_out(table, change, located, kept).sum(axis=0), change, atol=1e-9)


def test_nothing_located_is_the_nations_growth_everywhere(toy, tmp_path):
    table = shares(toy, tmp_path)
    np.testing.assert_allclose(
        share_out(table, np.array([10.0, 20.0, 0.0])), [[3.0, 6.0, 0.0], [7.0, 14.0, 0.0]]
    )


def test_the_only_region_of_a_country_keeps_every_spill_over(toy):
    whole = RegionalShares("ARC", ("A",), ("A",), toy.sectors, np.ones((1, 3)), ())
    np.testing.assert_allclose(local_part(toy, whole, np.array([[0.0, 10.0, 0.0]])), 1.0)


def test_small_regions_keep_less_of_their_spill_overs(toy):
    kept = []
    for size in (0.1, 0.5, 0.9):
        share = np.array([np.full(3, size), np.full(3, 1.0 - size)])
        table = RegionalShares("ARC", ("A", "B"), ("A", "B"), toy.sectors, share, ())
        kept.append(local_part(toy, table, np.array([[0.0, 10.0, 0.0], [0.0, 0.0, 0.0]]))[0])
    assert np.all(np.diff(kept, axis=0) > 0.0)
    assert np.all(np.asarray(kept) < 1.0)


def test_domestic_coefficients_by_hand(toy):
    """ARC buys 60 of its own farming for 520 of farming output, and 200 for 730 of food."""
    found = domestic_coefficients(toy, "ARC")
    assert found[0, 0] == pytest.approx(60 / 520)
    assert found[0, 1] == pytest.approx(200 / 730)
