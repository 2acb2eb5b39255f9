"""Names of shocks said once: what a shock says of places does not move with its numbers, so that draws need not ask again.

A shock of every draw falls on the same flows, producers and payers. What they are called elsewhere is found for the first of them, and
the numbers of the others are put into that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, get_type_hints

from accord.shocks import HomePreferenceShock, ResourceCostShock, Shock, SupplyTermsShock, TechnologyShock

NUMBERS_BY_NAME = (HomePreferenceShock, SupplyTermsShock, TechnologyShock)
"""Shocks with a number for each of several names: they are said anew each time."""

KEPT = 4096
"""Places that are remembered."""

Renaming = Callable[[Shock], tuple[Shock, ...]]


class PlacesOnce:
    """A renaming of shocks that is asked once for each place.

    Args:
        rename: Says a shock in other names, as one or several; it may look at which numbers are zero, and passes all of them on (but
            those of a cost that a group shares).
    """

    def __init__(self, rename: Renaming) -> None:
        self._rename = rename
        self._known: dict[tuple[object, ...], tuple[_Said, ...]] = {}

    def __call__(self, shock: Shock) -> tuple[Shock, ...]:
        """Return what the renaming makes of the shock."""
        kind = type(shock)
        fields = _fields(kind)
        values = fields.read_numbers(shock)
        parted = isinstance(shock, ResourceCostShock) and not shock.each  # a group of payers shares it
        if 0.0 in values or parted or kind in NUMBERS_BY_NAME:
            return self._rename(shock)
        place = kind, fields.read_names(shock)
        known = self._known.get(place)
        if known is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            known = tuple(map(_Said.of, self._rename(shock)))
            self._known[place] = known
        numbers = dict(zip(fields.numbers, values, strict=True))
        return tuple([kind(**names, **numbers) for kind, names in known])


class _Said(NamedTuple):
    """A shock without its numbers."""

    kind: type[Shock]
    names: dict[str, Any]

    @classmethod
    def of(cls, shock: Shock) -> _Said:
        fields = _fields(type(shock))
        return cls(type(shock), dict(zip(fields.names, fields.read_names(shock), strict=True)))


class _Fields(NamedTuple):
    """Fields of a kind of shock: those that are numbers, and the others; and what reads them."""

    numbers: tuple[str, ...]
    names: tuple[str, ...]
    read_numbers: Callable[[Shock], tuple[Any, ...]]
    read_names: Callable[[Shock], tuple[Any, ...]]


@cache
def _fields(kind: type[Shock]) -> _Fields:
    hints = get_type_hints(kind)
    numbers = tuple(name for name, hint in hints.items() if hint in (float, float | None))
    names = tuple(name for name in hints if name not in numbers)
    return _Fields(numbers, names, _reader(numbers), _reader(names))


def _reader(fields: tuple[str, ...]) -> Callable[[Shock], tuple[Any, ...]]:
    """`attrgetter` of any number of fields: of one alone it makes no tuple."""
    if len(fields) > 1:
        return attrgetter(*fields)
    return lambda shock: tuple(getattr(shock, name) for name in fields)
