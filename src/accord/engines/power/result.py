"""What a dispatch gives: output, flows, prices and what is derived from them, as NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from accord.engines.power.equations import highest_output, lowest_output
from accord.engines.power.inputs import PowerSystem

INSIDE = 1e-6
"""Share of a plant's capacity by which output must be off its limits to count as between them."""


@dataclass(frozen=True)
class Residuals:
    """How exactly the optimum is one: each relative to the size of what it is about.

    Attributes:
        balance: Largest imbalance of a region and period over its load.
        limits: Largest excess over a limit of a plant or line, over capacity.
        slackness: Duality gap: cost less the value of the duals, over cost.
    """

    balance: float
    limits: float
    slackness: float

    @property
    def largest(self) -> float:
        """The largest of them."""
        return max(self.balance, self.limits, self.slackness)


@dataclass(frozen=True)
class Dispatch:
    """The least-cost dispatch of a system.

    Attributes:
        system: What was dispatched.
        output: MW (plant, period); negative where a consumer is switched on.
        forward: MW that enter each line at its start (line, period).
        backward: MW that enter each line at its end (line, period).
        unserved: Load not served, MW (region, period).
        price: Value of one more MWh of load, USD (region, period).
        energy_value: USD per MWh that one more MWh of each energy limit would save (plant,).
        cost: USD a year, lost load included.
        residuals: How exactly it holds.
        iterations: Of the linear programming solver; none where the merit order is enough.
    """

    system: PowerSystem
    output: Float[np.ndarray, "plant period"]
    forward: Float[np.ndarray, "line period"]
    backward: Float[np.ndarray, "line period"]
    unserved: Float[np.ndarray, "region period"]
    price: Float[np.ndarray, "region period"]
    energy_value: Float[np.ndarray, " plant"]
    cost: float
    residuals: Residuals
    iterations: int

    @cached_property
    def energy(self) -> Float[np.ndarray, " plant"]:
        """MWh a year of each plant."""
        return self.output @ self.system.hours

    @cached_property
    def running_cost(self) -> Float[np.ndarray, " plant"]:
        """USD a year of each plant."""
        return self.energy * self.system.plants.cost

    @cached_property
    def traded(self) -> tuple[Float[np.ndarray, " line"], Float[np.ndarray, " line"]]:
        """MWh a year sent over each line forwards and backwards, before losses."""
        return self.forward @ self.system.hours, self.backward @ self.system.hours

    @cached_property
    def marginal(self) -> np.ndarray:
        """Whether each plant is on the margin of its region (plant, period): between its limits, where it sets the price."""
        high, low = highest_output(self.system), lowest_output(self.system)
        room = INSIDE * self.system.plants.capacity[:, None]
        return (self.output > low + room) & (self.output < high - room)

    @cached_property
    def hours_on_margin(self) -> Float[np.ndarray, " plant"]:
        """Hours a year in which each plant is on the margin."""
        return self.marginal @ self.system.hours

    @cached_property
    def mean_price(self) -> Float[np.ndarray, " region"]:
        """Price weighted by load, USD per MWh."""
        weights = self.system.demand * self.system.hours
        total = weights.sum(axis=1)
        value = (self.price * weights).sum(axis=1)
        return np.divide(value, total, out=np.zeros_like(value), where=total > 0.0)
