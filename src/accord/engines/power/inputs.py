"""What a dispatch needs: arrays in MW, MWh, hours and USD; no labels, no files.

| symbol | name | meaning, with its axes |
| --- | --- | --- |
| h | `hours` | hours that a period stands for (period) |
| D | `demand` | load, MW (region, period) |
| K | `capacity` | MW (plant) |
| a, b | `ceiling`, `floor` | largest and least output as shares of K (plant, period) |
| c | `cost` | marginal cost, USD per MWh (plant) |
| E | `energy_limit` | largest output in a year, MWh; infinite where there is none (plant) |
| F | `line_capacity` | MW (line) |
| loss, w | `line_loss`, `line_charge` | share lost on the way, USD per MWh for crossing (line) |
| V | `lost_load_value` | USD per MWh of load not served; infinite where load must be served (region) |
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int


class Plants(NamedTuple):
    """Plants, each in one region.

    A ceiling of zero with a negative floor makes a consumer that may be switched on (an electric boiler): its cost is then what
    it saves for each MWh that it takes.
    """

    region: Int[np.ndarray, " plant"]
    capacity: Float[np.ndarray, " plant"]
    ceiling: Float[np.ndarray, "plant period"]
    floor: Float[np.ndarray, "plant period"]
    cost: Float[np.ndarray, " plant"]
    energy_limit: Float[np.ndarray, " plant"]


class Lines(NamedTuple):
    """Interconnectors; flow runs from `start` to `end` or back, with the same capacity, loss and charge."""

    start: Int[np.ndarray, " line"]
    end: Int[np.ndarray, " line"]
    capacity: Float[np.ndarray, " line"]
    loss: Float[np.ndarray, " line"]
    charge: Float[np.ndarray, " line"]


class PowerSystem(NamedTuple):
    """Regions with their load and plants, and the lines between them, over representative periods."""

    hours: Float[np.ndarray, " period"]
    demand: Float[np.ndarray, "region period"]
    plants: Plants
    lines: Lines
    lost_load_value: Float[np.ndarray, " region"]

    @property
    def size(self) -> tuple[int, int, int, int]:
        """Numbers of regions, periods, plants and lines."""
        regions, periods = self.demand.shape
        return regions, periods, len(self.plants.region), len(self.lines.start)


def no_lines() -> Lines:
    """Regions on their own."""
    nowhere, nothing = np.zeros(0, dtype=np.intp), np.zeros(0)
    return Lines(nowhere, nowhere, nothing, nothing, nothing)


def faults_of(system: PowerSystem) -> list[str]:
    """What no dispatch could mean, one sentence each; an adapter says it with names."""
    regions, periods, plants, lines = system.size
    owned, wires = system.plants, system.lines
    shapes = {
        "hours": (system.hours, (periods,)),
        "capacity": (owned.capacity, (plants,)),
        "ceiling": (owned.ceiling, (plants, periods)),
        "floor": (owned.floor, (plants, periods)),
        "cost": (owned.cost, (plants,)),
        "energy_limit": (owned.energy_limit, (plants,)),
        "line_capacity": (wires.capacity, (lines,)),
        "line_loss": (wires.loss, (lines,)),
        "line_charge": (wires.charge, (lines,)),
        "lost_load_value": (system.lost_load_value, (regions,)),
    }
    found = [
        f"{name} has shape {array.shape}, not {shape}"
        for name, (array, shape) in shapes.items()
        if array.shape != shape
    ]
    if found:
        return found
    rules = {
        "hours must be positive": (system.hours > 0.0).all(),
        "demand must be finite and not negative": np.isfinite(system.demand).all()
        and (system.demand >= 0.0).all(),
        "capacity must be finite and not negative": np.isfinite(owned.capacity).all()
        and (owned.capacity >= 0.0).all(),
        "ceiling must lie between 0 and 1": ((owned.ceiling >= 0.0) & (owned.ceiling <= 1.0)).all(),
        "floor must lie between -1 and the ceiling": (
            (owned.floor >= -1.0) & (owned.floor <= owned.ceiling)
        ).all(),
        "cost must be finite": np.isfinite(owned.cost).all(),
        "energy_limit must not be negative": (owned.energy_limit >= 0.0).all(),
        "line capacity must be finite and not negative": np.isfinite(wires.capacity).all()
        and (wires.capacity >= 0.0).all(),
        "line loss must lie between 0 and 1": ((wires.loss >= 0.0) & (wires.loss < 1.0)).all(),
        "line charge must not be negative": (wires.charge >= 0.0).all(),
        "lost load must be worth something": (system.lost_load_value > 0.0).all(),
        "plants and lines must name regions": all(
            ((index >= 0) & (index < regions)).all() for index in (owned.region, wires.start, wires.end)
        ),
    }
    return [sentence for sentence, holds in rules.items() if not holds]
