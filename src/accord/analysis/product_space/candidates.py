"""Candidates for joint import substitution: bought from non-partners, large enough, and near to what partners make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from accord.analysis.indicators import thresholds
from accord.analysis.product_space.concordance import Match
from accord.analysis.product_space.reliance import MEASURED, Reliance
from accord.analysis.product_space.space import ALONE, AS_ONE, POOLED, Economy, ProductSpace
from accord.errors import WorldError

MADE, NEAR, ONLY_AS_ONE, ONLY_POOLED, FAR = (
    "made already",
    "near",
    "only as one economy",
    "only with pooled know-how",
    "out of reach",
)
"""How feasible a product is, from the least to the most that it asks for."""


@dataclass(frozen=True)
class CandidateRules:
    """When a product is a candidate. Every threshold is a choice; change it and say so.

    Attributes:
        least_import_share: Share of non-partners in the partners' imports above which reliance is high. The European Commission's
            second criterion of strategic dependence (SWD(2021) 352), extra-EU over total imports > 0.5, read for the partners.
        least_imports_to_exports: Imports from non-partners over the partners' own exports of the product: its third criterion, > 1.
        least_use_share: Share of non-partners in all purchases of the sector, where a World says so; ours, no published value.
        size_quantile: Sizeable are imports from non-partners above this quantile of all products; ours.
        reach: Near is a product when this share of its other exporters make it from no higher density; ours.
    """

    least_import_share: float = 0.5
    least_imports_to_exports: float = 1.0
    least_use_share: float = 0.1
    size_quantile: float = 0.5
    reach: float = 0.25

    def __post_init__(self) -> None:
        shares = (self.least_import_share, self.least_use_share, self.size_quantile, self.reach)
        if not all(0.0 <= share <= 1.0 for share in shares) or self.least_imports_to_exports < 0.0:
            raise WorldError(
                f"rules for candidates are shares between 0 and 1, and a ratio of 0 or more: {self}"
            )


def feasibility(economies: Sequence[Economy], rules: CandidateRules) -> pd.DataFrame:
    """For each product, how feasible it is (`status`), for whom (`who`), and how firmly (`standing`)."""
    alone = [economy for economy in economies if economy.kind == ALONE]
    (as_one,) = (economy for economy in economies if economy.kind == AS_ONE)
    (pooled,) = (economy for economy in economies if economy.kind == POOLED)
    made = np.array([economy.present for economy in alone])
    standing = np.array([economy.standing for economy in alone])
    advantage = np.array([economy.advantage for economy in alone])
    near = standing >= rules.reach
    names = [economy.name for economy in alone]
    status, who, firm = [], [], []
    for product in range(made.shape[1]):
        some = bool(made[:, product].any())
        able = made[:, product] if some else near[:, product]
        if able.any():
            # The firmest comes first: by advantage where it is made, else by standing.
            firmest = np.argsort(-(advantage if some else standing)[:, product], kind="stable")
            status.append(MADE if some else NEAR)
            who.append(", ".join(names[index] for index in firmest if able[index]))
            firm.append(1.0 if some else standing[:, product].max())
        elif as_one.standing[product] >= rules.reach:
            status.append(ONLY_AS_ONE)
            who.append(as_one.name)
            firm.append(as_one.standing[product])
        else:
            within = pooled.standing[product] >= rules.reach
            status.append(ONLY_POOLED if within else FAR)
            who.append(pooled.name if within else "")
            firm.append(pooled.standing[product])
    return pd.DataFrame({"status": status, "who": who, "standing": np.array(firm, dtype=np.float64)})


def candidate_frame(
    space: ProductSpace,
    economies: Sequence[Economy],
    bought: Reliance,
    feasible: pd.DataFrame,
    rules: CandidateRules,
    *,
    sectors: Sequence[Match | None],
    focus: Sequence[Match | None] | None,
    left_out: Sequence[Match | None],
) -> pd.DataFrame:
    """The candidates, best first, each with its reason in words."""
    (as_one,) = (economy for economy in economies if economy.kind == AS_ONE)
    alone = [economy for economy in economies if economy.kind == ALONE]
    ratio = _imports_to_exports(bought, as_one)
    known = bought.from_others[bought.from_others > 0.0]
    size = float(np.quantile(known, rules.size_quantile)) if known.size else np.inf
    with np.errstate(invalid="ignore"):  # a blank meets no threshold but that of use, which needs a World
        relied = (bought.import_share > rules.least_import_share) & (ratio > rules.least_imports_to_exports)
        relied &= ~(bought.use_share < rules.least_use_share)
        chosen = relied & (bought.from_others >= size) & (feasible["status"].to_numpy() != FAR)
    chosen &= np.array([match is None for match in left_out])
    if focus is not None:
        chosen &= np.array([match is not None for match in focus])
    rows = [int(row) for row in np.flatnonzero(chosen)]
    table = space.table
    names = [table.name_of_product(table.products[row]) for row in rows]
    frame = pd.DataFrame(
        {
            "product": [table.products[row] for row in rows],
            "product_name": names,
            "sector": [_answer(sectors[row]) for row in rows],
            "status": feasible["status"].to_numpy()[rows],
            "who": feasible["who"].to_numpy()[rows],
            "score": bought.from_others[rows] * feasible["standing"].to_numpy()[rows],
            "imports_from_others": bought.from_others[rows],
            "import_share": bought.import_share[rows],
            "imports_to_exports": np.where(np.isfinite(ratio[rows]), ratio[rows], np.nan),
            "use_share": bought.use_share[rows],
            "import_hhi": bought.concentration[rows],
            "largest_supplier": [bought.largest[row] for row in rows],
            "largest_supplier_share": bought.largest_share[rows],
            "criteria_met": criteria_met(bought, as_one)[rows],
            "standing": feasible["standing"].to_numpy()[rows],
            "complexity": space.ranked.products[rows],
            "gain_as_one": as_one.gain[rows],
            **{f"density_{economy.name}": economy.dense[rows] for economy in alone},
            "density_as_one": as_one.dense[rows],
            "basis": [bought.text[row] for row in rows],
            "reason": [_reason(space, alone, bought, feasible, row) for row in rows],
        }
    )
    frame = frame.sort_values(["score", "product"], ascending=[False, True], ignore_index=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    return frame


def criteria_met(bought: Reliance, as_one: Economy) -> np.ndarray:
    """How many of the European Commission's three criteria of strategic dependence each product meets, for the partners as one.

    Blank where suppliers are unknown, for then the first criterion is. Thresholds: analysis/thresholds.toml.
    """
    limits = [
        thresholds()[name]["threshold"][0]["value"]
        for name in ("ec_concentration", "ec_extra_share", "ec_substitution")
    ]
    values = (bought.concentration, bought.import_share, _imports_to_exports(bought, as_one))
    with np.errstate(invalid="ignore"):
        met = sum((value > limit).astype(np.float64) for value, limit in zip(values, limits, strict=True))
    return np.where(np.isnan(bought.concentration), np.nan, met)


def _imports_to_exports(bought: Reliance, as_one: Economy) -> np.ndarray:
    """Imports from non-partners over the partners' exports of the product; infinite where they export none."""
    return np.divide(
        bought.from_others,
        as_one.exports,
        out=np.full_like(bought.from_others, np.inf),
        where=as_one.exports > 0.0,
    )


def _reason(
    space: ProductSpace, alone: Sequence[Economy], bought: Reliance, feasible: pd.DataFrame, row: int
) -> str:
    """Short sentences: how much is bought and from whom most, who can make it and why, what kind of product it is."""
    about = "" if bought.basis[row] == MEASURED else "About "
    buys = f"{about}USD {bought.from_others[row]:,.0f} million a year come from non-partners, {bought.import_share[row]:.0%} of imports."
    if bought.largest[row]:
        name = space.table.country_names.get(bought.largest[row], bought.largest[row])
        buys += f" {name} supplies {bought.largest_share[row]:.0%} of them."
    status, who, standing = (feasible[column].iloc[row] for column in ("status", "who", "standing"))
    if status == MADE:
        levels = {economy.name: economy.advantage[row] for economy in alone}
        makers = who.split(", ")
        able = " and ".join(f"{name} (advantage {levels[name]:.1f})" for name in makers)
        others = "" if len(makers) == len(alone) else " and could supply the others"
        can = f"{able} {'export' if len(makers) > 1 else 'exports'} it with advantage already{others}."
    else:
        subject = {
            NEAR: f"{who.split(', ')[0]} has",
            ONLY_AS_ONE: f"{_listed(alone)} as one economy have",
            ONLY_POOLED: f"{_listed(alone)} with their know-how pooled have",
        }[status]
        can = f"{subject} as much around it (density) as {standing:.0%} of the others that export it, or more"
        can += "." if status == NEAR else "; no partner alone reaches the threshold."
    complexity = space.ranked.products[row]
    return f"{buys} {can} {_level(complexity)} (complexity {complexity:+.1f})."


def _listed(economies: Sequence[Economy]) -> str:
    *first, last = [economy.name for economy in economies]
    return f"{', '.join(first)} and {last}"


def _level(complexity: float) -> str:
    """A product's complexity beside the mean country's."""
    if complexity > 0.5:
        return "A complex product"
    return "A simple product" if complexity < -0.5 else "A product of middling complexity"


def _answer(match: Match | None) -> str:
    return "" if match is None else match.answer
