"""Product space and complexity: the reference exports (234 x 1,239), and made-up exports of 200 x 5,000 beside the package ecomplexity.

The peer runs in a process of its own: `python -m benchmarks.cases.product_space IN.npy OUT.npz`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from importlib import metadata, util
from pathlib import Path

import numpy as np

from benchmarks.measure import Measure, failure, run_process, timed

TITLE = "Product space: advantage, proximity, density, complexity, outlook, gain"
COLUMNS = ("rca", "density", "eci", "pci", "coi", "cog")


def measures() -> list[Measure]:
    return [of_reference(), beside_ecomplexity()]


def of_reference(runs: int = 5) -> Measure:
    """The reference table, or made-up exports of its size."""
    shared = Path(os.environ.get("ACCORD_SHARED") or Path(__file__).resolve().parents[3] / "shared" / "data")
    file = shared / "exports_hs4_2016" / "exports.npz"
    exports = np.load(file)["exports_usd"] if file.is_file() else made_up(234, 1239)
    note = "" if file.is_file() else "Made-up exports: the reference table is not here."
    times, _ = timed(lambda: everything(exports), runs)
    return Measure(f"{TITLE}: {exports.shape[0]} x {exports.shape[1]}", times, goal=2000.0, note=note)


def beside_ecomplexity(runs: int = 5, timeout: float = 600.0) -> Measure:
    """200 countries x 5,000 products: a tenth of the peer's time is the goal."""
    what = f"{TITLE}: 200 x 5000"
    exports = made_up(200, 5000)
    times, ours = timed(lambda: everything(exports), runs)
    if util.find_spec("ecomplexity") is None:
        return Measure(what, times, note="The peer ecomplexity is not installed (extra `bench`).")
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        given, answer = Path(folder) / "in.npy", Path(folder) / "out.npz"
        np.save(given, exports)
        command = [sys.executable, "-m", "benchmarks.cases.product_space", str(given), str(answer)]
        ended = run_process(command, timeout=timeout)
        if ended.code != 0:
            return failure(what, f"ecomplexity ended with code {ended.code}: {ended.errors.strip()[-200:]}")
        theirs = dict(np.load(answer))
    gap = max(float(np.abs(ours[name] - theirs[name]).max() / np.abs(theirs[name]).max()) for name in COLUMNS)
    peer_ms = [1000.0 * float(theirs["seconds"])]
    return Measure(
        what,
        times,
        goal=peer_ms[0] / 10.0,
        peer=f"ecomplexity {metadata.version('ecomplexity')}",
        peer_values=peer_ms,
        success=gap < 1e-8,
        residual=gap,
        note="Residual: the largest difference from the peer in any of its six measures, over the largest value of that measure. "
        "Goal: a tenth of the peer's time, of one run without its test of log-supermodularity.",
    )


def made_up(countries: int, products: int) -> np.ndarray:
    """Lumpy exports with capabilities behind them, so that there is a complexity to find."""
    rng = np.random.default_rng(1)
    able, hard = rng.normal(size=(countries, 1)), rng.normal(size=(1, products))
    size = rng.normal(0.0, 1.5, (countries, 1)) + rng.normal(0.0, 1.5, (1, products))
    level = rng.normal(0.0, 2.0, (countries, products)) + size + 1.2 * able * hard
    return np.exp(level) * (rng.random((countries, products)) < 0.7)


def everything(exports: np.ndarray) -> dict[str, np.ndarray]:
    """All that ecomplexity gives, under its names."""
    from accord.analysis.product_space import product_space
    from accord.world.products import ExportsTable

    countries = tuple(f"C{number:04d}" for number in range(exports.shape[0]))
    products = tuple(f"P{number:05d}" for number in range(exports.shape[1]))
    space = product_space(ExportsTable(countries, products, exports, source="benchmark"))
    return {
        "rca": space.advantage,
        "density": space.dense,
        "eci": space.ranked.countries,
        "pci": space.ranked.products,
        "coi": space.outlook_index,
        "cog": space.gains,
    }


def _peer(given: str, answer: str) -> None:
    warnings.filterwarnings("ignore")  # its own, about pandas
    import pandas as pd
    from ecomplexity import ecomplexity

    exports = np.load(given)
    labels = pd.MultiIndex.from_product(
        [[f"{number:05d}" for number in range(size)] for size in exports.shape], names=["loc", "prod"]
    )
    frame = pd.Series(exports.ravel(), labels).reset_index(name="val").assign(time=2000)
    names = {name: name for name in ("time", "loc", "prod", "val")}
    begun = time.perf_counter()
    found = ecomplexity(frame, names, check_logsupermodularity=False)
    seconds = time.perf_counter() - begun
    square = {
        name: found.set_index(["loc", "prod"])[name].loc[labels].to_numpy().reshape(exports.shape)
        for name in COLUMNS
    }
    np.savez(
        answer,
        seconds=seconds,
        **{name: square[name] for name in ("rca", "density", "cog")},
        **{name: square[name][:, 0] for name in ("eci", "coi")},
        pci=square["pci"][0],
    )


if __name__ == "__main__":
    _peer(sys.argv[1], sys.argv[2])
