"""Figure of supply terms: welfare of both sides by contract price, with the prices at which both gain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from accord.present.figures import BAND, GAIN, INK, LOSS, WIDTH, Figure
from accord.study.energy_columns import WITHOUT

if TYPE_CHECKING:
    from accord.tables import Table


def price_zones(curve: Table, zones: Table) -> list[Figure]:
    """One figure a contract: the measure alone, with the prices at which both gain against their own references."""
    drawn: list[Figure] = []
    for measure, rows in curve.frame.groupby("measure", sort=False):
        of_measure = zones.frame["measure"] == measure
        own = zones.frame[of_measure & (zones.frame["buyer_reference"] != WITHOUT)]
        figure = price_zone(replace(curve, frame=rows), replace(zones, frame=own))
        drawn.append(
            replace(
                figure,
                name=f"price_zone_{measure}",
                title=f"{measure}: {figure.title[:1].lower()}{figure.title[1:]}",
            )
        )
    return drawn


def price_zone(curve: Table, zones: Table) -> Figure:
    """Welfare of seller and buyer by contract price, in % of base consumption, one panel each; bands where both gain."""
    unit = str(curve.frame["price_unit"].iloc[0])
    wide = zones.frame[zones.frame["zone"] == "not empty"]
    panels = []
    for side, colour in (("seller", LOSS), ("buyer", GAIN)):
        own = curve.frame[curve.frame["party_role"] == side]
        lines = (
            alt.Chart(own[["contract_price", "supply_ev_pct"]])
            .mark_line(color=colour, point=alt.OverlayMarkDef(color=colour, size=40))
            .encode(
                x=alt.X("contract_price:Q", title=f"Contract price, {unit}", scale=alt.Scale(zero=False)),
                y=alt.Y("supply_ev_pct:Q", title="Household welfare, %"),
            )
            .properties(width=WIDTH, height=180, title=f"{side.capitalize()}: {own['region'].iloc[0]}")
        )
        zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK).encode(y=alt.Y("zero:Q"))
        layers: list[alt.Chart] = [zero, lines]
        if len(wide):
            band = alt.Chart(wide[["lowest_price", "highest_price"]].head(1)).mark_rect(
                color=BAND, opacity=0.8
            )
            layers.insert(0, band.encode(x=alt.X("lowest_price:Q"), x2=alt.X2("highest_price:Q")))
        panels.append(alt.layer(*layers))
    said = (
        "; ".join(
            f"both gain from {row['lowest_price']:.1f} to {row['highest_price']:.1f} (buyer against {row['buyer_reference']}, "
            f"seller against {row['seller_reference']})"
            for row in wide.to_dict("records")
        )
        or "no price makes both better off than at their references"
    )
    chart = (
        alt.vconcat(*panels, spacing=26)
        .configure(background="white", padding={"left": 24, "right": 24, "top": 8, "bottom": 8})
        .configure_view(stroke=None)
    )
    return Figure("price_zone", f"Welfare by contract price ({unit})", f"{said}.", chart)
