"""Measures that cannot both be meant: the same effect twice, two duties on one trade, more of a barrier removed than there is.

Only selections that are equal once groups are replaced by their members are compared: a narrower measure beside a wider one is a
usual way to write an exception. Measures of different roles, or in force from different days, are steps, not contradictions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from accord.programme.labels import members
from accord.programme.measures import BarrierRemoval, Measure, Productivity, Sanction, Tariff, Training
from accord.programme.measures.trade import TradeMeasure
from accord.programme.problems import Problem
from accord.shocks import Flows

RECORD = frozenset(
    {"id", "title", "area", "in_base", "parties", "legal_act", "decided", "responsible", "due", "phase_in_years", "status", "status_date",
     "status_source", "status_by_party", "evidence"}
)  # fmt: skip
"""Keys that say nothing about the effect of a measure."""

Groups = Mapping[str, Mapping[str, tuple[str, ...]]]


def contradictions(
    measures: Mapping[int, Measure], groups: Groups, partners: tuple[str, ...]
) -> Iterator[Problem]:
    """Yield what is wrong between two measures of one role that act from the same day."""
    acting = [(index, measure) for index, measure in measures.items() if measure.status != "dropped"]
    for position, (later, second) in enumerate(acting):
        for earlier, first in acting[:position]:
            if type(first) is not type(second) or (first.role, first.in_force) != (
                second.role,
                second.in_force,
            ):
                continue
            problem = _between(first, earlier, second, groups, partners)
            if problem is not None:
                yield problem.below("measure", later)
                break


def held_twice(measures: Sequence[Measure], groups: Groups, partners: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each two measures that state one barrier on one trade: the base then holds it twice, with its rent."""
    acting = [one for one in measures if isinstance(one, BarrierRemoval) and one.status != "dropped"]
    for first, second in combinations(acting, 2):
        heights = {repr((one.ave, one.ave_by_sector, one.uses)) for one in (first, second)}
        if len(heights) > 1 or _trade(first, groups, partners) != _trade(second, groups, partners):
            continue
        cut = first.cut.central + second.cut.central
        yield (
            f"measures '{first.id}' and '{second.id}' state the same barrier on the same trade: they are taken for two barriers of that "
            "height, and the base data for holding both with their rents. Where they are steps on one barrier, both overstate it: write "
            f"one measure with cut = {min(cut, 1.0):g} and `phase_in_years`"
        )


def staffed_twice(measures: Sequence[Measure]) -> Iterator[str]:
    """Yield a sentence for each two measures that train one skill for one plant of one region: each would fill the plant's need."""
    acting = [one for one in measures if isinstance(one, Training) and one.status != "dropped"]
    for first, second in combinations(acting, 2):
        skills = {one.name for one in first.skills} & {one.name for one in second.skills}
        plants = {one.name for one in first.plants} & {one.name for one in second.plants}
        if first.region == second.region and skills and plants:
            yield (
                f"measures '{first.id}' and '{second.id}' both train {', '.join(sorted(skills))} for {', '.join(sorted(plants))} in "
                f"{first.region}: each is credited with the whole need of its plants, so that people beyond it count twice. "
                "Write one measure with the persons of both, or give each plants of its own"
            )


def _between(
    first: Measure, earlier: int, second: Measure, groups: Groups, partners: tuple[str, ...]
) -> Problem | None:
    name = f"measure {earlier + 1} '{first.id}'"
    if isinstance(first, TradeMeasure | Sanction | Productivity) and _effect(first) == _effect(second):
        expected = "each effect once: measures on the same trade or sector add up"
        return Problem(("kind",), f"it says what {name} says already", expected, "Delete one of the two.")
    if isinstance(first, Tariff) and isinstance(second, Tariff):
        both_set = all(measure.change is None and measure.rates is None for measure in (first, second))
        if both_set and _trade(first, groups, partners) == _trade(second, groups, partners):
            key = "new_rate" if second.new_rate is not None else "schedule"
            found = f"it sets a duty on the trade that {name} sets one on"
            remedy = "Delete one of the two, or let them begin on different days."
            return Problem((key,), found, "one duty for each trade", remedy)
    if isinstance(first, BarrierRemoval) and isinstance(second, BarrierRemoval) and first.ave == second.ave:
        cut = first.cut.central + second.cut.central
        if cut > 1.0 + 1e-9 and _trade(first, groups, partners) == _trade(second, groups, partners):
            found = f"{second.cut.central:g} here and {first.cut.central:g} in {name} remove {cut:g} of one barrier"
            remedy = "Write one measure, or state each barrier's own `ave`."
            return Problem(("cut",), found, "at most 1 of a barrier in all", remedy)
    return None


def _effect(measure: Measure) -> dict[str, object]:
    """What a measure does, without its record."""
    return {key: value for key, value in measure.given().items() if key not in RECORD}


def _trade(
    measure: Tariff | BarrierRemoval, groups: Groups, partners: tuple[str, ...]
) -> frozenset[tuple[object, ...]]:
    """The trade that a measure falls on, as sets of labels without groups."""
    regions, sectors = groups.get("regions", {}), groups.get("sectors", {})

    def named(labels: tuple[str, ...] | None, table: Mapping[str, tuple[str, ...]]) -> frozenset[str] | None:
        return None if labels is None else frozenset(members(labels, {**table, "@partners": partners}))

    def side(flow: Flows) -> tuple[object, ...]:
        return (named(flow.exporters, regions), named(flow.importers, regions), named(flow.sectors, sectors))

    return frozenset(side(flow) for flow in measure.flows())
