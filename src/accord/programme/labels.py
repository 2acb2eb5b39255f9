"""Names in a programme file: class words, groups that the file defines, and codes that a World has.

Convention for shocks: a label that begins with "@" is a class ("@goods", "@partners"), which `study.check` resolves against
the World; every other label is a code. None means all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from accord.shocks import FlowShock, Labels, ProductivityShock, Shock

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


def as_labels(names: tuple[str, ...] | None, words: Mapping[str, str]) -> Labels:
    """Return shock labels: class words get their "@"; None and "all" mean all."""
    if names is None or "all" in names:
        return None
    return tuple(f"@{name}" if name in words else name for name in names)


def members(names: Iterable[str], groups: Groups) -> tuple[str, ...]:
    """Return `names` with every group replaced by its members, in order, each once; groups may hold groups."""
    found: dict[str, None] = {}
    for name in names:
        found.update(dict.fromkeys(members(groups[name], groups) if name in groups else (name,)))
    return tuple(found)


def expanded(shock: Shock, regions: Groups, sectors: Groups) -> Shock:
    """Return `shock` with the groups among its labels replaced by their members."""

    def of(labels: Labels, groups: Groups, words: Mapping[str, str]) -> Labels:
        return None if labels is None else as_labels(members(labels, groups), words)

    if isinstance(shock, ProductivityShock):
        where = shock.producers
        where = replace(
            where,
            regions=of(where.regions, regions, REGION_WORDS),
            sectors=of(where.sectors, sectors, SECTOR_WORDS),
        )
        return replace(shock, producers=where)
    if isinstance(shock, FlowShock):
        flows = shock.flows
        flows = replace(
            flows,
            exporters=of(flows.exporters, regions, REGION_WORDS),
            importers=of(flows.importers, regions, REGION_WORDS),
            sectors=of(flows.sectors, sectors, SECTOR_WORDS),
            uses=of(flows.uses, sectors, USE_WORDS),
        )
        return replace(shock, flows=flows)
    return shock
