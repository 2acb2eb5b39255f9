"""Kind `transfer`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Text
from accord.programme.measures.base import Measure, exactly_one, last_day
from accord.programme.measures.loan import Loan
from accord.programme.measures.shares import entry
from accord.programme.problems import Problem
from accord.shocks import Shock, TransferShock


class Transfer(Measure):
    """One party gives another money: a grant, a debt forgiven, a loan softer than the market, a share of common revenue.

    A gift moves welfare from one to the other; for the world as a whole it is worth nothing, up to what it does to prices.

    **Evidence to collect.** The agreement and its schedule; what was really paid; for a loan its terms, and what the lender could have
    earned at the same risk.

    **Shocks.** A transfer from payer to recipient: the yearly sum, or the yearly gift in the loan's terms, which ends with the loan on a
    path of years (`accord delay`).

    **Ignores.** What the money is spent on (the recipient's household has it: a purchase with a payer is an investment of another
    kind); conditions; default.
    """

    kind: Literal["transfer"] = "transfer"
    """`transfer`."""
    payer: Text | None = None
    """Region that gives; beside `usd_million_per_year`."""
    recipient: Text | None = None
    """Region that receives; beside `usd_million_per_year`."""
    usd_million_per_year: Annotated[Estimate, Within(0, 1_000_000, "USD million a year")] | None = None
    """What is given, USD million a year at base-year prices."""
    loan: Loan | None = None
    """A loan instead: what is given is what its terms are softer than the market's."""

    made_of = (TransferShock,)

    def effects(self) -> tuple[Shock, ...]:
        """Return the transfer."""
        if self.loan is not None:
            return self.loan.shocks(self.id)
        assert self.payer is not None  # the rules ask for all three
        assert self.recipient is not None
        assert self.usd_million_per_year is not None
        return (
            TransferShock(
                measure=self.id,
                payer=self.payer,
                recipient=self.recipient,
                amount=self.usd_million_per_year.central,
            ),
        )

    def acts_until(self, begins: date) -> date | None:
        """Return the last day of a loan: its gift is spread over its life. What is given every year has no end."""
        return None if self.loan is None else last_day(begins, self.loan.years)

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        return {**super().estimates(), **({} if self.loan is None else self.loan.estimates())}

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from exactly_one(
            given, ("usd_million_per_year", "loan"), "a yearly sum, or the terms of a loan"
        )
        for name in ("payer", "recipient"):
            if "usd_million_per_year" in given and name not in given:
                yield Problem((name,), "the key is missing", f"the region that is {name}")
            if "loan" in given and name in given:
                yield Problem(
                    (name,),
                    f"`{name}` beside `loan`",
                    "lender and borrower of the loan alone",
                    "Delete the key.",
                )
        lender = entry(given.get("loan"), "lender")
        if isinstance(lender, str) and lender == entry(given.get("loan"), "borrower"):
            yield Problem(
                ("loan", "borrower"),
                f"{lender} lends to itself",
                "two different regions",
                "Name the other one.",
            )
        if isinstance(given.get("payer"), str) and given.get("payer") == given.get("recipient"):
            yield Problem(
                ("recipient",),
                f"{given['payer']} gives to itself",
                "two different regions",
                "Name the other one.",
            )
