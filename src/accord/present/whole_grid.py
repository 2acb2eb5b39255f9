"""A grid in a terminal, whole: what needs more room than the terminal has runs on instead of losing its last columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.measure import Measurement

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_whole(console: Console, grid: Table) -> None:
    """Print `grid` at the width of the console, or at the least width in which it loses nothing where that is more."""
    room = console.width
    needed = Measurement.get(console, console.options.update(max_width=10 * room), grid).minimum
    console.width = max(room, needed)
    console.print(grid, crop=False)
    console.width = room
