"""The size of the largest open table."""

from __future__ import annotations

from benchmarks.measure import Measure
from benchmarks.sizes import one_size, size_rows

TITLE = "Made-up 196 x 133, 10% bilateral cut to 1e-10"


def measures() -> list[Measure]:
    return size_rows(TITLE, *one_size(196, 133, runs=9), goal=1.0, memory_goal=None)
