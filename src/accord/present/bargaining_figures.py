"""The frontier of a bargain with the points that it found, drawn from its tables: a plane for each pair of partners."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from accord.present.bargaining_terminal import welfare_columns
from accord.present.figures import Figure
from accord.present.panels import plane, styled
from accord.present.style import Panel

if TYPE_CHECKING:
    from accord.study.bargaining import Bargain

PLANES = 3
"""Pairs of partners that are drawn: all of three."""


def bargaining_figures(answer: Bargain) -> tuple[Figure, ...]:
    """Household welfare of the partners of the frontier at every point, two at a time."""
    table = answer.tables["points"].frame
    percent = welfare_columns(answer)[1]
    wide = table.pivot_table(index="point", columns="region", values=percent, sort=False)
    names = dict(zip(table["region"], table["region_name"], strict=True))
    axes = answer.axes
    if len(axes) < 2:
        return ()
    marks = wide[~wide.index.str.startswith("frontier")]
    told = "; ".join(
        f"{point} {', '.join(f'{row[code]:+.3f}' for code in axes)}" for point, row in marks.iterrows()
    )
    *first, last = (names[code] for code in axes)
    parties = f"{', '.join(first)} and {last}"
    what = "household welfare" if answer.outcome == "long-run" else "present value of household welfare"
    return (
        Figure(
            "frontier",
            f"What {parties} could agree on",
            f"{what[:1].upper()}{what[1:]} in per cent of base consumption of {parties}: {told}.",
            styled(
                [_plane(wide, pair, names, len(axes), what) for pair in list(combinations(axes, 2))[:PLANES]]
            ),
        ),
    )


def _plane(wide: pd.DataFrame, pair: tuple[str, str], names: dict[str, str], axes: int, what: str) -> Panel:
    """Two partners' welfare; the frontier of two is a curve, that of more a cloud of points seen from one side."""
    points = wide[list(pair)].reset_index().set_axis(["name", "x", "y"], axis="columns")
    on_frontier = points["name"].str.startswith("frontier")
    marks = points[~on_frontier].reset_index(drop=True)
    curve = points[on_frontier][["x", "y"]]
    if axes > 2:
        cloud = points[on_frontier].assign(name="frontier")
        marks, curve = pd.concat([cloud, marks], ignore_index=True), curve.head(0)
    title = "Frontier and points, against the context alone"
    first, second = (f"{names[code]}: {what}, %" for code in pair)
    return plane(marks, curve, title, (first, second))
