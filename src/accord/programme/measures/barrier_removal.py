"""Kind `barrier-removal`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, model_validator

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import AS_LIST, Codes, Text
from accord.programme.measures.base import SETTINGS
from accord.programme.measures.trade import TradeMeasure
from accord.programme.problems import Problem
from accord.shocks import Recipient, RentWedgeShock, ResourceCostShock, Shock, TradeCostShock

EQUIVALENT = "a share of the value of trade; a barrier like a duty of 20 % is written 0.20"
RENT = "the share of the barrier that is somebody's income and not a cost"
HALF_RENT = Estimate(
    low=0.0,
    central=0.5,
    high=1.0,
    source="assumption: accord's default, half of a barrier is rent",
)


class ImplementationCost(BaseModel):
    """What one payer spends each year to bring the measure about."""

    model_config = SETTINGS

    payer: Text
    """Region that pays; for a group or `partners`, each member pays the amount."""
    usd_million_per_year: Annotated[
        Estimate, Within(0, 100_000, "USD million a year; zero must be written, not left out")
    ]
    """USD million a year, at base-year prices."""
    source: Text | None = None
    """Citation, or a text that begins with "assumption"; for an amount written as a bare number."""

    @model_validator(mode="before")
    @classmethod
    def _give_the_source_to_a_bare_amount(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        table = cast("Mapping[str, object]", given)
        amount, source = table.get("usd_million_per_year"), table.get("source")
        if isinstance(source, str) and source.strip() and type(amount) in {int, float}:
            return {**table, "usd_million_per_year": {"central": amount, "source": source}}
        return table


class BarrierRemoval(TradeMeasure):
    """Part of a barrier to trade goes: licences, double certification, inspections, national preference in sales.

    The barrier is stated as an ad-valorem equivalent t: trade flows as if it were a duty of that rate. A share rho of it
    (`rent_share`) is a price wedge whose revenue is somebody's income, the rest is a pure cost:
    (1 + t) = (1 + t)^rho x (1 + t)^(1 - rho). Cutting it by the share c leaves 1 + t (1 - c). Removing rents takes income away
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
    ave: Annotated[Estimate, Within(0, 5, EQUIVALENT)]
    """Ad-valorem equivalent of the barrier before the measure, share of the value of trade (0.2 is 20 %)."""
    cut: Annotated[Estimate, Within(0, 1, "the share of the barrier that goes; 1 removes it all")]
    """Share of the barrier that the measure removes."""
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
        before = 1.0 + self.ave.central
        after = 1.0 + self.ave.central * (1.0 - self.cut.central)
        rent = self.rent_share.central
        shocks: list[Shock] = []
        for flows in self.flows(self.uses):
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
        shocks += [
            ResourceCostShock(measure=self.id, payer=cost.payer, amount=cost.usd_million_per_year.central)
            for cost in self.cost
        ]
        return tuple(shocks)

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        costs = {f"cost.{cost.payer}": cost.usd_million_per_year for cost in self.cost}
        return {**super().estimates(), **costs}

    def with_rent_share(self, rent_share: Estimate) -> Self:
        """Return the measure with another rent share."""
        return self.model_copy(update={"rent_share": rent_share})

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        if "cost" not in given or given["cost"] in ([], ()):
            yield Problem(
                ("cost",),
                "what the measure costs to bring about is not said",
                "a list of { payer, usd_million_per_year, source }; zero must be written, not assumed",
                'For example: cost = [{ payer = "partners", usd_million_per_year = 0, source = "assumption: none known" }]',
            )
