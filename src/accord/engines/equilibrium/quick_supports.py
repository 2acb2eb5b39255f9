"""Supports of import substitution as unknowns of `quick.System` (METHODS section 9): what each market misses, and Newton's step.

Quantities (r, i) of one product are in units of one USD million before duty at base prices. With s the log support of a site, q the
quantities, tau the share of each site in what a row pays, and theta + 1 the power with which a support acts,

    miss_0      (imports before - imports) / target - 1
    miss_s      (share_s x rise of all sites - rise_s) / target
    d sold_a / d s_b      (theta + 1) (sold_b [a = b] - sum_r q_ra tau_rb)
    d imports / d s_b    -(theta + 1) sum_r q_r tau_rb

at fixed costs and spending. Markets touch few rows and fewer cells, so that all markets of several systems are lists of cells, summed by
`bincount`: the calls cost more than the sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Market(NamedTuple):
    """Purchases of one product by some users, part of whose imports is to be replaced by supported sites.

    Attributes:
        product: Position of the product.
        outside: Flows that are to fall, booleans (r, i).
        sites: Flows of each site, booleans (s, r, i).
        target: What is to be replaced, USD million at base prices.
        shares: Share of each site in the rise of their sales (s,).
        imports: Purchases from outside before, USD million at base prices.
        sales: Purchases from each site before (s,).
    """

    product: int
    outside: np.ndarray
    sites: np.ndarray
    target: float
    shares: np.ndarray
    imports: float
    sales: np.ndarray

    def at_fixed_prices(self, trade_elasticity: float) -> np.ndarray:
        """Log supports (s,) at fixed prices: imports fall to 1 / (1 + pi (f^(theta + 1) - 1)) of what they were."""
        share = self.sales.sum() / (self.sales.sum() + self.imports)
        left = 1.0 - self.target / self.imports
        rise = np.log1p((1.0 / left - 1.0) / share) / (trade_elasticity + 1.0)
        return np.full(len(self.sites), rise)


class SupportedCells(NamedTuple):
    """The markets of one system as lists: rows that they concern, cells that supports fall on, and who is where.

    A row is a pair (product, user row r); p counts rows, c cells, m markets, and z pairs of a market and a row.

    Attributes:
        row: Product and r of each row (2, p).
        cell: Row and exporter of each cell (2, c).
        site_of: Support of each entry (e,): a support falls on several cells.
        cell_of: Cell of each entry (e,).
        market_row: Market and row of each pair (2, z).
        outside: Flows of a pair that are to fall, one or zero (z, i).
        pair_of: Pair of each entry (e,).
        market_of: Market of each support (s,).
        within: Position of each support in its market (s,).
        target: What is to be replaced (m,).
        imports: Purchases from outside before (m,).
        sales: Purchases from each site before (s,).
        share: Share of each site in the rise of its market's sales (s,).
        power: theta + 1 of each row (p,).
        per_price: Producer price over real price, a change against the base (p, i).
        weights: Weights of the rows without supports: seen, paid, before duty (3, p, i).
    """

    row: np.ndarray
    cell: np.ndarray
    site_of: np.ndarray
    cell_of: np.ndarray
    market_row: np.ndarray
    outside: np.ndarray
    pair_of: np.ndarray
    market_of: np.ndarray
    within: np.ndarray
    target: np.ndarray
    imports: np.ndarray
    sales: np.ndarray
    share: np.ndarray
    power: np.ndarray
    per_price: np.ndarray
    weights: np.ndarray

    @property
    def power_of_market(self) -> np.ndarray:
        """Return theta + 1 of each market's product (m,)."""
        of_market = np.zeros(self.target.size)
        of_market[self.market_row[0]] = self.power[self.market_row[1]]
        return of_market

    @property
    def power_of_support(self) -> np.ndarray:
        """Return theta + 1 of each support's product (s,)."""
        return self.power_of_market[self.market_of]

    @classmethod
    def of(
        cls,
        markets: Sequence[Market],
        at_markets: Mapping[int, tuple[np.ndarray, np.ndarray]],
        trade_elasticity: np.ndarray,
        regions: int,
    ) -> SupportedCells:
        """Arrange the markets of a system.

        Args:
            markets: The markets.
            at_markets: For each product of a market, weights without support (seen, paid, before duty; 3, r, i), and real price over
                producer price, a change against the base (r, i).
            trade_elasticity: theta (k,).
            regions: Number of exporters.
        """
        rows: dict[tuple[int, int], int] = {}
        cells: dict[tuple[int, int], int] = {}
        pairs: list[tuple[int, int]] = []
        outside: list[np.ndarray] = []
        entries: list[tuple[int, int, int]] = []
        first = np.cumsum([0, *(len(market.sites) for market in markets)])
        for number, market in enumerate(markets):
            concerned = market.outside.any(axis=1) | market.sites.any(axis=(0, 2))
            pair_at: dict[int, int] = {}
            for r in np.flatnonzero(concerned).tolist():
                row = rows.setdefault((market.product, r), len(rows))
                pair_at[r] = len(pairs)
                pairs.append((number, row))
                outside.append(market.outside[r].astype(float))
            for site, r, i in np.argwhere(market.sites).tolist():
                cell = cells.setdefault((rows[market.product, r], i), len(cells))
                entries.append((int(first[number]) + site, cell, pair_at[r]))
        row = np.array(list(rows), dtype=int).reshape(-1, 2).T
        entry = np.array(entries, dtype=int).reshape(-1, 3).T
        sizes = [len(market.sites) for market in markets]
        prices = [at_markets[product][1][r] for product, r in rows]
        weights = [at_markets[product][0][:, r] for product, r in rows]
        return cls(
            row=row,
            cell=np.array(list(cells), dtype=int).reshape(-1, 2).T,
            site_of=entry[0],
            cell_of=entry[1],
            market_row=np.array(pairs, dtype=int).reshape(-1, 2).T,
            outside=np.array(outside).reshape(-1, regions),
            pair_of=entry[2],
            market_of=np.repeat(np.arange(len(markets)), sizes),
            within=np.concatenate([np.arange(size) for size in sizes] or [np.zeros(0, dtype=int)]),
            target=np.array([market.target for market in markets]),
            imports=np.array([market.imports for market in markets]),
            sales=np.concatenate([market.sales for market in markets] or [np.zeros(0)]),
            share=np.concatenate([market.shares for market in markets] or [np.zeros(0)]),
            power=trade_elasticity[row[0]] + 1.0,
            per_price=1.0 / np.array(prices).reshape(-1, regions),
            weights=np.array(weights).reshape(-1, 3, regions).swapaxes(0, 1).copy(),
        )


@lru_cache(maxsize=8)
def nowhere(regions: int) -> SupportedCells:
    """Return the cells of no market: what most systems have."""
    return SupportedCells.of((), {}, np.zeros(0), regions)


def side_by_side(parts: Sequence[SupportedCells]) -> tuple[SupportedCells, np.ndarray]:
    """Return the cells of several systems as those of one, and which system each row belongs to (p,)."""

    def moved(name: str, size: str, by_axis: int = 0) -> np.ndarray:
        counts = [getattr(part, size).shape[by_axis] for part in parts]
        shift = np.cumsum([0, *counts[:-1]])
        return np.concatenate([getattr(part, name) + own for part, own in zip(parts, shift, strict=True)])

    def joined(name: str, axis: int = 0) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts], axis=axis)

    rows = np.cumsum([0, *(part.row.shape[1] for part in parts)])
    markets = np.cumsum([0, *(part.target.size for part in parts)])
    place = [np.array([[row], [0]]) for row in rows[:-1]]
    pair = [np.array([[market], [row]]) for market, row in zip(markets[:-1], rows[:-1], strict=True)]
    whole = SupportedCells(
        row=joined("row", 1),
        cell=np.concatenate([part.cell + own for part, own in zip(parts, place, strict=True)], axis=1),
        site_of=moved("site_of", "sales"),
        cell_of=moved("cell_of", "cell", 1),
        market_row=np.concatenate(
            [part.market_row + own for part, own in zip(parts, pair, strict=True)], axis=1
        ),
        outside=joined("outside"),
        pair_of=moved("pair_of", "outside"),
        market_of=moved("market_of", "target"),
        within=joined("within"),
        target=joined("target"),
        imports=joined("imports"),
        sales=joined("sales"),
        share=joined("share"),
        power=joined("power"),
        per_price=joined("per_price"),
        weights=joined("weights", 1),
    )
    owner = np.repeat(np.arange(len(parts)), [b - a for a, b in pairwise(rows.tolist())])
    return whole, owner


class Supports:
    """The markets of several systems, evaluated together.

    Attributes:
        cells: Their cells.
        system: System of each row (p,).
        seen: Weights of the cells at perceived prices, with supports, after `put` (c,).
        paid: The same at user prices.
        before_duty: The same before duty.
        paid_rows: Weights of the rows at user prices, with supports (p, i).
    """

    def __init__(self, parts: Sequence[SupportedCells]) -> None:
        self.cells, self.system = side_by_side(parts)
        cells = self.cells
        _, self.paid_rows, self._before_rows = cells.weights.copy()
        self._at_cells = cells.weights[:, cells.cell[0], cells.cell[1]]
        self._power = cells.power[cells.cell[0]]
        self.seen, self.paid, self.before_duty = self._at_cells
        # Entries of one support in one pair: a site has one flow in a row unless it is several regions.
        self._widest = int(cells.within.max(initial=0)) + 1
        self._slot = cells.market_of * self._widest + cells.within
        first, second = self._entry_pairs()
        self._pairs = first, second
        self._pair_slot = (
            self._slot[cells.site_of[first]] * self._widest + cells.within[cells.site_of[second]]
        )
        self._entry_place = cells.cell[0][cells.cell_of], cells.cell[1][cells.cell_of]
        self._power_per_target = (cells.power_of_market / cells.target)[:, None, None]
        # Markets with fewer sites than the widest are filled up with conditions that hold and supports that do nothing.
        shape = cells.target.size, self._widest
        self._shares, self._filling = np.zeros(shape), np.ones(shape, dtype=bool)
        self._shares.ravel()[self._slot] = cells.share
        self._filling.ravel()[self._slot] = False
        self._filled = np.eye(self._widest)[np.nonzero(self._filling)[1]]

    def _entry_pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Pairs of entries in one market and row."""
        pair = self.cells.pair_of
        order = np.argsort(pair, kind="stable")
        counts = np.bincount(pair, minlength=len(self.cells.outside))
        # Each member of a pair meets all members of it, one after the other.
        met = counts[pair[order]]
        begin = np.repeat(np.cumsum(counts) - counts, counts)
        within = np.arange(met.sum()) - np.repeat(np.cumsum(met) - met, met)
        return np.repeat(order, met), order[np.repeat(begin, met) + within]

    def put(self, supports: np.ndarray) -> None:
        """Give the weights log supports (s of all systems,): f^theta as seen, f^(theta + 1) as paid."""
        cells = self.cells
        log = np.bincount(cells.cell_of, supports[cells.site_of], cells.cell.shape[1])
        factor = np.exp(self._power * log)
        self.seen = self._at_cells[0] * factor * np.exp(-log)
        self.before_duty = self._at_cells[2] * factor
        place = cells.cell[0], cells.cell[1]
        self.paid = self.paid_rows[place] = self._at_cells[1] * factor
        self._before_rows[place] = self.before_duty

    def misses(
        self, competitive: np.ndarray, unit_cost: np.ndarray, paid_sum: np.ndarray, per_weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what each support's condition misses, and Newton's step on log supports (s of all systems,).

        Args:
            competitive: c_hat^-theta in each row (p, i).
            unit_cost: Log unit costs in each row (p, i).
            paid_sum: Sums of weights at user prices (p,).
            per_weight: Spending over them (p,).
        """
        cells, wide = self.cells, self._widest
        quantity = self._before_rows * competitive
        quantity *= np.exp(-unit_cost)
        quantity *= per_weight[:, None] * cells.per_price
        paid = self.paid_rows * competitive / paid_sum[:, None]
        market, row = cells.market_row
        from_outside = (quantity[row] * cells.outside).sum(axis=1)
        markets = cells.target.size
        sold_by, taken_by = quantity[self._entry_place], paid[self._entry_place]
        slot = self._slot[cells.site_of]
        sold = np.bincount(slot, sold_by, markets * wide).reshape(markets, wide)
        rise = sold.copy()
        rise.ravel()[self._slot] -= cells.sales
        imports = np.bincount(market, from_outside, markets)
        shares = self._shares
        miss = (shares * rise.sum(axis=1)[:, None] - rise) / cells.target[:, None]
        miss[:, 0] = (cells.imports - imports) / cells.target - 1.0
        # Share of each site in what a row pays: what its support takes from every other source of the row.
        first, second = self._pairs
        lost = np.bincount(self._pair_slot, sold_by[first] * taken_by[second], markets * wide * wide)
        moves = -lost.reshape(markets, wide, wide)
        diagonal = np.arange(wide)
        moves[:, diagonal, diagonal] += sold
        slopes = shares[:, :, None] * moves.sum(axis=1)[:, None, :] - moves
        taken = np.bincount(slot, from_outside[cells.pair_of] * taken_by, markets * wide)
        slopes[:, 0] = taken.reshape(markets, wide)
        slopes *= self._power_per_target
        slopes[self._filling] = self._filled
        miss[self._filling] = 0.0
        step = -np.linalg.solve(slopes, miss[..., None])[..., 0]
        return miss.ravel()[self._slot], step.ravel()[self._slot]
