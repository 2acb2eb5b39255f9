"""Kind `construction-abroad`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from accord.numerics.finance import present_value
from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Day, Text
from accord.programme.measures.base import Measure, last_day
from accord.programme.measures.loan_terms import LoanTerms, central, loan_problems
from accord.programme.measures.shares import Basket, Split, adds_up_to_one
from accord.programme.problems import Problem
from accord.shocks import PurchaseShock, Shock, TransferShock

Share = Annotated[Estimate, Within(0, 1, "a share, between 0 (none) and 1 (all)")]


class ConstructionAbroad(Measure):
    """A plant or other large works in a third country, built by the partners together.

    The long run sees an **average year of building**: what is bought where, and who pays for it; over years (`accord delay`) the works
    act for `build_years` and then end. The lender pays what it lends and gets a
    claim worth the present value of the service; the host pays the rest and owes the claim. What is bought is nobody's
    consumption, so a partner that lends at a loss, or whose industries are worth more elsewhere, loses, whatever its orders.
    Orders, value added and jobs by multipliers stand in the table `abroad_orders` under their own names.

    **Evidence to collect.** The contract, the loan agreement, the stated local share, what sister projects bought where.

    **Shocks.** Purchases at the markets of the partners and of the host, with their payers; a transfer from the host to the lender.

    **Ignores.** What the works are worth to the host (its own benefit is no part of its figure here); fuel and service contracts after
    the works; the risk that the loan is not repaid beyond what `repaid_share` says.
    """

    kind: Literal["construction-abroad"] = "construction-abroad"
    """`construction-abroad`."""
    host: Text
    """Region in which it is built; a World that holds it in an aggregate takes the aggregate."""
    contract_value: Annotated[Estimate, Within(0, 1_000_000, "USD million; a negative value is a fault")]
    """Value of the contract, USD million."""
    start: Day
    """Day on which the works begin."""
    build_years: Annotated[int, Within(1, 40, "whole years of building")]
    """Years of building; the same spending each year."""
    local_share: Share
    """Share of the contract done by the host's own industries."""
    work: Split
    """Share of each partner in the rest; adds up to one."""
    basket: Basket = Field(
        default_factory=lambda: {"F": 0.40, "C28": 0.22, "C25": 0.10, "C27": 0.12, "C26": 0.06, "M": 0.10}
    )
    """Share of each sector in what the partners supply; adds up to one."""
    local_basket: Basket = Field(default_factory=lambda: {"F": 0.75, "C23": 0.15, "N": 0.10})
    """Share of each sector in what the host supplies; adds up to one."""
    loan: LoanTerms | None = None
    """Loan to the host; without it the host pays as the works go on."""
    repaid_share: Share = Estimate.exactly(1.0, "the contract: all is repaid")
    """Share of the service that is expected to be paid."""
    discount_rate: Annotated[Estimate, Within(0, 0.3, "real rate a year; 5 % is written 0.05")] = Estimate(
        low=0.03, central=0.05, high=0.10, source="assumption: as for plants at home"
    )
    """Real discount rate at which the service of the loan is valued."""
    supplier_margin: Share = Estimate(
        low=0.0, central=0.08, high=0.15, source="assumption: profit of builders over their whole cost"
    )
    """Profit of the suppliers, share of what they are paid."""
    usd_million_per_job: Annotated[
        dict[str, Annotated[Estimate, Within(1e-5, 10, "USD million of value added per person and year")]],
        Field(default_factory=dict),
    ]
    """Value added per person at work and year in each partner, USD million: turns value added into jobs where the World has none."""

    made_of = (PurchaseShock, TransferShock)

    @property
    def parts(self) -> dict[str, float]:
        """USD million done by each region over all years, the host's included."""
        value, local = self.contract_value.central, self.local_share.central
        done = {region: value * (1.0 - local) * share for region, share in self.work.items()}
        done[self.host] = done.get(self.host, 0.0) + value * local
        return done

    def basket_of(self, region: str) -> tuple[tuple[str, float], ...]:
        """What is bought in a region: sectors and shares."""
        return tuple((self.local_basket if region == self.host else self.basket).items())

    @property
    def lent(self) -> float:
        """USD million lent in all."""
        return 0.0 if self.loan is None else min(self.loan.amount.central, self.contract_value.central)

    def repaid_per_lent(self) -> float:
        """Present value of the service, real and as far as it is expected, over that of what is lent."""
        if self.loan is None:
            return 0.0
        loan = self.loan.schedule(np.full(self.build_years, 1.0 / self.build_years), self.start.year)
        year = np.arange(len(loan.drawn))
        real = (1.0 + self.loan.inflation.central) ** -year.astype(float)
        rate = self.discount_rate.central
        paid_out = present_value(loan.drawn * real, year, rate)
        if paid_out == 0.0:
            return 0.0
        paid_back = present_value(loan.service * real, year, rate, loan.service_within(self.loan.per_year))
        return self.repaid_share.central * paid_back / paid_out

    def effects(self) -> tuple[Shock, ...]:
        """Return an average year of building: purchases with their payers, and the claim that the lender gets."""
        years, value, lent = self.build_years, self.contract_value.central, self.lent
        payers = {self.host: (value - lent) / years}
        if self.loan is not None:
            payers[self.loan.lender] = payers.get(self.loan.lender, 0.0) + lent / years
        done = [(region, self.basket_of(region), part) for region, part in self.parts.items()]
        purchases = [
            PurchaseShock(
                measure=self.id,
                payer=payer,
                region=region,
                basket=basket,
                amount=paid * part / value,
            )
            for payer, paid in payers.items()
            for region, basket, part in done
            if paid * part > 0.0
        ]
        if self.loan is None or self.loan.lender == self.host or lent == 0.0:
            return tuple(purchases)
        claim = lent / years * self.repaid_per_lent()
        return (
            *purchases,
            TransferShock(measure=self.id, payer=self.host, recipient=self.loan.lender, amount=claim),
        )

    def acts_until(self, begins: date) -> date | None:
        """Return the last day of the works, which go on for `build_years` from `start`, or from when a delay lets them begin."""
        return last_day(self.start if begins == self.in_force else begins, self.build_years)

    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know."""
        if self.status == "dropped":
            return super().notes()
        sentence = (
            f"measure '{self.id}': {self.host} pays for works whose worth to it is not counted, so that its loss is what it pays, "
            "no forecast of its welfare"
        )
        return (*super().notes(), sentence)

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, those of the loan too."""
        found = super().estimates() | ({} if self.loan is None else self.loan.estimates())
        return found | {
            f"usd_million_per_job.{region}": value for region, value in self.usd_million_per_job.items()
        }

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from adds_up_to_one(given, "work")
        yield from adds_up_to_one(given, "basket")
        yield from adds_up_to_one(given, "local_basket")
        day, years, in_force = given.get("start"), given.get("build_years"), given.get("in_force")
        start = day if type(day) is date else None
        built = years if isinstance(years, int) and 1 <= years <= 40 else None
        if start and built and type(in_force) is date and in_force > last_day(start, built):
            yield Problem(
                ("in_force",),
                f"the works would act from {in_force}, and they end on {last_day(start, built)}",
                "a day while they go on",
                "Check which of the days is mistyped.",
            )
        if start and type(in_force) is date and in_force < start:
            yield Problem(
                ("in_force",),
                f"the works would act on {in_force}, and they begin on {start}",
                "the day on which the works begin, or a later one",
                "Check which of the two days is mistyped.",
            )
        work = given.get("work")
        if isinstance(given.get("host"), str) and isinstance(work, Mapping) and given["host"] in work:
            yield Problem(
                ("work", given["host"]),
                f"{given['host']} is the host, whose own part is `local_share`",
                "the partners' shares of the rest",
                "Leave the host out of `work`.",
            )
        yield from loan_problems(given, start, built, central(given, "contract_value"))
