"""The parties at the table: levers, budgets, what happens without agreement, and the points found so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from accord.errors import EngineError, Fault, ProgrammeError, nearest
from accord.numerics.bargains import Box
from accord.numerics.best_replies import Resting, best_replies
from accord.study.full import Progress
from accord.study.levers import Negotiation
from accord.study.prepare import Prepared
from accord.study.valuing import Valuing, negotiation_of


@dataclass
class Parley:
    """Everything that the steps of a bargain share.

    Attributes:
        negotiation: The levers.
        parties: Positions of the partners.
        margin_pct: Least gain that counts, % of base household consumption (present value of present value).
        budgets: Limits on what regions pay outright, USD million a year.
        threat: Gains of every region at the threat point (n,), in the negotiation's unit.
        box: The bargaining problem in % of base household consumption, over the threat.
        points: Points found so far: levers and gains of every region (n,), in the negotiation's unit.
    """

    negotiation: Negotiation
    parties: list[int]
    margin_pct: float
    budgets: Mapping[str, float]
    threat: np.ndarray
    box: Box
    points: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def note(self, name: str, x: np.ndarray) -> np.ndarray:
        """Solve a point afresh, keep it under `name`, and return the gains of every region."""
        x = self.negotiation.netted(x)
        gains = self.negotiation.again(x)
        self.points[name] = (x, gains)
        return gains

    def percent(self, gains: np.ndarray) -> np.ndarray:
        """Gains of the parties (m,), % of base household consumption."""
        return (100.0 * gains / self.negotiation.consumption)[self.parties]


def sit_down(
    prepared: Prepared,
    threat: str,
    margin_pct: float | None,
    progress: Progress | None,
    valuing: Valuing | None = None,
) -> tuple[Parley, str, list[str]]:
    """Match levers, budgets and threat; returns them with the threat in words and what the reader must know about it."""
    parties = [prepared.position(partner) for partner in prepared.checked.partners]
    budgets = {
        one_region(prepared, budget.payer): budget.usd_million_per_year
        for budget in prepared.programme.bargaining.budgets
    }
    tell = progress or (lambda *_: None)
    calls = [0]

    def count(doing: str) -> None:
        calls[0] += 1
        tell(doing, calls[0], max(60, calls[0] + 10))

    negotiation = negotiation_of(prepared, valuing, lambda *_: count("solving a point afresh"))
    value, described, notes = _threat(negotiation, parties, threat, count)
    offset = (100.0 * value / negotiation.consumption)[parties]

    def gains(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found, slopes = negotiation.gains(x, parties)
        return found - offset, slopes

    box = Box(
        gains,
        len(negotiation.handles),
        negotiation.limits(budgets) if budgets else None,
        progress=count,
    )
    margin = prepared.programme.bargaining.margin_pct if margin_pct is None else margin_pct
    return Parley(negotiation, parties, margin, budgets, value, box), described, notes


def _threat(
    negotiation: Negotiation, parties: Sequence[int], threat: str, count: Callable[[str], None]
) -> tuple[np.ndarray, str, list[str]]:
    """Gains of every region without agreement (n,), USD million, what that is in words, and notes."""
    nothing = np.zeros(len(negotiation.consumption))
    if threat == "no-deal":
        return nothing, "no deal: the context alone", []
    if threat != "best-reply":
        raise ProgrammeError(
            f"threat '{threat}' is unknown. {nearest(threat, ['no-deal', 'best-reply'])} Write no-deal or best-reply."
        )
    handles, regions = negotiation.handles, negotiation.prepared.world.regions
    acting = [
        name
        for name in negotiation.prepared.measures
        if (own := [one for one in handles if one.measure == name])
        and all(len(one.owners) == 1 for one in own)
    ]
    owned = [
        [
            place
            for place, one in enumerate(handles)
            if one.measure in acting and one.owners == (regions[party],)
        ]
        for party in parties
    ]
    if not any(owned):
        return (
            nothing,
            "no deal: the context alone (no lever is owned by one party alone, so there are no replies)",
            [],
        )

    def payoff(party: int, x: np.ndarray) -> tuple[float, np.ndarray]:
        count("looking for best replies")
        values, slopes = negotiation.gains(np.clip(x, 0.0, 1.0), [parties[party]], acting)
        return float(values[0]), slopes[0]

    size = len(handles)
    found = best_replies(payoff, owned, [negotiation.here, np.zeros(size), np.ones(size), np.full(size, 0.5)])
    if not found.points:
        raise EngineError(
            f"best replies do not come to rest from any of {found.starts} starts: the levers' game has no equilibrium in pure "
            "choices that was found. Use --threat no-deal, or bounds that hold one"
        )
    x = found.points[0]
    at = ", ".join(
        f"{handles[place].id} {handles[place].value(float(x[place])):.4g} {handles[place].unit}"
        for places in owned
        for place in places
    )
    return (
        negotiation.again(x, acting=acting),
        f"best replies over what each party owns alone: {at}",
        _resting_notes(found),
    )


def _resting_notes(found: Resting) -> list[str]:
    notes = []
    if len(found.points) > 1:
        notes.append(
            f"best replies rest at {len(found.points)} different points from {found.starts} starts; the threat is the one reached "
            "from the programme as written, and another would move the Nash solution"
        )
    if found.unsettled:
        notes.append(f"from {found.unsettled} of {found.starts} starts best replies went on without end")
    return notes


def positions_of(prepared: Prepared, codes: Sequence[str]) -> list[int]:
    """Return the positions of regions that parties of the file are."""
    return [prepared.position(one_region(prepared, code)) for code in codes]


def one_region(prepared: Prepared, code: str) -> str:
    """Return the region of the World that a party of the file is."""
    world = prepared.world
    if code in world.regions:
        return code
    for region, codes in zip(world.regions, world.data["region_members"].to_numpy(), strict=True):
        if code in str(codes).split():
            return region
    raise ProgrammeError(
        [
            Fault(
                "[bargaining]",
                f"unknown region '{code}'",
                f"a region of World '{world.name}'",
                nearest(code, world.regions),
            )
        ]
    )
