"""Trade in value added: against the papers' formulas written out, against hand-made numbers, and its tables."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.analysis.value_added import (
    METHODS,
    chain_position,
    content_of_exports,
    decompose_exports,
    gvc_participation,
    value_added_exports,
)
from accord.analysis.value_added.terms import PARTS
from accord.errors import AccordError
from accord.world import build_world, read_world
from accord.world.world import Provenance, World
from dense_value_added import Dense, bm_sink_six, bm_source_six, kww_nine, wwz_sixteen
from economies import random_world
from two_regions import row, two_regions

FLOW = ("exporter", "importer", "sector")
WORLDS = {
    "toy": lambda: read_world("toy"),
    "random": lambda: random_world(7),
    "four": lambda: random_world(3, regions=4, sectors=2),
}


@pytest.fixture(scope="module", params=list(WORLDS))
def world(request) -> World:
    return WORLDS[request.param]()


# Against the papers' formulas ----------------------------------------------------------------------------------------------


def expected_flows(world: World, method: str) -> np.ndarray:
    """(row of exporter, importer, sector; term) by brute force: factor income in value terms, all value in double counting."""
    d = Dense(world)
    formula, counted_once = {
        "bm-source": (bm_source_six, [0, 1, 2, 3]),
        "bm-sink": (bm_sink_six, [0, 1, 2, 3]),
        "wwz": (wwz_sixteen, [*range(8), 10, 11, 13, 14]),
    }[method]
    domestic = {"bm-source": 3, "bm-sink": 3, "wwz": 8}[method]
    rows = []
    for s in range(d.G):
        for r in d.others(s):
            factor, levy = formula(d, s, r, d.v), formula(d, s, r, d.t)
            terms = factor + levy
            terms[counted_once] = factor[counted_once]
            own = levy[:domestic].sum(axis=0)
            abroad = levy[[row for row in counted_once if row >= domestic]].sum(axis=0)
            rows.append(np.array([*terms, own, abroad]).T)
    return np.concatenate(rows)


@pytest.mark.parametrize("method", ["bm-source", "bm-sink", "wwz"])
def test_every_term_of_every_flow_is_what_the_paper_writes(world, method):
    table = decompose_exports(world, method=method, by=FLOW)
    names = [term.name for term in METHODS[method].terms]
    assert_allclose(table.frame[names].to_numpy(), expected_flows(world, method), rtol=1e-9, atol=1e-9)


def test_the_nine_terms_are_what_koopman_wang_and_wei_write(world):
    d = Dense(world)
    frame = decompose_exports(world, method="kww").frame
    for s in range(d.G):
        factor, levy = kww_nine(d, s, d.v), kww_nine(d, s, d.t)
        expected = factor + levy
        once = [0, 1, 2, 3, 4, 6, 7]
        expected[once] = factor[once]
        expected = [*expected, levy[:5].sum(), levy[6:8].sum()]
        found = frame.loc[s, [term.name for term in METHODS["kww"].terms]]
        assert_allclose(found.astype(float), expected, rtol=1e-9, atol=1e-9)


def test_participation_is_what_its_formulas_say(world):
    d = Dense(world)
    frame = gvc_participation(world).frame
    V = d.v + d.t
    for s in range(d.G):
        exports, local = d.e_all(s), V[s] @ d.local(s)
        at_once = sum(local @ (d.Y[s, :, r] + d.a(s, r) @ d.local(r) @ d.Y[r, :, r]) for r in d.others(s))
        forward = sum(local @ d.a(s, r) @ d.local(r) @ d.e_all(r) for r in d.others(s))
        imported = sum(d.a(t, s).sum(axis=0) for t in d.others(s)) @ d.local(s) @ exports
        vs = sum(V[t] @ d.b(t, s) for t in d.others(s)) @ exports
        vs1 = sum(V[s] @ d.b(s, t) @ d.e_all(t) for t in d.others(s))
        expected = np.array([exports.sum() - at_once, imported, forward, vs, vs1, vs + vs1]) / exports.sum()
        found = frame.loc[s, ["gvc", "backward", "forward", "vs", "vs1", "vs_and_vs1"]]
        assert_allclose(found.astype(float), expected, rtol=1e-9)


def test_value_added_exports_are_income_absorbed_abroad(world):
    d = Dense(world)
    frame = value_added_exports(world, by=FLOW).frame
    expected = [
        d.v[s, k] * sum(d.B[s, k, j, :] @ d.Y[j, :, r] for j in range(d.G))
        for s in range(d.G)
        for r in d.others(s)
        for k in range(d.N)
    ]
    assert_allclose(frame["vax"], expected, rtol=1e-9)
    totals = value_added_exports(world).frame
    assert_allclose(totals["vax"], np.reshape(expected, (d.G, -1)).sum(axis=1), rtol=1e-9)


def test_the_content_of_exports_by_origin_is_what_leontief_says(world):
    d = Dense(world)
    frame = content_of_exports(world).frame
    expected = [
        [share[t] @ d.b(t, s) @ d.e_all(s) for share in (d.v, d.t)] for s in range(d.G) for t in range(d.G)
    ]
    assert_allclose(frame[["value_added", "duties_taxes"]], expected, rtol=1e-9, atol=1e-9)


def test_positions_solve_the_recursions_that_define_them(world):
    d = Dense(world)
    frame = chain_position(world).frame
    up, down = (frame[name].to_numpy().reshape(d.x.shape) for name in ("upstreamness", "downstreamness"))
    sales = d.A * d.x  # of each product to each user
    assert_allclose(up, 1.0 + np.einsum("iknj,nj->ik", sales, up) / d.x, rtol=1e-10)
    assert_allclose(down, 1.0 + np.einsum("iknj,ik->nj", d.A, down), rtol=1e-10)


# By hand -------------------------------------------------------------------------------------------------------------------


EXPORTER = [name for name, method in METHODS.items() if method.perimeter == "exporter"]


@pytest.mark.parametrize("method", EXPORTER)
def test_a_one_way_chain_is_what_one_writes_on_paper(method):
    world = two_regions()
    # Home exports 60 of inputs, all its own work; 20 of the 100 goods made of them come back: 60 x 20 / 100 = 12.
    home = row(world, "HOM", method)
    assert_allclose(
        [home[name] for name in ("exports", "vax", "returned", "fva", "double_counted")],
        [60, 48, 12, 0, 0],
        atol=1e-12,
    )
    # Abroad exports 20, of which 60% is Home's work and goes home: value of Home in it was exported by Home once already,
    # but by Abroad only now, so at Abroad's borders nothing is counted twice.
    abroad = row(world, "ABR", method)
    assert_allclose(
        [abroad[name] for name in ("exports", "vax", "returned", "fva", "double_counted")],
        [20, 8, 0, 12, 0],
        atol=1e-12,
    )


def test_participation_on_a_one_way_chain_is_what_one_writes_on_paper():
    frame = gvc_participation(two_regions()).frame.set_index("exporter")
    # Home: of 60, Abroad re-exports 60 x 20/100 = 12. Abroad: 12 of its 20 is imported inputs, and nobody re-exports its goods.
    assert_allclose(
        frame.loc["HOM", ["gvc", "backward", "forward", "vs", "vs1"]].astype(float),
        [0.2, 0, 0.2, 0, 0.2],
        atol=1e-12,
    )
    assert_allclose(
        frame.loc["ABR", ["gvc", "backward", "forward", "vs", "vs1"]].astype(float),
        [0.6, 0.6, 0, 0.6, 0],
        atol=1e-12,
    )


def test_positions_on_a_one_way_chain_are_what_one_writes_on_paper():
    frame = chain_position(two_regions()).frame.set_index("region")
    # Home: 60 of 100 goes through Abroad, one stage more. Abroad: 0.6 of its output is inputs that took one stage.
    assert_allclose(frame["upstreamness"], [1.6, 1.0])
    assert_allclose(frame["downstreamness"], [1.0, 1.6])


def test_two_regions_that_trade_inputs_both_ways_follow_the_closed_form():
    # a = input of Home per unit of Abroad's output, b = of Abroad per unit of Home's; 1/(1-ab) rounds of the loop.
    world = two_regions(back=25.0)
    a, b = 60.0 / 125.0, 25.0 / 125.0
    value, loop = 1.0 - b, 1.0 / (1.0 - a * b)
    home, kww = row(world, "HOM"), row(world, "HOM", "kww")
    exports = 60.0 + 25.0
    assert_allclose(home["exports"], exports)
    assert_allclose(home["dva"], value * exports)
    assert_allclose(home["ddc"], value * (loop - 1.0) * exports)
    assert_allclose(home["fva"], (1.0 - a) * b * exports)
    assert_allclose(home["fdc"], (1.0 - a) * b * (loop - 1.0) * exports)
    # Koopman, Wang and Wei: final exports carry foreign value added, inputs only as far as Abroad uses them up at home.
    foreign = (1.0 - a) * b * loop
    assert_allclose(kww["t7_fva_final"], foreign * 25.0)
    assert_allclose(kww["t8_fva_inputs"], foreign * a * 80.0)
    assert_allclose(kww["t9_fdc"], foreign * a * (20.0 + 25.0))


@pytest.mark.parametrize("method", EXPORTER)
def test_duties_and_taxes_are_a_part_of_their_own_and_no_income(method):
    # A duty of 10% on Home's 60 costs Abroad 6 of its 100: income 34 instead of 40, so 6.8 and 1.2 of its exports of 20.
    abroad = row(two_regions(tariff=0.1), "ABR", method)
    assert_allclose([abroad[name] for name in ("dva", "fva", "duties_taxes")], [6.8, 12.0, 1.2])
    # A tax of 5% on all output: of Abroad's 20, it takes 1 there and 0.05 x 12 = 0.6 at Home.
    taxed = row(two_regions(levy=0.05), "ABR", method)
    assert_allclose(
        [taxed[name] for name in ("dva", "fva", "levies_domestic", "levies_foreign")],
        [7.0, 11.4, 1.0, 0.6],
        rtol=1e-6,
    )


def test_a_duty_moves_no_gross_flow_and_no_participation():
    free, taxed = gvc_participation(two_regions()), gvc_participation(two_regions(tariff=0.1))
    measures = ["exports", "gvc", "backward", "forward", "vs", "vs1"]
    assert_allclose(free.frame[measures], taxed.frame[measures], atol=1e-12)


# Tables --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_every_number_names_its_method_and_its_source(method):
    world = read_world("toy")
    table = decompose_exports(world, method=method)
    for name, column in table.columns.items():
        assert column.source, name
        if column.unit != "label" and name != "exports":
            assert column.method.startswith(METHODS[method].title), name
            assert column.unit == "USD million"


def test_rows_and_partners_can_be_chosen_and_keep_their_order():
    world = read_world("toy")
    table = decompose_exports(
        world, ["COR", "ARC"], importers="BEL", sectors=["machines", "food"], by=("exporter", "sector")
    )
    assert table.frame[["exporter", "sector"]].to_numpy().tolist() == [
        ["COR", "machines"],
        ["COR", "food"],
        ["ARC", "machines"],
        ["ARC", "food"],
    ]
    # Corland sells 20 + 20 + 20 of machines and 40 of food to Belmare, Arcadia 20 + 20 + 60 + 160 and 20 + 40 (toy.py).
    assert table.frame["exports"].tolist() == [60.0, 40.0, 260.0, 60.0]
    whole = decompose_exports(world, by=FLOW).frame.set_index(list(FLOW))
    picked = whole.loc[("COR", "BEL", "machines")]
    assert_allclose(
        table.frame.loc[0, ["davax", "ddc", "fva"]].astype(float),
        picked[["davax", "ddc", "fva"]].astype(float),
    )


def test_shares_add_up_to_one_and_are_blank_where_nothing_is_exported():
    world = with_idle_sector(two_regions())
    table = decompose_exports(world, unit="share", by=("exporter", "sector"))
    made = table.frame["sector"] == "goods"
    assert_allclose(table.frame.loc[made, list(PARTS)].sum(axis=1), 1.0)
    assert table.frame.loc[~made, ["dva", *PARTS]].isna().all(axis=None)
    assert table.columns["fva"].unit == "share"
    assert table.columns["exports"].unit == "USD million"


def with_idle_sector(world: World) -> World:
    """`world` with a second sector that makes and buys nothing."""
    inputs, final = np.zeros((2, 2, 2, 2)), np.zeros((2, 2, 2, 1))
    inputs[:, 0, :, 0] = np.array(world.data["intermediate"])[:, 0, :, 0]
    final[:, 0] = np.array(world.data["final_demand"])[:, 0]
    return build_world(
        "idle",
        2020,
        regions=["HOM", "ABR"],
        sectors=["goods", "idle"],
        uses=["final"],
        region_names=["Home", "Abroad"],
        sector_names=["Goods", "Idle"],
        sector_kinds=["goods", "goods"],
        intermediate=inputs,
        final_demand=final,
        trade_elasticity=np.array([4.0, 4.0]),
        elasticity_set="made up",
        provenance=Provenance("a test", "made up", "none"),
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_sector_that_makes_nothing_changes_nothing(method):
    world = two_regions(back=25.0)
    plain, idle = (decompose_exports(each, method=method).frame for each in (world, with_idle_sector(world)))
    numbers = [term.name for term in METHODS[method].terms]
    assert_allclose(plain[numbers], idle[numbers], atol=1e-12)
    position = chain_position(with_idle_sector(world)).frame
    assert (
        position.loc[position["sector"] == "idle", ["upstreamness", "downstreamness"]].isna().all(axis=None)
    )
    averages = chain_position(with_idle_sector(world), by="region").frame
    assert_allclose(averages["upstreamness"], chain_position(world).frame["upstreamness"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"exporters": ["ARK"]}, "no region 'ARK'"),
        ({"exporters": []}, "no exporter is asked for"),
        ({"sectors": ["foods"]}, "Did you mean 'food'"),
        ({"method": "bm-sorce"}, "Did you mean 'bm-source'"),
        ({"method": "kww", "by": ("exporter", "importer")}, "use the method 'wwz'"),
        ({"method": "kww", "importers": ["ARC"]}, "use the method 'wwz'"),
        ({"by": ("importer",)}, "rows by importer cannot be had here"),
        ({"by": ("exporter", "product")}, "rows by exporter, product cannot be had here"),
        ({"unit": "%"}, "Choose 'USD million' or 'share'"),
    ],
)
def test_a_wrong_question_is_answered_with_the_right_one(arguments, message):
    with pytest.raises(AccordError, match=message):
        decompose_exports(read_world("toy"), **arguments)


def test_the_world_is_factorised_once_for_every_table(monkeypatch):
    from accord.numerics import leontief

    calls = []
    factor = leontief.factorise
    monkeypatch.setattr(leontief, "factorise", lambda matrix: calls.append(1) or factor(matrix))
    world = random_world(11)
    for method in METHODS:
        decompose_exports(world, method=method)
    for table in (gvc_participation, chain_position, value_added_exports, content_of_exports):
        table(world)
    assert len(calls) == 1
