"""A 10% cut of one bilateral trade cost on the real table of 2022."""

from __future__ import annotations

from benchmarks.measure import Measure
from benchmarks.solving import solve_measure
from benchmarks.worlds import bilateral_cut, real_2022

TITLE = "Trade cost BLR-RUS -10%, real 80 x 50, to 1e-10"


def measures() -> list[Measure]:
    economy = real_2022()
    scenario = bilateral_cut(economy)
    return [
        solve_measure(TITLE, economy.base, scenario, tolerance=1e-10, goal=60.0, note=economy.note),
        solve_measure(
            f"{TITLE.removesuffix('1e-10')}rounding (default options)",
            economy.base,
            scenario,
            tolerance=None,
            note=economy.note,
        ),
    ]
