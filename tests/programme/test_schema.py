"""The published JSON Schema and reference page agree with the code and with the shipped programmes."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import transcripts
from accord.programme.measures import KINDS
from accord.programme.schema import programme_schema
from accord.programme.settings import meanings
from programme.examples import TARIFF, programme_table
from tools.generate_programme_reference import pages

REPOSITORY = Path(__file__).parents[2]
SHIPPED = sorted((REPOSITORY / "programmes").rglob("*.toml"))
BORDER = Path(__file__).parents[1] / "border" / "programmes"

schema = functools.cache(programme_schema)  # making it takes a second

REFUSED = {
    "cost_entries", "cost_not_stated", "dates", "empty", "estimate_without_source", "everything_at_once", "exchange_rate_in_words",
    "header", "import_substitution_contradictions", "include_no_list", "key_of_another_kind", "measures_misspelt", "missing_kind",
    "no_measure", "nuclear_plant", "number_in_quotes", "rate_in_per_cent", "regional_project_without_substance",
    "rent_share_and_sides", "sanction_by_two_measures", "share_in_base_in_per_cent", "training_and_works_abroad", "unit_misspelt",
    "unknown_area", "unknown_key", "unknown_kind", "unknown_status",
}  # fmt: skip
"""Bad files whose fault a JSON Schema can see. The others' lies between keys, measures or files, where `accord check` finds it."""


@pytest.mark.parametrize("name", sorted(pages()))
def test_published_page_is_fresh(name: str):
    published = REPOSITORY / "docs" / "reference" / name
    assert published.read_text(encoding="utf-8") == pages()[name], "python tools/check_docs_fresh.py --write"


def test_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_programme_keeps_the_schema(path: Path):
    jsonschema.validate(_as_json(tomllib.loads(path.read_text(encoding="utf-8"))), schema())


def test_the_programmes_that_pages_show_keep_the_schema():
    judge = jsonschema.Draft202012Validator(schema())
    shown = [
        (page, step)
        for page in transcripts.pages(REPOSITORY)
        for step in transcripts.steps(page)
        if step.file.endswith(".toml") and "[[measure]]" in step.text
    ]
    assert len(shown) > 3
    for page, step in shown:
        content = _as_json(tomllib.loads(step.text))
        assert not [error.message for error in judge.iter_errors(content)], (page.name, step.file)


def test_every_example_file_names_the_schema_where_it_lies():
    for file in SHIPPED:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("#:schema "), file
        named = (file.parent / first.removeprefix("#:schema ")).resolve()
        assert named == REPOSITORY / "docs" / "reference" / "programme.schema.json", file


def test_schema_refuses_every_bad_file_whose_fault_it_can_see():
    judge = jsonschema.Draft202012Validator(schema())
    refused: set[str] = set()
    for file in BORDER.glob("*.toml"):
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue  # an editor says that by itself
        if not judge.is_valid(_as_json(content)):
            refused.add(file.stem)
    assert refused >= REFUSED


def test_schema_names_the_key_that_is_wrong_and_not_the_whole_measure():
    judge = jsonschema.Draft202012Validator(schema())
    for changed, key in (
        ({"area": "barrier"}, "area"),
        ({"kind": "tarif"}, "kind"),
        ({"new_rate": 9}, "new_rate"),
    ):
        found = list(judge.iter_errors(programme_table({**TARIFF, **changed})))
        assert [list(error.absolute_path) for error in found] == [["measure", 0, key]]


@pytest.mark.parametrize(
    "changed", [{"tariff": 1}, {"kind": "tarif"}, {"new_rate": "0.1"}, {"area": "barrier"}, {"sectors": []}]
)
def test_schema_refuses_what_the_reader_refuses(changed: dict[str, Any]):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(programme_table({**TARIFF, **changed}), schema())


def test_every_kind_tells_what_to_collect_what_it_makes_and_what_it_ignores():
    page = pages()["measures.md"]
    for name, kind in KINDS.items():
        assert f"## Kind `{name}`" in page
        for heading in ("**Evidence to collect.**", "**Shocks.**", "**Ignores.**"):
            assert heading in (kind.__doc__ or ""), f"{name}: {heading}"
        assert all(meanings(kind).get(field) for field in kind.model_fields)


def _as_json(value: Any) -> Any:
    """TOML's dates as editors show them to a JSON Schema."""
    if isinstance(value, dict):
        return {key: _as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_as_json(entry) for entry in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value
