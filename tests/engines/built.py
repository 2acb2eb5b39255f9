"""Economies for the engine with a closed form: from flows to a base in one line."""

from __future__ import annotations

import numpy as np

from accord.engines.equilibrium import (
    Accounts,
    BaseEconomy,
    Options,
    Technology,
    Wedges,
    calibrate,
    cobb_douglas,
    no_change,
    no_imbalance,
    rebased,
    solve,
)

TIGHT = Options(tolerance=1e-11)


def economy(
    final: np.ndarray,
    technology: Technology | np.ndarray,
    *,
    intermediate: np.ndarray | None = None,
    factor_split: np.ndarray | None = None,
    tariff: np.ndarray | float = 0.0,
) -> BaseEconomy:
    """Return the base of flows before duty; one use group.

    Args:
        final: (i, k, n, f).
        technology: Elasticities, or theta (k,) alone for Cobb-Douglas.
        intermediate: (i, k, n, j); none by default.
        factor_split: (n, v, j); one factor by default.
        tariff: Rates (1, k, n, i).
    """
    regions, sectors, _, uses = final.shape
    if not isinstance(technology, Technology):
        technology = cobb_douglas(sectors, uses, np.asarray(technology, dtype=float))
    if intermediate is None:
        intermediate = np.zeros((regions, sectors, regions, sectors))
    if factor_split is None:
        factor_split = np.ones((regions, len(technology.specificity), sectors)) / len(technology.specificity)
    none = np.zeros((1, sectors, regions, regions))
    accounts = Accounts(
        intermediate,
        final,
        Wedges(none + tariff, none, none, none),
        np.zeros((regions, sectors)),
        technology,
        factor_split,
    )
    return calibrate(accounts, [np.ones(sectors + uses)])


def balanced(base: BaseEconomy) -> BaseEconomy:
    """Return `base` re-solved with trade in balance."""
    regions, uses = base.final_spending.shape
    scenario = no_change(base)._replace(imbalance=no_imbalance(regions), real_use=np.zeros(uses, dtype=bool))
    return rebased(solve(base, scenario, TIGHT))


def closed(sectors: int, spending: np.ndarray) -> np.ndarray:
    """Return final flows of one region that buys `spending` (k,) from itself."""
    return np.asarray(spending, dtype=float).reshape(1, sectors, 1, 1)


def home_shares(state) -> np.ndarray:
    """Share of spending on home products (k, n), one use group."""
    paid = state.flows(state.delivered.at_user_prices)[0]
    return np.einsum("knn->kn", paid) / state.expenditure[0]


def isolated(base: BaseEconomy, regions) -> np.ndarray:
    """Availability that cuts each of `regions` off from all others, both ways."""
    availability = np.ones(base.expenditure_share.shape)
    for region in regions:
        availability[..., region, :] = 0.0
        availability[..., :, region] = 0.0
        availability[..., region, region] = 1.0
    return availability
