"""Engine to engine: what the dispatch of power says about a nuclear plant goes into the measure before it makes its shocks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from accord.errors import Fault, ProgrammeError
from accord.programme.measures import Measure, NuclearPlant

if TYPE_CHECKING:
    from accord.programme import Programme
    from accord.programme.estimate import Estimate
    from accord.programme.power_system import PowerPlant, PowerSystemFile
    from accord.study.power import Displaced

NOTHING = 1e-9
"""USD million a year."""


def coupled(programme: Programme) -> Programme:
    """Return `programme` with every nuclear plant that names a power system dispatched in it; others are unchanged."""
    if not any(_needs_dispatch(measure) for measure in programme.measures):
        return programme
    measures = tuple(_with_dispatch(measure) for measure in programme.measures)
    return programme.model_copy(update={"measures": measures})


def _needs_dispatch(measure: Measure) -> bool:
    return (
        isinstance(measure, NuclearPlant) and measure.power_system is not None and measure.status != "dropped"
    )


def _with_dispatch(measure: Measure) -> Measure:
    if not isinstance(measure, NuclearPlant) or not _needs_dispatch(measure):
        return measure
    from accord.programme.power_system import read_power_system
    from accord.study.power import displaced_in

    assert measure.power_system is not None
    file = read_power_system(measure.power_system)
    # Draws vary output in every digit. Rounded plants are dispatched once, and what they displace is scaled with output: displacement
    # per MWh moves by far less than the rounding.
    plant = _rounded(plant_in(file, measure))
    found = displaced_in(measure.power_system, plant)
    gas, others = site_changes(file, measure, found)
    ratio = measure.capacity.central * measure.load_factor.central
    ratio /= plant.capacity.central * plant.availability.central
    return measure.with_dispatch(gas * ratio, {sector: change * ratio for sector, change in others.items()})


def _rounded(plant: PowerPlant) -> PowerPlant:
    """The plant with capacity to three digits and availability to one per cent."""
    capacity, available = plant.capacity.central, plant.availability.central
    step = 10.0 ** (math.floor(math.log10(capacity)) - 2)
    rounded = max(round(capacity / step), 1) * step
    share = min(max(round(available, 2), 0.01), 1.0)
    return plant.model_copy(
        update={
            "capacity": _exactly(plant.capacity, rounded),
            "availability": _exactly(plant.availability, share),
            "must_run": _exactly(plant.must_run, min(plant.must_run.central, share)),
        }
    )


def _exactly(estimate: Estimate, value: float) -> Estimate:
    return estimate.model_copy(update={"low": value, "central": value, "high": value})


def plant_in(file: PowerSystemFile, measure: NuclearPlant) -> PowerPlant:
    """Return the plant of the system that the measure names, with the measure's capacity and availability."""
    known = file.plant(measure.plant_in_system or "")
    regions = [region.code for region in file.regions]
    if measure.site not in regions:
        raise ProgrammeError(
            [
                Fault(
                    f"measure '{measure.id}', key 'site'",
                    f"'{measure.site}' is no region of power system '{measure.power_system}'",
                    f"one of: {', '.join(regions)}",
                    "Name the plant's region, or leave `power_system` out: `gas_displaced` then decides.",
                )
            ]
        )
    available = measure.load_factor
    floor = min(known.must_run.central, available.central)
    return known.model_copy(
        update={
            "region": measure.site,
            "capacity": measure.capacity,
            "availability": available,
            "must_run": _exactly(known.must_run, floor),
        }
    )


def site_changes(
    file: PowerSystemFile, measure: NuclearPlant, found: Displaced
) -> tuple[float, dict[str, float]]:
    """Return the gas that the site no longer burns, bcm, and the change of cost of its other inputs, USD million a year.

    The plant's own costs are in neither. The neighbour's power sector shrinks with what it sells, at its own unit cost, so that
    what it burns less is no change of its recipe.
    """
    gas = 0.0
    others: dict[str, float] = {}

    def add(sector: str, usd: float) -> None:
        others[sector] = others.get(sector, 0.0) + usd / 1e6

    for (region, name), gigajoules in found.fuel_gj.items():
        fuel = file.fuel(name)
        if region != measure.site:
            continue
        if fuel.product == "gas":
            gas -= gigajoules / fuel.gigajoules.central / 1e6
        elif fuel.sector:
            add(fuel.sector, gigajoules * fuel.per_gigajoule)
    for sector, share in measure.om_basket.items():
        add(sector, share * found.other_usd[measure.site])
    add(measure.electricity_sector, found.import_usd[measure.site])
    return gas, {sector: change for sector, change in others.items() if abs(change) > NOTHING}
