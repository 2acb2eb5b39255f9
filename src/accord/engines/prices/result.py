"""What the price engine gives, and where a price change comes from."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class PriceChange(NamedTuple):
    """Changes relative to base prices of one; first-order at fixed quantities.

    Attributes:
        producer: dp (j,), producer prices.
        basket: (f,), cost of the base basket of final users.
        unit_cost: (j,), unit cost at new prices.
        value_added: (j,), value added per unit of output that pays for what prices do not recover.
        residual: Largest residual of a price equation, relative to the largest price change.
    """

    producer: Array
    basket: Array
    unit_cost: Array
    value_added: Array
    residual: float


class Chain(NamedTuple):
    """One chain along which a cost change reaches a price.

    Attributes:
        producers: Positions from where the cost changes to the producer whose price is asked for.
        contribution: Its part in that price change.
    """

    producers: tuple[int, ...]
    contribution: float


def input_parts(column: Array, price_change: Array) -> Array:
    """Part of each supplier (i,) in the price change of a producer or basket whose column of M or B is `column`.

    With the first round (or what wedges on a basket change) they add up to the whole change: dp[j] = sum_i M[i,j] dp[i] + first[j].
    """
    return column * price_change


def heaviest_chains(
    transmitted: Array,
    first_round: Array,
    price_change: Array,
    target: Array,
    *,
    top: int,
    floor: float = 1e-3,
) -> list[Chain]:
    """The chains that carry most of the price change of a target, largest first.

        target' dp = sum over chains  target[jn] M[jn-1,jn] ... M[j1,j2] first[j1],   first[j1] the cost change at the chain's start

    Searched best first, backwards from the target: no chain that goes on through i can carry more than weight x |dp[i]| where all
    changes have one sign, so that the search ends when nothing left can beat the chains found. Source: structural path analysis,
    Defourny and Thorbecke (1984), applied to the price model.

    Args:
        transmitted: M (i, j).
        first_round: (j,).
        price_change: dp (j,).
        target: Weight of each producer's price in the price that is asked for (j,): a basket, or a one at one producer.
        top: Number of chains.
        floor: Chains with less than this share of the whole change are not followed.
    """
    whole = abs(float(target @ price_change))
    found: list[tuple[float, Chain]] = []
    queue: list[tuple[float, tuple[int, ...], float]] = []

    def follow(weights: Array, after: tuple[int, ...]) -> None:
        promise = np.abs(weights * price_change)
        for position in np.flatnonzero(promise > floor * whole):
            heapq.heappush(
                queue, (-float(promise[position]), (int(position), *after), float(weights[position]))
            )

    follow(target, ())
    while queue:
        promise, producers, weight = heapq.heappop(queue)
        if len(found) >= top and -promise <= found[0][0]:
            break
        contribution = weight * float(first_round[producers[0]])
        if contribution != 0.0:
            entry = (abs(contribution), Chain(producers, contribution))
            if len(found) < top:
                heapq.heappush(found, entry)
            elif entry[0] > found[0][0]:
                heapq.heapreplace(found, entry)
        follow(transmitted[:, producers[0]] * weight, producers)
    return [chain for _, chain in sorted(found, key=lambda entry: (-entry[0], entry[1].producers))]
