"""Figures of a full run: parts by measure as bars, odds as a histogram of draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from accord.present import figures as house
from accord.present.figures import PANELS, WIDTH, Figure
from accord.present.numbers import signed
from accord.present.style import GAIN, INK, LOSS, TOTAL, Panel, styled

if TYPE_CHECKING:
    from accord.study import Outcome

WHOLE, REMAINDER = "(all decisions)", "(not explained)"
BARS = 40
"""Bars of a histogram."""

HEIGHT = 130


def answer_figures(outcome: Outcome) -> tuple[Figure, ...]:
    """The figures of the questions that the outcome answers, named as the questions are."""
    drawn = []
    if "odds_draws" in outcome.tables:
        drawn.append(odds(outcome))
    if "attribution" in outcome.tables:
        drawn.append(attribution(outcome))
    return tuple(figure for figure in drawn if figure.chart.vconcat)


def attribution(outcome: Outcome) -> Figure:
    """What each measure gives to each partner, largest first, with the whole as the last bar."""
    frame = outcome["attribution"]
    frame = frame[(frame["outcome"] == "household_ev") & (frame["measure"] != REMAINDER)]
    panels, spoken = [], []
    for partner in outcome.partners[:PANELS]:
        own = frame[frame["region"] == partner]
        parts = own[own["measure"] != WHOLE].sort_values("part_usd", ascending=False, kind="stable")
        own = pd.concat([parts, own[own["measure"] == WHOLE]])
        names = own["measure"].replace({WHOLE: "All decisions together"})
        values = own["part_usd"].to_numpy()
        rows = pd.DataFrame(
            {
                "value": values,
                "name": names.to_numpy(),
                "label": [signed(value, "USD million") for value in values],
                "colour": [GAIN if value >= 0.0 else LOSS for value in values],
            }
        )
        rows.loc[len(rows) - 1, "colour"] = TOTAL
        name = outcome.region_names[partner]
        panels.append(house.bars(rows, name, "Household welfare, USD million of base year"))
        pairs = zip(rows["name"], rows["label"], strict=True)
        spoken.append(f"{name}: {', '.join(f'{what} {label}' for what, label in pairs)}")
    return Figure(
        "attribution",
        "What each measure gives to each partner",
        f"Household welfare by measure in USD million of the base year. {'. '.join(spoken)}.",
        styled(panels),
    )


def odds(outcome: Outcome) -> Figure:
    """How household welfare of each partner spreads over the draws; losses in their own colour."""
    table = outcome["odds"].set_index("region")
    frame = outcome["odds_draws"]
    panels, spoken = [], []
    for partner in outcome.partners[:PANELS]:
        values = frame.loc[frame["region"] == partner, "household_ev_pct"].dropna().to_numpy()
        if not values.size:
            continue
        name, row = outcome.region_names[partner], table.loc[partner]
        chance = f"{row['probability']:.0%} of draws gain"
        panels.append(_histogram(values, f"{name}: {chance}", float(row["central_pct"])))
        spoken.append(
            f"{name}: {chance}, median {signed(row['median_pct'], '%')}, "
            f"5th to 95th percentile {signed(row['low_pct'], '%')} to {signed(row['high_pct'], '%')}"
        )
    return Figure(
        "odds",
        "How household welfare spreads over the draws",
        f"Histograms of household welfare in per cent of base consumption. {'; '.join(spoken)}.",
        styled(panels),
    )


def _histogram(values: np.ndarray, title: str, central: float) -> Panel:
    """Bars that never straddle zero, so that each is a gain or a loss; the line is the central run."""
    low, high = min(values.min(), 0.0, central), max(values.max(), 0.0, central)
    width = (high - low or 1.0) / BARS
    edges = width * np.arange(np.floor(low / width), np.ceil(high / width) + 1)
    if edges.size < 2:
        edges = np.array([0.0, width])
    counts, _ = np.histogram(values, edges)
    rows = pd.DataFrame(
        {
            "from": edges[:-1],
            "to": edges[1:],
            "share": 100.0 * counts / values.size,
            "floor": 0.0,
            "colour": [GAIN if middle >= 0.0 else LOSS for middle in 0.5 * (edges[:-1] + edges[1:])],
        }
    )
    bars = (
        alt.Chart(rows[rows["share"] > 0.0])
        .mark_rect(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("from:Q", title="Household welfare, % of base consumption", axis=alt.Axis(tickCount=6)),
            x2=alt.X2("to:Q"),
            y=alt.Y("share:Q", title="Draws, %", axis=alt.Axis(tickCount=3)),
            y2=alt.Y2("floor:Q"),
            color=alt.Color("colour:N", scale=None),
        )
        .properties(width=WIDTH, height=HEIGHT, title=title)
    )
    zero = (
        alt.Chart(pd.DataFrame({"zero": [0.0]}))
        .mark_rule(color=INK, strokeWidth=1.5)
        .encode(x=alt.X("zero:Q"))
    )
    line = alt.Chart(pd.DataFrame({"central": [central], "text": ["central run"]}))
    rule = line.mark_rule(color=TOTAL, strokeDash=[4, 3], strokeWidth=1.5).encode(x=alt.X("central:Q"))
    text = line.mark_text(align="left", dx=4, dy=-4, baseline="bottom", color=INK, fontSize=11).encode(
        x=alt.X("central:Q"), y=alt.value(6), text=alt.Text("text:N")
    )
    return alt.layer(bars, zero, rule, text)
