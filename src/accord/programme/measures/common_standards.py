"""Kind `common-standards`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import AS_LIST, Codes
from accord.programme.measures.implementation_cost import (
    ImplementationCost,
    cost_estimates,
    cost_not_said,
    cost_shocks,
)
from accord.programme.measures.trade import TradeMeasure
from accord.programme.problems import Problem
from accord.shocks import ResourceCostShock, Shock, TradeCostShock


class CommonStandards(TradeMeasure):
    """Partners make and test to one standard, so that their lines of production can use each other's components.

    What it saves is a resource cost of adapting, testing and certifying a component for the other market: a share of its delivered
    price. It falls on `intermediate` users unless `uses` says otherwise. Whoever must change standard pays for that (`cost`).

    **Evidence to collect.** Cost of double certification and of variants per unit; which parts of a sector the standard covers; what
    plants pay to change over; whether the common standard shuts out parts from elsewhere.

    **Shocks.** For each direction: trade cost x (1 - `saving`); for each payer a resource cost.

    **Ignores.** Variety and quality; lock-in; third countries' makers for whom the common standard may be one more, or one fewer.
    """

    kind: Literal["common-standards"] = "common-standards"
    """`common-standards`."""
    saving: Annotated[Estimate, Within(0, 0.9, "a share of the delivered price of the component")]
    """Share of the delivered price that a common standard saves (0.02 is 2 %)."""
    uses: Codes = ("intermediate",)
    """Users: using sectors, final uses, `intermediate`, `final`, or classes of sectors. Every using sector when left out."""
    cost: Annotated[tuple[ImplementationCost, ...], AS_LIST]
    """What it costs each party to change over, a year; zero is written, not left out."""

    made_of = (TradeCostShock, ResourceCostShock)

    def effects(self) -> tuple[Shock, ...]:
        """Return the cut of cost for each direction, and the resource cost of each payer."""
        saved = tuple(
            TradeCostShock(measure=self.id, flows=flows, factor=1.0 - self.saving.central)
            for flows in self.flows(self.uses)
        )
        return (*saved, *cost_shocks(self.id, self.cost))

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        return {**super().estimates(), **cost_estimates(self.cost)}

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from cost_not_said(given)
