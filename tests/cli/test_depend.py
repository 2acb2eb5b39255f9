"""`accord depend`, as a user types it."""

from __future__ import annotations

import json

import pytest

from accord.analysis.dependence import dependence
from accord.analysis.indicators import INDICATORS, indicators
from accord.cli.depend import judged
from accord.study.table_files import read_frame
from accord.world.toy import toy_world
from economies import random_world


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")


def test_ten_facts_with_numbers_and_indicators_with_sources(accord):
    code, out, _ = accord("depend", "ARC", "BEL", "--world", "toy")
    assert code == 0
    assert "Arcadia (ARC) and Belmare (BEL) in World 'toy', 2020" in out
    flat = " ".join(out.split())
    for number in range(1, 11):
        assert f"{number}. " in flat
    assert "Belmare buys inputs of USD 140 million from Arcadia" in flat
    assert "ARC has no figure" in flat
    assert flat.count("Not shown:") == len(INDICATORS)


def test_json_is_one_object_with_every_table_and_unit(accord):
    _, out, err = accord("depend", "ARC", "BEL", "--world", "toy", "--json", "--gas-in-electricity", "BEL=55")
    shown = json.loads(out)
    assert err == ""
    assert len(shown["facts"]) == 10
    expected = dependence(toy_world(), ["ARC", "BEL"])
    for name, table in expected.tables.items():
        assert len(shown[name]) == len(table.frame), name
        assert shown["units"][name] == {column: declared.unit for column, declared in table.columns.items()}
    gas = [row for row in shown["indicators"] if row["indicator"] == "gas_in_electricity"]
    assert [(row["region"], row["value"]) for row in gas] == [("ARC", None), ("BEL", 55.0)]


@pytest.mark.slow
def test_out_writes_tables_and_figures_and_leaves_other_folders_alone(accord, tmp_path):
    out = tmp_path / "deep" / "dependence"
    assert accord("depend", "ARC", "BEL", "--world", "toy", "--out", out)[0] == 0
    assert accord("depend", "ARC", "BEL", "--world", "toy", "--out", out)[0] == 0  # replaces its own
    figures = {
        f"{name}.{kind}"
        for name in ("component-flows", "chains", "dependence-concentration")
        for kind in ("svg", "png")
    }
    record = {"answer.json", "answer.txt", "record.json"}
    assert {file.name for file in out.iterdir() if file.is_file()} == figures | record
    frame = read_frame(out / "tables" / "component_flows.parquet")
    assert frame["flow_usd"].sum() > 0.0
    units = json.loads((out / "tables" / "units.json").read_text())
    assert units["suppliers"]["columns"]["hhi"]["label"] == "HHI"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    code, _, err = accord("depend", "ARC", "BEL", "--world", "toy", "--out", tmp_path / "mine")
    assert code == 1
    assert "is no folder of `accord depend`" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ARC",), "needs two partners or more"),
        (("ARC", "BELL"), "Did you mean 'BEL'?"),
        (("ARC", "BEL", "COR"), "nobody else to depend on"),
        (("ARC", "BEL", "--coalition", "BEL"), "a coalition is made of third countries"),
        (("ARC", "BEL", "--gas-in-electricity", "ARC"), "takes CODE=PERCENT"),
    ],
)
def test_wrong_questions_get_the_message_alone(accord, arguments, said):
    code, out, err = accord("depend", *arguments, "--world", "toy")
    assert code == 1
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_an_economy_inside_an_aggregate_is_pointed_at(accord):
    code, _, err = accord("depend", "BLR", "LTU")
    assert code == 1
    assert "It is part of 'REU', an aggregate" in err


def test_an_indicator_of_many_sectors_names_the_worst_of_those_beyond_its_threshold():
    world = random_world(4, regions=3, sectors=8)
    table = indicators(world, world.regions[:2])
    text = next(line for line in judged(table) if "criterion 2" in line)
    rows = table.frame[
        (table.frame["indicator"] == "ec_extra_share") & (table.frame["region"] == world.regions[0])
    ]
    beyond = rows[rows["passes"] == "no"].sort_values("value", ascending=False)
    told = f"{world.regions[0]} {len(beyond)} of 8 ({beyond['item'].iloc[0]} {beyond['value'].iloc[0]:.3g}"
    assert told in text
    assert "Strategic dependence above 0.5 (European Commission" in text
    assert "Not shown: How much" in text
