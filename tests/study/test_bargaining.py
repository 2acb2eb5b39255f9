"""Bargains over programmes: closed forms, brute force on a grid, and what is reported when nothing can be agreed on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.study.bargaining import bargain
from accord.study.frontiers import of_others
from accord.study.levers import Negotiation
from accord.study.prepare import prepare
from accord.study.side_payments import compensation, equal_shares
from accord.world import read_world
from accord.world.build import build_world
from accord.world.world import Provenance

pytestmark = pytest.mark.medium

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def one_loses():
    return prepare(read_programme(HERE / "one_loses.toml"), read_world("toy"))


@pytest.fixture(scope="module")
def answer(one_loses):
    return bargain(one_loses, points=4)


def at(answer, point, column="household_ev_pct"):
    frame = answer.tables["points"].frame
    return frame[frame["point"] == point].set_index("region")[column]


def test_derivatives_are_those_of_differences(one_loses):
    negotiation = Negotiation.of(one_loses)
    for x in (np.array([0.4, 0.6, 0.3]), np.array([0.0, 1.0, 0.0])):
        _, slopes = negotiation.gains(x, [0, 1])
        for lever in range(3):
            step = np.zeros(3)
            step[lever] = 1e-4 if x[lever] < 1.0 else -1e-4
            if 0.0 < x[lever] < 1.0:
                change = (negotiation.again(x + step) - negotiation.again(x - step)) / 2e-4
            else:  # of second order from one side
                first, second, third = (negotiation.again(x + n * step) for n in range(3))
                change = (-1.5 * first + 2.0 * second - 0.5 * third) / step[lever]
            expected = (100.0 * change / negotiation.consumption)[:2]
            np.testing.assert_allclose(slopes[:, lever], expected, rtol=1e-4, atol=1e-5)


def test_one_partner_loses_as_written_and_the_smallest_change_mends_it(one_loses, answer):
    written = at(answer, "as written")
    assert written["ARC"] < 0.01 < written["BEL"]
    mended = at(answer, "nearest change")
    assert mended["ARC"] == pytest.approx(0.01, abs=1e-5)
    assert mended["BEL"] > 0.01
    assert "Smallest change that makes every partner gain: aid from 0 to 0.069" in " ".join(answer.sentences)
    # Checked by a programme that really has that transfer.
    levers = answer.tables["levers"].frame
    aid = levers[(levers["point"] == "nearest change") & (levers["lever"] == "aid")]["value"].iloc[0]
    written_down = {
        **read_programme(HERE / "one_loses.toml").model_dump(
            by_alias=True, exclude_unset=True, exclude_none=True
        ),
    }
    written_down["measure"] = [
        *written_down["measure"],
        {
            "id": "paid",
            "title": "Aid",
            "area": "other",
            "kind": "transfer",
            "payer": "BEL",
            "recipient": "ARC",
            "usd_million_per_year": aid,
        },
    ]
    again = prepare(read_programme(written_down), read_world("toy"))
    percent = 100.0 * again.welfare(again.everything) / again.model.unchanged.household_consumption
    np.testing.assert_allclose(percent[:2], [mended["ARC"], mended["BEL"]], atol=1e-7)


def test_the_smallest_change_is_no_larger_than_any_of_a_grid(one_loses, answer):
    negotiation = Negotiation.of(one_loses)
    here = negotiation.here
    frame = answer.tables["levers"].frame
    size = frame[frame["point"] == "nearest change"]["of_range"].sum()
    for papers in np.linspace(0.0, 1.0, 8):
        for aid in np.linspace(0.0, 0.02, 8):
            x = np.array([papers, here[1], aid])
            percent = (100.0 * negotiation.prepared.welfare(negotiation.solve(x)) / negotiation.consumption)[
                :2
            ]
            if np.all(percent >= 0.01):
                assert np.abs(x - here).sum() >= size - 1e-6


def test_the_nash_point_is_no_worse_than_any_of_a_grid(one_loses, answer):
    negotiation = Negotiation.of(one_loses)
    product = np.log(at(answer, "nash", "household_ev_usd")[["ARC", "BEL"]]).sum()
    for papers in np.linspace(0.0, 1.0, 5):
        for duty in (0.0, 0.5, 1.0):
            for aid in np.linspace(0.0, 0.3, 5):
                gains = negotiation.prepared.welfare(negotiation.solve(np.array([papers, duty, aid])))[:2]
                if np.all(gains > 0.0):
                    assert np.log(gains).sum() <= product + 1e-6


def test_each_lever_alone_is_told_with_its_value(one_loses, answer):
    singles = answer.tables["singles"].frame.set_index("lever")
    assert singles.loc["aid", "enough"] == singles.loc["papers", "enough"] == "yes"
    assert singles.loc["duty", "enough"] == "no"
    negotiation = Negotiation.of(one_loses)
    x = negotiation.here
    x[0] = singles.loc["papers", "value"]
    assert 100.0 * negotiation.again(x)[0] / negotiation.consumption[0] == pytest.approx(0.01, abs=1e-6)


def test_side_payments_make_the_loser_whole_and_no_more(one_loses, answer):
    paid = answer.tables["payments"].frame.set_index("kind").loc["with side payments"]
    assert (paid["payer"], paid["recipient"]) == ("BEL", "ARC")
    assert at(answer, "with side payments")["ARC"] == pytest.approx(0.01, abs=1e-7)
    assert paid["usd"] == pytest.approx(paid["first_order_usd"], rel=0.2)
    assert paid["usd"] != pytest.approx(paid["first_order_usd"], rel=1e-3), (
        "a dollar paid is not a dollar of welfare"
    )


def test_shares_are_equal_in_percent(answer):
    equal = at(answer, "equal shares")
    assert equal["ARC"] == pytest.approx(equal["BEL"], abs=1e-9)
    written = at(answer, "as written", "household_ev_usd")
    shared = at(answer, "equal shares", "household_ev_usd")
    assert shared[["ARC", "BEL"]].sum() == pytest.approx(written[["ARC", "BEL"]].sum(), rel=0.2)


def test_third_parties_are_listed_at_every_point(answer):
    frame = answer.tables["points"].frame
    assert set(frame.groupby("point")["region"].count()) == {3}
    assert (frame[frame["region"] == "COR"]["role"] == "third country").all()


def test_the_frontier_falls_and_nothing_found_lies_beyond_it(answer):
    frame = answer.tables["points"].frame
    wide = frame.pivot_table(index="point", columns="region", values="household_ev_pct")
    curve = wide[wide.index.str.startswith("frontier")].sort_values("ARC")
    assert np.all(np.diff(curve["BEL"]) < 0.0)
    for _, point in wide.iterrows():
        inside = (curve["ARC"] >= point["ARC"] - 1e-6) & (curve["BEL"] >= point["BEL"] - 1e-6)
        between = np.interp(point["ARC"], curve["ARC"], curve["BEL"], left=np.inf, right=-np.inf)
        assert inside.any() or point["BEL"] <= between + 1e-2


def test_an_empty_zone_is_reported_as_such(one_loses):
    table = read_programme(HERE / "one_loses.toml")
    only_cost = table.only(["machine-papers"]).model_copy(update={"levers": ()})
    cost = only_cost.measures[0].model_copy(update={"parties": None})
    dear = cost.cost[0].model_copy(update={"usd_million_per_year": type(cost.cut).exactly(60.0, "made up")})
    measures = (cost.model_copy(update={"cost": (dear, cost.cost[1])}),)
    prepared = prepare(only_cost.model_copy(update={"measures": measures}), read_world("toy"))
    found = bargain(prepared, points=0)
    assert found.zone == "empty"
    assert found.default_levers
    assert any("EMPTY" in sentence for sentence in found.sentences)
    assert any("No change of the levers" in sentence for sentence in found.sentences)
    assert any("no side payment makes every partner gain" in sentence for sentence in found.sentences)
    # Useful all the same: what comes nearest, who lacks how much, and what the partners have together.
    (nearest,) = [sentence for sentence in found.sentences if sentence.startswith("What comes nearest")]
    assert "with machine-papers at 0 share" in nearest
    assert "would still lack 0.0 USD million" in nearest  # nothing at all is done there
    (together,) = [sentence for sentence in found.sentences if sentence.startswith("Together")]
    assert "No payment between them makes every one gain" in together
    assert any("Decisions by which the partners together lose" in sentence for sentence in found.sentences)
    assert any("no [[lever]]" in note for note in found.notes)


def test_the_solvers_error_is_neither_a_joint_gain_nor_a_joint_loss():
    """Of a programme that does nothing it was said that the partners lose together, by 0.0, and by which decisions."""
    paid = {
        "id": "nil",
        "title": "Nil",
        "area": "other",
        "kind": "transfer",
        "payer": "ARC",
        "recipient": "BEL",
    }
    duty = {
        "id": "same",
        "title": "Same",
        "area": "barriers",
        "kind": "tariff",
        "between": "partners",
        "change": 0.0,
    }
    programme = {
        "name": "Nothing",
        "partners": ["ARC", "BEL"],
        "world": "toy",
        "base_year": 2020,
        "measure": [duty, {**paid, "usd_million_per_year": 0}],
    }
    found = bargain(prepare(read_programme(programme), read_world("toy")), points=0)
    assert any("gain nothing wherever the levers stand" in sentence for sentence in found.sentences)
    assert not any(
        "Decisions by which the partners together lose" in sentence for sentence in found.sentences
    )


def test_the_largest_joint_gain_is_that_of_a_grid_and_payments_share_it(one_loses, answer):
    negotiation = Negotiation.of(one_loses)
    joint = at(answer, "largest together", "household_ev_usd")[["ARC", "BEL"]].sum()
    levers = answer.tables["levers"].frame.set_index(["point", "lever"])["value"]
    assert levers["largest together", "aid"] == 0.0, "payments only divide"
    for papers in np.linspace(0.0, 1.0, 6):
        for duty in np.linspace(0.0, 1.0, 6):
            x = np.array([papers, duty, 0.0])
            assert negotiation.prepared.welfare(negotiation.solve(x))[:2].sum() <= joint + 1e-6
    shown = set(answer.tables["points"].frame["point"])
    if "largest, with payments" in shown:
        assert at(answer, "largest, with payments")[["ARC", "BEL"]].min() >= 0.01 - 1e-6


def test_payments_to_each_other_are_set_off(one_loses):
    programme = one_loses.programme
    back = programme.levers[2].model_copy(
        update={"id": "back", "transfer": type(programme.levers[2].transfer)(payer="ARC", recipient="BEL")}
    )
    both = prepare(programme.model_copy(update={"levers": (*programme.levers[1:], back)}), read_world("toy"))
    negotiation = Negotiation.of(both)
    x = np.array([0.5, 0.8, 0.3])
    netted = negotiation.netted(x)
    np.testing.assert_allclose(netted, [0.5, 0.5, 0.0], atol=1e-12)
    np.testing.assert_allclose(negotiation.again(netted), negotiation.again(x), atol=1e-7)


def test_a_lever_that_moves_nothing_is_refused():
    game = {**TARIFF_GAME, "measure": [{**TARIFF_GAME["measure"][0], "phase_in_years": 3}]}
    speed = {"id": "speed", "of": "duty-HOM.phase_in_years", "low": 1, "high": 9, "unit": "years"}
    prepared = prepare(read_programme({**game, "lever": [speed]}), two_countries(1.0, 4.0, 0.7))
    with pytest.raises(ProgrammeError, match="no shock of the long run moves with it"):
        Negotiation.of(prepared)


def test_budgets_bind(one_loses):
    programme = one_loses.programme
    limited = programme.model_copy(
        update={"bargaining": programme.bargaining.model_copy(update={"budgets": (_budget(),)})}
    )
    found = bargain(prepare(limited, read_world("toy")), points=3)
    levers = found.tables["levers"].frame.set_index(["point", "lever"])["value"]
    aid = levers[levers.index.get_level_values("lever") == "aid"]
    assert aid.max() <= 0.5 + 1e-5
    assert aid.max() > 0.4, "the frontier would give more"


def _budget():
    from accord.programme.lever import Budget

    return Budget(payer="BEL", usd_million_per_year=0.5)


def test_compensation_is_refused_where_nobody_gains(one_loses):
    negotiation = Negotiation.of(one_loses)
    high = np.array([1e6, 1e6])
    paid = compensation(negotiation, negotiation.here, [0, 1], high)
    assert not paid.possible
    assert "nobody can pay" in paid.reason


def test_payments_among_three_share_equally(one_loses):
    negotiation = Negotiation.of(one_loses)
    paid = equal_shares(negotiation, negotiation.here, [0, 1, 2])
    percent = 100.0 * paid.gains / negotiation.consumption
    np.testing.assert_allclose(percent, percent[0], atol=1e-8)
    assert paid.receipts.sum() == pytest.approx(0.0, abs=1e-9)


def test_a_frontier_of_two_says_what_becomes_of_the_other_partners():
    (told,) = of_others(("A", "C"), ["B"])
    assert told.startswith("the frontier is traced for A and C; B stay at the threat point")
    assert of_others(("A", "B"), []) == []


THREE = """
name = "Three"
partners = ["ARC", "BEL", "COR"]
world = "toy"
base_year = 2020

[[measure]]
id = "arcadia"
title = "Arcadia's duty on machines goes"
area = "barriers"
kind = "tariff"
importers = "ARC"
exporters = ["BEL", "COR"]
sectors = "machines"
new_rate = 0.0

[[measure]]
id = "tools"
title = "Belmare pays for better machines in Arcadia"
area = "industry"
kind = "productivity"
regions = "ARC"
sectors = "machines"
factor = 1.01

[[lever]]
id = "duty"
of = "arcadia.intensity"
low = 0
high = 1

[[lever]]
id = "from-arcadia"
transfer = { payer = "ARC", recipient = "BEL" }
low = 0
high = 5

[[lever]]
id = "to-corland"
transfer = { payer = "ARC", recipient = "COR" }
low = 0
high = 5
"""


@pytest.fixture(scope="module")
def of_three(tmp_path_factory):
    path = tmp_path_factory.mktemp("programme") / "three.toml"
    path.write_text(THREE)
    return bargain(prepare(read_programme(path), read_world("toy")), points=10)


@pytest.mark.slow
def test_the_frontier_of_three_partners_is_not_beaten_on_a_grid(of_three, tmp_path):
    assert of_three.axes == ("ARC", "BEL", "COR")
    frame = of_three.tables["points"].frame
    frame = frame[frame["point"].str.startswith("frontier")]
    gains = frame.pivot_table(index="point", columns="region", values="household_ev_usd")[list(of_three.axes)]
    assert 6 <= len(gains) <= 10
    path = tmp_path / "three.toml"
    path.write_text(THREE)
    negotiation = Negotiation.of(prepare(read_programme(path), read_world("toy")))
    ticks = np.linspace(0.0, 1.0, 3)
    for x in np.stack(np.meshgrid(ticks, ticks, ticks), axis=-1).reshape(-1, 3):
        on_grid = negotiation.again(x)
        beaten = (on_grid > gains.to_numpy() + 1e-4).all(axis=1)
        assert not beaten.any(), f"levers {x} give all three more than {gains[beaten]}"
    best = gains.max()
    assert gains["ARC"].iloc[0] == pytest.approx(best["ARC"])
    assert gains["COR"].iloc[2] == pytest.approx(best["COR"])
    assert any("a surface of 3 partners" in note for note in of_three.notes)


def test_the_frontier_is_asked_for_by_partners_of_the_programme(one_loses):
    with pytest.raises(ProgrammeError, match="two or more of: ARC, BEL"):
        bargain(one_loses, axes=["ARC", "COR"])
    with pytest.raises(ProgrammeError, match="two or more of: ARC, BEL"):
        bargain(one_loses, axes=["ARC"])


def two_countries(size: float, theta: float, home: float):
    """Two countries, one product made of labour alone: Johnson's (1953) tariff game."""
    flows = np.zeros((2, 1, 2, 1))
    trade = (1.0 - home) * min(size, 1.0) * 100.0
    for country, income in enumerate((100.0 * size, 100.0)):
        flows[1 - country, 0, country, 0] = trade
        flows[country, 0, country, 0] = income - trade
    return build_world(
        "johnson",
        2020,
        regions=("HOM", "FOR"),
        sectors=("good",),
        uses=("household",),
        region_names=("Home", "Foreign"),
        sector_names=("The good",),
        sector_kinds=("goods",),
        intermediate=np.zeros((2, 1, 2, 1)),
        final_demand=flows,
        trade_elasticity=np.array([theta]),
        elasticity_set="made up",
        provenance=Provenance(source="made up", edition="1", licence="none"),
    )


TARIFF_GAME = {
    "name": "Tariff game",
    "partners": ["HOM", "FOR"],
    "base_year": 2020,
    "measure": [
        {
            "id": f"duty-{importer}",
            "title": "A duty",
            "area": "barriers",
            "kind": "tariff",
            "importers": importer,
            "exporters": exporter,
            "new_rate": 0.0,
        }
        for importer, exporter in (("HOM", "FOR"), ("FOR", "HOM"))
    ],
    "lever": [
        {
            "id": importer,
            "of": f"duty-{importer}.new_rate",
            "low": 0.0,
            "high": 2.0,
            "unit": "share",
            "owner": importer,
        }
        for importer in ("HOM", "FOR")
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theta", "home"), [(1.0, 4.0, 0.7), (0.01, 5.0, 0.5)])
def test_best_replies_are_the_optimal_tariffs_of_johnson(size, theta, home):
    """In a two-country Armington economy of labour alone the best reply to a duty t has a closed form.

        t* = (1 + t (1 - s)) / (theta (1 - s) (1 + t)),

    s the share of the other country's spending that goes to the tariff-setter's goods (at user prices): one over the elasticity of the
    other's offer curve less one, worked out by hand. For s towards zero, a small country, it is 1 / theta (Gros 1987).
    """
    prepared = prepare(read_programme(TARIFF_GAME), two_countries(size, theta, home))
    found = bargain(prepared, threat="best-reply", points=0)
    rates = [float(part.rsplit(" ", 2)[1]) for part in found.threat.split(": ")[1].split(", ")]
    negotiation = Negotiation.of(prepared)
    state = prepared.model.solve(negotiation.shocks(np.array(rates) / 2.0))
    spending = state.flows(state.delivered.at_user_prices)[0, 0]  # importer, exporter
    for country, other in ((0, 1), (1, 0)):
        share = spending[other, country] / spending[other].sum()
        duty = rates[other]
        expected = (1.0 + duty * (1.0 - share)) / (theta * (1.0 - share) * (1.0 + duty))
        assert rates[country] == pytest.approx(expected, rel=2e-3)
    if size < 0.1:
        assert rates[0] == pytest.approx(1.0 / theta, rel=0.02)
    else:
        assert rates[0] == pytest.approx(rates[1], rel=1e-3)
        written = found.tables["points"].frame.set_index(["point", "region"])["household_ev_pct"]
        assert written["threat", "HOM"] < 0.0, "a tariff war between equals costs both"
        assert found.zone == "yes"
        assert written["nash", "HOM"] == pytest.approx(written["nash", "FOR"], abs=1e-4)
        levers = found.tables["levers"].frame.set_index(["point", "lever"])["value"]
        # Between equals free trade is efficient, so the Nash bargain from the war is free trade.
        assert levers["nash", "HOM"] == pytest.approx(levers["nash", "FOR"], abs=2e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"of": "duty-HOM.rate"}, "no number 'rate'"),
        ({"of": "duty.new_rate"}, "no measure 'duty'"),
        ({"of": "duty-HOM"}, "names no key"),
        ({"low": 3.0}, "not below high"),
        ({"high": 9.0}, "would be wrong"),
        ({"low": 0.5}, "lies outside"),
        ({"transfer": {"payer": "HOM", "recipient": "FOR"}}, "not exactly one"),
        (
            {"of": None, "transfer": {"payer": "HOM", "recipient": "FOR"}, "low": 0.1, "high": 0.5},
            "the programme as written pays nothing",
        ),
        ({"unit": None}, "the unit of the values"),
    ],
)
def test_wrong_levers_are_told(change, message):
    first = {key: value for key, value in {**TARIFF_GAME["lever"][0], **change}.items() if value is not None}
    with pytest.raises(ProgrammeError, match=message):
        read_programme({**TARIFF_GAME, "lever": [first]})


def test_a_lever_on_what_the_data_hold_is_refused(one_loses):
    programme = one_loses.programme
    height = programme.levers[0].model_copy(update={"of": "machine-papers.ave"})
    prepared = prepare(programme.model_copy(update={"levers": (height,)}), read_world("toy"))
    with pytest.raises(ProgrammeError, match="moves what the base data hold"):
        Negotiation.of(prepared).shocks(np.array([0.9]))
