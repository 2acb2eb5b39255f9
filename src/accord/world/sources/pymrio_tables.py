"""EXIOBASE, EORA26 and GLORIA through pymrio's parsers, and any table that pymrio saved (`pip install 'accord[sources]'`).

pymrio reads the files; what is done here is to bring its table into a World: final-demand categories become uses, recorded taxes
on products become a tax on output of the user (METHODS section 5), units become USD million. Faults and fixes are those of every
table (`accord.world.raw`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from accord.errors import EngineError, Fault, WorldError
from accord.numerics.leontief import LeontiefSystem
from accord.world.raw.amounts import usd_million
from accord.world.raw.checks import checked, scaled
from accord.world.raw.labelled import Labelled
from accord.world.raw.mending import Mending
from accord.world.raw.sector_facts import sector_facts
from accord.world.raw.stocks import DEFAULT
from accord.world.raw.table import RawTable, world_from
from accord.world.sources.years import year_in
from accord.world.world import Provenance, World

if TYPE_CHECKING:
    import pandas as pd

WORDS = (
    (r"invent|valuable|p\.?5[23]", "inventories"),
    (r"fixed capital|p\.?51|gfcf", "investment"),
    (r"government|general gov|p\.?3g", "government"),
    (r"non.?profit|npish|p\.?3n", "household"),
    (r"household|p\.?3h|private", "household"),
    (r"acquisition", "inventories"),
    (r"export", "exports"),
)
"""Words in the name of a category of final demand -> use; the first that fits holds."""

USES = ("household", "government", "investment")
TAXES = re.compile(r"taxes less subsidies on products", re.IGNORECASE)
VALUE_ADDED = re.compile(r"^value added$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Family:
    """What is special about a family of tables.

    Attributes:
        source: Name for the provenance.
        licence: Terms.
        unit: Unit of amounts; None where pymrio says it.
        parse: pymrio's function, by name.
        with_year: Whether it wants the year.
    """

    source: str
    licence: str
    unit: str | None
    parse: str
    with_year: bool = False


FAMILIES = {
    "exiobase": Family(
        "EXIOBASE 3",
        "CC BY-SA 4.0 (releases since 3.8), see the file's own terms",
        "EUR million",
        "parse_exiobase3",
    ),
    "eora26": Family(
        "EORA26", "free for academic use; see worldmrio.com", "USD thousand", "parse_eora26", with_year=True
    ),
    "gloria": Family(
        "GLORIA", "see the GLORIA terms of use (UN IRP)", "USD thousand", "parse_gloria", with_year=True
    ),
    "pymrio": Family("a table saved by pymrio", "that of its source", None, "load_all"),
}


def read_exiobase(path: str | Path, **options: Any) -> World:
    """Return a World from EXIOBASE 3, as downloaded: a zip file or its folder."""
    return _read("exiobase", path, **options)


def read_eora26(path: str | Path, **options: Any) -> World:
    """Return a World from EORA26, as downloaded: a zip file or a folder."""
    return _read("eora26", path, **options)


def read_gloria(path: str | Path, **options: Any) -> World:
    """Return a World from GLORIA, as downloaded: a folder."""
    return _read("gloria", path, **options)


def read_pymrio(path: str | Path, **options: Any) -> World:
    """Return a World from a folder or zip file that `IOSystem.save_all` wrote."""
    return _read("pymrio", path, **options)


def _read(
    kind: str,
    path: str | Path,
    *,
    fixes: Sequence[str] = (),
    year: int | None = None,
    unit: str | None = None,
    usd_per_unit: float | None = None,
    inventories: str = DEFAULT,
    sectors: Path | None = None,
) -> World:
    family, place = FAMILIES[kind], Path(path).expanduser()
    mending = Mending.asked_for(place.name, fixes)
    found_year = year_in(place, year, example=f"{kind}_2022")
    if not place.exists():
        raise WorldError([Fault(str(place), "no such file or folder", family.source, "Check the path.")])
    system = _parsed(family, place, found_year)
    return world_of(
        system,
        kind,
        place.name,
        found_year,
        mending,
        unit=unit,
        usd_per_unit=usd_per_unit,
        inventories=inventories,
        sectors=sectors,
    )


def _parsed(family: Family, place: Path, year: int) -> Any:
    try:
        import pymrio
    except ImportError:
        remedy = "Type: pip install 'accord[sources]'"
        raise WorldError(
            [Fault(family.source, "its reader is not installed", "the package pymrio", remedy)]
        ) from None
    import warnings

    parse = getattr(pymrio, family.parse)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # its own, about pandas; what is wrong with the table is found below
            return parse(
                place, **({"year": year} if family.with_year else {}), **_release(family, place, year)
            )
    except Exception as error:  # noqa: BLE001  (whatever a foreign parser may raise)
        text = " ".join(str(error).split())[:200] or type(error).__name__
        raise WorldError(
            [
                Fault(
                    place.name,
                    f"pymrio could not read it: {text}",
                    f"{family.source} as downloaded",
                    "See pymrio's documentation of this table.",
                )
            ]
        ) from None


def _release(family: Family, place: Path, year: int) -> dict[str, str]:
    """The release of GLORIA, which pymrio wants to be told and the folder's names say."""
    if family.parse != "parse_gloria":
        return {}
    names = sorted(path.name for path in place.glob(f"GLORIA_MRIOs_*_{year}*"))
    found = re.match(r"GLORIA_MRIOs_(\w+)_\d{4}", names[-1]) if names else None
    return {} if found is None else {"version": found[1]}


def world_of(
    system: Any,
    kind: str,
    name: str,
    year: int,
    mending: Mending,
    *,
    unit: str | None = None,
    usd_per_unit: float | None = None,
    inventories: str = DEFAULT,
    sectors: Path | None = None,
) -> World:
    """Return the World of a pymrio `IOSystem`.

    Args:
        system: pymrio's table, parsed or loaded.
        kind: A name in `FAMILIES`.
        name: File or folder, for messages and provenance.
        year: Year of the data.
        mending: Fixes that the user accepts.
        unit: Unit of amounts; by default that of the family, else what pymrio says.
        usd_per_unit: US dollars for one unit of the currency.
        inventories: A way of `raw.stocks`.
        sectors: CSV file with facts of sectors.
    """
    factor = usd_million(unit or FAMILIES[kind].unit or _unit(system), usd_per_unit)
    raw = _raw(system, FAMILIES[kind], kind, name, year, mending, sectors)
    raw = checked(scaled(raw, factor), mending, inventories=inventories)
    mending.stop_on_faults()
    return world_from(raw, mending)


def _unit(system: Any) -> str:
    units = {str(text) for text in np.unique(system.unit.to_numpy().astype(str))}
    if len(units) != 1:
        listed = ", ".join(sorted(units)) or "none"
        raise WorldError(
            [
                Fault(
                    "units",
                    f"the table has the units {listed}",
                    "one unit for all amounts",
                    "State it with --unit.",
                )
            ]
        )
    return units.pop()


def _raw(
    system: Any, family: Family, kind: str, name: str, year: int, mending: Mending, sectors: Path | None
) -> RawTable:
    purchases: pd.DataFrame = system.Y
    flows = _flows(system, mending)
    producers = [(str(region), str(sector)) for region, sector in purchases.index]
    regions = list(dict.fromkeys(region for region, _ in producers))
    codes = list(dict.fromkeys(sector for _, sector in producers))
    table = Labelled(mending, regions, codes)
    categories = [(str(column[0]), str(column[-1])) for column in purchases.columns]
    uses = _uses([category for _, category in categories], purchases.to_numpy(dtype=np.float64), mending)
    by_use = table.final(purchases.to_numpy(dtype=np.float64), producers, categories, uses)
    facts = sector_facts(codes, mending, sectors)
    notes = (
        []
        if (taxes := _extension(system, TAXES)) is not None
        else ["Value added includes taxes less subsidies on products."]
    )
    empty = np.zeros((len(regions), len(codes), len(regions)))
    return RawTable(
        name=kind,
        year=year,
        regions=tuple(regions),
        sectors=tuple(codes),
        uses=USES,
        intermediate=table.square(flows, producers, producers),
        final_demand=np.stack([by_use.get(use, empty) for use in USES], axis=3),
        inventories=by_use.get("inventories"),
        taxes=table.by_user(taxes, producers),
        value_added=table.by_user(_extension(system, VALUE_ADDED), producers),
        sector_kinds=facts.kinds,
        trade_elasticity=facts.trade_elasticity,
        elasticity_set=facts.elasticity_set,
        provenance=Provenance(
            source=family.source,
            edition=f"year {year}, {name}, read by pymrio",
            licence=family.licence,
            steps=(
                "Categories of final demand: "
                + "; ".join(f"{category} is {use}" for category, use in uses.items())
                + ".",
            ),
            imputed=("Tariffs are assumed to be zero: the source has none.", facts.basis),
            notes=tuple(notes),
        ),
        extra={"sector_names": facts.names, "elasticity_sets": facts.elasticity_sets},
    )


def _flows(system: Any, mending: Mending) -> np.ndarray:
    """Z as it is, or from A and final demand where the parser gives no more."""
    if system.Z is not None:
        return system.Z.to_numpy(dtype=np.float64)
    coefficients = system.A.to_numpy(dtype=np.float64)
    try:
        output = LeontiefSystem(coefficients).solve_once(system.Y.to_numpy(dtype=np.float64).sum(axis=1))
    except EngineError as error:
        mending.refuse(
            Fault(
                mending.at("coefficients"),
                f"output cannot be computed: {error}",
                "columns of inputs below output",
            )
        )
        mending.stop_on_faults()
        raise
    return coefficients * output


def _uses(categories: Sequence[str], cells: np.ndarray, mending: Mending) -> dict[str, str]:
    """Use of each category of final demand; exports out of a closed world must be zero."""
    found: dict[str, str] = {}
    for category in dict.fromkeys(categories):
        use = next((use for pattern, use in WORDS if re.search(pattern, category.lower())), None)
        held = cells[:, [place for place, name in enumerate(categories) if name == category]]
        if use == "exports" or use is None:
            if np.nan_to_num(held).any():
                mending.refuse(
                    Fault(
                        mending.at(f"final demand '{category}'"),
                        "accord cannot say which use it is"
                        if use is None
                        else "exports out of the table's world",
                        "households, non-profit institutions, government, fixed capital formation, inventories",
                        "Rename the category in pymrio, or move what it holds, and save the table (save_all).",
                    )
                )
            found[category] = "left out"
            continue
        found[category] = use
    return found


def _extension(system: Any, pattern: re.Pattern[str]) -> np.ndarray | None:
    """Sum of the rows of extensions whose name fits, by user; None where there is none."""
    for extension in system.get_extensions(data=True):
        rows = getattr(extension, "F", None)
        if rows is None:
            continue
        names = [
            " ".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in rows.index
        ]
        fitting = [place for place, name in enumerate(names) if pattern.search(name)]
        if fitting:
            return rows.iloc[fitting].to_numpy(dtype=np.float64).sum(axis=0)
    return None
