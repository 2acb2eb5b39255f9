"""The small vocabulary between programmes and engines: what measures make and engines accept.

A shock says *where* it falls by labels (`Flows` or `Producers`), *what* it does by numbers with a fixed meaning, and how much of
it is meant (`weight`). Weights scale along the path of METHODS section 13: linear in log trade cost, tariff rate, log
productivity and embargo intensity. Nothing here knows arrays or Worlds; labels are checked by `study.check`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self

Labels = tuple[str, ...] | None
"""Labels selected along one axis; None means all of them."""

Recipient = Literal["importer-government", "importer-firms", "exporter-firms"]


@dataclass(frozen=True, slots=True)
class Flows:
    """International flows from `exporters` to `importers` of the products of `sectors` bought by `uses`.

    A flow within one region is never selected. `uses` names using sectors or final uses (None = every user).
    """

    exporters: Labels = None
    importers: Labels = None
    sectors: Labels = None
    uses: Labels = None


@dataclass(frozen=True, slots=True)
class Producers:
    """Producers in `regions` of the products of `sectors`."""

    regions: Labels = None
    sectors: Labels = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shock:
    """What every shock carries: the measure that made it and how much of it is meant (0 nothing, 1 all)."""

    measure: str
    weight: float = 1.0

    def weighted(self, weight: float) -> Self:
        """Return the same shock with its weight multiplied by `weight`."""
        return replace(self, weight=self.weight * weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowShock(Shock):
    """A shock that falls on international flows."""

    flows: Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffShock(FlowShock):
    """The ad-valorem tariff rate on `flows` becomes `new_rate` (share of import value before duty).

    With `change` instead, the rate moves by that many points, never below zero; with `schedule`, each cell takes the rate of
    that tariff schedule of the World. Exactly one of the three is given.
    """

    new_rate: float | None = None
    change: float | None = None
    schedule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeCostShock(FlowShock):
    """The iceberg trade cost (resource cost) on `flows` is multiplied by `factor` > 0."""

    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RentWedgeShock(FlowShock):
    """A price wedge whose revenue is somebody's income (METHODS section 3).

    The base data are taken to hold the factor `base_factor` (>= 1) on `flows`: it is calibrated into the base; the shock moves
    it to `new_factor` (>= 1). The revenue goes to `recipient` at either end of the flow.
    """

    base_factor: float
    new_factor: float
    recipient: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbargoShock(FlowShock):
    """Trade in `flows` is cut with `intensity` in [0, 1]: sourcing weights are multiplied by (1 - intensity)."""

    intensity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductivityShock(Shock):
    """Total factor productivity of `producers` is multiplied by `factor` > 0."""

    producers: Producers
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCostShock(Shock):
    """`payer` (a region) spends `amount` USD million a year, at base-year prices, without anyone consuming it.

    Implementation cost of a measure. It is bought as the payer's household bundle and lowers its household welfare one for one.
    """

    payer: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePreferenceShock(FlowShock):
    """What public users act as if the products of `flows` cost on top of their price (METHODS section 8).

    Choices are made at price x factor, payments and budgets are at the price: nobody pays the difference. The base data are taken
    to hold `base_factor` (>= 1) on every foreign flow to the importers of `flows` (home is preferred to all others); the shock moves
    it to `new_factor` (>= 1) on `flows` alone. `public_share` gives, for each user that is public at least in part, the share of its
    purchases that is.
    """

    base_factor: float
    new_factor: float
    public_share: tuple[tuple[str, float], ...]
