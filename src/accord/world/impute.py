"""Final demand by destination and use, where a source gives only each product's total (METHODS section 4).

Known: what every (exporter, product) sells to final users in all (its row total z), what every region spends on each use, and
who buys whose product as an input. Not known: who buys whose product for final use. The seed says

    seed[i,k,n,u] = F[n,u] b[k,n,u] s[i,k,n,u]

    F[n,u]      final spending of region n on use u, from national accounts
    b[k,n,u]    weight of product k in it: the world's basket of the use (row totals split over uses by the product's profile),
                tilted towards products that n uses more of as inputs than the world does
    s[i,k,n,u]  share of origin i in n's purchases of k for use u: n's sourcing of k as an input, with the odds of buying at home
                raised by the factor h[k,u] that is measured where final demand is known

and RAS makes its rows add up to z and its columns (n, u) to F, all uses at once. `docs/methods/final-demand.md` says how well
this does where the truth is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from accord.errors import WorldError, nearest
from accord.numerics.balancing import balance

USES = ("household", "government", "investment")

HOME_FLOOR = 0.01
"""Least share of home supply in the seed wherever a region uses or makes a product: some products are nobody's input."""


BASKET_TILT = 0.5
"""Power of a region's relative use of a product as an input in the weight of the product in its basket; proved on WIOD 2011."""

TILT_RANGE = (0.1, 10.0)
"""Relative uses outside come from products that hardly anyone uses as an input."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to impute; the odds draw over them, because they move results as much as elasticities do.

    Attributes:
        sourcing: Home purchases as in intermediate use ("as-inputs"), or with measured higher odds ("home-uplift").
        basket: The same for all regions ("world"), or tilted towards products that the region uses as inputs ("tilted").
        totals: Spending by region and use from national accounts ("accounts"), or equal to income and split as the world's
            ("balanced").
    """

    sourcing: Literal["home-uplift", "as-inputs"]
    basket: Literal["tilted", "world"]
    totals: Literal["accounts", "balanced"]

    @property
    def meaning(self) -> str:
        """One sentence for provenance and docs."""
        parts = {
            "home-uplift": "origins as in intermediate use with measured higher odds of buying at home",
            "as-inputs": "origins exactly as in intermediate use",
            "tilted": "the world's basket tilted towards products that a region uses as inputs",
            "world": "the world's basket everywhere",
            "accounts": "spending by region and use from national accounts",
            "balanced": "every region spends its income, on uses as the world does",
        }
        return "; ".join(parts[part] for part in (self.sourcing, self.basket, self.totals))


VARIANTS: dict[str, Variant] = {
    "home-uplift": Variant("home-uplift", "tilted", "accounts"),
    "as-inputs": Variant("as-inputs", "tilted", "accounts"),
    "world-basket": Variant("home-uplift", "world", "accounts"),
    "home-uplift-balanced": Variant("home-uplift", "tilted", "balanced"),
    "as-inputs-balanced": Variant("as-inputs", "tilted", "balanced"),
}
"""Every variant by name; the first is the default."""

DEFAULT_VARIANT = next(iter(VARIANTS))


class Profile(NamedTuple):
    """What is measured in a table that has final demand by destination and use.

    Attributes:
        use_share: (sector, use) share of each product's final sales that goes to the use; adds up to one over uses.
        home_odds_factor: (sector, use) odds of buying at home for the use, divided by the odds in intermediate use.
    """

    use_share: np.ndarray
    home_odds_factor: np.ndarray


class NationalAccounts(NamedTuple):
    """Shares of national accounts by region.

    Attributes:
        trade_balance: (region,) exports less imports of goods and services, USD million.
        use_share: (region, use) share of each use in domestic final spending; adds up to one over uses.
    """

    trade_balance: np.ndarray
    use_share: np.ndarray


def variant_named(name: str) -> Variant:
    """Return the variant `name`, or raise an error that lists all."""
    if name not in VARIANTS:
        raise WorldError(
            f"no imputation of final demand is called '{name}'. {nearest(name, VARIANTS)} "
            f"There are: {', '.join(VARIANTS)}."
        )
    return VARIANTS[name]


def impute_final_demand(
    intermediate: np.ndarray,
    row_totals: np.ndarray,
    accounts: NationalAccounts,
    profile: Profile,
    *,
    variant: str = DEFAULT_VARIANT,
    regions: Sequence[str],
    sectors: Sequence[str],
) -> np.ndarray:
    """Return final demand (exporter, supplying_sector, importer, use), USD million, never negative.

    Args:
        intermediate: Z (exporter, supplying_sector, importer, using_sector), USD million.
        row_totals: z (exporter, supplying_sector): final sales to all destinations.
        accounts: National accounts.
        profile: Measured profiles.
        variant: Name in `VARIANTS`.
        regions: Codes for messages.
        sectors: Codes for messages.
    """
    chosen = variant_named(variant)
    countries, products = row_totals.shape
    purchases = intermediate.sum(axis=3, dtype=np.float64)
    income = residual_income(intermediate, row_totals)
    spending = final_spending(income, row_totals, accounts, profile, totals=chosen.totals)
    odds_factor = (
        profile.home_odds_factor if chosen.sourcing == "home-uplift" else np.ones_like(profile.use_share)
    )
    seed = (
        sourcing_shares(purchases, row_totals, odds_factor)
        * spending
        * baskets(purchases, row_totals, profile, tilt=BASKET_TILT if chosen.basket == "tilted" else 0.0)
    )
    balanced = balance(
        seed.reshape(countries * products, -1),
        row_totals.ravel(),
        spending.ravel(),
        row_labels=[f"{region} {sector}" for region in regions for sector in sectors],
        column_labels=[f"{region} {use}" for region in regions for use in USES],
    )
    return balanced.table.reshape(countries, products, countries, len(USES))


def residual_income(intermediate: np.ndarray, row_totals: np.ndarray) -> np.ndarray:
    """Income (region,): output less all intermediate purchases; its world sum is that of final demand.

    It holds value added, net taxes on production and products, duties, and inputs from economies that the table leaves out.
    """
    sales = intermediate.sum(axis=(1, 2, 3), dtype=np.float64)
    costs = intermediate.sum(axis=(0, 1, 3), dtype=np.float64)
    return row_totals.sum(axis=1) + sales - costs


def final_spending(
    income: np.ndarray,
    row_totals: np.ndarray,
    accounts: NationalAccounts,
    profile: Profile,
    *,
    totals: Literal["accounts", "balanced"],
) -> np.ndarray:
    """Final spending F (region, use): income less the trade balance, scaled to the world's final sales, split over uses.

        F[n,u] = share[n,u] (income[n] - (X - M)[n]) sum(z) / sum_n(income[n] - (X - M)[n])

    The scaling is needed because recorded balances do not add up to zero over the regions of a table.
    """
    world = row_totals.sum()
    if totals == "balanced":
        by_use = (row_totals.sum(axis=0)[:, None] * profile.use_share).sum(axis=0)
        return income[:, None] * by_use / world
    absorption = income - accounts.trade_balance
    return (absorption * world / absorption.sum())[:, None] * accounts.use_share


def sourcing_shares(purchases: np.ndarray, row_totals: np.ndarray, odds_factor: np.ndarray) -> np.ndarray:
    """Share of each origin in an importer's purchases of a product for final use (exporter, sector, importer, use).

    Args:
        purchases: Intermediate purchases (exporter, sector, importer).
        row_totals: z (exporter, sector).
        odds_factor: (sector, use) factor on the odds of buying at home.
    """
    total = purchases.sum(axis=0)
    shares = np.divide(purchases, total, out=np.zeros_like(purchases), where=total > 0.0)
    home = np.arange(len(row_totals))
    wanted = (total.T > 0.0) | (row_totals > 0.0)
    at_home = np.maximum(shares[home, :, home], HOME_FLOOR * wanted)
    by_use = np.repeat(shares[..., None], len(USES), axis=3)
    by_use[home, :, home] = at_home[..., None] * odds_factor
    weights = by_use.sum(axis=0)
    return np.divide(by_use, weights, out=np.zeros_like(by_use), where=weights > 0.0)


def baskets(purchases: np.ndarray, row_totals: np.ndarray, profile: Profile, *, tilt: float) -> np.ndarray:
    """Weight of each product in a region's spending on each use (sector, importer, use); RAS sets their level.

        b[k,n,u] = world_share[k,u] ((m[k,n] / m[n]) / (m[k] / m))^tilt

    m are purchases of inputs of product k by region n, and their sums.
    """
    by_use = row_totals.sum(axis=0)[:, None] * profile.use_share
    used = purchases.sum(axis=0)
    expected = np.outer(used.sum(axis=1), used.sum(axis=0)) / used.sum()
    relative = np.divide(used, expected, out=np.ones_like(used), where=used > 0.0)
    return (by_use / by_use.sum(axis=0))[:, None, :] * np.clip(relative, *TILT_RANGE)[:, :, None] ** tilt
