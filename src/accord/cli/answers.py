"""One way for every command that computes: it leaves a record of its answer, then prints it for readers or as JSON.

A command makes an `Answer` and gives it to `deliver`. What stands in the record is told in `study.answer_record`.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord.present.figures import Figure
    from accord.programme import Programme
    from accord.tables import Table
    from accord.world import World

NO_RECORD = "ACCORD_NO_RECORD"
"""Variable of the environment that says `--no-record` to every command."""

TABLES_ALONE: ContextVar[bool] = ContextVar("tables_alone", default=False)
"""Whether `--out` leaves figures and Parquet away: `accord verify` compares tables."""

COLOURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")
"""What a console writes for colours and links."""


def _no_figures() -> tuple[Figure, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command found out.

    Attributes:
        command: The command, without `accord`.
        about: What was asked about, for lists and names of folders: the programme, the partners.
        headline: The answer in one sentence, for lists.
        facts: What `--json` says beside the tables.
        tables: Every table, by name.
        show: Prints the answer for readers on standard output.
        layout: How `--json` puts facts and tables together: a name in `LAYOUTS`.
        inputs: Files (or run directories) that the command read, each with the programme that it held.
        found: Files that nobody named and that were found by themselves, by the option that would have named each.
        world: The World; None where the command needs none.
        world_asked: Its name as asked, where it is not that of `--world` or of the programme.
        figures: Draws figures for `--out`.
    """

    command: str
    about: str
    headline: str
    facts: Mapping[str, Any]
    tables: Mapping[str, Table]
    show: Callable[[], None]
    layout: str = "rows"
    inputs: Mapping[Path, Programme | None] = field(default_factory=dict)
    found: Mapping[str, Path] = field(default_factory=dict)
    world: World | None = None
    world_asked: str | None = None
    figures: Callable[[], Iterable[Figure]] = _no_figures


def deliver(answer: Answer, *, out: Path | None = None, json: bool = False, no_record: bool = False) -> None:
    """Leave the record of `answer` in `out`, by default in the folder of runs; then print it for readers or as JSON."""
    text = _Page()
    with redirect_stdout(text):
        answer.show()
    shown = text.getvalue()
    kept = None if out is None and (no_record or os.environ.get(NO_RECORD)) else _kept(answer, shown, out)
    if json:
        print(as_json(answer.layout, answer.facts, answer.tables, kept))
        return
    sys.stdout.write(shown)
    if out is not None:
        print(f"\nWritten: {kept}")
    elif kept is not None:
        # Each on a line of its own: names are long, and a screen may have 80 columns.
        print(f"\nRecord with all tables: {kept}\nExport: accord runs export {kept.name}")


def as_json(
    layout: str, facts: Mapping[str, Any], tables: Mapping[str, Table], directory: Path | None
) -> str:
    """Return facts and tables as the JSON object that a command prints."""
    content = {**LAYOUTS[layout](facts, tables), "directory": None if directory is None else str(directory)}
    return json.dumps(content, ensure_ascii=False, allow_nan=False)


class _Page(io.StringIO):
    """Takes what is printed; a console believes it to be what standard output is, so that colours and widths are those."""

    def isatty(self) -> bool:
        return sys.__stdout__ is not None and sys.__stdout__.isatty() and self.to_terminal

    def __init__(self) -> None:
        super().__init__()
        self.to_terminal = sys.stdout.isatty()


def _kept(answer: Answer, shown: str, out: Path | None) -> Path | None:
    """Write the record; where the folder of runs cannot be written, say so and go on: the answer itself is what was asked for."""
    from accord.cli import WORDS
    from accord.study.answer_record import Question, asked, default_folder, write_answer

    words = WORDS.get()
    if not words and out is None:  # called from Python: who wants files names a folder
        return None
    question: Question = asked(
        (*(words or answer.command.split()), *(f"{option}={path}" for option, path in answer.found.items())),
        about=answer.about,
        headline=answer.headline,
        layout=answer.layout,
        command=answer.command,
        inputs={**answer.inputs, **dict.fromkeys(answer.found.values())},
        world=answer.world,
        world_asked=answer.world_asked,
    )
    target = default_folder(question) if out is None else out
    pictures = out is not None and not TABLES_ALONE.get()
    try:
        write_answer(
            target,
            question,
            answer.tables,
            facts=answer.facts,
            text=COLOURS.sub("", shown),
            files=_pictures(answer.figures()) if pictures else {},
            parquet=pictures,
        )
    except OSError as error:
        if out is not None:
            raise
        sys.stderr.write(f"accord: no record is left: {target}: {error.strerror or error}\n")
        return None
    return target


def _pictures(figures: Iterable[Figure]) -> dict[str, bytes]:
    return {
        name: content
        for figure in figures
        for name, content in (
            (f"{figure.name}.svg", figure.svg().encode()),
            (f"{figure.name}.png", figure.png()),
        )
    }


def _by_rows(facts: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, Any]:
    """Facts, the rows of every table by its name, and the units of all."""
    return {**facts, **{name: rows(table) for name, table in tables.items()}, "units": _units(tables)}


def _of_one_table(facts: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, Any]:
    """Facts, and one table with its title and units."""
    ((name, table),) = tables.items()
    return {**facts, "title": table.title, "units": _units(tables)[name], name: rows(table)}


def _with_contents(facts: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, Any]:
    """Facts, and each table with its title, what its columns are, and its rows."""
    from accord.cli.records import contents

    return {**facts, "tables": contents(tables)}


def _of_odds(facts: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, Any]:
    """Odds by region, and what decides them."""
    from accord.study.odds_tables import EVERYBODY

    by_region = {row["region"]: row for row in rows(tables["odds"])}
    everybody = by_region.pop(EVERYBODY)
    others = {
        name.removeprefix("odds_"): rows(tables[name])
        for name in ("odds_sensitivity", "odds_convergence", "odds_unknowns")
    }
    return {**facts, "all_partners_gain": everybody, "regions": by_region, **others}


LAYOUTS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Table]], dict[str, Any]]] = {
    "rows": _by_rows,
    "one": _of_one_table,
    "contents": _with_contents,
    "odds": _of_odds,
}
"""Ways to put facts and tables into one JSON object."""


def rows(table: Table) -> list[dict[str, Any]]:
    """Return rows as JSON can hold them: null where a value is blank, or a price rises without bound."""
    return [{name: _plain(value) for name, value in row.items()} for row in table.frame.to_dict("records")]


def _units(tables: Mapping[str, Table]) -> dict[str, dict[str, str]]:
    return {
        name: {column: declared.unit for column, declared in table.columns.items()}
        for name, table in tables.items()
    }


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
