"""Figures about time: the path of the programme, what a delay changes, and what has been delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accord.present.figures import Figure
from accord.present.panels import bars, lines, styled

if TYPE_CHECKING:
    from accord.study.delay import Delay
    from accord.study.tracker import Tracker

PANELS = 6
"""Partners that get a panel of their own."""


def delay_figures(answer: Delay) -> tuple[Figure, ...]:
    """The path by year, and what the shortest delay of each measure changes."""
    return (_path(answer), *_delay(answer))


def _path(answer: Delay) -> Figure:
    frame = answer.tables["path"].frame
    frame = frame[frame["role"] == "partner"]
    rows = frame.assign(value=frame["effect_pct"], name=frame["region_name"])[["year", "name", "value"]]
    ends = rows[rows["year"] == rows["year"].max()]
    told = ", ".join(f"{name} {value:+.3f}%" for name, value in zip(ends["name"], ends["value"], strict=True))
    return Figure(
        "path",
        "Household welfare of the partners year by year",
        f"Effect of the decisions of each year, per cent of base household consumption; in the last year: {told}.",
        styled(
            [
                lines(
                    rows,
                    "Effect of the decisions in each year",
                    "Household welfare, % of base consumption",
                    "%",
                )
            ]
        ),
    )


def _delay(answer: Delay) -> tuple[Figure, ...]:
    frame = answer.tables["delay"].frame
    if frame.empty:
        return ()
    shortest = frame["years_later"].min()
    frame = frame[frame["years_later"] == shortest]
    panels = [
        bars(
            list(own["measure"]),
            list(own["change_usd"]),
            "USD million",
            str(own["region_name"].iloc[0]),
            "Change of present value, USD million of base year",
        )
        for code in answer.partners[:PANELS]
        if len(own := frame[frame["region"] == code])
    ]
    worst = frame.loc[frame["change_usd"].idxmin()]
    return (
        Figure(
            "delay",
            f"What it changes when a measure is {shortest:g} year(s) late",
            f"Change of present value by measure and partner; the largest loss is {worst['region_name']}'s by {worst['measure']}: "
            f"{worst['change_usd']:+.1f} USD million.",
            styled(panels),
        ),
    )


def status_figures(answer: Tracker) -> tuple[Figure, ...]:
    """Share of the effect delivered, beside the share of measures in force."""
    frame = answer.tables["delivered"].frame
    frame = frame[(frame["role"] == "partner") & frame["delivered_pct"].notna()]
    areas = answer.tables["areas"].frame
    count = float(areas["done_pct"].iloc[-1])
    names = ["Measures in force, by count", *(f"Effect, {name}" for name in frame["region_name"])]
    values = [count, *frame["delivered_pct"]]
    return (
        Figure(
            "delivered",
            f"Delivered by {answer.as_of}, by count and by effect",
            answer.sentence,
            styled([bars(names, values, "%", "Delivered", "% of the programme in full")]),
        ),
    )
