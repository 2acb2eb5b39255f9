"""Calibrates the accounts of one World again and again: under other wedges on some flows, other shares of groups, other elasticities.

Equal to `calibrate` and `Layout.of` up to rounding, in a small part of their time. What every user buys in all is known, at the wedges
of the accounts; users divided between groups are few, and so are flows with other wedges: only what they change is added up anew. What
users buy from whom, and most recipes, stay where they are and are shared by all economies that come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.calibrate import Accounts, Array, Totals, base_economy
from accord.engines.equilibrium.inputs import BaseEconomy, Technology, Wedges
from accord.engines.equilibrium.quick_cells import Cells, WedgeFactors, WedgesAt, united
from accord.engines.equilibrium.quick_layout import GroupShares, Layout
from accord.engines.equilibrium.quick_weights import Mixture, Sources, Weights, by_entry

Positions = tuple[Array, Array, Array, Array]
"""Positions g, k, n, i."""

KEPT = 8
"""Divisions of users into groups, and lists of cells, whose sums are kept."""


class _Moved(NamedTuple):
    """Flows under other wedges than those of the accounts.

    Attributes:
        cells: Positions (g, k, n, i), each once.
        bought: What each user buys of them through the group, before duty (cells, u).
        dearer: Their landed factor less that of the accounts (cells,).
        flow: Value before duty (cells,).
        produced: What more of it producers get than in the accounts; less than nothing where an export rent is new (cells,).
    """

    cells: Positions
    bought: Array
    dearer: Array
    flow: Array
    produced: Array


class _Division(NamedTuple):
    """Users as sets that groups are made of.

    Attributes:
        sources: What the sets buy.
        bought: Their spending on each product (k, g n + a n), at user prices.
        group: Group of each entry of `Mixture` (p,).
        part: Divided user of each entry (p,), a position among the divided.
        user: The same user's position among all users (p,).
        alone: Home flows of the rows in which nobody buys anything: positions (g, k, n, i), ascending.
        known: `by_entry` of some cells (2, 1 + p, c), by their positions.
    """

    sources: Sources
    bought: Array
    group: Array
    part: Array
    user: Array
    alone: Array
    known: dict[bytes, Array]


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
        self._wedges = Wedges(*(np.broadcast_to(rate, (1, *self._flow_shape)) for rate in accounts.wedges))
        self._landed, self._made = self._wedges.landed_factor[0], 1.0 / (1.0 + self._wedges.export_rent[0])
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
        self._divisions: dict[bytes, _Division] = {}
        self._of_users: dict[bytes, Array] = {}
        self._wedges_at: dict[int, WedgesAt] = {}

    def calibrated(
        self,
        wedges: Wedges,
        technology: Technology,
        groups: Sequence[Array],
        paid_otherwise: Positions | None = None,
        others: Array | None = None,
    ) -> tuple[BaseEconomy, Layout]:
        """Return `calibrate` of the same accounts with other wedges, technology and weights of groups, and the result arranged.

        Shares of sources, inputs and final uses are in the layout alone: the base has NaN in their place. Its wedges are lists (c,) over
        the cells of the layout's weights; elsewhere they are those of the accounts.

        Args:
            wedges: New wedges (1 or g, k, n, i).
            technology: New elasticities.
            groups: Weights of users in each group, as in `calibrate`.
            paid_otherwise: Flows on which payments may differ from those of the accounts, each once; looked for where they are not given.
            others: Flows that are to be cells of the layout besides, at ascending positions (g, k, n, i); at least those with a home
                preference, which are looked for where they are not given.
        """
        weight = np.stack(groups)
        shape = (len(weight), *self._flow_shape)
        moved = self._moved(
            wedges, weight, self._differing(wedges, shape) if paid_otherwise is None else paid_otherwise
        )
        group, product, importer, exporter = moved.cells
        if others is None:
            others = np.flatnonzero(np.broadcast_to(wedges.home_preference, shape))
        division = self._division(weight)
        mixture = Mixture(division.group, division.part, weight[division.group, division.user])
        paid_sum = mixture.of(division.bought, len(weight), shape[2])
        paying = np.sort(np.ravel_multi_index(moved.cells, shape))
        weights, wedges_at = self._weights(
            division, mixture, paid_sum, technology, wedges, (paying, others), shape
        )
        expenditure = np.ascontiguousarray(paid_sum.reshape(shape[1], shape[0], -1).swapaxes(0, 1))
        np.add.at(expenditure, (group, product, importer), moved.flow * moved.dearer)

        using = self._accounts.intermediate.shape[3]
        purchases, dearer = self._dearer_purchases(weight, moved)
        spent = self._spent.copy()
        spent[dearer] = purchases.sum(axis=(1, 2))
        receipts, revenue = self._receipts.copy(), self._revenue.copy()
        rented = np.flatnonzero(moved.produced)
        np.add.at(receipts, (exporter[rented], product[rented]), moved.produced[rented])
        np.subtract.at(revenue, exporter[rented], moved.produced[rented])
        revenue += np.bincount(importer, moved.flow * moved.dearer, len(revenue))
        cost = receipts * (1.0 - self._accounts.output_tax)
        totals = np.concatenate([cost, spent[:, using:]], axis=1)
        over = _inverse(totals)
        purchases *= over[dearer, None, None, :]
        users, buyers = (
            self._shares(weight, over, purchases, part) for part in (slice(0, using), slice(using, None))
        )
        regions, sectors = receipts.shape
        on_cells = Wedges(*(weights.cells.of(rate) for rate in wedges))
        base = base_economy(
            self._accounts._replace(technology=technology, wedges=on_cells),
            Totals(receipts, cost, cost - spent[:, :using], spent[:, using:], revenue),
            expenditure=expenditure,
            expenditure_share=np.broadcast_to(np.nan, shape),
            input_share=np.broadcast_to(np.nan, (regions, len(weight), sectors, using)),
            final_share=np.broadcast_to(np.nan, (regions, len(weight), sectors, spent.shape[1] - using)),
        )
        return base, Layout(receipts, weights, users, buyers, dearer, wedges_at)

    def _differing(self, wedges: Wedges, shape: tuple[int, ...]) -> Positions:
        """Flows whose payments are not those of the accounts."""
        landed = np.broadcast_to(wedges.landed_factor, shape) != self._landed
        rented = np.broadcast_to(1.0 / (1.0 + wedges.export_rent), shape) != self._made
        group, product, importer, exporter = np.nonzero(landed | rented)
        return group, product, importer, exporter

    def _moved(self, wedges: Wedges, weight: Array, cells: Positions) -> _Moved:
        group, product, importer, exporter = cells

        def factor(rate: Array) -> Array:
            return 1.0 + rate[group if rate.shape[0] > 1 else 0, product, importer, exporter]

        bought = self._bought[exporter, product, importer] * weight[group]
        flow = bought.sum(axis=1)
        made = 1.0 / factor(wedges.export_rent) - self._made[product, importer, exporter]
        landed = factor(wedges.tariff) * factor(wedges.import_rent)
        return _Moved(cells, bought, landed - self._landed[product, importer, exporter], flow, flow * made)

    def _division(self, weight: Array) -> _Division:
        """The sets of users that groups with these weights (g, u) are made of."""
        some, whole = weight > 0.0, weight == 1.0
        key = np.packbits(np.stack([some, whole])).tobytes() + bytes(str(weight.shape), "ascii")
        if key not in self._divisions:
            if len(self._divisions) >= KEPT:
                self._divisions.clear()
            self._divisions[key] = self._divided(some, whole)
        return self._divisions[key]

    def _divided(self, some: Array, whole: Array) -> _Division:
        sets = [np.flatnonzero(users) for users in whole]
        entries: list[tuple[int, int, int]] = []
        for part, user in enumerate(np.flatnonzero(~whole.any(axis=0) & some.any(axis=0)).tolist()):
            entries += [(group, part, user) for group in np.flatnonzero(some[:, user]).tolist()]
            sets.append(np.array([user]))
        group, part, user = np.array(sorted(entries), dtype=int).reshape(-1, 3).T
        before_duty = np.concatenate([self._flows_of(users) for users in sets], axis=1)
        landed = np.tile(self._landed, (1, len(sets), 1))
        sources = Sources(before_duty * landed, before_duty)
        bought = sources.paid.sum(axis=2)
        groups, regions = len(some), self._flow_shape[1]
        nobody = Mixture(group, part, np.ones(group.size)).of(bought, groups, regions) == 0.0
        product, row = np.nonzero(nobody)
        of, importer = np.divmod(row, regions)
        alone = np.ravel_multi_index((of, product, importer, importer), (groups, *self._flow_shape))
        return _Division(sources, bought, group, part, user, np.sort(alone), {})

    def _flows_of(self, users: Array) -> Array:
        """What some users buy before duty (k, n, i)."""
        flows = self._bought[..., users].sum(axis=3, dtype=np.float64).transpose(1, 2, 0)
        return np.ascontiguousarray(flows)

    def _weights(
        self,
        division: _Division,
        mixture: Mixture,
        paid_sum: Array,
        technology: Technology,
        wedges: Wedges,
        flows: tuple[Array, Array],
        shape: tuple[int, ...],
    ) -> tuple[Weights, WedgesAt]:
        """Weights (`Weights`) with the flows of both lists among their cells, and where the base has wedges."""
        cells = Cells.at(division.alone, shape)
        for flat in flows:
            cells, _, _ = united(cells.flat.tobytes(), flat.tobytes(), shape)
        key = cells.flat.tobytes()
        if key not in division.known:
            if len(division.known) >= KEPT:
                division.known.clear()
            division.known[key] = by_entry(division.sources, mixture, cells)
        content = mixture.sum(division.known[key])
        factors = WedgeFactors.of(wedges, cells)
        flow = content[1].copy()
        # What nobody buys is sourced at home, so that it has a price.
        flow[np.searchsorted(cells.flat, division.alone)] = 1.0
        paid = flow * factors.landed
        column = np.zeros((shape[1], shape[3]))
        value = np.stack([paid * factors.preference, paid, flow])
        weights = Weights(division.sources, mixture, column, paid_sum, cells, content, value)
        if shape[0] not in self._wedges_at:
            self._wedges_at[shape[0]] = WedgesAt.of(self._wedges, shape)
        wedges_at = self._wedges_at[shape[0]].under(cells, factors)
        return weights.levelled(paid_sum, technology.trade), wedges_at

    def _shares(self, weight: Array, over: Array, purchases: Array, part: slice) -> tuple[GroupShares, ...]:
        """Shares of products in what some users spend, by group; `purchases` (n', g, k, u) are those in dearer regions."""
        found: list[GroupShares] = []
        for group, of_users in enumerate(weight[:, part]):
            users = np.flatnonzero(of_users)
            if users.size:
                place = users + part.start
                found.append(
                    GroupShares(
                        group,
                        users,
                        self._shared(place),
                        of_users[users] * over[:, place],
                        np.ascontiguousarray(purchases[:, group][..., place]),
                    )
                )
        return tuple(found)

    def _shared(self, users: Array) -> Array:
        """What some users buy at user prices (n, k, u')."""
        key = users.tobytes()
        if key not in self._of_users:
            self._of_users[key] = np.ascontiguousarray(self._at_user_prices[..., users])
        return self._of_users[key]

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
