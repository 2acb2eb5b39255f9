"""Kind `import-substitution`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Codes, Text
from accord.programme.labels import REGION_WORDS, SECTOR_WORDS, USE_WORDS, as_labels
from accord.programme.measures.base import SETTINGS, Measure
from accord.programme.measures.investment import Investment
from accord.programme.measures.loan import RATE, Loan
from accord.programme.measures.project_costs import CostPath, cost_path
from accord.programme.measures.shares import Split, adds_up_to_one, entry, settled
from accord.programme.problems import Problem
from accord.shocks import (
    Flows,
    PurchaseShock,
    ResourceCostShock,
    Shock,
    SupportShock,
    TransferShock,
)

USD = "USD million a year at base-year prices"
CENTURY = 100
"""Years of operation within which cost is asked to meet the import."""


class Learning(BaseModel):
    """Unit cost falls with cumulative output until it meets the price of the import."""

    model_config = SETTINGS

    rate: Annotated[Estimate, Within(0, 0.6, "the share by which cost falls with each doubling of output")]
    """LR: share by which unit cost falls with each doubling of cumulative output; its source is required reading."""
    initial_output: Annotated[Estimate, Within(0.001, 10_000_000, "USD million of cumulative output")]
    """Q0: cumulative output that the cost at the start stands for, USD million; of each site where experience is not pooled."""
    pooled: bool = False
    """Whether the sites learn from each other's output; only for projects with more than one site."""
    horizon_years: Annotated[int, Within(1, 100, "years")] = 20
    """Years over which the gap is levelised."""
    discount_rate: Annotated[float, Within(-0.05, 0.5, RATE)] = 0.05
    """Real rate at which it is levelised."""


class ImportSubstitution(Measure):
    """A joint project makes at home what was bought from outside the union, at a higher cost.

    The project replaces imports worth m a year (`imports_replaced`) of the products of one sector by output of its sites. At the
    start it costs the share g more than the import (`cost_gap`). This is no gain in productivity: users are led to buy at home by
    a support that nobody sees in prices, and what that costs, g x m a year, is paid once, by those named. The support is solved so
    that purchases from outside fall by m; if the trade elasticity implies a support far from g, the run warns.

    **Evidence to collect.** Imports of the very products (not of the sector) and who buys them; engineering cost at the planned
    output against the landed import; capacity and orders; the loan's contract; learning rates of the same industry elsewhere, with
    the cumulative output at which they were measured.

    **Shocks.** For each site a support at its sales to the buyers, of m times its share; a resource cost of g x m for each payer, with
    g levelised over the horizon where the project learns; purchases of investment goods with their payer; the loan's gift from lender
    to borrower; profits from sites to owners.

    **Ignores.** Quality and delivery of what replaces the import; secrecy and security as ends in themselves; spill-overs of skills to
    other sectors; retaliation. Exports after cost parity enter the learning curve and the tables, but no shock: at parity they earn what
    the same resources earn elsewhere.
    """

    kind: Literal["import-substitution"] = "import-substitution"
    """`import-substitution`."""
    supplying_sector: Text
    """Sector whose products replace the import: one code of the World."""
    using_sectors: Codes | None = None
    """Users of the product: using sectors, final uses, or classes of them. Every user when left out."""
    product_share: (
        Annotated[Estimate, Within(0.0001, 1, "the product's share of the sector's imports")] | None
    ) = None
    """Share of the sector's imports from outside that are products the project can replace. The whole sector when left out."""
    buyers: Codes | None = None
    """Regions whose imports are replaced; the measure's parties when left out."""
    outside: Codes = ("others",)
    """Regions whose sales are replaced; every region that is no partner when left out."""
    sites: Split
    """Where it is made: region -> share of output."""
    owners: Split | None = None
    """Who owns it: region -> share; needs `profit_share`. The sites themselves when left out."""
    profit_share: Annotated[Estimate, Within(0, 1, "a share of the value of output")] | None = None
    """Share of the value of output that is paid out to owners; moves income only where owners are not the sites."""
    imports_replaced: Annotated[Estimate, Within(0, 1_000_000, USD)]
    """m: value of imports from outside that the project replaces at full output, USD million a year."""
    cost_gap: Annotated[
        Estimate, Within(0, 10, "a share of the import's price; twice as dear is written 1.0")
    ]
    """g: cost at the start over the price of the landed import, less one (0.2 is 20 % dearer)."""
    cost_gap_payers: Split
    """Who pays g x m: region -> share (a budget, or users who pay more); the members of a group divide its share equally."""
    capacity: Annotated[Estimate, Within(0, 1_000_000, USD)] | None = None
    """Output at full capacity, USD million a year; no less than `imports_replaced` and `exports` together."""
    exports: Annotated[Estimate, Within(0, 1_000_000, USD)] | None = None
    """Further output sold outside once there is no cost gap, USD million a year."""
    investment: Investment | None = None
    """What is built, from what, and who pays."""
    loan: Loan | None = None
    """Loan between the parties, and its terms."""
    learning: Learning | None = None
    """Learning by doing; not beside economies of scale in the same sector."""

    made_of = (SupportShock, ResourceCostShock, PurchaseShock, TransferShock)

    @property
    def path(self) -> CostPath:
        """Output and cost gap year by year over the horizon, without learning where the file states none."""
        return self.path_over(20 if self.learning is None else self.learning.horizon_years)

    @property
    def parity_year(self) -> int | None:
        """Year of operation, from 0, in which cost first meets the import, within a century; None where it does not.

        It may lie beyond the horizon over which the gap is levelised: learning goes on.
        """
        return self.path_over(CENTURY).parity_year

    def path_over(self, years: int) -> CostPath:
        """Return output and cost gap of the first `years` years of operation."""
        learning = self.learning
        known = {} if learning is None else _learnt(learning, self.sites)
        return cost_path(
            self.cost_gap.central,
            self.imports_replaced.central,
            ramp_up_years=self.phase_in_years,
            years=years,
            exports=0.0 if self.exports is None else self.exports.central,
            **known,
        )

    @property
    def levelised_gap(self) -> float:
        """The gap that the long run uses: g, levelised over the horizon where the project learns."""
        if self.learning is None:
            return self.cost_gap.central
        return self.path.levelised_gap(self.learning.discount_rate)

    @property
    def yearly_gap_cost(self) -> float:
        """What the gap costs a year, USD million: paid once."""
        return self.levelised_gap * self.imports_replaced.central

    def effects(self) -> tuple[Shock, ...]:
        """Return support, its cost, investment, the loan's gift and profits."""
        buyers = as_labels(self.buyers or self.parties or ("partners",), REGION_WORDS)
        outside = as_labels(self.outside, REGION_WORDS)
        sectors, users = (
            as_labels((self.supplying_sector,), SECTOR_WORDS),
            as_labels(self.using_sectors, USE_WORDS),
        )
        replaced = self.imports_replaced.central
        shocks: list[Shock] = [
            SupportShock(
                measure=self.id,
                flows=Flows((site,), buyers, sectors, users, home=True),
                outside=outside,
                amount=share * replaced,
            )
            for site, share in self.sites.items()
            if share > 0.0
        ]
        built: tuple[Shock, ...] = ()
        gap_cost = self.yearly_gap_cost
        if self.investment is not None and not self.investment.in_cost_gap:
            built = self.investment.shocks(self.id, self.sites)
        elif self.investment is not None:
            # The capital charge is part of the gap's cost: that part is spent on plant, the rest as ever. What the charge exceeds the
            # gap by is an ordinary cost of business, which sales pay.
            charge = self.investment.yearly_charge
            within = min(1.0, gap_cost / charge) if charge > 0.0 else 0.0
            gap_cost -= within * charge
            built = self.investment.shocks(self.id, self.sites, self.cost_gap_payers, within)
        shocks += [
            ResourceCostShock(measure=self.id, payer=payer, amount=share * gap_cost, each=False)
            for payer, share in self.cost_gap_payers.items()
            if share * gap_cost > 0.0
        ]
        shocks += built
        shocks += self.loan.shocks(self.id) if self.loan is not None else ()
        shocks += self._profits()
        return tuple(shocks)

    def _profits(self) -> Iterator[Shock]:
        if self.owners is None or self.profit_share is None:
            return
        profit = self.profit_share.central * self.imports_replaced.central
        for payer, recipient, share in settled(self.sites, self.owners):
            if share * profit > 0.0:
                yield TransferShock(measure=self.id, payer=payer, recipient=recipient, amount=share * profit)

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        found = super().estimates()
        if self.investment is not None:
            found |= self.investment.estimates()
        if self.loan is not None:
            found |= self.loan.estimates()
        if self.learning is not None:
            found |= {
                "learning.rate": self.learning.rate,
                "learning.initial_output": self.learning.initial_output,
            }
        return found

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        for at in (
            ("sites",),
            ("owners",),
            ("cost_gap_payers",),
            ("investment", "basket"),
            ("investment", "payers"),
            ("investment", "imported_from"),
        ):
            yield from adds_up_to_one(given, *at)
        if "owners" in given and "profit_share" not in given:
            yield Problem(
                ("profit_share",),
                "the key is missing",
                "the share of the value of output that owners get, because `owners` are named",
            )
        yield from _beyond_capacity(given)
        learning, sites = given.get("learning"), given.get("sites")
        if entry(learning, "pooled") is True and isinstance(sites, Mapping) and len(cast("Any", sites)) < 2:
            yield Problem(
                ("learning", "pooled"),
                "experience is pooled, and there is one site",
                "more than one site in `sites`: only joint projects pool experience",
                "Delete the key, or name the other site.",
            )
        yield from _investment_rules(given.get("investment"))


def _learnt(learning: Learning, sites: Mapping[str, float]) -> dict[str, Any]:
    shares = (1.0,) if learning.pooled else tuple(share for share in sites.values() if share > 0.0)
    return {
        "learning_rate": learning.rate.central,
        "initial_output": learning.initial_output.central,
        "unit_shares": shares,
    }


def _investment_rules(investment: object) -> Iterator[Problem]:
    if investment is None:
        return
    included, payers = entry(investment, "in_cost_gap"), entry(investment, "payers")
    if included is True and payers is not None:
        yield Problem(
            ("investment", "payers"),
            "payers of an investment whose capital charge is in the cost gap",
            "no payers: those of the cost gap pay it",
            "Delete the key, or write in_cost_gap = false where the plant is a gift on top of the gap.",
        )
    if included is False and payers is None:
        yield Problem(
            ("investment", "payers"),
            "the key is missing",
            "who pays for the plant: every demand has a payer",
            "For example: payers = { BLR = 1.0 }",
        )
    if (entry(investment, "import_content") is None) != (entry(investment, "imported_from") is None):
        yield Problem(
            ("investment", "imported_from"),
            "one of `import_content` and `imported_from` without the other",
            "both, or neither (plant is then bought as the site's investment is)",
        )


def _beyond_capacity(given: Mapping[str, Any]) -> Iterator[Problem]:
    capacity = _central(given.get("capacity"))
    parts = [_central(given.get(name)) for name in ("imports_replaced", "exports")]
    wanted = sum(part for part in parts if part is not None)
    if capacity is not None and wanted > capacity * (1.0 + 1e-12):
        yield Problem(
            ("capacity",),
            f"capacity {capacity:g} is less than the {wanted:g} that it is to make",
            "at least `imports_replaced` and `exports` together",
            "Lower what the project is to replace, or state the capacity that it needs.",
        )


def _central(value: object) -> float | None:
    central = value if isinstance(value, int | float) else entry(value, "central")
    return float(central) if isinstance(central, int | float) and not isinstance(central, bool) else None
