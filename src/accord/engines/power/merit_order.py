"""Dispatch of one region on its own: the merit order itself, in a hundredth of the time of the linear programme of `equations`.

Without lines each period stands alone, but for plants with an energy limit. With one such plant (water) the merit order still holds once
the limit's value is added to the plant's cost:

    in each period, offers run in the order of c[p] + lambda [p is limited] until what must be made is made
    lambda = 0 where the limit is not reached; else the plant shares a place in the order with the offer of cost c[w] + lambda,
    and the two divide what they make together so that the limit is just met

The order of the others is fixed, so that the limited plant's energy falls step by step as its place moves back: the place is found by
going through all of them. Source: Wood, Wollenberg and Sheble (2013), Power Generation, Operation and Control, chapters 3 and 5.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accord.engines.power.equations import highest_output, lowest_output
from accord.engines.power.inputs import PowerSystem
from accord.engines.power.result import Dispatch, Residuals


class _Offers(NamedTuple):
    """What may run: plants, and load not served where it has a price.

    Attributes:
        low: Least output, MW (offer, period).
        width: Largest output less the least.
        cost: USD per MWh (offer,).
        need: What is to be made beyond the least output of all (period,).
        hours: Of each period.
    """

    low: np.ndarray
    width: np.ndarray
    cost: np.ndarray
    need: np.ndarray
    hours: np.ndarray

    @classmethod
    def of(cls, system: PowerSystem) -> _Offers:
        low, high = lowest_output(system), highest_output(system)
        cost = system.plants.cost
        if np.isfinite(system.lost_load_value[0]):
            low, high = np.vstack([low, np.zeros_like(system.demand)]), np.vstack([high, system.demand])
            cost = np.append(cost, system.lost_load_value)
        return cls(low, high - low, cost, system.demand[0] - low.sum(axis=0), system.hours)

    def filled(self, order: np.ndarray) -> np.ndarray:
        """Output when offers run in this order (offer, period)."""
        width = self.width[order]
        output = self.low.copy()
        output[order] += np.clip(self.need - (np.cumsum(width, axis=0) - width), 0.0, width)
        return output

    def marginal(self, order: np.ndarray) -> np.ndarray:
        """Offer that sets the price of each period: the first in the order with which there is enough (period,)."""
        return order[np.argmax(np.cumsum(self.width[order], axis=0) >= self.need, axis=0)]


def merit_order(system: PowerSystem) -> Dispatch | None:
    """Return the least-cost dispatch of a single region with at most one energy limit; None for other systems, and where none exists."""
    regions, _, _, lines = system.size
    limited = np.flatnonzero(np.isfinite(system.plants.energy_limit))
    if regions != 1 or lines or limited.size > 1:
        return None
    offers = _Offers.of(system)
    order = np.argsort(offers.cost, kind="stable")
    enough = np.cumsum(offers.width[order], axis=0)[-1] >= offers.need
    if np.any(offers.need < 0.0) or not np.all(enough):
        return None
    output, value = offers.filled(order), np.zeros(len(offers.cost))
    if limited.size:
        plant = int(limited[0])
        found = _within_limit(offers, plant, float(system.plants.energy_limit[plant]))
        if found is None:
            return None
        order, output, value[plant] = found
    price = (offers.cost + value)[offers.marginal(order)]
    return _dispatch(system, offers, output, price, value)


def _within_limit(offers: _Offers, plant: int, limit: float) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Return the order, output and value of a MWh of the limit that keep `plant` within it; None where it must run for more."""
    order = np.argsort(offers.cost, kind="stable")
    others = order[order != plant]
    first = int(np.searchsorted(offers.cost[others], offers.cost[plant]))
    before = np.vstack([np.zeros_like(offers.need), np.cumsum(offers.width[others], axis=0)])
    made = offers.low[plant] + np.clip(offers.need - before, 0.0, offers.width[plant])
    energy = made @ offers.hours  # at each place in the order
    places = np.flatnonzero(energy[first:] <= limit) + first
    if not places.size:
        return None
    place = int(places[0])
    if place == first:
        order = np.insert(others, first, plant)
        return order, offers.filled(order), 0.0
    sooner, later = np.insert(others, place - 1, plant), np.insert(others, place, plant)
    share = (limit - energy[place]) / (energy[place - 1] - energy[place])
    output = share * offers.filled(sooner) + (1.0 - share) * offers.filled(later)
    return sooner, output, float(offers.cost[others[place - 1]] - offers.cost[plant])


def _dispatch(
    system: PowerSystem, offers: _Offers, output: np.ndarray, price: np.ndarray, value: np.ndarray
) -> Dispatch:
    _, periods, plants, _ = system.size
    hours, load = offers.hours, system.demand[0]
    spent = offers.cost * (output @ hours)
    cost = float(spent.sum())
    # What a MW more of each limit would save: the dual of `equations`.
    saved = hours * (offers.cost[:, None] + value[:, None] - price)
    duals = float((load * price) @ hours)
    duals += float(np.where(saved > 0.0, offers.low * saved, (offers.low + offers.width) * saved).sum())
    duals -= float(value[:plants] @ np.where(value[:plants] > 0.0, system.plants.energy_limit, 0.0))
    beyond = np.maximum(offers.low - output, output - offers.low - offers.width)
    residuals = Residuals(
        balance=float(np.max(np.abs(output.sum(axis=0) - load), initial=0.0)) / max(1.0, float(load.max())),
        limits=float(np.max(beyond, initial=0.0))
        / max(1.0, float(np.max(system.plants.capacity, initial=0.0))),
        slackness=abs(cost - duals) / max(1.0, float(np.abs(spent).sum())),
    )
    nothing = np.zeros((0, periods))
    return Dispatch(
        system=system,
        output=output[:plants],
        forward=nothing,
        backward=nothing,
        unserved=output[plants:] if len(output) > plants else np.zeros((1, periods)),
        price=price[None],
        energy_value=value[:plants],
        cost=cost,
        residuals=residuals,
        iterations=0,
    )
