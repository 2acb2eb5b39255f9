"""Two regions and one product, whose chains one can follow on paper."""

from __future__ import annotations

import numpy as np

from accord.analysis.value_added import decompose_exports
from accord.world import build_world
from accord.world.world import Provenance, World


def two_regions(*, back: float = 0.0, tariff: float = 0.0, levy: float = 0.0) -> World:
    """Home sells 60 of inputs to Abroad, which makes 100 of final goods of them: 80 for itself and 20 for Home.

    Home also makes 40 for its own final buyers. With `back`, Abroad sells that much of inputs to Home, which sells as much
    more of final goods to Abroad.
    """
    inputs, final = np.zeros((2, 1, 2, 1)), np.zeros((2, 1, 2, 1))
    inputs[0, 0, 1, 0], inputs[1, 0, 0, 0] = 60.0, back
    final[0, 0, :, 0] = 40.0, back
    final[1, 0, :, 0] = 20.0, 80.0
    rates = np.zeros((2, 2, 1))
    rates[0, 1] = tariff
    return build_world(
        "two",
        2020,
        regions=["HOM", "ABR"],
        sectors=["goods"],
        uses=["final"],
        region_names=["Home", "Abroad"],
        sector_names=["Goods"],
        sector_kinds=["goods"],
        intermediate=inputs,
        final_demand=final,
        tariff_rate=rates,
        output_tax_rate=np.full((2, 1), levy),
        trade_elasticity=np.array([4.0]),
        elasticity_set="made up",
        provenance=Provenance("a test", "made up", "none"),
    )


def row(world: World, exporter: str, method: str = "bm-source") -> dict[str, float]:
    frame = decompose_exports(world, [exporter], method=method).frame
    return frame.iloc[0].to_dict()
