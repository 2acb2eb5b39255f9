"""Shocks of several draws of one programme as shocks whose numbers are columns: arrays with one number for each draw (d,).

What a shock falls on is the same in every draw, and what is made of it is arithmetic, so that one call of NumPy does for all draws.
A draw's numbers do not depend on who stands beside it: shocks that add up are put into an order of their own, and one that some draws
lack adds nothing to them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, get_type_hints

import numpy as np

from accord.engines.equilibrium.quick_cells import UnlikeError
from accord.shocks import PurchaseShock, ResourceCostShock, Shock, SupportShock, TransferShock

ADDED = (PurchaseShock, ResourceCostShock, TransferShock)
"""Shocks that add an amount to what others of their kind add."""

BY_NAME = frozenset({"changes", "public_share"})
"""Fields with a number for each of several names."""


def in_columns(several: Sequence[Sequence[Shock]]) -> tuple[Shock, ...]:
    """Return the shocks of several draws as one list, whose numbers are arrays (d,).

    Args:
        several: Shocks of each draw.

    Raises:
        UnlikeError: Draws differ in more than numbers and what they add.
    """
    fixed = [[shock for shock in shocks if not isinstance(shock, ADDED)] for shocks in several]
    found = _all_together(fixed)
    if found is None:
        kinds: dict[tuple[object, ...], int] = {}
        looks = (tuple(map(_look, shocks)) for shocks in fixed)
        raise UnlikeError(np.array([kinds.setdefault(look, len(kinds)) for look in looks]))
    added: dict[tuple[object, ...], dict[int, Shock]] = {}
    for draw, shocks in enumerate(several):
        met: dict[tuple[object, ...], int] = {}
        for shock in shocks:
            if isinstance(shock, ADDED):
                place = _place(shock)
                times = met[place] = met.get(place, 0) + 1
                added.setdefault((*place, times), {})[draw] = shock
    # An order that draws have whoever stands beside them: sums round by order.
    order = sorted(added, key=repr)
    return (*found, *(_added(added[place], len(several)) for place in order))


def of_draw(shocks: Sequence[Shock], draw: int) -> tuple[Shock, ...]:
    """Return the shocks of one draw out of those of several."""
    return tuple(_Fields.of(type(shock)).at(shock, lambda column: float(column[draw])) for shock in shocks)


class _Fields(NamedTuple):
    """Fields of a kind of shock: numbers, names, and numbers by name; and what reads names."""

    kind: type[Shock]
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    by_name: tuple[str, ...]
    read: Callable[[Shock], object]

    @staticmethod
    @lru_cache(maxsize=64)
    def of(kind: type[Shock]) -> _Fields:
        hints = get_type_hints(kind)
        numbers = tuple(name for name, hint in hints.items() if hint in (float, float | None))
        by_name = tuple(name for name in hints if name in BY_NAME)
        names = tuple(name for name in hints if name not in numbers and name not in by_name)
        return _Fields(kind, numbers, names, by_name, attrgetter(*names))

    def at(self, shock: Shock, number: Callable[[Any], Any]) -> Shock:
        """Return the shock with every number replaced by what a function makes of it."""
        values = {name: getattr(shock, name) for name in (*self.numbers, *self.names)}
        for name in self.numbers:
            if values[name] is not None:
                values[name] = number(values[name])
        for name in self.by_name:
            values[name] = tuple((label, number(own)) for label, own in getattr(shock, name))
        return self.kind(**values)


def _place(shock: Shock) -> tuple[object, ...]:
    kind = type(shock)
    return kind.__name__, _Fields.of(kind).read(shock)


def _look(shock: Shock) -> tuple[object, ...]:
    """Everything about a shock that is no number, or decides what it is."""
    fields = _Fields.of(type(shock))
    none = tuple(getattr(shock, name) is None for name in fields.numbers)
    labels = tuple(tuple(label for label, _ in getattr(shock, name)) for name in fields.by_name)
    asks = isinstance(shock, SupportShock) and shock.weight * shock.amount > 0.0
    return (*_place(shock), none, labels, asks)


def _all_together(several: Sequence[Sequence[Shock]]) -> list[Shock] | None:
    """The shocks of several draws as one list; None where they are not the same."""
    kinds = list(map(type, several[0]))
    if any(list(map(type, shocks)) != kinds for shocks in several):
        return None
    found: list[Shock] = []
    for column in zip(*several, strict=True):
        shock = _together(column)
        if shock is None:
            return None
        found.append(shock)
    return found


def _together(column: Sequence[Shock]) -> Shock | None:
    """One shock of several draws; None where they are not the same (`_look`)."""
    fields = _Fields.of(type(column[0]))
    names = fields.read(column[0])
    # Names are the same objects in most draws, so that comparing is quick where reading them through would not be.
    if any(fields.read(shock) != names for shock in column):
        return None
    values = {name: getattr(column[0], name) for name in fields.names}
    for name in fields.numbers:
        own = [getattr(shock, name) for shock in column]
        missing = own.count(None)
        if 0 < missing < len(own):
            return None
        values[name] = None if missing else np.array(own, dtype=np.float64)
    for name in fields.by_name:
        own = [getattr(shock, name) for shock in column]
        labels = [label for label, _ in own[0]]
        if any([label for label, _ in pairs] != labels for pairs in own):
            return None
        numbers = np.array([[number for _, number in pairs] for pairs in own], dtype=np.float64)
        values[name] = tuple(zip(labels, numbers.T.copy(), strict=True)) if labels else ()
    found = fields.kind(**values)
    if isinstance(found, SupportShock):
        asks = np.asarray(found.weight * found.amount) > 0.0
        return None if asks.any() and not asks.all() else found
    return found


def _added(by_draw: dict[int, Shock], draws: int) -> Shock:
    """One shock of several draws, of which some may lack it: it adds nothing to them."""
    first = next(iter(by_draw.values()))
    fields = _Fields.of(type(first))
    values = {name: getattr(first, name) for name in fields.names}
    for name in fields.numbers:
        values[name] = column = np.full(draws, 0.0 if name == "amount" else 1.0)
        for draw, shock in by_draw.items():
            column[draw] = getattr(shock, name)
    return fields.kind(**values)
