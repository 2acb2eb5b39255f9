"""Draws on several processes: most of a draw is Python, which runs on one core of a process.

Each process gets the solver once, as a file, and then numbers of draws. What it solves has the same bytes as here: the solver that
works in this process has gone through the same file. Only `accord` runs there, never the user's script, so no
`if __name__ == "__main__"` is called for.
"""

from __future__ import annotations

import gc
import itertools
import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import cloudpickle

from accord.numerics.collector import no_collection
from accord.numerics.cores import cores_at_hand
from accord.numerics.factorisation import one_thread
from accord.numerics.kept_memory import ENVIRONMENT

Solver = TypeVar("Solver", bound=Callable[[Sequence[int]], Any])

MOST_PROCESSES = 16
"""Each holds a copy of the Worlds' arrays, about 0.3 GB with its libraries, and 0.8 GB at work on the worked example."""


def sent(solver: Solver) -> tuple[bytes, Solver]:
    """Return a solver as bytes for `processes`, and what comes out of them again: arrays may lie otherwise in memory than before."""
    content = cloudpickle.dumps(solver)
    return content, pickle.loads(content)  # noqa: S301 - made in the line above


Submit = Callable[[Sequence[int]], Future[Any]]
Start = Callable[[bytes], Submit]

_AHEAD: ContextVar[Start | None] = ContextVar("accord_processes_ahead", default=None)


@contextmanager
def ahead(count: int) -> Iterator[None]:
    """Inside this block `processes` are there already: they load the libraries while their caller makes ready what they are to do.

    Args:
        count: Number of processes; zero starts none.
    """
    if not count:
        yield
        return
    with processes(count) as start:
        token = _AHEAD.set(start)
        try:
            yield
        finally:
            _AHEAD.reset(token)


@contextmanager
def processes(count: int) -> Iterator[Start]:
    """Start `count` processes, unless they are there, and give a function that has a solver's draws solved by them.

    They load the libraries while the solver is made here.

    Args:
        count: Number of processes.
    """
    known = _AHEAD.get()
    if known is not None:
        yield known
        return
    from loky import ProcessPoolExecutor

    with tempfile.TemporaryDirectory(prefix="accord-odds-") as folder:
        pool = ProcessPoolExecutor(count, initializer=_begin, env=ENVIRONMENT)
        pool.submit(os.getpid)  # starts them all
        solvers = itertools.count()

        def start(content: bytes) -> Submit:
            path = Path(folder) / f"solver-{next(solvers)}"  # processes keep what they have read
            path.write_bytes(content)
            return lambda numbers: pool.submit(_draws, str(path), numbers)

        try:
            yield start
        finally:
            pool.shutdown(wait=True, kill_workers=True)


def cores() -> int:
    """Cores that this process may use, at most `MOST_PROCESSES`."""
    return min(cores_at_hand(), MOST_PROCESSES)


def _begin() -> None:
    """Get ready to solve; an interrupt of the terminal is the parent's, which lets draws in flight end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    one_thread().__enter__()
    with no_collection():
        import_module("accord.study.path_draws")  # all that a solver is made of
    gc.freeze()  # it stays for good


@lru_cache(maxsize=1)  # of several programmes one after the other
def _solver(path: str) -> Callable[[Sequence[int]], Any]:
    return pickle.loads(Path(path).read_bytes())  # noqa: S301 - this package wrote it a moment ago, in a folder of its own


def _draws(path: str, numbers: Sequence[int]) -> Any:
    with no_collection():
        return _solver(path)(numbers)
