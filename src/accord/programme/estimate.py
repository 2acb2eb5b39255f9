"""A number with the evidence behind it: low, central, high and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Self, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from accord.programme.fields import Text
from accord.programme.problems import complaint, shown

NO_SOURCE = "no source stated"

QUANTITY_SCHEMA = {"type": "string", "pattern": "^\\s*([A-Z]{3} )?[+-]?[0-9][^ ]* *[A-Za-z%].*$"}
"""A number with its unit, such as "105 bn RUB" (`accord.programme.amounts`)."""


class Estimate(BaseModel):
    """A number of a programme: bare (`0.2`), or a table `{ low, central, high, source }`.

    A bare number has no source stated and is listed as an assumption; so is one whose source begins with "assumption".
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )

    low: float
    """Lowest value that the evidence allows; the central value where it is left out."""
    central: float
    """Value that the central run uses."""
    high: float
    """Highest value that the evidence allows; the central value where it is left out."""
    source: Text
    """Citation with its address, or a text that begins with "assumption" and says why."""

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, value: object) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not isfinite(value):
                raise complaint(f"{value} is no number to work with", "a number, neither inf nor nan")
            return {"low": value, "central": value, "high": value, "source": NO_SOURCE}
        if isinstance(value, Mapping):
            table = cast("Mapping[str, Any]", value)
            if "central" not in table:
                return dict(table)
            return {"low": table["central"], "high": table["central"], **table}
        if isinstance(value, Estimate):
            return value
        raise complaint(f"{shown(value)} is no number", "a number, or a table { low, central, high, source }")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.central <= self.high:
            found = f"low {self.low:g}, central {self.central:g}, high {self.high:g} are not in order"
            raise complaint(found, "low <= central <= high", "Put the three numbers in order.")
        return self

    @classmethod
    def exactly(cls, value: float, source: str) -> Self:
        """Return an estimate without a range."""
        return cls(low=value, central=value, high=value, source=source)

    def at(self, value: float) -> Self:
        """Return the estimate at one value of its range, without a range."""
        if not self.low <= value <= self.high:
            return self.exactly(value, self.source)
        # What lies between two valid numbers is valid: draws make a hundred of these each, at a quarter of the time of `exactly`.
        value, made = float(value), object.__new__(type(self))
        object.__setattr__(
            made, "__dict__", {"low": value, "central": value, "high": value, "source": self.source}
        )
        object.__setattr__(made, "__pydantic_fields_set__", {"low", "central", "high", "source"})
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made

    @property
    def is_assumption(self) -> bool:
        """Whether no published source stands behind it."""
        return self.source == NO_SOURCE or self.source.lower().startswith("assumption")

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.central:g}"
        return f"{self.central:g} ({self.low:g} to {self.high:g})"

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        table = handler(schema)
        handler.resolve_ref_schema(table)["required"] = ["central", "source"]  # the rest is filled in
        return {"anyOf": [{"type": "number"}, QUANTITY_SCHEMA, table]}


@dataclass(frozen=True, slots=True)
class Within:
    """Range that an `Estimate`, or a plain number, must keep, with the reason that a faulty file is told."""

    low: float
    high: float
    reason: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        bounds = {"minimum": self.low, "maximum": self.high}
        inner = handler(schema)
        if inner.get("type") in {"number", "integer"}:
            return {**inner, **bounds}
        # An estimate: the bounds bind a bare number and the numbers of a table. A quantity with its unit passes, and is judged when it
        # is read. A pattern, since editors would complete `properties` a second time.
        return {"allOf": [inner, {**bounds, "patternProperties": {"^(low|central|high)$": bounds}}]}

    def check(self, value: Estimate | float) -> Estimate | float:
        """Return `value` when every number of it lies in the range."""
        if not isinstance(value, Estimate) or value.low == value.high:
            numbers = {"": value.central if isinstance(value, Estimate) else value}
        else:
            numbers = {"low ": value.low, "central ": value.central, "high ": value.high}
        for name, number in numbers.items():
            if not self.low <= number <= self.high:
                raise complaint(
                    f"{name}{number:g} is out of range",
                    f"between {self.low:g} and {self.high:g}: {self.reason}",
                )
        return value
