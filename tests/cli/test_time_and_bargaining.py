"""`accord delay`, `status` and `bargain` as a user meets them, and their answers in a full run."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from accord.programme import read_programme
from accord.study.delay import answer as delay_answer
from accord.study.prepare import prepare
from accord.study.time_setting import recorded_day
from accord.world import read_world

pytestmark = pytest.mark.medium

STUDY = Path(__file__).parents[1] / "study"
LOSES = STUDY / "one_loses.toml"


@pytest.fixture(autouse=True)
def _narrow(monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)  # short paths, so that lines with one fit


def test_delay_prints_ranked_losses_and_what_it_assumes(accord, tmp_path):
    code, out, err = accord("delay", LOSES, "--years", "1,2", "--out", "late")
    assert (code, err) == (0, "")
    assert "Evaluated on 2021-06-30 (`as_of` of the programme)." in out
    assert "2 year(s) late" in out
    assert "Nothing is late against an agreed day." in out
    assert "assumption: no day is stated" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    files = {path.name for path in (tmp_path / "late").iterdir()}
    assert files == {
        *("tables", "inputs", "record.json", "answer.json", "answer.txt"),
        *("path.png", "path.svg", "delay.png", "delay.svg"),
    }


def test_delay_in_json_holds_every_table_with_units(accord):
    code, out, _ = accord("delay", LOSES, "--as-of", "2022-01-01", "--until", "2030", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["as_of"] == "2022-01-01"
    assert {row["region"] for row in found["delay"]} == {"ARC", "BEL"}
    assert found["units"]["delay"]["change_usd"] == "USD million of base year"
    assert {row["year"] for row in found["path"]} == set(range(2022, 2031))


@pytest.mark.slow
def test_bargain_about_speed_says_years_rate_and_what_a_gain_is(accord, monkeypatch):
    code, out, _ = accord("bargain", STUDY / "slow_removal.toml", "--frontier", "0", "--until", "2035")
    text = " ".join(out.split())
    assert code == 0
    assert (
        "A gain is the present value as of 2021 of the years 2021 to 2035, discount rate 5.0% a year" in text
    )
    assert "speed from 18 to" in text
    assert "Present value, %" in out
    assert "Third countries, nash, USD million of present value: COR" in text
    assert max(map(len, out.splitlines())) <= 80
    code, out, _ = accord("bargain", STUDY / "slow_removal.toml", "--frontier", "0", "--json")
    found = json.loads(out)
    assert found["outcome"] == "present-value"
    assert found["units"]["points"]["value_usd"] == "USD million of base year"
    assert {row["unit"] for row in found["levers"] if row["lever"] == "speed"} == {"years"}


def test_bargain_refuses_years_where_there_are_none(accord):
    code, _, err = accord("bargain", LOSES, "--until", "2035")
    assert code != 0
    assert "--outcome present-value" in err
    code, _, err = accord("bargain", STUDY / "slow_removal.toml", "--outcome", "long-run")
    assert code != 0
    assert "it moves years, and the long run has none" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--as-of", "someday"), "is no day"),
        (("--years", "one"), "are no years"),
        (("--years", "0"), "positive numbers"),
        (("--until", "2010"), "no horizon"),
        (("--terminal", "perpetuity", "--growth", "0.2"), "infinitely much"),
    ],
)
def test_wrong_questions_about_delay_are_told(accord, arguments, message):
    code, out, err = accord("delay", LOSES, *arguments)
    assert code != 0
    assert out == ""
    assert message in err


def test_status_prints_counts_beside_the_effect(accord, tmp_path):
    code, out, _ = accord("status", LOSES, "--out", "status")
    assert code == 0
    assert "0 of 2 decisions are in force, 0% by count" in out
    assert max(map(len, out.splitlines())) <= 80
    assert (tmp_path / "status" / "delivered.svg").is_file()


def test_bargain_prints_the_smallest_change_and_who_would_pay(accord, tmp_path):
    code, out, err = accord("bargain", LOSES, "--frontier", "3", "--out", "bargain")
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    assert "Smallest change that makes every partner gain: aid from 0 to 0.069" in words
    assert "every partner gains if BEL pays ARC" in words
    assert "Third countries, as written" in words
    assert (tmp_path / "bargain" / "frontier.svg").is_file()
    code, out, _ = accord("bargain", LOSES, "--frontier", "0", "--json")
    found = json.loads(out)
    assert found["zone"] == "yes"
    assert {row["point"] for row in found["points"]} >= {"as written", "threat", "nash", "nearest change"}


def test_a_full_run_takes_the_day_of_the_record_and_never_today():
    programme = read_programme(LOSES)
    assert recorded_day(programme)[0] == date(2021, 6, 30)
    undated = programme.model_copy(update={"as_of": None})
    assert recorded_day(undated)[0] == date(2021, 1, 1)
    decided = undated.model_copy(
        update={"measures": (undated.measures[0].model_copy(update={"decided": date(2023, 3, 1)}),)}
    )
    assert recorded_day(decided)[0] == date(2023, 3, 1)
    found = delay_answer(prepare(undated, read_world("toy")), lambda *_: None)
    assert {table.name for table in found.tables} == {"delay", "delay_value", "delay_path", "delay_timeline"}
    assert found.sentences[0].startswith("As of 2021-01-01 (the day after the base year")
