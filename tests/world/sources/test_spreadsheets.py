"""Tables as spreadsheets of other languages save them, and no table at all: said for what it is."""

from __future__ import annotations

import pytest

from accord.errors import WorldError
from accord.world.sources.guess import kind_of
from accord.world.sources.long_csv import read_long_csv

HEAD = "exporter,supplying_sector,importer,user,value"
FLOWS = [
    f"{seller},{sector},{buyer},{user},{value}"
    for value, (seller, sector, buyer, user) in enumerate(
        (
            (seller, sector, buyer, user)
            for seller in ("ÉIR", "Zürich")
            for sector in ("A01", "C28")
            for buyer in ("ÉIR", "Zürich")
            for user in ("A01", "C28", "household")
        ),
        start=101,
    )
]


def complaint(file):
    with pytest.raises(WorldError) as raised:
        read_long_csv(file)
    return str(raised.value)


def saved(tmp_path, lines, ending="\n", encoding="utf-8"):
    file = tmp_path / "own_2022.csv"
    file.write_bytes((ending.join(lines) + ending).encode(encoding))
    return file


@pytest.mark.parametrize(("ending", "encoding"), [("\n", "utf-8"), ("\r\n", "utf-8"), ("\n", "utf-8-sig")])
def test_line_ends_marks_and_letters_of_other_systems_change_nothing(tmp_path, ending, encoding):
    world = read_long_csv(saved(tmp_path, [HEAD, *FLOWS], ending, encoding))
    assert world.regions == ("ÉIR", "Zürich")
    plain = read_long_csv(saved(tmp_path, [HEAD, *FLOWS]))
    assert world.content_hash == plain.content_hash


@pytest.mark.parametrize(("mark", "named"), [(";", "';'"), ("\t", "tabs")])
def test_other_separators_are_named_instead_of_another_layout(tmp_path, mark, named):
    lines = [line.replace(",", mark) for line in (HEAD, *(f"{flow}.5" for flow in FLOWS))]
    file = saved(tmp_path, [line.replace(".", ",") for line in lines])
    assert kind_of(file) == "long-csv"
    said = complaint(file)
    assert f"line 1: columns are separated by {named}" in said
    assert "decimal points" in said


def test_an_empty_file_is_called_empty(tmp_path):
    file = tmp_path / "own_2022.csv"
    file.write_text("")
    assert kind_of(file) == "long-csv"
    assert "the file is empty" in complaint(file)


def test_numbers_that_cannot_be_read_are_one_fault_and_not_two(tmp_path):
    said = complaint(saved(tmp_path, [HEAD, *(line.rpartition(",")[0] + ',"1,5"' for line in FLOWS)]))
    assert "24 are no numbers" in said
    assert "nothing is bought" not in said
