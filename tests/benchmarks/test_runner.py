"""The benchmark runner: its registry imports, a small case runs, results appear whole. No time is ever judged."""

from __future__ import annotations

import json

import pytest

from benchmarks import run
from benchmarks.cases import CASES, load, smallest
from benchmarks.measure import Measure, failure
from benchmarks.table import results_page, write_results

MACHINE = {
    "date": "2026-01-01",
    "commit": "none",
    "cores": 2,
    "processor": "any",
    "memory": "1 GiB",
    "load": "0",
}
MACHINE |= {"system": "any", "python": "3.11"}


@pytest.mark.parametrize("name", CASES)
def test_every_case_has_a_title_and_measures(name):
    case = load(name)
    assert case.TITLE
    assert callable(case.measures)


def test_the_smallest_case_solves_two_regions_and_one_sector():
    (row,) = smallest.measures(runs=2)
    assert row.success
    assert len(row.values) == 2
    assert row.residual <= 1e-12


def test_results_are_written_whole_and_name_failures(tmp_path):
    rows = {
        "one": [Measure("quick | case", [2.0, 1.0, 4.0], goal=3.0, steps=5, residual=1e-13)],
        "two": [failure("slow case", "stopped")],
    }
    write_results(tmp_path, MACHINE, rows)
    kept = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert kept["cases"]["one"][0]["min"] == 1.0
    assert kept["cases"]["one"][0]["median"] == 2.0
    assert kept["cases"]["one"][0]["met"] == "yes"
    assert kept["cases"]["two"][0]["met"] == "no"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["RESULTS.md", "results.json"]
    assert "1. stopped" in results_page(MACHINE, rows)


def test_a_goal_that_only_the_best_run_meets_is_not_called_met():
    assert Measure("case", [1.0, 5.0, 9.0], goal=2.0).met == "best run only"
    assert Measure("case", [3.0, 5.0, 9.0], goal=2.0).met == "no"
    assert not Measure("case", [3.0]).met


def test_a_case_that_fails_is_a_row_with_its_reason(monkeypatch, capsys):
    monkeypatch.setitem(CASES, "broken", "benchmarks.cases.smallest")
    monkeypatch.setattr(run, "ROOT", run.ROOT / "nowhere")
    monkeypatch.setattr(
        run.subprocess, "run", lambda *_, **__: type("Done", (), {"stderr": "Error: no data\n"})
    )
    (row,) = run.run_case("broken")
    assert not row.success
    assert row.note == "Error: no data"
    assert "no result" in capsys.readouterr().out
