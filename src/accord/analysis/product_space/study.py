"""What could be made at home or jointly: one call, tables out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from accord.analysis.product_space.candidates import (
    MADE,
    NEAR,
    ONLY_AS_ONE,
    ONLY_POOLED,
    CandidateRules,
    candidate_frame,
    criteria_met,
    feasibility,
)
from accord.analysis.product_space.concordance import LEFT_OUT, Match, members_of, sectors_of
from accord.analysis.product_space.reliance import INFERRED, MEASURED, UNKNOWN, Reliance, reliance
from accord.analysis.product_space.space import (
    ALONE,
    AS_ONE,
    Economy,
    ProductSpace,
    place_partners,
    product_space,
)
from accord.tables import Column, Table
from accord.world.products import ExportsTable
from accord.world.world import World

LEAST_EXPORTS = 1000.0
"""USD million: the Atlas of Economic Complexity ranks countries with at least USD 1 billion of exports (and a million people)."""

ECI = "second eigenvector, Hausmann et al. (2014); mean 0, deviation 1 over countries"
PCI = "mean complexity of exporters on the eigenvector, in units of country complexity"
RCA = "share in own exports over share in world exports, Balassa (1965)"
DENSITY = "share of the product's proximity in products present, Hidalgo et al. (2007)"
STANDING = "share of the product's other exporters with no higher density (the product itself left out)"
GAIN = "rise of the complexity outlook, Hausmann et al. (2014), as in ecomplexity"


@dataclass(frozen=True)
class JointProducts:
    """What partners could make, alone and together.

    Attributes:
        partners: Codes of the partners.
        economies: A row for each partner, for the partners as one economy, and for their pooled know-how.
        products: A row for each product: complexity, reliance on non-partners, feasibility.
        positions: A row for each economy and product: advantage, density, standing, gain.
        candidates: Candidates for joint import substitution, best first, with reasons.
        focus: Products of the chosen group and the rule that put each there; empty without a group.
        notes: What a reader must know, one sentence each.
        rules: Thresholds that candidates meet.
    """

    partners: tuple[str, ...]
    economies: Table
    products: Table
    positions: Table
    candidates: Table
    focus: Table
    notes: tuple[str, ...]
    rules: CandidateRules

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in the order of reading."""
        return (self.economies, self.candidates, self.products, self.positions, self.focus)


def joint_products(
    table: ExportsTable,
    partners: Sequence[str],
    *,
    world: World | None = None,
    focus: str | None = None,
    rules: CandidateRules | None = None,
    least_exports: float = LEAST_EXPORTS,
) -> JointProducts:
    """Say what the partners could make at home or jointly.

    Args:
        table: Exports by country and product of the whole world.
        partners: Two or more country codes.
        world: World that says how far sectors rely on non-partners; needed when the table is not bilateral.
        focus: Group of products to which candidates are confined ("machinery", "electronics", "machine-tools").
        rules: Thresholds.
        least_exports: Countries that export less, USD million, are left out of the product space; partners stay.
    """
    partners = tuple(partners)
    rules = rules or CandidateRules()
    space = product_space(table, least_exports=least_exports, keep=partners)
    members = None if focus is None else members_of(space.table, focus)
    left_out = members_of(space.table, LEFT_OUT)
    economies = place_partners(space, partners)
    sectors = sectors_of(space.table)
    bought = reliance(table, space.table.products, sectors, partners, world)
    feasible = feasibility(economies, rules)
    candidates = candidate_frame(
        space, economies, bought, feasible, rules, sectors=sectors, focus=members, left_out=left_out
    )
    return JointProducts(
        partners,
        _economy_table(space, economies, candidates),
        _product_table(space, sectors, bought, feasible, economies),
        _position_table(space, economies),
        _candidate_table(space, candidates, partners, bought, rules),
        _focus_table(space, members, focus),
        _notes(space, economies, bought, left_out, world, rules),
        rules,
    )


def _economy_table(space: ProductSpace, economies: Sequence[Economy], candidates: pd.DataFrame) -> Table:
    source = space.table.source
    ranks = [1 + int((space.ranked.countries > economy.complexity + 1e-12).sum()) for economy in economies]
    frame = pd.DataFrame(
        {
            "economy": [economy.name for economy in economies],
            "kind": [economy.kind for economy in economies],
            "exports": [float(economy.exports.sum()) for economy in economies],
            "products_present": [int(economy.present.sum()) for economy in economies],
            "complexity": [economy.complexity for economy in economies],
            "complexity_rank": ranks,
            "outlook": [economy.outlook for economy in economies],
            "mean_density": [float(economy.dense.mean()) for economy in economies],
            "candidates": [_count(candidates, economy) for economy in economies],
        }
    )
    columns = {
        "economy": Column("label", "Economy", source=source),
        "kind": Column("label", "Taken", "as one: exports added; pooled: present where any partner is"),
        "exports": Column("USD million", "Exports", "sum over products, sales to partners included", source),
        "products_present": Column("count", "Products with advantage", f"{RCA}, at least 1", source),
        "complexity": Column("number", "Complexity (ECI)", ECI, source),
        "complexity_rank": Column("count", f"Rank among {len(space.table.countries)} countries", ECI, source),
        "outlook": Column(
            "number",
            "Complexity outlook (COI)",
            "Hausmann et al. (2014), standardised over countries",
            source,
        ),
        "mean_density": Column("share", "Mean density", DENSITY, source),
        "candidates": Column(
            "count",
            "Candidates",
            "candidates that this economy makes or has near; the others count what needs them",
        ),
    }
    return Table("economies", "Where the partners stand in the product space", frame, columns, ("economy",))


def _count(candidates: pd.DataFrame, economy: Economy) -> int:
    if economy.kind == ALONE:
        mine = candidates["status"].isin((MADE, NEAR)) & candidates["who"].map(
            lambda who: economy.name in str(who).split(", ")
        )
        return int(mine.sum())
    return int((candidates["status"] == (ONLY_AS_ONE if economy.kind == AS_ONE else ONLY_POOLED)).sum())


def _product_table(
    space: ProductSpace,
    sectors: Sequence[Match | None],
    bought: Reliance,
    feasible: pd.DataFrame,
    economies: Sequence[Economy],
) -> Table:
    table, source = space.table, space.table.source
    (as_one,) = (economy for economy in economies if economy.kind == AS_ONE)
    frame = pd.DataFrame(
        {
            "product": list(table.products),
            "product_name": [table.name_of_product(product) for product in table.products],
            "sector": [match.answer if match else "" for match in sectors],
            "sector_rule": [match.rule if match else "" for match in sectors],
            "world_exports": table.exports.sum(axis=0),
            "exporters": space.present.sum(axis=0),
            "complexity": space.ranked.products,
            "imports_from_others": bought.from_others,
            "import_share": bought.import_share,
            "use_share": bought.use_share,
            "basis": list(bought.text),
            "import_hhi": bought.concentration,
            "largest_supplier": list(bought.largest),
            "largest_supplier_share": bought.largest_share,
            "criteria_met": criteria_met(bought, as_one),
            "status": feasible["status"],
            "who": feasible["who"],
            "standing": feasible["standing"],
        }
    )
    columns = {
        "product": Column("label", "Product", source=source),
        "product_name": Column("label", "Name", source=source),
        "sector": Column("label", "Sector", "product_sectors.csv", "OECD ICIO 2022 codes"),
        "sector_rule": Column("label", "Sector by", "product_sectors.csv"),
        "world_exports": Column("USD million", "World exports", "sum over countries", source),
        "exporters": Column("count", "Exporters with advantage", f"{RCA}, at least 1", source),
        "complexity": Column("number", "Complexity (PCI)", PCI, source),
        **_reliance_columns(bought),
        **_supplier_columns(bought),
        "status": Column("label", "Feasible", STANDING, source),
        "who": Column("label", "For whom", STANDING, source),
        "standing": Column("share", "Standing", STANDING, source),
    }
    return Table("products", "Every product: complexity, reliance, feasibility", frame, columns, ("product",))


def _reliance_columns(bought: Reliance) -> dict[str, Column]:
    kinds = " and ".join(kind for kind in (MEASURED, INFERRED) if kind in bought.basis)
    how = f"from {kinds}; see the column basis"
    return {
        "imports_from_others": Column("USD million", "Imports from non-partners", how),
        "import_share": Column("share", "Non-partners' share of imports", how),
        "use_share": Column(
            "share",
            "Non-partners' share of use (sector)",
            "purchases of the sector's products, home sales included",
        ),
        "basis": Column("label", "Basis of imports"),
    }


def _supplier_columns(bought: Reliance) -> dict[str, Column]:
    known = "" if MEASURED in bought.basis else "; unknown here, for exports are given without importers"
    return {
        "import_hhi": Column(
            "number", "HHI of imports from non-partners", f"Herfindahl-Hirschman index over countries{known}"
        ),
        "largest_supplier": Column("label", "Largest non-partner"),
        "largest_supplier_share": Column(
            "share", "Its share of imports from non-partners", known.lstrip("; ")
        ),
        "criteria_met": Column(
            "count",
            "European Commission's criteria met, of 3",
            f"SWD(2021) 352: HHI of imports above 0.4, non-partners' share of imports above 0.5, imports over exports above 1{known}",
        ),
    }


def _position_table(space: ProductSpace, economies: Sequence[Economy]) -> Table:
    source, products = space.table.source, list(space.table.products)
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "economy": economy.name,
                    "product": products,
                    "exports": economy.exports,
                    "advantage": economy.advantage,
                    "present": np.where(economy.present, "yes", "no"),
                    "density": economy.dense,
                    "standing": economy.standing,
                    "gain": economy.gain,
                }
            )
            for economy in economies
        ],
        ignore_index=True,
    )
    columns = {
        "economy": Column("label", "Economy", source=source),
        "product": Column("label", "Product", source=source),
        "exports": Column("USD million", "Exports", "", source),
        "advantage": Column("number", "Revealed comparative advantage", RCA, source),
        "present": Column("label", "Present", f"{RCA}, at least 1", source),
        "density": Column("share", "Density", DENSITY, source),
        "standing": Column("share", "Standing", STANDING, source),
        "gain": Column("number", "Opportunity gain (COG)", GAIN, source),
    }
    return Table("positions", "Each economy in each product", frame, columns, ("economy", "product"))


def _candidate_table(
    space: ProductSpace,
    frame: pd.DataFrame,
    partners: tuple[str, ...],
    bought: Reliance,
    rules: CandidateRules,
) -> Table:
    source = space.table.source
    score = "imports from non-partners x standing; 1 where a partner has advantage already"
    reliances = _reliance_columns(bought)
    columns = {
        "rank": Column("count", "Rank", score),
        "product": Column("label", "Product", source=source),
        "product_name": Column("label", "Name", source=source),
        "sector": Column("label", "Sector", "product_sectors.csv"),
        "status": Column("label", "Feasible", f"{STANDING}, at least {rules.reach}", source),
        "who": Column("label", "For whom", STANDING, source),
        "score": Column("USD million", "Score", score, source),
        "imports_from_others": reliances["imports_from_others"],
        "import_share": reliances["import_share"],
        "imports_to_exports": Column(
            "number", "Imports from non-partners over own exports", "blank: no exports", source
        ),
        "use_share": reliances["use_share"],
        **_supplier_columns(bought),
        "standing": Column("share", "Standing", STANDING, source),
        "complexity": Column("number", "Complexity (PCI)", PCI, source),
        "gain_as_one": Column("number", "Gain as one economy (COG)", GAIN, source),
        **{f"density_{name}": Column("share", f"Density of {name}", DENSITY, source) for name in partners},
        "density_as_one": Column("share", "Density as one economy", DENSITY, source),
        "basis": reliances["basis"],
        "reason": Column("label", "Why"),
    }
    title = f"Candidates for joint import substitution, {' and '.join(partners)}"
    return Table("candidates", title, frame, columns, ("product",))


def _focus_table(space: ProductSpace, members: Sequence[Match | None] | None, focus: str | None) -> Table:
    found = [
        (product, space.table.name_of_product(product), match.rule)
        for product, match in zip(space.table.products, members or [], strict=False)
        if match is not None
    ]
    frame = pd.DataFrame(found, columns=["product", "product_name", "rule"], dtype=object)
    columns = {
        "product": Column("label", "Product", source=space.table.source),
        "product_name": Column("label", "Name", source=space.table.source),
        "rule": Column("label", "In the group because", "product_groups.csv"),
    }
    return Table(
        "focus", f"Products taken as {focus}" if focus else "No group chosen", frame, columns, ("product",)
    )


def _notes(
    space: ProductSpace,
    economies: Sequence[Economy],
    bought: Reliance,
    left_out: Sequence[Match | None],
    world: World | None,
    rules: CandidateRules,
) -> tuple[str, ...]:
    notes = list(space.table.notes)
    if INFERRED in bought.basis and world is not None:
        notes.append(
            f"Imports by product are inferred: those of the product's sector in World '{world.name}' ({world.year}), shared out by world "
            f"exports of {space.table.source}. They rank sectors well and products within a sector only by their weight in world trade."
        )
    unknown = [
        name for name, basis in zip(space.table.products, bought.basis, strict=True) if basis == UNKNOWN
    ]
    if unknown:
        notes.append(
            f"Without a sector, so never candidates: {len(unknown)} products ({', '.join(unknown[:3])})."
        )
    largest = max(
        (economy for economy in economies if economy.kind == ALONE), key=lambda economy: economy.exports.sum()
    )
    (as_one,) = (economy for economy in economies if economy.kind == AS_ONE)
    share = largest.exports.sum() / as_one.exports.sum()
    notes.append(
        f"As one economy the partners' exports are added, so {largest.name} weighs {share:.0%} in them; pooled know-how counts a product "
        "as present where any partner has it, whatever its size, and is the upper bound of what working together could open."
    )
    arms = sum(match is not None for match in left_out)
    if arms:
        notes.append(f"{arms} products are arms or explosives; accord proposes none of them.")
    notes.append(
        f"Candidates: non-partners have more than {rules.least_import_share:.0%} of the partners' imports, these exceed "
        f"{rules.least_imports_to_exports:g} x the partners' exports and the quantile {rules.size_quantile:g} of all products, and at "
        f"least {rules.reach:.0%} of other exporters make the product from no higher density. Density says what is near, not what pays."
    )
    return tuple(notes)
