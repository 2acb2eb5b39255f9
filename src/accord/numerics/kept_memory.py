"""Memory that is given back stays with this process for a while, where glibc is the C library.

By itself glibc asks the kernel for each large array anew and gives it back at once: in work that makes and drops the same megabytes over
and over, a fifth of the time goes into the kernel's handing out of empty pages.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from accord.numerics.while_inside import WhileInside

KEPT_BELOW = 1 << 30
"""Bytes of an array from which it goes back to the kernel at once all the same."""
TRIMMED_ABOVE = 2_000_000_000
"""Free bytes that are kept."""

ENVIRONMENT = {
    "GLIBC_TUNABLES": f"glibc.malloc.mmap_threshold={KEPT_BELOW}:glibc.malloc.trim_threshold={TRIMMED_ABOVE}"
}
"""Environment of a process that is to keep its memory for as long as it lives."""

# Parameters of mallopt(3), by glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
# glibc moves its own thresholds up to these once a large array was freed (DEFAULT_MMAP_THRESHOLD_MAX, and twice that).
_USUAL_THRESHOLD = 32 << 20


@contextmanager
def _kept() -> Iterator[None]:
    _set(KEPT_BELOW, TRIMMED_ABOVE)
    yield
    _set(_USUAL_THRESHOLD, 2 * _USUAL_THRESHOLD)
    _give_back()


_KEPT = WhileInside(_kept)


def kept_memory() -> WhileInside:
    """Return a block in which, threads that begin there included, memory is kept; at its end what is free is given back."""
    return _KEPT


def _set(kept_below: int, trimmed_above: int) -> None:
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_THRESHOLD, kept_below)
        library.mallopt(_TRIM_THRESHOLD, trimmed_above)


def _give_back() -> None:
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


@lru_cache(maxsize=1)
def _glibc() -> Any:
    """The C library of this process if it is glibc, else None."""
    try:
        known = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        return None
    return ctypes.CDLL(None) if known and known.startswith("glibc") else None
