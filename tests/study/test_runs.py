"""Recorded runs: the index follows the folder, a run reads back as it was, exports hold every value."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pandas as pd
import pytest

from accord.errors import RecordError
from accord.present.export import export
from accord.programme import read_programme
from accord.study import run, write_run
from accord.study.reopen import compare_runs, read_run
from accord.study.runs_index import INDEX, run_named, runs_in


@pytest.fixture(scope="module")
def folder(tmp_path_factory, repository):
    folder = tmp_path_factory.mktemp("runs")
    file = repository / "tests" / "study" / "toy_union.toml"
    outcome = run(read_programme(file), variants=False)
    write_run(outcome, file.read_text(), out=folder / "union-1a")
    write_run(outcome, file.read_text(), out=folder / "union-2b")
    return folder


def test_index_lists_runs_and_can_be_lost(folder):
    rows = runs_in(folder)
    assert {row.name for row in rows} == {"union-1a", "union-2b"}
    assert {row.answer for row in rows} == {"yes"}
    assert json.loads(rows[0].welfare).keys() == {"ARC", "BEL"}
    (folder / INDEX).unlink()
    assert runs_in(folder) == rows
    (folder / INDEX).write_bytes(b"no database at all, and long enough to be taken for one" * 40)
    assert runs_in(folder) == rows


def test_index_follows_removed_and_damaged_runs(folder, tmp_path):
    copy = tmp_path / "runs"
    shutil.copytree(folder, copy)
    assert len(runs_in(copy)) == 2
    shutil.rmtree(copy / "union-2b")
    record = copy / "union-1a" / "record.json"
    record.write_text(record.read_text().replace("Toy union", "Another"))
    (row,) = runs_in(copy)
    assert "the record was changed" in row.fault


def test_a_run_is_named_by_its_beginning_when_that_is_unique(folder):
    assert run_named("union-1", folder) == folder / "union-1a"
    assert run_named(str(folder / "union-2b"), folder) == folder / "union-2b"
    with pytest.raises(RecordError, match="beginning of 2 runs"):
        run_named("union", folder)
    with pytest.raises(RecordError, match="accord runs list"):
        run_named("onion-1a", folder)


def test_a_run_reads_back_as_it_was(folder, repository):
    outcome = run(read_programme(repository / "tests" / "study" / "toy_union.toml"), variants=False)
    again = read_run(folder / "union-1a")
    assert again.verdict == outcome.verdict
    assert again.notes == outcome.notes
    assert set(again.tables) == set(outcome.tables)
    for name, table in outcome.tables.items():
        assert again.tables[name].columns == dict(table.columns)
        keys = list(table.keys)
        frames = [t.frame.sort_values(keys, ignore_index=True) for t in (table, again.tables[name])]
        pd.testing.assert_frame_equal(*frames, check_dtype=False)


def test_a_run_without_its_tables_says_so(folder, tmp_path):
    shutil.copytree(folder / "union-1a", tmp_path / "run")
    (tmp_path / "run" / "tables" / "regions.parquet").unlink()
    with pytest.raises(RecordError, match="missing or damaged"):
        read_run(tmp_path / "run")


def test_equal_runs_do_not_differ(folder):
    table, differences = compare_runs(folder / "union-1a", folder / "union-2b")
    assert np.all(table.frame["difference_usd"] == 0.0)
    assert differences == ["The two runs were made in the same way from the same inputs."]
    assert list(table.frame["region"])[:2] == ["ARC", "BEL"]


def test_csv_holds_every_value_in_full_with_units(folder, tmp_path):
    outcome = read_run(folder / "union-1a")
    file, contents = export(outcome, "csv", tmp_path / "csv", ["regions"]).files
    with file.open() as opened:
        rows = list(csv.reader(opened))
    assert "Household welfare, %" in rows[0]
    column = rows[0].index("Household welfare, %")
    found = [float(row[column]) for row in rows[1:]]
    assert found == list(outcome["regions"]["household_ev_pct"])
    told = list(csv.reader(contents.read_text("utf-8").splitlines()))
    assert ["World", outcome.world_name, outcome.world_source, outcome.world_hash] in told
    (welfare,) = (row for row in told if row[2:3] == ["household_ev_pct"])
    assert [welfare[0], *welfare[3:5]] == ["regions.csv", "Household welfare, %", "%"]
    assert welfare[5] == outcome.tables["regions"].columns["household_ev_pct"].method != ""


def test_workbook_holds_every_value_with_units(folder, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    outcome = read_run(folder / "union-1a")
    (file,) = export(outcome, "xlsx", tmp_path / "run.xlsx").files
    book = openpyxl.load_workbook(file)
    assert len(book.sheetnames) == 1 + len(outcome.tables)
    sheet = [[cell.value for cell in row] for row in book["regions"].iter_rows()]
    column = sheet[0].index("Household welfare, %")
    found = [row[column] for row in sheet[1:]]
    np.testing.assert_allclose(found, outcome["regions"]["household_ev_pct"], rtol=1e-15)
    lines = [[cell.value for cell in row] for row in book["Contents"].iter_rows()]
    units = {(row[0], row[2]): row[4] for row in lines if len(row) > 4}
    assert max(map(len, book.sheetnames)) <= 31
    assert units["regions", "household_ev_usd"] == "USD million of base year"


def test_latex_escapes_what_latex_would_read(folder, tmp_path):
    outcome = read_run(folder / "union-1a")
    (file,) = export(outcome, "latex", tmp_path / "tex", ["verdict"]).files
    text = file.read_text()
    assert r"Household welfare, \%" in text.replace(r" \\ ", " ")  # headings may stand in lines
    assert "\\toprule" in text
    assert "household_ev" not in text
    for line in text.splitlines():
        assert line.startswith("%") or "%" not in line.replace(r"\%", "")


def test_unknown_tables_are_all_named(folder, tmp_path):
    with pytest.raises(RecordError, match=r"(?s)no table 'verdct'.*Did you mean 'verdict'.*no table 'x'"):
        export(read_run(folder / "union-1a"), "csv", tmp_path / "csv", ["verdct", "x"])
