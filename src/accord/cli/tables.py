"""A table in the terminal: every heading with its unit, names beside codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from accord.present.numbers import heading, plain

if TYPE_CHECKING:
    from accord.tables import Table


PADDING = 3
"""Blank cells between two columns."""


def print_table(table: Table, *, leave_out: Sequence[str] = ()) -> None:
    """Print `table` with its title, without the columns of `leave_out`; words and numbers are never broken."""
    shown = {name: column for name, column in table.columns.items() if name not in leave_out}
    texts = {
        name: [
            str(value) if column.unit == "label" else plain(value, column.unit) for value in table.frame[name]
        ]
        for name, column in shown.items()
    }
    grid, needed = new_grid(), 0
    for name, column in shown.items():
        words, numbers = heading(column.label, column.unit), column.unit != "label"
        # Headings wrap between words; cells do not wrap.
        width = max(map(len, [*words.split(), *texts[name]]))
        grid.add_column(words, justify="right" if numbers else "left", width=width)
        needed += width + PADDING
    for row in zip(*texts.values(), strict=True):
        grid.add_row(*map(Text, row))
    wide = console()
    # A table that needs more room than the terminal has runs on, which a wider window or a pager mends.
    wide.width = max(wide.width, needed)
    wide.print(Text(table.title, style="bold"))
    wide.print(grid)


def without(table: Table, column: str) -> Table:
    """Return a table without one column that is no key of it."""
    from dataclasses import replace

    columns = {name: declared for name, declared in table.columns.items() if name != column}
    return replace(table, frame=table.frame[list(columns)], columns=columns)


def print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Print headings with their texts."""
    grid = new_grid()
    grid.show_header = False
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, text in pairs:
        grid.add_row(name, Text(text))
    console().print(grid)


def new_grid() -> Grid:
    """An empty grid in accord's style."""
    return Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))


def console() -> Console:
    """Standard output; numbers are not coloured by guess."""
    return Console(highlight=False)
