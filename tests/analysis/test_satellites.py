"""Counts per producer: read with every fault at once, and their accounts with labels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.analysis.critical import smallest_supplier_set
from accord.analysis.extraction import value_through
from accord.analysis.production import production_of
from accord.analysis.satellites import Satellite, read_satellites, satellite_tables
from accord.errors import AccordError, WorldError
from accord.world import read_world
from accord.world.aggregate import aggregate
from economies import random_world


def counted(world, name="jobs", factor=0.02) -> np.ndarray:
    return factor * production_of(world).output.reshape(len(world.regions), -1)


def written(folder, world, *, skip=(), extra="", unit="thousand persons"):
    lines = ["satellite,unit,region,sector,amount"]
    amounts = counted(world)
    for r, region in enumerate(world.regions):
        for s, sector in enumerate(world.sectors):
            if (region, sector) not in skip:
                lines.append(f"jobs,{unit},{region},{sector},{amounts[r, s]}")
    file = folder / "jobs.csv"
    file.write_text("\n".join(lines) + "\n" + extra, encoding="utf-8")
    return file


def test_counts_are_read_and_every_account_has_its_unit_and_adds_up(tmp_path):
    world = read_world("toy")
    (jobs,) = read_satellites(written(tmp_path, world), world)
    assert (jobs.name, jobs.unit) == ("jobs", "thousand persons")
    accounts, flows, multipliers = satellite_tables(world, [jobs])
    frame = accounts.frame
    assert set(frame["satellite_unit"]) == {"thousand persons"}
    assert_allclose(frame["arises"].sum(), jobs.amounts.sum())
    assert_allclose(frame["caused"].sum(), frame["arises"].sum())
    assert_allclose(frame["balance"], frame["for_abroad"] - frame["caused_abroad"], atol=1e-9)
    by_origin = flows.frame.groupby("origin")["amount"].sum()
    assert_allclose(by_origin[list(world.regions)], frame.set_index("region")["arises"][list(world.regions)])
    final = np.array(world.data["final_demand"], dtype=float).sum(axis=(2, 3)).ravel()
    assert_allclose(multipliers.frame["per_output_usd"] @ final, jobs.amounts.sum())


def test_chosen_regions_have_rows_and_flows_that_touch_them():
    world = read_world("toy")
    accounts, flows, multipliers = satellite_tables(
        world, [Satellite("jobs", "persons", counted(world))], ["ARC"]
    )
    assert list(accounts.frame["region"]) == ["ARC"]
    assert (flows.frame[["origin", "destination"]] == "ARC").any(axis=1).all()
    assert set(multipliers.frame["region"]) == {"ARC"}


def test_labels_survive_aggregation():
    world = random_world(3, regions=3, sectors=3)
    first, *rest = world.regions
    merged = aggregate(world, regions={"ONE": [first], "ALL": rest})
    amounts = counted(world)
    summed = np.array([amounts[0], amounts[1:].sum(axis=0)])
    order = [("ONE", "ALL").index(region) for region in merged.regions]
    fine, _, _ = satellite_tables(world, [Satellite("jobs", "persons", amounts)])
    wide, _, _ = satellite_tables(merged, [Satellite("jobs", "persons", summed[order])])
    assert set(wide.frame["region"]) == {"ONE", "ALL"}
    one = wide.frame.set_index("region").loc["ONE", "arises"]
    assert_allclose(one, fine.frame.set_index("region").loc[world.regions[0], "arises"])


def test_every_fault_of_a_file_is_listed_at_once(tmp_path):
    world = read_world("toy")
    file = written(tmp_path, world, extra="jobs,persons,ARK,food,1\njobs,persons,ARC,foods,many\n")
    with pytest.raises(WorldError) as caught:
        read_satellites(file, world)
    said = str(caught.value)
    assert "no region 'ARK'" in said
    assert "Did you mean 'food'" in said
    assert "no number as amount" in said


def test_blank_is_not_zero_and_units_are_one(tmp_path):
    world = read_world("toy")
    missing = (world.regions[0], world.sectors[1])
    file = written(tmp_path, world, skip={missing})
    with pytest.raises(WorldError, match=f"no amount for {missing[0]} {missing[1]}"):
        read_satellites(file, world)
    text = written(tmp_path, world, skip={missing}, extra=f"jobs,people,{missing[0]},{missing[1]},3\n")
    with pytest.raises(WorldError, match="several units: people, thousand persons"):
        read_satellites(text, world)
    (tmp_path / "other.csv").write_text("satellite,units,region,sector,amount\n")
    with pytest.raises(WorldError, match="no column 'unit'"):
        read_satellites(tmp_path / "other.csv", world)


def test_the_smallest_set_for_output_counts_output_as_value_that_passes_through():
    world = read_world("toy")
    table = smallest_supplier_set(world, "BEL", share=0.05, of="output")
    production = production_of(world)
    rows = production.at("BEL")
    weights = production.output[rows] / production.output[rows].sum()
    chosen = [
        production.positions([row.exporter], [row.supplying_sector])[0] for row in table.frame.itertuples()
    ]
    for step in range(1, len(chosen) + 1):
        through = value_through(production, np.array(chosen[:step]))[rows]
        assert_allclose(table.frame["together_pct"].iloc[step - 1], 100.0 * weights @ through)
    assert table.name == "critical_suppliers_of_output_BEL"
    with pytest.raises(AccordError, match="'final products' or 'output'"):
        smallest_supplier_set(world, "BEL", of="exports")  # pyright: ignore[reportArgumentType]
