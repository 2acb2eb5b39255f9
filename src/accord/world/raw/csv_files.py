"""CSV files of words and numbers that people write: headers and cells checked, every fault with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from accord.errors import Fault, WorldError, nearest


def text_of(file: Path) -> str:
    """Return the text of a CSV file, or say why it cannot be read."""
    try:
        content = file.expanduser().read_bytes()
    except FileNotFoundError:
        folder = file.parent if file.parent.is_dir() else Path()
        names = sorted(other.name for other in folder.iterdir() if other.is_file())
        raise WorldError(
            [Fault(str(file), "no such file", "a CSV file", nearest(file.name, names))]
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorldError(
            [Fault(str(file), f"it cannot be read: {reason}", "a CSV file that you may read")]
        ) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02x} is not UTF-8 text"
        raise WorldError(
            [Fault(f"{file.name}, line {line}", found, "UTF-8 text", "Save it again as UTF-8.")]
        ) from None


def read_text_rows(
    file: Path, columns: Sequence[str], *, optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and cells by column, stripped; `optional` columns that the file lacks are empty.

    Lines that begin with # are comments; blank lines are skipped. A header or a line of another length is refused.
    """
    lines = [(number, line) for number, line in enumerate(io.StringIO(text_of(file), newline=None), start=1)]
    kept = [(number, line) for number, line in lines if line.strip() and not line.startswith("#")]
    if not kept:
        raise WorldError([Fault(file.name, "the file is empty", f"the columns {', '.join(columns)}")])
    try:
        cells = list(csv.reader((line for _, line in kept), strict=True))
    except csv.Error as error:
        raise WorldError(
            [Fault(file.name, f"this is no CSV: {error}", f"the columns {', '.join(columns)}")]
        ) from None
    if len(cells) != len(kept):
        raise WorldError(
            [Fault(file.name, "a text in quotes runs over several lines", "one line for each row")]
        )
    header = [name.strip() for name in cells[0]]
    faults = [
        Fault(
            f"{file.name}, line {kept[0][0]}",
            f"there is no column '{name}'; the header reads {', '.join(header)}",
            f"the columns {', '.join(columns)}",
            nearest(name, header),
        )
        for name in columns
        if name not in header and name not in optional
    ]
    faults += [
        Fault(
            f"{file.name}, line {number}",
            f"{len(row)} cells",
            f"{len(header)}, as in the header",
            "Quote texts with commas.",
        )
        for (number, _), row in zip(kept[1:], cells[1:], strict=True)
        if len(row) != len(header)
    ]
    if faults:
        raise WorldError(faults)
    for (number, _), row in zip(kept[1:], cells[1:], strict=True):
        found = dict(zip(header, (cell.strip() for cell in row), strict=True))
        yield number, {name: found.get(name, "") for name in columns}
