"""What is built: an investment with its import content and its payer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel

from accord.programme.estimate import Estimate, Within
from accord.programme.measures.base import SETTINGS
from accord.programme.measures.loan import RATE
from accord.programme.measures.project_costs import annuity
from accord.programme.measures.shares import Basket, Split
from accord.shocks import PurchaseShock


class Investment(BaseModel):
    """Plant that is built once and used for years; the long run sees its yearly capital charge."""

    model_config = SETTINGS

    usd_million: Annotated[Estimate, Within(0, 1_000_000, "USD million at base-year prices")]
    """What the plant costs, USD million."""
    life_years: Annotated[float, Within(1, 100, "years")] = 20.0
    """Years that it is used."""
    required_rate: Annotated[float, Within(-0.05, 0.5, RATE)] = 0.05
    """Real rate at which its cost is spread over its life in equal yearly parts."""
    basket: Basket
    """What it is made of: sector -> share."""
    payers: Split | None = None
    """Who pays: region -> share. Required where the capital charge is not part of the cost gap."""
    in_cost_gap: bool
    """Whether the cost gap counts the capital charge already. Then it is not paid again: a part of the gap's cost is spent on plant."""
    import_content: Annotated[Estimate, Within(0, 1, "a share of what the plant costs")] | None = None
    """Share of the plant bought from `imported_from`; the rest is bought at the sites as their investment is."""
    imported_from: Split | None = None
    """Where that share comes from: region -> share."""

    @property
    def yearly_charge(self) -> float:
        """Capital charge, USD million a year: equal parts over its life."""
        return annuity(self.usd_million.central, self.required_rate, self.life_years)

    def shocks(
        self,
        measure: str,
        sites: Mapping[str, float],
        payers: Mapping[str, float] | None = None,
        part: float = 1.0,
    ) -> tuple[PurchaseShock, ...]:
        """Return the purchases: for each payer and each market a share of `part` of the yearly charge."""
        abroad = 0.0 if self.import_content is None else self.import_content.central
        markets: dict[str, float] = {}
        for share, places in ((1.0 - abroad, sites), (abroad, self.imported_from or {})):
            for region, fraction in places.items():
                markets[region] = markets.get(region, 0.0) + share * fraction
        charge, basket = part * self.yearly_charge, tuple(self.basket.items())
        return tuple(
            [
                PurchaseShock(measure=measure, payer=payer, region=market, basket=basket, amount=amount)
                for payer, paid in (payers or self.payers or {}).items()
                for market, bought in markets.items()
                if (amount := paid * bought * charge) > 0.0
            ]
        )

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        found = {"investment.usd_million": self.usd_million}
        if self.import_content is not None:
            found["investment.import_content"] = self.import_content
        return found
