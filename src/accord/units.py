"""The units that numbers may carry, checked when they are read and printed beside every number."""

from __future__ import annotations

from dataclasses import dataclass

from accord.errors import AccordError, nearest


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its name as written in files and tables, and what it measures."""

    name: str
    meaning: str
    decimals: int


UNITS: dict[str, Unit] = {
    unit.name: unit
    for unit in (
        Unit("USD million", "current US dollars of the World's base year, millions", 1),
        Unit("USD million of base year", "constant US dollars at the World's base-year prices, millions", 1),
        Unit("USD million a year", "US dollars of the World's base year, millions in each year", 1),
        Unit("USD", "US dollars of the World's base year", 0),
        Unit("%", "per cent of the base value", 3),
        Unit("percentage points", "difference of two per-cent figures", 3),
        Unit("share", "a fraction of a named total, between 0 and 1", 4),
        Unit("ratio", "counterfactual divided by base", 6),
        Unit("number", "a pure number", 4),
        Unit("label", "text that names something", 0),
        Unit("yes/no", "a truth value", 0),
        Unit("year", "calendar year", 0),
        Unit("count", "a whole number of things", 0),
        Unit("MW", "megawatts", 0),
        Unit("TWh", "terawatt-hours a year", 2),
        Unit("PJ", "petajoules a year, lower heating value", 1),
        Unit("bcm", "billion cubic metres of gas a year", 2),
        Unit("Mt CO2", "million tonnes of carbon dioxide a year", 2),
        Unit("hours", "hours of a year", 0),
        Unit("USD/MWh", "US dollars per megawatt-hour", 2),
        Unit("USD/1000 m3", "US dollars per thousand cubic metres of gas", 1),
        Unit("USD/t", "US dollars per tonne", 1),
        Unit("USD/barrel", "US dollars per barrel", 2),
        Unit("USD/GJ", "US dollars per gigajoule", 2),
        Unit("USD/kW", "US dollars per kilowatt of net capacity", 0),
        Unit("Mt", "million tonnes a year", 2),
        Unit("million barrels", "million barrels a year", 1),
        Unit("m3/kWh", "cubic metres of gas per kilowatt-hour", 3),
        Unit("persons", "people", 0),
        Unit("persons/MW", "people per megawatt of capacity", 2),
        Unit("person-years", "a person's work for a year", 0),
        Unit("years", "a length of time", 1),
    )
}


def check_unit(name: str) -> str:
    """Return `name` when it is a known unit; otherwise raise an error that names the nearest one."""
    if name in UNITS:
        return name
    raise AccordError(f"unknown unit '{name}'. {nearest(name, UNITS)} Known units: {', '.join(UNITS)}.")
