"""Loans of plants and works: terms as a file states them, and what is wrong with them before their types are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from math import ceil
from typing import Annotated, Any, Literal, cast

import numpy as np
from pydantic import BaseModel

from accord.numerics.finance import Loan, loan_schedule
from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Day, Text
from accord.programme.measures.base import SETTINGS
from accord.programme.problems import Problem


class LoanTerms(BaseModel):
    """Terms of a loan: who lends how much, at what rate, and when it is paid back."""

    model_config = SETTINGS

    lender: Text
    """Region that lends."""
    amount: Annotated[Estimate, Within(0, 1_000_000, "USD million drawn; a negative loan is a fault")]
    """USD million drawn in all, in the same shares of years as the building."""
    currency: Text = "USD"
    """Money it is repaid in."""
    rate: Annotated[Estimate, Within(0, 0.5, "interest a year; 3.3 % is written 0.033")]
    """Interest a year, as stated in the contract (nominal)."""
    first_instalment: Day
    """Day of the first payment of principal."""
    instalments: Annotated[int, Within(1, 400, "number of payments of principal")]
    """Number of payments of principal."""
    per_year: Annotated[int, Within(1, 12, "payments a year")] = 2
    """Payments a year."""
    payment: Annotated[Estimate, Within(0, 1_000_000, "USD million each time, interest included")] | None = (
        None
    )
    """Level payment, USD million, interest included; equal parts of principal where left out."""
    interest_before: Literal["paid", "capitalised"] = "paid"
    """Whether interest before the first instalment is paid when due or added to the debt."""
    inflation: Annotated[
        Estimate, Within(-0.1, 0.5, "yearly loss of value of the loan's money against the base year's dollar")
    ] = Estimate(low=0.0, central=0.02, high=0.04, source="assumption: US inflation of about 2 % a year")
    """Yearly loss of value of the loan's money in constant dollars; deflates what is drawn and paid."""

    def schedule(self, spending: np.ndarray, first_year: int) -> Loan:
        """Return the loan year by year from `first_year` on, USD million of its own money.

        Args:
            spending: Share of the building in each year from `first_year` on; the loan is drawn alike.
            first_year: Calendar year of the first spending.
        """
        return loan_schedule(
            self.amount.central * np.asarray(spending),
            self.rate.central,
            self.first_instalment.year - first_year,
            self.instalments,
            per_year=self.per_year,
            capitalised=self.interest_before == "capitalised",
            payment=None if self.payment is None else self.payment.central,
        )

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        return {
            f"loan.{key}": value
            for key in type(self).model_fields
            if isinstance(value := getattr(self, key), Estimate)
        }


def central(given: Mapping[str, Any], key: str) -> float | None:
    """Return the central number that a file gives for `key`, whatever its form; None when there is none to be read."""
    value = given.get(key)
    if isinstance(value, Estimate):
        return value.central
    if isinstance(value, Mapping):
        value = cast("Mapping[str, object]", value).get("central")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def loan_problems(
    given: Mapping[str, Any], start: date | None, years: int | None, most: float | None
) -> Iterator[Problem]:
    """Yield what is wrong with the key `loan` of a measure.

    Args:
        given: Keys of the measure, before their types are known or after.
        start: Day on which building begins.
        years: Years of building, over which the loan is drawn.
        most: What is built costs at most this, USD million.
    """
    loan = given.get("loan")
    terms: Mapping[str, Any] | None = None
    if isinstance(loan, LoanTerms):
        terms = {name: getattr(loan, name) for name in LoanTerms.model_fields}
    elif isinstance(loan, Mapping):
        terms = cast("Mapping[str, Any]", loan)
    if terms is None:
        return
    first = terms.get("first_instalment")
    early = start is not None and type(first) is date and first < start
    if early:
        yield Problem(
            ("loan", "first_instalment"),
            f"{first} lies before building begins on {start}",
            "a day after money was drawn",
            "Check which of the two days is mistyped.",
        )
    amount = central(terms, "amount")
    if amount is not None and most is not None and amount > most * (1.0 + 1e-9):
        yield Problem(
            ("loan", "amount"),
            f"USD {amount:,.0f} million are lent, and what is built costs {most:,.0f}",
            "no more than the whole cost",
        )
    known = start is not None and type(first) is date and not early
    waits = first.year - start.year if known and first and start else 1
    yield from _never_repaid(terms, amount, waits, years or 1)


def _never_repaid(
    terms: Mapping[str, Any], amount: float | None, waits: int, years: int
) -> Iterator[Problem]:
    """Yield what is wrong with a loan of which debt is left after the last payment.

    Args:
        terms: Keys of the loan.
        amount: USD million.
        waits: Years from the first drawing to the first instalment.
        years: Years over which it is drawn.
    """
    rate, payment = central(terms, "rate"), central(terms, "payment")
    count, per_year = terms.get("instalments"), terms.get("per_year", 2)
    if amount is None or rate is None or not (0.0 < amount <= 1e6 and 0.0 <= rate <= 0.5):
        return
    if payment is not None and not 0.0 <= payment <= 1e6:
        return
    if not isinstance(count, int) or not isinstance(per_year, int) or not 1 <= count <= 400:
        return
    if not 1 <= per_year <= 12:
        return
    capitalised = terms.get("interest_before") == "capitalised"
    loan = loan_schedule(
        np.full(years, amount / years),
        rate,
        waits,
        count,
        per_year=per_year,
        capitalised=capitalised,
        payment=payment,
    )
    left = float(loan.balance[-1])
    if left <= 1e-6 * amount:
        return
    if payment is None or years > waits + ceil(count / per_year):
        yield Problem(
            ("loan", "instalments"),
            f"the last of {count} payments comes before the last money is drawn: a debt of {left:,.0f} USD million is never repaid",
            f"instalments that go on after the {years} years of building",
            "Raise `instalments`, or check `first_instalment`.",
        )
        return
    debt = float(loan.balance[waits - 1]) if waits else amount
    grown = f", on the debt of {debt:,.0f} that it has grown to" if debt > amount * (1.0 + 1e-9) else ""
    interest = debt * rate / per_year
    if payment <= interest:
        yield Problem(
            ("loan", "payment"),
            f"this loan never repays: {payment:g} each time do not cover its interest of {interest:,.1f} at the start{grown}",
            f"more than {interest:,.1f} USD million each time",
            "Raise `payment`, or leave it out: principal is then paid in equal parts.",
        )
        return
    needed = (
        ceil(-np.log(1.0 - interest / payment) / np.log1p(rate / per_year)) if rate else ceil(debt / payment)
    )
    yield Problem(
        ("loan", "payment"),
        f"after {count} payments of {payment:g} a debt of {left:,.0f} USD million is left: the loan does not repay",
        f"payments that end it; {payment:g} each time take about {needed}",
        "Raise `payment` or `instalments`, or leave `payment` out.",
    )
