"""Annuities, soft loans and learning against closed forms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.programme.measures.project_costs import annuity, cost_path, grant_element

RATES = st.floats(0.001, 0.2)
YEARS = st.integers(1, 40)


@given(amount=st.floats(1.0, 1e4), rate=RATES, years=YEARS)
def test_present_value_of_an_annuity_is_the_amount(amount, rate, years):
    payment = annuity(amount, rate, years)
    value = sum(payment / (1.0 + rate) ** year for year in range(1, years + 1))
    assert math.isclose(value, amount, rel_tol=1e-9)


def test_without_interest_an_annuity_is_the_amount_in_equal_parts():
    assert annuity(100.0, 0.0, 8) == 12.5


@given(rate=st.floats(0.0, 0.2), years=st.integers(2, 40), grace=st.integers(0, 39))
def test_loan_at_the_rate_of_the_market_gives_nothing_away(rate, years, grace):
    assert math.isclose(grant_element(100.0, rate, rate, years, min(grace, years - 1)), 0.0, abs_tol=1e-9)


def test_gift_in_a_loan_without_interest_repaid_at_once():
    """All of it comes back after one year: what is lost is a year's interest."""
    assert math.isclose(grant_element(100.0, 0.0, 0.05, 1, 0), 100.0 - 100.0 / 1.05)


def test_gift_in_a_loan_repaid_in_two_parts_after_a_grace_year():
    paid = {1: 2.0, 2: 52.0, 3: 51.0}  # 2 % on 100, then 50 a year
    value = sum(payment / 1.05**year for year, payment in paid.items())
    assert math.isclose(grant_element(100.0, 0.02, 0.05, 3, 1), 100.0 - value)


@given(gap=st.floats(0.01, 2.0), learning_rate=st.floats(0.01, 0.4), initial=st.floats(1.0, 1e3))
def test_each_doubling_of_experience_lowers_cost_by_the_learning_rate(gap, learning_rate, initial):
    """Output of the first year equals Q0, so that the second year stands one doubling further."""
    path = cost_path(
        gap, initial, ramp_up_years=0, years=2, learning_rate=learning_rate, initial_output=initial
    )
    assert path.gap[0] == pytest.approx(gap)
    assert path.gap[1] == pytest.approx(max((1.0 + gap) * (1.0 - learning_rate) - 1.0, 0.0), abs=1e-12)


def test_without_learning_the_gap_stays_and_never_closes():
    path = cost_path(0.3, 10.0, ramp_up_years=2, years=20)
    assert path.gap == pytest.approx((0.3,) * 20)
    assert path.parity_year is None
    assert path.levelised_gap(0.05) == pytest.approx(0.3)
    assert path.output[:4] == pytest.approx((10 / 3, 20 / 3, 10.0, 10.0))


def test_pooled_experience_closes_the_gap_sooner():
    known = {"ramp_up_years": 0, "years": 40, "learning_rate": 0.1, "initial_output": 20.0}
    pooled = cost_path(0.2, 10.0, **known)
    apart = cost_path(0.2, 10.0, unit_shares=(0.5, 0.5), **known)
    assert pooled.parity_year is not None
    assert apart.parity_year is not None
    # 1.2 x (Q/20)^log2(0.9) = 1: Q = 20 x 1.2^(1 / 0.152) = 66.4, after 5 years of 10; apart, of 5, 10 years.
    assert (pooled.parity_year, apart.parity_year) == (5, 10)
    assert pooled.levelised_gap(0.05) < apart.levelised_gap(0.05) < 0.2


def test_a_cost_at_parity_does_not_fall_below_the_import():
    path = cost_path(0.1, 100.0, ramp_up_years=0, years=30, learning_rate=0.3, initial_output=10.0)
    assert min(path.gap) == 0.0
    assert path.levelised_gap(0.05) < 0.1
