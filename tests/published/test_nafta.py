"""NAFTA as published: Caliendo and Parro (2015), tables 2 and 3; only NAFTA tariffs, base re-solved with zero deficits.

Printed figures are rounded to two decimals; the third decimal is from the authors' data files and an independent solver (FACTS
section 4, [C]). The exact real income of the same equilibrium differs from the printed one-step figure, and that is the point.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.study import run
from accord.world.sources.cp2015 import read_cp2015

pytestmark = pytest.mark.medium

PUBLISHED = {  # region: real wage, one-step welfare, terms of trade, volume of trade, imports from NAFTA
    "MEX": (1.72, 1.31, -0.41, 1.72, 118),
    "CAN": (0.32, -0.06, -0.11, 0.04, 11),
    "USA": (0.11, 0.08, 0.04, 0.04, 41),
}
EXACT_REAL_INCOME = {"MEX": 0.007, "CAN": -0.110, "USA": 0.074}


@pytest.fixture(scope="module")
def outcome(shared_data: Path, repository: Path):
    world = read_cp2015(shared_data / "cp2015" / "nafta.npz")
    return run(repository / "programmes" / "nafta_1993.toml", world)


@pytest.mark.parametrize("region", PUBLISHED)
def test_published_table(outcome, region):
    row = outcome["regions"].set_index("region").loc[region]
    wage, welfare, terms, volume, imports = PUBLISHED[region]
    assert round(row["real_wage_pct"], 2) == wage
    assert round(row["one_step_welfare_pct"], 2) == welfare
    assert round(row["one_step_terms_of_trade_pct"], 2) == terms
    assert round(row["one_step_volume_of_trade_pct"], 2) == volume
    assert round(row["imports_from_partners_value_pct"]) == imports


@pytest.mark.parametrize("region", PUBLISHED)
def test_exact_real_income_of_the_same_equilibrium(outcome, region):
    row = outcome["regions"].set_index("region").loc[region]
    assert round(row["real_income_pct"], 3) == EXACT_REAL_INCOME[region]
    assert row["household_ev_pct"] == pytest.approx(
        row["real_income_pct"], abs=1e-9
    )  # one final use: the same thing


def test_path_decomposition_adds_up_to_the_exact_figure(outcome):
    frame = outcome["decomposition"].pivot_table(index="region", columns="term", values="pct")
    assert (frame["sum_of_terms"] - frame["exact"]).abs().max() < 1e-6


def test_losses_are_reported_as_plainly_as_gains(outcome):
    assert not outcome.verdict.all_partners_gain
    assert "Not all partners gain" in outcome.verdict.sentence
