"""Every sector and every final use with its own sourcing: a case of scale, since users hardly differ in the open tables."""

from __future__ import annotations

from benchmarks.measure import Measure
from benchmarks.sizes import one_size, size_rows

TITLE = "Every user with its own sourcing, made-up 80 x 50, 10% bilateral cut to 1e-10"


def measures() -> list[Measure]:
    return size_rows(TITLE, *one_size(80, 50, "every-user"), goal=2.0, memory_goal=1500.0)
