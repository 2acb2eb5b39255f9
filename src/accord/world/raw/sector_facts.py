"""What accord must know of a sector beyond its flows: name, kind, trade elasticity. From the user's file, or by its code.

Codes of ISIC revision 4 (`C26`, `C10T12`, `B05_06`, `D01T03`, `K`) take kind and elasticities from the OECD sectors that share a
division with them (icio2022_sectors.csv); codes of GTAP sectors from the OECD sector that GTAP sector is matched with there. Where
several match, the plain mean. Anything else is a fault, unless the user has it assumed (`--fix assume-sectors`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from accord.errors import Fault, WorldError, nearest
from accord.world.checks import SECTOR_KINDS
from accord.world.raw.mending import Mending
from accord.world.sources.applied_tariffs import read_rows

SECTIONS = {
    "A": range(1, 4), "B": range(5, 10), "C": range(10, 34), "D": range(35, 36), "E": range(36, 40), "F": range(41, 44),
    "G": range(45, 48), "H": range(49, 54), "I": range(55, 57), "J": range(58, 64), "K": range(64, 67), "L": range(68, 69),
    "M": range(69, 76), "N": range(77, 83), "O": range(84, 85), "P": range(85, 86), "Q": range(86, 89), "R": range(90, 94),
    "S": range(94, 97), "T": range(97, 99), "U": range(99, 100),
}  # fmt: skip
"""Divisions of each section of ISIC revision 4 (United Nations, 2008)."""

GTAP_SERVICES = frozenset(
    {
        "wtr",
        "cns",
        "trd",
        "afs",
        "otp",
        "wtp",
        "atp",
        "whs",
        "cmn",
        "ofi",
        "ins",
        "rsa",
        "obs",
        "ros",
        "osg",
        "edu",
        "hht",
        "dwe",
    }
)
"""Services of GTAP 10 and 11; trade elasticity 5, as for every service."""

GTAP_ALIKE = {"gro": "A01", "coa": "B05", "gas": "B06", "gdt": "D"}
"""GTAP sectors that the published elasticities leave out, and the OECD sector that they take theirs from."""

ASSUMED_THETA = 5.0
COLUMNS = ("sector", "name", "kind", "trade_elasticity")
DEFAULT_SET = "fontagne-2022"


class SectorFacts(NamedTuple):
    """Facts by sector, in the order asked for.

    Attributes:
        names: For readers.
        kinds: 'goods', 'energy' or 'services'.
        trade_elasticity: theta, the default set.
        elasticity_set: Its name.
        elasticity_sets: Further sets by name.
        basis: One sentence for the provenance: where they come from.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    trade_elasticity: np.ndarray
    elasticity_set: str
    elasticity_sets: dict[str, np.ndarray]
    basis: str


def divisions_of(code: str) -> frozenset[int]:
    """Divisions of ISIC revision 4 that a sector code names; none when it is no such code.

    `K` is a whole section, `C26` one division, `C10T12` and `01T03` a range, `B05_06` a list, `C24A` and `C301` parts of one.
    """
    text = code.upper()
    if text in SECTIONS:
        return frozenset(SECTIONS[text])
    body = re.fullmatch(r"[A-Z]?(\d{2})(?:[A-Z]|\d)?(?:(T)(\d{2})\d?|((?:_\d{2})+))?", text)
    if not body:
        return frozenset()
    first = int(body[1])
    if body[2]:
        return frozenset(range(first, int(body[3]) + 1))
    return frozenset({first, *(int(part) for part in (body[4] or "").split("_") if part)})


def sector_facts(codes: Sequence[str], mending: Mending, file: Path | None = None) -> SectorFacts:
    """Return facts of the sectors `codes`, from `file` (columns sector, name, kind, trade_elasticity) or by their codes."""
    if file is not None:
        return _from_file(codes, file)
    rows = [_matched(code) for code in codes]
    unknown = [code for code, row in zip(codes, rows, strict=True) if row is None]
    if unknown:
        mending.accepts(
            "assume-sectors",
            Fault(
                mending.at("sectors"),
                f"{len(unknown)} of {len(codes)} codes say nothing to accord: {', '.join(unknown[:8])}"
                + (" ..." if len(unknown) > 8 else ""),
                "codes of ISIC revision 4 (C26, C10T12) or of GTAP, for kind and trade elasticity",
                f"Give a CSV file with the columns {', '.join(COLUMNS)}: --sectors FILE.",
            ),
        )
    assumed = _Match("", "goods", ASSUMED_THETA, ASSUMED_THETA, ASSUMED_THETA)
    found = [row or assumed for row in rows]
    basis = "Kinds and trade elasticities of sectors by their codes (icio2022_sectors.csv)"
    if unknown:
        basis += f"; {len(unknown)} sectors are goods with theta = {ASSUMED_THETA:g} by assumption"
    return SectorFacts(
        tuple(row.name or code for code, row in zip(codes, found, strict=True)),
        tuple(row.kind for row in found),
        np.array([row.fontagne for row in found]),
        DEFAULT_SET,
        {
            "fontagne-2022-minus-one": np.array([row.lower for row in found]),
            "caliendo-parro-2015": np.array([row.caliendo_parro for row in found]),
        },
        f"{basis}; services are 5 by assumption.",
    )


class _Match(NamedTuple):
    name: str
    kind: str
    fontagne: float
    lower: float
    caliendo_parro: float


@cache
def _known() -> tuple[tuple[frozenset[int], frozenset[str], _Match], ...]:
    """Divisions, GTAP sectors and facts of every OECD sector."""
    found = []
    for row in read_rows("icio2022_sectors.csv"):
        theta = float(row["fontagne_2022"])
        lower = theta if row["kind"] == "services" else theta - 1.0
        facts = _Match(row["name"], row["kind"], theta, lower, float(row["caliendo_parro_2015"]))
        found.append((divisions_of(row["sector"]), frozenset(row["gtap_sectors"].split()), facts))
    return tuple(found)


@cache
def _exact() -> dict[str, _Match]:
    codes = [row["sector"] for row in read_rows("icio2022_sectors.csv")]
    return {code: facts for code, (_, _, facts) in zip(codes, _known(), strict=True)}


def _matched(code: str) -> _Match | None:
    code = GTAP_ALIKE.get(code.lower(), code)
    if code in _exact():
        return _exact()[code]
    if code.lower() in GTAP_SERVICES:
        return _Match("", "services", 5.0, 5.0, 5.0)
    found = [facts for _, gtap, facts in _known() if code.lower() in gtap]
    if not found:
        wanted = divisions_of(code)
        found = [facts for divisions, _, facts in _known() if wanted & divisions]
    if not found:
        return None
    kinds = {facts.kind for facts in found}
    kind = (
        kinds.pop()
        if len(kinds) == 1
        else "services"
        if [facts.kind for facts in found].count("services") * 2 > len(found)
        else "goods"
    )
    means = [
        float(np.mean([getattr(facts, key) for facts in found]))
        for key in ("fontagne", "lower", "caliendo_parro")
    ]
    return _Match(found[0].name if len(found) == 1 else "", kind, *means)


def _from_file(codes: Sequence[str], file: Path) -> SectorFacts:
    rows, faults = _rows(file)
    missing = [code for code in codes if code not in rows]
    if missing:
        faults.append(
            Fault(
                file.name,
                f"no line for {len(missing)} sectors of the table: {', '.join(missing[:8])}",
                "a line for every sector",
                nearest(missing[0], rows),
            )
        )
    if faults:
        raise WorldError(faults)
    found = [rows[code] for code in codes]
    return SectorFacts(
        tuple(row["name"] or code for code, row in zip(codes, found, strict=True)),
        tuple(row["kind"] for row in found),
        np.array([float(row["trade_elasticity"]) for row in found]),
        "own",
        {},
        f"Kinds and trade elasticities of sectors from {file.name}.",
    )


def _rows(file: Path) -> tuple[dict[str, dict[str, str]], list[Fault]]:
    from accord.world.raw.csv_files import read_text_rows

    faults: list[Fault] = []
    rows: dict[str, dict[str, str]] = {}
    for number, row in read_text_rows(file, COLUMNS, optional=("name",)):
        where = f"{file.name}, line {number}"
        if row["kind"] not in SECTOR_KINDS:
            remedy = nearest(row["kind"], SECTOR_KINDS)
            faults.append(
                Fault(
                    f"{where}, column kind", f"'{row['kind']}'", f"one of {', '.join(SECTOR_KINDS)}", remedy
                )
            )
        try:
            theta = float(row["trade_elasticity"])
        except ValueError:
            theta = 0.0
        if not 0.0 < theta < 1e6:
            faults.append(
                Fault(
                    f"{where}, column trade_elasticity",
                    f"'{row['trade_elasticity']}'",
                    "theta > 0: the elasticity of substitution between origins minus one",
                    "Published elasticities are often negative: give their absolute value.",
                )
            )
        if row["sector"] in rows:
            faults.append(
                Fault(where, f"sector '{row['sector']}' has two lines", "one line for each", "Delete one.")
            )
        rows[row["sector"]] = row
    return rows, faults
