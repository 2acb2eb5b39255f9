"""The path of a programme as tables: effect by year, present value, and how much of each measure acts when."""

from __future__ import annotations

import numpy as np
import pandas as pd

from accord.study.time_columns import time_table
from accord.study.time_setting import Setting
from accord.study.variants import GAIN_PCT
from accord.tables import Table


def path_table(setting: Setting, effects: np.ndarray) -> Table:
    """Effect of each year on each region."""
    prepared = setting.prepared
    base = prepared.model.unchanged.household_consumption
    partners = prepared.checked.partners
    rows = [
        {
            "year": year,
            "region": region,
            "region_name": prepared.world.region_names[region],
            "role": "partner" if region in partners else "third country",
            "effect_usd": float(effects[t, n]),
            "effect_pct": float(100.0 * effects[t, n] / base[n]),
        }
        for t, year in enumerate(setting.horizon.years)
        for n, region in enumerate(prepared.world.regions)
    ]
    return time_table(
        "path", "Effect of the decisions year by year", pd.DataFrame(rows), keys=("year", "region")
    )


def value_table(setting: Setting, effects: np.ndarray) -> Table:
    """Present value of the decisions for each region."""
    prepared, horizon = setting.prepared, setting.horizon
    base = prepared.model.unchanged.household_consumption
    value = horizon.value(effects)
    beyond = horizon.terminal_factor * effects[-1]
    annuity = horizon.factors.sum() + horizon.terminal_factor
    partners = prepared.checked.partners
    frame = pd.DataFrame(
        {
            "region": list(prepared.world.regions),
            "region_name": [prepared.world.region_names[code] for code in prepared.world.regions],
            "role": np.where(np.isin(prepared.world.regions, partners), "partner", "third country"),
            "value_usd": value,
            "beyond_usd": beyond,
            "yearly_pct": 100.0 * value / annuity / base,
        }
    )
    frame["gains"] = np.where(frame["yearly_pct"] > GAIN_PCT, "yes", "no")
    return time_table(
        "value",
        f"Present value of the decisions as of {horizon.first} ({horizon.sentence})",
        frame,
        keys=("region",),
    )


def timeline_table(setting: Setting) -> Table:
    """Intensity of each measure in each year, with the day from which it acts and where that comes from."""
    rows = [
        {
            "measure": measure.id,
            "area": measure.area,
            "role": measure.role,
            "status": measure.status,
            "starts": str(setting.timings[measure.id].day or "never"),
            "basis": setting.timings[measure.id].basis,
            "year": year,
            "intensity": setting.timings[measure.id].in_year(year),
        }
        for measure in setting.programme.measures
        for year in setting.horizon.years
    ]
    return time_table(
        "timeline",
        f"How much of each measure is in effect, as the record stands on {setting.as_of}",
        pd.DataFrame(rows),
        keys=("measure", "year"),
    )
