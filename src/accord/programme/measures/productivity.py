"""Kind `productivity`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Codes
from accord.programme.labels import REGION_WORDS, SECTOR_WORDS, as_labels
from accord.programme.measures.base import Measure, exactly_one
from accord.programme.problems import Problem
from accord.shocks import Producers, ProductivityShock, Shock


class Productivity(Measure):
    """Producers make more from the same inputs: shared research, common lines of production, better management.

    Use it for what a joint project is expected to add to total factor productivity, and treat that number with distrust: it is
    manna from heaven unless its cost stands beside it. A project that replaces imports at a higher cost is not a gain in
    productivity.

    **Evidence to collect.** Growth accounts of comparable projects; engineering data on inputs per unit; the cost of the
    project itself.

    **Shocks.** Total factor productivity of the producers is multiplied by the factor.

    **Ignores.** What the gain costs; how long it lasts; its spread to other sectors and regions.
    """

    kind: Literal["productivity"] = "productivity"
    """`productivity`."""
    regions: Codes
    """Regions of the producers."""
    sectors: Codes | None = None
    """Sector codes, groups of the file, or `goods`, `energy`, `services`, `all`. All sectors when left out."""
    factor: (
        Annotated[Estimate, Within(0.2, 5, "it multiplies output from given inputs; 1.01 is 1 % more")] | None
    ) = None
    """Factor on output from given inputs (1.01 is 1 % more)."""
    change_pct: Annotated[Estimate, Within(-80, 400, "per cent of output from given inputs")] | None = None
    """The same as a change in per cent (1 is 1 % more)."""

    made_of = (ProductivityShock,)

    def effects(self) -> tuple[Shock, ...]:
        """Return the change of productivity."""
        producers = Producers(as_labels(self.regions, REGION_WORDS), as_labels(self.sectors, SECTOR_WORDS))
        return (ProductivityShock(measure=self.id, producers=producers, factor=self._factor()),)

    def _factor(self) -> float:
        if self.factor is not None:
            return self.factor.central
        assert self.change_pct is not None  # the rules give exactly one of the two
        return 1.0 + self.change_pct.central / 100.0

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from exactly_one(given, ("factor", "change_pct"), "a factor, or a change in per cent")
