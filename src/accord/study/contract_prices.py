"""Break-even prices of every supply contract of a run: each alone against its references, and in the programme as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from accord.study.breakeven import break_even, whole_programme
from accord.study.energy import supplies
from accord.study.energy_columns import supply_table

if TYPE_CHECKING:
    from accord.study.prepare import Prepared
    from accord.tables import Table


def contract_price_tables(prepared: Prepared) -> dict[str, Table]:
    """Return `energy_break_even`, `energy_zones` and `energy_price_curve`; none where no decision is a supply contract.

    A contract takes about twenty equilibria of its own and five to ten of the programme.
    """
    break_evens: list[pd.DataFrame] = []
    zones: list[pd.DataFrame] = []
    curves: list[pd.DataFrame] = []
    for measure in supplies(prepared.programme):
        if measure.role == "context":
            continue
        model = prepared.model
        alone = break_even(prepared.programme, prepared.world, measure.id, model.choices, guide=model.guide)
        rows, zone = whole_programme(prepared, measure)
        break_evens += [alone.tables["break_even"].frame, rows]
        zones += [alone.tables["zones"].frame, zone]
        curves.append(alone.tables["price_curve"].frame)
    if not break_evens:
        return {}
    tables = (
        supply_table(
            "energy_break_even",
            "Supply terms: price at which each side is as well off as at each reference, and as without the programme",
            pd.concat(break_evens, ignore_index=True),
            keys=("measure", "party_role", "reference"),
        ),
        supply_table(
            "energy_zones",
            "Supply terms: prices at which both sides are better off",
            pd.concat(zones, ignore_index=True),
            keys=("measure", "buyer_reference", "seller_reference"),
        ),
        supply_table(
            "energy_price_curve",
            "Supply terms: household welfare of both sides by contract price, the measure alone",
            pd.concat(curves, ignore_index=True),
            keys=("measure", "contract_price", "region"),
        ),
    )
    return {table.name: table for table in tables}
