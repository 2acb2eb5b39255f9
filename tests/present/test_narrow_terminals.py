"""Small tables in terminals of any width: texts are broken, numbers and codes are not, nothing is cut off."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from rich import box
from rich.console import Console
from rich.table import Table as Grid

from accord.present.terminal_answers import show_small
from accord.present.whole_grid import print_whole
from accord.tables import Column, Table

COLUMNS = {
    "measure": Column("label", "Measure"),
    "title": Column("label", "Title"),
    "usd": Column("USD million of base year", "Part", "made up"),
    "pct": Column("%", "Part", "made up"),
    "sector": Column("label", "Sector"),
}
FRAME = pd.DataFrame(
    {
        "measure": ["machinery-papers", "food-duties"],
        "title": ["One certificate for machinery instead of two", "Duties on food go"],
        "usd": [-1234567.8, 2.5],
        "pct": [0.25, -0.125],
        "sector": ["C302T309", "A01"],
    },
    columns=list(COLUMNS),
)


@pytest.mark.parametrize("width", [30, 50, 60, 80, 160])
def test_no_number_is_broken_or_lost(width):
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    with console.file:
        show_small(Table("parts", "Parts", FRAME, COLUMNS, ("measure",)), console)
    text = console.export_text()
    for number in ("-1,234,567.8", "+0.250", "-0.125"):
        assert number in text
    if width >= 60:
        assert max(map(len, text.splitlines())) <= width
    if width >= 80:
        assert "machinery-papers" in text
        assert "C302T309" in text


def test_columns_without_room_follow_below_with_the_texts_that_say_what_each_row_is():
    frame = pd.DataFrame(
        {
            "region": ["BLR"],
            "name": ["A region whose name takes forty letters.."],
            **{f"c{i}": [1e6 + i] for i in range(8)},
        }
    )
    columns = {
        "region": Column("label", "Region"),
        "name": Column("label", "Name"),
        **{f"c{i}": Column("USD million", f"Column {i}", "made up") for i in range(8)},
    }
    console = Console(width=80, file=io.StringIO())
    show_small(Table("wide", "Wide", frame, columns, ("region",)), console)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert [f"{1e6 + i:,.1f}" in text for i in range(8)] == [True] * 8
    assert text.count("BLR") >= 2


@pytest.mark.parametrize("partners", [2, 3, 5, 9])
def test_a_column_a_partner_fits_eighty_however_many_partners_there_are(partners):
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    grid.add_column("1 year(s) late", no_wrap=False, overflow="fold", min_width=16)
    grid.add_column("Acts from", no_wrap=True, min_width=10)
    for number in range(partners):
        grid.add_column(f"Partner {number}", justify="right", max_width=12)
    grid.add_row(
        "support-for-belarusian-makers", "2027-01-01", *(f"{-1e6 - n:,.1f}" for n in range(partners))
    )
    console = Console(width=80, file=io.StringIO())
    print_whole(console, grid)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert [f"{-1e6 - n:,.1f}" in text for n in range(partners)] == [True] * partners
    assert text.count("2027-01-01") == -(-partners // 2)


def test_two_partners_with_long_names_fit_too():
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    grid.add_column("Measure", overflow="fold", min_width=16)
    grid.add_column("Agreed", no_wrap=True, min_width=10)
    for name in ("ÉIR so far", "ÉIR still", "Zürich so far", "Zürich still"):
        grid.add_column(name, justify="right", max_width=12)
    grid.add_row("papers", "2025-06-30", "-92.0", "-61.3", "-96.3", "-65.0")
    console = Console(width=80, file=io.StringIO())
    print_whole(console, grid)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("papers") == 1


def test_headings_of_numbers_wrap_before_short_names_do():
    frame = pd.DataFrame({"party": ["All partners", "Zürich"], **{f"c{n}": [0.5, 0.25] for n in range(4)}})
    columns = {
        "party": Column("label", "Party"),
        **{f"c{n}": Column("share", "Probability of column", "made up") for n in range(4)},
    }
    console = Console(width=80, file=io.StringIO())
    show_small(Table("odds", "Odds", frame, columns, ("party",)), console)
    assert "All partners " in console.file.getvalue()
