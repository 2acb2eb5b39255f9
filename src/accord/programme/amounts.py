"""Numbers with units in a programme file: `105 bn RUB`, `128.5 USD/1000m3`, `4.5 bcm`, `2400 MW`, `30 %`.

A text is read as a number with a unit where its key holds a number, and becomes the unit that the key asks for:

- keys that end in `usd_million` or hold it (`usd_million_per_year`): any currency and size; a currency other than the dollar needs its
  rate in `[exchange_rates]`: `RUB = { central = 0.0147, source = "..." }`, US dollars for one unit of it;
- keys of a measure with an energy `product`: prices and volumes in units of `accord energy units`, converted by energy content;
- keys whose name ends in the unit (`capacity_mw`, `usd_per_kw`): that unit;
- `%`: a share, or per cent where the key ends in `_pct`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast, get_args

from pydantic import BaseModel

from accord.errors import nearest
from accord.programme.estimate import Estimate
from accord.programme.measures import KINDS
from accord.programme.problems import KeyPath, Problem, shown
from accord.programme.quantities import (
    PRICE_UNITS,
    UNITS_OF,
    VOLUME_UNITS,
    converted_price,
    converted_volume,
    measures,
)

NUMBER = re.compile(r"\s*([+-]?(?:\d[\d_]*)(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(\S.*?)?\s*")
SIZES = {
    "": 1e-6, "thousand": 1e-3, "k": 1e-3, "m": 1.0, "mn": 1.0, "million": 1.0, "bn": 1e3, "billion": 1e3, "tn": 1e6, "trillion": 1e6,
}  # fmt: skip
"""Word of size -> how many USD million one US dollar of that size is."""

PARTS = ("low", "central", "high")

NO_SHARES = frozenset(
    {"amount", "base_price", "capacity", "contract_value", "cost", "exports", "fuel_cost", "gas_price", "imports_replaced",
     "initial_output", "om_cost", "overnight_cost", "payment", "persons_a_year", "price", "qualified", "volume", "workforce"}
)  # fmt: skip
"""Keys that hold money, an amount or a number of people, beside those with `usd` in their name: a percentage says nothing there."""


def with_plain_numbers(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the content with quantities of its measures in the unit of their keys, and what could not be read."""
    rates = _rates(content.get("exchange_rates"))
    tables: object = content.get("measure")
    if isinstance(tables, Mapping):
        tables = [cast("Mapping[str, Any]", tables)]
    if not isinstance(tables, list | tuple):
        return dict(content), []
    problems: list[Problem] = []
    measures_read: list[Any] = []
    for index, table in enumerate(cast("Sequence[object]", tables)):
        if not isinstance(table, Mapping):
            measures_read.append(table)
            continue
        product = cast("Mapping[str, Any]", table).get("product")
        known = product if isinstance(product, str) and product in UNITS_OF else None
        reader = _Reader(rates, known, problems, cast("Mapping[str, Any]", table))
        measures_read.append(reader.table(("measure", index), cast("Mapping[str, Any]", table)))
    return {**content, "measure": measures_read}, problems


class _Reader:
    """Reads the quantities of one measure."""

    def __init__(
        self,
        rates: Mapping[str, float],
        product: str | None,
        problems: list[Problem],
        given: Mapping[str, Any],
    ) -> None:
        self._rates, self._product, self._problems = rates, product, problems
        usual = UNITS_OF.get(product or "", ("", ""))
        # What the measure says its numbers are in, if it does: a quantity becomes that.
        self._price, self._volume = given.get("price_unit", usual[0]), given.get("volume_unit", usual[1])

    def table(self, at: KeyPath, given: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._value((*at, key), key, value) for key, value in given.items()}

    def _value(self, at: KeyPath, key: str, value: Any) -> Any:
        if isinstance(value, str) and key in numeric_keys():
            return self._number(at, key, value)
        if isinstance(value, Mapping):
            entries = cast("Mapping[str, Any]", value)
            if "central" not in entries:
                return self.table(at, entries)
            return {
                part: self._number((*at, part), key, entry)
                if part in PARTS and isinstance(entry, str)
                else entry
                for part, entry in entries.items()
            }
        if isinstance(value, list):
            return [
                self.table((*at, place), cast("Mapping[str, Any]", entry))
                if isinstance(entry, Mapping)
                else entry
                for place, entry in enumerate(cast("list[object]", value))
            ]
        return value

    def _number(self, at: KeyPath, key: str, text: str) -> Any:
        match = NUMBER.fullmatch(text)
        # "USD 1.5 bn" too: a currency may stand in front.
        turned = re.fullmatch(r"\s*([A-Z]{3})\s+(\d.*)", text)
        if turned:
            match = NUMBER.fullmatch(f"{turned[2]} {turned[1]}")
        if match is None or not match[2]:
            return text  # no quantity: the reader of the key says what it wants
        number, unit = float(match[1]), " ".join(match[2].split())
        converted = self._converted(key, number, unit)
        if not isinstance(converted, Problem):
            return converted
        self._problems.append(converted._replace(at=at, found=f"{shown(text)} {converted.found}"))
        return 0.0

    def _converted(self, key: str, number: float, unit: str) -> float | Problem:
        if unit == "%" and ("usd" in key or key in NO_SHARES):
            return Problem((), "is a share", f"an amount: '{key}' is no share of anything")
        if unit == "%":
            return number if key.endswith("_pct") else number / 100.0
        if "usd_million" in key:
            return self._usd_million(number, unit)
        if self._product is not None:
            return self._energy(self._product, key, number, unit)
        if key.lower().endswith(_slug(unit)):
            return number
        return Problem(
            (),
            f"is in '{unit}', which this key does not take",
            f"a plain number, or a number with the unit that the key names ({key})",
        )

    def _usd_million(self, number: float, unit: str) -> float | Problem:
        words = unit.replace("/year", "").replace("a year", "").split()
        currencies = [word for word in words if re.fullmatch(r"[A-Z]{3}", word)]
        sizes = [word.lower() for word in words if word not in currencies]
        if len(currencies) != 1 or len(sizes) > 1 or (sizes and sizes[0] not in SIZES):
            wrong = next((word for word in sizes if word not in SIZES), unit)
            known = (
                'a number, a size (thousand, million, bn, trillion) and a currency by ISO 4217: "105 bn RUB"'
            )
            return Problem(
                (), f"has an unknown unit '{unit}'", known, nearest(wrong, [size for size in SIZES if size])
            )
        currency, size = currencies[0], SIZES[sizes[0] if sizes else ""]
        if currency == "USD":
            return number * size
        if currency not in self._rates:
            example = f'[exchange_rates] {currency} = {{ central = 0.5, source = "..." }}'
            return Problem(
                (),
                f"is in {currency}, and the file states no exchange rate of it",
                "US dollars for one unit of the currency",
                f"{nearest(currency, self._rates)} Add: {example}".strip(),
            )
        return number * size * self._rates[currency]

    def _energy(self, product: str, key: str, number: float, unit: str) -> float | Problem:
        written = re.sub(r"\s*/\s*", "/", unit.replace("1000m3", "1000 m3").replace("m³", "m3"))
        written = re.sub(r"/(1000) ?m3", r"/\1 m3", written)
        known = [name for name in (*PRICE_UNITS, *VOLUME_UNITS) if measures(product, name)]
        if written not in known:
            found = f"has the unit '{unit}', which does not measure {product}"
            return Problem((), found, f"one of: {', '.join(known)}", nearest(written, known))
        is_price = written in PRICE_UNITS
        word, target = ("price", self._price) if is_price else ("volume", self._volume)
        if word not in key:
            return Problem((), f"is a {word}", f"a number as the key '{key}' asks for, which is no {word}")
        if target not in known:
            return Problem((), f"is beside {word}_unit = {shown(target)}", f"one of: {', '.join(known)}")
        convert = converted_price if is_price else converted_volume
        return convert(product, number, written, target)


def _slug(unit: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", unit.lower().replace("/", "_per_")).strip("_")


def _rates(table: object) -> dict[str, float]:
    """US dollars for one unit of each currency; what is no number is left to the reader of the key."""
    if not isinstance(table, Mapping):
        return {}
    found: dict[str, float] = {}
    for currency, entry in cast("Mapping[str, object]", table).items():
        value = cast("Mapping[str, object]", entry).get("central") if isinstance(entry, Mapping) else entry
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[currency] = float(value)
    return found


@cache
def numeric_keys() -> frozenset[str]:
    """Keys of measures, and of tables inside them, that hold a number."""
    return frozenset(name for kind in KINDS.values() for name in _numeric(kind, set()))


def _numeric(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    seen.add(model)
    for name, info in model.model_fields.items():
        parts = list(_parts(info.annotation))
        if Estimate in parts or float in parts:
            yield info.alias or name
        for part in parts:
            if (
                isinstance(part, type)
                and issubclass(part, BaseModel)
                and part is not Estimate
                and part not in seen
            ):
                yield from _numeric(part, seen)


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)
