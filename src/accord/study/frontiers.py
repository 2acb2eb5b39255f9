"""The frontier of a bargain: of two partners point after point, of more over a lattice (METHODS section 15)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from accord.errors import ProgrammeError
from accord.numerics.frontiers import Frontier, frontier_of_many, sifted

if TYPE_CHECKING:
    from accord.study.bargaining import Parley
    from accord.study.prepare import Prepared


def axes_of(prepared: Prepared, asked: Sequence[str] | None) -> tuple[str, ...]:
    """Return the partners of the frontier: those asked for, all by default."""
    partners = prepared.checked.partners
    chosen = tuple(asked) if asked is not None else partners
    wrong = [code for code in chosen if code not in partners]
    if len(chosen) < min(2, len(partners)) or wrong or len(set(chosen)) != len(chosen):
        raise ProgrammeError(
            f"the partners of the frontier are {', '.join(chosen) or 'none'}; they are two or more of: {', '.join(partners)}"
        )
    return chosen


def note_frontier(table: Parley, axes: Sequence[str], points: int, inside: np.ndarray) -> list[str]:
    """Add the frontier's points to the table; other partners gain over the threat where that is possible. Returns what to know.

    Args:
        table: The bargain.
        axes: Partners whose frontier it is.
        points: How many points, about.
        inside: The fairest point.
    """
    order = list(table.negotiation.prepared.checked.partners)
    own = [order.index(axis) for axis in axes]
    if len(own) < 2:
        return []
    floors = np.full(len(order), -np.inf)
    others = [place for place in range(len(order)) if place not in own]
    if others and np.all(table.box.at(inside)[0][others] >= 0.0):
        floors[others] = 0.0
    starts = [inside, table.negotiation.here, np.full(len(inside), 0.5)]
    if len(own) == 2:
        along = table.box.frontier(own[0], own[1], starts, points, floors)
        found = sifted(table.box, own, along)
    else:
        found = frontier_of_many(table.box, own, starts[:2], points, floors)
    for number, x in enumerate(found.points, start=1):
        table.note(f"frontier {number:02d}", x)
    single = len(found.points) == 1
    return [
        *_said(axes, found, single=single),
        *([] if single else of_others(axes, [order[place] for place in others])),
    ]


def _said(axes: Sequence[str], found: Frontier, *, single: bool) -> list[str]:
    told: list[str] = []
    if single:
        told.append(f"one point is best for each of {', '.join(axes)}: the frontier is that point")
    elif len(axes) > 2:
        told.append(
            f"the frontier is a surface of {len(axes)} partners ({', '.join(axes)}): its first points are the best ones of each, others "
            "lie between them"
        )
    if found.dominated:
        told.append(
            f"{found.dominated} searches for the frontier ended where another point is better for all, and are left out"
        )
    return told


def of_others(axes: Sequence[str], others: Sequence[str]) -> list[str]:
    """A frontier of some partners: what it holds for the others."""
    if not others:
        return []
    told = (
        f"the frontier is traced for {' and '.join(axes)}; {', '.join(others)} stay at the threat point or above it there, where that is "
        "possible for all. Other partners: --axes. The zone, the Nash solution and the smallest change count every partner"
    )
    return [told]
