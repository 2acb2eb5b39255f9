"""The tracker that such programmes publish, beside what none publishes: which share of the effect has been delivered.

Counting measures is not measuring effects: a programme may be 90 % done by count and have delivered a tenth of what it is worth.
The share delivered is household welfare at today's intensities over household welfare with every decision in full, both against the
context in full, in one equilibrium each; what the base data hold already is in neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from accord.programme.labels import members
from accord.programme.measures import Measure
from accord.programme.timeline import is_late
from accord.study.time_columns import time_table
from accord.study.time_setting import Setting
from accord.study.variants import GAIN_PCT
from accord.tables import Table

PROGRAMME = "the programme file"
NOBODY = "not stated"
STATUSES = ("planned", "decided", "under-way", "in-force", "overdue", "dropped")


@dataclass(frozen=True)
class Tracker:
    """Answer of `status`.

    Attributes:
        programme: Name of the programme.
        world: Name of the World.
        partners: Partner regions.
        as_of: Day of evaluation.
        as_of_source: Where that day comes from.
        sentence: How far the programme has come by count and by effect.
        tables: `areas`, `bodies`, `counts`, `published`, `overdue`, `delivered`, `measures`.
        notes: What the reader must know.
    """

    programme: str
    world: str
    partners: tuple[str, ...]
    as_of: str
    as_of_source: str
    sentence: str
    tables: Mapping[str, Table]
    notes: tuple[str, ...]


def track(setting: Setting) -> Tracker:
    """Return counts by area and body, what is overdue, differing counts by party, and the share of the effect delivered."""
    decisions = setting.programme.decisions
    counts, differing = _by_party(setting)
    delivered = _delivered(setting)
    tables = {
        "delivered": delivered,
        "areas": _grouped(setting, decisions, "area", ((measure.area, measure) for measure in decisions)),
        "bodies": _grouped(setting, decisions, "body", _by_body(decisions)),
        "counts": counts,
        "published": _published(setting),
        "overdue": _overdue(setting),
        "measures": _measures(setting),
    }
    prepared = setting.prepared
    return Tracker(
        programme=setting.programme.name,
        world=prepared.world.name,
        partners=prepared.checked.partners,
        as_of=str(setting.as_of),
        as_of_source=setting.as_of_source,
        sentence=_sentence(decisions, delivered),
        tables=tables,
        notes=(*differing, *_later_reports(setting), *_not_yet(setting), *setting.notes),
    )


def _counted(setting: Setting, measures: Iterable[tuple[Measure, str]]) -> dict[str, float | int]:
    """Counts by status of (measure, its status)."""
    pairs = list(measures)
    found = {status.replace("-", "_"): sum(own == status for _, own in pairs) for status in STATUSES}
    alive = len(pairs) - found["dropped"]
    return {
        "measures": len(pairs),
        **found,
        "done_pct": 100.0 * found["in_force"] / alive if alive else float("nan"),
        "late_by_date": sum(
            is_late(measure.model_copy(update={"status": own}), setting.as_of) for measure, own in pairs
        ),
    }


def _grouped(
    setting: Setting, decisions: Iterable[Measure], key: str, pairs: Iterable[tuple[str, Measure]]
) -> Table:
    groups: dict[str, list[Measure]] = {}
    for name, measure in pairs:
        groups.setdefault(name, []).append(measure)
    if key == "area":
        groups["all areas"] = list(decisions)
    rows = [
        {key: name, **_counted(setting, ((measure, measure.status) for measure in group))}
        for name, group in groups.items()
    ]
    titles = {"area": "Decisions by area and status", "body": "Decisions by body responsible and status"}
    name = {"area": "areas", "body": "bodies"}[key]
    columns = [key, *_counted(setting, ())]
    return time_table(name, titles[key], pd.DataFrame(rows, columns=columns), keys=(key,))


def _by_body(decisions: Iterable[Measure]) -> Iterable[tuple[str, Measure]]:
    """Each measure once for each body, bodies with most measures first; several bodies share a measure."""
    pairs = [
        (body, measure)
        for measure in decisions
        for body in [f"{body} ({party})" for party, body in measure.bodies()] or [NOBODY]
    ]
    counted = Counter(body for body, _ in pairs)
    return sorted(pairs, key=lambda pair: -counted[pair[0]])


def _by_party(setting: Setting) -> tuple[Table, tuple[str, ...]]:
    """Counts as the file has them and as each party reports them; and where the two differ."""
    decisions = setting.programme.decisions
    groups = {
        **setting.programme.groups.regions,
        "partners": setting.programme.partners,
    }
    reports: dict[str, dict[str, str]] = {}
    for measure in decisions:
        for named, report in measure.status_by_party.items():
            for party in members((named,), groups):
                reports.setdefault(party, {})[measure.id] = report.status
    rows = [{"party": PROGRAMME, **_counted(setting, ((one, one.status) for one in decisions))}]
    notes = []
    for party, own in reports.items():
        rows.append(
            {
                "party": party,
                **_counted(setting, ((one, own.get(one.id, one.status)) for one in decisions)),
            }
        )
        notes += [
            f"measure '{one.id}': {party} reports it as {own[one.id]}, the programme file has {one.status}"
            for one in decisions
            if own.get(one.id, one.status) != one.status
        ]
    table = time_table(
        "counts",
        "The same decisions by each party's own reports (the file's where a party has none)",
        pd.DataFrame(rows),
        keys=("party",),
    )
    return table, tuple(notes)


def _published(setting: Setting) -> Table:
    """Counts that parties publish about the whole programme, oldest first; the file's measures are fewer and are others."""
    rows = [
        {
            "party": count.by,
            "of": count.of,
            "said_on": str(count.date or NOBODY),
            "measures": count.measures,
            "done": count.done,
            "overdue": count.overdue,
            "said_pct": count.share_done_pct,
            "source": count.source,
        }
        for count in setting.programme.published_counts
    ]
    columns = ["party", "of", "said_on", "measures", "done", "overdue", "said_pct", "source"]
    frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(("measures", "done", "overdue"), float))
    frame = frame.sort_values(["of", "said_on"], kind="stable", ignore_index=True)
    return time_table(
        "published",
        "Counts that parties publish about the whole programme",
        frame,
        keys=("of", "party", "said_on"),
    )


def _later_reports(setting: Setting) -> Iterable[str]:
    """Reports that refer to a day after that of the evaluation: the record knows more than was known then."""
    late = [
        measure.id
        for measure in setting.programme.decisions
        if any(
            day is not None and day > setting.as_of
            for day in (measure.status_date, *(report.date for report in measure.status_by_party.values()))
        )
    ]
    if late:
        yield f"reports later than the day of evaluation stand in the record of {', '.join(late)}"


def _not_yet(setting: Setting) -> Iterable[str]:
    """Measures that are counted as in force before their own day."""
    for measure in setting.programme.decisions:
        if measure.status == "in-force" and measure.in_force is not None and measure.in_force > setting.as_of:
            yield (
                f"measure '{measure.id}' has the status in-force and counts so, and its day {measure.in_force} is still to come on "
                f"{setting.as_of}: nothing of it is in the effect delivered"
            )


def _overdue(setting: Setting) -> Table:
    """Decisions whose agreed day has passed or whose status says so, longest first."""
    rows = [
        {
            "measure": measure.id,
            "title": measure.title,
            "body": "; ".join(f"{body} ({party})" for party, body in measure.bodies()) or NOBODY,
            "status": measure.status,
            "due": str(measure.due),
            "days_late": max((setting.as_of - measure.due).days, 0) if measure.due else 0,
            "starts": str(setting.timings[measure.id].day),
            "basis": setting.timings[measure.id].basis,
        }
        for measure in setting.programme.decisions
        if is_late(measure, setting.as_of)
    ]
    columns = ["measure", "title", "body", "status", "due", "days_late", "starts", "basis"]
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.sort_values("days_late", ascending=False, kind="stable", ignore_index=True)
    return time_table("overdue", f"Overdue on {setting.as_of}", frame, keys=("measure",))


def _delivered(setting: Setting) -> Table:
    """Effect at today's intensities beside the effect in full, for every region."""
    prepared = setting.prepared
    today = {name: setting.timings[name].on(setting.as_of) for name in prepared.measures}
    nothing = dict.fromkeys(prepared.measures, 0.0)
    in_full = dict.fromkeys(setting.years.contexts, 1.0)
    schedules = [
        {name: [value] for name, value in {**in_full, **intensity}.items()}
        for intensity in (today, dict.fromkeys(nothing, 1.0))
    ]
    now, full = (effects[0] for effects in setting.years.at_once(schedules))
    base = prepared.model.unchanged.household_consumption
    partners = prepared.checked.partners
    known = np.abs(100.0 * full / base) > GAIN_PCT
    share = np.divide(100.0 * now, full, out=np.full_like(full, np.nan), where=known)
    frame = pd.DataFrame(
        {
            "region": list(prepared.world.regions),
            "region_name": [prepared.world.region_names[code] for code in prepared.world.regions],
            "role": np.where(np.isin(prepared.world.regions, partners), "partner", "third country"),
            "now_usd": now,
            "full_usd": full,
            "delivered_pct": share,
            "now_pct": 100.0 * now / base,
            "full_pct": 100.0 * full / base,
        }
    )
    return time_table(
        "delivered", f"Share of the effect delivered by {setting.as_of}", frame, keys=("region",)
    )


def _measures(setting: Setting) -> Table:
    """Every measure with its status and what of it is in effect today."""
    rows = [
        {
            "measure": measure.id,
            "title": measure.title,
            "area": measure.area,
            "role": measure.role,
            "status": measure.status,
            "due": str(measure.due or "not stated"),
            "starts": str(setting.timings[measure.id].day or "never"),
            "basis": setting.timings[measure.id].basis,
            "intensity": setting.timings[measure.id].on(setting.as_of),
        }
        for measure in setting.programme.measures
    ]
    return time_table(
        "measures", f"Measures as the record stands on {setting.as_of}", pd.DataFrame(rows), keys=("measure",)
    )


def _sentence(decisions: Iterable[Measure], delivered: Table) -> str:
    alive = [measure for measure in decisions if measure.status != "dropped"]
    done = sum(measure.status == "in-force" for measure in alive)
    frame = delivered.frame[delivered.frame["role"] == "partner"]
    parts = [_share(row) for row in frame.to_dict("records")]
    dropped = len(list(decisions)) - len(alive)
    of_dropped = f" ({dropped} dropped)" if dropped else ""
    counted = f"{done} of {len(alive)} decisions are in force{of_dropped}"
    share = f", {100 * done / len(alive):.0f}% by count" if alive else ""
    return f"{counted}{share}; {', '.join(parts)}."


def _share(row: Mapping[Hashable, Any]) -> str:
    """How far a partner has come; a share of a loss is called one, and where signs differ both amounts are said."""
    name, now, full, delivered = (row[key] for key in ("region_name", "now_usd", "full_usd", "delivered_pct"))
    if np.isnan(delivered) and abs(row["now_pct"]) > GAIN_PCT:
        return f"{name} stands at {now:+,.1f} USD million a year, and the whole programme leaves it as it was"
    if np.isnan(delivered):
        return f"{name} has no effect to deliver"
    if delivered < 0.0:
        return f"{name} stands at {now:+,.1f} USD million a year and the whole programme at {full:+,.1f}, the other way"
    what = "effect" if full > 0.0 else "loss"
    return f"{name} has {delivered:.0f}% of the {what} of the whole programme"
