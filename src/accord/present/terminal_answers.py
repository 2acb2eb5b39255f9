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
"""Cells up to which a column of single words (ids, codes) stays whole, where there is room."""

BROKEN = 8
"""Least width of a column of texts, which may be broken."""

GAP = 3
"""Blank cells between two columns."""


def show_small(table: Table, console: Console) -> None:
    """Print a small table: texts left, numbers right, signs in colour too. Texts are broken to fit; numbers never are."""
    cells = grid_of(table)
    columns = [[row[place].text for row in cells.rows] for place in range(len(cells.headings))]
    widths = _widths([(cell.text, cell.kind == "text") for cell in cells.headings], columns, console.width)
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for cell, width in zip(cells.headings, widths, strict=True):
        if cell.kind == "text":
            grid.add_column(cell.text, overflow="fold", width=width)
        else:
            grid.add_column(cell.text, justify="right", width=width)
    for row in cells.rows:
        grid.add_row(*(_coloured(cell.text, cell.kind) for cell in row))
    console.print()
    console.print(Text(table.title, style="bold"))
    # What needs more room than the terminal has runs on, which a wider window or a pager mends; nothing is cut off.
    room = console.width
    if _total(widths) > room:
        console.width = _total(widths)
    console.print(grid, crop=False)
    if console.width != room:
        console.width = room


def _widths(headings: list[tuple[str, bool]], columns: list[list[str]], room: int) -> list[int]:
    """Width of each column: what it would like to have, and where that is too much texts are narrowed first, the widest most."""
    wanted, least, single, whole = [], [], [], []
    for (heading, text), entries in zip(headings, columns, strict=True):
        longest = max(map(len, entries), default=0)
        word = max(map(len, heading.split()), default=0)
        single.append(text and longest <= WORD and not any(" " in entry for entry in entries))
        least.append(max(BROKEN, word) if text else max(longest, word))
        whole.append(max((min(len(part), WORD) for entry in entries for part in entry.split()), default=0))
        wanted.append(max(longest, word) if text else max(longest, word, min(16, len(heading))))
    widths = [max(pair) for pair in zip(wanted, least, strict=True)]
    texts = [place for place, (_, text) in enumerate(headings) if text and not single[place]]
    names = [place for place, one in enumerate(single) if one]
    numbers = [place for place, (_, text) in enumerate(headings) if not text]
    # Texts wrap between words first, then headings of numbers do; only then are words broken.
    unbroken = [max(pair) for pair in zip(least, whole, strict=True)]
    for group, floor in ((texts, unbroken), (numbers, least), (texts, least), (names, least)):
        while _total(widths) > room and any(widths[place] > floor[place] for place in group):
            widths[max(group, key=lambda place: (widths[place] > floor[place], widths[place]))] -= 1
    return widths


def _total(widths: list[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _coloured(text: str, kind: str) -> Text:
    style = "green" if kind.endswith("gain") else "red" if kind.endswith("loss") else ""
    return Text(text, style=style, no_wrap=kind != "text")
