"""How much of a region's exports crosses more than one border, and on which side of the region."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from accord.analysis.labelled import source_of
from accord.analysis.value_added.columns import Selection, label_columns, share_of
from accord.analysis.value_added.multipliers import ValueChains, value_chains
from accord.tables import Column, Table
from accord.world.world import World

BORIN_MANCINI = "Borin and Mancini (2019), GVC-related trade"
HUMMELS = "Hummels, Ishii and Yi (2001), as generalised by Koopman, Wang and Wei (2014)"

BY = (("exporter",), ("exporter", "importer"), ("exporter", "sector"), ("exporter", "importer", "sector"))


def gvc_participation(
    world: World,
    exporters: Sequence[str] | None = None,
    *,
    importers: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
    by: Sequence[str] = ("exporter",),
) -> Table:
    """Return participation in global value chains as shares of gross exports, by Borin and Mancini and by the classic measures.

        gvc = 1 - Vs Lss (Ysr + Asr Lrr Yrr) / Esr = backward + forward
        backward = 1 - Vs Lss Esr / Esr        forward = Vs Lss Asr Lrr Er* / Esr
        vs = sum_t Vt Bts Esr / Esr            vs1 = Vs sum_t Bst Et* / Es*

    Here V is all value that arises in a region: factor income, duties and taxes; so backward is exactly the import content of
    Hummels, Ishii and Yi (2001), uA(imported) Lss Esr. VS1 looks at exports of others and is given for whole regions alone.

    Args:
        world: The World.
        exporters: Regions; None for all.
        importers: Partners whose purchases count; None for all.
        sectors: Exporting sectors that count; None for all.
        by: What a row is: exporter, optionally with importer and sector.
    """
    selection = Selection(world, exporters, importers, sectors, by)
    chains = value_chains(world)
    exports, direct, backward, content = selection.rows(_amounts(chains, selection.exporters))
    shares = {
        "gvc": share_of(exports - direct, exports),
        "backward": share_of(backward, exports),
        "forward": share_of(exports - direct - backward, exports),
        "vs": share_of(content, exports),
    }
    if selection.of_all_exports and selection.axes == ("exporter",):
        shares["vs1"] = share_of(_value_in_others_exports(chains)[selection.exporters], exports)
        shares["vs_and_vs1"] = shares["vs"] + shares["vs1"]
    declared = _columns(world)
    return Table(
        "gvc_participation",
        f"Participation in global value chains, World '{world.name}', {world.year}",
        selection.frame(world, {"exports": exports, **shares}),
        {
            **label_columns(world, selection.axes),
            **{name: declared[name] for name in ("exports", *shares)},
        },
        selection.axes,
    )


def _amounts(chains: ValueChains, exporters: np.ndarray) -> np.ndarray:
    """Gross exports, those absorbed by the importer at once, backward, and VS content: (amount, exporter, importer, sector)."""
    found = []
    for s in exporters:
        flow = chains.exports[s].T
        final = chains.final[s].T * (np.arange(chains.regions) != s)[:, None]
        local = chains.local_factor[s] + chains.local_levy[s]
        direct = local * (final + chains.shipped(int(s), chains.for_home[None])[0])
        content = (chains.foreign_factor[s] + chains.foreign_levy[s]) * flow
        found.append(np.stack([flow, direct, (1.0 - local) * flow, content]))
    return np.stack(found, axis=1)


def _value_in_others_exports(chains: ValueChains) -> np.ndarray:
    """Vs sum_t Bst Et* over t other than s (region,), USD million."""
    value = np.einsum("stk,tk->st", chains.factor_content + chains.levy_content, chains.total_exports)
    return value.sum(axis=1) - np.diagonal(value)


def _columns(world: World) -> dict[str, Column]:
    source = source_of(world)
    return {
        "exports": Column("USD million", "Gross exports", "sales to other regions, before duty", source),
        "gvc": Column(
            "share", "GVC participation", f"{BORIN_MANCINI}: exports that cross more than one border", source
        ),
        "backward": Column(
            "share", "Backward", f"{BORIN_MANCINI}: imported inputs in exports, 1 - Vs Lss", source
        ),
        "forward": Column(
            "share", "Forward", f"{BORIN_MANCINI}: re-exported by the importer, Vs Lss Asr Lrr Er*", source
        ),
        "vs": Column("share", "VS", f"{HUMMELS}: foreign content of exports, sum_t Vt Bts Es*", source),
        "vs1": Column("share", "VS1", f"{HUMMELS}: own value in exports of others, Vs sum_t Bst Et*", source),
        "vs_and_vs1": Column("number", "VS + VS1", f"{HUMMELS}: their sum, which may exceed one", source),
    }
