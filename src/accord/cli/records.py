"""Tables in JSON: full precision, with the unit of every column."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord.tables import Table
    from accord.world import World


def records(table: Table) -> list[dict[str, Any]]:
    """Return the rows of `table`; a blank number is null."""
    return [
        {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
        for row in table.frame.to_dict("records")
    ]


def contents(tables: Mapping[str, Table]) -> dict[str, Any]:
    """Return each table with its title, what its columns are, and its rows."""
    return {
        name: {
            "title": table.title,
            "columns": {
                key: {
                    "unit": column.unit,
                    "label": column.label,
                    "method": column.method,
                    "source": column.source,
                }
                for key, column in table.columns.items()
            },
            "rows": records(table),
        }
        for name, table in tables.items()
    }


def print_records(table: Table, *, world: World | None = None, **others: Any) -> None:
    """Print `table` as one JSON object, with the World that it is about and `others` beside it."""
    about = {} if world is None else {"world": world.name, "world_content_hash": world.content_hash}
    units = {name: column.unit for name, column in table.columns.items()}
    content = {**others, **about, "title": table.title, "units": units, table.name: records(table)}
    print(json.dumps(content, ensure_ascii=False, allow_nan=False))
