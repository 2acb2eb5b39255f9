"""What could be agreed on: zone of agreement, frontier, Nash solution, smallest change and side payments (METHODS section 15).

Read `bargain` from top to bottom and you have read the method. Every point that is reported was solved afresh from the base, whatever
way it was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from accord.errors import ProgrammeError
from accord.numerics.factorisation import one_thread
from accord.study.bargaining_tables import levers_table, payments_table, points_table, singles_table
from accord.study.bargaining_together import largest_together, losing_decisions, nearest_point
from accord.study.frontiers import axes_of, note_frontier
from accord.study.full import Answer
from accord.study.nearest_change import Change, alone, together
from accord.study.parley import Parley, one_region, positions_of, sit_down
from accord.study.prepare import Prepared
from accord.study.side_payments import Payments, compensation, equal_shares
from accord.study.side_payments import told as in_words
from accord.study.valuing import Valuing
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
        outcome: What a gain is: "long-run" or "present-value".
        valued: The same in words, with the years and the discount rate.
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
    outcome: str
    valued: str
    threat: str
    zone: str
    default_levers: bool
    sentences: tuple[str, ...]
    tables: Mapping[str, Table]
    axes: tuple[str, ...]
    notes: tuple[str, ...]
    solves: int


def bargain(
    prepared: Prepared,
    *,
    threat: str | None = None,
    margin_pct: float | None = None,
    points: int = FRONTIER,
    axes: Sequence[str] | None = None,
    sharing: Sequence[str] | None = None,
    valuing: Valuing | None = None,
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
        valuing: What a gain is and over which years; as the programme says by default, and as its levers need.
        progress: Called as solves go on.
    """
    with one_thread():  # how many threads BLAS has would be in the last digits of an optimum
        return _bargained(prepared, threat, margin_pct, points, axes, sharing, valuing, progress)


def _bargained(
    prepared: Prepared,
    threat: str | None,
    margin_pct: float | None,
    points: int,
    axes: Sequence[str] | None,
    sharing: Sequence[str] | None,
    valuing: Valuing | None,
    progress: Progress | None,
) -> Bargain:
    programme, chosen = prepared.programme, axes_of(prepared, axes)
    table, described, notes = sit_down(
        prepared, threat or programme.bargaining.threat, margin_pct, progress, valuing
    )
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
    payments, told = _payments(table, written, positions_of(prepared, sharing) if sharing else table.parties)
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
        outcome=table.negotiation.outcome,
        valued=table.negotiation.valued,
        threat=described,
        zone=zone,
        default_levers=table.negotiation.default,
        sentences=tuple(sentences),
        tables={
            "points": points_table(table.negotiation, table.points, table.threat),
            "levers": levers_table(table.negotiation, table.points),
            "singles": singles_table(table.negotiation, singles),
            "payments": payments_table(table.negotiation, payments),
        },
        axes=chosen,
        notes=(*notes, *_standing_notes(table), *prepared.checked.notes),
        solves=table.negotiation.solves,
    )


def answer(prepared: Prepared, progress: Progress) -> Answer:
    """Answer for `accord run --full`: the smallest change that makes every partner gain, and the side payment that would do it."""
    if not prepared.measures:
        return Answer((), ("No decision makes a shock, so there is nothing to change.",))
    table, _, notes = sit_down(prepared, "no-deal", None, progress)
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
        points_table(table.negotiation, table.points, table.threat),
        levers_table(table.negotiation, table.points),
        singles_table(table.negotiation, singles),
        payments_table(table.negotiation, payments),
    )
    return Answer(
        tuple(replace(one, name=f"nearest_{one.name}") for one in tables if len(one.frame)),
        (
            change_sentence(table, change),
            *told,
            *(f"{note[:1].upper()}{note[1:]}." for note in (*notes, *_standing_notes(table))),
        ),
    )


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
    weights = {one_region(prepared, name): value for name, value in stated.items()}
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
                f"As written, no side payment makes every partner gain: {paid.reason}. The partners together have {together:+,.1f} "
                f"{negotiation.unit}."
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
        *negotiation.notes,
        *(
            ["budgets hold for a year in which every decision acts in full"]
            if table.budgets and negotiation.notes
            else []
        ),
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


__all__ = ["Bargain", "Parley", "answer", "bargain", "change_sentence", "nearest_change"]
