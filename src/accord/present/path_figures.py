"""Fan charts: what each year brings to each partner, and between which bounds. Reads tables only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from accord.present.figures import Figure
from accord.present.panels import WIDTH, styled
from accord.present.style import BAND, GAIN, INK, Panel
from accord.tables import Table

PANELS = 6
"""Partners that get a panel of their own."""
HEIGHT = 200


def path_figures(tables: Mapping[str, Table], partners: Sequence[str]) -> tuple[Figure, ...]:
    """Return the fan of each partner's yearly effect; nothing where there is no such table."""
    if "path_odds_years" not in tables:
        return ()
    frame = tables["path_odds_years"].frame
    own = {code: frame[frame["region"] == code] for code in partners[:PANELS]}
    ends = [
        f"{rows['region_name'].iloc[-1]} {rows['median_pct'].iloc[-1]:+.3f}% ({rows['low_pct'].iloc[-1]:+.3f} to "
        f"{rows['high_pct'].iloc[-1]:+.3f}%)"
        for rows in own.values()
    ]
    return (
        Figure(
            "path_odds",
            "Household welfare of the partners year by year: median and 5-95% of the draws",
            f"Effect of the decisions of each year, per cent of base household consumption; in the last year: {', '.join(ends)}.",
            styled([_fan(rows) for rows in own.values()]),
        ),
    )


def _fan(frame: pd.DataFrame) -> Panel:
    """Band from the 5th to the 95th percentile, the median, and the central run dashed."""
    rows = frame[["year", "low_pct", "median_pct", "high_pct", "central_pct"]]
    # A year is a step as wide as itself: the last one needs an end.
    rows = pd.concat([rows, rows.tail(1).assign(year=rows["year"].iloc[-1] + 1)], ignore_index=True)
    x = alt.X("year:Q", title=None, axis=alt.Axis(format="d", tickMinStep=1), scale=alt.Scale(nice=False))
    axis = "% of base consumption"
    base = alt.Chart(rows).properties(width=WIDTH, height=HEIGHT, title=str(frame["region_name"].iloc[0]))
    band = base.mark_area(color=BAND, interpolate="step-after").encode(
        x=x, y=alt.Y("low_pct:Q", title=axis), y2=alt.Y2("high_pct:Q")
    )
    median = base.mark_line(color=GAIN, strokeWidth=2.5, interpolate="step-after").encode(
        x=x, y=alt.Y("median_pct:Q", title=axis)
    )
    central = base.mark_line(color=INK, strokeWidth=1.5, strokeDash=[4, 3], interpolate="step-after").encode(
        x=x, y=alt.Y("central_pct:Q", title=axis)
    )
    zero = (
        alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK, strokeWidth=1).encode(y=alt.Y("zero:Q"))
    )
    named = pd.DataFrame(
        {
            "year": [int(rows["year"].iloc[-1])] * 2,
            "value": [float(frame["median_pct"].iloc[-1]), float(frame["central_pct"].iloc[-1])],
            "label": ["median", "central run"],
        }
    )
    above = frame["median_pct"].iloc[-1] >= frame["central_pct"].iloc[-1]
    labels = [
        alt.Chart(named.iloc[[place]])
        .mark_text(align="right", dx=-4, dy=-8 if up else 10, color=INK, fontSize=12)
        .encode(x=alt.X("year:Q"), y=alt.Y("value:Q"), text=alt.Text("label:N"))
        for place, up in ((0, above), (1, not above))
    ]
    return alt.layer(band, zero, central, median, *labels)
