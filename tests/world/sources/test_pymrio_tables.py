"""Tables that pymrio reads become Worlds with the same flows; its own test table, and small files in the layouts that it parses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pymrio
import pytest
from numpy.testing import assert_allclose

from accord.errors import WorldError
from accord.world.checks import check_world
from accord.world.raw.mending import Mending
from accord.world.sources.pymrio_tables import (
    read_eora26,
    read_exiobase,
    read_gloria,
    read_pymrio,
    world_of,
)
from world.sources.gloria_files import write_gloria

# Recorded value added of pymrio's test table is made up: it does not add up to output, and is refused unless accepted.
ASSUMED = ["assume-sectors", "output-from-rows"]


@pytest.fixture(scope="module")
def theirs():
    return pymrio.load_test()


def test_the_test_table_of_pymrio_is_refused_for_its_value_added_and_keeps_its_flows(theirs):
    with pytest.raises(WorldError, match="columns: 44 of 48 do not add up to recorded output"):
        world_of(theirs, "pymrio", "test", 2010, Mending.asked_for("test", ["assume-sectors"]))
    world = world_of(theirs, "pymrio", "test", 2010, Mending.asked_for("test", ASSUMED))
    assert check_world(world) == ()
    labels = [(region, sector) for region in world.regions for sector in world.sectors]
    flows = theirs.Z.loc[labels, labels].to_numpy()
    assert_allclose(world.data["intermediate"].to_numpy().reshape(flows.shape), flows, rtol=1e-6)
    assert_allclose(
        world.gross_output.to_numpy().ravel(), flows.sum(axis=1) + theirs.Y.loc[labels].sum(axis=1), rtol=1e-6
    )
    households = theirs.Y["reg1"].iloc[:, :2].sum(axis=1).loc[labels]
    ours = world.data["final_demand"].sel(importer="reg1", use="household").to_numpy().ravel()
    assert_allclose(ours, households, rtol=1e-6)


def test_a_saved_table_is_read_as_exiobase_and_as_pymrio(theirs, tmp_path):
    theirs.copy().save_all(tmp_path / "IOT_2010_ixi")
    with pytest.raises(WorldError, match=r"--usd-per-unit 1\.05"):
        read_exiobase(tmp_path / "IOT_2010_ixi", fixes=ASSUMED)
    euro = read_exiobase(tmp_path / "IOT_2010_ixi", fixes=ASSUMED, usd_per_unit=2.0)
    dollar = read_pymrio(tmp_path / "IOT_2010_ixi", fixes=ASSUMED)
    assert dollar.year == 2010
    assert_allclose(euro.gross_output.to_numpy(), 2.0 * dollar.gross_output.to_numpy(), rtol=1e-6)


def test_sectors_that_accord_does_not_know_are_a_fault_that_a_file_mends(theirs, tmp_path):
    theirs.copy().save_all(tmp_path / "IOT_2010_ixi")
    with pytest.raises(WorldError, match="--sectors FILE"):
        read_pymrio(tmp_path / "IOT_2010_ixi", fixes=ASSUMED[1:])
    sectors = tmp_path / "sectors.csv"
    lines = [f"{sector},{sector.title()},services,4.5" for sector in theirs.get_sectors()]
    sectors.write_text("\n".join(["sector,name,kind,trade_elasticity", *lines]))
    world = read_pymrio(tmp_path / "IOT_2010_ixi", sectors=sectors, fixes=ASSUMED[1:])
    assert set(world.trade_elasticity()) == {4.5}
    assert world.sector_names["food"] == "Food"


def write_eora(folder) -> pd.DataFrame:
    """EORA26 in small: two regions, two sectors, six categories of final demand, and the rest-of-world line that pymrio drops."""
    chance = np.random.default_rng(0)
    producers = [
        (region, sector)
        for region in ("Belarus", "Russia")
        for sector in ("Agriculture", "Mining and Quarrying")
    ]
    producers.append(("ROW", "TOTAL"))
    finals = [
        "Household final consumption P.3h", "Non-profit institutions serving households P.3n", "Government final consumption P.3g",
        "Gross fixed capital formation P.51", "Changes in inventories P.52", "Acquisitions less disposals of valuables P.53",
    ]  # fmt: skip
    codes = {"Belarus": "BLR", "Russia": "RUS", "ROW": "ROW"}
    folder.mkdir()
    flows = chance.uniform(1e6, 2e6, (5, 5))
    purchases = chance.uniform(4e6, 9e6, (5, 12))
    purchases[:, 4::6] *= 0.01
    flows[-1] = flows[:, -1] = 0.0
    purchases[-1] = 0.0

    def write(name, rows):
        pd.DataFrame(rows).to_csv(folder / name, sep="\t", header=False, index=False)

    write("Eora26_2015_bp_T.txt", flows)
    write("Eora26_2015_bp_FD.txt", purchases)
    write("Eora26_2015_bp_VA.txt", chance.uniform(1.0, 2.0, (2, 5)))
    write("Eora26_2015_bp_Q.txt", chance.uniform(1.0, 2.0, (1, 5)))
    write("Eora26_2015_bp_QY.txt", chance.uniform(1.0, 2.0, (1, 12)))
    write("labels_T.txt", [(region, codes[region], "Industries", sector) for region, sector in producers])
    write(
        "labels_FD.txt",
        [(region, codes[region], "Final Demand", use) for region in ("Belarus", "Russia") for use in finals],
    )
    write("labels_VA.txt", [("Primary Inputs", "Wages"), ("Primary Inputs", "Operating surplus")])
    write("labels_Q.txt", [("Energy use (TJ)", "Coal")])
    return pd.DataFrame(flows)


def test_eora_is_read_in_its_own_layout_and_units(tmp_path):
    flows = write_eora(tmp_path / "eora_2015")
    world = read_eora26(tmp_path / "eora_2015", fixes=[*ASSUMED, "accept-units"])
    assert world.regions[:2] == ("BLR", "RUS")
    ours = world.data["intermediate"].to_numpy()[:2, :2, :2, :2].reshape(4, 4)
    assert_allclose(ours, flows.iloc[:4, :4] / 1e3, rtol=1e-6)


@pytest.mark.parametrize("release", [57, 59])
def test_gloria_is_read_in_its_own_layout_whatever_its_release(tmp_path, release):
    folder = tmp_path / "gloria_2020"
    folder.mkdir()
    flows, purchases = write_gloria(folder, release)
    world = read_gloria(folder, fixes=["assume-sectors", "accept-units"], inventories="settled")
    assert world.regions == ("BLR", "RUS")  # a region without trade is left out
    assert_allclose(world.data["intermediate"].to_numpy().reshape(6, 6), flows[:6, :6] / 1e3, rtol=1e-6)
    ours = world.data["final_demand"].to_numpy().sum(axis=(2, 3)).ravel()
    assert_allclose(ours, purchases.sum(axis=(1, 2))[:6] / 1e3, rtol=1e-6)
    households = world.data["final_demand"].sel(importer="RUS", use="household").to_numpy().ravel()
    assert_allclose(households, purchases[:6, 1, :2].sum(axis=1) / 1e3, rtol=1e-6)
    assert check_world(world) == ()


def test_what_pymrio_cannot_read_is_said_in_one_sentence(tmp_path):
    (tmp_path / "eora_2015").mkdir()
    with pytest.raises(WorldError, match="pymrio could not read it"):
        read_eora26(tmp_path / "eora_2015")
    with pytest.raises(WorldError, match="no such file or folder"):
        read_eora26(tmp_path / "nowhere_2015")
