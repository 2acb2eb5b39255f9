"""Kind `tariff`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Text
from accord.programme.labels import of_sector
from accord.programme.measures.barrier_removal import USED
from accord.programme.measures.base import exactly_one
from accord.programme.measures.trade import TradeMeasure, whose_trade
from accord.programme.problems import Problem
from accord.shocks import Flows, Shock, TariffShock

RATE = "a share of import value before duty; 5 % is written 0.05"


class Tariff(TradeMeasure):
    """Import duties change: to a rate, by some points, or to a schedule that the World carries.

    Use it for duties within a union, a treaty's schedule, or a common external tariff (`importers = "partners"`,
    `exporters = "others"`, with `rates` by sector). The duty is paid by the importer's users
    and is income of the importer's government.

    **Evidence to collect.** Rates that are applied (not bound), trade-weighted over the products of a sector; preferences that
    traders really use.

    **Shocks.** One tariff change for each direction: the rate moves from the World's base rate to the new one. `in_base` is the
    share of that move which the base data hold already. A rate lowered by `change` stops at zero.

    Where only a share u of trade uses the new rate (`preference_use`), the average duty moves by that share.

    **Ignores.** Tariff-rate quotas, the cost of proving origin, specific duties, evasion, bound rates.
    """

    kind: Literal["tariff"] = "tariff"
    """`tariff`."""
    new_rate: Annotated[Estimate, Within(0, 5, RATE)] | None = None
    """Rate after the measure, share of import value before duty (0.05 is 5 %)."""
    change: Annotated[Estimate, Within(-5, 5, RATE)] | None = None
    """Points by which the rate moves (-0.02 takes two percentage points off)."""
    rates: dict[str, Annotated[Estimate, Within(0, 5, RATE)]] | None = None
    """Schedule written here: sector (code, group or class) -> rate after the measure, as in a common external tariff."""
    preference_use: Annotated[Estimate, Within(0, 1, USED)] | None = None
    """Share of the trade that uses the new rate: rules of origin and paperwork keep the rest at the old one. 1 when left out."""
    schedule: Text | None = None
    """Name of a tariff schedule that the World carries; each flow takes its own rate from it."""

    made_of = (TariffShock,)

    def effects(self) -> tuple[Shock, ...]:
        """Return the tariff changes."""
        used = 1.0 if self.preference_use is None else self.preference_use.central
        return tuple(
            TariffShock(
                measure=self.id,
                weight=used,
                flows=flows,
                new_rate=None if rate is None else rate.central,
                change=None if self.change is None else self.change.central,
                schedule=self.schedule,
            )
            for flows, rate in self._rates()
        )

    def _rates(self) -> Iterator[tuple[Flows, Estimate | None]]:
        """Flows of each direction with the rate that they come to bear, where it is stated as one."""
        for flows in self.flows():
            if self.rates is None:
                yield flows, self.new_rate
            for sector, rate in (self.rates or {}).items():
                yield of_sector(flows, sector), rate

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        return {
            **super().estimates(),
            **{f"rates.{sector}": rate for sector, rate in (self.rates or {}).items()},
        }

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from whose_trade(given)
        yield from exactly_one(
            given,
            ("new_rate", "change", "rates", "schedule"),
            "a rate, points to add, a rate for each sector, or a schedule of the World",
        )
        if "rates" in given and "sectors" in given:
            yield Problem(
                ("sectors",), "`sectors` beside `rates`", "the sectors named there", "Delete the key."
            )
