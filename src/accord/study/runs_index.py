"""The index of a folder of runs: one SQLite file that is brought up to date whenever it is read, from the runs themselves.

Nothing is lost with the file: every row comes from a run's record, and a missing, old or damaged index is made again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from accord.errors import AccordError, RecordError, nearest
from accord.study.answer_record import is_answer, read_answer_record
from accord.study.record import OUTCOME, RECORD, read_record

INDEX = ".accord-index.sqlite"
VERSION = 2
COLUMNS = (
    "name",
    "stamp",
    "made",
    "command",
    "programme",
    "world",
    "answer",
    "partners",
    "welfare",
    "closure",
    "elasticities",
    "full",
    "headline",
    "record",
    "fault",
)


class RunRow(NamedTuple):
    """One run of a folder, or the answer of another command.

    Attributes:
        name: Name of its directory.
        stamp: Time and size of its record, by which changes are noticed.
        made: When the record was written, UTC.
        command: The command that left it, without `accord`.
        programme: Name of the programme; of another command, what it was asked about.
        world: Name of the World.
        answer: Do all partners gain?
        partners: Codes of the partners.
        welfare: Household welfare of each partner, % (JSON).
        closure: Trade imbalance closure.
        elasticities: Set of trade elasticities.
        full: "yes" for a run with every further question.
        headline: The answer in one sentence; empty for a run.
        record: Hash of the record.
        fault: What is wrong with the run; empty when it can be read.
    """

    name: str
    stamp: str
    made: str
    command: str
    programme: str
    world: str
    answer: str
    partners: str
    welfare: str
    closure: str
    elasticities: str
    full: str
    headline: str
    record: str
    fault: str


def runs_in(folder: Path) -> list[RunRow]:
    """Return the runs of `folder`, newest first; damaged ones too, with what is wrong."""
    if not folder.is_dir():
        return []
    found = {path.parent.name: path for path in sorted(folder.glob(f"*/{RECORD}"))}
    try:
        rows = _updated(folder / INDEX, found)
    except sqlite3.DatabaseError:
        # Damaged, or of another version: the runs themselves are what counts.
        (folder / INDEX).unlink(missing_ok=True)
        rows = _updated(folder / INDEX, found)
    except OSError:
        rows = [_row(path) for path in found.values()]
    return sorted(rows, key=lambda row: (row.made, row.name), reverse=True)


def run_named(name: str, folder: Path) -> Path:
    """Return the directory of the run that `name` means: a path, a name in `folder`, or the beginning of just one name there."""
    path = Path(name).expanduser()
    if (path / RECORD).is_file():
        return path
    known = [row.name for row in runs_in(folder)]
    matching = [known_name for known_name in known if known_name.startswith(name)]
    if name in known or len(matching) == 1:
        return folder / (name if name in known else matching[0])
    if matching:
        raise RecordError(
            f"'{name}' is the beginning of {len(matching)} runs: {', '.join(matching)}.\n  Write more of it."
        )
    listed = f"There are: {', '.join(known[:8])}." if known else f"There are no runs in {folder}."
    raise RecordError(
        f"no run '{name}'. {nearest(name, known)} {listed}\n  List them with: accord runs list --folder {folder}"
    )


def _updated(file: Path, found: dict[str, Path]) -> list[RunRow]:
    with closing(_opened(file)) as database, database:
        kept = {row[0]: RunRow(*row) for row in database.execute(f"SELECT {', '.join(COLUMNS)} FROM runs")}  # noqa: S608 - fixed names
        stale = [name for name in kept if name not in found]
        fresh = [
            _row(path) for name, path in found.items() if name not in kept or kept[name].stamp != _stamp(path)
        ]
        database.executemany("DELETE FROM runs WHERE name = ?", [(name,) for name in stale])
        marks = ", ".join("?" * len(COLUMNS))
        database.executemany(f"INSERT OR REPLACE INTO runs ({', '.join(COLUMNS)}) VALUES ({marks})", fresh)  # noqa: S608
    current = {name: row for name, row in kept.items() if name in found} | {row.name: row for row in fresh}
    return list(current.values())


def _opened(file: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(file, timeout=10.0)
    except sqlite3.OperationalError as error:  # a folder that cannot be written is no damaged index
        raise OSError(str(error)) from error
    try:
        if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            database.execute("DROP TABLE IF EXISTS runs")
            columns = ", ".join(f"{name} TEXT NOT NULL" for name in COLUMNS[1:])
            database.execute(f"CREATE TABLE runs (name TEXT PRIMARY KEY, {columns})")
            database.execute(f"PRAGMA user_version = {VERSION}")
            database.commit()
    except sqlite3.OperationalError as error:
        database.close()
        raise OSError(str(error)) from error
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _stamp(record: Path) -> str:
    status = record.stat()
    return f"{status.st_mtime_ns} {status.st_size}"


def _row(record: Path) -> RunRow:
    folder = record.parent
    made = datetime.fromtimestamp(record.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S")
    try:
        if is_answer(folder):
            return _answer_row(record, made)
        read = read_record(folder)
        outcome: dict[str, Any] = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
    except (AccordError, OSError, ValueError) as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        blank = dict.fromkeys(COLUMNS, "")
        return RunRow(
            **{**blank, "name": folder.name, "stamp": _stamp(record), "made": made, "fault": reason}
        )
    welfare = {code: outcome["regions"][code]["household_ev_pct"] for code in outcome["partners"]}
    return RunRow(
        name=folder.name,
        stamp=_stamp(record),
        made=made,
        command="run",
        programme=read["programme"]["name"],
        world=read["world"]["name"],
        answer=outcome["verdict"]["answer"],
        partners=" ".join(outcome["partners"]),
        welfare=json.dumps(welfare),
        closure=read["closure"],
        elasticities=read["elasticities"],
        full="yes" if read["options"].get("full") else "no",
        headline="",
        record=str(json.loads(record.read_text(encoding="utf-8")).get("record_sha256", "")),
        fault="",
    )


def _answer_row(record: Path, made: str) -> RunRow:
    """The row of what another command left."""
    read = read_answer_record(record.parent)
    return RunRow(
        **{
            **dict.fromkeys(COLUMNS, ""),
            "name": record.parent.name,
            "stamp": _stamp(record),
            "made": made,
            "command": str(read["name"]),
            "programme": str(read["about"]),
            "world": str((read["world"] or {}).get("name", "")),
            "headline": str(read["headline"]),
            "record": str(json.loads(record.read_text(encoding="utf-8")).get("record_sha256", "")),
        }
    )


def welfare_of(row: RunRow) -> Iterator[tuple[str, float]]:
    """Yield (partner, household welfare in %) of a run."""
    yield from (json.loads(row.welfare) if row.welfare else {}).items()
