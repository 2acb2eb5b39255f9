"""What a run's shocks ask of the calibrated base of `engines.equilibrium`: use groups, and the flows that each shock selects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from accord.adapters.index import UseGroups, flow_mask
from accord.engines.equilibrium import Features
from accord.errors import Fault, ProgrammeError, WorldError, nearest
from accord.programme.model import ModelOptions
from accord.shocks import (
    ContractPriceShock,
    Flows,
    FlowShock,
    HomePreferenceShock,
    PurchaseShock,
    RentWedgeShock,
    Shock,
    SubsidyShock,
    SupportShock,
)
from accord.world import World


def ordered_uses(world: World) -> tuple[str, ...]:
    """Final uses with the household first; a single use is the household (METHODS section 2)."""
    if "household" not in world.uses:
        if len(world.uses) != 1:
            raise WorldError(f"World '{world.name}' has uses {world.uses} but no 'household' among them")
        return world.uses
    return ("household", *(use for use in world.uses if use != "household"))


def use_groups(world: World, shocks: Sequence[Shock], choices: ModelOptions) -> UseGroups:
    """Use groups that the choices ask for, never coarser than the measures need."""
    uses = ordered_uses(world)
    named_groups = choices.use_groups if not isinstance(choices.use_groups, str) else ()
    _refuse_unknown_users(named_groups, (*world.sectors, *uses), world.name)
    asked: dict[str, list[tuple[str, ...]]] = {
        "auto": [],
        "one": [],
        "intermediate-final": [world.sectors],
        "uses": [world.sectors, *((use,) for use in uses)],
        "every-user": [(user,) for user in (*world.sectors, *uses)],
    }
    needed = [shock.flows.uses for shock in shocks if isinstance(shock, FlowShock)]
    public = _public_shares(shocks)
    if choices.use_groups == "one" and (public or any(users is not None for users in needed)):
        named = sorted(
            {
                shock.measure
                for shock in shocks
                if isinstance(shock, HomePreferenceShock)
                or (isinstance(shock, FlowShock) and shock.flows.uses is not None)
            }
        )
        raise ProgrammeError(
            f'[model], use_groups = "one": measures {", ".join(named)} name their users, which one group cannot tell apart. '
            'Write use_groups = "auto".'
        )
    return UseGroups(
        (*world.sectors, *uses),
        [*needed, *_told_apart_in_public(shocks), *(named_groups or asked[str(choices.use_groups)])],
        public,
    )


def _refuse_unknown_users(groups: Sequence[tuple[str, ...]], users: Sequence[str], world: str) -> None:
    faults = [
        Fault(
            "[model], use_groups",
            f"unknown user '{user}'",
            f"a using sector or a final use of World '{world}'",
            f"{nearest(user, users)} List sectors with: accord world show {world} --sectors".strip(),
        )
        for group in groups
        for user in group
        if user not in users
    ]
    if faults:
        raise ProgrammeError(faults)


def _public_shares(shocks: Sequence[Shock]) -> dict[str, float]:
    """Public share of the purchases of each user; measures must agree on it."""
    shares: dict[str, tuple[float, str]] = {}
    for shock in shocks:
        for user, share in shock.public_share if isinstance(shock, HomePreferenceShock) else ():
            stated, by = shares.setdefault(user, (share, shock.measure))
            if np.any(stated != share):
                one, other = (float(np.ravel(each)[0]) for each in (stated, share))
                raise ProgrammeError(
                    f"measures '{by}' and '{shock.measure}' state different public shares of {user}: {one:g} and {other:g}. "
                    "Write the same in both."
                )
    return {user: share for user, (share, _) in shares.items()}


def _told_apart_in_public(shocks: Sequence[Shock]) -> list[tuple[str, ...]]:
    """Public users that measures must not mix; none where every measure opens the purchases of the same ones."""
    users = {frozenset(_public_users(shock)) for shock in shocks if isinstance(shock, HomePreferenceShock)}
    return sorted(tuple(sorted(some)) for some in users) if len(users) > 1 else []


def groups_told_apart(groups: UseGroups, shocks: Sequence[Shock]) -> int:
    """Number of groups between which `shocks` differ: all of them, or one that stands for all."""
    for shock in shocks:
        if isinstance(shock, FlowShock) and not _chosen(groups, shock).all():
            return len(groups)
    return 1


def _chosen(groups: UseGroups, shock: FlowShock) -> np.ndarray:
    public = _public_users(shock) if isinstance(shock, HomePreferenceShock) else None
    return groups.selected(shock.flows.uses, public=public)


def _public_users(shock: HomePreferenceShock) -> tuple[str, ...]:
    """Users that a measure says are public at least in part."""
    return tuple(user for user, _ in shock.public_share)


Cells = np.ndarray | tuple[np.ndarray, ...]
"""Booleans (g, k, n, i), or positions where few are selected."""

FEW = 0.05
"""Share of cells below which positions are quicker than booleans, and small enough to be kept."""


class Selection(NamedTuple):
    """Flows that a shock selects, whose users are not read, and the groups of those that it means."""

    flows: Flows
    groups: tuple[bool, ...]


def selection_of(groups: UseGroups, shock: FlowShock, shape: tuple[int, ...]) -> Selection:
    """Return what a shock on flows selects in arrays of `shape` (g or 1, k, n, i); one group stands for all that it selects."""
    chosen = tuple(_chosen(groups, shock).tolist()) if shape[0] > 1 else (True,)
    return Selection(shock.flows, chosen)


def flow_cells(world: World, groups: UseGroups, shock: FlowShock, shape: tuple[int, ...]) -> Cells:
    """Index of the cells in `shape` (g or 1, k, n, i) that a shock on flows selects; one group stands for all that it selects."""
    return cells_of(selection_of(groups, shock, shape), world.regions, world.sectors, shape)


@lru_cache(maxsize=256)
def cells_of(
    selection: Selection, regions: tuple[str, ...], sectors: tuple[str, ...], shape: tuple[int, ...]
) -> Cells:
    """Index of selected cells; the same selections come back in every scenario of a run and in every draw."""
    mask = flow_mask(selection.flows, regions, sectors)
    cells = np.broadcast_to(np.array(selection.groups)[:, None, None, None] & mask[None], shape)
    if cells.mean() > FEW:
        return cells
    return tuple(positions.astype(np.int32) for positions in np.nonzero(cells))


def flat_positions(cells: Cells, shape: tuple[int, ...]) -> np.ndarray:
    """Positions of cells in an array of `shape`, laid out flat."""
    return np.ravel_multi_index(cells, shape) if isinstance(cells, tuple) else np.flatnonzero(cells)


def features_of_run(shocks: Sequence[Shock]) -> Features:
    """Wedges that some scenario of the run has, so that all its scenarios are solved by one compiled programme."""
    contracts = [shock for shock in shocks if isinstance(shock, ContractPriceShock)]
    return Features(
        preferences=any(isinstance(shock, HomePreferenceShock | SupportShock) for shock in shocks)
        or any(not shock.marginal and shock.passed_to == "users" for shock in contracts),
        export_rents=bool(contracts)
        or any(isinstance(shock, RentWedgeShock) and shock.recipient == "exporter-firms" for shock in shocks),
        subsidies=any(isinstance(shock, SubsidyShock) for shock in shocks),
    )


def payers_of(shocks: Sequence[Shock]) -> tuple[str, ...]:
    """Regions that pay for purchases, each once, in alphabetical order."""
    return tuple(sorted({shock.payer for shock in shocks if isinstance(shock, PurchaseShock)}))
