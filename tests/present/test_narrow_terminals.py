"""Small tables in terminals of any width: texts are broken, numbers and codes are not, nothing is cut off."""

from __future__ import annotations

import pandas as pd
import pytest
from rich.console import Console

from accord.present.terminal_answers import show_small
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
