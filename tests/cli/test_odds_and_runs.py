"""The commands about odds, comparisons, explanations and recorded runs, as a user calls them."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.medium
TOY = "tests/study/toy_union.toml"


@pytest.fixture
def toy(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("ACCORD_CACHE_DIR", str(repository / ".cache"))
    monkeypatch.chdir(tmp_path)
    return repository / TOY


def test_odds_in_words_and_json(accord, toy):
    code, out, err = accord("odds", toy, "--draws", 16, "--no-keep")
    assert (code, err) == (0, "")
    assert "All partners gain with probability" in out
    assert "What decides it for Arcadia" in out
    code, out, _ = accord("odds", toy, "--draws", 16, "--no-keep", "--json")
    report = json.loads(out)
    assert report["draws"] == 16
    assert report["regions"]["ARC"]["probability"] <= 1.0
    assert report["all_partners_gain"]["draws"] == 16
    assert {row["region"] for row in report["sensitivity"]} == {"ARC", "BEL"}


def test_too_few_draws_are_refused(accord, toy):
    code, out, err = accord("odds", toy, "--draws", 3)
    assert code == 1
    assert out == ""
    assert "at least 16 draws" in err


def test_sweep_says_where_a_partner_turns(accord, toy):
    code, out, _ = accord("sweep", toy, "papers.cut=0:1:3")
    assert code == 0
    assert "Arcadia turns at about 0.03592." in out
    assert accord("sweep", toy, "measure.papers.cut=0:1:3")[1] == out  # as `--set` writes it
    code, out, _ = accord("sweep", toy, "papers.cut=0.5", "--json")
    report = json.loads(out)
    assert [row["region"] for row in report["sweep"]] == ["ARC", "BEL", "COR"]


def test_sweep_refuses_what_is_no_number(accord, toy):
    code, _, err = accord("sweep", toy, "papers.cutt=0:1:3")
    assert code == 4
    assert "Did you mean 'papers.cut'" in err
    code, _, err = accord("sweep", toy, "papers.cut=0:2:3")
    assert (code, "2 is out of range" in err) == (4, True)
    code, _, err = accord("sweep", toy, "papers.cut=0:1:3", "--set", "measure.papers.status=dropped")
    assert (code, "--set measure.papers.status=planned" in err) == (4, True)
    code, _, err = accord("sweep", toy, "papers.cut")
    assert code == 1
    assert "says no values" in err


def test_compare_of_a_programme_with_itself_finds_nothing(accord, toy):
    code, out, _ = accord("compare", toy, toy, "--draws", 16, "--json")
    assert code == 0
    report = json.loads(out)
    assert all(row["difference_usd"] == 0.0 and row["second_better"] == 0.0 for row in report["compare"])
    code, out, _ = accord("compare", toy, toy, "--draws", 16)
    assert "Arcadia (ARC)" in out


def test_explain_traces_a_measure_to_cells_and_sources(accord, toy):
    code, out, _ = accord("explain", toy, "ban")
    assert code == 0
    assert "part of the context, hence of no verdict" in out
    assert "made up with the toy economy" in " ".join(out.split())
    code, _, err = accord("explain", toy, "bann")
    assert code == 4
    assert "Did you mean 'ban'?" in err


def test_explain_traces_a_number_to_measures_cells_and_sources(accord, toy):
    run = json.loads(accord("run", toy, "--no-variants", "--horizon", "long-run", "--out", "r", "--json")[1])
    code, out, _ = accord("explain", "r", "ARC", "--json")
    assert code == 0
    found = json.loads(out)
    recorded = run["regions"]["ARC"]
    parts = {row["measure"]: row["part_usd"] for row in found["number_parts"]}
    assert set(parts) == {"papers", "tools"}
    assert sum(parts.values()) == pytest.approx(recorded["household_ev_usd"], rel=1e-6)
    assert {row["measure"] for row in found["number_cells"]} == {"papers", "tools"}
    assert any("ARC" in {row["exporter"], row["importer"]} for row in found["number_cells"])
    assert {row["measure"] for row in found["number_sources"]} == {"papers", "tools"}
    assert "Real income of Arcadia (ARC)" in accord("explain", "r", "ARC.real_income")[1]
    code, _, err = accord("explain", "r", "ARC.real_incom")
    assert (code, "Did you mean 'real_income'" in err) == (4, True)


def test_explain_takes_measures_that_move_money_and_no_trade(accord, toy, tmp_path):
    text = (
        toy.read_text()
        + """
[[measure]]
id = "aid"
title = "Belmare gives Arcadia money"
area = "other"
kind = "transfer"
payer = "BEL"
recipient = "ARC"
usd_million_per_year = 2
"""
    )
    (tmp_path / "aid.toml").write_text(text)
    code, out, err = accord("explain", "aid.toml", "ARC", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert {row["measure"] for row in found["number_parts"]} == {"papers", "tools", "aid"}
    assert "aid" not in {row["measure"] for row in found["number_cells"]}


def test_runs_are_listed_shown_exported_and_removed(accord, toy, tmp_path):
    assert accord("runs", "list")[1].startswith("No runs in runs.")
    assert accord("run", toy, "--no-variants", "--quiet")[0] == 0
    code, out, _ = accord("runs", "list", "--json")
    (row,) = json.loads(out)["runs"]
    assert row["answer"] == "yes"
    assert "toy-union" in accord("runs", "list")[1]
    code, out, _ = accord("runs", "show", "toy")
    assert code == 0
    assert "Do all partners gain?  YES" in out
    assert accord("runs", "open", "toy", "--no-browser")[1].strip().endswith("report.html")
    code, out, _ = accord(
        "runs", "export", "toy", "--to", "latex", "--table", "verdict", "--out", tmp_path / "t"
    )
    assert out.strip() == str(tmp_path / "t" / "verdict.tex")
    code, out, _ = accord("runs", "compare", row["name"], "toy")
    assert "made in the same way" in out
    assert "would be removed" in accord("runs", "remove", "toy")[1]
    assert accord("runs", "remove", "toy", "--yes")[0] == 0
    code, _, err = accord("runs", "show", "toy")
    assert code == 6
    assert "accord runs list" in err


def test_odds_of_whole_paths_in_words_json_and_files(accord, toy, tmp_path):
    asked = ("odds", toy, "--paths", "--draws", 16, "--no-keep", "--until", 2023, "--as-of", "2021-01-01")
    code, out, err = accord(*asked, "--out", tmp_path / "paths")
    assert (code, err) == (0, "")
    assert "All partners gain in present value with probability" in out
    assert "16 draws of whole paths" in out
    assert {file.name for file in (tmp_path / "paths").iterdir()} == {
        "tables",
        "path_odds.svg",
        "path_odds.png",
        "record.json",
        "answer.json",
        "answer.txt",
        "inputs",
    }
    code, out, _ = accord(*asked, "--json")
    report = json.loads(out)
    assert [row["region"] for row in report["path_odds"]] == ["(all partners)", "ARC", "BEL", "COR"]
    assert {row["year"] for row in report["path_odds_years"]} == {2021, 2022, 2023}
    assert report["path_odds"][0]["draws"] == 16


def test_options_of_paths_ask_for_paths(accord, toy):
    code, out, err = accord("odds", toy, "--until", 2030, "--as-of", "2021-01-01")
    assert (code, out) == (1, "")
    assert "--as-of, --until: of use with --paths only" in err
