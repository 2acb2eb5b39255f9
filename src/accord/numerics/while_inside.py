"""Settings of the whole process that hold while somebody is inside a block; several threads may be, one block in another too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any


class WhileInside:
    """A block that the first who enters begins, and the last who leaves ends.

    Args:
        block: Makes what is entered and left.
    """

    def __init__(self, block: Callable[[], AbstractContextManager[Any]]) -> None:
        self._block, self._lock, self._inside = block, Lock(), 0
        self._held: AbstractContextManager[Any]

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._held = self._block()
                self._held.__enter__()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._held.__exit__(None, None, None)
