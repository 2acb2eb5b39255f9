"""Finished draws on disk: one file that only grows, so that what was finished is never lost and never solved again.

    FOLDER/KEY.draws      a header line, then one record of fixed length for each draw: its number, and what was found
    FOLDER/KEY.failures   number and reason of every draw without an equilibrium

KEY is a hash of everything that decides a draw: World, programme, options, unknowns, seed, the package's code and the versions of the
libraries that compute. A record that a killed process left unfinished is cut off when the file is opened again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

import numpy as np

from accord.errors import AccordError

try:
    import fcntl
except ImportError:  # no such locks on Windows: two processes on one key then both write the same bytes
    fcntl = None  # type: ignore[assignment]

HEADER = b"accord draws 2\n"

_FRESH: ContextVar[bool] = ContextVar("accord_fresh_draws", default=False)


class DrawStore:
    """Finished draws of one key, in any order; use it inside `opened`, which holds the file against other processes.

    Args:
        file: The open file of records.
        failures: File of reasons.
        width: Numbers in a record.
    """

    def __init__(self, file: int, failures: Path, width: int) -> None:
        self._file, self._failures, self._width = file, failures, width
        size = os.fstat(file).st_size
        if size < len(HEADER):
            os.ftruncate(file, 0)
            os.pwrite(file, HEADER, 0)
            size = len(HEADER)
        self._place: dict[int, int] = {}  # of each draw's record in the file
        count = (size - len(HEADER)) // self._bytes
        os.ftruncate(file, len(HEADER) + count * self._bytes)
        for place, number in enumerate(self._records(count)[:, 0].tolist()):
            self._place.setdefault(int(number), place)
        self._end = count

    @property
    def _bytes(self) -> int:
        return 8 * (1 + self._width)

    def _records(self, count: int) -> np.ndarray:
        content = os.pread(self._file, count * self._bytes, len(HEADER))
        return np.frombuffer(content, dtype="<f8").reshape(count, 1 + self._width)

    def left(self, draws: int) -> list[int]:
        """Return the numbers below `draws` that are not finished, ascending."""
        return [number for number in range(draws) if number not in self._place]

    def read(self, draws: int) -> np.ndarray:
        """Return the records of the draws below `draws`, all of which are finished, in order (draws, width)."""
        return self._records(self._end)[[self._place[number] for number in range(draws)], 1:]

    def append(self, number: int, record: np.ndarray, failure: str = "") -> None:
        """Add the record of a draw; on disk in full when this returns. One that is there already stays as it is."""
        if number in self._place:
            return
        if failure:
            with self._failures.open("a", encoding="utf-8") as file:
                file.write(f"{number}\t{' '.join(failure.split())}\n")
        content = np.append(float(number), record).astype("<f8").tobytes()
        os.pwrite(self._file, content, len(HEADER) + self._end * self._bytes)
        self._place[number] = self._end
        self._end += 1

    def failures(self, count: int) -> dict[int, str]:
        """Return the reasons of the draws below `count` that have no equilibrium, by number."""
        if not self._failures.exists():
            return {}
        lines = self._failures.read_text(encoding="utf-8").splitlines()
        found = (line.split("\t", 1) for line in lines if "\t" in line)
        return {int(number): reason for number, reason in found if int(number) < count}


def store_folder() -> Path:
    """Folder of finished draws: `draws` below $ACCORD_CACHE_DIR or the platform's cache folder for accord."""
    chosen = os.environ.get("ACCORD_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser() / "draws"
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("accord", appauthor=False)) / "draws"


def held(folder: Path, key: str) -> bool:
    """Whether some draws of `key` are finished, by a glance at the folder."""
    return (folder / f"{key}.draws").exists()


@contextmanager
def every_draw_anew() -> Iterator[None]:
    """Inside this block no finished draw is taken from the store: a verification solves all of them again."""
    token = _FRESH.set(True)
    try:
        yield
    finally:
        _FRESH.reset(token)


def may_reuse() -> bool:
    """Whether finished draws may be taken from the store."""
    return not _FRESH.get()


@contextmanager
def opened(folder: Path, key: str, width: int) -> Iterator[DrawStore]:
    """Open the store of `key`, held against other processes until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / f"{key}.draws", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise AccordError(
                    "another process is drawing the odds of the same programme, World and seed.\n"
                    "  Wait for it: its draws will be found finished."
                ) from None
        yield DrawStore(handle, folder / f"{key}.failures", width)
    finally:
        os.close(handle)


def forget(folder: Path, key: str) -> None:
    """Remove the draws of `key`."""
    for suffix in ("draws", "failures"):
        with suppress(FileNotFoundError):
            (folder / f"{key}.{suffix}").unlink()
