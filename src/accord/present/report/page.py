"""The page of a run, made from the outcome's tables and the run's record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

from accord.present import extracts, one_year, supply
from accord.present.answers import asked
from accord.present.drawing import Drawn, drawn_here
from accord.present.report.cells import Grid, grid_of, transposed
from accord.present.report.limits import LIMITS

if TYPE_CHECKING:
    from accord.study import Outcome
    from accord.tables import Table

PARTNER_COLUMNS = (
    "region",
    "region_name",
    "gains",
    "household_ev_pct",
    "household_ev_usd",
    "real_income_pct",
    "real_wage_pct",
    "employment_pct",
    "real_gdp_pct",
    "real_absorption_pct",
    "real_output_pct",
    "trade_with_partners_pct",
    "government_balance_usd",
)
LARGEST = 10
"""Third countries and sectors shown at either end."""


def pages(
    outcome: Outcome,
    record: Mapping[str, Any],
    draw: Callable[[Outcome], Mapping[str, Drawn]] = drawn_here,
) -> dict[str, bytes]:
    """The report and its figures, by path inside the run directory; `draw` gives the figures by name."""
    drawn = draw(outcome)
    return {
        "report.html": report(outcome, record, drawn).encode(),
        **{f"figures/{name}.svg": figure.svg.encode() for name, figure in drawn.items()},
    }


def report(outcome: Outcome, record: Mapping[str, Any], drawn: Mapping[str, Drawn]) -> str:
    """The page as HTML. `record` gives hashes, versions and the command that repeats the run."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("accord.present.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    template = environment.get_template("page.html.j2")
    return template.render(
        outcome=outcome,
        record=record,
        style=(resources.files("accord.present.report") / "page.css").read_text(encoding="utf-8"),
        figures=drawn,
        grids=_grids(outcome),
        sectors=[
            grid_of(extracts.sector_movers(outcome, partner, largest=LARGEST))
            for partner in (outcome.partners if outcome.has_long_run else ())
        ],
        one_year=_one_year(outcome),
        supply=_supply(outcome),
        notes=extracts.sentences(outcome.notes),
        limits=LIMITS,
        answers=[
            (name, title, sentences, [grid_of(table) for table in tables])
            for name, title, sentences, tables in asked(outcome)
        ],
    )


def _grids(outcome: Outcome) -> dict[str, Grid]:
    """Tables of the page by name; one that the outcome does not have is left out."""
    wanted = ("measures", "assumptions", "provenance", "solver")
    others = {name: grid_of(outcome.tables[name]) for name in wanted if name in outcome.tables}
    if not outcome.has_long_run:
        return others
    return others | {
        "partners": transposed(grid_of(_partners(outcome))),
        "third_countries": grid_of(extracts.third_countries(outcome, largest=LARGEST)),
        "variants": grid_of(extracts.variants_by_partner(outcome)),
        "terms": grid_of(extracts.terms_by_partner(outcome)),
        "context": transposed(grid_of(extracts.context_memo(outcome))),
        "one_step": transposed(grid_of(extracts.one_step(outcome))),
    }


def _supply(outcome: Outcome) -> dict[str, Any] | None:
    """What the page shows of supply terms; None where the programme has none."""
    if not supply.has_supply(outcome):
        return None
    tables = [grid_of(table) for table in supply.supply_tables(outcome)]
    measures = dict.fromkeys(outcome["energy_references"]["measure"])
    zones = [
        (f"price_zone_{measure}", [f"{measure}: {said}" for said in supply.zone_sentences(outcome, measure)])
        for measure in measures
    ]
    return {"title": supply.TITLE, "is": supply.IS, "tables": tables, "zones": zones}


def _one_year(outcome: Outcome) -> dict[str, Any] | None:
    """What the page shows of the one-year horizon; None where the run left it out."""
    if not one_year.has_one_year(outcome):
        return None
    movers = [one_year.price_movers(outcome, partner, largest=LARGEST) for partner in outcome.partners]
    chains = [one_year.heaviest_chains(outcome, partner, most=LARGEST) for partner in outcome.partners]
    return {
        "title": one_year.TITLE,
        "is_not": one_year.IS_NOT,
        "sentence": outcome.one_year.sentence if outcome.one_year else "",
        "accounts": transposed(grid_of(one_year.accounts(outcome))),
        "tables": [grid_of(table) for table in (*movers, *chains) if table is not None and len(table.frame)],
    }


def _partners(outcome: Outcome) -> Table:
    verdict, regions = outcome.tables["verdict"], outcome.tables["regions"]
    frame = regions.frame.merge(verdict.frame[["region", "gains"]], on="region")
    columns = {**regions.columns, "gains": verdict.columns["gains"]}
    return extracts.part_of(
        "partners",
        "Partners: context and decisions against the context alone",
        frame,
        columns,
        [column for column in PARTNER_COLUMNS if column in columns],
    )
