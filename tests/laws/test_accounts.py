"""Laws of the accounts of a World: they add up, whatever is merged, stored or read back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.world.accounts import sales_of, value_added_of
from accord.world.aggregate import aggregate
from accord.world.build import rebuilt
from accord.world.checks import check_world
from accord.world.store import read_world, write_world
from accord.world.world import World
from economies import random_world

SEEDS = st.integers(0, 2**16)
FLOAT32 = 3e-7
"""Flows are stored as float32, so sums of rounded sums agree to a few of its steps and no better."""


def accounts(world: World) -> dict[str, np.ndarray]:
    """Income and spending of each region, USD million."""
    data = world.data
    intermediate, final = data["intermediate"].values, data["final_demand"].values
    rates = data["tariff_rate"].values.transpose(0, 2, 1)
    sales = sales_of(intermediate, final)
    bilateral = sales.sum(axis=1)
    final_sales = sales_of(np.zeros_like(intermediate), final)
    tax = data["output_tax_rate"].values * world.gross_output.values if "output_tax_rate" in data else 0.0
    return {
        "value added": data["value_added"].values.sum(axis=(1, 2)),
        "duties": (sales * rates).sum(axis=(0, 1)),
        "output tax": np.broadcast_to(tax, world.gross_output.shape).sum(axis=1),
        "imbalance": bilateral.sum(axis=0) - bilateral.sum(axis=1),
        "spending": (final_sales * (1.0 + rates)).sum(axis=(0, 1)),
    }


def income(world: World) -> np.ndarray:
    parts = accounts(world)
    return parts["value added"] + parts["duties"] + parts["output tax"]


@given(seed=SEEDS, tariffs=st.booleans(), imbalance=st.booleans())
def test_income_and_imbalance_of_every_region_equal_what_it_spends(seed, tariffs, imbalance):
    world = random_world(seed, tariffs=tariffs, imbalance=imbalance)
    parts = accounts(world)
    assert_allclose(income(world) + parts["imbalance"], parts["spending"], rtol=1e-9)
    assert_allclose(parts["imbalance"].sum(), 0.0, atol=1e-9 * parts["spending"].sum())


@given(seed=SEEDS)
def test_random_worlds_have_no_fault(seed):
    assert check_world(random_world(seed, regions=4, sectors=2)) == ()


@given(seed=SEEDS)
def test_value_added_is_output_less_inputs_with_their_duties(seed):
    world = random_world(seed)
    data = world.data
    paid = data["intermediate"].astype(float) * (1.0 + data["tariff_rate"].rename(sector="supplying_sector"))
    by_name = world.gross_output - paid.sum(["exporter", "supplying_sector"]).rename(
        importer="region", using_sector="sector"
    )
    assert_allclose(
        data["value_added"].sum("factor").values, by_name.transpose("region", "sector").values, rtol=1e-12
    )


@given(seed=SEEDS)
def test_merging_keeps_the_accounts_balanced_and_nothing_is_lost(seed):
    world = random_world(seed, regions=4, sectors=3)
    merged = aggregate(
        world,
        regions={"A": ["R00", "R02"], "B": ["R03"], "C": ["R01"]},
        sectors={"x": ["s01"], "y": ["s00", "s02"]},
    )
    assert check_world(merged) == ()
    parts = accounts(merged)
    assert_allclose(income(merged) + parts["imbalance"], parts["spending"], rtol=1e-9)
    before = accounts(world)
    total_before = before["duties"].sum() + before["output tax"].sum()
    total_after = parts["duties"].sum() + parts["output tax"].sum()
    assert_allclose(total_after, total_before, rtol=FLOAT32)
    gathered = [before["imbalance"][[0, 2]].sum(), before["imbalance"][3], before["imbalance"][1]]
    assert_allclose(parts["imbalance"], gathered, atol=FLOAT32 * parts["spending"].sum())


@given(seed=SEEDS)
def test_merging_everything_into_one_economy_keeps_value_added_and_total_income(seed):
    """All duties are internal then, and become tax on output: nobody's income moves."""
    world = random_world(seed)
    one = aggregate(world, regions={"W": list(world.regions)})
    assert_allclose(
        one.data["value_added"].values.sum(), world.data["value_added"].values.sum(), rtol=FLOAT32
    )
    assert_allclose(
        one.data["value_added"].values[0, :, 0],
        world.data["value_added"].values[..., 0].sum(axis=0),
        rtol=3e-6,
    )
    assert_allclose(income(one).sum(), income(world).sum(), rtol=FLOAT32)
    assert_allclose(accounts(one)["spending"].sum(), accounts(world)["spending"].sum(), rtol=FLOAT32)
    assert not accounts(one)["duties"].any()


@given(seed=SEEDS)
def test_duties_on_each_merged_flow_are_kept(seed):
    world = random_world(seed, regions=4)
    regions = {"A": ["R00", "R01"], "B": ["R02", "R03"]}
    merged = aggregate(world, regions=regions, sectors={"all": list(world.sectors)})

    def duties(economy: World) -> np.ndarray:
        sales = sales_of(economy.data["intermediate"].values, economy.data["final_demand"].values)
        return (sales * economy.data["tariff_rate"].values.transpose(0, 2, 1)).sum(axis=1)

    expected = duties(world)[:2, 2:].sum()
    assert_allclose(duties(merged)[0, 1], expected, rtol=FLOAT32)


HALFWAY = {"A": ["R00", "R01"], "B": ["R02"], "C": ["R03"]}
THEN = {"AB": ["A", "B"], "C": ["C"]}
AT_ONCE = {"AB": ["R00", "R01", "R02"], "C": ["R03"]}
SECTORS = {"x": ["s00", "s01"], "y": ["s02"]}


@given(seed=SEEDS)
def test_merging_in_two_steps_is_merging_at_once(seed):
    """Of every flow by product and of its tariff. Who buys it within a merged region may differ, for one average rate is folded in."""
    world = random_world(seed, regions=4, sectors=3)
    steps = aggregate(aggregate(world, regions=HALFWAY), regions=THEN, sectors=SECTORS)
    once = aggregate(world, regions=AT_ONCE, sectors=SECTORS)
    first, second = (
        sales_of(one.data["intermediate"].values, one.data["final_demand"].values) for one in (steps, once)
    )
    assert_allclose(first, second, rtol=FLOAT32)
    assert_allclose(steps.data["tariff_rate"].values, once.data["tariff_rate"].values, rtol=FLOAT32)
    assert_allclose(steps.data["output_tax_rate"].values, once.data["output_tax_rate"].values, rtol=3e-6)
    assert tuple(steps.data["region_members"].values) == tuple(once.data["region_members"].values)


@given(seed=SEEDS)
def test_without_tariffs_merging_in_two_steps_is_merging_at_once_in_every_cell(seed):
    world = random_world(seed, regions=4, sectors=3, tariffs=False)
    steps = aggregate(aggregate(world, regions=HALFWAY), regions=THEN, sectors=SECTORS)
    once = aggregate(world, regions=AT_ONCE, sectors=SECTORS)
    for name in ("intermediate", "final_demand"):
        assert_allclose(steps.data[name].values, once.data[name].values, rtol=FLOAT32)
    assert_allclose(steps.data["value_added"].values, once.data["value_added"].values, rtol=3e-6)


@given(seed=SEEDS)
def test_merging_nothing_changes_nothing_to_the_last_bit(seed):
    world = random_world(seed)
    assert aggregate(world).content_hash == world.content_hash


def test_merging_reorders_as_the_mapping_says():
    world = random_world(3)
    order = ["R02", "R00", "R01"]
    moved = aggregate(world, regions={code: [code] for code in order})
    assert moved.regions == tuple(order)
    back = aggregate(moved, regions={code: [code] for code in world.regions})
    assert back.content_hash == world.content_hash


@given(
    seed=SEEDS,
    position=st.tuples(*[st.integers(0, 2)] * 4),
    name=st.sampled_from(["intermediate", "final_demand"]),
)
def test_the_hash_sees_one_cell(seed, position, name):
    world = random_world(seed)
    changed = world.data[name].copy(deep=True)
    changed.values[position] = np.nextafter(changed.values[position], np.float32(np.inf))
    assert (
        world.with_data({name: changed}, step="one cell moved by one step").content_hash != world.content_hash
    )


def test_the_hash_sees_a_label_and_the_year_but_not_the_name_or_the_order_of_variables():
    world = random_world(1)
    relabelled = World(
        world.name, world.year, world.data.assign_coords(sector=["s00", "s01", "sXX"]), world.provenance
    )
    assert relabelled.content_hash != world.content_hash
    assert World(world.name, 1999, world.data, world.provenance).content_hash != world.content_hash
    assert rebuilt(world, provenance=world.provenance, name="another").content_hash == world.content_hash
    shuffled = world.data[list(reversed(list(world.data.data_vars)))]
    assert World(world.name, world.year, shuffled, world.provenance).content_hash == world.content_hash


@given(seed=SEEDS)
def test_what_is_stored_is_read_back_to_the_last_bit(seed, tmp_path_factory):
    world = random_world(seed, sectors=2)
    path = write_world(world, tmp_path_factory.mktemp("store") / "world.nc")
    back = read_world(path)
    assert back.content_hash == world.content_hash
    assert (back.name, back.year, back.provenance) == (world.name, world.year, world.provenance)
    assert back.data.identical(world.data)


def test_the_same_world_is_stored_as_the_same_bytes(tmp_path):
    world = random_world(5)
    first, second = (write_world(world, tmp_path / name).read_bytes() for name in ("a.nc", "b.nc"))
    assert first == second


@pytest.mark.parametrize("regions", [2, 5])
def test_value_added_derived_one_exporter_at_a_time_equals_the_plain_sum(regions):
    world = random_world(9, regions=regions)
    data = world.data
    intermediate, rates = data["intermediate"].values.astype(float), data["tariff_rate"].values
    plain = world.gross_output.values - np.einsum("ink,iknj->nj", 1.0 + rates, intermediate)
    derived = value_added_of(data["intermediate"].values, data["final_demand"].values, rates, None)
    assert_allclose(derived, plain, rtol=1e-12)
