"""One bad programme file per error, each beside the full message that it must give (`make golden` rewrites; read the diff)."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme

FOLDER = Path(__file__).parent / "programmes"
BAD_FILES = sorted(FOLDER.glob("*.toml"))


def message_of(path: Path) -> str:
    with pytest.raises(ProgrammeError) as caught:
        read_programme(path)
    return f"{caught.value}\n"


@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
def test_bad_file_gives_its_full_message(path: Path, update_golden: bool):
    message = message_of(path)
    expected = path.with_suffix(".txt")
    if update_golden:
        expected.write_text(message, encoding="utf-8")
    assert message == expected.read_text(encoding="utf-8")


def test_every_message_belongs_to_a_file():
    assert {path.stem for path in BAD_FILES} == {path.stem for path in FOLDER.glob("*.txt")}
    assert len(BAD_FILES) >= 40


@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
def test_no_message_speaks_pydantic(path: Path):
    message = message_of(path)
    for word in (
        "pydantic",
        "Input should",
        "validation error",
        "type=",
        "Extra inputs",
        "Field required",
        "None",
    ):
        assert word not in message
    assert str(path.parent) not in message  # the file's name says enough


def test_every_fault_of_a_file_is_listed_in_the_order_of_its_lines():
    with pytest.raises(ProgrammeError) as caught:
        read_programme(FOLDER / "everything_at_once.toml")
    lines = [int(fault.where.split("line ")[1].split(",")[0]) for fault in caught.value.faults]
    assert lines == sorted(lines)
    assert len(lines) == 12


def test_missing_file_names_the_nearest_one(tmp_path: Path):
    (tmp_path / "union_state.toml").write_text("")
    with pytest.raises(ProgrammeError, match=r"Did you mean 'union_state\.toml'"):
        read_programme(tmp_path / "union_stat.toml")


def test_missing_folder_is_said(tmp_path: Path):
    with pytest.raises(ProgrammeError, match="no folder"):
        read_programme(tmp_path / "nowhere" / "union_state.toml")


def test_folder_lists_the_programmes_in_it(tmp_path: Path):
    (tmp_path / "union_state.toml").write_text("")
    with pytest.raises(ProgrammeError, match=r"this is a folder.(?s:.*)It holds: union_state.toml"):
        read_programme(tmp_path)


def test_what_is_no_source_at_all_is_refused():
    with pytest.raises(ProgrammeError, match="cannot read a programme from int"):
        read_programme(3)  # pyright: ignore[reportArgumentType]
