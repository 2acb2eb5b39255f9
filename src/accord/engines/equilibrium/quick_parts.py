"""What `quick_together` evaluates together: cells, divided users and recipes of several systems, which stand in the last axis.

Axes: k products, n regions, r = (group, importer) rows, i exporters, c cells, a divided users, d systems.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from accord.engines.equilibrium.quick import System
from accord.engines.equilibrium.quick_layout import GroupShares
from accord.engines.equilibrium.quick_supports import Supports
from accord.engines.equilibrium.quick_weights import Mixture, rows_of


class CellsTogether:
    """Cells in which systems differ from the sources they share: what is there less what the sources have there.

    Attributes:
        row: Row of each cell (c,), among (k, r).
        source: Exporter of each cell (c,), among (k, i).
        seen: At perceived prices (c, d).
        unseen: What is paid less what is perceived (c', d), in the cells `unseen_at`.
        before_duty: Before duty (c, d).
        rows: Adds cells up by row.
        unseen_rows: The same of the cells `unseen_at`.
        sources: Adds cells up by exporter.
        importers: Adds cells of products that bear duty somewhere up by importer.
    """

    def __init__(self, systems: Sequence[System]) -> None:
        first = systems[0]
        cells = first.weights.cells
        groups, sectors, regions, exporters = cells.shape
        value = np.stack([system.weights.value for system in systems], axis=-1)
        content = np.stack([system.weights.content for system in systems], axis=-1)
        # Supports fall on some later; what is nowhere different is left out.
        used = np.any(value != content[[0, 0, 1]], axis=(0, 2))
        cell = first.supported.cell
        supported = np.ravel_multi_index(
            (*first.supported.row[:, cell[0]], cell[1]), (sectors, groups * regions, exporters)
        )
        used |= np.isin(cells.place, supported)
        chosen = np.flatnonzero(used)
        # By row, and then by source.
        chosen = chosen[np.argsort(cells.place[chosen])]
        self._shape = sectors, groups * regions, exporters
        self._place = cells.place[chosen]
        self.row = cells.row_place[chosen]
        self.source = cells.product[chosen] * exporters + cells.exporter[chosen]
        self._content = np.take(content, chosen, axis=1)
        value = np.take(value, chosen, axis=1)
        self.seen = value[0] - self._content[0]
        self.before_duty = value[2] - self._content[1]
        product, every = cells.product[chosen], np.arange(chosen.size)
        dutiable = np.flatnonzero((product >= first.dutiable.start) & (product < first.dutiable.stop))
        self.rows = _Adding.of(self.row, every, chosen.size)
        self.sources = _Adding.of(self.source, every, chosen.size)
        self.importers = _Adding.of(cells.importer[chosen][dutiable], dutiable, chosen.size)
        self._supported: tuple[np.ndarray, np.ndarray] = np.zeros(0, dtype=int), np.zeros(0, dtype=int)
        unseen = np.any(value[0] != value[1], axis=1) | np.isin(self._place, supported)
        self.unseen_at = np.flatnonzero(unseen)
        self.unseen = (value[1] - value[0])[self.unseen_at]
        own = np.arange(self.unseen_at.size)
        self.unseen_rows = _Adding.of(self.row[self.unseen_at], own, own.size)

    def of_some(self, chosen: np.ndarray) -> CellsTogether:
        """Return those of some systems; room for supports is to be given anew."""
        some = copy(self)
        for name in ("seen", "unseen", "before_duty", "_content"):
            setattr(some, name, of_systems(getattr(self, name), chosen))
        return some

    def give_room(self, supports: Supports) -> None:
        """Find the cells that supports fall on."""
        whole = supports.cells
        p, exporter = whole.cell
        product, row = whole.row[:, p]
        place = np.ravel_multi_index((product, row, exporter), self._shape)
        self._supported = np.searchsorted(self._place, np.atleast_1d(place)), supports.system[p]

    def put(self, supports: Supports) -> None:
        """Take weights with supports, after `Supports.put`."""
        at, system = self._supported
        self.seen[at, system] = supports.seen - self._content[0][at, system]
        self.before_duty[at, system] = supports.before_duty - self._content[1][at, system]
        self.unseen[np.searchsorted(self.unseen_at, at), system] = supports.paid - supports.seen

    def before_duty_at(
        self, product: np.ndarray, row: np.ndarray, exporter: np.ndarray, system: np.ndarray
    ) -> np.ndarray:
        """What cells have before duty beyond the sources at some flows of some systems; zero where there is no cell."""
        found = np.zeros(product.size)
        if self._place.size:
            place = np.ravel_multi_index((product, row, exporter), self._shape)
            at = np.minimum(np.searchsorted(self._place, place), self._place.size - 1)
            there = self._place[at] == place
            found[there] = self.before_duty[at[there], system[there]]
        return found


class _Adding(NamedTuple):
    """Adds cells up by the entry that each belongs to: one or zero (entries, c), and the entries."""

    member: csr_matrix
    entries: np.ndarray

    @classmethod
    def of(cls, entry: np.ndarray, cell: np.ndarray, cells: int) -> _Adding:
        """Return what adds up some of the cells, each by its entry."""
        entries, place = np.unique(entry, return_inverse=True)
        member = csr_matrix((np.ones(cell.size), (place, cell)), shape=(entries.size, cells))
        return cls(member, entries)

    def add(self, sums: np.ndarray, values: np.ndarray) -> None:
        """Add values (c, d) to the sums (entries, d) they belong to."""
        if self.entries.size:
            sums[self.entries] += self.member @ values

    def change(self, sums: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The same of what is positive and stays so; return the smallest share of a sum that is left in each system (d,)."""
        if not self.entries.size:
            return np.ones(sums.shape[1])
        before = sums[self.entries]
        after = before + self.member @ values
        sums[self.entries] = after
        return np.min(np.divide(after, before, out=np.ones_like(after), where=before > 0.0), axis=0)


class Room(NamedTuple):
    """Room for what one evaluation computes and the next computes anew: by row (k, r, d), and for divided users (k, a n, d)."""

    seen_sum: np.ndarray
    paid_sum: np.ndarray
    log_index: np.ndarray
    per_weight: np.ndarray
    divided: np.ndarray

    @classmethod
    def of(cls, rows: tuple[int, ...], divided: tuple[int, ...]) -> Room:
        """Return room for arrays of these shapes."""
        by_row = [np.empty(rows) for _ in range(4)]
        return cls(by_row[0], by_row[1], by_row[2], by_row[3], np.empty(divided))


class Mixing(NamedTuple):
    """`Mixture` of several systems: weights (p, d)."""

    groups: int
    regions: int
    group: np.ndarray
    part: np.ndarray
    weight: np.ndarray

    @classmethod
    def of_mixtures(cls, mixtures: Sequence[Mixture], groups: int, regions: int) -> Mixing:
        """Return mixtures that differ in weights alone."""
        weight = beside([own.weight for own in mixtures])
        return cls(groups, regions, mixtures[0].group, mixtures[0].part, weight)

    def of(
        self, source: np.ndarray, competitive: np.ndarray, sums: np.ndarray, divided: np.ndarray
    ) -> np.ndarray:
        """Sums (k, r, d) of sources (k, g n + a n, i) times (k, i, d), put into `sums`, with room for those of divided users."""
        rows = sums.shape[1]
        np.matmul(source[:, :rows], competitive, out=sums)
        if self.part.size:
            np.matmul(source[:, rows:], competitive, out=divided)
            for group, part, weight in zip(self.group, self.part, self.weight, strict=True):
                sums[:, rows_of(group, self.regions)] += weight * divided[:, rows_of(part, self.regions)]
        return sums

    def parts(self, source: np.ndarray, per_weight: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Sources of undivided users (k, r, i) and of divided ones (k, a n, i), each with what (k, r, d) is for them."""
        sectors, rows, count = per_weight.shape
        own = np.zeros((sectors, source.shape[1] - rows, count))
        for group, part, weight in zip(self.group, self.part, self.weight, strict=True):
            own[:, rows_of(part, self.regions)] += weight * per_weight[:, rows_of(group, self.regions)]
        return (source[:, :rows], per_weight), (source[:, rows:], own)

    def at(
        self,
        source: np.ndarray,
        product: np.ndarray,
        row: np.ndarray,
        exporter: np.ndarray,
        system: np.ndarray,
    ) -> np.ndarray:
        """Weights (k, g n + a n, i) mixed, at some flows (k, r, i) of some systems."""
        group, importer = np.divmod(row, self.regions)
        found = source[product, row, exporter]
        for of, part, weight in zip(self.group, self.part, self.weight, strict=True):
            own = np.flatnonzero(group == of)
            at = (self.groups + part) * self.regions + importer[own]
            found[own] += weight[system[own]] * source[product[own], at, exporter[own]]
        return found


class SharesTogether(NamedTuple):
    """`GroupShares` of several systems: `scale` has an axis for systems behind, `own` in front (d, n', k, u')."""

    group: int
    users: np.ndarray
    shared: np.ndarray
    scale: np.ndarray
    own: np.ndarray

    @classmethod
    def of(cls, several: Sequence[GroupShares]) -> SharesTogether:
        """Return the shares of one group in several systems."""
        first = several[0]
        scale, own = beside([part.scale for part in several]), np.stack([part.own for part in several])
        return cls(first.group, first.users, first.shared, scale, own)

    @classmethod
    def by_group(cls, several: Sequence[tuple[GroupShares, ...]]) -> tuple[SharesTogether, ...]:
        """Return the shares of several systems by group."""
        return tuple(cls.of([own[place] for own in several]) for place in range(len(several[0])))

    def of_some(self, chosen: np.ndarray) -> SharesTogether:
        """Return those of some systems."""
        return self._replace(scale=of_systems(self.scale, chosen), own=self.own[chosen])

    def prices(self, log_index: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Log prices (n, u', d) of what users buy through the group, from those of products (n, k, d)."""
        price = self.shared.swapaxes(1, 2) @ log_index
        price *= self.scale
        if own.size:
            by_system = np.ascontiguousarray(log_index[own].transpose(2, 0, 1))[:, :, None]
            price[own] = (by_system @ self.own)[:, :, 0].transpose(1, 2, 0)
        return price

    def purchases(self, spending: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Purchases (n, k, d) through the group of users that spend (n, u', d)."""
        bought = self.shared @ (spending * self.scale)
        if own.size:
            by_system = np.ascontiguousarray(spending[own].transpose(2, 0, 1))[..., None]
            bought[own] = (self.own @ by_system)[..., 0].transpose(1, 2, 0)
        return bought


def beside(several: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays of several systems, with an axis for systems behind."""
    return np.stack(several, axis=-1)


def of_systems(array: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Columns of some systems.

    Always in rows, as `array[..., chosen]` is not: BLAS and sums take another way through columns that lie otherwise, and a system's
    bytes would depend on when those beside it were done.
    """
    return np.take(array, chosen, axis=-1)


def in_one_list(several: Sequence[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Lists of several systems, one behind the other, and the system of each entry before them."""
    system = np.repeat(np.arange(len(several)), [own[0].size for own in several])
    return (system, *(np.concatenate(parts) for parts in zip(*several, strict=True)))
