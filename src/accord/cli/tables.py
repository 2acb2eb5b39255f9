"""A table in the terminal: every heading with its unit, names beside codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from accord.present.numbers import heading, plain

if TYPE_CHECKING:
    from accord.tables import Table


LEAST_TEXT = 20
"""Letters of a text that stay on one line; before they are broken, columns move below."""


def print_table(table: Table, *, leave_out: Sequence[str] = ()) -> None:
    """Print `table` with its title, without the columns of `leave_out`; numbers are never broken, long texts between words."""
    from accord.present.terminal_answers import show_columns

    shown = {name: column for name, column in table.columns.items() if name not in leave_out}
    words = [column.unit == "label" for column in shown.values()]
    headings = [
        (heading(column.label, column.unit), text) for column, text in zip(shown.values(), words, strict=True)
    ]
    rows = [
        [
            Text(str(value)) if text else Text(plain(value, column.unit), no_wrap=True)
            for value, column, text in zip(row, shown.values(), words, strict=True)
        ]
        for row in table.frame[list(shown)].itertuples(index=False)
    ]
    screen = console()
    screen.print(Text(table.title, style="bold"))
    show_columns(headings, rows, screen, text=LEAST_TEXT)


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


def show_found(
    title: str, sentences: Sequence[str], tables: Iterable[Table], *, style: str | None = "bold"
) -> None:
    """Print what was asked in a style, the answer in sentences, and small tables."""
    from accord.present.terminal_answers import show_small

    screen = console()
    screen.print(title, style=style, markup=False)
    for sentence in sentences:
        screen.print(sentence, markup=False)
    for table in tables:
        show_small(table, screen)


def say(text: str) -> None:
    """Print a sentence, broken between words where the terminal ends."""
    console().print(Text(text))


def new_grid() -> Grid:
    """An empty grid in accord's style."""
    return Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))


def console() -> Console:
    """Standard output; numbers are not coloured by guess."""
    return Console(highlight=False)
