"""Tables as cells of text: names beside codes, units in headings, signs on changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accord.present.extracts import TERM_NAMES, named
from accord.present.numbers import heading, plain, signed

if TYPE_CHECKING:
    from accord.tables import Table

TEXT_UNITS = frozenset({"label", "yes/no"})
LEVELS = frozenset(
    {
        "output_base_usd",
        "base_usd",
        "in_base",
        "value",
        "probability",
        "probability_error",
        "first_order",
        "first_order_salib",
        "first_probability",
        "second_probability",
        "second_better",
        "tariff_pct",
        "base_price",
        "contract_price",
        "reference_price",
        "volume",
        "contract_value_usd",
        "world_product_usd",
        "contract_over_world",
        "take_or_pay_usd",
    }
)
"""Columns that hold levels; every other number is a change and carries its sign."""
NEUTRAL = frozenset(
    {
        "producer_price_pct",
        "real_price_pct",
        "basket_price_pct",
        "first_round_pct",
        "through_inputs_pct",
        "contribution_pct",
        "cost_of_living_pct",
        "discount_before_pct",
        "discount_after_pct",
        "gift_before_usd",
        "gift_after_usd",
        "transfer_usd",
    }
)
"""Changes that are one side's gain and the other's loss: a sign and no colour."""


@dataclass(frozen=True)
class Cell:
    """One cell: its text and whether it is a number, a gain or a loss."""

    text: str
    kind: str


@dataclass(frozen=True)
class Grid:
    """A table ready to be written as HTML; the first cell of a row names it."""

    name: str
    title: str
    headings: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


def grid_of(table: Table) -> Grid:
    """The cells of `table`; a code column is folded into the name column that follows it."""
    shown = [name for name in table.columns if f"{name}_name" not in table.columns]
    headings = tuple(
        Cell(heading(table.columns[name].label, table.columns[name].unit), _kind(table.columns[name].unit))
        for name in shown
    )
    rows = tuple(
        tuple(_cell(name, table.columns[name].unit, row) for name in shown)
        for row in table.frame.to_dict("records")
    )
    return Grid(table.name, table.title, headings, rows)


def transposed(grid: Grid) -> Grid:
    """The same cells with a row for each column: what suits many numbers about a few regions."""
    first, *others = grid.headings
    headings = (
        Cell("Change" if first.text == "Region" else first.text, "text"),
        *(Cell(row[0].text, "number") for row in grid.rows),
    )
    rows = tuple(
        (
            Cell(heading.text, "text"),
            *(Cell(row[position].text, f"number {row[position].kind}") for row in grid.rows),
        )
        for position, heading in enumerate(others, start=1)
    )
    return Grid(grid.name, grid.title, headings, rows)


def _cell(name: str, unit: str, row: dict[str, Any]) -> Cell:
    value = row[name]
    if name.endswith("_name") and name.removesuffix("_name") in row:
        return Cell(named(str(row[name.removesuffix("_name")]), str(value)), "text")
    if name == "term":
        return Cell(TERM_NAMES.get(str(value), str(value).replace("_", " ").capitalize()), "text")
    if unit in TEXT_UNITS:
        return Cell(str(value), "text")
    if unit == "count":
        return Cell(f"{int(value):,}", "number")
    if name == "residual":
        return Cell(f"{value:.1e}", "number")
    if name in LEVELS or name.endswith("probability"):  # that of a partner bears its code before it
        return Cell(plain(float(value), unit), "number")
    if unit == "year":
        return Cell(f"{int(value)}", "number")
    text = signed(float(value), unit)
    if name in NEUTRAL:
        return Cell(text, "number")
    return Cell(text, {"+": "number gain", "-": "number loss"}.get(text[0], "number"))


def _kind(unit: str) -> str:
    return "text" if unit in TEXT_UNITS else "number"
