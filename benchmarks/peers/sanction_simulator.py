"""sanction-simulator's own scenario, as its README gives it: a full bilateral embargo between the USA and China.

Run as a process of its own; prints one JSON object. Its model is another one (rationing with rerouting, no prices), so that only
time, size and tolerance can be compared.
"""

from __future__ import annotations

import json
import sys
import time


def main(runs: int) -> None:
    import sanction_simulator as package

    sys.path.insert(0, package._PKG_DIR)  # its module is a script beside the package
    import power_trade_estimation as model

    begun = time.perf_counter()
    bench = model.Benchmark(package.data_dir(), cache=package.bench_cache())
    load = time.perf_counter() - begun
    legs = model.bilateral_legs(bench.cidx["USA"], bench.cidx["CHN"])
    seconds = []
    for _ in range(runs + 1):  # the first warms caches up
        begun = time.perf_counter()
        batch = model.ScenarioBatch(bench, [legs], tau=model.TAU_BASE, delta=model.DELTA_BASE)
        batch.balance()
        balanced = time.perf_counter() - begun
        result = batch.solve(rho=model.RHO_BASE)
        seconds.append((time.perf_counter() - begun, balanced))
    answer = {
        "version": package.__version__,
        "load_s": load,
        "solve_ms": [1000.0 * total for total, _ in seconds[1:]],
        "balance_ms": [1000.0 * part for _, part in seconds[1:]],
        "iterations": [int(batch.sink_iters[0]), int(result["iters"][0])],
        "tolerances": [model.SINK_TOL, model.FP_TOL],
        "errors": [float(batch.sink_err[0]), float(result["err"][0])],
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
