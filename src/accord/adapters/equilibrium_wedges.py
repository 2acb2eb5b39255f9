"""Wedges that the base data of a World hold: its tariffs, and the rents and contract prices that measures say are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from accord.adapters.equilibrium_base import (
    Cells,
    Selection,
    cells_of,
    flat_positions,
    groups_told_apart,
    selection_of,
)
from accord.adapters.index import UseGroups
from accord.engines.equilibrium import Wedges
from accord.shocks import (
    ContractPriceShock,
    HomePreferenceShock,
    RentWedgeShock,
    Shock,
    SupportShock,
    TariffShock,
)
from accord.world import World

Positions = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Positions g, k, n, i of flows."""

Held = list[tuple[Selection, float]]
"""Flows on which the base holds a factor, and the factor; on a flow of several, their product."""


class HeldWedges(NamedTuple):
    """Wedges of a base.

    Attributes:
        wedges: Their first axis is one where all groups share them.
        public: Factor (1 or g, k, n, i) of barriers whose rent is the importer government's, which the tariff includes.
        paid_otherwise: Positions g, k, n, i of the flows whose payments may not be those under the World's tariffs alone, each once.
        chosen_otherwise: Positions in arrays (g, k, n, i) of the flows that may have a home preference, ascending.
    """

    wedges: Wedges
    public: np.ndarray
    paid_otherwise: Positions
    chosen_otherwise: np.ndarray


class BaseWedges:
    """Wedges of the base of one World under the shocks of any run; arrays without a wedge are made once and shared.

    Args:
        world: The data.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        rates = world.data["tariff_rate"].transpose("sector", "importer", "exporter").to_numpy()
        self._tariff = np.ascontiguousarray(rates)[None]
        self._known: dict[tuple[str, int], np.ndarray] = {}

    @property
    def tariffs_alone(self) -> Wedges:
        """Wedges without what measures say."""
        nothing = self._nothing(1)
        return Wedges(self._tariff, nothing, nothing, nothing)

    def under(self, shocks: Sequence[Shock], groups: UseGroups) -> HeldWedges:
        """Return the wedges that the base holds when `shocks` say which factors are there."""
        paying = [shock for shock in shocks if isinstance(shock, RentWedgeShock | ContractPriceShock)]
        choosing = [shock for shock in shocks if isinstance(shock, HomePreferenceShock)]
        paid_by = groups_told_apart(groups, [shock for shock in shocks if _moves_payments(shock)])
        chosen_by = groups_told_apart(groups, [shock for shock in shocks if _moves_choices(shock)])
        shape = (paid_by, *self._tariff.shape[1:])
        held: dict[str, Held] = {"importer-government": [], "importer-firms": [], "exporter-firms": []}
        for shock in paying:
            recipient = shock.recipient if isinstance(shock, RentWedgeShock) else "exporter-firms"
            held[recipient].append((selection_of(groups, shock, shape), shock.base_factor))
        tariff, public = self._duties(paid_by, held["importer-government"])
        wedges = Wedges(
            tariff=tariff,
            import_rent=self._rate(paid_by, held["importer-firms"]),
            export_rent=self._rate(paid_by, held["exporter-firms"]),
            home_preference=self._preferences(choosing, groups, chosen_by),
        )
        selections = tuple(selection for part in held.values() for selection, _ in part)
        positions = _positions(selections, self._world.regions, self._world.sectors, shape, len(groups))
        whole = (len(groups), *shape[1:])
        chosen = _positions(
            tuple(
                selection_of(groups, each, (chosen_by, *shape[1:]))
                for shock in choosing
                for each in (shock, _from_every_foreigner(shock))
            ),
            self._world.regions,
            self._world.sectors,
            (chosen_by, *shape[1:]),
            len(groups),
        )
        return HeldWedges(wedges, public, positions, np.sort(np.ravel_multi_index(chosen, whole)))

    def _duties(self, groups: int, held: Held) -> tuple[np.ndarray, np.ndarray]:
        """Tariffs with the public factor in them, and the factor."""
        if held:
            public = 1.0 + self._rate(groups, held)
            return (1.0 + self._tariff) * public - 1.0, public
        shape = (groups, *self._tariff.shape[1:])
        tariff = self._once("tariff", groups, lambda: np.broadcast_to(self._tariff, shape).copy())
        return tariff, self._once("one", groups, lambda: np.ones(shape))

    def _preferences(
        self, shocks: Sequence[HomePreferenceShock], groups: UseGroups, count: int
    ) -> np.ndarray:
        """Rates (1 or g, k, n, i) of the preference for home.

        There is one for each buyer, however many measures open it to sellers of their own: it is held once (the largest that is
        stated, for draws may state several). What the base holds of such measures already lowers it against their sellers.
        """
        if not shocks:
            return self._nothing(count)
        factor = np.ones((count, *self._tariff.shape[1:]))
        own = np.ones_like(factor)
        for shock in shocks:
            among = self._cells(_from_every_foreigner(shock), groups, factor.shape)
            factor[among] = np.maximum(factor[among], shock.held_against_others)
            own[self._cells(shock, groups, factor.shape)] *= shock.base_factor / shock.held_against_others
        return factor * own - 1.0

    def _cells(self, shock: HomePreferenceShock, groups: UseGroups, shape: tuple[int, ...]) -> Cells:
        selection = selection_of(groups, shock, shape)
        return cells_of(selection, self._world.regions, self._world.sectors, shape)

    def _rate(self, groups: int, held: Held) -> np.ndarray:
        """Rates (1 or g, k, n, i) of factors."""
        if not held:
            return self._nothing(groups)
        rate = np.zeros((groups, *self._tariff.shape[1:]))
        for selection, factor in held:
            cells = cells_of(selection, self._world.regions, self._world.sectors, rate.shape)
            rate[cells] = (1.0 + rate[cells]) * factor - 1.0
        return rate

    def _nothing(self, groups: int) -> np.ndarray:
        return self._once("nothing", groups, lambda: np.zeros((groups, *self._tariff.shape[1:])))

    def _once(self, name: str, groups: int, make: Callable[[], np.ndarray]) -> np.ndarray:
        key = name, groups
        if key not in self._known:
            array = make()
            array.flags.writeable = False  # shared by every base of the World
            self._known[key] = array
        return self._known[key]


@lru_cache(maxsize=64)
def _positions(
    selections: tuple[Selection, ...],
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    shape: tuple[int, ...],
    groups: int,
) -> Positions:
    """Positions of the cells in any of `selections`; of every group where one stands for all."""
    flat = [flat_positions(cells_of(selection, regions, sectors, shape), shape) for selection in selections]
    chosen = np.unique(np.concatenate(flat)) if flat else np.zeros(0, dtype=np.intp)
    group, product, importer, exporter = np.unravel_index(chosen, shape)
    if shape[0] == 1:
        group = np.repeat(np.arange(groups), chosen.size)
        product, importer, exporter = (np.tile(part, groups) for part in (product, importer, exporter))
    return group, product, importer, exporter


def _from_every_foreigner(shock: HomePreferenceShock) -> HomePreferenceShock:
    return replace(shock, flows=replace(shock.flows, exporters=None))


def _moves_payments(shock: Shock) -> bool:
    return isinstance(shock, TariffShock | RentWedgeShock | ContractPriceShock)


def _moves_choices(shock: Shock) -> bool:
    return isinstance(shock, HomePreferenceShock | SupportShock | ContractPriceShock)
