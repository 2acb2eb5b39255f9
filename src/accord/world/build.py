"""The one way to make a World from arrays: labels, units and derived accounts are put in here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from accord.errors import Fault, WorldError
from accord.world.accounts import value_added_of
from accord.world.variables import COORDINATES, REGION_AXES, SECTOR_AXES, VARIABLES
from accord.world.world import Provenance, World


def build_world(
    name: str,
    year: int,
    *,
    regions: Sequence[str],
    sectors: Sequence[str],
    uses: Sequence[str],
    region_names: Sequence[str],
    sector_names: Sequence[str],
    sector_kinds: Sequence[str],
    intermediate: np.ndarray,
    final_demand: np.ndarray,
    trade_elasticity: np.ndarray,
    elasticity_set: str,
    provenance: Provenance,
    region_members: Sequence[str] | None = None,
    tariff_rate: np.ndarray | None = None,
    output_tax_rate: np.ndarray | None = None,
    elasticity_sets: Mapping[str, np.ndarray] | None = None,
    tariff_schedules: Mapping[str, np.ndarray] | None = None,
    tariff_source: np.ndarray | None = None,
    factors: Sequence[str] = ("all",),
    value_added: np.ndarray | None = None,
) -> World:
    """Return a World whose accounts add up by construction; `accord.world.checks` says whether they make sense.

    Flows are rounded to float32 first and value added is derived from the rounded flows in float64, so that the identities hold
    for what is stored.

    Args:
        name: Short name.
        year: Base year.
        regions: Region codes, ISO 3166 alpha-3 where one exists.
        sectors: Sector codes.
        uses: Final uses, from `variables.USES`.
        region_names: Names for readers, in the order of `regions`.
        sector_names: Names for readers, in the order of `sectors`.
        sector_kinds: 'goods', 'energy' or 'services' by sector.
        intermediate: Z (exporter, supplying_sector, importer, using_sector), USD million before duty.
        final_demand: Y (exporter, supplying_sector, importer, use), USD million before duty.
        trade_elasticity: theta (sector,), the default set.
        elasticity_set: Name of the default set.
        provenance: Where the data come from and what was done to them.
        region_members: Codes of the economies in each region, separated by spaces; by default each region is its own member.
        tariff_rate: (exporter, importer, sector), share of the value before duty; None for zero everywhere.
        output_tax_rate: (region, sector), share of output; None when the source has none.
        elasticity_sets: Other sets of theta by name; the default set is added to them.
        tariff_schedules: Other tariff schedules by name, each (exporter, importer, sector).
        tariff_source: (exporter, importer, sector), index into `provenance.tariff_sources`.
        factors: Factors of production.
        value_added: Recorded value added (region, sector, factor); only its split over factors is kept, for the totals follow
            from the flows. None is legal with one factor.
    """
    sets = _with_default(elasticity_set, trade_elasticity, elasticity_sets)
    schedules = dict(tariff_schedules or {})
    labels = {
        **dict.fromkeys(REGION_AXES, regions),
        **dict.fromkeys(SECTOR_AXES, sectors),
        "use": uses,
        "factor": factors,
        "elasticity_set": list(sets),
        "schedule": list(schedules),
    }
    arrays = {
        "intermediate": intermediate,
        "final_demand": final_demand,
        "tariff_rate": _zero_tariffs(regions, sectors) if tariff_rate is None else tariff_rate,
        "output_tax_rate": output_tax_rate,
        "trade_elasticity": trade_elasticity,
        "trade_elasticity_sets": _stacked(name, "trade_elasticity_sets", sets) if len(sets) > 1 else None,
        "tariff_schedules": _stacked(name, "tariff_schedules", schedules) if schedules else None,
        "tariff_source": tariff_source,
    }
    typed = {
        key: np.ascontiguousarray(array, dtype=VARIABLES[key].dtype)
        for key, array in arrays.items()
        if array is not None
    }
    texts = {
        "region_name": region_names,
        "region_members": regions if region_members is None else region_members,
        "sector_name": sector_names,
        "sector_kind": sector_kinds,
    }
    faults = [*_shape_faults(name, typed, labels), *_text_faults(name, texts, labels)]
    if faults:
        raise WorldError(faults)
    totals = value_added_of(
        typed["intermediate"], typed["final_demand"], typed["tariff_rate"], typed.get("output_tax_rate")
    )
    typed["value_added"] = _split_over_factors(name, totals, value_added, factors)
    data = xr.Dataset(
        {key: _variable(key, array) for key, array in _in_declared_order(typed)},
        coords=_coordinates(labels, texts, typed),
    )
    data["trade_elasticity"].attrs["set"] = elasticity_set
    return World(name, int(year), data, provenance)


def rebuilt(world: World, *, provenance: Provenance, name: str | None = None, **changes: Any) -> World:
    """Return `world` with some arguments of `build_world` changed and its accounts derived anew.

    Unlike `World.with_data`, this keeps value added in step with flows, tariffs and taxes.
    """
    data = world.data
    optional = {
        key: data[key].values if key in data else None
        for key in ("tariff_rate", "output_tax_rate", "tariff_source")
    }
    schedules = data.get("tariff_schedules", ())
    arguments: dict[str, Any] = {
        "regions": world.regions,
        "sectors": world.sectors,
        "uses": world.uses,
        "region_names": data["region_name"].values,
        "sector_names": data["sector_name"].values,
        "sector_kinds": data["sector_kind"].values,
        "region_members": data["region_members"].values,
        "intermediate": data["intermediate"].values,
        "final_demand": data["final_demand"].values,
        "trade_elasticity": world.trade_elasticity(),
        "elasticity_set": world.elasticity_sets[0],
        "elasticity_sets": {key: world.trade_elasticity(key) for key in world.elasticity_sets},
        "tariff_schedules": {str(rates["schedule"].values): rates.values for rates in schedules},
        "factors": [str(factor) for factor in data.indexes["factor"]],
        "value_added": data["value_added"].values,
        **optional,
    }
    return build_world(name or world.name, world.year, provenance=provenance, **arguments | changes)


def _zero_tariffs(regions: Sequence[str], sectors: Sequence[str]) -> np.ndarray:
    return np.zeros((len(regions), len(regions), len(sectors)))


def _with_default(
    name: str, default: np.ndarray, others: Mapping[str, np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Every elasticity set by name, the default first."""
    return {name: default, **{other: values for other, values in (others or {}).items() if other != name}}


def _stacked(name: str, key: str, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """One array of many by name; they must have one shape, which `_shape_faults` compares with the labels."""
    shapes = {entry: np.shape(array) for entry, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        raise WorldError(
            [
                Fault(
                    where=f"World '{name}', variable '{key}'",
                    found="shapes " + ", ".join(f"{shape} ('{entry}')" for entry, shape in shapes.items()),
                    expected=f"one shape for all: {', '.join(VARIABLES[key].dims[1:])}",
                    remedy="Check the order of their axes and the number of labels.",
                )
            ]
        )
    return np.stack(list(arrays.values()))


def _shape_faults(
    name: str, arrays: Mapping[str, np.ndarray], labels: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    for key, array in arrays.items():
        dims = VARIABLES[key].dims
        expected = tuple(len(labels[dim]) for dim in dims)
        if array.shape != expected:
            yield Fault(
                where=f"World '{name}', variable '{key}'",
                found=f"an array of shape {array.shape}",
                expected=f"shape {expected}: {', '.join(dims)}",
                remedy="Check the order of its axes and the number of labels.",
            )


def _text_faults(
    name: str, texts: Mapping[str, Sequence[str]], labels: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    for key, values in texts.items():
        dim, meaning = COORDINATES[key]
        if len(values) != len(labels[dim]):
            yield Fault(
                where=f"World '{name}', coordinate '{key}'",
                found=f"{len(values)} entries",
                expected=f"{len(labels[dim])}, one for each {dim}: {meaning}",
                remedy=f"Give one entry for each {dim}, in the same order.",
            )


def _split_over_factors(
    name: str, totals: np.ndarray, recorded: np.ndarray | None, factors: Sequence[str]
) -> np.ndarray:
    """Value added (region, sector, factor): `totals` split as `recorded` is."""
    shape = (*totals.shape, len(factors))
    if recorded is None and len(factors) == 1:
        return totals[:, :, None]
    found = "none" if recorded is None else f"an array of shape {recorded.shape}"
    if recorded is None or recorded.shape != shape:
        raise WorldError(
            [
                Fault(
                    where=f"World '{name}', argument 'value_added'",
                    found=found,
                    expected=f"recorded value added of shape {shape}, whose split over {', '.join(factors)} is kept",
                    remedy="Give it, or leave out 'factors'.",
                )
            ]
        )
    recorded_totals = recorded.sum(axis=2, keepdims=True)
    # An empty sector has nothing to split; an equal split of nothing is still nothing.
    shares = np.divide(
        recorded, recorded_totals, out=np.full(shape, 1.0 / len(factors)), where=recorded_totals != 0.0
    )
    return totals[:, :, None] * shares


def _in_declared_order(arrays: Mapping[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    for key in VARIABLES:
        if key in arrays:
            yield key, arrays[key]


def _variable(key: str, array: np.ndarray) -> xr.Variable:
    declared = VARIABLES[key]
    return xr.Variable(declared.dims, array, attrs={"unit": declared.unit, "meaning": declared.meaning})


def _coordinates(
    labels: Mapping[str, Sequence[str]], texts: Mapping[str, Sequence[str]], arrays: Mapping[str, np.ndarray]
) -> dict[str, xr.Variable]:
    """Label axes that some variable uses, and the texts for readers."""
    used = {dim for key in arrays for dim in VARIABLES[key].dims} | {"region", "sector"}
    axes = {
        dim: xr.Variable((dim,), np.array([str(label) for label in values], dtype=str))
        for dim, values in labels.items()
        if dim in used
    }
    for key, values in texts.items():
        dim, meaning = COORDINATES[key]
        text = np.array([str(value) for value in values], dtype=str)
        axes[key] = xr.Variable((dim,), text, attrs={"meaning": meaning})
    return axes
