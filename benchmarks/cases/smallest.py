"""Two regions, one sector: what a call costs when there is next to nothing to compute."""

from __future__ import annotations

from benchmarks.measure import Measure
from benchmarks.solving import solve_measure
from benchmarks.worlds import synthetic, world_rise

TITLE = "Overhead of a call: 2 x 1, to 1e-12"


def measures(runs: int = 101) -> list[Measure]:
    economy = synthetic(2, 1)
    return [solve_measure(TITLE, economy.base, world_rise(economy), tolerance=1e-12, runs=runs)]
