"""Power systems in labels to the arrays of `engines.power`, and dispatches back to labelled frames."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from accord.engines.power import (
    Dispatch,
    InfeasibleDispatchError,
    Lines,
    Plants,
    PowerSystem,
    dispatch,
)
from accord.errors import Fault, ProgrammeError
from accord.numerics.power_shapes import calendar, heat_shape, load_shape, solar_shape, wind_shape
from accord.programme.power_system import PowerPlant, PowerRegion, PowerSystemFile

GJ_PER_MWH = 3.6
HOURS_OF_YEAR = 8760.0


@dataclass(frozen=True)
class Shapes:
    """Shapes over periods.

    Attributes:
        names: Name of each period.
        hours: Hours of the year that each stands for (period,).
        load: Load over its mean (region, period).
        heat: Heat over its peak (region, period).
        wind: Output of wind over capacity at a capacity factor of one hundred per cent: relative to the mean (region, period).
        solar: The same for the sun.
        source: What they are, for readers.
    """

    names: tuple[str, ...]
    hours: np.ndarray
    load: np.ndarray
    heat: np.ndarray
    wind: np.ndarray
    solar: np.ndarray
    source: str


@dataclass(frozen=True)
class Powered:
    """A dispatched system, with the labels of everything.

    Attributes:
        file: The system.
        shapes: Its periods.
        plants: Plants in the order of the arrays.
        found: The dispatch.
    """

    file: PowerSystemFile
    shapes: Shapes
    plants: tuple[PowerPlant, ...]
    found: Dispatch

    @property
    def regions(self) -> tuple[str, ...]:
        """Region codes."""
        return tuple(region.code for region in self.file.regions)

    @cached_property
    def fuel_gigajoules(self) -> np.ndarray:
        """GJ of fuel a year of each plant (plant,): what must run at its own efficiency, the rest at the marginal one.

        A consumer has a negative amount: the fuel that it saves.
        """
        given, found = self.found.system, self.found
        floor = np.minimum(given.plants.floor * given.plants.capacity[:, None], np.maximum(found.output, 0.0))
        bound = np.maximum(floor, 0.0) @ given.hours
        free = found.energy - bound
        return GJ_PER_MWH * (bound * _rates(self.plants, must_run=True) + free * _rates(self.plants))

    @cached_property
    def fuel_usd(self) -> np.ndarray:
        """USD a year of fuel of each plant (plant,)."""
        prices = [self.file.fuel(plant.fuel).per_gigajoule if plant.fuel else 0.0 for plant in self.plants]
        return self.fuel_gigajoules * np.array(prices)

    @cached_property
    def carbon_tonnes(self) -> np.ndarray:
        """T of CO2 a year of each plant (plant,)."""
        rates = [self.file.fuel(plant.fuel).co2.central if plant.fuel else 0.0 for plant in self.plants]
        return self.fuel_gigajoules * np.array(rates)

    @cached_property
    def imports_mwh(self) -> np.ndarray:
        """MWh a year that arrive in each region, less what it sends (region,)."""
        lines, hours = self.found.system.lines, self.found.system.hours
        forward, backward = self.found.forward @ hours, self.found.backward @ hours
        net = np.zeros(len(self.regions))
        np.add.at(net, lines.end, (1.0 - lines.loss) * forward - backward)
        np.add.at(net, lines.start, (1.0 - lines.loss) * backward - forward)
        return net

    @cached_property
    def import_cost_usd(self) -> np.ndarray:
        """USD a year of net imports of each region at the seller's price plus the charge; negative where it earns (region,)."""
        given, found = self.found.system, self.found
        cost = np.zeros(len(self.regions))
        for flow, seller, buyer in (
            (found.forward, given.lines.start, given.lines.end),
            (found.backward, given.lines.end, given.lines.start),
        ):
            paid = (flow * found.price[seller] * given.hours).sum(axis=1)
            charge = (flow @ given.hours) * given.lines.charge
            np.add.at(cost, buyer, paid + charge)
            np.add.at(cost, seller, -paid)
        return cost


def synthetic_shapes(file: PowerSystemFile) -> Shapes:
    """Return the documented synthetic shapes of every region (`numerics.power_shapes`)."""
    when = calendar()
    regions = file.regions
    return Shapes(
        names=when.names,
        hours=when.hours,
        load=np.stack(
            [
                load_shape(when, region.season.central, region.day.central, region.weekend.central)
                for region in regions
            ]
        ),
        heat=np.stack(
            [
                heat_shape(
                    when,
                    region.temperature.central,
                    region.temperature_amplitude.central,
                    region.hot_water.central,
                )
                for region in regions
            ]
        ),
        wind=np.stack([wind_shape(when, 0.25) / 0.25 for _ in regions]),
        solar=np.stack([solar_shape(when, 0.1, region.latitude) / 0.1 for region in regions]),
        source="synthetic: 12 months x 2 kinds of day x 24 hours (docs/methods/power.md)",
    )


def read_shapes(path: str | os.PathLike[str], file: PowerSystemFile) -> Shapes:
    """Return measured shapes from a CSV with columns period, hours, and load_R, heat_R, wind_R, solar_R for each region R.

    Loads may be in any unit: they are scaled to the yearly demand of the file. Heat is scaled to its peak, wind and sun to their
    mean. Hours are scaled to a year. Missing wind, solar or heat columns take the mean of no shape: constant.
    """
    frame, where = _csv(Path(path)), Path(path).name
    faults = [
        Fault(where, f"no column '{name}'", "period, hours, and load_REGION for every region of the system")
        for name in ("period", "hours", *(f"load_{region.code}" for region in file.regions))
        if name not in frame
    ]
    numbers = frame.drop(columns="period", errors="ignore")
    for name in numbers:
        values = pd.to_numeric(numbers[name], errors="coerce")
        wrong = numbers.index[values.isna() | (values < 0.0)]
        if len(wrong):
            faults.append(
                Fault(
                    f"{where}, column '{name}', line {wrong[0] + 2}",
                    f"'{numbers[name][wrong[0]]}'",
                    "a number, zero or more",
                )
            )
    if faults:
        raise ProgrammeError(faults)
    values = numbers.astype(float)
    hours = values["hours"].to_numpy() * HOURS_OF_YEAR / values["hours"].sum()

    def shape(kind: str, region: PowerRegion, *, peak: bool = False) -> np.ndarray:
        name = f"{kind}_{region.code}"
        series = values[name].to_numpy() if name in values else np.ones(len(values))
        scale = series.max() if peak else (series @ hours) / hours.sum()
        return series / scale if scale > 0.0 else series

    regions = file.regions
    return Shapes(
        tuple(frame["period"].astype(str)),
        hours,
        np.stack([shape("load", region) for region in regions]),
        np.stack([shape("heat", region, peak=True) for region in regions]),
        np.stack([shape("wind", region) for region in regions]),
        np.stack([shape("solar", region) for region in regions]),
        f"measured: {where}",
    )


def dispatch_system(
    file: PowerSystemFile, shapes: Shapes | None = None, *, options: tuple[str, ...] = ()
) -> Powered:
    """Dispatch `file` at least cost.

    Args:
        file: The system.
        shapes: Its periods; the synthetic ones by default.
        options: Names of plants that are not in service and are added.

    Raises:
        InfeasibleDispatchError: With the names of regions and periods where load cannot be met.
    """
    shapes = shapes or synthetic_shapes(file)
    added = {file.plant(name).name for name in options}
    plants = tuple(plant for plant in file.plants if plant.in_service or plant.name in added)
    system = _arrays(file, shapes, plants)
    try:
        found = dispatch(system)
    except InfeasibleDispatchError as error:
        codes = [region.code for region in file.regions]
        raise InfeasibleDispatchError(error.misfits, error.energy, codes, shapes.names) from None
    return Powered(file, shapes, plants, found)


def _arrays(file: PowerSystemFile, shapes: Shapes, plants: tuple[PowerPlant, ...]) -> PowerSystem:
    codes = [region.code for region in file.regions]
    home = np.array([codes.index(plant.region) for plant in plants], dtype=np.intp)
    ceiling = np.stack([_ceiling(plant, shapes, n) for plant, n in zip(plants, home, strict=True)])
    floor = np.stack(
        [_floor(plant, shapes, n, top) for plant, n, top in zip(plants, home, ceiling, strict=True)]
    )
    mean_load = np.array([region.demand.central * 1e6 for region in file.regions]) / shapes.hours.sum()
    lost = [np.inf if region.lost_load is None else region.lost_load.central for region in file.regions]
    return PowerSystem(
        hours=shapes.hours,
        demand=mean_load[:, None] * shapes.load,
        plants=Plants(
            region=home,
            capacity=np.array([plant.capacity.central for plant in plants]),
            ceiling=ceiling,
            floor=floor,
            cost=np.array([marginal_cost(file, plant) for plant in plants]),
            energy_limit=np.array(
                [np.inf if plant.energy is None else plant.energy.central * 1e6 for plant in plants]
            ),
        ),
        lines=Lines(
            start=np.array([codes.index(line.start) for line in file.lines], dtype=np.intp),
            end=np.array([codes.index(line.end) for line in file.lines], dtype=np.intp),
            capacity=np.array([line.capacity.central * line.open.central for line in file.lines]),
            loss=np.array([line.loss.central for line in file.lines]),
            charge=np.array([line.charge.central for line in file.lines]),
        ),
        lost_load_value=np.array(lost),
    )


def marginal_cost(file: PowerSystemFile, plant: PowerPlant) -> float:
    """USD per MWh of one more MWh; for a consumer, what a MWh taken saves."""
    fuel = file.fuel(plant.fuel).per_gigajoule if plant.fuel else 0.0
    rate = _rates((plant,))[0]
    return GJ_PER_MWH * fuel * rate + plant.variable_cost.central


def _rates(plants: tuple[PowerPlant, ...], *, must_run: bool = False) -> np.ndarray:
    """Fuel in over energy out of each plant (plant,), at the margin or for what must run."""
    rates = []
    for plant in plants:
        bound = plant.must_run_efficiency if must_run else None
        chosen = bound or plant.efficiency
        rates.append(1.0 / chosen.central if plant.fuel and chosen else 0.0)
    return np.array(rates)


def _ceiling(plant: PowerPlant, shapes: Shapes, region: int) -> np.ndarray:
    if plant.consumer:
        return np.zeros(len(shapes.hours))
    available = plant.availability.central
    if plant.profile == "flat":
        return np.full(len(shapes.hours), available)
    shape = shapes.wind if plant.profile == "wind" else shapes.solar
    return np.clip(available * shape[region], 0.0, 1.0)


def _floor(plant: PowerPlant, shapes: Shapes, region: int, ceiling: np.ndarray) -> np.ndarray:
    if plant.consumer:
        return np.full(len(shapes.hours), -plant.availability.central)
    shape = shapes.heat[region] if plant.must_run_follows == "heat" else 1.0
    return np.minimum(plant.must_run.central * shape * np.ones(len(shapes.hours)), ceiling)


def _csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise ProgrammeError(
            [Fault(str(path), "there is no such file", "a CSV with one row a period")]
        ) from None
    except (OSError, ValueError) as error:
        raise ProgrammeError(
            [Fault(str(path), f"cannot be read: {error}", "a CSV with one row a period")]
        ) from None
