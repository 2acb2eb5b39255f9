"""Shocks to a scenario of the quick solver: only the flows that some shock falls on, not whole arrays over flows.

The rules are those of `equilibrium_scenario`; here they work on a list of flows. Draws of one programme select the same flows again and
again, so the list, and where each shock stands in it, is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from accord.adapters.equilibrium_base import Cells, Selection, cells_of, flat_positions, selection_of
from accord.adapters.equilibrium_scenario import Draft, applied, scheduled_rates, target_rates
from accord.engines.equilibrium import Scenario, quick_cells
from accord.engines.equilibrium.quick_layout import Layout
from accord.errors import EngineError
from accord.shocks import FlowShock, Shock, TariffShock, TechnologyShock

if TYPE_CHECKING:
    from accord.adapters.equilibrium import Model
    from accord.adapters.index import UseGroups
    from accord.world import World


def moved_by(model: Model, shocks: Sequence[Shock], arranged: Layout) -> tuple[Scenario, quick_cells.Moved]:
    """Return `equilibrium_scenario.scenario_of` of the same in two parts.

    What concerns flows and recipes is in the second; there the first is as the base.

    Args:
        model: The calibrated World.
        shocks: The shocks.
        arranged: Its base, arranged; the base's own shares of sources and recipes are not read.
    """
    draft = _SparseDraft.of(model, shocks)
    draft.arranged = arranged
    draft = applied(draft, model, shocks)
    return draft.scenario(), draft.moved()


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


@dataclass
class _SparseDraft(Draft):
    """A scenario in the making, on a list of flows."""

    where: _Where = field(default_factory=lambda: _where((), (), (), (1, 1, 1, 1)))
    recipes: quick_cells.Recipes = field(default_factory=dict)
    arranged: Layout = field(init=False)

    @classmethod
    def of(cls, model: Model, shocks: Sequence[Shock]) -> Self:
        """Return the draft in which nothing has changed yet."""
        draft = super().of(model, shocks)
        shape = model.base.expenditure_share.shape
        selections = _selections(model.groups, shocks, shape)
        draft.where = _where(selections, model.world.regions, model.world.sectors, shape)
        for name in ("trade_cost_hat", "availability"):
            draft.parts[name] = np.ones(draft.where.cells.flat.size)
        return draft

    @staticmethod
    def flows(model: Model) -> tuple[int, ...]:
        """Shape of trade costs and availability before the flows are known."""
        del model
        return (0,)

    def selection(self, shock: FlowShock) -> Selection:
        """Flows and groups of users that a shock falls on."""
        return selection_of(self.groups, shock, self.base.expenditure_share.shape)

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
            return scheduled_rates(self.world, shock).ravel()[self.where.cells.shared[cells]]
        return target_rates(shock, tariff[cells])

    def taken(self, array: np.ndarray) -> np.ndarray:
        """The part that the draft works on, of an array over all flows (g or 1, k, n, i) or over the cells of the base's layout."""
        if array.ndim > 1:
            return self.where.cells.of(array)
        place = quick_cells.within(self.arranged.weights.cells, self.where.cells.flat)
        if place is None:
            raise EngineError("a shock falls on a flow that is no cell of its draw's layout")
        return array[place]

    def recipe(self, region: int, using: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (g, k) and factors (v,) of a recipe as shocks have changed it so far, to be changed in place."""
        known = self.recipes.get((region, using))
        if known is None:
            known = self.arranged.recipe(region, using), self.base.factor_share[region, :, using].copy()
            self.recipes[region, using] = known
        return known

    def base_recipe(self, region: int, using: int) -> np.ndarray:
        """Cost shares of inputs in the base (g, k)."""
        return self.arranged.recipe(region, using)

    def base_cost(self, region: int, using: int) -> float:
        """What one producer spends on inputs and factors, USD million."""
        kept = 1.0 - self.base.output_tax[region, using] + self.base.subsidy[region, using]
        return float(kept * self.arranged.output[region, using])

    def scenario(self) -> Scenario:
        """Return what concerns neither flows nor recipes."""
        parts = {
            name: part for name, part in self.parts.items() if name not in {"trade_cost_hat", "availability"}
        }
        return self.neutral._replace(**parts)

    def moved(self) -> quick_cells.Moved:
        """Return the flows as they stand."""
        tariff, import_rent, export_rent, preference = (1.0 + self.taken(rate) for rate in self.base.wedges)
        old = quick_cells.WedgeFactors(tariff * import_rent, export_rent, preference)
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
