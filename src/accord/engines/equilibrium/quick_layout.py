"""Base economies arranged for the evaluations of `quick.System`: weights of sources, and recipes by group of users.

Scenarios of one base share its arrangement; economies that are drawn around one World share most of it (`quick_weights`). What is of one
economy alone has an axis for economies behind (d), or before where BLAS takes one matrix of each at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Floats
from accord.engines.equilibrium.quick_cells import Recipes, WedgesAt, alike
from accord.engines.equilibrium.quick_weights import Weights, of_economies


class GroupShares(NamedTuple):
    """Shares of products bought through one group, for its users at positions `users` (u',).

    Attributes:
        group: The group.
        users: Its users.
        shared: Shares up to a factor (n, k, u'), of many economies.
        scale: That factor (n, u', d).
        own: Shares in the regions where they are of one economy alone (d, n', k, u').
    """

    group: int
    users: np.ndarray
    shared: np.ndarray
    scale: np.ndarray
    own: np.ndarray

    @classmethod
    def of(cls, share: Floats) -> tuple[GroupShares, ...]:
        """Return (n, g, k, u) of one economy by group."""
        parts: list[GroupShares] = []
        regions, _, sectors, _ = share.shape
        for group in range(share.shape[1]):
            users = np.flatnonzero(np.any(share[:, group] != 0.0, axis=(0, 1)))
            if users.size:
                shared = np.ascontiguousarray(share[:, group][..., users])
                none = np.zeros((1, 0, sectors, users.size))
                parts.append(cls(group, users, shared, np.ones((regions, users.size, 1)), none))
        return tuple(parts)

    @classmethod
    def empty(cls, group: int, regions: int, sectors: int, own: int, many: int) -> GroupShares:
        """Return a group through which nobody buys, of some regions and economies."""
        nobody = np.zeros(0, dtype=int)
        return cls(
            group,
            nobody,
            np.zeros((regions, sectors, 0)),
            np.zeros((regions, 0, many)),
            np.zeros((many, own, sectors, 0)),
        )

    def whole(self, own: np.ndarray) -> np.ndarray:
        """Shares (n, k, u', d) in all regions; `own` are those of one economy alone (n',)."""
        share = self.shared[..., None] * self.scale[:, None]
        share[own] = self.own.transpose(1, 2, 3, 0)
        return share

    def in_region(self, region: int, own: np.ndarray) -> np.ndarray:
        """Shares (d, k, u') in one region."""
        place = np.flatnonzero(own == region)
        if place.size:
            return self.own[:, place[0]]
        return self.shared[region] * self.scale[region].T[:, None]

    def of_user(self, region: int, user: int, own: np.ndarray) -> np.ndarray:
        """Shares (k, d) of the user at one place among `users`, in one region."""
        place = np.flatnonzero(own == region)
        if place.size:
            return self.own[:, place[0], :, user].T
        return self.shared[region, :, user, None] * self.scale[region, user]

    def with_own(self, own: np.ndarray, regions: np.ndarray) -> GroupShares:
        """Return the same shares with other regions in the place of those of one economy alone."""
        many, (_, sectors, users) = len(self.own), self.shared.shape
        shares = np.empty((many, regions.size, sectors, users))
        for place, region in enumerate(regions.tolist()):
            shares[:, place] = self.in_region(region, own)
        return self._replace(own=shares)

    def with_user(self, place_of_region: int, user: int, bought: np.ndarray) -> GroupShares:
        """Return the shares with those of one user in one region of one economy alone, at `place_of_region`, put anew (k, d)."""
        part = self
        place = int(np.searchsorted(part.users, user))
        if place == part.users.size or part.users[place] != user:
            part = part._replace(
                users=np.insert(part.users, place, user),
                shared=np.insert(part.shared, place, 0.0, axis=2),
                scale=np.insert(part.scale, place, 0.0, axis=1),
                own=np.insert(part.own, place, 0.0, axis=3),
            )
        own = part.own.copy()
        own[:, place_of_region, :, place] = bought.T
        return part._replace(own=own)

    def of_some(self, chosen: np.ndarray) -> GroupShares:
        """Return those of some of the economies."""
        return self._replace(scale=of_economies(self.scale, chosen), own=self.own[chosen])

    def prices(self, log_index: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Log prices (n, u', d) of what users buy through the group, from those of products (n, k, d)."""
        price = self.shared.swapaxes(1, 2) @ log_index
        price *= self.scale
        if own.size:
            by_system = np.ascontiguousarray(log_index[own].transpose(2, 0, 1))[:, :, None]
            price[own] = (by_system @ self.own)[:, :, 0].transpose(1, 2, 0)
        return price

    def purchases(self, spending: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Purchases (n, k, d) through the group of users that spend (n, u', d)."""
        bought = self.shared @ (spending * self.scale)
        if own.size:
            by_system = np.ascontiguousarray(spending[own].transpose(2, 0, 1))[..., None]
            bought[own] = (self.own @ by_system)[..., 0].transpose(1, 2, 0)
        return bought


class Layout(NamedTuple):
    """Bases of one kind, arranged.

    Attributes:
        output: Output at producer prices (n, j, d).
        weights: Weights of its sources.
        users: Cost shares of using sectors by group.
        buyers: Shares of products in final uses by group.
        own: Regions in which shares are of this economy alone (n',).
        wedges: Where its wedges are.
    """

    output: np.ndarray
    weights: Weights
    users: tuple[GroupShares, ...]
    buyers: tuple[GroupShares, ...]
    own: np.ndarray
    wedges: WedgesAt

    @classmethod
    def of(cls, base: BaseEconomy) -> Layout:
        """Arrange one base."""
        return cls(
            np.asarray(base.output)[..., None],
            Weights.of(base),
            GroupShares.of(base.input_share),
            GroupShares.of(base.final_share),
            np.zeros(0, dtype=int),
            WedgesAt.of(base.wedges, base.expenditure_share.shape),
        )

    def recipe(self, region: int, using: int) -> np.ndarray:
        """Cost shares of one producer (g, k, d)."""
        groups, sectors, _, _ = self.weights.cells.shape
        inputs = np.zeros((groups, sectors, self.output.shape[2]))
        for part in self.users:
            place = np.flatnonzero(part.users == using)
            if place.size:
                inputs[part.group] = part.of_user(region, int(place[0]), self.own)
        return inputs

    def with_own(self, regions: np.ndarray) -> Layout:
        """Return the same with further regions of this economy alone."""
        own = np.union1d(self.own, regions)
        if own.size == self.own.size:
            return self
        users, buyers = (
            tuple(part.with_own(self.own, own) for part in parts) for parts in (self.users, self.buyers)
        )
        return self._replace(users=users, buyers=buyers, own=own)

    def of_some(self, chosen: np.ndarray) -> Layout:
        """Return that of some of the economies."""
        users, buyers = (tuple(part.of_some(chosen) for part in parts) for parts in (self.users, self.buyers))
        return self._replace(
            output=of_economies(self.output, chosen),
            weights=self.weights.of_some(chosen),
            users=users,
            buyers=buyers,
            wedges=self.wedges._replace(rent=of_economies(self.wedges.rent, chosen)),
        )


def under_recipes(
    base: BaseEconomy, recipes: Recipes, layout: Layout
) -> tuple[np.ndarray, Layout, np.ndarray]:
    """Unit cost at base prices (n, j, d), the layout with input shares, and factor shares (n, v, j, d) under new recipes."""
    regions, sectors, many = layout.output.shape
    cost = np.ones((regions, sectors, many))
    if not recipes:
        return cost, layout, np.asarray(base.factor_share)
    factor_share = np.array(base.factor_share)
    layout = layout.with_own(np.array([region for region, _ in recipes]))
    parts = {part.group: part for part in layout.users}
    for (region, using), (inputs, factors) in recipes.items():
        in_base = layout.recipe(region, using).sum(axis=(0, 1)) + base.factor_share[region, :, using].sum(
            axis=0
        )
        there = alike(in_base != 0.0)
        if there:
            cost[region, using] = (inputs.sum(axis=(0, 1)) + factors.sum(axis=0)) / in_base
        factor_share[region, :, using] = factors / cost[region, using]
        place = int(np.searchsorted(layout.own, region))
        for group, bought in enumerate(inputs / cost[region, using]):
            old = parts.get(group) or GroupShares.empty(group, regions, sectors, layout.own.size, many)
            if alike(bought.any(axis=0)) or using in old.users:
                parts[group] = old.with_user(place, using, bought)
    return cost, layout._replace(users=tuple(parts[group] for group in sorted(parts))), factor_share


def in_layout(base: BaseEconomy) -> BaseEconomy:
    """Return the base with NaN in the place of shares that its layout has."""
    names = ("expenditure_share", "input_share", "final_share")
    return base._replace(**{name: np.broadcast_to(np.nan, getattr(base, name).shape) for name in names})
