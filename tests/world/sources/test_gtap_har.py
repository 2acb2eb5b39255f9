"""A made-up GTAP data base whose identities hold becomes a World that keeps its value added, duties, output and trade."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.errors import WorldError
from accord.world.checks import check_world
from accord.world.sources.gtap_har import HEADERS, USES, read_gtap_har

harpy = pytest.importorskip("harpy")
SETS = {
    "C": ("gro", "ele", "otp"),
    "A": ("gro", "ele", "otp"),
    "R": ("aaa", "bbb"),
    "E": ("lab", "cap"),
    "M": ("otp",),
}


def base_data() -> dict[str, np.ndarray]:
    """Arrays by header: users' imports add up to imports by origin, margins to their supply, costs to output."""
    chance = np.random.default_rng(0)
    c, r = 3, 2
    v = {}
    v["VXSB"] = chance.uniform(5, 10, (c, r, r)) * (1.0 - np.eye(r))
    v["VFOB"] = v["VXSB"] * 1.02
    v["VTWR"] = 0.05 * v["VFOB"][None]
    v["VCIF"] = v["VFOB"] + v["VTWR"].sum(axis=0)
    v["VMSB"] = v["VCIF"] * np.array([1.10, 1.05, 1.0])[:, None, None]
    v["VST"] = v["VTWR"].sum(axis=(1, 2, 3))[:, None] * np.array([[0.3, 0.7]])
    users = chance.dirichlet(np.ones(c + 3), (c, r)).transpose(0, 2, 1) * v["VMSB"].sum(axis=1)[:, None, :]
    v["VMFB"] = users[:, :c]
    v["VDFB"] = chance.uniform(2, 6, (c, c, r))
    v["VDFP"], v["VMFP"] = 1.03 * v["VDFB"], 1.04 * v["VMFB"]
    for place, agent in enumerate(USES.values()):
        v[f"VM{agent}B"] = users[:, c + place]
        v[f"VD{agent}B"] = chance.uniform(10, 20, (c, r))
        v[f"VM{agent}P"], v[f"VD{agent}P"] = 1.1 * v[f"VM{agent}B"], 1.1 * v[f"VD{agent}B"]
    output = v["VDFB"].sum(axis=1) + sum(v[f"VD{agent}B"] for agent in USES.values()) + v["VXSB"].sum(axis=2)
    output[2] += v["VST"][0]
    v["MAKB"] = np.einsum("cr,ca->car", output, np.eye(c))
    v["MAKS"] = 0.97 * v["MAKB"]
    income = 0.97 * output - v["VDFP"].sum(axis=0) - v["VMFP"].sum(axis=0)
    v["EVFP"] = np.stack([0.6 * income, 0.4 * income])
    return v


def write(path, data):
    from harpy import HarFileObj, HeaderArrayObj

    file = HarFileObj()
    for name, array in data.items():
        sets = [
            {"name": f"SET{letter}", "status": "k", "dim_type": "Set", "dim_desc": list(SETS[letter])}
            for letter in HEADERS[name]
        ]
        file.addHeaderArrayObj(
            HeaderArrayObj.HeaderArrayFromData(
                name, array.astype(np.float32), sets=sets, data_type="RE", storage_type="FULL", version=1
            )
        )
    file.writeToDisk(str(path))
    return path


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:harpy")
FIXES = ["accept-units"]


@pytest.fixture(scope="module")
def data():
    return base_data()


def test_value_added_output_trade_and_duties_are_the_recorded_ones(data, tmp_path):
    world = read_gtap_har(write(tmp_path / "base_2017.har", data), fixes=FIXES)
    assert check_world(world) == ()
    assert world.regions == ("AAA", "BBB")
    assert_allclose(world.data["value_added"].to_numpy().sum(axis=2), data["EVFP"].sum(axis=0).T, rtol=1e-5)
    exports_tax = (data["VFOB"] - data["VXSB"]).sum(axis=2)
    assert_allclose(
        world.gross_output.to_numpy(), (np.einsum("ccr->cr", data["MAKB"]) + exports_tax).T, rtol=1e-5
    )
    flows = world.data["intermediate"].to_numpy().sum(axis=3) + world.data["final_demand"].to_numpy().sum(
        axis=3
    )
    duties = (world.data["tariff_rate"].to_numpy().transpose(0, 2, 1) * flows).sum(axis=0)[:2]
    # The third product is the margin, whose flows hold transport too; it pays no duty.
    assert_allclose(duties, (data["VMSB"] - data["VCIF"]).sum(axis=1)[:2], rtol=1e-5)
    assert_allclose(flows[0, 0, 1], data["VFOB"][0, 0, 1], rtol=1e-5)
    margins = float(
        flows[:, 2].sum()
        - data["VFOB"][2].sum()
        - data["VDFB"][2].sum()
        - sum(data[f"VD{a}B"][2].sum() for a in USES.values())
    )
    assert margins == pytest.approx(float(data["VST"].sum()), rel=1e-4)


def test_missing_headers_and_broken_accounts_are_faults(data, tmp_path):
    with pytest.raises(WorldError, match=r"headers are missing: VTWR"):
        read_gtap_har(
            write(tmp_path / "base_2017.har", {name: array for name, array in data.items() if name != "VTWR"})
        )
    with pytest.raises(WorldError, match="imports by user and by origin differ"):
        read_gtap_har(write(tmp_path / "base_2017.har", {**data, "VMFB": 1.5 * data["VMFB"]}), fixes=FIXES)
    with pytest.raises(WorldError, match="columns: 6 of 6 do not add up"):
        read_gtap_har(write(tmp_path / "base_2017.har", {**data, "EVFP": 1.5 * data["EVFP"]}), fixes=FIXES)


def test_what_is_no_har_file_is_said(tmp_path):
    (tmp_path / "base_2017.har").write_bytes(b"nothing of the kind")
    with pytest.raises(WorldError, match="harpy3 could not read it"):
        read_gtap_har(tmp_path / "base_2017.har")
