"""Odds over the years, as small tables that the terminal and the page both show."""

from __future__ import annotations

from collections.abc import Mapping

from accord.present.answers import cut, with_party
from accord.tables import Column, Table

EVERYBODY = "(all partners)"
MOST = 6
"""Third countries that are shown; the table has all."""
MANY = 4
"""With more partners than this, the table of years shows all of them together alone."""


def paths_shown(tables: Mapping[str, Table]) -> list[Table]:
    """Present value of the partners and of the third countries that are moved most, and the partners year by year."""
    if "path_odds" not in tables:
        return []
    whole = with_party(tables["path_odds"])
    columns = ["party", "low_usd", "median_usd", "high_usd", "probability"]
    partners = whole.frame[whole.frame["role"] == "partner"]
    others = whole.frame[whole.frame["role"] != "partner"]
    order = others["median_usd"].abs().sort_values(ascending=False, kind="stable").index[:MOST]
    third = cut(
        whole, "path_odds_third_shown", "Third countries that are moved most", others.loc[order], columns
    )
    return [
        cut(whole, "path_odds_shown", whole.title, partners, columns),
        *([third] if len(others) else []),
        _years(tables["path_odds_years"]),
    ]


def _years(table: Table) -> Table:
    """A row for each year that differs from the one before: median of each partner, and the chance that all gain in the year."""
    frame = table.frame[table.frame["role"] == "partner"]
    own = frame[frame["region"] != EVERYBODY]
    names = dict(zip(own["region"], own["region_name"], strict=True))
    if len(names) > MANY:
        names = {}
    together = frame[frame["region"] == EVERYBODY].set_index("year")
    wide = together[["probability"]].copy()
    columns = {
        "year": table.columns["year"],
        "probability": _named(table, "probability", "All partners gain"),
    }
    for code, name in names.items():
        rows = own[own["region"] == code].set_index("year")
        for column, words in (("median_pct", f"{name}: median"), ("probability", f"{name}: gains")):
            wide[f"{code}_{column}"] = rows[column]
            columns[f"{code}_{column}"] = _named(table, column, words)
    changed = (wide.round(6) != wide.round(6).shift()).any(axis=1)
    return Table(
        "path_odds_years_shown",
        "Year by year (years like the one before are left out): effect of the decisions on household welfare",
        wide[changed].reset_index().astype({"year": str})[list(columns)],
        columns,
        ("year",),
    )


def _named(table: Table, column: str, words: str) -> Column:
    like = table.columns[column]
    return Column(like.unit, words, like.method)
