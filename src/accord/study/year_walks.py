"""Years of one path solved one near another, with exact derivatives of what they are worth: for searches over many paths.

    consumption[t]   household consumption of year t at base prices, by region
    slope along j    sum over t of w[t] d consumption[t] / d x[j],   w[t] what a dollar of year t is worth

`AtOnce` is for capital that stays at its base: years with the same measures are one equilibrium, and their directions add up, since the
derivative of one equilibrium is linear in the direction. `OneByOne` is for capital that adjusts: the stock of a year, and how it moves
with the levers, come from the years before.

    K[t+1] = (1 - delta) K[t] + delta I[t],     dK[t+1] = (1 - delta) dK[t] + delta dI[t]
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from accord.adapters.capital import capital_direction, investment_hat, volume_ratio, with_capital
from accord.adapters.directions import moving, weighted_sum
from accord.adapters.equilibrium import Model
from accord.engines.equilibrium import BaseEconomy, Equilibrium, Scenario
from accord.engines.equilibrium.inputs import HOUSEHOLD
from accord.engines.equilibrium.linearised import Nearby
from accord.engines.equilibrium.outcomes import OUTCOMES, outcomes
from accord.engines.equilibrium.system import Quantities
from accord.study.near import Near, Neighbourhood

Direction = Callable[[int], Scenario | None]
"""How the scenario of year t moves; None where it does not."""


class Year(NamedTuple):
    """One year of a path.

    Attributes:
        key: Years with the same key have the same scenario.
        scenario: Builds it, capital at its base.
    """

    key: Hashable
    scenario: Callable[[], Scenario]


class Walk(NamedTuple):
    """A path solved.

    Attributes:
        consumption: Household consumption at base prices (t, n), USD million.
        states: Equilibrium of each year; the same object where years are one equilibrium.
        solved: Equilibria that it took.
    """

    consumption: np.ndarray
    states: tuple[Near | Equilibrium, ...]
    solved: int


class Walker(Protocol):
    """Solves paths and differentiates what they are worth."""

    def walk(self, years: Sequence[Year]) -> Walk:
        """Return the path through `years`."""
        ...

    def slopes(self, walk: Walk, weights: np.ndarray, directions: Sequence[Direction]) -> np.ndarray:
        """Return the derivative of the weighted sum of consumption along each direction (d, n)."""
        ...


def volumes(_: BaseEconomy, scenario: Scenario, quantities: Quantities) -> Float[Array, "use_and_one region"]:
    """Volume of each final use, and below them household consumption net of resource costs: all at base prices, by region."""
    bought = quantities.final / jnp.exp(quantities.bundles.log_use)
    household = bought[:, HOUSEHOLD] - scenario.resource_cost
    return jnp.concatenate([bought.T, household[None]])


@dataclass
class AtOnce:
    """Years whose capital stays at its base.

    Attributes:
        neighbourhood: Solves equilibria near the programme's own.
    """

    neighbourhood: Neighbourhood
    _nearby: Nearby = field(default_factory=Nearby)
    _last: tuple[Near, ...] = ()

    def walk(self, years: Sequence[Year]) -> Walk:
        """Return the path through `years`, each begun where the same year of the last path was."""
        found: dict[Hashable, Near] = {}
        states: list[Near] = []
        for place, year in enumerate(years):
            if year.key not in found:
                start = self._last[place] if place < len(self._last) else (states[-1] if states else None)
                found[year.key] = self.neighbourhood.at(year.scenario(), start)
            states.append(found[year.key])
        self._last = tuple(states)
        return Walk(np.stack([state.household_consumption for state in states]), self._last, len(found))

    def slopes(self, walk: Walk, weights: np.ndarray, directions: Sequence[Direction]) -> np.ndarray:
        """Return the derivative of the weighted sum of consumption along each direction (d, n)."""
        total = np.zeros((len(directions), walk.consumption.shape[1]))
        for state in {id(state): state for state in walk.states}.values():
            spans = [place for place, other in enumerate(walk.states) if other is state]
            for levers, summed in _summed(spans, weights, directions):
                total[levers] += self._of_household(state, summed)
        return total

    def _of_household(self, state: Near | Equilibrium, directions: Sequence[Scenario]) -> np.ndarray:
        # The outcomes that attribution differentiates, so that both are one compiled programme.
        place = OUTCOMES.index("household_ev")
        return np.stack([found[place] for found in self._nearby.directional(state, directions, outcomes)])


def _summed(
    spans: Sequence[int], weights: np.ndarray, directions: Sequence[Direction]
) -> list[tuple[list[int], list[Scenario]]]:
    """Levers that move one equilibrium, and the weighted sum of their directions over the years that it stands for."""
    levers: list[int] = []
    summed: list[Scenario] = []
    for lever, direction in enumerate(directions):
        # One object stands for many years in full effect: its weights are added before its arrays are.
        parts: dict[int, tuple[float, Scenario]] = {}
        for place in spans:
            moved = direction(place)
            if moved is not None:
                before = parts.get(id(moved), (0.0, moved))[0]
                parts[id(moved)] = (before + float(weights[place]), moved)
        if parts:
            levers.append(lever)
            summed.append(weighted_sum(list(parts.values())))
    return [(levers, summed)] if levers else []


@dataclass
class OneByOne:
    """Years each with the capital that those before it built.

    Attributes:
        model: The calibrated World.
        depreciation: delta, share of capital that wears out in a year.
    """

    model: Model
    depreciation: float
    _nearby: Nearby = field(default_factory=Nearby)
    _points: dict[int, np.ndarray] = field(default_factory=dict)

    def walk(self, years: Sequence[Year]) -> Walk:
        """Return the path through `years` from the base stock, each begun where the same year of the last path was."""
        stock = np.ones(self.model.base.shape[2])
        states: list[Equilibrium] = []
        for place, year in enumerate(years):
            start = self._points.get(place, states[-1].point if states else None)
            state = self.model.solver(with_capital(self.model, year.scenario(), stock), start)
            stock = (1.0 - self.depreciation) * stock + self.depreciation * investment_hat(self.model, state)
            self._points[place] = state.point
            states.append(state)
        consumption = np.stack([state.household_consumption for state in states])
        return Walk(consumption, tuple(states), len(states))

    def slopes(self, walk: Walk, weights: np.ndarray, directions: Sequence[Direction]) -> np.ndarray:
        """Return the derivative of the weighted sum of consumption along each direction (d, n)."""
        total = np.zeros((len(directions), walk.consumption.shape[1]))
        stock = np.ones(total.shape[1])
        moved = np.zeros_like(total)
        for place, state in enumerate(walk.states):
            assert isinstance(state, Equilibrium)
            still = weighted_sum([(0.0, moving(state.scenario))])
            along: list[Scenario] = []
            for lever, direction in enumerate(directions):
                own = direction(place)
                built = capital_direction(self.model, state.scenario, stock, moved[lever])
                parts = [(1.0, still._replace(factor_supply_hat=built))]
                along.append(weighted_sum([*parts, *([] if own is None else [(1.0, self._at(own, stock))])]))
            found = self._nearby.directional(state, along, volumes)
            total += weights[place] * np.stack([one[-1] for one in found])
            invested = np.stack([volume_ratio(self.model, one[:-1].T) for one in found])
            moved = (1.0 - self.depreciation) * moved + self.depreciation * invested
            stock = (1.0 - self.depreciation) * stock + self.depreciation * investment_hat(self.model, state)
        return total

    def _at(self, direction: Scenario, stock: np.ndarray) -> Scenario:
        """A direction of the scenario with capital at its base, of that with this stock: the stock multiplies supply."""
        supply = np.array(direction.factor_supply_hat)
        supply[:, self.model.factors.names.index("capital")] *= stock
        return direction._replace(factor_supply_hat=supply)
