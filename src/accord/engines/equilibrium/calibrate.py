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
    exporters, sectors, regions, using = accounts.intermediate.shape
    uses = accounts.final.shape[3]
    whole = (len(groups), sectors, regions, exporters)
    wedges = Wedges(*(np.broadcast_to(rate, whole) for rate in accounts.wedges))
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
    return _base_of(accounts, wedges, flows, purchases)


class Recalibration:
    """Sums over the accounts of one World, from which it is calibrated again under other wedges, shares of groups and elasticities.

    Equal to `calibrate` up to rounding, in a tenth of its time: what every user buys in all is known, and wedges differ on few flows.

    Args:
        accounts: The data. Wedges are those from which calibrations differ little, the same for every group.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        # (i, k, n, u), using sectors first
        self._bought = np.concatenate([accounts.intermediate, accounts.final], axis=3)
        self._landed = np.broadcast_to(accounts.wedges.landed_factor, (1, *self._flow_shape))[0]
        self._at_user_prices = np.einsum(
            "iknu,kni->nku", self._bought, self._landed, dtype=np.float64, optimize=False
        )
        self._flows: dict[bytes, Array] = {}

    @property
    def _flow_shape(self) -> tuple[int, int, int]:
        exporters, sectors, regions, _ = self._bought.shape
        return sectors, regions, exporters

    def calibrated(self, wedges: Wedges, technology: Technology, groups: Sequence[Array]) -> BaseEconomy:
        """Return `calibrate` of the same accounts with other wedges, technology and weights of groups."""
        accounts = self._accounts._replace(technology=technology, wedges=wedges)
        wedges = Wedges(*(np.broadcast_to(rate, (len(groups), *self._flow_shape)) for rate in wedges))
        sectors, regions, _ = self._flow_shape
        flows = np.empty(wedges.tariff.shape)
        purchases = np.empty((regions, len(groups), sectors, self._bought.shape[3]))
        landed = wedges.landed_factor
        for group, weight in enumerate(groups):
            # Users that are wholly in the group are summed once; the few that are divided are added at their share.
            flows[group] = self._whole(weight == 1.0)
            for user in np.flatnonzero((weight != 0.0) & (weight != 1.0)):
                flows[group] += weight[user] * self._bought[..., user].transpose(1, 2, 0)
            purchases[:, group] = weight * self._at_user_prices
            product, importer, exporter = np.nonzero(landed[group] != self._landed)
            more = landed[group, product, importer, exporter] - self._landed[product, importer, exporter]
            moved = weight * self._bought[exporter, product, importer] * more[:, None]
            np.add.at(purchases[:, group], (importer, product), moved)
        return _base_of(accounts, wedges, flows, purchases)

    def _whole(self, users: Array) -> Array:
        key = users.tobytes()
        if key not in self._flows:
            chosen = self._bought[..., np.flatnonzero(users)]
            self._flows[key] = chosen.sum(axis=3, dtype=np.float64).transpose(1, 2, 0)
        return self._flows[key]


def _base_of(accounts: Accounts, wedges: Wedges, flows: Array, purchases: Array) -> BaseEconomy:
    """Shares and levels from flows before duty (g, k, n, i) and purchases at user prices (n, g, k, u)."""
    regions, sectors = accounts.output_tax.shape
    using = sectors
    mobile = not np.any(accounts.technology.specificity)
    spending = flows * wedges.landed_factor
    expenditure = spending.sum(axis=3)
    produced = flows / (1.0 + wedges.export_rent)
    receipts = produced.sum(axis=(0, 2)).T  # (n, j): value of output at producer prices
    cost = receipts * (1.0 - accounts.output_tax)
    inputs = purchases[..., :using]
    value_added = cost - inputs.sum(axis=(1, 2))
    final = purchases[..., using:]
    final_spending = final.sum(axis=(1, 2))
    revenue = (spending - flows).sum(axis=(0, 1, 3)) + (flows - produced).sum(axis=(0, 1, 2))
    income = value_added.sum(axis=1) + revenue + (receipts * accounts.output_tax).sum(axis=1)
    imbalance = final_spending.sum(axis=1) - income
    by_factor = value_added[:, None, :] * accounts.factor_split
    return BaseEconomy(
        expenditure_share=_shares(spending, expenditure[..., None]),
        expenditure=expenditure,
        input_share=_shares(inputs, cost[:, None, None, :]),
        factor_share=_shares(by_factor, cost[:, None, :]),
        final_share=_shares(final, final_spending[:, None, None, :]),
        final_spending=final_spending,
        # One market for all sectors where every factor is mobile, so that the common case has few unknowns.
        factor_income=by_factor.sum(axis=2, keepdims=True) if mobile else by_factor,
        # As given: rates that all groups share are kept, and moved, once.
        wedges=accounts.wedges,
        output_tax=accounts.output_tax,
        subsidy=np.zeros((regions, using)),
        subsidy_payer=np.repeat(np.arange(regions)[:, None], using, axis=1),
        imbalance=no_imbalance(regions)._replace(world_share=imbalance / income.sum()),
        resource_cost=np.zeros(regions),
        purchases=np.zeros((0, *expenditure.shape)),
        purchase_payer=np.zeros(0, dtype=int),
        technology=accounts.technology,
    )


def _shares(part: Array, total: Array) -> Array:
    """Return part / total, zero where the total is zero (nothing bought, nothing made)."""
    return np.divide(
        part, total, out=np.zeros(np.broadcast_shapes(part.shape, total.shape)), where=total != 0.0
    )
