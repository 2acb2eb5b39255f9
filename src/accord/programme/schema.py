"""The JSON Schema of programme files, with which editors complete and check as one types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast, get_args

from pydantic import BaseModel

from accord.programme.measures import KINDS
from accord.programme.programme import Programme
from accord.programme.settings import meanings


def programme_schema() -> dict[str, Any]:
    """Return the JSON Schema of a programme file (draft 2020-12)."""
    raw = Programme.model_json_schema(by_alias=True)
    _put_meanings(Programme, raw, raw["$defs"], set())
    schema = cast("dict[str, Any]", _without_nulls(raw))
    for measure in KINDS.values():
        definition = schema["$defs"][measure.__name__]
        definition["description"] = _first_paragraph(definition["description"])
        definition["required"] = [
            "kind",
            *definition["required"],
        ]  # a default in Python; a file must write it
    schema["properties"]["measure"]["items"] = _one_kind(schema["properties"]["measure"]["items"])
    schema["required"] = [*schema["required"], "measure"]
    schema["title"] = "accord programme"
    schema["description"] = "What partners mean to do together, read by accord."
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """Return the schema as the text of its published file."""
    return json.dumps(programme_schema(), indent=2, ensure_ascii=False) + "\n"


def _put_meanings(
    kind: type[BaseModel], table: dict[str, Any], definitions: Mapping[str, Any], done: set[type]
) -> None:
    """Write what each key means into the schema of its class, and of the classes of the tables that it may hold."""
    done.add(kind)
    known = meanings(kind)
    properties: dict[str, Any] = table.get(
        "properties", {}
    )  # an estimate, which has a schema of its own, has none
    for name, info in kind.model_fields.items():
        key = info.alias or name
        if name in known and "description" not in properties.get(key, {"description": ""}):
            properties[key] = dict(sorted({**properties[key], "description": known[name]}.items()))
        for inner in _models_within(info.annotation):
            if inner not in done and inner.__name__ in definitions:
                _put_meanings(inner, definitions[inner.__name__], definitions, done)


def _models_within(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_within(argument)


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


def _one_kind(items: dict[str, Any]) -> dict[str, Any]:
    """Say the choice of kinds so that an editor names the key that is wrong.

    A plain `oneOf` of all kinds is the same rule, but checkers then say of the whole measure that it is none of them. Here the kind
    that is written is held against its own definition (`if`, `then`), and the `anyOf`, which refuses nothing, is what editors complete
    from. Both tried with Taplo 0.9.3, which is what Even Better TOML runs.
    """
    mapping: dict[str, str] = items["discriminator"]["mapping"]
    one_of_them = {"properties": {"kind": {"enum": list(mapping)}}, "required": ["kind"]}
    return {
        "type": "object",
        "allOf": [
            {"if": one_of_them, "else": one_of_them},
            *(
                {
                    "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                    "then": {"$ref": place},
                }
                for kind, place in mapping.items()
            ),
        ],
        "anyOf": [*items["oneOf"], {}],
    }


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())
