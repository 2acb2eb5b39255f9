"""kill -9 at any moment: no half-written run is ever visible, and the next run works."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from accord.study.draw_store import HEADER
from accord.study.record import hashes_of, read_record

PROGRAMME = Path(__file__).with_name("toy_union.toml")
MOMENTS = 20


def command(out: Path) -> list[str]:
    return [sys.executable, "-m", "accord.cli", "run", str(PROGRAMME), "--out", str(out), "--json"]


def records(content: bytes, count: int) -> list[bytes]:
    """The records of a store in an order of their own."""
    assert content.startswith(HEADER)
    content = content[len(HEADER) :]
    size, rest = divmod(len(content), count)
    assert rest == 0
    return sorted(content[place * size : (place + 1) * size] for place in range(count))


def assert_whole(directory: Path) -> None:
    assert read_record(directory)["files"] == hashes_of(directory)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_a_killed_run_leaves_nothing_half_written_and_the_next_one_works(tmp_path):
    out = tmp_path / "runs" / "toy"
    begun = time.monotonic()
    subprocess.run(command(out), check=True, capture_output=True)
    whole = time.monotonic() - begun
    moments = random.Random(2024)
    visible = 0
    for step in range(MOMENTS):
        # Half of the kills fall anywhere; the others near the end, where the files are written.
        share = moments.uniform(0.0, 1.0) if step % 2 else moments.uniform(0.7, 1.1)
        process = subprocess.Popen(command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(share * whole)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        shown = [path for path in out.parent.iterdir() if not path.name.startswith(".")]
        assert shown in ([], [out])
        for directory in shown:
            assert_whole(directory)
        visible += bool(shown)
    assert visible >= MOMENTS - 1, "an earlier run stays visible but for the instant of a replacement"
    last = subprocess.run(command(out), check=True, capture_output=True, text=True)
    assert json.loads(last.stdout)["files"]["directory"] == str(out)
    assert_whole(out)
    assert [path.name for path in out.parent.iterdir()] == ["toy"], (
        "the next run tidies what the killed ones left"
    )


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
@pytest.mark.parametrize("paths", [[], ["--paths", "--as-of", "2021-01-01", "--until", "2024"]])
def test_killed_odds_go_on_and_end_in_the_same_bytes(tmp_path, paths):
    def odds(cache: str) -> tuple[list[str], dict[str, str]]:
        command = [
            sys.executable,
            "-m",
            "accord.cli",
            "odds",
            str(PROGRAMME),
            "--draws",
            "256",
            "--json",
            *paths,
        ]
        return command, {**os.environ, "ACCORD_CACHE_DIR": str(tmp_path / cache)}

    command, whole = odds("whole")
    told = subprocess.run(command, env=whole, check=True, capture_output=True).stdout
    draws = next((tmp_path / "whole" / "draws").glob("*.draws")).read_bytes()
    command, killed = odds("killed")
    process = subprocess.Popen(command, env=killed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        found = sum(file.stat().st_size for file in (tmp_path / "killed").glob("draws/*.draws"))
        if found > len(draws) // 3:
            os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.01)
    process.wait()
    half = next((tmp_path / "killed" / "draws").glob("*.draws")).read_bytes()
    assert len(draws) // 3 < len(half) < len(draws), "the kill came in the middle"
    assert subprocess.run(command, env=killed, check=True, capture_output=True).stdout == told
    again = next((tmp_path / "killed" / "draws").glob("*.draws")).read_bytes()
    # Draws are stored in the order in which they end.
    assert records(again, 256) == records(draws, 256)
