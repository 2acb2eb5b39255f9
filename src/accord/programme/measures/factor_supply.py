"""Kind `factor-supply`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Codes
from accord.programme.labels import REGION_WORDS, as_labels
from accord.programme.measures.base import Measure, exactly_one
from accord.programme.problems import Problem
from accord.shocks import FactorSupplyShock, Shock


class FactorSupply(Measure):
    """More (or less) labour or capital at work: migration, training that brings people into work, capital that comes or leaves.

    Household welfare is that of the region as a whole: where people move, gains of movers and stayers are added up, and the welfare of
    the region that they left falls because fewer live there. Read it beside the change per head.

    **Evidence to collect.** Flows of people or investment that the measure, and not the trend, brings about; their hours or returns
    beside those who were there.

    **Shocks.** The supply of the factor in the regions is multiplied.

    **Ignores.** Remittances (a `transfer`), skills (state the supply in efficiency units), the cost of schooling and of moving, and who
    owns the capital that comes.
    """

    kind: Literal["factor-supply"] = "factor-supply"
    """`factor-supply`."""
    regions: Codes
    """Regions whose supply changes."""
    factor: Literal["labour", "capital", "all"] = "all"
    """`labour`, `capital` (both need a World or `[model]` that tells them apart), or `all` factors together."""
    multiplier: Annotated[Estimate, Within(0.1, 10, "it multiplies the supply; 1.01 is 1 % more")] | None = (
        None
    )
    """Factor on the supply (1.01 is 1 % more)."""
    change_pct: Annotated[Estimate, Within(-90, 900, "per cent of the supply")] | None = None
    """The same as a change in per cent (1 is 1 % more)."""

    made_of = (FactorSupplyShock,)

    def effects(self) -> tuple[Shock, ...]:
        """Return the change of supply."""
        if self.multiplier is not None:
            multiplier = self.multiplier.central
        else:
            assert self.change_pct is not None  # the rules give exactly one of the two
            multiplier = 1.0 + self.change_pct.central / 100.0
        return (
            FactorSupplyShock(
                measure=self.id,
                regions=as_labels(self.regions, REGION_WORDS),
                factor=self.factor,
                multiplier=multiplier,
            ),
        )

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from exactly_one(given, ("multiplier", "change_pct"), "a factor, or a change in per cent")
