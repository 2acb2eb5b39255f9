"""Whole processes, as a user meets them: help, the worked example, and the Union State programme at full size."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Measure, failure, run_process

TITLE = "Whole commands"
ROOT = Path(__file__).resolve().parents[2]
FULL = "programmes/union_state_2024.toml"


def measures() -> list[Measure]:
    rows = _command("accord --help", ["--help"], runs=7, goal=0.5)[:1]
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        cache = {"ACCORD_CACHE_DIR": folder}
        demo = ["demo", "--quiet", "--out"]
        rows += _command(
            "accord demo, first time (nothing cached)", demo, runs=1, environment=cache, out=folder
        )[:1]
        rows += _command("accord demo, later", demo, runs=3, goal=10.0, environment=cache, out=folder)
        full = ["run", str(ROOT / FULL), "--world", "icio-2022", "--quiet", "--out"]
        rows += _command(
            f"accord run {FULL} --world icio-2022",
            full,
            runs=2,
            goal=30.0,
            memory_goal=4000.0,
            environment=cache,
            out=folder,
        )
    return rows


def _command(
    what: str,
    arguments: list[str],
    *,
    runs: int,
    goal: float | None = None,
    memory_goal: float | None = None,
    environment: dict[str, str] | None = None,
    out: str | None = None,
) -> list[Measure]:
    """Rows of time and of peak memory of a command."""
    seconds, peaks = [], []
    for run in range(runs):
        rest = [str(Path(out) / f"{abs(hash(what))}-{run}")] if out else []
        finished = run_process(
            [sys.executable, "-m", "accord.cli", *arguments, *rest], timeout=280, environment=environment
        )
        if finished.code != 0:
            said = [line for line in finished.errors.splitlines() if line.strip()] or ["no message"]
            return [failure(what, f"{what}: exit code {finished.code}. {said[0].strip()[:200]}")]
        seconds.append(finished.seconds)
        peaks.append(finished.peak_mb)
    return [
        Measure(what, seconds, "s", goal=goal),
        Measure(f"{what}: peak memory", peaks, "MB", goal=memory_goal),
    ]
