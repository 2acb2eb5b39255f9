"""A small table of two or three made-up economies as long lines, sound until a test breaks it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

REGIONS, SECTORS, USES = ("ARC", "BEL"), ("A01", "C26", "G"), ("household", "investment")


def long_frame(seed: int = 0) -> pd.DataFrame:
    """Flows of two regions and three sectors, inputs about half of output."""
    chance = np.random.default_rng(seed)
    rows = []
    for exporter in REGIONS:
        for supplier in SECTORS:
            for importer in REGIONS:
                nearness = 1.0 if exporter == importer else 0.2
                rows += [
                    (exporter, supplier, importer, user, round(float(nearness * chance.uniform(*span)), 3))
                    for user, span in [
                        *((sector, (5, 15)) for sector in SECTORS),
                        *((use, (10, 60)) for use in USES),
                    ]
                ]
    return pd.DataFrame(rows, columns=["exporter", "supplying_sector", "importer", "user", "value"])


def accounts_of(flows: pd.DataFrame) -> pd.DataFrame:
    """Totals that the flows add up to."""
    output = flows.groupby(["exporter", "supplying_sector"], sort=False)["value"].sum()
    inputs = flows[flows["user"].isin(SECTORS)].groupby(["importer", "user"], sort=False)["value"].sum()
    frame = pd.DataFrame({"output": output})
    frame["value_added"] = output - inputs.reindex(output.index.set_names(["importer", "user"])).to_numpy()
    frame.index = frame.index.set_names(["region", "sector"])
    return frame.reset_index()


def write_folder(
    folder: Path, flows: pd.DataFrame, accounts: pd.DataFrame | None = None, **others: pd.DataFrame
) -> Path:
    """Write flows.csv, accounts.csv and others (tariffs, sectors, regions) into `folder`, whose name should say a year."""
    folder.mkdir(parents=True, exist_ok=True)
    flows.to_csv(folder / "flows.csv", index=False)
    if accounts is not None:
        accounts.to_csv(folder / "accounts.csv", index=False)
    for name, frame in others.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder
