"""Figures of an outcome, drawn from its tables without a browser or a network.

Colours are those of Okabe and Ito (2008), which colour-blind readers tell apart; every mark carries its number, so that nothing
rests on colour or on reading an axis. The same tables give the same bytes of SVG on one machine with the same versions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from accord.present import extracts, one_year
from accord.present.numbers import signed
from accord.present.style import BAND, GAIN, INK, LOSS, TOTAL, Panel, styled

if TYPE_CHECKING:
    from accord.study import Outcome

WIDTH, ROW = 440, 24
"""Width of a plot and height of a row, pixels."""
NAME_LIMIT = 300
"""Widest name beside a plot, pixels; longer ones are cut by Vega with an ellipsis."""
PANELS = 6
"""Partners that get a panel of their own; with more, the tables tell."""
NUMBER_ROOM, PAIR_ROOM = 72, 122
"""Room beyond the longest bar for a number, and for a number with its percentage, pixels."""


@dataclass(frozen=True)
class Figure:
    """A drawn figure.

    Attributes:
        name: File-system friendly name.
        title: What it shows, in one line.
        description: What a reader who cannot see it must know, in a sentence or two.
        chart: The Altair chart.
    """

    name: str
    title: str
    description: str
    chart: alt.VConcatChart

    def svg(self) -> str:
        """The figure as SVG, with its title and description as text alternatives."""
        import vl_convert

        drawn = vl_convert.vegalite_to_svg(
            self.chart.to_dict(validate=False), vl_version=_vega_lite_version(), allowed_base_urls=[]
        )
        opening, rest = drawn.split(">", 1)
        alternative = (
            f'<title id="{self.name}-title">{_escaped(self.title)}</title>'
            f'<desc id="{self.name}-desc">{_escaped(self.description)}</desc>'
        )
        names = f'role="img" aria-labelledby="{self.name}-title {self.name}-desc"'
        return f"{opening} {names}>{alternative}{_without_inner_roles(rest)}"

    def png(self, scale: float = 2.0) -> bytes:
        """The figure as PNG."""
        import vl_convert

        return vl_convert.vegalite_to_png(
            self.chart.to_dict(validate=False),
            vl_version=_vega_lite_version(),
            scale=scale,
            allowed_base_urls=[],
        )


def figures(outcome: Outcome) -> tuple[Figure, ...]:
    """The figures, in the order of the page; one that would be empty is left out."""
    from accord.present.energy_figures import energy_figures

    drawn: list[Figure] = []
    if outcome.has_long_run:
        drawn += [welfare(outcome), ranges(outcome), sectors(outcome), terms(outcome)]
    if one_year.has_one_year(outcome):
        drawn.append(costs(outcome))
    drawn += energy_figures(outcome)
    return tuple(figure for figure in drawn if figure.chart.vconcat)


def welfare(outcome: Outcome) -> Figure:
    """Household welfare of the partners, and of the third countries where it changes most."""
    table = extracts.largest_changes(outcome)
    frame = _rows(table.frame, "household_ev_pct", _region_names(table.frame))
    panels = []
    for role, title in (
        ("partner", "Partners"),
        ("third country", "Third countries affected most (own scale)"),
    ):
        rows = frame[frame["role"] == role]
        if len(rows):
            panels.append(bars(rows, title, "Household welfare, % of base consumption"))
    return Figure(
        "welfare",
        "Household welfare of partners and most affected third countries",
        "Equivalent variation in per cent of base household consumption: " + _spoken(frame),
        styled(panels),
    )


def ranges(outcome: Outcome) -> Figure:
    """Household welfare of each partner under other rents and elasticities: dots and the range they span."""
    table = extracts.welfare_ranges(outcome)
    panels, spoken = [], []
    for partner in outcome.partners[:PANELS]:
        own = table.frame[table.frame["region"] == partner]
        name = outcome.region_names[partner]
        rows = _rows(own, "household_ev_pct", list(own["item"]))
        rows.loc[0, "colour"] = TOTAL  # the central run comes first
        panels.append(_dots(rows, name, "Household welfare, % of base consumption"))
        low, high = own["household_ev_pct"].min(), own["household_ev_pct"].max()
        spoken.append(f"{name} from {signed(low, '%')} to {signed(high, '%')}")
    return Figure(
        "ranges",
        "How far the answer depends on rents and trade elasticities",
        f"Household welfare in per cent of base consumption over {len(table.frame) // max(len(outcome.partners), 1)} runs: "
        + "; ".join(spoken)
        + ".",
        styled(panels),
    )


def sectors(outcome: Outcome) -> Figure:
    """Sectors whose output changes most in each partner."""
    panels, spoken = [], []
    for partner in outcome.partners[:PANELS]:
        table = extracts.sector_movers(outcome, partner)
        name = outcome.region_names[partner]
        rows = _rows(table.frame, "output_change_usd", list(table.frame["sector_name"]), unit="USD million")
        rows["label"] = [
            f"{label} ({_short(percent)}%)"
            for label, percent in zip(rows["label"], table.frame["output_pct"], strict=True)
        ]
        if len(rows):
            panels.append(
                bars(rows, name, "Change of output, USD million at base prices (and %)", room=PAIR_ROOM)
            )
            spoken.append(f"in {name} most up {rows['name'].iloc[0]}, most down {rows['name'].iloc[-1]}")
    return Figure(
        "sectors", "Sectors that move most", f"Change of output: {'; '.join(spoken)}.", styled(panels)
    )


def terms(outcome: Outcome) -> Figure:
    """Why household welfare of each partner changes: terms that add up to the exact number."""
    table = extracts.welfare_terms(outcome)
    panels, spoken = [], []
    for partner in outcome.partners[:PANELS]:
        own = table.frame[table.frame["region"] == partner]
        name = outcome.region_names[partner]
        rows = _rows(own, "pct", [extracts.TERM_NAMES.get(str(term), str(term)) for term in own["term"]])
        spoken.append(f"{name}: {_spoken(rows)}")
        total = pd.DataFrame({"value": [rows["value"].sum()], "name": ["All terms together"]})
        total["label"], total["colour"] = [signed(value, "%") for value in total["value"]], TOTAL
        panels.append(
            bars(
                pd.concat([rows, total], ignore_index=True), name, "Household welfare, % of base consumption"
            )
        )
    return Figure("terms", "Why household welfare changes", " ".join(spoken), styled(panels))


def costs(outcome: Outcome) -> Figure:
    """The cost ladder: producer prices of each partner that move most within a year, largest first."""
    panels, spoken = [], []
    for partner in outcome.partners[:PANELS]:
        table = one_year.price_movers(outcome, partner, largest=10)
        name = outcome.region_names[partner]
        rows = _rows(table.frame, "producer_price_pct", list(table.frame["sector_name"]))
        rows["colour"] = TOTAL  # a price rise is one side's loss and the other's gain
        if len(rows):
            panels.append(bars(rows, name, "Producer price within a year, %"))
            spoken.append(f"{name}: {_spoken(rows)}")
    return Figure(
        "costs", "Cost ladder: producer prices that move most within a year", " ".join(spoken), styled(panels)
    )


def _rows(frame: pd.DataFrame, column: str, names: Sequence[str], unit: str = "%") -> pd.DataFrame:
    """One mark a row: its value, its name, its number as text, its colour."""
    values = frame[column].to_numpy()
    return frame.assign(
        value=values,
        name=names,
        label=[signed(value, unit) for value in values],
        colour=[GAIN if value >= 0.0 else LOSS for value in values],
    ).reset_index(drop=True)


def bars(rows: pd.DataFrame, title: str, axis: str, room: int = NUMBER_ROOM) -> Panel:
    """Bars from zero in the order given, each with its number at its end."""
    base = _frame(rows, title, axis, _domain(rows["value"], room))
    bars = base.mark_bar(height={"band": 0.68}).encode(color=alt.Color("colour:N", scale=None))
    return alt.layer(bars, *_numbers(base), _zero())


def _dots(rows: pd.DataFrame, title: str, axis: str) -> Panel:
    """Dots in the order given on the band that they span, each with its number."""
    values = [*rows["value"], 0.0]
    base = _frame(rows, title, axis, _domain(pd.Series(values), NUMBER_ROOM))
    span = pd.DataFrame({"low": [min(rows["value"])], "high": [max(rows["value"])]})
    band = alt.Chart(span).mark_rect(color=BAND, opacity=0.7).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"))
    dots = base.mark_circle(size=110, opacity=1).encode(color=alt.Color("colour:N", scale=None))
    return alt.layer(band, _zero(), dots, *_numbers(base, away=9))


def _frame(rows: pd.DataFrame, title: str, axis: str, domain: tuple[float, float]) -> alt.Chart:
    """Axes and title; values run along x, names down y in the order of the rows."""
    order = list(rows["name"])
    return (
        alt.Chart(rows[["name", "value", "label", "colour"]])
        .properties(width=WIDTH, height=ROW * len(rows), title=title)
        .encode(
            x=alt.X(
                "value:Q",
                title=axis,
                scale=alt.Scale(domain=list(domain), nice=False),
                axis=alt.Axis(tickCount=5),
            ),
            y=alt.Y(
                "name:N",
                title=None,
                sort=order,
                axis=alt.Axis(labelLimit=NAME_LIMIT, ticks=False, domain=False),
            ),
        )
    )


def _numbers(base: alt.Chart, away: int = 4) -> tuple[alt.Chart, alt.Chart]:
    """The numbers: right of what is not negative, left of what is.

    Channels are named by their classes: Altair looks long for the class of a bare text.
    """
    text = {"baseline": "middle", "color": INK, "fontSize": 12}
    right = base.transform_filter("datum.value >= 0").mark_text(align="left", dx=away, **text)
    left = base.transform_filter("datum.value < 0").mark_text(align="right", dx=-away, **text)
    return right.encode(text=alt.Text("label:N")), left.encode(text=alt.Text("label:N"))


def _zero() -> alt.Chart:
    return (
        alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK, strokeWidth=1).encode(x=alt.X("zero:Q"))
    )


def _domain(values: pd.Series, room: int) -> tuple[float, float]:
    """From the least to the largest value, zero inside, with `room` pixels for numbers on the sides that have any."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    left, right = (room if low < 0.0 else 8), (room if high > 0.0 or low == 0.0 else 8)
    per_pixel = ((high - low) or 1.0) / (WIDTH - left - right)
    return low - left * per_pixel, high + right * per_pixel


def _short(percent: float) -> str:
    """A percentage beside the number that matters: two digits that count."""
    return f"{percent:+.0f}" if abs(percent) >= 10.0 else f"{percent:+.2g}"


def _region_names(frame: pd.DataFrame) -> list[str]:
    return [
        extracts.named(code, name) for code, name in zip(frame["region"], frame["region_name"], strict=True)
    ]


def _spoken(rows: pd.DataFrame) -> str:
    return ", ".join(f"{name} {label}" for name, label in zip(rows["name"], rows["label"], strict=True)) + "."


def _vega_lite_version() -> str:
    """The version of Vega-Lite that Altair writes, as vl-convert names it ("6.1")."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def _without_inner_roles(svg: str) -> str:
    """Take out the roles that Vega gives to inner groups: the figure is one image with one description."""
    return re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
