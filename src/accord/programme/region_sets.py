"""Sets of regions by name (EU27, EAEU, G7 ...), from a table that comes with accord; a file may name them without defining them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, cast

LABELLED = ("partners", "groups", "measure")
"""Keys of a file below which regions are named."""

PROSE = frozenset(
    {"id", "title", "area", "kind", "source", "status_source", "legal_act", "evidence", "name", "file"}
)
"""Keys whose text names no region."""


@dataclass(frozen=True, slots=True)
class RegionSet:
    """A set of regions with its evidence.

    Attributes:
        name: As files write it ("EU27").
        title: For readers.
        members: ISO 3166 alpha-3 codes.
        as_of: Day on which this membership holds.
        source: Treaty or declaration.
        since: Day on which some members joined.
        checked: Against what members and days were held; empty where they are from memory.
    """

    name: str
    title: str
    members: tuple[str, ...]
    as_of: date
    source: str
    since: Mapping[str, date]
    checked: str = ""


@cache
def region_sets() -> dict[str, RegionSet]:
    """Every set by name."""
    text = (resources.files("accord.programme") / "region_sets.toml").read_text(encoding="utf-8")
    return {
        name: RegionSet(
            name,
            str(entry["title"]),
            tuple(str(entry["members"]).split()),
            cast("date", entry["as_of"]),
            str(entry["source"]),
            cast("Mapping[str, date]", entry.get("since", {})),
            str(entry.get("checked", "")),
        )
        for name, entry in tomllib.loads(text).items()
    }


def with_region_sets(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a file with the sets that it names added to its groups; groups of its own stay as they are."""
    named = {text for key in LABELLED for text in _texts(content.get(key))} & set(region_sets())
    groups = content.get("groups", {})
    if not named or not isinstance(groups, Mapping):
        return dict(content)
    own = cast("Mapping[str, Any]", groups).get("regions", {})
    if not isinstance(own, Mapping):
        return dict(content)
    added = {name: list(region_sets()[name].members) for name in sorted(named) if name not in own}
    regions = {**cast("Mapping[str, Any]", own), **added}
    return {**content, "groups": {**cast("Mapping[str, Any]", groups), "regions": regions}}


def notes_on_sets(groups: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield what a reader must know of the groups of a programme: which are sets of accord's, and which take the name of one."""
    for name, members in groups.items():
        known = region_sets().get(name)
        if known is None:
            continue
        if set(members) == set(known.members):
            doubt = "" if known.checked else " (members from memory: check them)"
            yield f"{name} is {known.title}, membership of {known.as_of}: {known.source}{doubt}"
        else:
            yield f"group '{name}' of the file is used, not accord's set of that name ({known.title}, {len(known.members)} members)"


def members_of_sets(groups: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Codes that sets of accord's bring into a programme: a World need not have all of them."""
    return frozenset(
        code
        for name, members in groups.items()
        if name in region_sets() and set(members) == set(region_sets()[name].members)
        for code in members
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for entry in cast("list[object]", value):
            yield from _texts(entry)
    elif isinstance(value, Mapping):
        for key, entry in cast("Mapping[str, object]", value).items():
            if key not in PROSE:
                yield key
                yield from _texts(entry)
