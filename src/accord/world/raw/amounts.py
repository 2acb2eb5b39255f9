"""Units in which people's tables come: what one of them is in USD million."""

from __future__ import annotations

import re

from accord.errors import Fault, WorldError, nearest

SIZES = {"": 1e-6, "thousand": 1e-3, "million": 1.0, "billion": 1e3, "trillion": 1e6}
SHORT = {
    "k": "thousand", "1000": "thousand", "000": "thousand", "thousands": "thousand", "thsd": "thousand",
    "m": "million", "mn": "million", "mio": "million", "mill": "million", "millions": "million",
    "bn": "billion", "us$": "USD",
}  # fmt: skip


def usd_million(unit: str, usd_per_unit: float | None = None) -> float:
    """Return how many USD million one `unit` is: "USD million", "USD thousand", "USD", "EUR million", "M.EUR", "1000 USD".

    Args:
        unit: Currency and size, in either order.
        usd_per_unit: US dollars that one unit of the currency costs, the year's average; needed where it is not the dollar.
    """
    words = [SHORT.get(word.lower(), word) for word in re.split(r"[\s.'‘’,]+", unit.strip()) if word]
    sizes = [word.lower() for word in words if word.lower() in SIZES]
    currencies = [word for word in words if re.fullmatch(r"[A-Z]{3}", word)]
    if len(words) not in {1, 2} or len(currencies) != 1 or len(sizes) != len(words) - 1:
        expected = "a currency (ISO 4217) and a size: 'USD million', 'USD thousand', 'USD', 'EUR million'"
        raise WorldError(
            [
                Fault(
                    "option --unit",
                    f"'{unit}' is no unit that accord reads",
                    expected,
                    nearest(unit, ["USD million", "USD thousand", "EUR million", "USD billion"]),
                )
            ]
        )
    if currencies[0] != "USD" and usd_per_unit is None:
        remedy = f"State it: --usd-per-unit 1.05 (US dollars for one {currencies[0]}, average of the year)."
        raise WorldError(
            [
                Fault(
                    "option --unit",
                    f"amounts are in {currencies[0]}",
                    "an exchange rate to US dollars",
                    remedy,
                )
            ]
        )
    if usd_per_unit is not None and not 0.0 < usd_per_unit < 1e6:
        raise WorldError(
            [
                Fault(
                    "option --usd-per-unit",
                    f"{usd_per_unit}",
                    "US dollars for one unit of the currency, above zero",
                )
            ]
        )
    return SIZES[sizes[0] if sizes else ""] * (usd_per_unit or 1.0)
