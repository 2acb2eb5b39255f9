"""Every column of the tables about bargaining, declared once: unit, heading and method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accord.errors import AccordError
from accord.study.columns import COLUMNS
from accord.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

_USD = "USD million of base year"

BARGAINING_COLUMNS: dict[str, Column] = {
    **{name: COLUMNS[name] for name in ("region", "region_name", "role", "title", "measure", "source")},
    "point": Column("label", "Point"),
    "household_ev_usd": Column(
        _USD,
        "Household welfare",
        "equivalent variation against the context alone; solved afresh at this point",
    ),
    "household_ev_pct": Column(
        "%", "Household welfare", "equivalent variation over base household consumption"
    ),
    "surplus_usd": Column(_USD, "Gain over the threat", "equivalent variation less that at the threat point"),
    "value_usd": Column(
        _USD,
        "Present value",
        "household equivalent variation of each year against its context alone, discounted; every year solved afresh at this point",
    ),
    "value_pct": Column(
        "%", "Present value", "of the present value of base household consumption in the same years"
    ),
    "surplus_value_usd": Column(_USD, "Gain over the threat", "present value less that at the threat point"),
    "gains": Column("yes/no", "Gains?", "household equivalent variation above solver error"),
    "lever": Column("label", "Lever"),
    "unit": Column("label", "Unit"),
    "value": Column("number", "Value", "in the lever's own unit, given beside it"),
    "now": Column("number", "As written", "in the lever's own unit, given beside it"),
    "change": Column("number", "Change", "in the lever's own unit, given beside it"),
    "of_range": Column(
        "share", "Change, of its range", "size of the change over the width of the lever's bounds"
    ),
    "low": Column("number", "Lowest", "in the lever's own unit, given beside it"),
    "high": Column("number", "Highest", "in the lever's own unit, given beside it"),
    "owners": Column("label", "Owners"),
    "at_bound": Column("yes/no", "At a bound?"),
    "enough": Column(
        "yes/no",
        "Enough alone?",
        "whether moving this lever alone, inside its bounds, makes every partner gain",
    ),
    "kind": Column("label", "Payments that"),
    "payer": Column("label", "Payer"),
    "recipient": Column("label", "Recipient"),
    "usd": Column(
        "USD million",
        "Payment a year",
        "in units of the numeraire (world average factor price); solved on the equilibrium",
    ),
    "first_order_usd": Column(
        "USD million", "First guess", "payment if a dollar paid were a dollar of welfare"
    ),
    "of_payer_pct": Column("%", "Of the payer's household consumption"),
    "number": Column("count", "Number"),
}


def bargaining_table(name: str, title: str, frame: pd.DataFrame, *, keys: tuple[str, ...]) -> Table:
    """Wrap `frame` as a Table whose columns are declared in `BARGAINING_COLUMNS`."""
    undeclared = [column for column in frame.columns if column not in BARGAINING_COLUMNS]
    if undeclared:
        raise AccordError(f"table '{name}' has undeclared columns: {undeclared}")
    return Table(name, title, frame, {column: BARGAINING_COLUMNS[column] for column in frame.columns}, keys)
