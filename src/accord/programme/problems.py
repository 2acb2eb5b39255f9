"""A thing wrong with a programme, said in the words of its file: which key, what was found, what would be right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from pydantic_core import PydanticCustomError

KeyPath = tuple[str | int, ...]
"""Way to a key through tables and lists: ("measure", 1, "ave", "low") is `low` of `ave` of the second measure."""

COMPLAINT = "accord"
"""Type of the pydantic errors whose context is already a finding of ours."""


class Problem(NamedTuple):
    """One thing wrong at one key.

    Attributes:
        at: Way to the key; the key itself may be missing.
        found: What stands there.
        expected: What would be right, with the range and its reason.
        remedy: The next step.
    """

    at: KeyPath
    found: str
    expected: str = ""
    remedy: str = ""

    def below(self, *prefix: str | int) -> Problem:
        """Return the same problem seen from further up."""
        return self._replace(at=(*prefix, *self.at))


def complaint(found: str, expected: str = "", remedy: str = "") -> PydanticCustomError:
    """Return the error that a pydantic validator raises so that `faults.py` can show it unchanged."""
    context = {"found": found, "expected": expected, "remedy": remedy}
    return PydanticCustomError(COMPLAINT, "{found}. Expected: {expected}. {remedy}", context)


def shown(value: object) -> str:
    """Return `value` as a TOML file would write it, cut short when long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, Mapping):
        text = "a table" if value else "an empty table"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(shown(item) for item in cast("Sequence[object]", value)) + "]"
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
