"""Figures of dependence: who supplies whose sectors, where value added flows through the partners, and how dependence meets concentration.

Every mark that matters carries its number or its name. Colours are those of Okabe and Ito (2008); flows also differ by place.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from accord.analysis.production import THIRD
from accord.present.figures import Figure
from accord.present.style import GAIN, HUES, INK, LOSS, Panel, styled

if TYPE_CHECKING:
    from accord.analysis.dependence import Dependence

CELL = 30
"""Side of a cell of the heat map, pixels."""
SHOWN = 12
"""Sectors on each side of the heat map: those with the largest flows."""
LABELLED = 10
"""Inputs named in the scatter."""
LETTER, LINE = 0.0095, 0.04
"""Width of a letter and height of a line in the scatter, as shares of its axes."""
RIBBONS = 14
"""Chains drawn."""
NAME_LIMIT = 260


def dependence_figures(result: Dependence) -> tuple[Figure, ...]:
    """Heat map of component flows, ribbons of the heaviest chains, and dependence against concentration."""
    return component_heat_map(result), chain_ribbons(result), concentration_scatter(result)


def component_heat_map(result: Dependence) -> Figure:
    """Inputs from each partner to each other partner, by supplying and using sector: the sectors with most of it."""
    frame = result.tables["component_flows"].frame
    panels, told = [], []
    for seller in result.partners:
        for buyer in result.partners:
            rows = frame[(frame["exporter"] == seller) & (frame["importer"] == buyer)]
            if seller == buyer or rows["flow_usd"].sum() <= 0.0:
                continue
            panels.append(_heat_panel(result, rows, seller, buyer))
            most = rows.loc[rows["flow_usd"].idxmax()]
            told.append(
                f"{_name(result, seller)} to {_name(result, buyer)}: USD {rows['flow_usd'].sum():,.0f} million, most "
                f"{most['supplying_sector_name']} for {most['using_sector_name']}, {most['flow_usd']:,.0f}"
            )
    return Figure(
        "component-flows",
        f"Components that {_together(result)} buy from each other",
        "; ".join(told) + ".",
        styled(panels),
    )


def _heat_panel(result: Dependence, rows: pd.DataFrame, seller: str, buyer: str) -> Panel:
    total = rows["flow_usd"].sum()
    sellers = _largest(rows, "supplying_sector_name")
    users = _largest(rows, "using_sector_name")
    cells = rows[rows["supplying_sector_name"].isin(sellers) & rows["using_sector_name"].isin(users)].copy()
    covered = cells["flow_usd"].sum() / total
    cells["text"] = [_cell_text(value) for value in cells["flow_usd"]]
    limit = float(cells["flow_usd"].max())
    # The square root lets small cells be told apart; numbers say the amounts.
    colour = alt.Color(
        "flow_usd:Q",
        title="USD million",
        scale=alt.Scale(scheme="blues", type="sqrt", domain=[0, limit]),
        legend=None,
    )
    base = alt.Chart(cells[["supplying_sector_name", "using_sector_name", "flow_usd", "text"]]).encode(
        x=alt.X(
            "using_sector_name:N",
            sort=users,
            title=None,
            axis=alt.Axis(labelAngle=-40, labelLimit=NAME_LIMIT - 60, ticks=False, domain=False, grid=False),
        ),
        y=alt.Y(
            "supplying_sector_name:N",
            sort=sellers,
            title=None,
            axis=alt.Axis(labelLimit=NAME_LIMIT, ticks=False, domain=False, grid=False),
        ),
    )
    dark = cells["flow_usd"].max() * 0.3
    text = base.mark_text(fontSize=10).encode(
        text=alt.Text("text:N"),
        color=alt.condition(f"datum.flow_usd > {dark}", alt.value("white"), alt.value(INK)),
    )
    return alt.layer(base.mark_rect(stroke="white", strokeWidth=1).encode(color=colour), text).properties(
        width=CELL * 1.25 * len(users),
        height=CELL * 0.85 * len(sellers),
        title=alt.Title(
            f"From {_name(result, seller)} (rows) to {_name(result, buyer)} (columns), USD million",
            subtitle=f"The {len(sellers)} largest sectors on each side: {100 * covered:.0f}% of {total:,.0f}",
        ),
    )


def chain_ribbons(result: Dependence) -> Figure:
    """The heaviest chains as ribbons from source to final use: each column is a stop, widths are value added carried."""
    chains = pd.concat(
        [result.tables["chains"].frame, result.tables["chains_2"].frame.head(RIBBONS // 2)], ignore_index=True
    )
    chains = chains.drop_duplicates("chain").sort_values("chain_usd", ascending=False, kind="stable")
    chains = chains.head(RIBBONS).reset_index(drop=True)
    stops, ribbons = _layout(result, chains)
    if stops.empty:
        return Figure("chains", "No chain crosses a border between the partners", "None.", styled([]))
    columns = int(stops["column"].max())
    width, height = 300 * columns, max(320, int(stops["bottom"].max() * 1.0))
    x = alt.Scale(domain=[-0.04, columns + 0.62], nice=False)
    y = alt.Scale(domain=[0, float(stops["bottom"].max())], reverse=True, nice=False)
    # Partners come first, so that they have the same colours in every figure.
    found = dict.fromkeys([*(_name(result, code) for code in result.partners), *stops["colour_of"]])
    regions = [region for region in found if region in set(stops["colour_of"])]
    colour = alt.Color(
        "colour_of:N",
        title="Ribbons: region of the source. Blocks: region of the stop",
        scale=alt.Scale(domain=regions, range=[HUES[i % len(HUES)] for i in range(len(regions))]),
        legend=alt.Legend(orient="top", direction="horizontal", titleLimit=500),
    )
    hidden = alt.Axis(labels=False, ticks=False, domain=False, grid=False)
    area = (
        alt.Chart(ribbons)
        .mark_area(opacity=0.45, interpolate="monotone")
        .encode(
            x=alt.X("x:Q", scale=x, title=None, axis=hidden),
            y=alt.Y("low:Q", scale=y, title=None, axis=hidden),
            y2=alt.Y2("high:Q"),
            detail=alt.Detail("ribbon:N"),
            color=colour,
        )
    )
    block = (
        alt.Chart(stops)
        .mark_rect(opacity=1.0)
        .encode(
            x=alt.X("left:Q", scale=x),
            x2=alt.X2("right:Q"),
            y=alt.Y("top:Q", scale=y),
            y2=alt.Y2("bottom:Q"),
            color=colour,
        )
    )
    name = (
        alt.Chart(stops)
        .mark_text(align="left", dx=4, fontSize=11, color=INK)
        .encode(x=alt.X("right:Q", scale=x), y=alt.Y("middle:Q", scale=y), text=alt.Text("label:N"))
    )
    told = "; ".join(f"{row.chain} USD {row.chain_usd:,.0f} million" for row in chains.head(5).itertuples())
    return Figure(
        "chains",
        f"Heaviest chains that join {_together(result)}",
        f"Value added carried from its source (left) to its final use (right). {told}.",
        styled(
            [
                alt.layer(area, block, name).properties(
                    width=width,
                    height=height,
                    title="From source (left) to final use (right); numbers are USD million of value added that pass here",
                )
            ]
        ),
    )


def _layout(result: Dependence, chains: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Blocks and ribbons: chains end in the last column; each stop is as high as what passes it, in a fixed order."""
    paths = [chain.split(" -> ") for chain in chains["chain"]]
    if not paths:
        return pd.DataFrame(), pd.DataFrame()
    longest = max(map(len, paths))
    scale = 520.0 / chains["chain_usd"].sum()
    passing: dict[tuple[int, str], float] = {}
    for path, amount in zip(paths, chains["chain_usd"], strict=True):
        for place, stop in enumerate(path):
            key = (longest - len(path) + place, stop)
            passing[key] = passing.get(key, 0.0) + amount
    tops, blocks = _stacked(passing, scale, longest)
    stops = pd.DataFrame(
        [
            {
                "column": column,
                "left": column - 0.02,
                "right": column + 0.02,
                "top": top,
                "bottom": bottom,
                "middle": (top + bottom) / 2,
                "label": f"{_short(stop)}  {passing[column, stop]:,.0f}",
                "colour_of": _name(result, stop.split(" ")[0]),
            }
            for (column, stop), (top, bottom) in blocks.items()
        ]
    )
    ribbons = []
    for number, (path, amount) in enumerate(zip(paths, chains["chain_usd"], strict=True)):
        begin = longest - len(path)
        for place, (one, other) in enumerate(pairwise(path)):
            ends = []
            for column, stop, side in ((begin + place, one, "out"), (begin + place + 1, other, "in")):
                top = tops.setdefault((column, stop, side), blocks[column, stop][0])
                tops[column, stop, side] = top + amount * scale
                ends.append(top)
            steps = np.linspace(0.0, 1.0, 25)
            smooth = ends[0] + (ends[1] - ends[0]) * (3 * steps**2 - 2 * steps**3)
            ribbons += [
                {
                    "ribbon": f"{number}-{place}",
                    "x": begin + place + 0.02 + 0.96 * step,
                    "low": low,
                    "high": low + amount * scale,
                    "colour_of": _name(result, path[0].split(" ")[0]),
                }
                for step, low in zip(steps, smooth, strict=True)
            ]
    return stops, pd.DataFrame(ribbons)


def _stacked(
    passing: dict[tuple[int, str], float], scale: float, longest: int
) -> tuple[dict[tuple[int, str, str], float], dict[tuple[int, str], tuple[float, float]]]:
    """Blocks of each column below one another, largest first, with room for a name between them."""
    blocks: dict[tuple[int, str], tuple[float, float]] = {}
    for column in range(longest):
        top = 0.0
        for key in sorted((key for key in passing if key[0] == column), key=lambda key: -passing[key]):
            height = passing[key] * scale
            blocks[key] = (top, top + height)
            top += max(height, 4.0) + 14.0
    return {}, blocks


def concentration_scatter(result: Dependence) -> Figure:
    """Each product that partners use as an input: share bought from third countries against concentration of its imports."""
    table = result.tables["product_suppliers"].frame
    rows = table[table["hhi_foreign"].notna()].copy()
    rows["foreign_share"] = 1.0 - rows["home_supply"]
    rows["imports_usd"] = rows["foreign_share"] * rows["purchases_usd"]
    rows["buyer"] = [_name(result, code) for code in rows["importer"]]
    rows["from_whom"] = np.where(
        rows["partner_supply"] > rows["third_supply"], "mostly partners", "mostly third countries"
    )
    rows["label"] = rows["supplying_sector_name"].map(_short)
    panels, told = [], []
    limit = float(rows["imports_usd"].max())
    for code in result.partners:
        own = rows[rows["importer"] == code]
        weight = own["imports_usd"] * own["hhi_foreign"] * own["foreign_share"]
        named = _apart(own.loc[weight.sort_values(ascending=False).index].head(LABELLED), own)
        panels.append(_scatter_panel(own, named, _name(result, code), limit))
        first = own.loc[weight.idxmax()]
        told.append(
            f"{_name(result, code)}: {first['supplying_sector_name']}, {100 * first['foreign_share']:.0f}% imported, "
            f"HHI {first['hhi_foreign']:.2f}"
        )
    return Figure(
        "dependence-concentration",
        f"Inputs of {_together(result)}: how much is imported, and from how few",
        "Imported share of each input against concentration of its imports. Largest: "
        + "; ".join(told)
        + ".",
        styled(panels),
    )


def _scatter_panel(own: pd.DataFrame, named: pd.DataFrame, title: str, limit: float) -> Panel:
    columns = ["foreign_share", "hhi_foreign", "imports_usd", "from_whom", "label"]
    x = alt.X(
        "foreign_share:Q",
        title="Imported share of the input",
        scale=alt.Scale(domain=[0, 1.02], nice=False),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    y = alt.Y(
        "hhi_foreign:Q", title="Concentration of imports (HHI)", scale=alt.Scale(domain=[0, 1.02], nice=False)
    )
    kinds = ["mostly partners", "mostly third countries"]
    dots = (
        alt.Chart(own[columns])
        .mark_point(filled=True, opacity=0.7, stroke="white", strokeWidth=0.5)
        .encode(
            x=x,
            y=y,
            size=alt.Size(
                "imports_usd:Q",
                title="Imports, USD million",
                scale=alt.Scale(domain=[0, limit], range=[12, 900]),
                legend=alt.Legend(symbolFillColor="#999999", symbolStrokeColor="white", tickCount=3),
            ),
            color=alt.Color(
                "from_whom:N", title="Imports come from", scale=alt.Scale(domain=kinds, range=[GAIN, LOSS])
            ),
            shape=alt.Shape(
                "from_whom:N",
                title="Imports come from",
                scale=alt.Scale(domain=kinds, range=["circle", "diamond"]),
            ),
        )
    )
    lines = (
        alt.Chart(named)
        .mark_rule(color="#777777", strokeWidth=0.7)
        .encode(x=x, y=y, x2=alt.X2("label_x:Q"), y2=alt.Y2("label_y:Q"))
    )
    names = [
        alt.Chart(named[named["side"] == side])
        .mark_text(
            align=side, dx=3 if side == "left" else -3, fontSize=11, color=ink, stroke=ink, strokeWidth=edge
        )
        .encode(x=alt.X("label_x:Q"), y=alt.Y("label_y:Q"), text=alt.Text("label:N"))
        for side in ("left", "right")
        # White below, so that neither the threshold nor the grid crosses a name out.
        for ink, edge in (("white", 4), (INK, 0))
    ]
    threshold = (
        alt.Chart(pd.DataFrame({"hhi": [0.4]}))
        .mark_rule(strokeDash=[4, 3], color="#777777")
        .encode(y=alt.Y("hhi:Q"))
    )
    return alt.layer(threshold, dots, lines, *names).properties(
        width=640, height=400, title=f"{title} (dashed: HHI 0.4, European Commission 2021)"
    )


def _apart(named: pd.DataFrame, dots: pd.DataFrame) -> pd.DataFrame:
    """Places for names near their dots: the nearest, right or left, where a name covers neither another name nor a dot."""
    named = named.sort_values("hhi_foreign", ascending=False).copy()
    boxes: list[tuple[float, float, float]] = []
    places = []
    moves = [(shift, side) for shift in np.arange(-0.4, 0.41, 0.01) for side in ("left", "right")]
    for x, y, label in zip(named["foreign_share"], named["hhi_foreign"], named["label"], strict=True):
        extent = LETTER * len(label)
        best: tuple[float, tuple[float, float, str]] | None = None
        for shift, side in moves:
            at_x, at_y = (x + 0.03 if side == "left" else x - 0.03), y + shift
            left = at_x if side == "left" else at_x - extent
            if left < 0.0 or left + extent > 1.02 or not 0.02 <= at_y <= 1.0:
                continue
            covered = sum(
                abs(at_y - other_y) < LINE and left < other_right and other_left < left + extent
                for other_left, other_right, other_y in boxes
            )
            near = (np.abs(dots["hhi_foreign"] - at_y) < 0.8 * LINE) & dots["foreign_share"].between(
                left - 0.01, left + extent + 0.01
            )
            cost = 10.0 * covered + 0.15 * float(near.sum()) + abs(shift)
            if best is None or cost < best[0]:
                best = cost, (at_x, at_y, side)
        _, (at_x, at_y, side) = best or (0.0, (x, y, "left"))
        left = at_x if side == "left" else at_x - extent
        boxes.append((left, left + extent, at_y))
        places.append((at_x, at_y, side))
    named["label_x"], named["label_y"], named["side"] = zip(*places, strict=True)
    return named


def _largest(rows: pd.DataFrame, column: str) -> list[str]:
    return list(rows.groupby(column)["flow_usd"].sum().sort_values(ascending=False).head(SHOWN).index)


def _cell_text(value: float) -> str:
    return "" if value < 0.5 else f"{value:,.0f}"


def _short(text: str, limit: int = 34) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip(" ,;(") + "…"


def _name(result: Dependence, code: str) -> str:
    return code if code == THIRD else result.world.region_names.get(code, code)


def _together(result: Dependence) -> str:
    return " and ".join(_name(result, code) for code in result.partners)
