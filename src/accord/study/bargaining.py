"""What could be agreed on: zone of agreement, frontier, Nash solution, smallest change and side payments (METHODS section 15).

Read `bargain` from top to bottom and you have read the method. Every point that is reported was solved afresh from the base, whatever
way it was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from accord.errors import EngineError, Fault, ProgrammeError, nearest
from accord.numerics.bargains import Box
from accord.numerics.best_replies import Resting, best_replies
from accord.study.bargaining_tables import levers_table, payments_table, points_table, singles_table
from accord.study.bargaining_together import largest_together, losing_decisions, nearest_point
from accord.study.frontiers import axes_of, note_frontier
from accord.study.full import Answer
from accord.study.levers import Negotiation
from accord.study.nearest_change import Change, alone, together
from accord.study.prepare import Prepared
from accord.study.side_payments import Payments, compensation, equal_shares
from accord.study.side_payments import told as in_words
from accord.study.variants import GAIN_PCT
from accord.tables import Table

Progress = Callable[[str, int, int], None]

FRONTIER = 7
"""Points of the frontier unless the caller says otherwise."""

WRITTEN, THREAT, FAIREST, NASH, NEAREST = "as written", "threat", "fairest", "nash", "nearest change"
PAID, EQUAL = "with side payments", "equal shares"


@dataclass(frozen=True)
class Bargain:
    """Answer of `bargain`.

    Attributes:
        programme: Name of the programme.
        world: Name of the World.
        partners: Parties.
        threat: What happens without agreement, in words.
        zone: "yes" where some point of the levers makes every party gain over the threat, else "empty".
        default_levers: Whether the levers are the default ones.
        sentences: The answer for readers, most important first.
        tables: `points`, `levers`, `singles`, `payments`.
        axes: The parties of the frontier.
        notes: What the reader must know.
        solves: Equilibria solved.
    """

    programme: str
    world: str
    partners: tuple[str, ...]
    threat: str
    zone: str
    default_levers: bool
    sentences: tuple[str, ...]
    tables: Mapping[str, Table]
    axes: tuple[str, ...]
    notes: tuple[str, ...]
    solves: int


@dataclass
class Parley:
    """Everything that the steps of a bargain share.

    Attributes:
        negotiation: The levers.
        parties: Positions of the partners.
        margin_pct: Least gain that counts, % of base household consumption.
        budgets: Limits on what regions pay outright, USD million a year.
        threat: Gains of every region at the threat point (n,), USD million.
        box: The bargaining problem in % of base household consumption, over the threat.
        points: Points found so far: levers and gains of every region (n,), USD million.
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


def bargain(
    prepared: Prepared,
    *,
    threat: str | None = None,
    margin_pct: float | None = None,
    points: int = FRONTIER,
    axes: Sequence[str] | None = None,
    sharing: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Bargain:
    """Return what the parties of a programme could agree on.

    Args:
        prepared: The programme on its World.
        threat: "no-deal" or "best-reply"; the programme's own choice by default.
        margin_pct: Least gain that counts for a party; the programme's own by default.
        points: Points of the frontier; below two for none.
        axes: The partners of the frontier, two or more; all by default.
        sharing: Regions that share a gain or burden equally; the partners by default.
        progress: Called as solves go on.
    """
    programme, chosen = prepared.programme, axes_of(prepared, axes)
    table, described, notes = _sit_down(prepared, threat or programme.bargaining.threat, margin_pct, progress)
    written = table.note(WRITTEN, table.negotiation.here)
    table.points[THREAT] = (np.full(len(table.negotiation.handles), np.nan), table.threat)

    fairest = table.box.fairest(_starts(table))
    table.note(FAIREST, fairest.x)
    zone = "yes" if fairest.feasible and fairest.value > GAIN_PCT else "empty"
    sentences = [_written_sentence(table, written), _zone_sentence(zone, fairest.value, described)]
    if zone == "yes":
        nash = table.box.nash(_weights(prepared), [fairest.x, *_inside(table)])
        if nash.feasible:
            table.note(NASH, nash.x)
        notes += [
            f"the search for the Nash solution ended at {nash.ends} different points; the best is given"
        ] * (nash.ends > 1)

    change, singles = nearest_change(table, fairest.x)
    if change.found:
        table.note(NEAREST, change.x)
    sentences.append(change_sentence(table, change))
    payments, told = _payments(table, written, _positions(prepared, sharing) if sharing else table.parties)
    sentences += told
    most, said = largest_together(table, [fairest.x, *_starts(table)])
    payments |= most
    sentences += said
    if zone == "empty":
        sentences.append(nearest_point(table, fairest.x))
    if zone == "empty" or written[table.parties].sum() < 0.0:
        sentences += losing_decisions(table)
    if points > 1:
        notes += note_frontier(table, chosen, points, fairest.x)
    return Bargain(
        programme=programme.name,
        world=prepared.world.name,
        partners=prepared.checked.partners,
        threat=described,
        zone=zone,
        default_levers=table.negotiation.default,
        sentences=tuple(sentences),
        tables={
            "points": points_table(prepared, table.points, table.threat),
            "levers": levers_table(table.negotiation, table.points),
            "singles": singles_table(table.negotiation, singles),
            "payments": payments_table(prepared, table.negotiation, payments),
        },
        axes=chosen,
        notes=(*notes, *_standing_notes(table), *prepared.checked.notes),
        solves=table.negotiation.solves,
    )


def answer(prepared: Prepared, progress: Progress) -> Answer:
    """Answer for `accord run --full`: the smallest change that makes every partner gain, and the side payment that would do it."""
    if not prepared.measures:
        return Answer((), ("No decision makes a shock, so there is nothing to change.",))
    table, _, notes = _sit_down(prepared, "no-deal", None, progress)
    written = table.note(WRITTEN, table.negotiation.here)
    if np.all(table.percent(written) >= table.margin_pct):
        return Answer((), ("Every partner gains as the programme is written: no change is needed.",))
    change, singles = nearest_change(table)
    if change.found:
        table.note(NEAREST, change.x)
    payments, told = _payments(table, written, [])
    if written[table.parties].sum() < 0.0:
        told += losing_decisions(table)
    tables = (
        points_table(prepared, table.points, table.threat),
        levers_table(table.negotiation, table.points),
        singles_table(table.negotiation, singles),
        payments_table(prepared, table.negotiation, payments),
    )
    return Answer(
        tuple(replace(one, name=f"nearest_{one.name}") for one in tables if len(one.frame)),
        (
            change_sentence(table, change),
            *told,
            *(f"{note[:1].upper()}{note[1:]}." for note in (*notes, *_standing_notes(table))),
        ),
    )


def _sit_down(
    prepared: Prepared, threat: str, margin_pct: float | None, progress: Progress | None
) -> tuple[Parley, str, list[str]]:
    """Match levers, budgets and threat."""
    negotiation = Negotiation.of(prepared)
    parties = [prepared.position(partner) for partner in prepared.checked.partners]
    budgets = {
        _one_region(prepared, budget.payer): budget.usd_million_per_year
        for budget in prepared.programme.bargaining.budgets
    }
    tell = progress or (lambda *_: None)
    calls = [0]

    def count(doing: str) -> None:
        calls[0] += 1
        tell(doing, calls[0], max(60, calls[0] + 10))

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
    state = negotiation.prepared.model.solve(negotiation.shocks(x, acting))
    at = ", ".join(
        f"{handles[place].id} {handles[place].value(float(x[place])):.4g} {handles[place].unit}"
        for places in owned
        for place in places
    )
    return (
        negotiation.prepared.welfare(state),
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


def _starts(table: Parley) -> list[np.ndarray]:
    """The programme as written, the middle of every range, and every lever high."""
    size = len(table.negotiation.handles)
    return [table.negotiation.here, np.full(size, 0.5), np.full(size, 0.95)]


def _inside(table: Parley) -> list[np.ndarray]:
    """The programme as written where every party gains over the threat."""
    _, gains = table.points[WRITTEN]
    return [table.negotiation.here] if np.all(table.percent(gains - table.threat) > GAIN_PCT) else []


def _weights(prepared: Prepared) -> np.ndarray:
    stated = prepared.programme.bargaining.weights
    weights = {_one_region(prepared, name): value for name, value in stated.items()}
    strangers = set(weights) - set(prepared.checked.partners)
    if strangers:
        raise ProgrammeError(
            f"[bargaining], weights: {', '.join(sorted(strangers))} is no partner; the partners are {', '.join(prepared.checked.partners)}"
        )
    return np.array([weights.get(partner, 1.0) for partner in prepared.checked.partners])


def nearest_change(table: Parley, fairest: np.ndarray | None = None) -> tuple[Change, dict[str, Change]]:
    """Return the smallest change that makes every party gain, and that of each lever alone (empty where none is needed).

    Args:
        table: The parties at the table.
        fairest: The fairest point; found here only where no other start comes to an answer when left out.
    """
    negotiation = table.negotiation
    here = negotiation.here
    if np.all(table.percent(table.points[WRITTEN][1]) >= table.margin_pct):
        return Change(here, 0.0, found=True), {}
    singles = {
        one.id: alone(negotiation, table.parties, table.margin_pct, table.box, place)
        for place, one in enumerate(negotiation.handles)
    }
    good = sorted((change for change in singles.values() if change.found), key=lambda change: change.size)
    offset = table.percent(table.threat)
    # The box counts gains over the threat; a party must gain over the context alone.
    margins = table.margin_pct - offset
    straight = table.box.nearest_if_linear(here, margins)
    starts = [*(change.x for change in good[:1]), *([] if straight is None else [straight])]
    if fairest is not None:
        starts += [fairest, *(change.x for change in good[1:2])]
    change = together(negotiation, table.box, margins, starts or [here])
    if not change.found and fairest is None:
        fairest = table.box.fairest(_starts(table)).x
        change = together(negotiation, table.box, margins, [fairest])
    checked = bool(np.all(table.percent(negotiation.again(change.x)) >= table.margin_pct - 1e-6))
    return change._replace(found=change.found and checked), singles


def _payments(
    table: Parley, written: np.ndarray, sharing: Sequence[int]
) -> tuple[dict[str, Payments], list[str]]:
    """Side payments that make every party gain as the programme is written, and payments that share it equally."""
    negotiation = table.negotiation
    here = negotiation.here
    regions = negotiation.prepared.world.regions
    least = table.margin_pct / 100.0 * negotiation.consumption[table.parties]
    found = {PAID: compensation(negotiation, here, table.parties, least)}
    told = []
    if np.any(table.percent(written) < table.margin_pct):
        paid = found[PAID]
        if paid.possible:
            table.points[PAID] = (here, paid.gains)
            told.append(f"As written, every partner gains if {in_words(paid, regions)}.")
        else:
            together = float(written[table.parties].sum())
            told.append(
                f"As written, no side payment makes every partner gain: {paid.reason}. The partners together have {together:+,.1f} USD "
                "million a year."
            )
    if len(sharing) > 1:
        equal = equal_shares(negotiation, here, sharing)
        found[EQUAL] = equal
        if equal.possible:
            table.points[EQUAL] = (here, equal.gains)
            common = 100.0 * equal.gains[sharing[0]] / negotiation.consumption[sharing[0]]
            told.append(
                f"Shared equally, {', '.join(regions[place] for place in sharing)} each have {common:+.4f}% of household "
                f"consumption, when {in_words(equal, regions)}."
            )
    for name, payments in found.items():
        for payer, limit in table.budgets.items():
            place = regions.index(payer)
            outlay = negotiation.outlays(payer, here) + max(-payments.receipts[place], 0.0)
            if outlay > limit * (1.0 + 1e-9):
                told.append(
                    f"Payments '{name}' go beyond the budget of {payer}: {outlay:,.1f} of {limit:,.1f} USD million a year."
                )
    return found, told


def _written_sentence(table: Parley, written: np.ndarray) -> str:
    names = table.negotiation.prepared.world.region_names
    partners = table.negotiation.prepared.checked.partners
    percent = table.percent(written)
    parts = ", ".join(f"{names[code]} {value:+.3f}%" for code, value in zip(partners, percent, strict=True))
    losing = [names[code] for code, value in zip(partners, percent, strict=True) if value < table.margin_pct]
    opening = (
        f"As written, not every partner gains ({', '.join(losing)})"
        if losing
        else "As written, every partner gains"
    )
    return f"{opening}: {parts}."


def _zone_sentence(zone: str, value: float, described: str) -> str:
    if zone == "yes":
        return f"There is a zone of agreement: the least favoured partner can have up to {value:+.4f}% over {described}."
    return f"The zone of agreement is EMPTY as far as searched: at best the least favoured partner has {value:+.4f}% against {described}."


def change_sentence(table: Parley, change: Change) -> str:
    """The smallest change in words, in the levers' own units."""
    handles, here = table.negotiation.handles, table.negotiation.here
    if change.found and change.size == 0.0:
        return "No change is needed for every partner to gain."
    if not change.found:
        return "No change of the levers inside their bounds was found that makes every partner gain."
    moves = [
        f"{one.id} from {one.value(float(before)):.5g} to {one.value(float(after)):.5g} {one.unit}"
        for one, before, after in zip(handles, here, change.x, strict=True)
        if abs(after - before) > 1e-9
    ]
    return f"Smallest change that makes every partner gain: {', '.join(moves)}."


def _standing_notes(table: Parley) -> list[str]:
    """What every reader must know about these numbers."""
    negotiation = table.negotiation
    notes = [
        f"a partner gains when its household welfare rises by {table.margin_pct:g}% of base household consumption or more",
        "gains need not be concave in the levers: each point is the best of several searches, not proven to be the best of all",
    ]
    if negotiation.default:
        notes.insert(
            0,
            "the programme has no [[lever]]: how much of each decision is taken stands in, owned by all partners",
        )
    held = [
        one.id
        for one in negotiation.handles
        for measure in negotiation.prepared.programme.measures
        if measure.id == one.measure and measure.in_base
    ]
    if held:
        notes.append(
            f"the base data hold part of the measures that {', '.join(held)} move; a lever moves the part that they do not hold"
        )
    return notes


def _positions(prepared: Prepared, codes: Sequence[str]) -> list[int]:
    return [prepared.position(_one_region(prepared, code)) for code in codes]


def _one_region(prepared: Prepared, code: str) -> str:
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


__all__ = ["Bargain", "Parley", "answer", "bargain", "change_sentence", "nearest_change"]
