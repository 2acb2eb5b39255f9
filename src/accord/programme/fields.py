"""Types of the fields of a programme file: lists of codes, dates, text. They say what they want in the words of the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from accord.programme.problems import complaint, shown


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise complaint(f"{shown(value)} is not text", "text in quotes")
    if not value.strip():
        raise complaint("the text is empty", "some words")
    return value


def _slug(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", value):
        raise complaint(
            f"{shown(value)} is no short name",
            "a name of letters, digits, '-' and '_', such as \"no-barriers-on-goods\"",
        )
    return value


def _code_list(value: object) -> object:
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, list | tuple):
        raise complaint(
            f"{shown(value)} is no list of names",
            'a list of names, such as ["BLR", "RUS"], or one name in quotes',
        )
    names = tuple(cast("Sequence[object]", value))
    if not names:
        raise complaint(
            "the list is empty",
            "at least one name",
            "Leave the key out to mean all of them, where that is allowed.",
        )
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise complaint(f"{shown(name)} in the list is no name", "names in quotes")
    doubled = sorted({str(name) for name in names if names.count(name) > 1})
    if doubled:
        raise complaint(
            f"{', '.join(doubled)} stands there more than once", "each name once", "Delete the repeated name."
        )
    return names


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    expected = "a date as TOML writes it: 2024-02-15, without quotes"
    if isinstance(value, datetime):
        raise complaint(f"{value.isoformat()} is a moment", expected, f"Write {value.date().isoformat()}.")
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise complaint(f"{shown(value)} is text", expected, "Take the quotes away.")
    if isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2200:
        raise complaint(
            f"{value} is a year alone", expected, f"Name the day: {value}-01-01, or {value}-12-31."
        )
    raise complaint(f"{shown(value)} is no date", expected)


def _table_list(value: object) -> Any:
    if isinstance(value, list):
        return tuple(cast("list[object]", value))
    return (value,) if isinstance(value, dict) else value


class _AsList:
    """Reads one table as a list of one, and says so in the JSON Schema."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_table_list, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(schema)
        choices = found.get("anyOf", [found])
        tables = [
            choice["items"]
            for choice in choices
            if isinstance(choice.get("items"), dict) and "$ref" in choice["items"]
        ]
        return {"anyOf": [*choices, *tables]} if tables else found


_CODES_SCHEMA = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
    ]
}

Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": "string", "minLength": 1})]
"""Text that is not empty."""

Slug = Annotated[
    str, BeforeValidator(_slug), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]*$"})
]
"""A short name."""

Codes = Annotated[tuple[str, ...], BeforeValidator(_code_list), WithJsonSchema(_CODES_SCHEMA)]
"""Names of regions, sectors or uses, of groups of them, or class words; one name may stand without its list."""

Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A calendar day."""

AS_LIST = _AsList()
"""For tuples of tables: TOML gives lists; one table may stand without its list."""
