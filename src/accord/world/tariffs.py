"""Tariffs from a table of the user's own: cells that it names are replaced, all others stay, and both are on record."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from accord.errors import Fault, WorldError, nearest
from accord.world.build import rebuilt
from accord.world.checks import LIKELY_PERCENT, ensure_valid
from accord.world.world import World

COLUMNS = ("exporter", "importer", "sector", "rate")
LISTED = 20
"""Faulty lines listed before the rest is only counted."""


def with_tariffs(world: World, path: str | Path, *, name: str | None = None) -> World:
    """Return `world` with the tariffs of a CSV file: exporter, importer, sector, rate (share of import value: 0.05 is 5%).

    Cells that the file does not name, or whose rate is blank, keep their tariff; the provenance counts them. Value added is
    derived anew, for duties on inputs are part of costs (METHODS section 5).
    """
    file = Path(path).expanduser()
    text = _text(file)
    lines, faults = _lines(file, text, world)
    if faults:
        raise WorldError(faults)
    given = [line for line in lines if line.rate is not None]
    if not given:
        raise WorldError(
            [Fault(str(file), "no rate in any line", "at least one tariff", "Fill the column 'rate'.")]
        )
    cells = tuple(np.array([line.cell for line in given]).T)
    rates = world.data["tariff_rate"].values.copy()
    rates[cells] = [line.rate for line in given]
    provenance, sources = world.provenance, _sources(world)
    digest = hashlib.sha256(text.encode()).hexdigest()
    listed = (*sources.names, f"{file.name} (sha256 {digest[:12]})")
    sources.index[cells] = len(listed) - 1
    blank, foreign = len(lines) - len(given), rates.size - len(world.regions) * len(world.sectors)
    step = (
        f"Tariffs of {len(given):,} of {foreign:,} foreign cells replaced from {file.name}; the others keep theirs, "
        f"{blank:,} of which the file lists with a blank rate."
    )
    changed = replace(provenance, steps=(*provenance.steps, step), tariff_sources=listed)
    return ensure_valid(
        rebuilt(world, provenance=changed, name=name, tariff_rate=rates, tariff_source=sources.index)
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file: positions (exporter, importer, sector), and its rate or None where it is blank."""

    cell: tuple[int, int, int]
    rate: float | None


@dataclass(frozen=True, slots=True)
class _Sources:
    names: tuple[str, ...]
    index: np.ndarray


def _text(file: Path) -> str:
    columns = ",".join(COLUMNS)
    remedy = f"The file is a CSV with the columns {columns}, in UTF-8."
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WorldError(
            [Fault(str(file), "it cannot be read as text", "a table of tariffs", remedy)]
        ) from error


def _lines(file: Path, text: str, world: World) -> tuple[list[_Line], list[Fault]]:
    table = csv.DictReader(text.splitlines())
    found = tuple(table.fieldnames or ())
    missing = [column for column in COLUMNS if column not in found]
    if missing:
        expected = f"the columns {', '.join(COLUMNS)}"
        remedy = "The first line names the columns, separated by commas."
        return [], [Fault(f"{file}, line 1", f"no column {', '.join(missing)}", expected, remedy)]
    axes = {"exporter": world.regions, "importer": world.regions, "sector": world.sectors}
    order = {axis: {label: index for index, label in enumerate(labels)} for axis, labels in axes.items()}
    lines: list[_Line] = []
    faults: list[Fault] = []
    seen: dict[tuple[int, int, int], int] = {}
    for row in table:
        where = f"{file}, line {table.line_num}"
        line, wrong = _line(where, row, order, world)
        faults += wrong
        if line is None:
            continue
        if line.cell in seen:
            remedy = "Keep one of them."
            faults.append(
                Fault(where, f"the cell of line {seen[line.cell]} again", "every cell at most once", remedy)
            )
        seen.setdefault(line.cell, table.line_num)
        lines.append(line)
    if len(faults) > LISTED:
        more = Fault(
            str(file),
            f"{len(faults) - LISTED:,} more faults",
            "",
            "Mend the first ones; the rest may share their cause.",
        )
        faults = [*faults[:LISTED], more]
    return lines, faults


def _line(
    where: str, row: Mapping[str, str | None], order: Mapping[str, Mapping[str, int]], world: World
) -> tuple[_Line | None, list[Fault]]:
    faults: list[Fault] = []
    cell = []
    for axis, positions in order.items():
        label = (row[axis] or "").strip()
        if label in positions:
            cell.append(positions[label])
            continue
        kind = "sectors" if axis == "sector" else "regions"
        remedy = f"{nearest(label, positions)} List all: accord world show {world.name} --{kind}".strip()
        faults.append(
            Fault(
                f"{where}, column '{axis}'",
                f"unknown {axis} '{label}'",
                f"one of the {kind} of the World",
                remedy,
            )
        )
    text = (row["rate"] or "").strip()
    rate, wrong = _rate(f"{where}, column 'rate'", text)
    faults += wrong
    if not faults and cell[0] == cell[1] and rate:
        remedy = "Leave the line out, or check exporter and importer."
        faults.append(
            Fault(where, f"a tariff inside {world.regions[cell[0]]}", "tariffs between regions", remedy)
        )
    return (None, faults) if faults else (_Line((cell[0], cell[1], cell[2]), rate), [])


def _rate(where: str, text: str) -> tuple[float | None, list[Fault]]:
    if not text:
        return None, []
    expected = "a share of the import value: 0.05 means 5%"
    try:
        rate = float(text)
    except ValueError:
        return None, [
            Fault(
                where,
                f"'{text}' is no number",
                expected,
                "Write it with a point and without a per-cent sign.",
            )
        ]
    if not 0.0 <= rate <= LIKELY_PERCENT:
        return None, [
            Fault(where, f"rate {text}", expected, "Divide per cents by 100; a subsidy is no tariff.")
        ]
    return rate, []


def _sources(world: World) -> _Sources:
    """The index of tariff sources, made when the World has none yet."""
    if "tariff_source" in world.data:
        return _Sources(world.provenance.tariff_sources, world.data["tariff_source"].values.copy())
    index = np.zeros(world.data["tariff_rate"].shape, dtype=np.int8)
    return _Sources((f"as in {world.provenance.source}, {world.provenance.edition}",), index)
