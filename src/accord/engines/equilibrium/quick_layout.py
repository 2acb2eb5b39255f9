"""A base economy arranged for the evaluations of `quick.System`: weights of sources by row, and recipes by group of users.

An evaluation is bound by what it reads and by how many calls it makes, so weights stand in rows that BLAS multiplies, and users that
buy nothing through a group are left out of it. Scenarios of one base share its arrangement: only the cells in which they differ from
the base are computed again.

Rows r are (group, importer) pairs: r = g n + importer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Floats, Scenario, Wedges

ROUNDING = 1e-14
"""Difference of two rates that rounding makes: the flow is taken as unmoved."""


class Weights(NamedTuple):
    """Weights of sources (k, r, i), as `equations.Delivered` has them, and the price level at which users perceive them in the base.

    Attributes:
        seen: At perceived prices; they add up to one over sources in the base.
        paid: At user prices.
        before_duty: Before duty. At producer prices they are the same but on the few flows with export rents.
        base_paid: Log of perceived over paid spending in the base (k, r).
    """

    seen: np.ndarray
    paid: np.ndarray
    before_duty: np.ndarray
    base_paid: np.ndarray

    @classmethod
    def of(cls, base: BaseEconomy) -> Weights:
        """Return the weights of a base."""
        preference = 1.0 + base.wedges.home_preference
        chosen = base.expenditure_share * preference
        total = chosen.sum(axis=3, keepdims=True)
        unbought = total == 0.0
        if unbought.any():
            # What nobody buys is sourced at home, so that it has a price.
            chosen = np.where(unbought, np.eye(chosen.shape[3]), chosen)
            total = np.where(unbought, 1.0, total)
        seen = chosen / total
        paid = seen / preference
        before_duty = paid / base.wedges.landed_factor
        in_rows = (_rows(array) for array in (seen, paid, before_duty))
        return cls(*in_rows, base_paid=np.log(_rows_of_products(total[..., 0])))

    def under(self, base: BaseEconomy, scenario: Scenario) -> Weights:
        """Return the weights under a scenario of the base they belong to.  Source: `equations.delivered_shares`."""
        cells = _moved(base, scenario)
        if not cells.group.size:
            return self
        new, old = (_at_cells(wedges, cells) for wedges in (scenario.wedges, base.wedges))
        price = new.landed / old.landed * new.rent / old.rent * new.preference / old.preference
        price *= cells.of(scenario.trade_cost_hat)
        factor = cells.of(scenario.availability) * price ** -base.technology.trade[cells.product]
        bought = base.expenditure[cells.group, cells.product, cells.importer] > 0.0
        place = cells.place
        seen = _changed(self.seen, place, self.seen.ravel()[place] * np.where(bought, factor, 1.0))
        paid = _changed(self.paid, place, seen.ravel()[place] / new.preference)
        before_duty = _changed(self.before_duty, place, paid.ravel()[place] / new.landed)
        return Weights(seen, paid, before_duty, self.base_paid)

    def after(self, competitive: np.ndarray, seen_sum: np.ndarray, paid_sum: np.ndarray) -> Weights:
        """Return the weights of the base that an equilibrium of these weights is, at c_hat^-theta (k, i) and sums of weights (k, r)."""
        factor = competitive[:, None, :] / seen_sum[:, :, None]
        return Weights(*(array * factor for array in self[:3]), base_paid=np.log(seen_sum / paid_sum))


class GroupShares(NamedTuple):
    """Shares of products bought through one group (n, k, u'), for its users at positions `users`."""

    group: int
    users: np.ndarray
    share: np.ndarray

    @classmethod
    def of(cls, share: Floats) -> tuple[GroupShares, ...]:
        """Return (n, g, k, u) by group."""
        parts: list[GroupShares] = []
        for group in range(share.shape[1]):
            users = np.flatnonzero(np.any(share[:, group] != 0.0, axis=(0, 1)))
            if users.size:
                parts.append(cls(group, users, np.ascontiguousarray(share[:, group][..., users])))
        return tuple(parts)


class Layout(NamedTuple):
    """One base, arranged.

    Attributes:
        output: Output at producer prices (n, j).
        weights: Weights of its sources.
        users: Cost shares of using sectors by group.
        buyers: Shares of products in final uses by group.
    """

    output: np.ndarray
    weights: Weights
    users: tuple[GroupShares, ...]
    buyers: tuple[GroupShares, ...]

    @classmethod
    def of(cls, base: BaseEconomy) -> Layout:
        """Arrange a base."""
        return cls(
            base.output, Weights.of(base), GroupShares.of(base.input_share), GroupShares.of(base.final_share)
        )


def _rows_of_products(array: Floats) -> np.ndarray:
    """(g, k, n) to (k, r)."""
    return np.ascontiguousarray(array.transpose(1, 0, 2)).reshape(array.shape[1], -1)


class _Cells(NamedTuple):
    """Some flows.

    Attributes:
        shape: (g, k, n, i).
        flat: Positions in arrays of that shape.
        shared: Positions in arrays (1, k, n, i), which stand for all groups.
        place: Positions in arrays (k, r, i).
        group: Group of each.
        product: Product of each.
        importer: Importer of each.
    """

    shape: tuple[int, ...]
    flat: np.ndarray
    shared: np.ndarray
    place: np.ndarray
    group: np.ndarray
    product: np.ndarray
    importer: np.ndarray

    @classmethod
    def at(cls, flat: np.ndarray, shape: tuple[int, ...]) -> _Cells:
        groups, sectors, regions, exporters = shape
        group, shared = np.divmod(flat, sectors * regions * exporters)
        row, exporter = np.divmod(shared, exporters)
        product, importer = np.divmod(row, regions)
        place = ((product * groups + group) * regions + importer) * exporters + exporter
        return cls(shape, flat, shared, place, group, product, importer)

    def of(self, array: Floats) -> np.ndarray:
        """Values of (g or 1, k, n, i)."""
        return np.ravel(array)[self.flat if array.shape[0] == self.shape[0] else self.shared]


class _Wedges(NamedTuple):
    """One plus each wedge on some cells."""

    landed: np.ndarray
    rent: np.ndarray
    preference: np.ndarray


def _at_cells(wedges: Wedges, cells: _Cells) -> _Wedges:
    tariff, import_rent, export_rent, preference = (1.0 + cells.of(rate) for rate in wedges)
    return _Wedges(tariff * import_rent, export_rent, preference)


def nonzero_flows(array: Floats, groups: int) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Return k, r, i of the flows on which (g or 1, k, n, i) is not zero, and its values there."""
    own, _, regions, _ = array.shape
    flat = np.flatnonzero(array != 0.0)  # booleans are counted much faster than numbers
    values = array.reshape(-1)[flat]
    group, product, importer, exporter = np.unravel_index(flat, array.shape)
    if own == 1:
        group = np.repeat(np.arange(groups), product.size)
        product, importer, exporter, values = (
            np.tile(part, groups) for part in (product, importer, exporter, values)
        )
    return (product, group * regions + importer, exporter), values


def _moved(base: BaseEconomy, scenario: Scenario) -> _Cells:
    """Flows on which the scenario differs from the base."""
    shape = base.expenditure_share.shape
    moved = [hat != 1.0 for hat in (scenario.trade_cost_hat, scenario.availability)]
    for new, old in zip(scenario.wedges, base.wedges, strict=True):
        if new is not old:  # no rate is much larger than one
            moved.append(np.abs(new - old) > ROUNDING)
    whole: np.ndarray | None = None
    shared = np.zeros((1, *shape[1:]), dtype=bool)
    for array in moved:
        if array.shape[0] == 1:
            shared |= array
        elif whole is None:
            whole = array
        else:
            whole |= array
    if whole is not None:
        return _Cells.at(np.flatnonzero(whole | shared), shape)
    flat = np.flatnonzero(shared)
    return _Cells.at((flat + shared.size * np.arange(shape[0])[:, None]).ravel(), shape)


def _changed(array: np.ndarray, place: np.ndarray, values: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.reshape(-1)[place] = values
    return array


def _rows(array: Floats) -> np.ndarray:
    """(g, k, n, i) to (k, r, i), contiguous."""
    groups, sectors, regions, exporters = array.shape
    return np.ascontiguousarray(array.transpose(1, 0, 2, 3)).reshape(sectors, groups * regions, exporters)
