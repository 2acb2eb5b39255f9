"""Supports of import substitution as unknowns of `quick.System` (METHODS section 9): what each market misses, and Newton's step.

Quantities (r, i) of one product are in units of one USD million before duty at base prices. With s the log support of a site, q the
quantities, tau the share of each site in what a row pays, and theta + 1 the power with which a support acts,

    miss_0      (imports before - imports) / target - 1
    miss_s      (share_s x rise of all sites - rise_s) / target
    d sold_a / d s_b      (theta + 1) (sold_b [a = b] - sum_r q_ra tau_rb)
    d imports / d s_b    -(theta + 1) sum_r q_r tau_rb

at fixed costs and spending. Markets touch few rows and fewer cells, which are lists. Systems that stand side by side have the same markets,
with an axis for systems behind (d).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.quick_sums import Adding
from accord.engines.equilibrium.quick_weights import of_economies


class Market(NamedTuple):
    """Purchases of one product by some users, part of whose imports is to be replaced by supported sites.

    Attributes:
        product: Position of the product.
        outside: Flows that are to fall, booleans (r, i).
        sites: Flows of each site, booleans (s, r, i).
        target: What is to be replaced (d,), USD million at base prices.
        shares: Share of each site in the rise of their sales (s, d).
        imports: Purchases from outside before (d,), USD million at base prices.
        sales: Purchases from each site before (s, d).
    """

    product: int
    outside: np.ndarray
    sites: np.ndarray
    target: np.ndarray
    shares: np.ndarray
    imports: np.ndarray
    sales: np.ndarray

    def at_fixed_prices(self, trade_elasticity: np.ndarray) -> np.ndarray:
        """Log supports (s, d) at fixed prices: imports fall to 1 / (1 + pi (f^(theta + 1) - 1)) of what they were."""
        share = self.sales.sum(axis=0) / (self.sales.sum(axis=0) + self.imports)
        left = 1.0 - self.target / self.imports
        rise = np.log1p((1.0 / left - 1.0) / share) / (trade_elasticity + 1.0)
        return np.repeat(rise[None], len(self.sites), axis=0)


class SupportedCells(NamedTuple):
    """The markets of systems as lists: rows that they concern, cells that supports fall on, and who is where.

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
        target: What is to be replaced (m, d).
        imports: Purchases from outside before (m, d).
        sales: Purchases from each site before (s, d).
        share: Share of each site in the rise of its market's sales (s, d).
        power: theta + 1 of each row (p, d).
        per_price: Producer price over real price, a change against the base (p, i, d).
        weights: Weights of the rows without supports: seen, paid, before duty (3, p, i, d).
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
        """Return theta + 1 of each market's product (m, d)."""
        of_market = np.zeros(self.target.shape)
        of_market[self.market_row[0]] = self.power[self.market_row[1]]
        return of_market

    @property
    def power_of_support(self) -> np.ndarray:
        """Return theta + 1 of each support's product (s, d)."""
        return self.power_of_market[self.market_of]

    @classmethod
    def of(
        cls,
        markets: Sequence[Market],
        at_markets: Mapping[int, tuple[np.ndarray, np.ndarray]],
        trade_elasticity: np.ndarray,
        regions: int,
    ) -> SupportedCells:
        """Arrange the markets of systems.

        Args:
            markets: The markets.
            at_markets: For each product of a market, weights without support (seen, paid, before duty; 3, r, i, d), and real price over
                producer price, a change against the base (r, i, d).
            trade_elasticity: theta (k, d).
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
        sizes, many = [len(market.sites) for market in markets], trade_elasticity.shape[1]
        prices, weights = np.empty((len(rows), regions, many)), np.empty((3, len(rows), regions, many))
        for place, (product, r) in enumerate(rows):
            weights[:, place], prices[place] = (part[..., r, :, :] for part in at_markets[product])
        none = np.zeros((0, many))
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
            target=np.array([market.target for market in markets]).reshape(-1, many),
            imports=np.array([market.imports for market in markets]).reshape(-1, many),
            sales=np.concatenate([market.sales for market in markets] or [none]),
            share=np.concatenate([market.shares for market in markets] or [none]),
            power=trade_elasticity[row[0]] + 1.0,
            per_price=1.0 / prices,
            weights=weights,
        )

    def of_some(self, chosen: np.ndarray) -> SupportedCells:
        """Return those of some of the systems."""
        return self._replace(**{name: of_economies(getattr(self, name), chosen) for name in _NUMBERS})

    @property
    def places(self) -> tuple[bytes, ...]:
        """All that systems must have in common to stand side by side."""
        names = (name for name in self._fields if name not in _NUMBERS)
        return tuple(getattr(self, name).tobytes() for name in names)

    def beside(self, others: Sequence[SupportedCells]) -> SupportedCells:
        """Return these cells and those of other systems, which have the same places, side by side."""
        if not others:
            return self
        every = (self, *others)
        return self._replace(
            **{name: np.concatenate([getattr(own, name) for own in every], axis=-1) for name in _NUMBERS}
        )


_NUMBERS = ("target", "imports", "sales", "share", "power", "per_price", "weights")
"""Fields with an axis for systems."""


@lru_cache(maxsize=32)
def nowhere(regions: int, many: int) -> SupportedCells:
    """Return the cells of no market, of some systems: what most systems have."""
    return SupportedCells.of((), {}, np.zeros((0, many)), regions)


class Supports:
    """The markets of several systems, evaluated together.

    Attributes:
        cells: Their cells.
        seen: Weights of the cells at perceived prices, with supports, after `put` (c, d).
        paid: The same at user prices.
        before_duty: The same before duty.
        paid_rows: Weights of the rows at user prices, with supports (p, i, d).
    """

    def __init__(self, cells: SupportedCells) -> None:
        self.cells = cells
        _, self.paid_rows, self._before_rows = cells.weights.copy()
        self._at_cells = cells.weights[:, cells.cell[0], cells.cell[1]]
        self._power = cells.power[cells.cell[0]]
        self.seen, self.paid, self.before_duty = self._at_cells
        # Entries of one support in one pair: a site has one flow in a row unless it is several regions.
        markets, self._many = cells.target.shape
        self._widest = wide = int(cells.within.max(initial=0)) + 1
        self._slot = cells.market_of * wide + cells.within
        self._by_cell = Adding.of_all(cells.cell_of)
        self._by_slot = Adding.of_all(self._slot[cells.site_of])
        self._by_market = Adding.of_all(cells.market_row[0])
        first, second = self._entry_pairs()
        self._pairs = first, second
        self._by_pair = Adding.of_all(
            self._slot[cells.site_of[first]] * wide + cells.within[cells.site_of[second]]
        )
        self._entry_place = cells.cell[0][cells.cell_of], cells.cell[1][cells.cell_of]
        self._power_per_target = (cells.power_of_market / cells.target)[:, None, None]
        # Markets with fewer sites than the widest are filled up with conditions that hold and supports that do nothing.
        self._shares = np.zeros((markets * wide, self._many))
        self._shares[self._slot] = cells.share
        self._shares = self._shares.reshape(markets, wide, self._many)
        self._filling = np.ones(markets * wide, dtype=bool)
        self._filling[self._slot] = False
        self._filling = self._filling.reshape(markets, wide)
        self._filled = np.eye(wide)[np.nonzero(self._filling)[1]][..., None]

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
        """Give the weights log supports (s, d): f^theta as seen, f^(theta + 1) as paid."""
        cells = self.cells
        log = np.zeros((cells.cell.shape[1], self._many))
        self._by_cell.add(log, supports[cells.site_of])
        factor = np.exp(self._power * log)
        self.seen = self._at_cells[0] * factor * np.exp(-log)
        self.before_duty = self._at_cells[2] * factor
        place = cells.cell[0], cells.cell[1]
        self.paid = self.paid_rows[place] = self._at_cells[1] * factor
        self._before_rows[place] = self.before_duty

    def misses(
        self, competitive: np.ndarray, unit_cost: np.ndarray, paid_sum: np.ndarray, per_weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what each support's condition misses, and Newton's step on log supports (s, d).

        Args:
            competitive: c_hat^-theta in each row (p, i, d).
            unit_cost: Log unit costs in each row (p, i, d).
            paid_sum: Sums of weights at user prices (p, d).
            per_weight: Spending over them (p, d).
        """
        cells, wide, many = self.cells, self._widest, self._many
        quantity = self._before_rows * competitive
        quantity *= np.exp(-unit_cost)
        quantity *= per_weight[:, None] * cells.per_price
        paid = self.paid_rows * competitive / paid_sum[:, None]
        _, row = cells.market_row
        from_outside = (quantity[row] * cells.outside[..., None]).sum(axis=1)
        markets = len(cells.target)
        sold_by, taken_by = quantity[self._entry_place], paid[self._entry_place]

        def summed(adding: Adding, values: np.ndarray, *shape: int) -> np.ndarray:
            sums = np.zeros((int(np.prod(shape)), many))
            adding.add(sums, values)
            return sums.reshape(*shape, many)

        sold = summed(self._by_slot, sold_by, markets, wide)
        rise = sold.copy()
        rise.reshape(-1, many)[self._slot] -= cells.sales
        imports = summed(self._by_market, from_outside, markets)
        shares = self._shares
        miss = (shares * rise.sum(axis=1)[:, None] - rise) / cells.target[:, None]
        miss[:, 0] = (cells.imports - imports) / cells.target - 1.0
        # Share of each site in what a row pays: what its support takes from every other source of the row.
        first, second = self._pairs
        moves = -summed(self._by_pair, sold_by[first] * taken_by[second], markets, wide, wide)
        diagonal = np.arange(wide)
        moves[:, diagonal, diagonal] += sold
        slopes = shares[:, :, None] * moves.sum(axis=1)[:, None] - moves
        slopes[:, 0] = summed(self._by_slot, from_outside[cells.pair_of] * taken_by, markets, wide)
        slopes *= self._power_per_target
        slopes[self._filling] = self._filled
        miss[self._filling] = 0.0
        by_system = np.linalg.solve(np.moveaxis(slopes, -1, 0), np.moveaxis(miss, -1, 0)[..., None])
        step = -np.moveaxis(by_system[..., 0], 0, -1)
        return miss.reshape(-1, many)[self._slot], step.reshape(-1, many)[self._slot]
