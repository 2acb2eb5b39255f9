"""Questions about power: what a system does in a year, what a new plant changes in it, and which fuel it displaces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from accord.adapters.power import Powered, Shapes, dispatch_system, marginal_cost
from accord.programme.power_system import PowerPlant, PowerSystemFile, read_power_system
from accord.tables import Column, Table

GAS = "gas"
BLOCKS = 40
"""Steps into which a load-duration curve is cut."""
NOTHING_GJ = 1.0
"""Change of a fuel, GJ a year, below which it has not changed."""
_METHOD = "least-cost dispatch over representative periods (docs/methods/power.md)"
_DIFFERENCE = f"with the plant less without it; {_METHOD}"

COLUMNS: dict[str, Column] = {
    "region": Column("label", "Region"),
    "plant": Column("label", "Plant"),
    "technology": Column("label", "Technology"),
    "fuel": Column("label", "Fuel"),
    "capacity_mw": Column("MW", "Capacity"),
    "energy_twh": Column("TWh", "Output", f"negative where a consumer takes power; {_METHOD}"),
    "capacity_factor": Column("share", "Output over capacity", _METHOD),
    "hours_on_margin": Column(
        "hours", "Hours on the margin", f"between its limits, where it sets the price; {_METHOD}"
    ),
    "marginal_cost": Column(
        "USD/MWh", "Marginal cost", "fuel price over efficiency, and other costs that vary with output"
    ),
    "fuel_pj": Column("PJ", "Fuel", "negative where a consumer saves fuel"),
    "fuel_usd": Column("USD million", "Cost of fuel"),
    "co2_mt": Column("Mt CO2", "CO2"),
    "demand_twh": Column("TWh", "Load"),
    "generation_twh": Column("TWh", "Generation", _METHOD),
    "imports_twh": Column("TWh", "Net imports", _METHOD),
    "unserved_twh": Column("TWh", "Load not served", _METHOD),
    "price": Column("USD/MWh", "Marginal price", f"dual of the energy balance, weighted by load; {_METHOD}"),
    "running_usd": Column(
        "USD million", "Running cost", "fuel and other variable costs, capital charges apart"
    ),
    "import_usd": Column(
        "USD million", "Cost of net imports", "at the price where they come from and the charge of the line"
    ),
    "supply_usd_mwh": Column("USD/MWh", "Running cost of supply", "running cost and net imports over load"),
    "change_pj": Column("PJ", "Change of fuel", _DIFFERENCE),
    "change_bcm": Column("bcm", "Change of gas", _DIFFERENCE),
    "change_usd": Column("USD million", "Change of its cost", _DIFFERENCE),
    "change_co2_mt": Column("Mt CO2", "Change of CO2", _DIFFERENCE),
    "place": Column("label", "Place"),
    "low": Column("number", "Low"),
    "central": Column("number", "Central"),
    "high": Column("number", "High"),
    "source": Column("label", "Source"),
    "hour": Column("hours", "Hours of the year with at least this load"),
    "load_mw": Column("MW", "Load", "mean of the hours of this step"),
    "output_mw": Column("MW", "Output", "mean of the hours of this step"),
}
"""Every column of the tables of power."""


@dataclass(frozen=True)
class Displaced:
    """What one more plant changes in a system, a year.

    Attributes:
        energy_mwh: Output of the plant.
        fuel_gj: Change of each other fuel by region and fuel name, GJ; negative where it is saved.
        fuel_usd: Change of its cost, USD.
        other_usd: Change of other variable costs by region, USD, without the plant's own.
        import_usd: Change of the cost of net imports by region, USD.
        gas_bcm: Gas that is no longer burnt anywhere.
        co2_t: Change of CO2 everywhere, t.
        price_before: Mean marginal price by region, USD per MWh.
        price_after: The same with the plant.
    """

    energy_mwh: float
    fuel_gj: dict[tuple[str, str], float]
    fuel_usd: dict[tuple[str, str], float]
    other_usd: dict[str, float]
    import_usd: dict[str, float]
    gas_bcm: float
    co2_t: float
    price_before: dict[str, float]
    price_after: dict[str, float]

    @property
    def gas_m3_per_kwh(self) -> float:
        """Cubic metres of gas displaced per kWh of the plant."""
        return self.gas_bcm * 1e9 / (self.energy_mwh * 1e3) if self.energy_mwh else 0.0


def displaced_by(file: PowerSystemFile, plant: PowerPlant, shapes: Shapes | None = None) -> Displaced:
    """Return what `plant` changes in `file` (its namesake there, if any, is replaced by it)."""
    others = tuple(known for known in file.plants if known.name != plant.name)
    rest = file.model_copy(update={"plants": others})
    added = plant.model_copy(update={"in_service": True})
    # Regions that no line in use links with the plant's own are dispatched once, without it.
    near = _linked(file, plant.region)
    parts = [
        tuple(region.code for region in file.regions if (region.code in near) == own) for own in (True, False)
    ]
    changes: list[Displaced] = []
    for codes in filter(None, parts):
        part, own_shapes = _part(rest, codes, shapes)
        without = _without(part) if own_shapes is None else dispatch_system(part, own_shapes)
        after = without
        if plant.region in codes:
            after = dispatch_system(part.model_copy(update={"plants": (*part.plants, added)}), own_shapes)
        changes.append(_difference(without, after, {plant.name}))
    return changes[0] if len(changes) == 1 else _together(*changes)


def _linked(file: PowerSystemFile, region: str) -> frozenset[str]:
    """Regions that power can reach from `region`."""
    in_use = [line for line in file.lines if line.capacity.central * line.open.central > 0.0]
    reached, before = {region}, set[str]()
    while reached != before:
        before = set(reached)
        for line in in_use:
            if line.start in reached or line.end in reached:
                reached |= {line.start, line.end}
    return frozenset(reached)


def _part(
    file: PowerSystemFile, codes: Collection[str], shapes: Shapes | None
) -> tuple[PowerSystemFile, Shapes | None]:
    """The system and the shapes of some of its regions, which are linked with no others."""
    if len(codes) == len(file.regions):
        return file, shapes
    chosen = [position for position, region in enumerate(file.regions) if region.code in codes]
    update = {
        "regions": tuple(file.regions[position] for position in chosen),
        "plants": tuple(plant for plant in file.plants if plant.region in codes),
        "lines": tuple(line for line in file.lines if line.start in codes and line.end in codes),
    }
    if shapes is not None:
        own = {name: getattr(shapes, name)[chosen] for name in ("load", "heat", "wind", "solar")}
        shapes = replace(shapes, **own)
    return file.model_copy(update=update), shapes


def _together(one: Displaced, other: Displaced) -> Displaced:
    """What changes in two parts of a system that share no region."""
    by_name = {
        field.name: (getattr(one, field.name), getattr(other, field.name)) for field in fields(Displaced)
    }
    return Displaced(
        **{
            name: first | second if isinstance(first, dict) else first + second
            for name, (first, second) in by_name.items()
        }
    )


def displaced_in(system: str, plant: PowerPlant, beside: tuple[PowerPlant, ...] = ()) -> Displaced:
    """`displaced_by` for a system by name or path and plants beside it, kept by content: a study asks for it several times."""
    file = read_power_system(system)
    file = file.with_plants(*beside) if beside else file
    key = file.model_dump_json(), plant.model_dump_json()
    if key not in _KEPT:
        if len(_KEPT) >= KEPT:
            _KEPT.clear()
        _KEPT[key] = displaced_by(file, plant)
    return _KEPT[key]


def _without(rest: PowerSystemFile) -> Powered:
    """The dispatch of a system without the plant, kept: every draw asks for it."""
    key = rest.model_dump_json()
    if key not in _WITHOUT:
        if len(_WITHOUT) >= PARTS:
            _WITHOUT.clear()
        _WITHOUT[key] = dispatch_system(rest)
    return _WITHOUT[key]


PARTS = 8
_WITHOUT: dict[str, Powered] = {}

KEPT = 256
_KEPT: dict[tuple[str, str], Displaced] = {}


def input_table(file: PowerSystemFile) -> Table:
    """Every number of a system with its range and source."""
    rows = [
        {"place": place, "low": e.low, "central": e.central, "high": e.high, "source": e.source}
        for place, e in file.estimates().items()
    ]
    return _table("power_inputs", f"Inputs of the dispatch: {file.name}", pd.DataFrame(rows), ("place",))


def dispatch_tables(powered: Powered) -> dict[str, Table]:
    """What each plant and region does in a year, and the load-duration curve with the stack that serves it."""
    where = f"{powered.file.name}; {powered.shapes.source}"
    return {
        "power_regions": _table(
            "power_regions", f"A year of power: {where}", _region_frame(powered), ("region",)
        ),
        "power_plants": _table(
            "power_plants", f"Plants: {where}", _plant_frame(powered), ("region", "plant")
        ),
        "power_duration": _table(
            "power_duration",
            f"Load sorted by size, and what serves it: {where}",
            duration_frame(powered),
            ("region", "hour", "technology"),
        ),
    }


def change_table(without: Powered, after: Powered, plants: Sequence[str]) -> Table:
    """Which fuel new plants displace, where; a fuel that does not change is left out."""
    change = _difference(without, after, set(plants))
    rows = []
    for (region, name), gigajoules in change.fuel_gj.items():
        if abs(gigajoules) < NOTHING_GJ:
            continue
        fuel = without.file.fuel(name)
        is_gas = fuel.product == GAS
        rows.append(
            {
                "region": region,
                "fuel": fuel.product,
                "change_pj": gigajoules / 1e6,
                "change_bcm": gigajoules / fuel.gigajoules.central / 1e6 if is_gas else float("nan"),
                "change_usd": change.fuel_usd[region, name] / 1e6,
                "change_co2_mt": gigajoules * fuel.co2.central / 1e6,
            }
        )
    frame = pd.DataFrame(
        rows, columns=["region", "fuel", "change_pj", "change_bcm", "change_usd", "change_co2_mt"]
    )
    return _table("power_change", f"What {', '.join(plants)} displaces", frame, ("region", "fuel"))


def duration_frame(powered: Powered) -> pd.DataFrame:
    """Output by technology over the hours of the year sorted by load, in `BLOCKS` steps of equal length."""
    hours, given = powered.found.system.hours, powered.found.system
    year = float(hours.sum())
    edges = np.linspace(0.0, year, BLOCKS + 1)
    rows = []
    for n, region in enumerate(powered.regions):
        order = np.argsort(-given.demand[n], kind="stable")
        ends = np.cumsum(hours[order])
        ends[-1] = year  # whatever order the hours were added up in
        # Share of each period (sorted) that lies in each step: lengths of the overlaps of two partitions.
        starts = np.concatenate([[0.0], ends[:-1]])
        overlap = np.minimum(ends[:, None], edges[1:]) - np.maximum(starts[:, None], edges[:-1])
        share = np.maximum(overlap, 0.0) / (edges[1] - edges[0])
        load = given.demand[n][order] @ share
        for technology, members in _by_technology(powered, region).items():
            made = powered.found.output[members].sum(axis=0)[order] @ share
            rows += [
                {
                    "region": region,
                    "technology": technology,
                    "hour": float(edges[step + 1]),
                    "load_mw": float(load[step]),
                    "output_mw": float(made[step]),
                }
                for step in range(BLOCKS)
            ]
    return pd.DataFrame(rows, columns=["region", "technology", "hour", "load_mw", "output_mw"])


def _by_technology(powered: Powered, region: str) -> dict[str, list[int]]:
    """Positions of the plants of a region by technology, those that run most first."""
    found: dict[str, list[int]] = {}
    energy = powered.found.energy
    own = [position for position, plant in enumerate(powered.plants) if plant.region == region]
    for position in sorted(own, key=lambda position: -energy[position]):
        found.setdefault(powered.plants[position].technology, []).append(position)
    return found


def _plant_frame(powered: Powered) -> pd.DataFrame:
    found = powered.found
    energy, year = found.energy, found.system.hours.sum()
    return pd.DataFrame(
        [
            {
                "region": plant.region,
                "plant": plant.name,
                "technology": plant.technology,
                "capacity_mw": plant.capacity.central,
                "energy_twh": energy[p] / 1e6,
                "capacity_factor": energy[p] / (plant.capacity.central * year)
                if plant.capacity.central
                else 0.0,
                "hours_on_margin": found.hours_on_margin[p],
                "marginal_cost": marginal_cost(powered.file, plant),
                "fuel_pj": powered.fuel_gigajoules[p] / 1e6,
                "fuel_usd": powered.fuel_usd[p] / 1e6,
                "co2_mt": powered.carbon_tonnes[p] / 1e6,
            }
            for p, plant in enumerate(powered.plants)
        ]
    )


def _region_frame(powered: Powered) -> pd.DataFrame:
    found, hours = powered.found, powered.found.system.hours
    running, home = _running_usd(powered), found.system.plants.region
    rows = []
    for n, region in enumerate(powered.regions):
        own = home == n
        demand = float(found.system.demand[n] @ hours)
        cost = float(running[own].sum())
        rows.append(
            {
                "region": region,
                "demand_twh": demand / 1e6,
                "generation_twh": float(found.energy[own].sum()) / 1e6,
                "imports_twh": powered.imports_mwh[n] / 1e6,
                "unserved_twh": float(found.unserved[n] @ hours) / 1e6,
                "price": found.mean_price[n],
                "running_usd": cost / 1e6,
                "import_usd": powered.import_cost_usd[n] / 1e6,
                "supply_usd_mwh": (cost + powered.import_cost_usd[n]) / demand,
                "co2_mt": float(powered.carbon_tonnes[own].sum()) / 1e6,
            }
        )
    return pd.DataFrame(rows)


def _other_usd(powered: Powered) -> np.ndarray:
    """Variable cost other than fuel, USD a year (plant,)."""
    return powered.found.energy * np.array([plant.variable_cost.central for plant in powered.plants])


def _running_usd(powered: Powered) -> np.ndarray:
    return powered.fuel_usd + _other_usd(powered)


def _difference(without: Powered, after: Powered, plants: Collection[str]) -> Displaced:
    fuel_gj: dict[tuple[str, str], float] = {}
    fuel_usd: dict[tuple[str, str], float] = {}
    other_usd = dict.fromkeys(without.regions, 0.0)
    gas = carbon = energy = 0.0
    for sign, powered in ((-1.0, without), (1.0, after)):
        other = _other_usd(powered)
        for p, known in enumerate(powered.plants):
            carbon += sign * powered.carbon_tonnes[p]
            if known.name in plants:
                energy += sign * powered.found.energy[p]
                continue
            other_usd[known.region] += sign * other[p]
            if known.fuel is None:
                continue
            key = (known.region, known.fuel)
            fuel_gj[key] = fuel_gj.get(key, 0.0) + sign * powered.fuel_gigajoules[p]
            fuel_usd[key] = fuel_usd.get(key, 0.0) + sign * powered.fuel_usd[p]
            fuel = powered.file.fuel(known.fuel)
            if fuel.product == GAS:
                gas -= sign * powered.fuel_gigajoules[p] / fuel.gigajoules.central / 1e6
    imports = after.import_cost_usd - without.import_cost_usd
    return Displaced(
        energy_mwh=float(energy),
        fuel_gj={key: float(value) for key, value in fuel_gj.items()},
        fuel_usd={key: float(value) for key, value in fuel_usd.items()},
        other_usd={key: float(value) for key, value in other_usd.items()},
        import_usd=dict(zip(without.regions, map(float, imports), strict=True)),
        gas_bcm=float(gas),
        co2_t=float(carbon),
        price_before=dict(zip(without.regions, map(float, without.found.mean_price), strict=True)),
        price_after=dict(zip(after.regions, map(float, after.found.mean_price), strict=True)),
    )


def _table(name: str, title: str, frame: pd.DataFrame, keys: Sequence[str]) -> Table:
    return Table(name, title, frame, {column: COLUMNS[column] for column in frame.columns}, tuple(keys))
