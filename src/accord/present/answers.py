"""Answers of a full run, as small tables that the terminal and the page both show; one entry in `SHOWN` a question.

A question without an entry shows its sentences, and its tables are in the run's files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from accord.present.energy import sections
from accord.present.trade_effects import effects
from accord.study.full import QUESTIONS
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.study import Outcome

MANY = 4
"""With more partners than this, tables show their sum."""

PAIRS, UNKNOWNS = 6, 8
"""Pairs of measures and unknowns that are shown; the files hold all."""


def asked(outcome: Outcome) -> list[tuple[str, str, tuple[str, ...], list[Table]]]:
    """Name, title, sentences and small tables of every question that the outcome answers, in order."""
    return [
        (
            question.name,
            question.title,
            tuple(outcome.answers[question.name]),
            list(SHOWN.get(question.name, lambda _: ())(outcome)),
        )
        for question in QUESTIONS
        if question.name in outcome.answers
    ] + sections(outcome)


def attribution(outcome: Outcome) -> Sequence[Table]:
    """Parts of household welfare by measure and partner, and the strongest pairs."""
    if "attribution" not in outcome.tables:
        return ()
    frame = outcome["attribution"]
    frame = frame[frame["outcome"] == "household_ev"]
    wide = _by_partner(outcome, frame, "measure", "part_usd")
    third = frame[frame["role"] != "partner"].groupby("measure", sort=False)["part_usd"].sum()
    wide["third_usd"] = wide["measure"].map(third).fillna(0.0)
    unit = outcome.tables["attribution"].columns["part_usd"]
    shown = [
        Table(
            "attribution_shown",
            "Household welfare by measure: parts that add up to the whole",
            wide,
            {
                "measure": Column("label", "Measure"),
                **_partner_columns(outcome, unit),
                "third_usd": Column(unit.unit, "Third countries", unit.method),
            },
            ("measure",),
        )
    ]
    if "attribution_pairs" in outcome.tables:
        shown += _pairs(outcome)
    return shown


def _pairs(outcome: Outcome) -> list[Table]:
    frame = outcome["attribution_pairs"]
    frame = frame[frame["region"].isin(outcome.partners)]
    frame = frame.assign(pair=frame["measure"] + " + " + frame["other"])
    # A pair that is independent for one partner and not for another is shown with both numbers.
    frame = frame[frame["pair"].isin(frame.loc[frame["relation"] != "independent", "pair"])]
    if frame.empty:
        return []
    wide = _by_partner(outcome, frame, "pair", "interaction_usd")
    numbers = [name for name in wide.columns if name != "pair"]
    order = wide[numbers].abs().max(axis=1).sort_values(ascending=False, kind="stable").index[:PAIRS]
    unit = outcome.tables["attribution_pairs"].columns["interaction_usd"]
    return [
        Table(
            "attribution_pairs_shown",
            "Strongest pairs: what two measures give together beyond what each gives alone",
            wide.loc[order].reset_index(drop=True),
            {"pair": Column("label", "Pair"), **_partner_columns(outcome, unit)},
            ("pair",),
        )
    ]


def _by_partner(outcome: Outcome, frame: pd.DataFrame, key: str, value: str) -> pd.DataFrame:
    """One row for each `key`, one column for each partner; their sum where there are many."""
    own = frame[frame["region"].isin(outcome.partners)]
    wide = own.pivot_table(index=key, columns="region", values=value, sort=False)
    wide = wide.reindex(list(dict.fromkeys(own[key])))[list(outcome.partners)]
    if len(outcome.partners) > MANY:
        wide = wide.sum(axis=1).to_frame("partners")
    wide.columns = [f"{name}_usd" for name in wide.columns]
    return wide.reset_index()


def _partner_columns(outcome: Outcome, like: Column) -> dict[str, Column]:
    if len(outcome.partners) > MANY:
        return {"partners_usd": Column(like.unit, "All partners", like.method)}
    return {
        f"{partner}_usd": Column(like.unit, outcome.region_names[partner], like.method)
        for partner in outcome.partners
    }


def odds(outcome: Outcome) -> Sequence[Table]:
    """Odds of a full run."""
    return odds_shown(outcome.tables, outcome.partners)


def odds_shown(tables: Mapping[str, Table], partners: Sequence[str]) -> list[Table]:
    """Odds by partner and for all of them, convergence of that probability, and the unknowns that matter most."""
    if "odds" not in tables:
        return []
    whole = tables["odds"]
    whole = with_party(whole)
    own = whole.frame[whole.frame["role"] == "partner"]
    columns = ["party", "low_pct", "median_pct", "high_pct", "probability", "probability_error"]
    others = whole.frame[whole.frame["role"] != "partner"]
    shown = [
        cut(whole, "odds_shown", "How surely each partner gains: household welfare", own, columns),
    ]
    if len(others):
        # Third countries whose sign is least sure to be a gain and a loss, largest medians first.
        order = others["median_usd"].abs().sort_values(ascending=False, kind="stable").index[:6]
        shown.append(
            cut(
                whole,
                "odds_third_shown",
                "Third countries that are moved most",
                others.loc[order],
                columns[:-1],
            )
        )
    sensitivity = tables["odds_sensitivity"]
    for partner in partners[:MANY]:
        rows = sensitivity.frame[sensitivity.frame["region"] == partner].head(UNKNOWNS)
        if len(rows):
            name = rows["region_name"].iloc[0]
            kept = [column for column in sensitivity.columns if not column.startswith("region")]
            shown.append(
                cut(sensitivity, f"odds_sensitivity_{partner}", f"What decides it for {name}", rows, kept)
            )
    convergence = tables["odds_convergence"]
    all_rows = convergence.frame[convergence.frame["region"] == "(all partners)"]
    shown.append(
        cut(
            convergence,
            "odds_convergence_shown",
            "Probability that all partners gain, as draws are added",
            all_rows,
            ["draws", "probability", "probability_error"],
        )
    )
    return shown


def with_party(table: Table) -> Table:
    """The table with one name for each row: regions with their codes, all partners without one."""
    codes, names = table.frame["region"], table.frame["region_name"]
    party = [
        "All partners" if code.startswith("(") else f"{name} ({code})"
        for code, name in zip(codes, names, strict=True)
    ]
    columns = {**table.columns, "party": Column("label", "Party")}
    return Table(table.name, table.title, table.frame.assign(party=party), columns, table.keys)


def cut(table: Table, name: str, title: str, frame: pd.DataFrame, columns: Sequence[str]) -> Table:
    """Some rows and columns of a table as a table of its own."""
    kept = frame[list(columns)].reset_index(drop=True)
    return Table(name, title, kept, {column: table.columns[column] for column in columns})


def delay(outcome: Outcome) -> Sequence[Table]:
    """What a year of delay of each measure changes, by partner."""
    if "delay" not in outcome.tables:
        return ()
    whole = outcome.tables["delay"]
    frame = whole.frame[whole.frame["years_later"] == whole.frame["years_later"].min()]
    wide = _by_partner(outcome, frame, "measure", "change_usd")
    columns = {
        "measure": Column("label", "Measure"),
        **_partner_columns(outcome, whole.columns["change_usd"]),
    }
    return [Table("delay_shown", "A year later: change of present value", wide, columns, ("measure",))]


def nearest(outcome: Outcome) -> Sequence[Table]:
    """Levers as written and after the smallest change, and each lever alone."""
    if "nearest_singles" not in outcome.tables:
        return ()
    whole = outcome.tables["nearest_singles"]
    columns = ["lever", "enough", "now", "value", "unit", "of_range"]
    return [cut(whole, "nearest_shown", whole.title, whole.frame.head(UNKNOWNS), columns)]


SHOWN: dict[str, Callable[[Outcome], Sequence[Table]]] = {
    "odds": odds,
    "attribution": attribution,
    "effects": effects,
    "delay": delay,
    "nearest": nearest,
}
"""What is shown of each question, by its name in `accord.study.full`."""
