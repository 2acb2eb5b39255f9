"""What the equations of `quick.System` say at one state of each of several systems.

An evaluation of one system is two hundred calls on small arrays, which take as long as the sums themselves; several draws together
share the calls. Each system's numbers come from its own alone, whatever stands beside it: products with BLAS are of one system each,
and sums run in the same order, so that a draw has the same bytes in any company.

Axes: d systems, k products, n regions, j using sectors, f final uses, v factors, r = (group, importer) rows, i exporters.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import HOUSEHOLD
from accord.engines.equilibrium.quick import Evaluation, Fixed, State, System
from accord.engines.equilibrium.quick_layout import GroupShares
from accord.engines.equilibrium.quick_supports import Supports


class Evaluations(NamedTuple):
    """`Evaluation` with an axis for systems in front; `residual` is one vector for each, and `misses` are its largest."""

    residual: np.ndarray
    misses: np.ndarray
    use_price: np.ndarray
    final: np.ndarray
    spending: np.ndarray
    per_weight: np.ndarray
    seen_sum: np.ndarray
    paid_sum: np.ndarray
    competitive: np.ndarray
    balance: np.ndarray


class Together:
    """Systems of one structure (`System.structure`), evaluated together.

    Args:
        systems: The systems. Weights of their rows with supports are written anew by each evaluation, so a system is one thread's.

    Attributes:
        factor_income: Factor income of the bases (d, n, v).
    """

    def __init__(self, systems: Sequence[System]) -> None:
        self.systems = tuple(systems)
        self._like = systems[0].start
        ends = np.cumsum([part.size for part in self._like]).tolist()
        self._parts = tuple(slice(begin, end) for begin, end in pairwise((0, *ends)))
        self._seen = [system.weights.seen for system in systems]
        self._before_duty = [system.weights.before_duty for system in systems]
        sectors, rows, regions = self._seen[0].shape
        count = len(systems)
        self._shape = count, sectors, rows, regions
        self._dutiable = systems[0].dutiable
        self._base_paid = np.stack([system.weights.base_paid for system in systems])
        self._fixed = Fixed(
            *(np.stack(parts) for parts in zip(*(system.fixed for system in systems), strict=True))
        )
        self.factor_income = np.stack([system.base.factor_income[:, :, 0] for system in systems])
        self._subsidised = bool(np.any(self._fixed.subsidy))
        owner = regions * np.arange(count)[:, None, None]
        self._subsidy_payer = (self._fixed.subsidy_payer + owner).ravel()
        self._extra = _owned([system.extra for system in systems])
        self._renting = _owned([system.renting for system in systems])
        self._rent_share = np.concatenate([system.rent_share for system in systems])
        self._preferring = _owned([system.preferring for system in systems])
        self._paid_rows = np.concatenate([system.weights.paid[system.preferring] for system in systems])
        self._users = _side_by_side([system.users for system in systems])
        self._buyers = _side_by_side([system.buyers for system in systems])
        self._supports: Supports | None = None
        if self._like.support.size:
            self._arrange_supports()
        # Systems that are found keep their last sums.
        self._sums = np.ones((count, sectors, rows, 1))
        self._made = np.zeros((count, sectors, 1, regions))
        self._landed = np.zeros((count, self._dutiable.stop - self._dutiable.start, rows, 1))

    def _arrange_supports(self) -> None:
        supports = self._supports = Supports([system.supported for system in self.systems])
        cells, owner = supports.cells, supports.system
        self._support_row = owner, cells.row[0], cells.row[1]
        row = cells.cell[0]
        ends = np.searchsorted(owner[row], np.arange(len(self.systems) + 1))
        where = cells.row[0][row], cells.row[1][row], cells.cell[1]
        self._support_cells = [
            (slice(begin, end), tuple(part[begin:end] for part in where))
            for begin, end in pairwise(ends.tolist())
        ]
        # Rows with supported cells are among those whose users see other prices than they pay.
        place = np.full(self._shape[:3], -1)
        place[self._preferring] = np.arange(self._preferring[0].size)
        at = place[self._support_row]
        self._paid_with_support = at[at >= 0], np.flatnonzero(at >= 0)

    def states(self, points: np.ndarray) -> State:
        """Return the parts of points (d, unknowns), each with its axes behind that of systems."""
        return State(
            *(
                points[:, part].reshape(len(points), *own.shape)
                for part, own in zip(self._parts, self._like, strict=True)
            )
        )

    def evaluate(self, points: np.ndarray, live: Sequence[int] | None = None) -> Evaluations:
        """Return what the equations say at points (d, unknowns); systems that are not `live` may get anything.

        Source of each line: `equations.evaluate` and what it calls.
        """
        state, fixed = self.states(points), self._fixed
        count, sectors, _, regions = self._shape
        live = range(count) if live is None else live
        competitive = np.exp(-fixed.theta * state.unit_cost)
        column = competitive[..., None]
        self._put(state.support, live)
        for d in live:
            np.matmul(self._seen[d], column[d], out=self._sums[d])
        seen_sum = self._sums[..., 0].copy()
        log_index = self._base_paid - np.log(seen_sum) / fixed.theta
        paid_sum = seen_sum
        if self._preferring[0].size:
            # What perceived prices overstate (`equations.buyer_prices`).
            paid_sum = seen_sum.copy()
            in_rows = (self._paid_rows * competitive[self._preferring[:2]]).sum(axis=1)
            log_index[self._preferring] += np.log(in_rows / seen_sum[self._preferring])
            paid_sum[self._preferring] = in_rows
        by_group = log_index.reshape(count, sectors, -1, regions).transpose(0, 3, 2, 1)
        by_group = np.ascontiguousarray(by_group)[..., None, :]
        bundle = (fixed.factor_share * state.factor_price[..., None]).sum(axis=2)
        use_price = np.zeros(fixed.final_spending.shape)
        for total_price, parts in ((bundle, self._users), (use_price, self._buyers)):
            for group, users, share, price, _ in parts:
                for d in live:
                    np.matmul(by_group[d, :, group], share[d], out=price[d])
                total_price[:, :, users] += price[:, :, 0]
        spending, visitors, extra_paid = self._purchases(log_index)
        income = np.exp(state.income) * fixed.base_income
        spent = fixed.income_share * income[..., None]
        real = fixed.final_spending * np.exp(use_price)
        spent = np.where(fixed.real_use[:, None], real, spent)
        spent[..., HOUSEHOLD] = 0.0
        spent[..., HOUSEHOLD] = income - spent.sum(axis=2) - extra_paid
        output = np.exp(state.output) * fixed.base_output
        cost = fixed.kept * output
        by_row = spending.reshape(count, sectors, -1, regions)
        for bought, parts in ((cost, self._users), (spent, self._buyers)):
            for group, users, share, _, used in parts:
                of_users = np.ascontiguousarray(bought[:, :, users])[..., None]
                for d in live:
                    np.matmul(share[d], of_users[d], out=used[d])
                by_row[:, :, group] += used[..., 0].swapaxes(1, 2)
        per_weight = spending / paid_sum
        weighted = per_weight[:, :, None]
        some = self._dutiable
        for d in live:
            np.matmul(weighted[d], self._before_duty[d], out=self._made[d])
            np.matmul(self._before_duty[d][some], column[d][some], out=self._landed[d])
        made = (self._made[:, :, 0] * competitive).swapaxes(1, 2)
        landed = self._landed[..., 0] * per_weight[:, some]
        bought_in = _by_region(spending, regions)
        collected = _by_region(spending[:, some] - landed, regions)
        made = self._without_rents(made, collected, competitive, per_weight)
        given = 0.0  # subsidies, as their payers and as their markets see them
        if self._subsidised:
            subsidy = fixed.subsidy * output
            collected -= np.bincount(self._subsidy_payer, subsidy.ravel(), count * regions).reshape(count, -1)
            given = subsidy.sum(axis=2)
        demand = (fixed.factor_share * cost[:, :, None]).sum(axis=3)
        price = np.log(demand * fixed.hire + fixed.unhired) - fixed.supply
        earned = (np.exp(state.factor_price) * fixed.earning).sum(axis=2)
        total = earned + collected + (fixed.output_tax * output).sum(axis=2) + fixed.inflow
        misses, step = self._misses(state, competitive, paid_sum, per_weight)
        residual = (
            price - state.factor_price,
            ((bundle + fixed.gross_up) * fixed.own_price).swapaxes(1, 2) - state.unit_cost,
            np.log((made + fixed.unmade) / (output + fixed.unmade)),
            np.log(total / income),
            step,
        )
        balance = bought_in - visitors + extra_paid - made.sum(axis=2) - collected - given - fixed.inflow
        return Evaluations(
            np.concatenate([part.reshape(count, -1) for part in residual], axis=1),
            misses,
            use_price,
            spent,
            spending,
            per_weight,
            seen_sum,
            paid_sum,
            competitive,
            np.max(np.abs(balance) / income, axis=1),
        )

    def one(self, found: Evaluations, number: int) -> Evaluation:
        """Return what the equations say of one system."""
        own = Evaluations(*(part[number].copy() for part in found))
        return Evaluation(
            self._like.like(own.residual),
            own.misses,
            own.use_price,
            own.final,
            own.spending,
            own.per_weight,
            own.seen_sum,
            own.paid_sum,
            own.competitive,
            float(own.balance),
        )

    def _put(self, support: np.ndarray, live: Sequence[int]) -> None:
        """Write supports into the weights."""
        if self._supports is None:
            return
        self._supports.put(support.ravel())
        at, rows = self._paid_with_support
        self._paid_rows[at] = self._supports.paid_rows[rows]
        for d in live:
            own, cells = self._support_cells[d]
            self._seen[d][cells] = self._supports.seen[own]
            self._before_duty[d][cells] = self._supports.before_duty[own]

    def _misses(
        self, state: State, competitive: np.ndarray, paid_sum: np.ndarray, per_weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        if self._supports is None:
            return state.support, state.support
        row, product = self._support_row, self._support_row[:2]
        misses, step = self._supports.misses(
            competitive[product], state.unit_cost[product], paid_sum[row], per_weight[row]
        )
        return misses.reshape(state.support.shape), step.reshape(state.support.shape)

    def _purchases(self, log_index: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Spending on purchases of the programme (d, k, r), its sum in each market (d, n), and what each region pays (d, n)."""
        count, _, _, regions = self._shape
        system, product, row, market, payer, value = self._extra
        if not product.size:
            nothing = np.zeros((count, regions))
            return np.zeros_like(log_index), nothing, nothing
        value = value * np.exp(log_index[system, product, row])
        place = np.ravel_multi_index((system, product, row), log_index.shape)
        spending = np.bincount(place, value, log_index.size).reshape(log_index.shape)
        visitors, paid = (
            np.bincount(system * regions + who, value, count * regions).reshape(count, regions)
            for who in (market, payer)
        )
        return spending, visitors, paid

    def _without_rents(
        self, made: np.ndarray, collected: np.ndarray, competitive: np.ndarray, per_weight: np.ndarray
    ) -> np.ndarray:
        """Return sales (d, i, k) at producer prices, and add export rents to what regions collect (d, n)."""
        system, product, row, exporter = self._renting
        if not product.size:
            return made
        weight = np.concatenate(
            [array[own.renting] for array, own in zip(self._before_duty, self.systems, strict=True)]
        )
        rent = weight * self._rent_share
        rent *= competitive[system, product, exporter] * per_weight[system, product, row]
        collected += np.bincount(system * made.shape[1] + exporter, rent, collected.size).reshape(
            collected.shape
        )
        place = np.ravel_multi_index((system, exporter, product), made.shape)
        return made - np.bincount(place, rent, made.size).reshape(made.shape)


def evaluated(system: System, state: State) -> Evaluation:
    """Return what the equations of one system say at `state`."""
    together = Together([system])
    return together.one(together.evaluate(state.flat()[None]), 0)


class _Parts(NamedTuple):
    """Shares (n, k, u') bought through one group, of every system, and room for what is summed with them."""

    group: int
    users: np.ndarray
    share: list[np.ndarray]
    price: np.ndarray
    used: np.ndarray

    @classmethod
    def of(cls, group: int, users: np.ndarray, share: list[np.ndarray]) -> _Parts:
        regions, sectors, _ = share[0].shape
        return cls(
            group,
            users,
            share,
            np.zeros((len(share), regions, 1, users.size)),
            np.zeros((len(share), regions, sectors, 1)),
        )


def _side_by_side(several: Sequence[tuple[GroupShares, ...]]) -> tuple[_Parts, ...]:
    """Shares of several systems by group."""
    return tuple(
        _Parts.of(part.group, part.users, [own[place].share for own in several])
        for place, part in enumerate(several[0])
    )


def _owned(several: Sequence[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Lists of several systems, one behind the other, and the system of each entry before them."""
    system = np.repeat(np.arange(len(several)), [own[0].size for own in several])
    return (system, *(np.concatenate(parts) for parts in zip(*several, strict=True)))


def _by_region(array: np.ndarray, regions: int) -> np.ndarray:
    """Sums over products and groups: (d, k, r) to (d, n)."""
    return array.sum(axis=1).reshape(len(array), -1, regions).sum(axis=1)
