"""A whole process from start to first result, with the time of each step: `python -m benchmarks.first_solve WORLD CACHE`.

Prints one JSON object. WORLD is 'embedded' or 'real'; CACHE is the folder of compiled solvers, used when the engine can.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

BEGUN = time.perf_counter()


def main(world: str, cache: str) -> None:
    """Read, calibrate, balance, solve twice."""
    steps: dict[str, float] = {}

    def done(step: str) -> None:
        steps[step] = time.perf_counter() - BEGUN - sum(steps.values())

    from accord.adapters import equilibrium as adapter
    from accord.engines.equilibrium import solve
    from accord.errors import WorldError
    from accord.world import read_world
    from benchmarks.solving import to_tolerance
    from benchmarks.worlds import NOT_FETCHED, Economy, bilateral_cut, synthetic

    cached = _use_cache(Path(cache))
    done("import")
    try:
        data = read_world("icio-2022" if world == "real" else "embedded")
        done("read the World")
        model = adapter.build_model(data, [])
        economy = Economy(model.base, data.regions)
        done("calibrate and balance")
    except WorldError:
        economy = synthetic(80, 50, note=NOT_FETCHED)
        done("make data up and calibrate")
    options = to_tolerance(1e-10)
    state = solve(economy.base, bilateral_cut(economy), options)
    done("first solve")
    solve(economy.base, bilateral_cut(economy), options)
    done("second solve")
    memory = Path("/proc/self/status")
    peak = next(
        (
            int(line.split()[1]) / 1000
            for line in (memory.read_text("utf-8").splitlines() if memory.is_file() else ())
            if line.startswith("VmHWM")
        ),
        None,
    )
    answer = {
        "steps": steps,
        "cached": cached,
        "iterations": state.stats.iterations,
        "residual": state.stats.largest_residual,
        "peak_mb": peak,
        "note": economy.note,
    }
    sys.stdout.write(json.dumps(answer) + "\n")


def _use_cache(folder: Path) -> bool:
    try:
        from accord.engines.compilation import enable_compilation_cache
    except ImportError:
        return False
    return enable_compilation_cache(folder) is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
