"""The smallest change that makes every party gain: of all levers together, and of each lever alone (METHODS section 15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from accord.numerics.bargains import Box
from accord.study.levers import Negotiation

LOOKS = 6
"""Points at which a lever is looked at on each side of where it stands, before the first that suffices is closed in on."""


class Change(NamedTuple):
    """A change of levers that makes every party gain.

    Attributes:
        x: Where the levers stand after it (d,).
        size: Sum over levers of |change| / range.
        found: Whether there is one.
    """

    x: np.ndarray
    size: float
    found: bool


def spare(negotiation: Negotiation, regions: Sequence[int], margin_pct: float, x: np.ndarray) -> np.ndarray:
    """Gain of each of `regions` above the margin (m,), % of base household consumption; negative where it gains too little."""
    gains = negotiation.worth(x)
    return (100.0 * gains / negotiation.consumption)[list(regions)] - margin_pct


def alone(
    negotiation: Negotiation, regions: Sequence[int], margin_pct: float, box: Box, place: int
) -> Change:
    """Return the smallest change of lever `place` alone that makes every region gain by the margin.

    On each side the lever moves until those who gain too little gain enough; that is an answer when the others still gain. The lever is
    looked at `LOOKS` times on the way, so that a rise and fall between two looks can be missed.
    """
    here = negotiation.here
    short = np.flatnonzero(spare(negotiation, regions, margin_pct, here) < 0.0)
    best = Change(here, float("inf"), found=False)
    for bound in (0.0, 1.0):
        width = bound - here[place]
        if abs(width) < 1e-9:
            continue

        def point(share: float, width: float = width) -> np.ndarray:
            x = here.copy()
            x[place] = here[place] + share * width
            return x

        def least_short(share: float, at: Callable[[float], np.ndarray] = point) -> float:
            return float(spare(negotiation, regions, margin_pct, at(share))[short].min())

        before = 0.0
        for look in np.linspace(0.0, 1.0, LOOKS + 1)[1:]:
            if abs(before * width) >= best.size:
                break
            if least_short(float(look)) >= 0.0:
                enough = before
                if before == 0.0 or least_short(before) < 0.0:
                    enough = float(brentq(least_short, before, float(look), xtol=1e-10))
                # The root may lie a rounding error on the wrong side.
                for share in (min(enough + 1e-9, 1.0), float(look)):
                    x = point(share)
                    allowed = box.limits is None or bool(np.all(box.limits(x)[0] >= -1e-9))
                    everyone = np.all(spare(negotiation, regions, margin_pct, x) >= -1e-7)
                    if allowed and everyone and abs(share * width) < best.size:
                        best = Change(x, abs(share * width), found=True)
                        break
                if best.found:
                    break
            before = float(look)
    return best


def together(negotiation: Negotiation, box: Box, margins: np.ndarray, starts: Sequence[np.ndarray]) -> Change:
    """Return the smallest change of all levers that makes every party of `box` gain by its margin, the best of several starts."""
    found = box.nearest(negotiation.here, margins, starts)
    # Levers that a search left a hair from where they stood were not moved.
    x = np.where(np.abs(found.x - negotiation.here) < 1e-6, negotiation.here, found.x)
    return Change(x, float(np.abs(x - negotiation.here).sum()), found.feasible)
