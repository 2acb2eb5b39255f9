"""Figures of plants: cash and debt by year, and load sorted by size with what serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from accord.present.figures import WIDTH, Figure
from accord.present.style import GRID, INK, Panel, styled
from accord.present.supply_figures import price_zones

if TYPE_CHECKING:
    from accord.study import Outcome

PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
    "#999999",
    "#333333",
    "#b3cde3",
    "#8c510a",
    "#bcbd22",
)
"""Okabe and Ito (2008), then greys and others: more than the technologies of a system, so that no two share one."""
OWNER, LENDER, DEBT = "#0072B2", "#D55E00", "#333333"
AFTER_LOAN = 3
"""Years shown after the last year of the loan: later ones are all alike."""
HEIGHT = 190


def energy_figures(outcome: Outcome) -> tuple[Figure, ...]:
    """The figures that the outcome has tables for."""
    drawn = []
    if "plant_years" in outcome.tables:
        drawn.append(cash_and_debt(outcome))
    if "power_duration" in outcome.tables:
        drawn.append(load_duration(outcome))
    if "energy_price_curve" in outcome.tables:
        drawn += price_zones(outcome.tables["energy_price_curve"], outcome.tables["energy_zones"])
    return tuple(drawn)


def cash_and_debt(outcome: Outcome) -> Figure:
    """Owner's and lender's cash of each plant by year, with the debt."""
    panels, spoken = [], []
    for measure, rows in outcome["plant_years"].groupby("measure", sort=False):
        ends = rows.loc[rows["principal_usd"] > 0.0, "year"]
        last = int(ends.max()) + AFTER_LOAN if len(ends) else int(rows["year"].iloc[0]) + 30
        shown = rows[rows["year"] <= last]
        cash = pd.concat(
            [
                pd.DataFrame({"year": shown["year"], "value": shown[column], "who": who})
                for column, who in (("owner_usd", "owner's cash"), ("lender_usd", "lender's cash"))
            ]
        )
        debt = pd.DataFrame({"year": shown["year"], "value": shown["debt_usd"]})
        panels += [
            _cash_panel(cash, f"{measure}: cash a year"),
            _debt_panel(debt, f"{measure}: debt at the end of the year"),
        ]
        worst = shown.loc[shown["owner_usd"].idxmin()]
        spoken.append(
            f"{measure}: the owner's cash is lowest in {int(worst['year'])} with {worst['owner_usd']:,.0f} USD million; "
            f"the debt peaks at {debt['value'].max():,.0f}"
        )
    return Figure("plants", "Cash and debt of the plant by year", "; ".join(spoken) + ".", styled(panels))


def load_duration(outcome: Outcome) -> Figure:
    """For each partner, the hours of the year sorted by load and the technologies that serve it."""
    frame = outcome["power_duration"]
    # One colour a technology, whichever region's panel it stands in.
    colours = {name: PALETTE[n % len(PALETTE)] for n, name in enumerate(dict.fromkeys(frame["technology"]))}
    panels, spoken = [], []
    for region in [partner for partner in outcome.partners if partner in set(frame["region"])]:
        own = frame[frame["region"] == region].copy()
        mean = own.groupby("technology")["output_mw"].mean()
        made = [
            name for name in dict.fromkeys(own["technology"]) if abs(mean[name]) > 1e-3 * mean.abs().sum()
        ]
        name = outcome.region_names.get(region, region)
        panels.append(
            _stack_panel(
                own[own["technology"].isin(made)],
                {name: colours[name] for name in made},
                f"{name}: load and what serves it",
            )
        )
        most = mean.sort_values(ascending=False).index[0]
        spoken.append(
            f"{name}: {most} gives most, {100 * mean[most] / mean.clip(lower=0).sum():.0f} % of output"
        )
    return Figure("power", "Load sorted by size, and what serves it", "; ".join(spoken) + ".", styled(panels))


def _cash_panel(frame: pd.DataFrame, title: str) -> Panel:
    bars = (
        alt.Chart(frame)
        .mark_bar(size=8)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=-90, labelOverlap=True)),
            xOffset=alt.XOffset("who:N", sort=["owner's cash", "lender's cash"]),
            y=alt.Y("value:Q", title="USD million, constant", axis=alt.Axis(tickCount=5)),
            color=_legend(["owner's cash", "lender's cash"], [OWNER, LENDER]),
        )
        .properties(width=WIDTH * 1.3, height=HEIGHT, title=title)
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK).encode(y=alt.Y("zero:Q"))
    return alt.layer(bars, zero)


def _debt_panel(frame: pd.DataFrame, title: str) -> Panel:
    line = (
        alt.Chart(frame)
        .mark_line(color=DEBT, point=True)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=-90, labelOverlap=True)),
            y=alt.Y("value:Q", title="USD million, as written", axis=alt.Axis(tickCount=4)),
        )
        .properties(width=WIDTH * 1.3, height=HEIGHT * 0.6, title=title)
    )
    return alt.layer(line)


def _stack_panel(frame: pd.DataFrame, colours: dict[str, str], title: str) -> Panel:
    technologies = list(colours)
    order = {name: place for place, name in enumerate(technologies)}
    rows = frame.assign(order=frame["technology"].map(order), gigawatts=frame["output_mw"] / 1e3)
    takes = rows.groupby("technology")["gigawatts"].transform("min") < 0.0
    # What takes power stays below zero where it takes none, or its area would jump to the top of the stack.
    rows["gigawatts"] = rows["gigawatts"].mask(takes & (rows["gigawatts"] >= 0.0), -1e-9)
    area = (
        alt.Chart(rows)
        .mark_area()
        .encode(
            x=alt.X(
                "hour:Q",
                title="hours of the year with at least this load",
                scale=alt.Scale(domain=[0, 8760], nice=False),
                axis=alt.Axis(values=list(range(0, 8760, 1000))),
            ),
            y=alt.Y("gigawatts:Q", title="GW", stack="zero"),
            order=alt.Order("order:Q"),
            color=_legend(technologies, list(colours.values())),
        )
    )
    load = frame.groupby("hour", as_index=False)["load_mw"].first()
    line = (
        alt.Chart(load.assign(gigawatts=load["load_mw"] / 1e3))
        .mark_line(color=INK, strokeWidth=2)
        .encode(x=alt.X("hour:Q"), y=alt.Y("gigawatts:Q"))
    )
    return alt.layer(area, line).properties(width=WIDTH * 1.2, height=HEIGHT * 1.3, title=title)


def _legend(names: list[str], colours: list[str]) -> alt.Color:
    return alt.Color(
        f"{'technology' if len(names) > 2 else 'who'}:N",
        scale=alt.Scale(domain=names, range=colours),
        legend=alt.Legend(title=None, orient="right", labelLimit=220, symbolStrokeColor=GRID),
    )
