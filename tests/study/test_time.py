"""Paths, delay and status against sums done by hand on the same equilibria."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from accord.adapters.capital import investment_hat, with_capital
from accord.adapters.equilibrium import scenario_of
from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.study.delay import delay
from accord.study.path import Horizon, Years, capital_of
from accord.study.prepare import prepare
from accord.study.time_setting import evaluation_day, set_up
from accord.study.tracker import track
from accord.world import read_world

pytestmark = pytest.mark.medium

PROGRAMME = """
name = "Toy union"
partners = ["ARC", "BEL"]
world = "toy"
base_year = 2020
as_of = 2024-07-01
discount_rate = 0.05

[[published_count]]
by = "Arcadia"
of = "200 measures"
date = 2024-06-01
measures = 200
done = 90
overdue = 3
source = "its ministry"

[[published_count]]
by = "Belmare"
of = "200 measures"
date = 2024-05-01
done_pct = 40
source = "its embassy"

[[measure]]
id = "food"
title = "The duty on food goes"
area = "barriers"
kind = "tariff"
between = "partners"
sectors = "food"
new_rate = 0.0
responsible = {ARC = "Trade ministry; Customs"}
due = 2023-01-01
status = "overdue"
status_date = 2024-08-01
status_by_party = {ARC = {status = "in-force"}}

[[measure]]
id = "tools"
title = "Better machines"
area = "industry"
kind = "productivity"
regions = "BEL"
sectors = "machines"
factor = 1.02
due = 2021-12-31
in_force = 2022-01-01
phase_in_years = 4
status = "under-way"

[[measure]]
id = "given-up"
title = "Never mind"
area = "other"
kind = "productivity"
regions = "ARC"
factor = 1.5
status = "dropped"

[[measure]]
id = "ban"
title = "The third country asks a licence"
area = "third-country-response"
kind = "sanction"
role = "context"
imposed_by = "COR"
targets = "ARC"
sectors = "machines"
direction = "imports"
ave = 0.1
in_force = 2026-01-01
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    path = tmp_path_factory.mktemp("programme") / "union.toml"
    path.write_text(PROGRAMME)
    return prepare(read_programme(path), read_world("toy"))


@pytest.fixture(scope="module")
def setting(prepared):
    return set_up(prepared)


@pytest.fixture(scope="module")
def answer(setting):
    return delay(setting, (1.0, 2.0))


def by_hand(prepared, context, decisions):
    """Effect of the decisions at these intensities, each shock weighted here."""

    def shocks(decided):
        all_of_it = [shock.weighted(context) for shock in prepared.checked.context]
        return all_of_it + [shock.weighted(decided[shock.measure]) for shock in prepared.checked.decisions]

    nothing = dict.fromkeys(prepared.measures, 0.0)
    return (
        prepared.model.solve(shocks(decisions)).household_consumption
        - prepared.model.solve(shocks(nothing)).household_consumption
    )


def test_the_present_value_is_that_of_a_known_stream():
    horizon = Horizon(2024, 2026, 0.1, 2020, growth=0.02)
    effects = np.array([[1.0], [2.0], [3.0]])
    grown = [1.02**4, 1.02**5, 1.02**6]
    expected = grown[0] + 2 * grown[1] / 1.1 + 3 * grown[2] / 1.1**2
    assert horizon.value(effects)[0] == pytest.approx(expected)
    forever = Horizon(2024, 2026, 0.1, 2020, growth=0.02, terminal="perpetuity")
    tail = sum(3 * 1.02**t / 1.1 ** (t - 4) for t in range(7, 2_000))
    assert forever.value(effects)[0] == pytest.approx(expected + tail, rel=1e-9)


def test_impossible_horizons_are_refused():
    with pytest.raises(ProgrammeError, match="no horizon"):
        Horizon(2020, 2030, 0.05, 2020)
    with pytest.raises(ProgrammeError, match="infinitely much"):
        Horizon(2021, 2030, 0.01, 2020, growth=0.02, terminal="perpetuity")


def test_each_year_is_the_equilibrium_of_its_intensities(prepared, setting, answer):
    path = answer.tables["path"].frame.pivot_table(index="year", columns="region", values="effect_usd")
    tools = setting.timings["tools"].in_year(2025)
    assert 0.0 < tools < 1.0
    food = setting.timings["food"].in_year(2025)  # assumed a year after the evaluation
    assert food == pytest.approx(184 / 365, abs=2e-3)
    expected = by_hand(prepared, 0.0, {"food": food, "tools": tools})
    np.testing.assert_allclose(path.loc[2025], expected, atol=1e-7)
    np.testing.assert_allclose(path.loc[2030], by_hand(prepared, 1.0, {"food": 1.0, "tools": 1.0}), atol=1e-7)


def test_years_that_do_not_differ_are_solved_once(prepared):
    fresh = set_up(prepared)
    delay(fresh, (1.0,))
    assert fresh.years.solves < 25  # 20 years, three paths, each with a baseline


def test_a_delay_is_the_difference_of_two_paths(prepared, setting, answer):
    horizon = setting.horizon
    late = setting.timings["food"].delayed(1.0, setting.as_of)
    rows = []
    for year in horizon.years:
        context = setting.timings["ban"].in_year(year)
        both = [
            by_hand(
                prepared,
                context,
                {"food": one.in_year(year), "tools": setting.timings["tools"].in_year(year)},
            )
            for one in (late, setting.timings["food"])
        ]
        rows.append((both[0] - both[1]) / 1.05 ** (year - horizon.first))
    table = answer.tables["delay"].frame.set_index(["measure", "years_later", "region"])["change_usd"]
    for region in ("ARC", "BEL"):
        assert table["food", 1.0, region] == pytest.approx(sum(rows)[prepared.position(region)], abs=1e-6)
    assert abs(table["food", 2.0, "BEL"]) > abs(table["food", 1.0, "BEL"])
    ranked = answer.tables["delay"].frame
    together = (
        ranked[(ranked["years_later"] == 1.0) & (ranked["rank"] > 0)].groupby("rank")["change_usd"].sum()
    )
    assert together.is_monotonic_increasing


def test_what_was_lost_is_counted_to_the_day_from_the_agreed_one(prepared, setting, answer):
    lost = answer.tables["lost"].frame.set_index(["measure", "region"])
    assert set(lost.index.get_level_values("measure")) == {"food"}, (
        "tools began a day after its own: no delay"
    )
    expected = np.zeros(3)
    halves = ((2023, date(2023, 1, 1), date(2024, 1, 1)), (2024, date(2024, 1, 1), date(2024, 7, 1)))
    for year, first, last in halves:
        span = first.toordinal(), last.toordinal()
        share = (span[1] - span[0]) / (date(year + 1, 1, 1) - date(year, 1, 1)).days
        tools = setting.timings["tools"].mean(*span)
        on_time = by_hand(prepared, 0.0, {"food": 1.0, "tools": tools})
        actual = by_hand(prepared, 0.0, {"food": 0.0, "tools": tools})
        expected += share * (actual - on_time) * 1.05 ** (2024 - year)
    for region in ("ARC", "BEL"):
        assert lost.loc[("food", region), "lost_usd"] == pytest.approx(
            expected[prepared.position(region)], abs=1e-6
        )
        assert lost.loc[("food", region), "still_usd"] != 0.0


def test_assumed_starts_and_the_day_are_in_the_answer(answer):
    assert answer.as_of == "2024-07-01"
    assert "`as_of` of the programme" in answer.as_of_source
    assert any("'food'" in note and "assumption" in note for note in answer.notes)


def test_the_day_of_evaluation_is_asked_for_stated_or_today(prepared):
    programme = prepared.programme
    assert evaluation_day(programme, date(2030, 1, 1)) == (date(2030, 1, 1), "as asked")
    undated = programme.model_copy(update={"as_of": None})
    assert evaluation_day(undated, None)[1].startswith("today")


def test_status_counts_and_the_share_of_the_effect(prepared, setting):
    found = track(setting)
    areas = found.tables["areas"].frame.set_index("area")
    everything = areas.loc["all areas"]
    assert (
        everything["measures"],
        everything["overdue"],
        everything["under_way"],
        everything["dropped"],
    ) == (3, 1, 1, 1)
    counts = found.tables["counts"].frame.set_index("party")["in_force"]
    assert (counts["the programme file"], counts["ARC"]) == (0, 1)
    assert any("ARC reports it as in-force" in note for note in found.notes)
    overdue = found.tables["overdue"].frame
    assert list(overdue["measure"]) == ["tools", "food"], (
        "what is under way after its day is late by the record"
    )
    assert overdue["days_late"].iloc[1] == (date(2024, 7, 1) - date(2023, 1, 1)).days
    bodies = found.tables["bodies"].frame.set_index("body")["measures"]
    assert dict(bodies) == {"Trade ministry (ARC)": 1, "Customs (ARC)": 1, "not stated": 2}
    assert any("reports later than the day of evaluation" in note and "food" in note for note in found.notes)
    said = found.tables["published"].frame
    assert list(said["party"]) == ["Belmare", "Arcadia"], "oldest first"
    assert list(said["said_pct"]) == [40.0, 45.0]
    assert said["measures"].isna().tolist() == [True, False]
    today = setting.timings["tools"].on(setting.as_of)
    now, full = (
        by_hand(prepared, 1.0, {"food": 0.0, "tools": today}),
        by_hand(prepared, 1.0, {"food": 1.0, "tools": 1.0}),
    )
    np.testing.assert_allclose(found.tables["delivered"].frame["delivered_pct"], 100 * now / full, rtol=1e-6)


def test_a_party_whose_reports_differ_is_counted_by_them_when_late_too():
    """Late by its own reports: Arcadia calls done what the file calls planned, Belmare the other way round."""

    def duty(name, exporter, status, reports, **dates):
        return {
            "id": name,
            "title": name,
            "area": "barriers",
            "kind": "tariff",
            "importers": "partners",
            "exporters": exporter,
            "change": 0.0,
            "status": status,
            "due": date(2022, 1, 1),
            "status_by_party": {
                party: {"status": said, "source": "made up"} for party, said in reports.items()
            },
            **dates,
        }

    measures = [
        duty("one", "COR", "planned", {"ARC": "in-force"}) | {"sectors": "farming"},
        duty("two", "partners", "in-force", {"BEL": "planned"}, in_force=date(2021, 6, 1)),
        duty("three", "COR", "planned", {"ARC": "dropped"}) | {"sectors": "food"},
    ]
    programme = read_programme(
        {"name": "Late", "partners": ["ARC", "BEL"], "world": "toy", "base_year": 2020, "measure": measures}
    )
    found = track(set_up(prepare(programme, read_world("toy")), as_of=date(2023, 1, 1)))
    counts = found.tables["counts"].frame.set_index("party")["late_by_date"]
    assert dict(counts) == {"the programme file": 2, "ARC": 0, "BEL": 3}


def test_what_stands_today_is_said_where_the_whole_comes_to_nothing():
    """Two payments that cancel, of which one has begun: it was said that there was no effect to deliver."""

    def paid(name, payer, recipient, **dates):
        return {
            "id": name,
            "title": name,
            "area": "other",
            "kind": "transfer",
            "payer": payer,
            "recipient": recipient,
            "usd_million_per_year": 5,
            **dates,
        }

    measures = [
        paid("there", "ARC", "BEL", in_force=date(2021, 1, 1), status="in-force"),
        paid("back", "BEL", "ARC", due=date(2024, 1, 1)),
    ]
    programme = read_programme(
        {"name": "Back", "partners": ["ARC", "BEL"], "world": "toy", "base_year": 2020, "measure": measures}
    )
    found = track(set_up(prepare(programme, read_world("toy")), as_of=date(2022, 7, 1)))
    assert (
        "Arcadia stands at -5.6 USD million a year, and the whole programme leaves it as it was"
        in found.sentence
    )


def test_capital_follows_its_law_and_settles():
    programme = read_programme(
        {
            "name": "Growth",
            "partners": ["ARC", "BEL"],
            "world": "toy",
            "base_year": 2020,
            "as_of": date(2021, 1, 1),
            "model": {"labour_share": 0.6},
            "measure": [
                {
                    "id": "tools",
                    "title": "Better machines",
                    "area": "industry",
                    "kind": "productivity",
                    "regions": "BEL",
                    "factor": 1.05,
                    "in_force": date(2021, 1, 1),
                }
            ],
        }
    )
    prepared = prepare(programme, read_world("toy"))
    capital = capital_of(prepared, 0.2)
    assert capital.adjusts
    years = Years(prepared, capital)
    effects = years.effects([{"tools": [1.0] * 60}])[0]
    model = prepared.model
    scenario = scenario_of(model, prepared.checked.decisions)
    first = model.solver(with_capital(model, scenario, np.ones(3)))
    stock = 0.8 * np.ones(3) + 0.2 * investment_hat(model, first)  # K[2] = (1 - delta) K[1] + I[1]
    second = model.solver(with_capital(model, scenario, stock))
    expected = second.household_consumption - model.unchanged.household_consumption
    np.testing.assert_allclose(effects[1], expected, atol=1e-7)
    here = effects[:, prepared.position("BEL")]
    assert np.all(np.diff(here) > -1e-9), "consumption rises as capital is built"
    assert here[-1] > 1.01 * here[0]
    assert abs(here[-1] - here[-2]) < 1e-4 * here[-1]
    fixed = Years(prepared, capital_of(prepared, adjusting=False)).effects([{"tools": [1.0] * 2}])[0]
    assert fixed[0] == pytest.approx(fixed[1])
    nothing = years.effects([{"tools": [0.0] * 5}])[0]
    np.testing.assert_allclose(nothing, 0.0, atol=1e-9)
