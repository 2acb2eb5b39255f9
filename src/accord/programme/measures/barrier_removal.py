"""Kind `barrier-removal`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import AS_LIST, Codes
from accord.programme.labels import of_sector
from accord.programme.measures.base import exactly_one
from accord.programme.measures.implementation_cost import (
    ImplementationCost,
    cost_estimates,
    cost_not_said,
    cost_shocks,
)
from accord.programme.measures.trade import TradeMeasure
from accord.programme.problems import Problem
from accord.shocks import Flows, Recipient, RentWedgeShock, ResourceCostShock, Shock, TradeCostShock

EQUIVALENT = "a share of the value of trade; a barrier like a duty of 20 % is written 0.20"
RENT = "the share of the barrier that is somebody's income and not a cost"
USED = "the share of trade that uses the preference; the rest stays at the old barrier"
HALF_RENT = Estimate(
    low=0.0,
    central=0.5,
    high=1.0,
    source="assumption: accord's default, half of a barrier is rent",
)


class BarrierRemoval(TradeMeasure):
    """Part of a barrier to trade goes: licences, double certification, inspections, national preference in sales.

    The barrier is stated as an ad-valorem equivalent t: trade flows as if it were a duty of that rate. A share rho of it
    (`rent_share`) is a price wedge whose revenue is somebody's income, the rest is a pure cost:
    (1 + t) = (1 + t)^rho x (1 + t)^(1 - rho). Cutting it by the share c leaves 1 + t (1 - c); where only a share u of trade uses
    what is granted, 1 + t (1 - c u). Removing rents takes income away
    from their recipient, so that "all gain" is not true by construction; every verdict shows rho = 0, 0.5 and 1.
    Flows among the measure's parties are meant when neither `between` nor `exporters` or `importers` is given.

    **Evidence to collect.** Surveys of exporters, estimates from gravity equations, price gaps; how much of the barrier the
    measure can really remove; who earns from it today; what it costs to recognise each other's papers.

    **Shocks.** For each direction: trade cost x ((1 + t(1-c)) / (1 + t))^(1 - rho); a rent wedge from (1 + t)^rho to
    (1 + t(1-c))^rho; and for each payer a resource cost.

    **Ignores.** Changes in the quality and safety that the barrier protected; entry of new exporters; flows that are zero in
    the base data.
    """

    kind: Literal["barrier-removal"] = "barrier-removal"
    """`barrier-removal`."""
    ave: Annotated[Estimate, Within(0, 5, EQUIVALENT)] | None = None
    """Ad-valorem equivalent of the barrier before the measure, share of the value of trade (0.2 is 20 %)."""
    ave_by_sector: dict[str, Annotated[Estimate, Within(0, 5, EQUIVALENT)]] | None = None
    """Instead: sector (code, group or class) -> its own equivalent, as for services. They must not overlap."""
    cut: Annotated[Estimate, Within(0, 1, "the share of the barrier that goes; 1 removes it all")]
    """Share of the barrier that the measure removes."""
    preference_use: Annotated[Estimate, Within(0, 1, USED)] | None = None
    """Share of the trade that uses what is granted: rules of origin and paperwork keep the rest at the old barrier. 1 when left out."""
    rent_share: Annotated[Estimate, Within(0, 1, RENT)] = HALF_RENT
    """Share rho of the barrier that is rent. An assumption of 0.5 when left out."""
    recipient: Recipient
    """Who earns the rent today; it is their loss when the barrier goes."""
    cost: Annotated[tuple[ImplementationCost, ...], AS_LIST]
    """What the measure costs each party to bring about; zero is written, not left out."""
    uses: Codes | None = None
    """Users: using sectors, final uses, `intermediate`, `final`, or classes of sectors. Every user when left out."""

    made_of = (TradeCostShock, RentWedgeShock, ResourceCostShock)

    def effects(self) -> tuple[Shock, ...]:
        """Return the cut of cost and of rent for each direction, and the resource cost of each payer."""
        rent = self.rent_share.central
        used = 1.0 if self.preference_use is None else self.preference_use.central
        shocks: list[Shock] = []
        for flows, ave in self._barriers():
            before = 1.0 + ave.central
            after = 1.0 + ave.central * (1.0 - self.cut.central * used)
            if rent < 1.0:
                shocks.append(
                    TradeCostShock(measure=self.id, flows=flows, factor=(after / before) ** (1.0 - rent))
                )
            if rent > 0.0:
                shocks.append(
                    RentWedgeShock(
                        measure=self.id,
                        flows=flows,
                        base_factor=before**rent,
                        new_factor=after**rent,
                        recipient=self.recipient,
                    )
                )
        shocks += cost_shocks(self.id, self.cost)
        return tuple(shocks)

    def _barriers(self) -> Iterator[tuple[Flows, Estimate]]:
        """Flows of each direction with the equivalent that they bear."""
        for flows in self.flows(self.uses):
            if self.ave is not None:
                yield flows, self.ave
            for sector, ave in (self.ave_by_sector or {}).items():
                yield of_sector(flows, sector), ave

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        sectors = {f"ave_by_sector.{sector}": ave for sector, ave in (self.ave_by_sector or {}).items()}
        return {**super().estimates(), **sectors, **cost_estimates(self.cost)}

    def with_rent_share(self, rent_share: Estimate) -> Self:
        """Return the measure with another rent share."""
        return self.model_copy(update={"rent_share": rent_share})

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from cost_not_said(given)
        yield from exactly_one(
            given, ("ave", "ave_by_sector"), "one equivalent for all sectors, or one for each sector"
        )
        if "ave_by_sector" in given and "sectors" in given:
            yield Problem(
                ("sectors",), "`sectors` beside `ave_by_sector`", "the sectors named there", "Delete the key."
            )
