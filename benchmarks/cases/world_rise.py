"""A 30% rise of every international trade cost on the real table of 2022."""

from __future__ import annotations

from benchmarks.measure import Measure
from benchmarks.solving import solve_measure
from benchmarks.worlds import real_2022, world_rise

TITLE = "Every trade cost +30%, real 80 x 50, to 1e-10"


def measures() -> list[Measure]:
    economy = real_2022()
    scenario = world_rise(economy)
    return [
        solve_measure(TITLE, economy.base, scenario, tolerance=1e-10, goal=100.0, note=economy.note),
        solve_measure(
            f"{TITLE.removesuffix('1e-10')}rounding (default options)",
            economy.base,
            scenario,
            tolerance=None,
            note=economy.note,
        ),
    ]
