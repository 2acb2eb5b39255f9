"""Physical units of energy: which there are, what they hold, and how price times volume becomes USD million.

Prices and volumes of one product meet in a common unit of amount (1000 m3, t, barrel, MWh, GJ). Between units of amount the energy
content of the product decides; contents are averages, and a contract that states its own heating value should be converted outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from accord.errors import AccordError, nearest

EnergyProduct = Literal["gas", "crude", "refined", "electricity", "coal"]
PRODUCTS: tuple[str, ...] = get_args(EnergyProduct)

_EI = "Statistical Review of World Energy, approximate conversion factors (updated July 2021)"
_SI = "definition"


@dataclass(frozen=True, slots=True)
class Content:
    """Energy content of one unit of a product, net of the heat in the steam of its combustion.

    Attributes:
        product: Product.
        amount: Unit of amount.
        gigajoules: GJ in one unit.
        source: Where the number is published.
    """

    product: EnergyProduct
    amount: str
    gigajoules: float
    source: str


CONTENTS: tuple[Content, ...] = (
    Content("gas", "1000 m3", 36.0, f"{_EI}: 1 billion cubic metres = 36 petajoules"),
    Content("crude", "t", 41.868, "tonne of oil equivalent, 10 Gcal: definition of the IEA"),
    Content(
        "crude",
        "barrel",
        41.868 / 7.33,
        f"{_EI}: 7.33 barrels a tonne, worldwide average (United Nations Energy Statistics Yearbook: 7.32)",
    ),
    Content("refined", "t", 43.076, f"{_EI}: product basket"),
    Content("refined", "barrel", 43.076 / 8.058, f"{_EI}: product basket, 8.058 barrels a tonne"),
    Content(
        "coal", "t", 29.3076, "tonne of coal equivalent, 7 Gcal: definition; traded coals hold 17 to 29 GJ"
    ),
    Content("electricity", "MWh", 3.6, _SI),
)
"""Energy content by product and unit of amount; every product holds one GJ per GJ and 3.6 GJ per MWh of heat besides."""

VOLUME_UNITS: dict[str, tuple[str, float]] = {
    "bcm": ("1000 m3", 1e6),
    "Mt": ("t", 1e6),
    "million barrels": ("barrel", 1e6),
    "TWh": ("MWh", 1e6),
    "PJ": ("GJ", 1e6),
}
"""Unit of a yearly volume -> unit of amount and how many of it."""

PRICE_UNITS: dict[str, str] = {
    "USD/1000 m3": "1000 m3",
    "USD/t": "t",
    "USD/barrel": "barrel",
    "USD/MWh": "MWh",
    "USD/GJ": "GJ",
}
"""Unit of a price -> unit of amount."""

UNITS_OF: dict[str, tuple[str, str]] = {
    "gas": ("USD/1000 m3", "bcm"),
    "crude": ("USD/t", "Mt"),
    "refined": ("USD/t", "Mt"),
    "coal": ("USD/t", "Mt"),
    "electricity": ("USD/MWh", "TWh"),
}
"""Units of price and volume that contracts of each product are written in."""


def gigajoules(product: str, amount: str) -> float:
    """Return the GJ in one unit of amount of `product`; an `AccordError` where it is not measured in that unit."""
    if amount == "GJ":
        return 1.0
    if amount == "MWh":
        return 3.6
    for content in CONTENTS:
        if (content.product, content.amount) == (product, amount):
            return content.gigajoules
    known = [content.amount for content in CONTENTS if content.product == product]
    raise AccordError(
        f"{product} is not measured in {amount}. It is measured in: {', '.join(dict.fromkeys([*known, 'MWh', 'GJ']))}. "
        "List all units with: accord energy units"
    )


def measures(product: str, unit: str) -> bool:
    """Whether `unit`, of a price or of a volume, measures `product`."""
    amount = PRICE_UNITS.get(unit) or VOLUME_UNITS.get(unit, ("", 0.0))[0]
    return amount in {"GJ", "MWh"} or any(
        (content.product, content.amount) == (product, amount) for content in CONTENTS
    )


def converted_price(product: str, price: float, unit: str, into: str) -> float:
    """Return `price` in another unit of price: per unit of the same energy."""
    return price * gigajoules(product, _amount_of_price(into)) / gigajoules(product, _amount_of_price(unit))


def converted_volume(product: str, volume: float, unit: str, into: str) -> float:
    """Return `volume` in another unit of volume that holds the same energy."""
    (amount, number), (other, others) = _amount_of_volume(unit), _amount_of_volume(into)
    return volume * number * gigajoules(product, amount) / (others * gigajoules(product, other))


def value_usd_million(product: str, price: float, price_unit: str, volume: float, volume_unit: str) -> float:
    """Return price times volume in USD million; both may be in any unit that measures `product`."""
    amount, number = _amount_of_volume(volume_unit)
    paid_per = _amount_of_price(price_unit)
    same = 1.0 if amount == paid_per else gigajoules(product, amount) / gigajoules(product, paid_per)
    return price * volume * number * same / 1e6


def _amount_of_price(unit: str) -> str:
    if unit not in PRICE_UNITS:
        raise AccordError(
            f"unknown unit of price '{unit}'. {nearest(unit, PRICE_UNITS)} Known: {', '.join(PRICE_UNITS)}."
        )
    return PRICE_UNITS[unit]


def _amount_of_volume(unit: str) -> tuple[str, float]:
    if unit not in VOLUME_UNITS:
        raise AccordError(
            f"unknown unit of volume '{unit}'. {nearest(unit, VOLUME_UNITS)} Known: {', '.join(VOLUME_UNITS)}."
        )
    return VOLUME_UNITS[unit]
