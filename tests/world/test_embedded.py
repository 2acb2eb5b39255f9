"""The World that accord ships: what it is, and whether it looks like the world of 2022."""

import numpy as np
import pytest

from accord.errors import WorldError
from accord.world import read_world
from accord.world.checks import check_world
from accord.world.store import EMBEDDED
from tools.build_embedded_world import ORDER, embedded_world, groups
from tools.check_icio2022 import Flows, recorded_trade


@pytest.fixture(scope="module")
def world():
    return read_world("embedded")


def test_it_has_21_regions_50_sectors_and_three_uses(world):
    assert world.regions == tuple(ORDER)
    assert len(world.sectors) == 50
    assert world.uses == ("household", "government", "investment")


def test_it_has_no_fault(world):
    assert check_world(world) == ()


def test_it_is_small():
    assert EMBEDDED.stat().st_size <= 6e6


def test_every_economy_of_the_table_is_a_member_of_one_region(world):
    members = " ".join(world.data["region_members"].values.astype(str)).split()
    assert len(members) == len(set(members)) == 80
    assert "AUT" in str(world.data["region_members"].sel(region="REU").values).split()
    assert groups()["BLR"] == ["BLR"]


def test_it_carries_three_elasticity_sets_and_says_what_is_assumed(world):
    assert world.elasticity_sets == ("fontagne-2022", "fontagne-2022-minus-one", "caliendo-parro-2015")
    assert any("imputed" in text for text in world.provenance.imputed)
    assert any(text.startswith("assumed") for text in world.provenance.tariff_sources)
    assert "OECD" in world.provenance.licence


def test_there_is_no_tariff_inside_the_eurasian_union(world):
    union = ["BLR", "RUS", "KAZ"]
    assert (world.data["tariff_rate"].sel(exporter=union, importer=union).values == 0.0).all()
    assert world.data["tariff_rate"].sel(exporter="DEU", importer="BLR", sector="C28") == pytest.approx(0.056)


@pytest.mark.parametrize("code", ["RUS", "CHN", "USA", "DEU", "BLR"])
def test_trade_balances_are_within_one_per_cent_of_final_spending(world, code):
    flows = Flows(world)
    trade = flows.bilateral(flows.inputs + flows.final)
    at = world.regions.index(code)
    exports, imports = recorded_trade([code])
    gap = trade[at].sum() - trade[:, at].sum() - (exports[0] - imports[0])
    assert abs(gap) < 0.01 * flows.final[:, :, at].sum()


def test_turnover_of_belarus_and_russia_is_within_a_fifth_of_the_published_one(world):
    flows = Flows(world)
    turnover = flows.sale("BLR", "RUS") + flows.sale("RUS", "BLR")
    assert turnover == pytest.approx(
        47_500, rel=0.2
    )  # 45 (Russian) to 50 (Belarusian statistics), USD billion


def test_russia_is_by_far_the_largest_partner_of_belarus(world):
    flows = Flows(world)
    at = world.regions.index("BLR")
    trade = flows.bilateral(flows.inputs + flows.final)
    both = trade[at] + trade[:, at]
    assert world.regions[int(np.argmax(both))] == "RUS"
    assert both.max() > 0.5 * both.sum()


@pytest.mark.slow
def test_rebuilding_it_gives_the_same_content(world):
    try:
        rebuilt = embedded_world()
    except WorldError as error:
        pytest.skip(f"the wheel cannot be had here: {error}")
    assert rebuilt.content_hash == world.content_hash
    assert rebuilt.provenance == world.provenance
