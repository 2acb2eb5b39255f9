"""Files that a programme includes: their groups, exchange rates and measures become its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from accord.errors import Fault, ProgrammeError
from accord.programme.lines import key_lines
from accord.programme.problems import KeyPath, shown
from accord.programme.source import parsed, text_of

MERGED = ("groups", "exchange_rates", "model")
"""Tables whose entries are put together; of two entries with one name, the including file's holds."""


@dataclass(frozen=True)
class Whole:
    """A file with everything that it includes.

    Attributes:
        content: As if it stood in one file: measures of included files first.
        lines: Line of each key in the file that it comes from.
        files: Name of the file that each key of `lines` comes from.
        included: Whether there was any file to include.
    """

    content: dict[str, Any]
    lines: Mapping[KeyPath, int]
    files: Mapping[KeyPath, str]
    included: bool


def whole_file(text: str, name: str, folder: Path, *, above: tuple[Path, ...] = ()) -> Whole:
    """Return the content of TOML text with the files that its key `include` names, seen from `folder`."""
    content = parsed(text, name)
    lines: Mapping[KeyPath, int] = key_lines(text)
    wanted = content.pop("include", None)
    if wanted is None:
        return Whole(content, lines, dict.fromkeys(lines, name), included=False)
    paths = [wanted] if isinstance(wanted, str) else wanted
    where = f"{name}, line {lines.get(('include',), 1)}, key 'include'"
    if not isinstance(paths, list) or not all(
        isinstance(path, str) and path for path in cast("list[object]", paths)
    ):
        raise ProgrammeError(
            [
                Fault(
                    where,
                    f"{shown(wanted)} is no list of files",
                    'paths seen from this file: ["shared.toml"]',
                )
            ]
        )
    header: dict[str, Any] = {}
    measures: list[Any] = []
    files: dict[KeyPath, str] = {}
    all_lines: dict[KeyPath, int] = {}
    for path in cast("list[str]", paths):
        if "\0" in path:
            raise ProgrammeError(
                [Fault(where, f"{shown(path)} cannot be the name of a file", "a path seen from this file")]
            )
        file = (folder / path).resolve()
        if file in above:
            chain = " -> ".join(entry.name for entry in (*above[above.index(file) :], file))
            raise ProgrammeError(
                [
                    Fault(
                        where,
                        f"files include each other: {chain}",
                        "no file that leads back to itself",
                        "Take one include out.",
                    )
                ]
            )
        try:
            inner_name, inner_text, _ = text_of(file)
        except ProgrammeError as error:
            raise ProgrammeError(
                Fault(
                    where,
                    f"'{path}' cannot be included: {fault.found}",
                    "a programme file, seen from this one",
                    fault.remedy,
                )
                for fault in error.faults
            ) from None
        inner = whole_file(inner_text, inner_name, file.parent, above=(*above, file))
        start = len(measures)
        measures += [_seen_from(table, path) for table in _tables(inner.content)]
        all_lines |= {_shifted(at, start): line for at, line in inner.lines.items()}
        files |= {_shifted(at, start): file_name for at, file_name in inner.files.items()}
        header = _merged(header, {key: value for key, value in inner.content.items() if key != "measure"})
    start = len(measures)
    own = _tables(content)
    own_lines = {_shifted(at, start): line for at, line in lines.items()}
    all_lines |= own_lines
    files |= dict.fromkeys(own_lines, name)
    merged = _merged(header, {key: value for key, value in content.items() if key != "measure"})
    if measures or own:
        merged["measure"] = [*measures, *own]
    return Whole(merged, all_lines, files, included=True)


def _tables(content: Mapping[str, Any]) -> list[Any]:
    tables = content.get("measure", [])
    return cast("list[Any]", tables) if isinstance(tables, list) else [tables]


def _seen_from(table: Any, path: str) -> Any:
    """A measure of an included file, whose own file (a table of shocks) lies beside that one."""
    if not isinstance(table, Mapping):
        return table
    given = dict(cast("Mapping[str, Any]", table))
    if isinstance(given.get("file"), str):
        given["file"] = str(Path(path).parent / given["file"])
    return given


def _shifted(at: KeyPath, start: int) -> KeyPath:
    return (
        ("measure", at[1] + start, *at[2:])
        if len(at) > 1 and at[0] == "measure" and isinstance(at[1], int)
        else at
    )


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Header keys of two files; those of `above` hold."""
    merged = {**below, **above}
    for key in MERGED:
        if isinstance(below.get(key), Mapping) and isinstance(above.get(key), Mapping):
            merged[key] = {**below[key], **above[key]}
            for inner in set(below[key]) & set(above[key]):
                if isinstance(below[key][inner], Mapping) and isinstance(above[key][inner], Mapping):
                    merged[key][inner] = {**below[key][inner], **above[key][inner]}
    return merged
