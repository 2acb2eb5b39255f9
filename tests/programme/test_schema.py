"""The published JSON Schema and reference page agree with the code and with the shipped programmes."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from accord.programme.measures import KINDS
from accord.programme.schema import programme_schema
from programme.examples import TARIFF, programme_table
from tools.generate_programme_reference import pages

REPOSITORY = Path(__file__).parents[2]
SHIPPED = sorted((REPOSITORY / "programmes").glob("*.toml"))


@pytest.mark.parametrize("name", sorted(pages()))
def test_published_page_is_fresh(name: str):
    published = REPOSITORY / "docs" / "reference" / name
    assert published.read_text(encoding="utf-8") == pages()[name], "python tools/check_docs_fresh.py --write"


def test_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(programme_schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_programme_keeps_the_schema(path: Path):
    jsonschema.validate(_as_json(tomllib.loads(path.read_text(encoding="utf-8"))), programme_schema())


@pytest.mark.parametrize(
    "changed", [{"tariff": 1}, {"kind": "tarif"}, {"new_rate": "0.1"}, {"area": "barrier"}, {"sectors": []}]
)
def test_schema_refuses_what_the_reader_refuses(changed: dict[str, Any]):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(programme_table({**TARIFF, **changed}), programme_schema())


def test_every_kind_tells_what_to_collect_what_it_makes_and_what_it_ignores():
    page = pages()["measures.md"]
    for name, kind in KINDS.items():
        assert f"## Kind `{name}`" in page
        for heading in ("**Evidence to collect.**", "**Shocks.**", "**Ignores.**"):
            assert heading in (kind.__doc__ or ""), f"{name}: {heading}"
        assert all(info.description for info in kind.model_fields.values())


def _as_json(value: Any) -> Any:
    """TOML's dates as editors show them to a JSON Schema."""
    if isinstance(value, dict):
        return {key: _as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_as_json(entry) for entry in value]
    return value.isoformat() if isinstance(value, dt.date) else value
