"""Changes of a programme from outside its file: `--set measure.barriers.cut=0.3`, or a mapping in Python."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.problems import KeyPath

Overrides = Mapping[str, Any] | Sequence[str]
"""Dotted keys with their values, or texts "key=value" with values as TOML writes them."""

WHERE = "option --set"
EXAMPLE = "measure.ID.key=value, such as measure.barriers.cut=0.3, or a key of the head: discount_rate=0.03"
SOURCE = "assumption: set on the command line"


def with_overrides(content: Mapping[str, Any], overrides: Overrides) -> dict[str, Any]:
    """Return the content of a file with values replaced; keys that lead nowhere are listed as faults.

    A bare number in place of an estimate with a range becomes an estimate without one, whose source says that it was set.
    """
    changed = copy.deepcopy(dict(content))
    faults: list[Fault] = []
    for key, value in _pairs(overrides, faults):
        fault = _replaced(changed, key, value)
        if fault is not None:
            faults.append(fault)
    if faults:
        raise ProgrammeError(faults)
    return changed


def changed_keys(content: Mapping[str, Any], overrides: Overrides) -> set[KeyPath]:
    """Return the way to each key that overrides have set in `content`, in which they are made already."""
    ways: set[KeyPath] = set()
    tables = content.get("measure", [])
    listed = cast("list[object]", tables if isinstance(tables, list) else [tables])
    places = {
        str(cast("dict[str, Any]", table).get("id")): place
        for place, table in enumerate(listed)
        if isinstance(table, dict)
    }
    for key, _ in _pairs(overrides, []):
        parts = key.split(".")
        if parts[0] == "measure":
            ways.add(("measure", places[parts[1]], *parts[2:]))
        else:
            ways.add(tuple(parts))
    return ways


def _pairs(overrides: Overrides, faults: list[Fault]) -> list[tuple[str, Any]]:
    if isinstance(overrides, Mapping):
        return list(overrides.items())
    pairs: list[tuple[str, Any]] = []
    for text in overrides:
        key, mark, value = text.partition("=")
        if not mark or not key.strip() or not value.strip():
            faults.append(Fault(WHERE, f"'{text}' is no change", EXAMPLE))
            continue
        pairs.append((key.strip(), _value(value.strip())))
    return pairs


def _value(text: str) -> Any:
    """A value as TOML would read it; anything else is text."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return parsed["value"] if list(parsed) == ["value"] else text


def _replaced(content: dict[str, Any], key: str, value: Any) -> Fault | None:
    """Put `value` at `key`; a fault where the way to it does not exist."""
    where = f"{WHERE} {key}"
    parts = key.split(".")
    if not all(parts):
        return Fault(where, "the key has an empty part", EXAMPLE)
    table: Any = content
    if parts[0] == "measure":
        if len(parts) < 3:
            return Fault(where, "the key names no key of a measure", EXAMPLE)
        found = _measure(content, parts[1])
        if isinstance(found, str):
            return Fault(
                where, f"no measure has the id '{parts[1]}'", "the id of a measure of the file", found
            )
        table, parts = found, parts[2:]
    for part in parts[:-1]:
        inner = cast("dict[str, Any]", table).get(part)
        if inner is None:
            inner = cast("dict[str, Any]", table)[part] = {}
        if not isinstance(inner, dict):
            return Fault(
                where,
                f"'{part}' holds a plain value",
                "a table",
                f"Set the whole: {key.rsplit('.', 1)[0]}=...",
            )
        table = cast("dict[str, Any]", inner)
    old, last = cast("dict[str, Any]", table).get(parts[-1]), parts[-1]
    if (
        isinstance(old, dict)
        and "central" in old
        and isinstance(value, int | float)
        and not isinstance(value, bool)
    ):
        value = {"central": value, "source": SOURCE}
    elif (
        last in {"central", "low", "high"} and isinstance(value, int | float) and not isinstance(value, bool)
    ):
        _widen(cast("dict[str, Any]", table), last, float(value))
    cast("dict[str, Any]", table)[last] = value
    return None


def _widen(estimate: dict[str, Any], part: str, value: float) -> None:
    """Let the range reach a central value that is set outside it."""
    if part != "central":
        return
    for bound, beyond in (("low", min), ("high", max)):
        if isinstance(estimate.get(bound), int | float):
            estimate[bound] = beyond(estimate[bound], value)


def _measure(content: Mapping[str, Any], name: str) -> dict[str, Any] | str:
    """The measure with this id, or a hint."""
    tables = content.get("measure", [])
    listed = cast("list[object]", tables if isinstance(tables, list) else [tables])
    known: dict[str, dict[str, Any]] = {
        str(cast("dict[str, Any]", table)["id"]): cast("dict[str, Any]", table)
        for table in listed
        if isinstance(table, dict) and "id" in table
    }
    if name in known:
        return known[name]
    return f"{nearest(name, known)} It has: {', '.join(known) or 'none'}.".strip()
