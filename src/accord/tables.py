# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
"""A table that never loses what its numbers mean: unit, method and source per column.

`Table` is what studies and analyses return and the only thing that `present` reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from accord.errors import AccordError
from accord.units import check_unit

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds.

    Attributes:
        unit: A unit of `accord.units` ("%", "USD million", "label", ...).
        label: Heading for readers ("Household welfare").
        method: How the number was made ("exact hat algebra, balanced trade").
        source: Where its inputs come from ("OECD ICIO 2025 edition, 2022").
    """

    unit: str
    label: str
    method: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        check_unit(self.unit)


@dataclass(frozen=True)
class Table:
    """A tidy frame with one `Column` for each of its columns.

    Attributes:
        name: File-system friendly name, unique within an outcome ("regions").
        title: Sentence for readers.
        frame: The data; every column is declared in `columns`, in the same order; the index is a plain range.
        columns: Declaration of each column, by name.
        keys: Columns that together identify a row; files are sorted by them.
    """

    name: str
    title: str
    frame: pd.DataFrame
    columns: Mapping[str, Column]
    keys: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        found, declared = list(self.frame.columns), list(self.columns)
        if found != declared:
            raise AccordError(f"table '{self.name}': columns {found} are declared as {declared}")
        if self.keys and self.frame.duplicated(list(self.keys)).any():
            raise AccordError(f"table '{self.name}': keys {self.keys} do not identify its rows")


def declared(
    name: str,
    title: str,
    frame: pd.DataFrame,
    columns: Mapping[str, Column],
    keys: tuple[str, ...] = (),
    *,
    source: str = "",
) -> Table:
    """Wrap `frame` as a Table whose columns are declared in `columns`, which may hold more; an undeclared one is an error.

    Args:
        name: Name of the table.
        title: Sentence for readers.
        frame: The data.
        columns: Declarations by column name.
        keys: Columns that identify a row.
        source: Source of every column that names none itself.
    """
    undeclared = [column for column in frame.columns if column not in columns]
    if undeclared:
        raise AccordError(f"table '{name}' has undeclared columns: {undeclared}")
    chosen = {
        column: columns[column]
        if columns[column].source or not source
        else replace(columns[column], source=source)
        for column in frame.columns
    }
    return Table(name, title, frame, chosen, keys)
