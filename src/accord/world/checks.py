"""Does a World make sense? Every fault at once, each with its cells and its remedy; no fault is mended here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from accord.errors import Fault, WorldError, nearest
from accord.world.accounts import input_cost_of, output_of
from accord.world.variables import COORDINATES, REGION_AXES, SECTOR_AXES, USES, VARIABLES
from accord.world.world import World

ADDS_UP = 1e-6
"""Value added may differ from output less costs by this share of output: a hundred times the rounding of a float32 flow."""

LIKELY_PERCENT = 30.0
"""No tariff is 3000%; a rate above this was most likely meant in per cent."""

SECTOR_KINDS = ("goods", "energy", "services")
LISTED = 8
"""Cells named before a list is cut short with a count."""


def check_world(world: World) -> tuple[Fault, ...]:
    """Return every fault of `world`; none means that every engine can rely on its accounts.

    What cannot be tested because something under it is broken is left for the next call: values are tested where labels are
    sound, accounts where values are.
    """
    faults = [*_structure_faults(world)]
    sound = [name for name in VARIABLES if name in world.data and not list(_variable_faults(world, name))]
    faults += [fault for name in sound for fault in _value_faults(world, name)]
    faults += [*_label_faults(world)]
    if _accounts_can_be_read(world, sound):
        faults += [*_account_faults(world)]
    return tuple(faults)


def ensure_valid(world: World) -> World:
    """Return `world` when it has no fault; otherwise raise one error that lists them all."""
    faults = check_world(world)
    if faults:
        raise WorldError(faults)
    return world


def notes_on(world: World) -> tuple[str, ...]:
    """What is legal but worth knowing: sectors that are wholly empty, and what was imputed or assumed."""
    empty = np.argwhere(world.gross_output.values == 0.0)
    notes = []
    if empty.size:
        cells = _shortened([f"{world.regions[region]} {world.sectors[sector]}" for region, sector in empty])
        notes.append(
            f"{len(empty)} of {world.gross_output.size} sectors are empty (no output, no inputs): {cells}."
        )
    return (*notes, *world.provenance.imputed)


# Structure: variables, axes, labels ---------------------------------------------------------------------------------


def _structure_faults(world: World) -> Iterator[Fault]:
    for name, variable in VARIABLES.items():
        if name in world.data:
            yield from _variable_faults(world, name)
        elif variable.required:
            yield Fault(
                where=_where(world, name),
                found="it is missing",
                expected=f"{variable.meaning}, by {', '.join(variable.dims)} ({variable.unit})",
                remedy="Make Worlds with accord.world.build_world, which puts every variable in its place.",
            )
    for name, (dim, meaning) in COORDINATES.items():
        if name not in world.data.coords or world.data[name].dims != (dim,):
            yield Fault(
                where=f"World '{world.name}', coordinate '{name}'",
                found="it is missing or has other axes",
                expected=f"{meaning}, by {dim}",
                remedy="Give it to accord.world.build_world.",
            )
    yield from _axis_faults(world, REGION_AXES)
    yield from _axis_faults(world, SECTOR_AXES)
    unknown = [str(name) for name in world.data.data_vars if name not in VARIABLES]
    for name in unknown:
        yield Fault(
            where=_where(world, name),
            found="no variable of a World has this name",
            expected=f"one of {', '.join(VARIABLES)}",
            remedy=f"{nearest(name, VARIABLES)} Rename or drop it.".strip(),
        )


def _variable_faults(world: World, name: str) -> Iterator[Fault]:
    array, declared = world.data[name], VARIABLES[name]
    if array.dims != declared.dims:
        yield Fault(
            where=_where(world, name),
            found=f"axes {', '.join(map(str, array.dims))}",
            expected=f"axes {', '.join(declared.dims)}, in this order",
            remedy=f"Reorder them: data['{name}'].transpose({', '.join(map(repr, declared.dims))}).",
        )
    unit = array.attrs.get("unit", declared.unit)
    if unit != declared.unit:
        yield Fault(
            where=_where(world, name),
            found=f"unit '{unit}'",
            expected=f"unit '{declared.unit}'",
            remedy="Convert the values and their unit together.",
        )
    unlabelled = [dim for dim in array.dims if dim not in array.indexes]
    if unlabelled:
        yield Fault(
            where=_where(world, name),
            found=f"no labels along {', '.join(map(str, unlabelled))}",
            expected="a label for every position of every axis",
            remedy="Make Worlds with accord.world.build_world, which labels every axis.",
        )


def _axis_faults(world: World, axes: Sequence[str]) -> Iterator[Fault]:
    """Axes over the same things carry the same labels, once each, in the same order."""
    reference = list(world.data.indexes.get(axes[-1], []))
    for axis in axes:
        labels = list(world.data.indexes.get(axis, []))
        repeated = sorted({str(label) for label in labels if labels.count(label) > 1})
        if repeated:
            yield Fault(
                where=f"World '{world.name}', axis '{axis}'",
                found=f"repeated labels {_shortened(repeated)}",
                expected="every label once",
                remedy="Add repeated rows and columns together, or give them labels of their own.",
            )
        if labels != reference:
            odd = sorted({str(label) for label in set(labels) ^ set(reference)})
            difference = (
                f"other labels than '{axes[-1]}': {_shortened(odd)}" if odd else "another order of labels"
            )
            yield Fault(
                where=f"World '{world.name}', axis '{axis}'",
                found=difference,
                expected=f"the labels of '{axes[-1]}', in the same order",
                remedy="Rename or reorder the axis; accord never reorders in silence.",
            )


def _label_faults(world: World) -> Iterator[Fault]:
    uses = [str(use) for use in world.data.indexes.get("use", [])]
    wrong = [use for use in uses if use not in USES]
    if wrong or (len(uses) > 1 and "household" not in uses):
        yield Fault(
            where=f"World '{world.name}', axis 'use'",
            found=f"uses {', '.join(uses)}",
            expected=f"'household' among uses from {', '.join(USES)}, or a single use",
            remedy="Rename the uses, or add them up into one called 'final'.",
        )
    kinds = world.data.coords.get("sector_kind")
    strange = sorted({str(kind) for kind in kinds.values} - set(SECTOR_KINDS)) if kinds is not None else []
    if strange:
        yield Fault(
            where=f"World '{world.name}', coordinate 'sector_kind'",
            found=f"kinds {_shortened(strange)}",
            expected=f"one of {', '.join(SECTOR_KINDS)}",
            remedy="Give each sector one of these kinds.",
        )


# Values -------------------------------------------------------------------------------------------------------------


def _value_faults(world: World, name: str) -> Iterator[Fault]:
    array = world.data[name]
    unfinite = ~np.isfinite(array.values)
    if unfinite.any():
        yield _cells_fault(
            array,
            unfinite,
            _where(world, name),
            "blank or infinite",
            "a number in every cell: blank is not zero",
            "Fill the cells with what is known, write 0 where nothing is traded, and note it in the provenance.",
        )
        return
    match name:
        case "intermediate":
            yield from _negative(
                world,
                array,
                "Inputs cannot be negative: set the cells to zero and keep row and column totals by rebalancing.",
            )
        case "final_demand":
            yield from _negative(
                world,
                array,
                "These are usually drawdowns of inventories: move them to the home use of the same product, or add uses up.",
            )
        case "tariff_rate" | "tariff_schedules":
            yield from _tariff_faults(world, array)
        case "tariff_source":
            yield from _source_faults(world, array)
        case "trade_elasticity" | "trade_elasticity_sets":
            if (array.values <= 0.0).any():
                yield _cells_fault(
                    array,
                    array.values <= 0.0,
                    _where(world, name),
                    "zero or negative",
                    "theta > 0 (the elasticity of substitution between origins minus one)",
                    "Published elasticities are often negative: give their absolute value.",
                )


def _negative(world: World, array: xr.DataArray, remedy: str) -> Iterator[Fault]:
    below = array.values < 0.0
    if below.any():
        total = float(array.values[below].sum(dtype=np.float64))
        yield _cells_fault(
            array,
            below,
            _where(world, str(array.name)),
            f"negative (USD {total:,.3f} million in all)",
            "zero or more",
            remedy,
        )


def _tariff_faults(world: World, array: xr.DataArray) -> Iterator[Fault]:
    where, rates = _where(world, str(array.name)), array.values
    if (rates < 0.0).any():
        yield _cells_fault(
            array,
            rates < 0.0,
            where,
            "below zero",
            "a rate of zero or more",
            "Write import subsidies as a measure, not as a tariff of the base.",
        )
    if (rates > LIKELY_PERCENT).any():
        yield _cells_fault(
            array,
            rates > LIKELY_PERCENT,
            where,
            f"above {LIKELY_PERCENT:g} (that is {100 * LIKELY_PERCENT:,.0f}%)",
            "a share of the import value: 0.05 means 5%",
            "These look like per cent: divide them by 100.",
        )
    exporter, importer = array.dims.index("exporter"), array.dims.index("importer")
    home = np.eye(rates.shape[exporter], rates.shape[importer], dtype=bool)
    at_home = (rates != 0.0) & np.expand_dims(
        home, [axis for axis in range(rates.ndim) if axis not in (exporter, importer)]
    )
    if at_home.any():
        yield _cells_fault(
            array,
            at_home,
            where,
            "not zero though exporter and importer are the same region",
            "no tariff inside a region",
            "Set them to zero; if the tariff was transposed, check the order exporter, importer, sector.",
        )


def _source_faults(world: World, array: xr.DataArray) -> Iterator[Fault]:
    known = len(world.provenance.tariff_sources)
    outside = (array.values < 0) | (array.values >= known)
    if outside.any():
        yield _cells_fault(
            array,
            outside,
            _where(world, str(array.name)),
            "an index of no source",
            f"0 to {known - 1}, the positions in the provenance's list of tariff sources",
            "Add the source to Provenance.tariff_sources.",
        )


# Accounts -----------------------------------------------------------------------------------------------------------


def _accounts_can_be_read(world: World, sound: Sequence[str]) -> bool:
    """Whether identities can be computed at all: their variables are there, well shaped and finite."""
    needed = ("intermediate", "final_demand", "value_added", "tariff_rate")
    optional = tuple(name for name in ("output_tax_rate",) if name in world.data)
    return all(
        name in sound and bool(np.isfinite(world.data[name].values).all()) for name in (*needed, *optional)
    )


def _account_faults(world: World) -> Iterator[Fault]:
    data = world.data
    intermediate, final = data["intermediate"].values, data["final_demand"].values
    output = output_of(intermediate, final)
    costs = input_cost_of(intermediate, data["tariff_rate"].values)
    tax = data["output_tax_rate"].values * output if "output_tax_rate" in data else np.zeros_like(output)
    factors = data["value_added"].values
    declared = factors.sum(axis=2)
    grid = data["value_added"].isel(factor=0, drop=True)

    sold = (intermediate > 0.0).any(axis=(2, 3)) | (final > 0.0).any(axis=(2, 3))
    if (sold & (output <= 0.0)).any():
        yield _cells_fault(
            grid,
            sold & (output <= 0.0),
            f"World '{world.name}', gross output",
            "not positive though the product is sold: negative sales outweigh the others",
            "positive output wherever a product is used",
            "Mend the negative cells of its row first.",
        )
    idle = (output == 0.0) & ((costs != 0.0) | (declared != 0.0))
    if idle.any():
        yield _cells_fault(
            grid,
            idle,
            f"World '{world.name}', gross output",
            "zero though the sector uses inputs or has value added",
            "sales that cover its costs, or a sector that is wholly empty",
            "Give its output a user, or set its inputs and its value added to zero.",
        )
    gap = declared - (output - costs - tax)
    astray = np.abs(gap) > ADDS_UP * np.maximum(np.abs(output), np.abs(declared))
    if astray.any():
        worst = float(np.abs(gap).max())
        yield _cells_fault(
            grid,
            astray,
            _where(world, "value_added"),
            f"different from output less inputs with duties less taxes, by up to USD {worst:,.3f} million",
            f"equality to {ADDS_UP:g} of output",
            "Let accord.world.build_world derive it from the flows.",
        )
    lossmaking = (output > 0.0) & (declared <= 0.0)
    if lossmaking.any():
        yield _cells_fault(
            grid,
            lossmaking,
            _where(world, "value_added"),
            "not positive in an active sector",
            "positive value added: output above the cost of inputs, duties and taxes",
            "Check its tariffs and inputs; scale its column down, or merge it with a sector near it (accord world aggregate).",
        )
    negative_factor = (factors < 0.0) & (declared > 0.0)[:, :, None]
    if negative_factor.any():
        yield _cells_fault(
            data["value_added"],
            negative_factor,
            _where(world, "value_added"),
            "negative for a factor",
            "zero or more for every factor",
            "Add the factors up into one called 'all', or mend the split.",
        )
    spent = final.sum(axis=(0, 1, 3), dtype=np.float64)
    if (spent <= 0.0).any():
        yield Fault(
            where=_where(world, "final_demand"),
            found=f"no final purchases by {_shortened([world.regions[region] for region in np.flatnonzero(spent <= 0.0)])}",
            expected="final purchases by every region",
            remedy="Merge these regions with others (accord world aggregate), or complete their final demand.",
        )


# Words --------------------------------------------------------------------------------------------------------------


def _where(world: World, name: str) -> str:
    return f"World '{world.name}', variable '{name}'"


def _cells_fault(
    array: xr.DataArray, mask: np.ndarray, where: str, what: str, expected: str, remedy: str
) -> Fault:
    """A fault of the cells that `mask` marks, which are named by their labels."""
    positions = np.argwhere(mask)
    names = [
        " ".join(str(array.indexes[dim][position]) for dim, position in zip(array.dims, cell, strict=True))
        for cell in positions[: LISTED + 1]
    ]
    cells = _shortened(names, len(positions))
    number = "1 cell is" if len(positions) == 1 else f"{len(positions):,} cells are"
    return Fault(where, f"{number} {what}: {cells} ({', '.join(map(str, array.dims))})", expected, remedy)


def _shortened(names: Sequence[str], count: int | None = None) -> str:
    """A list that stays readable: the first few and how many more."""
    count = len(names) if count is None else count
    if count <= LISTED:
        return ", ".join(names)
    return f"{', '.join(names[:LISTED])} and {count - LISTED:,} more"
