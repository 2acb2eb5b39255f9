"""Who absorbs a region's value added, and whose value is in its exports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from accord.analysis.labelled import source_of
from accord.analysis.value_added.columns import (
    Selection,
    label_columns,
    label_frame,
    positions_of,
    share_of,
)
from accord.analysis.value_added.multipliers import value_chains
from accord.tables import Column, Table
from accord.world.world import World

JOHNSON_NOGUERA = "Johnson and Noguera (2012), Journal of International Economics 86(2)"


def value_added_exports(
    world: World,
    exporters: Sequence[str] | None = None,
    *,
    importers: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
    by: Sequence[str] = ("exporter",),
) -> Table:
    """Return factor income of exporters that other regions absorb in the end, beside gross exports.

        VAX[s,k,r] = v[s,k] sum_j sum_m L[sk,jm] Y[jm,r],  r other than s

    A sector is the one in which the income is earned, whoever exports the product; an importer is the final buyer, whoever it
    bought from. So the ratio to gross exports exceeds one for many sectors and pairs, and is a share only for a region's total.

    Args:
        world: The World.
        exporters: Regions that earn; None for all.
        importers: Regions that absorb; None for all.
        sectors: Sectors that earn; None for all.
        by: What a row is: exporter, optionally with importer and sector.
    """
    selection = Selection(world, exporters, importers, sectors, by)
    chains = value_chains(world)
    income = chains.factor_share[..., None] * chains.absorbed
    own = np.arange(chains.regions)
    income[own, :, own] = 0.0
    flows = np.stack([income, chains.exports])[:, selection.exporters].transpose(0, 1, 3, 2)
    earned, gross = selection.rows(flows)
    frame = selection.frame(world, {"exports": gross, "vax": earned, "vax_ratio": share_of(earned, gross)})
    source = source_of(world)
    columns = {
        **label_columns(world, selection.axes),
        "exports": Column("USD million", "Gross exports", "sales to other regions, before duty", source),
        "vax": Column("USD million", "Value-added exports", f"{JOHNSON_NOGUERA}: Vs sum_j Bsj Yjr", source),
        "vax_ratio": Column(
            "number", "VAX ratio", f"{JOHNSON_NOGUERA}: value-added over gross exports", source
        ),
    }
    title = f"Value-added exports of World '{world.name}', {world.year}"
    return Table("value_added_exports", title, frame, columns, selection.axes)


def content_of_exports(
    world: World, exporters: Sequence[str] | None = None, *, origins: Sequence[str] | None = None
) -> Table:
    """Return whose value is in the exports of a region, by origin: Vt Bts Es*.

    Over all origins factor income, duties and taxes add up to gross exports. Nothing is taken out as double counted: for that see
    `decompose_exports`.

    Args:
        world: The World.
        exporters: Regions whose exports are looked into; None for all.
        origins: Regions whose value is looked for, the exporter itself included; None for all.
    """
    sellers, owners = positions_of(world, "exporter", exporters), positions_of(world, "origin", origins)
    chains = value_chains(world)
    factor, levy = (
        np.einsum("tsk,sk->st", content[np.ix_(owners, sellers)], chains.total_exports[sellers])
        for content in (chains.factor_content, chains.levy_content)
    )
    total = np.repeat(chains.total_exports[sellers].sum(axis=1), len(owners))
    import pandas as pd

    axes = ("exporter", "origin")
    frame = pd.DataFrame(
        {
            **label_frame(world, axes, [sellers, owners]),
            "value_added": factor.ravel(),
            "duties_taxes": levy.ravel(),
            "share": share_of(factor.ravel() + levy.ravel(), total),
        }
    )
    source, method = source_of(world), "Leontief: Vt Bts Es*, repeated crossings included"
    columns = {
        **label_columns(world, axes),
        "value_added": Column("USD million", "Value added", f"{method}; factor income", source),
        "duties_taxes": Column(
            "USD million", "Duties and taxes", f"{method}; duties on inputs and taxes on output", source
        ),
        "share": Column(
            "share", "Share of gross exports", f"{method}; value added, duties and taxes", source
        ),
    }
    title = f"Whose value is in gross exports, World '{world.name}', {world.year}"
    return Table("content_of_exports", title, frame, columns, axes)
