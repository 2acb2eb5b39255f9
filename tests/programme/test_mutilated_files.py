"""Whatever happens to a programme file, its reader answers in its own words: never a traceback of something else."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme

FILES = sorted((Path(__file__).parents[2] / "programmes").glob("*.toml"))
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


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_mutilated_file_is_read_or_refused_with_a_reason(path: Path):
    text = path.read_text(encoding="utf-8")
    chance = random.Random(0)
    refused: list[ProgrammeError] = []
    for _ in range(400):
        broken = mutilated(text, chance)
        try:
            programme = read_programme(io.StringIO(broken))
            assert programme.content_hash
            programme.shocks()
        except ProgrammeError as error:
            refused.append(error)
    assert len(refused) > 100
    for error in refused:
        assert error.faults
        assert all(fault.where and fault.found for fault in error.faults)
        assert "Input should" not in str(error)
