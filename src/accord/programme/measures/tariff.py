"""Kind `tariff`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Text
from accord.programme.measures.base import exactly_one
from accord.programme.measures.trade import TradeMeasure, whose_trade
from accord.programme.problems import Problem
from accord.shocks import Shock, TariffShock

RATE = "a share of import value before duty; 5 % is written 0.05"


class Tariff(TradeMeasure):
    """Import duties change: to a rate, by some points, or to a schedule that the World carries.

    Use it for duties within a union, a common external tariff, or a treaty's schedule. The duty is paid by the importer's users
    and is income of the importer's government.

    **Evidence to collect.** Rates that are applied (not bound), trade-weighted over the products of a sector; preferences that
    traders really use.

    **Shocks.** One tariff change for each direction: the rate moves from the World's base rate to the new one. `in_base` is the
    share of that move which the base data hold already. A rate lowered by `change` stops at zero.

    **Ignores.** Tariff-rate quotas, rules of origin and their paperwork, specific duties, evasion, bound rates.
    """

    kind: Literal["tariff"] = "tariff"
    """`tariff`."""
    new_rate: Annotated[Estimate, Within(0, 5, RATE)] | None = None
    """Rate after the measure, share of import value before duty (0.05 is 5 %)."""
    change: Annotated[Estimate, Within(-5, 5, RATE)] | None = None
    """Points by which the rate moves (-0.02 takes two percentage points off)."""
    schedule: Text | None = None
    """Name of a tariff schedule that the World carries; each flow takes its own rate from it."""

    made_of = (TariffShock,)

    def effects(self) -> tuple[Shock, ...]:
        """Return the tariff changes."""
        return tuple(
            TariffShock(
                measure=self.id,
                flows=flows,
                new_rate=None if self.new_rate is None else self.new_rate.central,
                change=None if self.change is None else self.change.central,
                schedule=self.schedule,
            )
            for flows in self.flows()
        )

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from whose_trade(given)
        yield from exactly_one(
            given, ("new_rate", "change", "schedule"), "a rate, points to add, or a schedule of the World"
        )
