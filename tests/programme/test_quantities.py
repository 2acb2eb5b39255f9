"""Physical units: price times volume gives USD million, there and back gives the same, and what measures nothing is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import AccordError
from accord.programme.quantities import (
    PRICE_UNITS,
    VOLUME_UNITS,
    converted_price,
    converted_volume,
    gigajoules,
    measures,
    value_usd_million,
)


def test_twenty_billion_cubic_metres_at_128_5_dollars_cost_2570_million():
    assert value_usd_million("gas", 128.5, "USD/1000 m3", 20.0, "bcm") == pytest.approx(2570.0)


def test_a_tonne_of_crude_is_7_33_barrels():
    assert converted_price("crude", 100.0, "USD/barrel", "USD/t") == pytest.approx(733.0)
    assert value_usd_million("crude", 60.0, "USD/barrel", 18.0, "Mt") == pytest.approx(60 * 7.33 * 18)


def test_a_terawatt_hour_of_power_at_50_dollars_costs_50_million():
    assert value_usd_million("electricity", 50.0, "USD/MWh", 1.0, "TWh") == pytest.approx(50.0)


@given(
    price=st.floats(0.1, 1e4),
    units=st.sampled_from([(one, two) for one in PRICE_UNITS for two in PRICE_UNITS]),
    product=st.sampled_from(["gas", "crude", "refined", "coal", "electricity"]),
)
def test_prices_come_back_unchanged_and_value_does_not_depend_on_their_unit(price, units, product):
    one, two = units
    if not (measures(product, one) and measures(product, two)):
        return
    other = converted_price(product, price, one, two)
    assert converted_price(product, other, two, one) == pytest.approx(price)
    volumes = [unit for unit in VOLUME_UNITS if measures(product, unit)]
    for unit in volumes:
        value = value_usd_million(product, price, one, 3.0, unit)
        assert value_usd_million(product, other, two, 3.0, unit) == pytest.approx(value)
        for into in volumes:
            same = converted_volume(product, 3.0, unit, into)
            assert value_usd_million(product, price, one, same, into) == pytest.approx(value)


def test_a_unit_that_does_not_measure_the_product_is_refused_with_those_that_do():
    assert not measures("gas", "USD/barrel")
    with pytest.raises(
        AccordError, match=r"gas is not measured in barrel\. It is measured in: 1000 m3, MWh, GJ"
    ):
        gigajoules("gas", "barrel")
    with pytest.raises(AccordError, match="unknown unit of price 'USD/bbl'"):
        converted_price("crude", 1.0, "USD/bbl", "USD/t")
    with pytest.raises(AccordError, match="unknown unit of volume 'bcmm'"):
        converted_volume("gas", 1.0, "bcmm", "PJ")
