"""A recorded run read back from its files: the same outcome, without solving anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from accord.errors import RecordError
from accord.study.outcome import Outcome, Verdict
from accord.study.record import OUTCOME, PROGRAMME, TABLES, TIMING, read_record
from accord.study.table_files import SIDECAR, read_frame
from accord.tables import Column, Table


def read_run(directory: str | Path) -> Outcome:
    """Return the outcome of a run directory: every table with its units, the verdict and the notes.

    Raises:
        RecordError: There is no run, or a file of it is missing or cannot be read; `accord verify` says whether it was changed.
    """
    folder = Path(directory).expanduser()
    record = read_record(folder)
    try:
        content = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
        tables = read_tables(folder)
        timing = _timing(folder)
    except (OSError, ValueError, KeyError) as error:
        raise RecordError(
            f"{folder}: a file of this run is missing or damaged ({error}).\n  Make the run again: {record['command']}"
        ) from None
    world = record["world"]
    return Outcome(
        programme_name=record["programme"]["name"],
        programme_hash=record["programme"]["content_hash"],
        world_name=world["name"],
        world_hash=world["content_hash"],
        world_source=world["source"],
        partners=tuple(content["partners"]),
        closure=record["closure"],
        elasticity_set=record["elasticities"],
        model_options=record["model"],
        method=record["method"],
        verdict=Verdict(**content["verdict"]),
        tables=tables,
        notes=tuple(content["notes"]),
        solver=content["solver"],
        seconds=timing,
        region_names=_names(tables, "region"),
        sector_names=_names(tables, "sector"),
        answers={name: tuple(said) for name, said in content.get("answers", {}).items()},
    )


def programme_text(directory: str | Path) -> str:
    """Return the programme file of a run, as it was read."""
    return (Path(directory).expanduser() / PROGRAMME).read_text(encoding="utf-8")


def read_tables(folder: Path, suffix: str = ".parquet") -> dict[str, Table]:
    """Return every table of a record with its units, read from files with `suffix`; answers may have CSV alone."""
    meanings: Mapping[str, Any] = json.loads((folder / TABLES / SIDECAR).read_text(encoding="utf-8"))
    found = {}
    for name, meaning in meanings.items():
        types = {column: declared.pop("type", "str") for column, declared in meaning["columns"].items()}
        columns = {column: Column(**declared) for column, declared in meaning["columns"].items()}
        file = folder / TABLES / f"{name}{suffix}"
        if not file.is_file():
            raise FileNotFoundError(f"{TABLES}/{file.name}")
        frame = read_frame(file, types)
        found[name] = Table(name, meaning["title"], frame, columns, tuple(meaning["keys"]))
    return found


def _timing(folder: Path) -> float:
    if not (folder / TIMING).is_file():
        return 0.0
    return float(json.loads((folder / TIMING).read_text(encoding="utf-8")).get("solve_seconds", 0.0))


def _names(tables: Mapping[str, Table], what: str) -> dict[str, str]:
    frame = tables["sectors"].frame if what == "sector" else tables["regions"].frame
    return dict(zip(frame[what].map(str), frame[f"{what}_name"].map(str), strict=True))


COMPARED = {
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "first_pct": Column("%", "First", "household welfare, as recorded"),
    "second_pct": Column("%", "Second", "household welfare, as recorded"),
    "difference_pct": Column("percentage points", "Second less first"),
    "difference_usd": Column("USD million of base year", "Second less first"),
}


def compare_runs(first: str | Path, second: str | Path) -> tuple[Table, list[str]]:
    """Return household welfare of the regions that two recorded runs share, and what differs in how the runs were made."""
    one, two = read_run(first), read_run(second)
    frames = [
        outcome["regions"].set_index("region")[["region_name", "household_ev_pct", "household_ev_usd"]]
        for outcome in (one, two)
    ]
    both = frames[0].add_suffix("_one").join(frames[1].add_suffix("_two"), how="inner")
    partners = list(dict.fromkeys((*one.partners, *two.partners)))
    order = [
        *(code for code in partners if code in both.index),
        *(c for c in both.index if c not in partners),
    ]
    both = both.loc[order]
    frame = pd.DataFrame(
        {
            "region": both.index.to_numpy(),
            "region_name": both["region_name_one"].to_numpy(),
            "first_pct": both["household_ev_pct_one"].to_numpy(),
            "second_pct": both["household_ev_pct_two"].to_numpy(),
            "difference_pct": (both["household_ev_pct_two"] - both["household_ev_pct_one"]).to_numpy(),
            "difference_usd": (both["household_ev_usd_two"] - both["household_ev_usd_one"]).to_numpy(),
        }
    )
    table = Table("runs_compared", "Household welfare in two recorded runs", frame, COMPARED, ("region",))
    return table, _differences(one, two, Path(first), Path(second))


def _differences(one: Outcome, two: Outcome, first: Path, second: Path) -> list[str]:
    codes = [read_record(folder)["accord"]["source_sha256"] for folder in (first, second)]
    pairs = {
        "programme": (one.programme_name, two.programme_name),
        "programme content": (one.programme_hash[:12], two.programme_hash[:12]),
        "World": (one.world_name, two.world_name),
        "World content": (one.world_hash[:12], two.world_hash[:12]),
        "closure": (one.closure, two.closure),
        "trade elasticities": (one.elasticity_set, two.elasticity_set),
        "model": (str(dict(one.model_options)), str(dict(two.model_options))),
        "code of accord": (codes[0][:12], codes[1][:12]),
    }
    said = [f"{what}: {left} then {right}" for what, (left, right) in pairs.items() if left != right]
    return said or ["The two runs were made in the same way from the same inputs."]
