"""Regional results of a programme on the toy World, and the command."""

from __future__ import annotations

import json

import numpy as np
import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.study.columns import COLUMNS
from accord.study.prepare import prepare
from accord.study.regional import REGION_COLUMNS, regional_results
from accord.world import read_world
from programme.examples import BARRIER, INVESTMENT, NO_COST, programme_table

SHARES = """country,region,name,sector,value,basis,year,source
BEL,N,North,population,30,people,2020,a census
BEL,S,South,population,70,people,2020,a census
"""
PARK = {
    "id": "park",
    "title": "A park",
    "area": "regions",
    "kind": "regional-project",
    "country": "BEL",
    "located": {"North": 1.0},
    "sectors": ["food"],
    "change_pct": 1.0,
    "cost": NO_COST,
}


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "shares.csv"
    file.write_text(SHARES)
    return file


@pytest.fixture(scope="module")
def prepared():
    return prepare(read_programme({**programme_table(PARK, BARRIER), "world": "toy"}), read_world("toy"))


def test_regions_add_up_and_the_project_lies_where_it_is_located(prepared, table):
    found = regional_results(prepared, table)
    regions = found.tables[0].frame.set_index("region")
    change = prepared.everything.output / prepared.everything.unit_cost_hat.T
    change -= prepared.context_alone.output / prepared.context_alone.unit_cost_hat.T
    assert regions["output_change_usd"].sum() == pytest.approx(change[prepared.position("BEL")].sum())
    assert regions.loc["N", "located_usd"] > 0.0
    assert regions.loc["S", "located_usd"] == 0.0
    assert regions.loc["N", "output_pct"] > regions.loc["S", "output_pct"]


def test_spill_overs_stay_nearer_and_still_add_up(prepared, table):
    near = regional_results(prepared, table, spill_overs=True).tables[0].frame.set_index("region")
    spread = regional_results(prepared, table).tables[0].frame.set_index("region")
    total = spread["output_change_usd"].sum()
    assert near["output_change_usd"].sum() == pytest.approx(total)
    assert not np.isclose(near.loc["N", "output_change_usd"], spread.loc["N", "output_change_usd"])


def test_every_table_says_what_it_is(prepared, table):
    found = regional_results(prepared, table)
    assert all("top down; no regional welfare" in entry.title for entry in found.tables)
    assert "regional welfare is not known" in found.notes[0]
    assert any("filled by population" in note for note in found.notes)
    columns = [column for entry in found.tables for column in entry.columns]
    assert not any("welfare" in column or "household" in column for column in columns)


def test_project_in_an_unknown_region_is_a_fault(table):
    lost = {**PARK, "located": {"Nord": 1.0}}
    study = prepare(read_programme({**programme_table(lost), "world": "toy"}), read_world("toy"))
    with pytest.raises(ProgrammeError, match="'Nord' is no region of BEL"):
        regional_results(study, table)


def test_command_prints_and_answers_in_json(table, tmp_path, accord):
    file = tmp_path / "p.toml"
    file.write_text(
        'name = "T"\npartners = ["ARC", "BEL"]\nworld = "toy"\nbase_year = 2020\n[[measure]]\nid = "duty"\ntitle = "Duty"\n'
        'area = "barriers"\nkind = "tariff"\nbetween = "partners"\nnew_rate = 0\n'
    )
    code, out, _ = accord("regions", str(file), "--shares", str(table), "--json")
    assert code == 0
    found = json.loads(out)
    assert {row["region"] for row in found["regional"]} == {"N", "S"}
    code, out, _ = accord("regions", str(file), "--shares", str(table))
    assert code == 0
    assert "no regional welfare" in out
    assert "Note: Top down" in out


def test_the_worked_table_answers_for_its_own_countries_alone(prepared):
    """A programme of other countries is not told about the regions of Belarus and Russia."""
    with pytest.raises(ProgrammeError, match="accord regions PROGRAMME --shares FILE"):
        regional_results(prepared)


def test_works_without_a_gain_in_productivity_lie_where_they_are_located_too(table):
    works = {**PARK, "sectors": ["machines"], "investment": {**INVESTMENT, "basket": {"machines": 1.0}}}
    del works["change_pct"]
    study = prepare(read_programme({**programme_table(works), "world": "toy"}), read_world("toy"))
    regions = regional_results(study, table).tables[0].frame.set_index("region")
    sectors = (
        regional_results(study, table).tables[1].frame.set_index(["sector", "region"])["output_change_usd"]
    )
    assert regions.loc["N", "located_usd"] == pytest.approx(sectors["machines"].sum())
    assert sectors["machines", "N"] > 0.0
    assert sectors["machines", "S"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("delta", [-0.1, 1.0, float("nan")])
def test_an_exponent_outside_its_range_is_refused(prepared, table, delta):
    with pytest.raises(ProgrammeError, match="Flegg and Webber"):
        regional_results(prepared, table, spill_overs=True, delta=delta)


def test_headings_tell_changes_from_levels_and_real_prices_from_nominal_ones():
    assert REGION_COLUMNS["output_base_usd"].label == "Base output"
    for name in ("output_change_usd", "value_added_change_usd"):
        assert REGION_COLUMNS[name].label.endswith(" change")
    assert COLUMNS["real_price_pct"].label == "Real producer price"
