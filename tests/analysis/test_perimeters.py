"""Borin and Mancini at other borders: against systems with the flow cut out, by hand, and against each other where theory says so."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.analysis.value_added import decompose_exports
from accord.world.world import World
from dense_value_added import Dense
from economies import random_world
from two_regions import row, two_regions

FLOW = ("exporter", "importer", "sector")
worlds = st.builds(
    random_world,
    st.integers(0, 2**16),
    regions=st.integers(2, 5),
    sectors=st.integers(1, 4),
    tariffs=st.booleans(),
)
examples = settings(max_examples=10)


def cut_inverse(d: Dense, s: int, r: int, rows: slice = slice(None)) -> np.ndarray:
    """The inverse of the world in which s sends no inputs (of the sectors `rows`) to r, inverted itself."""
    kept = d.A.copy()
    kept[s, rows, r, :] = 0.0
    size = d.G * d.N
    return np.linalg.inv(np.eye(size) - kept.reshape(size, size)).reshape(kept.shape)


def flows_of(world: World, method: str) -> dict[tuple[str, str], np.ndarray]:
    """Columns of numbers by exporter and importer: (name, sector) as frames."""
    frame = decompose_exports(world, method=method, by=FLOW).frame
    return {
        key: rows.reset_index(drop=True) for key, rows in frame.groupby(["exporter", "importer"], sort=False)
    }


@pytest.mark.parametrize("seed", [3, 7])
def test_value_counted_once_is_what_enters_when_the_flow_is_cut(seed):
    world = random_world(seed, regions=4, sectors=2)
    d = Dense(world)
    source, sink = flows_of(world, "bm-source-bilateral"), flows_of(world, "bm-sink-bilateral")
    for s in range(d.G):
        for r in d.others(s):
            pair = world.regions[s], world.regions[r]
            cut, flow = cut_inverse(d, s, r), d.e(s, r)
            own = d.v[s] @ cut[s, :, s]
            foreign = sum(d.v[t] @ cut[t, :, s] for t in d.others(s))
            returning = d.a(s, r) @ sum(d.b(r, j) @ d.Y[j, :, s] for j in range(d.G))
            direct = d.Y[s, :, r] + d.a(s, r) @ d.local(r) @ d.Y[r, :, r]
            assert_allclose(source[pair]["dva"], own * flow, rtol=1e-9)
            assert_allclose(source[pair]["foreign"], foreign * flow, rtol=1e-9)
            assert_allclose(source[pair]["ref"], own * returning, rtol=1e-9, atol=1e-12)
            assert_allclose(source[pair]["davax"], own * direct, rtol=1e-9)
            # Sink: what the importer will need for these same exports comes back to be exported again.
            last = flow - d.a(s, r) @ cut[r, :, s] @ flow
            content = d.v[s] @ d.b(s, s)
            abroad = sum(d.v[t] @ d.b(t, s) for t in d.others(s))
            assert_allclose(sink[pair]["dva"], content * last, rtol=1e-9)
            assert_allclose(sink[pair]["foreign"], abroad * last, rtol=1e-9)
            assert_allclose(sink[pair]["davax"], content * direct, rtol=1e-9)
            # A unit absorbed at s: its last crossing, with s the final buyer, in a world without repeats of this flow.
            back = d.a(s, r) @ sum(cut[r, :, j] @ d.Y[j, :, s] for j in range(d.G))
            assert_allclose(sink[pair]["ref"], content * back, rtol=1e-9, atol=1e-12)


def test_at_the_borders_of_a_sectors_flow_first_and_last_crossing_are_the_same():
    world = random_world(5, regions=3, sectors=3)
    d, found = Dense(world), flows_of(world := random_world(5, regions=3, sectors=3), "bm-sector-bilateral")
    for s in range(d.G):
        for r in d.others(s):
            rows = found[world.regions[s], world.regions[r]]
            for k in range(d.N):
                cut = cut_inverse(d, s, r, slice(k, k + 1))
                flow = d.e(s, r)[k]
                first = d.v[s] @ cut[s, :, s, k] * flow
                last = (d.v[s] @ d.b(s, s))[k] * (flow - d.a(s, r)[k] @ cut[r, :, s, k] * flow)
                assert_allclose([rows.loc[k, "dva"], last], first, rtol=1e-9)
                foreign = sum(d.v[t] @ cut[t, :, s, k] for t in d.others(s)) * flow
                assert_allclose(rows.loc[k, "foreign"], foreign, rtol=1e-9)


def test_at_the_importers_borders_value_counts_when_it_enters_a_world_without_its_imports():
    world = random_world(8, regions=4, sectors=2)
    d, size = Dense(world), 8
    source, sink = flows_of(world, "bm-source-importer"), flows_of(world, "bm-sink-importer")
    for r in range(d.G):
        kept = d.A.copy()
        for t in d.others(r):
            kept[t, :, r, :] = 0.0
        cut = np.linalg.inv(np.eye(size) - kept.reshape(size, size)).reshape(kept.shape)
        later = sum(cut[r, :, t] @ d.e(t, r) for t in d.others(r))  # output of r in its own later imports
        for s in d.others(r):
            pair, flow = (world.regions[s], world.regions[r]), d.e(s, r)
            own, content = d.v[s] @ cut[s, :, s], d.v[s] @ d.b(s, s)
            foreign = sum(d.v[t] @ cut[t, :, s] for t in d.others(s))
            abroad = sum(d.v[t] @ d.b(t, s) for t in d.others(s))
            returning = d.a(s, r) @ sum(d.b(r, j) @ d.Y[j, :, s] for j in range(d.G))
            assert_allclose(source[pair]["dva"], own * flow, rtol=1e-9)
            assert_allclose(source[pair]["foreign"], foreign * flow, rtol=1e-9)
            assert_allclose(source[pair]["ref"], own * returning, rtol=1e-9, atol=1e-12)
            last = flow - d.a(s, r) @ later
            back = d.a(s, r) @ sum(cut[r, :, j] @ d.Y[j, :, s] for j in range(d.G))
            assert_allclose(sink[pair]["dva"], content * last, rtol=1e-9)
            assert_allclose(sink[pair]["foreign"], abroad * last, rtol=1e-9)
            assert_allclose(sink[pair]["ref"], content * back, rtol=1e-9, atol=1e-12)


def test_at_a_sectors_borders_value_counts_when_it_enters_a_world_without_its_exports():
    world = random_world(9, regions=4, sectors=3)
    d, size = Dense(world), 12
    source, sink = flows_of(world, "bm-source-sector"), flows_of(world, "bm-sink-sector")
    for s in range(d.G):
        for k in range(d.N):
            kept = d.A.copy()
            for r in d.others(s):
                kept[s, k, r, :] = 0.0
            cut = np.linalg.inv(np.eye(size) - kept.reshape(size, size)).reshape(kept.shape)
            for r in d.others(s):
                pair, flow, inputs = (world.regions[s], world.regions[r]), d.e(s, r)[k], d.a(s, r)[k]
                first = d.v[s] @ cut[s, :, s, k], sum(d.v[t] @ cut[t, :, s, k] for t in d.others(s))
                assert_allclose(
                    source[pair].loc[k, ["dva", "foreign"]].tolist(), np.array(first) * flow, rtol=1e-9
                )
                last = flow - inputs @ cut[r, :, s, k] * d.e_all(s)[k]
                held = (d.v[s] @ d.b(s, s))[k], sum(d.v[t] @ d.b(t, s) for t in d.others(s))[k]
                assert_allclose(
                    sink[pair].loc[k, ["dva", "foreign"]].tolist(), np.array(held) * last, rtol=1e-9
                )
                back = inputs @ sum(cut[r, :, j] @ d.Y[j, :, s] for j in range(d.G))
                assert_allclose(sink[pair].loc[k, "ref"], held[0] * back, rtol=1e-9, atol=1e-12)


@given(world=worlds)
@examples
def test_first_and_last_crossing_agree_over_all_that_the_borders_surround(world):
    names = ["dva", "returned", "fva", "double_counted", "levies_domestic", "levies_foreign"]
    source, sink = (
        decompose_exports(world, method=f"bm-{approach}-sector", by=("exporter", "sector")).frame
        for approach in ("source", "sink")
    )
    assert_allclose(source[names], sink[names], rtol=1e-9, atol=1e-9)
    source, sink = (
        decompose_exports(world, method=f"bm-{approach}-importer", by=("exporter", "importer")).frame
        for approach in ("source", "sink")
    )
    # Over all suppliers of an importer together: who counts as domestic changes with the supplier, what counts does not.
    once = ["dva", "fva", "duties_taxes"]
    assert_allclose(
        source.groupby("importer")[once].sum().sum(axis=1),
        sink.groupby("importer")[once].sum().sum(axis=1),
        rtol=1e-9,
    )


@given(seed=st.integers(0, 2**16), tariffs=st.booleans())
@examples
def test_borders_that_surround_the_same_flows_count_the_same(seed, tariffs):
    two = random_world(
        seed, regions=2, sectors=3, tariffs=tariffs
    )  # all that one imports is all that the other exports
    one = random_world(seed, regions=4, sectors=1, tariffs=tariffs)  # a sector's exports are all exports
    for approach in ("source", "sink"):
        for world, other in ((two, "importer"), (one, "sector")):
            exporter, same = (
                decompose_exports(world, method=f"bm-{approach}{end}", by=FLOW).frame
                for end in ("", f"-{other}")
            )
            numbers = ["dva", "returned", "fva", "double_counted", "duties_taxes"]
            assert_allclose(exporter[numbers], same[numbers], rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 2**16), tariffs=st.booleans())
@examples
def test_with_two_regions_the_bilateral_borders_are_those_of_the_exporter(seed, tariffs):
    world = random_world(seed, regions=2, sectors=3, tariffs=tariffs)
    for approach in ("source", "sink"):
        one = decompose_exports(world, method=f"bm-{approach}", by=FLOW).frame
        other = decompose_exports(world, method=f"bm-{approach}-bilateral", by=FLOW).frame
        numbers = [name for name in one.columns if one[name].dtype == float]
        assert_allclose(one[numbers], other[numbers], rtol=1e-9, atol=1e-9)


@given(world=worlds)
@examples
def test_source_and_sink_agree_on_each_bilateral_flow_as_a_whole(world):
    names = ["dva", "returned", "fva", "double_counted", "levies_domestic", "levies_foreign"]
    by = ("exporter", "importer")
    source, sink = (
        decompose_exports(world, method=f"bm-{approach}-bilateral", by=by).frame
        for approach in ("source", "sink")
    )
    assert_allclose(source[names], sink[names], rtol=1e-9, atol=1e-9)


@given(world=worlds)
@examples
def test_the_value_that_crosses_any_border_is_the_same_at_the_first_and_at_the_last_one(world):
    source = decompose_exports(world, method="bm-source-world").frame
    sink = decompose_exports(world, method="bm-sink-world").frame
    assert_allclose(
        source[["dva", "fva", "duties_taxes"]].sum().sum(),
        sink[["dva", "fva", "duties_taxes"]].sum().sum(),
        rtol=1e-9,
    )
    assert_allclose(source["dva"].sum(), sink["dva"].sum() + sink["fva"].sum(), rtol=1e-9)  # income alone


@given(world=worlds)
@examples
def test_foreign_value_at_the_last_border_of_the_world_is_that_of_koopman_and_of_wang(world):
    sink = decompose_exports(world, method="bm-sink-world", by=FLOW).frame
    wwz = decompose_exports(world, method="wwz", by=FLOW).frame
    assert_allclose(sink["fva"], wwz["fva"], rtol=1e-9, atol=1e-12)
    kww = decompose_exports(world, method="kww").frame
    assert_allclose(
        decompose_exports(world, method="bm-sink-world").frame["fva"], kww["fva"], rtol=1e-9, atol=1e-12
    )


@given(world=worlds)
@examples
def test_the_wider_the_borders_the_more_is_counted_twice(world):
    nested = (
        ("bm-sector-bilateral", "bm-source-bilateral", "bm-source", "bm-source-world"),
        ("bm-sector-bilateral", "bm-source-sector", "bm-source"),
        ("bm-source-bilateral", "bm-source-importer", "bm-source-world"),
    )
    counted = {
        method: decompose_exports(world, method=method, by=FLOW).frame["double_counted"].to_numpy()
        for method in {method for methods in nested for method in methods}
    }
    for methods in nested:
        for narrow, wide in pairwise(counted[method] for method in methods):
            assert (narrow <= wide + 1e-9 * (1.0 + wide)).all()


def test_a_one_way_chain_at_the_borders_of_the_world_by_hand():
    # Home's 60 of inputs: 48 stay Abroad, 12 come back in Abroad's 20 of exports, of which 8 are Abroad's own work.
    world = two_regions()
    first, last = (row(world, region, "bm-source-world") for region in ("HOM", "ABR"))
    assert_allclose([first[name] for name in ("vax", "returned", "double_counted")], [48, 12, 0], atol=1e-12)
    assert_allclose([last[name] for name in ("vax", "fva", "double_counted")], [8, 0, 12], atol=1e-12)
    first, last = (row(world, region, "bm-sink-world") for region in ("HOM", "ABR"))
    assert_allclose([first[name] for name in ("vax", "double_counted")], [48, 12], atol=1e-12)
    assert_allclose([last[name] for name in ("vax", "fva", "double_counted")], [8, 12, 0], atol=1e-12)


def test_a_loop_between_two_regions_at_all_borders_in_closed_form():
    # a, b: inputs from one per unit of the other's output; a unit exported comes back to be exported again a b times.
    world = two_regions(back=25.0)
    a, b, exports = 60.0 / 125.0, 25.0 / 125.0, 85.0
    for method in ("bm-source-bilateral", "bm-sink-bilateral", "bm-sector-bilateral"):
        found = row(world, "HOM", method)
        assert_allclose(found["dva"], (1.0 - b) * exports)
        assert_allclose(found["fva"], (1.0 - a) * b * exports)
        assert_allclose(found["double_counted"], a * b * exports)
