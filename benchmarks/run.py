"""`make bench`: every case in a process of its own, timings beside goals and peers, results written whole or not at all."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # `python benchmarks/run.py` puts this folder there, not the repository
    sys.path.insert(0, str(ROOT))

from benchmarks.cases import CASES, load  # noqa: E402 - needs the path above
from benchmarks.machine import describe_machine  # noqa: E402
from benchmarks.measure import Measure, failure  # noqa: E402
from benchmarks.table import one_line, write_results  # noqa: E402

TIMEOUT = 900
"""Seconds that one case may take, compilation and peers included."""


def main(arguments: list[str] | None = None) -> int:
    """Run the cases that were asked for; all of them, and only all of them, rewrite the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "cases", nargs="*", metavar="CASE", help=f"some of: {', '.join(CASES)}; without names, all"
    )
    parser.add_argument(
        "--out", type=Path, default=None, help="folder for RESULTS.md and results.json (default: this one)"
    )
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.cases if name not in CASES]
    if unknown:
        parser.error(f"unknown case {', '.join(unknown)}. There are: {', '.join(CASES)}")
    begun = time.time()
    results = {name: run_case(name) for name in chosen.cases or CASES}
    if chosen.cases and chosen.out is None:
        print("\nOnly some cases ran, so benchmarks/RESULTS.md stays as it is.")
        return 0
    folder = chosen.out or ROOT / "benchmarks"
    write_results(folder, describe_machine(begun), results)
    print(f"\nWritten: {folder / 'RESULTS.md'}, {folder / 'results.json'}")
    return 0


def run_case(name: str, timeout: float = TIMEOUT) -> list[Measure]:
    """Run one case in a fresh process, so that nothing is warm that the case has not warmed itself; print and return its rows.

    A case that fails is a row that says why; it stops nothing else.
    """
    print(f"-- {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        answer = Path(folder) / "rows.json"
        environment = {
            **os.environ,
            "ACCORD_CACHE_DIR": str(Path(folder) / "cache"),
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",  # this clone's accord
        }
        command = [sys.executable, "-m", "benchmarks.worker", name, str(answer)]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout
            )
            rows = [Measure(**row) for row in json.loads(answer.read_text("utf-8"))]
        except subprocess.TimeoutExpired:
            rows = [failure(load(name).TITLE, f"stopped after {timeout:.0f} s")]
        except FileNotFoundError:
            rows = [failure(load(name).TITLE, _last_line(done.stderr))]
    for row in rows:
        print(f"   {one_line(row)}", flush=True)
    return rows


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no message")


if __name__ == "__main__":
    sys.exit(main())
