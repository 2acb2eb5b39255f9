"""Tables of a run for other programmes: CSV with units in the headings, one Excel workbook, LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd

from accord.errors import AccordError, Fault, RecordError, nearest
from accord.present.numbers import heading, plain
from accord.study import Outcome
from accord.tables import Table
from accord.world.store import whole_file

LONGEST_LATEX = 200
"""Rows of a LaTeX table; longer ones are for machines."""

SHEET_NAME = 31
"""Longest name of a sheet that Excel takes."""


def export(outcome: Outcome, to: str, out: Path, tables: Iterable[str] | None = None) -> list[Path]:
    """Write tables of `outcome` in format `to` and return the files.

    Args:
        outcome: A run, for example one read back by `accord.study.reopen.read_run`.
        to: "csv" and "latex" make a folder with a file for each table; "xlsx" makes one workbook.
        out: The folder, or the workbook.
        tables: Names of tables; all of them by default.
    """
    if to not in FORMATS:
        raise AccordError(f"no format '{to}'. {nearest(to, FORMATS)} There are: {', '.join(FORMATS)}.")
    chosen = _chosen(outcome.tables, tables)
    return FORMATS[to](outcome, chosen, out)


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


def _csv(outcome: Outcome, tables: list[Table], out: Path) -> list[Path]:
    """One CSV for each table; headings carry units, so that a file alone says what it holds."""
    del outcome
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for table in tables:
        file = out / f"{table.name}.csv"
        with whole_file(file) as partial:
            _headed(table).to_csv(partial, index=False, lineterminator="\n", encoding="utf-8")
        files.append(file)
    return files


def _headed(table: Table) -> pd.DataFrame:
    """The frame with headings for readers; a code is told from the name beside it."""
    headings = [heading(column.label, column.unit) for column in table.columns.values()]
    named = [
        text if headings.count(text) == 1 else f"{text} ({name})"
        for text, name in zip(headings, table.columns, strict=True)
    ]
    return table.frame.set_axis(named, axis=1)


def _xlsx(outcome: Outcome, tables: list[Table], out: Path) -> list[Path]:
    """One workbook: a sheet of contents with run, units and methods, then a sheet for each table."""
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter
    except ImportError:
        raise AccordError(
            "Excel files need openpyxl.\n  Install it with: pip install accord[excel]"
        ) from None
    book = Workbook()
    contents = book.active
    assert contents is not None  # a new workbook has a sheet
    contents.title = "Contents"
    lines = [
        [outcome.programme_name],
        [outcome.verdict.sentence],
        ["World", outcome.world_name, outcome.world_source, outcome.world_hash],
        ["Programme", outcome.programme_hash],
        ["Method", outcome.method],
        [],
        ["Sheet", "Table", "Column", "Heading", "Unit", "Method"],
    ]
    for line in lines:
        contents.append(line)
    bold = Font(bold=True)
    contents["A1"].font = bold
    taken: dict[str, str] = {}
    for table in tables:
        name = _sheet_name(table.name, taken)
        for column, declared in table.columns.items():
            contents.append([name, table.title, column, declared.label, declared.unit, declared.method])
        sheet = book.create_sheet(name)
        sheet.append([heading(column.label, column.unit) for column in table.columns.values()])
        for row in table.frame.itertuples(index=False):
            sheet.append([_cell(value) for value in row])
        for position, column in enumerate(table.columns.values(), start=1):
            sheet.cell(1, position).font = bold
            sheet.column_dimensions[get_column_letter(position)].width = max(
                12, min(len(column.label) + 4, 40)
            )
        sheet.freeze_panes = "A2"
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(out) as partial:
        book.save(partial)
    return [out]


def _sheet_name(name: str, taken: dict[str, str]) -> str:
    short, number = name[:SHEET_NAME], 2
    while short in taken:
        short, number = f"{name[: SHEET_NAME - 3]}~{number}", number + 1
    taken[short] = name
    return short


def _cell(value: object) -> object:
    """What a sheet can hold: numbers in full, blank for what is not a number, texts that are no formulas."""
    if hasattr(value, "item"):
        value = value.item()  # type: ignore[union-attr]
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - nan is the one that differs from itself
        return None
    if isinstance(value, str) and value.startswith("="):  # would be a formula
        return f"'{value}"
    return value


def _latex(outcome: Outcome, tables: list[Table], out: Path) -> list[Path]:
    r"""One .tex for each table, to be read by \input: booktabs, longtable where it is long, units in the headings."""
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for table in tables:
        if len(table.frame) > LONGEST_LATEX:
            continue
        file = out / f"{table.name}.tex"
        with whole_file(file) as partial:
            partial.write_text(_tabular(outcome, table), encoding="utf-8")
        files.append(file)
    if not files:
        raise RecordError(f"every table chosen has more than {LONGEST_LATEX} rows: use csv or xlsx.")
    return files


def _tabular(outcome: Outcome, table: Table) -> str:
    shown = [name for name in table.columns if f"{name}_name" not in table.columns]
    columns = [table.columns[name] for name in shown]
    words = [column.unit in {"label", "yes/no"} for column in columns]
    spec = "".join("l" if word else "r" for word in words)
    head = " & ".join(_escaped(heading(column.label, column.unit)) for column in columns)
    rows = [
        " & ".join(
            _escaped(str(row[name]) if word else plain(float(row[name]), column.unit).replace("-", "−"))
            for name, column, word in zip(shown, columns, words, strict=True)
        )
        for row in table.frame.to_dict("records")
    ]
    methods = dict.fromkeys(column.method for column in columns if column.method)
    note = f"{outcome.programme_name}. World {outcome.world_name}: {outcome.world_source}."
    note += f" {'; '.join(methods)}." if methods else ""
    return "\n".join(
        [
            f"% {outcome.programme_name}: {table.title}. Made by accord; needs \\usepackage{{booktabs}}.",
            "% Letters beyond Latin need LuaLaTeX or XeLaTeX.",
            "\\begin{table}",
            f"\\caption{{{_escaped(table.title)}}}",
            f"\\label{{tab:{table.name.replace('_', '-')}}}",
            f"\\begin{{tabular}}{{{spec}}}",
            "\\toprule",
            f"{head} \\\\",
            "\\midrule",
            *(f"{row} \\\\" for row in rows),
            "\\bottomrule",
            "\\end{tabular}",
            f"\\par\\footnotesize {_escaped(note)}",
            "\\end{table}",
            "",
        ]
    )


def _escaped(text: str) -> str:
    special = {
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
    return "".join(special.get(letter, letter) for letter in text)


FORMATS: dict[str, Callable[[Outcome, list[Table], Path], list[Path]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "latex": _latex,
}
"""Writers by format."""
