"""What is shown of an outcome, as small tables with units: the terminal, the figures and the page draw the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.study import Outcome

AS_STATED = "as stated"
SUMS = ("sum_of_terms", "exact")
"""Rows of the decomposition that are totals, not terms."""

TERM_NAMES = {
    "terms_of_trade": "Terms of trade",
    "volume_of_trade": "Volume of trade",
    "export_rents": "Rents on exports",
    "trade_costs": "Trade costs saved",
    "sourcing": "Origins lost or won",
    "technology": "Technology",
    "scale": "Economies of scale",
    "factor_supply": "Factor supply",
    "output_taxes": "Output taxes and subsidies",
    "transfers": "Inflows and transfers",
    "measure_costs": "Costs of measures",
    "other_uses": "Government and investment",
}


def named(code: str, name: str) -> str:
    """A region or sector for readers: "Belarus (BLR)"; once where the World has no other name for it."""
    return name if name == code else f"{name} ({code})"


def third_countries(outcome: Outcome, *, largest: int = 5, by: str = "household_ev_usd") -> Table:
    """The third countries that gain and lose most, in order: largest gains first, then largest losses last."""
    regions = outcome.tables["regions"]
    frame = regions.frame[regions.frame["role"] != "partner"].sort_values(by, ascending=False, kind="stable")
    gains = frame[frame[by] > 0.0].head(largest)
    losses = frame[frame[by] < 0.0].tail(largest)
    columns = ["region", "region_name", "household_ev_usd", "household_ev_pct", "real_income_pct"]
    return _part(
        regions,
        "third_countries",
        "Third countries that gain and lose most",
        pd.concat([gains, losses])[columns],
    )


def sector_movers(outcome: Outcome, region: str, *, largest: int = 5) -> Table:
    """The sectors of `region` whose output gains and loses most in USD, with their base size."""
    sectors = outcome.tables["sectors"]
    frame = sectors.frame[sectors.frame["region"] == region]
    frame = frame.sort_values("output_change_usd", ascending=False, kind="stable")
    gains = frame[frame["output_change_usd"] > 0.0].head(largest)
    losses = frame[frame["output_change_usd"] < 0.0].tail(largest)
    name = outcome.region_names[region]
    columns = [
        "sector",
        "sector_name",
        "output_base_usd",
        "output_change_usd",
        "output_pct",
        "real_price_pct",
    ]
    return _part(
        sectors, f"sectors_{region}", f"Sectors that move most in {name}", pd.concat([gains, losses])[columns]
    )


def variants_by_partner(outcome: Outcome) -> Table:
    """One row a run: what was assumed, household welfare in % of each partner, and whether all gain."""
    variants = outcome.tables["variants"]
    keys = ["rent_share", "elasticities"]
    runs = variants.frame[keys].drop_duplicates()
    frame = runs.reset_index(drop=True)
    unit = variants.columns["household_ev_pct"]
    columns = {key: variants.columns[key] for key in keys}
    for partner in outcome.partners:
        own = variants.frame[variants.frame["region"] == partner].set_index(keys)["household_ev_pct"]
        frame[partner] = [float(own[tuple(run)]) for run in frame[keys].itertuples(index=False)]
        columns[partner] = Column(unit.unit, outcome.region_names[partner], unit.method, unit.source)
    gaining = (
        variants.frame.assign(gaining=variants.frame["gains"] == "yes")
        .groupby(keys, sort=False)["gaining"]
        .all()
    )
    frame["gains"] = ["yes" if gaining[tuple(run)] else "no" for run in frame[keys].itertuples(index=False)]
    columns["gains"] = Column("yes/no", "All gain?", variants.columns["gains"].method)
    return Table("variants_by_partner", variants.title, frame, columns, tuple(keys))


def variant_label(rent_share: str, elasticities: str, central: str) -> str:
    """What a run assumed, in words."""
    if rent_share != AS_STATED:
        return f"barriers are {float(rent_share):.0%} rent"
    return "central run" if elasticities == central else f"elasticities {elasticities}"


def welfare_ranges(outcome: Outcome) -> Table:
    """Household welfare of each partner in every run, with the run's label: points of the range figure."""
    variants = outcome.tables["variants"]
    frame = variants.frame.copy()
    frame["item"] = [
        variant_label(rents, elasticities, outcome.elasticity_set)
        for rents, elasticities in zip(frame["rent_share"], frame["elasticities"], strict=True)
    ]
    columns = {**variants.columns, "item": Column("label", "Run")}
    return Table("welfare_ranges", variants.title, frame, columns, variants.keys)


def welfare_terms(outcome: Outcome) -> Table:
    """Terms of the partners' household welfare that are not negligible, in the order of the decomposition."""
    table = outcome.tables["decomposition"]
    frame = table.frame[table.frame["region"].isin(outcome.partners) & ~table.frame["term"].isin(SUMS)]
    size = frame.groupby("region")["pct"].transform(lambda terms: terms.abs().max())
    shown = frame.loc[(frame["pct"].abs() > 0.001 * size), "term"].unique()
    frame = frame[frame["term"].isin(shown)]
    return _part(table, "welfare_terms", table.title, frame)


def largest_changes(outcome: Outcome, *, others: int = 8) -> Table:
    """Household welfare of the partners and of the third countries where it changes most in % of their consumption."""
    regions = outcome.tables["regions"]
    partner = regions.frame["role"] == "partner"
    order = (
        regions.frame.loc[~partner, "household_ev_pct"]
        .abs()
        .sort_values(ascending=False, kind="stable")
        .index
    )
    frame = pd.concat([regions.frame[partner], regions.frame.loc[order[:others]]])
    frame = frame.sort_values("household_ev_pct", ascending=False, kind="stable")
    return _part(
        regions,
        "largest_changes",
        "Household welfare of partners and most affected third countries",
        frame[["region", "region_name", "role", "household_ev_pct", "household_ev_usd"]],
    )


def context_memo(outcome: Outcome) -> Table:
    """What the context alone does to the partners: a memo, never part of the verdict."""
    context = outcome.tables["context"]
    frame = context.frame[context.frame["region"].isin(outcome.partners)]
    columns = [
        "region",
        "region_name",
        "household_ev_pct",
        "household_ev_usd",
        "real_income_pct",
        "real_gdp_pct",
    ]
    return _part(context, "context_memo", context.title, frame[columns])


def terms_by_partner(outcome: Outcome) -> Table:
    """Every term of the partners' household welfare, with their sum and the exact number: a row a term, % and USD a partner."""
    table = outcome.tables["decomposition"]
    own = table.frame[table.frame["region"].isin(outcome.partners)]
    frame = pd.DataFrame({"term": own["term"].unique()})
    columns = {"term": table.columns["term"]}
    for partner in outcome.partners:
        rows = own[own["region"] == partner].set_index("term")
        for number in ("pct", "usd"):
            name, unit = f"{partner}_{number}", table.columns[number]
            frame[name] = rows.loc[frame["term"], number].to_numpy()
            columns[name] = Column(unit.unit, outcome.region_names[partner], unit.method, unit.source)
    return Table("terms", table.title, frame, columns, ("term",))


def one_step(outcome: Outcome) -> Table:
    """The published one-step decomposition of the partners beside exact real income."""
    regions = outcome.tables["regions"]
    frame = regions.frame[regions.frame["region"].isin(outcome.partners)]
    columns = [
        "one_step_welfare_pct",
        "one_step_terms_of_trade_pct",
        "one_step_volume_of_trade_pct",
        "real_income_pct",
    ]
    return _part(
        regions,
        "one_step",
        "One-step decomposition of partners, beside exact real income",
        frame[["region", "region_name", *columns]],
    )


def part_of(
    name: str, title: str, frame: pd.DataFrame, columns: Mapping[str, Column], chosen: Sequence[str]
) -> Table:
    """The `chosen` columns of `frame` as a table; `columns` declares at least those."""
    return Table(
        name,
        title,
        frame[list(chosen)].reset_index(drop=True),
        {column: columns[column] for column in chosen},
    )


def _part(table: Table, name: str, title: str, frame: pd.DataFrame) -> Table:
    """Rows and columns of `table` under a name of their own; units and methods travel along."""
    return part_of(name, title, frame, table.columns, list(frame.columns))


def sentences(items: Sequence[str]) -> list[str]:
    """Each item as a sentence: first letter upper case, a full stop at the end."""
    return [item[:1].upper() + item[1:] + ("" if item.endswith((".", "?", "!")) else ".") for item in items]
