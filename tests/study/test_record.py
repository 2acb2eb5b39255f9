"""A run on disk: the same bytes twice, nothing half-written, every change found."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from accord.errors import RecordError
from accord.study import RunOptions, record, run, table_files, verify, write_run
from accord.study.folders import PARTIAL, REPLACED, tidy, whole_folder
from accord.study.record import TIMING, default_directory, read_record
from present.fake_outcome import fake_outcome

PROGRAMME = Path(__file__).with_name("toy_union.toml")


def page(outcome, facts):
    """A page that depends on everything a real one does."""
    return {
        "pages/page.html": f"<p>{outcome.verdict.sentence} {facts['files']['outcome.json']['sha256']}</p>".encode()
    }


def written(directory: Path, **changes) -> Path:
    return write_run(fake_outcome(**changes), "name = 'x'\n", RunOptions(), directory, pages=page)


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != TIMING
    }


@pytest.fixture(scope="module")
def toy_run(tmp_path_factory) -> Path:
    return write_run(
        run(PROGRAMME), PROGRAMME.read_text(encoding="utf-8"), out=tmp_path_factory.mktemp("toy") / "run"
    )


def test_two_runs_on_the_toy_world_give_the_same_bytes_but_for_wall_times(toy_run, tmp_path):
    again = write_run(run(PROGRAMME), PROGRAMME.read_text(encoding="utf-8"), out=tmp_path / "run")
    assert contents(again) == contents(toy_run)
    assert json.loads((again / TIMING).read_text())["solve_seconds"] > 0.0


def test_a_run_reproduces_in_values_and_bytes(toy_run):
    verification = verify(toy_run)
    assert verification.reproduces
    assert verification.same_bytes
    assert verification.table.frame["difference"].max() == 0.0
    assert verification.notes == ()


def test_the_record_names_everything_that_decides_the_result(toy_run):
    facts = read_record(toy_run)
    assert facts["world"]["name"] == "toy"
    assert {len(facts["programme"]["content_hash"]), len(facts["world"]["content_hash"])} == {64}
    assert {"python", "numpy", "jax"} <= set(facts["versions"])
    assert facts["command"] == "accord run programme.toml --world toy --elasticities toy --closure balanced"
    assert set(facts["files"]) == set(contents(toy_run)) - {"record.json"}


def test_values_that_moved_are_reported_with_their_place(toy_run, tmp_path, monkeypatch):
    moved = tmp_path / "run"
    shutil.copytree(toy_run, moved)
    frame = table_files.read_frame(moved / "tables" / "regions.parquet")
    frame.loc[1, "household_ev_pct"] *= 1.01
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute(f"COPY (SELECT * FROM frame) TO '{moved}/tables/regions.parquet'")
    facts = read_record(moved)
    facts["files"] = record.hashes_of(moved)
    facts["record_sha256"] = record.record_hash(facts)
    (moved / "record.json").write_text(json.dumps(facts))
    verification = verify(moved)
    assert not verification.reproduces
    assert not verification.same_bytes
    row = verification.table.frame.set_index("table").loc["regions"]
    assert row["same_values"] == "no"
    assert row["difference"] == pytest.approx(0.01, rel=0.02)
    assert row["where"].startswith("row 2, household_ev_pct: ")


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda run: (run / "record.json").unlink(), "no run here: record.json is missing"),
        (lambda run: (run / "record.json").write_text("{"), "cannot be read"),
        (lambda run: (run / "record.json").write_text("{}"), "format 'None', expected 'accord run 1'"),
        (
            lambda run: edit(run / "record.json", "balanced", "level"),
            "the record was changed after it was written",
        ),
        (lambda run: (run / "tables" / "trade.csv").unlink(), "tables/trade.csv: the file is missing"),
        (
            lambda run: edit(run / "tables" / "regions.csv", "Arcadia", "Utopia"),
            "regions.csv: the file was changed after the run",
        ),
        (
            lambda run: edit(run / "programme.toml", "0.10", "0.11"),
            "programme.toml: the file was changed after the run",
        ),
    ],
    ids=[
        "no record",
        "broken record",
        "empty record",
        "edited record",
        "lost table",
        "edited table",
        "edited programme",
    ],
)
def test_a_damaged_run_is_refused_with_the_next_step(toy_run, tmp_path, harm, sentence):
    damaged = tmp_path / "run"
    shutil.copytree(toy_run, damaged)
    harm(damaged)
    with pytest.raises(RecordError) as caught:
        verify(damaged)
    assert sentence in str(caught.value)
    assert "run" in str(caught.value).splitlines()[-1], "the last line says what to do next"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_another_world_of_the_same_name_is_refused(toy_run, tmp_path):
    other = tmp_path / "run"
    shutil.copytree(toy_run, other)
    facts = read_record(other)
    facts["world"]["content_hash"] = "0" * 64
    facts["record_sha256"] = record.record_hash(facts)
    (other / "record.json").write_text(json.dumps(facts))
    with pytest.raises(RecordError, match="World 'toy' is not the one of this run"):
        verify(other)


def test_tables_keep_values_units_and_order(tmp_path):
    outcome = fake_outcome()
    directory = written(tmp_path / "run")
    for name, table in outcome.tables.items():
        expected = table.frame.sort_values(list(table.keys), ignore_index=True)
        read = table_files.read_frame(directory / "tables" / f"{name}.parquet")
        pd.testing.assert_frame_equal(read, expected, check_dtype=False, check_exact=True)
        with (directory / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for column in expected.select_dtypes("number"):
            numbers = [float(row[column] or "nan") for row in rows]
            np.testing.assert_array_equal(numbers, expected[column].to_numpy())
    units = json.loads((directory / "tables" / "units.json").read_text(encoding="utf-8"))
    assert units["regions"]["columns"]["household_ev_usd"]["unit"] == "USD million of base year"
    with duckdb.connect() as connection:
        query = f"SELECT decode(value) FROM parquet_kv_metadata('{directory}/tables/regions.parquet')"
        assert json.loads(connection.execute(query).fetchall()[0][0]) == units["regions"]


def test_wall_times_are_in_no_hash(tmp_path):
    assert contents(written(tmp_path / "a", seconds=1.0)) == contents(written(tmp_path / "b", seconds=2.0))


def test_the_default_name_follows_what_decides_the_result():
    name = default_directory(fake_outcome(), RunOptions())
    assert name.parent == Path("runs")
    assert name.name.startswith("a-made-up-union-")
    assert name == default_directory(fake_outcome(seconds=9.0), RunOptions())
    assert name != default_directory(fake_outcome(closure="world-share"), RunOptions())


def test_an_earlier_run_is_replaced_and_nothing_else_ever_is(tmp_path):
    directory = written(tmp_path / "run")
    old = contents(directory)
    assert contents(written(directory, closure="world-share")) != old
    stranger = tmp_path / "thesis"
    stranger.mkdir()
    (stranger / "chapter.txt").write_text("years of work")
    with pytest.raises(RecordError, match="no run of accord, so it is left alone"):
        written(stranger)
    assert [path.name for path in stranger.iterdir()] == ["chapter.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "thesis"]


STEPS = ("write_tables", "hashes_of", "_write_json", "outcome_json")


@pytest.mark.parametrize("call", range(3))
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_a_failure_at_any_step_leaves_the_earlier_run_and_nothing_else(
    tmp_path, monkeypatch, step, call, failure
):
    directory = written(tmp_path / "run")
    before = contents(directory)
    original, calls = getattr(record, step), iter(range(100))

    def failing(*arguments, **named):
        if next(calls) == call:
            raise failure
        return original(*arguments, **named)

    monkeypatch.setattr(record, step, failing)
    try:
        written(directory, closure="world-share")
    except (OSError, KeyboardInterrupt):
        assert contents(directory) == before
    else:
        assert contents(directory) != before, (
            f"{step} is called less than {call + 1} times, so the run was written"
        )
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("rename", range(2))
def test_a_failure_between_the_two_renames_puts_the_earlier_run_back(tmp_path, monkeypatch, rename):
    directory = written(tmp_path / "run")
    before = contents(directory)
    original, calls = Path.rename, iter(range(100))

    def failing(self, target):
        if next(calls) == rename:
            raise OSError("disk full")
        return original(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="disk full"):
        written(directory, closure="world-share")
    assert contents(directory) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_a_killed_run_left_is_tidied_and_what_a_living_one_holds_is_not(tmp_path):
    killed = tmp_path / f"{PARTIAL}killed"
    killed.mkdir()
    (killed / "tables").mkdir()
    moved = tmp_path / f"{REPLACED}run"
    moved.mkdir()
    (moved / "record.json").write_text("{}")
    with whole_folder(tmp_path / "living") as folder:
        (folder / "file").write_text("x")
        tidy(tmp_path)
        assert folder.exists()
        assert not killed.exists()
        assert (tmp_path / "run" / "record.json").exists(), (
            "a run that was moved aside and not replaced comes back"
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["living", "run"]
