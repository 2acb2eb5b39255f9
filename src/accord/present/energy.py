"""Sections of an outcome with plants, training or works abroad, as small tables that the terminal and the page both show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from accord.present.numbers import heading, plain, signed
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.study import Outcome

Section = tuple[str, str, tuple[str, ...], list[Table]]
"""Name, title, sentences, tables."""

CHANGES = ("npv_usd", "household_ev_usd", "household_ev_pct", "owner_npv_usd", "project_npv_usd", "balance")
"""Columns whose sign says gain or loss; all others are levels."""


def sections(outcome: Outcome) -> list[Section]:
    """Every section that the outcome has tables for."""
    makers = {"plants": _plants, "power_regions": _power, "training": _training, "abroad": _abroad}
    return [make(outcome) for name, make in makers.items() if name in outcome.tables]


def _plants(outcome: Outcome) -> Section:
    sentences = tuple(_plant_sentences(outcome))
    tables = [
        upright(outcome.tables["plants"], "measure", "Plant"),
        _wide(
            outcome.tables["plant_parties"],
            ("part", "region"),
            "rate",
            "npv_usd",
            "Net present value at a real rate of",
        ),
        texts(outcome.tables["plant_phases"], "plant_phases_shown"),
        _wide(
            outcome.tables["plant_sensitivity"],
            ("input",),
            "side",
            "owner_npv_usd",
            "Owner's net present value, one input at its",
        ),
    ]
    if len(outcome["plants"]) == 1:
        tables = [tables[0], *(_without(table, "measure") for table in tables[1:])]
    return "plants", "Nuclear plants: what they cost and displace, who gains", sentences, tables


def _plant_sentences(outcome: Outcome) -> Iterator[str]:
    for row in outcome["plants"].to_dict("records"):
        yield (
            f"{row['measure']}: {row['lcoe']:.1f} USD/MWh at {100 * row['rate']:g} %, {row['gas_bcm']:.2f} bcm of gas displaced a year. "
            f"It pays its whole cost at a gas price of {row['break_even_full']:.0f} USD per 1000 m3, and its cash cost at "
            f"{row['break_even_first']:.0f} in the first loan year and {row['break_even_last']:.0f} in the last."
        )
    yield (
        "Multipliers count orders as if nobody else's output fell; welfare in equilibrium counts what the resources would have made "
        "elsewhere. They answer different questions and are never added up."
    )


def _power(outcome: Outcome) -> Section:
    plants = outcome.tables["power_plants"]
    chosen = plants.frame[plants.frame["region"].isin(outcome.partners)].reset_index(drop=True)
    names = ["plant", "technology", "capacity_mw", "energy_twh", "hours_on_margin", "marginal_cost"]
    shown = Table(
        "power_plants_shown",
        "Plants of the partners",
        chosen[names],
        {name: plants.columns[name] for name in names},
        ("plant",),
    )
    assumed = outcome["power_inputs"]["source"].str.lower().str.startswith("assumption").sum()
    sentence = (
        f"Least-cost dispatch with the plant; {assumed} of {len(outcome['power_inputs'])} inputs are assumptions, "
        "listed with their ranges in the table power_inputs."
    )
    tables = [
        upright(outcome.tables["power_regions"], "region", "Region"),
        texts(shown, "power_plants_shown"),
    ]
    return "power", "The power system in a year", (sentence,), tables


def _training(outcome: Outcome) -> Section:
    sentences = []
    for row in outcome["training"].to_dict("records"):
        short = (
            f"{row['bottleneck_years']:.0f} years with too few people, worst {row['worst_year']}: {row['worst_short']:.0f} short"
            if row["bottleneck_years"]
            else "no year with too few people"
        )
        sentences.append(
            f"{row['measure']}: {100 * row['staffed_share']:.0f} % of the need is met in the year evaluated, "
            f"{100 * row['untrained_share']:.0f} % without the training; {short}."
        )
    return (
        "training",
        "Training: does it staff the plants?",
        tuple(sentences),
        [upright(outcome.tables["training"], "measure", "Training")],
    )


def _abroad(outcome: Outcome) -> Section:
    sentence = (
        "Orders, value added and jobs are multipliers: what moves. Household welfare is the equilibrium: who gains once "
        "resources and loans are paid for. What the works are worth to the host is not counted."
    )
    table = outcome.tables["abroad"]
    tables = []
    for measure in dict.fromkeys(table.frame["measure"]):
        own = table.frame[table.frame["measure"] == measure].drop(columns="measure").reset_index(drop=True)
        columns = {name: column for name, column in table.columns.items() if name != "measure"}
        part = Table(
            f"abroad_{measure}", f"{measure}: an average year of building", own, columns, ("region",)
        )
        tables.append(upright(part, "region", "Region"))
    return "abroad", "Works abroad: multipliers beside equilibrium", (sentence,), tables


def upright(table: Table, key: str, corner: str) -> Table:
    """A row for each column of `table` and a column for each of its rows, as text: many numbers about a few things."""
    names = [name for name in table.columns if name != key]
    frame = pd.DataFrame({"item": [heading(table.columns[n].label, table.columns[n].unit) for n in names]})
    columns = {"item": Column("label", corner)}
    for row in table.frame.to_dict("records"):
        frame[str(row[key])] = [_text(row[name], name, table.columns[name].unit) for name in names]
        columns[str(row[key])] = Column("label", str(row[key]))
    return Table(f"{table.name}_upright", table.title, frame, columns, ("item",))


def _without(table: Table, name: str) -> Table:
    """`table` without a column that says the same in every row."""
    columns = {key: column for key, column in table.columns.items() if key != name}
    return Table(table.name, table.title, table.frame[list(columns)], columns)


def texts(table: Table, name: str) -> Table:
    """`table` with its numbers as text: levels without a sign, changes with one."""
    frame = pd.DataFrame(
        {
            column: [_text(value, column, declared.unit) for value in table.frame[column]]
            for column, declared in table.columns.items()
        }
    )
    columns = {
        column: Column("label", heading(declared.label, declared.unit))
        for column, declared in table.columns.items()
    }
    return Table(name, table.title, frame, columns)


def _wide(table: Table, rows: Sequence[str], across: str, value: str, words: str) -> Table:
    """Values with one column for each entry of `across`; each measure of its own."""
    frame, declared = table.frame, table.columns[value]
    keys = ["measure", *rows]
    columns = {name: Column("label", table.columns[name].label) for name in keys}
    content: dict[str, list[str]] = {name: [] for name in keys}
    entries = list(dict.fromkeys(frame[across]))
    for entry in entries:
        shown = f"{100 * entry:g} %" if isinstance(entry, float) else str(entry)
        columns[f"at {shown}"] = Column("label", shown)
        content[f"at {shown}"] = []
    for key, group in frame.groupby(keys, sort=False):
        for name, label in zip(keys, key if isinstance(key, tuple) else (key,), strict=True):
            content[name].append(str(label))
        found = dict(zip(group[across], group[value], strict=True))
        for entry, name in zip(entries, list(columns)[len(keys) :], strict=True):
            content[name].append(signed(float(found[entry]), declared.unit) if entry in found else "n/a")
    title = f"{words} ..., {heading('', declared.unit).removeprefix(', ')}"
    return Table(f"{table.name}_wide", title, pd.DataFrame(content), columns)


def _text(value: object, column: str, unit: str) -> str:
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return signed(number, unit) if column in CHANGES else plain(number, unit)
