"""Where in the chain a producer stands: how far from final buyers, how far from the first inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from accord.analysis.labelled import source_of
from accord.analysis.value_added.columns import label_columns, label_frame, positions_of, share_of
from accord.analysis.value_added.multipliers import ValueChains, value_chains
from accord.errors import AccordError
from accord.tables import Column, Table
from accord.world.world import World

UPSTREAMNESS = "Antras, Chor, Fally and Hillberry (2012), American Economic Review 102(3)"
DOWNSTREAMNESS = "Fally (2012), 'Production Staging'; Antras and Chor (2018)"


def chain_position(
    world: World,
    regions: Sequence[str] | None = None,
    *,
    sectors: Sequence[str] | None = None,
    by: Literal["sector", "region"] = "sector",
) -> Table:
    """Return upstreamness and downstreamness of producers, pure numbers from one upwards.

        U[i] = 1 + sum_j (Z[i,j] / x[i]) U[j] = (Lx)[i] / x[i]      average number of stages to the final buyer
        D[j] = 1 + sum_i A[i,j] D[i] = (u'L)[j]                     average number of stages since the first inputs

    Averages of U weighted by value added, duties and taxes, and of D weighted by final purchases, are equal in the world.

    Args:
        world: The World.
        regions: Regions; None for all.
        sectors: Sectors; None for all. Averages of regions run over these.
        by: "sector" for a row for each producer (blank where nothing is made), "region" for averages.
    """
    if by not in {"sector", "region"}:
        raise AccordError(f"rows by '{by}' cannot be had here. Choose 'sector' or 'region'.")
    places = [positions_of(world, "region", regions), positions_of(world, "sector", sectors)]
    chains = value_chains(world)
    cells = np.ix_(*places)
    output, exports = chains.output[cells], chains.total_exports[cells]
    up, down = (stages[cells] for stages in stages_of(chains))
    measures = {"output": output, "upstreamness": up, "downstreamness": down}
    axes: tuple[str, ...] = ("region", "sector")
    if by == "region":
        axes, places = ("region",), places[:1]
        measures = {
            "output": output.sum(axis=1),
            "upstreamness": _average(up, output),
            "downstreamness": _average(down, output),
            "upstreamness_of_exports": _average(up, exports),
        }
    import pandas as pd

    frame = pd.DataFrame(
        {**label_frame(world, axes, places), **{name: values.ravel() for name, values in measures.items()}}
    )
    declared = _columns(world, averaged=by == "region")
    return Table(
        "chain_position",
        f"Position in value chains, World '{world.name}', {world.year}",
        frame,
        {**label_columns(world, axes), **{name: declared[name] for name in measures}},
        axes,
    )


def stages_of(chains: ValueChains) -> tuple[np.ndarray, np.ndarray]:
    """Upstreamness and downstreamness (region, sector); blank where nothing is made."""
    output = chains.output
    chained = chains.system.solve(output.ravel()).reshape(output.shape)
    stages = chains.system.solve_transposed(np.ones(output.size)).reshape(output.shape)
    return share_of(chained, output), np.where(output != 0.0, stages, np.nan)


def _average(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted average over sectors; producers that make nothing are blank and weigh nothing."""
    return share_of(np.nansum(values * weights, axis=1), weights.sum(axis=1))


def _columns(world: World, *, averaged: bool) -> dict[str, Column]:
    source, how = source_of(world), "; average weighted by output" if averaged else ""
    return {
        "output": Column("USD million", "Output", "sum of sales before duty", source),
        "upstreamness": Column("number", "Upstreamness", f"{UPSTREAMNESS}{how}", source),
        "downstreamness": Column("number", "Downstreamness", f"{DOWNSTREAMNESS}{how}", source),
        "upstreamness_of_exports": Column(
            "number", "Upstreamness of exports", f"{UPSTREAMNESS}; average weighted by exports", source
        ),
    }
