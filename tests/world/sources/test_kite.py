"""Shares written as KITE writes them give back the World that they were taken from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from accord.errors import WorldError
from accord.world.checks import check_world
from accord.world.sources.kite import read_kite
from accord.world.toy import toy_world


def shares_of(world, folder):
    """Initial conditions of a World, as KITE would hold them. Imports are valued with duty."""
    data = world.data
    tariff = data["tariff_rate"].to_numpy()  # exporter, importer, sector
    factor = 1.0 + tariff.transpose(0, 2, 1)
    flows = data["intermediate"].to_numpy().astype(float) * factor[..., None]
    final = data["final_demand"].to_numpy().astype(float).sum(axis=3) * factor
    bought = flows.sum(axis=3) + final  # exporter, sector, importer
    output = world.gross_output.to_numpy()
    inputs = flows.sum(axis=0)  # sector, importer, using sector
    value_added = data["value_added"].to_numpy().sum(axis=2)
    before_duty = bought / factor
    balance = before_duty.sum(axis=(1, 2)) - before_duty.sum(axis=(0, 1))
    regions, sectors = world.regions, world.sectors

    def write(name, array, **labels):
        index = pd.MultiIndex.from_product(labels.values(), names=labels.keys())
        pd.Series(np.ravel(array), index=index, name="value").reset_index().to_csv(
            folder / f"{name}.csv", index=False
        )

    folder.mkdir()
    trade = {"origin": regions, "destination": regions, "sector": sectors}
    write("trade_share", (bought / bought.sum(axis=0)).transpose(0, 2, 1), **trade)
    write("tariff", 1.0 + tariff, **trade)
    write(
        "intermediate_share",
        (inputs / inputs.sum(axis=0)).transpose(1, 0, 2),
        country=regions,
        input=sectors,
        output=sectors,
    )
    write("factor_share", value_added / output, country=regions, sector=sectors)
    spent = final.sum(axis=0).T
    write("consumption_share", spent / spent.sum(axis=1, keepdims=True), country=regions, sector=sectors)
    write("value_added", value_added.sum(axis=1), country=regions)
    write("trade_balance", balance, country=regions)
    write("trade_elasticity", world.trade_elasticity(), sector=sectors)
    return folder


def without_tax(world):
    """The World when its tax on output is value added: shares know no such tax."""
    from accord.world.build import rebuilt

    return rebuilt(world, provenance=world.provenance, output_tax_rate=None, value_added=None)


@pytest.fixture(scope="module")
def world():
    return without_tax(toy_world())


FIXES = ["assume-sectors", "accept-units"]


def test_flows_tariffs_and_value_added_come_back(world, tmp_path):
    folder = shares_of(world, tmp_path / "kite_2020")
    back = read_kite(folder, fixes=FIXES)
    assert check_world(back) == ()
    # One sourcing for all users: sums over users are those of the original, cells are not.
    for name, axis in (("intermediate", 3), ("final_demand", 3)):
        ours, theirs = (table.data[name].to_numpy().sum(axis=axis) for table in (back, world))
        assert ours.shape == theirs.shape
    assert_allclose(back.gross_output.to_numpy(), world.gross_output.to_numpy(), rtol=1e-6)
    sums = ("value_added", "tariff_rate")
    for name in sums:
        ours, theirs = (table.data[name].to_numpy() for table in (back, world))
        assert_allclose(
            ours.sum(axis=-1) if name == "value_added" else ours,
            theirs.sum(axis=-1) if name == "value_added" else theirs,
            rtol=1e-6,
        )
    traded = [
        table.data["intermediate"].to_numpy().sum(axis=3) + table.data["final_demand"].to_numpy().sum(axis=3)
        for table in (back, world)
    ]
    assert_allclose(traded[0], traded[1], rtol=1e-6)
    assert list(back.trade_elasticity()) == list(world.trade_elasticity())


def change(folder, name, edit):
    file = folder / f"{name}.csv"
    frame = pd.read_csv(file)
    edited = edit(frame)
    (frame if edited is None else edited).to_csv(file, index=False)


FAULTS = {
    "value added that does not follow": (
        "value_added",
        lambda f: f.loc.__setitem__((0, "value"), f.loc[0, "value"] * 1.2),
        "implied-balances",
    ),
    "shares that do not sum to one": (
        "trade_share",
        lambda f: f.loc.__setitem__((0, "value"), 0.9 * f.loc[0, "value"]),
        "normalise-shares",
    ),
    "elasticities upside down": ("trade_elasticity", lambda f: f.__setitem__("value", 1.0 / f["value"]), "inverse-elasticities"),
    "elasticities with a sign": ("trade_elasticity", lambda f: f.__setitem__("value", -f["value"]), "absolute-elasticities"),
    "a lost line": ("trade_share", lambda f: f.drop(index=5), "missing-is-zero"),
    "a negative share": ("factor_share", lambda f: f.loc.__setitem__((0, "value"), -0.1), None),
    "a tariff that is a rate": ("tariff", lambda f: f.__setitem__("value", f["value"] - 1.0), None),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_said_with_its_fix(name, world, tmp_path):
    file, edit, fix = FAULTS[name]
    folder = shares_of(world, tmp_path / "kite_2020")
    change(folder, file, edit)
    with pytest.raises(WorldError) as raised:
        read_kite(folder, fixes=FIXES)
    assert any(file in fault.where or "elasticities" in fault.where for fault in raised.value.faults), (
        raised.value
    )
    if fix is not None:
        assert f"--fix {fix}" in str(raised.value)
        mended = read_kite(folder, fixes=[*FIXES, fix, "normalise-shares", "implied-balances"])
        assert check_world(mended) == ()


def test_a_missing_file_is_named_with_its_columns(tmp_path):
    (tmp_path / "kite_2020").mkdir()
    with pytest.raises(WorldError, match=r"Write it with the columns origin, destination, sector, value"):
        read_kite(tmp_path / "kite_2020")


def test_a_file_that_would_be_ignored_is_a_fault(tmp_path):
    folder = tmp_path / "kite_2020"
    folder.mkdir()
    (folder / "export_subsidy.csv").write_text("origin,destination,sector,value\n", encoding="utf-8")
    with pytest.raises(WorldError, match=r"no place for what this file holds[\s\S]*Move it out"):
        read_kite(folder)
