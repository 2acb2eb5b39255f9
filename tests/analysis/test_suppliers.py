"""Suppliers, concentration and switching costs, by hand on the toy World and by law on random ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.analysis.suppliers import concentration, price_rise_pct, product_suppliers, suppliers
from accord.world import read_world
from accord.world.toy import toy_world
from economies import random_world


def test_the_machines_that_machine_makers_in_belmare_buy_by_hand():
    table = suppliers(toy_world(), ["BEL", "ARC"]).frame
    row = table.set_index(["importer", "using_sector", "supplying_sector"]).loc["BEL", "machines", "machines"]
    assert_allclose(row["purchases_usd"], 160.0)
    assert_allclose([row["home_supply"], row["partner_supply"], row["third_supply"]], [0.5, 0.375, 0.125])
    assert_allclose(row["hhi"], 0.5**2 + 0.375**2 + 0.125**2)
    assert_allclose(row["hhi_foreign"], 0.75**2 + 0.25**2)
    assert (row["largest_foreign"], row["largest_third"]) == ("ARC", "COR")
    assert_allclose(row["need_usd"], 60.0)
    # Without Arcadia, Corland's exports to all and its output of 265 are what others have.
    world = toy_world()
    sold = world.data["intermediate"].sum("using_sector") + world.data["final_demand"].sum("use")
    abroad = float(sold.sel(exporter="COR", supplying_sector="machines", importer=["ARC", "BEL"]).sum())
    assert_allclose(row["exports_to_need"], abroad / 60.0)
    assert_allclose(row["output_to_need"], 265.0 / 60.0)
    assert_allclose(row["switch_foreign_pct"], 100 * (0.625 ** (-1 / 6) - 1))
    assert_allclose(row["cost_foreign_pct"], row["switch_foreign_pct"] * 160.0 / 680.0)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=20)
def test_shares_of_home_partners_and_third_countries_add_up_to_one(seed):
    for table in (suppliers, product_suppliers):
        frame = table(random_world(seed, regions=4), ["R01", "R03"]).frame
        assert_allclose(frame[["home_supply", "partner_supply", "third_supply"]].sum(axis=1), 1.0, rtol=1e-12)
        assert (frame["hhi_low"] <= frame["hhi"] + 1e-15).all()
        assert frame["hhi"].between(0.25 - 1e-12, 1.0 + 1e-12).all()


@given(seed=st.integers(0, 2**16), cut=st.integers(1, 5))
def test_the_index_of_single_economies_lies_between_the_two_bounds_of_their_aggregates(seed, cut):
    shares = np.random.default_rng(seed).dirichlet(np.ones(6))
    merged = np.array([shares[:cut].sum(), shares[cut:].sum()])
    high, low = concentration(merged, np.array([cut, 6.0 - cut]))
    assert low - 1e-12 <= (shares**2).sum() <= high + 1e-12


@given(seed=st.integers(0, 2**16))
def test_merged_products_never_look_more_concentrated_than_their_mean(seed):
    draw = np.random.default_rng(seed)
    amounts = draw.uniform(0.0, 5.0, (4, 3))  # origin, product
    each = ((amounts / amounts.sum(axis=0)) ** 2).sum(axis=0)
    merged = ((amounts.sum(axis=1) / amounts.sum()) ** 2).sum()
    assert merged <= np.average(each, weights=amounts.sum(axis=0)) + 1e-12


def test_aggregate_regions_widen_the_range_of_the_index():
    frame = product_suppliers(read_world("embedded"), ["DEU", "POL"]).frame
    assert (frame["hhi_low"] < frame["hhi"]).mean() > 0.9
    assert (frame["hhi_low"] > 0.5 * frame["hhi"]).mean() > 0.5


def test_switching_costs_nothing_when_nothing_is_lost_and_without_bound_when_all_is():
    assert_allclose(
        price_rise_pct(np.array([0.0, 0.5, 1.0]), np.array([4.0, 1.0, 4.0])), [0.0, 100.0, np.inf]
    )
