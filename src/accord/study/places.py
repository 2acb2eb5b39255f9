"""Names of shocks said once: what a shock says of places does not move with its numbers, so that draws need not ask again.

A shock of every draw falls on the same flows, producers and payers. What they are called elsewhere is found for the first of them, and
the numbers of the others are put into that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, get_type_hints

from accord.frozen import changed, changer
from accord.shocks import HomePreferenceShock, ResourceCostShock, Shock, SupplyTermsShock, TechnologyShock

NUMBERS_BY_NAME: Mapping[type[Shock], str] = {
    HomePreferenceShock: "public_share",
    SupplyTermsShock: "product_share",
    TechnologyShock: "changes",
}
"""Fields with a number for each of several names, every one of which is passed on to what the name stands for."""

KEPT = 4096
"""Places that are remembered."""

Renaming = Callable[[Shock], tuple[Shock, ...]]


class PlacesOnce:
    """A renaming of shocks that is asked once for each place.

    Args:
        rename: Says a shock in other names, as one or several of its kind; it passes all numbers on. Those who pay a cost in place of
            a group do so by `ResourceCostShock.paid_by`.
    """

    def __init__(self, rename: Renaming) -> None:
        self._rename = rename
        self._known: dict[tuple[object, ...], _Place] = {}
        self._last: dict[str, list[_Place]] = {}

    def __call__(self, *shocks: Shock) -> tuple[Shock, ...]:
        """Return what the renaming makes of the shocks of one measure, which most often fall where its last ones fell."""
        found: list[Shock] = []
        places: list[_Place] = []
        last = iter(self._last.get(shocks[0].measure, ()) if shocks else ())
        for shock in shocks:
            place = next(last, None)
            if place is None or place.kind is not type(shock) or place.read(shock) != place.names:
                place = self._place(shock)
            places.append(place)
            if place.otherwise is not None:
                found += place.otherwise(shock)
            else:
                for names in place.said:
                    found.append(place.say(shock, *names))
        if shocks:
            self._last[shocks[0].measure] = places
        return tuple(found)

    def _place(self, shock: Shock) -> _Place:
        kind = type(shock)
        fields = _fields(kind)
        key = kind, *fields.read(shock)
        if key not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = self._asked(shock, fields)
        return self._known[key]

    def _asked(self, shock: Shock, fields: _Fields) -> _Place:
        said, otherwise = (), None
        if isinstance(shock, ResourceCostShock):
            costs = self._rename(changed(shock, amount=1.0))  # nobody pays for nothing
            otherwise = _Paid(tuple(cost.payer for cost in costs if isinstance(cost, ResourceCostShock)))
        elif fields.by_name is None:
            said = tuple(fields.read(named) for named in self._rename(shock))
        else:
            # Each number by name is its position, so that what is said tells whose number goes where.
            numbered = tuple(
                (name, float(place)) for place, (name, _) in enumerate(getattr(shock, fields.by_name))
            )
            all_named = self._rename(changed(shock, **{fields.by_name: numbered}))
            otherwise = _ByName(
                fields,
                tuple(
                    (
                        fields.read(named)[:-1],
                        tuple((name, int(number)) for name, number in getattr(named, fields.by_name)),
                    )
                    for named in all_named
                ),
            )
        return _Place(type(shock), fields.read(shock), fields.read, fields.say, said, otherwise)

    def __getstate__(self) -> dict[str, Any]:
        return {"_rename": self._rename, "_known": {}, "_last": {}}  # what is compiled stays in its process


class _Place(NamedTuple):
    """Where shocks fall, and what is said of them.

    Attributes:
        kind: Class of the shocks.
        names: What they say that is no number.
        read: Reads it.
        say: Copies a shock with other names.
        said: Names of each shock that is said instead.
        otherwise: Says those shocks where more than names is to be changed.
    """

    kind: type[Shock]
    names: tuple[Any, ...]
    read: Callable[[Shock], tuple[Any, ...]]
    say: Callable[..., Shock]
    said: tuple[tuple[Any, ...], ...]
    otherwise: Callable[[Any], tuple[Shock, ...]] | None


class _Paid(NamedTuple):
    """A cost that others pay."""

    payers: tuple[str, ...]

    def __call__(self, cost: ResourceCostShock) -> tuple[Shock, ...]:
        return cost.paid_by(self.payers)


class _ByName(NamedTuple):
    """Shocks with a number for each of several names.

    Attributes:
        fields: Of their kind.
        said: Of each shock that is said: its names, and each name with a number of its own, with the position of that number.
    """

    fields: _Fields
    said: tuple[tuple[tuple[Any, ...], tuple[tuple[str, int], ...]], ...]

    def __call__(self, shock: Shock) -> tuple[Shock, ...]:
        assert self.fields.by_name is not None
        numbers = [number for _, number in getattr(shock, self.fields.by_name)]
        return tuple(
            [
                self.fields.say(shock, *names, tuple([(name, numbers[place]) for name, place in by_name]))
                for names, by_name in self.said
            ]
        )


class _Fields(NamedTuple):
    """Fields of a kind of shock.

    Attributes:
        read: Reads what is no number: all names, and last those of the field `by_name`.
        say: Copies a shock with others in their place; with another field `by_name`.
        by_name: Field with a number for each of several names.
    """

    read: Callable[[Shock], tuple[Any, ...]]
    say: Callable[..., Shock]
    by_name: str | None


@cache
def _fields(kind: type[Shock]) -> _Fields:
    by_name = NUMBERS_BY_NAME.get(kind)
    hints = get_type_hints(kind)
    names = tuple(
        name for name, hint in hints.items() if hint not in (float, float | None) and name != by_name
    )
    read = attrgetter(*names)  # a measure and a place at least: of one name alone it would make no tuple
    if by_name is None:
        return _Fields(read, changer(kind, names), None)
    return _Fields(
        lambda shock: (*read(shock), tuple([name for name, _ in getattr(shock, by_name)])),
        changer(kind, (*names, by_name)),
        by_name,
    )
