"""Measures that fall on trade: whose trade, in which direction, in which products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from accord.programme.fields import Codes
from accord.programme.labels import flows_between
from accord.programme.measures.base import Measure
from accord.programme.problems import Problem
from accord.shocks import Flows


class TradeMeasure(Measure):
    """A measure on international flows of goods and services; trade inside a region is never meant."""

    between: Codes | None = None
    """Regions among which it holds, in every direction; instead of `exporters` and `importers`."""
    exporters: Codes | None = None
    """Regions that sell; every region when left out beside `importers`."""
    importers: Codes | None = None
    """Regions that buy; every region when left out beside `exporters`."""
    both_ways: bool = False
    """Whether it holds for the opposite direction too (the importers' sales to the exporters)."""
    sectors: Codes | None = None
    """Products: sector codes, groups of the file, or `goods`, `energy`, `services`, `all`. All products when left out."""

    def flows(self, uses: Codes | None = None) -> tuple[Flows, ...]:
        """Return the flows meant, one selection for each direction."""
        if self.exporters is None and self.importers is None:
            among = self.between or self.parties or ("partners",)
            return (flows_between(among, among, self.sectors, uses),)
        one_way = flows_between(self.exporters, self.importers, self.sectors, uses)
        if not self.both_ways:
            return (one_way,)
        return (one_way, flows_between(self.importers, self.exporters, self.sectors, uses))

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        sides = [name for name in ("exporters", "importers") if name in given]
        if "between" in given and sides:
            yield Problem(
                (sides[0],),
                f"`{sides[0]}` is given beside `between`",
                "either `between`, or `exporters` and `importers`",
                "Delete one of the two.",
            )
        if given.get("both_ways") is True and len(sides) < 2:
            yield Problem(
                ("both_ways",),
                "both_ways = true without both sides",
                "`exporters` and `importers`",
                "Trade among the regions of `between` is meant in every direction anyway.",
            )


def whose_trade(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem unless the file says whose trade is meant."""
    if not {"between", "exporters", "importers"} & set(given):
        yield Problem(
            ("between",),
            "whose trade is meant is not said",
            "`between`, or `exporters`, or `importers`, or the last two",
            'For trade among the partners write: between = "partners"',
        )
