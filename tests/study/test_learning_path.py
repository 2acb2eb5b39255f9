"""What learning projects cost by the year: the law of METHODS section 9, and the equilibrium in which that cost stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from accord.programme import read_programme
from accord.programme.measures import ImportSubstitution
from accord.programme.timeline import DAYS_PER_YEAR, timing_of
from accord.shocks import ResourceCostShock, TransferShock
from accord.study.delay import delay
from accord.study.learning_path import calendar_years, gap_on, saved_by_learning
from accord.study.prepare import prepare
from accord.study.time_setting import set_up
from accord.world import read_world
from programme.examples import LOAN, SUBSTITUTION, TRANSFER, programme_table

LEARNING = {"rate": 0.1, "initial_output": 40, "pooled": True, "horizon_years": 12}
START = date(2022, 1, 1)
TERMS = {"payer", "recipient", "usd_million_per_year"}
PROJECT = {**SUBSTITUTION, "learning": LEARNING, "in_force": START, "status": "in-force"}


def project(**changes: object) -> ImportSubstitution:
    (measure,) = read_programme(programme_table({**PROJECT, **changes})).measures
    assert isinstance(measure, ImportSubstitution)
    return measure


def gap_after(measure: ImportSubstitution, made: float) -> float:
    """Gap on the day on which it has made so much."""
    timing = timing_of(measure, date(2021, 1, 1), 2020)
    return gap_on(measure, timing, START.toordinal() + made / 20.0 * DAYS_PER_YEAR)


def test_each_doubling_of_what_was_ever_made_takes_the_learning_rate_off_the_cost():
    pooled = project()
    assert gap_after(pooled, 0.0) == pytest.approx(0.2)
    assert gap_after(pooled, 40.0) == pytest.approx(1.2 * 0.9 - 1.0)
    assert gap_after(pooled, 2_000.0) == 0.0, "never below the import"


def test_sites_that_do_not_pool_learn_from_their_own_output():
    apart = project(learning={**LEARNING, "pooled": False})
    expected = 0.75 * (1.2 * (1.0 + 0.75 * 40.0 / 40.0) ** np.log2(0.9) - 1.0)
    expected += 0.25 * (1.2 * (1.0 + 0.25 * 40.0 / 40.0) ** np.log2(0.9) - 1.0)
    assert gap_after(apart, 40.0) == pytest.approx(expected)
    assert gap_after(apart, 40.0) > gap_after(project(), 40.0)


@pytest.fixture(scope="module")
def study():
    table = {**programme_table(PROJECT), "world": "toy", "as_of": date(2021, 6, 1)}
    return prepare(read_programme(table), read_world("toy"))


@pytest.mark.medium
def test_over_its_horizon_years_cost_as_much_as_the_levelised_gap(study):
    """But for leap years, in which a little more is made."""
    setting = set_up(study)
    spans = calendar_years(range(2022, 2034))
    added = saved_by_learning(study, setting.timings, spans)[:, 0]
    cost = study.programme.measures[0].yearly_gap_cost
    assert added[0] < 0.0 < added[-1], "dear at first, cheap at last"
    value = float(added @ 1.05 ** -np.arange(12.0))
    assert abs(value) < 1e-3 * cost * 12


@pytest.mark.medium
def test_a_year_is_the_equilibrium_with_the_cost_of_that_year(study):
    setting = set_up(study, first=2021, last=2030)
    (effects,) = setting.years.along([setting.timings], setting.horizon)
    measure = study.programme.measures[0]
    for year in (2022, 2029):
        (span,) = calendar_years([year])
        gap = gap_on(measure, setting.timings[measure.id], span[0])
        shocks = [
            replace(shock, amount=20.0 * gap) if isinstance(shock, ResourceCostShock) else shock
            for shock in study.checked.decisions
        ]
        solved = study.model.solve(shocks)
        expected = study.welfare(solved)
        wrong = study.welfare(study.everything) - expected
        miss = effects[year - 2021] - expected
        assert abs(miss[0]) < 0.05 * abs(wrong[0]), "the payer's own"
        assert np.abs(miss).max() < 0.1 * abs(wrong[0])


@pytest.mark.medium
def test_a_delay_moves_the_dear_years(study):
    """A year later, what is lost at the end of the horizon is a cheap year: less is saved than the levelised gap says."""
    setting = set_up(study)
    plain = setting.years.effects([{measure: [1.0] for measure in study.measures}])[0][0]
    found = delay(setting).tables["delay"].frame.set_index("region")["change_usd"]
    held = -plain[0] * 1.05**-1  # the first year alone, at the levelised gap
    assert found["ARC"] != pytest.approx(held, rel=1e-3)


@pytest.mark.medium
def test_what_ends_within_the_years_is_told(study):
    def notes(keys: dict[str, object]) -> str:
        table = {**programme_table({**keys, "in_force": START}), "world": "toy", "as_of": date(2021, 6, 1)}
        return " ".join(set_up(replace(study, programme=read_programme(table))).notes)

    gift = {key: value for key, value in TRANSFER.items() if key not in TERMS}
    assert "acts until 2031-12-31; nothing of it is counted" in notes({**gift, "loan": LOAN})
    assert "acts until" not in notes(TRANSFER)


@pytest.mark.medium
def test_the_gift_in_the_loan_of_a_project_ends_with_the_loan():
    keys = {**SUBSTITUTION, "loan": {**LOAN, "usd_million": 200}, "in_force": START, "status": "in-force"}
    table = {**programme_table(keys), "world": "toy", "as_of": date(2021, 6, 1)}
    lent = prepare(read_programme(table), read_world("toy"))
    setting = set_up(lent, first=2030, last=2034)
    (effects,) = setting.years.along([setting.timings], setting.horizon)
    np.testing.assert_allclose(effects[:2], [lent.welfare(lent.everything)] * 2, atol=1e-7)
    rest = [shock for shock in lent.checked.decisions if not isinstance(shock, TransferShock)]
    without = lent.welfare(lent.model.solve(rest))
    gift = lent.welfare(lent.everything) - without
    assert np.abs(effects[2:] - without).max() < 0.15 * np.abs(gift).max(), (
        "a dollar given is nearly a dollar"
    )
    assert np.abs(gift).max() > 1.0
