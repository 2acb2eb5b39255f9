"""Prove the imputation of final demand where the truth is known: WIOD 2013 release (hide, impute, compare).

python tools/prove_final_demand.py profile    # measure the profiles and write src/accord/world/final_demand_profile.csv
python tools/prove_final_demand.py            # write the tables of docs/methods/final-demand.md
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from accord.world.impute import USES, NationalAccounts, Profile

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("ACCORD_SHARED", ROOT.parent / "shared"))
WIOD = SHARED / "data" / "wiod2013"

TRADABLES = 16
"""Industries c1 to c16: agriculture, mining and manufacturing; the rest are utilities, construction and services."""

FACTOR_RANGE = (0.2, 50.0)
"""Factors outside come from uses that hardly buy the product."""

PROFILE_YEAR = 2011
PROFILE_FILE = ROOT / "src" / "accord" / "world" / "final_demand_profile.csv"
PROFILE_HEADER = """\
# Final demand by product in the World Input-Output Database, 2013 release, year {year}; all 41 regions together.
# share_*: share of the product's final sales that goes to the use. home_odds_*: odds of buying at home for the use, divided by the
# odds in intermediate use; geometric mean over regions weighted by purchases, held within {low:g} to {high:g}.
# Source: Timmer et al. (2015), Review of International Economics 23(3), 575-605. Made by tools/prove_final_demand.py profile
"""

INDUSTRIES = {
    "c1": "Agriculture, hunting, forestry and fishing",
    "c2": "Mining and quarrying",
    "c3": "Food, beverages and tobacco",
    "c4": "Textiles and textile products",
    "c5": "Leather and footwear",
    "c6": "Wood and cork products",
    "c7": "Pulp, paper, printing and publishing",
    "c8": "Coke, refined petroleum and nuclear fuel",
    "c9": "Chemicals",
    "c10": "Rubber and plastics",
    "c11": "Other non-metallic minerals",
    "c12": "Basic and fabricated metals",
    "c13": "Machinery n.e.c.",
    "c14": "Electrical and optical equipment",
    "c15": "Transport equipment",
    "c16": "Manufacturing n.e.c.; recycling",
    "c17": "Electricity, gas and water supply",
    "c18": "Construction",
    "c19": "Sale and repair of motor vehicles; sale of fuel",
    "c20": "Wholesale trade",
    "c21": "Retail trade; repair of household goods",
    "c22": "Hotels and restaurants",
    "c23": "Inland transport",
    "c24": "Water transport",
    "c25": "Air transport",
    "c26": "Supporting transport activities; travel agencies",
    "c27": "Post and telecommunications",
    "c28": "Financial intermediation",
    "c29": "Real estate activities",
    "c30": "Renting and other business activities",
    "c31": "Public administration and defence",
    "c32": "Education",
    "c33": "Health and social work",
    "c34": "Other community, social and personal services",
    "c35": "Private households with employed persons",
}


class Table(NamedTuple):
    """A table with known final demand, negative cells (inventories) set to zero.

    Attributes:
        intermediate: Z (exporter, supplying_sector, importer, using_sector).
        final_demand: Y (exporter, supplying_sector, importer, use).
    """

    intermediate: np.ndarray
    final_demand: np.ndarray

    @property
    def row_totals(self) -> np.ndarray:
        return self.final_demand.sum(axis=(2, 3))


def read_table(year: int) -> Table:
    with np.load(WIOD / f"wiot_{year}.npz", allow_pickle=False) as archive:
        regions, industries = len(archive["countries"]), len(archive["industries"])
        flows = archive["intermediate"].astype(np.float64).reshape(regions, industries, regions, industries)
        final = archive["final_demand"].astype(np.float64).reshape(regions, industries, regions, 5)
    # Households with non-profit institutions; government; capital formation with changes of inventories.
    final = np.stack([final[..., 0] + final[..., 1], final[..., 2], final[..., 3] + final[..., 4]], axis=-1)
    return Table(flows, np.maximum(final, 0.0))


def true_accounts(table: Table) -> NationalAccounts:
    """What national accounts would say about this table."""
    spending = table.final_demand.sum(axis=(0, 1))
    flows = table.intermediate.sum(axis=(1, 3)) + table.final_demand.sum(axis=(1, 3))
    balance = flows.sum(axis=1) - flows.sum(axis=0)
    return NationalAccounts(balance, spending / spending.sum(axis=1, keepdims=True))


def measured_profile(table: Table) -> Profile:
    """Use shares by product, and how much higher the odds of buying at home are in final than in intermediate use."""
    final = table.final_demand
    by_use = final.sum(axis=(0, 2))
    home = np.arange(final.shape[0])

    def home_odds(flows: np.ndarray) -> np.ndarray:
        total = flows.sum(axis=0)
        inside = np.moveaxis(flows[home, :, home], 0, 1)
        # Shares so near zero or one that their odds are rounding are held off the ends.
        share = np.clip(
            np.divide(inside, total, out=np.full_like(total, 0.5), where=total > 0.0), 1e-3, 1 - 1e-3
        )
        return np.log(share / (1.0 - share))

    inputs = home_odds(table.intermediate.sum(axis=3))
    weights = final.sum(axis=0)
    factor = np.empty(by_use.shape)
    for use in range(len(USES)):
        gap = home_odds(final[..., use]) - inputs
        weight = weights[..., use]
        factor[:, use] = np.exp((gap * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-12))
    factor = np.clip(factor, *FACTOR_RANGE)
    return Profile(by_use / by_use.sum(axis=1, keepdims=True), factor)


def write_profile() -> None:
    profile = measured_profile(read_table(PROFILE_YEAR))
    low, high = FACTOR_RANGE
    lines = [PROFILE_HEADER.format(year=PROFILE_YEAR, low=low, high=high)]
    columns = [f"{kind}_{use}" for kind in ("share", "home_odds") for use in USES]
    lines.append(",".join(["industry", "name", *columns]) + "\n")
    for position, (code, name) in enumerate(INDUSTRIES.items()):
        numbers = [*profile.use_share[position], *profile.home_odds_factor[position]]
        lines.append(",".join([code, f'"{name}"', *(f"{number:.6f}" for number in numbers)]) + "\n")
    PROFILE_FILE.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    import sys

    if sys.argv[1:] == ["profile"]:
        write_profile()
