"""A programme as TOML text: what a run keeps when includes or changes from outside made it another than its file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, cast


def written(content: Mapping[str, Any], *, opening: str = "") -> str:
    """Return TOML text that reads back as `content`; `opening` becomes a comment at its top."""
    lines = [f"# {line}".rstrip() for line in opening.splitlines()]
    tables: dict[str, Mapping[str, Any]] = {
        key: cast("Mapping[str, Any]", value) for key, value in content.items() if isinstance(value, Mapping)
    }
    lists = {key: value for key, value in content.items() if _is_tables(value)}
    lines += [
        f"{_key(key)} = {_value(value)}"
        for key, value in content.items()
        if key not in tables and key not in lists
    ]
    for key, value in tables.items():
        lines += ["", f"[{_key(key)}]"]
        lines += [f"{_key(inner)} = {_value(entry)}" for inner, entry in value.items()]
    for key, entries in lists.items():
        for table in entries:
            lines += [
                "",
                f"[[{_key(key)}]]",
                *(f"{_key(inner)} = {_value(entry)}" for inner, entry in table.items()),
            ]
    return "\n".join(lines) + "\n"


def _is_tables(value: object) -> bool:
    if not isinstance(value, list | tuple) or not value:
        return False
    return all(isinstance(entry, Mapping) for entry in cast("list[object]", value))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(
            f"{_key(key)} = {_value(entry)}" for key, entry in cast("Mapping[str, object]", value).items()
        )
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(entry) for entry in cast("list[object]", value)) + "]"
    return repr(value)
