"""What the partners have together: the most that payments could divide, what stands in the way, and what comes nearest to a deal.

A payment moves money, it makes none: where the sum of the partners' equivalent variations is negative, none makes all of them gain
(to first order; `study.side_payments` solves the rest). So the sum says whether a deal needs payments or other measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from accord.study.side_payments import Payments, compensation, told
from accord.study.variants import GAIN_PCT

if TYPE_CHECKING:
    from accord.study.bargaining import Parley

TOGETHER, SHARED = "largest together", "largest, with payments"
"""Names of points."""

MOST_NAMED = 5
"""Decisions and levers named in one sentence."""


def largest_together(table: Parley, starts: Sequence[np.ndarray]) -> tuple[dict[str, Payments], list[str]]:
    """Find the point of the largest sum of gains, note it, and return the payments that share it and the answer in words."""
    negotiation, parties, unit = table.negotiation, table.parties, table.negotiation.unit
    written = float(negotiation.worth(negotiation.here)[parties].sum())
    # Payments among the levers stay as written: they only divide, and are solved for below.
    paying = np.array([one.transfer is not None for one in negotiation.handles])
    found = table.box.together(negotiation.consumption[parties] / 100.0, [negotiation.here, *starts], paying)
    gains = table.note(TOGETHER, found.x)
    most = float(gains[parties].sum())
    where = standing(table, found.x)
    # What is within the solver's own error is nothing.
    least_told = GAIN_PCT / 100.0 * float(negotiation.consumption[parties].sum())
    if abs(most) <= least_told:
        said = (
            "Together the partners gain nothing wherever the levers stand, as far as searched. No payment between them makes every one "
            "gain: that takes other levers or other measures."
        )
        return {}, [said]
    if most < 0.0:
        said = (
            f"Together the partners lose wherever the levers stand, as far as searched: at best {most:+,.1f} {unit} "
            f"({where}). No payment between them makes every one gain: that takes other levers or other measures."
        )
        return {}, [said]
    opening = (
        f"Together the partners have most, {most:+,.1f} {unit} against {written:+,.1f} as written, {where}"
    )
    if np.all(table.percent(gains) >= table.margin_pct):
        return {}, [f"{opening}; there every partner gains without any payment."]
    least = table.margin_pct / 100.0 * negotiation.consumption[parties]
    paid = compensation(negotiation, found.x, parties, least)
    if not paid.possible:
        return {}, [f"{opening}; no payment makes every partner gain there: {paid.reason}."]
    table.points[SHARED] = (found.x, paid.gains)
    words = told(paid, negotiation.prepared.world.regions)
    return {SHARED: paid}, [f"{opening}; there every partner gains if {words}."]


def nearest_point(table: Parley, x: np.ndarray) -> str:
    """What comes nearest to a deal where there is none: the fairest point, and what the least favoured lacks there."""
    negotiation = table.negotiation
    gains = negotiation.worth(x)
    names = negotiation.prepared.world.region_names
    partners = negotiation.prepared.checked.partners
    short = table.percent(gains - table.threat)
    parts = ", ".join(
        f"{names[code]} {percent:+.4f}% ({gains[place]:+,.1f} {negotiation.unit})"
        for code, place, percent in zip(partners, table.parties, table.percent(gains), strict=True)
    )
    last = int(np.argmin(short))
    lacks = -float((gains - table.threat)[table.parties[last]])
    return (
        f"What comes nearest to a deal is {standing(table, x)}: {parts}. {names[partners[last]]} would still lack "
        f"{max(lacks, 0.0):,.1f} {negotiation.unit}."
    )


def losing_decisions(table: Parley) -> list[str]:
    """Decisions by which the partners together lose, each alone on top of the context: what to look at first."""
    negotiation = table.negotiation
    alone = {
        name: float(negotiation.worth(negotiation.here, [name])[table.parties].sum())
        for name in negotiation.prepared.measures
    }
    error = GAIN_PCT / 100.0 * float(negotiation.consumption[table.parties].sum())
    losing = sorted((value, name) for name, value in alone.items() if value < -error)[:MOST_NAMED]
    if not losing:
        return []
    parts = ", ".join(f"{name} {value:+,.1f}" for value, name in losing)
    return [f"Decisions by which the partners together lose, each alone, {negotiation.unit}: {parts}."]


def standing(table: Parley, x: np.ndarray) -> str:
    """Where the levers stand that are not as written, in words."""
    handles, here = table.negotiation.handles, table.negotiation.here
    moved = [
        f"{one.id} at {one.value(float(after)):.5g} {one.unit}"
        for one, before, after in zip(handles, here, x, strict=True)
        if abs(after - before) > 1e-6
    ]
    if not moved:
        return "with the levers as written"
    more = len(moved) - 2 * MOST_NAMED
    rest = f" and {more} more (table levers)" if more > 0 else ""
    return f"with {', '.join(moved[: 2 * MOST_NAMED])}{rest}"
