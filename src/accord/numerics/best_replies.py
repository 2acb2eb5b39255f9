"""Best replies: parties that each choose their own levers, round after round, until nobody wants to move. Arrays only.

From several starts; different ends are all returned, since such games may have more than one equilibrium (or none in pure choices, when
the rounds go on for ever). Each reply is sought by L-BFGS-B (Byrd et al. 1995) from where the party stands and from the ends of its
range, and the best of them counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

Payoff = Callable[[int, np.ndarray], tuple[float, np.ndarray]]
"""Payoff of a party at a point (d,) and its derivatives with respect to all levers (d,)."""

SETTLED = 1e-5
"""Largest move of a lever, of its range, at which a round counts as none."""

SAME = 1e-3
"""Ends closer than this are one."""


class Resting(NamedTuple):
    """Where best replies rest.

    Attributes:
        points: Different resting points (e, d), in the order of the starts.
        unsettled: Number of starts from which the rounds went on without end.
        starts: Number of starts.
    """

    points: list[np.ndarray]
    unsettled: int
    starts: int


def best_replies(
    payoff: Payoff,
    owned: Sequence[Sequence[int]],
    starts: Sequence[np.ndarray],
    *,
    rounds: int = 40,
) -> Resting:
    """Return the points at which no party gains by moving its own levers.

    Args:
        payoff: Payoff of each party with derivatives.
        owned: For each party, the positions of the levers that it owns alone; a party without any never moves.
        starts: Points in [0, 1] (d,) to begin from.
        rounds: Most rounds from one start.
    """
    points: list[np.ndarray] = []
    unsettled = 0
    moving = [place for levers in owned for place in levers]
    for start in starts:
        x = np.array(start, dtype=np.float64)
        for number in range(rounds):
            before = x.copy()
            for party, levers in enumerate(owned):
                if len(levers):
                    # Ends are tried in the first rounds only: later ones refine.
                    x = _reply(payoff, party, list(levers), x, everywhere=number < 2)
            if np.max(np.abs(x - before)) < SETTLED:
                break
        else:
            unsettled += 1
            continue
        if all(np.max(np.abs(x - other)[moving]) > SAME for other in points):
            points.append(x)
    return Resting(points, unsettled, len(starts))


def _reply(payoff: Payoff, party: int, levers: list[int], x: np.ndarray, *, everywhere: bool) -> np.ndarray:
    """Return `x` with the levers of `party` at their best."""

    def loss(own: np.ndarray) -> tuple[float, np.ndarray]:
        point = x.copy()
        point[levers] = own
        value, slope = payoff(party, point)
        return -value, -slope[levers]

    begin = [x[levers], *([np.zeros(len(levers)), np.ones(len(levers))] if everywhere else [])]
    found = [
        minimize(
            loss,
            start,
            jac=True,
            bounds=[(0.0, 1.0)] * len(levers),
            method="L-BFGS-B",
            options={"ftol": 1e-15, "gtol": 1e-9},
        )
        for start in begin
    ]
    best = min(found, key=lambda end: float(end.fun))
    moved = x.copy()
    moved[levers] = np.clip(best.x, 0.0, 1.0)
    return moved
