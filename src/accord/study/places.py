"""Names of shocks said once: what a shock says of places does not move with its numbers, so that draws need not ask again.

A shock of every draw falls on the same flows, producers and payers. What they are called elsewhere is found for the first of them, and
the numbers of the others are put into that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, get_type_hints

from accord.frozen import changer
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
        last = self._last.get(shocks[0].measure, ()) if shocks else ()
        places: list[_Place] = []
        for position, shock in enumerate(shocks):
            kind = type(shock)
            fields = _fields(kind)
            names, by_name = fields.read_names(shock), ()
            if fields.by_name is not None and (entries := getattr(shock, fields.by_name)):
                labels, by_name = zip(*entries, strict=True)
                names = *names, labels
            place = last[position] if position < len(last) else None
            if place is None or place.kind is not kind or place.names != names:
                place = self._place(shock, fields, names)
            places.append(place)
            if isinstance(shock, ResourceCostShock):
                found += shock.paid_by(place.payers)
                continue
            for said in place.said:
                if fields.by_name is None:
                    found.append(fields.say(shock, *said.names))
                else:
                    each = tuple([(label, by_name[number]) for label, number in said.by_name])
                    found.append(fields.say(shock, *said.names, each))
        if shocks:
            self._last[shocks[0].measure] = places
        return tuple(found)

    def _place(self, shock: Shock, fields: _Fields, names: tuple[Any, ...]) -> _Place:
        key = type(shock), names
        place = self._known.get(key)
        if place is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            labels = names[-1] if fields.by_name is not None and getattr(shock, fields.by_name) else ()
            said = self._asked(shock, fields, labels)
            place = self._known[key] = _Place(*key, said, tuple(one.payer for one in said))
        return place

    def _asked(self, shock: Shock, fields: _Fields, labels: tuple[str, ...]) -> tuple[_Said, ...]:
        if isinstance(shock, ResourceCostShock):
            shock = replace(shock, amount=1.0)  # nobody pays for nothing
        if fields.by_name is not None:
            numbered = tuple((label, float(number)) for number, label in enumerate(labels))
            shock = replace(shock, **{fields.by_name: numbered})
        return tuple(_Said.of(said, fields) for said in self._rename(shock))


class _Place(NamedTuple):
    """Where shocks fall, and what is said of them.

    Attributes:
        kind: Class of the shocks.
        names: What they say that is no number.
        said: What is said instead.
        payers: Who pays each of these, where it is a cost.
    """

    kind: type[Shock]
    names: tuple[Any, ...]
    said: tuple[_Said, ...]
    payers: tuple[str, ...]


class _Said(NamedTuple):
    """A shock without its numbers.

    Attributes:
        names: What is no number, in the order of `_Fields`.
        by_name: Each name with a number of its own, and the position of that number among those of the shock as it was written.
        payer: Who pays a cost.
    """

    names: tuple[Any, ...]
    by_name: tuple[tuple[str, int], ...]
    payer: str

    @classmethod
    def of(cls, numbered: Shock, fields: _Fields) -> _Said:
        """What was said of a shock whose numbers by name are their positions."""
        entries = () if fields.by_name is None else getattr(numbered, fields.by_name)
        payer = numbered.payer if isinstance(numbered, ResourceCostShock) else ""
        return cls(
            fields.read_names(numbered), tuple((label, int(number)) for label, number in entries), payer
        )


class _Fields(NamedTuple):
    """Fields of a kind of shock: those that are numbers, and the others.

    Attributes:
        read_names: Reads what is no number.
        by_name: Field with a number for each of several names.
        say: Copies a shock with other names, and another such field.
    """

    read_names: Callable[[Shock], tuple[Any, ...]]
    by_name: str | None
    say: Callable[..., Shock]


@cache
def _fields(kind: type[Shock]) -> _Fields:
    by_name = NUMBERS_BY_NAME.get(kind)
    names = tuple(
        name
        for name, hint in get_type_hints(kind).items()
        if hint not in (float, float | None) and name != by_name
    )
    return _Fields(
        _reader(names), by_name, changer(kind, (*names, *(() if by_name is None else (by_name,))))
    )


def _reader(fields: tuple[str, ...]) -> Callable[[Shock], tuple[Any, ...]]:
    """`attrgetter` of any number of fields: of one alone it makes no tuple."""
    if len(fields) > 1:
        return attrgetter(*fields)
    return lambda shock: tuple(getattr(shock, name) for name in fields)
