"""Python's search for reference cycles, put off for the time of a block of work.

It goes through every object of every library again and again, and pushes what the work needs out of the processor's caches: 2 ms of a
draw's 30, and a tenth of the loading of libraries, though neither leaves cycles behind. Objects without cycles are freed at once as ever.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_inside = 0
_was_on = False


@contextmanager
def no_collection() -> Iterator[None]:
    """Inside this block, which several threads may be in, no cycles are searched for; after the last they are if they were before."""
    global _inside, _was_on  # noqa: PLW0603 - Python has one setting for the process
    with _LOCK:
        if _inside == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _LOCK:
            _inside -= 1
            if _inside == 0 and _was_on:
                gc.enable()
