"""Hypothetical extraction against systems written out without what was taken away; the supplier set against all sets."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.analysis.critical import smallest_supplier_set
from accord.analysis.extraction import (
    Extraction,
    coalition_exposure,
    extract,
    region_extractions,
    sector_extractions,
    value_through,
)
from accord.analysis.production import production_of
from accord.errors import AccordError
from accord.world.toy import toy_world
from economies import random_world


def remaining(world, cut_inputs, cut_final):
    """Output by (region, sector) once the marked cells of Z and Y are zero, from a dense solve."""
    Z = world.data["intermediate"].to_numpy().astype(float)
    Y = world.data["final_demand"].to_numpy().astype(float).sum(axis=3)
    x = Z.sum(axis=(2, 3)) + Y.sum(axis=2)
    A = np.where(cut_inputs, 0.0, Z / x)
    y = np.where(cut_final, 0.0, Y).sum(axis=2).ravel()
    size = y.size
    return x, np.linalg.solve(np.eye(size) - A.reshape(size, size), y).reshape(x.shape)


def marks(world):
    return (
        np.zeros(world.data["intermediate"].shape, dtype=bool),
        np.zeros(world.data["final_demand"].shape[:3], dtype=bool),
    )


def check(table, key, name, world, x, left):
    frame = table.frame.set_index([key, "region"]).loc[name]
    value = world.data["value_added"].to_numpy().sum(axis=2)
    lost_value = (value / x * (x - left)).sum(axis=1)
    assert list(frame.index) == list(world.regions)
    assert_allclose(frame["lost_output_usd"], (x - left).sum(axis=1), rtol=1e-8, atol=1e-8 * x.sum())
    assert_allclose(frame["lost_output_pct"], 100 * (x - left).sum(axis=1) / x.sum(axis=1), atol=1e-8)
    assert_allclose(frame["lost_value_added_usd"], lost_value, rtol=1e-8, atol=1e-8 * x.sum())
    assert_allclose(frame["lost_value_added_pct"], 100 * lost_value / value.sum(axis=1), atol=1e-8)


def test_taking_nothing_away_changes_nothing():
    for nothing in ([], [Extraction("none", exporters=["R01"], importers=["R01"])]):
        frame = extract(random_world(1), nothing).frame
        assert_allclose(frame["lost_output_usd"], 0.0, atol=1e-9)
        assert_allclose(frame["lost_value_added_pct"], 0.0, atol=1e-9)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=15)
def test_a_bilateral_flow_of_one_product(seed):
    world = random_world(seed)
    cut = Extraction("gas", exporters=["R01"], supplying_sectors=["s02"], importers=["R00", "R01", "R02"])
    inputs, final = marks(world)
    inputs[1, 2, [0, 2]] = True
    final[1, 2, [0, 2]] = True
    check(extract(world, [cut]), "extraction", "gas", world, *remaining(world, inputs, final))
    only = Extraction("gas", ["R01"], ["s02"], ["R00"], ["s00", "s01"], final=False)
    inputs, final = marks(world)
    inputs[1, 2, 0, :2] = True
    check(extract(world, [only]), "extraction", "gas", world, *remaining(world, inputs, final))


def test_parts_of_one_name_are_taken_together_and_overlaps_once():
    world = random_world(8, regions=4)
    parts = [
        Extraction("both", exporters=["R00"]),
        Extraction("both", importers=["R00"]),
        Extraction("both", exporters=["R00", "R01"], importers=["R02"], supplying_sectors=["s01"]),
        Extraction("alone", exporters=["R03"], home=True),
    ]
    inputs, final = marks(world)
    inputs[0], inputs[:, :, 0], final[0], final[:, :, 0] = True, True, True, True
    inputs[0, :, 0], final[0, :, 0] = False, False
    inputs[1, 1, 2], final[1, 1, 2] = True, True
    table = extract(world, parts)
    check(table, "extraction", "both", world, *remaining(world, inputs, final))
    inputs, final = marks(world)
    inputs[3], final[3] = True, True
    check(table, "extraction", "alone", world, *remaining(world, inputs, final))


def test_inside_a_union_only_flows_between_its_members_go():
    world = random_world(9, regions=4)
    inputs, final = marks(world)
    inputs[0, :, 2], final[0, :, 2] = True, True
    table = extract(world, [Extraction("R00", exporters=["R00"])], within=["R00", "R02"])
    check(table, "extraction", "R00", world, *remaining(world, inputs, final))


@given(seed=st.integers(0, 2**16))
@settings(max_examples=15)
def test_every_region_one_at_a_time(seed):
    world = random_world(seed, regions=4)
    table = region_extractions(world)
    for position, region in enumerate(world.regions):
        inputs, final = marks(world)
        inputs[position], inputs[:, :, position] = True, True
        final[position], final[:, :, position] = True, True
        check(table, "removed", region, world, *remaining(world, inputs, final))


def test_sectors_one_at_a_time():
    world = random_world(3)
    inputs, final = marks(world)
    inputs[1, 2], inputs[:, :, 1, 2], final[1, 2] = True, True, True
    table = sector_extractions(world, ["R01"])
    check(table, "extraction", "R01 s02", world, *remaining(world, inputs, final))
    assert len(table.frame) == 3 * 3


def test_a_coalition_takes_its_sales_and_its_chains():
    world = random_world(5, regions=4)
    frame = coalition_exposure(world, ["R00", "R01"], ["R03"]).frame.set_index(["region", "sector"])
    inputs, final = marks(world)
    inputs[:2, :, 3], inputs[3, :, :2], final[:2, :, 3], final[3, :, :2] = True, True, True, True
    x, left = remaining(world, inputs, final)
    assert_allclose(frame["sales_output_usd"], (x - left)[:2].ravel(), rtol=1e-8)
    production = production_of(world)
    A = production.system.coefficients
    stay = np.arange(9)
    avoiding = np.linalg.solve(np.eye(9) - A[:9, :9].T, 1.0 - A[:, :9].sum(axis=0))
    assert_allclose(frame["exposed_pct"], 100 * (1.0 - avoiding[stay])[:6], rtol=1e-9)
    everyone = coalition_exposure(world, ["R00", "R01"])
    assert "all third countries" in everyone.title
    assert (everyone.frame["exposed_pct"].to_numpy() >= frame["exposed_pct"].to_numpy()).all()
    with pytest.raises(AccordError, match="a coalition is made of third countries, but R01 was given"):
        coalition_exposure(world, ["R00", "R01"], ["R01"])


def test_value_passes_through_few_and_many_suppliers_alike():
    production = production_of(random_world(6, regions=4))
    A = production.system.coefficients
    for suppliers in (np.array([2, 5]), np.arange(12)[3:11]):
        stay = np.setdiff1d(np.arange(12), suppliers)
        avoiding = np.linalg.solve(np.eye(len(stay)) - A[np.ix_(stay, stay)].T, 1.0 - A[:, stay].sum(axis=0))
        through = value_through(production, suppliers)
        assert_allclose(through[stay], 1.0 - avoiding, rtol=1e-9)
        assert_allclose(through[suppliers], 1.0)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=10)
def test_no_set_is_smaller_than_the_bound_and_greedy_adds_up(seed):
    world = random_world(seed, regions=3, sectors=3)
    production = production_of(world)
    frame = smallest_supplier_set(world, "R01", share=0.9, most=6).frame
    weights = np.maximum(production.final_products[production.at("R01")], 0.0)

    def taken(suppliers):
        through = value_through(production, np.array(suppliers, dtype=int))
        return float(100 * np.average(through[production.at("R01")], weights=weights))

    position = [
        production.positions([exporter], [sector])[0]
        for exporter, sector in zip(frame["exporter"], frame["supplying_sector"], strict=True)
    ]
    candidates = [p for p in range(9) if production.region_of[p] != 1]
    best = {
        size: max(taken(chosen) for chosen in itertools.combinations(candidates, size))
        for size in range(1, 7)
    }
    for step in range(len(frame)):
        assert_allclose(frame["together_pct"][step], taken(position[: step + 1]), rtol=1e-8)
        assert_allclose(frame["alone_pct"][step], taken(position[step : step + 1]), rtol=1e-8)
        least = next(size for size in best if best[size] >= frame["together_pct"][step] * (1 - 1e-9))
        assert frame["least_count"][step] <= least <= step + 1


def test_the_supplier_set_refuses_a_share_that_is_none():
    with pytest.raises(AccordError, match="above 0 and below 1"):
        smallest_supplier_set(toy_world(), "ARC", share=1.5)
