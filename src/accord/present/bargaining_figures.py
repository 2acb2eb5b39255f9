"""The frontier of two partners with the points that a bargain found, drawn from its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accord.present.figures import Figure
from accord.present.panels import plane, styled

if TYPE_CHECKING:
    from accord.study.bargaining import Bargain


def bargaining_figures(answer: Bargain) -> tuple[Figure, ...]:
    """Household welfare of the two partners of the frontier at every point."""
    table = answer.tables["points"].frame
    wide = table.pivot_table(index="point", columns="region", values="household_ev_pct", sort=False)
    first, second = answer.axes
    names = dict(zip(table["region"], table["region_name"], strict=True))
    points = wide[[first, second]].reset_index().set_axis(["name", "x", "y"], axis="columns")
    on_curve = points["name"].str.startswith("frontier")
    marks = points[~on_curve].reset_index(drop=True)
    axes = (f"{names[first]}: household welfare, %", f"{names[second]}: household welfare, %")
    told = "; ".join(f"{row.name} {row.x:+.3f}, {row.y:+.3f}" for row in marks.itertuples(index=False))
    return (
        Figure(
            "frontier",
            f"What {names[first]} and {names[second]} could agree on",
            f"Household welfare in per cent of base consumption of {names[first]} and {names[second]}: {told}.",
            styled(
                [
                    plane(
                        marks,
                        points[on_curve][["x", "y"]],
                        "Frontier and points, against the context alone",
                        axes,
                    )
                ]
            ),
        ),
    )
