"""Each measure on its own: what it does to government budgets, and whether it creates or diverts trade.

A measure is switched on alone against the context ("first"), and off alone against the whole programme ("last"); effects that differ
between the two are those of measures that need or cancel each other.

Trade created and diverted (Viner 1950), by product and importing partner, in quantities at base prices: let P be the change of
imports from the other partners and T that of imports from third countries.

    diverted = min(max(-T, 0), max(P, 0))     what partners sell more because third countries sell less
    created  = P - diverted                   what they sell beyond that, in place of home production or to larger demand

Sums over products are given. A fall of imports from partners counts as negative creation. This is bookkeeping of quantities; it says
nothing about welfare, which the verdict gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from accord.adapters import equilibrium as adapter
from accord.shocks import PurchaseShock, ResourceCostShock, TransferShock
from accord.study.full import Answer, Progress
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium
    from accord.study.prepare import Prepared

_USD = "USD million of base year"
_FIRST = "the measure alone against the context"
_LAST = "the whole programme against the programme without the measure"
WHOLE = "(all decisions)"

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
TRADE_COLUMNS = {
    "measure": Column("label", "Measure"),
    "region": Column("label", "Code"),
    "region_name": Column("label", "Importing partner"),
    "partner_imports_usd": Column(
        _USD, "Imports from partners", f"change of volume at base prices; {_FIRST}"
    ),
    "other_imports_usd": Column(
        _USD, "Imports from third countries", f"change of volume at base prices; {_FIRST}"
    ),
    "created_usd": Column(_USD, "Trade created", f"Viner (1950), by product, summed; {_FIRST}"),
    "diverted_usd": Column(_USD, "Trade diverted", f"Viner (1950), by product, summed; {_FIRST}"),
    "created_last_usd": Column(_USD, "Created, last", f"as before; {_LAST}"),
    "diverted_last_usd": Column(_USD, "Diverted, last", f"as before; {_LAST}"),
}


def answer(prepared: Prepared, progress: Progress) -> Answer:
    """Return budgets and trade of every measure, first and last, and of the programme as a whole."""
    budgets: list[dict[str, object]] = []
    trades: list[dict[str, object]] = []
    for place, measure in enumerate(prepared.measures):
        progress("each measure on its own", place, len(prepared.measures))
        first = prepared.solve({**dict.fromkeys(prepared.measures, 0.0), measure: 1.0})
        last = prepared.solve({measure: 0.0})
        pairs = ((prepared.context_alone, first), (last, prepared.everything))
        budgets += _budget_rows(prepared, measure, [measure], pairs)
        trades += _trade_rows(prepared, measure, pairs)
    whole = ((prepared.context_alone, prepared.everything),) * 2
    budgets += _budget_rows(prepared, WHOLE, prepared.measures, whole)
    trades += _trade_rows(prepared, WHOLE, whole)
    tables = (
        Table(
            "effects_budget",
            "Budget of each partner by measure",
            pd.DataFrame(budgets, columns=list(BUDGET_COLUMNS)),
            BUDGET_COLUMNS,
            ("measure", "region"),
        ),
        Table(
            "effects_trade",
            "Trade created and diverted, by measure and importing partner",
            pd.DataFrame(trades, columns=list(TRADE_COLUMNS)),
            TRADE_COLUMNS,
            ("measure", "region"),
        ),
    )
    return Answer(tables, _sentences(prepared, trades))


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


def _trade_rows(
    prepared: Prepared, name: str, pairs: tuple[tuple[Equilibrium, Equilibrium], ...]
) -> list[dict[str, object]]:
    first, last = (
        viner(start, end, [prepared.position(partner) for partner in prepared.checked.partners])
        for start, end in pairs
    )
    return [
        {
            "measure": name,
            "region": partner,
            "region_name": prepared.world.region_names[partner],
            "partner_imports_usd": float(first[0][place]),
            "other_imports_usd": float(first[1][place]),
            "created_usd": float(first[2][place]),
            "diverted_usd": float(first[3][place]),
            "created_last_usd": float(last[2][place]),
            "diverted_last_usd": float(last[3][place]),
        }
        for place, partner in enumerate(prepared.checked.partners)
    ]


def viner(
    start: Equilibrium, end: Equilibrium, partners: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return (p,) for each importing partner, USD million at base prices.

    They are: change of imports from partners, change of imports from third countries, trade created, trade diverted (see the module).
    """
    change = (end.quantities - start.quantities).sum(axis=0)  # (sector, importer, exporter)
    abroad = change * ~np.eye(change.shape[1], dtype=bool)
    members = list(partners)
    from_partners = abroad[:, members][:, :, members].sum(axis=2)
    from_others = abroad[:, members].sum(axis=2) - from_partners
    diverted = np.minimum(np.maximum(-from_others, 0.0), np.maximum(from_partners, 0.0))
    created = from_partners - diverted
    return (
        from_partners.sum(axis=0),
        from_others.sum(axis=0),
        created.sum(axis=0),
        diverted.sum(axis=0),
    )


def _sentences(prepared: Prepared, trades: Sequence[dict[str, object]]) -> tuple[str, ...]:
    whole = [row for row in trades if row["measure"] == WHOLE]
    created = sum(float(str(row["created_usd"])) for row in whole)
    diverted = sum(float(str(row["diverted_usd"])) for row in whole)
    return (
        f"Trade among the partners: {created:,.0f} USD million created and {diverted:,.0f} diverted from third countries by all "  # noqa: ISC004
        f"{len(prepared.measures)} decisions together, in quantities at base prices.",
    )
