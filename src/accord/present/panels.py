"""Panels that several figures share: signed bars with their numbers, lines over years, points of a plane; and their one style."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from accord.present import style
from accord.present.numbers import signed
from accord.present.style import GAIN, HUES, INK, LOSS, Panel

WIDTH, ROW = 440, 24
"""Width of a plot and height of a row, pixels."""
ROOM = 84
"""Pixels beyond the longest bar for its number."""
SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left",
)


def bars(names: Sequence[str], values: Sequence[float], unit: str, title: str, axis: str) -> Panel:
    """Bars from zero in the order given, each with its number at its end."""
    rows = pd.DataFrame({"name": list(names), "value": list(values)})
    rows["label"] = [signed(value, unit) for value in rows["value"]]
    rows["colour"] = [GAIN if value >= 0.0 else LOSS for value in rows["value"]]
    low, high = min(0.0, float(rows["value"].min())), max(0.0, float(rows["value"].max()))
    left, right = (ROOM if low < 0.0 else 8), (ROOM if high > 0.0 or low == 0.0 else 8)
    per_pixel = ((high - low) or 1.0) / (WIDTH - left - right)
    domain = [low - left * per_pixel, high + right * per_pixel]
    base = (
        alt.Chart(rows)
        .properties(width=WIDTH, height=ROW * len(rows), title=title)
        .encode(
            x=alt.X(
                "value:Q", title=axis, scale=alt.Scale(domain=domain, nice=False), axis=alt.Axis(tickCount=5)
            ),
            y=alt.Y(
                "name:N",
                title=None,
                sort=list(names),
                axis=alt.Axis(labelLimit=300, ticks=False, domain=False),
            ),
        )
    )
    text = {"baseline": "middle", "color": INK, "fontSize": 12}
    right_of = base.transform_filter("datum.value >= 0").mark_text(align="left", dx=4, **text)
    left_of = base.transform_filter("datum.value < 0").mark_text(align="right", dx=-4, **text)
    drawn = base.mark_bar(height={"band": 0.68}).encode(color=alt.Color("colour:N", scale=None))
    return alt.layer(
        drawn, right_of.encode(text=alt.Text("label:N")), left_of.encode(text=alt.Text("label:N")), _zero("x")
    )


def lines(rows: pd.DataFrame, title: str, axis: str, unit: str) -> Panel:
    """Lines over years, one a `name`; each named and numbered at its end. Columns: year, name, value."""
    last = rows["year"].max()
    ends = rows[rows["year"] == last].assign(
        label=lambda frame: [
            f"{name} {signed(value, unit)}" for name, value in zip(frame["name"], frame["value"], strict=True)
        ]
    )
    names = list(dict.fromkeys(rows["name"]))
    colour = alt.Color("name:N", scale=alt.Scale(domain=names, range=list(HUES[: len(names)])), legend=None)
    x = alt.X("year:Q", title=None, axis=alt.Axis(format="d", tickMinStep=1), scale=alt.Scale(nice=False))
    base = alt.Chart(rows).properties(width=WIDTH, height=220, title=title)
    drawn = base.mark_line(strokeWidth=2.5, interpolate="step-after").encode(
        x=x,
        y=alt.Y("value:Q", title=axis),
        color=colour,
        strokeDash=alt.StrokeDash("name:N", sort=names, legend=None),
    )
    told = (
        alt.Chart(ends)
        .mark_text(align="right", dy=-8, color=INK, fontSize=12)
        .encode(x=alt.X("year:Q"), y=alt.Y("value:Q"), text=alt.Text("label:N"))
    )
    return alt.layer(drawn, told, _zero("y"))


def plane(rows: pd.DataFrame, curve: pd.DataFrame, title: str, axes: tuple[str, str]) -> Panel:
    """Named points of a plane, with a curve through those of `curve` (columns: x, y) in its order. Columns of `rows`: x, y, name."""
    names = list(dict.fromkeys(rows["name"]))
    order = curve.assign(order=range(len(curve)))
    x, y = alt.X("x:Q", title=axes[0]), alt.Y("y:Q", title=axes[1])
    line = (
        alt.Chart(order)
        .mark_line(color=GAIN, strokeWidth=2, point={"color": GAIN, "size": 26})
        .encode(x=x, y=y, order=alt.Order("order:Q"))
    )
    marks = (
        alt.Chart(rows)
        .mark_point(size=120, filled=True, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "name:N",
                scale=alt.Scale(domain=names, range=[HUES[n % len(HUES)] for n in range(len(names))]),
                title=None,
            ),
            shape=alt.Shape(
                "name:N",
                scale=alt.Scale(domain=names, range=[SHAPES[n % len(SHAPES)] for n in range(len(names))]),
                title=None,
            ),
        )
    )
    layers = [line, marks] if len(curve) else [marks]
    return alt.layer(*layers, _zero("x"), _zero("y")).properties(width=WIDTH, height=320, title=title)


def _zero(axis: str) -> alt.Chart:
    rule = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK, strokeWidth=1)
    return rule.encode(x=alt.X("zero:Q")) if axis == "x" else rule.encode(y=alt.Y("zero:Q"))


def styled(panels: Sequence[Panel]) -> alt.VConcatChart:
    """Panels above one another in the one style of all figures, their legends below."""
    return style.styled(panels, legend={"orient": "bottom", "columns": 2})
