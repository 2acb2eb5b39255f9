"""Folders that appear whole or not at all, even when the process is killed while it writes them.

A folder is built under a hidden name beside its target and renamed when it is complete. What a killed process leaves behind is
hidden, recognised by its name and by a lock that died with its owner, and removed the next time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks on Windows: leftovers then stay until they are removed by hand
    fcntl = None  # type: ignore[assignment]

PARTIAL = ".accord-partial-"
REPLACED = ".accord-replaced-"
FLUSHED_TOGETHER = 16
"""Files that the system is asked to put on disk at the same time."""


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target`; when the block succeeds it becomes `target`, replacing what stood there.

    On any failure, an interrupt included, the new folder is removed and the old one stays. The caller decides whether an existing
    `target` may be replaced.
    """
    parent = target.parent
    new_parent = not parent.exists()
    parent.mkdir(parents=True, exist_ok=True)
    tidy(parent)
    folder, lock = _locked_folder(parent)
    try:
        yield folder
        _flush(folder)
        _publish(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # gone already when it was published
        if lock is not None:
            os.close(lock)
        if new_parent:
            with suppress(OSError):  # it holds the target when all went well
                parent.rmdir()


def tidy(parent: Path) -> None:
    """Remove what killed processes left in `parent`; put back a folder that one had moved aside and not yet replaced."""
    with _lock(parent):
        for moved in sorted(parent.glob(f"{REPLACED}*")):
            target = parent / moved.name.removeprefix(REPLACED)
            if target.exists():
                shutil.rmtree(moved, ignore_errors=True)
            else:
                moved.rename(target)
        for partial in sorted(parent.glob(f"{PARTIAL}*")):
            lock = _try_lock(partial)
            if lock is not None:
                shutil.rmtree(partial, ignore_errors=True)
                os.close(lock)


def _locked_folder(parent: Path) -> tuple[Path, int | None]:
    """A new hidden folder and the lock that says its owner lives; made under the parent's lock, or `tidy` could take it."""
    with _lock(parent):
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=PARTIAL))
        folder.chmod(
            0o777 & ~_umask()
        )  # mkdtemp gives 0700; a run is as readable as any folder its owner makes
        return folder, _try_lock(folder)


def _publish(folder: Path, target: Path) -> None:
    """Rename `folder` to `target`. Two renames where something stood there: `tidy` mends a kill between them."""
    aside = target.with_name(REPLACED + target.name)
    with _lock(target.parent):
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)
            target.rename(aside)
        try:
            folder.rename(target)
        except BaseException:
            if aside.exists():
                aside.rename(target)
            raise
        _flush_entry(target.parent)
        shutil.rmtree(aside, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Ask the system to put every file and folder below `folder` on disk before it gets its name."""
    # Side by side: a disk puts many files down in little more time than one.
    with ThreadPoolExecutor(FLUSHED_TOGETHER) as pool:
        list(pool.map(_flush_entry, folder.rglob("*")))
    _flush_entry(folder)


def _flush_entry(path: Path) -> None:
    with suppress(OSError):  # folders cannot be flushed everywhere; the rename is atomic all the same
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold the one lock of `folder`: nobody else publishes or tidies there meanwhile. The system frees it if we die."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _try_lock(folder: Path) -> int | None:
    """The handle of `folder`, locked; None when a living process holds it, or where there are no locks."""
    if fcntl is None:
        return None
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
