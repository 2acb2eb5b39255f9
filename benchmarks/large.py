"""Made-up base economies of any size, built as the engine's arrays: no table of all producers by all producers ever exists.

Shares are drawn; output follows from them by iteration, so that every account of the base adds up. Trade is balanced, no wedge and
no tax is there, one mobile factor, Cobb-Douglas but for trade.
"""

from __future__ import annotations

import numpy as np

from accord.engines.equilibrium import (
    BaseEconomy,
    Scenario,
    Wedges,
    cobb_douglas,
    no_imbalance,
)
from accord.engines.equilibrium.inputs import no_change

USES = 3
"""Household, government, investment."""

GROUPINGS = ("one", "uses", "every-user")
"""As `[model] use_groups` names them: all users alike, four groups, each sector and each use by itself."""


def large(regions: int, sectors: int, users: str = "one", seed: int = 1) -> BaseEconomy:
    """Return a base economy with unequal regions, about half of spending at home and value added of 30% to 70% of cost."""
    draw = np.random.default_rng(seed)
    group = _group_of_user(sectors, users)
    groups = int(group.max()) + 1
    size = draw.lognormal(0.0, 1.0, regions)
    sourcing = _sourcing(draw, groups, sectors, size)
    value_added = draw.uniform(0.3, 0.7, (regions, sectors))
    recipe = _shares(draw, (regions, sectors, sectors)) * (1.0 - value_added)[:, None, :]
    basket = _shares(draw, (regions, sectors, USES))
    input_share = _by_group(recipe, group[:sectors], groups)
    final_share = _by_group(basket, group[sectors:], groups)
    split = draw.dirichlet([12.0, 4.0, 4.0], regions)
    output = size[:, None] * draw.uniform(0.5, 1.5, (regions, sectors))
    for _ in range(80):  # each pass at least halves, roughly, what is left
        final = (value_added * output).sum(axis=1, keepdims=True) * split
        spending = np.einsum("ngkj,nj->gkn", input_share, output) + np.einsum(
            "ngkf,nf->gkn", final_share, final
        )
        sold = np.matmul(spending[:, :, None, :], sourcing)[:, :, 0, :].sum(axis=0).T
        output = sold * (1e6 * regions * sectors / sold.sum())
    final = (value_added * output).sum(axis=1, keepdims=True) * split
    nothing = np.zeros((1, sectors, regions, regions))
    return BaseEconomy(
        expenditure_share=sourcing,
        expenditure=np.einsum("ngkj,nj->gkn", input_share, output)
        + np.einsum("ngkf,nf->gkn", final_share, final),
        input_share=input_share,
        factor_share=value_added[:, None, :],
        final_share=final_share,
        final_spending=final,
        factor_income=(value_added * output).sum(axis=1)[:, None, None],
        wedges=Wedges(*(nothing for _ in Wedges._fields)),
        output_tax=np.zeros((regions, sectors)),
        subsidy=np.zeros((regions, sectors)),
        subsidy_payer=np.repeat(np.arange(regions)[:, None], sectors, axis=1),
        imbalance=no_imbalance(regions),
        resource_cost=np.zeros(regions),
        purchases=np.zeros((0, groups, sectors, regions)),
        purchase_payer=np.zeros(0, dtype=int),
        technology=cobb_douglas(sectors, USES, draw.uniform(2.0, 10.0, sectors)),
    )


def cheaper_pair(base: BaseEconomy, factor: float = 0.9) -> Scenario:
    """A 10% cut of the trade cost between the first two regions, both ways, all products and users; one cost for all groups."""
    cost = np.ones((1, *base.expenditure_share.shape[1:]))
    neutral = np.ones_like(cost)
    cost[:, :, 0, 1] = cost[:, :, 1, 0] = factor
    # `no_change` of one group: its arrays of ones would otherwise be as large as all shares of all groups.
    thin = base._replace(expenditure_share=base.expenditure_share[:1])
    return no_change(thin)._replace(trade_cost_hat=cost, availability=neutral)


def _group_of_user(sectors: int, users: str) -> np.ndarray:
    """Group of each using sector and each final use."""
    if users == "one":
        return np.zeros(sectors + USES, dtype=int)
    if users == "uses":
        return np.concatenate([np.zeros(sectors, dtype=int), 1 + np.arange(USES)])
    if users == "every-user":
        return np.arange(sectors + USES)
    raise ValueError(f"users is {users!r}; there are {', '.join(GROUPINGS)}")


def _sourcing(draw: np.random.Generator, groups: int, sectors: int, size: np.ndarray) -> np.ndarray:
    """Shares (g, k, n, i), larger regions selling more; filled group by group, so that no second array of the size exists."""
    regions = size.size
    shares = np.empty((groups, sectors, regions, regions))
    here = np.arange(regions)
    for group in range(groups):
        part = shares[group]
        draw.standard_exponential(out=part)
        part *= size
        part[:, here, here] = 0.0
        home = draw.uniform(0.3, 0.7, (sectors, regions))
        part *= ((1.0 - home) / part.sum(axis=2))[:, :, None]
        part[:, here, here] = home
    return shares


def _shares(draw: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """Positive numbers that add up to one over the middle axis."""
    drawn = draw.gamma(2.0, 1.0, shape)
    return drawn / drawn.sum(axis=1, keepdims=True)


def _by_group(share: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """(n, k, user) to (n, g, k, user), each user buying through its own group."""
    regions, sectors, users = share.shape
    spread = np.zeros((regions, groups, sectors, users))
    for user in range(users):
        spread[:, group[user], :, user] = share[:, :, user]
    return spread
