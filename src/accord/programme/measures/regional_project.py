"""Kind `regional-project`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import AS_LIST, Codes, Text
from accord.programme.labels import SECTOR_WORDS, as_labels
from accord.programme.measures.base import Measure
from accord.programme.measures.implementation_cost import (
    ImplementationCost,
    cost_estimates,
    cost_not_said,
    cost_shocks,
)
from accord.programme.measures.investment import Investment
from accord.programme.measures.shares import Split, adds_up_to_one, entry
from accord.programme.problems import Problem
from accord.shocks import Producers, ProductivityShock, PurchaseShock, ResourceCostShock, Shock


class RegionalProject(Measure):
    """A project in named sub-national regions: a road, an industrial park, a joint plant of two neighbouring regions.

    In the long run it is what it does to its country: more output from the same inputs in its sectors (`change_pct`, of the
    country's whole sector), the investment goods that it buys, and what it costs. Where inside the country it lies (`located`) decides
    no national number; `accord regions` credits its sites with it before the rest is shared out.

    **Evidence to collect.** Contracts that are paid, not intentions that are signed at forums; output of the project beside that of the
    sector in the whole country; who pays; what would have been built without it.

    **Shocks.** Productivity of the country's sectors; purchases of investment goods with their payer; a resource cost for each payer.

    **Ignores.** Welfare of the sub-national region: the World has no prices, wages or households below the country. Migration between
    regions; crowding out of other sites in the same country beyond national factor markets.
    """

    kind: Literal["regional-project"] = "regional-project"
    """`regional-project`."""
    country: Text
    """Region of the World that it lies in."""
    located: Split
    """Sub-national region -> share of the project; names as in the table of regional shares that `accord regions` reads."""
    sectors: Codes
    """Sectors of the project."""
    change_pct: (
        Annotated[Estimate, Within(-80, 400, "per cent of output from given inputs in the country's sectors")]
        | None
    ) = None
    """What it adds to output from given inputs in the country's sectors, per cent. No change when left out."""
    investment: Investment | None = None
    """What is built, from what, and who pays."""
    cost: Annotated[tuple[ImplementationCost, ...], AS_LIST]
    """What it costs each party beside the investment, a year; zero is written, not left out."""

    made_of = (ProductivityShock, PurchaseShock, ResourceCostShock)

    def effects(self) -> tuple[Shock, ...]:
        """Return productivity, purchases and costs."""
        shocks: list[Shock] = []
        if self.change_pct is not None:
            producers = Producers((self.country,), as_labels(self.sectors, SECTOR_WORDS))
            factor = 1.0 + self.change_pct.central / 100.0
            shocks.append(ProductivityShock(measure=self.id, producers=producers, factor=factor))
        if self.investment is not None:
            shocks += self.investment.shocks(self.id, {self.country: 1.0})
        shocks += cost_shocks(self.id, self.cost)
        return tuple(shocks)

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        built = {} if self.investment is None else self.investment.estimates()
        return {**super().estimates(), **built, **cost_estimates(self.cost)}

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from cost_not_said(given)
        for at in (
            ("located",),
            ("investment", "basket"),
            ("investment", "payers"),
            ("investment", "imported_from"),
        ):
            yield from adds_up_to_one(given, *at)
        if "change_pct" not in given and "investment" not in given:
            yield Problem(
                ("change_pct",),
                "neither `change_pct` nor `investment` is given",
                "what the project adds to output, or what is built, or both",
            )
        included = entry(given.get("investment"), "in_cost_gap")
        if included is True:
            yield Problem(
                ("investment", "in_cost_gap"),
                "true, and a regional project has no cost gap",
                "false, with `payers`",
                "Write in_cost_gap = false and who pays.",
            )
