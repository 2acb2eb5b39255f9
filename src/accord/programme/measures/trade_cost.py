"""Kind `trade-cost`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Codes
from accord.programme.measures.trade import TradeMeasure, whose_trade
from accord.programme.problems import Problem
from accord.shocks import Shock, TradeCostShock


class TradeCost(TradeMeasure):
    """The resource cost of trading is multiplied by a factor: transport, paperwork, certification, adaptation to two standards.

    Use it where no ad-valorem equivalent of a barrier is stated but a change of cost is, and where the gain or loss is one of
    real resources. Where part of a barrier is somebody's rent, use `barrier-removal`. With `uses`, it can fall on components
    alone (`intermediate`), as common standards do.

    **Evidence to collect.** Cost of delivery before and after, in per cent of the value at the factory gate; pilot projects;
    estimates from gravity equations (cost factor = exp(coefficient / trade elasticity)).

    **Shocks.** One change of the iceberg cost for each direction.

    **Ignores.** What it costs to bring the change about; fixed costs of exporting; time as such.
    """

    kind: Literal["trade-cost"] = "trade-cost"
    """`trade-cost`."""
    factor: Annotated[
        Estimate,
        Within(0.05, 20, "it multiplies the delivered cost; 0.95 makes delivery 5 % cheaper, 1.05 dearer"),
    ]
    """Factor on the cost of delivery, value at the factory gate included (0.97 makes delivered goods 3 % cheaper)."""
    uses: Codes | None = None
    """Users: using sectors, final uses, `intermediate`, `final`, or classes of sectors. Every user when left out."""

    made_of = (TradeCostShock,)

    def effects(self) -> tuple[Shock, ...]:
        """Return the changes of trade cost."""
        return tuple(
            TradeCostShock(measure=self.id, flows=flows, factor=self.factor.central)
            for flows in self.flows(self.uses)
        )

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from whose_trade(given)
