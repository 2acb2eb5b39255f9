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
from accord.engines.equilibrium.quick_cells import Cells as FlowCells
from accord.shocks import (
    ContractPriceShock,
    FlowShock,
    HomePreferenceShock,
    RentWedgeShock,
    Shock,
    SupportShock,
    TariffShock,
)
from accord.world import World

Held = list[tuple[Selection, float]]
"""Flows on which the base holds a factor, and the factor; on a flow of several, their product."""


class HeldWedges(NamedTuple):
    """Wedges of a base.

    Attributes:
        wedges: Their first axis is one where all groups share them.
        public: Factor (1 or g, k, n, i) of barriers whose rent is the importer government's, which the tariff includes.
    """

    wedges: Wedges
    public: np.ndarray


class HeldPlaces(NamedTuple):
    """Flows on which the base of a run may hold wedges, whatever their numbers.

    Attributes:
        paid: Positions in arrays (g, k, n, i) of flows whose payments may not be those under the World's tariffs alone, ascending.
        chosen: The same of flows that may have a home preference.
    """

    paid: np.ndarray
    chosen: np.ndarray


class HeldOnCells(NamedTuple):
    """Wedges of several bases on some cells, and `HeldWedges.public`; all (c, d)."""

    wedges: Wedges
    public: np.ndarray


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
        paying = [shock for shock in shocks if isinstance(shock, PAID)]
        choosing = [shock for shock in shocks if isinstance(shock, HomePreferenceShock)]
        paid_by = groups_told_apart(groups, [shock for shock in shocks if _moves_payments(shock)])
        chosen_by = groups_told_apart(groups, [shock for shock in shocks if _moves_choices(shock)])
        shape, chosen_shape = ((count, *self._tariff.shape[1:]) for count in (paid_by, chosen_by))

        def chosen(shock: FlowShock) -> Cells:
            selection = selection_of(groups, shock, chosen_shape)
            return cells_of(selection, self._world.regions, self._world.sectors, chosen_shape)

        held: dict[str, Held] = {"importer-government": [], "importer-firms": [], "exporter-firms": []}
        for shock in paying:
            held[_recipient(shock)].append((selection_of(groups, shock, shape), shock.base_factor))
        tariff, public = self._duties(paid_by, held["importer-government"])
        wedges = Wedges(
            tariff=tariff,
            import_rent=self._rate(paid_by, held["importer-firms"]),
            export_rent=self._rate(paid_by, held["exporter-firms"]),
            home_preference=_preferences(choosing, chosen_shape, chosen)
            if choosing
            else self._nothing(chosen_by),
        )
        return HeldWedges(wedges, public)

    def places(self, shocks: Sequence[Shock], groups: UseGroups) -> HeldPlaces:
        """Return the flows on which the base may hold wedges when `shocks` say which factors are there."""
        shape = (len(groups), *self._tariff.shape[1:])
        names = self._world.regions, self._world.sectors
        paid = [selection_of(groups, shock, shape) for shock in shocks if isinstance(shock, PAID)]
        chosen = [
            selection_of(groups, each, shape)
            for shock in shocks
            if isinstance(shock, HomePreferenceShock)
            for each in (shock, _from_every_foreigner(shock))
        ]
        return HeldPlaces(*(_flat_positions(tuple(flows), *names, shape) for flows in (paid, chosen)))

    def on_cells(
        self, shocks: Sequence[Shock], groups: UseGroups, cells: FlowCells, many: int
    ) -> HeldOnCells:
        """Return the wedges that several bases hold, on cells among which are all `places`.

        Args:
            shocks: Those of all bases together: their numbers are (d,).
            groups: Use groups.
            cells: The cells.
            many: Number of bases.
        """

        def at(shock: FlowShock) -> np.ndarray:
            flows = (selection_of(groups, shock, cells.shape),)
            flat = _flat_positions(flows, self._world.regions, self._world.sectors, cells.shape)
            return np.searchsorted(cells.flat, flat)

        size = (cells.flat.size, many)
        rates = {name: np.zeros(size) for name in ("importer-government", "importer-firms", "exporter-firms")}
        for shock in shocks:
            if isinstance(shock, PAID):
                _compound(rates[_recipient(shock)], at(shock), shock.base_factor)
        choosing = [shock for shock in shocks if isinstance(shock, HomePreferenceShock)]
        public = 1.0 + rates["importer-government"]
        duty = cells.of(self._tariff)[:, None]
        tariff = np.where(public == 1.0, duty, (1.0 + duty) * public - 1.0)
        wedges = Wedges(
            tariff, rates["importer-firms"], rates["exporter-firms"], _preferences(choosing, size, at)
        )
        return HeldOnCells(wedges, public)

    def _duties(self, groups: int, held: Held) -> tuple[np.ndarray, np.ndarray]:
        """Tariffs with the public factor in them, and the factor."""
        if held:
            public = 1.0 + self._rate(groups, held)
            return (1.0 + self._tariff) * public - 1.0, public
        shape = (groups, *self._tariff.shape[1:])
        tariff = self._once("tariff", groups, lambda: np.broadcast_to(self._tariff, shape).copy())
        return tariff, self._once("one", groups, lambda: np.ones(shape))

    def _rate(self, groups: int, held: Held) -> np.ndarray:
        """Rates (1 or g, k, n, i) of factors."""
        if not held:
            return self._nothing(groups)
        rate = np.zeros((groups, *self._tariff.shape[1:]))
        for selection, factor in held:
            cells = cells_of(selection, self._world.regions, self._world.sectors, rate.shape)
            _compound(rate, cells, factor)
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


@lru_cache(maxsize=256)
def _flat_positions(
    selections: tuple[Selection, ...],
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    shape: tuple[int, ...],
) -> np.ndarray:
    """Positions in arrays of a shape (g, k, n, i) of the flows in any of `selections`, ascending."""
    flat = [flat_positions(cells_of(selection, regions, sectors, shape), shape) for selection in selections]
    return np.unique(np.concatenate(flat)) if flat else np.zeros(0, dtype=np.intp)


PAID = RentWedgeShock | ContractPriceShock
"""Shocks that say what the base pays beside the World's tariffs."""


def _recipient(shock: RentWedgeShock | ContractPriceShock) -> str:
    """Whose income it is."""
    return shock.recipient if isinstance(shock, RentWedgeShock) else "exporter-firms"


def _compound(rate: np.ndarray, cells: Cells, factor: float) -> None:
    """Put a factor on top of what some flows bear already."""
    rate[cells] = (1.0 + rate[cells]) * factor - 1.0


def _preferences(
    shocks: Sequence[HomePreferenceShock], shape: tuple[int, ...], at: Callable[[FlowShock], Cells]
) -> np.ndarray:
    """Rates of the preference for home, in an array of a shape, where `at` says on which of its flows a shock falls.

    There is one for each buyer, however many measures open it to sellers of their own: it is held once (the largest that is
    stated, for draws may state several). What the base holds of such measures already lowers it against their sellers.
    """
    factor, own = np.ones(shape), np.ones(shape)
    for shock in shocks:
        among = at(_from_every_foreigner(shock))
        factor[among] = np.maximum(factor[among], shock.held_against_others)
        own[at(shock)] *= shock.base_factor / shock.held_against_others
    return factor * own - 1.0


def _from_every_foreigner(shock: HomePreferenceShock) -> HomePreferenceShock:
    return replace(shock, flows=replace(shock.flows, exporters=None))


def _moves_payments(shock: Shock) -> bool:
    return isinstance(shock, TariffShock | RentWedgeShock | ContractPriceShock)


def _moves_choices(shock: Shock) -> bool:
    return isinstance(shock, HomePreferenceShock | SupportShock | ContractPriceShock)
