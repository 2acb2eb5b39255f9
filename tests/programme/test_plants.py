"""Nuclear plants, training and works abroad: closed forms, figures computed from published terms, and what is refused."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.programme.measures import ConstructionAbroad, NuclearPlant, Training
from accord.shocks import (
    VALUE_ADDED,
    FactorSupplyShock,
    ProductivityShock,
    PurchaseShock,
    ResourceCostShock,
    TechnologyShock,
    TransferShock,
)
from accord.study.plants import break_even_cash, cash_of, net_present_values, sensitivity
from programme.examples import ABROAD, LENT, PLANT, TRAINING, programme_table

OSTROVETS = {
    **PLANT,
    "site": "BLR",
    "work": {"BLR": 0.4, "RUS": 0.6},
    # 4.5 bcm of gas behind 16.9 TWh (FACTS section 2), fuel and upkeep of 15 USD/MWh.
    "capacity": 2400,
    "load_factor": 16.9e6 / (2400 * 8760),
    "overnight_cost": 2500,
    "construction_start": date(2013, 11, 6),
    "build_years": 7,
    "fuel_cost": 5,
    "om_cost": 10,
    "gas_displaced": 4.5 / 16.9,
    "loan": {
        "lender": "RUS",
        "amount": 4330,
        "rate": 0.033,
        "first_instalment": date(2024, 4, 1),
        "instalments": 30,
        "inflation": 0,
    },
}


def plant(**changes) -> NuclearPlant:
    return NuclearPlant.model_validate({**PLANT, **changes})


def test_break_even_gas_price_of_the_belarusian_plant_over_its_loan():
    measure = NuclearPlant.model_validate(OSTROVETS)
    price = dict(zip(cash_of(measure).year, break_even_cash(measure), strict=True))
    assert measure.gas_bcm == pytest.approx(4.5)
    assert price[2024] == pytest.approx(
        153.0, abs=2.0
    )  # FACTS: about 153 by the year; 151.7 by half-yearly dates
    assert price[2038] == pytest.approx(123.0, abs=2.0)
    owner = dict(zip(cash_of(measure).year, cash_of(measure).owner, strict=True))
    assert owner[2024] == pytest.approx(578 - 429 - 253.5, abs=2.0)
    assert owner[2024] < 0.0 < owner[2038]


def test_delay_moves_operation_and_stretches_spending():
    late = plant(delay_years=2.5)
    assert (plant().operation_year, late.operation_year) == (2026, 2029)
    assert late.spending_shares.sum() == pytest.approx(1.0)
    assert plant().first_year == 2021
    assert late.first_year == 2021


@given(rate=st.floats(0.0, 0.15))
def test_owner_and_lender_together_have_the_worth_of_the_project(rate):
    worth = net_present_values(plant(), rate)
    assert worth["owner"] + worth["lender"] == pytest.approx(worth["project"], abs=1e-7)


def test_a_loan_at_the_discount_rate_is_no_gift_and_a_cheaper_one_is():
    for interest, sign in ((0.05, 0.0), (0.01, 1.0), (0.09, -1.0)):
        # Nominal dates compound twice a year; an effective rate of 5 % needs sqrt(1.05) - 1 each half-year.
        nominal = 2.0 * ((1.0 + interest) ** 0.5 - 1.0)
        measure = plant(
            discount_rate=0.05,
            loan={**LENT, "rate": nominal, "inflation": 0, "first_instalment": date(2026, 1, 1)},
        )
        paid_out, paid_back = measure.loan_values()
        # What is paid half-yearly stands in the year at 0.75 on average: right to the second order.
        assert (paid_out - paid_back) / paid_out == pytest.approx(0.0, abs=2e-4) or sign != 0.0
        assert sign * (paid_out - paid_back) >= -2e-4 * paid_out


def test_a_year_of_operation_is_technology_and_both_sides_of_the_loan():
    measure = plant()
    technology, lent, repaid = measure.effects()
    assert isinstance(technology, TechnologyShock)
    assert isinstance(lent, TransferShock)
    assert isinstance(repaid, TransferShock)
    assert (lent.payer, lent.recipient, repaid.payer) == ("BEL", "ARC", "ARC")
    changes = dict(technology.changes)
    energy = 20 * 8760 * 0.85
    gas = -0.25 * energy / 1e6 * 128.5
    fuel, upkeep = 5 * energy / 1e6, 10 * energy / 1e6
    assert changes["food"] == pytest.approx(gas + 0.5 * upkeep)
    assert changes["machines"] == pytest.approx(fuel)
    # Users of electricity pay the levelised cost, whatever the financing.
    from accord.numerics.finance import levelised_cost

    whole = levelised_cost(measure.costs, measure.discount_rate.central) * energy
    assert sum(changes.values()) == pytest.approx(whole + gas)
    assert changes[VALUE_ADDED] == pytest.approx(whole - fuel - 0.5 * upkeep)


def test_a_dispatch_replaces_what_was_stated_and_moves_with_output():
    measure = plant().with_dispatch(0.04, {"farming": -1.0})
    assert measure.gas_bcm == 0.04
    assert measure.saved_usd_million == pytest.approx(0.04 * 128.5 + 1.0)
    assert dict(measure.effects()[0].changes)["farming"] == -1.0
    half = measure.with_number("load_factor", 0.425)
    assert half.gas_bcm == pytest.approx(0.02)
    assert measure.with_number("gas_price", 257.0).saved_usd_million == pytest.approx(0.04 * 257.0 + 1.0)


def test_a_year_of_building_buys_the_whole_plant_and_every_purchase_has_a_payer():
    measure = plant(loan={**LENT, "inflation": 0})
    *purchases, claim = measure.construction_shocks()
    assert all(isinstance(shock, PurchaseShock) for shock in purchases)
    assert sum(shock.amount for shock in purchases) == pytest.approx(60.0 / 5)
    by_payer = {p: sum(s.amount for s in purchases if s.payer == p) for p in ("ARC", "BEL")}
    assert by_payer == pytest.approx({"ARC": 4.0, "BEL": 8.0})
    assert isinstance(claim, TransferShock)
    assert (claim.payer, claim.recipient) == ("ARC", "BEL")


def test_sensitivity_has_six_inputs_and_a_dearer_plant_is_worth_less():
    measure = plant(
        overnight_cost={"low": 2000, "central": 3000, "high": 5000, "source": "assumption: made up"}
    )
    rows = [row for row in sensitivity(measure) if row["input"] == "overnight_cost"]
    assert len({row["input"] for row in sensitivity(measure)}) == 6
    low, central, high = (row["owner_npv_usd"] for row in rows)
    assert low > central > high
    assert rows[0]["lcoe"] < rows[2]["lcoe"]


# Training ---------------------------------------------------------------------------------------------------------------------


def test_the_stock_of_the_qualified_settles_where_graduates_replace_those_who_leave():
    skill = {**TRAINING["skills"][0], "first_intake": 1950, "last_intake": 2100, "qualified": 0}
    measure = Training.model_validate({**TRAINING, "skills": [skill], "evaluated_in": 2100})
    stock = measure.qualified(measure.skills[0])
    assert stock[-1] == pytest.approx(10 / 0.05, rel=0.01)
    assert stock[2] == 0.0
    assert stock[3] == 10.0
    assert stock[4] == pytest.approx(10.0 * 0.95 + 10.0)


def test_nobody_leaves_a_skill_before_the_day_for_which_its_people_are_stated():
    """`qualified` is a number at the start of the year of the skill's own first intake, whenever other skills begin."""
    early = TRAINING["skills"][0]
    late = {**early, "name": "engineers", "first_intake": 2026, "qualified": 50}
    measure = Training.model_validate({**TRAINING, "skills": [early, late]})
    _, engineers = measure.skills
    alone = Training.model_validate({**TRAINING, "skills": [late]})
    np.testing.assert_allclose(measure.qualified(engineers)[2026 - 2020 :], alone.qualified(alone.skills[0]))
    assert measure.qualified(engineers)[2026 - 2020] == 50.0


def test_graduates_are_those_who_began_and_cost_is_what_their_years_cost():
    measure = Training.model_validate(TRAINING)
    skill = measure.skills[0]
    assert measure.graduates(skill).sum() == pytest.approx(10 * 10)
    assert measure.in_training(skill).sum() == pytest.approx(10 * 10 * 3)
    assert measure.yearly_cost() * len(measure.years) == pytest.approx(300 * 10_000 / 1e6)


def test_bottlenecks_are_the_years_in_which_the_need_exceeds_the_stock():
    measure = Training.model_validate(TRAINING)
    skill = measure.skills[0]
    short = {year for _, year, _ in measure.bottlenecks()}
    balance = measure.qualified(skill) - measure.needed(skill)
    assert short == set(measure.years[balance < 0.0].tolist())
    assert min(short) == 2024  # the plant begins to run and needs a hundred
    assert measure.needed(skill)[0] == 0.0


def test_training_beyond_the_need_adds_no_labour_and_still_costs():
    skill = {**TRAINING["skills"][0], "qualified": 5000, "attrition": 0.0}
    measure = Training.model_validate({**TRAINING, "skills": [skill], "away_share": 0.0})
    supply, cost = measure.effects()
    assert isinstance(supply, FactorSupplyShock)
    assert supply.multiplier == 1.0
    assert isinstance(cost, ResourceCostShock)
    assert cost.amount > 0.0
    assert measure.staffed_share() == measure.staffed_share(trained=False) == 1.0


def test_labour_and_productivity_follow_the_stated_formulas():
    measure = Training.model_validate({**TRAINING, "factor": "labour"})
    supply, _, better = measure.effects()
    at = 2030 - 2020
    stock = measure.qualified(measure.skills[0])[at]
    left = 20 * 0.95**10
    away = measure.in_training(measure.skills[0])[at]
    assert supply.multiplier == pytest.approx(1.0 + (0.5 * (stock - left) - 0.5 * away) / 100_000)
    assert isinstance(better, ProductivityShock)
    expected = (1 - 0.1 * (1 - stock / 100)) / (1 - 0.1 * (1 - left / 100))
    assert better.factor == pytest.approx(expected)


# Works abroad ---------------------------------------------------------------------------------------------------------------


def test_parts_of_a_contract_add_up_and_payers_pay_all_of_it():
    measure = ConstructionAbroad.model_validate(ABROAD)
    assert measure.parts == pytest.approx({"ARC": 20.0, "BEL": 60.0, "COR": 20.0})
    *purchases, claim = measure.effects()
    assert sum(shock.amount for shock in purchases) == pytest.approx(10.0)
    assert sum(shock.amount for shock in purchases if shock.payer == "BEL") == pytest.approx(8.0)
    assert claim.amount == pytest.approx(8.0 * measure.repaid_per_lent())


def test_without_a_loan_the_host_pays_and_no_claim_arises():
    measure = ConstructionAbroad.model_validate({**ABROAD, "loan": None})
    assert {shock.payer for shock in measure.effects()} == {"COR"}
    assert all(isinstance(shock, PurchaseShock) for shock in measure.effects())


def test_what_is_not_repaid_is_lost_in_proportion():
    whole = ConstructionAbroad.model_validate(ABROAD).repaid_per_lent()
    half = ConstructionAbroad.model_validate({**ABROAD, "repaid_share": 0.5}).repaid_per_lent()
    assert half == pytest.approx(0.5 * whole)


# What is refused ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loan": {**LENT, "payment": 0.5}}, "this loan never repays"),
        ({"loan": {**LENT, "payment": 1.5}}, "the loan does not repay"),
        ({"loan": {**LENT, "amount": 500}}, "are lent, and what is built costs"),
        ({"loan": {**LENT, "first_instalment": date(2020, 1, 1)}}, "lies before building begins"),
        ({"in_force": date(2021, 6, 1), "in_base": 0}, "the plant would run on 2021-06-01"),
        ({"work": {"ARC": 0.5, "BEL": 0.2}}, "add up to 0.7"),
        ({"spending": [0.5, 0.5]}, "2 shares for 5 years"),
        ({"power_system": "belarus_russia"}, "a power system and the plant of it"),
    ],
)
def test_plants_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ProgrammeError, match=message):
        plant(**changes)


def test_spending_may_follow_a_stated_profile():
    shares = plant(spending=[0.1, 0.2, 0.3, 0.3, 0.1]).spending_shares
    assert_allclose(shares, np.array([0.1, 0.2, 0.3, 0.3, 0.1]))


@pytest.mark.parametrize("table", [PLANT, TRAINING, ABROAD], ids=lambda table: table["kind"])
def test_every_number_can_be_drawn_at_other_values_wherever_it_stands(table):
    measure = read_programme(programme_table(table)).measures[0]
    for key, estimate in measure.estimates().items():
        drawn = measure.with_estimates({key: 0.5 * estimate.central})
        assert drawn.estimates()[key].central == 0.5 * estimate.central
        assert drawn.effects()


def test_training_that_partners_pay_together_is_paid_once():
    alone, together = (
        read_programme(programme_table({**TRAINING, "payer": payer})) for payer in ("ARC", "partners")
    )

    def costs(programme):
        return [shock.amount for shock in programme.shocks() if isinstance(shock, ResourceCostShock)]

    assert len(costs(together)) == 2
    assert sum(costs(together)) == pytest.approx(sum(costs(alone)))
