"""Weights of sources for `quick.System`: what users of each group buy from whom.

Economies that are drawn around one World differ from it on few flows and in how some users are divided between groups; all else they
share. So weights are kept as what sets of users buy in the World (`Sources`), which many economies read at once, how groups are made of
those sets, and the cells that are of one economy alone.

Weights count up to a factor for each row, which cancels in shares and is part of `level` in prices.
Rows r are (group, importer) pairs: r = g n + importer. What is of one economy alone has an axis for economies behind (d).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Floats
from accord.engines.equilibrium.quick_cells import Cells, Moved, united, within
from accord.engines.equilibrium.quick_sums import by_row


class Sources(NamedTuple):
    """What sets of users buy from whom (k, g n + a n, i): at user prices, and before duty.

    The first g sets are the users that are wholly in one group, by group; the other a are users divided between groups.
    """

    paid: np.ndarray
    before_duty: np.ndarray


class Mixture(NamedTuple):
    """How divided users belong to groups: entry p says that share `weight` (p, d) of divided user `part` (p,) belongs to `group` (p,)."""

    group: np.ndarray
    part: np.ndarray
    weight: np.ndarray

    @classmethod
    def whole(cls, many: int = 1) -> Mixture:
        """Return that of undivided users, in some economies."""
        none = np.zeros(0, dtype=int)
        return cls(none, none, np.zeros((0, many)))

    def of(self, array: Floats, groups: int, regions: int) -> np.ndarray:
        """Sum (k, g n + a n, ...) to groups: (k, g n, ..., d)."""
        rows = array[:, : groups * regions, ..., None]
        mixed = np.repeat(rows, self.weight.shape[1], axis=-1)
        for group, part, weight in zip(*self, strict=True):
            mixed[:, rows_of(group, regions)] += array[:, rows_of(groups + part, regions), ..., None] * weight
        return mixed

    def sum(self, entries: np.ndarray) -> np.ndarray:
        """What `by_entry` gives (2, 1 + p, c), added up: (2, c, d)."""
        found = np.repeat(entries[:, 0, :, None], self.weight.shape[1], axis=-1)
        for place, weight in enumerate(self.weight, start=1):
            there = np.flatnonzero(entries[:, place].any(axis=0))
            found[:, there] += entries[:, place, there, None] * weight
        return found

    def of_some(self, chosen: np.ndarray) -> Mixture:
        """Return that of some of the economies."""
        return self._replace(weight=of_economies(self.weight, chosen))


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


def of_economies(array: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Columns of some economies.

    Always in rows, as `array[..., chosen]` is not: BLAS and sums take another way through columns that lie otherwise, and an economy's
    bytes would depend on when those beside it were done.
    """
    return np.take(array, chosen, axis=-1)


def rows_of(part: int, regions: int) -> slice:
    """Rows (k, r) of one group or set of users."""
    return slice(part * regions, (part + 1) * regions)


class Weights(NamedTuple):
    """Weights of sources (k, r, i), and the price level at which users perceive them in the base.

    Attributes:
        sources: What sets of users buy.
        mixture: How groups are made of them.
        column: Log of a factor on all that an exporter sells of a product (k, i, d).
        level: Log price index less -log(sum of weights as seen) / theta + log(sum paid / sum seen) in the base (k, r, d).
        cells: Flows whose weights are not those of the sources.
        content: Weights that sources have there: paid, before duty (2, c, d).
        value: Weights that hold there: at perceived prices, paid, before duty (3, c, d). Column factors are not in them.
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
        """Return the weights of one base."""
        share = base.expenditure_share
        unbought = ~np.any(share, axis=3, keepdims=True)
        # What nobody buys is sourced at home, so that it has a price.
        paid = np.where(unbought, np.eye(share.shape[3]), share)
        sources = Sources(_rows(paid), _rows(paid / base.wedges.landed_factor))
        preferred = np.broadcast_to(base.wedges.home_preference, share.shape)
        cells = Cells.at(np.flatnonzero(preferred), share.shape)
        content = np.stack([array.ravel()[cells.place] for array in sources])[..., None]
        value = np.stack([content[0] * (1.0 + preferred.ravel()[cells.flat, None]), *content])
        mixture = Mixture.whole()
        column = np.zeros((share.shape[1], share.shape[3], 1))
        paid_sum = sources.paid.sum(axis=2)[..., None]
        without = cls(sources, mixture, column, np.zeros(paid_sum.shape), cells, content, value)
        return without.levelled(paid_sum, np.asarray(base.technology.trade)[:, None])

    def levelled(self, paid_sum: np.ndarray, theta: np.ndarray) -> Weights:
        """Return the weights of bases whose price indices are one.

        Args:
            paid_sum: Sums of the sources' weights at user prices by row (k, r, d).
            theta: Trade elasticities (k, d).
        """
        rows, size = by_row(self.cells), paid_sum.shape[-1]
        seen_sum, paid_sum = paid_sum.copy(), paid_sum.copy()
        rows.add(seen_sum.reshape(-1, size), self.value[0] - self.content[0])
        rows.add(paid_sum.reshape(-1, size), self.value[1] - self.content[0])
        return self._replace(level=_level(seen_sum, paid_sum, theta))

    def including(self, flat: np.ndarray) -> Weights:
        """Return the same weights with further flows, at ascending positions (g, k, n, i), among the cells."""
        place = within(self.cells, flat)
        if place is not None:
            return self
        shape = self.cells.shape
        cells, old, new = united(self.cells.flat.tobytes(), flat.tobytes(), shape)
        content = np.empty((2, cells.flat.size, self.content.shape[2]))
        content[:, old] = self.content
        added = Cells.at(cells.flat[new], shape)
        content[:, new] = self.mixture.sum(by_entry(self.sources, self.mixture, added))
        value = content[[0, 0, 1]]
        value[:, old] = self.value
        return self._replace(cells=cells, content=content, value=value)

    def under(self, base: BaseEconomy, moved: Moved) -> Weights:
        """Return the weights under scenarios of the bases they belong to.  Source: `equations.delivered_shares`."""
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
        """Return the weights of the bases that equilibria of these weights are.

        Args:
            column: Logs of columns (k, i, d).
            seen_sum: Sums of weights at perceived prices (k, r, d).
            paid_sum: The same at user prices.
            theta: Trade elasticities (k, d).
        """
        return self._replace(column=column, level=_level(seen_sum, paid_sum, theta))

    def of_some(self, chosen: np.ndarray) -> Weights:
        """Return those of some of the economies."""
        parts = (of_economies(part, chosen) for part in (self.column, self.level, self.content, self.value))
        column, level, content, value = parts
        mixture = self.mixture.of_some(chosen)
        return self._replace(mixture=mixture, column=column, level=level, content=content, value=value)

    def of_products(self, products: Sequence[int] | None = None) -> np.ndarray:
        """Weights at perceived prices, paid and before duty (3, k, r, i, d) of some products, or of all; column factors not in them."""
        groups, sectors, regions, exporters = self.cells.shape
        if products is not None and not len(products):
            return np.zeros((3, 0, groups * regions, exporters, self.content.shape[2]))
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
    level = np.log(seen_sum) / theta[:, None]
    apart = paid_sum != seen_sum  # few rows, and logs are slow
    level[apart] -= np.log(paid_sum[apart] / seen_sum[apart])
    return level


def _rows(array: Floats) -> np.ndarray:
    """(g, k, n, i) to (k, r, i), contiguous."""
    groups, sectors, regions, exporters = array.shape
    return np.ascontiguousarray(array.transpose(1, 0, 2, 3)).reshape(sectors, groups * regions, exporters)
