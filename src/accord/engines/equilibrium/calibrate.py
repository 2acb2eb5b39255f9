"""From accounts to a base economy: shares and levels that reproduce the data exactly when nothing changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Wedges

Array = np.ndarray


class Accounts(NamedTuple):
    """Inter-country input-output accounts as arrays, flows valued before duty, USD million a year.

    Attributes:
        intermediate: Z (i, k, n, j).
        final: Y (i, k, n, f), household first.
        wedges: Wedges that the base holds; (1 or g, k, n, i).
        output_tax: (n, j), share of the value of output.
        trade_elasticity: theta (k,).
    """

    intermediate: Array
    final: Array
    wedges: Wedges
    output_tax: Array
    trade_elasticity: Array


def calibrate(accounts: Accounts, groups: Sequence[Array]) -> BaseEconomy:
    """Return the base economy of `accounts` for the given use groups.

    Args:
        accounts: The data.
        groups: For each group, the share of every user's purchases that belongs to it: (sector + use,) weights in [0, 1], using
            sectors first, then uses; the weights of a user add up to one over groups.

    Value added is what is left of output, valued at producer prices, after inputs at user prices and the output tax; the caller
    checks that it is positive. A country's imbalance is its spending less its own income (METHODS sections 5 and 6).
    """
    exporters, sectors, regions, using = accounts.intermediate.shape
    uses = accounts.final.shape[3]
    wedges = Wedges(
        *(np.broadcast_to(rate, (len(groups), sectors, regions, exporters)) for rate in accounts.wedges)
    )
    landed = wedges.landed_factor

    flows = np.empty((len(groups), sectors, regions, exporters))
    purchases = np.empty((regions, len(groups), sectors, using + uses))
    for group, weight in enumerate(groups):
        for exporter in range(exporters):  # one exporter at a time keeps float64 copies small at 80 x 50
            bought = (
                np.concatenate([accounts.intermediate[exporter], accounts.final[exporter]], axis=2) * weight
            )
            flows[group, :, :, exporter] = bought.sum(axis=2, dtype=np.float64)
            at_user_prices = bought * landed[group, :, :, exporter][:, :, None]
            if exporter == 0:
                purchases[:, group] = at_user_prices.transpose(1, 0, 2)
            else:
                purchases[:, group] += at_user_prices.transpose(1, 0, 2)

    spending = flows * landed
    expenditure = spending.sum(axis=3)
    receipts = (
        (flows / (1.0 + wedges.export_rent)).sum(axis=(0, 2)).T
    )  # (n, j): value of output at producer prices
    cost = receipts * (1.0 - accounts.output_tax)
    inputs = purchases[..., :using]
    value_added = cost - inputs.sum(axis=(1, 2))
    final = purchases[..., using:]
    final_spending = final.sum(axis=(1, 2))
    revenue = (spending - flows).sum(axis=(0, 1, 3)) + (flows - flows / (1.0 + wedges.export_rent)).sum(
        axis=(0, 1, 2)
    )
    income = value_added.sum(axis=1) + revenue + (receipts * accounts.output_tax).sum(axis=1)
    imbalance = final_spending.sum(axis=1) - income
    return BaseEconomy(
        expenditure_share=_shares(spending, expenditure[..., None]),
        expenditure=expenditure,
        input_share=_shares(inputs, cost[:, None, None, :]),
        value_added_share=_shares(value_added, cost),
        final_share=_shares(final, final_spending[:, None, None, :]),
        final_spending=final_spending,
        value_added=value_added.sum(axis=1),
        wedges=wedges,
        output_tax=accounts.output_tax,
        trade_elasticity=accounts.trade_elasticity,
        imbalance_share=imbalance / income.sum(),
        resource_cost=np.zeros(regions),
    )


def _shares(part: Array, total: Array) -> Array:
    """Return part / total, zero where the total is zero (nothing bought, nothing made)."""
    return np.divide(
        part, total, out=np.zeros(np.broadcast_shapes(part.shape, total.shape)), where=total != 0.0
    )
