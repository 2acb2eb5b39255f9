"""The one style of all figures: colours, font, and how panels stand above one another.

Colours are those of Okabe and Ito (2008), which colour-blind readers tell apart; shapes or places repeat what they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

Panel = alt.LayerChart | alt.FacetChart
"""One plot of a figure, as Altair types what it layers."""
GAIN, LOSS, TOTAL, INK, GRID, BAND, PALE = (
    "#0072B2",
    "#D55E00",
    "#333333",
    "#1b1b1b",
    "#e8e8e8",
    "#dfe7ee",
    "#bdbdbd",
)
HUES = (GAIN, LOSS, "#009E73", "#CC79A7", "#56B4E9", "#E69F00", TOTAL)
"""Colours of what has no sign, in the order in which they are given out."""
FONT = "Arial, Liberation Sans, Helvetica, sans-serif"
"""vl-convert measures with Liberation Sans, as wide as Arial; the padding leaves room where a reader has only wider fonts."""


def styled(
    panels: Sequence[Panel], *, left: int = 48, legend: dict[str, Any] | None = None
) -> alt.VConcatChart:
    """Panels above one another, left edges of the plots aligned, each with scales of its own.

    Args:
        panels: From top to bottom.
        left: Pixels to the left of everything.
        legend: What the legend has otherwise than in Vega's default ({"orient": "bottom"}).
    """
    own: dict[str, Any] = dict.fromkeys(("x", "y", "color", "shape", "size", "strokeDash"), "independent")
    words: dict[str, Any] = {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": INK,
    }
    beside: dict[str, Any] = {**words, "labelLimit": 300, "titleLimit": 500, **(legend or {})}
    # Given at once: each `configure_` would copy the whole figure.
    return alt.vconcat(
        *panels,
        spacing=26,
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(**own)),
        config=alt.Config(
            font=FONT,
            background="white",
            padding={"left": left, "right": 32, "top": 8, "bottom": 8},
            view=alt.ViewConfig(stroke=None),
            axis=alt.AxisConfig(gridColor=GRID, **words),
            axisX=alt.AxisConfig(domain=False, tickColor=GRID),
            legend=alt.LegendConfig(**beside),
            title=alt.TitleConfig(anchor="start", frame="group", fontSize=14, color=INK, offset=8),
        ),
    )
