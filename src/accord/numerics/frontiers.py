"""The Pareto frontier of three and more parties, by epsilon-constraints whose levels lie on a lattice. Arrays only.

    ends        G[a] = gains where party a has its best and, among such points, the others have most
    levels      e(l) = sum over a of l[a] G[a],   l on the lattice of a simplex (Das and Dennis 1998), its middle added
    raised      max t                      subject to g >= e(l) + t u,   u = range of each party's gain over the ends
    finished    max sum g / u              subject to g >= e(l) + t u    where some party has more than its level already

(Haimes, Lasdon and Wismer 1971 for the constraints; Pascoletti and Serafini 1984 for levels that rise together until one of them cannot,
so that none is out of reach; Mavrotas 2009 for the second step, which leaves no party short of what it could have for nothing.) Points
that another one found is better than or as good as for every party are left out: a search may end at a local optimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from accord.numerics.bargains import FEASIBLE, Box

EQUAL = 1e-6
"""Differences of gains, share of each party's range, that count as none."""


NEAR = 1e-3
"""Share of each party's range within which two points of a frontier are one to a reader: searches that ended in the same place."""


class Frontier(NamedTuple):
    """Points of a frontier.

    Attributes:
        points: Where they are, (d,) each; the best one of each party first.
        dominated: Number of searches that ended at a point which another one is better than for every party.
    """

    points: list[np.ndarray]
    dominated: int


def frontier_of_many(
    box: Box, parties: Sequence[int], starts: Sequence[np.ndarray], count: int, floors: np.ndarray
) -> Frontier:
    """Return about `count` points of the Pareto frontier of `parties`, of which each has its best at one.

    Args:
        box: The bargaining problem.
        parties: Positions of the parties among the box's gains (a,).
        starts: Where searches begin.
        count: Most points, one for each party and one in the middle granted at least.
        floors: Least gain of each other party (m,); -inf for none. Entries of the parties are not read.
    """
    own = list(parties)
    lowest = np.array(floors, dtype=np.float64)
    lowest[own] = -np.inf
    ends = [_end(box, party, own, starts, lowest) for party in own]
    found = np.array([box.at(end)[0][own] for end in ends])
    span = found.max(axis=0) - found.min(axis=0)
    moved = span > EQUAL * np.maximum(np.abs(found).max(axis=0), 1e-3)
    points = list(ends)
    if moved.any():
        for weights in lattice(len(own), max(count - len(own), 1)):
            level = weights @ found
            begin = [ends[int(np.argmax(weights))], weights @ np.array(ends)]
            points.append(_raised(box, own, level, np.where(moved, span, 0.0), begin, lowest))
    return sifted(box, own, points)


def sifted(box: Box, parties: Sequence[int], points: Sequence[np.ndarray]) -> Frontier:
    """Return the points of which no other is better for every one of `parties`, each once, in their order."""
    places: list[int] = []
    for place, point in enumerate(points):
        if all(np.max(np.abs(point - points[other])) > EQUAL for other in places):
            places.append(place)
    gains = np.array([box.at(points[place])[0][list(parties)] for place in places])
    span = np.ptp(gains, axis=0)
    best = [row for row, own in enumerate(gains) if _undominated(gains, own, EQUAL * span)]
    kept: list[int] = []
    for row in best:
        if not any(np.all(np.abs(gains[row] - gains[other]) <= NEAR * span) for other in kept):
            kept.append(row)
    return Frontier([points[places[row]] for row in kept], len(places) - len(best))


def lattice(parties: int, count: int) -> np.ndarray:
    """Weights (p, parties) of at most `count` points of a simplex, evenly spread, its corners left out and its middle among them."""
    middle = np.full((1, parties), 1.0 / parties)
    best = middle
    for steps in range(2, count + parties + 2):
        bars = np.array(list(combinations(range(steps + parties - 1), parties - 1))).reshape(-1, parties - 1)
        edges = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), steps + parties - 1)])
        weights = (np.diff(edges, axis=1) - 1) / steps
        weights = weights[weights.max(axis=1) < 1.0]
        if not np.any(np.all(np.isclose(weights, middle), axis=1)):
            weights = np.vstack([weights, middle])
        if len(weights) > count:
            break
        best = weights
    return best


def _end(
    box: Box, party: int, own: Sequence[int], starts: Sequence[np.ndarray], lowest: np.ndarray
) -> np.ndarray:
    """The best point of one party; of several as good for it, that at which the others have most."""
    best = box.largest(party, starts, lowest)
    held = lowest.copy()
    held[party] = best.value - FEASIBLE
    others = np.zeros(len(lowest))
    others[[place for place in own if place != party]] = 1.0
    more = box.weighted(others, [best.x], held)
    before = float(others @ box.at(best.x)[0])
    return more.x if more.feasible and more.value > before + EQUAL * max(abs(before), 1e-3) else best.x


def _raised(
    box: Box,
    own: Sequence[int],
    level: np.ndarray,
    span: np.ndarray,
    starts: Sequence[np.ndarray],
    lowest: np.ndarray,
) -> np.ndarray:
    origin, direction = lowest.copy(), np.zeros(len(lowest))
    origin[own], direction[own] = level, span
    raised = box.beyond(origin, direction, starts)
    held = origin + raised.value * direction
    above = box.at(raised.x)[0][own] - held[own]
    if not raised.feasible or np.all(above[span > 0.0] <= EQUAL * span[span > 0.0]):
        return raised.x
    weights = np.zeros(len(lowest))
    weights[own] = np.divide(1.0, span, out=np.zeros_like(span), where=span > 0.0)
    held[own] -= FEASIBLE
    finished = box.weighted(weights, [raised.x], held)
    return finished.x if finished.feasible else raised.x


def _undominated(all_gains: np.ndarray, gains: np.ndarray, tolerance: np.ndarray) -> bool:
    """Whether no row of `all_gains` (p, a) is as good as `gains` (a,) for every party and better for one."""
    as_good = np.all(all_gains >= gains - tolerance, axis=1)
    better = np.any(all_gains > gains + tolerance, axis=1)
    return not np.any(as_good & better)
