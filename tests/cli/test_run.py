"""`accord run`, `demo` and `verify` as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from accord.cli import main
from accord.cli.demo import EXAMPLE, example

PROGRAMME = Path(__file__).parents[1] / "study" / "toy_union.toml"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def accord(*arguments: object) -> int:
    """Run the command line in this process; return its exit code."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_run_prints_the_verdict_and_where_its_files_are(capsys):
    assert accord("run", PROGRAMME) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    (directory,) = Path("runs").iterdir()
    assert printed.out.startswith("Toy union\nWorld toy: ")
    assert "All partners gain." in printed.out
    assert f"Files: {directory}" in printed.out
    assert {path.name for path in directory.iterdir()} == {
        "figures",
        "outcome.json",
        "programme.toml",
        "record.json",
        "report.html",
        "tables",
        "timing.json",
    }
    assert (directory / "programme.toml").read_bytes() == PROGRAMME.read_bytes()


def test_json_is_one_object_and_nothing_else(capsys):
    assert accord("run", PROGRAMME, "--json", "--out", "here") == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    answer = json.loads(printed.out)
    assert answer["verdict"]["all_partners_gain"] is True
    assert answer["partners"] == ["ARC", "BEL"]
    arcadia = answer["regions"]["ARC"]
    assert {"household_ev_pct", "real_income_pct", "real_wage_pct", "one_step"} <= set(arcadia)
    assert set(arcadia["one_step"]) == {"welfare_pct", "terms_of_trade_pct", "volume_of_trade_pct"}
    assert set(answer["solver"]) >= {"residual", "iterations", "seconds"}
    assert Path(answer["files"]["report"]).is_file()
    kept = json.loads((Path("here") / "outcome.json").read_text(encoding="utf-8"))
    assert kept["regions"] == answer["regions"], "the file holds the same numbers in full"
    assert "seconds" not in kept["solver"]


def test_options_reach_the_study_and_the_record(capsys):
    options = ("--world", "toy", "--elasticities", "toy-low", "--closure", "world-share", "--no-variants")
    assert accord("run", PROGRAMME, *options, "--out", "here", "--quiet") == 0
    assert Path(capsys.readouterr().out.strip()) == Path("here").absolute()
    record = json.loads(Path("here/record.json").read_text(encoding="utf-8"))
    assert (record["elasticities"], record["closure"], record["options"]["variants"]) == (
        "toy-low",
        "world-share",
        False,
    )
    assert record["command"].endswith("--elasticities toy-low --closure world-share --no-variants")
    assert accord("verify", "here") == 0
    assert "every value agrees; every result file is the same byte for byte" in " ".join(
        capsys.readouterr().out.split()
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("run", "absent.toml"), 4, "there is no such file"),
        (("run", PROGRAMME, "--world", "tooy"), 3, "tooy"),
        (("run", PROGRAMME, "--elasticities", "toy-hihg"), 3, "elasticity set"),
        (("run", PROGRAMME, "--closure", "open"), 4, 'unknown value "open"'),
        (("verify", "nowhere"), 6, "no run 'nowhere'"),
    ],
    ids=["no file", "no World", "no elasticities", "no closure", "no run"],
)
def test_errors_are_the_message_alone_and_leave_nothing(capsys, tmp_path, arguments, code, message):
    assert accord(*arguments) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("accord: ")
    assert message in printed.err
    assert "Traceback" not in printed.err
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_does_not_reproduce_ends_with_the_code_of_records(capsys):
    assert accord("run", PROGRAMME, "--out", "here", "--quiet") == 0
    Path("here/tables/trade.csv").unlink()
    assert accord("verify", "here") == 6
    assert "trade.csv: the file is missing" in capsys.readouterr().err


def test_an_interrupt_leaves_nothing_and_ends_with_130(capsys, tmp_path, monkeypatch):
    def interrupted(*_arguments, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr("accord.study.record.write_tables", interrupted)
    assert accord("run", PROGRAMME) == 130
    assert capsys.readouterr().err == "accord: stopped by you; nothing half-written is left.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["run", "demo", "verify"])
def test_help_of_each_command_carries_an_example(capsys, command):
    assert accord(command, "--help") == 0
    printed = capsys.readouterr().out
    assert "For example:" in printed
    assert f"accord {command}" in printed


def test_the_example_of_the_demo_is_found():
    assert example(EXAMPLE).name == "union_state_2024.toml"


@pytest.mark.slow
def test_the_second_process_takes_compiled_solvers_from_disk(tmp_path):
    """What is kept on disk is used: nothing is added to it by the second process."""
    cache = tmp_path / "cache"
    environment = {"ACCORD_CACHE_DIR": str(cache), "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    kept = []
    for _ in range(2):
        command = [
            sys.executable,
            "-m",
            "accord.cli",
            "run",
            str(PROGRAMME),
            "--json",
            "--out",
            str(tmp_path / "run"),
        ]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
        )
        assert done.stderr == ""
        assert json.loads(done.stdout)["verdict"]["answer"] == "yes"
        kept.append(
            sorted(path.name for path in (cache / "jax").iterdir() if not path.name.endswith("-atime"))
        )
    assert kept[0]
    assert kept[1] == kept[0]


def test_a_full_run_at_the_short_horizon_is_refused_rather_than_half_done(capsys):
    assert accord("run", PROGRAMME, "--full", "--horizon", "one-year") == 1
    assert "about the long run" in capsys.readouterr().err


@pytest.mark.slow
def test_the_demo_runs_to_a_verdict_and_a_page(capsys):
    """The one command that everybody types first: every kind of table and figure of the worked example is drawn."""
    assert accord("demo", "--out", "here") == 0
    assert "Do all partners gain?" in capsys.readouterr().out
    assert "Supply terms" in Path("here/report.html").read_text(encoding="utf-8")
