"""A CSV table of the OECD at full size (made up, in its layout), read into a World by a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Measure, failure, run_process

TITLE = "OECD CSV of 81 economies x 50 sectors into a World"
TESTS = Path(__file__).resolve().parents[2] / "tests"
WRITE = """\
import sys
sys.path.insert(0, sys.argv[1])  # the tests' writer of the OECD's layout
from pathlib import Path
from accord.world.sources.icio2022 import regions, sectors
from world.raw.oecd_files import oecd_frame, write_oecd_csv
write_oecd_csv(Path(sys.argv[2]), oecd_frame([*regions(), "ROW"], [sector.code for sector in sectors()], size=2e6))
"""
READ = """\
import sys, time
import accord.world.sources.oecd_icio as source
begun, cpu = time.perf_counter(), time.process_time()
world = source.read_oecd_icio(sys.argv[1])
assert world.data["intermediate"].shape == (81, 50, 81, 50)
print(time.perf_counter() - begun, time.process_time() - cpu)
"""


def measures(runs: int = 3) -> list[Measure]:
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        file = Path(folder) / "2022_SML.csv"
        subprocess.run([sys.executable, "-c", WRITE, str(TESTS), str(file)], check=True)
        seconds, cpu, peaks = [], [], []
        for _ in range(runs):
            done = run_process([sys.executable, "-c", READ, str(file)], timeout=120)
            if done.code != 0:
                return [failure(TITLE, done.errors.strip()[-200:])]
            wall, own = map(float, done.output.split())
            seconds.append(wall)
            cpu.append(own)
            peaks.append(done.peak_mb)
        size = f"{file.stat().st_size / 1e6:.0f} MB of text."
    return [
        Measure(TITLE, seconds, unit="s", goal=5.0, note=f"{size} Time of reading, not of starting Python."),
        Measure(
            f"{TITLE}: processor time",
            cpu,
            unit="s",
            note="Both threads together; other work disturbs it less.",
        ),
        Measure(f"{TITLE}: memory", peaks, unit="MB", goal=3000.0, note="Peak of the whole process."),
    ]
