"""Engine to engine: what the dispatch of power says about a nuclear plant goes into the measure before it makes its shocks.

Plants of several measures in one power system are dispatched one after the other, each beside those before it: of the context first,
then in the order of the file. What they displace then adds up to what they displace together; each on its own, all would displace the
dearest fuel.
"""

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

KEPT = 256
"""Rounded plants whose dispatch is kept."""


def coupled(programme: Programme) -> Programme:
    """Return `programme` with every nuclear plant that names a power system dispatched in it; others are unchanged."""
    if not any(_needs_dispatch(measure) for measure in programme.measures):
        return programme
    dispatch = Dispatches(programme)
    measures = tuple(dispatch.coupled(measure) for measure in programme.measures)
    return programme.model_copy(update={"measures": measures})


def _needs_dispatch(measure: Measure) -> bool:
    return (
        isinstance(measure, NuclearPlant) and measure.power_system is not None and measure.status != "dropped"
    )


class Dispatches:
    """Dispatches the plants of one programme, at other numbers again and again; each plant once, and each system is read once.

    Args:
        programme: Whose plants stand beside each other, at its own numbers.
    """

    def __init__(self, programme: Programme) -> None:
        self._files: dict[str, PowerSystemFile] = {}
        self._beside: dict[str, tuple[NuclearPlant, ...]] = {}
        before: dict[str | None, tuple[NuclearPlant, ...]] = {}
        for measure in sorted(programme.measures, key=lambda measure: measure.role != "context"):
            if isinstance(measure, NuclearPlant) and _needs_dispatch(measure):
                self._beside[measure.id] = before.get(measure.power_system, ())
                before[measure.power_system] = (*self._beside[measure.id], measure)
        self._must_run: dict[str, float] = {}
        self._known: dict[tuple[str, float, float, float], tuple[float, dict[str, float]]] = {}

    def coupled(self, measure: Measure) -> Measure:
        """Return the measure with what its dispatch found; one that names no power system is unchanged."""
        if not isinstance(measure, NuclearPlant) or not _needs_dispatch(measure):
            return measure
        # Draws vary output in every digit. Rounded plants are dispatched once, and what they displace is scaled with output:
        # displacement per MWh moves by far less than the rounding.
        capacity, available = measure.capacity.central, measure.load_factor.central
        size, share = _rounded(capacity, available)
        gas, others = self._changes(measure, size, share)
        ratio = capacity * available
        ratio /= size * share
        return measure.with_dispatch(
            gas * ratio,
            {sector: change * ratio for sector, change in others.items()},
            tuple(one.id for one in self._beside.get(measure.id, ())),
        )

    def _changes(
        self, measure: NuclearPlant, capacity: float, share: float
    ) -> tuple[float, dict[str, float]]:
        """`site_changes` of a plant of this size."""
        from accord.programme.power_system import read_power_system
        from accord.study.power import displaced_in

        assert measure.power_system is not None
        if measure.power_system not in self._files:
            self._files[measure.power_system] = read_power_system(measure.power_system)
        file = self._files[measure.power_system]
        if measure.id not in self._must_run:
            self._must_run[measure.id] = file.plant(measure.plant_in_system or "").must_run.central
        least = min(self._must_run[measure.id], measure.load_factor.central, share)
        key = measure.id, capacity, share, least
        if key not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            plant = plant_in(file, measure)
            rounded = plant.model_copy(
                update={
                    "capacity": _exactly(plant.capacity, capacity),
                    "availability": _exactly(plant.availability, share),
                    "must_run": _exactly(plant.must_run, least),
                }
            )
            beside = tuple(plant_in(file, one) for one in self._beside.get(measure.id, ()))
            found = displaced_in(measure.power_system, rounded, beside)
            self._known[key] = site_changes(file, measure, found)
        return self._known[key]


def _rounded(capacity: float, available: float) -> tuple[float, float]:
    """Capacity to three digits and availability to one per cent."""
    step = 10.0 ** (math.floor(math.log10(capacity)) - 2)
    return max(round(capacity / step), 1) * step, min(max(round(available, 2), 0.01), 1.0)


def _exactly(estimate: Estimate, value: float) -> Estimate:
    return estimate.model_copy(update={"low": value, "central": value, "high": value})


def plant_in(file: PowerSystemFile, measure: NuclearPlant) -> PowerPlant:
    """Return the plant of the system that the measure names, with the measure's capacity and availability.

    It is a plant of its own: one that is in service in the system already goes on beside it.
    """
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
    return known.model_copy(
        update={
            "name": f"{known.name}-{measure.id}",
            "in_service": True,
            "region": measure.site,
            "capacity": measure.capacity,
            "availability": measure.load_factor,
            "must_run": _exactly(known.must_run, min(known.must_run.central, measure.load_factor.central)),
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
