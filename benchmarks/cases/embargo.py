"""A full embargo between two economies: ours, beside sanction-simulator on the scenario of its own README."""

from __future__ import annotations

import json
import sys

from benchmarks.measure import Measure, failure, run_process
from benchmarks.solving import solve_measure
from benchmarks.worlds import embargo, real_2022

TITLE = "Full embargo between the USA and China, real 80 x 50, to 1e-10"
TIMEOUT = 400


def measures() -> list[Measure]:
    # The peer first: its memory count is that of a child of a process that has not grown yet.
    finished = run_process(
        [sys.executable, "-m", "benchmarks.peers.sanction_simulator", "5"], timeout=TIMEOUT
    )
    economy = real_2022()
    scenario = embargo(economy, "USA", "CHN")
    if finished.code != 0:
        said = finished.errors.strip().splitlines()[-1:] or ["no message"]
        ours = solve_measure(TITLE, economy.base, scenario, tolerance=1e-10, note=economy.note)
        return [
            ours,
            failure(
                "sanction-simulator, its own bilateral embargo", f"code {finished.code}: {said[0][:200]}"
            ),
        ]
    peer = json.loads(finished.output)
    sweeps, steps = peer["iterations"]
    balancing, fixed_point = peer["tolerances"]
    note = (
        f"sanction-simulator solves another model (rationing with rerouting; no prices, leakage 0.1) of the same table: {sweeps} balancing "
        f"sweeps to {balancing:.0e} of a margin and {steps} outer steps to {fixed_point:.0e}, errors reached {peer['errors'][0]:.0e} and "
        f"{peer['errors'][1]:.0e}. Reading its data ({peer['load_s']:.1f} s) is left out; its process took {finished.peak_mb:,.0f} MB. "
        f"Only time and size compare, not results. {economy.note}"
    )
    return [
        solve_measure(
            TITLE,
            economy.base,
            scenario,
            tolerance=1e-10,
            note=note.strip(),
            peer=f"sanction-simulator {peer['version']}",
            peer_values=tuple(peer["solve_ms"]),
        )
    ]
