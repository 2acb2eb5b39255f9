"""Does a programme fit a World? Labels are resolved against it; all faults at once, and notes for what is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.labels import Expansion
from accord.programme.region_sets import members_of_sets, region_sets
from accord.shocks import Labels, Naming, Shock, SupplyTermsShock, TariffShock
from accord.study.couple import coupled
from accord.study.sound_contracts import more_than_all, multiplied
from accord.study.sound_measures import (
    differing_preferences,
    home_lines,
    in_words_of_the_file,
    overlapping_sectors,
    paid_by_others,
    sites_outside,
)
from accord.study.supply import contracts_of

if TYPE_CHECKING:
    from accord.programme import Programme
    from accord.programme.measures import Measure
    from accord.world import World


@dataclass(frozen=True)
class Checked:
    """A programme matched with a World.

    Attributes:
        context: Shocks of the measures with role `context`, in the World's own labels.
        decisions: Shocks of the measures with role `decision`.
        notes: What the reader must know: economies that this World cannot tell apart, flows that are zero in the base.
        partners: Partners in the World's own region codes; an aggregate stands for partners that it covers wholly.
    """

    context: tuple[Shock, ...]
    decisions: tuple[Shock, ...]
    notes: tuple[str, ...]
    partners: tuple[str, ...]


@dataclass
class _Matching:
    """Collects faults and notes while labels are matched."""

    world: World
    partners: tuple[str, ...]
    of_sets: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        members = self.world.data["region_members"].to_numpy()
        self.members = {
            region: tuple(str(codes).split())
            for region, codes in zip(self.world.regions, members, strict=True)
        }
        self.home = {code: region for region, codes in self.members.items() for code in codes}
        kinds = (str(kind) for kind in self.world.data["sector_kind"].to_numpy())
        self.kind = dict(zip(self.world.sectors, kinds, strict=True))

    def regions(self, labels: Labels, where: str) -> Labels:
        """Match region labels: codes of the World, members of its aggregates, '@partners', '@others', '@all'."""
        if labels is None:
            return None
        chosen: set[str] = set()
        named: set[str] = set()
        for label in labels:
            if label == "@partners":
                chosen |= set(self.partners)
            elif label == "@others":
                chosen |= set(self.world.regions) - set(self.partners)
            elif label == "@all":
                chosen |= set(self.world.regions)
            elif label in self.world.regions:
                chosen.add(label)
            elif label in self.home:
                named.add(label)
            elif label in self.of_sets:
                self.notes.append(
                    f"{where}: World '{self.world.name}' does not have {label}, which a named set holds; it is left out"
                )
            else:
                self.unknown("region", label, (*self.world.regions, *self.home, *region_sets()), where)
        chosen |= self._whole_aggregates(named, chosen, where)
        if not chosen:
            self._empty("region", labels, where)
        return tuple(region for region in self.world.regions if region in chosen)

    def _whole_aggregates(self, named: set[str], chosen: set[str], where: str) -> set[str]:
        whole: set[str] = set()
        for region in sorted({self.home[code] for code in named} - chosen):
            inside = named & set(self.members[region])
            if inside == set(self.members[region]):
                whole.add(region)
            else:
                self.notes.append(
                    f"{where}: {', '.join(sorted(inside))} cannot be told apart inside {region} "
                    f"({self.world.region_names[region]}) of World '{self.world.name}' and "
                    f"{'is' if len(inside) == 1 else 'are'} left out; a World with finer regions includes them"
                )
        return whole

    def sectors(self, labels: Labels, where: str) -> Labels:
        """Match sector labels: codes of the World, '@goods' (energy included), '@energy', '@services', '@all'."""
        if labels is None:
            return None
        classes = {"@goods": {"goods", "energy"}, "@energy": {"energy"}, "@services": {"services"}}
        chosen: set[str] = set()
        for label in labels:
            if label == "@all":
                chosen |= set(self.world.sectors)
            elif label in classes:
                chosen |= {sector for sector, kind in self.kind.items() if kind in classes[label]}
            elif label in self.world.sectors:
                chosen.add(label)
            else:
                self.unknown("sector", label, self.world.sectors, where)
        return tuple(sector for sector in self.world.sectors if sector in chosen)

    def uses(self, labels: Labels, where: str) -> Labels:
        """Match users: using sectors, final uses, '@intermediate', '@final', or a class of sectors."""
        if labels is None:
            return None
        chosen: set[str] = set()
        for label in labels:
            if label == "@intermediate":
                chosen |= set(self.world.sectors)
            elif label == "@final":
                chosen |= set(self.world.uses)
            elif label in self.world.uses:
                chosen.add(label)
            else:
                chosen |= set(self.sectors((label,), where) or ())
        return tuple(user for user in (*self.world.sectors, *self.world.uses) if user in chosen)

    def unknown(self, what: str, label: str, known: Iterable[str], where: str) -> None:
        """Record a label that the World does not have."""
        self.faults.append(
            Fault(
                where=where,
                found=f"unknown {what} '{label}'",
                expected=f"a {what} of World '{self.world.name}'",
                remedy=f"{nearest(label, known)} List all names with: accord world show {self.world.name} --{what}s".strip(),
            )
        )

    def _empty(self, what: str, labels: Sequence[str], where: str) -> None:
        if not any(fault.where == where for fault in self.faults):
            self.faults.append(
                Fault(
                    where=where,
                    found=f"no {what} of World '{self.world.name}' is selected by {', '.join(labels)}",
                    expected=f"at least one {what}",
                    remedy=(
                        "a named set holds them: name the members that the World has, as partners and wherever each member counts alone"
                        if self.of_sets.issuperset(labels)
                        else f"use a World with finer regions, or other codes: accord world show {self.world.name} --{what}s"
                    ),
                )
            )


def check_programme(programme: Programme, world: World) -> Checked:
    """Match every label of `programme` with `world`; raise a `ProgrammeError` that lists every fault.

    Returns:
        The programme's shocks in the World's labels, with notes for the outcome.
    """
    programme = coupled(programme)
    matching = _Matching(world, (), members_of_sets(programme.groups.regions))
    partners = matching.regions(tuple(programme.partners), f"{programme.name}, partners") or ()
    matching.partners = partners
    matching.faults.extend(_missing_partners(matching, programme.partners))
    context = _matched(matching, programme.shocks(roles=("context",)))
    decisions = _matched(matching, programme.shocks(roles=("decision",)))
    everything = (*context, *decisions)
    faults = [
        *in_words_of_the_file(programme, matching.faults),
        *overlapping_sectors(programme, everything),
        *sites_outside(programme, everything),
        *differing_preferences(everything),
    ]
    if not faults:  # labels are known, so that flows can be read
        faults += more_than_all(world, everything)
    if faults:
        raise ProgrammeError(faults)
    context, decisions = contracts_of(world, context), contracts_of(world, decisions)
    notes = dict.fromkeys(
        (
            *programme.notes(),
            *matching.notes,
            *paid_by_others(programme, partners, decisions),
            *home_lines(everything),
            *multiplied(world, everything),
        )
    )
    return Checked(context, decisions, tuple(notes), partners)


def matcher(programme: Programme, world: World) -> Callable[[Shock], Shock]:
    """Return a function that says shocks of `programme` in the labels of `world`, and remembers each selection of labels.

    For many copies of a programme that differ in numbers alone; `check_programme` has found their labels without fault.
    """
    matching = _Matching(world, ())
    matching.partners = matching.regions(tuple(programme.partners), "partners") or ()
    names = _Remembered(_Names(matching, ""))
    return lambda shock: shock.relabelled(names)


@dataclass(frozen=True)
class _Remembered:
    """A `Naming` that asks another one about each selection of labels once."""

    naming: Naming
    known: dict[tuple[str, Labels], Any] = field(default_factory=dict)

    def _once(self, what: str, labels: Labels, ask: Callable[[], Any]) -> Any:
        key = (what, labels)
        if key not in self.known:
            self.known[key] = ask()
        return self.known[key]

    def regions(self, labels: Labels, key: str) -> Labels:
        return self._once("regions", labels, lambda: self.naming.regions(labels, key))

    def sectors(self, labels: Labels, key: str) -> Labels:
        return self._once("sectors", labels, lambda: self.naming.sectors(labels, key))

    def users(self, labels: Labels, key: str) -> Labels:
        return self._once("users", labels, lambda: self.naming.users(labels, key))

    def party(self, label: str, key: str) -> str:
        return self._once("party", (label,), lambda: self.naming.party(label, key))


def match_shocks(programme: Programme, world: World, shocks: Iterable[Shock]) -> tuple[Shock, ...]:
    """Return shocks that a measure of `programme` makes besides its effects, in the World's labels."""
    matching = _Matching(world, ())
    matching.partners = matching.regions(tuple(programme.partners), f"{programme.name}, partners") or ()
    without_groups = Expansion(programme.groups.regions, programme.groups.sectors)
    found = _matched(matching, (shock.relabelled(without_groups) for shock in shocks))
    if matching.faults:
        raise ProgrammeError(matching.faults)
    return found


def matched_terms(programme: Programme, world: World, measure: Measure) -> SupplyTermsShock:
    """The supply terms of one measure in the World's labels, as `contracts_of` will find them; its labels are known to match."""
    matching = _Matching(world, ())
    matching.partners = matching.regions(tuple(programme.partners), "partners") or ()
    for shock in _matched(matching, programme.only([measure.id]).shocks()):
        if isinstance(shock, SupplyTermsShock):
            return shock
    raise ProgrammeError([Fault(f"measure '{measure.id}'", "it makes no supply terms", "kind energy-supply")])


def _missing_partners(matching: _Matching, partners: Sequence[str]) -> list[Fault]:
    """Partners that are inside a region of which other members are no partners: no verdict can be given on them."""
    world = matching.world
    hidden = {
        partner: matching.home[partner]
        for partner in partners
        if partner in matching.home and matching.home[partner] not in matching.partners
    }
    return [
        Fault(
            where="partners",
            found=f"World '{world.name}' cannot tell {partner} apart inside {region} ({world.region_names[region]})",
            expected="each partner as a region, or as one of the members of a region that are all partners",
            remedy="use a World with finer regions: --world icio-2022",
        )
        for partner, region in hidden.items()
    ]


def _matched(matching: _Matching, shocks: Iterable[Shock]) -> tuple[Shock, ...]:
    return tuple(_match(matching, shock) for shock in shocks)


def _match(matching: _Matching, shock: Shock) -> Shock:
    where = f"measure '{shock.measure}'"
    if isinstance(shock, TariffShock) and shock.schedule is not None:
        _check_schedule(matching, shock.schedule, where)
    return shock.relabelled(_Names(matching, where))


@dataclass(frozen=True)
class _Names:
    """A `Naming` that matches the labels of one measure with the World; faults go to `matching`."""

    matching: _Matching
    where: str

    def regions(self, labels: Labels, key: str) -> Labels:
        return self.matching.regions(labels, f"{self.where}, {key}")

    def sectors(self, labels: Labels, key: str) -> Labels:
        return self.matching.sectors(labels, f"{self.where}, {key}")

    def users(self, labels: Labels, key: str) -> Labels:
        return self.matching.uses(labels, f"{self.where}, {key}")

    def party(self, label: str, key: str) -> str:
        # A member of an aggregate pays out of the aggregate's income: nothing finer is known.
        matched = self.matching.regions((self.matching.home.get(label, label),), f"{self.where}, {key}")
        return matched[0] if matched else label


def _check_schedule(matching: _Matching, schedule: str, where: str) -> None:
    data = matching.world.data
    known = [str(name) for name in data.indexes["schedule"]] if "tariff_schedules" in data else []
    if schedule not in known:
        matching.faults.append(
            Fault(
                where=f"{where}, schedule",
                found=f"World '{matching.world.name}' has no tariff schedule '{schedule}'",
                expected=f"one of: {', '.join(known)}" if known else "a World that carries tariff schedules",
                remedy=nearest(schedule, known) or "state `new_rate` or `change` instead",
            )
        )
