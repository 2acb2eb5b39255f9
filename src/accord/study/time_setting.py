"""What questions about time share: the day of evaluation, when each measure acts, the years, and how capital moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from accord.programme import Programme
from accord.programme.timeline import LAG_YEARS, Timing, timings_of
from accord.study.path import (
    DEPRECIATION,
    YEARS,
    Horizon,
    Progress,
    Terminal,
    Years,
    capital_of,
    first_year,
)
from accord.study.prepare import Prepared


@dataclass(frozen=True)
class Setting:
    """What questions about time share.

    Attributes:
        prepared: The study.
        as_of: Day of evaluation.
        as_of_source: Where it comes from.
        timings: When each measure acts as the record stands, by id.
        horizon: The years.
        years: Solver of years.
        lag_years: Years from the day of evaluation to the assumed start of measures that are late or undated.
    """

    prepared: Prepared
    as_of: date
    as_of_source: str
    timings: Mapping[str, Timing]
    horizon: Horizon
    years: Years
    lag_years: float = LAG_YEARS

    @property
    def programme(self) -> Programme:
        """What is proposed."""
        return self.prepared.programme

    @property
    def notes(self) -> tuple[str, ...]:
        """Starts that are assumed, ends within the years, and what cannot move."""
        assumed = [
            f"measure '{timing.measure}' acts from {timing.day}: {timing.basis}"
            for timing in self.timings.values()
            if timing.assumed and timing.measure in self.years.measures
        ]
        return (*assumed, *self._ends(), *self.prepared.checked.notes)

    def _ends(self) -> Iterator[str]:
        """Measures that end within the years."""
        for timing in self.timings.values():
            if (
                timing.measure in self.years.measures
                and timing.last
                and timing.last.year <= self.horizon.last
            ):
                yield f"measure '{timing.measure}' acts until {timing.last}; nothing of it is counted after that day"


def set_up(
    prepared: Prepared,
    *,
    as_of: date | None = None,
    first: int | None = None,
    last: int | None = None,
    growth: float = 0.0,
    terminal: Terminal = "none",
    lag_years: float = LAG_YEARS,
    depreciation: float = DEPRECIATION,
    adjusting: bool = True,
    threads: int = 2,
    progress: Progress | None = None,
) -> Setting:
    """Fix the day of evaluation, the horizon and the capital rule of a prepared study.

    Args:
        prepared: The study.
        as_of: Day of evaluation; the programme's `as_of` by default, else today.
        first: First year of the horizon; that of the evaluation by default.
        last: Last year; `YEARS` years in all by default.
        growth: Reference growth a year.
        terminal: What lies beyond the last year.
        lag_years: Years from `as_of` to the assumed start of measures that are late or undated.
        depreciation: Share of capital that wears out in a year.
        adjusting: Whether capital adjusts where the model allows it.
        threads: Years solved at the same time.
        progress: Called as solves go on.
    """
    programme = prepared.programme
    day, source = evaluation_day(programme, as_of)
    start = first if first is not None else first_year(day, programme.base_year)
    horizon = Horizon(
        first=start,
        last=last if last is not None else start + YEARS - 1,
        discount_rate=programme.discount_rate,
        base_year=programme.base_year,
        growth=growth,
        terminal=terminal,
    )
    capital = capital_of(prepared, depreciation, adjusting=adjusting)
    years = Years(prepared, capital, threads, progress or (lambda *_: None))
    timings = timings_of(programme.measures, day, programme.base_year, lag_years)
    return Setting(prepared, day, source, timings, horizon, years, lag_years)


def evaluation_day(programme: Programme, asked: date | None) -> tuple[date, str]:
    """Return the day of evaluation and where it comes from."""
    if asked is not None:
        return asked, "as asked"
    if programme.as_of is not None:
        return programme.as_of, "`as_of` of the programme"
    return date.today(), "today; repeat with --as-of"  # noqa: DTZ011  (the user's calendar)


def recorded_day(programme: Programme) -> tuple[date, str]:
    """Return the day on which the record itself stands, and where it comes from: never today, so that a run can be repeated."""
    if programme.as_of is not None:
        return evaluation_day(programme, None)
    after_base = date(programme.base_year + 1, 1, 1)
    stated = [
        day
        for measure in programme.measures
        for day in (measure.status_date, measure.decided)
        if day is not None and day >= after_base
    ]
    if stated:
        return max(
            stated
        ), "the last day that the record of the measures names; `as_of` in the programme sets another"
    return after_base, "the day after the base year; `as_of` in the programme sets another"
