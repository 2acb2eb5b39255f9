"""`accord extract`, `accord footprints`, and the folder of `accord exports`, on the toy World."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from numpy.testing import assert_allclose

from accord.analysis.extraction import Extraction, extract
from accord.analysis.production import production_of
from accord.cli import main
from accord.world import read_world


def run(*arguments: object) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def test_a_flow_is_taken_out_and_its_table_is_that_of_the_library(capsys):
    asked = (
        "extract",
        "--exporters",
        "ARC",
        "--products",
        "machines",
        "--importers",
        "BEL",
        "--world",
        "toy",
        "--json",
    )
    assert run(*asked) == 0
    rows = pd.DataFrame(json.loads(capsys.readouterr().out)["extractions"])
    cut = Extraction("flows of machines from ARC to BEL", ["ARC"], ["machines"], ["BEL"])
    assert_allclose(rows["lost_output_usd"], extract(read_world("toy"), [cut]).frame["lost_output_usd"])
    assert set(rows["extraction"]) == {cut.name}


def test_each_region_and_each_sector_one_at_a_time(capsys):
    assert run("extract", "--each", "region", "--world", "toy", "--top", 2) == 0
    assert "2 of 9 rows, the largest losses first" in capsys.readouterr().out
    assert run("extract", "--each", "sector", "--exporters", "ARC", "--world", "toy", "--json") == 0
    assert {row["extraction"] for row in json.loads(capsys.readouterr().out)["sector_extractions"]} == {
        f"ARC {sector}" for sector in read_world("toy").sectors
    }


def test_the_smallest_set_of_suppliers(capsys):
    assert run("extract", "--critical", "BEL", "--share", 0.05, "--world", "toy") == 0
    assert "through which the value of output of BEL passes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--each", "region", "--within", "ARC", "BEL"), "leave --each away"),
        (("--each", "region", "--products", "food"), "--each sector"),
        (("--exporters", "ARK"), "no region 'ARK'"),
    ],
)
def test_questions_that_do_not_fit_are_refused(capsys, more, said):
    assert run("extract", *more, "--world", "toy") == 1
    assert said in capsys.readouterr().err


def test_footprints_of_a_file_with_their_folder(tmp_path, capsys):
    world = read_world("toy")
    output = production_of(world).output.reshape(len(world.regions), -1)
    lines = ["satellite,unit,region,sector,amount"]
    lines += [
        f"co2,Mt,{region},{sector},{output[r, s]}"
        for r, region in enumerate(world.regions)
        for s, sector in enumerate(world.sectors)
    ]
    (tmp_path / "co2.csv").write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "made"
    assert run("footprints", tmp_path / "co2.csv", "--world", "toy", "--out", out) == 0
    assert "Caused by" in capsys.readouterr().out
    for name in ("satellite_accounts", "satellite_flows", "satellite_multipliers"):
        assert (out / "tables" / f"{name}.parquet").is_file()
    assert run("footprints", tmp_path / "co2.csv", "--world", "toy", "--regions", "ARC", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert [row["region"] for row in content["satellite_accounts"]] == ["ARC"]


def test_exports_can_be_had_as_files_and_another_method_replaces_them(tmp_path, capsys):
    out = tmp_path / "exports"
    for method in ("bm-source", "bm-sink-bilateral"):
        assert run("exports", "ARC", "--world", "toy", "--by-partner", "--method", method, "--out", out) == 0
        name = f"exports_{method.replace('-', '_')}"
        assert {file.stem for file in (out / "tables").glob("*.csv")} == {"gvc_participation", name}
    frame = pd.read_csv(out / "tables" / f"{name}.csv")
    assert {"davax", "ddc", "fdc"} <= set(frame)
    capsys.readouterr()
