"""Whatever happens to a programme file, its reader answers in its own words: never a traceback of something else."""

from __future__ import annotations

import io
import random
import re
from pathlib import Path

import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme

PROGRAMMES = Path(__file__).parents[2] / "programmes"
FILES = sorted(PROGRAMMES.glob("*.toml"))
EVERY_FILE = sorted(PROGRAMMES.rglob("*.toml"))
STRANGE = [
    '""', "[]", "{}", "true", "-1", "1e400", "nan", "2020-01-01", '"x"', "[[measure]]", "[groups]", "=", '"""',
    "[1, [2]]", "{ a = 1 }", "2020-01-01T00:00:00Z", "12:30:00", '{ central = "x" }', '["partners", 3]',
]  # fmt: skip


def mutilated(text: str, chance: random.Random) -> str:
    rows = text.splitlines()
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(rows))
        row = rows[place]
        match chance.randrange(5):
            case 0:
                rows[place] = ""
            case 1:
                rows.insert(place, chance.choice(rows))
            case 2:
                rows[place] = row.split("=")[0] + "= " + chance.choice(STRANGE)
            case 3:
                position = chance.randrange(len(row) + 1)
                rows[place] = row[:position] + chance.choice(STRANGE) + row[position:]
            case _:
                position = chance.randrange(len(row) + 1)
                rows[place] = row[:position] + row[position + 1 :]
    return "\n".join(rows)


def beside(path: Path, text: str) -> io.StringIO:
    """An open file with this text in the place of `path`, so that files named in it are found."""
    file = io.StringIO(text)
    file.name = str(path)  # pyright: ignore[reportAttributeAccessIssue]
    return file


def run(path: Path, count: int, seed: int) -> list[ProgrammeError]:
    """Read mutilated copies of a file: those that are refused; anything but a refusal or a programme ends the test."""
    text = path.read_text(encoding="utf-8")
    chance = random.Random(seed)
    refused: list[ProgrammeError] = []
    for _ in range(count):
        broken = mutilated(text, chance)
        try:
            programme = read_programme(beside(path, broken))
            assert programme.content_hash
            programme.shocks()
        except ProgrammeError as error:
            refused.append(error)
    return refused


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_mutilated_file_is_read_or_refused_with_a_reason(path: Path):
    refused = run(path, 200, seed=0)
    assert len(refused) > 50
    assert all(
        error.faults and all(fault.where and fault.found for fault in error.faults) for error in refused
    )
    assert not any("Input should" in str(error) for error in refused)


@pytest.mark.slow
@pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: path.stem)
def test_two_thousand_mutilated_copies_of_each_file(path: Path):
    refused = run(path, 2_000, seed=1)
    assert len(refused) > 500
    assert all(
        error.faults and all(fault.where and fault.found for fault in error.faults) for error in refused
    )
    assert not any("Input should" in str(error) for error in refused)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_that_a_file_says_is_lost_in_silence(path: Path):
    """A misspelt key is a fault; a changed value changes the programme or is a fault: never the same programme without a word."""
    text = path.read_text(encoding="utf-8")
    whole = read_programme(beside(path, text)).content_hash
    rows = text.splitlines()
    chance = random.Random(2)
    keyed = [place for place, row in enumerate(rows) if re.match(r"[a-z_]+ = [^#]+$", row)]
    for place in chance.sample(keyed, min(25, len(keyed))):
        key, _, rest = rows[place].partition(" = ")
        for broken_row in (f"{key}x = {rest}", f"{key} = {changed(rest)}"):
            broken = "\n".join([*rows[:place], broken_row, *rows[place + 1 :]])
            try:
                assert read_programme(beside(path, broken)).content_hash != whole, broken_row
            except ProgrammeError as error:
                assert error.faults  # noqa: PT017  (a refusal with a reason is one of the two right answers)


def changed(value: str) -> str:
    """Another value of the same look: a letter or digit more."""
    end = next((place for place in range(len(value) - 1, -1, -1) if value[place].isalnum()), 0)
    return f"{value[: end + 1]}1{value[end + 1 :]}"


def test_an_effect_that_is_a_table_and_a_file_with_an_impossible_name_are_faults():
    table = 'name = "X"\npartners = ["ARC", "BEL"]\nbase_year = 2020\n[[measure]]\nid = "a"\ntitle = "A"\narea = "other"\n'
    for lines in (
        'kind = "shock-table"\neffect = { a = 1 }\ntable = ""',
        'kind = "shock-table"\neffect = "embargo"\nfile = "\\u0000"',
    ):
        with pytest.raises(ProgrammeError):
            read_programme(io.StringIO(table + lines))
    with pytest.raises(ProgrammeError):
        read_programme(io.StringIO('include = "\\u0000"\n' + table))
    with pytest.raises(ProgrammeError, match="says nothing about how factors move"):
        read_programme(io.StringIO(table.replace("[[measure]]", "[model]\nfactors = { a = 1 }\n[[measure]]")))
