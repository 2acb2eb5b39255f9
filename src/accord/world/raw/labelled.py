"""Cells with labels of producers and users, put into the order of a World; what has no place or no partner is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from accord.errors import Fault
from accord.world.raw.mending import Mending

Pair = tuple[str, str]
"""(region, sector) or (region, use)."""


@dataclass
class Labelled:
    """Puts cells by label pairs into arrays over `regions` and `sectors`; cells of one place are added together.

    Attributes:
        mending: Where faults go.
        regions: Codes in order.
        sectors: Codes in order.
    """

    mending: Mending
    regions: Sequence[str]
    sectors: Sequence[str]
    _region: dict[str, int] = field(init=False)
    _sector: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._region = {code: place for place, code in enumerate(self.regions)}
        self._sector = {code: place for place, code in enumerate(self.sectors)}

    def square(self, cells: np.ndarray, producers: Sequence[Pair], users: Sequence[Pair]) -> np.ndarray:
        """Return Z (exporter, supplying_sector, importer, using_sector); absent combinations are a fault."""
        self._complete(producers, "row")
        self._complete(users, "column")
        n, k = len(self.regions), len(self.sectors)
        rows, columns = self._places(producers), self._places(users)
        inside = columns >= 0
        kept = cells if inside.all() else cells[:, inside]
        added = _added(_added(kept, rows, n * k, axis=0), columns[inside], n * k, axis=1)
        return added.reshape(n, k, n, k)

    def final(
        self, cells: np.ndarray, producers: Sequence[Pair], columns: Sequence[Pair], uses: Mapping[str, str]
    ) -> dict[str, np.ndarray]:
        """Return purchases (exporter, supplying_sector, importer) by use; `uses` maps endings of columns to uses."""
        n, k = len(self.regions), len(self.sectors)
        lost = list(dict.fromkeys(region for region, _ in columns if region not in self._region))
        if lost:
            self.mending.refuse(
                Fault(
                    self.mending.at("column labels"),
                    f"final purchases of regions without rows: {', '.join(lost[:8])}",
                    "the regions of the rows",
                    "Add their rows, or leave their columns out.",
                )
            )
        by_row = _added(cells, self._places(producers), n * k, axis=0)
        found = {}
        for use in dict.fromkeys(uses.values()):
            places = np.array(
                [self._region.get(region, -1) if uses[ending] == use else -1 for region, ending in columns]
            )
            inside = places >= 0
            found[use] = _added(by_row[:, inside], places[inside], n, axis=1).reshape(n, k, n)
        return found

    def by_user(self, cells: np.ndarray | None, labels: Sequence[Pair]) -> np.ndarray | None:
        """Return one value by (region, sector)."""
        if cells is None:
            return None
        n, k = len(self.regions), len(self.sectors)
        places = self._places(labels)
        inside = places >= 0
        return _added(cells[inside], places[inside], n * k, axis=0).reshape(n, k)

    def _places(self, labels: Sequence[Pair]) -> np.ndarray:
        k = len(self.sectors)
        return np.array(
            [
                self._region[region] * k + self._sector[sector]
                if region in self._region and sector in self._sector
                else -1
                for region, sector in labels
            ],
            dtype=np.intp,
        )

    def _complete(self, labels: Sequence[Pair], axis: str) -> None:
        outside = [
            f"{region}_{sector}"
            for region, sector in labels
            if region not in self._region or sector not in self._sector
        ]
        if outside:
            self.mending.refuse(
                Fault(
                    self.mending.at(f"{axis} labels"),
                    f"{len(outside)} have no row of the same label: {', '.join(outside[:6])}",
                    "the same regions and sectors in rows and columns",
                    "Add the rows, or leave the columns out.",
                )
            )
        there = set(labels)
        missing = [
            f"{region}_{sector}"
            for region in self.regions
            for sector in self.sectors
            if (region, sector) not in there
        ]
        if missing:
            fault = Fault(
                self.mending.at(f"{axis} labels"),
                f"{len(missing)} {axis}s are missing: {', '.join(missing[:6])}"
                + (" ..." if len(missing) > 6 else ""),
                f"a {axis} for every region and sector",
                "Look for lines that were lost.",
            )
            self.mending.accepts("missing-is-zero", fault)


def _added(cells: np.ndarray, places: np.ndarray, size: int, *, axis: int) -> np.ndarray:
    """Cells put at `places` along `axis` of an axis of `size`; those of one place are added, where nothing is said stands zero."""
    if len(places) == size and np.array_equal(places, np.arange(size)):
        return cells
    shape = list(cells.shape)
    shape[axis] = size
    result = np.zeros(shape)
    if len(set(places.tolist())) == len(places):
        result[places if axis == 0 else (slice(None), places)] = cells
    elif axis == 0:
        np.add.at(result, places, cells)
    else:
        np.add.at(result.T, places, cells.T)
    return result
