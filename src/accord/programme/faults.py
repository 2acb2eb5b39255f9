"""Problems in the words that a user reads: pydantic's errors rewritten, and keys turned into places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from accord.errors import nearest
from accord.programme.problems import COMPLAINT, KeyPath, Problem, shown
from accord.programme.settings import meanings

TYPES = {
    "bool_type": "true or false",
    "float_type": "a number",
    "finite_number": "a number, neither inf nor nan",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "tuple_type": "a list",
}
"""What is expected, by pydantic's type of error."""


def problem_of(
    error: ErrorDetails, kind: type[BaseModel], belongs: Mapping[str, str] | None = None
) -> Problem:
    """Return an error of pydantic as a problem in our words.

    Args:
        error: One entry of `ValidationError.errors()`.
        kind: Class that was being read.
        belongs: For keys that belong elsewhere: a sentence that says where.
    """
    at = _key_path(error["loc"])
    match error["type"]:
        case str(name) if name == COMPLAINT:
            context = cast("Mapping[str, str]", error.get("ctx", {}))
            return Problem(at, context["found"], context["expected"], context["remedy"])
        case "missing":
            return Problem(at, "the key is missing", _meaning(kind, at))
        case "extra_forbidden":
            return _unknown_key(at, _known_keys(kind, at), belongs or {})
        case "literal_error" if error["loc"][-1] == "[key]":
            return _unknown_key(at, _choices(error), {})
        case "literal_error":
            choices = _choices(error)
            remedy = nearest(str(error["input"]), choices)
            return Problem(
                at, f"unknown value {shown(error['input'])}", f"one of: {', '.join(choices)}", remedy
            )
        case name:
            expected = TYPES.get(name, _meaning(kind, at) or "another value")
            return Problem(at, f"{shown(error['input'])} does not fit", expected)


def where_of(
    at: KeyPath,
    file: str,
    named: Mapping[int, tuple[str | None, str | None]],
    lines: Mapping[KeyPath, int] | None = None,
) -> str:
    """Return the place of a key: "food.toml, line 7, measure 2 'apples' (tariff), key 'sectors'".

    Args:
        at: Way to the key; where the key is missing, the line is that of what it is missing from.
        file: Name of the file or programme.
        named: Id and kind of each measure, as far as they are known.
        lines: Line of each key.
    """
    parts = [file]
    line = (
        next((lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in lines), None) if lines else None
    )
    if line is not None:
        parts.append(f"line {line}")
    inside = at
    if len(at) >= 2 and at[0] == "measure" and isinstance(at[1], int):
        identity, kind = named.get(at[1], (None, None))
        name = f" '{identity}'" if identity else ""
        parts.append(f"measure {at[1] + 1}{name}" + (f" ({kind})" if kind else ""))
        inside = at[2:]
    if inside:
        parts.append(f"key '{_dotted(inside)}'")
    return ", ".join(parts)


def _dotted(at: KeyPath) -> str:
    text = ""
    for part in at:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _key_path(location: tuple[int | str, ...]) -> KeyPath:
    return tuple(part for part in location if part != "[key]")


def _choices(error: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))


def _unknown_key(at: KeyPath, known: Iterable[str], belongs: Mapping[str, str]) -> Problem:
    key, known = str(at[-1]), list(known)
    remedy = nearest(key, known)
    if not remedy and key in belongs:
        remedy = belongs[key]
    return Problem(at, f"unknown key '{key}'", f"one of: {', '.join(known)}", remedy)


def _known_keys(kind: type[BaseModel], at: KeyPath) -> list[str]:
    owner = _owner(kind, at)
    return [info.alias or name for name, info in owner.model_fields.items()]


def _meaning(kind: type[BaseModel], at: KeyPath) -> str:
    """First sentence of the docstring of the field at `at`, without its full stop."""
    owner = _owner(kind, at)
    fields = {info.alias or name: name for name, info in owner.model_fields.items()}
    text = meanings(owner).get(fields.get(str(at[-1]), ""), "")
    sentence = re.split(r"(?<=[a-z\d)`])\.(?:\s|$)", " ".join(text.split()))[0]
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence


def _owner(kind: type[BaseModel], at: KeyPath) -> type[BaseModel]:
    """Class of the table that holds the last key of `at`."""
    for part in at[:-1]:
        if isinstance(part, str):
            fields = {info.alias or name: info for name, info in kind.model_fields.items()}
            kind = _model_within(fields[part].annotation) or kind if part in fields else kind
    return kind


def _model_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _model_within(argument)
        if found:
            return found
    return None
