"""One iteration: its time, the bytes it must move, and the memory bandwidth of the machine in the same run.

The time is the slope between solves to different tolerances, so that nothing but `solve` is called: what does not grow with the
number of iterations (transfer, sourcing weights, results) is the other row.
"""

from __future__ import annotations

import sys

import numpy as np

from accord.engines.equilibrium import BaseEconomy, solve
from benchmarks.measure import Measure, run_process, timed
from benchmarks.solving import to_tolerance
from benchmarks.worlds import nafta, real_2022, world_rise

TITLE = "One iteration, against memory bandwidth"
MEMORY = 10
"""Steps that Anderson acceleration keeps (engine's `MEMORY`)."""

WORKING_SET = 11
"""MB: what one iteration at 80 x 50 touches."""


def measures() -> list[Measure]:
    # First, while this process is small: two threads of BLAS beside a busy neighbour vary wildly, so the best of three.
    one_core, all_cores = triad(WORKING_SET, "1"), triad(WORKING_SET, None)
    main_memory = triad(500, "1")
    rows = [
        Measure(
            f"Triad, {WORKING_SET} MB (about what one iteration at 80 x 50 touches), one core",
            one_core,
            "GB/s",
        ),
        Measure(f"Triad, {WORKING_SET} MB, all cores", all_cores, "GB/s"),
        Measure("Triad, 500 MB (main memory), one core", main_memory, "GB/s"),
    ]
    economy = real_2022()
    small, tariffs = nafta()
    limit = max(one_core)
    for size, base, scenario, note in (
        ("31 x 40", small.base, tariffs, small.note),
        ("80 x 50", economy.base, world_rise(economy), economy.note),
    ):
        slope, fixed = iteration_time(base, scenario)
        moved = bytes_moved(base) / 1e6
        rate = moved / slope  # MB per ms = GB/s
        said = (
            f"{size}: {moved:.1f} MB an iteration at least, so {rate:.1f} GB/s: {100 * rate / limit:.0f}% of one core's triad, at "
            f"whose rate it would take {moved / limit:.2f} ms. {note}"
        )
        rows += [
            Measure(f"One iteration, {size}", [slope], note=said.strip()),
            Measure(f"The rest of a solve (transfer, weights, results), {size}", [fixed]),
        ]
    return rows


def triad(megabytes: int, threads: str | None) -> list[float]:
    """Bandwidths in GB/s of three processes, each the best of many passes."""
    environment = {"OPENBLAS_NUM_THREADS": threads} if threads else {}
    command = [sys.executable, "-m", "benchmarks.triad", str(megabytes)]
    answers = [run_process(command, timeout=60, environment=environment) for _ in range(3)]
    return [float(answer.output) for answer in answers]


def iteration_time(base: BaseEconomy, scenario) -> tuple[float, float]:
    """Milliseconds an iteration, and milliseconds that a solve takes besides; straight line through the best of several runs."""
    points = []
    for tolerance in (1e-2, 1e-5, 1e-8, 1e-11):
        options = to_tolerance(tolerance)
        solve(base, scenario, options)
        times, state = timed(lambda options=options: solve(base, scenario, options), runs=15)
        points.append((state.stats.iterations, min(times)))
    slope, fixed = np.polyfit(*zip(*points, strict=True), 1)
    return float(slope), float(fixed)


def bytes_moved(base: BaseEconomy) -> float:
    """Bytes that one iteration must move when every array is read once in each product that needs it.

    Three passes over all pairs (prices, output, import revenue), or one where many groups pass through the cache in turn;
    two over cost shares and final shares (costs, spending), and of
    Anderson's two histories three reads and one write of a row each.
    """
    pairs = base.expenditure_share.size
    passes = 1 if base.expenditure_share.shape[0] > 1 else 3
    shares = base.input_share.size + base.final_share.size
    _, sectors, regions = base.shape
    unknowns = regions + sectors * regions + base.expenditure.size
    return 8.0 * (passes * pairs + 2 * shares + (3 * MEMORY + 2) * unknowns)
