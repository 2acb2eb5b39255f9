"""Gross exports decomposed: for chosen exporters, partners and sectors, by a named method, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from accord.analysis.labelled import source_of
from accord.analysis.value_added.borin_mancini import BM_SINK, BM_SOURCE
from accord.analysis.value_added.columns import Selection, label_columns, share_of
from accord.analysis.value_added.importer_borders import BM_SINK_IMPORTER, BM_SOURCE_IMPORTER
from accord.analysis.value_added.koopman_wang_wei import KWW
from accord.analysis.value_added.multipliers import ValueChains, value_chains
from accord.analysis.value_added.perimeters import (
    BM_SECTOR_BILATERAL,
    BM_SINK_BILATERAL,
    BM_SINK_WORLD,
    BM_SOURCE_BILATERAL,
    BM_SOURCE_WORLD,
)
from accord.analysis.value_added.sector_borders import BM_SINK_SECTOR, BM_SOURCE_SECTOR
from accord.analysis.value_added.terms import PARTS, Method
from accord.analysis.value_added.wang_wei_zhu import WWZ
from accord.errors import AccordError, EngineError, nearest
from accord.tables import Column, Table
from accord.world.world import World

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        BM_SOURCE,
        BM_SINK,
        BM_SOURCE_BILATERAL,
        BM_SINK_BILATERAL,
        BM_SECTOR_BILATERAL,
        BM_SOURCE_SECTOR,
        BM_SINK_SECTOR,
        BM_SOURCE_IMPORTER,
        BM_SINK_IMPORTER,
        BM_SOURCE_WORLD,
        BM_SINK_WORLD,
        KWW,
        WWZ,
    )
}
"""Method by name, the recommended one first."""

ADDS_UP = 1e-9
"""Terms may miss a region's gross exports by this share of them: a thousand times the rounding seen on real tables."""


def decompose_exports(
    world: World,
    exporters: Sequence[str] | None = None,
    *,
    importers: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
    method: str = "bm-source",
    by: Sequence[str] = ("exporter",),
    unit: Literal["USD million", "share"] = "USD million",
) -> Table:
    """Return gross exports, every term of the method, and the five parts that the terms make up.

    Args:
        world: The World.
        exporters: Regions whose exports are decomposed; None for all.
        importers: Partners whose purchases count; None for all.
        sectors: Exporting sectors that count; None for all.
        method: A name in `METHODS`. `kww` is defined for total exports of a region alone.
        by: What a row is: exporter, optionally with importer and sector. What is left out is added up.
        unit: "USD million", or "share" of the row's gross exports (blank where there are none).
    """
    chosen = _method(method)
    selection = Selection(world, exporters, importers, sectors, by)
    if unit not in {"USD million", "share"}:
        raise AccordError(
            f"unknown unit '{unit}' for a decomposition of exports. Choose 'USD million' or 'share'."
        )
    if not chosen.bilateral and not (selection.of_all_exports and selection.axes == ("exporter",)):
        raise AccordError(
            f"{chosen.title} decompose a region's total exports, not those to some partners or of some sectors. "
            "Leave the choice of partners, sectors and rows out, or use the method 'wwz', its counterpart for single flows."
        )
    flows, terms = _decomposed(value_chains(world), chosen, selection)
    if unit == "share":
        terms = share_of(terms, flows)
    members = {part: [row for row, term in enumerate(chosen.terms) if term.part == part] for part in PARTS}
    parts = {part: terms[rows].sum(axis=0) for part, rows in members.items()}
    measures = {
        "exports": flows,
        **{term.name: values for term, values in zip(chosen.terms, terms, strict=True)},
        "dva": parts["vax"] + parts["returned"],
        **parts,
    }
    return Table(
        f"exports_{chosen.name.replace('-', '_')}",
        f"Gross exports by {chosen.title}, {_chosen_text(importers, sectors)}World '{world.name}', {world.year}",
        selection.frame(world, measures),
        {**label_columns(world, selection.axes), **_columns(world, chosen, unit)},
        selection.axes,
    )


def _method(name: str) -> Method:
    if name not in METHODS:
        raise AccordError(f"unknown method '{name}'. {nearest(name, METHODS)} Methods: {', '.join(METHODS)}.")
    return METHODS[name]


def _decomposed(chains: ValueChains, method: Method, selection: Selection) -> tuple[np.ndarray, np.ndarray]:
    """Gross exports (row,) and terms (term, row)."""
    flows, terms = [], []
    for exporter in selection.exporters:
        found = method.compute(chains, int(exporter))
        flow = chains.exports[exporter].T  # importer, sector
        _ensure_adds_up(method, found, flow)
        flows.append(selection.rows(flow[None, None])[0])
        terms.append(selection.rows(found[:, None]) if method.bilateral else found[:, None])
    return np.concatenate(flows), np.concatenate(terms, axis=1)


def _ensure_adds_up(method: Method, terms: np.ndarray, flow: np.ndarray) -> None:
    target = flow if method.bilateral else flow.sum()
    miss, size = float(np.abs(terms.sum(axis=0) - target).max()), float(flow.sum())
    if not miss <= ADDS_UP * size:
        raise EngineError(
            f"the terms of {method.title} miss gross exports by USD {miss:,.6f} million of {size:,.1f}. "
            "Check the World's accounts: accord world check NAME"
        )


def _columns(world: World, method: Method, unit: str) -> dict[str, Column]:
    source = source_of(world)

    def column(label: str, meaning: str) -> Column:
        return Column(unit, label, f"{method.title}: {meaning}", source)

    return {
        "exports": Column("USD million", "Gross exports", "sales to other regions, before duty", source),
        **{term.name: column(term.label, term.formula) for term in method.terms},
        "dva": column("Domestic value added", "value added absorbed abroad and value added returned"),
        **{part: column(heading, meaning) for part, (heading, meaning) in PARTS.items()},
    }


def _chosen_text(importers: Sequence[str] | None, sectors: Sequence[str] | None) -> str:
    chosen = [
        f"{word} {', '.join([labels] if isinstance(labels, str) else labels)}"
        for word, labels in (("to", importers), ("of", sectors))
        if labels is not None
    ]
    return f"{' '.join(chosen)}, " if chosen else ""
