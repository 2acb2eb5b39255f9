"""Numbers as readers see them."""

from __future__ import annotations

import math

import pytest

from accord.present.numbers import heading, outcome_word, plain, signed


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.7312, "%", "+0.731"),
        (-12.3456, "%", "-12.346"),
        (0.00412, "%", "+0.0041"),
        (-0.00003, "%", "-0.00003"),
        (1e-9, "%", "0.000"),
        (0.0, "%", "0.000"),
        (-0.0, "%", "0.000"),
        (1234567.89, "USD million", "+1,234,567.9"),
        (-0.04, "USD million of base year", "0.0"),
        (math.nan, "%", "n/a"),
    ],
)
def test_changes_carry_sign_and_the_digits_that_count(value, unit, text):
    assert signed(value, unit) == text


def test_levels_carry_no_plus():
    assert plain(1234.56, "USD million") == "1,234.6"
    assert plain(-3.0, "USD million") == "-3.0"


def test_headings_carry_units_and_labels_do_not():
    assert heading("Output", "%") == "Output, %"
    assert heading("Output change", "USD million of base year") == "Output change, USD million"
    assert heading("Region", "label") == "Region"


def test_gains_are_said_in_words():
    assert [outcome_word(*pair) for pair in ((0.1, "yes"), (-0.1, "no"), (0.0, "no"))] == [
        "gains",
        "loses",
        "no change",
    ]
