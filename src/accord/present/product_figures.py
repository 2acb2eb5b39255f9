"""Figures of what partners could make: the product space as complexity against density, and who has the leading candidates near.

Numbers in the dots of the first figure are the ranks of the second, so that no label covers another. Colours (Okabe and Ito 2008) repeat
what shape or position says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from accord.present.figures import Figure
from accord.present.style import GAIN, INK, LOSS, PALE, TOTAL, styled

if TYPE_CHECKING:
    from accord.analysis.product_space import JointProducts

WIDTH, HEIGHT, ROW = 620, 420, 22
"""Width of a plot, height of the scatter and of a row, pixels."""
DISC = 23
"""Distance of two discs that just do not touch, pixels."""
NUMBERED = 15
"""Candidates that get a number and a row."""
LEGEND = "Candidate (numbers: the leading ones)"
NAME_LIMIT = 330
STATUS_COLOURS = {
    "made already": GAIN,
    "near": "#009E73",
    "only as one economy": "#CC79A7",
    "only with pooled know-how": LOSS,
}
STATUS_SHAPES = {
    "made already": "square",
    "near": "circle",
    "only as one economy": "triangle-up",
    "only with pooled know-how": "diamond",
}


def product_figures(result: JointProducts) -> tuple[Figure, ...]:
    """Both figures; without candidates only the first, which then shows what there is."""
    drawn = [product_space_figure(result)]
    if len(result.candidates.frame):
        drawn.append(feasibility_figure(result))
    return tuple(drawn)


def product_space_figure(result: JointProducts) -> Figure:
    """Complexity against the density of the partners' pooled know-how: all products pale, candidates marked and numbered."""
    rows = scatter_rows(result)
    candidates = rows[rows["status"] != ""]
    across, up = _domain(candidates, rows, "density"), _domain(candidates, rows, "complexity")
    numbered = _spread(candidates[candidates["rank"] <= NUMBERED].sort_values("rank"), across, up)
    x = alt.X(
        "density:Q",
        title=f"Density of the know-how of {_together(result)}: share of related products already made by either",
        scale=alt.Scale(domain=list(across), nice=False),
        axis=alt.Axis(format=".0%", tickCount=8),
    )
    y = alt.Y(
        "complexity:Q",
        title="Complexity of the product (0: products of the mean country)",
        scale=alt.Scale(domain=list(up), nice=False),
    )
    within = rows[rows["density"].between(*across) & rows["complexity"].between(*up)]
    pale = (
        alt.Chart(within[within["status"] == ""])
        .mark_circle(size=14, opacity=0.45, color=PALE)
        .encode(x=x, y=y)
    )
    colour, shape = _colour_of(candidates), _shape_of(candidates)
    marked = (
        alt.Chart(candidates)
        .mark_point(filled=True, size=42, opacity=0.75)
        .encode(x=x, y=y, color=colour, shape=shape)
    )
    # Discs with numbers stand beside their product where they would cover one another; a line leads back.
    at = {"x": alt.X("label_x:Q"), "y": alt.Y("label_y:Q")}
    discs = alt.Chart(numbered)
    lines = discs.mark_rule(color=INK, strokeWidth=1).encode(
        x=x, y=y, x2=alt.X2("label_x:Q"), y2=alt.Y2("label_y:Q")
    )
    dots = discs.mark_circle(size=330, opacity=1.0, stroke="white", strokeWidth=1.2).encode(
        **at, color=colour
    )
    numbers = discs.mark_text(fontSize=11, fontWeight="bold", color="white").encode(
        **at, text=alt.Text("rank:Q")
    )
    chart = alt.layer(pale, marked, lines, dots, numbers).properties(
        width=WIDTH,
        height=HEIGHT,
        title=f"Product space of {_together(result)}: candidates for joint import substitution",
    )
    told = "; ".join(f"{row.rank}. {row.name_of} ({row.status})" for row in numbered.itertuples())
    return Figure(
        "product-space",
        f"Product space: complexity and density, with candidates of {_together(result)}",
        f"{len(rows)} products, of which {len(candidates)} are candidates for joint import substitution. The first: {told or 'none'}.",
        styled([chart], left=24),
    )


def feasibility_figure(result: JointProducts) -> Figure:
    """For the leading candidates, how each economy stands among those who export the product."""
    rows = standing_rows(result)
    order = list(dict.fromkeys(rows["name"]))
    y = alt.Y(
        "name:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelLimit=NAME_LIMIT, labelPadding=12, ticks=False, grid=True),
    )
    x = alt.X(
        "standing:Q",
        title="Share of the product's exporters with no higher density (100%: exports it with advantage)",
        scale=alt.Scale(domain=[0.0, 1.0]),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    spans = rows.groupby("name", sort=False)["standing"].agg(["min", "max"]).reset_index()
    span = (
        alt.Chart(spans)
        .mark_rule(color=PALE, strokeWidth=2)
        .encode(x=alt.X("min:Q"), x2=alt.X2("max:Q"), y=alt.Y("name:N", sort=order))
    )
    kinds = list(dict.fromkeys(rows["economy"]))
    colours = dict(
        zip(kinds, [GAIN, "#E69F00", "#009E73", "#56B4E9", "#F0E442"][: len(kinds) - 2], strict=False)
    )
    colours |= {kinds[-2]: TOTAL, kinds[-1]: LOSS}
    shapes = dict.fromkeys(kinds, "circle") | {kinds[-2]: "cross", kinds[-1]: "diamond"}
    dots = (
        alt.Chart(rows)
        .mark_point(filled=True, opacity=1.0)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "economy:N",
                scale=alt.Scale(domain=kinds, range=[colours[kind] for kind in kinds]),
                title=None,
            ),
            shape=alt.Shape(
                "economy:N", scale=alt.Scale(domain=kinds, range=[shapes[kind] for kind in kinds]), title=None
            ),
            # What lies upon a partner's dot is smaller than it.
            size=alt.Size(
                "economy:N",
                scale=alt.Scale(domain=kinds, range=[*[150] * (len(kinds) - 2), 40, 70]),
                title=None,
            ),
        )
    )
    threshold = pd.DataFrame({"at": [_reach(result)]})
    rule = alt.Chart(threshold).mark_rule(color=INK, strokeDash=[4, 3]).encode(x=alt.X("at:Q"))
    label = (
        alt.Chart(threshold.assign(text="near"))
        .mark_text(align="left", dx=4, dy=-6, fontSize=11, color=INK)
        .encode(x=alt.X("at:Q"), y=alt.value(0), text=alt.Text("text:N"))
    )
    chart = alt.layer(span, rule, label, dots).properties(
        width=WIDTH - 80, height=ROW * len(order), title="The leading candidates: who has what it takes near"
    )
    told = "; ".join(
        f"{name}: " + ", ".join(f"{row.economy} {row.standing:.0%}" for row in group.itertuples())
        for name, group in rows.groupby("name", sort=False)
    )
    return Figure(
        "feasibility",
        "How near the leading candidates are, alone and together",
        f"{told}.",
        styled([chart], left=24),
    )


def scatter_rows(result: JointProducts) -> pd.DataFrame:
    """One row a product: density of pooled know-how, complexity, and rank, status and imports where it is a candidate."""
    pooled = result.economies.frame["economy"].iloc[-1]
    positions = result.positions.frame
    dense = positions[positions["economy"] == pooled].set_index("product")["density"]
    products = result.products.frame[["product", "product_name", "complexity"]]
    chosen = result.candidates.frame.set_index("product")[["rank", "status", "imports_from_others"]]
    rows = products.join(dense, on="product").join(chosen, on="product")
    rows = rows.rename(columns={"product_name": "name_of", "imports_from_others": "imports"})
    rows["status"] = rows["status"].astype(object).where(rows["rank"].notna(), "")
    return rows.fillna({"rank": 0, "imports": 0.0}).astype({"rank": int})


def standing_rows(result: JointProducts) -> pd.DataFrame:
    """One row for each leading candidate and economy: how it stands among exporters; 100% where it is one itself."""
    leading = result.candidates.frame.head(NUMBERED)
    names = {
        row.product: f"{row.rank}. {row.product_name}"
        for row in leading[["rank", "product", "product_name"]].itertuples()
    }
    positions = result.positions.frame
    rows = positions[positions["product"].isin(list(names))].copy()
    rows["name"] = rows["product"].map(names)
    rows["standing"] = rows["standing"].where(rows["present"] == "no", 1.0)
    kinds = result.economies.frame.set_index("economy")["kind"]
    words = {"as one": "as one economy", "pooled": "know-how pooled"}
    rows["economy"] = [words.get(str(kinds[name]), name) for name in rows["economy"]]
    place = {product: position for position, product in enumerate(names)}
    return rows.assign(place=rows["product"].map(place)).sort_values("place", kind="stable")[
        ["name", "economy", "standing"]
    ]


def _domain(candidates: pd.DataFrame, rows: pd.DataFrame, column: str) -> tuple[float, float]:
    """The range of the candidates with a margin; of all products when there are none."""
    values = (candidates if len(candidates) else rows)[column]
    margin = 0.06 * float(values.max() - values.min()) or 1.0
    return float(values.min()) - margin, float(values.max()) + margin


def _spread(rows: pd.DataFrame, across: tuple[float, float], up: tuple[float, float]) -> pd.DataFrame:
    """Push the discs of `rows` apart until none covers another, or after 400 steps; the same rows give the same places."""
    scale = np.array([WIDTH / (across[1] - across[0]), HEIGHT / (up[1] - up[0])])
    place = rows[["density", "complexity"]].to_numpy(dtype=float) * scale
    place += 1e-3 * np.arange(len(rows))[:, None]  # two products in one place still have a direction apart
    low = np.array([across[0], up[0]]) * scale + DISC / 2
    high = np.array([across[1], up[1]]) * scale - DISC / 2
    for _ in range(400):
        away = place[:, None] - place[None]
        distance = np.linalg.norm(away, axis=2) + np.eye(len(rows)) * 1e6
        push = np.maximum(DISC - distance, 0.0) / distance
        if not push.any():
            break
        place = np.clip(place + 0.5 * (away * push[..., None]).sum(axis=1), low, high)
    return rows.assign(label_x=place[:, 0] / scale[0], label_y=place[:, 1] / scale[1])


def _colour_of(rows: pd.DataFrame) -> alt.Color:
    """Colour by status; only what occurs is in the legend."""
    there = _statuses(rows)
    scale = alt.Scale(domain=there, range=[STATUS_COLOURS[status] for status in there])
    return alt.Color("status:N", scale=scale, title=LEGEND)


def _shape_of(rows: pd.DataFrame) -> alt.Shape:
    """Shape by status; its legend and that of the colours become one."""
    there = _statuses(rows)
    scale = alt.Scale(domain=there, range=[STATUS_SHAPES[status] for status in there])
    return alt.Shape("status:N", scale=scale, title=LEGEND)


def _statuses(rows: pd.DataFrame) -> list[str]:
    return [status for status in STATUS_COLOURS if (rows["status"] == status).any()]


def _reach(result: JointProducts) -> float:
    return result.rules.reach


def _together(result: JointProducts) -> str:
    *first, last = result.partners
    return f"{', '.join(first)} and {last}"
