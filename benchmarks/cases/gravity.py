"""One-sector structural gravity that gegravity and accord both solve: same data, same elasticity, same shock.

A third solver (a few lines of NumPy below) says where the two differ and why: gegravity's "full GE" step finds multilateral
resistances and prices at the incomes of the base year, while here incomes follow prices.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np

from accord.engines.equilibrium import BaseEconomy, Scenario, calibrate, no_change, solve
from benchmarks.measure import Measure, failure, run_process
from benchmarks.solving import solve_measure, to_tolerance
from benchmarks.worlds import accounts_of

SIGMA = 5.0
REGIONS = 40
BLOC = 5
"""The first so many regions cut their mutual trade costs by a tenth."""

TITLE = f"One-sector gravity, {REGIONS} regions, trade costs within a bloc of {BLOC} -10%, to 1e-12"


def measures() -> list[Measure]:
    output, weight, trade = gravity_data(REGIONS)
    cost = np.ones_like(weight)
    cost[:BLOC, :BLOC] = np.where(np.eye(BLOC, dtype=bool), 1.0, 0.9)
    after = weight * cost ** (1.0 - SIGMA)
    peer, said = _gegravity(output, trade, weight, after)
    base, scenario = as_economy(trade, cost)
    if peer is None:
        return [
            solve_measure(TITLE, base, scenario, tolerance=1e-12),
            failure("gegravity on the same data", said),
        ]
    state = solve(base, scenario, to_tolerance(1e-12))
    ours = state.income.total / base.final_spending[:, 0] / state.use_price_hat[:, 0]
    theirs = peer["real_income_hat"]
    at_base_incomes = real_income(output, weight, after, follow_prices=False)
    with_incomes = real_income(output, weight, after, follow_prices=True)
    largest = np.abs(ours - 1.0).max()
    sold = np.abs(peer["trade"].sum(axis=1) / peer["output"] - 1.0).max()
    version = metadata.version("gegravity")
    note = (
        f"Real incomes differ from gegravity's by up to {_gap(ours, theirs):.1e} (largest effect {100 * largest:.2f}%). Why: it "
        f"finds prices at base-year incomes (its equations solved in NumPy agree with it to {_gap(theirs, at_base_incomes):.0e}); when "
        f"incomes follow prices the same solver agrees with accord to {_gap(ours, with_incomes):.0e}. In gegravity's result sales "
        f"and output of a region differ by up to {sold:.0e}; accord's residual is in the row. gegravity {version}: tolerance 1e-8 "
        f"(its default), {int(peer['evaluations'])} evaluations, success {bool(peer['success'])}, largest equation error "
        f"{float(peer['equation_error']):.0e}; time of simulate() alone."
    )
    return [
        solve_measure(
            TITLE,
            base,
            scenario,
            tolerance=1e-12,
            runs=41,
            note=note,
            peer=f"gegravity {version}, simulate()",
            peer_values=tuple(peer["simulate_ms"].tolist()),
        ),
        Measure(
            "gegravity, from data frames to results (calibration included)",
            tuple(peer["whole_ms"].tolist()),
            note="The peer's own time in the column of ours.",
        ),
    ]


def gravity_data(regions: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Output, trade weights t^(1-sigma) and trade (exporter, importer) that satisfy structural gravity exactly, trade balanced."""
    draw = np.random.default_rng(seed)
    output = 1e5 * draw.lognormal(0.0, 1.2, regions)
    place = draw.uniform(size=(regions, 2))
    distance = np.hypot(*(place[:, None] - place[None]).T) + 0.1
    weight = np.where(np.eye(regions, dtype=bool), 1.0, 0.015 / distance)
    inward = np.ones(regions)
    for _ in range(10_000):  # structural gravity is the weights scaled to outputs and expenditures
        outward = output / (weight @ inward)
        inward = output / (weight.T @ outward)
    return output, weight, outward[:, None] * weight * inward[None, :]


def as_economy(trade: np.ndarray, cost: np.ndarray) -> tuple[BaseEconomy, Scenario]:
    """The same economy for accord: one sector, no inputs, theta = sigma - 1."""
    regions = len(trade)
    intermediate, tariff = np.zeros((regions, 1, regions, 1)), np.zeros((1, 1, regions, regions))
    accounts = accounts_of(intermediate, trade[:, None, :, None], tariff, np.array([SIGMA - 1.0]))
    base = calibrate(accounts, [np.ones(2)])
    return base, no_change(base)._replace(trade_cost_hat=cost.T[None, None])


def real_income(
    output: np.ndarray, before: np.ndarray, after: np.ndarray, *, follow_prices: bool
) -> np.ndarray:
    """Change of real income p/P by the equations of structural gravity, incomes at base or following prices.

    P_n^(1-s) = sum_i t_in Pi_i Y_i,  1/Pi_i = sum_n t_in E_n / P_n^(1-s),  p_i^(1-s) = Pi'_i Y'_i / (Pi_i Y_i),  Y = E = p x base
    """

    def resistances(weight: np.ndarray, income: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        outward = np.ones(len(income))
        for _ in range(3_000):
            inward = weight.T @ (outward * income)
            updated = 1.0 / (weight @ (income / inward))
            done = np.abs(updated / outward / (updated[0] / outward[0]) - 1.0).max() < 1e-15
            outward = updated / updated[0]
            if done:
                break
        return outward, weight.T @ (outward * income)

    share = output / output.sum()
    outward_base, inward_base = resistances(before, share)
    price = np.ones(len(output))
    for _ in range(500):
        income = share * price / (share @ price) if follow_prices else share
        outward, inward = resistances(after, income)
        updated = (income / share * outward / outward_base) ** (1.0 / (1.0 - SIGMA))
        step = np.abs(updated / price - 1.0).max()
        price = updated
        if step < 1e-14:
            break
    return price / (inward / inward_base) ** (1.0 / (1.0 - SIGMA))


def _gap(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one / other - 1.0).max())


def _gegravity(output, trade, before, after) -> tuple[dict | None, str]:
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        given, answer = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, output=output, trade=trade, cost_before=before, cost_after=after, sigma=SIGMA)
        command = [
            sys.executable,
            "-m",
            "benchmarks.peers.gegravity_run",
            str(given),
            str(answer),
            "5",
        ]
        finished = run_process(command, timeout=300)
        if finished.code != 0:
            said = finished.errors.strip().splitlines()[-1:] or ["no message"]
            return None, f"code {finished.code}: {said[0][:200]}"
        with np.load(answer) as arrays:
            return dict(arrays), ""
