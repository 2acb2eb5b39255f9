"""Who pays and who receives on every cell of a World at fixed quantities: the wedges that shocks put on it, and whose income they are.

A user pays   producer price x export rent x contract x trade cost x (1 + tariff) x public x import rent,   all factors one or
near it. Shocks touch few flows, so that factors are kept on those alone (`adapters.price_cells`): arrays are (flow, user), their last
axis of length one until a shock names users. Elsewhere there is the World's tariff and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from accord.adapters.index import positions
from accord.adapters.price_cells import Cells
from accord.errors import EngineError
from accord.shocks import (
    ContractPriceShock,
    FlowShock,
    RentWedgeShock,
    Shock,
    TariffShock,
    TradeCostShock,
)
from accord.world import World

Array = np.ndarray


@dataclass(frozen=True)
class Ledger:
    """Factors on the cells of the flows that shocks touch, each broadcastable to (flow, user).

    Attributes:
        tariff: 1 + duty of the importer's government, on the value before duty.
        public: Other public wedges at the importer's border; its government's income.
        import_rent: The importer's firms' rent, on the value with duty.
        export_rent: The exporter's firms' rent, on the producer's value.
        contract: Contract price over the reference price; the exporter's income or, below one, its gift.
        trade_cost: Iceberg cost against the base: a cost, nobody's income.
    """

    tariff: Array
    public: Array
    import_rent: Array
    export_rent: Array
    contract: Array
    trade_cost: Array

    @property
    def landed(self) -> Array:
        """User price over the value before duty."""
        return self.tariff * self.public * self.import_rent

    @property
    def sold(self) -> Array:
        """Value before duty over the producer's value at base trade cost."""
        return self.export_rent * self.contract * self.trade_cost


class Incomes(NamedTuple):
    """Changes of income on cells at base quantities, USD million by region (n,).

    Attributes:
        public: Duties and other public wedges, to the importer's government.
        import_rents: To the importer's firms.
        export_rents: To the exporter's firms.
        contracts: Contract price less reference price, to the exporter.
        trade_costs: What is spent on trade costs more than in the base, by importer; nobody's income.
    """

    public: Array
    import_rents: Array
    export_rents: Array
    contracts: Array
    trade_costs: Array


def base_ledger(world: World, cells: Cells, shocks: tuple[Shock, ...]) -> Ledger:
    """Wedges that the base data hold: the World's tariffs, and the rents and contract prices that measures say are there."""
    one = np.ones((len(cells), 1))
    drafts = _Draft({name: (cells.tariff if name == "tariff" else one) for name in _NAMES}, world, cells)
    for shock in shocks:
        match shock:
            case RentWedgeShock():
                drafts.multiply(_recipient(shock), shock, shock.base_factor)
            case ContractPriceShock():
                drafts.multiply("contract", shock, shock.base_factor)
            case _:
                pass
    return drafts.ledger


def changed_ledger(world: World, cells: Cells, base: Ledger, shocks: tuple[Shock, ...]) -> Ledger:
    """`base` with the flow shocks of `shocks` applied at their weights; other shocks leave it as it is."""
    drafts = _Draft({name: getattr(base, name) for name in _NAMES}, world, cells)
    for shock in shocks:
        match shock:
            case TradeCostShock():
                drafts.multiply("trade_cost", shock, shock.factor**shock.weight)
            case RentWedgeShock():
                drafts.multiply(_recipient(shock), shock, _ratio(shock))
            case ContractPriceShock():
                drafts.multiply("contract", shock, _ratio(shock))
                if (
                    shock.passed_to == "government"
                ):  # users pay as before; the buyer's government takes the difference
                    drafts.multiply("public", shock, 1.0 / _ratio(shock))
            case TariffShock():
                drafts.move_tariff(shock)
            case _:
                pass
    return drafts.ledger


def incomes(cells: Cells, base: Ledger, new: Ledger, price_change: Array) -> Incomes:
    """Changes of income at base quantities, first order in producer prices.

    Args:
        cells: The flows that shocks touch, and those of the whole World.
        base: Wedges of the base on `cells`.
        new: Wedges after the shocks.
        price_change: dp (i, k) of producers; ad-valorem wedges earn on it at their base rates.
    """
    bought = cells.bought
    if all(getattr(one, name).shape[1] == 1 for one in (base, new) for name in _NAMES):
        bought = bought.sum(axis=1, keepdims=True)  # no wedge tells users apart: a cell for all of them
    produced = bought / (base.export_rent * base.contract)
    dp = price_change[cells.exporter, cells.sector][:, None]

    def change(part_of: Callable[[Ledger], Array]) -> Array:
        """By flow."""
        return (produced * (part_of(new) - part_of(base) * (1.0 - dp))).sum(axis=1)

    def public(one: Ledger) -> Array:
        return one.sold * (one.tariff * one.public - 1.0)

    def import_rents(one: Ledger) -> Array:
        return one.sold * one.tariff * one.public * (one.import_rent - 1.0)

    def export_rents(one: Ledger) -> Array:
        return one.trade_cost * (one.export_rent - 1.0)

    def contracts(one: Ledger) -> Array:
        return one.trade_cost * one.export_rent * (one.contract - 1.0)

    return Incomes(
        public=cells.by_importer(change(public)) + cells.duties_elsewhere(price_change),
        import_rents=cells.by_importer(change(import_rents)),
        export_rents=cells.by_exporter(change(export_rents)),
        contracts=cells.by_exporter(change(contracts)),
        trade_costs=cells.by_importer((produced * (new.trade_cost - base.trade_cost)).sum(axis=1)),
    )


_NAMES = tuple(field.name for field in fields(Ledger))
_RECIPIENTS = {
    "importer-government": "public",
    "importer-firms": "import_rent",
    "exporter-firms": "export_rent",
}


def _recipient(shock: RentWedgeShock) -> str:
    return _RECIPIENTS[shock.recipient]


def _ratio(shock: RentWedgeShock | ContractPriceShock) -> float:
    return (shock.new_factor / shock.base_factor) ** shock.weight


class _Draft:
    """Factors under change; arrays are copied when first written to."""

    def __init__(self, factors: dict[str, Array], world: World, cells: Cells) -> None:
        self.factors, self.world, self.cells = dict(factors), world, cells
        self.users = (*world.sectors, *world.uses)
        self.owned: set[str] = set()

    @property
    def ledger(self) -> Ledger:
        return Ledger(**self.factors)

    def multiply(self, name: str, shock: FlowShock, factor: float) -> None:
        self._writable(name, shock)[self._places(shock)] *= factor

    def move_tariff(self, shock: TariffShock) -> None:
        tariff, places = self._writable("tariff", shock), self._places(shock)
        held = tariff[places]
        tariff[places] = held + shock.weight * (self._target(shock, held) - held)

    def _target(self, shock: TariffShock, held: Array) -> Array | float:
        """1 + duty that the shock sets, on the cells that it selects."""
        if shock.schedule is not None:
            schedule = self.world.data["tariff_schedules"].sel(schedule=shock.schedule)
            rates = schedule.transpose("exporter", "sector", "importer").to_numpy()
            return 1.0 + self.cells.of_flows(rates)[self.cells.selected(shock.flows)][:, None]
        if shock.change is not None:
            return np.maximum(held + shock.change, 1.0)
        if shock.new_rate is None:
            raise EngineError(f"measure '{shock.measure}': a tariff without a rate, a change or a schedule")
        return 1.0 + shock.new_rate

    def _writable(self, name: str, shock: FlowShock) -> Array:
        """The array `name`, with a user axis where the shock names users."""
        array = self.factors[name]
        if shock.flows.uses is not None and array.shape[1] == 1:
            array = np.repeat(array, len(self.users), axis=1)
        elif name not in self.owned:
            array = array.copy()
        self.owned.add(name)
        self.factors[name] = array
        return array

    def _places(self, shock: FlowShock) -> tuple[Array, ...]:
        """Index of the cells selected, for arrays of `_writable`; what it gives has flows on its first axis."""
        chosen = self.cells.selected(shock.flows)
        if shock.flows.uses is None:
            return (chosen,)
        return chosen[:, None], positions(self.users, shock.flows.uses, "user")[None, :]
