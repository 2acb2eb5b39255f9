"""Notes on measures that are sound and need a word: who pays from outside, what names trade at home, what is only partly there."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.study.check import check_programme
from accord.study.running import _zero_flow_notes
from accord.world import read_world
from programme.examples import COMMON, LOAN, SUBSTITUTION, TARIFF, TRANSFER, programme_table


def checked(*measures):
    programme = read_programme({**programme_table(*measures), "world": "toy"})
    return check_programme(programme, read_world("toy"))


def test_who_pays_from_outside_the_union_is_named():
    paid = {**SUBSTITUTION, "cost_gap_payers": {"COR": 0.5, "ARC": 0.5}}
    (note,) = checked(paid).notes
    assert note == "measure 'm1': COR pays for it and is no partner, so that it is no part of the verdict"
    assert checked(SUBSTITUTION).notes == ()


def test_lines_of_a_table_about_trade_at_home_are_told():
    table = "importer,exporter,sector,value\nARC,ARC,food,0.1\nARC,BEL,food,0.1\nBEL,BEL,food,0.1\n"
    found = checked({**COMMON, "kind": "shock-table", "effect": "tariff-rate", "table": table})
    (note,) = found.notes
    assert "2 of its lines name trade of a region with itself" in note


def test_flows_that_are_zero_are_told_of_the_products_meant_and_not_of_the_whole_measure():
    world = read_world("toy")
    data = world.data.copy(deep=True)
    data["intermediate"].loc[{"exporter": "BEL", "importer": "ARC", "supplying_sector": "food"}] = 0.0
    data["final_demand"].loc[{"exporter": "BEL", "importer": "ARC", "supplying_sector": "food"}] = 0.0
    duty = {key: value for key, value in TARIFF.items() if key not in {"new_rate", "between"}}
    duty |= {"exporters": ["BEL"], "importers": ["ARC"]}
    both = checked({**duty, "rates": {"food": 0.1, "machines": 0.1}})
    without = dataclasses.replace(world, data=data)
    (note,) = _zero_flow_notes(without, both)
    assert "some flows that it targets (food) are zero" in note
    (note,) = _zero_flow_notes(without, checked({**duty, "rates": {"food": 0.1}}))
    assert "every flow that it targets is zero" in note


def test_a_loan_to_oneself_is_refused():
    money = {"payer", "recipient", "usd_million_per_year"}
    loan = {key: value for key, value in TRANSFER.items() if key not in money}
    with pytest.raises(ProgrammeError, match="BEL lends to itself"):
        read_programme(programme_table({**loan, "loan": {**LOAN, "borrower": "BEL"}}))


def test_a_measure_in_force_before_its_own_day_is_told():
    from accord.study.prepare import prepare
    from accord.study.time_setting import set_up
    from accord.study.tracker import track

    table = programme_table({**TARIFF, "status": "in-force", "in_force": date(2030, 1, 1)})
    prepared = prepare(read_programme({**table, "world": "toy"}), read_world("toy"))
    found = track(set_up(prepared, as_of=date(2025, 1, 1)))
    assert any("its day 2030-01-01 is still to come" in note for note in found.notes)
    assert found.tables["delivered"].frame["now_usd"].abs().max() < 1e-6


def test_a_programme_of_which_everything_is_dropped_has_a_status_and_no_delay():
    from accord.study.delay import delay
    from accord.study.prepare import prepare
    from accord.study.time_setting import set_up
    from accord.study.tracker import track

    table = programme_table({**TARIFF, "status": "dropped"})
    prepared = prepare(read_programme({**table, "world": "toy"}), read_world("toy"))
    setting = set_up(prepared, as_of=date(2025, 1, 1))
    found = track(setting)
    assert "0 of 0 decisions are in force (1 dropped)" in found.sentence
    late = delay(setting)
    assert late.tables["delay"].frame.empty
    assert (late.tables["value"].frame["value_usd"] == 0.0).all()
    assert len(late.tables["path"].frame) == 20 * 3


def test_partners_cannot_agree_on_what_a_third_country_pays():
    lever = {"id": "aid", "transfer": {"payer": "COR", "recipient": "ARC"}, "low": 0, "high": 10}
    with pytest.raises(ProgrammeError, match="'COR' is no partner"):
        read_programme({**programme_table(TARIFF), "lever": [lever]})
