"""Power systems from file to tables: shapes, faults, adding up, and the gas that the Belarusian plant displaces."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from accord.adapters.power import dispatch_system, read_shapes, synthetic_shapes
from accord.engines.power import InfeasibleDispatchError
from accord.errors import ProgrammeError
from accord.numerics.power_shapes import calendar, heat_shape, load_shape, solar_shape, wind_shape
from accord.programme.estimate import Estimate
from accord.programme.power_system import power_system_names, read_power_system
from accord.study.power import change_table, dispatch_tables, displaced_by

SMALL = """
name = "Small"
year = 2022
source = "made up"
[[region]]
code = "ARC"
demand = {demand}
season = 0.1
day = 0.1
weekend = 0.05
temperature = 7
temperature_amplitude = 12
hot_water = 0.2
[[fuel]]
name = "gas"
product = "gas"
price = {price}
amount = "1000 m3"
gigajoules = 36
co2 = 0.0561
[[plant]]
name = "steam"
region = "ARC"
technology = "steam"
fuel = "{fuel}"
capacity = 200
efficiency = 0.4
"""


@pytest.fixture(scope="module")
def example():
    return read_power_system("belarus_russia")


@pytest.fixture(scope="module")
def without(example):
    return dispatch_system(example)


@pytest.fixture(scope="module")
def with_plant(example):
    return dispatch_system(example, options=("nuclear-BLR",))


def small(path, *, demand=1.0, price=128.5, fuel="gas"):
    path.write_text(SMALL.format(demand=demand, price=price, fuel=fuel))
    return path


def test_shapes_are_what_their_parameters_say():
    when = calendar()
    assert when.hours.sum() == pytest.approx(8760.0)
    load, heat = load_shape(when, 0.14, 0.15, 0.09), heat_shape(when, 7.0, 12.0, 0.25)
    wind, sun = wind_shape(when, 0.26), solar_shape(when, 0.115, 53.7)
    year = when.hours.sum()
    assert load @ when.hours / year == pytest.approx(1.0)
    assert wind @ when.hours / year == pytest.approx(0.26)
    assert sun @ when.hours / year == pytest.approx(0.115)
    assert heat.max() == pytest.approx(1.0)
    assert heat[when.month == 6].max() == pytest.approx(0.25)
    assert sun[when.hour == 0].max() == 0.0
    assert load[when.day_kind == 1].mean() < load[when.day_kind == 0].mean()
    assert when.month[np.argmax(load)] == 0


def test_plants_and_lines_add_up_to_load_in_every_region(example):
    found = dispatch_system(example.changed(open_lines=1.0))
    tables = dispatch_tables(found)
    regions = tables["power_regions"].frame.set_index("region")
    plants = tables["power_plants"].frame.groupby("region")[["energy_twh", "co2_mt"]].sum()
    assert_allclose(plants["energy_twh"], regions["generation_twh"])
    assert_allclose(plants["co2_mt"], regions["co2_mt"])
    assert_allclose(regions["generation_twh"] + regions["imports_twh"], regions["demand_twh"])
    assert regions.loc["BLR", "imports_twh"] > 1.0
    duration = tables["power_duration"].frame
    by_step = duration.groupby(["region", "hour"])
    for region, loads in by_step["load_mw"].first().groupby("region"):
        assert np.all(np.diff(loads.to_numpy()) <= 1e-6)
        mean = by_step["output_mw"].sum()[region].mean()
        assert mean * 8760 / 1e6 == pytest.approx(regions.loc[region, "generation_twh"])


def test_the_gas_that_two_units_displace_comes_near_what_the_operator_states(without, with_plant):
    # Stated: 4 to 4.5 bcm a full year; 30 TWh replaced 8 bcm (0.267 m3/kWh) and avoided 14 Mt (0.47 t/MWh). See FACTS section 2.
    change = change_table(without, with_plant, ["nuclear-BLR"]).frame.set_index(["region", "fuel"])
    bcm = -change.loc[("BLR", "gas"), "change_bcm"]
    plant = displaced_by(without.file, without.file.plant("nuclear-BLR"))
    assert 4.0 <= bcm <= 4.5
    assert plant.gas_bcm == pytest.approx(bcm)
    assert plant.gas_m3_per_kwh == pytest.approx(0.267, rel=0.10)
    assert -plant.co2_t / plant.energy_mwh == pytest.approx(0.47, rel=0.10)
    assert plant.fuel_usd["BLR", "gas-BLR"] == pytest.approx(-bcm * 128.5 * 1e6, rel=1e-9)


def test_an_open_line_moves_part_of_the_displaced_gas_to_the_neighbour(example):
    plant = example.plant("nuclear-BLR")
    opened = displaced_by(example.changed(open_lines=1.0), plant)
    closed = displaced_by(example, plant)
    assert closed.fuel_gj["RUS", "gas-RUS"] == pytest.approx(0.0, abs=1.0)
    assert opened.fuel_gj["RUS", "gas-RUS"] < -1e6
    assert opened.import_usd["BLR"] == pytest.approx(
        -opened.import_usd["RUS"], rel=0.2
    )  # but for losses and charges


def test_regions_without_a_line_in_use_change_nothing_in_each_other(example):
    plant = example.plant("nuclear-BLR")
    apart = displaced_by(example, plant)  # its one line is closed
    # A line that carries next to nothing: both regions are dispatched together.
    (line,) = example.lines
    thread = line.model_copy(update={"open": Estimate.exactly(1e-9, "made up")})
    linked = displaced_by(example.model_copy(update={"lines": (thread,)}), plant)
    shaped = displaced_by(example, plant, synthetic_shapes(example))
    for other in (linked, shaped):
        for name in ("fuel_gj", "fuel_usd", "other_usd", "import_usd", "price_before", "price_after"):
            found, wanted = getattr(apart, name), getattr(other, name)
            assert found == pytest.approx(wanted, rel=1e-6, abs=1e3), name
            assert list(found) == list(wanted)
        assert (apart.gas_bcm, apart.co2_t) == pytest.approx((other.gas_bcm, other.co2_t), rel=1e-9)
    assert apart.fuel_gj["RUS", "gas-RUS"] == pytest.approx(0.0, abs=1e-3)


def test_a_dearer_fuel_of_one_region_never_lowers_its_price(example):
    cheap = dispatch_system(example).found.mean_price
    dear = dispatch_system(example.changed(fuel_prices={"gas-BLR": 250.0})).found.mean_price
    assert dear[0] > 1.5 * cheap[0]
    assert dear[1] == pytest.approx(cheap[1])


def test_measured_shapes_give_the_same_year_as_the_shapes_they_were_written_from(example, without, tmp_path):
    shapes = synthetic_shapes(example)
    columns = {"period": shapes.names, "hours": shapes.hours / 2.0}
    for kind in ("load", "heat", "wind", "solar"):
        columns |= {f"{kind}_{code}": 7.0 * getattr(shapes, kind)[n] for n, code in enumerate(("BLR", "RUS"))}
    pd.DataFrame(columns).to_csv(tmp_path / "shapes.csv", index=False)
    measured = dispatch_system(example, read_shapes(tmp_path / "shapes.csv", example))
    assert measured.found.cost == pytest.approx(without.found.cost, rel=1e-6)


def test_missing_and_wrong_columns_of_shapes_are_all_named(example, tmp_path):
    (tmp_path / "bad.csv").write_text("period,hours,load_BLR\na,1,5\nb,1,-2\n")
    with pytest.raises(ProgrammeError) as raised:
        read_shapes(tmp_path / "bad.csv", example)
    assert "no column 'load_RUS'" in str(raised.value)
    assert "column 'load_BLR', line 3: '-2'" in str(raised.value)


def test_every_system_that_comes_with_accord_reads_and_every_number_has_its_evidence():
    assert "belarus_russia" in power_system_names()
    for name in power_system_names():
        estimates = read_power_system(name).estimates()
        assert len(estimates) > 50
        for place, estimate in estimates.items():
            assert estimate.source != "no source stated", place
            if estimate.is_assumption:
                assert estimate.low < estimate.high, f"{place} is assumed and has no range"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"price": -3}, "-3 is out of range"),
        ({"fuel": "gaz"}, "no fuel 'gaz'"),
        ({"demand": 0}, "0 is out of range"),
    ],
)
def test_a_faulty_system_is_refused_with_its_place(change, message, tmp_path):
    with pytest.raises(ProgrammeError, match=message) as raised:
        read_power_system(small(tmp_path / "small.toml", **change))
    assert "small.toml" in str(raised.value)


def test_a_system_that_is_neither_known_nor_a_file_is_answered_with_the_nearest():
    with pytest.raises(ProgrammeError, match="Did you mean 'belarus_russia'"):
        read_power_system("belarus_rusia")


def test_load_that_cannot_be_met_is_named_with_region_and_period(tmp_path):
    with pytest.raises(InfeasibleDispatchError, match=r"ARC, Jan, working day, 18:00: .* MW short"):
        dispatch_system(read_power_system(small(tmp_path / "small.toml", demand=2.0)))
