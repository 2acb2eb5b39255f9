"""When measures act: yearly intensity from dates, phase-in and status.

Day counts throughout: a year's intensity is the mean over its days of a ramp that is 0 before the start, rises evenly over
`phase_in_years`, and is 1 afterwards. What the base data hold already (`in_base`) is the first part of the ramp: shocks are what
remains (METHODS section 1), so the share that remains begins to act where the ramp passes `in_base`. A measure whose own numbers move
by year (a path of contract prices) is at that share of its last year's effect besides.

Which start is meant follows the status, at the day of evaluation `as_of`:

    in-force             `in_force`
    under-way            `in_force` at its word, past or to come; else `due` while it is to come; else assumed
    planned, decided     `in_force`, else `due`, while they are to come; a day that has passed without entry into force: assumed
    overdue              `in_force` while it is to come (the new date); else assumed
    dropped              never
    context, no date     the day after the base year: the base data hold `in_base` of it, and the rest acts from then on

*Assumed* is `as_of` plus `LAG_YEARS` (or what the caller says); every measure of which that is assumed says so in its `basis`.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from accord.programme.measures import Measure

DAYS_PER_YEAR = 365.2425
"""Mean length of a Gregorian year, in which phase-in is counted."""

LAG_YEARS = 1.0
"""Years from the day of evaluation to the assumed start of a measure that is late, or has no date."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When one measure acts.

    Attributes:
        measure: Its id.
        start: Day (ordinal, fractions allowed) from which it acts; None for never.
        phase_in_days: Days from there to full effect.
        in_base: Share of its effect that the base data hold.
        basis: Where the start comes from, for readers.
        assumed: Whether the start is assumed because the file names no day that can be right.
        pause: Day (ordinal) on which phase-in stops, and for how many days, before it goes on.
        pace: Day (ordinal) from which phase-in goes on at another speed, and how many times as fast.
        steps: Days (ordinal) from which the measure's own numbers are at a share of where they end, with that share; none before the
            first. Empty: they are there from the start.
        end: Day (ordinal) from which it acts no more; infinite for what stays in force.
    """

    measure: str
    start: float | None
    phase_in_days: float
    in_base: float
    basis: str
    assumed: bool = False
    pause: tuple[float, float] = (0.0, 0.0)
    pace: tuple[float, float] = (0.0, 1.0)
    steps: tuple[tuple[float, float], ...] = ()
    end: float = math.inf

    @property
    def day(self) -> date | None:
        """First day on which it acts."""
        return None if self.start is None else date.fromordinal(round(self.start))

    @property
    def last(self) -> date | None:
        """Last day on which it acts; None for what stays in force."""
        return None if math.isinf(self.end) else date.fromordinal(round(self.end) - 1)

    def delayed(self, years: float, as_of: date) -> Timing:
        """Return the timing with everything that lies after `as_of` coming `years` later.

        A measure that has not begun starts later; one that is being phased in stands still for so long and then goes on. Steps and an
        end that lie ahead come later too. A year later is the same day of the next year: what would begin on 1 January does so still.
        """
        if self.start is None:
            return self
        today = float(as_of.toordinal())
        if self.start > today:
            steps = tuple((_later(day, years), share) for day, share in self.steps)
            return replace(self, start=_later(self.start, years), steps=steps, end=_later(self.end, years))
        moved = tuple((_later(day, years) if day > today else day, share) for day, share in self.steps)
        end = _later(self.end, years) if self.end > today else self.end
        return replace(self, pause=(today, _later(today, years) - today), steps=moved, end=end)

    def phased_in_over(self, years: float, as_of: date) -> Timing:
        """Return the timing with `years` to full effect.

        A measure that has not begun takes that long from its start. For one that is being phased in, what was done up to `as_of` stays,
        and the rest goes on at the new speed: as much faster as the whole would be shorter.
        """
        today = float(as_of.toordinal())
        if self.start is None or self.start > today:
            return replace(self, phase_in_days=years * DAYS_PER_YEAR)
        if self.full <= today or years * DAYS_PER_YEAR == self.phase_in_days:
            return self
        if years <= 0.0:
            raise ValueError("what is being phased in already cannot have been in full from its start")
        return replace(self, pace=(today, self.phase_in_days / (years * DAYS_PER_YEAR)))

    def mean(self, first: float, last: float) -> float:
        """Mean share in effect, of what the base data do not hold, from day `first` to before day `last` (ordinals)."""
        if not self.steps:
            return (self.days_of_effect(last) - self.days_of_effect(first)) / (last - first)
        ends = [*(day for day, _ in self.steps[1:]), float("inf")]
        found = 0.0
        for (begin, share), end in zip(self.steps, ends, strict=True):
            one, other = max(begin, first), min(end, last)
            if other > one:
                found += share * (self.days_of_effect(other) - self.days_of_effect(one))
        return found / (last - first)

    def in_year(self, year: int) -> float:
        """Mean share in effect in calendar year `year`."""
        return self.mean(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())

    @property
    def full(self) -> float:
        """Day (ordinal) from which it acts in full; infinite for never."""
        if self.start is None:
            return float("inf")
        (turn, speed), ended = self.pace, sum(self._ramp)
        ended = turn + (ended - turn) / speed if ended > turn else ended
        return max(ended, *(day for day, _ in self.steps), 0.0)

    def on(self, day: date) -> float:
        """Share in effect on `day`."""
        return self.mean(day.toordinal(), day.toordinal() + 1)

    def days_of_effect(self, day: float) -> float:
        """Integral of the share in effect up to `day`."""
        day = min(day, self.end)
        stopped, length = self.pause
        if length == 0.0 or day <= stopped:
            return self._without_pause(day)
        standing = self._share(stopped) * min(day - stopped, length)
        resumed = self._without_pause(max(day - length, stopped)) - self._without_pause(stopped)
        return self._without_pause(stopped) + standing + resumed

    def _share(self, day: float) -> float:
        """Share in effect at the beginning of `day`."""
        begins, length = self._ramp
        day = self._as_if_even(day)
        if length == 0.0:
            return float(day >= begins)
        return min(max((day - begins) / length, 0.0), 1.0)

    @property
    def _ramp(self) -> tuple[float, float]:
        """Day on which what the base data do not hold begins to act, and days to full effect from there."""
        begins = (self.start or 0.0) + self.in_base * self.phase_in_days
        return begins, (1.0 - self.in_base) * self.phase_in_days

    def _as_if_even(self, day: float) -> float:
        """Day on which the ramp would have come as far had its speed never changed."""
        turn, speed = self.pace
        return day if day <= turn else turn + speed * (day - turn)

    def _without_pause(self, day: float) -> float:
        turn, speed = self.pace
        if speed == 1.0 or day <= turn:
            return self._on_ramp(day)
        until = self._on_ramp(turn)
        return until + (self._on_ramp(self._as_if_even(day)) - until) / speed

    def _on_ramp(self, day: float) -> float:
        """Integral up to `day` of the share in effect along an even ramp."""
        if self.start is None:
            return 0.0
        begins, length = self._ramp
        gone = day - begins
        if gone <= 0.0:
            return 0.0
        if gone < length:
            return gone**2 / (2.0 * length)
        return gone - length / 2.0


def _later(day: float, years: float) -> float:
    """`day` (ordinal) moved by `years` of the calendar; between whole years in proportion to the days from one to the next."""
    if math.isinf(day):
        return day
    first, whole = date.fromordinal(math.floor(day)), math.floor(years)

    def anniversary(number: int) -> int:
        year = first.year + number
        leap = (first.month, first.day) == (2, 29) and not calendar.isleap(year)
        return (date(year, 3, 1) if leap else first.replace(year=year)).toordinal()

    begins, ends = anniversary(whole), anniversary(whole + 1)
    return begins + (years - whole) * (ends - begins) + day - math.floor(day)


def timing_of(measure: Measure, as_of: date, base_year: int, lag_years: float = LAG_YEARS) -> Timing:
    """Return when `measure` acts as the record stands on `as_of`.

    Args:
        measure: With its dates and status.
        as_of: Day of evaluation.
        base_year: Year of the base data.
        lag_years: Years from `as_of` to an assumed start.
    """
    day, basis, assumed = _start(measure, as_of, base_year, lag_years)
    timing = Timing(
        measure=measure.id,
        start=None if day is None else float(day.toordinal()),
        phase_in_days=measure.phase_in_years * DAYS_PER_YEAR,
        in_base=measure.in_base or 0.0,
        basis=basis,
        assumed=assumed,
        steps=_steps(measure),
    )
    last = None if day is None else measure.acts_until(day)
    if last is None:
        return timing
    return replace(timing, basis=f"{basis}; acts until {last}", end=last.toordinal() + 1.0)


def agreed_timing(measure: Measure) -> Timing | None:
    """Return when `measure` would act had it been on time: from `due`. None when no day was agreed, or when it is dropped."""
    if measure.due is None or measure.status == "dropped":
        return None
    steps = _steps(measure)
    # On time, the path of its numbers would have begun on the day agreed, had that been before the path's first day.
    early = max(steps[0][0] - measure.due.toordinal(), 0.0) if steps else 0.0
    last = measure.acts_until(measure.due)
    return Timing(
        measure=measure.id,
        start=float(measure.due.toordinal()),
        phase_in_days=measure.phase_in_years * DAYS_PER_YEAR,
        in_base=measure.in_base or 0.0,
        basis=f"due {measure.due}",
        steps=tuple((day - early, share) for day, share in steps),
        end=math.inf if last is None else last.toordinal() + 1.0,
    )


def _steps(measure: Measure) -> tuple[tuple[float, float], ...]:
    """Where the measure's own numbers stand from the first day of each year that it names, of what the base data do not hold."""
    held = measure.in_base or 0.0
    return tuple(
        (float(date(year, 1, 1).toordinal()), (share - held) / (1.0 - held) if held < 1.0 else 0.0)
        for year, share in measure.shares_by_year()
    )


def timings_of(
    measures: Iterable[Measure], as_of: date, base_year: int, lag_years: float = LAG_YEARS
) -> dict[str, Timing]:
    """Return the timing of each measure, by id."""
    return {measure.id: timing_of(measure, as_of, base_year, lag_years) for measure in measures}


def is_late(measure: Measure, as_of: date) -> bool:
    """Whether the agreed day has passed on `as_of` and the measure is neither in force nor dropped, whatever its status says."""
    if measure.status in {"in-force", "dropped"}:
        return False
    if measure.status == "overdue":
        return True
    return measure.due is not None and measure.due < as_of


def _start(measure: Measure, as_of: date, base_year: int, lag_years: float) -> tuple[date | None, str, bool]:
    """Return the day, where it comes from, and whether it is assumed."""
    status, entry, due = measure.status, measure.in_force, measure.due
    if status == "dropped":
        return None, "dropped: never", False
    if entry is not None and (status in {"in-force", "under-way"} or entry > as_of):
        word = "in force since" if entry <= as_of else "expected in force on"
        return entry, f"{word} {entry}", False
    if measure.role == "context" and entry is None and due is None:
        day = date(base_year + 1, 1, 1)
        return day, f"context without a date: from {day}, beyond the share that the base data hold", False
    if due is not None and due > as_of and status != "overdue":
        return due, f"due on {due}", False
    passed = f"{entry or due} has passed, " if entry or due else "no day is stated, "
    day = date.fromordinal(round(as_of.toordinal() + lag_years * DAYS_PER_YEAR))
    return day, f"assumption: {passed}status {status}; {lag_years:g} year(s) after {as_of}", True
