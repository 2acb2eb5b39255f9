"""What shocks to producers, factors and purchases make of a scenario; those to flows are in `equilibrium_scenario`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from accord.adapters.equilibrium_base import ordered_uses
from accord.adapters.index import UseGroups, ordered_positions, positions, producer_mask
from accord.adapters.technology import EVERYTHING, Factors
from accord.engines.equilibrium import BaseEconomy
from accord.errors import Fault
from accord.shocks import (
    VALUE_ADDED,
    FactorSupplyShock,
    PurchaseShock,
    Shock,
    SubsidyShock,
    TechnologyShock,
)
from accord.world import World

ROUNDING = 1e-9
"""Share of base cost by which a recipe may fall short of zero, from rounding in the file."""


@dataclass(kw_only=True)
class ProducerDraft:
    """The part of a scenario in the making that concerns producers, factors and purchases.

    Attributes:
        world: The data.
        base: The base economy.
        groups: Use groups.
        factors: Factors of production.
        payers: Regions that pay for purchases somewhere in the run.
        parts: Arrays of the scenario that shocks change, by field.
        subsidised_by: Who pays for each producer that is subsidised, by position of region and sector.
        faults: What is wrong with shocks so far.
    """

    world: World
    base: BaseEconomy
    groups: UseGroups
    factors: Factors
    payers: tuple[str, ...]
    parts: dict[str, np.ndarray]
    subsidised_by: dict[tuple[int, int], str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def region(self, label: str) -> int:
        """Position of a region."""
        return int(ordered_positions(self.world.regions, (label,), "region")[0])

    def sector(self, label: str) -> int:
        """Position of a sector."""
        return int(ordered_positions(self.world.sectors, (label,), "sector")[0])

    def fault(self, shock: Shock, found: str, expected: str, remedy: str) -> None:
        """Note what is wrong with a shock."""
        self.faults.append(Fault(f"measure '{shock.measure}'", found, expected, remedy))

    def subsidy(self, shock: SubsidyShock) -> None:
        """Add a rate on output; one government pays for each producer."""
        payer = self.region(shock.payer)
        chosen = producer_mask(shock.producers, self.world.regions, self.world.sectors)
        for region, sector in np.argwhere(chosen):
            first = self.subsidised_by.setdefault((int(region), int(sector)), shock.payer)
            if first != shock.payer:
                producer = f"{self.world.regions[region]} {self.world.sectors[sector]}"
                self.fault(
                    shock,
                    f"{shock.payer} subsidises {producer}, and so does {first}",
                    "one paying government for each producer",
                    "let one of them pay the whole rate, and a transfer between the two divide it",
                )
        self.parts["subsidy"][chosen] += shock.weight * shock.rate
        self.parts["subsidy_payer"][chosen] = payer

    def factor_supply(self, shock: FactorSupplyShock) -> None:
        """Multiply the supply of one factor, or of every factor."""
        names = self.factors.names
        if shock.factor != EVERYTHING and shock.factor not in names:
            split = EVERYTHING in names
            self.fault(
                shock,
                f"unknown factor '{shock.factor}'",
                f"one of {', '.join(dict.fromkeys((*names, EVERYTHING)))}",
                f"World '{self.world.name}' does not tell labour from capital: write labour_share under [model]"
                if split
                else "write one of these",
            )
            return
        chosen = np.flatnonzero([shock.factor in {name, EVERYTHING} for name in names])
        rigid = [names[v] for v in chosen if self.factors.rigid[v]]
        if rigid:
            self.fault(
                shock,
                f"the supply of {', '.join(rigid)} changes, but rigid_wages lets firms employ what they want at a fixed real wage",
                "either a change of supply or rigid wages",
                "leave rigid_wages out of [model]",
            )
        rows = positions(self.world.regions, shock.regions, "region")
        self.parts["factor_supply_hat"][np.ix_(rows, chosen)] *= shock.multiplier**shock.weight

    def purchase(self, shock: PurchaseShock) -> None:
        """Add real purchases in the market of a region, sourced as the named user sources them there."""
        user = self._purchasing_user(shock)
        if user is None:
            return
        weights = self.groups.weights_of(user)
        market, payer = self.region(shock.region), self.payers.index(shock.payer)
        products, shares = _basket(self.world.sectors, shock.basket)
        for place in np.flatnonzero(self.cannot_buy(weights, products, shares, market)).tolist():
            label = shock.basket[place][0]
            self.fault(
                shock,
                f"nobody who buys like {user} buys {label} in {shock.region} in the base data",
                "a product with a supplier there",
                "name another product, or another user whose sources it has",
            )
        self.buy(payer, market, weights, _by_product(self.world.sectors, shock.basket), shock)

    def buy(
        self, payer: int, market: int, weights: np.ndarray, shares: np.ndarray, shock: PurchaseShock
    ) -> None:
        """Add purchases of one payer in one market, as weights of groups (g,) and shares of products (k,) divide them."""
        value = (shock.weight * shock.amount) * shares
        self.parts["purchases"][payer, :, :, market] += value * weights[:, None]

    def cannot_buy(
        self, weights: np.ndarray, products: np.ndarray, shares: np.ndarray, market: int
    ) -> np.ndarray:
        """Products (p,) that nobody who buys like this buys in a market in the base, booleans."""
        unbought = self.base.expenditure[:, products, market] <= 0.0
        return ((weights[:, None] > 0.0) & unbought & (shares != 0.0)).any(axis=0)

    def _purchasing_user(self, shock: PurchaseShock) -> str | None:
        uses = ordered_uses(self.world)
        if shock.user is not None:
            if shock.user in self.groups.users:
                return shock.user
            found = f"unknown user '{shock.user}'"
        elif "investment" in uses:
            return "investment"
        elif len(uses) == 1:
            return uses[0]
        else:
            found = f"World '{self.world.name}' has several final uses and none is investment"
        self.fault(
            shock, found, "a using sector or a final use of the World", f"write one of {', '.join(uses)}"
        )
        return None

    def recipe(self, region: int, using: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (g, k) and factors (v,) of a recipe as shocks have changed it so far, to be changed in place."""
        for name, base in (("input_cost", self.base.input_share), ("factor_cost", self.base.factor_share)):
            if name not in self.parts:
                self.parts[name] = np.array(base)
        return self.parts["input_cost"][region, :, :, using], self.parts["factor_cost"][region, :, using]

    def base_recipe(self, region: int, using: int) -> np.ndarray:
        """Cost shares of inputs in the base (g, k)."""
        return self.base.input_share[region, :, :, using]

    def base_cost(self, region: int, using: int) -> np.ndarray | float:
        """What one producer spends on inputs and factors, USD million (`BaseEconomy.cost`, for one of them)."""
        base = self.base
        flows = base.expenditure[:, using, :, None] * base.expenditure_share[:, using, :, region, None]
        for rate in (base.wedges.tariff, base.wedges.import_rent, base.wedges.export_rent):
            flows = flows / (1.0 + rate[:, using, :, region, None])
        kept = 1.0 - base.output_tax[region, using] + base.subsidy[region, using]
        return float(kept * flows.sum())

    def technology(self, shock: TechnologyShock) -> None:
        """Change what a recipe costs at base prices, input by input, in shares of base cost."""
        region, using = self.region(shock.region), self.sector(shock.sector)
        cost = self.base_cost(region, using)
        producer = f"{shock.region} {shock.sector}"
        if np.any(cost <= 0.0):
            self.fault(
                shock, f"{producer} makes nothing", "a producer of the base data", "name another producer"
            )
            return
        inputs, factors = self.recipe(region, using)
        weights = self.groups.weight_matrix[:, using]
        for label, change in shock.changes:
            share = shock.weight * change / cost
            if label == VALUE_ADDED:
                old = self.base.factor_share[region, :, using]
                factors += share * old / old.sum(axis=0)
                left = factors.sum(axis=0)
            else:
                product = self.sector(label)
                if np.any(
                    (share > 0.0) & (weights > 0.0) & (self.base.expenditure[:, product, region] <= 0.0)
                ):
                    self.fault(
                        shock,
                        f"nobody who buys like {shock.sector} buys {label} in {shock.region} in the base data",
                        "an input with a supplier there",
                        "name another input",
                    )
                # What a user buys through each group keeps the proportions of the base where it has any.
                old = self.base_recipe(region, using)[:, product]
                whole = old.sum(axis=0)
                inputs[:, product] += share * np.where(
                    whole > 0.0, np.divide(old, whole, out=np.zeros_like(old), where=whole > 0.0), weights
                )
                left = inputs[:, product].sum(axis=0)
            if np.any(left < -ROUNDING) or (label == VALUE_ADDED and np.any(left <= 0.0)):
                # Of several draws, the first of those that ask for too much.
                at = int(np.argmin(np.ravel(left)))
                less, wanted = (
                    np.ravel(np.broadcast_to(part, np.shape(left)))[at]
                    for part in (cost * left, shock.weight * change)
                )
                self.fault(
                    shock,
                    f"{producer} would spend {less:.6g} USD million on {label}",
                    "no less than nothing on inputs, and more than that on labour and capital",
                    f"a change above {wanted - less:.6g} USD million",
                )
        np.maximum(inputs, 0.0, out=inputs)


@lru_cache(maxsize=1024)
def _basket(sectors: tuple[str, ...], basket: tuple[tuple[str, float], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Positions of products, and their shares; the same baskets come back in every scenario and draw."""
    labels, shares = zip(*basket, strict=True)
    return ordered_positions(sectors, labels, "sector"), np.array(shares)


@lru_cache(maxsize=1024)
def _by_product(sectors: tuple[str, ...], basket: tuple[tuple[str, float], ...]) -> np.ndarray:
    """Shares of a basket by product (k,)."""
    products, shares = _basket(sectors, basket)
    return np.bincount(products, shares, len(sectors))
