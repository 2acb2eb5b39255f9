"""A recorded answer read back from its files: what was printed, the facts and the tables, without computing anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accord.errors import RecordError
from accord.study.answer_record import FACTS, TEXT, read_answer_record
from accord.study.record import hashes_of
from accord.study.reopen import read_tables
from accord.tables import Table


@dataclass(frozen=True)
class KeptAnswer:
    """What a command left.

    Attributes:
        record: Its record.
        text: The answer as it was printed for readers.
        facts: What `--json` says beside the tables.
        tables: Every table with its units; rows are sorted by their keys.
    """

    record: Mapping[str, Any]
    text: str
    facts: Mapping[str, Any]
    tables: Mapping[str, Table]

    @property
    def title(self) -> str:
        """The command and what it was asked about."""
        return f"accord {self.record['name']}: {self.record['about']}".removesuffix(": ")


def read_answer(directory: Path) -> KeptAnswer:
    """Return the answer that a command left in `directory`.

    Raises:
        RecordError: There is none, or a file of it is missing or was changed.
    """
    record = read_answer_record(directory)
    found = hashes_of(directory)
    changed = [name for name, entry in record["files"].items() if found.get(name) != entry]
    if changed:
        raise RecordError(
            f"{directory}: missing or changed since it was made: {', '.join(changed)}.\n"
            f"  What was found and expected: accord verify {directory}. Ask again: {record['command']}"
        )
    return KeptAnswer(
        record=record,
        text=(directory / TEXT).read_text(encoding="utf-8"),
        facts=json.loads((directory / FACTS).read_text(encoding="utf-8")),
        tables=read_tables(directory, ".csv"),
    )
