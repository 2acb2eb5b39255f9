"""What projects cost year by year, beside the levelised gap and the loan that an equilibrium holds (METHODS section 9).

    cost of the year   g_t m,   1 + g_t = max(1, (1 + g_0) (Q_t / Q_0)^log2(1 - LR)),   Q_t = Q_0 + output made before the year
    in the equilibrium g m,     g levelised over the project's horizon: the same present value
    added to the year  (g - g_t) m to household consumption of the payers

The long run holds one cost, and the levelised one is the constant with the same present value. A path has years, and a delay moves them:
early years cost more than the mean, late ones less. A dollar of resource cost lowers the payer's household consumption by a dollar (at
base prices, to first order), so that the difference is added to the years as it is and no further equilibrium is needed.

The gift in a loan is spread over the loan's years, and a project may outlive them: from then on lender and borrower have it back, likewise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np

from accord.programme.measures import ImportSubstitution
from accord.programme.measures.base import last_day
from accord.programme.timeline import DAYS_PER_YEAR, Timing
from accord.shocks import PurchaseShock, ResourceCostShock, TransferShock
from accord.study.prepare import Prepared

Span = tuple[float, float]
"""First day, and the day after the last (ordinals)."""


def calendar_years(years: Sequence[int]) -> list[Span]:
    """Return the days of each calendar year."""
    return [(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()) for year in years]


def saved_by_learning(prepared: Prepared, timings: Mapping[str, Timing], spans: Sequence[Span]) -> np.ndarray:
    """Return what to add to the effect of each span (t, n), USD million a year: minus where the year costs more than the mean."""
    added = np.zeros((len(spans), len(prepared.world.regions)))
    for project in _learners(prepared):
        levelised, timing = project.levelised_gap, timings[project.id]
        if levelised <= 0.0:
            continue
        for place, (first, last) in enumerate(spans):
            share = timing.mean(first, last)
            if share == 0.0:
                continue
            gap = gap_on(project, timing, date(date.fromordinal(int(first)).year, 1, 1).toordinal())
            added[place] += (1.0 - gap / levelised) * share * _yearly_cost(prepared, project)
    return added + _after_loans(prepared, timings, spans)


def _after_loans(prepared: Prepared, timings: Mapping[str, Timing], spans: Sequence[Span]) -> np.ndarray:
    """Gifts in loans that equilibria hold in years after the loan's last (t, n): to the lender, plus, and from the borrower, minus."""
    added = np.zeros((len(spans), len(prepared.world.regions)))
    for project in _projects(prepared):
        day = timings[project.id].day
        if project.loan is None or day is None:
            continue
        timing, end = timings[project.id], last_day(day, project.loan.years).toordinal() + 1.0
        yearly = np.zeros(added.shape[1])
        for shock in prepared.checked.decisions:
            if not isinstance(shock, TransferShock) or shock.measure != project.id:
                continue
            # Profits are transfers too; a sum tells the gift from them.
            if math.isclose(shock.amount, abs(project.loan.yearly_gift), rel_tol=1e-9):
                yearly[prepared.position(shock.payer)] += shock.weight * shock.amount
                yearly[prepared.position(shock.recipient)] -= shock.weight * shock.amount
        for place, (first, last) in enumerate(spans):
            if last > end:
                days = timing.days_of_effect(last) - timing.days_of_effect(max(first, end))
                added[place] += days / (last - first) * yearly
    return added


def gap_on(project: ImportSubstitution, timing: Timing, day: float) -> float:
    """Cost over the price of the import, less one, on `day`, when the project acts at `timing`."""
    learning = project.learning
    if learning is None:
        return project.cost_gap.central
    start, exponent = learning.initial_output.central, math.log2(1.0 - learning.rate.central)
    made = project.imports_replaced.central * timing.days_of_effect(day) / DAYS_PER_YEAR
    units = (1.0,) if learning.pooled else tuple(share for share in project.sites.values() if share > 0.0)
    cost = [(1.0 + project.cost_gap.central) * (1.0 + share * made / start) ** exponent for share in units]
    return sum(share * max(one - 1.0, 0.0) for share, one in zip(units, cost, strict=True))


def _projects(prepared: Prepared) -> Iterator[ImportSubstitution]:
    decided = set(prepared.measures)
    for measure in prepared.programme.measures:
        if isinstance(measure, ImportSubstitution) and measure.id in decided:
            yield measure


def _learners(prepared: Prepared) -> Iterator[ImportSubstitution]:
    return (project for project in _projects(prepared) if project.learning)


def _yearly_cost(prepared: Prepared, project: ImportSubstitution) -> np.ndarray:
    """What the levelised gap costs each region in the equilibrium (n,), USD million a year: resources, and plant within the gap."""
    within = project.investment is not None and project.investment.in_cost_gap
    kinds = (ResourceCostShock, PurchaseShock) if within else (ResourceCostShock,)
    cost = np.zeros(len(prepared.world.regions))
    for shock in prepared.checked.decisions:
        if shock.measure == project.id and isinstance(shock, kinds):
            cost[prepared.position(shock.payer)] += shock.weight * shock.amount
    return cost
