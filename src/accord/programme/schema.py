"""The JSON Schema of programme files, with which editors complete and check as one types."""

from __future__ import annotations

import json
from typing import Any, cast

from accord.programme.measures import KINDS
from accord.programme.programme import Programme


def programme_schema() -> dict[str, Any]:
    """Return the JSON Schema of a programme file (draft 2020-12)."""
    schema = cast("dict[str, Any]", _without_nulls(Programme.model_json_schema(by_alias=True)))
    for measure in KINDS.values():
        definition = schema["$defs"][measure.__name__]
        definition["description"] = _first_paragraph(definition["description"])
        definition["required"] = [
            "kind",
            *definition["required"],
        ]  # a default in Python; a file must write it
    schema["required"] = [*schema["required"], "measure"]
    schema["title"] = "accord programme"
    schema["description"] = "What partners mean to do together, read by accord."
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """Return the schema as the text of its published file."""
    return json.dumps(programme_schema(), indent=2, ensure_ascii=False) + "\n"


def _without_nulls(schema: object) -> object:
    """Take out what says nothing about a TOML file: nulls, which TOML lacks, and titles made from keys."""
    if isinstance(schema, list):
        return [_without_nulls(entry) for entry in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    table = cast("dict[str, object]", schema)
    kept = {
        key: _without_nulls(value)
        for key, value in table.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }
    choices = kept.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in cast("list[dict[str, object]]", choices) if choice != {"type": "null"}]
        del kept["anyOf"]
        kept = {**rest[0], **kept} if len(rest) == 1 else {"anyOf": rest, **kept}
    return kept


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())
