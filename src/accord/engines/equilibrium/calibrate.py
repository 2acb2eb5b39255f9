"""From accounts to a base economy: shares and levels that reproduce the data exactly when nothing changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Technology, Wedges, no_imbalance

Array = np.ndarray


class Accounts(NamedTuple):
    """Inter-country input-output accounts as arrays, flows valued before duty, USD million a year.

    Attributes:
        intermediate: Z (i, k, n, j).
        final: Y (i, k, n, f), household first.
        wedges: Wedges that the base holds; (1 or g, k, n, i).
        output_tax: (n, j), share of the value of output.
        technology: Elasticities.
        factor_split: (n, v, j), share of each factor in value added; adds up to one over factors.
    """

    intermediate: Array
    final: Array
    wedges: Wedges
    output_tax: Array
    technology: Technology
    factor_split: Array


def calibrate(accounts: Accounts, groups: Sequence[Array]) -> BaseEconomy:
    """Return the base economy of `accounts` for the given use groups.

    Args:
        accounts: The data.
        groups: For each group, the share of every user's purchases that belongs to it: (sector + use,) weights in [0, 1], using
            sectors first, then uses; the weights of a user add up to one over groups.

    Value added is what is left of output, valued at producer prices, after inputs at user prices and the output tax; the caller
    checks that it is positive. A country's imbalance is its spending less its own income (METHODS sections 5 and 6).
    """
    exporters, sectors, regions, _ = accounts.intermediate.shape
    weight = np.stack(groups)
    whole = (len(weight), sectors, regions, exporters)
    wedges = Wedges(*(np.broadcast_to(rate, whole) for rate in accounts.wedges))
    landed = wedges.landed_factor
    flows, purchases = _sums(accounts, weight, landed[0])
    # Few flows have wedges that groups do not share; only these are added up for each group.
    group, product, importer, exporter = np.nonzero(landed != landed[0])
    cells = exporter, product, importer
    bought = np.concatenate([accounts.intermediate[cells], accounts.final[cells]], axis=1) * weight[group]
    dearer = landed[group, product, importer, exporter] - landed[0, product, importer, exporter]
    np.add.at(purchases, (importer, group, product), bought * dearer[:, None])
    return _base_of(accounts, wedges, flows, purchases)


def _sums(accounts: Accounts, weight: Array, landed: Array) -> tuple[Array, Array]:
    """Flows before duty (g, k, n, i), and purchases (n, g, k, u) at the landed factors (k, n, i) of all groups."""
    exporters, sectors, regions, using = accounts.intermediate.shape
    users = using + accounts.final.shape[3]
    flows = np.empty((len(weight), sectors, regions, exporters))
    paid = np.zeros((sectors, regions, users))
    for exporter in range(exporters):  # one exporter at a time keeps float64 copies small at 80 x 50
        bought = np.concatenate(
            [accounts.intermediate[exporter], accounts.final[exporter]], axis=2, dtype=np.float64
        )
        flows[..., exporter] = np.einsum("knu,gu->gkn", bought, weight)
        bought *= landed[:, :, exporter, None]
        paid += bought
    return flows, paid.transpose(1, 0, 2)[:, None] * weight[:, None]


class Totals(NamedTuple):
    """Sums of the accounts.

    Attributes:
        receipts: Value of output at producer prices (n, j).
        cost: What producers spend on inputs and factors (n, j).
        value_added: The part of it that goes to factors (n, j).
        final_spending: (n, f), at user prices.
        revenue: Duties and rents by the region that gets them (n,).
    """

    receipts: Array
    cost: Array
    value_added: Array
    final_spending: Array
    revenue: Array


def _base_of(accounts: Accounts, wedges: Wedges, flows: Array, purchases: Array) -> BaseEconomy:
    """Shares and levels from flows before duty (g, k, n, i) and purchases at user prices (n, g, k, u)."""
    using = accounts.output_tax.shape[1]
    spending = flows * wedges.landed_factor
    expenditure = spending.sum(axis=3)
    produced = flows / (1.0 + wedges.export_rent)
    receipts = produced.sum(axis=(0, 2)).T
    cost = receipts * (1.0 - accounts.output_tax)
    inputs, final = purchases[..., :using], purchases[..., using:]
    totals = Totals(
        receipts,
        cost,
        value_added=cost - inputs.sum(axis=(1, 2)),
        final_spending=final.sum(axis=(1, 2)),
        revenue=(spending - flows).sum(axis=(0, 1, 3)) + (flows - produced).sum(axis=(0, 1, 2)),
    )
    return base_economy(
        accounts,
        totals,
        expenditure=expenditure,
        expenditure_share=shares(spending, expenditure[..., None]),
        input_share=shares(inputs, cost[:, None, None, :]),
        final_share=shares(final, totals.final_spending[:, None, None, :]),
    )


def base_economy(
    accounts: Accounts,
    totals: Totals,
    *,
    expenditure: Array,
    expenditure_share: Array,
    input_share: Array,
    final_share: Array,
) -> BaseEconomy:
    """Return the base economy of accounts from their sums and shares (`BaseEconomy`)."""
    regions, using = accounts.output_tax.shape[:2]
    mobile = not np.any(accounts.technology.specificity)
    own = totals.value_added.sum(axis=1) + totals.revenue
    income = own + (totals.receipts * accounts.output_tax).sum(axis=1)
    imbalance = totals.final_spending.sum(axis=1) - income
    by_factor = totals.value_added[:, None, :] * accounts.factor_split
    return BaseEconomy(
        expenditure_share=expenditure_share,
        expenditure=expenditure,
        input_share=input_share,
        factor_share=shares(by_factor, totals.cost[:, None, :]),
        final_share=final_share,
        final_spending=totals.final_spending,
        # One market for all sectors where every factor is mobile, so that the common case has few unknowns.
        factor_income=by_factor.sum(axis=2, keepdims=True) if mobile else by_factor,
        # As given: rates that all groups share are kept, and moved, once.
        wedges=accounts.wedges,
        output_tax=accounts.output_tax,
        subsidy=np.zeros((regions, using)),
        subsidy_payer=np.repeat(np.arange(regions)[:, None], using, axis=1),
        imbalance=no_imbalance(regions)._replace(world_share=imbalance / income.sum(axis=0)),
        resource_cost=np.zeros(regions),
        purchases=np.zeros((0, *expenditure.shape)),
        purchase_payer=np.zeros(0, dtype=int),
        technology=accounts.technology,
    )


def shares(part: Array, total: Array) -> Array:
    """Return part / total, zero where the total is zero (nothing bought, nothing made)."""
    return np.divide(
        part, total, out=np.zeros(np.broadcast_shapes(part.shape, total.shape)), where=total != 0.0
    )
