r"""A table for LaTeX, to be read by \input, that stays on the page: smaller letters, then the page on its side, then columns in turn.

What a table takes is reckoned from its letters, not measured: on A4 with margins of 2.5 cm, and letters as wide as digits. A table
that fits a page is shrunk by what is missing where the reader's page is narrower than that.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from accord.present.numbers import heading, plain
from accord.present.whole_grid import in_blocks
from accord.tables import Column, Table

LONGEST_WORDS, LINE_CM = 40, 5
"""Letters that stand on one line of a table, and the width of lines into which longer texts are broken."""

UPRIGHT_PT, SIDEWAYS_PT = 445.0, 690.0
"""Width of A4 less margins of 2.5 cm, upright and on its side, in points."""

SIZES = (
    ("", 11.0, False),
    (r"\footnotesize", 9.0, False),
    (r"\footnotesize", 9.0, True),
    (r"\scriptsize", 8.0, True),
)
"""What is tried in turn: size of letters, the same in points, and whether the page lies on its side."""

LETTER = 0.52
"""Width of a letter as a share of the size: digits of Computer Modern are half as wide as the letters are high."""

GAP_PT = 12.0
"""Room between two columns."""

UPRIGHT_LINES, SIDEWAYS_LINES = 40, 24
"""Lines, headings and notes apart, that one page has room for; longer tables run over pages."""

LINE_LETTERS = 30
"""Letters in a line of `LINE_CM`."""


@dataclass(frozen=True)
class _Part:
    """One column as LaTeX has it.

    Attributes:
        heading: Its heading, in lines.
        cells: Its cells.
        words: Whether it holds texts.
        letters: Letters that it is wide; those of a line where it is broken.
        broken: Whether its texts are broken into lines of `LINE_CM`.
    """

    heading: tuple[str, ...]
    cells: tuple[str, ...]
    words: bool
    letters: int
    broken: bool

    def width(self, size: float) -> float:
        """Points that it takes in letters of `size`."""
        lines = LINE_CM * 28.45 if self.broken else LETTER * size * self.letters
        return GAP_PT + lines

    @property
    def kind(self) -> str:
        """Its letter in the preamble of a tabular."""
        return f"p{{{LINE_CM}cm}}" if self.broken else "l" if self.words else "r"

    @property
    def head(self) -> str:
        """Its heading; several lines stand on each other."""
        lines = [escaped(line) for line in self.heading]
        if len(lines) == 1:
            return lines[0]
        stacked = " \\\\ ".join(lines)
        return f"\\begin{{tabular}}[b]{{@{{}}{'l' if self.words else 'r'}@{{}}}}{stacked}\\end{{tabular}}"


def latex_table(table: Table, title: str, note: str) -> str:
    """Return `table` as LaTeX.

    Args:
        table: The table.
        title: The programme, or the command and what it was asked about.
        note: Where it comes from, for below the table; methods of its columns are added.
    """
    shown = [name for name in table.columns if f"{name}_name" not in table.columns]
    parts = [_part(table.frame[name], table.columns[name], stacked=False) for name in shown]
    size, sideways, blocks = _layout(parts)
    if size or len(blocks) > 1:  # headings on one line are easier to read, where there is room
        parts = [_part(table.frame[name], table.columns[name], stacked=True) for name in shown]
        size, sideways, blocks = _layout(parts)
    methods = dict.fromkeys(table.columns[name].method for name in shown if table.columns[name].method)
    below = escaped(note + (f" {'; '.join(methods)}." if methods else ""))
    caption = f"\\caption{{{escaped(table.title)}}}"
    label = f"\\label{{tab:{table.name.replace('_', '-')}}}"
    rooms = SIDEWAYS_LINES if sideways else UPRIGHT_LINES
    if len(blocks) * _lines(parts, len(table.frame)) > rooms:
        packages = ["booktabs", "longtable", *(["pdflscape"] if sideways else [])]
        body = list(_over_pages(parts, blocks, caption, label, below))
        around = ("\\begin{landscape}", "\\end{landscape}") if sideways else ("{", "}")
        body = [around[0], *([size] if size else []), *body, around[1]]
    else:
        packages = ["booktabs", "graphicx", *(["rotating"] if sideways else [])]
        environment = "sidewaystable" if sideways else "table"
        body = [f"\\begin{{{environment}}}", "\\centering", caption, label, *([size] if size else [])]
        body += [*_standing(parts, blocks), f"\\par\\footnotesize {below}", f"\\end{{{environment}}}"]
    opening = [
        f"% {title}: {table.title}. Made by accord.".replace("\n", " "),
        f"% In the preamble: \\usepackage{{{','.join(packages)}}}",
        "% Letters beyond Latin need LuaLaTeX or XeLaTeX.",
    ]
    return "\n".join([*opening, *body, ""])


def _part(values: pd.Series, column: Column, *, stacked: bool) -> _Part:
    words = column.unit in {"label", "yes/no"}
    texts = [str(value) if words else _plain(value, column.unit) for value in values]
    longest = max(map(len, texts), default=0)
    broken = words and longest > LONGEST_WORDS
    said = heading(column.label, column.unit)
    room = max(LINE_LETTERS if broken else longest, max(map(len, said.split()), default=0), 8)
    lines = textwrap.wrap(said, room, break_on_hyphens=False, break_long_words=False) if stacked else [said]
    cells = tuple((_breakable if broken else escaped)(text) if words else _number(text) for text in texts)
    return _Part(
        tuple(lines) or ("",),
        cells,
        words,
        LINE_LETTERS if broken else max([longest, *map(len, lines)]),
        broken,
    )


def _layout(parts: Sequence[_Part]) -> tuple[str, bool, list[list[int]]]:
    """(size of letters, whether the page lies on its side, columns of each block)."""

    def fits(places: Sequence[int], points: float, sideways: bool) -> bool:
        return sum(parts[place].width(points) for place in places) <= (
            SIDEWAYS_PT if sideways else UPRIGHT_PT
        )

    every = list(range(len(parts)))
    whole = (entry for entry in SIZES if fits(every, *entry[1:]))
    size, points, sideways = next(whole, SIZES[-1])
    words = [part.words for part in parts]
    return size, sideways, in_blocks(words, lambda places: fits(places, points, sideways))


def _lines(parts: Sequence[_Part], rows: int) -> int:
    """Lines that the rows of a table take, those of broken texts counted."""
    broken = [part for part in parts if part.broken]
    return sum(
        max([1, *(math.ceil(len(part.cells[row]) / LINE_LETTERS) for part in broken)]) for row in range(rows)
    )


def _rows(parts: Sequence[_Part], places: Sequence[int]) -> list[str]:
    chosen = [parts[place] for place in places]
    return [f"{' & '.join(row)} \\\\" for row in zip(*(part.cells for part in chosen), strict=True)]


def _head(parts: Sequence[_Part], places: Sequence[int]) -> list[str]:
    return ["\\toprule", f"{' & '.join(parts[place].head for place in places)} \\\\", "\\midrule"]


def _standing(parts: Sequence[_Part], blocks: Sequence[Sequence[int]]) -> Iterator[str]:
    """Tabulars below each other, each shrunk to the line where that is narrower."""
    for number, places in enumerate(blocks):
        if number:
            yield "\\par\\medskip"
        kinds = "".join(parts[place].kind for place in places)
        yield f"\\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{\\begin{{tabular}}{{{kinds}}}"
        yield from _head(parts, places)
        yield from _rows(parts, places)
        yield "\\bottomrule"
        yield "\\end{tabular}}"


def _over_pages(
    parts: Sequence[_Part], blocks: Sequence[Sequence[int]], caption: str, label: str, below: str
) -> Iterator[str]:
    """Longtables after each other, under one caption."""
    for number, places in enumerate(blocks):
        yield f"\\begin{{longtable}}{{{''.join(parts[place].kind for place in places)}}}"
        if not number:
            yield f"{caption}{label}\\\\"
        yield from _head(parts, places)
        yield "\\endfirsthead"
        yield from _head(parts, places)
        yield "\\endhead"
        yield "\\bottomrule"
        yield "\\endfoot"
        yield from _rows(parts, places)
        yield "\\end{longtable}"
    yield f"{{\\footnotesize {below}\\par}}"


def _plain(value: object, unit: str) -> str:
    number = math.nan if value is None or value is pd.NA else float(value)  # type: ignore[arg-type]
    if math.isinf(number):
        return "∞" if number > 0.0 else "-∞"
    return plain(number, unit)


def _number(text: str) -> str:
    return escaped(text.replace("-", "−")).replace("∞", r"$\infty$").replace(r"$-$$\infty$", r"$-\infty$")


def _breakable(text: str) -> str:
    """A text in lines of `LINE_CM`: addresses may be broken where they have a mark."""
    return re.sub(r"(?<=\S)(/|-|\\_)(?=\S)", r"\1\\allowbreak{}", escaped(text))


def escaped(text: str) -> str:
    """Return `text` with what LaTeX would read as commands written out."""
    return "".join(SPECIAL.get(letter, letter) for letter in text)


SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
"""Letters that LaTeX reads as commands, and how they are written."""
