"""The tariffs of NAFTA on Caliendo and Parro's data."""

from __future__ import annotations

from benchmarks.measure import Measure
from benchmarks.solving import solve_measure
from benchmarks.worlds import nafta

TITLE = "NAFTA tariffs, 31 x 40, to 1e-12"


def measures() -> list[Measure]:
    economy, scenario = nafta()
    return [
        solve_measure(TITLE, economy.base, scenario, tolerance=1e-12, runs=41, goal=12.0, note=economy.note)
    ]
