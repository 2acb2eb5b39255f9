"""Shocks are traced to the base values on which they fall (issue 6, part 8)."""

from __future__ import annotations

import pytest

from accord.shocks import FactorSupplyShock, PurchaseShock, TechnologyShock, TransferShock
from accord.study.explaining_cells import cells_of
from accord.world.toy import toy_world

WORLD = toy_world()


def _cells(shock):
    frame = cells_of(WORLD, [shock]).frame
    return {(row.importer, row.sector): row.base_usd for row in frame.itertuples()}


def test_a_recipe_falls_on_what_the_sector_uses_of_each_input_that_changes():
    changes = (("farming", -3.0), ("machines", 1.0), ("value_added", 1.0))
    found = _cells(TechnologyShock(measure="m", region="ARC", sector="food", changes=changes))
    used = WORLD.data["intermediate"].sel(importer="ARC", using_sector="food").sum("exporter")
    assert found["ARC", "farming"] == pytest.approx(float(used.sel(supplying_sector="farming")))
    assert found["ARC", "machines"] == pytest.approx(float(used.sel(supplying_sector="machines")))
    added = WORLD.data["value_added"].sel(region="ARC", sector="food")
    assert found["ARC", "value_added"] == pytest.approx(float(added.sum()))
    assert len(found) == len(changes)


def test_purchases_fall_on_all_that_the_region_buys_of_their_products():
    basket = (("machines", 1.0), ("food", 0.0))
    found = _cells(PurchaseShock(measure="m", payer="ARC", region="COR", basket=basket, amount=5.0))
    inputs = WORLD.data["intermediate"].sel(importer="COR", supplying_sector="machines").sum()
    final = WORLD.data["final_demand"].sel(importer="COR", supplying_sector="machines").sum()
    assert found == {("COR", "machines"): pytest.approx(float(inputs + final))}


def test_the_supply_of_a_factor_falls_on_what_it_earns():
    found = _cells(FactorSupplyShock(measure="m", regions=("ARC",), factor="all", multiplier=1.01))
    assert found == {("ARC", ""): pytest.approx(float(WORLD.data["value_added"].sel(region="ARC").sum()))}


def test_a_transfer_falls_on_no_cell_and_its_table_still_holds_numbers():
    frame = cells_of(WORLD, [TransferShock(measure="m", payer="ARC", recipient="BEL", amount=1.0)]).frame
    assert len(frame) == 0
    assert frame["base_usd"].dtype == float
