"""`accord check`: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accord.cli import main

BAD = Path(__file__).parents[1] / "border" / "programmes" / "everything_at_once.toml"
GOOD = Path(__file__).parents[1] / "study" / "toy_union.toml"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["check", *arguments])
    return int(ended.value.code or 0)


def test_every_fault_goes_to_standard_error_with_exit_code_4(capsys):
    assert run(str(BAD)) == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"accord: {BAD.with_suffix('.txt').read_text(encoding='utf-8')}"


def test_json_lists_the_faults_and_nothing_else(capsys):
    assert run(str(BAD), "--json") == 4
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert len(found["faults"]) == 12
    assert set(found["faults"][0]) == {"where", "found", "expected", "remedy"}


def test_right_file_is_summed_up(capsys):
    assert run(str(GOOD), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert found["world"] == "toy"
    assert found["measures"] == {
        "decisions": 2,
        "context": 1,
        "by_area": {"barriers": 1, "industry": 1, "third-country-response": 1},
    }
    assert len(found["assumptions"]) == found["numbers"] == 8


def test_summary_for_people_names_partners_and_world(capsys):
    assert run(str(GOOD)) == 0
    printed = capsys.readouterr().out
    assert "no fault found; names match World 'toy'" in printed
    assert "ARC, BEL" in printed
