"""The same measure at other values of its estimates, whatever its kind, again and again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel

from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.estimate import Estimate

AnyModel = TypeVar("AnyModel", bound=BaseModel)

Fresh = Mapping[str, Estimate]
"""Estimates at their new values, by key."""


class Redraw(Generic[AnyModel]):
    """Makes a measure with some of its estimates at other values; where they stand is looked up once.

    An estimate is found wherever it stands: among the measure's own keys, in a list of tables, in a table of numbers.

    Args:
        measure: A measure.
        where: What messages call it.
        estimates: Its estimates by key, as `Measure.estimates` gives them.
        keys: Keys of those that take other values.

    Raises:
        ProgrammeError: A key is none of the measure's.
    """

    def __init__(
        self, measure: AnyModel, where: str, estimates: Mapping[str, Estimate], keys: Collection[str]
    ) -> None:
        unknown = [key for key in keys if key not in estimates]
        if unknown:
            raise ProgrammeError(
                Fault(where, f"no number '{key}'", f"one of: {', '.join(estimates)}", nearest(key, estimates))
                for key in unknown
            )
        self._measure, self._estimates = measure, {key: estimates[key] for key in keys}
        fields = _fields_by_key(type(measure))
        self._parts: dict[str, Callable[[Fresh], object]] = {
            fields[key]: _Number(key) for key in keys if key in fields
        }
        # What is no key of its own stands deeper: it is known by identity, since `estimates` hands out the very objects.
        deeper = {id(estimates[key]): key for key in keys if key not in fields}
        for name in type(measure).model_fields if deeper else ():
            if name not in self._parts and (part := _part(getattr(measure, name), deeper)) is not None:
                self._parts[name] = part

        self._own: tuple[AnyModel, list[tuple[str, float, float, dict[str, float]]]] | None = None

    def at(self, values: Mapping[str, float]) -> AnyModel:
        """Return the measure with its estimates at `values`, one for each key, without a range."""
        return self._with({key: estimate.at(values[key]) for key, estimate in self._estimates.items()})

    def briefly(self, values: Mapping[str, float]) -> AnyModel:
        """Return what `at` returns, until the next call: it is one measure, whose numbers are written over.

        At a tenth of the time of `at`: for those who ask what follows from the numbers and keep neither the measure nor its estimates.
        """
        if self._own is None:
            own = {key: estimate.at(estimate.central) for key, estimate in self._estimates.items()}
            moving = [
                (key, estimate.low, estimate.high, vars(own[key]))
                for key, estimate in self._estimates.items()
            ]
            self._own = self._with(own), moving
        measure, moving = self._own
        for key, low, high, numbers in moving:
            value = values[key]
            if not low <= value <= high:
                value = self._estimates[key].at(value).central  # a fault where it is no number
            # As `Estimate.at`: nobody else holds these estimates, frozen as they are to all others.
            numbers["low"] = numbers["central"] = numbers["high"] = value
        return measure

    def __getstate__(self) -> dict[str, Any]:
        # A copy of `_own` would write over numbers that are no longer those of its measure.
        return {**self.__dict__, "_own": None}

    def _with(self, fresh: Fresh) -> AnyModel:
        return self._measure.model_copy(update={name: make(fresh) for name, make in self._parts.items()})


@cache
def _fields_by_key(kind: type[BaseModel]) -> dict[str, str]:
    """Names of a kind's fields by the keys that files use."""
    return {info.alias or name: name for name, info in kind.model_fields.items()}


@dataclass(frozen=True, slots=True)
class _Number:
    """An estimate that takes another value."""

    key: str

    def __call__(self, fresh: Fresh) -> Estimate:
        return fresh[self.key]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file with such estimates in some of its fields."""

    table: BaseModel
    parts: Mapping[str, Callable[[Fresh], object]]

    def __call__(self, fresh: Fresh) -> BaseModel:
        return self.table.model_copy(update={name: make(fresh) for name, make in self.parts.items()})


@dataclass(frozen=True, slots=True)
class _List:
    """A list in which some items hold such estimates."""

    items: tuple[object, ...]
    parts: Mapping[int, Callable[[Fresh], object]]

    def __call__(self, fresh: Fresh) -> tuple[object, ...]:
        items = list(self.items)
        for position, make in self.parts.items():
            items[position] = make(fresh)
        return tuple(items)


@dataclass(frozen=True, slots=True)
class _ByName:
    """Numbers or tables by name, some of which hold such estimates."""

    items: Mapping[str, object]
    parts: Mapping[str, Callable[[Fresh], object]]

    def __call__(self, fresh: Fresh) -> dict[str, object]:
        return {**self.items, **{name: make(fresh) for name, make in self.parts.items()}}


def _part(value: object, keys: Mapping[int, str]) -> Callable[[Fresh], object] | None:
    """What makes `value` anew from fresh estimates, whose identities are in `keys`; None where it holds none of them."""
    if isinstance(value, Estimate):
        return _Number(keys[id(value)]) if id(value) in keys else None
    if isinstance(value, BaseModel):
        parts = _parts(((name, getattr(value, name)) for name in type(value).model_fields), keys)
        return _Table(value, parts) if parts else None
    if isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        parts = _parts(enumerate(items), keys)
        return _List(items, parts) if parts else None
    if isinstance(value, dict):
        by_name = cast("dict[str, object]", value)
        parts = _parts(by_name.items(), keys)
        return _ByName(by_name, parts) if parts else None
    return None


Place = TypeVar("Place", str, int)


def _parts(
    items: Iterable[tuple[Place, object]], keys: Mapping[int, str]
) -> dict[Place, Callable[[Fresh], Any]]:
    made = ((place, _part(item, keys)) for place, item in items)
    return {place: part for place, part in made if part is not None}
