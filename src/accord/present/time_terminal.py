"""Delay and status in a terminal. Reads tables only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from accord.present.extracts import named
from accord.present.numbers import plain, signed
from accord.present.whole_grid import print_whole

if TYPE_CHECKING:
    import pandas as pd

    from accord.study.delay import Delay
    from accord.study.tracker import Tracker
    from accord.tables import Table

COUNTS = {
    "measures": "All",
    "planned": "plan",
    "decided": "deci",
    "under_way": "way",
    "in_force": "force",
    "done_pct": "%",
    "overdue": "over",
    "dropped": "drop",
    "late_by_date": "late",
}
"""Short headings of the counts: planned, decided, under way, in force, its share in %, overdue, dropped, late by date."""
MOST = 12
"""Rows that a section shows; the tables have them all."""
SIDE_BY_SIDE = 2
"""Partners up to which what each has lost stands side by side."""
LONGEST_NAME = 32
"""Letters of a name that stay on one line."""
WIDE = 100
"""From this width on, a row has room for one more day."""


def show_delay(answer: Delay, console: Console) -> None:
    """Print the answer of `accord delay`."""
    _opening(answer, console)
    _say(console, f"Horizon: {answer.horizon}.")
    _say(console, f"Path: {answer.capital}.")
    _value(answer.tables["value"], console)
    for later, rows in answer.tables["delay"].frame.groupby("years_later", sort=True):
        _delay(console, float(str(later)), rows)
    if answer.tables["delay"].frame.empty:
        _say(console, "\nNo decision can be late: each acts in full already, or is dropped.")
    _lost(answer, console)
    _notes(answer.notes, console)


def _value(table: Table, console: Console) -> None:
    grid = _grid(["Present value of the programme", ""], ["USD million", "as an even % a year"])
    for row in _partners(table):
        word = "gains" if row["gains"] == "yes" else "loses" if row["value_usd"] < 0.0 else "no change"
        grid.add_row(
            named(row["region"], row["region_name"]),
            Text(word, style=_style(row["value_usd"])),
            _signed(row["value_usd"], "USD million"),
            _signed(row["yearly_pct"], "%"),
        )
    _print(console, grid)


def _delay(console: Console, later: float, rows: pd.DataFrame) -> None:
    """A row a measure and a column a partner: change of present value."""
    names = _names(rows)
    grid = _grid([f"{later:g} year(s) late", "Acts from"], list(names.values()))
    for measure, own in list(rows.groupby("measure", sort=False))[: MOST + 1]:
        by_region = own.set_index("region")["change_usd"]
        grid.add_row(
            str(measure),
            str(own["starts"].iloc[0]),
            *(_signed(by_region[code], "USD million") for code in names),
        )
    _print(
        console,
        grid,
        "Change of present value, USD million; minus is a loss, largest loss of all partners together first",
    )


def _lost(answer: Delay, console: Console) -> None:
    frame = answer.tables["lost"].frame
    if frame.empty:
        _say(console, "\nNothing is late against an agreed day.")
        return
    names = _names(frame)
    if len(names) > SIDE_BY_SIDE:
        _lost_by_partner(answer, names, console)
        return
    headings = [f"{code} {word}" for code in names for word in ("so far", "still")]
    wide = console.width >= WIDE
    grid = _grid(["Measure", "Agreed", *(["Acts from"] if wide else [])], headings)
    for measure, own in list(frame.groupby("measure", sort=False))[:MOST]:
        by_region = own.set_index("region")
        cells = [
            _signed(by_region.loc[code, column], "USD million")
            for code in names
            for column in ("lost_usd", "still_usd")
        ]
        days = [str(own[column].iloc[0]) for column in ("agreed", *(("starts",) if wide else ()))]
        grid.add_row(str(measure), *days, *cells)
    _print(console, grid, f"{answer.tables['lost'].title}, USD million")


def _lost_by_partner(answer: Delay, names: Mapping[str, str], console: Console) -> None:
    """A row a measure and partner, where there are too many partners for two columns each."""
    frame = answer.tables["lost"].frame
    grid = _grid(["Measure", "Agreed", "Acts from", "Partner"], ["so far", "still"])
    for measure, own in list(frame.groupby("measure", sort=False))[:MOST]:
        for place, row in enumerate(own.to_dict("records")):
            words = (str(measure), str(row["agreed"]), str(row["starts"])) if place == 0 else ("", "", "")
            cells = [_signed(row[column], "USD million") for column in ("lost_usd", "still_usd")]
            grid.add_row(*words, names[row["region"]], *cells)
    _print(console, grid, f"{answer.tables['lost'].title}, USD million")


def show_status(answer: Tracker, console: Console) -> None:
    """Print the answer of `accord status`."""
    _opening(answer, console)
    console.print()
    _say(console, answer.sentence)
    grid = _grid(["Effect delivered"], ["today, USD million", "in full, USD million", "delivered, %"])
    for row in _partners(answer.tables["delivered"]):
        grid.add_row(
            named(row["region"], row["region_name"]),
            _signed(row["now_usd"], "USD million"),
            _signed(row["full_usd"], "USD million"),
            plain(row["delivered_pct"], "%"),
        )
    _print(console, grid)
    for name, key in (("areas", "area"), ("bodies", "body"), ("counts", "party")):
        table = answer.tables[name]
        if name == "counts" and len(table.frame) == 1:
            continue
        grid = _grid([table.columns[key].label], list(COUNTS.values()))
        grid.collapse_padding = True  # ten columns of short numbers
        rows = table.frame.to_dict("records")
        for row in rows[: MOST + 3] if name == "counts" else rows:
            grid.add_row(str(row[key]), *(_count(row[one]) for one in COUNTS))
        _print(console, grid, table.title)
    _say(
        console,
        "(way: under way; %: in force; over: status overdue; late: agreed day passed, whatever the status)",
    )
    _published(answer.tables["published"], console)
    overdue = answer.tables["overdue"]
    if overdue.frame.empty:
        _say(console, f"\nNothing is overdue on {answer.as_of}.")
    else:
        grid = _grid(["Overdue", "Due"], ["Days late"], wrapped=("Body",))
        for row in overdue.frame.head(MOST).to_dict("records"):
            grid.add_row(row["measure"], row["body"], row["due"], f"{row['days_late']}")
        _print(console, grid)
    _notes(answer.notes, console)


def _published(table: Table, console: Console) -> None:
    if table.frame.empty:
        return
    grid = _grid(["By the count of", "Said on"], ["Done, %", "Done", "Overdue"], wrapped=("Of what",))
    for row in table.frame.to_dict("records"):
        done = "n/a" if math.isnan(row["done"]) else f"{row['done']:.0f} of {row['measures']:.0f}"
        cells = (_count(row["said_pct"]), done, _count(row["overdue"]))
        grid.add_row(row["party"], row["of"], row["said_on"], *cells)
    _print(console, grid, table.title)


def _count(value: float) -> str:
    return "n/a" if math.isnan(value) else f"{value:.0f}"


def _opening(answer: Delay | Tracker, console: Console) -> None:
    console.print(Text(answer.programme, style="bold"))
    _say(console, f"World {answer.world}. Evaluated on {answer.as_of} ({answer.as_of_source}).")


def _partners(table: Table) -> list[dict[str, Any]]:
    frame = table.frame
    return frame[frame["role"] == "partner"].to_dict("records")


def _names(frame: pd.DataFrame) -> dict[str, str]:
    return dict(zip(frame["region"], frame["region_name"], strict=True))


def _grid(texts: Sequence[str], numbers: Sequence[str], wrapped: Sequence[str] = ()) -> Grid:
    """A grid of a first column of names, columns of text that wrap, texts that do not, and numbers."""
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for place, name in enumerate(texts):
        least, most = (10, None) if place else (16, LONGEST_NAME)
        grid.add_column(name, overflow="fold", no_wrap=place > 0, min_width=least, max_width=most)
        if place == 0:
            for other in wrapped:
                grid.add_column(other, overflow="fold")
    for name in numbers:
        grid.add_column(name, justify="right", max_width=12)
    return grid


def _print(console: Console, grid: Grid, title: str = "") -> None:
    console.print()
    if title:
        console.print(Text(title, style="bold"))
    print_whole(console, grid)


def _signed(value: float, unit: str) -> Text:
    return Text(signed(float(value), unit), style=_style(float(value)), no_wrap=True)


def _style(value: float) -> str:
    return "green" if value > 0.0 else "red" if value < 0.0 else ""


def _notes(notes: Sequence[str], console: Console) -> None:
    console.print()
    for note in notes:
        _say(console, f"Note: {note[:1].upper()}{note[1:]}.")


def _say(console: Console, text: str) -> None:
    console.print(Text(text))
