"""A progress bar on standard error for work that takes longer than two seconds; standard output stays clean."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 2.0
"""Seconds of silence before the bar appears."""


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Give a callback (what is being done, steps done, steps in all) that shows a bar when the work takes long.

    The bar goes away at the end. Where standard error is no terminal, or `quiet` is set, nothing is shown.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda *_: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task("starting", total=1)
    appear = threading.Timer(PATIENCE, bar.start)
    appear.daemon = True
    appear.start()
    try:
        yield lambda doing, done, total: bar.update(task, description=doing, completed=done, total=total)
    finally:
        appear.cancel()
        appear.join()  # or a bar that starts this very moment would be left on the screen
        bar.stop()
