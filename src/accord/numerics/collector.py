"""Python's search for reference cycles, put off for the time of a block of work.

It goes through every object of every library again and again, and pushes what the work needs out of the processor's caches: 2 ms of a
draw's 30, and a tenth of the loading of libraries, though neither leaves cycles behind. Objects without cycles are freed at once as ever.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from accord.numerics.while_inside import WhileInside


@contextmanager
def _off() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    yield
    if was_on:
        gc.enable()


_OFF = WhileInside(_off)


def no_collection() -> WhileInside:
    """Return a block in which no cycles are searched for; after the last that is open they are if they were before."""
    return _OFF
