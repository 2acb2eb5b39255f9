"""Shocks to scenarios of the quick solver: of several draws at once, and only on the flows that some shock falls on.

The rules are those of `equilibrium_scenario`; here they work on lists of flows, with numbers in columns (d). Draws of one programme
select the same flows again and again, so the list, and where each shock stands in it, is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from accord.adapters.equilibrium_base import Cells, Selection, cells_of, flat_positions, selection_of
from accord.adapters.equilibrium_scenario import CHANGED, Draft, applied, scheduled_rates, target_rates
from accord.engines.equilibrium import Scenario, Wedges, quick_cells
from accord.engines.equilibrium.quick_fixed import Extra, no_change_in_columns
from accord.engines.equilibrium.quick_layout import Layout
from accord.errors import EngineError
from accord.shocks import FlowShock, PurchaseShock, Shock, TariffShock, TechnologyShock

if TYPE_CHECKING:
    from accord.adapters.equilibrium import Model
    from accord.adapters.index import UseGroups
    from accord.world import World


class Scenarios(NamedTuple):
    """What shocks make of several bases.

    Attributes:
        rest: What concerns neither flows, nor recipes, nor purchases, in columns.
        moved: Flows and recipes that are moved.
        extra: Purchases.
    """

    rest: Scenario
    moved: quick_cells.Moved
    extra: Extra


def moved_by(model: Model, shocks: Sequence[Shock], arranged: Layout) -> Scenarios:
    """Return `equilibrium_scenario.scenario_of` of several draws at once, in parts.

    Args:
        model: The calibrated Worlds, their bases in columns.
        shocks: The shocks, numbers in columns (`shock_columns`).
        arranged: The bases, arranged; their own shares of sources and recipes are not read.
    """
    return applied(_SparseDraft.on(model, shocks, arranged), model, shocks).scenarios()


def move_nothing_more(shocks: Sequence[Shock]) -> bool:
    """Whether shocks move neither flows nor recipes."""
    return not any(isinstance(shock, FlowShock | TechnologyShock) for shock in shocks)


def flows_of(world: World, groups: UseGroups, shocks: Sequence[Shock], shape: tuple[int, ...]) -> np.ndarray:
    """Positions in arrays of a shape (g, k, n, i) of the flows that some of the shocks fall on, ascending."""
    return _where(_selections(groups, shocks, shape), world.regions, world.sectors, shape).cells.flat


def _selections(groups: UseGroups, shocks: Sequence[Shock], shape: tuple[int, ...]) -> tuple[Selection, ...]:
    found = (selection_of(groups, shock, shape) for shock in shocks if isinstance(shock, FlowShock))
    return tuple(dict.fromkeys(found))


class _Where(NamedTuple):
    """Flows that some shocks fall on, and where among them each selection stands."""

    cells: quick_cells.Cells
    positions: dict[Selection, np.ndarray]


@dataclass(kw_only=True)
class _SparseDraft(Draft):
    """Scenarios in the making, on a list of flows."""

    where: _Where
    arranged: Layout
    recipes: quick_cells.Recipes = field(default_factory=dict)
    bought: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)

    @classmethod
    def on(cls, model: Model, shocks: Sequence[Shock], arranged: Layout) -> Self:
        """Return the draft in which nothing has changed yet."""
        base, world, many = model.base, model.world, arranged.output.shape[2]
        shape = base.expenditure_share.shape
        where = _where(_selections(model.groups, shocks, shape), world.regions, world.sectors, shape)
        neutral = no_change_in_columns(base)
        over_flows = (where.cells.flat.size, many)
        parts = {"trade_cost_hat": np.ones(over_flows), "availability": np.ones(over_flows)}
        for name in CHANGED:
            own = getattr(neutral, name)
            parts[name] = np.broadcast_to(own, (*own.shape[:-1], many)).copy()
        return cls(
            world=world,
            base=base,
            groups=model.groups,
            factors=model.factors,
            payers=model.payers,
            public_wedge=model.public_wedge,
            neutral=neutral,
            parts=parts,
            where=where,
            arranged=arranged,
        )

    def selection(self, shock: FlowShock) -> Selection:
        """Flows and groups of users that a shock falls on."""
        return selection_of(self.groups, shock, self.where.cells.shape)

    def array(self, name: str, shock: FlowShock) -> np.ndarray:
        """One of the lists over flows."""
        del shock
        if name in self.parts:
            return self.parts[name]
        self.wedges[name] = self.wedge(name)
        return self.wedges[name]

    def cells(self, shock: FlowShock, array: np.ndarray) -> Cells:
        """Where in a list a shock on flows falls."""
        del array
        return self.where.positions[self.selection(shock)]

    def rates(self, shock: TariffShock, tariff: np.ndarray, cells: Cells) -> np.ndarray:
        """Rates on some cells of `tariff` that `shock` at full weight leads to."""
        if shock.schedule is not None:
            return scheduled_rates(self.world, shock).ravel()[self.where.cells.shared[cells]][:, None]
        return target_rates(shock, tariff[cells])

    def taken(self, array: np.ndarray) -> np.ndarray:
        """The part that the draft works on, of an array over the cells of the bases' layout (c, d)."""
        place = quick_cells.within(self.arranged.weights.cells, self.where.cells.flat)
        if place is None:
            raise EngineError("a shock falls on a flow that is no cell of its draw's layout")
        return array[place]

    def buy(
        self, payer: int, market: int, weights: np.ndarray, shares: np.ndarray, shock: PurchaseShock
    ) -> None:
        """Add purchases of one payer in one market, as weights of groups (g, d) and shares of products (k,) divide them."""
        by = self.region(self.payers[payer]), market
        if by not in self.bought:
            self.bought[by] = np.zeros((len(weights), shares.size, weights.shape[1]))
        products = np.flatnonzero(shares)
        value = (shock.weight * shock.amount) * shares[products, None]
        self.bought[by][:, products] += value * weights[:, None]

    def cannot_buy(
        self, weights: np.ndarray, products: np.ndarray, shares: np.ndarray, market: int
    ) -> np.ndarray:
        """Products (p,) that nobody who buys like this buys in a market in the base, booleans."""
        unbought = self.base.expenditure[:, products, market] <= 0.0
        return ((weights[:, None] > 0.0) & unbought & (shares[:, None] != 0.0)).any(axis=(0, 2))

    def recipe(self, region: int, using: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (g, k, d) and factors (v, d) of a recipe as shocks have changed it so far, to be changed in place."""
        known = self.recipes.get((region, using))
        if known is None:
            known = self.arranged.recipe(region, using), self.base.factor_share[region, :, using].copy()
            self.recipes[region, using] = known
        return known

    def base_recipe(self, region: int, using: int) -> np.ndarray:
        """Cost shares of inputs in the base (g, k, d)."""
        return self.arranged.recipe(region, using)

    def base_cost(self, region: int, using: int) -> np.ndarray:
        """What one producer spends on inputs and factors (d,), USD million."""
        kept = 1.0 - self.base.output_tax[region, using] + self.base.subsidy[region, using]
        return kept * self.arranged.output[region, using]

    def scenarios(self) -> Scenarios:
        """Return what the shocks made."""
        parts = {
            name: part for name, part in self.parts.items() if name not in {"trade_cost_hat", "availability"}
        }
        parts["real_use"] = parts["real_use"][:, None]
        many = self.arranged.output.shape[2]
        extra = Extra.of_markets(self.bought, self.arranged.output.shape[0], many)
        return Scenarios(self.neutral._replace(**parts), self._moved(), extra)

    def _moved(self) -> quick_cells.Moved:
        """Return the flows as they stand."""
        old = quick_cells.WedgeFactors.on(Wedges(*(self.taken(rate) for rate in self.base.wedges)))
        landed, rent, preference = old
        if {"tariff", "public", "import_rent"} & self.wedges.keys():
            landed = (1.0 + self.wedge("tariff")) * self.wedge("public") * self.wedge("import_rent")
        if "export_rent" in self.wedges:
            rent = self.wedges["export_rent"]
        if "seen" in self.wedges:
            preference = self.wedges["seen"]
        return quick_cells.Moved(
            self.where.cells,
            quick_cells.WedgeFactors(landed, rent, preference),
            old,
            self.parts["trade_cost_hat"],
            self.parts["availability"],
            self.recipes,
        )


@lru_cache(maxsize=32)
def _where(
    selections: tuple[Selection, ...],
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    shape: tuple[int, ...],
) -> _Where:
    flat = {
        selection: flat_positions(cells_of(selection, regions, sectors, shape), shape)
        for selection in selections
    }
    none = np.zeros(0, dtype=int)
    every = np.unique(np.concatenate([none, *flat.values()]))
    return _Where(
        quick_cells.Cells.at(every, shape),
        {selection: np.searchsorted(every, own) for selection, own in flat.items()},
    )
