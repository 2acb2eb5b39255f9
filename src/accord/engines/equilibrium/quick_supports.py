"""Supports of import substitution as unknowns of `quick.System` (METHODS section 9): what each market misses, and Newton's step.

Quantities (r, i) of one product are in units of one USD million before duty at base prices. With s the log support of a site, q the
quantities, tau the share of each site in what a row pays, and theta + 1 the power with which a support acts,

    miss_0      (imports before - imports) / target - 1
    miss_s      (share_s x rise of all sites - rise_s) / target
    d sold_a / d s_b      (theta + 1) (sold_b [a = b] - sum_r q_ra tau_rb)
    d imports / d s_b    -(theta + 1) sum_r q_r tau_rb

at fixed costs and spending.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


class SupportedProduct:
    """The markets of one product in a system: the few rows in which their flows lie.

    Args:
        markets: The markets, all of one product.
        places: Positions of each market's sites among all supports.
        weights: The product's weights without support: seen, paid, before duty (3, r, i).
        trade_elasticity: theta of the product.
        real_price: Real price over producer price, a change against the base (r, i).
    """

    def __init__(
        self,
        markets: Sequence[Market],
        places: Sequence[slice],
        weights: np.ndarray,
        trade_elasticity: float,
        real_price: np.ndarray,
    ) -> None:
        self.product, self._power = markets[0].product, trade_elasticity + 1.0
        concerned = [market.outside.any(axis=1) | market.sites.any(axis=(0, 2)) for market in markets]
        self.rows = np.flatnonzero(np.any(concerned, axis=0))
        self._parts = [
            _Part(
                market,
                place,
                market.outside[self.rows].astype(float),
                market.sites[:, self.rows].astype(float),
            )
            for market, place in zip(markets, places, strict=True)
        ]
        self._weights = weights[:, self.rows]
        self._per_price = 1.0 / real_price[self.rows]

    def weights(self, supports: np.ndarray) -> np.ndarray:
        """Return the weights of the rows (3, r', i) with all log supports in them: f^theta as seen, f^(theta + 1) as paid."""
        log = np.zeros(self._weights.shape[1:])
        for part in self._parts:
            log += (supports[part.place] @ part.sites.reshape(len(part.sites), -1)).reshape(log.shape)
        weights = self._weights * np.exp(self._power * log)
        weights[0] *= np.exp(-log)
        return weights

    def misses(
        self,
        competitive: np.ndarray,
        unit_cost: np.ndarray,
        weights: np.ndarray,
        paid_sum: np.ndarray,
        per_weight: np.ndarray,
    ) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Yield for each market the places of its supports, its misses, and Newton's step on its log supports.

        Args:
            competitive: c_hat^-theta of the product (i,).
            unit_cost: Log unit costs of the product (i,).
            weights: From `weights`.
            paid_sum: Sums of weights at user prices (k, r).
            per_weight: Spending over them (k, r).
        """
        of_rows = self.product, self.rows
        quantity = weights[2] * (competitive * np.exp(-unit_cost)) * per_weight[of_rows][:, None]
        quantity *= self._per_price
        paid = weights[1] * competitive / paid_sum[of_rows][:, None]
        for market, place, outside, sites in self._parts:
            from_outside = (quantity * outside).sum(axis=1)
            by_row = (quantity * sites).sum(axis=2)
            sold = by_row.sum(axis=1)
            rise = sold - market.sales
            miss = np.empty(len(sold))
            miss[0] = (market.imports - from_outside.sum()) / market.target - 1.0
            miss[1:] = (market.shares[1:] * rise.sum() - rise[1:]) / market.target
            # Share of each site in what a row pays: what its support takes from every other source of the row.
            taken = (sites * paid).sum(axis=2).T
            moves = self._power * (np.diag(sold) - by_row @ taken)
            slopes = np.empty_like(moves)
            slopes[0] = self._power * from_outside @ taken
            slopes[1:] = market.shares[1:, None] * moves.sum(axis=0) - moves[1:]
            yield place, miss, -np.linalg.solve(slopes / market.target, miss)


class _Part(NamedTuple):
    """One market on the rows of its product, numbers instead of booleans."""

    market: Market
    place: slice
    outside: np.ndarray
    sites: np.ndarray
