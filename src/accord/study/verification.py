"""Does a recorded run reproduce? Its files are checked, it is run again, and every value is compared."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from accord.errors import AccordError, Fault, RecordError
from accord.programme import read_programme
from accord.study.draw_store import every_draw_anew
from accord.study.outcome import Outcome
from accord.study.record import (
    PROGRAMME,
    TABLES,
    Pages,
    RunOptions,
    build_run,
    hashes_of,
    read_record,
    source_hash,
)
from accord.study.running import Progress, run
from accord.study.table_files import SIDECAR, read_frame
from accord.tables import Column, Table
from accord.world import World, read_world

TOLERANCE = 1e-10
"""Largest difference between two runs, as a share of the largest magnitude in the column (DESIGN section 7)."""

DIAGNOSTICS = frozenset({"solver"})
"""Tables of rounding errors: shown, not judged, since another processor rounds otherwise."""

COLUMNS = {
    "table": Column("label", "Table"),
    "values": Column("count", "Values compared"),
    "difference": Column("ratio", "Largest difference", "as a share of the largest magnitude in the column"),
    "where": Column("label", "Where"),
    "same_values": Column("yes/no", "Same values?", f"within {TOLERANCE:g}"),
    "same_bytes": Column("yes/no", "Same bytes?", "of the Parquet and CSV files"),
}


@dataclass(frozen=True)
class Verification:
    """What comparing a run with its repetition gave.

    Attributes:
        table: One row a table: values compared, the largest difference and where it is, equality of bytes.
        reproduces: Whether every value agrees within the tolerance.
        same_bytes: Whether every result file, pages included, is the same byte for byte.
        notes: What differs between then and now (code, World by another name), one sentence each.
    """

    table: Table
    reproduces: bool
    same_bytes: bool
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the object that `accord verify --json` prints."""
        return {
            "reproduces": self.reproduces,
            "same_bytes": self.same_bytes,
            "tables": self.table.frame.to_dict("records"),
            "notes": list(self.notes),
        }


def verify(
    directory: str | Path, *, pages: Pages | None = None, progress: Progress | None = None
) -> Verification:
    """Run a recorded run again, with its own programme, World and options, and compare every value of every table.

    Args:
        directory: A run directory.
        pages: Makes the pages that the run holds (the report); None leaves pages out of the comparison of bytes.
        progress: Called as the run goes on.

    Raises:
        RecordError: The record or a file of it is missing, damaged or changed, or the World of that content cannot be had.
    """
    directory = Path(directory).expanduser()
    record = read_record(directory)
    refuse_changed_files(directory, record)
    outcome, options = _repeat(directory, record, progress)
    with tempfile.TemporaryDirectory(prefix="accord-verify-") as name:
        again = Path(name)
        text = (directory / PROGRAMME).read_bytes().decode()
        build_run(again, outcome, text, options, pages)
        return against(directory, again, record, with_pages=pages is not None)


def against(directory: Path, again: Path, record: Mapping[str, Any], *, with_pages: bool) -> Verification:
    """Compare the recorded folder with its repetition in the folder `again`."""
    new_hashes = hashes_of(again)
    frame = _comparison(directory, again, record["files"], new_hashes)
    compared = {
        name: entry
        for name, entry in record["files"].items()
        # Figures are pages; Parquet says what CSV says, and an answer is asked again without it.
        if with_pages or (_is_result(name) and (name in new_hashes or not name.endswith(".parquet")))
    }
    return Verification(
        table=Table("verification", "The recorded run against its repetition", frame, COLUMNS, ("table",)),
        reproduces=bool((frame["same_values"] == "yes").all()),
        same_bytes=all(new_hashes.get(name) == entry for name, entry in compared.items()),
        notes=tuple(_notes(record)),
    )


def refuse_changed_files(directory: Path, record: Mapping[str, Any]) -> None:
    """Raise a `RecordError` that lists every file that is missing or was changed."""
    found = hashes_of(directory)
    faults = [
        Fault(
            where=str(directory / name),
            found="the file is missing"
            if name not in found
            else "the file was changed after the run: "
            f"{found[name]['bytes']} bytes with SHA-256 {str(found[name]['sha256'])[:12]}...",
            expected=f"{entry['bytes']} bytes with SHA-256 {entry['sha256'][:12]}...",
            remedy=f"put it back, or make it again: {record['command']}",
        )
        for name, entry in record["files"].items()
        if found.get(name) != entry
    ]
    if faults:
        raise RecordError(faults)


def _repeat(
    directory: Path, record: Mapping[str, Any], progress: Progress | None
) -> tuple[Outcome, RunOptions]:
    options = RunOptions(**record["options"])
    world = _same_world(record, options)
    programme = read_programme(directory / PROGRAMME)
    with every_draw_anew():
        outcome = run(
            programme,
            world,
            elasticities=record["elasticities"],
            closure=record["closure"],
            model=options.model,
            variants=options.variants,
            full=options.full,
            horizon=options.horizon,
            progress=progress,
        )
    return outcome, options


def _same_world(record: Mapping[str, Any], options: RunOptions) -> World:
    """The World by the name it had, held to its content hash."""
    name, expected = options.world or record["world"]["name"], record["world"]["content_hash"]
    try:
        world = read_world(name)
    except AccordError as error:
        raise RecordError(f"the World '{name}' of this run cannot be read: {error}") from error
    if world.content_hash != expected:
        raise RecordError(
            f"World '{name}' is not the one of this run: content hash {world.content_hash[:12]}..., expected {expected[:12]}...\n"
            "  Get the edition that the record names (accord data list), or make a new run on the present one."
        )
    return world


def _comparison(directory: Path, again: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> pd.DataFrame:
    prefix = f"{TABLES}/"
    types = _types(directory)
    names = {Path(name).stem for name in {*old, *new} if name.startswith(prefix) and name.endswith(".csv")}
    rows = []
    for name in sorted(names):
        # An answer is asked again without Parquet, which says the same.
        files = [f"{prefix}{name}.csv"]
        files += [file for file in (f"{prefix}{name}.parquet",) if file in old and file in new]
        if any(file not in old or file not in new for file in files):
            rows.append((name, 0, np.inf, "only one of the two runs has this table", "no", "no"))
            continue
        first, second = (read_frame(folder / files[-1], types.get(name)) for folder in (directory, again))
        values, difference, where = _largest_difference(first, second)
        agrees = name in DIAGNOSTICS or difference <= TOLERANCE
        same = all(old[file] == new[file] for file in files)
        rows.append((name, values, difference, where, _said(agrees), _said(same)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _types(directory: Path) -> dict[str, dict[str, str]]:
    """Type of each column of each recorded table."""
    file = directory / TABLES / SIDECAR
    meanings = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {
        name: {column: declared.get("type", "str") for column, declared in meaning["columns"].items()}
        for name, meaning in meanings.items()
    }


def _largest_difference(first: pd.DataFrame, second: pd.DataFrame) -> tuple[int, float, str]:
    """(values compared, largest difference as a share of its column's largest magnitude, row and column where it is)."""
    if list(first.columns) != list(second.columns) or len(first) != len(second):
        return (
            0,
            np.inf,
            f"{first.shape[0]} rows x {first.shape[1]} columns against {second.shape[0]} x {second.shape[1]}",
        )
    worst, where = 0.0, ""
    for column in first.columns:
        differences = _differences(first[column], second[column])
        if differences.size and differences.max() > worst:
            row = int(differences.argmax())
            worst, where = (
                float(differences[row]),
                f"row {row + 1}, {column}: {first[column][row]} then, {second[column][row]} now",
            )
    return int(first.size), worst, where


def _differences(first: pd.Series, second: pd.Series) -> np.ndarray:
    """Difference of each row; infinite where text or a blank differs."""
    if not (pd.api.types.is_numeric_dtype(first) and pd.api.types.is_numeric_dtype(second)):
        return np.where(first.astype(str) == second.astype(str), 0.0, np.inf)
    old, new = first.to_numpy(np.float64, na_value=np.nan), second.to_numpy(np.float64, na_value=np.nan)
    scale = max(np.nanmax(np.abs(old), initial=0.0), np.finfo(np.float64).tiny)
    return np.where(np.isnan(old) & np.isnan(new), 0.0, np.nan_to_num(np.abs(old - new) / scale, nan=np.inf))


def _is_result(name: str) -> bool:
    return name.startswith(f"{TABLES}/") or name in {"outcome.json", PROGRAMME}


def _said(answer: bool) -> str:
    return "yes" if answer else "no"


def _notes(record: Mapping[str, Any]) -> Iterator[str]:
    if record["accord"]["source_sha256"] != source_hash():
        yield f"the code of accord has changed since the run (then version {record['accord']['version']})"
