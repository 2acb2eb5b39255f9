"""The flows on which the shocks of a run put wedges, and what users buy of them; the price ledger keeps its factors on these alone.

A flow is an (exporter i, supplying sector k, importer n); its cells are what each user u buys of it. Users are the using sectors, then
the final uses. At 80 regions x 50 sectors there are 17 million cells, of which the measures of a programme touch a few thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

import numpy as np

from accord.adapters.index import flow_mask
from accord.shocks import (
    ContractPriceShock,
    Flows,
    FlowShock,
    RentWedgeShock,
    Shock,
    TariffShock,
    TradeCostShock,
)
from accord.world import World

Array = np.ndarray
MOVES_WEDGES = (ContractPriceShock, RentWedgeShock, TariffShock, TradeCostShock)


def touched_flows(shocks: Iterable[Shock]) -> frozenset[Flows]:
    """The selections of flows whose wedges `shocks` move, or say that the base holds."""
    return frozenset(
        shock.flows for shock in shocks if isinstance(shock, FlowShock) and isinstance(shock, MOVES_WEDGES)
    )


class Cells:
    """Flows that some selections touch, in the order of (exporter, supplying sector, importer).

    Args:
        world: The data.
        selections: Selections of flows, in the World's labels.

    Attributes:
        selections: As given.
        exporter: Position of each flow's exporter (flow,).
        sector: Position of its supplying sector (flow,).
        importer: Position of its importer (flow,).
    """

    def __init__(self, world: World, selections: Collection[Flows]) -> None:
        self.selections = frozenset(selections)
        self._world = world
        shape = len(world.regions), len(world.sectors), len(world.regions)
        self._chosen: dict[Flows, Array] = {flows: self._flat(flows) for flows in self.selections}
        touched = np.zeros(np.prod(shape), dtype=bool)
        for chosen in self._chosen.values():
            touched[chosen] = True
        self._touched = np.flatnonzero(touched)
        place = np.cumsum(touched) - 1
        self._chosen = {flows: place[chosen] for flows, chosen in self._chosen.items()}
        self.exporter, self.sector, self.importer = np.unravel_index(self._touched, shape)

    def __len__(self) -> int:
        return self._touched.size

    def selected(self, flows: Flows) -> Array:
        """Places of the flows of one of `selections`."""
        return self._chosen[flows]

    def of_flows(self, values: Array) -> Array:
        """Entries of an array (i, k, n) at these flows, (flow,)."""
        return values[self.exporter, self.sector, self.importer]

    @cached_property
    def bought(self) -> Array:
        """What each user buys of each flow, USD million before duty, (flow, user)."""
        parts = [
            self.of_flows(self._world.data[name].to_numpy()) for name in ("intermediate", "final_demand")
        ]
        return np.concatenate(parts, axis=1).astype(np.float64)

    @cached_property
    def tariff(self) -> Array:
        """1 + the World's tariff, (flow, 1)."""
        return self.of_flows(tariff_factor(self._world))[:, None]

    def by_importer(self, values: Array) -> Array:
        """Sums (n,) of values (flow,)."""
        return np.bincount(self.importer, weights=values, minlength=len(self._world.regions))

    def by_exporter(self, values: Array) -> Array:
        """Sums (i,) of values (flow,)."""
        return np.bincount(self.exporter, weights=values, minlength=len(self._world.regions))

    def duties_elsewhere(self, price_change: Array) -> Array:
        """What duties earn more (n,) on all other flows, when prices (i, k) move and nothing else does."""
        return np.einsum("ikn,ik->n", self._duties_elsewhere, price_change)

    @cached_property
    def _duties_elsewhere(self) -> Array:
        """Duties of the base (i, k, n) on flows that are none of these."""
        duties = self._world.sales * (tariff_factor(self._world) - 1.0)
        duties[self.exporter, self.sector, self.importer] = 0.0
        return duties

    def _flat(self, flows: Flows) -> Array:
        mask = flow_mask(flows, self._world.regions, self._world.sectors)
        return np.flatnonzero(mask.transpose(2, 0, 1))


def tariff_factor(world: World) -> Array:
    """1 + tariff rate, (i, k, n)."""
    return 1.0 + world.data["tariff_rate"].transpose("exporter", "sector", "importer").to_numpy()
