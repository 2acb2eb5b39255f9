"""Answers on a screen of eighty columns hold every number: no column is cut off, no word broken while there is room."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest
from rich.console import Console

from accord.present.bargaining_terminal import _levers
from accord.present.terminal_answers import show_small
from accord.present.time_terminal import show_delay
from accord.study.time_columns import time_table
from accord.study.tracker import _share
from accord.tables import Column, Table

PARTNERS = {"ARC": "Arcadia", "BEL": "Belmare", "COR": "Corland", "DOR": "Doria"}


def _screen() -> Console:
    return Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: PTH123


def _delay(partners: list[str]) -> SimpleNamespace:
    lost = [
        {
            "measure": "one-document", "agreed": "2025-01-01", "starts": "2027-06-30", "region": code, "region_name": PARTNERS[code],
            "lost_usd": -1000.0 - place, "still_usd": -2000.0 - place, "change_pct": 0.0,
        }
        for place, code in enumerate(partners)
    ]  # fmt: skip
    late = [
        {
            "rank": 1, "measure": "one-document", "title": "t", "starts": "2027-06-30", "years_later": 1.0, "region": code,
            "region_name": PARTNERS[code], "change_usd": -5.0, "change_pct": 0.0,
        }
        for code in partners
    ]  # fmt: skip
    value = [
        {
            "region": code, "region_name": PARTNERS[code], "role": "partner", "value_usd": 1.0, "beyond_usd": 0.0, "yearly_pct": 0.1,
            "gains": "yes",
        }
        for code in partners
    ]  # fmt: skip
    keys = {"lost": ("measure", "region"), "delay": ("measure", "region"), "value": ("region",)}
    rows = {"lost": lost, "delay": late, "value": value}
    tables = {name: time_table(name, name, pd.DataFrame(rows[name]), keys=keys[name]) for name in rows}
    return SimpleNamespace(
        programme="p",
        world="w",
        as_of="2026-06-30",
        as_of_source="asked",
        horizon="h",
        capital="c",
        tables=tables,
        notes=(),
    )


@pytest.mark.parametrize("count", [2, 3, 4])
def test_what_each_partner_has_lost_is_on_the_screen_however_many_there_are(count):
    console = _screen()
    partners = list(PARTNERS)[:count]
    with console.file:
        show_delay(cast("object", _delay(partners)), console)  # pyright: ignore[reportArgumentType]
    text = console.export_text()
    for place in range(count):
        assert f"{-1000.0 - place:,.1f}" in text
        assert f"{-2000.0 - place:,.1f}" in text
    assert max(map(len, text.splitlines())) <= 80


def test_every_point_of_a_lever_is_on_the_screen():
    points = ["as written", "fairest", "nash", "nearest change", "largest together"]
    values = [200.0, 226.8, 234.1, 226.7, 299.5]
    levers = pd.DataFrame(
        {
            "point": points,
            "lever": "gas price of the contract",
            "unit": "USD per 1,000 m3",
            "value": values,
            "of_range": 0.1,
        }
    )
    answer = SimpleNamespace(tables={"levers": SimpleNamespace(frame=levers)})
    console = _screen()
    with console.file:
        _levers(cast("object", answer), console)  # pyright: ignore[reportArgumentType]
    text = console.export_text()
    for value in values:
        assert f"{value:.4g}" in text


def test_names_are_not_broken_while_headings_of_numbers_can_wrap():
    columns = {
        "measure": Column("label", "Measure"),
        **{
            code: Column("USD million of base year", "Of the partner named Kazakhstan", "made up")
            for code in "abcd"
        },
    }
    frame = pd.DataFrame(
        {
            "measure": ["public-tenders", "(all decisions)"],
            **{code: [1234567.8, -9.0] for code in "abcd"},
        }
    )
    console = _screen()
    with console.file:
        show_small(Table("parts", "Parts", frame, columns, ("measure",)), console)
    text = console.export_text()
    assert "public-tenders" in text
    assert "decisions)" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_share_of_a_loss_is_called_one_and_opposite_signs_are_said():
    def said(now: float, full: float, delivered: float, now_pct: float = 0.0) -> str:
        row = {"region_name": "Arcadia", "now_usd": now, "full_usd": full, "delivered_pct": delivered}
        return _share({**row, "now_pct": now_pct})

    assert said(5.0, 10.0, 50.0) == "Arcadia has 50% of the effect of the whole programme"
    assert said(-5.0, -10.0, 50.0) == "Arcadia has 50% of the loss of the whole programme"
    assert "the other way" in said(5.0, -10.0, -50.0)
    assert "no effect" in said(0.0, 0.0, float("nan"))
    assert "leaves it as it was" in said(5.0, 0.0, float("nan"), now_pct=0.1)
