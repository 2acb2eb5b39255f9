"""Answers of a full run in a terminal: sentences, then small tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table as Grid
from rich.text import Text

from accord.present.answers import asked
from accord.present.report.cells import grid_of
from accord.present.whole_grid import in_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    headings = [(cell.text, cell.kind == "text") for cell in cells.headings]
    rows = [[_coloured(cell.text, cell.kind) for cell in row] for row in cells.rows]
    console.print()
    console.print(Text(table.title, style="bold"))
    show_columns(headings, rows, console)


def show_columns(
    headings: Sequence[tuple[str, bool]], rows: Sequence[Sequence[Text]], console: Console, *, text: int = 0
) -> None:
    """Print columns that fit the console, and below them, with their texts again, those for which there was no room.

    Args:
        headings: Headings, each with whether its column holds texts.
        rows: Cells.
        console: Where to print.
        text: Letters below which no text is narrowed before columns move below; by default texts are broken first.
    """
    columns = [[row[place].plain for row in rows] for place in range(len(headings))]

    def widths(places: Sequence[int], floor: int = 0) -> list[int]:
        chosen = [headings[place] for place in places], [columns[place] for place in places]
        return _widths(*chosen, console.width, floor)

    blocks = in_blocks(
        [is_text for _, is_text in headings], lambda places: _total(widths(places, text)) <= console.width
    )
    for number, places in enumerate(blocks):
        if number:
            console.print()
        room, found = console.width, widths(places, text)
        if _total(found) > room:
            found = widths(places)
        grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
        for place, width in zip(places, found, strict=True):
            heading, is_text = headings[place]
            grid.add_column(
                heading,
                overflow="fold" if is_text else "ellipsis",
                justify="left" if is_text else "right",
                width=width,
            )
        for row in rows:
            grid.add_row(*(row[place] for place in places))
        # What needs more room even so runs on, which a wider window or a pager mends; nothing is cut off.
        console.width = max(room, _total(found))
        console.print(grid, crop=False)
        console.width = room


def _widths(
    headings: Sequence[tuple[str, bool]], columns: Sequence[Sequence[str]], room: int, floor: int = 0
) -> list[int]:
    """Width of each column: what it would like to have, and where that is too much texts are narrowed first, the widest most.

    Texts of up to `floor` letters are not broken, and longer ones get that much.
    """
    wanted, least, single, whole = [], [], [], []
    for (heading, text), entries in zip(headings, columns, strict=True):
        longest = max(map(len, entries), default=0)
        word = max(map(len, heading.split()), default=0)
        single.append(text and longest <= WORD and not any(" " in entry for entry in entries))
        least.append(max(BROKEN, word, min(longest, floor)) if text else max(longest, word))
        whole.append(max((min(len(part), WORD) for entry in entries for part in entry.split()), default=0))
        wanted.append(max(longest, word) if text else max(longest, word, min(16, len(heading))))
    widths = [max(pair) for pair in zip(wanted, least, strict=True)]
    texts = [place for place, (_, text) in enumerate(headings) if text and not single[place]]
    names = [place for place, one in enumerate(single) if one]
    numbers = [place for place, (_, text) in enumerate(headings) if not text]
    # Long texts wrap between words first, then headings of numbers do, then short texts; only then are words broken.
    unbroken = [max(pair) for pair in zip(least, whole, strict=True)]
    short = [max(floor, min(one, WORD)) for floor, one in zip(unbroken, wanted, strict=True)]
    for group, limit in ((texts, short), (numbers, least), (texts, unbroken), (texts, least), (names, least)):
        while _total(widths) > room and any(widths[place] > limit[place] for place in group):
            widths[max(group, key=lambda place: (widths[place] > limit[place], widths[place]))] -= 1
    return widths


def _total(widths: list[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _coloured(text: str, kind: str) -> Text:
    style = "green" if kind.endswith("gain") else "red" if kind.endswith("loss") else ""
    return Text(text, style=style, no_wrap=kind != "text")
