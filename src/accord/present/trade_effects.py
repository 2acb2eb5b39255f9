"""Budgets by measure, trade created and diverted, as small tables that the terminal and the page both show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from accord.study.trade_effects import BEYOND, WHOLE
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.study import Outcome

MANY = 3
"""With more partners than this, tables show their sum."""
MEASURES, THIRD = 8, 6
"""Measures and third countries that are shown for each importer, the most moved first; the files hold all."""


def effects(outcome: Outcome) -> Sequence[Table]:
    """Budgets by measure, and trade created and diverted, of a full run."""
    return [*budgets_shown(outcome.tables, outcome.partners), *trade_shown(outcome.tables, outcome.partners)]


def budgets_shown(tables: Mapping[str, Table], partners: Sequence[str]) -> list[Table]:
    """A row a measure, what moves budgets most first, and a column a partner: the net change of its budget."""
    if "effects_budget" not in tables or tables["effects_budget"].frame.empty:
        return []
    table = tables["effects_budget"]
    like = table.columns["net_usd"]
    names = dict(zip(table.frame["region"], table.frame["region_name"], strict=True))
    wide = table.frame.pivot_table(index="measure", columns="region", values="net_usd", sort=False)
    wide = wide.reindex(list(dict.fromkeys(table.frame["measure"])))[list(partners)]
    single = wide.drop(index=[BEYOND, WHOLE], errors="ignore")
    most = single.abs().sum(axis=1).sort_values(ascending=False, kind="stable").index
    kept = wide.loc[[*most[:MEASURES], *(last for last in (BEYOND, WHOLE) if last in wide.index)]]
    columns = {f"{code}_usd": Column(like.unit, names[code], like.method) for code in partners}
    if len(partners) > MANY + 1:
        kept = kept.sum(axis=1).to_frame()
        columns = {"partners_usd": Column(like.unit, "All partners", like.method)}
    kept.columns = list(columns)
    left = len(single) - min(len(single), MEASURES)
    more = f"; the {MEASURES} largest, the table has {left} more" if left else ""
    return [
        Table(
            "effects_budget_shown",
            f"Budgets: change of balance, stated costs and receipts, by each measure on its own (minus is a burden{more})",
            kept.reset_index(),
            {"measure": table.columns["measure"], **columns},
            ("measure",),
        )
    ]


def trade_shown(tables: Mapping[str, Table], partners: Sequence[str]) -> list[Table]:
    """For each importing partner: created and diverted by measure, and from whom it buys more and less."""
    if "effects_trade" not in tables or tables["effects_trade"].frame.empty:
        return []
    by_importer, by_exporter = tables["effects_trade"], tables["effects_trade_partners"]
    names = dict(zip(by_importer.frame["region"], by_importer.frame["region_name"], strict=True))
    groups = (
        {"": ("all partners", list(partners))}
        if len(partners) > MANY
        else {f"_{code}": (names[code], [code]) for code in partners}
    )
    return [
        table
        for suffix, (name, codes) in groups.items()
        for table in (
            _by_measure(by_importer, suffix, name, codes),
            _by_exporter(by_exporter, suffix, name, codes),
        )
    ]


def _by_measure(table: Table, suffix: str, name: str, codes: Sequence[str]) -> Table:
    """A row for each measure on its own, the most moved first, then what they do together."""
    values = ["created_usd", "replaced_usd", "diverted_usd"]
    rows = table.frame[table.frame["region"].isin(codes)].groupby("measure", sort=False)[values].sum()
    single = rows.drop(index=[BEYOND, WHOLE], errors="ignore")
    most = (
        single[["created_usd", "diverted_usd"]].abs().sum(axis=1).sort_values(ascending=False, kind="stable")
    )
    kept = [*most.index[:MEASURES], *(last for last in (BEYOND, WHOLE) if last in rows.index)]
    left = len(single) - min(len(single), MEASURES)
    return Table(
        f"effects_trade{suffix}_shown",
        f"Imports of {name} from partners: created and diverted by each measure on its own"
        + (f" (the {MEASURES} largest; the table has {left} more)" if left else ""),
        rows.loc[kept].reset_index(),
        {column: table.columns[column] for column in ("measure", *values)},
        ("measure",),
    )


def _by_exporter(table: Table, suffix: str, name: str, codes: Sequence[str]) -> Table:
    """All decisions together: a row for each exporter, partners first, then third countries whose sales change most."""
    frame = table.frame[(table.frame["measure"] == WHOLE) & table.frame["region"].isin(codes)]
    values = ["imports_usd", "created_usd", "diverted_usd", "other_usd"]
    frame = frame.assign(
        created_usd=frame["replaced_usd"] + frame["expanded_usd"],
        exporter=frame["exporter_name"] + " (" + frame["exporter"] + ")",
    )
    rows = frame.groupby(["exporter", "role"], sort=False)[values].sum().reset_index()
    order = rows["imports_usd"].abs().sort_values(ascending=False, kind="stable").index
    rows = rows.loc[order]
    kept = pd.concat([rows[rows["role"] == "partner"], rows[rows["role"] != "partner"].head(THIRD)])
    like = table.columns["replaced_usd"]
    return Table(
        f"effects_trade_partners{suffix}_shown",
        f"Imports of {name} by all decisions together: created and diverted, from whom (third countries: the {THIRD} most moved)",
        kept[["exporter", *values[1:]]].reset_index(drop=True),
        {
            "exporter": Column("label", "From"),
            "created_usd": Column(like.unit, "Created", like.method),
            "diverted_usd": table.columns["diverted_usd"],
            "other_usd": table.columns["other_usd"],
        },
        ("exporter",),
    )
