"""What a project costs over the years: annuities, soft loans, learning. Plain numbers; no labels and no engine.

Source: discounting as in any textbook; learning curve of Wright (1936), cost = first cost x (cumulative output)^log2(1 - LR).
Every year is counted from entry into force (year 0); payments fall at the end of a year.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

PARITY = 1e-9
"""A cost gap below this share of the import's price is closed."""


def annuity(amount: float, rate: float, years: float) -> float:
    """Equal yearly payments over `years` whose present value at `rate` is `amount`."""
    if rate == 0.0:
        return amount / years
    return amount * rate / (1.0 - (1.0 + rate) ** -years)


def grant_element(principal: float, rate: float, market_rate: float, years: int, grace_years: int) -> float:
    """Present value, at `market_rate`, of what a lender gives away: principal less the payments it gets back.

    Interest at `rate` is paid every year; the principal in equal parts over the years after the grace years.
    """
    parts = years - grace_years
    outstanding, value = principal, 0.0
    for year in range(1, years + 1):
        repaid = principal / parts if year > grace_years else 0.0
        value += (rate * outstanding + repaid) / (1.0 + market_rate) ** year
        outstanding -= repaid
    return principal - value


@dataclass(frozen=True)
class CostPath:
    """Output and cost gap of a project, year by year.

    Attributes:
        output: Value of imports replaced in each year, at the import's price.
        gap: Unit cost over the import's price, less one, in each year; never below zero.
        sold: Output of each year that adds to experience: imports replaced, and exports once there is no gap.
    """

    output: tuple[float, ...]
    gap: tuple[float, ...]
    sold: tuple[float, ...]

    @property
    def parity_year(self) -> int | None:
        """First year in which the project costs no more than the import; None when there is none within the path."""
        return next((year for year, gap in enumerate(self.gap) if gap <= PARITY), None)

    def levelised_gap(self, rate: float) -> float:
        """Gap that, held constant, costs the same present value per present value of output."""
        growth = 1.0 + rate
        weights = [value / growth**year for year, value in enumerate(self.output)]
        total = sum(weights)
        if total == 0.0:
            return self.gap[0]
        return sum([weight * gap for weight, gap in zip(weights, self.gap, strict=True)]) / total


def cost_path(
    gap: float,
    full_output: float,
    *,
    ramp_up_years: float,
    years: int,
    learning_rate: float = 0.0,
    initial_output: float = math.inf,
    unit_shares: Sequence[float] = (1.0,),
    exports: float = 0.0,
) -> CostPath:
    """Return the path of output and gap: cost_t = max(1, (1 + gap) (Q_t / Q_0)^log2(1 - LR)), METHODS section 9.

    Args:
        gap: Unit cost over the import's price at the start, less one.
        full_output: Imports replaced a year once the plant is run in.
        ramp_up_years: Years to full output, reached in equal steps.
        years: Length of the path.
        learning_rate: LR, the share by which unit cost falls with each doubling of cumulative output.
        initial_output: Q_0 of each unit that learns: cumulative output that its cost at the start stands for.
        unit_shares: Share of output of each unit that learns on its own; one unit where experience is pooled.
        exports: Further output a year, sold abroad from the first year without a gap on.
    """
    exponent, first_cost, ramp = math.log2(1.0 - learning_rate), 1.0 + gap, ramp_up_years + 1.0
    learns = not math.isinf(initial_output)  # else experience over that of the start is one for ever
    units = tuple(enumerate(unit_shares))
    experience = [initial_output] * len(units)
    output: list[float] = []
    gaps: list[float] = []
    sales: list[float] = []
    for year in range(years):
        made = min((year + 1.0) / ramp, 1.0) * full_output
        now = 0.0
        for unit, share in units:
            cost = first_cost * (experience[unit] / initial_output) ** exponent if learns else first_cost
            if cost > 1.0:
                now += share * (cost - 1.0)
        gaps.append(now)
        output.append(made)
        sold = made + exports if now <= PARITY else made
        sales.append(sold)
        for unit, share in units:
            experience[unit] += share * sold
    return CostPath(tuple(output), tuple(gaps), tuple(sales))
