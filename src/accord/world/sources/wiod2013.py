"""World Input-Output Database, release 2013: 41 regions x 35 industries (ISIC rev. 3), any year.

Final demand is published for households, non-profit institutions, government, fixed capital formation and inventories; it is kept
as household, government and investment. Cells are rounded to USD million, so output is derived from the rows. The source has no
tariffs: duties are part of what buyers pay, and rates are zero here, flagged as assumed.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from accord.errors import Fault, WorldError
from accord.world.accounts import output_of
from accord.world.build import build_world
from accord.world.checks import ensure_valid
from accord.world.sources.inventories import settle_negative_demand
from accord.world.sources.npz import file_sha256, label_faults, read_arrays
from accord.world.world import Provenance, World

REGIONS = {
    "AUS": "Australia",
    "AUT": "Austria",
    "BEL": "Belgium",
    "BGR": "Bulgaria",
    "BRA": "Brazil",
    "CAN": "Canada",
    "CHN": "China",
    "CYP": "Cyprus",
    "CZE": "Czechia",
    "DEU": "Germany",
    "DNK": "Denmark",
    "ESP": "Spain",
    "EST": "Estonia",
    "FIN": "Finland",
    "FRA": "France",
    "GBR": "United Kingdom",
    "GRC": "Greece",
    "HUN": "Hungary",
    "IDN": "Indonesia",
    "IND": "India",
    "IRL": "Ireland",
    "ITA": "Italy",
    "JPN": "Japan",
    "KOR": "Korea, Republic of",
    "LTU": "Lithuania",
    "LUX": "Luxembourg",
    "LVA": "Latvia",
    "MEX": "Mexico",
    "MLT": "Malta",
    "NLD": "Netherlands",
    "POL": "Poland",
    "PRT": "Portugal",
    "ROU": "Romania",
    "RUS": "Russian Federation",
    "SVK": "Slovakia",
    "SVN": "Slovenia",
    "SWE": "Sweden",
    "TUR": "Türkiye",
    "TWN": "Chinese Taipei",
    "USA": "United States",
    "ROW": "Rest of the world",
}
"""Code -> name, in the order of the file."""

CODES_IN_FILE = {"ROU": "ROM", "ROW": "RoW"}
"""Codes that the file writes otherwise."""

USES = {"household": (0, 1), "government": (2,), "investment": (3, 4)}
"""Use -> positions of the published categories c37, c38; c39; c41, c42."""

CATEGORIES = 5
DEFAULT_SET = "fontagne-2022"
REMEDY = "Give a file wiot_YEAR.npz of the World Input-Output Database, release 2013: accord data add wiod-2013 FILE"


def read_wiod2013(path: str | Path) -> World:
    """Return the World 'wiod-2013' from `wiot_YEAR.npz`; the year is read from the name of the file."""
    year = _year(path)
    industries = _industries()
    n, k = len(REGIONS), len(industries)
    arrays = _read(path, tuple(industry.code for industry in industries))
    intermediate = arrays["intermediate"].reshape(n, k, n, k)
    published = arrays["final_demand"].reshape(n, k, n, CATEGORIES)
    settled = settle_negative_demand(
        np.stack([published[..., list(positions)].sum(axis=3) for positions in USES.values()], axis=3)
    )
    final, added = _with_lost_rounding(
        intermediate, settled.final_demand, arrays["gross_output"].reshape(n, k)
    )
    world = build_world(
        "wiod-2013",
        year,
        regions=list(REGIONS),
        sectors=[industry.code for industry in industries],
        uses=list(USES),
        region_names=list(REGIONS.values()),
        sector_names=[industry.name for industry in industries],
        sector_kinds=[industry.kind for industry in industries],
        intermediate=intermediate,
        final_demand=final,
        tariff_source=np.zeros((n, n, k), dtype=np.int8),
        trade_elasticity=np.array([industry.fontagne for industry in industries]),
        elasticity_set=DEFAULT_SET,
        elasticity_sets=_other_sets(industries),
        provenance=Provenance(
            source="World Input-Output Database (Timmer, Dietzenbacher, Los, Stehrer and de Vries, 2015)",
            edition=f"release 2013, year {year}",
            licence="free with citation of Timmer et al. (2015), Review of International Economics 23(3)",
            origin_sha256=file_sha256(path),
            steps=(
                "Households and non-profit institutions make household; capital formation and inventories make investment.",
                settled.step,
                added,
                "Output derived from the rows, which differ from published output by rounding.",
            ),
            imputed=("Tariffs are assumed to be zero: the source has none.",),
            notes=(
                "Trade elasticities: wiod2013_concordance.csv in the package; services are 5.0 by assumption.",
                "The petroleum elasticity of Caliendo and Parro, 64.85, is capped at 20.",
            ),
            tariff_sources=("assumed: zero, for the source has no tariffs",),
        ),
    )
    return ensure_valid(world)


@dataclass(frozen=True, slots=True)
class Industry:
    """One row of the concordance: an industry and its trade elasticities from the two published sets."""

    code: str
    name: str
    kind: str
    caliendo_parro: float
    fontagne: float


def _industries() -> tuple[Industry, ...]:
    file = resources.files("accord.world.sources") / "wiod2013_concordance.csv"
    return tuple(
        Industry(
            row["industry"],
            row["name"],
            row["kind"],
            float(row["caliendo_parro_2015"]),
            float(row["fontagne_2022"]),
        )
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    )


def _other_sets(industries: tuple[Industry, ...]) -> dict[str, np.ndarray]:
    """The sensitivity |epsilon| - 1, where services keep their assumed value, and the alternative set."""
    lower = [industry.fontagne - (industry.kind != "services") for industry in industries]
    other = [industry.caliendo_parro for industry in industries]
    return {"fontagne-2022-minus-one": np.array(lower), "caliendo-parro-2015": np.array(other)}


def _year(path: str | Path) -> int:
    years = re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", Path(path).stem)
    if not years:
        raise WorldError(
            [
                Fault(
                    where=str(path),
                    found="no year in the name of the file",
                    expected="a name such as wiot_2011.npz",
                    remedy="Rename the file so that it says which year it holds.",
                )
            ]
        )
    return int(years[-1])


def _read(path: str | Path, industries: tuple[str, ...]) -> dict[str, np.ndarray]:
    n, k = len(REGIONS), len(industries)
    shapes = {
        "countries": (n,),
        "industries": (k,),
        "intermediate": (n * k, n * k),
        "final_demand": (n * k, n * CATEGORIES),
        "gross_output": (n * k,),
    }
    arrays = read_arrays(path, shapes, remedy=REMEDY)
    codes = tuple(CODES_IN_FILE.get(code, code) for code in REGIONS)
    faults = [
        *label_faults(path, "countries", arrays["countries"], codes),
        *label_faults(path, "industries", arrays["industries"], industries),
    ]
    if faults:
        raise WorldError(faults)
    return arrays


def _with_lost_rounding(
    intermediate: np.ndarray, final: np.ndarray, published_output: np.ndarray
) -> tuple[np.ndarray, str]:
    """Give back to tiny industries the output that rounding took, where they would lose all value added without it.

    In these, a few USD million in all, the sum of many rounded cells falls short of published output and even of inputs. The
    difference is added to household purchases at home, the cell least bound to a recorded trade flow.
    """
    output = output_of(intermediate, final)
    inputs = intermediate.sum(axis=(0, 1), dtype=np.float64)
    short = (output > 0.0) & (output <= inputs) & (published_output > inputs)
    completed = final.copy()
    for region, industry in np.argwhere(short):
        completed[region, industry, region, 0] += (
            published_output[region, industry] - output[region, industry]
        )
    amount = float((published_output - output)[short].sum())
    step = (
        f"{int(short.sum())} tiny industries whose value added was lost by rounding got published output back as household "
        f"purchases at home (USD {amount:,.0f} million in all)."
    )
    return completed, step
