"""Kind `subsidy`."""

from __future__ import annotations

from typing import Annotated, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Codes, Text
from accord.programme.labels import REGION_WORDS, SECTOR_WORDS, as_labels
from accord.programme.measures.base import Measure
from accord.shocks import Producers, Shock, SubsidyShock


class Subsidy(Measure):
    """A government pays producers a share of the value of what they sell: price support, cheap credit, support of one another's makers.

    The payer may be another government than that of the producers: when partners open their programmes of support to each other's
    makers, one pays and the other produces. A negative rate is a tax on output.

    **Evidence to collect.** Budget lines and their execution; which share of the sector's output was eligible; whether the rate holds for
    exports too.

    **Shocks.** The payer adds the rate to what buyers pay the producers.

    **Ignores.** Conditions attached (local content, prices); the cost of collecting the tax that pays for it beyond the closing lump sum;
    countervailing duties of third countries.
    """

    kind: Literal["subsidy"] = "subsidy"
    """`subsidy`."""
    regions: Codes
    """Regions of the producers."""
    sectors: Codes | None = None
    """Sector codes, groups of the file, or `goods`, `energy`, `services`, `all`. All sectors when left out."""
    rate: Annotated[Estimate, Within(-0.9, 0.9, "a share of the value of output; 5 % is written 0.05")]
    """Subsidy as a share of the value of output; negative for a tax."""
    payer: Text
    """Region whose government pays."""

    made_of = (SubsidyShock,)

    def effects(self) -> tuple[Shock, ...]:
        """Return the subsidy."""
        producers = Producers(as_labels(self.regions, REGION_WORDS), as_labels(self.sectors, SECTOR_WORDS))
        return (SubsidyShock(measure=self.id, producers=producers, rate=self.rate.central, payer=self.payer),)
