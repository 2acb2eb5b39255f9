"""Comparisons and sweeps as small tables."""

from __future__ import annotations

import pandas as pd

from accord.present.numbers import heading
from accord.tables import Column, Table

LARGEST = 6
"""Third countries shown: those whose difference is largest."""


def compared(table: Table, together: Table) -> list[Table]:
    """Central runs and odds of the partners, of all together, and the third countries that differ most."""
    partners = table.frame[table.frame["role"] == "partner"]
    others = table.frame[table.frame["role"] != "partner"]
    order = others["difference_usd"].abs().sort_values(ascending=False, kind="stable").index[:LARGEST]
    central = ["region", "region_name", "first_pct", "second_pct", "difference_pct", "difference_usd"]
    odds = [
        "region",
        "region_name",
        "first_probability",
        "second_probability",
        "second_better",
        "difference_low_pct",
        "difference_high_pct",
    ]
    shares = together.frame[
        together.frame["item"] != "difference"
    ]  # the one with a sign; the sentence says it
    shown = [
        _cut(table, "compare_central", "Household welfare of the partners, central runs", partners, central),
        _cut(table, "compare_odds", "The same over common draws", partners, odds),
        _cut(together, together.name, together.title, shares, ["title", "share", "low", "high"]),
    ]
    if len(others):
        title = "Third countries whose welfare differs most, central runs"
        shown.append(_cut(table, "compare_third", title, others.loc[order], central))
    return shown


def paths_compared(table: Table, years: Table) -> list[Table]:
    """Present values of the partners and of the third countries that differ most, and the partners' differences year by year."""
    partners = table.frame[table.frame["role"] == "partner"]
    others = table.frame[table.frame["role"] != "partner"]
    order = others["difference_usd"].abs().sort_values(ascending=False, kind="stable").index[:LARGEST]
    central = ["region", "region_name", "first_usd", "second_usd", "difference_usd"]
    odds = ["region", "region_name", "low_usd", "median_usd", "high_usd", "second_better"]
    shown = [
        _cut(table, "compare_paths_central", table.title, partners, central),
        _cut(table, "compare_paths_odds", "Second less first over common draws", partners, odds),
    ]
    if len(others):
        title = "Third countries whose present value differs most, central runs"
        shown.append(_cut(table, "compare_paths_third", title, others.loc[order], central))
    own = years.frame[years.frame["role"] == "partner"].astype({"year": str})
    columns = ["year", "region_name", "difference_pct", "low_pct", "high_pct", "second_better"]
    # Years like the one before say nothing new.
    values = own.groupby("region", sort=False)[columns[2:]]
    changed = (values.transform(lambda column: column.round(6).diff().fillna(1.0)) != 0.0).any(axis=1)
    title = f"{years.title} (years like the one before are left out)"
    return [*shown, _cut(years, "compare_paths_years_shown", title, own[changed], columns)]


def swept(table: Table) -> Table:
    """One row a value, one column a partner; whether all gain."""
    own = table.frame[table.frame["role"] == "partner"]
    names = dict(zip(own["region"], own["region_name"], strict=True))
    wide = own.pivot_table(index="value", columns="region", values="household_ev_pct", sort=False)
    wide = wide[list(names)].sort_index()
    all_gain = own.groupby("value")["gains"].agg(lambda gains: "yes" if (gains == "yes").all() else "no")
    # Values as they were asked for: the digits of a unit may be fewer than those that are moved.
    frame = pd.DataFrame({"value": [f"{value:.10g}" for value in wide.index]})
    for region in names:
        frame[f"{region}_pct"] = wide[region].to_numpy()
    frame["all_gain"] = all_gain.reindex(wide.index).to_numpy()
    like = table.columns["household_ev_pct"]
    columns = {
        "value": Column("label", table.columns["value"].label, table.columns["value"].method),
        **{f"{region}_pct": Column(like.unit, name, like.method) for region, name in names.items()},
        "all_gain": Column("yes/no", "All gain?"),
    }
    return Table("sweep_shown", heading(table.title, table.columns["value"].unit), frame, columns, ("value",))


def _cut(table: Table, name: str, title: str, frame: pd.DataFrame, columns: list[str]) -> Table:
    kept = frame[columns].reset_index(drop=True)
    return Table(name, title, kept, {column: table.columns[column] for column in columns})
