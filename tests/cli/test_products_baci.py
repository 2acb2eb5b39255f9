"""`accord products` on a made-up file in the layout of CEPII's BACI (t,i,j,k,v,q), from the archive's files to the candidates."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.cli import main

COUNTRIES = {
    "112": "BLR", "643": "RUS", "276": "DEU", "156": "CHN", "842": "USA", "392": "JPN", "616": "POL", "699": "IND",
    "792": "TUR", "76": "BRA", "381": "ITA", "8": "ALB", "410": "KOR", "757": "CHE",
}  # fmt: skip
"""BACI's numbers differ from ISO's for some (USA 842, India 699, Italy 381, Switzerland 757)."""
CENTRES, LATHES = "845710", "845811"
PRODUCTS = (CENTRES, LATHES, "846610", "847130", "854231", "852990", "841330", "842952", "870190", "040690", "020130", "100410", "270900",
            "310420", "720839", "440710", "640399", "610910")  # fmt: skip
SOLD = {
    ("276", "112"): 300.0,
    ("276", "643"): 400.0,
    ("156", "643"): 300.0,
    ("112", "643"): 30.0,
    ("643", "112"): 20.0,
}
"""Machining centres that the partners buy, USD million."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """The unpacked archive: one year of flows, countries, products. Amounts are USD thousand, as in BACI."""
    folder, draw = tmp_path_factory.mktemp("baci"), np.random.default_rng(4)
    able, hard = draw.normal(size=len(COUNTRIES)), draw.normal(size=len(PRODUCTS))
    lines = ["t,i,j,k,v,q"]
    for c, exporter in enumerate(COUNTRIES):
        for importer in COUNTRIES:
            for p, product in enumerate(PRODUCTS):
                if (
                    exporter == importer
                    or draw.random() < 0.2
                    or (product == CENTRES and importer in {"112", "643"})
                ):
                    continue
                amount = np.exp(draw.normal(10.0, 1.0) + able[c] * hard[p])
                quantity = "NA" if draw.random() < 0.3 else f"{amount / 7:.3f}"
                lines.append(f"2022,{exporter},{importer},{product},{amount:.3f},{quantity}")
    lines += [f"2022,{one},{other},{CENTRES},{1000 * amount:.3f},NA" for (one, other), amount in SOLD.items()]
    (folder / "BACI_HS17_Y2022_V202401b.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = "\n".join(f"{number},{code} in full,XX,{code}" for number, code in COUNTRIES.items())
    (folder / "country_codes_V202401b.csv").write_text(
        f"country_code,country_name,country_iso2,country_iso3\n{table}\n", encoding="utf-8"
    )
    named = "\n".join(f'{code},"Goods, {code}"' for code in PRODUCTS)
    (folder / "product_codes_HS17_V202401b.csv").write_text(f"code,description\n{named}\n", encoding="utf-8")
    return folder / "BACI_HS17_Y2022_V202401b.csv"


def answer(capsys, *arguments: object) -> dict:
    with pytest.raises(SystemExit) as done:
        main([str(argument) for argument in ("products", "BLR", "RUS", *arguments, "--json")])
    assert not done.value.code
    return json.loads(capsys.readouterr().out)


def product(content: dict, code: str) -> dict:
    (row,) = (row for row in content["products"] if row["product"] == code)
    return row


def test_reliance_on_non_partners_is_read_from_the_flows_product_by_product(archive, capsys):
    row = product(answer(capsys, "--exports", archive), CENTRES)
    assert row["product_name"] == "Goods, 845710"
    assert row["basis"] == "imports by partner in BACI (BACI_HS17_Y2022_V202401b.csv), 2022"
    assert_allclose(row["imports_from_others"], 1000.0)  # of 1,050: the partners sell each other 50
    assert_allclose(row["import_share"], 1000.0 / 1050.0)
    assert_allclose(row["import_hhi"], 0.7**2 + 0.3**2)
    assert (row["largest_supplier"], row["use_share"]) == ("DEU", None)
    assert_allclose(row["largest_supplier_share"], 0.7)


def test_the_commissions_criteria_are_counted_for_the_product_itself(archive, capsys):
    content = answer(capsys, "--exports", archive)
    for row in content["products"]:
        exported = sum(
            place["exports"]
            for place in content["positions"]
            if place["product"] == row["product"] and place["economy"] == "BLR+RUS"
        )
        met = [row["import_hhi"] > 0.4, row["import_share"] > 0.5, row["imports_from_others"] > exported]
        assert row["criteria_met"] == sum(met)
    assert product(content, CENTRES)["criteria_met"] >= 2


def test_candidates_of_a_group_say_who_supplies_them_and_need_no_world(archive, capsys):
    content = answer(capsys, "--exports", archive, "--focus", "machine-tools")
    assert {row["product"] for row in content["focus"]} == {CENTRES, LATHES, "846610"}
    assert content["candidates"]
    for row in content["candidates"]:
        assert row["product"] in {CENTRES, LATHES, "846610"}
        assert f"{row['largest_supplier']} in full supplies" in row["reason"]
        assert "About" not in row["reason"]  # measured, not inferred
    assert not any("inferred" in note for note in content["notes"])


def test_headings_of_four_digits_add_up_what_they_hold(archive, capsys):
    fine, wide = answer(capsys, "--exports", archive), answer(capsys, "--exports", archive, "--digits", 4)
    total = sum(row["imports_from_others"] for row in fine["products"])
    assert_allclose(sum(row["imports_from_others"] for row in wide["products"]), total)
    assert {row["product"] for row in wide["products"]} == {code[:4] for code in PRODUCTS}


def test_a_world_adds_the_share_in_use_and_changes_no_import(archive, capsys):
    alone, beside = (answer(capsys, "--exports", archive, *more) for more in ((), ("--world", "embedded")))
    for one, other in zip(alone["products"], beside["products"], strict=True):
        assert one["imports_from_others"] == other["imports_from_others"]
    assert 0.0 < product(beside, CENTRES)["use_share"] < 1.0


def test_country_tables_of_older_releases_are_read_and_others_named(archive, tmp_path, capsys):
    table = "\n".join(f"{number},{code},{code} in full,XX,{code}" for number, code in COUNTRIES.items())
    old = tmp_path / "country_codes_V202001.csv"
    old.write_text(
        f"country_code,country_name_abbreviation,country_name_full,iso_2digit_alpha,iso_3digit_alpha\n{table}\n",
        encoding="utf-8",
    )
    assert answer(capsys, "--exports", archive, "--country-codes", old)["partners"] == ["BLR", "RUS"]
    old.write_text("number,name\n112,Belarus\n", encoding="utf-8")
    with pytest.raises(SystemExit) as done:
        main(["products", "BLR", "RUS", "--exports", str(archive), "--country-codes", str(old)])
    assert done.value.code == 3
    assert "no column country_iso3 or iso_3digit_alpha" in capsys.readouterr().err


def test_tables_found_beside_the_file_are_part_of_the_record(archive, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "own"
    shutil.copytree(archive.parent, folder)
    monkeypatch.delenv("ACCORD_NO_RECORD")
    monkeypatch.chdir(tmp_path)
    kept = Path(answer(capsys, "--exports", Path("own") / archive.name)["directory"])
    inputs = json.loads((kept / "record.json").read_text(encoding="utf-8"))["inputs"].values()
    for name in (archive.name, "country_codes_V202401b.csv", "product_codes_HS17_V202401b.csv"):
        (entry,) = (entry for entry in inputs if entry["given"] == f"own/{name}")
        assert entry["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    shutil.rmtree(folder)  # the record holds all that it takes to ask again
    with pytest.raises(SystemExit) as done:
        main(["verify", str(kept)])
    assert not done.value.code
    assert "Verified: every value agrees" in capsys.readouterr().out


def test_another_table_of_countries_is_another_question(archive, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "own"
    shutil.copytree(archive.parent, folder)
    monkeypatch.delenv("ACCORD_NO_RECORD")
    monkeypatch.chdir(tmp_path)
    first = answer(capsys, "--exports", folder / archive.name)["directory"]
    codes = folder / "country_codes_V202401b.csv"
    codes.write_text(codes.read_text(encoding="utf-8").replace("POL in full", "Poland"), encoding="utf-8")
    assert answer(capsys, "--exports", folder / archive.name)["directory"] != first
