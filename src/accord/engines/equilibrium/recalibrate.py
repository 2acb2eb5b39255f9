"""Calibrates the accounts of one World again and again: under other wedges on some flows, other shares of groups, other elasticities.

Equal to `calibrate` up to rounding, in a tenth of its time. What every user buys in all is known, at the wedges of the accounts; users
divided between groups are few, and so are flows with other wedges: only what they change is added up anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.calibrate import Accounts, Array, Totals, base_economy
from accord.engines.equilibrium.inputs import BaseEconomy, Technology, Wedges

Cells = tuple[Array, Array, Array, Array]
"""Positions g, k, n, i."""

KEPT = 8
"""Divisions of users into groups whose sums are kept."""


class _Moved(NamedTuple):
    """Flows under other wedges than those of the accounts.

    Attributes:
        cells: Positions (g, k, n, i), each once.
        bought: What each user buys of them through the group, before duty (cells, u).
        landed: Their landed factor (cells,).
        dearer: The same less that of the accounts.
        flow: Value before duty (cells,).
        produced: What more of it producers get than in the accounts; less than nothing where an export rent is new (cells,).
    """

    cells: Cells
    bought: Array
    landed: Array
    dearer: Array
    flow: Array
    produced: Array


class Recalibration:
    """Sums over the accounts of one World, from which it is calibrated again.

    Args:
        accounts: The data. Wedges are those from which calibrations differ on few flows, the same for every group.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        # (i, k, n, u), using sectors first
        self._bought = np.concatenate([accounts.intermediate, accounts.final], axis=3)
        exporters, sectors, regions, _ = self._bought.shape
        self._flow_shape = sectors, regions, exporters
        wedges = Wedges(*(np.broadcast_to(rate, (1, *self._flow_shape))[0] for rate in accounts.wedges))
        self._landed, self._made = wedges.landed_factor, 1.0 / (1.0 + wedges.export_rent)
        # What users buy at user prices of each product (n, k, u), and of all of them (n, u).
        at_user_prices = np.einsum(
            "iknu,kni->nku", self._bought, self._landed, dtype=np.float64, optimize=False
        )
        self._at_user_prices = np.ascontiguousarray(at_user_prices)
        self._spent = self._at_user_prices.sum(axis=1)
        flows = self._bought.sum(axis=3, dtype=np.float64).transpose(1, 2, 0)
        produced = flows * self._made
        self._receipts = np.ascontiguousarray(produced.sum(axis=1).T)
        self._revenue = (flows * (self._landed - 1.0)).sum(axis=(0, 2)) + (flows - produced).sum(axis=(0, 1))
        self._known: dict[bytes, tuple[Array, Array]] = {}

    def calibrated(
        self,
        wedges: Wedges,
        technology: Technology,
        groups: Sequence[Array],
        cells: Cells | None = None,
    ) -> BaseEconomy:
        """Return `calibrate` of the same accounts with other wedges, technology and weights of groups.

        Args:
            wedges: New wedges (1 or g, k, n, i).
            technology: New elasticities.
            groups: Weights of users in each group, as in `calibrate`.
            cells: Flows on which payments may differ from those of the accounts, each once; looked for where they are not given.
        """
        accounts = self._accounts._replace(technology=technology, wedges=wedges)
        using = self._accounts.intermediate.shape[3]
        weight = np.stack(groups)
        moved = self._moved(wedges, weight, self._differing(wedges, len(weight)) if cells is None else cells)
        _, product, importer, exporter = moved.cells

        spending = self._spending(weight)
        spending[moved.cells] = moved.flow * moved.landed
        expenditure = np.einsum(
            "gkni->gkn", spending
        )  # a quarter of the time of `sum` along so short an axis
        purchases, dearer = self._dearer_purchases(weight, moved)
        spent = self._spent.copy()
        spent[dearer] = purchases.sum(axis=(1, 2))

        receipts, revenue = self._receipts.copy(), self._revenue.copy()
        rented = np.flatnonzero(moved.produced)
        np.add.at(receipts, (exporter[rented], product[rented]), moved.produced[rented])
        np.subtract.at(revenue, exporter[rented], moved.produced[rented])
        revenue += np.bincount(importer, moved.flow * moved.dearer, len(revenue))
        cost = receipts * (1.0 - accounts.output_tax)

        totals = np.concatenate([cost, spent[:, using:]], axis=1)
        over = _inverse(totals)
        by_user = self._at_user_prices * over[:, None, :]
        purchases *= over[dearer, None, None, :]
        share: list[Array] = []
        for part in (slice(None, using), slice(using, None)):
            share.append(by_user[:, None, :, part] * weight[:, None, part])
            share[-1][dearer] = purchases[..., part]
        return base_economy(
            accounts,
            Totals(receipts, cost, cost - spent[:, :using], spent[:, using:], revenue),
            expenditure=expenditure,
            expenditure_share=np.multiply(spending, _inverse(expenditure)[..., None], out=spending),
            input_share=share[0],
            final_share=share[1],
        )

    def _differing(self, wedges: Wedges, groups: int) -> Cells:
        """Flows whose payments are not those of the accounts."""
        whole = (groups, *self._flow_shape)
        landed = np.broadcast_to(wedges.landed_factor, whole) != self._landed
        rented = np.broadcast_to(1.0 / (1.0 + wedges.export_rent), whole) != self._made
        group, product, importer, exporter = np.nonzero(landed | rented)
        return group, product, importer, exporter

    def _moved(self, wedges: Wedges, weight: Array, cells: Cells) -> _Moved:
        group, product, importer, exporter = cells

        def factor(rate: Array) -> Array:
            return 1.0 + rate[group if rate.shape[0] > 1 else 0, product, importer, exporter]

        bought = self._bought[exporter, product, importer] * weight[group]
        landed = factor(wedges.tariff) * factor(wedges.import_rent)
        flow = bought.sum(axis=1)
        made = 1.0 / factor(wedges.export_rent) - self._made[product, importer, exporter]
        dearer = landed - self._landed[product, importer, exporter]
        return _Moved(cells, bought, landed, dearer, flow, flow * made)

    def _spending(self, weight: Array) -> Array:
        """Spending at the wedges of the accounts (g, k, n, i): users that are wholly in a group together, then those divided."""
        whole = weight == 1.0
        divided = np.flatnonzero(~np.any(whole, axis=0))
        together, apart = self._sums(whole, divided)
        spending = (weight[:, divided] @ apart).reshape(together.shape)
        spending += together
        return spending

    def _sums(self, whole: Array, divided: Array) -> tuple[Array, Array]:
        """What users spend together that are wholly in a group (g, k, n, i), and what each of the divided spends (u', k n i)."""
        key = whole.tobytes()
        if key not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            together = np.stack([self._at_user_prices_of(np.flatnonzero(users)) for users in whole])
            size = int(np.prod(self._flow_shape))
            apart = [self._at_user_prices_of(np.array([user])).ravel() for user in divided]
            self._known[key] = together, np.stack(apart) if apart else np.zeros((0, size))
        return self._known[key]

    def _at_user_prices_of(self, users: Array) -> Array:
        """What some users spend (k, n, i)."""
        flows = self._bought[..., users].sum(axis=3, dtype=np.float64).transpose(1, 2, 0)
        return np.ascontiguousarray(flows * self._landed)

    def _dearer_purchases(self, weight: Array, moved: _Moved) -> tuple[Array, Array]:
        """Purchases (n', g, k, u) of the importers that pay other prices than in the accounts, and their positions n'."""
        group, product, importer, exporter = moved.cells
        pays = np.zeros(len(self._spent), dtype=bool)
        pays[importer] = True
        dearer, row = np.flatnonzero(pays), (np.cumsum(pays) - 1)[importer]
        purchases = self._at_user_prices[dearer, None] * weight[:, None, :]
        more = moved.bought * moved.dearer[:, None]
        for seller in np.flatnonzero(
            np.bincount(exporter)
        ):  # of one seller, each product of a group and importer stands once
            own = exporter == seller
            purchases[row[own], group[own], product[own]] += more[own]
        return purchases, dearer


def _inverse(total: Array) -> Array:
    """One over a total; zero where it is zero, as `shares` has it."""
    return np.divide(1.0, total, out=np.zeros_like(total), where=total != 0.0)
