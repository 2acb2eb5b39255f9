"""Where the time and memory of one solve go: `python -m benchmarks.profile` writes `benchmarks/profile.txt`, whole or not at all.

Every figure is the least of many runs in one process, in CPU time of that process, which other work on the machine disturbs least.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import jax
import numpy as np

from accord.engines.equilibrium import BaseEconomy, Scenario, Solver, features_of, solve
from accord.engines.equilibrium import equations as eq
from accord.engines.equilibrium.attempt import iterated
from accord.engines.equilibrium.system import size_of
from benchmarks.large import cheaper_pair, large
from benchmarks.solving import to_tolerance
from benchmarks.worlds import bilateral_cut, nafta, real_2022, world_rise

engine = import_module("accord.engines.equilibrium.solver")  # its package names the function the same
OUT = Path(__file__).with_name("profile.txt")
FEW, MANY = 1, 21


def least(run: Callable[[], Any], runs: int) -> float:
    """Least CPU milliseconds of `run`, once it is compiled."""
    run()
    times = []
    for _ in range(runs):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return 1e3 * min(times)


def profile(what: str, base: BaseEconomy, scenario: Scenario, tolerance: float, runs: int) -> str:
    """Return the lines on one solve."""
    options = to_tolerance(tolerance)
    begin = time.process_time()
    state = solve(base, scenario, options)
    first = time.process_time() - begin
    solver = Solver(base, options)
    on_device = engine._to_device((base, scenario))
    features, start = features_of(base, scenario), np.zeros(size_of(base))

    def inside(iterations: int) -> float:
        limits = options._replace(tolerance=1e-300, target=1e-300, max_iterations=iterations)
        return least(lambda: jax.block_until_ready(iterated(*on_device, limits, start, features)), runs)

    short, long = inside(FEW), inside(MANY)
    each = (long - short) / (MANY - FEW)
    prepare = jax.jit(eq.prepare)
    memory = iterated.lower(*on_device, options, start, features).compile().memory_analysis()
    whole = least(lambda: solve(base, scenario, options), runs)
    steps = state.stats.iterations
    rows = [
        ("whole solve, NumPy to NumPy", whole),
        ("  base already on the device", least(lambda: solver(scenario), runs)),
        (f"  {steps} iterations of {each:.3f} ms", steps * each),
        (
            "  arrays to the device",
            least(lambda: jax.block_until_ready(engine._to_device((base, scenario))), runs),
        ),
        ("  scenario alone", least(lambda: jax.block_until_ready(engine._to_device(scenario)), runs)),
        (
            "  prepared once (weights, recipes, nests)",
            least(lambda: jax.block_until_ready(prepare(*on_device, features)), runs),
        ),
        ("  one call with one iteration (prepare, iterate, collect)", short),
        ("  which wedges are there (NumPy)", least(lambda: features_of(base, scenario), runs)),
    ]
    text = [what, "-" * len(what)]
    text += [f"{name:<58} {value:10.3f} ms" for name, value in rows]
    text.append(f"{'first call of this process, compilation or cache included':<58} {first:10.2f} s")
    text.append(
        f"compiled: results {memory.output_size_in_bytes / 1e6:.1f} MB, workspace {memory.temp_size_in_bytes / 1e6:.1f} MB; "
        f"features {', '.join(name for name in vars(features) if getattr(features, name)) or 'none'}; "
        f"largest residual {state.stats.largest_residual:.1e}"
    )
    return "\n".join(text)


def main() -> None:
    """Profile the sizes of the issue, or those named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--every-user", action="store_true", help="also the case with 17 million shares (3 GB)"
    )
    parser.add_argument("--runs", type=int, default=30)
    chosen = parser.parse_args()
    economy, tariffs = nafta()
    real = real_2022()
    parts = [
        profile(
            f"31 x 40, NAFTA tariffs, to 1e-12. {economy.note}", economy.base, tariffs, 1e-12, chosen.runs
        ),
        profile(
            f"80 x 50, 10% bilateral cut, to 1e-10. {real.note}",
            real.base,
            bilateral_cut(real),
            1e-10,
            chosen.runs,
        ),
        profile(
            f"80 x 50, every cost +30%, to 1e-10. {real.note}",
            real.base,
            world_rise(real),
            1e-10,
            chosen.runs,
        ),
    ]
    if chosen.every_user:
        base = large(80, 50, "every-user")
        parts.append(
            profile("80 x 50, every user on its own, made up, to 1e-10", base, cheaper_pair(base), 1e-10, 3)
        )
    text = "\n\n".join(
        [
            f"Written by benchmarks/profile.py, jax {jax.__version__}; least CPU time, other work on the machine.",
            *parts,
        ]
    )
    temporary = OUT.with_suffix(".part")
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(OUT)
    print(text)


if __name__ == "__main__":
    main()
