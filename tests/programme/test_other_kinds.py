"""What the smaller kinds make of their numbers: schedules, standards, preferences in use, tables of shocks, cuts of supply."""

from __future__ import annotations

import math

import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.shocks import (
    EmbargoShock,
    FactorSupplyShock,
    Flows,
    Producers,
    ProductivityShock,
    PurchaseShock,
    RentWedgeShock,
    Shock,
    SubsidyShock,
    TariffShock,
    TradeCostShock,
    TransferShock,
)
from programme.examples import (
    BARRIER,
    FACTOR_SUPPLY,
    LOAN,
    REGIONAL,
    SANCTION,
    STANDARDS,
    SUBSIDY,
    SUPPLY_CUT,
    TABLE,
    TARIFF,
    TRANSFER,
    programme_table,
)


def shocks_of(example, **changes) -> tuple[Shock, ...]:
    return read_programme(programme_table({**example, **changes})).shocks()


def without(table, *keys):
    return {key: value for key, value in table.items() if key not in keys}


def test_common_external_tariff_gives_each_sector_its_rate():
    shocks = shocks_of(
        without(TARIFF, "between", "new_rate"),
        importers="partners",
        exporters="others",
        rates={"food": 0.1, "machines": 0.05},
    )
    flows = {sector: Flows(("@others",), ("@partners",), (sector,)) for sector in ("food", "machines")}
    assert shocks == (
        TariffShock(measure="m1", flows=flows["food"], new_rate=0.1),
        TariffShock(measure="m1", flows=flows["machines"], new_rate=0.05),
    )


def test_half_used_preference_moves_the_average_duty_half_way():
    (shock,) = shocks_of(TARIFF, preference_use=0.5)
    assert shock.weight == 0.5


def test_half_used_removal_of_a_barrier_is_half_the_cut():
    whole, half = shocks_of(BARRIER, cut=0.25), shocks_of(BARRIER, cut=0.5, preference_use=0.5)
    assert whole == half


def test_barriers_on_services_by_sector_each_have_their_equivalent():
    shocks = shocks_of(without(BARRIER, "ave"), ave_by_sector={"food": 0.2, "machines": 0.4}, rent_share=0.0)
    factors = {shock.flows.sectors: shock.factor for shock in shocks if isinstance(shock, TradeCostShock)}
    assert factors == {("food",): pytest.approx(1.1 / 1.2), ("machines",): pytest.approx(1.2 / 1.4)}
    assert not any(isinstance(shock, RentWedgeShock) for shock in shocks)


def test_partners_answer_to_third_countries_is_a_sanction_that_is_a_decision():
    programme = read_programme(
        programme_table({**SANCTION, "role": "decision", "imposed_by": "partners", "targets": "COR"})
    )
    assert programme.shocks(roles=("context",)) == ()
    assert programme.shocks(roles=("decision",))


def test_common_standard_falls_on_components_alone():
    (shock,) = shocks_of(STANDARDS)
    assert isinstance(shock, TradeCostShock)
    assert shock.flows.uses == ("@intermediate",)
    assert math.isclose(shock.factor, 0.98)


def test_subsidy_is_paid_by_whom_the_file_names():
    assert shocks_of(SUBSIDY) == (
        SubsidyShock(measure="m1", producers=Producers(("BEL",), ("machines",)), rate=0.05, payer="ARC"),
    )


def test_transfer_is_a_sum_or_the_gift_in_a_loan():
    assert shocks_of(TRANSFER) == (TransferShock(measure="m1", payer="ARC", recipient="BEL", amount=12.0),)
    (gift,) = shocks_of(without(TRANSFER, "payer", "recipient", "usd_million_per_year"), loan=LOAN)
    assert isinstance(gift, TransferShock)
    assert (gift.payer, gift.recipient) == ("BEL", "ARC")


def test_factor_supply_in_per_cent_is_a_multiplier():
    assert shocks_of(FACTOR_SUPPLY) == (
        FactorSupplyShock(measure="m1", regions=("BEL",), factor="all", multiplier=1.01),
    )


def test_supply_cut_falls_on_buyers_abroad_unless_it_names_home():
    (abroad,), (everywhere,) = shocks_of(SUPPLY_CUT), shocks_of(SUPPLY_CUT, at_home=True)
    assert abroad == EmbargoShock(measure="m1", flows=Flows(("COR",), None, ("machines",)), intensity=0.5)
    assert isinstance(everywhere, EmbargoShock)
    assert everywhere.flows.home


def test_regional_project_is_what_it_does_to_its_country():
    shocks = shocks_of(REGIONAL)
    (productivity,) = [shock for shock in shocks if isinstance(shock, ProductivityShock)]
    assert productivity.producers == Producers(("BEL",), ("food",))
    assert productivity.factor == pytest.approx(1.004)
    assert {(shock.payer, shock.region) for shock in shocks if isinstance(shock, PurchaseShock)} == {
        ("BEL", "BEL")
    }


@pytest.mark.parametrize(
    ("effect", "value", "kind"),
    [
        ("tariff-rate", 0.1, TariffShock),
        ("tariff-change", -0.02, TariffShock),
        ("trade-cost", 0.9, TradeCostShock),
        ("embargo", 0.5, EmbargoShock),
    ],
)
def test_table_of_shocks_makes_one_shock_a_line_of_the_sort_that_it_says(effect, value, kind):
    text = f"sector,value,importer,exporter\nfood,{value},ARC,BEL\ngoods,{value},partners,COR\n"
    one, other = shocks_of(TABLE, effect=effect, table=text)
    assert isinstance(one, kind)
    assert isinstance(other, kind)
    assert one.flows == Flows(("BEL",), ("ARC",), ("food",))
    assert other.flows == Flows(("COR",), ("@partners",), ("@goods",))


def test_table_of_producers_leaves_the_importer_empty():
    text = "importer,exporter,sector,value\n,ARC,food,0.1\n"
    assert shocks_of(TABLE, effect="subsidy", table=text) == (
        SubsidyShock(measure="m1", producers=Producers(("ARC",), ("food",)), rate=0.1, payer="ARC"),
    )


def test_table_is_read_from_the_folder_of_the_programme_and_is_part_of_its_content(tmp_path):
    text = (
        'name = "T"\npartners = ["ARC", "BEL"]\nbase_year = 2020\n[[measure]]\nid = "t"\ntitle = "T"\narea = "other"\n'
        'kind = "shock-table"\neffect = "trade-cost"\nfile = "costs.csv"\n'
    )
    (tmp_path / "p.toml").write_text(text)
    hashes = []
    for value in (0.9, 0.8):
        (tmp_path / "costs.csv").write_text(f"importer,exporter,sector,value\nARC,BEL,food,{value}\n")
        programme = read_programme(tmp_path / "p.toml")
        (shock,) = programme.shocks()
        assert isinstance(shock, TradeCostShock)
        assert shock.factor == value
        assert programme.attachments() == {
            "costs.csv": f"importer,exporter,sector,value\nARC,BEL,food,{value}\n"
        }
        hashes.append(programme.content_hash)
    assert hashes[0] != hashes[1]


def test_faults_of_a_table_in_python_name_their_lines_too():
    with pytest.raises(ProgrammeError, match="line 2: value '5 %' is no number"):
        shocks_of(TABLE, table="importer,exporter,sector,value\nARC,BEL,food,5 %\n")


def test_a_run_keeps_the_tables_that_its_programme_names_and_can_be_verified(tmp_path, accord):
    text = (
        'name = "T"\npartners = ["ARC", "BEL"]\nworld = "toy"\nbase_year = 2020\n[[measure]]\nid = "t"\ntitle = "T"\narea = "other"\n'
        'kind = "shock-table"\neffect = "trade-cost"\nfile = "shocks/costs.csv"\n'
    )
    (tmp_path / "shocks").mkdir()
    (tmp_path / "shocks" / "costs.csv").write_text("importer,exporter,sector,value\nARC,BEL,food,0.9\n")
    (tmp_path / "p.toml").write_text(text)
    code, _, err = accord(
        "run", str(tmp_path / "p.toml"), "--no-variants", "--quiet", "--out", str(tmp_path / "run")
    )
    assert code == 0, err
    assert (tmp_path / "run" / "shocks" / "costs.csv").is_file()
    code, out, err = accord("verify", str(tmp_path / "run"))
    assert code == 0, err
    assert "every value agrees" in out


def test_a_table_in_a_place_that_a_run_needs_is_refused(tmp_path, accord):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "costs.csv").write_text("importer,exporter,sector,value\nARC,BEL,food,0.9\n")
    (tmp_path / "p.toml").write_text(
        'name = "T"\npartners = ["ARC", "BEL"]\nworld = "toy"\nbase_year = 2020\n[[measure]]\nid = "t"\ntitle = "T"\narea = "other"\n'
        'kind = "shock-table"\neffect = "trade-cost"\nfile = "tables/costs.csv"\n'
    )
    code, _, err = accord(
        "run", str(tmp_path / "p.toml"), "--no-variants", "--quiet", "--out", str(tmp_path / "run")
    )
    assert code != 0
    assert "a run has a tables of its own" in err
