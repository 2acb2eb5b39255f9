"""wiod-2013: what is kept of the published table, and what becomes of its negative cells."""

from __future__ import annotations

import csv
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.errors import WorldError
from accord.world.checks import check_world
from accord.world.sources.inventories import settle_negative_demand
from accord.world.sources.wiod2013 import read_wiod2013

YEARS = (1995, 2008, 2011)


@pytest.fixture(scope="module", params=YEARS)
def year(request):
    return request.param


@pytest.fixture(scope="module")
def file(shared_data, year):
    return shared_data / "wiod2013" / f"wiot_{year}.npz"


@pytest.fixture(scope="module")
def world(file):
    return read_wiod2013(file)


@pytest.fixture(scope="module")
def published(file):
    with np.load(file, allow_pickle=False) as archive:
        return dict(archive)


def test_the_accounts_add_up_in_iso_codes(world, year):
    assert check_world(world) == ()
    assert world.year == year
    assert {"ROU", "ROW"} < set(world.regions)


def test_inputs_are_the_published_ones(world, published):
    assert np.array_equal(world.data["intermediate"].values.reshape(1435, 1435), published["intermediate"])


def test_output_is_the_published_one_but_for_rounding_and_stock_sold(world, published):
    """Rounding takes at most USD 108 million a row and 0.1% in all; the rest are rows whose stock sold exceeds final sales."""
    difference = np.abs(world.gross_output.values.ravel() - published["gross_output"])
    assert (difference > 109).sum() <= 8
    assert difference.sum() < 1e-3 * published["gross_output"].sum()


def test_national_final_purchases_are_kept(world, published):
    """Settling stock moves little between buyers: 0.02% of final demand in all."""
    kept = world.data["final_demand"].values.sum(axis=(0, 1, 3), dtype=np.float64)
    recorded = published["final_demand"].reshape(1435, 41, 5).sum(axis=(0, 2))
    assert np.abs(kept - recorded).sum() < 5e-4 * recorded.sum()


def test_the_size_of_what_was_settled_is_on_record(world, year):
    expected = {
        1995: "85 negative cells of final demand (USD 43,947 million",
        2008: "110 negative cells of final demand (USD 108,584 million",
        2011: "150 negative cells of final demand (USD 92,079 million",
    }
    assert world.provenance.steps[1].startswith(expected[year])


def test_the_elasticity_sets_are_named_and_positive(world):
    assert world.elasticity_sets == ("fontagne-2022", "fontagne-2022-minus-one", "caliendo-parro-2015")
    by_sector = dict(zip(world.sectors, world.trade_elasticity("caliendo-parro-2015"), strict=True))
    assert by_sector["c8"] == 20.0
    assert by_sector["c28"] == 5.0
    lower = world.trade_elasticity() - world.trade_elasticity("fontagne-2022-minus-one")
    assert set(np.round(lower[:17], 12)) == {1.0}
    assert not lower[17:].any()


def test_the_concordance_gives_the_mean_of_the_published_elasticities(shared_data):
    with (shared_data / "elasticities" / "fontagne_2022_gtap.csv").open() as file:
        tariff = {row["gtap_sector"]: row["epsilon_GTAP"] for row in csv.DictReader(file)}
    concordance = resources.files("accord.world.sources") / "wiod2013_concordance.csv"
    rows = list(csv.DictReader(concordance.read_text(encoding="utf-8").splitlines()))
    assert [row["industry"] for row in rows] == [f"c{number}" for number in range(1, 36)]
    for row in rows:
        members = row["gtap_sectors"].split()
        expected = np.mean([-float(tariff[member]) for member in members]) if members else 5.0
        assert float(row["fontagne_2022"]) == pytest.approx(expected, abs=1e-4)


def test_a_file_name_without_a_year_is_told(tmp_path):
    with pytest.raises(WorldError, match="no year in the name of the file"):
        read_wiod2013(tmp_path / "table.npz")


# Negative final demand ------------------------------------------------------------------------------------------------


def test_settling_by_hand():
    """One producer, two buyers, two uses: -3 is covered within its own flow, -10 partly there and partly by the other buyer."""
    settled = settle_negative_demand(np.array([[[[7.0, -3.0], [6.0, 14.0]]]]))
    assert settled.final_demand.tolist() == [[[[4.0, 0.0], [6.0, 14.0]]]]
    settled = settle_negative_demand(np.array([[[[7.0, -10.0], [6.0, 6.0]]]]))
    assert settled.final_demand.tolist() == [[[[0.0, 0.0], [4.5, 4.5]]]]
    assert (
        settled.cells,
        settled.amount,
        settled.across_uses,
        settled.across_buyers,
        settled.counted_as_output,
    ) == (1, 10, 7, 3, 0)


def test_stock_sold_beyond_all_final_sales_counts_as_output():
    settled = settle_negative_demand(np.array([[[[2.0, -10.0], [3.0, 0.0]]]]))
    assert not settled.final_demand.any()
    assert (settled.across_uses, settled.across_buyers, settled.counted_as_output) == (2, 3, 5)


@given(seed=st.integers(0, 2**16))
def test_settling_leaves_nothing_negative_and_keeps_what_each_producer_sells(seed):
    demand = np.random.default_rng(seed).normal(1.0, 1.0, (3, 2, 3, 3))
    settled = settle_negative_demand(demand)
    assert settled.final_demand.min() >= 0.0
    sold = demand.sum(axis=(2, 3))
    assert_allclose(settled.final_demand.sum(axis=(2, 3)), np.maximum(sold, 0.0), atol=1e-12)
    parts = settled.across_uses + settled.across_buyers + settled.counted_as_output
    assert parts == pytest.approx(settled.amount)
    assert settled.counted_as_output == pytest.approx(-np.minimum(sold, 0.0).sum(), abs=1e-12)
