"""Sums of cells by what they belong to, for several economies that stand side by side in the last axis."""

from __future__ import annotations

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
        """Return what adds up some of the cells, each by its entry."""
        entries, place = np.unique(entry, return_inverse=True)
        member = csr_matrix((np.ones(cell.size), (place, cell)), shape=(entries.size, cells))
        return cls(member, entries)

    @classmethod
    def of_all(cls, entry: np.ndarray) -> Adding:
        """Return what adds up all cells, each by its entry (c,)."""
        return cls.of(entry, np.arange(entry.size), entry.size)

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
