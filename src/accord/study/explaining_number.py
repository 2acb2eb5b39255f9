"""One number of a verdict, traced back: to the decisions that make it up, the shocks of each, the cells they touch, and all sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from accord.engines.equilibrium.outcomes import OUTCOMES
from accord.errors import Fault, ProgrammeError, nearest
from accord.study.attribution import Attribution, attribute
from accord.study.explaining import numbers_of
from accord.study.explaining_cells import cells_of
from accord.study.full import Progress
from accord.study.prepare import Prepared
from accord.tables import Column, Table

CELLS = 3
"""Largest cells of the region that are listed for each decision."""

WORDS = {
    "household_ev": ("Household welfare", "base household consumption"),
    "real_income": ("Real income", "base income"),
    "real_output": ("Output", "base output"),
}
"""Outcome -> its name, and what its per cent are of."""

_USD = "USD million of base year"
PART_COLUMNS = {
    "measure": Column("label", "Measure"),
    "title": Column("label", "Title"),
    "part_usd": Column(_USD, "Part", "Aumann-Shapley along the path from the context to all decisions"),
    "part_pct": Column("%", "Part", "the part over the region's base level"),
    "shocks": Column("count", "Shocks", "shocks in the World's labels"),
    "assumed": Column("count", "Assumed", "numbers of the measure without a published source"),
}
CELL_COLUMNS = {
    "measure": Column("label", "Measure"),
    "exporter": Column("label", "Exporter"),
    "importer": Column("label", "Importer"),
    "sector": Column("label", "Sector"),
    "base_usd": Column("USD million", "Base value", "before duty, of the users meant; output for producers"),
    "source": Column("label", "Source of the duty"),
}
SOURCE_COLUMNS = {
    "measure": Column("label", "Measure"),
    "item": Column("label", "Number"),
    "value": Column("label", "Value and range"),
    "source": Column("label", "Source"),
}


@dataclass(frozen=True)
class NumberTrace:
    """Everything behind one number.

    Attributes:
        region: Whose number it is.
        outcome: A name in `OUTCOMES`.
        value_usd: The number, USD million of the base year.
        value_pct: The same in per cent of the base.
        sentences: What it is, for readers.
        tables: Parts by decision, cells, numbers with sources.
    """

    region: str
    outcome: str
    value_usd: float
    value_pct: float
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]


def number_named(text: str, regions: Sequence[str]) -> tuple[str, str] | None:
    """Return (region, outcome) where `text` names a number (`BLR`, `BLR.real_income`), else None; an unknown outcome is refused."""
    region, mark, outcome = text.partition(".")
    if region not in regions:
        return None
    if mark and outcome not in OUTCOMES:
        raise ProgrammeError(
            [
                Fault(
                    text,
                    f"'{outcome}' is no outcome",
                    f"one of: {', '.join(OUTCOMES)}",
                    nearest(outcome, OUTCOMES),
                )
            ]
        )
    return region, outcome or OUTCOMES[0]


def explain_number(
    prepared: Prepared, region: str, outcome: str = OUTCOMES[0], progress: Progress | None = None
) -> NumberTrace:
    """Trace the effect of all decisions on `outcome` of `region` back to decisions, shocks, cells and sources."""
    found = attribute(prepared, progress)
    o, n = OUTCOMES.index(outcome), prepared.position(region)
    total, base = float(found.total[o, n]), float(found.base[o, n])
    order = [found.measures[m] for m in np.argsort(-np.abs(found.parts[:, o, n]), kind="stable")]
    cells = _cells(prepared, order, region)
    tables = (
        _parts(prepared, found, order, o, n),
        cells,
        _sources(prepared, order),
    )
    return NumberTrace(
        region,
        outcome,
        total,
        100.0 * total / base,
        (*_sentences(prepared, found, region, o, n), *_sources_of_cells(cells)),
        tuple(table for table in tables if len(table.frame)),
    )


def _sentences(prepared: Prepared, found: Attribution, region: str, o: int, n: int) -> Iterator[str]:
    world = prepared.world
    name, base = WORDS[OUTCOMES[o]]
    total, level = float(found.total[o, n]), float(found.base[o, n])
    yield (
        f"{name} of {world.region_names[region]} ({region}): {total:+,.1f} USD million of {world.year}, "
        f"{100.0 * total / level:+.4f}% of {base} ({level:,.0f})."
    )
    yield (
        "It is the outcome of context and decisions less that of the context alone, both solved exactly. The parts add up to it; what they "
        f"leave is {float(found.gap[o, n]):+.1e} USD million."
    )
    source = world.provenance
    yield f"Base values: {source.source}, {source.edition}."
    for sentence in source.imputed:
        yield f"Imputed: {sentence}"


def _sources_of_cells(cells: Table) -> Iterator[str]:
    named = [source for source in dict.fromkeys(cells.frame["source"]) if source]
    if named:
        yield f"Sources of the duties on the cells below: {'; '.join(named)}."


def _parts(prepared: Prepared, found: Attribution, order: Sequence[str], o: int, n: int) -> Table:
    measures = {measure.id: measure for measure in prepared.programme.measures}
    rows = []
    for name in order:
        part = float(found.parts[found.measures.index(name), o, n])
        shocks = sum(shock.measure == name for shock in prepared.checked.decisions)
        estimates = measures[name].estimates().values() if name in measures else ()
        assumed = sum(estimate.is_assumption for estimate in estimates)
        title = measures[name].title if name in measures else ""
        rows.append((name, title, part, 100.0 * part / float(found.base[o, n]), shocks, assumed))
    frame = pd.DataFrame(rows, columns=list(PART_COLUMNS))
    return Table("number_parts", "What it is made of", frame, PART_COLUMNS, ("measure",))


def _cells(prepared: Prepared, order: Sequence[str], region: str) -> Table:
    rows = []
    for name in order:
        shocks = [shock for shock in prepared.checked.decisions if shock.measure == name]
        frame = cells_of(prepared.world, shocks).frame
        near = frame[(frame["exporter"] == region) | (frame["importer"] == region)]
        if near.empty:  # it reaches the region through others: the cells themselves, then
            near = frame[frame["sector"] != ""]
        # A measure that moves money and no flow has no cells, and a table of no rows has no numbers to rank.
        near = near.drop_duplicates(["exporter", "importer", "sector"]).astype({"base_usd": float})
        near = near.nlargest(CELLS, "base_usd", keep="first")
        rows += [
            # Only trade bears a duty: of producers' cells the source says what their base value is.
            (
                name,
                row.exporter,
                row.importer,
                row.sector,
                row.base_usd,
                "" if np.isnan(row.tariff_pct) else row.source,
            )
            for row in near.itertuples()
        ]
    frame = pd.DataFrame(rows, columns=list(CELL_COLUMNS))
    title = "The largest base values on which each falls, those of the region where there are any"
    return Table("number_cells", title, frame, CELL_COLUMNS, ("measure", "exporter", "importer", "sector"))


def _sources(prepared: Prepared, order: Sequence[str]) -> Table:
    measures = {measure.id: measure for measure in prepared.programme.measures}
    rows = [
        (name, row.item, row.value, row.source)
        for name in order
        if name in measures
        for row in numbers_of(measures[name]).frame.itertuples()
    ]
    frame = pd.DataFrame(rows, columns=list(SOURCE_COLUMNS))
    return Table(
        "number_sources", "Numbers of the programme behind it", frame, SOURCE_COLUMNS, ("measure", "item")
    )
