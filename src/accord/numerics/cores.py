"""How many cores there are to compute on."""

from __future__ import annotations

import os


def cores_at_hand() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
