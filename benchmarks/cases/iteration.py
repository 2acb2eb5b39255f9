"""One iteration: its time, the bytes it must move, and the memory bandwidth of the machine in the same run.

The time is the slope between solves to different tolerances, so that nothing but `solve` is called: what does not grow with the
number of iterations (transfer, sourcing weights, results) is the other row.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.blas import daxpy

from accord.engines.equilibrium import BaseEconomy, Options, solve
from benchmarks.measure import Measure, timed
from benchmarks.worlds import nafta, real_2022, world_rise

TITLE = "One iteration, against memory bandwidth"
MEMORY = 10
"""Steps that Anderson acceleration keeps (engine's `MEMORY`)."""


def measures() -> list[Measure]:
    economy = real_2022()
    small, tariffs = nafta()
    triad_small, triad_large = triad(2**19), triad(2**25)
    rows = [
        Measure(
            "Triad y = a x + y in BLAS, 8 MB (about what one iteration touches)",
            [triad_small],
            "GB/s",
        ),
        Measure("Triad y = a x + y in BLAS, 537 MB (main memory)", [triad_large], "GB/s"),
    ]
    for size, base, scenario, note in (
        ("31 x 40", small.base, tariffs, small.note),
        ("80 x 50", economy.base, world_rise(economy), economy.note),
    ):
        slope, fixed = iteration_time(base, scenario)
        moved = bytes_moved(base) / 1e6
        rate = moved / slope  # MB per ms = GB/s
        rows += [
            Measure(
                f"One iteration, {size}",
                [slope],
                note=f"{size}: {moved:.1f} MB an iteration at least ({moved / triad_small:.2f} ms at the small triad's rate), so "
                f"{rate:.1f} GB/s: {100 * rate / triad_small:.0f}% of the small triad, {100 * rate / triad_large:.0f}% of main "
                f"memory's. {note}".strip(),
            ),
            Measure(f"The rest of a solve (transfer, weights, results), {size}", [fixed]),
        ]
    return rows


def triad(size: int) -> float:
    """Bandwidth in GB/s of y = a x + y in place: two reads and one write of 8 bytes an element, on all cores of BLAS."""
    x, y = np.ones(size), np.ones(size)
    times, _ = timed(lambda: daxpy(x, y, a=1e-9), runs=max(9, 2**24 // size), factor=1.0)
    return 24.0 * size / min(times) / 1e9


def iteration_time(base: BaseEconomy, scenario) -> tuple[float, float]:
    """Milliseconds an iteration, and milliseconds that a solve takes besides; straight line through the best of several runs."""
    points = []
    for tolerance in (1e-2, 1e-5, 1e-8, 1e-11):
        options = Options(tolerance=tolerance)
        solve(base, scenario, options)
        times, state = timed(lambda options=options: solve(base, scenario, options), runs=15)
        points.append((state.stats.iterations, min(times)))
    slope, fixed = np.polyfit(*zip(*points, strict=True), 1)
    return float(slope), float(fixed)


def bytes_moved(base: BaseEconomy) -> float:
    """Bytes that one iteration must move when every array is read once in each product that needs it.

    Three passes over all pairs (prices, output, import revenue), two over cost shares and final shares (costs, spending), and of
    Anderson's two histories three reads and one write of a row each.
    """
    pairs = base.expenditure_share.size
    shares = base.input_share.size + base.final_share.size
    _, sectors, regions = base.shape
    unknowns = regions + sectors * regions + base.expenditure.size
    return 8.0 * (3 * pairs + 2 * shares + (3 * MEMORY + 2) * unknowns)
