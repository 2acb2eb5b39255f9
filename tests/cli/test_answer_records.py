"""What commands leave is held to its hashes and asked again: `accord verify` (issue 6, part 9)."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from accord.world import write_world
from accord.world.toy import toy_world

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


@pytest.mark.slow  # `test_every_answer.py` does it for every kind
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


@pytest.fixture
def records(tmp_path, monkeypatch):
    """Where commands leave records."""
    monkeypatch.delenv("ACCORD_NO_RECORD")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def extracted(records, accord):
    """What rests on trade inside a World in a file, and that file."""
    world = write_world(toy_world(), records / "mine.nc")
    code, _, err = accord("extract", "--within", "ARC", "BEL", "--world", "mine.nc")
    assert code == 0, err
    (folder,) = Path("runs").glob("*/")
    return folder, world


def test_one_changed_byte_of_any_file_is_named_with_what_was_found_and_expected(extracted, accord):
    folder, _ = extracted
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert {path.name for path in files} == {
        *("answer.json", "answer.txt", "record.json", "extractions.csv", "units.json")
    }
    for file in files:
        whole = file.read_bytes()
        middle = len(whole) // 2
        file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        code, out, err = accord("verify", folder)
        assert (code, out) == (6, "")
        assert str(file) in err
        if file.name != "record.json":
            found, expected = (
                hashlib.sha256(content).hexdigest()[:12] for content in (file.read_bytes(), whole)
            )
            assert f"{len(whole)} bytes with SHA-256 {found}" in err
            assert f"{len(whole)} bytes with SHA-256 {expected}" in err
            code, _, err = accord(
                "runs", "show", folder
            )  # nor is a changed answer shown as if it were the one
            assert (code, file.name in err) == (6, True)
        file.write_bytes(whole)
    (folder / "answer.txt").unlink()
    assert "the file is missing" in accord("verify", folder)[2]


def test_a_world_that_is_gone_or_another_is_named_with_what_to_do(extracted, accord, monkeypatch, tmp_path):
    folder, world = extracted
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert record["world_asked"] == str(world)
    monkeypatch.chdir(tmp_path.parent)  # found by its whole path
    changed = toy_world()
    half = changed.data["final_demand"] * 0.5
    world.unlink()
    code, _, err = accord("verify", tmp_path / folder)
    assert code == 6
    assert f"the World '{world}' of this answer cannot be read" in err
    assert record["world"]["content_hash"][:12] in err
    other = changed.with_data(
        {"final_demand": half, "value_added": changed.data["value_added"]}, step="halved"
    )
    monkeypatch.setattr("accord.world.read_world", lambda _: other)
    code, _, err = accord("verify", tmp_path / folder)
    assert code == 6
    assert (
        f"content hash {other.content_hash[:12]}..., expected {record['world']['content_hash'][:12]}" in err
    )


def test_an_input_too_large_to_be_kept_must_be_the_same_file(records, accord, monkeypatch):
    monkeypatch.setattr("accord.study.answer_record.MOST_BYTES", 10)
    lines = [f"co2,kt,{r},{s},1" for r in ("ARC", "BEL", "COR") for s in ("farming", "food", "machines")]
    file = records / "co2.csv"
    file.write_text("\n".join(["satellite,unit,region,sector,amount", *lines]), "utf-8")
    code, _, err = accord("footprints", "co2.csv", "--world", "toy")
    assert code == 0, err
    (folder,) = Path("runs").glob("*/")
    assert not (folder / "inputs").exists()
    expected = hashlib.sha256(file.read_bytes()).hexdigest()
    file.write_text(file.read_text("utf-8").replace("farming,1", "farming,2", 1), "utf-8")
    code, _, err = accord("verify", folder)
    assert code == 6
    assert f"{file}: not the file that this answer was made from" in err
    assert f"expected SHA-256 {expected[:12]}" in err
    file.unlink()
    assert "the file is missing" in accord("verify", folder)[2]


def test_no_record_is_left_when_nobody_wants_one_or_none_can_be_written(records, accord, monkeypatch):
    assert accord("energy", "lcoe", "--no-record")[0] == 0
    monkeypatch.setenv("ACCORD_NO_RECORD", "1")
    assert "Record" not in accord("energy", "lcoe")[1]
    assert not (records / "runs").exists()
    monkeypatch.delenv("ACCORD_NO_RECORD")
    (records / "runs").write_text("a file stands where the folder should")
    code, out, err = accord("energy", "lcoe", "--json")
    assert (code, json.loads(out)["directory"]) == (0, None)
    assert "no record is left" in err


def test_answers_are_exported_and_opened(extracted, accord, records):
    folder, _ = extracted
    written = json.loads(accord("runs", "export", folder.name, "--to", "csv", "--json")[1])["files"]
    assert [Path(file).name for file in written] == ["extractions.csv", "contents.csv"]
    about = (records / written[1]).read_text("utf-8")
    assert f"Command,accord extract --within ARC BEL --world {records / 'mine.nc'}" in about
    page = Path(accord("runs", "open", folder.name, "--no-browser")[1].strip()).read_text("utf-8")
    assert "<h1>accord extract: flows</h1>" in page
    assert "<caption>" in page
    assert accord("runs", "show", folder)[0] == 0  # the page is beside the record, and no part of it


def test_the_same_question_takes_the_place_of_its_answer_and_another_stands_beside_it(records, accord):
    for rates in (("0.03",), ("0.05",), ("0.03",)):
        assert accord("energy", "lcoe", "--rates", *rates)[0] == 0
    assert len([*Path("runs").glob("*/")]) == 2
