"""`accord energy lcoe`: the published row, the plants of a programme, and faults."""

from __future__ import annotations

import json

import pytest


def test_without_numbers_the_published_russian_row_comes_out(accord):
    code, out, _ = accord("energy", "lcoe", "--json")
    rows = json.loads(out)["tables"]["lcoe"]["rows"]
    assert code == 0
    assert [row["lcoe"] for row in rows] == pytest.approx([27.41, 42.02, 56.64], rel=0.002)
    code, out, _ = accord("energy", "lcoe", "--rates", "0.05", "--delay", "3")
    assert code == 0
    assert "Levelised cost of electricity" in out


def test_plants_of_a_programme_are_shown_with_parties_and_sensitivity(accord, repository):
    code, out, _ = accord("energy", "lcoe", str(repository / "programmes" / "union_state_energy_2024.toml"))
    assert code == 0
    for word in ("Break-even gas price, first loan year", "lender", "overnight_cost", "gas_price"):
        assert word in out


def test_impossible_numbers_are_all_named(accord):
    code, _, err = accord("energy", "lcoe", "--load-factor", "1.5", "--fuel", "-3", "--rates", "7")
    assert code == 1
    for sentence in (
        "--load-factor: 1.5 is out of range",
        "--fuel: -3 is out of range",
        "--rates: 7 is out of range",
    ):
        assert sentence in err


def test_a_programme_without_a_plant_says_so(accord, repository):
    code, _, err = accord("energy", "lcoe", str(repository / "programmes" / "nafta_1993.toml"))
    assert code == 1
    assert "no measure is a nuclear plant" in err
