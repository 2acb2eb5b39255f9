"""`accord init` writes what passes `accord check` and runs; `accord schema` prints what editors read."""

from __future__ import annotations

import json
import tomllib

import jsonschema
import pytest

from accord.programme.schema import programme_schema


@pytest.mark.medium
@pytest.mark.parametrize(
    ("partners", "world"),
    [(("ARC", "BEL"), "toy"), (("BLR", "RUS"), "embedded"), (("EU27", "GBR"), "embedded")],
)
def test_a_starter_passes_its_check_and_keeps_the_schema(accord, tmp_path, partners, world):
    file = tmp_path / "new.toml"
    code, out, _ = accord("init", *partners, "--world", world, "--out", file, "--schema")
    assert (code, "Written: " in out) == (0, True)
    assert accord("check", file)[0] == 0
    text = file.read_text()
    assert text.startswith("#:schema ./programme.schema.json\n")
    content = json.loads(json.dumps(tomllib.loads(text), default=str))
    jsonschema.validate(content, json.loads((tmp_path / "programme.schema.json").read_text()))


@pytest.mark.medium
def test_a_starter_runs_and_a_changed_run_verifies(accord, tmp_path):
    file, folder = tmp_path / "new.toml", tmp_path / "run"
    assert accord("init", "ARC", "BEL", "--world", "toy", "--out", file)[0] == 0
    code, out, _ = accord(
        "run", file, "--set", "measure.fewer-barriers.cut=0.3", "--no-variants", "--out", folder, "--json"
    )
    assert code == 0
    assert json.loads(out)["files"]["directory"] == str(folder)
    assert "# set from outside: measure.fewer-barriers.cut=0.3" in (folder / "programme.toml").read_text()
    assert accord("verify", folder)[0] == 0


def test_an_existing_file_is_never_overwritten_and_unknown_partners_are_named(accord, tmp_path):
    file = tmp_path / "new.toml"
    file.write_text("mine")
    code, _, err = accord("init", "ARC", "BEL", "--world", "toy", "--out", file)
    assert (code, file.read_text()) == (4, "mine")
    assert "is not overwritten" in err
    code, _, err = accord("init", "ARC", "BELL", "--world", "toy", "--out", tmp_path / "other.toml")
    assert code == 4
    assert "Did you mean 'BEL'" in err
    assert not (tmp_path / "other.toml").exists()


def test_the_schema_is_printed_and_written(accord, tmp_path):
    _, out, _ = accord("schema")
    assert json.loads(out) == programme_schema()
    assert accord("schema", "--out", tmp_path / "s.json")[0] == 0
    assert json.loads((tmp_path / "s.json").read_text()) == programme_schema()


def test_check_takes_changes(accord, repository):
    file = repository / "tests" / "study" / "toy_union.toml"
    assert accord("check", file, "--set", "discount_rate=0.03")[0] == 0
    code, _, err = accord("check", file, "--set", "discount_rate=3")
    assert code == 4
    assert "3 is out of range" in err


@pytest.mark.parametrize(
    "words",
    [
        ("run", "FILE"),
        ("odds", "FILE"),
        ("delay", "FILE"),
        ("status", "FILE"),
        ("regions", "FILE"),
        ("bargain", "FILE"),
        ("sweep", "FILE", "fewer-barriers.cut=0.1,0.2"),
        ("compare", "FILE", "FILE"),
        ("explain", "FILE", "fewer-barriers"),
        ("energy", "breakeven", "FILE", "gas"),
        ("energy", "lcoe", "FILE"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_every_question_about_a_programme_takes_changes(accord, repository, words):
    file = str(repository / "tests" / "study" / "toy_union.toml")
    given = [file if word == "FILE" else word for word in words]
    code, out, err = accord(*given, "--set", "discount_rate=3")
    assert (code, out) == (4, "")
    assert "key 'discount_rate': 3 is out of range" in err
