"""Kind `supply-cut`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Codes
from accord.programme.labels import REGION_WORDS, SECTOR_WORDS, USE_WORDS, as_labels
from accord.programme.measures.base import Measure
from accord.programme.problems import Problem
from accord.shocks import EmbargoShock, Flows, Shock


class SupplyCut(Measure):
    """A supplier delivers less: plants destroyed or closed, a port or pipeline out of use, an export ban of one seller.

    With `at_home = true` the cut falls on every buyer, those at home too: as when that share of the supplier's plants, each with its own
    goods, stood still. Without it, deliveries abroad alone are cut. A restriction that some regions impose on others is a `sanction`.

    **Evidence to collect.** Capacity lost and for how long; stocks; who else makes the product; which share of the sector is hit.

    **Shocks.** An embargo that multiplies the supplier's weight with each buyer by 1 - `cut`.

    **Ignores.** The first weeks, in which inventories and bottlenecks decide (that is a question for a disruption model, not for the long
    run); the cost of repair; insurance.
    """

    kind: Literal["supply-cut"] = "supply-cut"
    """`supply-cut`."""
    suppliers: Codes
    """Regions that deliver less."""
    sectors: Codes | None = None
    """Products: sector codes, groups of the file, or `goods`, `energy`, `services`, `all`. All products when left out."""
    buyers: Codes | None = None
    """Regions that get less; every region when left out."""
    uses: Codes | None = None
    """Users: using sectors, final uses, `intermediate`, `final`, or classes of sectors. Every user when left out."""
    cut: Annotated[Estimate, Within(0, 1, "the share of deliveries that falls away; 1 is all of them")]
    """Share of the supplier's deliveries that falls away."""
    at_home: bool = False
    """Whether deliveries inside the supplying region are cut too."""

    made_of = (EmbargoShock,)

    def effects(self) -> tuple[Shock, ...]:
        """Return the cut."""
        flows = Flows(
            exporters=as_labels(self.suppliers, REGION_WORDS),
            importers=as_labels(self.buyers, REGION_WORDS),
            sectors=as_labels(self.sectors, SECTOR_WORDS),
            uses=as_labels(self.uses, USE_WORDS),
            home=self.at_home,
        )
        return (EmbargoShock(measure=self.id, flows=flows, intensity=self.cut.central),)

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        if given.get("at_home") is True and "buyers" in given:
            yield Problem(
                ("buyers",),
                "`buyers` beside `at_home = true`",
                "a cut that falls on every buyer, or one on the buyers named",
                "Delete one of the two.",
            )
