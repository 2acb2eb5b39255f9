"""Calibrates the accounts of one World again and again: under other wedges on some flows, other shares of groups, other elasticities.

Equal to `calibrate` and `Layout.of` up to rounding, in a small part of their time. What every user buys in all is known, at the wedges
of the accounts; users divided between groups are few, and so are flows with other wedges: only what they change is added up anew. What
users buy from whom, and most recipes, stay where they are and are shared by all economies that come out. Several are calibrated at
once, in columns (d).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.calibrate import Accounts, Array, Totals, base_economy
from accord.engines.equilibrium.inputs import BaseEconomy, Imbalance, Technology, Wedges, no_imbalance
from accord.engines.equilibrium.quick_cells import Cells, WedgeFactors, WedgesAt, alike, united
from accord.engines.equilibrium.quick_layout import GroupShares, Layout
from accord.engines.equilibrium.quick_sums import Adding
from accord.engines.equilibrium.quick_weights import Mixture, Sources, Weights, by_entry

KEPT = 8
"""Divisions of users into groups, and lists of cells, whose sums are kept."""


class _Moved(NamedTuple):
    """Flows under other wedges than those of the accounts.

    Attributes:
        group: Group of each (p,).
        product: Product of each (p,).
        importer: Importer of each (p,).
        exporter: Exporter of each (p,).
        bought: What each user buys of them in the accounts, before duty (p, u).
        dearer: Their landed factor less that of the accounts (p, d).
        flow: Value before duty of what is bought through the group (p, d).
        produced: What more of it producers get than in the accounts; less than nothing where an export rent is new (p, d).
    """

    group: Array
    product: Array
    importer: Array
    exporter: Array
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
        self._regions, self._sectors = accounts.output_tax.shape
        self._divisions: dict[bytes, _Division] = {}
        self._of_users: dict[bytes, Array] = {}
        self._wedges_at: dict[int, WedgesAt] = {}

    def cells(self, weight: Array, flat: Array) -> Cells:
        """Return the cells of calibrations: flows at ascending positions (g, k, n, i), and home flows that stand for what nobody buys.

        Args:
            weight: Weights of users in each group (g, u, d).
            flat: All flows that may have other wedges than the accounts, among others.
        """
        cells, _, _ = united(
            self._division(weight).alone.tobytes(), flat.tobytes(), (len(weight), *self._flow_shape)
        )
        return cells

    def calibrated(
        self, wedges: Wedges, technology: Technology, weight: Array, cells: Cells, paying: Array
    ) -> tuple[BaseEconomy, Layout]:
        """Return `calibrate` of the same accounts with other wedges, technology and weights of groups, in columns and arranged.

        Shares of sources, inputs and final uses are in the layout alone: the bases have NaN in their place. Their wedges are lists (c, d)
        over the cells; elsewhere they are those of the accounts.

        Args:
            wedges: New wedges (c, d) on the cells.
            technology: New elasticities; those of trade are (k, d).
            weight: Weights of users in each group, as in `calibrate` (g, u, d).
            cells: The cells (`cells`).
            paying: Places among them of flows whose payments may differ from those of the accounts (p,).
        """
        shape, many = cells.shape, weight.shape[2]
        moved = self._moved(wedges, weight, cells, paying)
        division = self._division(weight)
        mixture = Mixture(division.group, division.part, weight[division.group, division.user])
        paid_sum = mixture.of(division.bought, len(weight), shape[2])
        weights, wedges_at = self._weights(division, mixture, paid_sum, technology, wedges, cells)
        dearer = moved.flow * moved.dearer
        expenditure = paid_sum.reshape(shape[1], shape[0], shape[2], many).swapaxes(0, 1).copy()
        row = np.ravel_multi_index((moved.group, moved.product, moved.importer), expenditure.shape[:3])
        Adding.of_all(row).add(expenditure.reshape(-1, many), dearer)

        using = self._sectors
        own, shares, spent = self._own_purchases(weight, moved)
        receipts = np.repeat(self._receipts[..., None], many, axis=2)
        revenue = np.repeat(self._revenue[:, None], many, axis=1)
        sold = Adding.of_all(moved.exporter * shape[1] + moved.product)
        sold.add(receipts.reshape(-1, many), moved.produced)
        Adding.of_all(moved.exporter).add(revenue, -moved.produced)
        Adding.of_all(moved.importer).add(revenue, dearer)
        cost = receipts * (1.0 - self._accounts.output_tax[..., None])
        totals = np.concatenate([cost, spent[:, using:]], axis=1)
        over = _inverse(totals)
        shares *= over[own].transpose(2, 0, 1)[:, :, None, None, :]
        users, buyers = (
            self._shares(weight, over, shares, part) for part in (slice(0, using), slice(using, None))
        )
        accounts = self._accounts
        base = base_economy(
            accounts._replace(
                technology=technology,
                wedges=wedges,
                output_tax=accounts.output_tax[..., None],
                factor_split=accounts.factor_split[..., None],
            ),
            Totals(receipts, cost, cost - spent[:, :using], spent[:, using:], revenue),
            expenditure=expenditure,
            expenditure_share=np.broadcast_to(np.nan, shape),
            input_share=np.broadcast_to(np.nan, (self._regions, len(weight), self._sectors, using)),
            final_share=np.broadcast_to(
                np.nan, (self._regions, len(weight), self._sectors, spent.shape[1] - using)
            ),
        )
        columns = {
            name: getattr(base, name)[..., None] for name in ("subsidy", "subsidy_payer", "resource_cost")
        }
        levels = no_imbalance(self._regions)
        imbalance = Imbalance(*(part[:, None] for part in levels))._replace(
            world_share=base.imbalance.world_share
        )
        base = base._replace(**columns, imbalance=imbalance)
        return base, Layout(receipts, weights, users, buyers, own, wedges_at)

    def _moved(self, wedges: Wedges, weight: Array, cells: Cells, paying: Array) -> _Moved:
        group, product, importer, exporter = (
            part[paying] for part in (cells.group, cells.product, cells.importer, cells.exporter)
        )
        bought = self._bought[exporter, product, importer].astype(np.float64)
        flow = np.empty((paying.size, weight.shape[2]))
        for place in np.flatnonzero(np.bincount(group, minlength=len(weight))):
            some = group == place
            flow[some] = bought[some] @ weight[place]
        made = 1.0 / (1.0 + wedges.export_rent[paying]) - self._made[product, importer, exporter][:, None]
        landed = (1.0 + wedges.tariff[paying]) * (1.0 + wedges.import_rent[paying])
        dearer = landed - self._landed[product, importer, exporter][:, None]
        return _Moved(group, product, importer, exporter, bought, dearer, flow, flow * made)

    def _division(self, weight: Array) -> _Division:
        """The sets of users that groups with these weights (g, u, d) are made of."""
        some, whole = alike(weight > 0.0), alike(weight == 1.0)
        key = np.packbits(np.stack([some, whole])).tobytes() + bytes(str(some.shape), "ascii")
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
        nobody = Mixture(group, part, np.ones((group.size, 1))).of(bought, groups, regions) == 0.0
        product, row = np.nonzero(nobody[..., 0])
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
        cells: Cells,
    ) -> tuple[Weights, WedgesAt]:
        """Weights (`Weights`), and where the bases have wedges."""
        shape = cells.shape
        key = cells.flat.tobytes()
        if key not in division.known:
            if len(division.known) >= KEPT:
                division.known.clear()
            division.known[key] = by_entry(division.sources, mixture, cells)
        content = mixture.sum(division.known[key])
        factors = WedgeFactors.on(wedges)
        flow = content[1].copy()
        # What nobody buys is sourced at home, so that it has a price.
        flow[np.searchsorted(cells.flat, division.alone)] = 1.0
        value = np.empty((3, *flow.shape))
        np.multiply(flow, factors.landed, out=value[1])
        np.multiply(value[1], factors.preference, out=value[0])
        value[2] = flow
        column = np.zeros((shape[1], shape[3], flow.shape[1]))
        weights = Weights(division.sources, mixture, column, paid_sum, cells, content, value)
        if shape[0] not in self._wedges_at:
            self._wedges_at[shape[0]] = WedgesAt.of(self._wedges, shape)
        wedges_at = self._wedges_at[shape[0]].under(cells, factors)
        return weights.levelled(paid_sum, technology.trade), wedges_at

    def _shares(self, weight: Array, over: Array, own: Array, part: slice) -> tuple[GroupShares, ...]:
        """Shares of products in what some users spend, by group; `own` (d, n', g, k, u) are those in dearer regions."""
        found: list[GroupShares] = []
        for group, of_users in enumerate(weight[:, part]):
            users = np.flatnonzero(alike(of_users > 0.0))
            if users.size:
                place = users + part.start
                found.append(
                    GroupShares(
                        group,
                        users,
                        self._shared(place),
                        of_users[users] * over[:, place],
                        np.ascontiguousarray(own[:, :, group][..., place]),
                    )
                )
        return tuple(found)

    def _shared(self, users: Array) -> Array:
        """What some users buy at user prices (n, k, u')."""
        key = users.tobytes()
        if key not in self._of_users:
            self._of_users[key] = np.ascontiguousarray(self._at_user_prices[..., users])
        return self._of_users[key]

    def _own_purchases(self, weight: Array, moved: _Moved) -> tuple[Array, Array, Array]:
        """Importers that pay other prices than in the accounts (n',), their purchases (d, n', g, k, u), and what users spend (n, u, d)."""
        groups, users, many = weight.shape
        own, row = np.unique(moved.importer, return_inverse=True)
        row = np.ravel(row)
        purchases = np.empty((many, own.size, groups, self._sectors, users))
        spent = np.repeat(self._spent[..., None], many, axis=2)
        usual = self._at_user_prices[own, None]
        sellers = [moved.exporter == seller for seller in np.unique(moved.exporter)]
        # One economy at a time: its purchases stay near at hand.
        for place, (mine, dearer) in enumerate(zip(weight.transpose(2, 0, 1), moved.dearer.T, strict=True)):
            bought = purchases[place]
            np.multiply(usual, mine[:, None, :], out=bought)
            more = moved.bought * mine[moved.group]
            more *= dearer[:, None]
            for some in sellers:  # of one seller, each product of a group and importer stands once
                bought[row[some], moved.group[some], moved.product[some]] += more[some]
            spent[own, :, place] = bought.sum(axis=(1, 2))
        return own, purchases, spent


def _inverse(total: Array) -> Array:
    """One over a total; zero where it is zero, as `shares` has it."""
    return np.divide(1.0, total, out=np.zeros_like(total), where=total != 0.0)
