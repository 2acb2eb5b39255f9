"""A base economy arranged for the evaluations of `quick.System`: weights of sources, and recipes by group of users.

Scenarios of one base share its arrangement; economies that are drawn around one World share most of it (`quick_weights`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Floats
from accord.engines.equilibrium.quick_cells import WedgesAt
from accord.engines.equilibrium.quick_weights import Weights


class GroupShares(NamedTuple):
    """Shares of products bought through one group, for its users at positions `users` (u',).

    Attributes:
        group: The group.
        users: Its users.
        shared: Shares up to a factor (n, k, u'), of many economies.
        scale: That factor (n, u').
        own: Shares in the regions where they are of one economy alone (n', k, u').
    """

    group: int
    users: np.ndarray
    shared: np.ndarray
    scale: np.ndarray
    own: np.ndarray

    @classmethod
    def of(cls, share: Floats) -> tuple[GroupShares, ...]:
        """Return (n, g, k, u) by group."""
        parts: list[GroupShares] = []
        regions, _, sectors, _ = share.shape
        for group in range(share.shape[1]):
            users = np.flatnonzero(np.any(share[:, group] != 0.0, axis=(0, 1)))
            if users.size:
                shared = np.ascontiguousarray(share[:, group][..., users])
                none = np.zeros((0, sectors, users.size))
                parts.append(cls(group, users, shared, np.ones((regions, users.size)), none))
        return tuple(parts)

    @classmethod
    def empty(cls, group: int, regions: int, sectors: int, own: int) -> GroupShares:
        """Return a group through which nobody buys."""
        nobody = np.zeros(0, dtype=int)
        return cls(
            group,
            nobody,
            np.zeros((regions, sectors, 0)),
            np.zeros((regions, 0)),
            np.zeros((own, sectors, 0)),
        )

    def whole(self, own: np.ndarray) -> np.ndarray:
        """Shares (n, k, u') in all regions; `own` are those of one economy alone (n',)."""
        share = self.shared * self.scale[:, None]
        share[own] = self.own
        return share

    def in_region(self, region: int, own: np.ndarray) -> np.ndarray:
        """Shares (k, u') in one region."""
        place = np.flatnonzero(own == region)
        return self.own[place[0]] if place.size else self.shared[region] * self.scale[region]

    def with_own(self, own: np.ndarray, regions: np.ndarray) -> GroupShares:
        """Return the same shares with other regions in the place of those of one economy alone."""
        shares = [self.in_region(region, own) for region in regions.tolist()]
        return self._replace(own=np.array(shares).reshape(-1, *self.shared.shape[1:]))

    def with_user(self, place_of_region: int, user: int, bought: np.ndarray) -> GroupShares:
        """Return the shares with those of one user in one region of one economy alone, at `place_of_region`, put anew (k,)."""
        part = self
        place = int(np.searchsorted(part.users, user))
        if place == part.users.size or part.users[place] != user:
            part = part._replace(
                users=np.insert(part.users, place, user),
                shared=np.insert(part.shared, place, 0.0, axis=2),
                scale=np.insert(part.scale, place, 0.0, axis=1),
                own=np.insert(part.own, place, 0.0, axis=2),
            )
        own = part.own.copy()
        own[place_of_region, :, place] = bought
        return part._replace(own=own)


class Layout(NamedTuple):
    """One base, arranged.

    Attributes:
        output: Output at producer prices (n, j).
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
        """Arrange a base."""
        return cls(
            base.output,
            Weights.of(base),
            GroupShares.of(base.input_share),
            GroupShares.of(base.final_share),
            np.zeros(0, dtype=int),
            WedgesAt.of(base.wedges, base.expenditure_share.shape),
        )

    def recipe(self, region: int, using: int) -> np.ndarray:
        """Cost shares of one producer (g, k)."""
        groups, sectors, _, _ = self.weights.cells.shape
        inputs = np.zeros((groups, sectors))
        for part in self.users:
            place = np.flatnonzero(part.users == using)
            if place.size:
                inputs[part.group] = part.in_region(region, self.own)[:, place[0]]
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


def in_layout(base: BaseEconomy) -> BaseEconomy:
    """Return the base with NaN in the place of shares that its layout has."""
    names = ("expenditure_share", "input_share", "final_share")
    return base._replace(**{name: np.broadcast_to(np.nan, getattr(base, name).shape) for name in names})
