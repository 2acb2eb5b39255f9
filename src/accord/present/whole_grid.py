"""A grid in a terminal, whole: columns for which there is no room follow below, with the texts that say what each row is.

Only what cannot be had in that way either, a text and one number too wide for the terminal, runs on beyond its edge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table as Grid

if TYPE_CHECKING:
    from rich.console import Console


def in_blocks(texts: Sequence[bool], fits: Callable[[list[int]], bool]) -> list[list[int]]:
    """Divide the columns of a table into blocks that fit, each opened by the columns that say what a row is.

    Args:
        texts: For each column whether it holds texts; those before the first number open every block.
        fits: Whether a choice of columns has room.
    """
    every = list(range(len(texts)))
    if fits(every):
        return [every]
    first = next((place for place, text in enumerate(texts) if not text), 1)
    lead = every[: max(1, first)]
    if not fits([*lead, *every[len(lead) : len(lead) + 1]]):
        lead = lead[:1]
    blocks, rest = [list(every[: len(lead)])], every[len(lead) :]
    for place in rest:
        if len(blocks[-1]) > len(lead) and not fits([*blocks[-1], place]):
            blocks.append(list(lead))
        blocks[-1].append(place)
    # A lead cut short has left texts to be shown once, in the blocks; nothing is lost.
    return blocks


def print_whole(console: Console, grid: Grid) -> None:
    """Print `grid` at the width of the console, in blocks of columns where it needs more."""
    if not _fits(console, grid):
        for column in grid.columns:
            column.min_width = None  # a wish, which a narrow terminal does not grant
    texts = [column.justify != "right" for column in grid.columns]
    blocks = in_blocks(texts, lambda places: _fits(console, part_of(grid, places)))
    for number, places in enumerate(blocks):
        if number:
            console.print()
        part = part_of(grid, places)
        room = console.width
        console.width = max(room, _needed(console, part))
        console.print(part, crop=False)
        console.width = room


def part_of(grid: Grid, places: Sequence[int]) -> Grid:
    """Return some columns of `grid`, in its style."""
    if list(places) == list(range(len(grid.columns))):
        return grid
    part = Grid(box=grid.box, show_edge=grid.show_edge, pad_edge=grid.pad_edge, padding=grid.padding)
    part.collapse_padding = grid.collapse_padding
    for place in places:
        column = grid.columns[place]
        part.add_column(
            column.header,
            justify=column.justify,
            overflow=column.overflow,
            no_wrap=column.no_wrap,
            width=column.width,
            min_width=column.min_width,
            max_width=column.max_width,
        )
    for row in zip(*(list(grid.columns[place].cells) for place in places), strict=True):
        part.add_row(*row)
    return part


def _fits(console: Console, grid: Grid) -> bool:
    """Whether `grid` has room, and loses nothing; least widths of columns are not all heeded where rich measures."""
    lines = Segment.split_lines(console.render(grid))
    return _needed(console, grid) <= console.width >= max(map(Segment.get_line_length, lines), default=0)


def _needed(console: Console, grid: Grid) -> int:
    """Least width in which `grid` loses nothing."""
    return Measurement.get(console, console.options.update(max_width=10 * console.width), grid).minimum
