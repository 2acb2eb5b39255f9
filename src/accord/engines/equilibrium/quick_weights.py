"""Weights of sources for `quick.System`: what users of each group buy from whom.

Economies that are drawn around one World differ from it on few flows and in how some users are divided between groups; all else they
share. So weights are kept as what sets of users buy in the World (`Sources`), which many economies read at once, how groups are made of
those sets, and the cells that are of one economy alone.

Weights count up to a factor for each row, which cancels in shares and is part of `level` in prices.
Rows r are (group, importer) pairs: r = g n + importer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Floats
from accord.engines.equilibrium.quick_cells import Cells, Moved, united, within


class Sources(NamedTuple):
    """What sets of users buy from whom (k, g n + a n, i): at user prices, and before duty.

    The first g sets are the users that are wholly in one group, by group; the other a are users divided between groups.
    """

    paid: np.ndarray
    before_duty: np.ndarray


class Mixture(NamedTuple):
    """How divided users belong to groups: entry p says that share `weight` (p,) of divided user `part` (p,) belongs to `group` (p,)."""

    group: np.ndarray
    part: np.ndarray
    weight: np.ndarray

    @classmethod
    def whole(cls) -> Self:
        """Return that of undivided users."""
        none = np.zeros(0, dtype=int)
        return cls(none, none, np.zeros(0))

    def of(self, array: Floats, groups: int, regions: int) -> np.ndarray:
        """Sum (k, g n + a n, ...) to groups: (k, g n, ...)."""
        mixed = array[:, : groups * regions].copy()
        for group, part, weight in zip(*self, strict=True):
            mixed[:, rows_of(group, regions)] += weight * array[:, rows_of(groups + part, regions)]
        return mixed

    def sum(self, entries: np.ndarray) -> np.ndarray:
        """What `by_entry` gives (2, 1 + p, c), added up: (2, c)."""
        return np.tensordot(np.append(1.0, self.weight), entries, axes=(0, 1))


def by_entry(sources: Sources, mixture: Mixture, cells: Cells) -> np.ndarray:
    """Return what users wholly in a group have in cells of it, and then what users of each entry of the mixture have there.

    At user prices and before duty, (2, 1 + p, c); an entry's weight is not in them.
    """
    groups, _, regions, _ = cells.shape
    found = np.zeros((2, 1 + mixture.part.size, cells.flat.size))
    for place, array in enumerate(sources):
        found[place, 0] = array[cells.product, cells.row, cells.exporter]
        for entry, (group, part) in enumerate(zip(mixture.group, mixture.part, strict=True), start=1):
            own = np.flatnonzero(cells.group == group)
            row = (groups + part) * regions + cells.importer[own]
            found[place, entry, own] = array[cells.product[own], row, cells.exporter[own]]
    return found


def rows_of(part: int, regions: int) -> slice:
    """Rows (k, r) of one group or set of users."""
    return slice(part * regions, (part + 1) * regions)


class Weights(NamedTuple):
    """Weights of sources (k, r, i), and the price level at which users perceive them in the base.

    Attributes:
        sources: What sets of users buy.
        mixture: How groups are made of them.
        column: Log of a factor on all that an exporter sells of a product (k, i).
        level: Log price index less -log(sum of weights as seen) / theta + log(sum paid / sum seen) in the base (k, r).
        cells: Flows whose weights are not those of the sources.
        content: Weights that sources have there: paid, before duty (2, c).
        value: Weights that hold there: at perceived prices, paid, before duty (3, c). Column factors are not in them.
    """

    sources: Sources
    mixture: Mixture
    column: np.ndarray
    level: np.ndarray
    cells: Cells
    content: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, base: BaseEconomy) -> Weights:
        """Return the weights of a base."""
        share = base.expenditure_share
        unbought = ~np.any(share, axis=3, keepdims=True)
        # What nobody buys is sourced at home, so that it has a price.
        paid = np.where(unbought, np.eye(share.shape[3]), share)
        sources = Sources(_rows(paid), _rows(paid / base.wedges.landed_factor))
        preferred = np.broadcast_to(base.wedges.home_preference, share.shape)
        cells = Cells.at(np.flatnonzero(preferred), share.shape)
        content = np.stack([array.ravel()[cells.place] for array in sources])
        value = np.stack([content[0] * (1.0 + preferred.ravel()[cells.flat]), *content])
        mixture = Mixture.whole()
        column = np.zeros((share.shape[1], share.shape[3]))
        without = cls(sources, mixture, column, np.zeros(sources.paid.shape[:2]), cells, content, value)
        return without.levelled(sources.paid.sum(axis=2), base.technology.trade)

    def levelled(self, paid_sum: np.ndarray, theta: np.ndarray) -> Weights:
        """Return the weights of a base whose price indices are one.

        Args:
            paid_sum: Sums of the sources' weights at user prices by row (k, r).
            theta: Trade elasticities (k,).
        """
        rows = self.cells.row_place
        seen_sum, paid_sum = paid_sum.copy(), paid_sum.copy()
        np.add.at(seen_sum.reshape(-1), rows, self.value[0] - self.content[0])
        np.add.at(paid_sum.reshape(-1), rows, self.value[1] - self.content[0])
        return self._replace(level=_level(seen_sum, paid_sum, theta))

    def including(self, flat: np.ndarray) -> Weights:
        """Return the same weights with further flows, at ascending positions (g, k, n, i), among the cells."""
        place = within(self.cells, flat)
        if place is not None:
            return self
        shape = self.cells.shape
        cells, old, new = united(self.cells.flat.tobytes(), flat.tobytes(), shape)
        content = np.empty((2, cells.flat.size))
        content[:, old] = self.content
        added = Cells.at(cells.flat[new], shape)
        content[:, new] = self.mixture.sum(by_entry(self.sources, self.mixture, added))
        value = content[[0, 0, 1]]
        value[:, old] = self.value
        return self._replace(cells=cells, content=content, value=value)

    def under(self, base: BaseEconomy, moved: Moved) -> Weights:
        """Return the weights under a scenario of the base they belong to.  Source: `equations.delivered_shares`."""
        cells, new, old = moved.cells, moved.new, moved.old
        if not cells.group.size:
            return self
        weights = self.including(cells.flat)
        price = moved.real_price * (new.landed / old.landed * new.preference / old.preference)
        factor = moved.availability * price ** -base.technology.trade[cells.product]
        bought = base.expenditure[cells.group, cells.product, cells.importer] > 0.0
        place, value = within(weights.cells, cells.flat), weights.value.copy()
        seen = value[0, place] * np.where(bought, factor, 1.0)
        paid = seen / new.preference
        value[:, place] = seen, paid, paid / new.landed
        return weights._replace(value=value)

    def after(
        self, column: np.ndarray, seen_sum: np.ndarray, paid_sum: np.ndarray, theta: np.ndarray
    ) -> Weights:
        """Return the weights of the base that an equilibrium of these weights is, at logs of columns (k, i) and sums of weights (k, r)."""
        return self._replace(column=column, level=_level(seen_sum, paid_sum, theta))

    def of_products(self, products: Sequence[int] | None = None) -> np.ndarray:
        """Weights at perceived prices, paid and before duty (3, k, r, i) of some products, or of all; column factors not in them."""
        groups, sectors, regions, exporters = self.cells.shape
        if products is not None and not len(products):
            return np.zeros((3, 0, groups * regions, exporters))
        chosen = np.arange(sectors) if products is None else np.array(products, dtype=int)
        paid, before_duty = (self.mixture.of(array[chosen], groups, regions) for array in self.sources)
        weights = np.stack([paid, paid, before_duty])
        at = np.full(sectors, -1)
        at[chosen] = np.arange(chosen.size)
        own = np.flatnonzero(at[self.cells.product] >= 0)
        row, exporter = self.cells.row[own], self.cells.exporter[own]
        weights[:, at[self.cells.product[own]], row, exporter] = self.value[:, own]
        return weights


def _level(seen_sum: np.ndarray, paid_sum: np.ndarray, theta: np.ndarray) -> np.ndarray:
    return np.log(seen_sum) / theta[:, None] - np.log(paid_sum / seen_sum)


def _rows(array: Floats) -> np.ndarray:
    """(g, k, n, i) to (k, r, i), contiguous."""
    groups, sectors, regions, exporters = array.shape
    return np.ascontiguousarray(array.transpose(1, 0, 2, 3)).reshape(sectors, groups * regions, exporters)
