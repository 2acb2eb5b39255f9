"""Kind `procurement-access`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from accord.programme.estimate import Estimate, Within
from accord.programme.labels import USE_WORDS, as_labels
from accord.programme.measures.trade import TradeMeasure, whose_trade
from accord.programme.problems import Problem
from accord.shocks import HomePreferenceShock, Shock

PREFERENCE = "a preference like a price advantage; home bids that win when 15 % dearer are written 0.15"


class ProcurementAccess(TradeMeasure):
    """Public buyers give partners' goods part of the standing of home goods.

    Public buyers prefer home goods: they act as if goods from elsewhere cost a share b more, though nobody pays it. The measure
    cuts b for the partners only. Public buyers are the public part of every user: government wholly, public administration,
    education, health and state firms as far as `public_share` says. A buyer has one such preference: measures that open the same buyers
    to several partners state the same b, which the data hold once.

    **Evidence to collect.** Price preferences in the law and its exceptions; shares of contracts won by partners' bidders against
    their share of private purchases; how much of each sector is public.

    **Shocks.** A perceived price of the public part of users, from 1 + b to 1 + b (1 - c), on flows between the parties.

    **Ignores.** Quality and corruption of purchases, the size of contracts, and rules of origin; the preference for home over other
    third countries stays as it is, also where `in_base` says that the data hold a part of the cut for the partners.
    """

    kind: Literal["procurement-access"] = "procurement-access"
    """`procurement-access`."""
    home_preference: Annotated[Estimate, Within(0, 10, PREFERENCE)]
    """Price advantage b of home goods with public buyers before the measure (0.15 is 15 %)."""
    cut: Annotated[
        Estimate, Within(0, 1, "the share of the preference that goes; 1 is equal standing with home")
    ]
    """Share of the preference that the measure takes away for the partners."""
    public_share: dict[str, Annotated[Estimate, Within(0, 1, "the public share of a user's purchases")]]
    """Users that are public at least in part: final use or using sector -> public share of its purchases."""

    made_of = (HomePreferenceShock,)

    def effects(self) -> tuple[Shock, ...]:
        """Return the change of the perceived price for each direction."""
        before = self.home_preference.central
        users = as_labels(tuple(self.public_share), USE_WORDS) or ()
        shares = tuple(zip(users, (share.central for share in self.public_share.values()), strict=True))
        return tuple(
            HomePreferenceShock(
                measure=self.id,
                flows=flows,
                base_factor=1.0 + before,
                new_factor=1.0 + before * (1.0 - self.cut.central),
                public_share=shares,
            )
            for flows in self.flows()
        )

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        shares = {f"public_share.{user}": share for user, share in self.public_share.items()}
        return {**super().estimates(), **shares}

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from whose_trade(given)
        if given.get("public_share") == {}:
            yield Problem(
                ("public_share",),
                "no user is public",
                "at least one user with its public share",
                "For example: public_share = { government = 1.0, O = 1.0 }",
            )
