"""`accord exports`, as a user types it."""

from __future__ import annotations

import json

import pytest

TOY = ("--world", "toy")


def test_it_names_the_method_and_gives_both_tables(accord):
    code, out, _ = accord("exports", "ARC", "BEL", *TOY)
    assert code == 0
    assert "Gross exports by Borin and Mancini (2019), source-based" in out
    assert "Participation in global value chains" in out
    first, second, *_ = (line.split()[2:] for line in out.splitlines() if line.startswith("ARC"))
    assert [*first, *second] == ["560.0", "471.2", "420.5", "50.8", "72.9", "7.9", "8.0"]
    assert max(map(len, out.splitlines())) <= 80


def test_terms_stand_with_their_formulas(accord):
    _, out, _ = accord("exports", "ARC", "--method", "kww", "--terms", *TOY)
    line = next(line for line in out.splitlines() if line.startswith("6 Domestic double counting"))
    assert line.split()[-1] == "7.1"
    assert "Vs sum_r Bsr Ars Lss Es*" in line


def test_partners_and_sectors_can_be_chosen(accord):
    _, out, _ = accord(
        "exports", "COR", "--to", "BEL", "--sectors", "machines", "--by-partner", "--share", *TOY, "--json"
    )
    (row,) = json.loads(out)["tables"]["exports_bm_source"]["rows"]
    assert (row["importer"], row["exports"]) == ("BEL", 60.0)
    assert sum(
        row[part] for part in ("vax", "returned", "fva", "double_counted", "duties_taxes")
    ) == pytest.approx(1.0)


def test_json_is_one_object_with_units_methods_and_sources(accord):
    _, out, _ = accord("exports", *TOY, "--method", "wwz", "--json")
    shown = json.loads(out)
    table = shown["tables"]["exports_wwz"]
    assert table["columns"]["ova_fin"] == {
        "unit": "USD million",
        "label": "T14 OVA_FIN",
        "method": "Wang, Wei and Zhu (2013): (sum_t Vt Bts) # Ysr",
        "source": "accord's toy economy, made up",
    }
    assert [row["exporter"] for row in table["rows"]] == ["ARC", "BEL", "COR"]
    assert shown["tables"]["gvc_participation"]["columns"]["forward"]["unit"] == "share"


def test_an_unknown_region_is_answered_with_the_nearest_one(accord):
    code, out, err = accord("exports", "ARK", *TOY)
    assert (code, out) == (1, "")
    assert "Did you mean 'ARC'" in err


def test_the_method_for_totals_sends_questions_about_flows_elsewhere(accord):
    code, _, err = accord("exports", "ARC", "--method", "kww", "--by-partner", *TOY)
    assert code == 1
    assert "use the method 'wwz'" in err
