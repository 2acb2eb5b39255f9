"""A process that builds one made-up economy, solves a 10% bilateral cut and says what that took and where it went.

`python -m benchmarks.one_size REGIONS SECTORS USERS RUNS` prints one JSON object. A process of its own, for its peak memory.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from typing import Any

TOLERANCE = 1e-10


def main(regions: int, sectors: int, users: str, runs: int) -> None:
    """Build, compile, time; the peak is taken before the profile."""
    import jax

    from accord.engines.equilibrium import Solver, solve
    from benchmarks.cases.iteration import bytes_moved
    from benchmarks.large import cheaper_pair, large
    from benchmarks.measure import timed
    from benchmarks.solving import within

    begun = time.perf_counter()
    base = large(regions, sectors, users)
    built = time.perf_counter() - begun
    scenario = cheaper_pair(base)
    at_start = peak_mb()
    options = within(TOLERANCE)
    compiling, found = timed(lambda: solve(base, scenario, options), runs=1, factor=1.0)
    stats = found.stats
    del found
    times = [
        seconds for _ in range(runs) for seconds in timed(lambda: solve(base, scenario, options), 1, 1.0)[0]
    ]
    peak = peak_mb()
    solver = Solver(base, options)
    solver(scenario)
    shared = [seconds for _ in range(runs) for seconds in timed(lambda: solver(scenario), 1, 1.0)[0]]
    del solver
    answer = {
        "shares": base.expenditure_share.size,
        "seconds": times,
        "shared_seconds": shared,
        "first": compiling[0],
        "built": built,
        "iterations": stats.iterations,
        "residual": stats.largest_residual,
        "peak_mb": peak,
        "peak_before_mb": at_start,
        "base_mb": sum(leaf.nbytes for leaf in jax.tree.leaves(base)) / 1e6,
        "moved_mb": bytes_moved(base) / 1e6,
        **profile(base, scenario, runs),
    }
    sys.stdout.write(json.dumps(answer) + "\n")


def profile(base: Any, scenario: Any, runs: int) -> dict[str, float]:
    """Where a solve's time and memory go, from the compiled solver itself.

    Seconds of each iteration, of what surrounds them in the compiled solver (weights, nests, results) and of the transfer to the
    device; megabytes of the solver's results and of its workspace.
    """
    import jax
    import numpy as np

    from accord.engines.equilibrium.attempt import iterated
    from accord.engines.equilibrium.features import features_of
    from accord.engines.equilibrium.inputs import Options
    from accord.engines.equilibrium.system import size_of
    from benchmarks.measure import timed

    # By name: in the package itself, `solve` is the function.
    engine = import_module("accord.engines.equilibrium.solver")
    moving, on_device = timed(lambda: jax.block_until_ready(engine._to_device((base, scenario))), runs, 1.0)
    start = np.zeros(size_of(base))
    features = features_of(base, scenario)
    few, many = 1, 9

    def inside(iterations: int) -> float:
        options = Options(tolerance=1e-300, target=1e-300, max_iterations=iterations)
        times = [
            seconds
            for _run in range(runs)
            for seconds in timed(
                lambda: jax.block_until_ready(iterated(*on_device, options, start, features)).residuals,
                1,
                1.0,
            )[0]
        ]
        return min(times)

    inside(few)
    short, long = inside(few), inside(many)
    each = (long - short) / (many - few)
    needs = iterated.lower(*on_device, Options(), start, features).compile().memory_analysis()
    return {
        "each_iteration": each,
        "surrounding": short - few * each,
        "transfer": min(moving),
        "results_mb": needs.output_size_in_bytes / 1e6,
        "workspace_mb": needs.temp_size_in_bytes / 1e6,
    }


def peak_mb() -> float:
    """Peak resident memory of this process so far."""
    import resource

    kilobyte = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilobyte / 1e6


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
