"""Programmes: groups, evidence, hashes, variants, and the files that are shipped."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from accord.errors import ProgrammeError
from accord.programme import Estimate, Programme, read_programme
from accord.shocks import RentWedgeShock, ResourceCostShock, TariffShock
from programme.examples import BARRIER, SANCTION, TARIFF, TRAINING, programme_table

FOLDER = Path(__file__).parents[2] / "programmes"
SHIPPED = sorted(FOLDER.glob("*.toml"))

TEXT = """
name = "Test"
partners = ["ARC", "BEL"]
base_year = 2020
[[measure]]
id = "food-duty"
title = "The duty on food goes"
area = "barriers"
kind = "tariff"
between = "partners"
new_rate = 0.0
"""


def test_programme_is_read_from_a_path_an_open_file_a_table_and_itself(tmp_path: Path):
    path = tmp_path / "food.toml"
    path.write_text(TEXT, encoding="utf-8")
    by_path = read_programme(path)
    assert by_path.path == path
    assert read_programme(str(path)) == by_path
    for file in (io.StringIO(TEXT), io.BytesIO(TEXT.encode())):
        assert read_programme(file).measures == by_path.measures
    with path.open("rb") as file:
        assert read_programme(file).path == path
    assert read_programme(by_path) is by_path


def test_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path):
    path = tmp_path / "food.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert read_programme(path).content_hash == read_programme(io.StringIO(TEXT)).content_hash


def test_hash_is_that_of_the_content_and_not_of_the_layout():
    base = read_programme(io.StringIO(TEXT)).content_hash
    assert read_programme(io.StringIO("# a comment\n" + TEXT.replace(" = ", "="))).content_hash == base
    assert read_programme(io.StringIO(TEXT.replace("0.0", "0.01"))).content_hash != base


def test_groups_are_replaced_by_their_members_and_words_are_left_to_the_world():
    table = {**TARIFF, "between": ["NORTH", "COR", "others"], "sectors": ["staples", "services"]}
    groups = {
        "regions": {"NORTH": ["ARC", "INNER"], "INNER": ["BEL", "COR"]},
        "sectors": {"staples": ["food", "energy"]},
    }
    (shock,) = read_programme(programme_table(table, groups=groups)).shocks()
    assert isinstance(shock, TariffShock)
    assert shock.flows.exporters == ("ARC", "BEL", "COR", "@others")
    assert shock.flows.sectors == ("food", "@energy", "@services")


def test_partners_may_be_a_group():
    programme = read_programme(
        programme_table(TARIFF, partners=["COR", "NORTH"], groups={"regions": {"NORTH": ["ARC", "BEL"]}})
    )
    assert programme.partners == ("COR", "ARC", "BEL")


def test_roles_divide_decisions_from_context():
    programme = read_programme(programme_table(TARIFF, SANCTION))
    assert [measure.id for measure in programme.decisions] == ["m1"]
    assert [measure.id for measure in programme.context] == ["m2"]
    assert {shock.measure for shock in programme.shocks(("context",))} == {"m2"}
    assert len(programme.shocks()) == len(programme.shocks(("decision",))) + len(
        programme.shocks(("context",))
    )


def test_numbers_without_a_citation_are_assumptions():
    cost = [{"payer": "partners", "usd_million_per_year": 3, "source": "Ministry of Trade, 2019"}]
    ave = {"low": 0.1, "central": 0.2, "high": 0.3, "source": "survey"}
    cut = {"central": 0.5, "source": "Assumption: half"}
    programme = read_programme(
        programme_table({**BARRIER, "ave": ave, "cut": cut, "cost": cost, "in_base": 0.25})
    )
    assumed = {(entry.field, entry.text) for entry in programme.assumptions()}
    assert assumed == {("cut", "0.5"), ("in_base", "0.25"), ("rent_share", "0.5 (0 to 1)")}
    (measure,) = programme.measures
    assert measure.estimates()["ave"] == Estimate(low=0.1, central=0.2, high=0.3, source="survey")
    assert measure.estimates()["cost.partners"].source == "Ministry of Trade, 2019"
    assert measure.in_base == 0.25


def test_rent_share_is_set_where_somebody_earns_a_rent():
    rented = {**SANCTION, "rent_share": 0.3, "recipient": "importer-firms"}
    programme = read_programme(programme_table(BARRIER, SANCTION, rented)).with_rent_share(1.0)
    wedges = {shock.measure for shock in programme.shocks() if isinstance(shock, RentWedgeShock)}
    assert wedges == {"m1", "m3"}
    assert not any(isinstance(shock, RentWedgeShock) for shock in programme.with_rent_share(0.0).shocks())
    assert programme.with_rent_share(0.0).with_rent_share(1.0) == programme


def test_only_keeps_the_measures_named():
    programme = read_programme(programme_table(TARIFF, BARRIER, SANCTION))
    assert [measure.id for measure in programme.only(["m3", "m1"]).measures] == ["m1", "m3"]
    with pytest.raises(ProgrammeError, match="no measure 'm4'"):
        programme.only(["m4"])


def test_measure_in_force_after_the_base_year_needs_no_share_in_the_base():
    table = programme_table({**TARIFF, "in_force": date(2021, 1, 1)})
    assert read_programme(table).measures[0].in_base is None
    with pytest.raises(ProgrammeError, match="not after the base year 2020"):
        read_programme(programme_table({**TARIFF, "in_force": date(2020, 12, 31)}))


def test_programmes_are_frozen():
    programme = read_programme(io.StringIO(TEXT))
    with pytest.raises(ValueError, match="frozen"):
        programme.name = "Other"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_programme_is_right_and_gives_a_source_or_an_assumption_for_each_number(path: Path):
    programme = read_programme(path)
    assert programme.shocks()
    for measure in programme.measures:
        for key, estimate in measure.estimates().items():
            assert estimate.source != "no source stated", f"{measure.id}.{key}"
            if estimate.is_assumption and estimate.central != 0.0:
                assert estimate.low < estimate.high, f"{measure.id}.{key} is assumed and has no range"


def test_worked_example_is_that_of_the_two_partners():
    programme = read_programme(FOLDER / "union_state_2024.toml")
    assert isinstance(programme, Programme)
    assert programme.partners == ("BLR", "RUS")
    areas = {measure.area for measure in programme.decisions}
    assert areas == {
        "barriers",
        "energy",
        "industrial-policy",
        "industry",
        "nuclear",
        "procurement",
        "regions",
        "third-country-response",
    }
    assert len(programme.measures) >= 18
    assert all(measure.in_base is not None for measure in programme.context)
    payers = [shock.payer for shock in programme.shocks() if isinstance(shock, ResourceCostShock)]
    assert set(payers) == {"BLR", "RUS"}


def test_the_worked_example_keeps_the_record_that_trackers_keep():
    """Body and day of every decision, or a comment that says why there is no day; reports of parties with their sources."""
    path = FOLDER / "union_state_2024.toml"
    programme = read_programme(path)
    undated = {measure.id for measure in programme.decisions if measure.due is None}
    assert undated == {"common-duties", "works-abroad"}
    assert path.read_text(encoding="utf-8").count("# No day has been agreed") == len(undated)
    for measure in programme.decisions:
        assert measure.responsible, measure.id
        assert measure.in_force, measure.id
        assert measure.status_date, measure.id
        assert measure.evidence or measure.status_source, measure.id
    assert all(measure.evidence for measure in programme.context)
    differing = [measure.id for measure in programme.decisions if measure.status_by_party]
    assert differing == ["gas-terms"]
    assert len({round(count.share_done_pct) for count in programme.published_counts}) > 2


def test_published_counts_leave_the_hash_of_programmes_without_them():
    table = {**programme_table(TARIFF), "world": "toy"}
    plain = read_programme(table)
    count = {"by": "ARC", "of": "all", "done_pct": 40, "source": "the paper"}
    assert read_programme({**table, "published_count": []}).content_hash == plain.content_hash
    assert read_programme({**table, "published_count": count}).content_hash != plain.content_hash
    assert read_programme({**table, "published_count": count}).shocks() == plain.shocks()


def test_example_of_the_methods_page_is_right():
    page = (FOLDER.parent / "docs" / "methods" / "programme.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    (shock,) = read_programme(io.StringIO(example)).shocks()
    assert isinstance(shock, TariffShock)
    assert shock.new_rate == 0.0


def test_a_range_of_an_exchange_rate_is_said_to_move_nothing():
    rate = {"central": 1.1, "low": 1.0, "high": 1.2, "source": "made up"}
    (note,) = read_programme({**programme_table(TARIFF), "exchange_rates": {"EUR": rate}}).notes()
    assert "amounts in EUR stand at 1.1 USD in every draw" in note
    fixed = {"central": 1.1, "source": "made up"}
    assert not read_programme({**programme_table(TARIFF), "exchange_rates": {"EUR": fixed}}).notes()


def test_one_barrier_stated_by_two_measures_is_named():
    """The base holds every barrier that a measure states: steps on one barrier would hold it twice, and a note says so."""
    steps = [{**BARRIER, "in_force": date(2030 + year, 1, 1)} for year in (0, 3)]
    (note,) = (note for note in read_programme(programme_table(*steps)).notes() if "same barrier" in note)
    assert "for holding both with their rents" in note
    other = {**steps[1], "ave": 0.11}
    assert not any(
        "same barrier" in note for note in read_programme(programme_table(steps[0], other)).notes()
    )


def test_two_measures_that_staff_one_plant_are_named():
    """Each training is credited with the whole need of its plants: what both train for one plant would count twice."""
    (note,) = (
        note for note in read_programme(programme_table(TRAINING, TRAINING)).notes() if "both train" in note
    )
    assert "count twice" in note
    elsewhere = {**TRAINING, "region": "BEL"}
    assert not any(
        "both train" in note for note in read_programme(programme_table(TRAINING, elsewhere)).notes()
    )
