"""Bargains about speed: present values with a closed form, brute force on a grid, and levers on timing that are refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from accord.adapters.equilibrium import scenario_of
from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.programme.timeline import DAYS_PER_YEAR
from accord.study.bargaining import bargain
from accord.study.levers import Negotiation
from accord.study.levers_in_time import PresentValue
from accord.study.prepare import prepare
from accord.study.time_setting import set_up
from accord.study.valuing import Valuing, negotiation_of
from accord.study.year_walks import Walk
from accord.world import read_world

HERE = Path(__file__).parent
SLOW = HERE / "slow_removal.toml"
TOY = read_world("toy")


def table(path=SLOW, **measures):
    """The programme as tables, with keys of measures changed."""
    content = read_programme(path).model_dump(by_alias=True, exclude_unset=True, exclude_none=True)
    content["measure"] = [
        {**one, **measures.get(one["id"].replace("-", "_"), {})} for one in content["measure"]
    ]
    return content


def lever(of, low, high, **keys):
    return {"id": "speed", "of": of, "low": low, "high": high, **keys}


# A linear economy: consumption falls by what is spent and rises by what is received ------------------------------------

LINEAR = {
    "name": "A flow that comes slowly",
    "partners": ["ARC", "BEL"],
    "base_year": 2020,
    "as_of": date(2021, 1, 1),
    "measure": [
        {
            "id": "flow",
            "title": "Corland's fee to Belmare, phased in",
            "area": "other",
            "kind": "transfer",
            "payer": "COR",
            "recipient": "BEL",
            "usd_million_per_year": 5.0,
            "in_force": date(2021, 1, 1),
            "status": "in-force",
            "in_base": 0,
            "phase_in_years": 8,
        },
        {
            "id": "office",
            "title": "What Arcadia pays for it from the first day",
            "area": "other",
            "kind": "transfer",
            "payer": "ARC",
            "recipient": "COR",
            "usd_million_per_year": 4.0,
            "in_force": date(2021, 1, 1),
            "status": "in-force",
            "in_base": 0,
        },
    ],
    "lever": [
        lever("flow.phase_in_years", 0.001, 8),
        {"id": "aid", "transfer": {"payer": "BEL", "recipient": "ARC"}, "low": 0, "high": 10},
    ],
    "bargaining": {"margin_pct": 0},
}


class _Linear:
    """Years of an economy in which a dollar is a dollar."""

    def __init__(self, model):
        self.base = model.unchanged.household_consumption

    def walk(self, years):
        scenarios = [year.scenario() for year in years]
        consumption = [self.base - one.resource_cost + one.transfer for one in scenarios]
        return Walk(np.stack(consumption), (), len(years))

    def slopes(self, walk, weights, directions):
        found = np.zeros((len(directions), walk.consumption.shape[1]))
        for lever, direction in enumerate(directions):
            for weight, moved in zip(weights, map(direction, range(len(weights))), strict=True):
                if moved is not None:
                    found[lever] += weight * (moved.transfer - moved.resource_cost)
        return found


@pytest.fixture
def linear(monkeypatch):
    """Present values in the linear economy: nothing is solved."""
    monkeypatch.setattr(PresentValue, "_walker", property(lambda self: _Linear(self.prepared.model)))
    monkeypatch.setattr(
        PresentValue,
        "again",
        lambda self, x, extra=(), acting=None: self._solved(self._plan(x, acting, extra))[1],
    )
    return LINEAR


def phased_in(length, years, rate):
    """Present value of one USD a year at full effect, by hand: even ramp of `length` years from 1 January of the first year."""
    worth = 0.0
    for count, year in enumerate(years):
        ends = [(date(one, 1, 1) - date(years[0], 1, 1)).days for one in (year, year + 1)]
        ramp = length * DAYS_PER_YEAR
        integral = [day - ramp / 2 if day > ramp else day**2 / (2 * ramp) for day in ends]
        worth += (integral[1] - integral[0]) / (ends[1] - ends[0]) / (1 + rate) ** count
    return worth


@pytest.mark.medium
def test_a_flow_that_is_phased_in_has_the_present_value_of_the_closed_form(linear):
    negotiation = negotiation_of(prepare(read_programme(linear), TOY))
    assert negotiation.outcome == "present-value"
    discount = 1.0 / 1.05
    for length in (1, 3, 8):
        x = np.array([(length - 0.001) / 7.999, 0.25])
        gains = negotiation.worth(x)
        rising = sum((t + 0.5) / length * discount**t for t in range(length))
        level = (discount**length - discount**20) / (1.0 - discount)
        annuity = (1.0 - discount**20) / (1.0 - discount)
        assert negotiation.a_year == pytest.approx(annuity)
        assert gains[1] == pytest.approx(5.0 * (rising + level) - 2.5 * annuity, rel=2e-3), "leap days"
        exact = phased_in(length, range(2021, 2041), 0.05)
        assert gains[1] == pytest.approx(5.0 * exact - 2.5 * annuity, rel=1e-9)
        assert gains[0] == pytest.approx((2.5 - 4.0) * annuity)
        assert gains.sum() == pytest.approx(0.0, abs=1e-9), "Corland pays for it"


@pytest.mark.medium
def test_speed_and_payment_split_a_linear_surplus_as_nash_says(linear):
    """Gains are (p - 4) A and 5 P(T) - p A: at best at once, T = 0, with p = 4.5, and the least change solves 5 P(T) = 4 A."""
    found = bargain(prepare(read_programme(linear), TOY), points=3)
    levers = found.tables["levers"].frame.set_index(["point", "lever"])["value"]
    points = found.tables["points"].frame.set_index(["point", "region"])
    annuity = phased_in(1e-9, range(2021, 2041), 0.05)
    assert levers["nash", "speed"] == pytest.approx(0.001, abs=1e-5)
    assert levers["nash", "aid"] == pytest.approx(4.5, abs=1e-3)
    assert points.loc[("nash", "ARC"), "value_usd"] == pytest.approx(0.5 * annuity, rel=2e-3)
    assert points.loc[("nash", "BEL"), "value_usd"] == pytest.approx(0.5 * annuity, rel=2e-3)
    assert points.loc[("nash", "COR"), "value_usd"] == pytest.approx(-annuity, rel=1e-3)
    fast = brentq(lambda length: 5.0 * phased_in(length, range(2021, 2041), 0.05) - 4.0 * annuity, 0.01, 8)
    assert levers["nearest change", "speed"] == pytest.approx(fast, abs=1e-3)
    assert levers["nearest change", "aid"] == pytest.approx(4.0, abs=1e-4)
    assert any(f"speed from 8 to {fast:.2f}"[:-1] in sentence for sentence in found.sentences)
    assert found.zone == "yes"
    assert points.loc[("as written", "ARC"), "gains"] == "no"
    # The frontier of a surplus that can be paid across is the line on which speed is highest.
    curve = points[points.index.get_level_values("point").str.startswith("frontier")]["value_usd"].unstack()
    np.testing.assert_allclose(curve["ARC"] + curve["BEL"], annuity, rtol=2e-3)


@pytest.mark.medium
def test_payments_are_made_every_year_and_told_by_the_year(linear):
    weights = {**linear, "lever": [lever("flow.phase_in_years", 0.001, 8)]}
    negotiation = negotiation_of(prepare(read_programme(weights), TOY))
    from accord.study.side_payments import compensation

    fast = np.array([0.0])
    paid = compensation(negotiation, fast, [0, 1], np.zeros(2))
    assert paid.possible
    assert paid.receipts[0] == pytest.approx(4.0), "Arcadia lacks four million a year, not fifty-two"
    assert paid.first_order[0] == pytest.approx(4.0), "in this economy a dollar is a dollar"
    assert paid.gains[0] == pytest.approx(0.0, abs=1e-6)


# The toy World ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def slow_removal():
    return negotiation_of(prepare(read_programme(SLOW), TOY))


@pytest.mark.medium
def test_a_point_is_worth_what_the_path_of_a_programme_that_says_so_is(slow_removal):
    """Independent of the levers: the file has the speed, the start and the payment in it, and `accord delay` values it."""
    x = np.array([0.3, (2.5 + 0.5) / 10.5, 0.5])
    assert slow_removal.values(x) == pytest.approx({"speed": 5.4, "wait": 2.5, "aid": 0.4})
    written = table(machine_papers={"phase_in_years": 5.4}, food_papers={"in_force": date(2024, 7, 2)})
    aid = {
        "id": "paid",
        "title": "Aid",
        "area": "other",
        "kind": "transfer",
        "payer": "BEL",
        "recipient": "ARC",
        "usd_million_per_year": 0.4,
        "in_force": date(2021, 1, 1),
        "status": "in-force",
        "in_base": 0,
    }
    programme = read_programme({**written, "measure": [*written["measure"], aid], "lever": []})
    setting = set_up(prepare(programme, TOY))
    (effects,) = setting.years.along([setting.timings], setting.horizon)
    expected = setting.horizon.value(effects)
    # 2.5 mean years after 1 January 2022 is some tenths of a day before 2 July 2024.
    np.testing.assert_allclose(slow_removal.again(x), expected, rtol=2e-4)
    np.testing.assert_allclose(slow_removal.worth(x), slow_removal.again(x), rtol=0.0, atol=1e-8)


@pytest.mark.medium
def test_speed_helps_those_who_gain_from_it_and_costs_those_whose_rents_go():
    """Belmare's whole barrier is rent of its own government: the sooner it goes, the more Arcadia has and the less Belmare."""
    rents = {
        "rent_share": {"central": 1.0, "source": "assumption: made up"},
        "cut": {"central": 1.0, "source": "assumption: made up"},
    }
    programme = table(machine_papers=rents)
    programme["lever"] = [lever("machine-papers.phase_in_years", 0, 18)]
    negotiation = negotiation_of(prepare(read_programme(programme), TOY))
    along = np.stack([negotiation.worth(np.array([x])) for x in (0.0, 0.25, 0.5, 0.75, 1.0)])
    assert np.all(np.diff(along[:, 0]) < 0.0), "slower is worse for the exporter"
    assert np.all(np.diff(along[:, 1]) > 0.0), "slower is better for the owner of the rent"


@pytest.mark.medium
def test_without_dates_the_present_value_is_the_long_run():
    """Everything in full from before the first year: in per cent both outcomes are one, and so is the growth of both."""
    programme = table(
        machine_papers={
            "phase_in_years": 0,
            "in_force": date(2020, 12, 31),
            "status": "in-force",
            "in_base": 0,
        },
        food_papers={"in_force": date(2020, 12, 31), "status": "in-force", "in_base": 0},
    )
    programme["lever"] = [lever("machine-papers.intensity", 0, 1)]
    prepared = prepare(read_programme(programme), TOY)
    long_run = Negotiation.of(prepared)
    assert negotiation_of(prepared).outcome == "long-run"
    for choice in (Valuing("present-value"), Valuing("present-value", growth=0.02, terminal="perpetuity")):
        years = negotiation_of(prepared, choice)
        x = np.array([0.4])
        percent = years.worth(x) / years.consumption
        np.testing.assert_allclose(percent, long_run.worth(x) / long_run.consumption, atol=1e-12)


@pytest.mark.parametrize(
    ("programme", "valuing", "message"),
    [
        (
            table() | {"bargaining": {"outcome": "long-run"}},
            None,
            "it moves years, and the long run has none",
        ),
        (table(), Valuing(outcome="long-run"), "it moves years, and the long run has none"),
        (table() | {"lever": []}, Valuing(last=2030), "--outcome present-value"),
        (table(), Valuing(first=2050, last=2060), "nothing moves with it in the years 2050 to 2060"),
        (
            table() | {"lever": [lever("food-papers.delay_years", -2, 5)]},
            None,
            "before 2021-06-30, the day of evaluation",
        ),
        (
            table(machine_papers={"in_force": date(2020, 6, 1), "in_base": 0, "status": "in-force"}),
            None,
            "low above 0: what remains is then gone through faster",
        ),
    ],
)
def test_levers_on_timing_that_cannot_be_valued_are_refused(programme, valuing, message):
    prepared = prepare(read_programme(programme), TOY)
    with pytest.raises(ProgrammeError, match=message):
        negotiation_of(prepared, valuing)


@pytest.mark.parametrize(
    ("of", "low", "high", "message"),
    [
        ("machine-papers.due", 0, 1, "phase_in_years, delay_years"),
        ("machine-papers.phase_in_years", 0, 60, "years from entry into force to full effect"),
        ("machine-papers.delay_years", -60, 60, "50 years at most"),
        ("machine-papers.phase_in_years", 0, 10, "own value 18 lies outside 0 to 10"),
        ("machine-papers.delay_years", 1, 10, "own value 0 lies outside 1 to 10"),
    ],
)
def test_levers_on_timing_are_read_with_their_bounds(of, low, high, message):
    with pytest.raises(ProgrammeError, match=message):
        read_programme(table() | {"lever": [lever(of, low, high)]})


def test_the_unit_of_years_need_not_be_written():
    (one,) = read_programme(table() | {"lever": [lever("food-papers.phase_in_years", 0, 5)]}).levers
    assert one.shown_unit == "years"


@pytest.mark.slow
def test_derivatives_are_those_of_differences(slow_removal):
    programme = table()
    programme["lever"] = [
        *programme["lever"],
        {**lever("machine-papers.cut", 0.0, 0.5, unit="share"), "id": "cut"},
    ]
    for negotiation, points in (
        (slow_removal, ([0.4, 0.33, 0.3], [0.0, 0.6, 0.0], [0.81, 0.02, 1.0])),
        (negotiation_of(prepare(read_programme(programme), TOY)), ([0.4, 0.33, 0.3, 0.2],)),
    ):
        _compare(negotiation, points)


@pytest.mark.slow
def test_derivatives_count_the_capital_that_earlier_years_built(tmp_path):
    programme = table() | {"model": {"labour_share": 0.6}}
    negotiation = negotiation_of(prepare(read_programme(programme), TOY), Valuing(last=2032))
    assert "capital adjusts" in negotiation.valued
    _compare(negotiation, ([0.4, 0.33, 0.3],))
    x = np.array([0.4, 0.33, 0.3])
    np.testing.assert_allclose(negotiation.worth(x), negotiation.again(x), atol=1e-7)


def _compare(negotiation, points):
    for point in map(np.array, points):
        _, slopes = negotiation.gains(point, [0, 1, 2])
        for place in range(len(point)):
            step = np.zeros(len(point))
            step[place] = 1e-4
            if 0.0 < point[place] < 1.0:
                change = (negotiation.again(point + step) - negotiation.again(point - step)) / 2e-4
            else:  # of second order from one side
                step *= 1.0 if point[place] == 0.0 else -1.0
                first, second, third = (negotiation.again(point + n * step) for n in range(3))
                change = (-1.5 * first + 2.0 * second - 0.5 * third) / step[place]
            expected = 100.0 * change / negotiation.consumption
            np.testing.assert_allclose(slopes[:, place], expected, rtol=2e-4, atol=2e-6)


@pytest.mark.slow
def test_the_bargain_about_speed_is_that_of_a_grid(slow_removal):
    found = bargain(slow_removal.prepared, points=4)
    frame = found.tables["points"].frame
    usd = frame.pivot_table(index="point", columns="region", values="value_usd")
    percent = frame.pivot_table(index="point", columns="region", values="value_pct")
    levers = found.tables["levers"].frame
    size = levers[levers["point"] == "nearest change"]["of_range"].sum()
    product = np.log(usd.loc["nash", ["ARC", "BEL"]]).sum()
    together = usd.loc["largest together", ["ARC", "BEL"]].sum()
    assert percent.loc["as written", "ARC"] < 0.0 < percent.loc["as written", "BEL"]
    assert percent.loc["nearest change", "ARC"] == pytest.approx(0.01, abs=1e-5)
    assert any("speed from 18 to" in sentence and "years" in sentence for sentence in found.sentences)
    assert usd.loc[:, "COR"].notna().all(), "third countries at every point"
    here = slow_removal.here
    ticks = np.linspace(0.0, 1.0, 6)
    for x in np.stack(np.meshgrid(ticks, ticks, ticks[::2]), axis=-1).reshape(-1, 3):
        gains = slow_removal.worth(x)
        share = 100.0 * gains / slow_removal.consumption
        assert gains[:2].sum() <= together + 1e-6 or x[2] > 0.0
        if np.all(gains[:2] > 0.0):
            assert np.log(gains[:2]).sum() <= product + 1e-6
        if np.all(share[:2] >= 0.01):
            assert np.abs(x - here).sum() >= size - 1e-6


def test_the_stub_is_the_scenario_of_the_engine():
    """The linear economy reads the fields of a scenario that a transfer and a cost move."""
    prepared = prepare(read_programme(LINEAR), TOY)
    scenario = scenario_of(prepared.model, prepared.checked.decisions)
    np.testing.assert_allclose(scenario.transfer, [-4.0, 5.0, -1.0])
    assert not scenario.resource_cost.any()


@pytest.mark.slow
def test_speed_of_a_project_that_learns_moves_its_learning():
    """Output that comes sooner is learnt from sooner: a point is worth the path of a file that says so, costs of the years included."""
    kind = Path(__file__).parents[2] / "programmes" / "kinds" / "import-substitution.toml"
    content = table(kind, machines={"phase_in_years": 6}) | {"as_of": date(2022, 6, 30)}
    programme = content | {"lever": [lever("machines.phase_in_years", 0, 12)]}
    negotiation = negotiation_of(prepare(read_programme(programme), TOY))
    for years in (1.2, 10.8):
        x = np.array([years / 12])
        written = table(kind, machines={"phase_in_years": years}) | {"as_of": date(2022, 6, 30)}
        setting = set_up(prepare(read_programme(written), TOY))
        (effects,) = setting.years.along([setting.timings], setting.horizon)
        expected = setting.horizon.value(effects)
        np.testing.assert_allclose(negotiation.worth(x), expected, rtol=0.0, atol=1e-6)
        np.testing.assert_allclose(negotiation.again(x), expected, rtol=0.0, atol=1e-8)
    _compare(negotiation, ([0.5],))


@pytest.mark.slow
def test_the_threat_of_best_replies_is_valued_over_the_same_years():
    """Arcadia alone decides when its own office begins, and puts it off as long as it may; that is what it falls back on."""
    programme = table()
    programme["lever"] = [
        {**lever("food-papers.delay_years", 0, 10, owner="ARC"), "id": "wait"},
        {**lever("machine-papers.phase_in_years", 0, 18, owner="BEL"), "id": "speed"},
    ]
    prepared = prepare(read_programme(programme), TOY)
    found = bargain(prepared, threat="best-reply", points=0)
    assert "best replies over what each party owns alone" in found.threat
    points = found.tables["points"].frame.set_index(["point", "region"])["value_usd"]
    negotiation = negotiation_of(prepared)
    rest = np.array([float(part.split()[-2]) for part in found.threat.split(": ")[1].split(", ")])
    x = rest / [10, 18]
    np.testing.assert_allclose(points["threat"].to_numpy(), negotiation.again(x), atol=1e-2)
    for place, party, moves in ((0, 0, (0.0, 0.3, 0.7, 1.0)), (1, 1, (0.0, 0.3, 0.7, 1.0))):
        for move in moves:
            other = np.array(x)
            other[place] = move
            assert negotiation.worth(other)[party] <= points["threat"].iloc[party] + 1e-3


@pytest.mark.slow
def test_a_full_run_answers_in_the_same_present_values():
    from accord.study.bargaining import answer

    found = answer(prepare(read_programme(SLOW), TOY), lambda *_: None)
    tables = {one.name: one for one in found.tables}
    assert "value_usd" in tables["nearest_points"].frame
    assert any("present value as of 2021" in sentence for sentence in found.sentences)
