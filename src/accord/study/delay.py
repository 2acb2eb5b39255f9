"""What each year of delay costs whom, and what has been lost already against agreed dates (METHODS section 14).

    delay of measure m by k years = value(path with m k years later) - value(path as the record stands)

What has not begun starts k years later; what is being phased in stands still for k years and then goes on. Both paths run over the
same calendar years, and everything else stays as the record has it, so a delay counts what the measure does beside the others. A
delay is a gain to those whom the measure hurts, and shown as one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from accord.errors import ProgrammeError
from accord.programme import Programme
from accord.programme.timeline import LAG_YEARS, Timing, agreed_timing, timings_of
from accord.study.full import Answer
from accord.study.learning_path import saved_by_learning
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
from accord.study.time_columns import time_table
from accord.study.variants import GAIN_PCT
from accord.tables import Table

ALL = "all decisions"
"""Name of the row in which every decision that does not act in full yet is late together."""


@dataclass(frozen=True)
class Delay:
    """Answer of `delay`.

    Attributes:
        programme: Name of the programme.
        world: Name of the World.
        partners: Partner regions.
        as_of: Day of evaluation, `YYYY-MM-DD`, and where it comes from.
        as_of_source: Where that day comes from.
        horizon: The years and what they are worth, in words.
        capital: How capital moves, in words.
        tables: `delay`, `lost`, `value`, `path`, `timeline`.
        notes: What the reader must know.
        solves: Equilibria solved.
    """

    programme: str
    world: str
    partners: tuple[str, ...]
    as_of: str
    as_of_source: str
    horizon: str
    capital: str
    tables: Mapping[str, Table]
    notes: tuple[str, ...]
    solves: int


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
        """Starts that are assumed, and what cannot move."""
        assumed = [
            f"measure '{timing.measure}' acts from {timing.day}: {timing.basis}"
            for timing in self.timings.values()
            if timing.assumed and timing.measure in self.years.measures
        ]
        return (*assumed, *self.prepared.checked.notes)


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


def answer(prepared: Prepared, progress: Progress) -> Answer:
    """Answer for `accord run --full`: one year of delay, as of the day on which the programme's record stands."""
    if not prepared.measures:
        return Answer((), ("No decision makes a shock, so none can be late.",))
    day, source = recorded_day(prepared.programme)
    setting = replace(set_up(prepared, as_of=day, progress=progress), as_of_source=source)
    found = delay(setting)
    named = {"delay": "delay", **{name: f"delay_{name}" for name in found.tables if name != "delay"}}
    tables = [replace(table, name=named[name]) for name, table in found.tables.items()]
    return Answer(tuple(table for table in tables if len(table.frame)), sentences(found))


def sentences(found: Delay) -> tuple[str, ...]:
    """The answer in words: what a year's delay costs, which measures most, what is lost already, and what was assumed."""
    frame = found.tables["delay"].frame
    shortest = frame[frame["years_later"] == frame["years_later"].min()]
    told = [
        f"As of {found.as_of} ({found.as_of_source}). {found.horizon[:1].upper()}{found.horizon[1:]}; {found.capital}."
    ]
    for measure, rows in [*shortest.groupby("measure", sort=False)][:4]:
        parts = ", ".join(f"{row.region_name} {row.change_usd:+,.1f}" for row in rows.itertuples())
        told.append(
            f"{rows['years_later'].iloc[0]:g} year(s) later, {measure}: {parts} USD million of present value."
        )
    lost = found.tables["lost"].frame
    if len(lost):
        whole = lost[lost["measure"] == lost["measure"].iloc[-1]]
        parts = ", ".join(
            f"{row.region_name} {row.lost_usd:+,.1f} so far and {row.still_usd:+,.1f} still"
            for row in whole.itertuples()
        )
        told.append(f"Against agreed days ({whole['measure'].iloc[0]}): {parts}, USD million.")
    assumed = [note for note in found.notes if "assumption" in note]
    if assumed:
        told.append(
            f"Starts are assumed for {len(assumed)} measure(s) that are late or undated: a year after that day."
        )
    return tuple(told)


def delay(setting: Setting, years_later: Sequence[float] = (1.0,)) -> Delay:
    """Return what it changes for each partner when each decision is late, and what has been lost already."""
    if not years_later or min(years_later) <= 0.0:
        raise ProgrammeError(
            f"years of delay are {list(years_later)}; they are positive numbers, for example: --years 1,2,3"
        )
    prepared, horizon = setting.prepared, setting.horizon
    waiting, in_force = _who_can_be_late(setting)
    cases = [
        (name, later) for name in (*waiting, *([ALL] if len(waiting) > 1 else [])) for later in years_later
    ]
    moved = [
        {
            **setting.timings,
            **{
                one: setting.timings[one].delayed(later, setting.as_of)
                for one in (waiting if name == ALL else (name,))
            },
        }
        for name, later in cases
    ]
    central, *late = setting.years.along([setting.timings, *moved], horizon)
    changes = {
        case: horizon.value(effects) - horizon.value(central)
        for case, effects in zip(cases, late, strict=True)
    }
    lost, notes = _lost_already(setting)
    tables = {
        "delay": _delay_table(setting, changes),
        "lost": lost,
        "value": value_table(setting, central),
        "path": path_table(setting, central),
        "timeline": timeline_table(setting),
    }
    if in_force:
        notes += (f"in force in full already, so no delay of it is asked about: {', '.join(in_force)}",)
    return Delay(
        programme=setting.programme.name,
        world=prepared.world.name,
        partners=prepared.checked.partners,
        as_of=str(setting.as_of),
        as_of_source=setting.as_of_source,
        horizon=horizon.sentence,
        capital=setting.years.capital.sentence,
        tables=tables,
        notes=(*notes, *setting.notes),
        solves=setting.years.solves,
    )


def _who_can_be_late(setting: Setting) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Decisions that do not act in full yet, and those that do: what is complete cannot be late any more."""
    today = setting.as_of.toordinal()
    complete = {name for name in setting.prepared.measures if setting.timings[name].full <= today}
    measures = setting.prepared.measures
    return tuple(name for name in measures if name not in complete), tuple(
        name for name in measures if name in complete
    )


def _delay_table(setting: Setting, changes: Mapping[tuple[str, float], np.ndarray]) -> Table:
    """A row for each measure, years and partner; ranked by what one step of delay costs all partners together."""
    prepared = setting.prepared
    places = [prepared.position(partner) for partner in prepared.checked.partners]
    base = prepared.model.unchanged.household_consumption
    titles = {measure.id: measure.title for measure in setting.programme.measures} | {
        ALL: "Every decision that does not act in full yet"
    }
    shortest = min((later for _, later in changes), default=0.0)
    together = {
        name: float(change[places].sum()) for (name, later), change in changes.items() if later == shortest
    }
    single = sorted((name for name in together if name != ALL), key=lambda name: together[name])
    ranks = {name: place for place, name in enumerate(single, start=1)} | {ALL: 0}
    rows = [
        {
            "rank": ranks[name],
            "measure": name,
            "title": titles[name],
            "starts": "" if name == ALL else str(setting.timings[name].day),
            "years_later": later,
            "region": partner,
            "region_name": prepared.world.region_names[partner],
            "change_usd": float(change[place]),
            "change_pct": float(100.0 * change[place] / base[place]),
        }
        for (name, later), change in changes.items()
        for partner, place in zip(prepared.checked.partners, places, strict=True)
    ]
    columns = [
        "rank",
        "measure",
        "title",
        "starts",
        "years_later",
        "region",
        "region_name",
        "change_usd",
        "change_pct",
    ]
    frame = pd.DataFrame(rows, columns=columns).sort_values(
        ["rank", "years_later"], kind="stable", ignore_index=True
    )
    return time_table(
        "delay",
        f"What it changes when a measure is late ({setting.horizon.sentence})",
        frame,
        keys=("measure", "years_later", "region"),
    )


def _lost_already(setting: Setting) -> tuple[Table, tuple[str, ...]]:
    """Measures that did not, or will not, act when agreed: what that costs up to the day of evaluation and after it."""
    prepared, horizon = setting.prepared, setting.horizon
    measures = {measure.id: measure for measure in setting.programme.decisions}
    agreed = {
        name: timing for name in prepared.measures if (timing := agreed_timing(measures[name])) is not None
    }
    late = {
        name: timing
        for name, timing in agreed.items()
        # "By 31 December" and "from 1 January" are the same promise: a day is no delay.
        if (start := setting.timings[name].start) is not None and start > (timing.start or 0.0) + 1.5
    }
    cases = {name: {name: timing} for name, timing in late.items()}
    if len(late) > 1:
        cases[ALL] = dict(late)
    rows = []
    if cases:
        before, after = _losses(setting, list(cases.values()))
        base = prepared.model.unchanged.household_consumption
        for number, name in enumerate(cases):
            days = "" if name == ALL else str(late[name].day)
            starts = "" if name == ALL else str(setting.timings[name].day)
            for partner in prepared.checked.partners:
                place = prepared.position(partner)
                rows.append(
                    {
                        "measure": name,
                        "agreed": days,
                        "starts": starts,
                        "region": partner,
                        "region_name": prepared.world.region_names[partner],
                        "lost_usd": float(before[number][place]),
                        "still_usd": float(after[number][place]),
                        "change_pct": float(100.0 * (before[number] + after[number])[place] / base[place]),
                    }
                )
    undated = [name for name in prepared.measures if name not in agreed]
    columns = [
        "measure",
        "agreed",
        "starts",
        "region",
        "region_name",
        "lost_usd",
        "still_usd",
        "change_pct",
    ]
    table = time_table(
        "lost",
        f"Against the agreed days: lost up to {setting.as_of}, and still to be lost (valued as of {horizon.first})",
        pd.DataFrame(rows, columns=columns),
        keys=("measure", "region"),
    )
    note = (
        (f"no agreed day (`due`), so nothing can be late against it: {', '.join(undated)}",)
        if undated
        else ()
    )
    return table, note


def _losses(
    setting: Setting, cases: Sequence[Mapping[str, Timing]]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Value of the path as it is less the path on time, before and after the day of evaluation, for each case (n,).

    Years before the horizon's first one are carried forward at the discount rate. The year of the evaluation is cut in two at the day:
    the effect of its first part is that of the mean intensity up to the day, for that share of the year.
    """
    horizon, years = setting.horizon, setting.years
    day = setting.as_of.toordinal()
    ends = [date(year, 1, 1).toordinal() for year in range(horizon.base_year + 1, horizon.last + 2)]
    cut = sorted({*ends, min(max(day, ends[0]), ends[-1])})
    spans = list(itertools.pairwise(cut))

    def schedule(timings: Mapping[str, Timing]) -> dict[str, list[float]]:
        return {name: [timing.mean(*span) for span in spans] for name, timing in timings.items()}

    paths = [setting.timings, *({**setting.timings, **case} for case in cases)]
    found = years.effects([schedule(path) for path in paths], [_share_of_year(span) for span in spans])
    actual, *on_time = (
        effects + saved_by_learning(setting.prepared, path, spans)
        for effects, path in zip(found, paths, strict=True)
    )
    weights = np.array([_weight(horizon, span) for span in spans])
    past = np.array([last <= day for _, last in spans])
    beyond = horizon.terminal_factor
    before = [(weights * past) @ (actual - punctual) for punctual in on_time]
    after = [
        (weights * ~past) @ (actual - punctual) + beyond * (actual - punctual)[-1] for punctual in on_time
    ]
    return before, after


def _weight(horizon: Horizon, span: tuple[int, int]) -> float:
    """Value in the horizon's first year of one USD a year over the days of `span`, which lies in one calendar year."""
    year = date.fromordinal(span[0]).year
    grown = (1.0 + horizon.growth) ** (year - horizon.base_year)
    return _share_of_year(span) * grown / (1.0 + horizon.discount_rate) ** (year - horizon.first)


def _share_of_year(span: tuple[int, int]) -> float:
    """Length in years of days that lie in one calendar year."""
    first, last = span
    year = date.fromordinal(first).year
    return (last - first) / (date(year + 1, 1, 1).toordinal() - date(year, 1, 1).toordinal())


def path_table(setting: Setting, effects: np.ndarray) -> Table:
    """Effect of each year on each region."""
    prepared = setting.prepared
    base = prepared.model.unchanged.household_consumption
    partners = prepared.checked.partners
    rows = [
        {
            "year": year,
            "region": region,
            "region_name": prepared.world.region_names[region],
            "role": "partner" if region in partners else "third country",
            "effect_usd": float(effects[t, n]),
            "effect_pct": float(100.0 * effects[t, n] / base[n]),
        }
        for t, year in enumerate(setting.horizon.years)
        for n, region in enumerate(prepared.world.regions)
    ]
    return time_table(
        "path", "Effect of the decisions year by year", pd.DataFrame(rows), keys=("year", "region")
    )


def value_table(setting: Setting, effects: np.ndarray) -> Table:
    """Present value of the decisions for each region."""
    prepared, horizon = setting.prepared, setting.horizon
    base = prepared.model.unchanged.household_consumption
    value = horizon.value(effects)
    beyond = horizon.terminal_factor * effects[-1]
    annuity = horizon.factors.sum() + horizon.terminal_factor
    partners = prepared.checked.partners
    frame = pd.DataFrame(
        {
            "region": list(prepared.world.regions),
            "region_name": [prepared.world.region_names[code] for code in prepared.world.regions],
            "role": np.where(np.isin(prepared.world.regions, partners), "partner", "third country"),
            "value_usd": value,
            "beyond_usd": beyond,
            "yearly_pct": 100.0 * value / annuity / base,
        }
    )
    frame["gains"] = np.where(frame["yearly_pct"] > GAIN_PCT, "yes", "no")
    return time_table(
        "value",
        f"Present value of the decisions as of {horizon.first} ({horizon.sentence})",
        frame,
        keys=("region",),
    )


def timeline_table(setting: Setting) -> Table:
    """Intensity of each measure in each year, with the day from which it acts and where that comes from."""
    rows = [
        {
            "measure": measure.id,
            "area": measure.area,
            "role": measure.role,
            "status": measure.status,
            "starts": str(setting.timings[measure.id].day or "never"),
            "basis": setting.timings[measure.id].basis,
            "year": year,
            "intensity": setting.timings[measure.id].in_year(year),
        }
        for measure in setting.programme.measures
        for year in setting.horizon.years
    ]
    return time_table(
        "timeline",
        f"How much of each measure is in effect, as the record stands on {setting.as_of}",
        pd.DataFrame(rows),
        keys=("measure", "year"),
    )
