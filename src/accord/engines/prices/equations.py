"""The equations of the Leontief price model in changes. They know nothing of how they are solved.

| symbol | name | meaning |
| --- | --- | --- |
| A | `coefficients` | inputs at user prices per unit of output, (supplier i, producer j) |
| t | `output_tax` | share of the value of output |
| phi | `pass_through` | share of a cost change that goes into the price |
| dc | `cost_change` | change of unit cost at base prices |
| dp | `price_change` | change of producer prices, relative to one |
| B | `baskets` | basket shares of final users, (supplier i, user f) |

Sources: Leontief (1951), "The Structure of American Economy", chapter on prices; Miller and Blair (2022), section 2.6 (the price
model) and section 14.2 (mixed models); pass-through below one as in Weber, Jauregui, Teixeira and Nassif Pires (2024), where profits
absorb the rest; METHODS section 10.
"""

from __future__ import annotations

import numpy as np

from accord.engines.prices.inputs import PriceBase, PriceShock

Array = np.ndarray


def followed_share(base: PriceBase, shock: PriceShock) -> Array:
    """Share of a change of unit cost that a producer's price follows, (j,).

        phi[j] / (1 - t[j]);  0 where the price is set from outside

    An ad-valorem output tax t takes its part of the price, so that a cost of one needs a price of 1 / (1 - t).
    """
    share = shock.pass_through / (1.0 - base.output_tax)
    return np.where(np.isnan(shock.fixed_price), share, 0.0)


def first_round(base: PriceBase, shock: PriceShock) -> Array:
    """Price changes before any producer passes on what its inputs cost more, (j,)."""
    own = followed_share(base, shock) * shock.cost_change
    return np.where(np.isnan(shock.fixed_price), own, shock.fixed_price)


def transmitted(base: PriceBase, shock: PriceShock) -> Array:
    """M (i, j): by how much price j rises when price i rises by one: A[i,j] phi[j] / (1 - t[j])."""
    return base.coefficients * followed_share(base, shock)


def excess_price(base: PriceBase, shock: PriceShock, price_change: Array) -> Array:
    """What is left of  dp = M' dp + first round, (j,); zero in a solution."""
    passed_on = followed_share(base, shock) * (base.coefficients.T @ price_change)
    return price_change - passed_on - first_round(base, shock)


def unit_cost_change(base: PriceBase, shock: PriceShock, price_change: Array) -> Array:
    """Change of unit cost at new producer prices, (j,): A' dp + dc."""
    return base.coefficients.T @ price_change + shock.cost_change


def value_added_change(base: PriceBase, cost: Array, price_change: Array) -> Array:
    """Change of value added per unit of output that prices do not recover, (j,): (1 - t) dp - (A' dp + dc).

    It is zero at full pass-through, -(1 - phi) times the cost change below it, and a windfall or loss where a price is set from outside.
    Wages that are part of dc are a cost here; the wage earners' gain is added by whoever knows that they are wages.
    """
    return (1.0 - base.output_tax) * price_change - cost


def basket_price_change(base: PriceBase, shock: PriceShock, price_change: Array) -> Array:
    """Change of the cost of the base basket of each final user, (f,): B' dp + what wedges on the basket change."""
    return base.baskets.T @ price_change + shock.basket_change
