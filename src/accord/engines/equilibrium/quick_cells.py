"""Flows on which economies or scenarios are other than their bases: lists of cells, and the wedges on them.

Draws of one programme select the same flows again and again, so what is found out about a list is kept.
Rows r are (group, importer) pairs: r = g n + importer. Numbers have an axis for economies behind (d); places are those of all of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Floats, Scenario, Wedges

ROUNDING = 1e-14
"""Difference of two rates that rounding makes: the flow is taken as unmoved."""


class Cells(NamedTuple):
    """Some flows.

    Attributes:
        shape: (g, k, n, i).
        flat: Positions in arrays of that shape, ascending.
        shared: Positions in arrays (1, k, n, i), which stand for all groups.
        place: Positions in arrays (k, r, i).
        row_place: Positions in arrays (k, r).
        group: Group of each.
        product: Product of each.
        importer: Importer of each.
        exporter: Exporter of each.
        row: Row r of each.
    """

    shape: tuple[int, ...]
    flat: np.ndarray
    shared: np.ndarray
    place: np.ndarray
    row_place: np.ndarray
    group: np.ndarray
    product: np.ndarray
    importer: np.ndarray
    exporter: np.ndarray
    row: np.ndarray

    @classmethod
    def at(cls, flat: np.ndarray, shape: tuple[int, ...]) -> Cells:
        """Return the flows at ascending positions in arrays of a shape (g, k, n, i)."""
        groups, sectors, regions, exporters = shape
        group, shared = np.divmod(flat, sectors * regions * exporters)
        flow, exporter = np.divmod(shared, exporters)
        product, importer = np.divmod(flow, regions)
        row = group * regions + importer
        row_place = product * groups * regions + row
        place = row_place * exporters + exporter
        return cls(shape, flat, shared, place, row_place, group, product, importer, exporter, row)

    def of(self, array: Floats) -> np.ndarray:
        """Values (c,) of (g or 1, k, n, i)."""
        return np.ravel(array)[self.flat if array.shape[0] == self.shape[0] else self.shared]


@lru_cache(maxsize=64)
def united(first: bytes, second: bytes, shape: tuple[int, ...]) -> tuple[Cells, np.ndarray, np.ndarray]:
    """Return the flows that are in either list of ascending positions, where the first stand among them, and where the others do.

    Draws of one programme have the same lists again and again.
    """
    flat, more = (np.frombuffer(part, dtype=np.intp) for part in (first, second))
    both = np.union1d(flat, more)
    old = np.searchsorted(both, flat)
    new = np.ones(both.size, dtype=bool)
    new[old] = False
    return Cells.at(both, shape), old, np.flatnonzero(new)


def within(cells: Cells, flat: np.ndarray) -> np.ndarray | None:
    """Return where flows at ascending positions (g, k, n, i) stand among some cells, or None where some are not among them."""
    # Draws ask again and again about the very same lists: knowing them by identity saves reading them through.
    key = id(cells.flat), id(flat)
    known = _WITHIN.get(key)
    if known is None or known[0] is not cells.flat or known[1] is not flat:
        if len(_WITHIN) >= KEPT:
            _WITHIN.clear()
        known = _WITHIN[key] = (cells.flat, flat, _within(cells.flat.tobytes(), flat.tobytes()))
    return known[2]


_WITHIN: dict[tuple[int, int], tuple[np.ndarray, np.ndarray, np.ndarray | None]] = {}
KEPT = 256
"""Pairs of lists whose places are kept."""


@lru_cache(maxsize=256)
def _within(cells: bytes, flat: bytes) -> np.ndarray | None:
    those, asked = (np.frombuffer(part, dtype=np.intp) for part in (cells, flat))
    place = np.searchsorted(those, asked)
    there = (
        (place < those.size) & (those[np.minimum(place, those.size - 1)] == asked)
        if those.size
        else asked < 0
    )
    return place if np.all(there) else None


class UnlikeError(Exception):
    """Economies that stand side by side turn out to differ in more than numbers.

    Attributes:
        kinds: What sets them apart, one number for each economy (d,).
    """

    def __init__(self, kinds: np.ndarray) -> None:
        super().__init__("they differ in more than numbers")
        self.kinds = kinds


def alike(flags: np.ndarray) -> np.ndarray:
    """Booleans (..., d) that are the same in every economy, as (...); an `UnlikeError` where they are not."""
    first = flags[..., 0]
    if np.any(flags != first[..., None]):
        _, kinds = np.unique(flags.reshape(-1, flags.shape[-1]), axis=1, return_inverse=True)
        raise UnlikeError(np.ravel(kinds))
    return first


class WedgeFactors(NamedTuple):
    """One plus each wedge on some cells (c, d): duty and importer's rent, export rent, home preference."""

    landed: np.ndarray
    rent: np.ndarray
    preference: np.ndarray

    @classmethod
    def of(cls, wedges: Wedges, cells: Cells) -> WedgeFactors:
        """Take the wedges (g or 1, k, n, i) of some cells, of one economy."""
        return cls.on(Wedges(*(cells.of(rate)[:, None] for rate in wedges)))

    @classmethod
    def on(cls, rates: Wedges) -> WedgeFactors:
        """Return the factors of rates (c, d)."""
        tariff, import_rent, export_rent, preference = (1.0 + rate for rate in rates)
        return cls(tariff * import_rent, export_rent, preference)


class WedgesAt(NamedTuple):
    """Where bases or scenarios have wedges.

    Attributes:
        dutiable: Products with a duty or an importer's rent somewhere, booleans (k,).
        preferring: Rows whose perceived prices are not those paid, booleans (k, r); in some of the economies.
        renting: Flows with an export rent (3, cells): k, r, i; in some of the economies.
        rent: That rent (cells, d).
    """

    dutiable: np.ndarray
    preferring: np.ndarray
    renting: tuple[np.ndarray, ...]
    rent: np.ndarray

    @classmethod
    def of(cls, wedges: Wedges, shape: tuple[int, ...]) -> WedgesAt:
        """Find the wedges of arrays of a shape (g, k, n, i), of one economy."""
        groups, sectors, regions, _ = shape
        duty = (wedges.tariff != 0.0).any(axis=(0, 2, 3)) | (wedges.import_rent != 0.0).any(axis=(0, 2, 3))
        preferring = np.zeros((sectors, groups * regions), dtype=bool)
        (product, row, _), _ = nonzero_flows(wedges.home_preference, groups)
        preferring[product, row] = True
        renting, rent = nonzero_flows(wedges.export_rent, groups)
        return cls(duty, preferring, renting, rent[:, None])

    def under(self, cells: Cells, new: WedgeFactors) -> WedgesAt:
        """Return where scenarios have wedges: where their bases have some, or where some cells have other ones."""
        if not cells.group.size:
            return self
        dutiable, preferring = self.dutiable.copy(), self.preferring.copy()
        # Sums over products without any duty leave rounding, so that the same ones have to be left out of all economies.
        product, (many,) = cells.product, new.landed.shape[1:]
        bears = np.zeros((dutiable.size, many), dtype=bool)
        cell, economy = np.nonzero(new.landed != 1.0)
        bears[product[cell], economy] = True
        dutiable |= alike(bears | dutiable[:, None])
        chosen = (new.preference != 1.0).any(axis=1)
        preferring[product[chosen], cells.row[chosen]] = True
        product, row, exporter = self.renting
        group, importer = np.divmod(row, cells.shape[2])
        place = np.ravel_multi_index((group, product, importer, exporter), cells.shape)
        at = np.minimum(np.searchsorted(cells.flat, place), cells.flat.size - 1)
        kept, rented = cells.flat[at] != place, np.flatnonzero((new.rent != 1.0).any(axis=1))
        renting = tuple(
            np.concatenate([old[kept], own[rented]])
            for old, own in zip(self.renting, (cells.product, cells.row, cells.exporter), strict=True)
        )
        before = np.broadcast_to(self.rent[kept], (int(kept.sum()), many))
        return WedgesAt(dutiable, preferring, renting, np.concatenate([before, new.rent[rented] - 1.0]))


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


Recipes = dict[tuple[int, int], tuple[np.ndarray, np.ndarray]]
"""What producers spend at base prices on inputs (g, k, d) and factors (v, d), for each unit of base cost, by region and using sector."""


def _changed_recipes(base: BaseEconomy, scenario: Scenario) -> Recipes:
    if scenario.input_cost is base.input_share and scenario.factor_cost is base.factor_share:
        return {}
    moved = (scenario.input_cost != base.input_share).any(axis=(1, 2))
    moved |= (scenario.factor_cost != base.factor_share).any(axis=1)
    return {
        (region, using): (
            scenario.input_cost[region, ..., using][..., None],
            scenario.factor_cost[region, :, using][:, None],
        )
        for region, using in np.argwhere(moved).tolist()
    }


class Moved(NamedTuple):
    """Flows on which scenarios differ from their bases, and recipes that do; some may not.

    Attributes:
        cells: The flows.
        new: Wedges of the scenario.
        old: Wedges of the base.
        trade_cost: Change of the iceberg cost (c, d).
        availability: One less embargo intensity (c, d).
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
        """Find where a scenario differs from its base, of one economy."""
        cells = _moved(base, scenario)
        new, old = (WedgeFactors.of(wedges, cells) for wedges in (scenario.wedges, base.wedges))
        costs, availability = (
            cells.of(array)[:, None] for array in (scenario.trade_cost_hat, scenario.availability)
        )
        return cls(cells, new, old, costs, availability, _changed_recipes(base, scenario))

    @property
    def real_price(self) -> np.ndarray:
        """Price before duty over the producer's, a change against the base (c, d)."""
        return self.trade_cost * self.new.rent / self.old.rent

    def real_prices(self, product: int) -> np.ndarray:
        """The same for one product (r, i, d)."""
        groups, _, regions, exporters = self.cells.shape
        flows, many = groups * regions * exporters, self.trade_cost.shape[1]
        price = np.ones((flows, many))
        own = self.cells.product == product
        price[self.cells.place[own] - product * flows] = self.real_price[own]
        return price.reshape(-1, exporters, many)


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
