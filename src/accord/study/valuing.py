"""What a party's gain is in a bargain: a year of the long run, or the present value of years (METHODS sections 14 and 15)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date

from accord.errors import Fault, ProgrammeError
from accord.programme.lever import Outcome
from accord.programme.timeline import LAG_YEARS
from accord.study.full import Progress
from accord.study.handles import handles_of
from accord.study.levers import Negotiation
from accord.study.levers_in_time import PresentValue
from accord.study.path import DEPRECIATION, Terminal
from accord.study.prepare import Prepared
from accord.study.time_setting import recorded_day, set_up


@dataclass(frozen=True)
class Valuing:
    """How gains are valued, and over which years.

    Attributes:
        outcome: The long run or the present value; what the programme says by default.
        as_of: Day of evaluation; that on which the programme's record stands by default, never today.
        first: First year of the horizon; that of the evaluation by default.
        last: Last year; 20 years in all by default.
        growth: Reference growth a year.
        terminal: What lies beyond the last year.
        lag_years: Years from `as_of` to the assumed start of measures that are late or undated.
        depreciation: Share of capital that wears out in a year.
        adjusting: Whether capital adjusts where the model allows it.
    """

    outcome: Outcome | None = None
    as_of: date | None = None
    first: int | None = None
    last: int | None = None
    growth: float = 0.0
    terminal: Terminal = "none"
    lag_years: float = LAG_YEARS
    depreciation: float = DEPRECIATION
    adjusting: bool = True

    @property
    def years_are_asked(self) -> bool:
        """Whether something is said that only years have."""
        plain = Valuing()
        return any(
            getattr(self, one.name) != getattr(plain, one.name)
            for one in fields(self)
            if one.name != "outcome"
        )


def negotiation_of(
    prepared: Prepared, valuing: Valuing | None = None, progress: Progress | None = None
) -> Negotiation:
    """Return the negotiation over the levers of a programme, valued as asked, else as the programme says, else as its levers need.

    Args:
        prepared: The programme on its World.
        valuing: What is asked.
        progress: Called as the years of reported points are solved.
    """
    asked = valuing or Valuing()
    outcome = asked.outcome or prepared.programme.bargaining.outcome
    timed = [one for one in handles_of(prepared)[0] if one.is_timing]
    if outcome is None:
        outcome = "present-value" if timed else "long-run"
    if outcome == "long-run":
        _refuse_years(asked, [f"lever '{one.id}', of = \"{one.of}\"" for one in timed])
        return Negotiation.of(prepared)
    day, source = recorded_day(prepared.programme) if asked.as_of is None else (asked.as_of, "as asked")
    setting = set_up(
        prepared,
        as_of=day,
        first=asked.first,
        last=asked.last,
        growth=asked.growth,
        terminal=asked.terminal,
        lag_years=asked.lag_years,
        depreciation=asked.depreciation,
        adjusting=asked.adjusting,
        progress=progress,
    )
    return PresentValue.over(replace(setting, as_of_source=source))


def _refuse_years(asked: Valuing, timed: list[str]) -> None:
    """The long run has no years: neither levers on timing nor choices about years mean anything in it."""
    faults = [
        Fault(
            where,
            "it moves years, and the long run has none",
            "gains that are present values",
            'Leave `outcome` of [bargaining] out, or: outcome = "present-value"',
        )
        for where in timed
    ]
    if not timed and asked.years_are_asked:
        faults = [
            Fault(
                "years of a bargain",
                "gains are those of a year of the long run",
                "gains that are present values",
                "Add: --outcome present-value",
            )
        ]
    if faults:
        raise ProgrammeError(faults)
