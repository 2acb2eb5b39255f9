"""When measures act: day counts, phase-in, status, and what the base data hold."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.programme.timeline import DAYS_PER_YEAR, Timing, agreed_timing, is_late, timing_of
from programme.examples import PRODUCTIVITY, SUPPLY, TARIFF, programme_table

TODAY = date(2024, 5, 24)


def measure(**keys):
    return read_programme(programme_table({**TARIFF, **keys})).measures[0]


def timing(**keys):
    return timing_of(measure(**keys), TODAY, 2020)


def test_a_measure_without_phase_in_counts_the_days_of_its_first_year():
    one = timing(in_force=date(2025, 7, 1))
    assert one.in_year(2024) == 0.0
    assert one.in_year(2025) == pytest.approx(184 / 365)
    assert one.in_year(2026) == 1.0
    assert (one.on(date(2025, 6, 30)), one.on(date(2025, 7, 1))) == (0.0, 1.0)


def test_a_path_of_prices_is_at_the_share_that_it_has_come_to():
    prices = [{"year": year, "price": price} for year, price in ((2025, 100.0), (2027, 90.0), (2029, 81.0))]
    keys = {key: value for key, value in SUPPLY.items() if key != "price"}
    plan = read_programme(programme_table({**keys, "prices": prices, "in_force": date(2025, 7, 1)}))
    one = timing_of(plan.measures[0], TODAY, 2020)
    assert [one.in_year(year) for year in (2025, 2026, 2027, 2028, 2029, 2040)] == pytest.approx(
        [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]
    )
    assert one.full == date(2029, 1, 1).toordinal()
    late = one.delayed(1.0, TODAY)
    assert [late.in_year(year) for year in (2026, 2027, 2028, 2030)] == pytest.approx(
        [0.0, 0.0, 0.5, 1.0], abs=1e-2
    )
    held = read_programme(
        programme_table({**keys, "prices": prices, "in_force": date(2025, 7, 1), "in_base": 0.5})
    )
    assert timing_of(held.measures[0], TODAY, 2020).in_year(2028) == pytest.approx(0.0)


def test_leap_years_have_a_day_more():
    assert timing(in_force=date(2028, 3, 1)).in_year(2028) == pytest.approx(306 / 366)


@given(
    phase=st.floats(0.2, 8.0),
    start=st.integers(0, 3_000),
    in_base=st.floats(0.0, 0.9),
    pause=st.integers(0, 900),
)
def test_yearly_intensity_is_the_mean_of_a_ramp_day_by_day(phase, start, in_base, pause):
    first = date(2024, 1, 1).toordinal()
    begins = first + start
    length = phase * DAYS_PER_YEAR
    one = Timing("m", float(begins), length, in_base, "")

    def share(day):  # in the middle of each day: what the base data do not hold
        ramp = np.clip((day + 0.5 - begins) / length, 0.0, 1.0)
        return np.maximum(ramp - in_base, 0.0) / (1.0 - in_base)

    for year in range(2024, 2034):
        days = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
        assert one.in_year(year) == pytest.approx(share(np.arange(*days)).mean(), abs=2e-3)
    standstill = date(2027, 1, 1).toordinal()
    later = one.delayed(pause / DAYS_PER_YEAR, date(2027, 1, 1))
    days = np.arange(first, first + 5_000)
    started = begins <= standstill
    then = (
        np.where(days < standstill, days, np.maximum(days - pause, standstill)) if started else days - pause
    )
    assert later.mean(first, first + 5_000) == pytest.approx(share(then).mean(), abs=2e-3)


def test_delay_never_adds_and_ends_where_it_would_have():
    one = timing(in_force=date(2025, 1, 1), phase_in_years=2)
    late = one.delayed(1.0, TODAY)
    assert all(late.in_year(year) <= one.in_year(year) + 1e-12 for year in range(2024, 2040))
    assert late.in_year(2030) == one.in_year(2030) == 1.0


@pytest.mark.parametrize(
    ("keys", "day", "assumed"),
    [
        ({"in_force": date(2025, 1, 1)}, date(2025, 1, 1), False),
        ({"due": date(2026, 1, 1)}, date(2026, 1, 1), False),
        ({"due": date(2026, 1, 1), "in_force": date(2027, 1, 1)}, date(2027, 1, 1), False),
        ({"in_force": date(2023, 1, 1), "status": "in-force"}, date(2023, 1, 1), False),
        ({"in_force": date(2023, 1, 1), "status": "under-way"}, date(2023, 1, 1), False),
        ({"in_force": date(2023, 1, 1)}, date(2025, 5, 24), True),
        ({"due": date(2023, 1, 1), "status": "overdue"}, date(2025, 5, 24), True),
        (
            {"due": date(2023, 1, 1), "in_force": date(2026, 1, 1), "status": "overdue"},
            date(2026, 1, 1),
            False,
        ),
        ({"due": date(2023, 1, 1)}, date(2025, 5, 24), True),
        ({}, date(2025, 5, 24), True),
        ({"status": "dropped", "in_force": date(2023, 1, 1)}, None, False),
    ],
)
def test_the_start_follows_status_and_dates(keys, day, assumed):
    found = timing(**keys)
    assert (found.day, found.assumed) == (day, assumed)
    assert ("assumption" in found.basis) == assumed


def test_a_dropped_measure_never_acts():
    found = timing(status="dropped", in_force=date(2021, 1, 1))
    assert found.in_year(2030) == 0.0
    assert found.delayed(1.0, TODAY) == found


def test_context_without_a_date_acts_beyond_what_the_base_holds():
    table = programme_table(
        {**PRODUCTIVITY},
        {**TARIFF, "role": "context", "in_base": 0.5},
    )
    context = read_programme(table).context[0]
    assert timing_of(context, TODAY, 2020).day == date(2021, 1, 1)


def test_late_is_what_missed_its_day_whatever_the_status_says():
    past = TODAY - timedelta(days=1)
    assert is_late(measure(due=past), TODAY)
    assert is_late(measure(due=past, status="under-way"), TODAY)
    assert is_late(measure(due=TODAY + timedelta(days=9), status="overdue"), TODAY)
    assert not is_late(measure(due=past, in_force=past, status="in-force"), TODAY)
    assert not is_late(measure(due=past, status="dropped"), TODAY)
    assert not is_late(measure(due=TODAY), TODAY)
    assert agreed_timing(measure(due=past)).day == past
    assert agreed_timing(measure()) is None


def test_reports_of_strangers_are_refused_and_of_parties_kept():
    one = measure(
        status_by_party={"ARC": {"status": "in-force"}, "BEL": {"status": "under-way", "source": "a letter"}}
    )
    assert one.status_by_party["BEL"].source == "a letter"
    with pytest.raises(ProgrammeError, match="'COR' is no party"):
        measure(status_by_party={"COR": {"status": "in-force"}})
