"""Text and tables out of whatever a programme may be read from; what is no TOML is said with line and column."""

from __future__ import annotations

import io
import os
import re
import tomllib
from pathlib import Path
from typing import Any, cast

from accord.errors import Fault, ProgrammeError, nearest

STARTER = "name, partners, base_year, and a [[measure]] for each measure; see programmes/ for examples"


def parsed(text: str, name: str) -> dict[str, Any]:
    """Return the content of TOML text; `name` is the file's in messages."""
    if not text.strip():
        raise ProgrammeError([Fault(name, "the file is empty", STARTER)])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProgrammeError([_syntax_fault(str(error), text, name)]) from None


def _syntax_fault(message: str, text: str, name: str) -> Fault:
    """Name line and column, show the line, and say what is often the matter with such a line."""
    place = re.search(r" \(at line (\d+), column (\d+)\)", message)
    at_end = re.search(r" \(at end of document\)", message)
    rows = text.splitlines()
    line = int(place.group(1)) if place else len(rows)
    column = int(place.group(2)) if place else len(rows[-1]) + 1
    what = re.sub(r" \(at .*\)", "", message)
    row = rows[line - 1].strip() if 0 < line <= len(rows) else ""
    found = f"this is not TOML: {what[:1].lower()}{what[1:]}" + (" at the end of the file" if at_end else "")
    remedy = _syntax_remedy(row, what, unfinished=at_end is not None)
    return Fault(
        f"{name}, line {line}, column {column}", found, "`key = value`, [table] or [[measure]]", remedy
    )


def _syntax_remedy(row: str, what: str, *, unfinished: bool) -> str:
    advice = ""
    if unfinished:
        advice = "A bracket, a brace or a quote is opened and never closed."
    elif "overwrite" in what or "twice" in what:
        advice = "The key or table stands twice; measures begin with [[measure]], two brackets."
    elif re.match(r"^[\w.-]+\s*:", row):
        advice = "Write `=` between key and value, not `:`."
    elif re.search(r"=\s*[-+]?\d+,\d", row):
        advice = "Decimals have a point: 0.05."
    elif re.match(r"^[\w.-]+\s*=\s*[A-Za-z]", row) and not re.search(r"=\s*(true|false|inf|nan)\b", row):
        advice = "Put text in quotes."
    return "   ".join(part for part in (f"The line reads: {row}" if row else "", advice) if part)


def text_of(source: object) -> tuple[str, str, Path | None]:
    """Return name, text and path of `source`."""
    if isinstance(source, str | os.PathLike):
        path = Path(cast("str | os.PathLike[str]", source))
        return path.name, _decoded(_bytes_of(path), path.name), path
    if hasattr(source, "read"):
        file = cast("io.TextIOBase | io.BufferedIOBase", source)
        name = getattr(file, "name", None)
        path = Path(name) if isinstance(name, str) else None
        shown_name = path.name if path else "programme"
        content = file.read()
        return shown_name, content if isinstance(content, str) else _decoded(content, shown_name), path
    raise ProgrammeError(
        [
            Fault(
                "",
                f"cannot read a programme from {type(source).__name__}",
                "a path, an open file, or a table with its keys",
            )
        ]
    )


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ProgrammeError([_missing(path)]) from None
    except IsADirectoryError:
        inside = ", ".join(sorted(file.name for file in path.glob("*.toml"))) or "no .toml file"
        fault = Fault(str(path), "this is a folder", "a programme file", f"It holds: {inside}.")
        raise ProgrammeError([fault]) from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        raise ProgrammeError(
            [Fault(str(path), f"the file cannot be read: {reason}", "a file that you may read")]
        ) from None


def _missing(path: Path) -> Fault:
    folder = path.parent
    if not folder.is_dir():
        return Fault(
            str(path), f"there is no such file, and no folder {folder}", "the path of a programme file"
        )
    names = sorted(file.name for file in folder.glob("*.toml"))
    remedy = nearest(path.name, names) or (f"{folder} holds: {', '.join(names[:8])}." if names else "")
    return Fault(str(path), "there is no such file", "the path of a programme file", remedy)


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ProgrammeError(
            [Fault(name, "the file is UTF-16 text", "UTF-8 text", "Save it again as UTF-8.")]
        )
    if b"\0" in content:
        raise ProgrammeError([Fault(name, "this is not a text file", "a TOML file in UTF-8")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        fault = Fault(
            f"{name}, line {line}",
            f"byte 0x{byte:02x} is not UTF-8 text",
            "UTF-8 text",
            "Save the file again as UTF-8.",
        )
        raise ProgrammeError([fault]) from None
