"""A loan between parties: what it is worth to whom, at the rate of the market."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, model_validator

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Text
from accord.programme.measures.base import SETTINGS
from accord.programme.measures.project_costs import annuity, grant_element
from accord.programme.problems import complaint
from accord.shocks import TransferShock

RATE = "a real rate a year; 3 % is written 0.03"


class Loan(BaseModel):
    """A loan from one party to another; what is softer than the market is a gift of the lender."""

    model_config = SETTINGS

    lender: Text
    """Region that lends."""
    borrower: Text
    """Region that borrows."""
    usd_million: Annotated[Estimate, Within(0, 1_000_000, "USD million at base-year prices")]
    """Principal, USD million."""
    rate: Annotated[Estimate, Within(-0.5, 1, RATE)]
    """Interest a year, net of inflation."""
    market_rate: Annotated[Estimate, Within(-0.2, 1, RATE)]
    """Interest a year, net of inflation, that the lender could have had elsewhere at the same risk."""
    years: Annotated[int, Within(1, 100, "years")]
    """Years until the last payment."""
    grace_years: Annotated[int, Within(0, 99, "years, fewer than `years`")] = 0
    """Years at the start without repayment; interest is paid."""

    @model_validator(mode="after")
    def _repaid_within_its_years(self) -> Self:
        if self.grace_years >= self.years:
            raise complaint(
                f"{self.grace_years} years without repayment in a loan of {self.years}: it is never repaid",
                "fewer `grace_years` than `years`",
                "Lower `grace_years`, or raise `years`.",
            )
        return self

    @property
    def grant(self) -> float:
        """Present value of the lender's gift at the market's rate, USD million."""
        return grant_element(
            self.usd_million.central,
            self.rate.central,
            self.market_rate.central,
            self.years,
            self.grace_years,
        )

    @property
    def yearly_gift(self) -> float:
        """The gift in equal yearly parts over the life of the loan, USD million a year; negative when the loan is dear."""
        return annuity(self.grant, self.market_rate.central, self.years)

    def shocks(self, measure: str) -> tuple[TransferShock, ...]:
        """Return the transfer that the loan's terms amount to."""
        gift = self.yearly_gift
        if gift == 0.0 or self.lender == self.borrower:
            return ()
        payer, recipient = (self.lender, self.borrower) if gift > 0.0 else (self.borrower, self.lender)
        return (TransferShock(measure=measure, payer=payer, recipient=recipient, amount=abs(gift)),)

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        return {
            "loan.usd_million": self.usd_million,
            "loan.rate": self.rate,
            "loan.market_rate": self.market_rate,
        }
