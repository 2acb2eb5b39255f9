"""Dividing a total among those who bring it about together: along a path, over orders, and pair by pair.

Values are arrays: one division serves every region and outcome at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from math import factorial
from typing import NamedTuple

import numpy as np

Value = Callable[[frozenset[int]], np.ndarray]
"""Worth of a set of players, numbered from 0."""


class Nodes(NamedTuple):
    """Gauss-Legendre nodes on [0, 1] and their weights, which add up to one; exact for polynomials of degree 2n - 1."""

    at: np.ndarray
    weight: np.ndarray


def gauss_legendre(count: int) -> Nodes:
    """Return the rule with `count` nodes."""
    at, weight = np.polynomial.legendre.leggauss(count)
    return Nodes(0.5 * (at + 1.0), 0.5 * weight)


def path_parts(gradient: Callable[[float], np.ndarray], count: int) -> np.ndarray:
    """Return the part of each player along the straight path from nothing to everything.

        part_i = integral over t in [0, 1] of df/dx_i (t, ..., t) dt

    Source: Aumann and Shapley (1974), "Values of Non-Atomic Games"; in models of trade, the subtotals of Harrison, Horridge and
    Pearson (2000), "Decomposing Simulation Results with Respect to Exogenous Shocks", Computational Economics 15, 227-249.

    Args:
        gradient: Derivatives with respect to the intensity of each player, (players, ...), at the point where all are t.
        count: Nodes of the Gauss-Legendre rule.
    """
    nodes = gauss_legendre(count)
    return sum((weight * gradient(float(at)) for at, weight in zip(*nodes, strict=True)), start=np.zeros(()))


def subsets(players: int) -> Iterator[frozenset[int]]:
    """Yield every set of players, small ones first."""
    for size in range(players + 1):
        yield from map(frozenset, combinations(range(players), size))


def shapley_values(values: Mapping[frozenset[int], np.ndarray], players: int) -> np.ndarray:
    """Return the Shapley value of each player, (players, ...).

        phi_i = sum over sets S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))

    Source: Shapley (1953), "A Value for n-Person Games". `values` holds every set of players.
    """
    parts = np.zeros((players, *values[frozenset()].shape))
    for without in subsets(players):
        weight = (
            factorial(len(without)) * factorial(players - len(without) - 1) / factorial(players)
            if (len(without) < players)
            else 0.0
        )
        for player in set(range(players)) - without:
            parts[player] += weight * (values[without | {player}] - values[without])
    return parts


def interactions(
    alone: Sequence[np.ndarray], together: Mapping[tuple[int, int], np.ndarray], nothing: np.ndarray
) -> dict[tuple[int, int], np.ndarray]:
    """Return v(ij) - v(i) - v(j) + v(0) for every pair of `together`."""
    return {(i, j): value - alone[i] - alone[j] + nothing for (i, j), value in together.items()}
