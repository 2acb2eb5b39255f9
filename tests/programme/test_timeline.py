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
from programme.examples import ABROAD, LOAN, PRODUCTIVITY, SUPPLY, TARIFF, TRANSFER, programme_table

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


def works(**keys):
    """Works abroad of ten years from 2021 on."""
    return read_programme(programme_table({**ABROAD, "in_base": 0.0, **keys})).measures[0]


def test_works_end_with_their_years_of_building():
    one = timing_of(works(in_force=date(2021, 1, 1), status="in-force"), TODAY, 2020)
    assert [one.in_year(year) for year in (2021, 2030, 2031, 2040)] == [1.0, 1.0, 0.0, 0.0]
    assert "acts until 2030-12-31" in one.basis
    begun_before = timing_of(works(in_force=date(2023, 1, 1), status="in-force"), TODAY, 2020)
    assert [begun_before.in_year(year) for year in (2022, 2023, 2030, 2031)] == [0.0, 1.0, 1.0, 0.0]
    assert timing(in_force=date(2025, 1, 1)).end == float("inf")


def test_works_that_are_late_last_as_long():
    planned = works(start=date(2026, 1, 1), in_force=date(2026, 1, 1))
    late = timing_of(planned, TODAY, 2020).delayed(2.0, TODAY)
    assert [late.in_year(year) for year in (2027, 2028, 2037, 2038)] == [0.0, 1.0, 1.0, 0.0]
    overdue = timing_of(works(due=date(2021, 1, 1), status="overdue"), TODAY, 2020)
    assert overdue.mean(0.0, 10.0**6) * 10.0**6 == pytest.approx(10 * DAYS_PER_YEAR, abs=2.0)
    agreed = agreed_timing(works(due=date(2021, 1, 1), status="overdue"))
    assert (agreed.in_year(2030), agreed.in_year(2031)) == (1.0, 0.0)


def test_works_that_would_act_after_their_end_are_refused():
    with pytest.raises(
        ProgrammeError, match="the works would act from 2031-01-01, and they end on 2030-12-31"
    ):
        works(in_force=date(2031, 1, 1))


def test_the_gift_in_a_loan_ends_with_the_loan_and_a_yearly_sum_does_not():
    keys = {
        key: value
        for key, value in TRANSFER.items()
        if key not in {"payer", "recipient", "usd_million_per_year"}
    }
    soft = read_programme(
        programme_table({**keys, "loan": {**LOAN, "years": 10}, "in_force": date(2025, 1, 1)})
    )
    one = timing_of(soft.measures[0], TODAY, 2020)
    assert [one.in_year(year) for year in (2025, 2034, 2035)] == [1.0, 1.0, 0.0]
    given = read_programme(programme_table({**TRANSFER, "in_force": date(2025, 1, 1)})).measures[0]
    assert timing_of(given, TODAY, 2020).in_year(2100) == 1.0


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


@given(
    began=st.integers(-2000, -1),
    long=st.floats(6.0, 12.0),
    years=st.floats(0.5, 30.0),
    later=st.integers(1, 6000),
)
def test_what_is_phased_in_goes_on_at_the_new_speed_from_where_it_stood(began, long, years, later):
    """By hand: the share done stays, and what remains takes the part of the new length that it is."""
    start = float(TODAY.toordinal() + began)
    one = Timing("m", start, long * DAYS_PER_YEAR, 0.0, "made up")
    new = one.phased_in_over(years, TODAY)
    today = TODAY.toordinal()
    done = -began / (long * DAYS_PER_YEAR)
    assert new.mean(today - 400, today) == pytest.approx(one.mean(today - 400, today))
    # Day by day: the middle of a day of an even ramp is its mean, but on the day on which it ends.
    expected = min(done + (later + 0.5) / (years * DAYS_PER_YEAR), 1.0)
    assert new.on(TODAY + timedelta(days=later)) == pytest.approx(expected, abs=0.6 / (years * DAYS_PER_YEAR))
    assert new.full == pytest.approx(today + (1.0 - done) * years * DAYS_PER_YEAR)
    shares = [new.in_year(year) for year in range(2018, 2060)]
    assert all(-1e-10 <= share <= 1.0 + 1e-10 for share in shares)
    assert np.all(np.diff(shares) >= -1e-10)


def test_speed_changes_what_has_not_begun_from_its_start_and_nothing_that_is_done():
    ahead = timing(in_force=date(2025, 1, 1), phase_in_years=4)
    assert ahead.phased_in_over(2.0, TODAY) == timing(in_force=date(2025, 1, 1), phase_in_years=2)
    done = timing(in_force=date(2021, 1, 1), phase_in_years=1, status="in-force")
    assert done.phased_in_over(5.0, TODAY) == done
    begun = timing(in_force=date(2023, 1, 1), phase_in_years=4, status="in-force")
    assert begun.phased_in_over(4.0, TODAY) == begun
    with pytest.raises(ValueError, match="already"):
        begun.phased_in_over(0.0, TODAY)


def test_what_stands_still_goes_on_at_the_new_speed():
    begun = timing(in_force=date(2023, 1, 1), phase_in_years=6, status="in-force")
    late = begun.phased_in_over(3.0, TODAY).delayed(2.0, TODAY)
    resumes = TODAY + timedelta(days=round(2.0 * DAYS_PER_YEAR))
    stood = (TODAY - date(2023, 1, 1)).days / (6 * DAYS_PER_YEAR)
    assert late.on(TODAY + timedelta(days=300)) == pytest.approx(stood)
    assert late.on(resumes + timedelta(days=365)) == pytest.approx(
        stood + 365.5 / (3 * DAYS_PER_YEAR), abs=2e-3
    )


@given(length=st.floats(0.3, 20.0))
def test_intensity_bends_without_a_break_when_speed_changes(length):
    """Its derivative with respect to the length of the ramp is continuous, so that a search by slopes may use it."""

    def shares(years: float) -> np.ndarray:
        one = timing(in_force=date(2025, 5, 1), phase_in_years=min(years, 50))
        return np.array([one.in_year(year) for year in range(2025, 2050)])

    step = 1e-4
    below, above = shares(length) - shares(length - step), shares(length + step) - shares(length)
    # Slopes on both sides differ by no more than the second derivative times the step; a break would not shrink with it.
    np.testing.assert_allclose(below / step, above / step, atol=0.05)


@pytest.mark.parametrize("start", [date(2027, 1, 1), date(2027, 7, 1), date(2028, 2, 29), date(2027, 12, 31)])
def test_a_year_later_is_the_same_day_of_the_next_year(start):
    one = Timing("m", float(start.toordinal()), 0.0, 0.0, "made up")
    late = one.delayed(1.0, TODAY)
    expected = date(2029, 3, 1) if (start.month, start.day) == (2, 29) else start.replace(year=start.year + 1)
    assert late.start == expected.toordinal()
    assert one.delayed(0.0, TODAY) == one
    # Between whole years it moves evenly, and both ways.
    days = [one.delayed(part / 8.0, date(2020, 1, 1)).start for part in range(-16, 17)]
    steps = np.diff(np.array(days, dtype=float))
    assert np.all((steps > 365.0 / 8.0 - 0.2) & (steps < 367.0 / 8.0))


def test_what_begins_on_new_years_day_loses_a_whole_year_and_nothing_more():
    one = Timing("m", float(date(2027, 1, 1).toordinal()), 0.0, 0.0, "made up")
    late = one.delayed(1.0, TODAY)
    lost = [one.in_year(year) - late.in_year(year) for year in range(2026, 2032)]
    assert lost == [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
