"""The answer of a command as one HTML page: what was printed, and every table with its units and methods."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path

from accord.present.numbers import heading, plain
from accord.study.reopen_answer import KeptAnswer
from accord.tables import Column, Table
from accord.world.store import whole_file

PAGE = "answer.html"
LONGEST = 500
"""Rows of a table on the page; of longer ones the first are shown, and that there are more is said."""

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1b1b1b; background: #fff; }
pre { overflow-x: auto; background: #f4f4f4; padding: 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 0 0 2rem; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
"""


def write_page(answer: KeptAnswer, directory: Path) -> Path:
    """Write the page of `answer` beside its record and return its path; it is made of the record, and no part of it."""
    page = directory / PAGE
    with whole_file(page) as partial:
        partial.write_text(page_of(answer, directory), encoding="utf-8")
    return page


def page_of(answer: KeptAnswer, directory: Path) -> str:
    """Return the page; figures of `directory` are named with a text that says where their numbers are."""
    record = answer.record
    world = record["world"]
    facts = [
        ("Command", f"<code>{escape(str(record['command']))}</code>"),
        *(
            []
            if world is None
            else [("World", f"{escape(world['name'])}, content hash {escape(world['content_hash'][:16])}")]
        ),
        ("Made with", escape(f"accord {record['accord']['version']}")),
        ("Check it", f"<code>accord verify {escape(str(directory))}</code>"),
    ]
    figures = [
        f'<img src="{escape(file.name)}" alt="Figure {escape(file.stem)}; its numbers are in the tables below">'
        for file in sorted(directory.glob("*.svg"))
    ]
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(answer.title)}</title><style>{STYLE}</style></head><body><main>",
            f"<h1>{escape(answer.title)}</h1>",
            f'<pre tabindex="0" aria-label="The answer as it was printed">{escape(answer.text.strip())}</pre>',
            *figures,
            "<h2>Tables</h2>",
            *map(_table, answer.tables.values()),
            "<h2>How it was made</h2><dl>",
            *(f"<dt>{name}</dt><dd>{said}</dd>" for name, said in facts),
            "</dl></main></body></html>",
            "",
        ]
    )


def _table(table: Table) -> str:
    columns = list(table.columns.items())
    head = "".join(
        f'<th scope="col"{_aligned(column)} title="{escape(column.method)}">{escape(heading(column.label, column.unit))}</th>'
        for _, column in columns
    )
    rows = "".join(
        f"<tr>{''.join(f'<td{_aligned(column)}>{_said(row[name], column)}</td>' for name, column in columns)}</tr>"
        for row in table.frame.head(LONGEST).to_dict("records")
    )
    more = len(table.frame) - LONGEST
    left = f"<p>{more:,} more rows are in tables/{escape(table.name)}.csv.</p>" if more > 0 else ""
    caption = f"<caption>{escape(table.title)} ({escape(table.name)})</caption>"
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(table.title)}"><table>{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{left}</div>"
    )


def _aligned(column: Column) -> str:
    return "" if column.unit in {"label", "yes/no"} else ' class="number"'


def _said(value: object, column: Column) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return escape("" if value is None else str(value))
    if math.isinf(value):
        return "unbounded"
    return escape(str(value) if column.unit == "label" else plain(float(value), column.unit))
