"""The first call with its compilation, the second process with compiled solvers on disk, and peak memory of a solve."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Finished, Measure, failure, run_process

TITLE = "First call, second process, peak memory"
RUNS = 3


def measures() -> list[Measure]:
    rows = []
    for world, size in (("embedded", "embedded 21 x 50"), ("real", "real 80 x 50")):
        fresh, later = [], []
        for _ in range(RUNS):
            with tempfile.TemporaryDirectory(prefix="accord-bench-") as cache:
                fresh.append(_process(world, cache))
                later.append(_process(world, cache))
        rows += _rows(size, fresh, later)
    return rows


def _process(world: str, cache: str) -> tuple[Finished, dict]:
    command = [sys.executable, "-m", "benchmarks.first_solve", world, str(Path(cache) / "jax")]
    finished = run_process(command, timeout=300)
    answer = json.loads(finished.output) if finished.code == 0 else {}
    return finished, answer


def _rows(size: str, fresh: list, later: list) -> list[Measure]:
    failed = [finished for finished, answer in fresh + later if not answer]
    if failed:
        last = failed[0].errors.strip().splitlines()[-1:] or ["no message"]
        return [failure(f"First call, {size}", last[0])]
    first = fresh[0][1]
    if first["note"]:
        size = size.replace("real", "made-up")
    if not first["cached"]:
        first["note"] += " No compilation cache: the engine could not make one."
    return [
        Measure(
            f"First call with compilation, nothing cached, {size}",
            [_compiling(answer) for _, answer in fresh],
            "s",
            goal=5.0,
            steps=first["iterations"],
            residual=first["residual"],
            note=f"Solves of a fresh process in its own steps: {_spelt([answer for _, answer in fresh])}. The solve that compiles is the "
            f"one that balances trade, or the first one on made-up data; the row holds both. {first['note']}".strip(),
        ),
        Measure(
            f"First process to first result, nothing cached, {size}",
            [_until_first(answer) for _, answer in fresh],
            "s",
        ),
        Measure(
            f"Second process to first result, compiled solvers on disk, {size}",
            [_until_first(answer) for _, answer in later],
            "s",
            goal=2.0,
            note=f"From the start of Python to the result: {_spelt([answer for _, answer in later])}.",
        ),
        Measure(
            f"Peak memory of such a process, {size}",
            [answer["peak_mb"] or finished.peak_mb for finished, answer in fresh + later],
            "MB",
        ),
    ]


def _compiling(answer: dict) -> float:
    """The balancing solve compiles, and the first one where nothing has to be balanced; calibration takes about 0.1 s of it."""
    return sum(answer["steps"].get(step, 0.0) for step in ("calibrate and balance", "first solve"))


def _until_first(answer: dict) -> float:
    return sum(seconds for step, seconds in answer["steps"].items() if step != "second solve")


def _spelt(answers: list[dict]) -> str:
    return ", ".join(
        f"{step} {statistics.median(answer['steps'][step] for answer in answers):.2f} s"
        for step in answers[0]["steps"]
    )
