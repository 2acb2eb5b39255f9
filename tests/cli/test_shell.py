"""What every command shares: help with an example, JSON, colour, completion, notebook views; and `accord doctor`."""

from __future__ import annotations

import inspect
import json
import shutil
import subprocess

import pytest

import accord as library
from accord.cli import build_app, doctor, main
from tools.generate_command_reference import commands, meanings_of

COMMANDS = dict(commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_with_an_example(name):
    told = inspect.getdoc(COMMANDS[name]) or ""
    assert "Examples:" in told or "For example:" in told
    assert f"    accord {name}" in told


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_answer_in_json(name):
    assert "json" in inspect.signature(COMMANDS[name]).parameters


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_of_every_command_is_explained(name):
    told = meanings_of(COMMANDS[name])
    for parameter in inspect.signature(COMMANDS[name]).parameters:
        assert told.get(parameter), f"accord {name}: {parameter} is not explained"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_as_printed_shows_an_example_and_the_meaning_of_each_argument(accord, name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")  # wide enough that no text is broken
    code, out, _ = accord(*name.split(), "--help")
    assert code == 0
    assert f"    accord {name}" in out
    shown = " ".join(out.split())
    for parameter, meaning in meanings_of(COMMANDS[name]).items():
        assert " ".join(meaning.split())[:60] in shown, parameter


@pytest.mark.parametrize("name", COMMANDS)
def test_whatever_reads_a_programme_lets_it_be_changed_on_the_command_line(name):
    read = {"programme", "first"} & set(inspect.signature(COMMANDS[name]).parameters)
    reads = name == "explain" or bool(read - ({"first"} if name.startswith("runs") else set()))
    assert ("changes" in inspect.signature(COMMANDS[name]).parameters) is reads


def test_colour_is_off_unless_asked_for_and_never_leaks_into_the_next_command(accord):
    escape = "\x1b["
    assert escape not in accord("world", "show", "toy")[1]
    assert escape in accord("world", "show", "toy", "--color", "always")[1]
    assert escape in accord("--color=always", "world", "show", "toy")[1]
    assert escape not in accord("world", "show", "toy", "--no-color")[1]
    assert escape not in accord("world", "show", "toy")[1]


def test_a_wrong_colour_is_told_with_the_choices(accord):
    code, out, err = accord("world", "show", "toy", "--color", "blue")
    assert (code, out) == (1, "")
    assert (
        err == "accord: --color: 'blue' is no choice. Write --color always, --color never or --color auto.\n"
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_commands_and_options():
    script = build_app().generate_completion(shell="bash")
    ask = (
        f"{script}\n"
        'complete_it() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=();'
        ' _accord; echo "${COMPREPLY[*]}"; }\n'
        'complete_it accord wor\ncomplete_it accord world ""\ncomplete_it accord run --clo\n'
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
    words = [line.split() for line in done.stdout.splitlines()]
    assert words[0] == ["world"]
    assert {"show", "check", "aggregate"} <= set(words[1])
    assert words[2] == ["--closure"]


@pytest.mark.medium
def test_doctor_finds_this_installation_sound(accord):
    code, out, _ = accord("doctor", "--json")
    found = {finding["item"]: finding for finding in json.loads(out)["findings"]}
    assert code == 0
    assert found["precision"]["found"] == "float64"
    assert found["embedded"]["state"] == "ok"
    assert {finding["state"] for finding in found.values()} <= {"ok", "missing"}
    assert all(finding["remedy"] for finding in found.values() if finding["state"] == "missing")


def test_doctor_names_what_is_broken_and_says_what_to_do(accord, monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: "" if name == "jax" else "1.0")
    code, out, _ = accord("doctor", "--json")
    assert code == 1
    broken = [finding for finding in json.loads(out)["findings"] if finding["state"] == "broken"]
    assert broken == [
        {
            "area": "libraries",
            "item": "jax",
            "state": "broken",
            "found": "not installed",
            "remedy": "Install accord again.",
        }
    ]


def test_notebooks_show_worlds_and_programmes(repository):
    world = library.read_world("toy")._repr_html_()
    assert "3 regions x 3 sectors" in world
    assert "<script" not in world
    programme = library.read_programme(repository / "tests" / "study" / "toy_union.toml")._repr_html_()
    assert "<th>measure</th>" in programme


@pytest.mark.medium
def test_notebooks_show_an_outcome_with_labels_units_and_signs(repository):
    outcome = library.run(repository / "tests" / "study" / "toy_union.toml", variants=False)
    shown = outcome._repr_html_()
    assert "<th>Arcadia (ARC)</th>" in shown
    assert "Household welfare, %" in shown
    assert "+1.353" in shown
    assert "household_ev_pct" not in shown
    assert "<script" not in shown


@pytest.mark.parametrize(
    "words", [["rnu"], ["run"], ["run", "a.toml", "--wrld", "toy"]], ids=["command", "argument", "option"]
)
def test_a_wrong_command_line_ends_with_2_and_leaves_standard_output_clean(accord, words):
    code, out, _ = accord(*words)
    assert (code, out) == (2, "")


@pytest.mark.parametrize(
    "words",
    [
        ("energy", "lcoe", "--out", "blocked/here"),
        ("init", "ARC", "BEL", "--world", "toy", "--out", "blocked/here.toml"),
        ("schema", "--out", "blocked/here.json"),
    ],
    ids=lambda words: words[0],
)
def test_a_place_that_cannot_be_written_is_named_without_a_traceback(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blocked").write_text("a file where a folder is wanted")
    with pytest.raises(SystemExit) as done:
        main(list(words))
    said = capsys.readouterr().err
    assert done.value.code == 1
    assert said.startswith("accord: ")
    assert "blocked" in said
    assert "with --out" in said
    assert "Traceback" not in said
    assert [file.name for file in tmp_path.iterdir()] == ["blocked"]
