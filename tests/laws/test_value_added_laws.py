"""Laws of trade in value added: parts add up in every flow, and methods agree where theory says that they do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.analysis.value_added import (
    METHODS,
    chain_position,
    content_of_exports,
    decompose_exports,
    gvc_participation,
    value_added_exports,
)
from accord.analysis.value_added.multipliers import value_chains
from accord.analysis.value_added.terms import PARTS
from accord.world import read_world
from accord.world.build import rebuilt
from accord.world.sources.wiod2013 import read_wiod2013
from accord.world.world import World
from economies import random_world

FLOW = ("exporter", "importer", "sector")
BILATERAL = [name for name, method in METHODS.items() if method.bilateral]
EXPORTER = [name for name, method in METHODS.items() if method.perimeter == "exporter"]
"""Methods that count once at the borders of the exporting country."""

worlds = st.builds(
    random_world,
    st.integers(0, 2**16),
    regions=st.integers(2, 5),
    sectors=st.integers(1, 4),
    tariffs=st.booleans(),
)
examples = settings(max_examples=10)


def numbers(world: World, method: str, names: list[str], by=("exporter",)) -> np.ndarray:
    return decompose_exports(world, method=method, by=by).frame[names].to_numpy(dtype=float)


def term_names(method: str) -> list[str]:
    return [term.name for term in METHODS[method].terms]


@pytest.mark.parametrize("method", METHODS)
@given(world=worlds)
@examples
def test_terms_add_up_to_gross_exports_in_every_flow(method, world):
    frame = decompose_exports(world, method=method, by=FLOW if method in BILATERAL else ("exporter",)).frame
    assert_allclose(frame[term_names(method)].sum(axis=1), frame["exports"], rtol=1e-9)
    assert_allclose(frame[list(PARTS)].sum(axis=1), frame["exports"], rtol=1e-9)
    assert_allclose(frame["vax"] + frame["returned"], frame["dva"], rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@given(world=worlds)
@examples
def test_no_term_but_net_taxes_is_negative(method, world):
    names = [term.name for term in METHODS[method].terms if term.part != "duties_taxes"]
    by = FLOW if method in BILATERAL else ("exporter",)
    frame = decompose_exports(world, method=method, by=by).frame
    assert (frame[names].to_numpy() >= -1e-12 * frame[["exports"]].to_numpy()).all()


@given(world=worlds)
@examples
def test_all_methods_give_the_same_domestic_value_added_of_a_region(world):
    names = ["exports", "dva", "vax", "returned", "levies_domestic"]
    first, *rest = (numbers(world, method, names) for method in EXPORTER)
    for other in rest:
        assert_allclose(other, first, rtol=1e-9, atol=1e-12)


@given(world=worlds)
@examples
def test_source_and_sink_differ_between_partners_but_not_in_a_regions_total(world):
    names = ["vax", "ref", "foreign", "ddc", "fdc", "levies_domestic", "levies_foreign"]
    assert_allclose(
        numbers(world, "bm-source", names), numbers(world, "bm-sink", names), rtol=1e-9, atol=1e-12
    )


@given(world=worlds)
@examples
def test_the_sixteen_terms_add_up_to_the_nine(world):
    wwz = decompose_exports(world, method="wwz").frame
    kww = decompose_exports(world, method="kww").frame
    sums = {
        "t1_dva_final": ["dva_fin"],
        "t2_dva_inputs": ["dva_int", "dva_intrex1"],
        "t3_dva_third": ["dva_intrex2", "dva_intrex3"],
        "t4_rdv_final": ["rdv_fin", "rdv_fin2"],
        "t5_rdv_inputs": ["rdv_int"],
        "t6_ddc": ["ddc_fin", "ddc_int"],
        "t7_fva_final": ["mva_fin", "ova_fin"],
        "t8_fva_inputs": ["mva_int", "ova_int"],
        "t9_fdc": ["mdc", "odc"],
        "levies_domestic": ["levies_domestic"],
        "levies_foreign": ["levies_foreign"],
    }
    for nine, sixteen in sums.items():
        assert_allclose(wwz[sixteen].sum(axis=1), kww[nine], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", BILATERAL)
@given(world=worlds)
@examples
def test_flows_add_up_to_the_exporters_rows(method, world):
    names = ["exports", *term_names(method), *PARTS]
    flows = decompose_exports(world, method=method, by=FLOW).frame
    for by in (("exporter",), ("exporter", "importer"), ("exporter", "sector")):
        summed = flows.groupby(list(by), sort=False)[names].sum()
        assert_allclose(summed, numbers(world, method, names, by), rtol=1e-9, atol=1e-12)


@given(world=worlds)
@examples
def test_value_added_absorbed_abroad_is_that_of_johnson_and_noguera_and_at_most_domestic_value_added(world):
    frame = decompose_exports(world).frame
    trade = value_added_exports(world).frame
    assert_allclose(trade["vax"], frame["vax"], rtol=1e-9)
    assert (trade["vax"] <= frame["dva"] * (1 + 1e-12)).all()
    income = np.array(world.data["value_added"]).sum(axis=(1, 2))
    assert (frame["dva"] <= income * (1 + 1e-12)).all()


@given(world=worlds)
@examples
def test_domestic_value_added_is_the_income_lost_when_a_region_exports_nothing(world):
    # Los, Timmer and de Vries (2016), American Economic Review 106(7): hypothetical extraction of a region's exports.
    chains = value_chains(world)
    size = chains.output.size
    found = decompose_exports(world).frame["dva"]
    for s in range(chains.regions):
        kept, final = np.array(world.data["intermediate"], dtype=float), np.array(chains.final)
        others = [r for r in range(chains.regions) if r != s]
        kept[s, :, others], final[s, :, others] = 0.0, 0.0
        system = np.eye(size) - kept.reshape(size, size) / chains.output.ravel()
        left = np.linalg.solve(system, final.sum(axis=2).ravel()).reshape(chains.output.shape)
        lost = (chains.factor_share[s] * (chains.output[s] - left[s])).sum()
        assert_allclose(found[s], lost, rtol=1e-9)


@given(world=worlds)
@examples
def test_balances_in_value_are_balances_of_trade(world):
    # Where nothing is taxed: what others absorb of a region's income less what it absorbs of theirs (Johnson and Noguera 2012).
    untaxed = rebuilt(
        world, provenance=world.provenance, tariff_rate=np.zeros_like(np.array(world.data["tariff_rate"]))
    )
    trade = value_added_exports(untaxed, by=("exporter", "importer")).frame
    sold, bought = trade.groupby("exporter"), trade.groupby("importer")
    assert_allclose(
        sold["vax"].sum() - bought["vax"].sum(),
        sold["exports"].sum() - bought["exports"].sum(),
        atol=1e-4,  # untaxed income changes; flows are stored in float32
    )


@given(world=worlds)
@examples
def test_world_domestic_value_added_is_what_returns_and_what_others_absorb(world):
    absorbed = value_chains(world).absorbed * value_chains(world).factor_share[..., None]
    at_home = np.einsum("rkr->", absorbed)
    income = np.array(world.data["value_added"]).sum()
    assert_allclose(decompose_exports(world).frame["vax"].sum() + at_home, income, rtol=1e-6)


@given(world=worlds)
@examples
def test_the_content_of_exports_adds_up_over_origins(world):
    content = (
        content_of_exports(world).frame.groupby("exporter")[["value_added", "duties_taxes", "share"]].sum()
    )
    exports = decompose_exports(world).frame.set_index("exporter")["exports"]
    assert_allclose(content["value_added"] + content["duties_taxes"], exports, rtol=1e-9)
    assert_allclose(content["share"], 1.0)


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 2**16))
@examples
def test_without_trade_in_inputs_all_exports_are_domestic_value(method, seed):
    world = random_world(seed, tariffs=False)
    flows = np.array(world.data["intermediate"])
    abroad = ~np.eye(len(world.regions), dtype=bool)
    flows.transpose(0, 2, 1, 3)[abroad] = 0.0
    final = np.array(world.data["final_demand"])
    world = rebuilt(world, provenance=world.provenance, intermediate=flows, final_demand=final * 2.0)
    frame = decompose_exports(world, method=method, by=FLOW if method in BILATERAL else ("exporter",)).frame
    assert_allclose(frame["vax"], frame["exports"], rtol=1e-6)
    assert_allclose(frame[["returned", "fva", "double_counted", "duties_taxes"]], 0.0, atol=1e-4)
    participation = gvc_participation(world).frame
    assert_allclose(participation[["gvc", "backward", "forward", "vs", "vs1"]], 0.0, atol=1e-12)


@given(world=worlds)
@examples
def test_participation_has_two_sides_and_its_backward_side_is_foreign_content_and_double_counting(world):
    found = gvc_participation(world, by=FLOW).frame
    source = decompose_exports(world, by=FLOW).frame
    assert_allclose(found["backward"] + found["forward"], found["gvc"], atol=1e-12)
    backward = source[["foreign", "ddc", "fdc", "levies_foreign"]].sum(axis=1)
    assert_allclose(found["backward"] * found["exports"], backward, rtol=1e-9, atol=1e-12)
    assert (found[["gvc", "backward", "forward"]].to_numpy() >= -1e-12).all()
    assert (found["gvc"] <= 1.0).all()


@given(world=worlds)
@examples
def test_the_worlds_average_distance_is_the_same_from_both_ends(world):
    frame = chain_position(world).frame
    final = np.array(world.data["final_demand"], dtype=float).sum(axis=(2, 3)).ravel()
    chains = value_chains(world)
    paid_out = ((chains.factor_share + chains.levy_share) * chains.output).ravel()
    output = frame["output"].sum()
    assert_allclose(frame["upstreamness"] @ paid_out, output, rtol=1e-9)
    assert_allclose(frame["downstreamness"] @ final, output, rtol=1e-9)
    assert (frame[["upstreamness", "downstreamness"]] >= 1.0 - 1e-12).all(axis=None)


@given(world=worlds, factor=st.floats(0.01, 100.0))
@examples
def test_shares_do_not_depend_on_the_currency(world, factor):
    scaled = rebuilt(
        world,
        provenance=world.provenance,
        intermediate=np.array(world.data["intermediate"], dtype=float) * factor,
        final_demand=np.array(world.data["final_demand"], dtype=float) * factor,
    )
    one, other = (
        decompose_exports(each, unit="share").frame[term_names("bm-source")] for each in (world, scaled)
    )
    assert_allclose(one, other, atol=1e-6)


@pytest.fixture(scope="module", params=["embedded", "wiod-2013"])
def real_world(request) -> World:
    if request.param == "embedded":
        return read_world("embedded")
    return read_wiod2013(request.getfixturevalue("shared_data") / "wiod2013" / "wiot_2011.npz")


@pytest.mark.parametrize("method", EXPORTER)
def test_the_laws_hold_on_real_worlds(method, real_world):
    by = FLOW if method in BILATERAL else ("exporter",)
    frame = decompose_exports(real_world, method=method, by=by).frame
    assert_allclose(frame[term_names(method)].sum(axis=1), frame["exports"], rtol=1e-9)
    region = decompose_exports(real_world, method=method).frame
    kww = decompose_exports(real_world, method="kww").frame
    assert_allclose(region[["dva", "vax", "returned"]], kww[["dva", "vax", "returned"]], rtol=1e-9)
    assert (region["vax"] <= region["dva"]).all()
    if not np.array(real_world.data["tariff_rate"]).any():
        assert_allclose(region["duties_taxes"], 0.0, atol=1e-6 * region["exports"].max())
