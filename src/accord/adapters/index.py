"""Labels to positions and back: the only place where a label meets an array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from accord.errors import AccordError
from accord.shocks import Flows, Labels, Producers


def positions(axis: Sequence[str], labels: Labels, what: str) -> np.ndarray:
    """Return the positions of `labels` on `axis` (all of them for None); an unknown label is an error, never a gap."""
    if labels is None:
        return np.arange(len(axis))
    order = {label: position for position, label in enumerate(axis)}
    unknown = [label for label in labels if label not in order]
    if unknown:
        raise AccordError(
            f"unknown {what} {', '.join(unknown)}: shocks must be resolved against the World first"
        )
    return np.array(sorted(order[label] for label in labels), dtype=int)


def flow_mask(flows: Flows, regions: Sequence[str], sectors: Sequence[str]) -> np.ndarray:
    """Return the selected cells as booleans (sector, importer, exporter); flows inside a region are never selected."""
    mask = np.zeros((len(sectors), len(regions), len(regions)), dtype=bool)
    mask[
        np.ix_(
            positions(sectors, flows.sectors, "sector"),
            positions(regions, flows.importers, "importer"),
            positions(regions, flows.exporters, "exporter"),
        )
    ] = True
    home = np.arange(len(regions))
    mask[:, home, home] = False
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


class UseGroups:
    """The coarsest split of users that every selection of users in a run respects.

    One group when no shock names users, which is the model of Caliendo and Parro (2015). Otherwise users that appear in the
    same selections share a group, and each group has its own sourcing shares, as observed.
    """

    def __init__(self, users: Sequence[str], selections: Iterable[Labels]) -> None:
        named = [set(selection) for selection in selections if selection is not None]
        signature = {user: tuple(user in selection for selection in named) for user in users}
        kinds = sorted(set(signature.values()), reverse=True)
        self.users = tuple(users)
        self.members = tuple(tuple(user for user in users if signature[user] == kind) for kind in kinds)

    def __len__(self) -> int:
        return len(self.members)

    @property
    def weights(self) -> list[np.ndarray]:
        """For each group, 1.0 for its members and 0.0 for other users, in the order of users."""
        return [np.array([float(user in members) for user in self.users]) for members in self.members]

    def selected(self, selection: Labels) -> np.ndarray:
        """Return booleans (group,): the groups that a selection of users covers."""
        if selection is None:
            return np.ones(len(self), dtype=bool)
        chosen = set(selection)
        return np.array([members[0] in chosen for members in self.members])
