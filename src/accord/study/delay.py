"""What each year of delay costs whom, and what has been lost already against agreed dates (METHODS section 14).

    delay of measure m by k years = value(path with m k years later) - value(path as the record stands)

What has not begun starts k years later; what is being phased in stands still for k years and then goes on. Both paths run over the
same calendar years, and everything else stays as the record has it, so a delay counts what the measure does beside the others. A
delay is a gain to those whom the measure hurts, and shown as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from accord.errors import ProgrammeError
from accord.study.full import Answer
from accord.study.lost_time import ALL, lost_already
from accord.study.path import Progress
from accord.study.path_tables import path_table, timeline_table, value_table
from accord.study.prepare import Prepared
from accord.study.time_columns import time_table
from accord.study.time_setting import Setting, recorded_day, set_up
from accord.tables import Table


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
    lost, notes = lost_already(setting)
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
