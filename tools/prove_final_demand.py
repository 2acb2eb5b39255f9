"""Prove the imputation of final demand where the truth is known: WIOD 2013 release (hide, impute, compare).

    python tools/prove_final_demand.py profile    # measure the profiles: src/accord/world/sources/final_demand_profile.csv
    python tools/prove_final_demand.py            # write the tables of docs/methods/final-demand.md

The data are looked for in $ACCORD_SHARED, or ../shared/data beside the clone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from accord.adapters.equilibrium import build_model
from accord.engines.equilibrium import no_change, solve
from accord.programme.model import ModelOptions
from accord.world.build import rebuilt
from accord.world.impute import (
    DEFAULT_VARIANT,
    USES,
    VARIANTS,
    NationalAccounts,
    Profile,
    impute_final_demand,
)
from accord.world.sources.wiod2013 import read_wiod2013
from accord.world.world import World

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("ACCORD_SHARED") or ROOT.parent / "shared" / "data")
DOCUMENT = ROOT / "docs" / "methods" / "final-demand.md"
BEGIN, END = "<!-- begin: tools/prove_final_demand.py -->", "<!-- end: tools/prove_final_demand.py -->"

TRADABLES = 16
"""Industries c1 to c16: agriculture, mining and manufacturing; the rest are utilities, construction and services."""

FACTOR_RANGE = (0.2, 50.0)
"""Factors outside come from uses that hardly buy the product."""

PROFILE_YEAR = 2011
PROFILE_FILE = ROOT / "src" / "accord" / "world" / "sources" / "final_demand_profile.csv"
PROFILE_HEADER = """\
# Final demand by product in the World Input-Output Database, 2013 release, year {year}; all 41 regions together.
# share_*: share of the product's final sales that goes to the use. home_odds_*: odds of buying at home for the use, divided by the
# odds in intermediate use; geometric mean over regions weighted by purchases, held within {low:g} to {high:g}.
# Source: Timmer et al. (2015), Review of International Economics 23(3), 575-605. Made by tools/prove_final_demand.py profile
"""

INDUSTRIES = {
    "c1": "Agriculture, hunting, forestry and fishing",
    "c2": "Mining and quarrying",
    "c3": "Food, beverages and tobacco",
    "c4": "Textiles and textile products",
    "c5": "Leather and footwear",
    "c6": "Wood and cork products",
    "c7": "Pulp, paper, printing and publishing",
    "c8": "Coke, refined petroleum and nuclear fuel",
    "c9": "Chemicals",
    "c10": "Rubber and plastics",
    "c11": "Other non-metallic minerals",
    "c12": "Basic and fabricated metals",
    "c13": "Machinery n.e.c.",
    "c14": "Electrical and optical equipment",
    "c15": "Transport equipment",
    "c16": "Manufacturing n.e.c.; recycling",
    "c17": "Electricity, gas and water supply",
    "c18": "Construction",
    "c19": "Sale and repair of motor vehicles; sale of fuel",
    "c20": "Wholesale trade",
    "c21": "Retail trade; repair of household goods",
    "c22": "Hotels and restaurants",
    "c23": "Inland transport",
    "c24": "Water transport",
    "c25": "Air transport",
    "c26": "Supporting transport activities; travel agencies",
    "c27": "Post and telecommunications",
    "c28": "Financial intermediation",
    "c29": "Real estate activities",
    "c30": "Renting and other business activities",
    "c31": "Public administration and defence",
    "c32": "Education",
    "c33": "Health and social work",
    "c34": "Other community, social and personal services",
    "c35": "Private households with employed persons",
}


class Table(NamedTuple):
    """A table with known final demand.

    Attributes:
        intermediate: Z (exporter, supplying_sector, importer, using_sector).
        final_demand: Y (exporter, supplying_sector, importer, use); negative cells settled as `wiod-2013` does.
    """

    intermediate: np.ndarray
    final_demand: np.ndarray

    @property
    def row_totals(self) -> np.ndarray:
        """Final sales (exporter, sector) to all destinations."""
        return self.final_demand.sum(axis=(2, 3))


def read_year(year: int) -> World:
    """The World 'wiod-2013' of a year."""
    return read_wiod2013(SHARED / "wiod2013" / f"wiot_{year}.npz")


def table_of(world: World) -> Table:
    """Its flows, in float64."""
    return Table(*(world.data[key].values.astype(np.float64) for key in ("intermediate", "final_demand")))


def true_accounts(table: Table) -> NationalAccounts:
    """What national accounts would say about this table."""
    spending = table.final_demand.sum(axis=(0, 1))
    flows = table.intermediate.sum(axis=(1, 3)) + table.final_demand.sum(axis=(1, 3))
    balance = flows.sum(axis=1) - flows.sum(axis=0)
    return NationalAccounts(balance, spending / spending.sum(axis=1, keepdims=True))


def measured_profile(table: Table) -> Profile:
    """Use shares by product, and how much higher the odds of buying at home are in final than in intermediate use."""
    final = table.final_demand
    by_use = final.sum(axis=(0, 2))
    home = np.arange(final.shape[0])

    def home_odds(flows: np.ndarray) -> np.ndarray:
        total = flows.sum(axis=0)
        inside = np.moveaxis(flows[home, :, home], 0, 1)
        # Shares so near zero or one that their odds are rounding are held off the ends.
        share = np.clip(
            np.divide(inside, total, out=np.full_like(total, 0.5), where=total > 0.0), 1e-3, 1 - 1e-3
        )
        return np.log(share / (1.0 - share))

    inputs = home_odds(table.intermediate.sum(axis=3))
    weights = final.sum(axis=0)
    factor = np.empty(by_use.shape)
    for use in range(len(USES)):
        gap = home_odds(final[..., use]) - inputs
        weight = weights[..., use]
        factor[:, use] = np.exp((gap * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-12))
    factor = np.clip(factor, *FACTOR_RANGE)
    return Profile(by_use / by_use.sum(axis=1, keepdims=True), factor)


# Imputing, and measuring how wrong it is ------------------------------------------------------------------------------


def imputed(table: Table, accounts: NationalAccounts, profile: Profile, variant: str) -> np.ndarray:
    regions, industries = table.row_totals.shape
    return impute_final_demand(
        table.intermediate,
        table.row_totals,
        accounts,
        profile,
        variant=variant,
        regions=[str(position) for position in range(regions)],
        sectors=list(INDUSTRIES)[:industries],
    )


class Errors(NamedTuple):
    """Weighted absolute error, sum |estimate - truth| / sum truth, in %, and weights.

    Attributes:
        by_use: (tradables home, tradables foreign, services home, services foreign) x uses.
        all_uses: The same cells, uses added up first.
        weight: Share of the cells in all final demand, %.
        final_imports: Error in each region's final imports, all products together, %.
        bilateral: Error in final sales from region to region, all products together, %.
    """

    by_use: np.ndarray
    all_uses: np.ndarray
    weight: np.ndarray
    final_imports: float
    bilateral: float


CELLS = ("tradables, home", "tradables, foreign", "services, home", "services, foreign")


def errors_of(estimate: np.ndarray, truth: np.ndarray) -> Errors:
    # Axes (sector, exporter, importer, use), so that one mask picks home flows.
    estimate, truth = estimate.transpose(1, 0, 2, 3), truth.transpose(1, 0, 2, 3)
    home = np.eye(truth.shape[1], dtype=bool)
    by_use, all_uses, weight = [], [], []
    for products in (slice(0, TRADABLES), slice(TRADABLES, None)):
        for cells in (home, ~home):
            found, true = estimate[products][:, cells], truth[products][:, cells]
            by_use.append(np.abs(found - true).sum(axis=(0, 1)) / true.sum(axis=(0, 1)))
            all_uses.append(np.abs(found.sum(axis=2) - true.sum(axis=2)).sum() / true.sum())
            weight.append(true.sum() / truth.sum())
    found, true = (np.where(home, 0.0, flows.sum(axis=(0, 3))) for flows in (estimate, truth))
    return Errors(
        100 * np.array(by_use),
        100 * np.array(all_uses),
        100 * np.array(weight),
        float(100 * np.abs(found.sum(axis=0) - true.sum(axis=0)).sum() / true.sum()),
        float(100 * np.abs(found - true).sum() / true.sum()),
    )


def without_rest_of_world(table: Table) -> tuple[Table, Table]:
    """The table as a source that leaves out the last region gives it, and the truth among the others.

    What the others sell to it is in their row totals; what they buy from it as inputs is in their income.
    """
    inner = slice(0, -1)
    flows = table.intermediate[inner, :, inner]
    folded = table.row_totals[inner] + table.intermediate[inner, :, -1].sum(axis=2)
    truth = Table(flows, table.final_demand[inner, :, inner])
    # Row totals are all that the imputation reads of final demand; one cell can hold them.
    seen = np.zeros_like(truth.final_demand)
    home = np.arange(len(folded))
    seen[home, :, home, 0] = folded
    return Table(flows, seen), truth


# The error that it causes in a welfare result -------------------------------------------------------------------------

COST_CUT = 0.9
"""Iceberg costs fall by 10%."""


PAIRS = ("DEU RUS", "USA MEX", "POL DEU", "CHN JPN", "GBR IRL", "TUR ITA", "RUS CHN", "IND USA")
"""Pairs whose mutual trade costs are cut: large and small, near and far."""


class WelfareErrors(NamedTuple):
    """Errors in exact household equivalent variation.

    Attributes:
        all_trade: Mean absolute error over regions when all foreign trade gets cheaper, percentage points.
        all_trade_weighted: The same weighted by household consumption.
        pairs: Mean error of the gains of both members when a pair's mutual trade gets cheaper, % of the true gain.
        largest_pair: The largest of these, and whose.
        whose: Its region and pair.
    """

    all_trade: float
    all_trade_weighted: float
    pairs: float
    largest_pair: float
    whose: str


def household_gains(world: World, cut: np.ndarray) -> np.ndarray:
    """Exact household equivalent variation (region,), %, of cutting trade costs where `cut` (importer, exporter) by 10%."""
    model = build_model(world, (), ModelOptions(closure="world-share"))
    costs = np.where(cut, COST_CUT, 1.0)
    scenario = no_change(model.base)._replace(
        trade_cost_hat=np.broadcast_to(costs, model.base.wedges.tariff.shape)
    )
    state = solve(model.base, scenario, model.options)
    return 100.0 * (state.household_consumption / model.unchanged.household_consumption - 1.0)


def all_gains(world: World) -> dict[str, np.ndarray]:
    """Gains (region,) of every shock by name."""
    foreign = ~np.eye(len(world.regions), dtype=bool)
    gains = {"all": household_gains(world, foreign)}
    for pair in PAIRS:
        members = np.isin(world.regions, pair.split())
        gains[pair] = household_gains(world, foreign & np.outer(members, members))
    return gains


def welfare_errors(world: World, estimate: np.ndarray, truth: dict[str, np.ndarray]) -> WelfareErrors:
    """Compare gains in `world` with final demand `estimate` with the true ones."""
    found = all_gains(rebuilt(world, provenance=world.provenance, final_demand=estimate))
    error = np.abs(found["all"] - truth["all"])
    household = world.data["final_demand"].values[..., 0].sum(axis=(0, 1), dtype=np.float64)
    relative = {}
    for pair in PAIRS:
        for member in pair.split():
            at = world.regions.index(member)
            relative[f"{member} in {pair.replace(' ', '-')}"] = 100 * abs(
                found[pair][at] / truth[pair][at] - 1.0
            )
    worst = max(relative, key=lambda name: relative[name])
    return WelfareErrors(
        float(error.mean()),
        float(np.average(error, weights=household)),
        float(np.mean(list(relative.values()))),
        float(relative[worst]),
        worst,
    )


# Writing --------------------------------------------------------------------------------------------------------------


def write_profile() -> None:
    """Measure the profiles and write the file that the package ships."""
    profile = measured_profile(table_of(read_year(PROFILE_YEAR)))
    low, high = FACTOR_RANGE
    lines = [PROFILE_HEADER.format(year=PROFILE_YEAR, low=low, high=high)]
    columns = [f"{kind}_{use}" for kind in ("share", "home_odds") for use in USES]
    lines.append(",".join(["industry", "name", *columns]) + "\n")
    for position, (code, name) in enumerate(INDUSTRIES.items()):
        numbers = [*profile.use_share[position], *profile.home_odds_factor[position]]
        lines.append(",".join([code, f'"{name}"', *(f"{number:.6f}" for number in numbers)]) + "\n")
    PROFILE_FILE.write_text("".join(lines), encoding="utf-8")


TABLE_1 = (
    "**Table 1.** Weighted absolute error of imputed final demand, uses added up, in % of true purchases; "
    "WIOD 2011 with profiles of 2008."
)
TABLE_3 = (
    "**Table 3.** Error in exact household equivalent variation of a 10% cut of iceberg costs against the true table, "
    "WIOD 2011 (41 x 35, closure world-share, default elasticities)."
)


def published_tables() -> str:
    """The tables of the methods page, in Markdown."""
    worlds = {year: read_year(year) for year in (1995, 2008, 2011)}
    profiles = {year: measured_profile(table_of(world)) for year, world in worlds.items()}
    world, table = worlds[2011], table_of(worlds[2011])
    accounts = true_accounts(table)
    estimates = {variant: imputed(table, accounts, profiles[2008], variant) for variant in VARIANTS}
    found = {variant: errors_of(estimate, table.final_demand) for variant, estimate in estimates.items()}
    default = found[DEFAULT_VARIANT]
    headings = [*CELLS, "final imports by region", "bilateral totals"]
    lines = [
        TABLE_1,
        "",
        *_heading("variant", headings),
        _row("*share of all final demand, %*", default.weight) + " | |",
        *(_row(_shown(variant), _summary(errors)) for variant, errors in found.items()),
    ]
    dropped, truth = without_rest_of_world(table)
    inner = NationalAccounts(accounts.trade_balance[:-1], accounts.use_share[:-1])
    folded = errors_of(imputed(dropped, inner, profiles[2008], DEFAULT_VARIANT), truth.final_demand)
    lines += [
        _row(f"{DEFAULT_VARIANT}, rest of the world left out of the table", _summary(folded)),
        "",
        f"**Table 2.** The same use by use, variant {DEFAULT_VARIANT}.",
        "",
        *_heading("use", CELLS),
        *(_row(use, default.by_use[:, position]) for position, use in enumerate(USES)),
        "",
        TABLE_3,
        "",
        *_heading("variant", WELFARE_HEADINGS),
    ]
    gains = all_gains(world)
    lines += [
        _welfare_row(_shown(variant), welfare_errors(world, estimate, gains))
        for variant, estimate in estimates.items()
    ]
    lines += [
        "",
        f"**Table 4.** Other years, variant {DEFAULT_VARIANT}, always with the profiles of another year.",
        "",
        *_heading("year (profiles of)", [*headings, *WELFARE_HEADINGS]),
    ]
    for year, other in ((1995, 2008), (2008, 2011), (2011, 2008)):
        known = table_of(worlds[year])
        estimate = imputed(known, true_accounts(known), profiles[other], DEFAULT_VARIANT)
        cells = _row(f"{year} ({other})", _summary(errors_of(estimate, known.final_demand)))
        lines.append(
            cells + _welfare_row("", welfare_errors(worlds[year], estimate, all_gains(worlds[year])))[4:]
        )
    return "\n".join(lines) + "\n"


WELFARE_HEADINGS = (
    "all foreign trade: mean error, points",
    "weighted by consumption",
    "eight pairs: mean error, % of the gain",
    "largest",
)


def _summary(errors: Errors) -> list[float]:
    return [*errors.all_uses, errors.final_imports, errors.bilateral]


def _heading(first: str, others: Sequence[str]) -> list[str]:
    return [f"| {first} | " + " | ".join(others) + " |", "| --- |" + " ---: |" * len(others)]


def _row(first: str, values: Iterable[float]) -> str:
    return f"| {first} | " + " | ".join(f"{value:.1f}" for value in values) + " |"


def _welfare_row(first: str, errors: WelfareErrors) -> str:
    return (
        f"| {first} | {errors.all_trade:.2f} | {errors.all_trade_weighted:.2f} | {errors.pairs:.1f} "
        f"| {errors.largest_pair:.0f} ({errors.whose}) |"
    )


def _shown(variant: str) -> str:
    return f"**{variant}** (default)" if variant == DEFAULT_VARIANT else variant


def write_tables() -> None:
    """Put the tables between their markers in the methods page."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{published_tables()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write_profile() if sys.argv[1:] == ["profile"] else write_tables()
