"""Interdependence on a made-up table: one factorisation, all tables of components and suppliers, all extractions, beside pymrio.

Both start from the same Z and Y on the same machine in the same run, each with the threads that it takes by itself. The peer
runs in a process of its own:
`python -m benchmarks.cases.interdependence IN.npz OUT.npz`. Its `calc_all` gives A, L, multipliers and all accounts by region; ours
gives the same multipliers and accounts without L, by iteration in single precision refined to double, and every number is compared.
"""

from __future__ import annotations

import sys
import tempfile
import time
from importlib import metadata, util
from pathlib import Path

import numpy as np

from accord.analysis import production as accounts
from accord.analysis.extraction import region_extractions
from accord.analysis.footprints import footprints
from accord.analysis.interdependence import interdependence
from accord.analysis.suppliers import product_suppliers, suppliers
from accord.world import Provenance, World, build_world
from benchmarks.measure import Measure, failure, run_process, timed

REGIONS, SECTORS = 77, 45
PARTNERS = ("R00", "R01")
LARGE = 49, 200
RUNS = 5
TITLE = f"Interdependence, {REGIONS} x {SECTORS}"
ACCOUNTS = ("multipliers", "produced", "consumed", "imported", "exported")


def measures() -> list[Measure]:
    world = made_up(REGIONS, SECTORS)
    production = fresh(world)
    factor = [seconds(lambda: fresh(world).system.solve(production.final_products)) for _ in range(RUNS)]
    least = min(factor)
    whole, _ = timed(lambda: everything(world), RUNS)
    ready = fresh(world)
    ready.system.solve(ready.final_products)
    accounts._LATEST.insert(0, ready)
    removed, _ = timed(lambda: region_extractions(world), RUNS)
    return [
        Measure(f"{TITLE}: one factorisation and one solve", factor),
        Measure(
            f"{TITLE}: multipliers, footprints, component and supplier tables, from the World",
            whole,
            goal=2.0 * least,
            note="Goal: two factorisations of the first row. The factorisation itself is included.",
        ),
        Measure(
            f"{TITLE}: all {REGIONS} regions extracted, one at a time",
            removed,
            goal=3.0 * least,
            note="Goal: three factorisations more.",
        ),
        beside_pymrio(world),
        *large(),
    ]


def large(timeout: float = 800.0) -> list[Measure]:
    """Parts 1 and 3 and every region extracted on 49 x 200, in a process of its own for its memory."""
    what = f"Interdependence, {LARGE[0]} x {LARGE[1]}: parts 1 and 3, all regions extracted one at a time"
    command = [sys.executable, "-m", "benchmarks.cases.interdependence", "--large"]
    ended = run_process(command, timeout=timeout)
    if ended.code != 0:
        return [failure(what, f"the process ended with code {ended.code}: {ended.errors.strip()[-200:]}")]
    milliseconds = 1000.0 * float(ended.output)
    return [
        Measure(
            what,
            [milliseconds],
            goal=25_000.0,
            success=ended.peak_mb <= 3_000.0,
            note=f"One factorisation for all. Peak of the process {ended.peak_mb:,.0f} MB, the making of the World included; goal: 3,000.",
        )
    ]


def beside_pymrio(world: World, timeout: float = 600.0) -> Measure:
    """Multipliers and accounts of two satellites: a fifth of the peer's time is the goal, equal to 1e-10."""
    what = f"{TITLE}: multipliers and regional accounts of two satellites"
    production = fresh(world)
    satellites = {
        "value added": production.value_added,
        "jobs": np.random.default_rng(1).uniform(1.0, 9.0, production.size) * (production.output > 0.0),
    }
    times, ours = timed(lambda: footprints(fresh(world), satellites), RUNS)
    peer: list[float] = []
    if util.find_spec("pymrio") is None:
        return Measure(what, times, note="The peer pymrio is not installed (extra `sources`).")
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        given, answer = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(
            given,
            Z=production.intermediate,
            Y=production.final_demand,
            F=np.array(list(satellites.values())),
            shape=[REGIONS, SECTORS],
        )
        command = [sys.executable, "-m", "benchmarks.cases.interdependence", str(given), str(answer)]
        for _ in range(2):  # the peer between runs of ours, so that other work on the machine falls on both
            ended = run_process(command, timeout=timeout)
            if ended.code != 0:
                return failure(what, f"pymrio ended with code {ended.code}: {ended.errors.strip()[-200:]}")
            theirs = dict(np.load(answer))
            peer += theirs["milliseconds"].tolist()
            times += timed(lambda: footprints(fresh(world), satellites), RUNS)[0]
    gap = max(float(np.abs(getattr(ours, name) / theirs[name] - 1.0).max()) for name in ACCOUNTS)
    return Measure(
        what,
        times,
        goal=min(peer) / 5.0,
        peer=f"pymrio {metadata.version('pymrio')}, calc_all()",
        peer_values=tuple(peer),
        success=gap < 1e-10,
        residual=gap,
        note=f"Largest relative difference of {', '.join(ACCOUNTS)}: {gap:.0e}. Goal: a fifth of the peer's best time.",
    )


def everything(world: World) -> None:
    """Parts 1 and 3 of interdependence from a World, its factorisation included."""
    production = fresh(world)
    accounts._LATEST.insert(0, production)
    interdependence(world, PARTNERS)
    footprints(production, {"value added": production.value_added})  # from the factors that are there by now
    suppliers(world, PARTNERS)
    product_suppliers(world, PARTNERS)


def fresh(world: World) -> accounts.Production:
    """The accounts of `world` without anything kept from before."""
    accounts._LATEST.clear()
    return accounts.production_of(world)


def seconds(action) -> float:
    """Milliseconds of one call; the factorisation is part of it."""
    begun = time.perf_counter()
    action()
    return 1000.0 * (time.perf_counter() - begun)


def made_up(regions: int, sectors: int, seed: int = 0) -> World:
    """A dense World: log-normal coefficients, as much bought at home as abroad, value added between 0.3 and 0.7 of output."""
    draw = np.random.default_rng(seed)
    size = regions * sectors
    home = np.kron(np.eye(regions, dtype=np.float32), np.ones((sectors, sectors), dtype=np.float32))
    coefficients = draw.lognormal(0.0, 2.0, (size, size)).astype(np.float32) * (1.0 + (regions - 1.0) * home)
    coefficients *= (draw.uniform(0.3, 0.7, size) / coefficients.sum(axis=0)).astype(np.float32)
    demand = draw.lognormal(0.0, 2.0, (size, regions)) * (1.0 + (regions - 1.0) * home[:, ::sectors])
    output = demand.sum(axis=1)
    for _ in range(80):
        output = coefficients @ output + demand.sum(axis=1)
    shape = regions, sectors, regions
    return build_world(
        f"made-up-{regions}x{sectors}",
        2020,
        regions=[f"R{region:02}" for region in range(regions)],
        sectors=[f"s{sector:03}" for sector in range(sectors)],
        uses=("final",),
        region_names=[f"Region {region}" for region in range(regions)],
        sector_names=[f"Sector {sector}" for sector in range(sectors)],
        sector_kinds=["goods"] * sectors,
        intermediate=(coefficients * output.astype(np.float32)).reshape(*shape, sectors),
        final_demand=demand.reshape(*shape, 1),
        tariff_rate=np.zeros((regions, regions, sectors)),
        trade_elasticity=np.full(sectors, 5.0),
        elasticity_set="made-up",
        provenance=Provenance(source="random numbers", edition=f"seed {seed}", licence="none"),
    )


def peer_times(given: str, answer: str) -> None:
    """Time pymrio's calc_all on Z, Y and F of a file; leave times and accounts in another."""
    import warnings

    warnings.filterwarnings("ignore")  # its own, about pandas
    import pandas as pd
    import pymrio

    data = np.load(given)
    regions, sectors = (int(number) for number in data["shape"])
    names = [f"R{region:02}" for region in range(regions)]
    rows = pd.MultiIndex.from_product(
        [names, [f"s{sector:03}" for sector in range(sectors)]], names=["region", "sector"]
    )
    buyers = pd.MultiIndex.from_product([names, ["final"]], names=["region", "category"])
    flows = data["Z"].astype(float)
    kinds = ["value added", "jobs"]
    times = []
    for _ in range(3):
        system = pymrio.IOSystem(Z=pd.DataFrame(flows, rows, rows), Y=pd.DataFrame(data["Y"], rows, buyers))
        system.accounts = pymrio.Extension(
            name="accounts",
            F=pd.DataFrame(data["F"], pd.Index(kinds, name="stressor"), rows),
            unit=pd.DataFrame({"unit": ["USD", "jobs"]}, index=kinds),
        )
        times.append(seconds(system.calc_all))
    given_accounts = system.accounts
    np.savez(
        answer,
        milliseconds=times,
        multipliers=given_accounts.M.to_numpy(),
        produced=given_accounts.D_pba_reg.to_numpy(),
        consumed=given_accounts.D_cba_reg.to_numpy(),
        imported=given_accounts.D_imp_reg.to_numpy(),
        exported=given_accounts.D_exp_reg.to_numpy(),
    )


def everything_large() -> float:
    """Seconds of all tables and extractions on a large World; making it is not counted."""
    world = made_up(*LARGE)
    return seconds(lambda: (everything(world), region_extractions(world))) / 1000.0


if __name__ == "__main__":
    if sys.argv[1:] == ["--large"]:
        print(everything_large())
    else:
        peer_times(sys.argv[1], sys.argv[2])
