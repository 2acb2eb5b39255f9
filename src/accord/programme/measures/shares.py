"""How parties share a project: tables from a region to its share, which add up to one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isclose
from typing import Annotated, Any, cast

from accord.programme.estimate import Within
from accord.programme.problems import KeyPath, Problem

Split = dict[str, Annotated[float, Within(0, 1, "a share of the whole")]]
"""Region -> its share; the shares add up to one."""

Basket = dict[str, Annotated[float, Within(0, 1, "a share of the whole")]]
"""Sector -> its share of a purchase; the shares add up to one."""


def adds_up_to_one(given: Mapping[str, Any], *at: str) -> Iterator[Problem]:
    """Yield a problem when the table at `at` is there and its numbers do not add up to one."""
    table: object = given
    for key in at:
        table = entry(table, key)
    if not isinstance(table, Mapping):
        return
    where: KeyPath = at
    shares = list(cast("Mapping[str, object]", table).values())
    numbers = [float(share) for share in shares if isinstance(share, int | float)]
    if len(numbers) == len(shares) and not isclose(sum(numbers), 1.0, abs_tol=1e-9):
        yield Problem(
            where,
            f"the shares add up to {sum(numbers):g}",
            "shares that add up to 1",
            "Write each share as a part of the whole: { BLR = 0.6, RUS = 0.4 }",
        )


def entry(table: object, key: str) -> object:
    """Return what a table of a file, or what was read from it, holds at `key`; None where it holds nothing."""
    if isinstance(table, Mapping):
        return cast("Mapping[str, object]", table).get(key)
    return getattr(table, key, None)


def settled(payments: Mapping[str, float], claims: Mapping[str, float]) -> Iterator[tuple[str, str, float]]:
    """Yield (payer, recipient, share) that turn `payments` into `claims`: who has too much pays who has too little, in proportion.

    Both add up to the same; the shares yielded are in their unit.
    """
    regions = [*payments, *(name for name in claims if name not in payments)]
    excess = {name: payments.get(name, 0.0) - claims.get(name, 0.0) for name in regions}
    owed = {name: -value for name, value in excess.items() if value < 0.0}
    total = sum(owed.values())
    for payer, value in excess.items():
        if value > 0.0:
            for recipient, claim in owed.items():
                yield payer, recipient, value * claim / total
