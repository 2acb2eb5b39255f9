"""Sums of cells by what they belong to, for several economies that stand side by side in the last axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from accord.engines.equilibrium.quick_cells import Cells

KEPT = 64
"""Lists of cells whose sums by row are kept."""


class Adding(NamedTuple):
    """Adds cells up by the entry that each belongs to: one or zero (entries, c), and the entries."""

    member: csr_matrix
    entries: np.ndarray

    @classmethod
    def of(cls, entry: np.ndarray, cell: np.ndarray, cells: int) -> Adding:
        """Return what adds up some of the cells, each by its entry, in their order."""
        order = np.argsort(entry, kind="stable")
        each = entry[order]
        begin = np.flatnonzero(np.diff(each, prepend=-1))  # entries are no less than zero
        parts = np.ones(cell.size), cell[order], np.append(begin, cell.size)
        return cls(csr_matrix(parts, shape=(begin.size, cells)), each[begin])

    @classmethod
    def of_all(cls, entry: np.ndarray) -> Adding:
        """Return what adds up all cells, each by its entry (c,)."""
        return cls.of(entry, np.arange(entry.size), entry.size)

    @classmethod
    def of_several(cls, places: Sequence[np.ndarray], sizes: Sequence[int]) -> Adding:
        """Return what adds each cell to one entry of each of several sums of some sizes (`add_to`); places are (c,)."""
        first = np.cumsum([0, *sizes[:-1]])
        entry = np.concatenate([place + begin for place, begin in zip(places, first, strict=True)])
        cells = places[0].size
        return cls.of(entry, np.tile(np.arange(cells), len(places)), cells)

    def add_to(self, several: Sequence[np.ndarray], values: np.ndarray) -> None:
        """Add values (c, d) to each of several sums (entries, d)."""
        if not self.entries.size:
            return
        found = self.member @ values
        ends = np.searchsorted(self.entries, np.cumsum([len(sums) for sums in several]))
        begin, first = 0, 0
        for sums, end in zip(several, ends.tolist(), strict=True):
            sums[self.entries[begin:end] - first] += found[begin:end]
            begin, first = end, first + len(sums)

    def add(self, sums: np.ndarray, values: np.ndarray) -> None:
        """Add values (c, d) to the sums (entries, d) they belong to."""
        if self.entries.size:
            sums[self.entries] += self.member @ values

    def change(self, sums: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The same of what is positive and stays so; return the smallest share of a sum that is left in each economy (d,)."""
        if not self.entries.size:
            return np.ones(sums.shape[1])
        before = sums[self.entries]
        after = before + self.member @ values
        sums[self.entries] = after
        return np.min(np.divide(after, before, out=np.ones_like(after), where=before > 0.0), axis=0)


def by_row(cells: Cells) -> Adding:
    """Return what adds cells up by their rows (k, r)."""
    known = _BY_ROW.get(id(cells.row_place))
    if known is None or known[0] is not cells.row_place:
        if len(_BY_ROW) >= KEPT:
            _BY_ROW.clear()
        known = _BY_ROW[id(cells.row_place)] = cells.row_place, Adding.of_all(cells.row_place)
    return known[1]


_BY_ROW: dict[int, tuple[np.ndarray, Adding]] = {}
