"""Welfare of two partners with respect to every trade cost there is, in units of one solve."""

from __future__ import annotations

from accord.engines.equilibrium import gradient, solve, welfare_gradients
from benchmarks.measure import Measure, timed
from benchmarks.solving import within
from benchmarks.worlds import NOT_FETCHED, bilateral_cut, real_2022

RUNS = 9
TITLE = "Gradient of welfare of two partners, real 80 x 50"


def measures() -> list[Measure]:
    economy = real_2022()
    title = TITLE.replace("real", "made-up") if economy.note == NOT_FETCHED else TITLE
    base, scenario, options = economy.base, bilateral_cut(economy), within(1e-10)
    partners = [economy.position("BLR", 0), economy.position("RUS", 1)]
    found = solve(base, scenario, options)
    costs = sum(one.scenario.trade_cost_hat.size for one in welfare_gradients(found, partners)) // 2
    solves, gradients, without = [], [], []
    for _ in range(RUNS):  # in turn, so that other work on the machine meets both alike
        solves += timed(lambda: solve(base, scenario, options), 1)[0]
        gradients += timed(lambda: welfare_gradients(found, partners), 1)[0]
        without += timed(lambda: gradient(found, weights=0.0), 1)[0]
    one = min(gradients) / 2.0
    note = (
        f"With respect to {costs:,} trade costs and every other input. One partner's gradient takes {one:.0f} ms: its linear system "
        f"(GMRES, each product about an iteration) {one - min(without):.0f} ms, weights and the last pull-back over all inputs "
        f"{min(without):.0f} ms; the solve takes {min(solves):.0f} ms and {found.stats.iterations} iterations. {economy.note}"
    )
    return [
        Measure(
            f"{title}, in solves to 1e-10",
            [mine / solve_ for mine, solve_ in zip(gradients, solves, strict=True)],
            "solves",
            goal=4.0,
            steps=found.stats.iterations,
            residual=found.stats.largest_residual,
            note=note,
        ),
        Measure(f"{title}, both", gradients, note=note),
    ]
