"""How numbers are written for readers: signed, in their unit, with the digits that mean something."""

from __future__ import annotations

import math

from accord.units import UNITS

BLANK = "n/a"
"""Written where there is nothing to compare with, such as the change of a trade that does not exist in the base."""

MOST_DECIMALS = 5
SHORT_UNITS = {"USD million of base year": "USD million", "percentage points": "points"}


def signed(value: float, unit: str) -> str:
    """A change with its sign: "+1,234.5", "-0.021"; small values get digits until two of them count."""
    return _written(value, unit, "+")


def plain(value: float, unit: str) -> str:
    """A level without a sign unless it is negative."""
    return _written(value, unit, "-")


def heading(label: str, unit: str) -> str:
    """A column heading with its unit: "Household welfare, %"."""
    return label if unit in {"label", "yes/no", "count"} else f"{label}, {SHORT_UNITS.get(unit, unit)}"


def outcome_word(percent: float, gains: str) -> str:
    """The sign in a word, for those who see no colour: gains, loses, or no change."""
    if gains == "yes":
        return "gains"
    return "loses" if percent < 0.0 else "no change"


def _written(value: float, unit: str, sign: str) -> str:
    if math.isnan(value):
        return BLANK
    decimals = UNITS[unit].decimals
    if value != 0.0 and unit in {"%", "percentage points", "share"}:
        # 0.0041 at three decimals would read 0.004 and 0.0004 would read zero; two significant digits never mislead.
        decimals = min(max(decimals, 1 - math.floor(math.log10(abs(value)))), MOST_DECIMALS)
    text = f"{value:{sign},.{decimals}f}"
    if text.strip("+-0.,") == "":  # too small to be written: no sign, and no digits that feign precision
        return f"{0.0:.{UNITS[unit].decimals}f}"
    return text
