"""What import-substituting projects cost and bring: the honest table of METHODS section 9.

Each project is run alone on top of the context. What it displaces is the change of
output of the same sector elsewhere; the gap at which it stops paying is the one at which the partners together neither gain nor lose
from it, found by running it again at other gaps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from accord.adapters import equilibrium as adapter
from accord.programme.measures import ImportSubstitution
from accord.programme.measures.import_substitution import CENTURY
from accord.shocks import PurchaseShock, ResourceCostShock, Shock, SupportShock, TransferShock
from accord.study.check import match_shocks
from accord.study.full import Answer, Progress
from accord.study.resolve import Support
from accord.study.support_gaps import agrees, implied_gaps
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium
    from accord.study.prepare import Prepared

_USD = "USD million of base year"
_ALONE = "the project alone on top of the context"
NEVER = "never"
HIGHEST, CLOSE, MOST_STEPS = 10.0, 1e-6, 12
"""Highest gap that may be stated; share of the gain without a gap that is none; steps of the search for the gap that leaves none."""

PROJECT_COLUMNS = {
    "measure": Column("label", "Project"),
    "imports_usd": Column(_USD, "Imports from outside", "of the buyers' users, before the project"),
    "replaced_usd": Column(
        _USD, "To be replaced", "a year at full output; what the base data do not hold yet"
    ),
    "gap": Column("share", "Cost gap at the start", "stated: cost over the price of the import, less one"),
    "gap_levelised": Column(
        "share", "Cost gap over the years", "levelised over the horizon where the project learns"
    ),
    "gap_implied": Column(
        "number",
        "Cost gap that the elasticity implies",
        "support solved in equilibrium, less one; of the whole sector",
    ),
    "gap_implied_product": Column(
        "number",
        "The same for the product",
        "closed form at fixed prices, for the product's share of the imports",
    ),
    "agree": Column("yes/no", "Agree?", "implied gap between half and twice the stated one"),
    "gap_cost_usd": Column(_USD, "Cost of the gap a year", "paid once, by those named"),
    "plant_usd": Column(_USD, "Plant beside the gap a year", "capital charge that is no part of the gap"),
    "gift_usd": Column(
        _USD,
        "Gift in the loan a year",
        "grant element at the market's rate, in equal yearly parts; negative where the loan is dearer than the market",
    ),
    "cost_per_dollar": Column(
        "number", "Cost per dollar replaced", "gap, plant and gift over imports replaced"
    ),
    "parity": Column(
        "label",
        "Cost meets the import in",
        "first year in which no site has a gap, within a century; never without learning",
    ),
    "gap_that_pays": Column(
        "number",
        "Gap at which it stops paying",
        f"partners together neither gain nor lose at it; below zero: their loss without a gap over what is replaced; {_ALONE}",
    ),
    "partners_usd": Column(_USD, "Partners together", f"equivalent variation; {_ALONE}"),
    "others_usd": Column(_USD, "Third countries together", f"equivalent variation; {_ALONE}"),
}
PATH_COLUMNS = {
    "measure": Column("label", "Project"),
    "year": Column("count", "Year of operation"),
    "replaced_usd": Column(_USD, "Imports replaced", "at the import's price; reached in equal yearly steps"),
    "gap": Column(
        "share", "Cost gap", "cost over the price of the import, less one; falls with cumulative output"
    ),
    "gap_cost_usd": Column(_USD, "Cost of the gap", "gap times imports replaced, paid once"),
    "experience_doublings": Column(
        "number",
        "Doublings of experience",
        "of cumulative output; of the site that makes most",
    ),
}
EFFECT_COLUMNS = {
    "measure": Column("label", "Project"),
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "place": Column("label", "Place"),
    "output_usd": Column(_USD, "Output of the sector", f"change of volume at base prices; {_ALONE}"),
    "household_usd": Column(_USD, "Household welfare", f"equivalent variation; {_ALONE}"),
    "pays_usd": Column(_USD, "Pays a year", "cost of the gap, plant, gifts and profits paid, as stated"),
    "gets_usd": Column(_USD, "Gets a year", "gifts and profits received, as stated"),
}


def answer(prepared: Prepared, progress: Progress) -> Answer:
    """Return the tables of all projects, and what a reader must not miss."""
    projects = {
        measure.id: measure
        for measure in prepared.programme.measures
        if isinstance(measure, ImportSubstitution) and measure.id in prepared.measures
    }
    if not projects:
        return Answer((), ())
    rows, effects = [], []
    supports = {support.measure: support for support in prepared.supports}
    for place, (name, project) in enumerate(projects.items()):
        progress("each project on its own", place, len(projects))
        if name not in supports:
            continue  # the base data hold it already
        own = [shock for shock in prepared.checked.decisions if shock.measure == name]
        alone = prepared.model.solve([*prepared.checked.context, *own])
        rows.append(_project_row(prepared, project, supports[name], own, alone))
        effects += _effect_rows(prepared, project, own, alone)
    tables = (
        Table(
            "projects",
            "What import-substituting projects cost and bring",
            pd.DataFrame(rows, columns=list(PROJECT_COLUMNS)),
            PROJECT_COLUMNS,
            ("measure",),
        ),
        Table(
            "projects_effects",
            "Where each project makes output, and what it displaces",
            pd.DataFrame(effects, columns=list(EFFECT_COLUMNS)),
            EFFECT_COLUMNS,
            ("measure", "region"),
        ),
        Table(
            "projects_path",
            "Output, cost gap and what it costs year by year",
            pd.DataFrame(
                [row for name in supports for row in path_rows(projects[name])], columns=list(PATH_COLUMNS)
            ),
            PATH_COLUMNS,
            ("measure", "year"),
        ),
    )
    return Answer(tables, tuple(_sentence(row) for row in rows))


def _project_row(
    prepared: Prepared, project: ImportSubstitution, support: Support, own: list[Shock], alone: Equilibrium
) -> dict[str, object]:
    welfare = prepared.welfare(alone)
    partner = np.isin(prepared.world.regions, prepared.checked.partners)
    partners_usd = float(welfare[partner].sum())
    remaining = support.target / project.imports_replaced.central
    plant = 0.0
    if project.investment is not None and not project.investment.in_cost_gap:
        plant = project.investment.yearly_charge * remaining
    gift = 0.0 if project.loan is None else project.loan.yearly_gift * remaining
    gap_cost = project.yearly_gap_cost * remaining
    implied, product = implied_gaps(prepared.model, project, support)
    return {
        "measure": project.id,
        "imports_usd": support.imports,
        "replaced_usd": support.target,
        "gap": project.cost_gap.central,
        "gap_levelised": project.levelised_gap,
        "gap_implied": implied,
        "gap_implied_product": product,
        "agree": "yes" if agrees(project.cost_gap.central, product) else "no",
        "gap_cost_usd": gap_cost,
        "plant_usd": plant,
        "gift_usd": gift,
        "cost_per_dollar": (gap_cost + plant + gift) / support.target,
        "parity": parity(project),
        "gap_that_pays": _gap_that_pays(prepared, project, support, partners_usd, own),
        "partners_usd": partners_usd,
        "others_usd": float(welfare[~partner].sum()),
    }


def path_rows(project: ImportSubstitution) -> list[dict[str, object]]:
    """Output, gap and its cost year by year, and how often experience has doubled by then."""
    path, learning = project.path, project.learning
    units = [share for share in project.sites.values() if share > 0.0]
    most = 1.0 if learning is not None and learning.pooled else max(units)
    made = 0.0
    rows: list[dict[str, object]] = []
    for year, (output, gap, sold) in enumerate(zip(path.output, path.gap, path.sold, strict=True), start=1):
        doublings = (
            0.0 if learning is None else math.log2(1.0 + most * made / learning.initial_output.central)
        )
        rows.append(
            {
                "measure": project.id,
                "year": year,
                "replaced_usd": output,
                "gap": gap,
                "gap_cost_usd": gap * output,
                "experience_doublings": doublings,
            }
        )
        made += sold
    return rows


def parity(project: ImportSubstitution) -> str:
    """Calendar year in which cost meets the import, or the year of operation where no date is stated; never without learning."""
    year = project.parity_year
    if year is None:
        learns = project.learning is not None and project.learning.rate.central > 0.0
        return f"not within {CENTURY} years" if learns else NEVER
    return f"{project.in_force.year + year}" if project.in_force else f"year {year + 1} of operation"


def _gap_that_pays(
    prepared: Prepared,
    project: ImportSubstitution,
    support: Support,
    partners_usd: float,
    own_shocks: Sequence[Shock],
) -> float:
    """The gap (levelised where the project learns) at which the partners together neither gain nor lose from the project alone.

    It is run again at other gaps: steps of the secant from the project without a gap and as stated. The supports stay as they are, for
    they do not hang on the gap: its cost takes the household's own bundle, so that demand is the same, and purchases of plant are no
    part of what supports are solved beside. Where it does not pay without a gap, the gain without one over what is replaced: below zero.
    """
    supports = [shock for shock in own_shocks if isinstance(shock, SupportShock)]

    def gain(gap: float) -> float:
        changed = prepared.programme.only([project.id]).with_estimates({project.id: {"cost_gap": gap}})
        solved = iter(supports)
        own = [
            replace(shock, factor=next(solved).factor) if isinstance(shock, SupportShock) else shock
            for shock in match_shocks(prepared.programme, prepared.world, changed.shocks())
        ]
        welfare = prepared.welfare(prepared.model.solve([*prepared.checked.context, *own]))
        return float(sum(welfare[prepared.position(partner)] for partner in prepared.checked.partners))

    def levelised(gap: float) -> float:
        return project.with_estimates({"cost_gap": gap}).levelised_gap

    one, first = 0.0, gain(0.0)
    free = first / support.target
    if first <= 0.0:
        return free
    other, second = project.cost_gap.central, partners_usd
    if (
        other <= 0.0
    ):  # stated without a gap: the search begins at the one that would take the gain if partners paid all of it
        other = min(free, HIGHEST)
        second = gain(other)
    for _ in range(MOST_STEPS):
        if abs(second) <= CLOSE * first or second == first:
            break
        guess = other - second * (other - one) / (second - first)
        if not 0.0 <= guess <= HIGHEST:
            return free  # no gap that may be stated takes all that the project brings
        one, first_of = other, second
        other, second, first = guess, gain(guess), first_of
    return levelised(other)


def _effect_rows(
    prepared: Prepared, project: ImportSubstitution, own: list[Shock], alone: Equilibrium
) -> list[dict[str, object]]:
    sectors = adapter.sector_frame(prepared.model, prepared.context_alone, alone)
    made = sectors[sectors["sector"] == _sector(own)].set_index("region")["output_change_usd"]
    sites = {site for shock in own if isinstance(shock, SupportShock) for site in shock.flows.exporters or ()}
    welfare = prepared.welfare(alone)
    rows: list[dict[str, object]] = []
    for place, region in enumerate(prepared.world.regions):
        partner = region in prepared.checked.partners
        pays, gets = _payments(own, region)
        rows.append(
            {
                "measure": project.id,
                "region": region,
                "region_name": prepared.world.region_names[region],
                "place": "site" if region in sites else "partner" if partner else "third country",
                "output_usd": float(made.get(region, 0.0)),
                "household_usd": float(welfare[place]),
                "pays_usd": pays,
                "gets_usd": gets,
            }
        )
    return rows


def _sector(own: list[Shock]) -> str:
    (sector,) = {
        sector for shock in own if isinstance(shock, SupportShock) for sector in shock.flows.sectors or ()
    }
    return sector


def _payments(own: list[Shock], region: str) -> tuple[float, float]:
    pays, gets = 0.0, 0.0
    for shock in own:
        if isinstance(shock, ResourceCostShock | PurchaseShock | TransferShock) and shock.payer == region:
            pays += shock.weight * shock.amount
        if isinstance(shock, TransferShock) and shock.recipient == region:
            gets += shock.weight * shock.amount
    return pays, gets


def _sentence(row: dict[str, object]) -> str:
    limit, gap, cost = (
        float(str(row[name])) for name in ("gap_that_pays", "gap_levelised", "cost_per_dollar")
    )
    pays = (
        f"it would pay the partners up to a cost gap of {100 * limit:.1f}%, and the gap is {100 * gap:.1f}%"
        if limit > 0.0
        else "it would not pay the partners even without a cost gap"
    )
    when = str(row["parity"])
    met = f"meets the import's in {when}"
    if when == NEVER:
        met = "never meets the import's, for it does not learn"
    elif when.startswith("not"):
        met = f"does not meet the import's within {CENTURY} years"
    return (
        f"{row['measure']}: each dollar of import replaced costs {cost:.2f} dollars a year beside the import's price; {pays}; "
        f"its cost {met}."
    )
