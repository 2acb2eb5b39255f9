"""Made-up tables written as the OECD writes its own: rows TLS, VA, OUT; final purchases by country; inventories of either sign."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

FINAL = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")


def oecd_frame(
    regions: Sequence[str], sectors: Sequence[str], *, seed: int = 0, size: float = 1e5
) -> pd.DataFrame:
    """The whole table: labels in index and columns; every identity of the OECD's tables holds."""
    chance = np.random.default_rng(seed)
    n, k = len(regions), len(sectors)
    home = np.kron(np.eye(n), np.ones((k, k)))
    flows = chance.random((n * k, n * k), dtype=np.float32) ** 4 * (0.02 + home)
    purchases = chance.random((n * k, n * len(FINAL)), dtype=np.float32) ** 2 * (
        0.02 + np.kron(np.eye(n), np.ones((k, len(FINAL))))
    )
    purchases *= size / purchases.sum() * n
    flows *= 0.8 * size * n / flows.sum()
    stock = [place for place in range(n * len(FINAL)) if FINAL[place % len(FINAL)] == "INVNT"]
    purchases[:, stock] *= chance.choice([-0.05, 0.1], size=(n * k, n))
    # No producer's inputs above 60 % of its sales.
    output = flows.sum(axis=1, dtype=np.float64) + purchases.sum(axis=1, dtype=np.float64)
    for _ in range(50):
        flows *= np.minimum(1.0, 0.6 * output / flows.sum(axis=0, dtype=np.float64))
        output = flows.sum(axis=1, dtype=np.float64) + purchases.sum(axis=1, dtype=np.float64)
        if (flows.sum(axis=0) <= 0.65 * output).all():
            break
    flows, purchases = flows.astype(np.float64).round(6), purchases.astype(np.float64).round(6)
    output = flows.sum(axis=1) + purchases.sum(axis=1)
    users = [f"{region}_{sector}" for region in regions for sector in sectors]
    columns = [*users, *(f"{region}_{use}" for region in regions for use in FINAL)]
    body = np.hstack([flows, purchases])
    taxes = 0.03 * body.sum(axis=0)
    taxes[n * k :] *= 3.0
    value_added = np.zeros(len(columns))
    value_added[: n * k] = output - flows.sum(axis=0) - taxes[: n * k]
    total = np.concatenate([output, purchases.sum(axis=0) + taxes[n * k :]])
    frame = pd.DataFrame(
        np.vstack([body, taxes, value_added, total]), index=[*users, "TLS", "VA", "OUT"], columns=columns
    )
    frame["OUT"] = np.concatenate([output, [taxes.sum(), value_added.sum(), total.sum()]])
    frame.index.name = "V1"
    return frame


def write_oecd_csv(path: Path, frame: pd.DataFrame) -> Path:
    """Write it as the OECD does, decimals cut to six."""
    frame.to_csv(path, float_format="%.6f")
    return path
