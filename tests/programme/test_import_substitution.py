"""Import substitution: the gap is paid exactly once, whoever builds, owns and lends (METHODS section 9)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.programme import read_programme
from accord.programme.measures.project_costs import annuity, grant_element
from accord.shocks import Flows, PurchaseShock, ResourceCostShock, Shock, SupportShock, TransferShock
from programme.examples import INVESTMENT, LOAN, SUBSTITUTION, programme_table

AMOUNTS = st.floats(0.1, 1e4)


def shocks_of(**changes) -> tuple[Shock, ...]:
    return read_programme(programme_table({**SUBSTITUTION, **changes})).shocks()


def of_kind(kind, shocks):
    return [shock for shock in shocks if isinstance(shock, kind)]


def total(kind, shocks) -> float:
    return sum(shock.amount for shock in of_kind(kind, shocks))


def test_each_site_is_supported_for_its_share_at_home_too():
    supports = of_kind(SupportShock, shocks_of())
    assert [(shock.flows.exporters, shock.amount) for shock in supports] == [
        (("ARC",), 15.0),
        (("BEL",), 5.0),
    ]
    assert supports[0].flows == Flows(("ARC",), ("@partners",), ("machines",), None, home=True)
    assert supports[0].outside == ("@others",)
    assert supports[0].factor is None


@given(replaced=AMOUNTS, gap=st.floats(0.0, 3.0))
def test_gap_times_imports_is_paid_once_by_those_named(replaced, gap):
    payers = {"ARC": 0.3, "BEL": 0.7}
    costs = of_kind(
        ResourceCostShock, shocks_of(imports_replaced=replaced, cost_gap=gap, cost_gap_payers=payers)
    )
    assert math.isclose(sum(cost.amount for cost in costs), gap * replaced, abs_tol=1e-12)
    for cost in costs:
        assert math.isclose(cost.amount, payers[cost.payer] * gap * replaced, abs_tol=1e-300)


def test_plant_that_is_a_gift_comes_on_top_of_the_gap():
    shocks = shocks_of(investment=INVESTMENT)
    charge = annuity(100.0, 0.05, 20)
    assert total(ResourceCostShock, shocks) == pytest.approx(0.2 * 20)
    assert total(PurchaseShock, shocks) == pytest.approx(charge)
    assert {(shock.payer, shock.region) for shock in of_kind(PurchaseShock, shocks)} == {
        ("BEL", "ARC"),
        ("BEL", "BEL"),
    }


@given(usd_million=st.floats(1.0, 500.0))
def test_capital_charge_inside_the_gap_is_not_paid_again(usd_million):
    investment = {
        "usd_million": usd_million,
        "basket": {"machines": 1.0},
        "in_cost_gap": True,
        "import_content": 0.4,
        "imported_from": {"COR": 1.0},
    }
    shocks = shocks_of(investment=investment)
    spent = total(PurchaseShock, shocks)
    assert math.isclose(total(ResourceCostShock, shocks) + spent, 0.2 * 20.0)
    assert math.isclose(spent, min(annuity(usd_million, 0.05, 20), 4.0))
    abroad = sum(shock.amount for shock in of_kind(PurchaseShock, shocks) if shock.region == "COR")
    assert math.isclose(abroad, 0.4 * spent)


def test_soft_loan_is_a_gift_of_the_lender():
    (gift,) = of_kind(TransferShock, shocks_of(loan=LOAN))
    assert (gift.payer, gift.recipient) == ("BEL", "ARC")
    assert gift.amount == pytest.approx(annuity(grant_element(100.0, 0.01, 0.06, 10, 0), 0.06, 10))


def test_loan_dearer_than_the_market_is_a_gift_of_the_borrower():
    (gift,) = of_kind(TransferShock, shocks_of(loan={**LOAN, "rate": 0.08}))
    assert (gift.payer, gift.recipient) == ("ARC", "BEL")
    assert gift.amount > 0.0


def test_profits_go_from_sites_to_owners():
    (profit,) = of_kind(TransferShock, shocks_of(owners={"BEL": 1.0}, profit_share=0.1))
    assert (profit.payer, profit.recipient) == ("ARC", "BEL")
    assert profit.amount == pytest.approx(0.1 * 20 * 0.75)


def test_learning_lowers_what_the_gap_costs_over_the_years():
    learning = {"rate": 0.1, "initial_output": 20.0, "pooled": True}
    assert 0.0 < total(ResourceCostShock, shocks_of(learning=learning)) < 0.2 * 20


def test_a_gap_that_a_group_pays_is_paid_once():
    """METHODS section 9: the gap is paid exactly once; the members of a group divide it."""
    by_name, by_group = (
        read_programme(programme_table({**SUBSTITUTION, "cost_gap_payers": payers}))
        for payers in ({"ARC": 0.5, "BEL": 0.5}, {"partners": 1.0})
    )

    def paid(programme):
        costs = [shock for shock in programme.shocks() if isinstance(shock, ResourceCostShock)]
        return sorted((shock.payer, shock.amount) for shock in costs)

    assert paid(by_group) == paid(by_name) == [("ARC", 2.0), ("BEL", 2.0)]
