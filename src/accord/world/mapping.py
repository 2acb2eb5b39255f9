"""Mapping files: which old regions and sectors make the new ones (TOML)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accord.errors import Fault, WorldError, nearest

TABLES = ("regions", "sectors", "region_names", "sector_names")
EXAMPLE = 'regions.EU = ["DEU", "FRA"], and region_names.EU = "European Union"'


@dataclass(frozen=True, slots=True)
class AggregationMapping:
    """What a mapping file says; its fields are arguments of `accord.world.aggregate.aggregate`.

    Attributes:
        regions: New code -> old codes; None keeps the regions.
        sectors: The same for sectors.
        region_names: Names of new regions.
        sector_names: Names of new sectors.
    """

    regions: Mapping[str, list[str]] | None = None
    sectors: Mapping[str, list[str]] | None = None
    region_names: Mapping[str, str] = field(default_factory=dict)
    sector_names: Mapping[str, str] = field(default_factory=dict)


def read_mapping(path: str | Path) -> AggregationMapping:
    """Read a mapping file; all its faults are listed at once."""
    file = Path(path).expanduser()
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorldError(
            [Fault(str(file), "the file cannot be read", "a mapping file (TOML)", f"Example: {EXAMPLE}")]
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorldError(
            [Fault(str(file), f"it is no TOML: {error}", "a mapping file (TOML)", f"Example: {EXAMPLE}")]
        ) from error
    faults = [fault for key, value in content.items() for fault in _table_faults(file, key, value)]
    if not content.keys() & {"regions", "sectors"}:
        faults.append(
            Fault(str(file), "neither 'regions' nor 'sectors'", "at least one of them", f"Example: {EXAMPLE}")
        )
    if faults:
        raise WorldError(faults)
    return AggregationMapping(**content)


def _table_faults(file: Path, key: str, value: Any) -> list[Fault]:
    where = f"{file}, table '{key}'"
    if key not in TABLES:
        return [Fault(where, "unknown table", f"one of {', '.join(TABLES)}", nearest(key, TABLES))]
    if not isinstance(value, dict):
        return [Fault(where, f"{value!r}", "a table", f"Example: {EXAMPLE}")]
    if key.endswith("_names"):
        return [
            Fault(f"{where}, key '{code}'", f"{name!r}", "a name in quotes", f"Example: {EXAMPLE}")
            for code, name in value.items()
            if not isinstance(name, str)
        ]
    return [
        Fault(f"{where}, key '{code}'", f"{members!r}", "a list of codes in quotes", f"Example: {EXAMPLE}")
        for code, members in value.items()
        if not isinstance(members, list) or not all(isinstance(member, str) for member in members)
    ]
