"""Every programme in `programmes/` beside its expected outcome: adding a pair adds a test.

`make golden` rewrites the expected files; read the difference before committing it, and enter it in the changelog under "Results
that move".
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from accord.programme import read_programme
from accord.study import run
from accord.world import World, read_world
from accord.world.sources.cp2015 import read_cp2015

pytestmark = pytest.mark.medium

REPOSITORY = Path(__file__).resolve().parents[2]
CASES = sorted((REPOSITORY / "programmes").glob("*.toml"))
QUICK = {"union_state_2024", "nafta_1993", "eu_uk_barriers"}
"""Programmes that every `make test` runs; the others are slow tests."""
OUTCOMES = [
    "household_ev_pct",
    "real_income_pct",
    "real_wage_pct",
    "real_gdp_pct",
    "real_output_pct",
    "trade_with_partners_pct",
]
TOLERANCE = 1e-6
"""Absolute, in percentage points: a hundred times what two machines may differ by."""


def _world(path: Path, request: pytest.FixtureRequest) -> World:
    name = read_programme(path).world
    if name != "cp2015":
        return read_world(name)
    return read_cp2015(request.getfixturevalue("shared_data") / "cp2015" / "nafta.npz")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=() if path.stem in QUICK else pytest.mark.slow)
        for path in CASES
    ],
)
def test_programme_gives_its_expected_outcome(path, request, update_golden):
    outcome = run(path, _world(path, request), variants=False)
    found = outcome["regions"].melt("region", OUTCOMES, var_name="outcome", value_name="value")
    found["unit"] = "%"
    expected_path = path.with_suffix(".csv")
    if update_golden:
        found.to_csv(expected_path, index=False, float_format="%.9f")
    expected = pd.read_csv(expected_path, keep_default_na=False)
    assert list(found["region"] + found["outcome"]) == list(expected["region"] + expected["outcome"])
    np.testing.assert_allclose(found["value"], expected["value"].astype(float), atol=TOLERANCE, rtol=0.0)


def test_every_programme_has_an_expected_outcome_and_none_is_left_over():
    assert {path.stem for path in CASES} == {path.stem for path in (REPOSITORY / "programmes").glob("*.csv")}
    assert CASES
