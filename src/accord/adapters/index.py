"""Labels to positions and back: the only place where a label meets an array."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property, lru_cache
from typing import NamedTuple, Self

import numpy as np

from accord.errors import AccordError
from accord.shocks import Flows, Labels, Producers


def positions(axis: Sequence[str], labels: Labels, what: str) -> np.ndarray:
    """Return the positions of `labels` on `axis` (all of them for None); an unknown label is an error, never a gap."""
    if labels is None:
        return np.arange(len(axis))
    return np.sort(ordered_positions(axis, labels, what))


def ordered_positions(axis: Sequence[str], labels: Sequence[str], what: str) -> np.ndarray:
    """Return the positions of `labels` on `axis` in the order of `labels`; an unknown label is an error, never a gap."""
    order = _order(tuple(axis))
    unknown = [label for label in labels if label not in order]
    if unknown:
        raise AccordError(
            f"unknown {what} {', '.join(unknown)}: shocks must be resolved against the World first"
        )
    return np.array([order[label] for label in labels], dtype=int)


@lru_cache(maxsize=64)
def _order(axis: tuple[str, ...]) -> dict[str, int]:
    """Position of each label; asked for by every shock of every scenario."""
    return {label: position for position, label in enumerate(axis)}


def flow_mask(flows: Flows, regions: Sequence[str], sectors: Sequence[str]) -> np.ndarray:
    """Return the selected cells as booleans (sector, importer, exporter); flows inside a region only with `flows.home`."""
    mask = np.zeros((len(sectors), len(regions), len(regions)), dtype=bool)
    mask[
        np.ix_(
            positions(sectors, flows.sectors, "sector"),
            positions(regions, flows.importers, "importer"),
            positions(regions, flows.exporters, "exporter"),
        )
    ] = True
    if not flows.home:
        inside = np.arange(len(regions))
        mask[:, inside, inside] = False
    return mask


def producer_mask(producers: Producers, regions: Sequence[str], sectors: Sequence[str]) -> np.ndarray:
    """Return the selected producers as booleans (region, sector)."""
    mask = np.zeros((len(regions), len(sectors)), dtype=bool)
    mask[
        np.ix_(
            positions(regions, producers.regions, "region"),
            positions(sectors, producers.sectors, "sector"),
        )
    ] = True
    return mask


class UseGroup(NamedTuple):
    """Users that share their sourcing, and which part of their purchases is meant.

    Attributes:
        members: Users.
        public: True for the public part of their purchases, False for the private one, None where they are not split.
    """

    members: tuple[str, ...]
    public: bool | None


class UseGroups:
    """The coarsest split of users that every selection of users in a run respects.

    One group when no shock names users, which is the model of Caliendo and Parro (2015). Otherwise users that appear in the
    same selections share a group, and each group has its own sourcing shares, as observed. Users that are public in part are split
    into a public and a private group (METHODS section 8), whose base sourcing is the same.

    Args:
        users: Using sectors, then final uses.
        selections: Selections of users that must not be mixed.
        public_share: Public share of the purchases of each user that has one; empty for no split.
    """

    def __init__(
        self,
        users: Sequence[str],
        selections: Iterable[Labels],
        public_share: Mapping[str, float] | None = None,
    ) -> None:
        self.users = tuple(users)
        self.public_share = dict(public_share or {})
        shares = np.broadcast_arrays(*(self.public_share.get(user, 0.0) for user in self.users))
        share = np.stack(shares)
        parts = {True: share, False: 1.0 - share, None: np.ones(share.shape)}
        self.groups: list[UseGroup] = []
        self.weights: list[np.ndarray] = []
        """For each group, the part of each user's purchases that belongs to it; adds up to one over groups."""
        self._selected: dict[tuple[Labels, tuple[str, ...] | None], np.ndarray] = {}
        for members, among in _told_apart(self.users, tuple(s for s in selections if s is not None)):
            for public in (True, False) if np.any(share[among]) else (None,):
                weight = (parts[public].T * among).T
                if np.any(weight):
                    self.groups.append(UseGroup(members, public))
                    self.weights.append(weight)

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def names(self) -> list[tuple[str, ...]]:
        """Members of each group, with a word on which part of their purchases is meant."""
        words = {True: ("public part",), False: ("private part",), None: ()}
        return [(*group.members, *words[group.public]) for group in self.groups]

    @cached_property
    def weight_matrix(self) -> np.ndarray:
        """`weights` as an array (g, users)."""
        return np.stack(self.weights)

    def weighted(self, weights: Sequence[np.ndarray]) -> Self:
        """Return the same groups with other weights."""
        groups = copy(self)
        groups.weights = list(weights)
        vars(groups).pop("weight_matrix", None)  # kept by `cached_property`
        return groups

    def weights_of(self, user: str) -> np.ndarray:
        """Return the part of a user's purchases that belongs to each group (g,)."""
        return self.weight_matrix[:, self.users.index(user)]

    def selected(self, selection: Labels, *, public: tuple[str, ...] | None = None) -> np.ndarray:
        """Return booleans (group,): the groups that a selection of users covers; of those in `public`, their public part alone."""
        key = selection, public
        if key not in self._selected:
            chosen = None if selection is None else set(selection)
            covered = np.array(
                [
                    (chosen is None or group.members[0] in chosen)
                    and (public is None or self._buys(group, public))
                    for group in self.groups
                ],
                dtype=bool,
            )
            covered.flags.writeable = False  # kept
            self._selected[key] = covered
        return self._selected[key]

    def _buys(self, group: UseGroup, public: Collection[str]) -> bool:
        """Whether a group is the public part of some of the users `public`."""
        return bool(group.public) and any(
            user in public and np.any(self.public_share.get(user, 0.0)) for user in group.members
        )


@lru_cache(maxsize=64)
def _told_apart(
    users: tuple[str, ...], selections: tuple[tuple[str, ...], ...]
) -> tuple[tuple[tuple[str, ...], np.ndarray], ...]:
    """Users that appear in the same selections, and booleans (user,) of them; every draw of a run asks for the same."""
    named = [set(selection) for selection in selections]
    signature = {user: tuple(user in selection for selection in named) for user in users}
    found: list[tuple[tuple[str, ...], np.ndarray]] = []
    for kind in sorted(set(signature.values()), reverse=True):
        among = np.array([signature[user] == kind for user in users])
        among.flags.writeable = False  # kept
        found.append((tuple(user for user in users if signature[user] == kind), among))
    return tuple(found)
