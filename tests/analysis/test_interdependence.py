"""Component flows, content, feedback and footprints, against dense algebra written out and against pymrio."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.analysis.footprints import footprints
from accord.analysis.interdependence import (
    component_flows,
    feedback,
    interdependence,
    value_added_content,
    value_added_flows,
    value_added_origins,
)
from accord.analysis.labelled import source_of
from accord.analysis.production import THIRD, production_of
from accord.errors import AccordError
from accord.world import read_world
from accord.world.aggregate import aggregate
from accord.world.toy import toy_world
from economies import random_world

PARTNERS = ("R00", "R02")


def dense(world):
    """A, L, x, y by plain NumPy from the World's own variables."""
    size = len(world.regions) * len(world.sectors)
    Z = world.data["intermediate"].to_numpy().astype(float).reshape(size, size)
    Y = world.data["final_demand"].to_numpy().astype(float).sum(axis=3).reshape(size, -1)
    x = Z.sum(axis=1) + Y.sum(axis=1)
    A = Z / x
    return Z, A, np.linalg.inv(np.eye(size) - A), x, Y


@given(seed=st.integers(0, 2**16))
@settings(max_examples=20)
def test_shares_of_value_added_and_taxes_add_up_to_one(seed):
    frame = value_added_content(random_world(seed), PARTNERS).frame
    shares = frame[["home_share", "partner_share", "third_share", "tax_share"]]
    assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-12)
    origins = value_added_origins(random_world(seed), PARTNERS).frame
    assert_allclose(origins.groupby(["region", "sector"])["share"].sum(), 1.0, rtol=1e-12)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=20)
def test_world_value_added_and_taxes_are_world_final_purchases(seed):
    world = random_world(seed)
    frame = value_added_flows(world).frame
    production = production_of(world)
    assert_allclose(frame["value_added_usd"].sum(), production.final_demand.sum(), rtol=1e-12)
    by_origin = frame.groupby("origin")["value_added_usd"].sum()
    made = production.value_added.reshape(len(world.regions), -1).sum(axis=1)
    assert_allclose(by_origin[list(world.regions)], made, rtol=1e-9)
    absorbed = frame.groupby("destination")["value_added_usd"].sum()
    assert_allclose(absorbed[list(world.regions)], production.final_demand.sum(axis=0), rtol=1e-12)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=20)
def test_requirements_through_chains_are_never_below_direct_ones(seed):
    frame = component_flows(random_world(seed), PARTNERS).frame
    assert (frame["total_pct"] >= frame["direct_pct"]).all()


def test_component_flows_are_cells_of_the_world_and_requirements_those_of_the_inverse():
    world = random_world(4)
    Z, A, L, x, Y = dense(world)
    table = component_flows(world, PARTNERS).frame.set_index(
        ["exporter", "supplying_sector", "importer", "using_sector"]
    )
    sectors = len(world.sectors)
    i, j = 0 * sectors + 1, 2 * sectors + 2  # R00 s01 -> R02 s02
    row = table.loc["R00", "s01", "R02", "s02"]
    assert_allclose(row["flow_usd"], Z[i, j])
    assert_allclose(row["direct_pct"], 100 * A[i, j])
    assert_allclose(row["total_pct"], 100 * L[i, j])
    assert_allclose(row["required_usd"], L[i, j] * Y[j].sum())
    assert_allclose(row["share_of_inputs"], Z[i, j] / Z[:, j].sum())
    assert_allclose(row["share_of_product"], Z[i, j] / Z[1::sectors, j].sum())
    assert_allclose(row["share_of_sales"], Z[i, j] / x[i])
    third = 1 * sectors + np.array([1])
    row = table.loc[THIRD, "s01", "R02", "s02"]
    assert_allclose(row["flow_usd"], Z[third, j].sum())
    assert_allclose(row["total_pct"], 100 * L[third, j].sum())
    row = table.loc["R00", "s01", THIRD, "s02"]
    assert_allclose(row["required_usd"], L[i, sectors + 2] * Y[sectors + 2].sum())


def test_content_is_value_added_times_the_inverse():
    world = random_world(4)
    _, _, L, x, _ = dense(world)
    value_added = world.data["value_added"].to_numpy().sum(axis=2).ravel()
    share = ((value_added / x)[:, None] * L).reshape(3, 3, -1).sum(axis=1)  # origin, product
    frame = value_added_content(world, PARTNERS).frame.set_index(["region", "sector"])
    assert_allclose(frame.loc["R00", "home_share"], share[0, :3])
    assert_allclose(frame.loc["R00", "partner_share"], share[2, :3])
    assert_allclose(frame.loc["R02", "third_share"], share[1, 6:])
    assert (frame["largest_third"] == "R01").all()


def test_feedback_is_what_the_inverse_has_beyond_that_of_home_inputs():
    world = random_world(4)
    _, A, L, _, _ = dense(world)
    frame = feedback(world, PARTNERS).frame.set_index(["region", "sector"])
    home = np.linalg.inv(np.eye(3) - A[:3, :3]).sum(axis=0)
    assert_allclose(frame.loc["R00", "feedback_pct"], 100 * (L[:3, :3].sum(axis=0) - home))
    union = np.r_[0:3, 6:9]
    within = np.linalg.inv(np.eye(6) - A[np.ix_(union, union)])
    assert_allclose(frame.loc["R00", "partner_feedback_pct"], 100 * (within[:3, :3].sum(axis=0) - home))
    assert (frame["feedback_pct"] >= frame["partner_feedback_pct"]).all()


def test_every_column_says_its_unit_and_source():
    for table in interdependence(toy_world(), ["ARC", "BEL"]):
        for name, column in table.columns.items():
            assert column.label, name
            assert column.source == source_of(toy_world())


def test_labels_survive_aggregation():
    world = read_world("embedded")
    small = aggregate(
        world,
        regions={
            "BLR": ["BLR"],
            "RUS": ["RUS"],
            "REST": [r for r in world.regions if r not in {"BLR", "RUS"}],
        },
        sectors={
            "GOODS": [s for s in world.sectors if s[0] in "ABC"],
            "REST": [s for s in world.sectors if s[0] not in "ABC"],
        },
    )
    before, after = (component_flows(each, ["BLR", "RUS"]).frame for each in (world, small))
    goods = before["supplying_sector"].str[0].isin(list("ABC")) & before["using_sector"].str[0].isin(
        list("ABC")
    )
    pair = (before["exporter"] == "BLR") & (before["importer"] == "RUS")
    merged = after.set_index(["exporter", "supplying_sector", "importer", "using_sector"])["flow_usd"]
    assert_allclose(merged["BLR", "GOODS", "RUS", "GOODS"], before[goods & pair]["flow_usd"].sum(), rtol=1e-6)


def test_idle_producers_are_blank_and_not_zero():
    frame = value_added_content(read_world("embedded"), ["BLR", "RUS"]).frame
    idle = frame["output_usd"] == 0.0
    assert idle.any()
    assert frame.loc[idle, "home_share"].isna().all()
    assert frame.loc[~idle, "home_share"].notna().all()


def test_satellites_follow_the_same_accounts():
    world = random_world(7)
    production = production_of(world)
    jobs = np.random.default_rng(7).uniform(1.0, 9.0, production.output.shape)
    accounts = footprints(production, {"jobs": jobs, "value added": production.value_added})
    assert_allclose(accounts.consumed.sum(axis=1), accounts.produced.sum(axis=1), rtol=1e-10)
    assert_allclose(accounts.by_pair.sum(axis=2), accounts.produced, rtol=1e-10)
    assert_allclose(accounts.by_pair.sum(axis=1), accounts.consumed, rtol=1e-10)
    with pytest.raises(AccordError, match="one finite number for each"):
        footprints(production, {"jobs": jobs[:-1]})


@pytest.mark.medium
def test_multipliers_and_footprints_are_those_of_pymrio():
    pymrio = pytest.importorskip("pymrio", reason="pymrio is not installed (extra: sources)")
    world = random_world(11, regions=4, sectors=5, uses=("final",))
    production = production_of(world)
    rows = pd.MultiIndex.from_product([world.regions, world.sectors], names=["region", "sector"])
    buyers = pd.MultiIndex.from_product([world.regions, ["final"]], names=["region", "category"])
    draw = np.random.default_rng(11)
    stressors = {"value added": production.value_added, "jobs": draw.uniform(1.0, 5.0, production.size)}
    system = pymrio.IOSystem(
        Z=pd.DataFrame(production.intermediate.astype(float), rows, rows),
        Y=pd.DataFrame(production.final_demand, rows, buyers),
    )
    system.accounts = pymrio.Extension(
        name="accounts",
        F=pd.DataFrame(np.array(list(stressors.values())), pd.Index(stressors, name="stressor"), rows),
        unit=pd.DataFrame({"unit": ["USD", "jobs"]}, index=list(stressors)),
    )
    system.calc_all()
    ours = footprints(production, stressors)
    assert_allclose(system.A.to_numpy(), production.system.coefficients, rtol=1e-10)
    assert_allclose(ours.multipliers, system.accounts.M.to_numpy(), rtol=1e-10)
    assert_allclose(ours.produced, system.accounts.D_pba_reg.to_numpy(), rtol=1e-10)
    assert_allclose(ours.consumed, system.accounts.D_cba_reg.to_numpy(), rtol=1e-10)
    assert_allclose(ours.imported, system.accounts.D_imp_reg.to_numpy(), rtol=1e-10)
    assert_allclose(ours.exported, system.accounts.D_exp_reg.to_numpy(), rtol=1e-10)
