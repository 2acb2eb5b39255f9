"""Faults of a programme that show only when its labels are matched with a World: the same effect counted twice, a site outside the union.

What is refused here would give a number without a word: rates or barriers stated for overlapping sectors would both act on what they
share, and a project whose site is among the sellers that it replaces would support what it is to push out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, cast

from accord.errors import Fault
from accord.programme.measures import BarrierRemoval, ImportSubstitution, Tariff
from accord.shocks import (
    FlowShock,
    HomePreferenceShock,
    Labels,
    PurchaseShock,
    ResourceCostShock,
    Shock,
    SupportShock,
    TransferShock,
)

if TYPE_CHECKING:
    from accord.programme import Programme
    from accord.programme.measures import Measure

ROUNDING = 1e-9
"""Difference of two stated shares that is none."""


def overlapping_sectors(programme: Programme, shocks: Sequence[Shock]) -> Iterator[Fault]:
    """Yield a fault for each table by sector (`rates`, `ave_by_sector`) of which two entries hold the same sector of the World."""
    for measure in programme.measures:
        key = _table_by_sector(measure)
        if key is None:
            continue
        own = [shock for shock in shocks if shock.measure == measure.id and isinstance(shock, FlowShock)]
        common: dict[str, None] = {}
        for one, other in combinations(own, 2):
            if type(one) is not type(other) or _ends(one) != _ends(other):
                continue
            common.update(dict.fromkeys(_shared(one.flows.sectors, other.flows.sectors)))
        if common:
            yield Fault(
                f"measure '{measure.id}', {key}",
                f"{_some(common)} {'is' if len(common) == 1 else 'are'} in more than one entry",
                "each sector once: what stands in two entries would be counted twice",
                "name the sectors of the wider entry one by one, or in a group without those of the narrower one",
            )


def differing_preferences(shocks: Iterable[Shock]) -> Iterator[Fault]:
    """Yield a fault for each measure that states another preference for home than an earlier one does for the same public buyers.

    A buyer has one preference for home, however many measures open it to sellers of their own: the base holds it once.
    """
    known: list[HomePreferenceShock] = []
    said: set[tuple[str, str]] = set()
    for shock in shocks:
        if not isinstance(shock, HomePreferenceShock):
            continue
        for other in known:
            stated, before = shock.held_against_others - 1.0, other.held_against_others - 1.0
            if abs(stated - before) < ROUNDING or (shock.measure, other.measure) in said:
                continue
            if not all(_in_common(shock, other)):
                continue
            said.add((shock.measure, other.measure))
            yield Fault(
                f"measure '{shock.measure}', home_preference",
                f"{stated:g}, and measure '{other.measure}' says {before:g} of the same public buyers and products",
                "one preference for home: the data hold it once, whoever it is opened to",
                "Write the same in both, or give each measure products of its own.",
            )
        known.append(shock)


def _in_common(one: HomePreferenceShock, other: HomePreferenceShock) -> Iterator[bool]:
    """Whether two measures share buyers, products and public users."""
    for mine, others in (
        (one.flows.importers, other.flows.importers),
        (one.flows.sectors, other.flows.sectors),
    ):
        yield mine is None or others is None or bool({*mine} & {*others})
    public = ({user for user, share in shock.public_share if share > 0.0} for shock in (one, other))
    yield bool(set.intersection(*public))


def sites_outside(programme: Programme, shocks: Iterable[Shock]) -> Iterator[Fault]:
    """Yield a fault for each project of which a site is among the regions whose sales it replaces."""
    supports = [shock for shock in shocks if isinstance(shock, SupportShock)]
    for measure in programme.measures:
        if not isinstance(measure, ImportSubstitution):
            continue
        outside = [
            site
            for shock in supports
            if shock.measure == measure.id
            for site in shock.flows.exporters or ()
            if shock.outside is None or site in shock.outside
        ]
        if outside:
            yield Fault(
                f"measure '{measure.id}', sites",
                f"{_some(dict.fromkeys(outside))} is a site, and its sales are among those to be replaced",
                "sites that are not in `outside` (every region that is no partner when left out)",
                "name partners as sites, or say in `outside` whose sales are replaced",
            )


def paid_by_others(programme: Programme, partners: Sequence[str], shocks: Iterable[Shock]) -> Iterator[str]:
    """Yield a note for each decision that a region pays for which is no partner: the partners' gain is then partly its loss."""
    decisions = {measure.id for measure in programme.decisions}
    payers: dict[str, dict[str, None]] = {}
    for shock in shocks:
        pays = isinstance(shock, ResourceCostShock | PurchaseShock | TransferShock)
        if pays and shock.measure in decisions and shock.payer not in partners:
            payers.setdefault(shock.measure, {})[shock.payer] = None
    hosts = {measure.id for measure in programme.measures if measure.kind == "construction-abroad"}
    for measure, found in payers.items():
        if measure not in hosts:  # its host pays by the nature of the thing
            yield f"measure '{measure}': {_some(found)} pays for it and is no partner, so that it is no part of the verdict"


def home_lines(shocks: Iterable[Shock]) -> Iterator[str]:
    """Yield a note for each measure that names trade of a region with itself, which measures on trade leave alone."""
    lines: Counter[str] = Counter()
    for shock in shocks:
        if isinstance(shock, FlowShock) and not shock.flows.home and not isinstance(shock, SupportShock):
            ends = shock.flows.exporters
            lines[shock.measure] += ends is not None and len(ends) == 1 and ends == shock.flows.importers
    for measure, count in lines.items():
        if count:
            yield f"measure '{measure}': {count} of its lines name trade of a region with itself, which is left alone"


def _table_by_sector(measure: Measure) -> str | None:
    if isinstance(measure, Tariff) and measure.rates:
        return "rates"
    if isinstance(measure, BarrierRemoval) and measure.ave_by_sector:
        return "ave_by_sector"
    return None


def _shared(one: Labels, other: Labels) -> Sequence[str]:
    """Sectors in both; None holds every one."""
    if one is None or other is None:
        return one or other or ("every sector",)
    return [sector for sector in one if sector in other]


def _ends(shock: FlowShock) -> tuple[object, object]:
    return shock.flows.exporters, shock.flows.importers


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed) if len(listed) <= 6 else f"{', '.join(listed[:5])} and {len(listed) - 5} more"


def in_words_of_the_file(programme: Programme, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the faults of labels under the keys that the file has: a sanction has `imposed_by`, and no `exporters`."""
    given = {measure.id: measure.given() for measure in programme.measures}
    for fault in faults:
        yield _renamed(fault, given)


def _renamed(fault: Fault, given: Mapping[str, Mapping[str, object]]) -> Fault:
    head, mark, key = fault.where.partition("', ")
    keys = given.get(head.removeprefix("measure '"))
    parts = fault.found.split("'")
    if not mark or keys is None or key in keys or not fault.found.startswith("unknown ") or len(parts) < 3:
        return fault
    holder = next((name for name, value in keys.items() if parts[1] in _words(value)), None)
    if holder is None:
        return fault
    return Fault(f"{head}', {holder}", fault.found, fault.expected, fault.remedy)


def _words(value: object) -> set[str]:
    """Every text in a value of a file: of lists, of tables and of their keys."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, Mapping):
        table = cast("Mapping[str, object]", value)
        return set(table) | {word for item in table.values() for word in _words(item)}
    if isinstance(value, list | tuple):
        return {word for item in cast("Sequence[object]", value) for word in _words(item)}
    fields = getattr(type(value), "model_fields", None)
    return {word for name in fields for word in _words(getattr(value, name))} if fields else set()
