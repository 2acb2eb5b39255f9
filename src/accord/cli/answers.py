"""Answers made of tables: one JSON object, or a folder of tables and figures, whole or not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord.present.figures import Figure
    from accord.tables import Table


def print_json(facts: Mapping[str, Any], tables: Mapping[str, Table], directory: Path | None) -> None:
    """Print facts, every table by name with its units, and where the files are, as one JSON object."""
    content = {
        **facts,
        **{name: _rows(table) for name, table in tables.items()},
        "units": {
            name: {column: declared.unit for column, declared in table.columns.items()}
            for name, table in tables.items()
        },
        "directory": None if directory is None else str(directory),
    }
    print(json.dumps(content, ensure_ascii=False, allow_nan=False))


def write_answer(
    out: Path | None,
    command: str,
    tables: Mapping[str, Table],
    figures: Callable[[], Iterable[Figure]],
) -> Path | None:
    """Write tables (Parquet, CSV), figures (SVG, PNG) and the record to `out`; a folder that is none of this command is left alone.

    Args:
        out: The folder; None for no files.
        command: Name of the command; its folders hold a table of its first name, by which they are known again.
        tables: What to write.
        figures: Draws the figures; not called when there is nothing to write.
    """
    if out is None:
        return None
    from accord.errors import AccordError
    from accord.study.folders import whole_folder
    from accord.study.table_files import write_tables

    ours = (out / "tables" / f"{next(iter(tables))}.csv").is_file()
    if out.exists() and not ours and (not out.is_dir() or any(out.iterdir())):
        raise AccordError(
            f"{out} exists and is no folder of `accord {command}`.\n  Name another with: --out DIR"
        )
    with whole_folder(out) as folder:
        write_tables(tables.values(), folder / "tables")
        for figure in figures():
            (folder / f"{figure.name}.svg").write_text(figure.svg(), encoding="utf-8")
            (folder / f"{figure.name}.png").write_bytes(figure.png())
        from accord.cli import WORDS
        from accord.study.answer_record import write_answer_record

        if WORDS.get():  # called as a command
            write_answer_record(folder, WORDS.get())
    return out


def _rows(table: Table) -> list[dict[str, Any]]:
    """Rows as JSON can hold them: null where a value is blank."""
    return [{name: _plain(value) for name, value in row.items()} for row in table.frame.to_dict("records")]


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
