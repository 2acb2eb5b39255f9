"""What has been lost already against agreed dates, and what is still to be lost (METHODS section 14).

lost by measure m = value(path as the record stands) - value(path with m on the agreed day), before and after the day of evaluation
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from accord.programme.timeline import Timing, agreed_timing
from accord.study.learning_path import saved_by_learning
from accord.study.path import Horizon
from accord.study.time_columns import time_table
from accord.study.time_setting import Setting
from accord.tables import Table

ALL = "all decisions"
"""Name of the row in which every decision that does not act in full yet is late together."""


def lost_already(setting: Setting) -> tuple[Table, tuple[str, ...]]:
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
