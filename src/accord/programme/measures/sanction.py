"""Kind `sanction`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self, cast

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Codes
from accord.programme.labels import flows_between
from accord.programme.measures.barrier_removal import EQUIVALENT, RENT
from accord.programme.measures.base import Measure, exactly_one
from accord.programme.problems import Problem
from accord.shocks import EmbargoShock, Flows, Recipient, RentWedgeShock, Shock, TradeCostShock

NO_RENT = Estimate.exactly(0.0, "assumption: accord's default, nobody earns from a sanction")


class Sanction(Measure):
    """Some regions restrict their trade with others: an embargo of some intensity, or a barrier of a stated equivalent.

    Sanctions of third countries on the partners are `context`: part of the baseline, never credited to the programme; where a
    region that is no partner imposes it, the file must write the role. Most of what is in force was partly at work in the base
    year, so `in_base` matters here more than anywhere. accord evaluates what such restrictions do to every side's welfare; it
    plans no way round them.

    **Evidence to collect.** Which products and which share of trade the lists cover; trade before and after; equivalents from
    gravity equations: exp(coefficient / trade elasticity) - 1.

    **Shocks.** For each direction: an embargo that multiplies sourcing weights by 1 - intensity, or a rise of the trade cost by
    (1 + t)^(1 - rho) and a rent wedge from 1 to (1 + t)^rho.

    **Ignores.** Finance, insurance, shipping and people; evasion through third countries beyond what prices make of it; lists
    that are narrower than a sector (state the share covered in the intensity).
    """

    kind: Literal["sanction"] = "sanction"
    """`sanction`."""
    imposed_by: Codes
    """Regions that impose it."""
    targets: Codes
    """Regions that it is imposed on."""
    direction: Literal["exports", "imports", "both"]
    """Seen from those who impose it: their `exports` to the targets, their `imports` from them, or `both`."""
    sectors: Codes | None = None
    """Products: sector codes, groups of the file, or `goods`, `energy`, `services`, `all`. All products when left out."""
    embargo: (
        Annotated[Estimate, Within(0, 1, "the share of trade that is cut off; 1 is a full stop")] | None
    ) = None
    """Intensity of an embargo: sourcing weights are multiplied by 1 - embargo."""
    ave: Annotated[Estimate, Within(0, 5, EQUIVALENT)] | None = None
    """Ad-valorem equivalent of the restriction, share of the value of trade (0.2 is 20 %)."""
    rent_share: Annotated[Estimate, Within(0, 1, RENT)] = NO_RENT
    """Share of the equivalent that is rent; 0 when left out."""
    recipient: Recipient | None = None
    """Who earns the rent; required when `rent_share` is given and not zero."""

    made_of = (EmbargoShock, TradeCostShock, RentWedgeShock)

    def effects(self) -> tuple[Shock, ...]:
        """Return the embargo, or the rise of cost and rent, for each direction."""
        return tuple(shock for flows in self._flows() for shock in self._effects_on(flows))

    def _flows(self) -> Iterator[Flows]:
        if self.direction in {"exports", "both"}:
            yield flows_between(self.imposed_by, self.targets, self.sectors)
        if self.direction in {"imports", "both"}:
            yield flows_between(self.targets, self.imposed_by, self.sectors)

    def _effects_on(self, flows: Flows) -> Iterator[Shock]:
        if self.embargo is not None:
            yield EmbargoShock(measure=self.id, flows=flows, intensity=self.embargo.central)
            return
        assert self.ave is not None  # the rules give exactly one of the two
        barrier, rent = 1.0 + self.ave.central, self.rent_share.central
        if rent < 1.0:
            yield TradeCostShock(measure=self.id, flows=flows, factor=barrier ** (1.0 - rent))
        if rent > 0.0:
            assert self.recipient is not None  # the rules ask for one
            yield RentWedgeShock(
                measure=self.id,
                flows=flows,
                base_factor=1.0,
                new_factor=barrier**rent,
                recipient=self.recipient,
            )

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key; an embargo has no rent."""
        found = super().estimates()
        if self.embargo is not None:
            del found["rent_share"]
        return found

    def with_rent_share(self, rent_share: Estimate) -> Self:
        """Return the measure with another rent share, where the file says that somebody earns a rent."""
        if self.recipient is None or self.ave is None:
            return self
        return self.model_copy(update={"rent_share": rent_share})

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from exactly_one(
            given, ("embargo", "ave"), "a share of trade cut off, or an ad-valorem equivalent"
        )
        share = given.get("rent_share")
        if "embargo" in given and share is not None:
            yield Problem(
                ("rent_share",),
                "`rent_share` beside `embargo`",
                "a rent share only beside `ave`",
                "Delete the key.",
            )
        elif share is not None and "recipient" not in given and not _is_zero(share):
            yield Problem(
                ("recipient",),
                "the key is missing",
                "importer-government, importer-firms or exporter-firms: who earns the rent that `rent_share` states",
            )


def _is_zero(share: object) -> bool:
    if isinstance(share, Estimate):
        return share.central == 0.0
    if isinstance(share, Mapping):
        return cast("Mapping[str, object]", share).get("central") == 0
    return share == 0
