"""What commands leave with --out can be asked again: `accord verify` (issue 6, part 9)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

TOY = Path(__file__).resolve().parents[1] / "study" / "toy_union.toml"


@pytest.fixture
def swept(tmp_path, accord):
    """A sweep whose programme file is gone afterwards: the record keeps what it needs."""
    file = tmp_path / "mine.toml"
    shutil.copy(TOY, file)
    out = tmp_path / "runs" / "swept"
    words = ("papers.cut=0.2,0.4", "--set", "discount_rate=0.03", "--out", out, "--quiet")
    code, _, err = accord("sweep", file, *words)
    assert code == 0, err
    file.unlink()
    return out


def test_an_answer_is_asked_again_after_its_folder_moved(swept, accord):
    moved = swept.with_name("elsewhere")
    swept.rename(moved)
    code, out, err = accord("verify", moved, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["reproduces"]
    assert found["same_bytes"]
    assert {row["table"] for row in found["tables"]} == {"sweep"}
    record = json.loads((moved / "record.json").read_text("utf-8"))
    assert record["words"] == ["sweep", "inputs/1/mine.toml", "papers.cut=0.2,0.4"]
    assert "discount_rate = 0.03" in (moved / "inputs/1/mine.toml").read_text("utf-8")


def test_changed_files_and_records_are_refused_and_answers_are_listed_as_such(swept, accord):
    code, listed, _ = accord("runs", "list", "--folder", swept.parent, "--json")
    row = json.loads(listed)["runs"][0]
    assert (code, row["command"], row["fault"]) == (0, "sweep", "")
    code, _, err = accord("explain", swept, "ARC")
    assert code == 6
    assert "not a whole run" in err
    table = swept / "tables" / "sweep.csv"
    table.write_text(table.read_text("utf-8").replace("ARC", "ARX"), "utf-8")
    code, _, err = accord("verify", swept)
    assert code == 6
    assert "was changed after the run" in err
    record = swept / "record.json"
    record.write_text(record.read_text("utf-8").replace("papers.cut=0.2", "papers.cut=0.3"), "utf-8")
    code, _, err = accord("verify", swept)
    assert code == 6
    assert "changed after it was written" in err
