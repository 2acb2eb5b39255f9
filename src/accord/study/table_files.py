"""Tables as files: Parquet and CSV side by side, and one JSON file with the unit, heading and method of every column.

The same tables give the same bytes on one machine with the same versions: rows are sorted by their full key, one thread writes,
and numbers are written in full.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from accord.errors import AccordError
from accord.tables import Table

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

SIDECAR = "units.json"


def write_tables(tables: Iterable[Table], folder: Path, *, csv: bool = True) -> None:
    """Write every table to `folder` as NAME.parquet and NAME.csv, and what their columns mean to units.json.

    Without `csv` there is no NAME.csv, which for thousands of rows takes most of the time.
    """
    import duckdb

    folder.mkdir()
    meanings = {}
    # No home, no extensions, one thread: nothing but the data decides the bytes.
    with duckdb.connect(":memory:", config={"threads": 1, "preserve_insertion_order": True}) as connection:
        for table in sorted(tables, key=lambda table: table.name):
            if not table.keys:
                raise AccordError(
                    f"table '{table.name}' has no keys, so its rows have no order to be written in"
                )
            frame = table.frame.sort_values(list(table.keys), kind="stable", ignore_index=True)
            meanings[table.name] = _meaning(table)
            _write_parquet(connection, frame, meanings[table.name], folder / f"{table.name}.parquet")
            if csv:
                frame.to_csv(folder / f"{table.name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    (folder / SIDECAR).write_text(json.dumps(meanings, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_frame(file: Path) -> pd.DataFrame:
    """Return the frame of a Parquet file that `write_tables` wrote."""
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        return connection.execute("SELECT * FROM read_parquet(?)", [str(file)]).df()


def _meaning(table: Table) -> dict[str, object]:
    columns = {
        name: {"unit": column.unit, "label": column.label, "method": column.method, "source": column.source}
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
