"""Four use groups, each with sourcing shares of its own: intermediate, household, government, investment."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.measure import Measure
from benchmarks.one_size import profile
from benchmarks.solving import solve_measure, within
from benchmarks.worlds import bilateral_cut, four_groups, world_rise

TITLE = "Four use groups, real 80 x 50"


def measures() -> list[Measure]:
    economy = four_groups()
    rows = []
    for shock, scenario in (
        ("trade cost BLR-RUS -10%", bilateral_cut(economy)),
        ("every trade cost +30%", world_rise(economy)),
    ):
        row = solve_measure(
            f"{TITLE}, {shock}, to 1e-10",
            economy.base,
            scenario,
            tolerance=within(1e-10),
            runs=11,
            goal=300.0,
            note=economy.note,
        )
        spent = profile(economy.base, scenario, runs=5)
        said = (
            f"Where the time goes, {shock}: {row.steps} iterations of {1000 * spent['each_iteration']:.2f} ms, weights, nests and "
            f"results once {1000 * spent['surrounding']:.0f} ms, arrays to the device {1000 * spent['transfer']:.0f} ms. "
        )
        rows.append(replace(row, note=said + row.note))
    return rows
