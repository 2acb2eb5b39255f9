"""Tables of a bargain: who has what at each point, where the levers stand, what each lever does alone, and who pays whom."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from accord.study.bargaining_columns import bargaining_table
from accord.study.levers import Negotiation
from accord.study.nearest_change import Change
from accord.study.side_payments import Payments
from accord.study.variants import GAIN_PCT
from accord.tables import Table

Points = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""Levers (d,) and gains of every region (n,), in the negotiation's unit, by name of the point."""


WELFARE = {
    "long-run": ("household_ev_usd", "household_ev_pct", "surplus_usd"),
    "present-value": ("value_usd", "value_pct", "surplus_value_usd"),
}
"""Columns of the gain in USD million, in per cent and over the threat, by what a gain is."""


def points_table(negotiation: Negotiation, points: Points, threat: np.ndarray) -> Table:
    """Household welfare of every region, third countries too, at every point."""
    base, prepared = negotiation.consumption, negotiation.prepared
    usd, percent, surplus = WELFARE[negotiation.outcome]
    partners = prepared.checked.partners
    rows = [
        {
            "point": name,
            "region": region,
            "region_name": prepared.world.region_names[region],
            "role": "partner" if region in partners else "third country",
            usd: float(gains[n]),
            percent: float(100.0 * gains[n] / base[n]),
            surplus: float(gains[n] - threat[n]),
            "gains": "yes" if 100.0 * gains[n] / base[n] > GAIN_PCT else "no",
        }
        for name, (_, gains) in points.items()
        for n, region in enumerate(prepared.world.regions)
    ]
    title = (
        "Household welfare"
        if negotiation.outcome == "long-run"
        else f"Present value of household welfare ({negotiation.valued})"
    )
    return bargaining_table(
        "points",
        f"{title} at each point, against the context alone",
        pd.DataFrame(rows),
        keys=("point", "region"),
    )


def levers_table(negotiation: Negotiation, points: Points) -> Table:
    """Where each lever stands at each point, in its own unit; points without levers (the threat) are left out."""
    rows = [
        {
            "point": name,
            "lever": one.id,
            "title": one.title,
            "value": one.value(float(share)),
            "unit": one.unit,
            "now": one.now,
            "change": one.range * (float(share) - before),
            "of_range": abs(float(share) - before),
            "low": one.low,
            "high": one.high,
            "at_bound": "yes" if min(share, 1.0 - share) < 1e-6 else "no",
            "owners": ", ".join(one.owners),
            "source": one.source,
        }
        for name, (x, _) in points.items()
        if not np.isnan(x).any()
        for one, share, before in zip(negotiation.handles, x, negotiation.here, strict=True)
    ]
    return bargaining_table("levers", "Where the levers stand", pd.DataFrame(rows), keys=("point", "lever"))


def singles_table(negotiation: Negotiation, singles: Mapping[str, Change]) -> Table:
    """For each lever: the smallest change of it alone that makes every partner gain."""
    rows = [
        {
            "lever": one.id,
            "title": one.title,
            "enough": "yes" if singles[one.id].found else "no",
            "now": one.now,
            "value": one.value(float(singles[one.id].x[place])) if singles[one.id].found else float("nan"),
            "change": one.range * float(singles[one.id].x[place] - negotiation.here[place])
            if singles[one.id].found
            else float("nan"),
            "unit": one.unit,
            "of_range": singles[one.id].size if singles[one.id].found else float("nan"),
        }
        for place, one in enumerate(negotiation.handles)
        if one.id in singles
    ]
    columns = ["lever", "title", "enough", "now", "value", "change", "unit", "of_range"]
    frame = pd.DataFrame(rows, columns=columns).sort_values("of_range", kind="stable", ignore_index=True)
    return bargaining_table(
        "singles",
        "Each lever alone: the smallest change that makes every partner gain",
        frame,
        keys=("lever",),
    )


def payments_table(negotiation: Negotiation, payments: Mapping[str, Payments]) -> Table:
    """Who pays whom how much, by what the payments are to do."""
    regions = negotiation.prepared.world.regions
    rows = []
    for kind, found in payments.items():
        if not found.possible:
            continue
        guess = {
            (payer, to): amount
            for payer, to, amount in found._replace(receipts=found.first_order).pairs(regions)
        }
        for payer, recipient, amount in found.pairs(regions):
            rows.append(
                {
                    "kind": kind,
                    "payer": payer,
                    "recipient": recipient,
                    "usd": amount,
                    "first_order_usd": guess.get((payer, recipient), 0.0),
                    "of_payer_pct": 100.0
                    * amount
                    / float(negotiation.yearly_consumption[regions.index(payer)]),
                }
            )
    columns = ["kind", "payer", "recipient", "usd", "first_order_usd", "of_payer_pct"]
    return bargaining_table(
        "payments",
        "Yearly payments: with the levers as written, or at the point named",
        pd.DataFrame(rows, columns=columns),
        keys=("kind", "payer", "recipient"),
    )
