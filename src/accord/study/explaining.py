"""One measure's part, traced back: to its shocks, to the base values on which they fall, and to the sources of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from accord.engines.equilibrium.outcomes import OUTCOMES
from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.measures import Measure
from accord.shocks import Shock
from accord.study.attribution import Attribution, attribute
from accord.study.explaining_cells import cells_of
from accord.study.full import Progress
from accord.study.prepare import Prepared
from accord.tables import Column, Table

_USD = "USD million of base year"
PART_COLUMNS = {
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "part_usd": Column(_USD, "Part", "Aumann-Shapley along the path, household welfare"),
    "alone_usd": Column(_USD, "Alone", "this decision alone on top of the context"),
    "last_usd": Column(_USD, "On top of all others", "all decisions less all but this one"),
}
SHOCK_COLUMNS = {
    "shock": Column("count", "Shock"),
    "kind": Column("label", "What it does"),
    "item": Column("label", "Item"),
    "value": Column("label", "Value"),
}
NUMBER_COLUMNS = {
    "item": Column("label", "Number"),
    "value": Column("label", "Value and range"),
    "source": Column("label", "Source"),
}


@dataclass(frozen=True)
class Explanation:
    """Everything behind one measure.

    Attributes:
        measure: The measure.
        sentences: What it is and does, for readers.
        tables: Its parts, numbers, shocks and cells.
    """

    measure: Measure
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]


def explain(prepared: Prepared, measure_id: str, progress: Progress | None = None) -> Explanation:
    """Trace the part of measure `measure_id` back to shocks, cells and sources; a `ProgrammeError` lists the measures there are."""
    known = {measure.id: measure for measure in prepared.programme.measures}
    if measure_id not in known:
        raise ProgrammeError(
            [
                Fault(
                    prepared.programme.name,
                    f"no measure '{measure_id}'",
                    f"one of: {', '.join(known)}; or a region of the World, for its number",
                    nearest(measure_id, (*known, *prepared.world.regions)),
                )
            ]
        )
    measure = known[measure_id]
    shocks = [
        shock
        for shock in (*prepared.checked.context, *prepared.checked.decisions)
        if shock.measure == measure_id
    ]
    tables = []
    if measure_id in prepared.measures:
        tables.append(_parts(prepared, attribute(prepared, progress), measure_id))
    tables += [numbers_of(measure), _shocks(shocks), cells_of(prepared.world, shocks)]
    return Explanation(
        measure, tuple(_sentences(prepared, measure, shocks)), tuple(t for t in tables if len(t.frame))
    )


def _sentences(prepared: Prepared, measure: Measure, shocks: list[Shock]) -> Iterator[str]:
    record = [
        f"area {measure.area}",
        f"kind {measure.kind}",
        f"role {measure.role}",
        f"status {measure.status}",
    ]
    if measure.in_base is not None:
        record.append(f"{measure.in_base:.0%} of it in the base data already")
    yield f"{measure.title} ({measure.id}): {', '.join(record)}."
    if measure.legal_act:
        yield f"Legal act: {measure.legal_act}."
    if measure.evidence:
        yield f"Evidence: {'; '.join(measure.evidence)}."
    if not shocks:
        yield "It makes no shock: nothing of it acts in this run."
    elif measure.role == "context":
        yield "It is part of the context, hence of no verdict; no part of the decisions' effect belongs to it."
    world = prepared.world.provenance
    yield f"Base values: {world.source}, {world.edition}."
    for sentence in world.imputed:
        yield f"Imputed: {sentence}"
    for note in prepared.checked.notes:
        if f"'{measure.id}'" in note:
            yield f"Note: {note}."


def _parts(prepared: Prepared, found: Attribution, measure_id: str) -> Table:
    place = found.measures.index(measure_id)
    welfare = OUTCOMES.index("household_ev")
    nothing = dict.fromkeys(prepared.measures, 0.0)
    alone = prepared.welfare(prepared.solve({**nothing, measure_id: 1.0}))
    last = prepared.welfare(prepared.everything) - prepared.welfare(prepared.solve({measure_id: 0.0}))
    part = found.parts[place, welfare]
    partners = [prepared.position(partner) for partner in prepared.checked.partners]
    order = [*partners, *(n for n in np.argsort(-np.abs(part)) if n not in partners)]
    world = prepared.world
    frame = pd.DataFrame(
        {
            "region": [world.regions[n] for n in order],
            "region_name": [world.region_names[world.regions[n]] for n in order],
            "part_usd": part[order],
            "alone_usd": alone[order],
            "last_usd": last[order],
        }
    )
    return Table("parts", "What it gives to whom, household welfare", frame, PART_COLUMNS, ("region",))


def numbers_of(measure: Measure) -> Table:
    """Return the numbers of a measure with range and source."""
    rows = [(key, str(estimate), estimate.source) for key, estimate in measure.estimates().items()]
    frame = pd.DataFrame(rows, columns=list(NUMBER_COLUMNS))
    return Table("numbers", "Its numbers and their sources", frame, NUMBER_COLUMNS, ("item",))


def _shocks(shocks: list[Shock]) -> Table:
    rows = []
    for number, shock in enumerate(shocks, start=1):
        kind = type(shock).__name__.removesuffix("Shock")
        for item, value in _items(shock):
            rows.append((number, kind, item, value))
    frame = pd.DataFrame(rows, columns=list(SHOCK_COLUMNS))
    return Table(
        "shocks", "The shocks it makes, in the World's labels", frame, SHOCK_COLUMNS, ("shock", "item")
    )


def _items(thing: Any) -> Iterator[tuple[str, str]]:
    """Fields of a shock for readers; selections are opened up."""
    for entry in fields(thing):
        value = getattr(thing, entry.name)
        if entry.name == "measure" or value is None or value is False:
            continue
        if entry.name in {"flows", "producers"}:
            yield from _items(value)
        elif isinstance(value, tuple):
            yield entry.name, ", ".join(_said(item) for item in value)
        else:
            yield entry.name, _said(value)


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(_said, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
