"""Every column of the tables about time, declared once: unit, heading and method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accord.study.columns import COLUMNS
from accord.tables import Column, Table, declared

if TYPE_CHECKING:
    import pandas as pd

_USD = "USD million of base year"
_PATH = "path of equilibria, decisions of the year against its context alone; household consumption only"
_VALUE = "present value over the horizon of the title; household equivalent variation"
_DELAY = f"{_VALUE}; path with this measure later, less the path as the record stands; minus is a loss"

TIME_COLUMNS: dict[str, Column] = {
    **{
        name: COLUMNS[name]
        for name in ("measure", "title", "area", "region", "region_name", "role", "status")
    },
    "rank": Column("count", "Rank", "by what one more year costs all partners together"),
    "year": Column("year", "Year"),
    "intensity": Column(
        "share", "In effect", "mean over the days of the year, of what the base data do not hold"
    ),
    "effect_usd": Column(_USD, "Effect of the year", _PATH),
    "effect_pct": Column("%", "Effect of the year", f"of base household consumption; {_PATH}"),
    "value_usd": Column(_USD, "Present value", f"effects of all years, discounted; {_PATH}"),
    "beyond_usd": Column(
        _USD, "Of which beyond the last year", "the last year's effect for ever, when asked for"
    ),
    "yearly_pct": Column(
        "%", "As an even yearly effect", "the same present value in each year, of base household consumption"
    ),
    "years_later": Column("number", "Years later"),
    "change_usd": Column(_USD, "Change", _DELAY),
    "change_pct": Column("%", "Change", f"of one year's base household consumption; {_DELAY}"),
    "starts": Column("label", "Acts from"),
    "basis": Column("label", "Where the start comes from"),
    "agreed": Column("label", "Agreed for"),
    "lost_usd": Column(_USD, "Lost so far", f"{_VALUE}; up to the day of evaluation; minus is a loss"),
    "still_usd": Column(
        _USD, "Still to be lost", f"{_VALUE}; from then on, if it acts when the record says; minus is a loss"
    ),
    "body": Column("label", "Body responsible"),
    "party": Column("label", "By the count of"),
    "of": Column("label", "Of what"),
    "said_on": Column("label", "Said on"),
    "done": Column("count", "Done"),
    "said_pct": Column("%", "Done", "as that party says; counting measures is not measuring effects"),
    "source": Column("label", "Source"),
    "measures": Column("count", "Measures"),
    "planned": Column("count", "Planned"),
    "decided": Column("count", "Decided"),
    "under_way": Column("count", "Under way"),
    "in_force": Column("count", "In force"),
    "overdue": Column("count", "Overdue"),
    "dropped": Column("count", "Dropped"),
    "done_pct": Column("%", "In force", "of the measures that are not dropped, counted one each"),
    "late_by_date": Column(
        "count", "Late by date", "the agreed day has passed and it is not in force, whatever the status says"
    ),
    "due": Column("label", "Due"),
    "days_late": Column("count", "Days late"),
    "now_usd": Column(
        _USD, "Effect today", "measures at today's intensity; equilibrium against the context alone"
    ),
    "full_usd": Column(
        _USD, "Effect in full", "every decision in full; equilibrium against the context alone"
    ),
    "delivered_pct": Column(
        "%",
        "Share of the effect delivered",
        "effect today over effect in full; blank when that is no more than solver error",
    ),
    "now_pct": Column("%", "Effect today", "of base household consumption"),
    "full_pct": Column("%", "Effect in full", "of base household consumption"),
    "gains": COLUMNS["gains"],
}


def time_table(name: str, title: str, frame: pd.DataFrame, *, keys: tuple[str, ...]) -> Table:
    """Wrap `frame` as a Table whose columns are declared in `TIME_COLUMNS`."""
    return declared(name, title, frame, TIME_COLUMNS, keys)
