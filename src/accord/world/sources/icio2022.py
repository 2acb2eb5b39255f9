"""OECD Inter-Country Input-Output table of 2022 (2025 edition): 80 economies x 50 sectors.

The OECD's own files are behind a form; a compact copy of the table is in the public wheel sanction-simulator 0.1.4, from which one
data file is read and no code is run. How its arrays are to be read is in docs/decisions/0003-reading-icio-2022.md:

    Z[a,b] = A[a,b] omb[b] go[b]      purchases of inputs; node = sector * 80 + country
    z[a]   = go[a] - sum_b Z[a,b]     final sales to all destinations, and all sales to economies that the table leaves out

`omb` is capped at 0.98 in two columns, whose scale follows from the second line. Final demand by destination is imputed
(`accord.world.impute`), tariffs are averages (`applied_tariffs`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from accord.errors import Fault, WorldError
from accord.world.accounts import input_cost_of
from accord.world.build import build_world
from accord.world.checks import ensure_valid
from accord.world.impute import (
    DEFAULT_VARIANT,
    USES,
    VARIANTS,
    NationalAccounts,
    Profile,
    impute_final_demand,
    variant_named,
)
from accord.world.sources.applied_tariffs import applied_tariffs, read_rows
from accord.world.sources.npz import file_sha256, label_faults, read_arrays
from accord.world.world import Provenance, World

YEAR = 2022
WHEEL = "sanction-simulator==0.1.4"
WHEEL_SHA256 = "1c29bce64dd5e15d14b956556fc544cae21ac504f0cea07558019c4b9eae4909"
DATA_FILE = "sanction_simulator/data/bench_cache.npz"
DISK_SPACE = 400e6
"""Bytes needed while the wheel is unpacked and the World is written."""

LARGEST_COST_SHARE = 0.98
"""Inputs with duties may cost at most this share of output: the source's own cap. What is above it is moved to final demand."""

REMEDY = "Get it again: accord data fetch icio-2022"


def fetch(variant: str = DEFAULT_VARIANT, *, wheel: str | Path | None = None) -> World:
    """Return the World 'icio-2022' from the public wheel; nothing is kept when it fails.

    Args:
        variant: How final demand is imputed: a name in `accord.world.impute.VARIANTS`.
        wheel: A wheel that is already here; its hash is checked. By default pip downloads it.
    """
    variant_named(variant)
    with tempfile.TemporaryDirectory(prefix="accord-") as folder:
        file = _downloaded(Path(folder)) if wheel is None else _verified(Path(wheel).expanduser())
        table = read_table(_unpacked(file, Path(folder)))
    return world_from(table, variant)


# Getting the file ---------------------------------------------------------------------------------------------------


def _downloaded(folder: Path) -> Path:
    """Download the wheel with the user's own pip, which checks the hash before it keeps the file; nothing is built or run."""
    if shutil.disk_usage(folder).free < DISK_SPACE:
        raise _failed(
            f"less than {DISK_SPACE / 1e6:.0f} MB free in {folder}",
            "Free some space, or set TMPDIR to a folder that has it.",
        )
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{WHEEL} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "-r", str(requirements), "-d", str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    if done.returncode != 0:
        raise _download_error(done.stdout + done.stderr)
    return _verified(next(folder.glob("*.whl")))


def _download_error(output: str) -> WorldError:
    """The error for what pip said."""
    own_copy = "or give a wheel that you have: accord.world.sources.icio2022.fetch(wheel=PATH)"
    cases = {
        "No module named pip": ("this Python has no pip", f"Install pip (python -m ensurepip), {own_copy}."),
        "DO NOT MATCH THE HASHES": (
            "the downloaded file is not the one that accord knows (its sha256 differs)",
            "Do not use it. Try another network or package index; if it stays so, report it.",
        ),
        "No space left": ("the disk is full", "Free some space and try again."),
    }
    for sign, (found, remedy) in cases.items():
        if sign in output:
            return _failed(found, remedy)
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "no message")
    offline = f"Check the network and pip's settings (pip config list) and try again, {own_copy}."
    return _failed(f"pip could not download {WHEEL}: {last.strip()}", offline)


def _failed(found: str, remedy: str) -> WorldError:
    return WorldError(
        [Fault("fetching World 'icio-2022'", found, f"{WHEEL}, 77 MB, from the package index", remedy)]
    )


def _verified(wheel: Path) -> Path:
    if not wheel.is_file():
        raise _failed(f"no such file: {wheel}", "Check the path.")
    found = file_sha256(wheel)
    if found != WHEEL_SHA256:
        raise _failed(
            f"{wheel.name} has sha256 {found}, not {WHEEL_SHA256}", "Delete it and download it anew."
        )
    return wheel


def _unpacked(wheel: Path, folder: Path) -> Path:
    """Take the one data file out of the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(DATA_FILE, folder))


# Reading the arrays -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sector:
    """One row of icio2022_sectors.csv.

    Attributes:
        code: Code of the source.
        name: Name for readers.
        kind: 'goods', 'energy' or 'services'.
        industries: Industries of WIOD whose final-demand profile it takes.
        tariff_basis: Name in `applied_tariffs.BASES`.
        caliendo_parro: theta of Caliendo and Parro (2015).
        fontagne: theta of Fontagne, Guimbard and Orefice (2022).
    """

    code: str
    name: str
    kind: str
    industries: tuple[str, ...]
    tariff_basis: str
    caliendo_parro: float
    fontagne: float


class Table(NamedTuple):
    """The table as published, capped columns recovered.

    Attributes:
        intermediate: Z (exporter, supplying_sector, importer, using_sector), float64, USD million.
        row_totals: z (exporter, sector): final sales, and all sales to economies that the table leaves out.
        recovered: Columns whose scale was recovered, with their input share ("ISL C21 1.19").
    """

    intermediate: np.ndarray
    row_totals: np.ndarray
    recovered: tuple[str, ...]


@cache
def regions() -> dict[str, str]:
    """Code -> name of the 80 economies."""
    return {row["region"]: row["name"] for row in read_rows("icio2022_regions.csv")}


@cache
def sectors() -> tuple[Sector, ...]:
    """The 50 sectors."""
    return tuple(
        Sector(
            row["sector"],
            row["name"],
            row["kind"],
            tuple(row["wiod_industries"].split()),
            row["tariff_basis"],
            float(row["caliendo_parro_2015"]),
            float(row["fontagne_2022"]),
        )
        for row in read_rows("icio2022_sectors.csv")
    )


def read_table(path: Path) -> Table:
    """Read bench_cache.npz."""
    n, k = len(regions()), len(sectors())
    nodes = n * k
    shapes = {
        "A": (nodes, nodes),
        **dict.fromkeys(("omb", "z", "go"), (nodes,)),
        "countries": (n,),
        "sectors": (k,),
    }
    arrays = read_arrays(path, shapes, remedy=REMEDY)
    codes = tuple(sector.code for sector in sectors())
    faults = [
        *label_faults(path, "countries", arrays["countries"], tuple(regions())),
        *label_faults(path, "sectors", arrays["sectors"], codes),
    ]
    if faults:
        raise WorldError(faults)
    output, final = arrays["go"], arrays["z"]
    capped = np.flatnonzero(arrays["omb"] >= LARGEST_COST_SHARE)
    flows = arrays["A"] * (arrays["omb"] * output)
    missing = output - final - flows.sum(axis=1)
    scale, *_ = np.linalg.lstsq(arrays["A"][:, capped], missing)
    flows[:, capped] += arrays["A"][:, capped] * scale
    unexplained = np.abs(output - final - flows.sum(axis=1)).max()
    if unexplained > 1e-6:
        raise WorldError(
            [
                Fault(
                    str(path),
                    f"rows miss output by up to USD {unexplained:,.6f} million after recovering capped columns",
                    "rows that add up to output",
                    REMEDY,
                )
            ]
        )
    names = tuple(regions())
    recovered = tuple(f"{names[node % n]} {codes[node // n]}" for node in capped)
    # The file is sector-major: node = sector * 80 + country.
    by_region = flows.reshape(k, n, k, n).transpose(1, 0, 3, 2)
    return Table(np.ascontiguousarray(by_region), final.reshape(k, n).T.copy(), recovered)


# Making the World ---------------------------------------------------------------------------------------------------


def world_from(table: Table, variant: str = DEFAULT_VARIANT) -> World:
    """Return the World: tariffs, feasible costs, imputed final demand, elasticities."""
    codes = tuple(sector.code for sector in sectors())
    tariffs = applied_tariffs(tuple(regions()), tuple(sector.tariff_basis for sector in sectors()))
    final_demand = impute_final_demand(
        table.intermediate,
        table.row_totals,
        national_accounts(),
        final_demand_profile(),
        variant=variant,
        regions=tuple(regions()),
        sectors=codes,
    )
    settled = settle_costs(table, final_demand, tariffs.rate)
    theta = np.array([sector.fontagne for sector in sectors()])
    services = np.array([sector.kind == "services" for sector in sectors()])
    world = build_world(
        "icio-2022" if variant == DEFAULT_VARIANT else f"icio-2022-{variant}",
        YEAR,
        regions=tuple(regions()),
        sectors=codes,
        uses=USES,
        region_names=tuple(regions().values()),
        sector_names=[sector.name for sector in sectors()],
        sector_kinds=[sector.kind for sector in sectors()],
        intermediate=settled.intermediate,
        final_demand=settled.final_demand,
        tariff_rate=tariffs.rate,
        tariff_source=tariffs.source,
        trade_elasticity=theta,
        elasticity_set="fontagne-2022",
        elasticity_sets={
            "fontagne-2022-minus-one": np.where(services, theta, theta - 1.0),
            "caliendo-parro-2015": np.array([sector.caliendo_parro for sector in sectors()]),
        },
        provenance=_provenance(table, settled, variant, tariffs.sources),
    )
    return ensure_valid(world)


class Settled(NamedTuple):
    """Flows in which no sector pays more for inputs than `LARGEST_COST_SHARE` of its output.

    Attributes:
        intermediate: Z.
        final_demand: Y.
        moved: Columns whose inputs were lowered, with the amount moved ("ISL C21 13.7").
    """

    intermediate: np.ndarray
    final_demand: np.ndarray
    moved: tuple[str, ...]


def settle_costs(table: Table, final_demand: np.ndarray, tariff_rate: np.ndarray) -> Settled:
    """Lower inputs where value added would not be positive, and book the rest as final purchases of the same product and importer.

    Sales of every producer and trade of every pair stay what they were; value added and final demand of the importer rise alike.
    The uses that take it up are those of the same flow, or household where it has none.
    """
    intermediate, final = table.intermediate.copy(), final_demand.copy()
    cost = input_cost_of(intermediate, tariff_rate)
    output = table.row_totals + table.intermediate.sum(axis=(2, 3))
    moved = []
    for region, sector in np.argwhere(cost > LARGEST_COST_SHARE * output):
        column = intermediate[:, :, region, sector]
        excess = column * (1.0 - LARGEST_COST_SHARE * output[region, sector] / cost[region, sector])
        intermediate[:, :, region, sector] = column - excess
        sales = final[:, :, region]
        total = sales.sum(axis=2, keepdims=True)
        shares = np.divide(
            sales, total, out=np.tile([1.0, 0.0, 0.0], (*total.shape[:2], 1)), where=total > 0.0
        )
        final[:, :, region] = sales + excess[:, :, None] * shares
        name = f"{tuple(regions())[region]} {sectors()[sector].code}"
        moved.append(
            f"{name} (cost share {cost[region, sector] / output[region, sector]:.3f}, USD {excess.sum():,.1f} million)"
        )
    return Settled(intermediate, final, tuple(moved))


def national_accounts() -> NationalAccounts:
    """National accounts of 2022 for the 80 economies (World Bank)."""
    rows = {row["iso3"]: row for row in read_rows("accounts_2022.csv")}

    def column(key: str) -> np.ndarray:
        return np.array([float(rows[code][key]) for code in regions()])

    balance = column("gdp_usd_million") * (column("exports_pct_gdp") - column("imports_pct_gdp")) / 100.0
    parts = ("household_pct_gdp", "government_consumption_pct_gdp", "capital_formation_pct_gdp")
    uses = np.stack([column(part) for part in parts], axis=1)
    return NationalAccounts(balance, uses / uses.sum(axis=1, keepdims=True))


def final_demand_profile() -> Profile:
    """Profiles of final demand, measured in WIOD, for the 50 sectors; several industries are averaged."""
    rows = {row["industry"]: row for row in read_rows("final_demand_profile.csv")}

    def mean(kind: str) -> np.ndarray:
        return np.array(
            [
                [
                    np.mean([float(rows[industry][f"{kind}_{use}"]) for industry in sector.industries])
                    for use in USES
                ]
                for sector in sectors()
            ]
        )

    shares = mean("share")
    return Profile(shares / shares.sum(axis=1, keepdims=True), mean("home_odds"))


def _provenance(table: Table, settled: Settled, variant: str, tariff_sources: tuple[str, ...]) -> Provenance:
    return Provenance(
        source="OECD Inter-Country Input-Output tables",
        edition="2025 edition, year 2022",
        licence=(
            "OECD terms and conditions, with attribution: OECD (2025), Inter-Country Input-Output Tables, https://oe.cd/icio; read from "
            "the PyPI package sanction-simulator 0.1.4 (MIT)"
        ),
        origin_sha256=WHEEL_SHA256,
        steps=(
            "Inputs rebuilt as Z = A omb go by column from bench_cache.npz of the wheel; no code of the wheel was run.",
            f"Two columns that the source caps recovered from their rows: {', '.join(table.recovered)}.",
            (
                f"Inputs lowered to {LARGEST_COST_SHARE:.0%} of output, duties included, where value added would be below "
                f"{1 - LARGEST_COST_SHARE:.0%}, and the rest booked as final purchases of the same product by the same economy: "
                f"{', '.join(settled.moved) or 'none'}."
            ),
            "Value added derived as output less inputs and duties.",
        ),
        imputed=(
            (
                f"Final demand by destination and use is imputed, variant '{variant}': {VARIANTS[variant].meaning} "
                "(docs/methods/final-demand.md)."
            ),
            (
                "Tariffs are importers' averages over all partners, spread over partners and products; zero inside the listed "
                "customs unions and free-trade areas (docs/methods/tariffs.md)."
            ),
            "Trade elasticities of services are 5 by assumption (docs/methods/elasticities.md).",
        ),
        notes=(
            (
                "Trade with economies that the table leaves out is part of final demand and of value added, because the source has no "
                "figure for it by country."
            ),
            "Value added includes net taxes on production and products and inputs from economies that the table leaves out.",
            "National accounts: World Bank, World Development Indicators, 2022 (accounts_2022.csv; eight economies have rough figures).",
        ),
        tariff_sources=tariff_sources,
    )
