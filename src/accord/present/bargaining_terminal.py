"""A bargain in a terminal. Reads tables only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from accord.present.extracts import named
from accord.present.numbers import signed
from accord.present.whole_grid import print_whole

if TYPE_CHECKING:
    import pandas as pd

    from accord.study.bargaining import Bargain

MOST_PARTNERS, MOST_LEVERS, THIRD = 4, 12, 5
"""Partners that get a column in one grid, levers that get a row, and third countries named at each end."""


def show_bargain(answer: Bargain, console: Console) -> None:
    """Print the answer of `accord bargain`."""
    console.print(Text(answer.programme, style="bold"))
    _say(console, f"World {answer.world}. Threat: {answer.threat}.")
    if answer.outcome != "long-run":
        _say(console, f"A gain is {answer.valued}.")
    console.print()
    for sentence in answer.sentences:
        _say(console, sentence)
    _points(answer, console)
    _levers(answer, console)
    _singles(answer, console)
    _payments(answer, console)
    _third_countries(answer, console)
    console.print()
    for note in answer.notes:
        _say(console, f"Note: {note[:1].upper()}{note[1:]}.")


def welfare_columns(answer: Bargain) -> tuple[str, str]:
    """Columns of the table of points that hold gains in USD million and in per cent."""
    return (
        ("household_ev_usd", "household_ev_pct")
        if answer.outcome == "long-run"
        else ("value_usd", "value_pct")
    )


def _points(answer: Bargain, console: Console) -> None:
    """Every partner at every point, in several grids where they are many; third countries together beside the last."""
    frame = answer.tables["points"].frame
    for start in range(0, len(answer.partners), MOST_PARTNERS):
        partners = answer.partners[start : start + MOST_PARTNERS]
        _points_of(answer, console, frame, partners, last=start + MOST_PARTNERS >= len(answer.partners))


def _points_of(
    answer: Bargain, console: Console, frame: pd.DataFrame, partners: Sequence[str], *, last: bool
) -> None:
    names = dict(zip(frame["region"], frame["region_name"], strict=True))
    usd, percent = welfare_columns(answer)
    grid = _grid(
        ["Household welfare, %" if answer.outcome == "long-run" else "Present value, %"],
        [
            *(named(code, names[code]) for code in partners),
            *(["Third countries, USD million"] if last else []),
        ],
    )
    for point, rows in frame.groupby("point", sort=False):
        values = rows.set_index("region")[percent]
        third = float(rows.loc[rows["role"] != "partner", usd].sum())
        grid.add_row(
            str(point),
            *(_signed(float(values[code]), "%") for code in partners),
            *([_signed(third, "USD million")] if last else []),
        )
    _print(console, grid)


def _levers(answer: Bargain, console: Console) -> None:
    """A row a lever, a column a point; the frontier is left to the tables."""
    frame = answer.tables["levers"].frame
    shown = [
        point
        for point in dict.fromkeys(frame["point"])
        if point in {"as written", "fairest", "nash", "nearest change", "largest together"}
    ]
    grid = _grid(["Lever, unit"], shown)
    for lever, rows in list(frame.groupby("lever", sort=False))[:MOST_LEVERS]:
        values = rows.set_index("point")["value"]
        unit = str(rows["unit"].iloc[0])
        named = f"{lever}, {unit}" if unit else str(lever)
        grid.add_row(named, *(Text(f"{values[point]:.4g}", no_wrap=True) for point in shown))
    _print(console, grid)


def _singles(answer: Bargain, console: Console) -> None:
    frame = answer.tables["singles"].frame
    if frame.empty:
        return
    grid = _grid(["One lever alone", "Unit"], ["as written", "all gain at"])
    for row in frame.head(MOST_LEVERS).to_dict("records"):
        value = "no value" if math.isnan(row["value"]) else f"{row['value']:.5g}"
        grid.add_row(row["lever"], row["unit"], f"{row['now']:.5g}", value)
    _print(console, grid)


def _payments(answer: Bargain, console: Console) -> None:
    frame = answer.tables["payments"].frame
    if frame.empty:
        return
    grid = _grid(["Payments by which", "From", "To"], ["USD million a year", "% of payer's consumption"])
    for row in frame.to_dict("records"):
        grid.add_row(
            row["kind"], row["payer"], row["recipient"], f"{row['usd']:,.1f}", f"{row['of_payer_pct']:.3f}"
        )
    _print(console, grid)


def _third_countries(answer: Bargain, console: Console) -> None:
    """Third countries at the points that matter: who gains and loses most."""
    worth = "" if answer.outcome == "long-run" else " of present value"
    frame = answer.tables["points"].frame
    frame, (usd, _) = frame[frame["role"] != "partner"], welfare_columns(answer)
    for point in ("as written", "nash", "nearest change"):
        rows = frame[frame["point"] == point].sort_values(usd)
        rows = rows[rows[usd] != 0.0]
        if rows.empty or (point == "nearest change" and _same(answer)):
            continue
        ends = rows if len(rows) <= 2 * THIRD else rows.iloc[[*range(THIRD), *range(-THIRD, 0)]]
        told = ", ".join(
            f"{row['region']} {signed(row[usd], 'USD million')}" for row in ends.to_dict("records")
        )
        _say(console, f"Third countries, {point}, USD million{worth}: {told}.")


def _same(answer: Bargain) -> bool:
    """Whether the nearest change is none."""
    frame = answer.tables["levers"].frame
    return bool((frame[frame["point"] == "nearest change"]["of_range"] == 0.0).all())


def _grid(texts: Sequence[str], numbers: Sequence[str]) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for place, name in enumerate(texts):
        grid.add_column(name, overflow="fold", min_width=14 if place == 0 else 4)
    for name in numbers:
        grid.add_column(name, justify="right", max_width=16)
    return grid


def _print(console: Console, grid: Grid) -> None:
    console.print()
    print_whole(console, grid)


def _signed(value: float, unit: str) -> Text:
    text = signed(value, unit)
    return Text(text, style={"+": "green", "-": "red"}.get(text[0], ""), no_wrap=True)


def _say(console: Console, text: str) -> None:
    console.print(Text(text))
