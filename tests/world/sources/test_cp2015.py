"""cp2015: what is kept exactly, what is solved for, and how a faulty file is told."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.errors import WorldError
from accord.world.accounts import sales_of
from accord.world.checks import check_world
from accord.world.sources.cp2015 import REGIONS, SECTORS, mismatched_cells, read_cp2015


@pytest.fixture(scope="module")
def published(shared_data):
    with np.load(shared_data / "cp2015" / "nafta.npz", allow_pickle=False) as archive:
        return dict(archive)


@pytest.fixture(scope="module")
def world(shared_data):
    return read_cp2015(shared_data / "cp2015" / "nafta.npz")


def test_the_accounts_add_up(world):
    assert check_world(world) == ()
    assert (world.year, len(world.regions), len(world.sectors), world.uses) == (1993, 31, 40, ("final",))


def test_trade_shares_are_kept(world, published):
    """The share of spending on each origin; trade_value is (sector, importer, exporter), before duty."""
    sales = sales_of(world.data["intermediate"].values, world.data["final_demand"].values).transpose(1, 2, 0)
    spending = sales * (1.0 + published["tariff_1993"])
    recorded = published["trade_value"] * (1.0 + published["tariff_1993"])
    shares, expected = (cells / cells.sum(axis=2, keepdims=True) for cells in (spending, recorded))
    assert_allclose(shares, expected, rtol=2e-6, atol=1e-12)


def test_the_home_share_is_large_so_the_axes_are_not_transposed(published):
    home = np.einsum("knn->kn", published["trade_value"])
    assert np.median(home / published["trade_value"].sum(axis=2)) > 0.8
    mexican = published["trade_value"][17, list(REGIONS).index("Mexico"), list(REGIONS).index("USA")]
    assert (
        mexican
        > 3 * published["trade_value"][17, list(REGIONS).index("Mexico"), list(REGIONS).index("Japan")]
    )


def test_cost_shares_and_final_shares_are_kept(world, published):
    inputs = np.maximum(published["intermediate"], 0.0)
    output = published["value_added"] + inputs.sum(axis=1)
    rates = world.data["tariff_rate"].values.transpose(0, 2, 1)[..., None]
    paid = (world.data["intermediate"].values * (1.0 + rates)).sum(axis=0).transpose(1, 0, 2)
    assert_allclose(
        paid / world.gross_output.values[:, None, :], inputs / output[:, None, :], rtol=1e-5, atol=1e-9
    )
    bought = (world.data["final_demand"].values * (1.0 + rates)).sum(axis=(0, 3)).T
    final = published["final_consumption"]
    assert_allclose(
        bought / bought.sum(axis=1, keepdims=True),
        final / final.sum(axis=1, keepdims=True),
        rtol=1e-5,
        atol=1e-9,
    )


def test_factor_income_of_each_region_is_kept_in_usd_million(world, published):
    assert_allclose(
        world.data["value_added"].sum(["sector", "factor"]).values,
        published["value_added"].sum(axis=1) / 1e6,
        rtol=1e-6,
    )


def test_tariffs_keep_their_orientation_and_the_treaty_lowers_only_the_three(world, published):
    rates = world.data["tariff_rate"]
    auto = list(SECTORS).index("Auto")
    mexico, states = list(REGIONS).index("Mexico"), list(REGIONS).index("USA")
    assert (
        rates.sel(exporter="USA", importer="MEX", sector="auto")
        == published["tariff_1993"][auto, mexico, states]
    )
    moved = (world.data["tariff_schedules"].sel(schedule="nafta-2005") != rates).any("sector")
    partners = {"CAN", "MEX", "USA"}
    pairs = {(rates.exporter.values[i], rates.importer.values[n]) for i, n in np.argwhere(moved.values)}
    assert pairs == {(i, n) for i in partners for n in partners if i != n}
    assert float(rates.max()) < 3.0  # shares, not per cent


def test_what_does_not_add_up_is_on_record(world, published):
    assert mismatched_cells(published) == 133
    assert any(note.startswith("133 of 1,240 recorded expenditure cells") for note in world.provenance.notes)
    assert world.provenance.steps[1] == "Negative inputs set to zero: 1 cell, USD -9.489 million."


def test_a_transposed_file_is_noticed_by_its_labels(published, tmp_path):
    swapped = published | {"regions": published["regions"][::-1]}
    np.savez(tmp_path / "nafta.npz", **swapped)
    with pytest.raises(WorldError, match="array 'regions', position 0: label 'Row'"):
        read_cp2015(tmp_path / "nafta.npz")
