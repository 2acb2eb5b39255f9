"""Caliendo and Parro (2015): NAFTA data of 1993, 31 regions x 40 sectors, made into accounts that add up.

The published levels do not add up: expenditure from the trade data differs from use in the input-output data. What the paper's
model is calibrated to are shares and factor incomes, so these are kept exactly and levels are solved for:

    X[k,n] = sum_j g[n,k,j] Y[n,j] + a[n,k] I[n]             spending = inputs + final purchases
    Y[i,k] = sum_n pi[k,n,i] X[k,n] / (1 + tau[k,n,i])       output = sales before duty
    VA[n]  = sum_j v[n,j] Y[n,j]                             recorded factor income of the region
    D[n]   = I[n] - VA[n] - sum_ki tau pi X / (1 + tau)      what is spent beyond income; adds up to zero over regions

    pi trade shares of spending, tau tariffs, g and v cost shares of inputs and value added, a final shares, I final spending

This is one linear system in (X, I). The imbalances D that come out are the table's own; the paper's tables use zero imbalances,
which the equilibrium engine's closure 'balanced' solves for first.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from accord.errors import Fault, WorldError
from accord.world.build import build_world
from accord.world.checks import ensure_valid
from accord.world.sources.npz import file_sha256, label_faults, read_arrays
from accord.world.world import Provenance, World

REGIONS = {
    "Argentina": ("ARG", "Argentina"),
    "Australia": ("AUS", "Australia"),
    "Austria": ("AUT", "Austria"),
    "Brazil": ("BRA", "Brazil"),
    "Canada": ("CAN", "Canada"),
    "Chile": ("CHL", "Chile"),
    "China": ("CHN", "China"),
    "Denmark": ("DNK", "Denmark"),
    "Finland": ("FIN", "Finland"),
    "France": ("FRA", "France"),
    "Germany": ("DEU", "Germany"),
    "Greece": ("GRC", "Greece"),
    "Hungary": ("HUN", "Hungary"),
    "India": ("IND", "India"),
    "Indonesia": ("IDN", "Indonesia"),
    "Ireland": ("IRL", "Ireland"),
    "Italy": ("ITA", "Italy"),
    "Japan": ("JPN", "Japan"),
    "Korea": ("KOR", "Korea, Republic of"),
    "Mexico": ("MEX", "Mexico"),
    "Netherlands": ("NLD", "Netherlands"),
    "New Zealand": ("NZL", "New Zealand"),
    "Norway": ("NOR", "Norway"),
    "Portugal": ("PRT", "Portugal"),
    "South Africa": ("ZAF", "South Africa"),
    "Spain": ("ESP", "Spain"),
    "Sweden": ("SWE", "Sweden"),
    "Turkey": ("TUR", "Türkiye"),
    "UK": ("GBR", "United Kingdom"),
    "USA": ("USA", "United States"),
    "Row": ("ROW", "Rest of the world"),
}
"""Label in the file -> (code, name)."""

SECTORS = {
    "Agriculture": ("agriculture", "Agriculture, forestry and fishing", "goods"),
    "Mining": ("mining", "Mining and quarrying", "goods"),
    "Food": ("food", "Food, beverages and tobacco", "goods"),
    "Textile": ("textile", "Textiles, clothing and leather", "goods"),
    "Wood": ("wood", "Wood and cork products", "goods"),
    "Paper": ("paper", "Paper, printing and publishing", "goods"),
    "Petroleum": ("petroleum", "Coke, refined petroleum and nuclear fuel", "energy"),
    "Chemicals": ("chemicals", "Chemicals", "goods"),
    "Plastic": ("plastic", "Rubber and plastics", "goods"),
    "Minerals": ("minerals", "Non-metallic mineral products", "goods"),
    "Basic metals": ("basic-metals", "Basic metals", "goods"),
    "Metal products": ("metal-products", "Fabricated metal products", "goods"),
    "Machinery n.e.c": ("machinery", "Machinery and equipment n.e.c.", "goods"),
    "Office": ("office", "Office and computing machinery", "goods"),
    "Electrical": ("electrical", "Electrical machinery", "goods"),
    "Communication": ("communication", "Communication equipment", "goods"),
    "Medical": ("medical", "Medical, precision and optical instruments", "goods"),
    "Auto": ("auto", "Motor vehicles", "goods"),
    "Other Transport": ("other-transport", "Other transport equipment", "goods"),
    "Other": ("other", "Other manufacturing", "goods"),
    "Electricity": ("electricity", "Electricity, gas and water", "energy"),
    "Construction": ("construction", "Construction", "services"),
    "Retail": ("retail", "Wholesale and retail trade", "services"),
    "Hotels": ("hotels", "Hotels and restaurants", "services"),
    "Land Transport": ("land-transport", "Land transport", "services"),
    "Water Transport": ("water-transport", "Water transport", "services"),
    "Air Transport": ("air-transport", "Air transport", "services"),
    "Aux Transport": ("aux-transport", "Supporting transport activities", "services"),
    "Post": ("post", "Post and telecommunications", "services"),
    "Finance": ("finance", "Finance and insurance", "services"),
    "Real State": ("real-estate", "Real estate", "services"),
    "Renting Mach": ("renting", "Renting of machinery", "services"),
    "Computer": ("computer", "Computer services", "services"),
    "R&D": ("research", "Research and development", "services"),
    "Other Business": ("other-business", "Other business services", "services"),
    "Public": ("public", "Public administration", "services"),
    "Education": ("education", "Education", "services"),
    "Health": ("health", "Health and social work", "services"),
    "Other services": ("other-services", "Other community and personal services", "services"),
    "Private": ("private", "Private households with employed persons", "services"),
}
"""Label in the file -> (code, name, kind)."""

NAFTA_SCHEDULE = "nafta-2005"
ELASTICITY_SET = "caliendo-parro-2015"
DIFFERS = 0.10
"""A recorded expenditure this far from recorded use is counted as not adding up (METHODS section 6)."""

REMEDY = "Give the file nafta.npz with the data of Caliendo and Parro (2015): accord data add cp2015 FILE"


def read_cp2015(path: str | Path) -> World:
    """Return the World 'cp2015' from `nafta.npz` (module docstring)."""
    arrays = _read(path)
    shares = _shares(arrays)
    levels = _solve_levels(shares)
    n, k = len(REGIONS), len(SECTORS)
    per_spending = shares.trade / (1.0 + shares.tariff)  # (sector, importer, exporter), value before duty
    intermediate = np.einsum("kni,nkj,nj->iknj", per_spending, shares.input, levels.output, optimize=True)
    final = np.einsum("kni,nk,n->ikn", per_spending, shares.final, levels.final_spending, optimize=True)
    world = build_world(
        "cp2015",
        1993,
        regions=[code for code, _ in REGIONS.values()],
        sectors=[code for code, _, _ in SECTORS.values()],
        uses=("final",),
        region_names=[name for _, name in REGIONS.values()],
        sector_names=[name for _, name, _ in SECTORS.values()],
        sector_kinds=[kind for _, _, kind in SECTORS.values()],
        intermediate=intermediate,
        final_demand=final.reshape(n, k, n, 1),
        tariff_rate=_exporter_first(arrays["tariff_1993"]),
        tariff_schedules={NAFTA_SCHEDULE: _exporter_first(arrays["tariff_2005_nafta"])},
        tariff_source=np.zeros((n, n, k), dtype=np.int8),
        trade_elasticity=arrays["trade_elasticity"],
        elasticity_set=ELASTICITY_SET,
        provenance=_provenance(path, arrays, levels),
    )
    return ensure_valid(world)


class _Shares(NamedTuple):
    """What is kept exactly. Pure numbers but `value_added_total`.

    Attributes:
        trade: pi (sector, importer, exporter), share of spending, duties included.
        tariff: tau (sector, importer, exporter).
        input: g (region, supplying sector, using sector), share of output.
        value_added: v (region, sector), share of output.
        final: a (region, sector), share of final spending.
        value_added_total: VA (region,), USD million.
    """

    trade: np.ndarray
    tariff: np.ndarray
    input: np.ndarray
    value_added: np.ndarray
    final: np.ndarray
    value_added_total: np.ndarray


class _Levels(NamedTuple):
    """What is solved for, USD million: output (region, sector), final spending (region,), imbalance D (region,)."""

    output: np.ndarray
    final_spending: np.ndarray
    imbalance: np.ndarray


def _read(path: str | Path) -> dict[str, np.ndarray]:
    n, k = len(REGIONS), len(SECTORS)
    flows = dict.fromkeys(("trade_value", "tariff_1993", "tariff_2005_nafta"), (k, n, n))
    shapes = {
        "regions": (n,),
        "sectors": (k,),
        **flows,
        "intermediate": (n, k, k),
        "final_consumption": (n, k),
        "value_added": (n, k),
        "trade_elasticity": (k,),
        "deficit": (n,),
    }
    arrays = read_arrays(path, shapes, remedy=REMEDY)
    faults = [
        *label_faults(path, "regions", arrays["regions"], tuple(REGIONS)),
        *label_faults(path, "sectors", arrays["sectors"], tuple(SECTORS)),
    ]
    unspent = arrays["trade_value"].sum(axis=2) <= 0.0
    if unspent.any():
        faults.append(
            Fault(
                f"{path}, array 'trade_value'",
                f"{int(unspent.sum())} products have no recorded supplier",
                "spending on every product by every importer, home sales included",
                REMEDY,
            )
        )
    if faults:
        raise WorldError(faults)
    return arrays


def _shares(arrays: dict[str, np.ndarray]) -> _Shares:
    tariff = arrays["tariff_1993"]
    spending = arrays["trade_value"] * (1.0 + tariff)
    inputs = np.maximum(arrays["intermediate"], 0.0)
    value_added, final = arrays["value_added"], arrays["final_consumption"]
    output = value_added + inputs.sum(axis=1)
    return _Shares(
        trade=spending / spending.sum(axis=2, keepdims=True),
        tariff=tariff,
        input=inputs / output[:, None, :],
        value_added=value_added / output,
        final=final / final.sum(axis=1, keepdims=True),
        value_added_total=value_added.sum(axis=1) / 1e6,
    )


def _solve_levels(shares: _Shares) -> _Levels:
    """Solve the linear system of the module docstring for spending X and final spending I, stacked as one vector."""
    k, n, _ = shares.trade.shape
    per_spending = shares.trade / (1.0 + shares.tariff)
    # Output as a linear map of spending: Y[i,k] = sum_n per_spending[k,n,i] X[k,n].
    input_use = np.einsum("ikj,jni->kijn", shares.input, per_spending, optimize=True).reshape(k * n, k * n)
    value_added = np.einsum("ij,jni->ijn", shares.value_added, per_spending).reshape(n, k * n)
    final = np.einsum("nk,nm->knm", shares.final, np.eye(n)).reshape(k * n, n)
    matrix = np.block([[np.eye(k * n) - input_use, -final], [value_added, np.zeros((n, n))]])
    solution = np.linalg.solve(matrix, np.concatenate([np.zeros(k * n), shares.value_added_total]))
    spending, final_spending = solution[: k * n].reshape(k, n), solution[k * n :]
    output = np.einsum("kni,kn->ik", per_spending, spending)
    revenue = np.einsum("kni,kni,kn->n", shares.tariff, per_spending, spending, optimize=True)
    return _Levels(output, final_spending, final_spending - shares.value_added_total - revenue)


def _exporter_first(rates: np.ndarray) -> np.ndarray:
    """(sector, importer, exporter) to (exporter, importer, sector)."""
    return rates.transpose(2, 1, 0)


def mismatched_cells(arrays: dict[str, np.ndarray]) -> int:
    """Count of (region, product) cells whose recorded expenditure differs from recorded use by more than 10% of use."""
    spending = (arrays["trade_value"] * (1.0 + arrays["tariff_1993"])).sum(axis=2).T
    use = arrays["intermediate"].sum(axis=2) + arrays["final_consumption"]
    return int((np.abs(spending - use) > DIFFERS * use).sum())


def _provenance(path: str | Path, arrays: dict[str, np.ndarray], levels: _Levels) -> Provenance:
    cells = len(REGIONS) * len(SECTORS)
    negative = arrays["intermediate"] < 0.0
    set_to_zero = arrays["intermediate"][negative].sum() / 1e6
    largest_gap = np.abs(levels.imbalance - arrays["deficit"] / 1e6).max()
    return Provenance(
        source="Caliendo and Parro (2015), Estimates of the Trade and Welfare Effects of NAFTA, supplementary material",
        edition="data of 1993, 31 regions x 40 sectors",
        licence="supplementary material of the Review of Economic Studies 82(1); not redistributed with accord",
        origin_sha256=file_sha256(path),
        steps=(
            "Dollars to USD million.",
            f"Negative inputs set to zero: {int(negative.sum())} cell, USD {set_to_zero:,.3f} million.",
            "Kept exactly: trade shares, cost shares, final shares, and total value added of each region.",
            "Levels solved for, so that all accounts add up; trade imbalances are the implied ones.",
        ),
        notes=(
            f"{mismatched_cells(arrays)} of {cells:,} recorded expenditure cells differ from recorded use by more than {DIFFERS:.0%}.",
            f"Implied imbalances differ from the recorded ones by up to USD {largest_gap:,.0f} million.",
            "The paper's results use zero imbalances, which the closure 'balanced' solves for first.",
            "The trade elasticity of sectors that the paper does not estimate is 8.22, as in its files.",
            f"Tariff schedule '{NAFTA_SCHEDULE}': rates of 2005 between Canada, Mexico and the USA, 1993 elsewhere.",
        ),
        tariff_sources=("Caliendo and Parro (2015), applied tariffs of 1993 (TRAINS)",),
    )
