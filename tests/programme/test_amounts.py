"""Numbers with units become the unit of their key; what cannot is a fault with its place."""

from __future__ import annotations

import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.programme.amounts import numeric_keys, with_plain_numbers
from programme.examples import TARIFF, programme_table

GIFT = {
    "id": "gift",
    "title": "A gift",
    "area": "other",
    "kind": "transfer",
    "payer": "ARC",
    "recipient": "BEL",
}
RATES = {"RUB": {"central": 0.0147, "source": "assumption: about 68 roubles"}}


def amount(text, **header):
    programme = read_programme(programme_table({**GIFT, "usd_million_per_year": text}, **header))
    return programme.measures[0].usd_million_per_year.central


@pytest.mark.parametrize(
    ("text", "usd_million"),
    [
        ("105 bn RUB", 1543.5),
        ("1.5 bn USD", 1500.0),
        ("USD 1.5 bn", 1500.0),
        ("250 million USD", 250.0),
        ("3_000_000 USD", 3.0),
        ("2e3 thousand USD", 2.0),
        ("1 trillion RUB", 14_700.0),
    ],
)
def test_amounts_of_money_are_in_usd_million(text, usd_million):
    assert amount(text, exchange_rates=RATES) == pytest.approx(usd_million, rel=1e-12)


def test_each_part_of_an_estimate_may_have_its_unit():
    table = {"low": "1 bn USD", "central": "105 bn RUB", "high": 2000, "source": "a page"}
    programme = read_programme(programme_table({**GIFT, "usd_million_per_year": table}, exchange_rates=RATES))
    estimate = programme.measures[0].usd_million_per_year
    assert (estimate.low, estimate.central, estimate.high) == pytest.approx((1000.0, 1543.5, 2000.0))


def test_per_cent_is_a_share():
    assert read_programme(programme_table({**TARIFF, "new_rate": "5 %"})).measures[0].new_rate.central == 0.05


@pytest.mark.parametrize(
    ("product", "text", "number"),
    [
        ("gas", "128.5 USD/1000m3", 128.5),
        ("gas", "128.5 USD/1000 m3", 128.5),
        ("gas", "4.5 bcm", 4.5),
        ("gas", "36 PJ", 1.0),
        ("crude", "73.3 USD/barrel", 537.289),
        ("electricity", "2 TWh", 2.0),
    ],
)
def test_energy_is_in_the_units_of_its_contracts(product, text, number):
    key = "price" if "USD" in text else "volume"
    assert key in numeric_keys()
    content, problems = with_plain_numbers({"measure": [{"product": product, key: text}]})
    assert not problems
    assert content["measure"][0][key] == pytest.approx(number, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("105 bn RUB", "Add: [exchange_rates] RUB"),
        ("105 bm USD", "has an unknown unit 'bm USD'"),
        ("105 bn", "has an unknown unit 'bn'"),
        ("105 bn USD EUR", "has an unknown unit"),
        ("many", "is no number"),
    ],
)
def test_what_is_no_amount_is_one_fault(text, message):
    with pytest.raises(ProgrammeError) as raised:
        amount(text)
    assert len(raised.value.faults) == 1
    assert message in str(raised.value)


def test_a_volume_of_another_product_is_refused():
    key = "volume"
    _, (problem,) = with_plain_numbers({"measure": [{"product": "electricity", key: "4 bcm"}]})
    assert "does not measure electricity" in problem.found
    assert problem.at == ("measure", 0, key)


def test_a_quantity_becomes_the_unit_that_the_measure_states_and_a_price_is_no_volume():
    table = {"product": "gas", "price_unit": "USD/MWh", "price": "128.5 USD/1000m3"}
    content, problems = with_plain_numbers({"measure": [table]})
    assert not problems
    assert content["measure"][0]["price"] == pytest.approx(12.85, rel=1e-9)
    for wrong in (
        {"volume": "128.5 USD/1000m3"},
        {"price": "4.5 bcm"},
        {"price": "1 USD/t", "price_unit": 3},
        {"take_or_pay": "4.5 bcm"},
    ):
        _, problems = with_plain_numbers({"measure": [{"product": "gas", **wrong}]})
        assert len(problems) == 1, wrong


def test_a_percentage_is_no_amount_of_money_and_no_price():
    """A gift of "30 %" was once read as USD 0.3 million."""
    with pytest.raises(ProgrammeError, match=r"\"30 %\" is a share"):
        amount("30 %")
    energy = {**GIFT, "kind": "energy-supply", "product": "gas", "price": "50 %", "base_price": "60 %"}
    _, problems = with_plain_numbers(programme_table(energy))
    assert [problem.at[-1] for problem in problems] == ["price", "base_price"]
