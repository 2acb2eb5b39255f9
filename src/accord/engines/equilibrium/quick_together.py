"""What the equations of `quick.System` say at one state of each of several systems.

Draws of one World share what most users buy from whom and most recipes; BLAS reads these once for all systems, which stand side by side
in the last axis of every array, and one call of NumPy serves all. What is of one system alone is short: lists of cells, and the recipes
of a few regions. Each system's numbers come from its own alone, whatever stands beside it: products are column by column, and sums run
over other axes in the same order. Columns come in fours (`chord_solve`), so that BLAS takes the same way through each of them.

Axes: k products, n regions, j using sectors, f final uses, v factors, r = (group, importer) rows, i exporters, c cells, d systems.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from itertools import pairwise

import numpy as np

from accord.engines.equilibrium.inputs import HOUSEHOLD
from accord.engines.equilibrium.quick import System
from accord.engines.equilibrium.quick_fixed import Fixed
from accord.engines.equilibrium.quick_parts import (
    CellsTogether,
    Mixing,
    Room,
    joined,
    listed,
    shares_together,
)
from accord.engines.equilibrium.quick_state import Evaluations, State
from accord.engines.equilibrium.quick_sums import Adding
from accord.engines.equilibrium.quick_supports import Supports
from accord.engines.equilibrium.quick_weights import of_economies


class Together:
    """Systems of one structure (`System.structure`), evaluated together; each may be of several economies.

    Args:
        systems: The systems.

    Attributes:
        like: The unknowns of one economy.
        factor_income: Factor income of the bases (n, v, d).
        power_of_support: theta + 1 of each support's product (s, d).
    """

    def __init__(self, systems: Sequence[System]) -> None:
        first = systems[0]
        self.like = first.start
        ends = np.cumsum([part.size for part in self.like]).tolist()
        self._parts = tuple(slice(begin, end) for begin, end in pairwise((0, *ends)))
        groups, sectors, regions, _ = first.weights.cells.shape
        self._shape = sectors, groups, regions, sum(system.many for system in systems)
        weights = [system.weights for system in systems]
        self._paid, self._before_duty = first.weights.sources
        self._mixing = Mixing.of_mixtures([own.mixture for own in weights], groups, regions)
        self._column = joined([own.column for own in weights])
        self._level = joined([own.level for own in weights])
        self._cells = CellsTogether(systems)
        self._dutiable = first.dutiable
        self._preferring = np.ravel_multi_index(first.preferring, (sectors, groups * regions))
        self._fixed = Fixed(*(joined(parts) for parts in zip(*(own.fixed for own in systems), strict=True)))
        self.factor_income = joined([system.base.factor_income[:, :, 0] for system in systems])
        self._subsidised = bool(np.any(self._fixed.subsidy))
        self._own = first.layout.own
        self._users = shares_together([system.users for system in systems])
        self._buyers = shares_together([system.buyers for system in systems])
        self._supported = first.supported.beside([system.supported for system in systems[1:]])
        self._list_purchases_and_rents(systems)
        self._make_room()

    def _list_purchases_and_rents(self, systems: Sequence[System]) -> None:
        """Arrange what few flows have: each adds to several sums, which stand one behind the other."""
        sectors, groups, regions, _ = self._shape
        rows = sectors * groups * regions
        (product, row, market, payer), self._bought = listed(
            [(system.extra[:-1], system.extra.value) for system in systems]
        )
        self._buying = product, row
        place = product * groups * regions + row
        self._bought_in = Adding.of_several((place, market, payer), (rows, regions, regions))
        self._renting, self._rent_share = listed(
            [(system.wedges.renting, system.rent_share) for system in systems]
        )
        product, _, exporter = self._renting
        self._rented = Adding.of_several(
            (product * regions + exporter, exporter), (sectors * regions, regions)
        )

    def _make_room(self) -> None:
        """Find room for what an evaluation computes."""
        sectors, groups, regions, count = self._shape
        rows = groups * regions
        self._room = Room.of((sectors, rows, count), (sectors, self._paid.shape[1] - rows, count))
        payer = self._fixed.subsidy_payer
        self._subsidy_payer = payer * count + np.arange(count)
        self.power_of_support = self._supported.power_of_support
        self._supports: Supports | None = None
        if self.like.support.size:
            self._supports = Supports(self._supported)
            self._support_row = self._supported.row
            self._cells.give_room(self._supports)

    @property
    def many(self) -> int:
        """Number of economies."""
        return self._shape[3]

    def of_some(self, chosen: np.ndarray) -> Together:
        """Return some of the economies together."""
        some = copy(self)
        some._shape = *self._shape[:3], chosen.size  # noqa: SLF001 - one of this class, here and below
        some._mixing = self._mixing._replace(weight=of_economies(self._mixing.weight, chosen))  # noqa: SLF001
        for name in ("_column", "_level", "factor_income", "_bought", "_rent_share"):
            setattr(some, name, of_economies(getattr(self, name), chosen))
        some._fixed = self._fixed.of_some(chosen)  # noqa: SLF001
        some._users, some._buyers = (  # noqa: SLF001
            tuple(part.of_some(chosen) for part in parts) for parts in (self._users, self._buyers)
        )
        some._supported = self._supported.of_some(chosen)  # noqa: SLF001
        some._cells = self._cells.of_some(chosen)  # noqa: SLF001
        some._make_room()  # noqa: SLF001
        return some

    def states(self, points: np.ndarray) -> State:
        """Return the parts of points (d, unknowns), each with its axes before that of systems."""
        columns = np.ascontiguousarray(points.T)
        return State(
            *(
                columns[part].reshape(*own.shape, len(points))
                for part, own in zip(self._parts, self.like, strict=True)
            )
        )

    def evaluate(self, points: np.ndarray) -> Evaluations:
        """Return what the equations say at points (d, unknowns).

        Source of each line: `equations.evaluate` and what it calls.
        """
        state, fixed, cells = self.states(points), self._fixed, self._cells
        sectors, groups, regions, count = self._shape
        if self._supports is not None:
            self._supports.put(state.support)
            cells.put(self._supports)
        room = self._room
        competitive = np.multiply(fixed.theta, state.unit_cost)
        np.subtract(self._column, competitive, out=competitive)
        np.exp(competitive, out=competitive)
        bought = competitive.reshape(-1, count)[cells.source]
        seen_sum = self._mixing.of(self._paid, competitive, room.seen_sum, room.divided)
        left = cells.rows.change(_flat(seen_sum), cells.seen * bought)
        log_index = np.log(seen_sum, out=room.log_index)
        log_index /= fixed.theta
        np.subtract(self._level, log_index, out=log_index)
        paid_sum = seen_sum
        if self._preferring.size:
            # What perceived prices overstate (`equations.buyer_prices`).
            paid_sum = room.paid_sum
            paid_sum[:] = seen_sum
            cells.unseen_rows.add(_flat(paid_sum), cells.unseen * bought[cells.unseen_at])
            rows = self._preferring
            ratio = _flat(paid_sum)[rows] / _flat(seen_sum)[rows]
            _flat(log_index)[rows] += np.log(ratio)
        by_group = log_index.reshape(sectors, groups, regions, count)
        bundle = (fixed.factor_share * state.factor_price[:, :, None]).sum(axis=1)
        use_price = np.zeros(fixed.final_spending.shape)
        for total_price, parts in ((bundle, self._users), (use_price, self._buyers)):
            for part in parts:
                price = by_group[:, part.group].swapaxes(0, 1)
                total_price[:, part.users] += part.prices(price, self._own)
        spending, visitors, extra_paid = self._purchases(log_index)
        income = np.exp(state.income) * fixed.base_income
        spent = fixed.income_share * income[:, None]
        real = fixed.final_spending * np.exp(use_price)
        spent = np.where(fixed.real_use, real, spent)
        spent[:, HOUSEHOLD] = 0.0
        spent[:, HOUSEHOLD] = income - spent.sum(axis=1) - extra_paid
        output = np.exp(state.output) * fixed.base_output
        cost = fixed.kept * output
        by_row = spending.reshape(sectors, groups, regions, count)
        for spends, parts in ((cost, self._users), (spent, self._buyers)):
            for part in parts:
                by_row[:, part.group] += part.purchases(spends[:, part.users], self._own).swapaxes(0, 1)
        per_weight = np.divide(spending, paid_sum, out=room.per_weight)
        # Sales before duty by exporter, and by importer where there may be duty.
        by_cell = bought * cells.before_duty
        by_cell *= _flat(per_weight)[cells.row]
        some = self._dutiable
        collected = _by_region(spending[some], groups)
        made = np.zeros_like(competitive)
        unused_rooms = room.log_index, room.divided  # prices are done with
        parts = self._mixing.parts(self._before_duty, per_weight)
        for (weights, per_part), unused in zip(parts, unused_rooms, strict=True):
            made += weights.swapaxes(1, 2) @ per_part
            landed = np.matmul(weights[some], competitive[some], out=unused[some])
            np.multiply(landed, per_part[some], out=landed)
            collected -= landed.sum(axis=0).reshape(-1, regions, count).sum(axis=0)
        made *= competitive
        left = np.minimum(left, cells.sources.change(_flat(made), by_cell))
        by_cell *= -1.0
        cells.importers.add(collected, by_cell)
        bought_in = _by_region(spending, groups)
        self._without_rents(made, collected, competitive, per_weight)
        made = made.swapaxes(0, 1)
        given: np.ndarray | float = 0.0  # subsidies, as their payers and as their markets see them
        if self._subsidised:
            subsidy = fixed.subsidy * output
            paid_out = np.bincount(self._subsidy_payer.ravel(), subsidy.ravel(), collected.size)
            collected -= paid_out.reshape(collected.shape)
            given = subsidy.sum(axis=1)
        demand = (fixed.factor_share * cost[:, None]).sum(axis=2)
        price = np.log(demand * fixed.hire + fixed.unhired) - fixed.supply
        earned = (np.exp(state.factor_price) * fixed.earning).sum(axis=1)
        total = earned + collected + (fixed.output_tax * output).sum(axis=1) + fixed.inflow
        misses, step = self._misses(state, competitive, paid_sum, per_weight)
        residual = (
            price - state.factor_price,
            ((bundle + fixed.gross_up) * fixed.own_price).swapaxes(0, 1) - state.unit_cost,
            np.log((made + fixed.unmade) / (output + fixed.unmade)),
            np.log(total / income),
            step,
        )
        balance = bought_in - visitors + extra_paid - made.sum(axis=1) - collected - given - fixed.inflow
        return Evaluations(
            np.concatenate([part.reshape(-1, count) for part in residual]),
            misses,
            use_price,
            spent,
            spending,
            per_weight,
            seen_sum,
            paid_sum,
            competitive,
            np.max(np.abs(balance) / income, axis=0),
            left,
        )

    def state(self, point: np.ndarray) -> State:
        """Return the parts of one point (unknowns,)."""
        return self.like.like(point.copy())

    def _misses(
        self, state: State, competitive: np.ndarray, paid_sum: np.ndarray, per_weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        if self._supports is None:
            return state.support, state.support
        product, row = self._support_row
        return self._supports.misses(
            competitive[product], state.unit_cost[product], paid_sum[product, row], per_weight[product, row]
        )

    def _purchases(self, log_index: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Spending on purchases of programmes (k, r, d), its sum in each market (n, d), and what each region pays (n, d)."""
        spending = np.zeros_like(log_index)
        visitors, paid = (np.zeros((self._shape[2], self.many)) for _ in range(2))
        if self._bought.size:
            value = self._bought * np.exp(log_index[self._buying])
            self._bought_in.add_to((_flat(spending), visitors, paid), value)
        return spending, visitors, paid

    def _without_rents(
        self, made: np.ndarray, collected: np.ndarray, competitive: np.ndarray, per_weight: np.ndarray
    ) -> None:
        """Take export rents out of sales (k, i, d), which are then at producer prices, and add them to what regions collect (n, d)."""
        product, row, exporter = self._renting
        if not product.size:
            return
        rent = self._mixing.at(self._before_duty, product, row, exporter)
        rent += self._cells.before_duty_at(product, row, exporter)
        rent *= self._rent_share
        rent *= competitive[product, exporter] * per_weight[product, row]
        lost = np.zeros_like(made)
        self._rented.add_to((_flat(lost), collected), rent)
        made -= lost


def evaluated(system: System, state: State) -> Evaluations:
    """Return what the equations of one economy say at `state`."""
    return Together([system]).evaluate(state.flat()[None])


def _flat(array: np.ndarray) -> np.ndarray:
    """(k, r, d) as (k r, d), the same memory."""
    return array.reshape(-1, array.shape[-1])


def _by_region(array: np.ndarray, groups: int) -> np.ndarray:
    """Sums over products and groups: (k, r, d) to (n, d)."""
    return array.sum(axis=0).reshape(groups, -1, array.shape[-1]).sum(axis=0)
