"""Each measure on its own: what it does to government budgets, and whether it creates or diverts trade.

A measure is switched on alone against the context ("first"), and off alone against the whole programme ("last"); effects that differ
between the two are those of measures that need or cancel each other.

What counts as trade created and diverted: `study.trade_effects`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from accord.adapters import equilibrium as adapter
from accord.shocks import PurchaseShock, ResourceCostShock, TransferShock
from accord.study.full import Answer, Progress
from accord.study.trade_effects import BEYOND, WHOLE, Trade, sentences, trade_of, trade_tables
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium
    from accord.study.prepare import Prepared

_USD = "USD million of base year"
_FIRST = "the measure alone against the context"
_LAST = "the whole programme against the programme without the measure"

BUDGET_COLUMNS = {
    "measure": Column("label", "Measure"),
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "border_usd": Column(_USD, "Border revenue", f"change, deflated by household prices; {_FIRST}"),
    "balance_usd": Column(
        _USD,
        "Balance before the closing tax",
        f"change of revenue less purchases and subsidies, deflated; {_FIRST}",
    ),
    "balance_last_usd": Column(_USD, "The same, last", f"as before; {_LAST}"),
    "pays_usd": Column(
        _USD,
        "Stated costs",
        "cost of implementation, cost gaps, purchases and transfers that it pays, as stated",
    ),
    "gets_usd": Column(_USD, "Stated receipts", "transfers that it receives, as stated"),
    "net_usd": Column(
        _USD, "Net", "balance less stated costs plus stated receipts; wherever a payer is a budget"
    ),
}


def answer(prepared: Prepared, progress: Progress) -> Answer:
    """Return budgets and trade of every measure, first and last, and of the programme as a whole."""
    budgets: list[dict[str, object]] = []
    trade: dict[str, Trade] = {}
    for place, measure in enumerate(prepared.measures):
        progress("each measure on its own", place, len(prepared.measures))
        first = prepared.solve({**dict.fromkeys(prepared.measures, 0.0), measure: 1.0})
        last = prepared.solve({measure: 0.0})
        pairs = ((prepared.context_alone, first), (last, prepared.everything))
        budgets += _budget_rows(prepared, measure, [measure], pairs)
        trade[measure] = trade_of(prepared, *pairs)
    whole = (prepared.context_alone, prepared.everything)
    together = _budget_rows(prepared, WHOLE, prepared.measures, (whole, whole))
    if len(prepared.measures) > 1:
        budgets += _beyond(budgets, together)
    budgets += together
    trade[WHOLE] = trade_of(prepared, whole, whole)
    budget = Table(
        "effects_budget",
        "Budget of each partner by measure",
        pd.DataFrame(budgets, columns=list(BUDGET_COLUMNS)),
        BUDGET_COLUMNS,
        ("measure", "region"),
    )
    by_importer, by_exporter = trade_tables(prepared, trade)
    return Answer((budget, by_importer, by_exporter), sentences(prepared, by_importer))


def _budget_rows(
    prepared: Prepared, name: str, measures: Sequence[str], pairs: tuple[tuple[Equilibrium, Equilibrium], ...]
) -> list[dict[str, object]]:
    frames = [
        adapter.region_frame(prepared.model, start, end, prepared.checked.partners).set_index("region")
        for start, end in pairs
    ]
    rows: list[dict[str, object]] = []
    for partner in prepared.checked.partners:
        pays, gets = _stated(prepared, measures, partner)
        first, last = (frame.loc[partner] for frame in frames)
        balance = float(first["government_balance_usd"])
        rows.append(
            {
                "measure": name,
                "region": partner,
                "region_name": prepared.world.region_names[partner],
                "border_usd": float(first["tariff_revenue_usd"]),
                "balance_usd": balance,
                "balance_last_usd": float(last["government_balance_usd"]),
                "pays_usd": pays,
                "gets_usd": gets,
                "net_usd": balance - pays + gets,
            }
        )
    return rows


def _beyond(
    single: Sequence[dict[str, object]], whole: Sequence[dict[str, object]]
) -> list[dict[str, object]]:
    """Rows of what measures do together beyond each on its own: with them, a column of measures adds up to the whole."""
    numbers = [name for name, column in BUDGET_COLUMNS.items() if column.unit != "label"]
    sums = pd.DataFrame(single).groupby("region")[numbers].sum()
    return [
        {
            **row,
            "measure": BEYOND,
            **{name: float(str(row[name])) - float(sums.loc[str(row["region"]), name]) for name in numbers},
        }
        for row in whole
    ]


def _stated(prepared: Prepared, measures: Sequence[str], region: str) -> tuple[float, float]:
    pays, gets = 0.0, 0.0
    for shock in prepared.checked.decisions:
        if shock.measure not in measures:
            continue
        if isinstance(shock, ResourceCostShock | PurchaseShock | TransferShock) and shock.payer == region:
            pays += shock.weight * shock.amount
        if isinstance(shock, TransferShock) and shock.recipient == region:
            gets += shock.weight * shock.amount
    return pays, gets
