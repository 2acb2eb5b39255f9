"""Answers of a full run in a terminal: sentences, then small tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table as Grid
from rich.text import Text

from accord.present.answers import asked
from accord.present.report.cells import grid_of

if TYPE_CHECKING:
    from rich.console import Console

    from accord.study import Outcome
    from accord.tables import Table


def show_answers(outcome: Outcome, console: Console) -> None:
    """Print every answer: the sentences, then the small tables."""
    for _, title, sentences, tables in asked(outcome):
        console.print()
        console.print(Text(title, style="bold"))
        for sentence in sentences:
            console.print(Text(sentence))
        for table in tables:
            show_small(table, console)


WORD = 24
"""Cells up to which a column of single words is never broken."""


def show_small(table: Table, console: Console) -> None:
    """Print a small table: texts left, numbers right, signs in colour too."""
    cells = grid_of(table)
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for place, cell in enumerate(cells.headings):
        if cell.kind == "text":
            longest = max((len(row[place].text) for row in cells.rows), default=0)
            # Names that are one word (ids, codes) stay whole where they are not too long.
            whole = (
                longest if longest <= WORD and not any(" " in row[place].text for row in cells.rows) else None
            )
            grid.add_column(cell.text, overflow="fold", min_width=whole)
        else:
            grid.add_column(cell.text, justify="right", max_width=16)
    for row in cells.rows:
        grid.add_row(*(_coloured(cell.text, cell.kind) for cell in row))
    console.print()
    console.print(Text(table.title, style="bold"))
    console.print(grid)


def _coloured(text: str, kind: str) -> Text:
    style = "green" if kind.endswith("gain") else "red" if kind.endswith("loss") else ""
    return Text(text, style=style, no_wrap=kind != "text")
