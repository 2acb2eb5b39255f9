"""Cash flows of a long-lived plant and of the loan that builds it: pure functions over years.

Every flow of a year falls in its middle, those of building as well as those of operation (IEA/NEA 2020 do the same, and with an
even spread over their seven years of building their published rows come out: docs/methods/nuclear-plant.md). Present values stand
at the start of the first year of operation unless a function says otherwise.

| symbol | meaning |
| --- | --- |
| r | real discount rate a year |
| T, L, M | years of building, of operation, of taking down |
| t | year, 0 in the first year of operation, negative while building |
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

MIDDLE = 0.5
"""Where in its year a flow falls."""


class Costs(NamedTuple):
    """What a plant costs and makes, in constant prices; the unit of money is the caller's.

    Attributes:
        overnight: Cost of building without interest.
        spending: Share of it in each year of building (year of building,); adds up to one.
        running: Fuel, operation and maintenance a year.
        energy: MWh a year.
        life: Years of operation L.
        decommissioning: Cost of taking down.
        decommissioning_years: Years over which it is spread evenly, from the end of operation on.
    """

    overnight: float
    spending: Float[np.ndarray, " year"]
    running: float
    energy: float
    life: int
    decommissioning: float = 0.0
    decommissioning_years: int = 10


class Flows(NamedTuple):
    """Yearly flows of a plant from the first year of building to the last of taking down.

    Attributes:
        year: t (year,).
        building: Cost of building.
        running: Fuel, operation and maintenance.
        taking_down: Decommissioning.
        energy: MWh.
    """

    year: Int[np.ndarray, " year"]
    building: Float[np.ndarray, " year"]
    running: Float[np.ndarray, " year"]
    taking_down: Float[np.ndarray, " year"]
    energy: Float[np.ndarray, " year"]


class Loan(NamedTuple):
    """A loan, year by year, in its own money.

    Attributes:
        drawn: Paid out (year,).
        interest: Paid by the borrower; what is added to the debt instead is no payment.
        principal: Paid back.
        balance: Debt at the end of the year.
    """

    drawn: Float[np.ndarray, " year"]
    interest: Float[np.ndarray, " year"]
    principal: Float[np.ndarray, " year"]
    balance: Float[np.ndarray, " year"]

    @staticmethod
    def service_within(per_year: int) -> float:
        """Where in its year service falls on average: it is paid at the end of each of `per_year` parts."""
        return (per_year + 1.0) / (2.0 * per_year)

    @property
    def service(self) -> Float[np.ndarray, " year"]:
        """Interest and principal."""
        return self.interest + self.principal


def stretched(spending: Float[np.ndarray, " year"], delay: float) -> Float[np.ndarray, " longer"]:
    """Return the same spending stretched evenly over `delay` more years; shares still add up to one.

    The cumulative profile keeps its shape: W'(x) = W(x T / (T + delay)). A fraction of a year begins another year.
    """
    years = len(spending)
    longer = years + delay
    count = ceil(longer - 1e-12)
    cumulative, ends = np.zeros(years + 1), np.zeros(count + 1)
    np.cumsum(spending, out=cumulative[1:])
    # Building ends when operation begins: the first year may be a part of one.
    ends[1:] = longer - np.arange(count - 1, -1, -1.0)
    spent = np.interp(ends * years / longer, np.arange(years + 1.0), cumulative)
    return spent[1:] - spent[:-1]


def flows_of(costs: Costs) -> Flows:
    """Return the yearly flows of a plant."""
    building = len(costs.spending)
    year, operating, after = _calendar(building, costs.life, costs.decommissioning_years)
    spent = np.zeros(len(year))
    spent[:building] = costs.overnight * np.asarray(costs.spending)
    return Flows(
        year, spent, costs.running * operating, costs.decommissioning * after, costs.energy * operating
    )


@lru_cache(maxsize=64)  # draws ask about the same few plants
def _calendar(building: int, life: int, taking_down: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Years of a plant; which of them are years of operation; and the share of taking down that falls in each."""
    year = np.arange(-building, life + taking_down)
    operating = ((year >= 0) & (year < life)).astype(float)
    after = (year >= life).astype(float) / max(taking_down, 1)
    for array in (year, operating, after):
        array.setflags(write=False)
    return year, operating, after


def discount_factors(
    year: Int[np.ndarray, " year"], rate: float, within: float = MIDDLE
) -> Float[np.ndarray, " year"]:
    """(1 + r)^-(t + within): value at the start of year zero of what falls at that part of each year."""
    return (1.0 + rate) ** -(year + within)


def present_value(
    amount: Float[np.ndarray, " year"], year: Int[np.ndarray, " year"], rate: float, within: float = MIDDLE
) -> float:
    """Sum of amount[t] (1 + r)^-(t + within): value at the start of year zero of what falls at that part of its year."""
    return float((amount * discount_factors(year, rate, within)).sum())


def levelised_cost(costs: Costs, rate: float) -> float:
    """Price per MWh at which the plant just pays at `rate`.

        LCOE = sum_t (I + O + D)[t] (1 + r)^-(t + 1/2) / sum_t E[t] (1 + r)^-(t + 1/2)

    Source: IEA and NEA (2020), Projected Costs of Generating Electricity, chapter 2, the levelised cost without carbon price and heat.
    """
    flows = flows_of(costs)
    spent, factors = flows.building + flows.running + flows.taking_down, discount_factors(flows.year, rate)
    return float((spent * factors).sum()) / float((flows.energy * factors).sum())


def capital_charge(costs: Costs, rate: float) -> float:
    """Level yearly amount over the life that pays building, its interest and taking down: the LCOE without running cost, times MWh."""
    return (levelised_cost(costs, rate) * costs.energy) - costs.running


def interest_while_building(costs: Costs, rate: float) -> float:
    """Interest on what was spent, up to the start of operation, at `rate`."""
    year = np.arange(-len(costs.spending), 0)
    return present_value(costs.overnight * np.asarray(costs.spending), year, rate) - costs.overnight


def annuity(value: float, rate: float, years: int) -> float:
    """Level yearly amount, in the middle of each of `years` from year zero on, that is worth `value` at the start of year zero."""
    return value / annuity_factor(rate, years)


def annuity_factor(rate: float, years: int) -> float:
    """What one a year, in the middle of each of `years` from year zero on, is worth at the start of year zero."""
    return float(discount_factors(np.arange(years), rate).sum())


def loan_schedule(
    drawn: Float[np.ndarray, " year"],
    rate: float,
    first: int,
    instalments: int,
    *,
    per_year: int = 2,
    capitalised: bool = False,
    payment: float | None = None,
) -> Loan:
    """Return a loan year by year; it is worked out at each of its `per_year` dates, at the end of each part of a year.

    Principal is paid in equal parts, or in level payments that hold interest too where `payment` is given. What is drawn in a year
    is drawn evenly, in the middle of each part; what is drawn after the first instalment is repaid in the instalments that are left.

    Args:
        drawn: Paid out in each year (year,); the schedule runs over at least as many years.
        rate: Interest a year, simple within the year: rate / per_year at each date.
        first: Position of the year of the first instalment.
        instalments: Number of dates at which principal is paid.
        per_year: Dates a year.
        capitalised: Whether interest before the first instalment is added to the debt; else it is paid when due.
        payment: Level payment at each date, interest included.
    """
    years = max(len(drawn), first + ceil(instalments / per_year))
    paid_out = [*np.asarray(drawn, dtype=np.float64).tolist(), *[0.0] * (years - len(drawn))]
    # Lists: single entries of arrays cost several times as much, and draws ask for thousands of schedules.
    interest: list[float] = []
    principal: list[float] = []
    balance: list[float] = []
    # Compound interest for half a part on what is drawn in it, so that at its own rate a loan is worth nothing to either side.
    half_a_part = (1.0 + rate / per_year) ** 0.5 - 1.0
    debt, begins, dates = 0.0, max(first, 0), range(per_year)
    for paid in paid_out[:begins]:
        new, due_this_year = paid / per_year, 0.0
        on_new = new * half_a_part
        for _ in dates:
            due = debt * rate / per_year + on_new
            debt += new
            if capitalised:
                debt += due
            else:
                due_this_year += due
        interest.append(due_this_year)
        principal.append(0.0)
        balance.append(debt)
    left = instalments - (begins - first) * per_year
    for paid in paid_out[begins:]:
        new, due_this_year, back_this_year = paid / per_year, 0.0, 0.0
        on_new = new * half_a_part
        for _ in dates:
            due = debt * rate / per_year + on_new
            debt += new
            due_this_year += due
            if left > 0:
                back = debt / left if payment is None else min(payment - due, debt)
                back_this_year += back
                debt -= back
                left -= 1
        interest.append(due_this_year)
        principal.append(back_this_year)
        balance.append(debt)
    nothing = 1e-9 * max(1.0, sum(paid_out))
    balance = [0.0 if abs(debt) < nothing else debt for debt in balance]
    return Loan(*np.array([paid_out, interest, principal, balance]))
