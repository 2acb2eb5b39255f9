"""Variants of the NAFTA table of Caliendo and Parro (2015): no materials, and one trade elasticity for all sectors.

Only NAFTA tariffs, base re-solved with zero deficits, welfare by the published one-step decomposition (FACTS section 4). Sources of
the figures: "no materials" is printed as 0.50 / -0.03 / 0.03 (table of other models) and computed to three decimals from the
authors' data by an independent solver, as is the common elasticity of 4.5.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from accord.engines.equilibrium import (
    Accounts,
    Equilibrium,
    Wedges,
    calibrate,
    cobb_douglas,
    no_change,
    no_imbalance,
    rebased,
    solve,
)
from accord.engines.equilibrium.decomposition import OneStep, one_step
from accord.world.sources.cp2015 import NAFTA_SCHEDULE, REGIONS, read_cp2015

pytestmark = pytest.mark.medium

CODES = [code for code, _ in REGIONS.values()]


class Result(NamedTuple):
    published: OneStep
    start: Equilibrium
    end: Equilibrium

    def welfare(self, region: str) -> float:
        """One-step welfare, %."""
        return 100.0 * self.published.welfare[CODES.index(region)]


def nafta(
    intermediate: np.ndarray, final: np.ndarray, before: np.ndarray, after: np.ndarray, theta
) -> Result:
    """Balance the base, then move tariffs (sector, importer, exporter) from `before` to `after`."""
    regions, sectors = final.shape[:2]
    none = np.zeros((1, sectors, regions, regions))
    accounts = Accounts(
        intermediate,
        final,
        Wedges(before[None], none, none, none),
        np.zeros((regions, sectors)),
        cobb_douglas(sectors, 1, theta),
        np.ones((regions, 1, sectors)),
    )
    recorded = calibrate(accounts, [np.ones(sectors + 1)])
    base = rebased(solve(recorded, no_change(recorded)._replace(imbalance=no_imbalance(regions))))
    start = solve(base, no_change(base))
    end = solve(base, no_change(base)._replace(wedges=base.wedges._replace(tariff=after[None])))
    return Result(one_step(start, end), start, end)


@pytest.fixture(scope="module")
def file(shared_data: Path) -> Path:
    return shared_data / "cp2015" / "nafta.npz"


@pytest.fixture(scope="module")
def no_materials(file: Path) -> Result:
    """Every recorded sale is a final one, so that the share of value added is one in every sector."""
    with np.load(file) as data:
        sales = data["trade_value"].transpose(2, 0, 1)[..., None] / 1e6  # (exporter, sector, importer, use)
        regions, sectors = sales.shape[:2]
        return nafta(
            np.zeros((regions, sectors, regions, sectors)),
            sales,
            data["tariff_1993"],
            data["tariff_2005_nafta"],
            data["trade_elasticity"],
        )


@pytest.fixture(scope="module")
def common_elasticity(file: Path) -> Result:
    world = read_cp2015(file)
    after = world.data["tariff_schedules"].sel(schedule=NAFTA_SCHEDULE)
    return nafta(
        world.data["intermediate"].to_numpy(),
        world.data["final_demand"].to_numpy(),
        world.data["tariff_rate"].transpose("sector", "importer", "exporter").to_numpy(),
        after.transpose("sector", "importer", "exporter").to_numpy(),
        np.full(len(world.sectors), 4.5),
    )


@pytest.mark.parametrize(
    ("region", "printed", "computed"), [("MEX", 0.50, 0.501), ("CAN", -0.03, -0.030), ("USA", 0.03, 0.029)]
)
def test_the_model_without_materials_gives_the_printed_welfare(no_materials, region, printed, computed):
    assert np.all(no_materials.start.base.value_added_share == 1.0)
    assert round(no_materials.welfare(region), 2) == printed
    assert no_materials.welfare(region) == pytest.approx(computed, abs=6e-4)


@pytest.mark.parametrize(("region", "computed"), [("MEX", 0.320), ("CAN", -0.077), ("USA", 0.070)])
def test_a_common_trade_elasticity_gives_the_computed_welfare(common_elasticity, region, computed):
    assert round(common_elasticity.welfare(region), 3) == computed


def test_every_residual_is_below_the_promised_bound(no_materials, common_elasticity):
    for result in (no_materials, common_elasticity):
        assert result.end.stats.largest_residual < 1e-10
        assert result.end.stats.continuation_steps == 1
