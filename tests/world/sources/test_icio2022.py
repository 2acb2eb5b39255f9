"""The source icio-2022: getting the file, reading it, making accounts of it."""

import csv
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.errors import WorldError
from accord.world.checks import check_world
from accord.world.impute import VARIANTS
from accord.world.sources import icio2022
from accord.world.sources.icio2022 import Table, fetch, regions, sectors, settle_costs


def test_there_are_80_economies_and_50_sectors_with_names_of_their_own():
    assert len(regions()) == len(set(regions().values())) == 80
    assert len(sectors()) == len({sector.name for sector in sectors()}) == 50
    assert [sector.code for sector in sectors() if sector.kind == "energy"] == ["B05", "B06", "C19", "D"]


@pytest.mark.parametrize(
    ("file", "key", "value", "ours", "published", "separator"),
    [
        ("fontagne_2022_gtap.csv", "gtap_sector", "epsilon_GTAP", "fontagne_2022", "gtap_sectors", " "),
        ("caliendo_parro_2015.csv", "sector", "theta", "caliendo_parro_2015", "caliendo_parro_sectors", ";"),
    ],
)
def test_elasticities_are_the_plain_means_of_the_published_ones(
    shared_data, file, key, value, ours, published, separator
):
    path = shared_data / "elasticities" / file
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    with path.open() as lines:
        known = {row[key]: row[value] for row in csv.DictReader(lines)}
    known["Petroleum"] = "20"  # 64.85 is capped
    for row in icio2022.read_rows("icio2022_sectors.csv"):
        members = [member for member in row[published].split(separator) if member]
        expected = np.mean([abs(float(known[member])) for member in members]) if members else 5.0
        assert float(row[ours]) == pytest.approx(expected, abs=1e-4), row["sector"]


def test_profiles_split_every_product_over_the_uses():
    profile = icio2022.final_demand_profile()
    assert_allclose(profile.use_share.sum(axis=1), 1.0)
    assert (profile.home_odds_factor > 0.0).all()


def test_costs_above_the_cap_become_final_purchases_of_the_same_flow():
    inputs = np.zeros((2, 2, 2, 2))
    inputs[:, :, 0, 0] = [[40.0, 30.0], [50.0, 20.0]]  # 140 of inputs for an output of 100
    inputs[0, 0, 1, 1] = 20.0
    table = Table(inputs, np.array([[40.0, 70.0], [60.0, 90.0]]), ())
    final = np.ones((2, 2, 2, 3))
    final[1, 0, 0] = 0.0
    settled = settle_costs(table, final, np.zeros((2, 2, 2)))
    output = table.row_totals + inputs.sum(axis=(2, 3))
    assert settled.moved == ("AGO A01 (cost share 1.400, USD 42.0 million)",)
    assert settled.intermediate[:, :, 0, 0].sum() == pytest.approx(0.98 * output[0, 0])
    assert_allclose(
        settled.intermediate.sum(axis=3) + settled.final_demand.sum(axis=3),
        inputs.sum(axis=3) + final.sum(axis=3),
    )
    assert_allclose(settled.final_demand[1, 0, 0], [15.0, 0.0, 0.0])  # bought by nobody before: household
    assert_allclose(settled.intermediate[:, :, 1], inputs[:, :, 1])


def pip_that_says(text):
    return lambda *_arguments, **_options: SimpleNamespace(returncode=1, stdout="", stderr=text)


@pytest.mark.parametrize(
    ("output", "found", "remedy"),
    [
        ("/usr/bin/python: No module named pip", "this Python has no pip", "ensurepip"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM",
            "not the one that accord knows",
            "Do not use it",
        ),
        ("OSError: [Errno 28] No space left on device", "the disk is full", "Free some space"),
        ("ERROR: No matching distribution found", "pip could not download.*No matching", "Check the network"),
    ],
)
def test_a_failed_download_says_why_and_what_to_do(monkeypatch, output, found, remedy):
    monkeypatch.setattr(subprocess, "run", pip_that_says(output))
    with pytest.raises(WorldError, match=found) as caught:
        fetch()
    assert remedy in str(caught.value)


def test_too_small_a_disk_is_noticed_before_the_download(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1e6))
    with pytest.raises(WorldError, match="less than 400 MB free"):
        fetch()


def test_pip_is_asked_for_the_one_wheel_with_its_hash_and_nothing_else(monkeypatch):
    asked = {}

    def pip(command, **_options):
        requirements = Path(command[command.index("-r") + 1])
        asked.update(command=command, requirements=requirements.read_text())
        return SimpleNamespace(returncode=1, stdout="", stderr="stopped")

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(WorldError):
        fetch()
    assert {"--no-deps", "--only-binary=:all:", "--require-hashes"} <= set(asked["command"])
    assert asked["requirements"] == f"sanction-simulator==0.1.4 --hash=sha256:{icio2022.WHEEL_SHA256}\n"


def test_a_wheel_with_another_hash_is_refused(tmp_path):
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"not it")
    with pytest.raises(WorldError, match=r"other\.whl has sha256"):
        fetch(wheel=wheel)


def test_a_wheel_that_is_not_there_is_named(tmp_path):
    with pytest.raises(WorldError, match=r"no such file: .*absent\.whl"):
        fetch(wheel=tmp_path / "absent.whl")


def test_an_unknown_variant_is_refused_before_the_download(monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    with pytest.raises(WorldError, match="no imputation of final demand is called 'guess'"):
        fetch("guess")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    try:
        wheel = icio2022._downloaded(folder)
    except WorldError as error:
        pytest.skip(f"the wheel cannot be had here: {error}")
    return icio2022.read_table(icio2022._unpacked(wheel, folder))


@pytest.mark.slow
def test_the_two_capped_columns_are_recovered(table):
    assert table.recovered == ("ISL C21", "CYP H51")
    output = table.row_totals + table.intermediate.sum(axis=(2, 3))
    share = table.intermediate.sum(axis=(0, 1)) / np.where(output > 0.0, output, 1.0)
    codes = [sector.code for sector in sectors()]
    assert share[list(regions()).index("ISL"), codes.index("C21")] == pytest.approx(1.19, abs=0.005)
    assert share[list(regions()).index("CYP"), codes.index("H51")] == pytest.approx(1.05, abs=0.005)
    assert (output == 0.0).sum() == 51


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_gives_a_world_without_faults(table, variant):
    world = icio2022.world_from(table, variant)
    assert check_world(world) == ()
    assert world.name == ("icio-2022" if variant == "home-uplift" else f"icio-2022-{variant}")
    assert variant in " ".join(world.provenance.imputed)


@pytest.mark.slow
def test_balances_of_five_economies_are_within_one_per_cent_of_final_spending(table):
    from tools.check_icio2022 import BALANCES, Flows, recorded_trade

    flows = Flows(icio2022.world_from(table))
    trade = flows.bilateral(flows.inputs + flows.final)
    exports, imports = recorded_trade(regions())
    gap = trade.sum(axis=1) - trade.sum(axis=0) - (exports - imports)
    share = gap / flows.final.sum(axis=(0, 1))
    assert (np.abs(share[[list(regions()).index(code) for code in BALANCES]]) < 0.01).all()
