"""Many draws of trade elasticities, each solved by itself on one of two threads."""

from __future__ import annotations

import os
import time

import numpy as np

from accord.engines.equilibrium import Options, solve_many, with_trade_elasticity
from benchmarks.measure import Measure
from benchmarks.solving import within
from benchmarks.worlds import nafta

DRAWS, QUICK_DRAWS = 1000, 200
THREADS = 2
TITLE = f"Draws of trade elasticities, 31 x 40, {THREADS} threads"


def measures() -> list[Measure]:
    """All draws; `ACCORD_BENCH_QUICK=1` solves a fifth of them and says so."""
    draws = QUICK_DRAWS if os.environ.get("ACCORD_BENCH_QUICK") == "1" else DRAWS
    economy, scenario = nafta()
    theta = np.asarray(economy.base.technology.trade)
    random = np.random.default_rng(1)
    drawn = theta * random.lognormal(0.0, 0.3, (draws, theta.size))
    bases = [with_trade_elasticity(economy.base, one) for one in drawn]
    note = f"log-normal around the point estimates, standard deviation 0.3. {economy.note}"
    if draws != DRAWS:
        note = f"Quick: {draws} draws, times {DRAWS // draws} for the goal. {note}"

    def row(options: Options, said: str, goal: float | None) -> Measure:
        list(solve_many(bases[:2], scenario, options, threads=THREADS))
        begun = time.perf_counter()
        found = [result for _, result in solve_many(bases, scenario, options, threads=THREADS)]
        seconds = (time.perf_counter() - begun) * DRAWS / draws
        steps = [one.iterations for one in found]
        return Measure(
            f"{DRAWS:,} {TITLE[0].lower()}{TITLE[1:]}, {said}",
            [seconds],
            "s",
            goal=goal,
            steps=int(np.median(steps)),
            residual=max(one.residual for one in found),
            note=f"{1000 * THREADS * seconds / DRAWS:.1f} ms a draw and thread; steps: median (most {max(steps)}); {note}",
        )

    return [
        row(within(1e-10), "to 1e-10", 10.0),
        row(Options(), "to rounding (default options)", None),
    ]
