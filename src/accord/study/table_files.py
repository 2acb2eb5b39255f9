"""Tables as files: Parquet and CSV side by side, and one JSON file with the unit, heading and method of every column.

The same tables give the same bytes on one machine with the same versions: rows are sorted by their full key, one thread writes,
and numbers are written in full, so that either file gives back every number as it was.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accord.errors import AccordError
from accord.tables import Table

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

SIDECAR = "units.json"

QUOTED = re.compile(r"[,\"\r\n]")
"""Letters for which `csv.writer` may put a field in quotes."""


def write_tables(tables: Iterable[Table], folder: Path, *, parquet: bool = True) -> None:
    """Write every table to `folder` as NAME.parquet and NAME.csv, and what their columns mean to units.json.

    Without `parquet` there is CSV alone: to load DuckDB takes longer than most commands need to write what they found.
    """
    folder.mkdir()
    ordered = sorted(tables, key=lambda table: table.name)
    frames = {table.name: _sorted(table) for table in ordered}
    meanings = {table.name: _meaning(table) for table in ordered}
    for name, frame in frames.items():
        _write_csv(frame, folder / f"{name}.csv")
    if parquet:
        import duckdb

        # No home, no extensions, one thread: nothing but the data decides the bytes.
        settings: dict[str, Any] = {"threads": 1, "preserve_insertion_order": True}
        with closing(duckdb.connect(":memory:", config=settings)) as connection:
            for name, frame in frames.items():
                _write_parquet(connection, frame, meanings[name], folder / f"{name}.parquet")
    (folder / SIDECAR).write_text(json.dumps(meanings, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_frame(file: Path, types: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the frame of a Parquet or CSV file that `write_tables` wrote.

    Args:
        file: The file.
        types: Type of each column of a CSV, as units.json has it; text where it is not told.
    """
    if file.suffix == ".csv":
        return _read_csv(file, types or {})
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        return connection.execute("SELECT * FROM read_parquet(?)", [str(file)]).df()


def _sorted(table: Table) -> pd.DataFrame:
    if not table.keys:
        raise AccordError(f"table '{table.name}' has no keys, so its rows have no order to be written in")
    return table.frame.sort_values(list(table.keys), kind="stable", ignore_index=True)


def _write_csv(frame: pd.DataFrame, file: Path) -> None:
    """Write `frame` as pandas would, ten times as fast: a blank for what is no number, and the shortest digits that are exact."""
    columns = [_as_csv(frame[name]) for name in frame.columns]
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(frame.columns)
        if len(columns) == 1:  # a line that holds one blank is written as quotes
            writer.writerows([text] for text in frame.iloc[:, 0].where(frame.iloc[:, 0].notna(), ""))
            return
        opened.writelines(f"{','.join(row)}\n" for row in zip(*columns, strict=True))


def _as_csv(column: pd.Series) -> list[str]:
    """The fields of a column as `csv.writer` writes them. Names come again and again, so each is quoted once."""
    values = column.tolist()
    if column.dtype == float:
        fields = list(map(repr, values))
    else:
        texts = [repr(value) if type(value) is float else str(value) for value in values]
        fields = list(map({text: _field(text) for text in set(texts)}.__getitem__, texts))
    for row in column.isna().to_numpy().nonzero()[0]:
        fields[row] = ""
    return fields


def _field(text: str) -> str:
    if QUOTED.search(text) is None:
        return text
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow((text, ""))
    return written.getvalue().removesuffix(",\n")


def _read_csv(file: Path, types: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
    for name, kind in types.items():
        if kind.startswith(("float", "int", "uint")):
            blank = frame[name] == ""
            frame[name] = (
                frame[name].mask(blank, "nan").astype(kind) if blank.any() else frame[name].astype(kind)
            )
        elif kind == "bool":
            frame[name] = frame[name] == "True"
    return frame


def _meaning(table: Table) -> dict[str, object]:
    columns = {
        name: {
            "unit": column.unit,
            "label": column.label,
            "method": column.method,
            "source": column.source,
            "type": str(table.frame[name].dtype),
        }
        for name, column in table.columns.items()
    }
    return {"title": table.title, "keys": list(table.keys), "columns": columns}


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, meaning: dict[str, object], file: Path
) -> None:
    """Write `frame`; the meaning of its columns travels in the file's own metadata under the key `accord`."""
    connection.register("frame", frame)
    metadata = json.dumps(meaning, ensure_ascii=False).replace("'", "''")
    name = str(file).replace("'", "''")
    connection.execute(
        f"COPY (SELECT * FROM frame) TO '{name}' (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{accord: '{metadata}'}})"  # noqa: S608 - no user's text but what is quoted here
    )
    connection.unregister("frame")
