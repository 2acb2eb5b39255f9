"""A made-up GLORIA in small, in the files and the order that pymrio reads: supply and use in one matrix, and an empty region."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

REGIONS = ("BLR", "RUS", "DYE")  # the last has no trade at all, as in the original of 2022
SECTORS = ("Growing wheat", "Electronics", "Other services")
FINAL = (
    "Household final consumption P.3h", "Non-profit institutions serving households P.3n", "Government final consumption P.3g",
    "Gross fixed capital formation P.51", "Changes in inventories P.52", "Acquisitions less disposals of valuables P.53",
)  # fmt: skip
ADDED = (
    "Compensation of employees D.1", "Taxes on production D.29", "Subsidies on production D.39",
    "Net operating surplus B.2n", "Net mixed income B.3n", "Consumption of fixed capital K.1",
)  # fmt: skip


def write_gloria(folder: Path, version: int = 59, year: int = 2020) -> tuple[np.ndarray, np.ndarray]:
    """Write the folder; return flows (n k, n k) between products and final purchases (n k, n, category), thousand USD."""
    chance = np.random.default_rng(5)
    n, k, c = len(REGIONS), len(SECTORS), len(FINAL)
    alive = np.repeat([1.0, 1.0, 0.0], k)
    flows = chance.uniform(1e6, 2e6, (n * k, n * k)) * np.outer(alive, alive)
    purchases = (
        chance.uniform(4e6, 9e6, (n * k, n, c)) * alive[:, None, None] * np.array([1.0, 1.0, 0.0])[:, None]
    )
    purchases[..., 4] *= -0.002  # stocks were drawn down
    purchases[..., 5] *= 0.001
    output = flows.sum(axis=1) + purchases.sum(axis=(1, 2))
    transactions = np.zeros((n, 2, k, n, 2, k))  # 0 industry, 1 product
    transactions[:, 1, :, :, 0, :] = flows.reshape(n, k, n, k)
    transactions[:, 0, :, :, 1, :] = np.diag(output).reshape(n, k, n, k)
    final = np.zeros((n, 2, k, n * c))
    final[:, 1] = purchases.reshape(n, k, n * c)
    added = np.zeros((n, len(ADDED), n, 2, k))
    for region in range(n):
        left = (output - flows.sum(axis=0)).reshape(n, k)[region]
        added[region, :, region, 0, :] = left * np.array([[0.5], [0.1], [-0.1], [0.3], [0.1], [0.1]])
    files = {
        ("MRIOs", "T", "(full)"): transactions.reshape(2 * n * k, -1),
        ("MRIOs", "Y", "(full)"): final.reshape(2 * n * k, -1),
        ("MRIOs", "V", "(full)"): added.reshape(n * len(ADDED), -1),
        ("SatelliteAccounts", "TQ", "(full)"): np.ones((1, 2 * n * k)),
        ("SatelliteAccounts", "YQ", "(full)"): np.ones((1, n * c)),
    }
    places = {
        "MRIOs": folder / f"GLORIA_MRIOs_{version}_{year}",
        "SatelliteAccounts": folder / f"GLORIA_SatelliteAccounts_0{version}_{year}",
    }
    for (place, part, markup), cells in files.items():
        places[place].mkdir(parents=True, exist_ok=True)
        name = (
            f"20240101_120secMother_AllCountries_002_{part}-Results_{year}_0{version}_Markup001{markup}.csv"
        )
        pd.DataFrame(cells).to_csv(places[place] / name, header=False, index=False)
    with pd.ExcelWriter(folder / f"GLORIA_ReadMe_0{version}.xlsx") as book:
        names = ("Belarus", "Russia", "DR Yemen (Aden)")
        pd.DataFrame({"Region_acronyms": REGIONS, "Region_names": names}).to_excel(book, sheet_name="Regions")
        pd.DataFrame({"Sector_names": SECTORS}).to_excel(book, sheet_name="Sectors")
        both = pd.DataFrame({"Value_added_names": ADDED, "Final_demand_names": FINAL})
        both.to_excel(book, sheet_name="Value added and final demand")
        satellites = {
            "Sat_indicator": ["jobs"],
            "Sat_head_indicator": ["Employment"],
            "Sat_unit": ["persons"],
        }
        pd.DataFrame(satellites).to_excel(book, sheet_name="Satellites")
    return flows, purchases
