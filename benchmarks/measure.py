"""What a case hands back, and how it times. Light on purpose: cases that measure whole processes import nothing heavy."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Measure:
    """One row of the results.

    Attributes:
        what: The case in words: what is done, at what size, how exactly.
        values: One value a run, in `unit`; smaller is better when there is a goal.
        unit: "ms", "s", "MB", "GB/s" or "%".
        goal: The value aimed at, in `unit`.
        peer: Name and version of the peer.
        peer_values: The peer's runs, in `unit`.
        success: Whether the thing measured gave a valid result.
        steps: Iterations of ours.
        residual: Largest relative residual of ours.
        note: What a reader must know to read the row.
    """

    what: str
    values: Sequence[float]
    unit: str = "ms"
    goal: float | None = None
    peer: str = ""
    peer_values: Sequence[float] = ()
    success: bool = True
    steps: int | None = None
    residual: float | None = None
    note: str = ""

    @property
    def least(self) -> float:
        """Smallest value: the one that other work on the machine disturbs least."""
        return min(self.values)

    @property
    def median(self) -> float:
        """Median value."""
        return statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """Median of the peer over our median: above one, we are quicker."""
        return statistics.median(self.peer_values) / self.median if self.peer_values else None

    @property
    def met(self) -> str:
        """Whether the goal is met: by the median, by the best run only, or not."""
        if not self.success:
            return "no"
        if self.goal is None:
            return ""
        if self.median <= self.goal:
            return "yes"
        return "best run only" if self.least <= self.goal else "no"


def failure(what: str, reason: str) -> Measure:
    """The row of something that gave no result."""
    return Measure(what, (), success=False, note=reason)


def timed(action: Callable[[], Any], runs: int, factor: float = 1000.0) -> tuple[list[float], Any]:
    """Return the wall times of `runs` calls (milliseconds by default) and the last result; the caller warms up first."""
    times, result = [], None
    for _ in range(runs):
        begun = time.perf_counter()
        result = action()
        times.append(factor * (time.perf_counter() - begun))
    return times, result


@dataclass(frozen=True)
class Finished:
    """A process that ended: wall time, peak resident memory, and what it said."""

    seconds: float
    peak_mb: float
    code: int
    output: str
    errors: str


def run_process(
    arguments: Sequence[str], *, timeout: float, environment: Mapping[str, str] | None = None
) -> Finished:
    """Run a process to its end, or stop it after `timeout` seconds (code 124).

    The peak is the kernel's own count for that process. A process inherits its parent's count, so call this from a light one.
    """
    import resource
    import tempfile
    import threading

    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(
            list(arguments), stdout=output, stderr=errors, env={**os.environ, **(environment or {})}
        )
        late = threading.Timer(timeout, process.kill)
        late.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            texts.append(stream.read())
    code = 124 if process.returncode < 0 and seconds >= timeout else process.returncode
    kilobyte = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes
    assert isinstance(usage, resource.struct_rusage)
    return Finished(seconds, usage.ru_maxrss * kilobyte / 1e6, code, *texts)
