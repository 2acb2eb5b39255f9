"""Changes in inventories: a use that may be negative, which no model of trade can keep. Three ways out, each with its name.

`produced`: stock that was drawn down is counted as produced in the year; additions are investment. Output is computed anew at
    fixed technical coefficients, x = (I - A)^-1 y. Source: Costinot and Rodriguez-Clare (2014), Handbook of International
    Economics 4, data appendix, who treat negative inventory changes so in the World Input-Output Database.
`proportional`: net changes are spread over all other sales of the producer, each multiplied by output / (output - N), where N is
    the sum of its changes over all destinations. Source: Antras, Chor, Fally and Hillberry (2012), American Economic Review 102(3),
    and Antras and Chor (2018), the net-inventory correction, per producing sector.
`settled`: changes are part of investment, and what is negative then is set against other sales (`sources.inventories`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from accord.errors import EngineError, Fault
from accord.numerics.leontief import LeontiefSystem
from accord.world.raw.mending import Mending
from accord.world.raw.table import RawTable
from accord.world.sources.inventories import settle_negative_demand

METHODS = ("produced", "proportional", "settled")
DEFAULT = "produced"


def without_inventories(raw: RawTable, method: str, mending: Mending) -> RawTable:
    """Return the table with its inventories made part of other flows by `method`; the step names it."""
    if raw.inventories is None:
        return raw
    match method:
        case "proportional":
            return _spread(raw, mending)
        case "settled":
            return _settled(raw, mending)
        case _:
            return _produced(raw, mending)


def _investment(raw: RawTable) -> int:
    return raw.uses.index("investment") if "investment" in raw.uses else raw.household


def _with_investment(raw: RawTable, added: np.ndarray) -> np.ndarray:
    final = raw.final_demand.astype(np.float64)
    final[..., _investment(raw)] += added
    return final


def _produced(raw: RawTable, mending: Mending) -> RawTable:
    """Costinot and Rodriguez-Clare: drawn-down stock is output of the year; technology stays."""
    assert raw.inventories is not None
    drawn = -np.minimum(raw.inventories, 0.0).sum(axis=2)
    added = np.maximum(raw.inventories, 0.0)
    before = raw.rows
    size = before.size
    flows = raw.intermediate.astype(np.float64).reshape(size, size)
    per_output = np.divide(1.0, before, out=np.zeros_like(before), where=before > 0.0).ravel()
    growth = np.ones_like(before)
    if drawn.any():
        try:
            more = LeontiefSystem(flows * per_output).solve_once(drawn.ravel()).reshape(before.shape)
        except EngineError:
            more = np.full_like(before, -1.0)
        if (more < -1e-6 * max(float(more.max()), 1.0)).any():
            mending.refuse(
                Fault(
                    mending.at("inventories"),
                    "output cannot be computed anew with drawn-down stock as output of the year: inputs cost more than output",
                    "columns of inputs below output",
                    "Choose another way with --inventories proportional or --inventories settled.",
                )
            )
            return replace(raw, inventories=None, final_demand=_with_investment(raw, added))
        growth = np.divide(before + more, before, out=growth, where=before > 0.0)
    mending.steps.append(
        f"Inventories 'produced' (Costinot and Rodriguez-Clare 2014): additions of USD {added.sum():,.0f} million are investment; "
        f"drawn-down stock of USD {drawn.sum():,.0f} million counts as output of the year, at fixed technical coefficients; "
        f"output rises by {100.0 * (float((growth * before).sum()) / max(float(before.sum()), 1e-300) - 1.0):.3f} % in all."
    )
    return replace(
        raw,
        inventories=None,
        intermediate=(flows * growth.ravel()).reshape(raw.intermediate.shape),
        final_demand=_with_investment(raw, added),
        taxes=None if raw.taxes is None else raw.taxes * growth,
    )


def _spread(raw: RawTable, mending: Mending) -> RawTable:
    """Antras and Chor: every other sale is multiplied by output / (output - net change in inventories)."""
    assert raw.inventories is not None
    net, rows = raw.inventories.sum(axis=2), raw.rows
    impossible = (rows - net <= 0.0) & (net != 0.0)
    if impossible.any():
        cells = ", ".join(raw.cells(impossible)[:8])
        mending.refuse(
            Fault(
                mending.at("inventories"),
                f"{int(impossible.sum())} producers sell to inventories alone: {cells}",
                "other sales over which the change can be spread",
                "Choose another way with --inventories produced or --inventories settled.",
            )
        )
    factor = np.divide(rows, rows - net, out=np.ones_like(rows), where=rows - net > 0.0)
    mending.steps.append(
        f"Inventories 'proportional' (Antras and Chor 2018): net changes of USD {net.sum():,.0f} million spread over all other sales "
        f"of each producer; factors between {factor.min():.4f} and {factor.max():.4f}."
    )
    return replace(
        raw,
        inventories=None,
        intermediate=raw.intermediate * factor[:, :, None, None],
        final_demand=raw.final_demand * factor[:, :, None, None],
    )


def _settled(raw: RawTable, mending: Mending) -> RawTable:
    """Changes are part of investment; what is negative then is set against other sales of the producer."""
    assert raw.inventories is not None
    settled = settle_negative_demand(_with_investment(raw, raw.inventories))
    mending.steps.append(f"Inventories 'settled': part of investment. {settled.step}")
    return replace(raw, inventories=None, final_demand=settled.final_demand)
