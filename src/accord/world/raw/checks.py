"""Does a table that somebody brings make sense? Every fault at once, each with its remedy and the fixes that would mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from accord.errors import Fault, WorldError
from accord.numerics.balancing import balance
from accord.world.raw.mending import Mending
from accord.world.raw.stocks import DEFAULT, METHODS, without_inventories
from accord.world.raw.table import RawTable
from accord.world.sources.applied_tariffs import read_rows
from accord.world.sources.inventories import settle_negative_demand

ADDS_UP = 1e-3
"""Recorded totals may differ from sums by this share of output, or by `ROUNDING` where that is more."""

ROUNDING = 0.5
"""USD million: half of the last digit of tables printed in whole millions."""

PLAUSIBLE = 30.0
"""The median ratio of value added to GDP of 2022 lies within this factor of one for any year since about 1990."""

LARGEST_AMOUNT = 1e12
"""USD million: ten thousand times what the world makes in a year. Larger amounts are no amounts."""

LARGEST_COST_SHARE = 0.98
LARGEST_TARIFF = 30.0
LISTED = 6
AMOUNTS = ("intermediate", "final_demand", "inventories", "taxes", "output", "value_added")
WORDS = {"intermediate": "inputs", "final_demand": "final purchases", "tariff_rate": "tariffs"}


def checked(raw: RawTable, mending: Mending, *, inventories: str = DEFAULT) -> RawTable:
    """Return the table as it will be a World: faults mended where asked for, inventories dealt with.

    Faults that are not mended are noted in `mending`, whose `stop_on_faults` raises them all at once. After each fault the table
    goes on as if it were mended, so that one fault does not set off others.
    """
    if inventories not in METHODS:
        raise WorldError(
            [
                Fault(
                    "option --inventories",
                    f"'{inventories}' is no way to treat inventories",
                    f"one of: {', '.join(METHODS)}",
                )
            ]
        )
    unbalanced = False
    for step in (_blanks, _oversized, _transposed, _units, _parameters):
        raw = step(raw, mending)
    raw, unbalanced = _balance(raw, mending)
    raw = _negatives(raw, mending)
    if unbalanced and "rebalance" in mending.wanted:
        raw = _rebalanced(raw, mending)
    raw = without_inventories(raw, inventories, mending)
    for step in (_idle, _costs):
        raw = step(raw, mending)
    _consumption(raw, mending)
    return raw


# Blank, transposed, in other units ----------------------------------------------------------------------------------


def _blanks(raw: RawTable, mending: Mending) -> RawTable:
    changes: dict[str, np.ndarray] = {}
    for key in (*AMOUNTS, "tariff_rate", "trade_elasticity"):
        array = getattr(raw, key)
        if array is None:
            continue
        blank = ~np.isfinite(array)
        if not blank.any():
            continue
        fault = Fault(
            mending.at(_words(key)),
            f"{int(blank.sum()):,} cells are blank or infinite: {_cells(raw, key, blank)}",
            "a number in every cell: blank is not zero",
            "Fill them with what is known.",
        )
        if key == "trade_elasticity":
            mending.refuse(fault)
            changes[key] = np.where(blank, 5.0, array)
        else:
            mending.accepts("blank-is-zero", fault)
            changes[key] = np.where(blank, 0.0, array)
    return replace(raw, **changes) if changes else raw


def _oversized(raw: RawTable, mending: Mending) -> RawTable:
    changes: dict[str, np.ndarray] = {}
    for key in AMOUNTS:
        array = getattr(raw, key)
        if array is None or not (np.abs(array) > LARGEST_AMOUNT).any():
            continue
        beyond = np.abs(array) > LARGEST_AMOUNT
        mending.refuse(
            Fault(
                mending.at(_words(key)),
                f"{int(beyond.sum()):,} cells are beyond any economy: {_cells(raw, key, beyond)}",
                f"amounts of at most USD {LARGEST_AMOUNT:,.0f} million",
                "Look for a misplaced decimal point, or state the unit with --unit.",
            )
        )
        changes[key] = np.where(beyond, 0.0, array)
    return replace(raw, **changes) if changes else raw


def _transposed(raw: RawTable, mending: Mending) -> RawTable:
    if raw.output is None or raw.value_added is None:
        return raw
    turned = replace(
        raw,
        intermediate=raw.intermediate.transpose(2, 3, 0, 1),
        final_demand=raw.final_demand.transpose(2, 1, 0, 3),
        inventories=None if raw.inventories is None else raw.inventories.transpose(2, 1, 0),
    )
    # Buyer and seller may be interchanged in flows to sectors alone, or in final purchases too.
    half = replace(turned, final_demand=raw.final_demand, inventories=raw.inventories)
    as_given = _typical_miss(raw)
    best = min((turned, half), key=_typical_miss)
    if as_given < 0.02 or _typical_miss(best) > 0.1 * as_given:
        return raw
    fault = Fault(
        mending.at("flows"),
        f"rows and columns seem to have changed places: as given, sums miss recorded totals by {as_given:.0%} of output at the "
        f"median; with buyers and sellers interchanged by {_typical_miss(best):.1%}",
        "sellers in rows (exporter, supplying sector), buyers in columns (importer, using sector)",
        "Check which is which.",
    )
    mending.accepts("transpose", fault)
    return best


def _typical_miss(raw: RawTable) -> float:
    assert raw.output is not None
    rows, columns = _gaps(raw)
    scale = np.maximum(np.abs(raw.output), 1e-9)
    active = np.abs(raw.output) > ROUNDING
    if not active.any():
        return 0.0
    return float(np.median((np.maximum(np.abs(rows), np.abs(columns)) / scale)[active]))


def _gaps(raw: RawTable) -> tuple[np.ndarray, np.ndarray]:
    """How far sums of rows and of columns are above recorded output (region, sector); zero where nothing is recorded."""
    zero = np.zeros((len(raw.regions), len(raw.sectors)))
    if raw.output is None and raw.value_added is None:
        return zero, zero
    output = raw.rows if raw.output is None else raw.output
    rows = raw.rows - output
    if raw.value_added is None:
        return rows, zero
    inputs = raw.intermediate.sum(axis=(0, 1), dtype=np.float64)
    return rows, inputs + raw.taxes_on_inputs + raw.value_added - output


def _units(raw: RawTable, mending: Mending) -> RawTable:
    """Compare value added with GDP of 2022, where most regions are economies that are known."""
    gdp = {row["iso3"]: float(row["gdp_usd_million"]) for row in read_rows("accounts_2022.csv")}
    known = [position for position, code in enumerate(raw.regions) if code in gdp]
    if len(known) < 2 or 2 * len(known) < len(raw.regions) or "accept-units" in mending.wanted:
        return raw
    value_added = (raw.rows - raw.intermediate.sum(axis=(0, 1), dtype=np.float64)).sum(axis=1)
    ratio = float(np.median([value_added[position] / gdp[raw.regions[position]] for position in known]))
    if not ratio > 0.0 or 1.0 / PLAUSIBLE <= ratio <= PLAUSIBLE:
        return raw
    power = int(np.clip(np.round(-np.log10(ratio) / 3.0), -3, 3))
    meant = {-1: "USD thousand", -2: "USD", 1: "USD billion"}.get(power, "another unit")
    example = raw.regions[known[0]]
    fault = Fault(
        mending.at("amounts"),
        f"value added is {ratio:,.3g} times GDP of 2022 at the median of {len(known)} known economies "
        f"({example}: {value_added[known[0]]:,.0f} against {gdp[example]:,.0f}), as if amounts were in {meant}",
        f"USD million, within a factor of {PLAUSIBLE:g} of GDP",
        "State the unit with --unit.",
    )
    mending.accepts("scale-units", fault, "accept-units")
    return scaled(raw, 1000.0**power)


def scaled(raw: RawTable, factor: float) -> RawTable:
    """Return the table with every amount multiplied by `factor`."""
    return replace(
        raw, **{key: getattr(raw, key) * factor for key in AMOUNTS if getattr(raw, key) is not None}
    )


# Tariffs and elasticities -------------------------------------------------------------------------------------------


def _parameters(raw: RawTable, mending: Mending) -> RawTable:
    theta = np.asarray(raw.trade_elasticity, dtype=np.float64)
    if (theta <= 0.0).any():
        names = [raw.sectors[position] for position in np.flatnonzero(theta <= 0.0)]
        fault = Fault(
            mending.at("trade elasticities"),
            f"{len(names)} are zero or negative: {_some(names)}",
            "theta > 0 (the elasticity of substitution between origins minus one)",
            "Published elasticities are often negative.",
        )
        if (theta == 0.0).any():
            mending.refuse(fault)
        else:
            mending.accepts("absolute-elasticities", fault)
        theta = np.where(theta == 0.0, 5.0, np.abs(theta))
        raw = replace(raw, trade_elasticity=theta)
    return raw if raw.tariff_rate is None else _tariffs(raw, raw.tariff_rate, mending)


def _tariffs(raw: RawTable, rates: np.ndarray, mending: Mending) -> RawTable:
    if (rates < 0.0).any():
        mending.refuse(
            Fault(
                mending.at("tariffs"),
                f"{int((rates < 0.0).sum()):,} rates are below zero: {_cells(raw, 'tariff_rate', rates < 0.0)}",
                "a rate of zero or more",
                "Write import subsidies as a measure of a programme.",
            )
        )
        rates = np.maximum(rates, 0.0)
    if (rates > LARGEST_TARIFF).any():
        fault = Fault(
            mending.at("tariffs"),
            f"{int((rates > LARGEST_TARIFF).sum()):,} rates are above {LARGEST_TARIFF:g}: "
            f"{_cells(raw, 'tariff_rate', rates > LARGEST_TARIFF)}",
            "a share of the import value: 0.05 means 5 %",
            "These look like per cent.",
        )
        mending.accepts("tariffs-in-per-cent", fault)
        rates = rates / 100.0
        if (rates > LARGEST_TARIFF).any():
            mending.refuse(replace(fault, found=f"{fault.found}, and some stay above it when divided by 100"))
            rates = np.minimum(rates, LARGEST_TARIFF)
    home = np.eye(len(raw.regions), dtype=bool)[:, :, None] & (rates != 0.0)
    if home.any():
        fault = Fault(
            mending.at("tariffs"),
            f"{int(home.sum()):,} rates are on trade of a region with itself: {_cells(raw, 'tariff_rate', home)}",
            "no tariff inside a region",
            "If exporter and importer were interchanged, mend that first.",
        )
        mending.accepts("no-home-tariff", fault)
        rates = np.where(home, 0.0, rates)
    return replace(raw, tariff_rate=rates)


# Totals, signs ------------------------------------------------------------------------------------------------------


def _balance(raw: RawTable, mending: Mending) -> tuple[RawTable, bool]:
    """Compare sums with recorded totals; the World keeps the sums, so a miss that nobody accepted is a fault."""
    rows, columns = _gaps(raw)
    output = raw.rows if raw.output is None else raw.output
    tolerance = np.maximum(ADDS_UP * np.abs(output), ROUNDING)
    unbalanced = False
    for gaps, what, sums in (
        (rows, "rows", "sales to all users"),
        (columns, "columns", "inputs, taxes on them and value added"),
    ):
        astray = np.abs(gaps) > tolerance
        if not astray.any():
            continue
        unbalanced = True
        worst = np.unravel_index(int(np.argmax(np.abs(gaps))), gaps.shape)
        fault = Fault(
            mending.at(what),
            f"{int(astray.sum()):,} of {gaps.size:,} do not add up to recorded output: {_some(raw.cells(astray))}; "
            f"the largest gap is USD {gaps[worst]:+,.3f} million ({raw.regions[worst[0]]} {raw.sectors[worst[1]]})",
            f"{sums} equal to output, to {ADDS_UP:.1%} or USD {ROUNDING:g} million",
            "Find the cells that were lost or doubled.",
        )
        if "rebalance" in mending.wanted and raw.output is not None and raw.value_added is not None:
            continue  # its own step says what it did
        mending.accepts("output-from-rows", fault, "rebalance")
    return raw, unbalanced


def _negatives(raw: RawTable, mending: Mending) -> RawTable:
    below = raw.intermediate < 0.0
    if below.any():
        fault = Fault(
            mending.at("inputs"),
            f"{int(below.sum()):,} cells are negative (USD {raw.intermediate[below].sum(dtype=np.float64):,.3f} million in all): "
            f"{_cells(raw, 'intermediate', below)}",
            "zero or more: nobody buys a negative quantity",
            "Look for subsidies or reversed signs.",
        )
        mending.accepts("zero-negative-inputs", fault)
        raw = replace(raw, intermediate=np.maximum(raw.intermediate, 0.0))
    below = raw.final_demand < 0.0
    if below.any():
        settled = settle_negative_demand(raw.final_demand)
        fault = Fault(
            mending.at("final purchases"),
            f"{int(below.sum()):,} cells are negative (USD {raw.final_demand[below].sum(dtype=np.float64):,.3f} million in all): "
            f"{_cells(raw, 'final_demand', below)}",
            "zero or more",
            "These are usually stock drawn down or used goods sold.",
        )
        if mending.accepts("settle-negative-demand", fault):
            mending.steps.append(settled.step)
        raw = replace(raw, final_demand=settled.final_demand)
    return raw


def _rebalanced(raw: RawTable, mending: Mending) -> RawTable:
    """RAS to recorded output and value added; changes in inventories keep their values."""
    if raw.output is None or raw.value_added is None:
        mending.refuse(
            Fault(
                mending.at("totals"),
                "the table cannot be balanced: it records no output or no value added",
                "both, to balance to",
                "Use --fix output-from-rows instead.",
            )
        )
        return raw
    size = raw.output.size
    flows = np.concatenate(
        [
            raw.intermediate.astype(np.float64).reshape(size, size),
            raw.final_demand.astype(np.float64).reshape(size, -1),
        ],
        axis=1,
    )
    stock = 0.0 if raw.inventories is None else raw.inventories.sum(axis=2)
    row_totals = (raw.output - stock).ravel()
    users = (raw.output - raw.value_added - raw.taxes_on_inputs).ravel()
    purchases = flows[:, size:].sum(axis=0)
    left = row_totals.sum() - users.sum()
    finals = purchases * (left / purchases.sum()) if purchases.sum() > 0.0 else purchases
    labels = [f"{region} {sector}" for region in raw.regions for sector in raw.sectors]
    uses = [f"{region} {use}" for region in raw.regions for use in raw.uses]
    try:
        with np.errstate(
            all="ignore"
        ):  # a table that cannot be balanced runs out of range; `balance` says so
            balanced = balance(
                flows,
                row_totals,
                np.concatenate([users, finals]),
                row_labels=labels,
                column_labels=[*labels, *uses],
                max_iterations=5_000,
            )
    except WorldError as error:
        for fault in error.faults:
            mending.refuse(replace(fault, where=mending.at(f"balancing, {fault.where}")))
        return raw
    moved = float(np.abs(balanced.table - flows).sum()) / max(float(flows.sum()), 1e-300)
    mending.steps.append(
        f"Fix rebalance: flows balanced (RAS, {balanced.iterations} sweeps) to recorded output and value added; "
        f"{100.0 * moved:.2f} % of all flows moved."
    )
    return replace(
        raw,
        intermediate=balanced.table[:, :size].reshape(raw.intermediate.shape),
        final_demand=balanced.table[:, size:].reshape(raw.final_demand.shape),
    )


# Sectors and regions that cannot be -----------------------------------------------------------------------------------


def _idle(raw: RawTable, mending: Mending) -> RawTable:
    inputs = raw.intermediate.sum(axis=(0, 1), dtype=np.float64)
    idle = (raw.rows <= 0.0) & (inputs + np.abs(raw.taxes_on_inputs) > 0.0)
    if not idle.any():
        return raw
    fault = Fault(
        mending.at("sectors"),
        f"{int(idle.sum())} sectors buy inputs or pay taxes but sell nothing: {_some(raw.cells(idle))}",
        "sales that cover costs, or a sector that is wholly empty",
        "Look for a row that was lost.",
    )
    mending.accepts("drop-idle-sectors", fault)
    intermediate, final = raw.intermediate.copy(), raw.final_demand.astype(np.float64)
    for region, sector in np.argwhere(idle):
        final[:, :, region, raw.household] += intermediate[:, :, region, sector]
        intermediate[:, :, region, sector] = 0.0
    taxes = None if raw.taxes is None else np.where(idle, 0.0, raw.taxes)
    return replace(raw, intermediate=intermediate, final_demand=final, taxes=taxes)


def _costs(raw: RawTable, mending: Mending) -> RawTable:
    """Value added must be positive wherever something is made."""
    output = raw.rows
    costs = raw.intermediate.sum(axis=(0, 1), dtype=np.float64) + raw.taxes_on_inputs
    above = (output > 0.0) & (costs >= output * (1.0 - 1e-9))
    if not above.any():
        return raw
    share = np.divide(costs, output, out=np.zeros_like(costs), where=output > 0.0)
    worst = np.unravel_index(int(np.argmax(np.where(above, share, 0.0))), share.shape)
    fault = Fault(
        mending.at("columns"),
        f"{int(above.sum())} sectors pay for inputs and taxes what they earn or more: {_some(raw.cells(above))}; "
        f"the largest share of output is {share[worst]:.3f} ({raw.regions[worst[0]]} {raw.sectors[worst[1]]})",
        "positive value added in every active sector",
        "Merge them with sectors near them, or correct their columns.",
    )
    mending.accepts("lower-inputs", fault)
    intermediate, final = raw.intermediate.astype(np.float64), raw.final_demand.astype(np.float64)
    taxes = None if raw.taxes is None else raw.taxes.copy()
    for region, sector in np.argwhere(above):
        keep = LARGEST_COST_SHARE * output[region, sector] / costs[region, sector]
        column = intermediate[:, :, region, sector].copy()
        intermediate[:, :, region, sector] = keep * column
        final[:, :, region, raw.household] += (1.0 - keep) * column
        if taxes is not None:
            taxes[region, sector] *= keep
    return replace(raw, intermediate=intermediate, final_demand=final, taxes=taxes)


def _consumption(raw: RawTable, mending: Mending) -> None:
    spent = raw.final_demand.sum(axis=(0, 1, 3), dtype=np.float64)
    if (spent <= 0.0).all() and mending.faults:
        return  # amounts that cannot be read count as zero, and are said already
    if (spent <= 0.0).any():
        names = [raw.regions[region] for region in np.flatnonzero(spent <= 0.0)]
        mending.refuse(
            Fault(
                mending.at("final purchases"),
                f"nothing is bought by {_some(names)}",
                "final purchases by every region",
                "Complete them, or leave the regions out of the table together with what they sell.",
            )
        )


# Words --------------------------------------------------------------------------------------------------------------


def _words(key: str) -> str:
    return WORDS.get(key, key.replace("_", " "))


def _cells(raw: RawTable, key: str, mask: np.ndarray) -> str:
    labels: dict[str, Sequence[Sequence[str]]] = {
        "intermediate": (raw.regions, raw.sectors, raw.regions, raw.sectors),
        "final_demand": (raw.regions, raw.sectors, raw.regions, raw.uses),
        "inventories": (raw.regions, raw.sectors, raw.regions),
        "tariff_rate": (raw.regions, raw.regions, raw.sectors),
        "trade_elasticity": (raw.sectors,),
    }
    axes = labels.get(key, (raw.regions, raw.sectors))
    found = np.argwhere(mask)
    names = [
        " ".join(str(axis[position]) for axis, position in zip(axes, cell, strict=True))
        for cell in found[:LISTED]
    ]
    return _some(names, len(found))


def _some(names: Sequence[str], count: int | None = None) -> str:
    count = len(names) if count is None else count
    shown = ", ".join(names[:LISTED])
    return shown if count <= LISTED else f"{shown} and {count - LISTED:,} more"
