"""Every command that computes leaves a record from which its answer is shown again, exported, and asked again (issue 6, part 9)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from accord.cli import COMMANDS

TOY = Path(__file__).resolve().parents[1] / "study" / "toy_union.toml"
SUPPLY = """
name = "Gas terms"
partners = ["ARC", "BEL"]
world = "toy"
base_year = 2020
source = "made up"

[[measure]]
id = "gas"
title = "Gas terms"
area = "energy"
kind = "energy-supply"
seller = "ARC"
buyer = "BEL"
product = "gas"
sector = "machines"
base_price = 100.0
price = 80.0
volume = 0.5
in_base = 0.0
references = [{ name = "elsewhere", of = "buyer-alternative", price = 150.0 }]
"""

QUICK = {
    "sweep": ("sweep", "mine.toml", "papers.cut=0.2,0.4", "--set", "discount_rate=0.03"),
    "regions": ("regions", "mine.toml", "--shares=shares.csv"),
    "estimate": ("estimate", "gravity.csv", "--barrier", "border", "--elasticity=-5"),
    "extract": ("extract", "--within", "ARC", "BEL", "--world", "toy"),
    "footprints": ("footprints", "co2.csv", "--world", "toy"),
    "exports": ("exports", "ARC", "--by-partner", "--world=toy", "--method", "wwz"),
    "products": ("products", "C01", "C02", "--exports", "exports.csv", "--focus", "electronics"),
    "energy breakeven": ("energy", "breakeven", "gas.toml", "gas"),
    "energy dispatch": ("energy", "dispatch", "--with", "nuclear-BLR"),
    "energy lcoe": ("energy", "lcoe", "--rates", "0.03", "0.05"),
    "energy passthrough": ("energy", "passthrough", "--price", "ARC:machines=+10%", "--world", "toy"),
}
LONG = {
    "depend": ("depend", "ARC", "BEL", "--world", "toy"),
    "explain": ("explain", "mine.toml", "ARC"),
    "status": ("status", "mine.toml", "--as-of", "2021-06-30"),
    "odds": ("odds", "mine.toml", "--draws", "16", "--no-keep"),
    "odds --paths": ("odds", "mine.toml", "--paths", "--draws", "16", "--until", "2028", "--no-keep"),
    "compare": ("compare", "mine.toml", "mine.toml", "--draws", "16"),
    "compare --paths": (
        "compare",
        "mine.toml",
        "mine.toml",
        "--paths",
        "--draws",
        "16",
        "--until",
        "2028",
        "--capital",
        "fixed",
    ),
    "delay": ("delay", "mine.toml", "--until", "2028"),
    "bargain": ("bargain", "mine.toml", "--frontier", "2"),
}
NO_ANSWERS = {"init", "run", "demo", "runs", "check", "verify", "world", "data", "schema", "doctor"}
"""Commands that compute nothing, or leave a run."""


@pytest.fixture
def records(tmp_path, monkeypatch):
    """A folder of inputs in which commands leave records."""
    monkeypatch.delenv("ACCORD_NO_RECORD")
    monkeypatch.chdir(tmp_path)
    shutil.copy(TOY, "mine.toml")
    Path("gas.toml").write_text(SUPPLY, "utf-8")
    _write("shares.csv", ["country,region,name,sector,value,basis,year,source", *_shares()])
    _write("gravity.csv", ["exporter,importer,trade,border", *_gravity()])
    _write("co2.csv", ["satellite,unit,region,sector,amount", *_satellites()])
    _write("exports.csv", ["exporter,importer,product,value_musd", *_exports()])
    return tmp_path


def _write(name, lines):
    Path(name).write_text("\n".join(lines) + "\n", "utf-8")


def _producers():
    return [(r, s) for r in ("ARC", "BEL", "COR") for s in ("farming", "food", "machines")]


def _shares():
    figures = [*_producers(), ("ARC", "population"), ("BEL", "population")]
    return [
        f"{r},{r}-{n},Part {n},{s},{n},output,2020,made up" for r, s in figures if r != "COR" for n in (1, 2)
    ]


def _satellites():
    return [f"co2,kt,{r},{s},{n}" for n, (r, s) in enumerate(_producers(), start=1)]


def _gravity():
    rng = np.random.default_rng(3)
    countries = [f"C{n}" for n in range(8)]
    return [
        f"{i},{j},{np.exp(rng.normal(3.0, 0.3) - 0.5 * ((n + m) % 3 == 0)):.4f},{int((n + m) % 3 == 0)}"
        for n, i in enumerate(countries)
        for m, j in enumerate(countries)
        if n != m
    ]


def _exports():
    rng = np.random.default_rng(5)
    names = (
        "Lathes for removing metal",
        "Tractors",
        "Computers",
        "Semiconductor devices",
        "Furniture",
        "Beef",
    )
    return [
        f"C{i:02d},C{j:02d},{name},{amount:.3f}"
        for i in range(12)
        for j in range(12)
        if i != j
        for name, amount in zip(names, rng.lognormal(5.0, 1.5, len(names)), strict=True)
    ]


def test_every_command_is_a_run_an_answer_or_computes_nothing():
    named = {name.split()[0] for name in {*QUICK, *LONG}}
    assert named | NO_ANSWERS == set(COMMANDS)


def _asked(accord, words):
    """(what was printed, as JSON, folder of the record)."""
    code, out, err = accord(*words)
    assert code == 0, err
    (folder,) = Path("runs").glob("*/")
    code, as_json, _ = accord(*words, "--json")
    assert code == 0
    assert [*Path("runs").glob("*/")] == [folder]  # the same question, the same place
    found = json.loads(as_json)
    assert found.pop("directory") == str(folder)
    return out, found, folder


def _holds(accord, name, words):
    """A record holds what its command printed, and hands it out again."""
    out, found, folder = _asked(accord, words)
    assert folder.name.startswith(name.replace(" --", "-").replace(" ", "-"))
    code, shown, err = accord("runs", "show", folder.name)
    assert code == 0, err
    assert out.startswith(shown.rstrip())
    again = json.loads(accord("runs", "show", folder.name, "--json")[1])
    assert again.pop("directory") == str(folder)
    assert _in_order(again) == _in_order(found)
    (row,) = json.loads(accord("runs", "list", "--json")[1])["runs"]
    assert (row["name"], row["command"], row["fault"]) == (folder.name, name, "")
    assert row["headline"]
    return folder


def _in_order(content):
    """Rows of tables in one order: records keep them by their keys."""
    if isinstance(content, dict):
        return {key: _in_order(value) for key, value in content.items()}
    if isinstance(content, list):
        return sorted(map(_in_order, content), key=repr)
    return content


@pytest.mark.medium
@pytest.mark.parametrize("name", QUICK)
def test_a_quick_answer_is_kept_shown_and_listed(name, records, accord):
    folder = _holds(accord, name, QUICK[name])
    assert not (records / "inputs").exists()
    assert {path.name for path in folder.iterdir()} >= {"record.json", "answer.txt", "answer.json", "tables"}


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_a_long_answer_is_kept_shown_and_listed(name, records, accord):
    _holds(accord, name, LONG[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", [*QUICK, *LONG])
def test_every_answer_is_asked_again_where_only_its_record_is_left(
    name, records, accord, monkeypatch, tmp_path
):
    code, _, err = accord(*{**QUICK, **LONG}[name])
    assert code == 0, err
    (folder,) = Path("runs").glob("*/")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(folder, elsewhere / "kept")
    for file in records.glob("*.*"):
        file.unlink()
    monkeypatch.chdir(elsewhere)
    code, out, err = accord("verify", "kept", "--json")
    assert code == 0, err
    assert json.loads(out)["same_bytes"]
    assert not Path("runs").exists()
