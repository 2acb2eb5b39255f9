"""Tables of a run or of an answer for other programmes: CSV, one Excel workbook, LaTeX; each says what its columns mean."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from accord.errors import AccordError, Fault, RecordError, nearest
from accord.present.latex import latex_table
from accord.present.numbers import heading
from accord.study import Outcome
from accord.study.reopen_answer import KeptAnswer
from accord.tables import Table
from accord.world.store import whole_file

LONGEST_LATEX = 200
"""Rows of a LaTeX table that nobody names; longer ones are for machines."""

SHEET_NAME = 31
"""Longest name of a sheet that Excel takes."""

CONTENTS = "contents"
"""The file, or sheet, that says what stands in the others."""


@dataclass(frozen=True)
class Export:
    """What was written.

    Attributes:
        files: The files.
        left_out: Tables too long for a page, with the number of their rows.
    """

    files: list[Path]
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class _Content:
    """What is exported.

    Attributes:
        title: The programme, or the command and what it was asked about.
        facts: Where it comes from: lines of words.
        note: The same in one sentence, for below a table.
        tables: Those chosen.
        named: Whether the user named them.
    """

    title: str
    facts: Sequence[Sequence[str]]
    note: str
    tables: Sequence[Table]
    named: bool


def export(found: Outcome | KeptAnswer, to: str, out: Path, tables: Iterable[str] | None = None) -> Export:
    """Write tables of `found` in format `to`.

    Args:
        found: A run or an answer, for example one read back by `accord.study.reopen` or `accord.study.reopen_answer`.
        to: "csv" and "latex" make a folder with a file for each table; "xlsx" makes one workbook.
        out: The folder, or the workbook.
        tables: Names of tables; all of them by default.
    """
    if to not in FORMATS:
        raise AccordError(f"no format '{to}'. {nearest(to, FORMATS)} There are: {', '.join(FORMATS)}.")
    chosen = _chosen(found.tables, tables)
    title, facts, note = _of_run(found) if isinstance(found, Outcome) else _of_answer(found)
    return FORMATS[to](_Content(title, facts, note, chosen, tables is not None), out)


def _of_run(outcome: Outcome) -> tuple[str, list[list[str]], str]:
    """(title, where it comes from, the same in one sentence)."""
    facts = [
        ["Answer", outcome.verdict.sentence],
        ["World", outcome.world_name, outcome.world_source, outcome.world_hash],
        ["Programme", outcome.programme_name, outcome.programme_hash],
        ["Method", outcome.method],
    ]
    note = f"{outcome.programme_name}. World {outcome.world_name}: {outcome.world_source}."
    return outcome.programme_name, facts, note


def _of_answer(answer: KeptAnswer) -> tuple[str, list[list[str]], str]:
    record = answer.record
    world = record["world"]
    facts = [
        ["Answer", str(record["headline"])],
        *([] if world is None else [["World", world["name"], world["content_hash"]]]),
        ["Command", str(record["command"])],
        *(["Input", entry["given"], f"SHA-256 {entry['sha256']}"] for entry in record["inputs"].values()),
    ]
    note = f"{answer.title}." + (f" World {world['name']}." if world else "")
    return answer.title, facts, note


def _chosen(tables: Mapping[str, Table], names: Iterable[str] | None) -> list[Table]:
    wanted = list(tables if names is None else names)
    faults = [
        Fault("--table", f"no table '{name}'", f"one of: {', '.join(tables)}", nearest(name, tables))
        for name in wanted
        if name not in tables
    ]
    if faults:
        raise RecordError(faults)
    return [tables[name] for name in wanted]


def _csv(content: _Content, out: Path) -> Export:
    """One CSV for each table, units in its headings; beside them one that says how every column was made, and from what."""
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for table in content.tables:
        file = out / f"{table.name}.csv"
        with whole_file(file) as partial:
            _headed(table).to_csv(partial, index=False, lineterminator="\n", encoding="utf-8")
        files.append(file)
    told = io.StringIO()
    csv.writer(told, lineterminator="\n").writerows(
        _contents(content, {t.name: f"{t.name}.csv" for t in content.tables})
    )
    about = out / f"{CONTENTS}.csv"
    with whole_file(about) as partial:
        partial.write_text(told.getvalue(), encoding="utf-8")
    return Export([*files, about], {})


def _contents(content: _Content, places: Mapping[str, str]) -> list[list[str]]:
    """Where the tables come from, and what every column of each means: unit, method and source."""
    columns = [
        [places[table.name], table.title, name, text, column.unit, column.method, column.source]
        for table in content.tables
        for text, (name, column) in zip(_headings(table), table.columns.items(), strict=True)
    ]
    opening = [[content.title], *map(list, content.facts), []]
    return [*opening, ["Where", "Table", "Column", "Heading", "Unit", "Method", "Source"], *columns]


def _headed(table: Table) -> pd.DataFrame:
    return table.frame.set_axis(_headings(table), axis=1)


def _headings(table: Table) -> list[str]:
    """Headings for readers with units; a code is told from the name beside it."""
    headings = [heading(column.label, column.unit) for column in table.columns.values()]
    return [
        text if headings.count(text) == 1 else f"{text} ({name})"
        for text, name in zip(headings, table.columns, strict=True)
    ]


def _xlsx(content: _Content, out: Path) -> Export:
    """One workbook: a sheet of contents with where it comes from, units and methods, then a sheet for each table."""
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter
    except ImportError:
        raise AccordError(
            "Excel files need openpyxl.\n  Install it with: pip install accord[excel]"
        ) from None
    book = Workbook()
    first = book.active
    assert first is not None  # a new workbook has a sheet
    first.title = CONTENTS.capitalize()
    bold = Font(bold=True)
    taken: dict[str, str] = {CONTENTS: ""}
    sheets = {table.name: _sheet_name(table.name, taken) for table in content.tables}
    lines = _contents(content, sheets)
    for row, line in enumerate(lines, start=1):
        _fill(first, row, line)
    for row in (1, len(content.facts) + 3):  # the title, and the headings of what follows
        for cell in first[row]:
            cell.font = bold
    for position, width in enumerate((24, 48, 24, 32, 24, 48, 48), start=1):
        first.column_dimensions[get_column_letter(position)].width = width
    for table in content.tables:
        sheet = book.create_sheet(sheets[table.name])
        headings = _headings(table)
        _fill(sheet, 1, headings)
        for row, values in enumerate(table.frame.itertuples(index=False), start=2):
            _fill(sheet, row, values)
        for position, text in enumerate(headings, start=1):
            sheet.cell(1, position).font = bold
            sheet.column_dimensions[get_column_letter(position)].width = max(12, min(len(text) + 4, 40))
        sheet.freeze_panes = "A2"
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(out) as partial:
        book.save(partial)
    return Export([out], {})


def _fill(sheet: Any, row: int, values: Iterable[object]) -> None:
    """Write `values` to a row of `sheet`: numbers in full, blank for what is no number, and texts that stay texts."""
    for position, value in enumerate(values, start=1):
        plain_value = _cell(value)
        if plain_value is None:
            continue
        cell = sheet.cell(row, position, plain_value)
        if isinstance(plain_value, str):
            cell.data_type = "s"  # "=..." would be taken for a formula


def _sheet_name(name: str, taken: dict[str, str]) -> str:
    """A name that Excel takes; to Excel small and capital letters are the same."""
    short, number = name[:SHEET_NAME], 2
    while short.lower() in taken:
        short, number = f"{name[: SHEET_NAME - 3]}~{number}", number + 1
    taken[short.lower()] = name
    return short


def _cell(value: object) -> object:
    if hasattr(value, "item"):
        value = value.item()  # type: ignore[union-attr]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("infinite" if value > 0.0 else "minus infinite")
    return None if value is None or value is pd.NA else value


def _latex(content: _Content, out: Path) -> Export:
    r"""One .tex for each table, to be read by \input: booktabs, units in the headings; those of more rows than a page are longtables."""
    long = {table.name: len(table.frame) for table in content.tables if len(table.frame) > LONGEST_LATEX}
    left_out = {} if content.named else long
    if len(left_out) == len(content.tables):
        raise RecordError(
            f"every table has more than {LONGEST_LATEX} rows: name those that you want with --table, or use csv or xlsx."
        )
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for table in content.tables:
        if table.name in left_out:
            continue
        file = out / f"{table.name}.tex"
        with whole_file(file) as partial:
            partial.write_text(latex_table(table, content.title, content.note), encoding="utf-8")
        files.append(file)
    return Export(files, left_out)


FORMATS: dict[str, Callable[[_Content, Path], Export]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "latex": _latex,
}
"""Writers by format."""
