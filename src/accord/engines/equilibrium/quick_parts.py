"""What `quick_together` evaluates together: cells, divided users and short lists of several systems, which stand in the last axis.

Axes: k products, n regions, r = (group, importer) rows, i exporters, c cells, e entries of a list, a divided users, d economies.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.quick import System
from accord.engines.equilibrium.quick_layout import GroupShares
from accord.engines.equilibrium.quick_sums import Adding
from accord.engines.equilibrium.quick_supports import Supports
from accord.engines.equilibrium.quick_weights import Mixture, of_economies, rows_of


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
        value = joined([system.weights.value for system in systems])
        content = joined([system.weights.content for system in systems])
        # Supports fall on some later; what is nowhere different is left out.
        used = (value[0] != content[0]).any(axis=1)
        for place, source in ((1, 0), (2, 1)):
            used |= (value[place] != content[source]).any(axis=1)
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
        seen, paid, before_duty = (part[chosen] for part in value)
        self.seen = seen - self._content[0]
        self.before_duty = before_duty - self._content[1]
        product, every = cells.product[chosen], np.arange(chosen.size)
        dutiable = np.flatnonzero((product >= first.dutiable.start) & (product < first.dutiable.stop))
        self.rows = Adding.of(self.row, every, chosen.size)
        self.sources = Adding.of(self.source, every, chosen.size)
        self.importers = Adding.of(cells.importer[chosen][dutiable], dutiable, chosen.size)
        self._supported = np.zeros(0, dtype=int)
        unseen = np.any(seen != paid, axis=1) | np.isin(self._place, supported)
        self.unseen_at = np.flatnonzero(unseen)
        self.unseen = paid[self.unseen_at] - seen[self.unseen_at]
        self.unseen_rows = Adding.of_all(self.row[self.unseen_at])

    def of_some(self, chosen: np.ndarray) -> CellsTogether:
        """Return those of some systems; room for supports is to be given anew."""
        some = copy(self)
        for name in ("seen", "unseen", "before_duty", "_content"):
            setattr(some, name, of_economies(getattr(self, name), chosen))
        return some

    def give_room(self, supports: Supports) -> None:
        """Find the cells that supports fall on."""
        p, exporter = supports.cells.cell
        product, row = supports.cells.row[:, p]
        place = np.ravel_multi_index((product, row, exporter), self._shape)
        self._supported = np.searchsorted(self._place, np.atleast_1d(place))

    def put(self, supports: Supports) -> None:
        """Take weights with supports, after `Supports.put`."""
        at = self._supported
        self.seen[at] = supports.seen - self._content[0][at]
        self.before_duty[at] = supports.before_duty - self._content[1][at]
        self.unseen[np.searchsorted(self.unseen_at, at)] = supports.paid - supports.seen

    def before_duty_at(self, product: np.ndarray, row: np.ndarray, exporter: np.ndarray) -> np.ndarray:
        """What cells have before duty beyond the sources at some flows (e, d); zero where there is no cell."""
        found = np.zeros((product.size, self.before_duty.shape[1]))
        if self._place.size:
            place = np.ravel_multi_index((product, row, exporter), self._shape)
            at = np.minimum(np.searchsorted(self._place, place), self._place.size - 1)
            there = self._place[at] == place
            found[there] = self.before_duty[at[there]]
        return found


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
    """`Mixture` in the shape of an economy."""

    groups: int
    regions: int
    group: np.ndarray
    part: np.ndarray
    weight: np.ndarray

    @classmethod
    def of_mixtures(cls, mixtures: Sequence[Mixture], groups: int, regions: int) -> Mixing:
        """Return mixtures that differ in weights alone."""
        weight = joined([own.weight for own in mixtures])
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
        self, source: np.ndarray, product: np.ndarray, row: np.ndarray, exporter: np.ndarray
    ) -> np.ndarray:
        """Weights (k, g n + a n, i) mixed, at some flows (k, r, i): (e, d)."""
        group, importer = np.divmod(row, self.regions)
        found = np.repeat(source[product, row, exporter][:, None], self.weight.shape[1], axis=1)
        for of, part, weight in zip(self.group, self.part, self.weight, strict=True):
            own = np.flatnonzero(group == of)
            at = (self.groups + part) * self.regions + importer[own]
            found[own] += source[product[own], at, exporter[own]][:, None] * weight
        return found


def shares_together(several: Sequence[tuple[GroupShares, ...]]) -> tuple[GroupShares, ...]:
    """Shares of several systems, by group."""
    if len(several) == 1:
        return several[0]
    return tuple(
        parts[0]._replace(
            scale=joined([part.scale for part in parts]), own=np.concatenate([part.own for part in parts])
        )
        for parts in zip(*several, strict=True)
    )


def joined(several: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays of several systems as one."""
    return several[0] if len(several) == 1 else np.concatenate(several, axis=-1)


def listed(several: Sequence[tuple[tuple[np.ndarray, ...], np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Lists of several systems, each of places and values (e, d), as one: places (places, e), and values, zero where a system has none.

    Each place stands once, in ascending order: it does not depend on who else has some.
    """
    places = np.concatenate([np.stack(place) for place, _ in several], axis=1)
    each, inverse = np.unique(places, axis=1, return_inverse=True)
    inverse = np.ravel(inverse)
    values = np.zeros((each.shape[1], sum(value.shape[1] for _, value in several)))
    entry, column = 0, 0
    for _, value in several:
        size, width = value.shape
        values[inverse[entry : entry + size], column : column + width] = value
        entry, column = entry + size, column + width
    return each, values
