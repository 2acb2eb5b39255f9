"""A programme put together from files and changed from outside is the programme that one file would hold; its text is kept."""

from __future__ import annotations

import io

import pytest

from accord.errors import ProgrammeError
from accord.programme import effective_text, read_programme
from accord.programme.region_sets import region_sets
from programme.examples import BARRIER, TARIFF, programme_table

MAIN = """
name = "Main"
include = ["shared/duty.toml", "groups.toml"]
partners = ["ARC", "BEL"]
base_year = 2020

[[measure]]
id = "own"
title = "Own"
area = "other"
kind = "productivity"
regions = "both"
factor = { low = 1.0, central = 1.1, high = 1.2, source = "a page" }
"""
DUTY = """
base_year = 1999
[groups.regions]
both = ["ARC"]
[[measure]]
id = "duty"
title = "Duty"
area = "barriers"
kind = "tariff"
between = "partners"
new_rate = 0.0
"""
GROUPS = """
[groups.regions]
both = ["ARC", "BEL"]
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "duty.toml").write_text(DUTY)
    (tmp_path / "groups.toml").write_text(GROUPS)
    (tmp_path / "main.toml").write_text(MAIN)
    return tmp_path / "main.toml"


def test_included_measures_come_first_and_the_file_above_holds(file):
    programme = read_programme(file)
    assert [measure.id for measure in programme.measures] == ["duty", "own"]
    assert programme.base_year == 2020
    assert programme.groups.regions["both"] == ("ARC", "BEL")


def test_a_fault_of_an_included_file_names_that_file_and_its_line(file):
    (file.parent / "shared" / "duty.toml").write_text(DUTY.replace("new_rate = 0.0", "new_rate = 7.0"))
    with pytest.raises(ProgrammeError) as raised:
        read_programme(file)
    assert str(raised.value).startswith(
        "duty.toml, line 11, measure 1 'duty' (tariff), key 'new_rate': 7 is out of range"
    )


def test_a_fault_in_the_head_of_an_included_file_names_that_file_and_its_line(file):
    (file.parent / "shared" / "duty.toml").write_text("discount_rate = 3.0\n" + DUTY)
    (file.parent / "groups.toml").write_text("\nfist_year = 1\n" + GROUPS)
    with pytest.raises(ProgrammeError) as raised:
        read_programme(file)
    assert [fault.where for fault in raised.value.faults] == [
        "duty.toml, line 1, key 'discount_rate'",
        "groups.toml, line 2, key 'fist_year'",
    ]


def test_a_fault_of_a_value_from_outside_names_the_option_and_no_line(file):
    with pytest.raises(ProgrammeError) as raised:
        read_programme(file, ["measure.duty.new_rate=9", "discount_rate=3"])
    assert [fault.where for fault in raised.value.faults] == [
        "option --set, key 'discount_rate'",
        "option --set, measure 1 'duty' (tariff), key 'new_rate'",
    ]


def test_the_text_that_a_run_keeps_reads_back_as_the_same_programme(file):
    changes = [
        "measure.own.factor=1.15",
        "measure.duty.new_rate=0.01",
        "discount_rate=0.02",
        'partners=["ARC", "COR"]',
    ]
    text = effective_text(file, changes)
    assert read_programme(io.StringIO(text)).content_hash == read_programme(file, changes).content_hash
    assert text.startswith(
        "# Written by accord from main.toml and the files that it includes\n# set from outside: measure.own"
    )


def test_a_file_without_includes_or_changes_is_kept_as_it_is(file):
    plain = file.parent / "plain.toml"
    plain.write_text(
        MAIN.replace('include = ["shared/duty.toml", "groups.toml"]\n', "").replace('"both"', '"ARC"')
    )
    assert effective_text(plain) == plain.read_text()


def test_a_number_set_from_outside_has_no_range_and_says_so(file):
    estimate = read_programme(file, {"measure.own.factor": 1.3}).measures[1].factor
    assert (estimate.low, estimate.central, estimate.high) == (1.3, 1.3, 1.3)
    assert estimate.is_assumption
    central = read_programme(file, {"measure.own.factor.central": 1.3}).measures[1].factor
    assert (central.low, central.central, central.high, central.source) == (1.0, 1.3, 1.3, "a page")


def test_a_programme_can_be_changed_too():
    programme = read_programme(programme_table(TARIFF, BARRIER))
    changed = read_programme(programme, {"measure.m2.cut": 0.9})
    assert changed.measures[1].cut.central == 0.9
    assert changed.measures[0] == programme.measures[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("measure.dutty.new_rate=0.1", "Did you mean 'duty'?"),
        ("measure.duty=0.1", "the key names no key of a measure"),
        ("measure.duty.new_rate", "is no change"),
        ("measure.duty.new_rat=0.1", "unknown key 'new_rat'"),
        ("measure.duty.new_rate=9", "9 is out of range"),
        ("discountrate=0.1", "unknown key 'discountrate'"),
        ("name.first=1", "'name' holds a plain value"),
        ("a..b=1", "the key has an empty part"),
    ],
)
def test_a_change_that_leads_nowhere_is_refused(file, change, message):
    with pytest.raises(ProgrammeError) as raised:
        read_programme(file, [change])
    assert message in str(raised.value)


def test_named_sets_are_groups_with_a_note_and_the_files_own_take_precedence():
    table = programme_table({**TARIFF, "between": None, "exporters": ["EAEU"], "importers": ["EU27"]})
    del table["measure"][0]["between"]
    programme = read_programme(table)
    assert programme.groups.regions["EAEU"] == ("ARM", "BLR", "KAZ", "KGZ", "RUS")
    assert len(programme.groups.regions["EU27"]) == 27
    assert any(
        note.startswith("EAEU is Eurasian Economic Union, membership of 2015-08-12")
        for note in programme.notes()
    )
    own = read_programme({**table, "groups": {"regions": {"EAEU": ["BLR", "RUS"]}}})
    assert own.groups.regions["EAEU"] == ("BLR", "RUS")
    assert any("group 'EAEU' of the file is used" in note for note in own.notes())


def test_every_set_has_members_once_a_day_and_a_source():
    for name, found in region_sets().items():
        assert len(set(found.members)) == len(found.members) > 1, name
        assert all(len(code) == 3 and code.isupper() for code in found.members), name
        assert set(found.since) <= set(found.members), name
        assert all(day <= found.as_of for day in found.since.values()) or name == "RCEP", name
        assert found.source


def test_a_set_whose_members_are_from_memory_says_so():
    table = programme_table({**TARIFF, "between": None, "exporters": ["GCC"], "importers": ["EU27"]})
    del table["measure"][0]["between"]
    notes = read_programme(table).notes()
    assert any(
        note.startswith("GCC is") and note.endswith("(members from memory: check them)") for note in notes
    )
    assert not any(note.startswith("EU27 is") and "from memory" in note for note in notes)
