"""Names in a programme file: class words, groups that the file defines, and codes that a World has.

Convention for shocks: a label that begins with "@" is a class ("@goods", "@partners"), which `study.check` resolves against
the World; every other label is a code. None means all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from accord.shocks import Flows, Labels

REGION_WORDS = {
    "all": "every region",
    "partners": "the programme's partners",
    "others": "every region that is no partner",
}
SECTOR_WORDS = {
    "all": "every sector",
    "goods": "agriculture, mining, energy and manufactures",
    "energy": "energy goods",
    "services": "services",
}
USE_WORDS = {
    **SECTOR_WORDS,
    "all": "every user",
    "intermediate": "every using sector",
    "final": "every final use",
}

Groups = Mapping[str, tuple[str, ...]]
Names = tuple[str, ...] | None


def as_labels(names: Names, words: Mapping[str, str]) -> Labels:
    """Return shock labels: class words get their "@"; None and "all" mean all."""
    if names is None or "all" in names:
        return None
    if words.keys().isdisjoint(names):  # most often; draws ask thousands of times
        return names
    return tuple([f"@{name}" if name in words else name for name in names])


@lru_cache(maxsize=1024)  # draws ask again and again, and flows do not move with their numbers
def flows_between(
    exporters: Names, importers: Names, sectors: Names, uses: Names = None, *, home: bool = False
) -> Flows:
    """Return flows by names as a file writes them."""
    return Flows(
        as_labels(exporters, REGION_WORDS),
        as_labels(importers, REGION_WORDS),
        as_labels(sectors, SECTOR_WORDS),
        as_labels(uses, USE_WORDS),
        home=home,
    )


@lru_cache(maxsize=1024)
def of_sector(flows: Flows, sector: str) -> Flows:
    """Return the same flows of the products of one sector, group or class alone."""
    return replace(flows, sectors=as_labels((sector,), SECTOR_WORDS))


def members(names: Iterable[str], groups: Groups) -> tuple[str, ...]:
    """Return `names` with every group replaced by its members, in order, each once; groups may hold groups."""
    found: dict[str, None] = {}
    for name in names:
        found.update(dict.fromkeys(members(groups[name], groups) if name in groups else (name,)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Expansion:
    """A `Naming` that replaces the groups of a file by their members."""

    region_groups: Groups
    sector_groups: Groups

    def regions(self, labels: Labels, key: str) -> Labels:
        """Return region labels without groups."""
        del key
        return self._of(labels, self.region_groups, REGION_WORDS)

    def sectors(self, labels: Labels, key: str) -> Labels:
        """Return sector labels without groups."""
        del key
        return self._of(labels, self.sector_groups, SECTOR_WORDS)

    def users(self, labels: Labels, key: str) -> Labels:
        """Return labels of users without groups."""
        del key
        return self._of(labels, self.sector_groups, USE_WORDS)

    def party(self, label: str, key: str) -> str:
        """Return `label`: a cost that each member of a group bears is split before (`Programme.shocks`)."""
        del key
        return label

    @staticmethod
    def _of(labels: Labels, groups: Groups, words: Mapping[str, str]) -> Labels:
        return None if labels is None else as_labels(members(labels, groups), words)
