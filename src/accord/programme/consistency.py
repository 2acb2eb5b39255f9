"""What must hold between the parts of a programme: names that are defined, shares that are stated, trade that exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from accord.errors import nearest
from accord.programme.contradictions import contradictions
from accord.programme.labels import REGION_WORDS, USE_WORDS, members
from accord.programme.lever import Lever, lever_problems
from accord.programme.measures import BarrierRemoval, CommonStandards, Measure, Sanction
from accord.programme.measures.trade import TradeMeasure
from accord.programme.problems import KeyPath, Problem
from accord.programme.published_count import PublishedCount, count_problems

GroupTables = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Tables `regions` and `sectors`, each from the name of a group to its members."""


@dataclass(frozen=True)
class Draft:
    """The parts of a programme that could be read; None where one could not.

    Attributes:
        partners: As the file writes them.
        base_year: Year of the base data.
        groups: Named sets of regions and of sectors.
        measures: Those without a fault of their own, by position.
        tables: What the file gives for each measure, faulty or not, by position.
        levers: Those that could be read.
        counts: Published counts that could be read.
    """

    partners: tuple[str, ...] | None
    base_year: int | None
    groups: GroupTables
    measures: Mapping[int, Measure]
    tables: Mapping[int, Mapping[str, Any]]
    levers: tuple[Lever, ...] = ()
    counts: tuple[PublishedCount, ...] = ()

    @property
    def region_groups(self) -> Mapping[str, tuple[str, ...]]:
        """Members of each group of regions."""
        return self.groups.get("regions", {})

    def regions(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the regions that `names` stand for; only the word `others` (and `all`) remains a word."""
        words: dict[str, tuple[str, ...]] = {"partners": self.partners or ()}
        return members(names, {**self.region_groups, **words})


def inconsistencies(draft: Draft) -> Iterator[Problem]:
    """Yield everything that is wrong between the parts of `draft`."""
    circular = list(_circular_groups(draft.groups))
    yield from circular
    yield from _reserved_groups(draft.groups)
    yield from _repeated_ids(draft.tables)
    yield from count_problems(draft.counts)
    for index, given in draft.tables.items():
        for problem in _share_in_base_missing(draft.base_year, given):
            yield problem.below("measure", index)
    if len(draft.measures) == len(draft.tables):  # else a lever may name one that could not be read
        yield from lever_problems(draft.levers, {measure.id: measure for measure in draft.measures.values()})
    if circular:
        return  # groups cannot be expanded
    if draft.partners is not None:
        yield from _too_few_partners(draft)
        yield from _paid_by_others(draft)
    for index, measure in draft.measures.items():
        for problem in _of_measure(draft, measure):
            yield problem.below("measure", index)
    yield from contradictions(draft.measures, draft.groups, draft.partners or ())


def _of_measure(draft: Draft, measure: Measure) -> Iterator[Problem]:
    if draft.partners is None:
        return
    yield from _unknown_parties(draft, measure)
    if isinstance(measure, Sanction):
        yield from _role_not_written(draft, measure)
        yield from _no_trade(draft, ("targets",), measure.imposed_by, measure.targets)
        both = _common(draft, measure.imposed_by, measure.targets)
        if measure.direction == "both" and len(both) > 1:
            yield Problem(
                ("direction",),
                f"both, and {_some(both)} impose it and are its targets, so that trade among them would be counted twice",
                "regions that impose it and targets without two common regions",
                'Write direction = "exports": each of them restricts what it sells to the others.',
            )
    if isinstance(measure, TradeMeasure):
        yield from _trade_counted_twice_or_never(draft, measure)
    if isinstance(measure, BarrierRemoval | CommonStandards):
        yield from _costs_not_stated(draft, measure)


def _circular_groups(groups: GroupTables) -> Iterator[Problem]:
    for table, entries in groups.items():
        for name in entries:
            seen: set[str] = set()
            waiting = list(entries[name])
            while waiting:
                member = waiting.pop()
                if member in entries and member not in seen:
                    seen.add(member)
                    waiting += entries[member]
            if name in seen:
                yield Problem(
                    ("groups", table, name),
                    f"group '{name}' contains itself",
                    "a group of codes, or of other groups that do not lead back to it",
                    f"Take '{name}' out of its own members.",
                )


def _reserved_groups(groups: GroupTables) -> Iterator[Problem]:
    for table, words in (("regions", REGION_WORDS), ("sectors", USE_WORDS)):
        for name in groups.get(table, {}):
            if name in words:
                yield Problem(
                    ("groups", table, name),
                    f"'{name}' is a word of the language ({words[name]})",
                    f"a name other than {', '.join(words)}",
                    "Rename the group.",
                )


def _repeated_ids(tables: Mapping[int, Mapping[str, Any]]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, given in tables.items():
        name = given.get("id")
        if not isinstance(name, str):
            continue
        if name in first:
            yield Problem(
                ("measure", index, "id"),
                f"id '{name}' is that of measure {first[name] + 1} too",
                "an id that no other measure has",
                "Rename one of the two.",
            )
        first.setdefault(name, index)


def _too_few_partners(draft: Draft) -> Iterator[Problem]:
    partners = members(draft.partners or (), draft.region_groups)
    words = [name for name in partners if name in REGION_WORDS]
    if words:
        yield Problem(
            ("partners",),
            f"'{words[0]}' among the partners",
            "region codes, or groups of the file",
            "Name the partners.",
        )
    elif len(partners) < 2:
        yield Problem(
            ("partners",),
            f"{len(partners)} partner ({', '.join(partners)})",
            "at least two distinct regions: co-operation takes two",
        )


def _paid_by_others(draft: Draft) -> Iterator[Problem]:
    """Partners cannot agree on what a third country pays."""
    partners = draft.regions(draft.partners or ())
    for index, lever in enumerate(draft.levers):
        if lever.transfer is not None and lever.transfer.payer not in partners:
            yield Problem(
                ("lever", index, "transfer", "payer"),
                f"'{lever.transfer.payer}' is no partner",
                f"who is at the table: {_some(partners)}",
                "Name a partner; what others pay is a measure of role context.",
            )


def _share_in_base_missing(year: int | None, given: Mapping[str, Any]) -> Iterator[Problem]:
    if not isinstance(year, int) or "in_base" in given or given.get("status") == "dropped":
        return
    why = (
        f"a number from 0 (nothing) to 1 (all): the share of its effect that the data of {year} already hold. "
        "What the data hold must not be added again"
    )
    remedy = 'For example: in_base = { low = 0.5, central = 0.7, high = 0.9, source = "assumption: why" }'
    start = given.get("in_force")
    if isinstance(start, date) and start.year <= year:
        found = (
            f"the key is missing, and the measure is in force since {start}, not after the base year {year}"
        )
        yield Problem(("in_base",), found, why, remedy)
    elif start is None and given.get("role") == "context":
        found = "the key is missing, and a context measure without `in_force` may lie before the base year"
        yield Problem(("in_base",), found, why, f"{remedy}; or give `in_force`")


def _unknown_parties(draft: Draft, measure: Measure) -> Iterator[Problem]:
    """Decisions are taken by partners or by regions that the file names; anybody may be party to the context."""
    partners = draft.regions(draft.partners or ())
    grouped = members(draft.region_groups, draft.region_groups)
    known = {*partners, *grouped, *draft.region_groups, "partners"}
    expected = f"partners ({_some(partners)}) or names in [groups.regions]"
    named = [("parties", name) for name in measure.parties or () if measure.role == "decision"]
    allowed = known | set(draft.regions(measure.parties or ()))
    for key, name in named:
        if name not in known:
            yield Problem((key,), f"'{name}' is no partner", expected, nearest(name, sorted(known)))
    for name in measure.responsible:
        if name not in allowed:
            yield Problem(
                ("responsible", name), f"'{name}' is no party", expected, nearest(name, sorted(allowed))
            )
    for name in measure.status_by_party:
        if name not in allowed:
            yield Problem(
                ("status_by_party", name), f"'{name}' is no party", expected, nearest(name, sorted(allowed))
            )


def _role_not_written(draft: Draft, measure: Sanction) -> Iterator[Problem]:
    third = [
        name for name in draft.regions(measure.imposed_by) if name not in draft.regions(draft.partners or ())
    ]
    if third and "role" not in measure.model_fields_set:
        yield Problem(
            ("role",),
            f"the key is missing, and {_some(third)}, who impose{'s' if len(third) == 1 else ''} it, "
            f"{'is' if len(third) == 1 else 'are'} no partner",
            "context (what others do: part of the baseline) or decision (what the partners would bring about)",
            'Usually: role = "context"',
        )


def _trade_counted_twice_or_never(draft: Draft, measure: TradeMeasure) -> Iterator[Problem]:
    if measure.exporters is None and measure.importers is None:
        key = "between" if measure.between else "parties"
        among = measure.between or measure.parties or ("partners",)
        yield from _no_trade(draft, (key,), among, among)
        return
    if measure.exporters is None or measure.importers is None:
        return
    yield from _no_trade(draft, ("importers",), measure.exporters, measure.importers)
    both = _common(draft, measure.exporters, measure.importers)
    if measure.both_ways and len(both) > 1:
        yield Problem(
            ("both_ways",),
            f"{_some(both)} stand on both sides, so that trade among them would be counted twice",
            "exporters and importers without two common regions",
            "Use `between` for trade in every direction among one set of regions.",
        )


def _no_trade(
    draft: Draft, at: KeyPath, sellers: tuple[str, ...], buyers: tuple[str, ...]
) -> Iterator[Problem]:
    one, other = draft.regions(sellers), draft.regions(buyers)
    if len(one) == 1 and one == other and one[0] not in REGION_WORDS:
        yield Problem(
            at,
            f"only trade of {one[0]} with itself is selected",
            "at least two different regions: measures on trade leave home sales alone",
        )


def _common(draft: Draft, one: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    """Regions on both sides, as far as they can be known without a World."""
    left, right = draft.regions(one), draft.regions(other)
    partners = set(draft.regions(draft.partners or ()))
    common = [name for name in left if name in right]
    for names, opposite in ((left, right), (right, left)):
        if "all" in names:
            common += [name for name in opposite if name not in common]
        if "others" in names:
            common += [name for name in opposite if name not in common and name not in partners]
    return ["all regions", "others"] if {"all", "others"} & set(common) else common


def _costs_not_stated(draft: Draft, measure: BarrierRemoval | CommonStandards) -> Iterator[Problem]:
    paying: Counter[str] = Counter()
    for index, cost in enumerate(measure.cost):
        if cost.payer in {"all", "others"}:
            yield Problem(
                ("cost", index, "payer"),
                f"'{cost.payer}' as payer",
                "a region, a group of the file, or `partners`",
            )
        paying.update(draft.regions((cost.payer,)))
    parties = [name for name in draft.regions(measure.parties or ("partners",)) if name not in REGION_WORDS]
    silent = [party for party in parties if party not in paying]
    if silent:
        yield Problem(
            ("cost",),
            f"nothing is said about the cost to {_some(silent)}",
            "a line for each party, or for a group or `partners` (each member then pays the amount); zero must be written",
            f'For example: {{ payer = "{silent[0]}", usd_million_per_year = 0, source = "assumption: none known" }}',
        )


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed) if len(listed) <= 6 else f"{', '.join(listed[:5])} and {len(listed) - 5} more"
