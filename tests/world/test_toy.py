"""The toy World, by hand."""

from __future__ import annotations

import numpy as np

from accord.world.toy import TARIFFS, toy_world


def test_the_worked_column_of_the_docstring_is_right():
    data = toy_world().data
    sales = (
        data["intermediate"].sel(exporter="COR", supplying_sector="machines").sum()
        + data["final_demand"].sel(exporter="COR", supplying_sector="machines").sum()
    )
    assert sales == (10 + 10 + 20 + 30 + 15 + 40) + (40 + 20 + 20) + (20 + 20 + 20)
    assert data["value_added"].sel(region="COR", sector="machines").item() == 265 - 64 - 1


def test_the_accounts_of_the_docstring_are_right():
    toy = toy_world()
    assert toy.gross_output.values.tolist() == [[520, 730, 1590], [395, 605, 680], [330, 292, 265]]
    assert toy.data["value_added"].values[..., 0].tolist() == [
        [315, 219, 1142],
        [303, 262, 502],
        [244, 118, 200],
    ]


def test_every_flow_and_every_duty_is_a_whole_number():
    data = toy_world().data
    sales = data["intermediate"].sum("using_sector", dtype=float) + data["final_demand"].sum(
        "use", dtype=float
    )
    duties = sales * data["tariff_rate"].rename(sector="supplying_sector")
    for cells in (data["intermediate"], data["final_demand"], duties):
        assert np.all(np.abs(cells.values - np.rint(cells.values)) < 1e-12)


def test_tariffs_are_oriented_as_the_table_says():
    assert "BEL      COR            20   10       10" in TARIFFS
    rates = toy_world().data["tariff_rate"]
    assert rates.sel(importer="BEL", exporter="COR").values.tolist() == [0.2, 0.1, 0.1]


def test_the_union_schedule_frees_trade_between_arc_and_bel_alone():
    data = toy_world().data
    union = data["tariff_schedules"].sel(schedule="arc-bel-union")
    assert not union.sel(exporter=["ARC", "BEL"], importer=["ARC", "BEL"]).values.any()
    for axis in ("exporter", "importer"):
        assert union.sel({axis: "COR"}).equals(
            data["tariff_rate"].sel({axis: "COR"}).assign_coords(schedule="arc-bel-union")
        )
