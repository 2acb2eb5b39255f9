"""Rows to text: one line for the terminal, RESULTS.md and results.json for the repository."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Measure

HEAD = (
    "case",
    "ours: min / median",
    "runs",
    "steps",
    "residual",
    "peer: median",
    "peer / ours",
    "goal",
    "met?",
)


def one_line(row: Measure) -> str:
    """A row for the terminal."""
    if not row.values:
        return f"{row.what}: no result ({row.note})"
    parts = [f"{row.what}: {_number(row.least)} / {_number(row.median)} {row.unit}"]
    if row.steps is not None:
        parts.append(f"{row.steps} steps")
    if row.residual is not None:
        parts.append(f"residual {row.residual:.1e}")
    if row.goal is not None:
        parts.append(f"goal {_number(row.goal)}: {row.met}")
    if row.ratio is not None:
        parts.append(f"{row.peer} {_number(statistics.median(row.peer_values))} {row.unit}")
    return "; ".join([*parts, *([row.note] if row.note else [])])


def write_results(
    folder: Path, machine: Mapping[str, str | int], results: Mapping[str, Sequence[Measure]]
) -> None:
    """Write both files, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = {name: [_as_json(row) for row in measures] for name, measures in results.items()}
    _replace(folder / "results.json", json.dumps({"machine": machine, "cases": rows}, indent=1) + "\n")
    _replace(folder / "RESULTS.md", results_page(machine, results))


def results_page(machine: Mapping[str, str | int], results: Mapping[str, Sequence[Measure]]) -> str:
    """RESULTS.md as text."""
    lines = [
        "# Results of `make bench`",
        "",
        "Written by `benchmarks/run.py`; not by hand. Solve times are after compilation, from NumPy arrays to NumPy arrays, residuals",
        "checked. Other work on the machine only ever adds time: read the minimum as what the code needs and the median as what a",
        "user met that day. *best run only* means that the minimum met the goal and the median did not.",
        "",
        *_machine_lines(machine),
        "",
        *_table_line(HEAD),
        "|" + "---|" * len(HEAD),
    ]
    notes: list[str] = []
    for measures in results.values():
        for row in measures:
            mark = ""
            if row.note:
                if row.note not in notes:
                    notes.append(row.note)
                mark = f" [{notes.index(row.note) + 1}]"
            lines += _table_line(_cells(row, mark))
    lines += ["", *(f"{number}. {note}" for number, note in enumerate(notes, start=1))]
    return "\n".join(lines) + "\n"


def _machine_lines(machine: Mapping[str, str | int]) -> list[str]:
    keys = list(machine)
    versions = {key: machine[key] for key in keys[keys.index("python") :]}
    first = (
        f"{machine['date']}, commit {machine['commit']}. {machine['cores']} cores, {machine['processor']}, {machine['memory']}; "
        f"{machine['system']}; load over 1 / 5 / 15 minutes at the end {machine['load']}."
    )
    return [first, "Versions: " + ", ".join(f"{name} {value}" for name, value in versions.items()) + "."]


def _cells(row: Measure, mark: str) -> tuple[str, ...]:
    if not row.values:
        return (row.what + mark, "no result", "", "", "", "", "", "", row.met)
    return (
        row.what + mark,
        f"{_number(row.least)} / {_number(row.median)} {row.unit}",
        str(len(row.values)),
        "" if row.steps is None else str(row.steps),
        "" if row.residual is None else f"{row.residual:.1e}",
        f"{row.peer}: {_number(statistics.median(row.peer_values))} {row.unit}"
        if row.peer_values
        else row.peer,
        "" if row.ratio is None else _number(row.ratio),
        "" if row.goal is None else f"{_number(row.goal)} {row.unit}",
        row.met,
    )


def _table_line(cells: Iterable[str]) -> list[str]:
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"]


def _number(value: float) -> str:
    """Three significant digits, never in powers of ten for what people time."""
    if value == 0.0 or abs(value) >= 100.0:
        return f"{value:,.0f}"
    digits = 1 if abs(value) >= 10.0 else 2 if abs(value) >= 0.1 else 4
    return f"{value:.{digits}f}"


def _as_json(row: Measure) -> dict:
    extra = {"min": row.least, "median": row.median} if row.values else {}
    return {**asdict(row), **extra, "ratio": row.ratio if row.values else None, "met": row.met}


def _replace(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
