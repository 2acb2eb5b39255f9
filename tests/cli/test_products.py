"""`accord products`: what it prints, its JSON, its folder, and its refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest

from accord.cli import main

NAMES = (
    "Lathes for removing metal",
    "Tractors",
    "Computers",
    "Semiconductor devices",
    "Furniture",
    "Cheese",
    "Beef",
    "Oats",
)


@pytest.fixture
def exports(tmp_path):
    """A bilateral table of twelve countries and eight products."""
    rng = np.random.default_rng(5)
    rows = ["exporter,importer,product,value_musd"]
    for exporter in range(12):
        for importer in range(12):
            rows += [
                f"C{exporter:02d},C{importer:02d},{name},{amount:.3f}"
                for name, amount in zip(NAMES, rng.lognormal(5.0, 1.5, len(NAMES)), strict=True)
                if importer != exporter
            ]
    file = tmp_path / "exports.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def run(*arguments) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def test_it_prints_where_partners_stand_and_why_each_candidate_is_one(exports, capsys):
    assert run("products", "C01", "C02", "--exports", exports) == 0
    said = capsys.readouterr().out
    assert "Where the partners stand in the product space" in said
    assert "come from non-partners" in said
    assert "Density says what is near, not what pays." in " ".join(said.split())


def test_json_is_one_object_with_every_table_and_its_units(exports, capsys):
    assert run("products", "C01", "C02", "--exports", exports, "--focus", "electronics", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content["partners"] == ["C01", "C02"]
    assert {row["product"] for row in content["focus"]} == {"Computers", "Semiconductor devices"}
    for name in ("economies", "candidates", "products", "positions", "focus"):
        assert all(set(row) == set(content["units"][name]) for row in content[name])
    assert [row["kind"] for row in content["economies"]] == ["alone", "alone", "as one", "pooled"]


def test_the_folder_holds_tables_and_figures_and_is_replaced_only_when_it_is_ours(exports, tmp_path, capsys):
    out = tmp_path / "made"
    for _ in range(2):
        assert run("products", "C01", "C02", "--exports", exports, "--out", out) == 0
    assert {file.name for file in out.iterdir()} >= {
        "tables",
        "record.json",
        "product-space.svg",
        "product-space.png",
    }
    assert (out / "tables" / "candidates.parquet").is_file()
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    (stranger / "letter.txt").write_text("mine")
    capsys.readouterr()
    assert run("products", "C01", "C02", "--exports", exports, "--out", stranger) == 1
    assert "is no folder of `accord products`" in capsys.readouterr().err
    assert (stranger / "letter.txt").read_text() == "mine"


def test_an_unknown_partner_is_named_with_the_nearest_code(exports, capsys):
    assert run("products", "C01", "D02", "--exports", exports) == 3
    assert "no exports of 'D02'" in capsys.readouterr().err
