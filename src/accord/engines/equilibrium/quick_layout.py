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

    def copied(self) -> Weights:
        """Return weights that can be written."""
        return Weights(self.seen.copy(), self.paid.copy(), self.before_duty.copy(), self.base_paid)

    def under(self, base: BaseEconomy, moved: Moved) -> Weights:
        """Return the weights under a scenario of the base they belong to.  Source: `equations.delivered_shares`."""
        cells, new, old = moved.cells, moved.new, moved.old
        if not cells.group.size:
            return self
        price = moved.real_price * (new.landed / old.landed * new.preference / old.preference)
        factor = moved.availability * price ** -base.technology.trade[cells.product]
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

    @classmethod
    def with_user(
        cls, group: int, old: GroupShares | None, region: int, user: int, bought: np.ndarray, regions: int
    ) -> GroupShares:
        """Return the shares of a group, if it has any, with those of one user in one region (k,) put anew."""
        users = np.zeros(0, dtype=int) if old is None else old.users
        share = np.zeros((regions, bought.size, 0)) if old is None else old.share
        place = int(np.searchsorted(users, user))
        if place < users.size and users[place] == user:
            share = share.copy()
        else:
            users, share = np.insert(users, place, user), np.insert(share, place, 0.0, axis=2)
        share[region, :, place] = bought
        return cls(group, users, share)


class Layout(NamedTuple):
    """One base, arranged.

    Attributes:
        output: Output at producer prices (n, j).
        weights: Weights of its sources.
        users: Cost shares of using sectors by group.
        buyers: Shares of products in final uses by group.
        wedges: Where its wedges are.
    """

    output: np.ndarray
    weights: Weights
    users: tuple[GroupShares, ...]
    buyers: tuple[GroupShares, ...]
    wedges: WedgesAt

    @classmethod
    def of(cls, base: BaseEconomy) -> Layout:
        """Arrange a base."""
        wedges, weights = WedgesAt.of(base.wedges, base.expenditure_share.shape), Weights.of(base)
        spending = _rows_of_products(base.expenditure) / weights.paid.sum(axis=2)
        sales = weights.before_duty * spending[..., None]
        product, row, exporter = wedges.renting
        sales[product, row, exporter] /= 1.0 + wedges.rent
        return cls(
            np.ascontiguousarray(sales.sum(axis=1).T),
            weights,
            GroupShares.of(base.input_share),
            GroupShares.of(base.final_share),
            wedges,
        )


class WedgesAt(NamedTuple):
    """Where a base or a scenario has wedges.

    Attributes:
        dutiable: Products with a duty or an importer's rent somewhere, booleans (k,).
        preferring: Rows whose perceived prices are not those paid (k, r), booleans.
        renting: Flows with an export rent (3, cells): k, r, i.
        rent: That rent (cells,).
    """

    dutiable: np.ndarray
    preferring: np.ndarray
    renting: tuple[np.ndarray, ...]
    rent: np.ndarray

    @classmethod
    def of(cls, wedges: Wedges, shape: tuple[int, ...]) -> WedgesAt:
        """Find the wedges of arrays of a shape (g, k, n, i)."""
        groups, sectors, regions, _ = shape
        duty = (wedges.tariff != 0.0).any(axis=(0, 2, 3)) | (wedges.import_rent != 0.0).any(axis=(0, 2, 3))
        preferring = np.zeros((sectors, groups * regions), dtype=bool)
        (product, row, _), _ = nonzero_flows(wedges.home_preference, groups)
        preferring[product, row] = True
        return cls(duty, preferring, *nonzero_flows(wedges.export_rent, groups))

    def under(self, moved: Moved) -> WedgesAt:
        """Return where a scenario has wedges: where its base has some, or where they moved."""
        cells, new = moved.cells, moved.new
        if not cells.group.size:
            return self
        dutiable, preferring = self.dutiable.copy(), self.preferring.copy()
        dutiable[cells.product[new.landed != 1.0]] = True
        chosen = new.preference != 1.0
        preferring[cells.product[chosen], cells.row[chosen]] = True
        product, row, exporter = self.renting
        whole = (*preferring.shape, cells.shape[3])
        place = np.ravel_multi_index((product, row, exporter), whole)
        kept, rented = ~np.isin(place, cells.place), new.rent != 1.0
        place = np.concatenate([place[kept], cells.place[rented]])
        rent = np.concatenate([self.rent[kept], new.rent[rented] - 1.0])
        return WedgesAt(dutiable, preferring, np.unravel_index(place, whole), rent)


def _rows_of_products(array: Floats) -> np.ndarray:
    """(g, k, n) to (k, r)."""
    return np.ascontiguousarray(array.transpose(1, 0, 2)).reshape(array.shape[1], -1)


class Cells(NamedTuple):
    """Some flows.

    Attributes:
        shape: (g, k, n, i).
        flat: Positions in arrays of that shape, ascending.
        shared: Positions in arrays (1, k, n, i), which stand for all groups.
        place: Positions in arrays (k, r, i).
        group: Group of each.
        product: Product of each.
        importer: Importer of each.
        row: Row r of each.
    """

    shape: tuple[int, ...]
    flat: np.ndarray
    shared: np.ndarray
    place: np.ndarray
    group: np.ndarray
    product: np.ndarray
    importer: np.ndarray
    row: np.ndarray

    @classmethod
    def at(cls, flat: np.ndarray, shape: tuple[int, ...]) -> Cells:
        """Return the flows at ascending positions in arrays of a shape (g, k, n, i)."""
        groups, sectors, regions, exporters = shape
        group, shared = np.divmod(flat, sectors * regions * exporters)
        flow, exporter = np.divmod(shared, exporters)
        product, importer = np.divmod(flow, regions)
        row = group * regions + importer
        place = (product * groups * regions + row) * exporters + exporter
        return cls(shape, flat, shared, place, group, product, importer, row)

    def of(self, array: Floats) -> np.ndarray:
        """Values of (g or 1, k, n, i)."""
        return np.ravel(array)[self.flat if array.shape[0] == self.shape[0] else self.shared]


class WedgeFactors(NamedTuple):
    """One plus each wedge on some cells: duty and importer's rent, export rent, home preference."""

    landed: np.ndarray
    rent: np.ndarray
    preference: np.ndarray

    @classmethod
    def of(cls, wedges: Wedges, cells: Cells) -> WedgeFactors:
        """Take the wedges (g or 1, k, n, i) of some cells."""
        tariff, import_rent, export_rent, preference = (1.0 + cells.of(rate) for rate in wedges)
        return cls(tariff * import_rent, export_rent, preference)


Recipes = dict[tuple[int, int], tuple[np.ndarray, np.ndarray]]
"""What producers spend at base prices on inputs (g, k) and factors (v,), for each unit of base cost, by region and using sector."""


def _changed_recipes(base: BaseEconomy, scenario: Scenario) -> Recipes:
    if scenario.input_cost is base.input_share and scenario.factor_cost is base.factor_share:
        return {}
    moved = (scenario.input_cost != base.input_share).any(axis=(1, 2))
    moved |= (scenario.factor_cost != base.factor_share).any(axis=1)
    return {
        (region, using): (scenario.input_cost[region, ..., using], scenario.factor_cost[region, :, using])
        for region, using in np.argwhere(moved).tolist()
    }


class Moved(NamedTuple):
    """Flows on which a scenario differs from its base, and recipes that do; of some it may not.

    Attributes:
        cells: The flows.
        new: Wedges of the scenario.
        old: Wedges of the base.
        trade_cost: Change of the iceberg cost.
        availability: One less embargo intensity.
        recipes: New recipes.
    """

    cells: Cells
    new: WedgeFactors
    old: WedgeFactors
    trade_cost: np.ndarray
    availability: np.ndarray
    recipes: Recipes

    @classmethod
    def between(cls, base: BaseEconomy, scenario: Scenario) -> Moved:
        """Find where a scenario differs from its base."""
        cells = _moved(base, scenario)
        new, old = (WedgeFactors.of(wedges, cells) for wedges in (scenario.wedges, base.wedges))
        costs, availability = cells.of(scenario.trade_cost_hat), cells.of(scenario.availability)
        return cls(cells, new, old, costs, availability, _changed_recipes(base, scenario))

    @property
    def real_price(self) -> np.ndarray:
        """Price before duty over the producer's, a change against the base."""
        return self.trade_cost * self.new.rent / self.old.rent

    def real_prices(self, product: int) -> np.ndarray:
        """The same for one product (r, i)."""
        groups, _, regions, exporters = self.cells.shape
        price = np.ones(groups * regions * exporters)
        own = self.cells.product == product
        price[self.cells.place[own] - product * price.size] = self.real_price[own]
        return price.reshape(-1, exporters)


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


def _moved(base: BaseEconomy, scenario: Scenario) -> Cells:
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
        return Cells.at(np.flatnonzero(whole | shared), shape)
    flat = np.flatnonzero(shared)
    return Cells.at((flat + shared.size * np.arange(shape[0])[:, None]).ravel(), shape)


def _changed(array: np.ndarray, place: np.ndarray, values: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.reshape(-1)[place] = values
    return array


def _rows(array: Floats) -> np.ndarray:
    """(g, k, n, i) to (k, r, i), contiguous."""
    groups, sectors, regions, exporters = array.shape
    return np.ascontiguousarray(array.transpose(1, 0, 2, 3)).reshape(sectors, groups * regions, exporters)
