"""`accord world` and `accord data`, as a user types them."""

from __future__ import annotations

import json

import pytest

from accord.world.store import cached_path, cached_worlds, write_world
from accord.world.toy import toy_world


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path / "data"))


def test_show_gives_units_names_and_sources(accord):
    code, out, _ = accord("world", "show", "toy")
    assert code == 0
    assert "toy, 2020: 3 regions x 3 sectors" in out
    assert "USD 5,407 million" in out
    _, out, _ = accord("world", "show", "toy", "--regions", "--sectors")
    assert ["ARC", "Arcadia"] in [line.split()[:2] for line in out.splitlines()]
    assert ["machines", "Machines"] in [line.split()[:2] for line in out.splitlines()]
    assert max(map(len, out.splitlines())) <= 80


def test_show_as_json_is_one_object_with_everything(accord):
    _, out, _ = accord("world", "show", "toy", "--json")
    shown = json.loads(out)
    assert shown["content_sha256"] == toy_world().content_hash
    assert [row["region"] for row in shown["regions"]] == ["ARC", "BEL", "COR"]
    assert shown["units"]["regions"]["trade_balance"] == "USD million"
    assert sum(row["trade_balance"] for row in shown["regions"]) == 0.0
    assert {row["sector"]: row["trade_elasticity"] for row in shown["sectors"]} == {
        "farming": 8,
        "food": 4,
        "machines": 6,
    }


def test_check_of_a_sound_world(accord):
    code, out, _ = accord("world", "check", "toy")
    assert (code, out) == (
        0,
        "World 'toy' (3 regions x 3 sectors, 2020) has no fault: its accounts add up.\n",
    )


def test_check_of_a_faulty_world_lists_faults_and_exits_with_three(accord, tmp_path):
    toy = toy_world()
    broken = toy.with_data({"trade_elasticity": -toy.data["trade_elasticity"]}, step="broken")
    path = write_world(broken, tmp_path / "broken.nc")
    code, out, err = accord("world", "check", path)
    assert (code, out) == (3, "")
    assert "3 cells are zero or negative: farming, food, machines (sector)" in err
    code, out, err = accord("world", "check", path, "--json")
    assert (code, err) == (3, "")
    (fault,) = json.loads(out)["faults"]
    assert fault["remedy"] == "Published elasticities are often negative: give their absolute value."


def test_aggregate_writes_a_world_that_can_be_shown(accord, tmp_path):
    mapping, out_file = tmp_path / "m.toml", tmp_path / "union.nc"
    mapping.write_text('[regions]\nAB = ["ARC", "BEL"]\nCOR = ["COR"]\n[region_names]\nAB = "Union"\n')
    code, out, _ = accord("world", "aggregate", "toy", "--mapping", mapping, "--out", out_file)
    assert code == 0
    assert "Merged from 3 regions x 3 sectors to 2 x 3" in out
    _, out, _ = accord("world", "show", out_file, "--regions")
    assert "Union" in out
    assert "ARC BEL" in out


def test_list_says_what_is_here_and_how_to_get_the_rest(accord):
    write_world(toy_world(), cached_path("mine"))
    _, out, _ = accord("data", "list", "--json")
    worlds = {row["name"]: row for row in json.loads(out)["worlds"]}
    assert worlds["toy"]["here"]
    assert worlds["mine"]["here"]
    assert not worlds["icio-2022"]["here"]
    assert worlds["icio-2022"]["get"] == "accord data fetch icio-2022"
    assert "accord data add cp2015 FILE" in accord("data", "list")[1]


def test_tariffs_are_added_under_a_new_name_and_removed(accord, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("exporter,importer,sector,rate\nARC,BEL,food,0.5\n")
    code, out, _ = accord("data", "add", "tariffs", file, "--world", "toy")
    assert code == 0
    assert "World 'toy-tariffs' (3 regions x 3 sectors, 2020) is here." in out
    assert cached_worlds() == ("toy-tariffs",)
    assert accord("world", "check", "toy-tariffs")[0] == 0
    assert accord("data", "remove", "toy-tariffs")[:2] == (0, "Removed World 'toy-tariffs'.\n")
    assert cached_worlds() == ()


def test_a_fetch_that_fails_or_is_stopped_keeps_nothing(accord, monkeypatch):
    from accord.world import sources

    def stopped(_source, *_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(sources.Source, "load", stopped)
    code, out, err = accord("data", "fetch", "icio-2022")
    assert (code, out) == (130, "")
    assert "nothing half-written is left" in err
    assert cached_worlds() == ()


def test_a_fetched_world_is_kept_under_the_name_of_its_source(accord, monkeypatch):
    from accord.world import sources

    monkeypatch.setattr(sources.Source, "load", lambda _source: toy_world())
    assert accord("data", "fetch", "icio-2022")[0] == 0
    assert cached_worlds() == ("icio-2022",)
    assert json.loads(accord("world", "show", "icio-2022", "--json")[1])["name"] == "icio-2022"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("data", "fetch", "cp2015"),
            "it is not had by 'fetch'.\n  Expected: one of icio-2022.\n  Type: accord data add cp2015 FILE",
        ),
        (
            ("data", "fetch", "icio2022"),
            "unknown source.\n  Expected: one of icio-2022.\n  Did you mean 'icio-2022'",
        ),
        (("data", "add", "cp2O15", "x.npz"), "Did you mean 'cp2015'"),
        (("data", "add", "cp2015", "absent.npz"), "absent.npz: no such file."),
        (
            ("data", "add", "cp2015", "x.npz", "--as", "toy"),
            "'toy' is the name of a World that comes with accord",
        ),
        (("data", "add", "cp2015", "x.npz", "--as", "../x"), "'../x' cannot be a name"),
        (("data", "remove", "embedded"), "World 'embedded' comes with accord and cannot be removed."),
        (("data", "remove", "mine"), "no World 'mine' was fetched or added."),
        (("world", "show", "toi"), "Did you mean 'toy'?"),
    ],
)
def test_a_wrong_command_is_told_what_to_type(accord, arguments, message):
    code, out, err = accord(*arguments)
    assert code != 0
    assert out == ""
    assert message in err


def test_cp2015_is_added_from_the_published_file(accord, shared_data):
    code, out, _ = accord("data", "add", "cp2015", shared_data / "cp2015" / "nafta.npz")
    assert code == 0
    assert "133 of 1,240 recorded expenditure cells" in out
    assert accord("world", "check", "cp2015")[0] == 0


@pytest.mark.parametrize(
    "command",
    ["world show", "world check", "world aggregate", "data list", "data fetch", "data add", "data remove"],
)
def test_every_help_text_has_an_example(accord, command):
    code, out, _ = accord(*command.split(), "--help")
    assert code == 0
    assert f"accord {command}" in out.split("For example:")[1]
