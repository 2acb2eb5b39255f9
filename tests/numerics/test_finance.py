"""Levelised cost, loans and present values: published rows, closed forms, adding up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.numerics.finance import (
    Costs,
    annuity,
    capital_charge,
    flows_of,
    interest_while_building,
    levelised_cost,
    loan_schedule,
    present_value,
    stretched,
)


def plant(*, overnight=2271.0, years=7, life=60, running=4.99 + 10.15, load=0.85, taking_down=0.15) -> Costs:
    energy = 8.76 * load  # MWh a year of one kW
    return Costs(
        overnight, np.full(years, 1.0 / years), running * energy, energy, life, taking_down * overnight, 10
    )


@pytest.mark.parametrize(("rate", "published"), [(0.03, 27.41), (0.07, 42.02), (0.10, 56.64)])
def test_the_russian_row_of_the_iea_and_nea_comes_out(rate, published):
    # IEA/NEA (2020), VVER in Russia: overnight 2,271 USD/kW, fuel 4.99 and O&M 10.15 USD/MWh, 85 %, 60 years, 7 years of building,
    # decommissioning 15 % of overnight (as recalled in FACTS section 2). One convention for all rates: the middle of every year.
    assert levelised_cost(plant(), rate) == pytest.approx(published, rel=0.002)


def test_without_interest_the_cost_is_what_is_spent_over_what_is_made():
    costs = plant(life=40)
    expected = (2271.0 * 1.15) / (40 * costs.energy) + 15.14
    assert levelised_cost(costs, 0.0) == pytest.approx(expected)


def test_one_year_of_building_gives_the_annuity_of_the_textbook():
    rate, life = 0.08, 30
    costs = plant(years=1, life=life, taking_down=0.0)
    factor = rate / (1.0 - (1.0 + rate) ** -life)
    assert capital_charge(costs, rate) == pytest.approx(2271.0 * factor)  # a year from middle to middle
    assert annuity(100.0, rate, life) == pytest.approx(100.0 * factor / (1.0 + rate) ** 0.5)


@given(rate=st.floats(0.0, 0.2), years=st.integers(1, 12), load=st.floats(0.3, 1.0))
def test_at_its_levelised_cost_a_plant_just_pays(rate, years, load):
    costs = plant(years=years, load=load)
    flows = flows_of(costs)
    earned = levelised_cost(costs, rate) * flows.energy
    net = earned - flows.building - flows.running - flows.taking_down
    assert abs(present_value(net, flows.year, rate)) < 1e-9 * costs.overnight


@given(rate=st.floats(0.001, 0.2), years=st.integers(1, 10))
def test_interest_while_building_is_what_the_money_would_have_earned(rate, years):
    costs = plant(years=years)
    expected = sum(2271.0 / years * (1.0 + rate) ** (age + 0.5) for age in range(years)) - 2271.0
    assert interest_while_building(costs, rate) == pytest.approx(expected)


@given(
    shares=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=10),
    delay=st.floats(0.0, 8.0),
)
def test_a_delay_stretches_spending_and_loses_none_of_it(shares, delay):
    spending = np.array(shares) / np.sum(shares)
    longer = stretched(spending, delay)
    assert longer.sum() == pytest.approx(1.0)
    assert np.all(longer >= -1e-12)
    assert len(longer) == int(np.ceil(len(spending) + delay - 1e-12))
    assert_allclose(stretched(spending, 0.0), spending)


def test_delay_makes_a_plant_dearer_at_any_positive_rate():
    late = plant()._replace(spending=stretched(np.full(7, 1 / 7), 3.0))
    assert levelised_cost(late, 0.07) > levelised_cost(plant(), 0.07)
    assert levelised_cost(late, 0.0) == pytest.approx(levelised_cost(plant(), 0.0))


# Loans ---------------------------------------------------------------------------------------------------------------


def test_equal_parts_of_the_belarusian_loan():
    # USD 4,330 million at 3.3 %, 30 equal half-yearly parts. By the year (interest on the debt of 1 January): 432 and 298; by its own
    # half-yearly dates: 429 and 296.
    loan = loan_schedule(np.array([4330.0]), 0.033, first=1, instalments=30)
    yearly = 4330.0 / 15
    assert loan.service[1] == pytest.approx(yearly + 0.0165 * (4330.0 + 4330.0 - yearly / 2))
    assert loan.service[1] == pytest.approx(429.2, abs=0.1)
    assert loan.service[15] == pytest.approx(295.8, abs=0.1)
    assert loan.balance[15] == 0.0
    assert loan.principal.sum() == pytest.approx(4330.0)


def test_level_payments_end_the_loan_when_they_are_the_annuity():
    rate, count = 0.04, 20
    payment = 1000.0 * (rate / 2) / (1.0 - (1.0 + rate / 2) ** -count)
    loan = loan_schedule(np.array([1000.0]), rate, first=1, instalments=count, payment=payment)
    assert loan.balance[-1] == pytest.approx(0.0, abs=1e-6)
    assert_allclose(loan.service[1:11], 2 * payment)


@given(
    rate=st.floats(0.0, 0.15),
    grace=st.integers(1, 8),
    instalments=st.integers(1, 40),
    capitalised=st.booleans(),
)
def test_debt_is_what_was_drawn_and_added_less_what_was_paid_back(rate, grace, instalments, capitalised):
    drawn = np.array([100.0, 300.0, 200.0])[:grace]
    loan = loan_schedule(drawn, rate, first=grace, instalments=instalments, capitalised=capitalised)
    assert loan.principal.sum() >= drawn.sum() * (1 - 1e-12)
    assert loan.balance[-1] == 0.0
    if not capitalised:
        debt = np.cumsum(loan.drawn - loan.principal)
        assert_allclose(loan.balance, debt, atol=1e-7)


@given(rate=st.floats(0.0, 0.15), capitalised=st.booleans())
def test_at_its_own_rate_a_loan_is_worth_nothing_to_either_side(rate, capitalised):
    # Drawn in the middle of the year and paid at its end, one date a year.
    drawn = np.array([100.0, 300.0])
    loan = loan_schedule(drawn, rate, first=2, instalments=5, per_year=1, capitalised=capitalised)
    year = np.arange(len(loan.drawn))
    paid_back = present_value(loan.service, year, rate, loan.service_within(1))
    assert paid_back == pytest.approx(present_value(loan.drawn, year, rate), abs=1e-8)
