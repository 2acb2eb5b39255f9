"""Payments between parties, solved on the equilibrium: what makes losers whole, and what shares a gain or a burden equally.

A payment moves demand, and with it prices, so that a dollar paid is not a dollar of welfare. Both problems are systems of equations in
net receipts, solved by Newton's method with exact derivatives, those of the first guess kept as long as steps shrink by `SHRINKS` (a
chord method: they hardly change, and over years each costs many equilibria). The first guess is the money-metric one, in which a dollar
is a dollar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from accord.shocks import TransferShock
from accord.study.levers import Negotiation

STEPS = 12
"""Most steps of Newton's method."""

SHRINKS = 0.1
"""Largest ratio of two steps at which derivatives are kept."""

EXACT = 1e-8
"""Error of the conditions, % of base household consumption, at which they hold."""


class Payments(NamedTuple):
    """Net receipts that do what was asked.

    Attributes:
        receipts: What each region receives less what it pays (n,), USD million in units of the numeraire; adds up to zero.
        first_order: The same if a dollar were a dollar of welfare (n,).
        gains: Gains of every region with the payments (n,), in the negotiation's unit.
        possible: Whether the payments do what was asked, and every payer still gains what it must.
        reason: Why not.
    """

    receipts: np.ndarray
    first_order: np.ndarray
    gains: np.ndarray
    possible: bool
    reason: str = ""

    def pairs(self, regions: Sequence[str]) -> list[tuple[str, str, float]]:
        """Payer, recipient and sum: each payer pays every recipient in proportion."""
        owed = np.maximum(self.receipts, 0.0)
        total = owed.sum()
        return [
            (
                regions[int(payer)],
                regions[int(recipient)],
                float(-self.receipts[payer] * owed[recipient] / total),
            )
            for payer in np.flatnonzero(self.receipts < 0.0)
            for recipient in np.flatnonzero(owed > 0.0)
        ]


def told(payments: Payments, regions: Sequence[str]) -> str:
    """Who pays whom how much, in words."""
    pairs = payments.pairs(regions)
    if not pairs:
        return "nobody pays anything"
    return " and ".join(
        f"{payer} pays {recipient} {amount:,.1f} USD million a year" for payer, recipient, amount in pairs
    )


def as_shocks(receipts: np.ndarray, regions: Sequence[str], name: str) -> tuple[TransferShock, ...]:
    """Return the transfers that net receipts stand for."""
    blank = np.zeros_like(receipts)
    return tuple(
        TransferShock(measure=name, payer=payer, recipient=recipient, amount=amount)
        for payer, recipient, amount in Payments(receipts, blank, blank, possible=True).pairs(regions)
    )


def compensation(
    negotiation: Negotiation, x: np.ndarray, parties: Sequence[int], least: np.ndarray
) -> Payments:
    """Return the payments by which every party gains at least `least`: those above it pay those below it.

    Payers share what is owed in proportion to what they have above their least gain.

    Args:
        negotiation: The levers.
        x: Where they stand (d,).
        parties: Positions of the parties.
        least: Least gain of each party, in the unit of gains (m,).
    """
    here = negotiation.again(x)
    chosen = list(parties)
    above = here[chosen] - least
    losers = [party for party, spare in zip(chosen, above, strict=True) if spare < 0.0]
    payers = [party for party, spare in zip(chosen, above, strict=True) if spare > 0.0]
    nothing = np.zeros_like(here)
    if not losers:
        return Payments(nothing, nothing, here, possible=True, reason="every party gains without any payment")
    if not payers:
        return Payments(nothing, nothing, here, possible=False, reason="no party gains, so nobody can pay")
    target = dict(zip(chosen, least, strict=True))
    spare = {party: here[party] - target[party] for party in payers}
    first = nothing.copy()
    for party in losers:
        first[party] = (target[party] - here[party]) / negotiation.a_year
    for payer in payers:
        first[payer] = -first[losers].sum() * spare[payer] / sum(spare.values())
    weights = np.array([spare[payer] for payer in payers]) / sum(spare.values())

    def receipts_of(unknown: np.ndarray) -> np.ndarray:
        receipts = nothing.copy()
        receipts[losers] = unknown
        receipts[payers] = -unknown.sum() * weights
        return receipts

    spread = np.zeros((len(here), len(losers)))
    spread[losers, range(len(losers))] = 1.0
    spread[payers, :] = -weights[:, None]
    wanted = np.array([target[party] for party in losers])
    receipts, gains, solved = _newton(
        negotiation, x, losers, receipts_of, spread, first[losers], lambda gained, _: gained - wanted
    )
    short = [
        negotiation.prepared.world.regions[party] for party in payers if gains[party] < target[party] - 1e-6
    ]
    if not solved:
        return Payments(
            receipts, first, gains, possible=False, reason="no payments were found that make the losers whole"
        )
    if short:
        reason = (
            f"after paying, {', '.join(short)} would not gain any more: together the parties gain too little"
        )
        return Payments(receipts, first, gains, possible=False, reason=reason)
    return Payments(receipts, first, gains, possible=True)


def equal_shares(negotiation: Negotiation, x: np.ndarray, parties: Sequence[int]) -> Payments:
    """Return the payments among `parties` by which each gains (or loses) the same % of its base household consumption."""
    chosen = list(parties)
    consumption = negotiation.consumption[chosen]
    here = negotiation.again(x)
    nothing = np.zeros_like(here)
    common = here[chosen].sum() / consumption.sum()
    first = nothing.copy()
    first[chosen] = (common * consumption - here[chosen]) / negotiation.a_year
    free = len(chosen) - 1

    def receipts_of(unknown: np.ndarray) -> np.ndarray:
        receipts = nothing.copy()
        receipts[chosen[:free]] = unknown
        receipts[chosen[free]] = -unknown.sum()
        return receipts

    spread = np.zeros((len(here), free))
    spread[chosen[:free], range(free)] = 1.0
    spread[chosen[free], :] = -1.0

    def unequal(gained: np.ndarray, _: np.ndarray) -> np.ndarray:
        return (gained / consumption)[:free] - (gained / consumption)[free]

    receipts, gains, solved = _newton(
        negotiation, x, chosen, receipts_of, spread, first[chosen[:free]], unequal
    )
    reason = "" if solved else "no payments were found that share it equally"
    return Payments(receipts, first, gains, possible=solved, reason=reason)


def _newton(
    negotiation: Negotiation,
    x: np.ndarray,
    parties: Sequence[int],
    receipts_of: Callable[[np.ndarray], np.ndarray],
    spread: np.ndarray,
    start: np.ndarray,
    conditions: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Solve conditions(gains of parties, unknown) = 0 for the unknown; they are linear in the gains (in the negotiation's unit).

    Args:
        negotiation: The levers.
        x: Where they stand.
        parties: Whose gains the conditions are about (m,).
        receipts_of: Net receipts (n,) of the unknown (u,).
        spread: Derivatives of receipts with respect to the unknown (n, u).
        start: First guess (u,).
        conditions: Errors (u,) of gains (m,) and the unknown.

    Returns:
        Net receipts, gains of every region, and whether the conditions hold.
    """
    regions = negotiation.prepared.world.regions
    unknown = np.array(start)
    gains = np.zeros_like(negotiation.consumption)
    chosen = list(parties)
    scale = 0.01 * negotiation.yearly_consumption[chosen].min()
    jacobian: np.ndarray | None = None
    last = np.inf
    for _ in range(STEPS):
        receipts = receipts_of(unknown)
        wanted = spread if jacobian is None else None
        gains, slopes = negotiation.paying(x, as_shocks(receipts, regions, "payment"), wanted)
        error = conditions(gains[chosen], unknown)
        if slopes is not None:
            zero = conditions(np.zeros(len(chosen)), unknown)
            jacobian = np.column_stack([conditions(column, unknown) - zero for column in slopes[chosen].T])
        assert jacobian is not None
        step = np.linalg.solve(jacobian, -error)
        size = float(np.max(np.abs(step)))
        if size <= EXACT * scale:
            fresh = negotiation.again(x, as_shocks(receipts, regions, "payment"))
            return receipts, fresh, True
        unknown = unknown + step
        if size > SHRINKS * last:
            jacobian = None
        last = size
    return receipts_of(unknown), gains, False
