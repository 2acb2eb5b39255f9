"""What is shown of trade created and diverted: sums of the tables, the most moved first, nothing hidden without a word."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from accord.present.terminal_answers import show_small
from accord.present.trade_effects import MEASURES, budgets_shown, trade_shown
from accord.study.effects import BUDGET_COLUMNS
from accord.study.trade_effects import BEYOND, WHOLE, Parts, Trade, trade_tables
from accord.tables import Table
from present.fake_outcome import fake_outcome


class FakePrepared:
    """The parts of a prepared study that the tables read."""

    def __init__(self):
        outcome = fake_outcome()
        self.checked = self.world = self
        self.partners, self.region_names = outcome.partners, outcome.region_names
        self.regions = tuple(outcome.region_names)
        self.position = self.regions.index


@pytest.fixture
def tables():
    prepared = FakePrepared()
    draw = np.random.default_rng(0)
    shape = (len(prepared.partners), len(prepared.regions))

    def parts():
        return Parts(*(draw.normal(size=shape) for _ in range(4)))

    trade = {f"measure-{n}": Trade(parts(), parts()) for n in range(MEASURES + 2)}
    trade[WHOLE] = Trade(parts(), parts())
    found = trade_tables(prepared, trade)  # pyright: ignore[reportArgumentType]
    return prepared.partners, {table.name: table for table in found}


def test_each_importing_partner_has_its_measures_and_its_exporters(tables):
    partners, all_of_it = tables
    shown = trade_shown(all_of_it, partners)
    assert len(shown) == 2 * len(partners)
    by_measure = shown[0].frame
    assert list(by_measure["measure"])[-2:] == [BEYOND, WHOLE]
    assert len(by_measure) == MEASURES + 2
    assert "the table has 2 more" in shown[0].title
    size = (by_measure["created_usd"].abs() + by_measure["diverted_usd"].abs()).iloc[:MEASURES]
    assert size.is_monotonic_decreasing
    whole = all_of_it["effects_trade_partners"].frame
    whole = whole[(whole["measure"] == WHOLE) & (whole["region"] == partners[0])]
    partner = whole[whole["role"] == "partner"]
    row = shown[1].frame.iloc[0]
    assert row["created_usd"] == pytest.approx((partner["replaced_usd"] + partner["expanded_usd"]).iloc[0])
    screen = io.StringIO()
    for table in shown:
        show_small(table, Console(file=screen, width=80))
    assert max(map(len, screen.getvalue().splitlines())) <= 80


def test_many_partners_are_summed(tables):
    partners, all_of_it = tables
    shown = trade_shown(all_of_it, [*partners, "X", "Y"])
    assert len(shown) == 2
    importers = all_of_it["effects_trade"].frame.set_index("measure")
    assert shown[0].frame["created_usd"].iloc[-1] == pytest.approx(importers.loc[WHOLE, "created_usd"].sum())


def test_budgets_have_a_row_a_measure_and_add_up_on_the_screen():
    rows = {
        (name, code): {"measure": name, "region": code, "region_name": code, "net_usd": value}
        for name, value in (("gift", -5.0), ("duty", -20.0), (BEYOND, 1.0), (WHOLE, -24.0))
        for code in ("A", "B")
    }
    columns = {column: BUDGET_COLUMNS[column] for column in ("measure", "region", "region_name", "net_usd")}
    table = Table("effects_budget", "Budgets", pd.DataFrame(list(rows.values())), columns)
    (shown,) = budgets_shown({"effects_budget": table}, ["A", "B"])
    assert list(shown.frame["measure"]) == ["duty", "gift", BEYOND, WHOLE]
    assert shown.frame["A_usd"].iloc[:-1].sum() == shown.frame["A_usd"].iloc[-1]
    (summed,) = budgets_shown({"effects_budget": table}, ["A", "B", "A", "B", "A"])
    assert list(summed.columns) == ["measure", "partners_usd"]
