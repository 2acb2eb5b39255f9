"""The small vocabulary between programmes and engines: what measures make and engines accept.

A shock says *where* it falls by labels (`Flows` or `Producers`), *what* it does by numbers with a fixed meaning, and how much of
it is meant (`weight`). Weights scale along the path of METHODS section 13: linear in log trade cost, tariff rate, log
productivity and embargo intensity. Nothing here knows arrays or Worlds; every shock can say its labels in other names
(`relabelled`), by which groups are expanded and labels matched with a World.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from accord.frozen import changed, changer, quickly_made

Labels = tuple[str, ...] | None
"""Labels selected along one axis; None means all of them."""

Recipient = Literal["importer-government", "importer-firms", "exporter-firms"]

VALUE_ADDED = "value_added"
"""What stands for labour, capital and other factors where a shock names inputs."""


class Naming(Protocol):
    """Says labels in other names: the members of a group, the codes of a World. `key` names the key of the file, for faults."""

    def regions(self, labels: Labels, key: str) -> Labels:
        """Return region labels in other names."""
        ...

    def sectors(self, labels: Labels, key: str) -> Labels:
        """Return sector labels in other names."""
        ...

    def users(self, labels: Labels, key: str) -> Labels:
        """Return labels of using sectors and final uses in other names."""
        ...

    def party(self, label: str, key: str) -> str:
        """Return one region that pays or is paid in another name."""
        ...


@quickly_made
@dataclass(frozen=True, slots=True)
class Flows:
    """Flows from `exporters` to `importers` of the products of `sectors` bought by `uses`.

    A flow within one region is selected only with `home`. `uses` names using sectors or final uses (None = every user).
    """

    exporters: Labels = None
    importers: Labels = None
    sectors: Labels = None
    uses: Labels = None
    home: bool = False

    def relabelled(self, naming: Naming) -> Flows:
        """Return the same flows in other names."""
        named = (
            naming.regions(self.exporters, "exporters"),
            naming.regions(self.importers, "importers"),
            naming.sectors(self.sectors, "sectors"),
            naming.users(self.uses, "uses"),
        )
        same = named == (self.exporters, self.importers, self.sectors, self.uses)
        return self if same else Flows(*named, home=self.home)


@quickly_made
@dataclass(frozen=True, slots=True)
class Producers:
    """Producers in `regions` of the products of `sectors`."""

    regions: Labels = None
    sectors: Labels = None

    def relabelled(self, naming: Naming) -> Producers:
        """Return the same producers in other names."""
        return Producers(naming.regions(self.regions, "regions"), naming.sectors(self.sectors, "sectors"))


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class Shock:
    """What every shock carries: the measure that made it and how much of it is meant (0 nothing, 1 all)."""

    measure: str
    weight: float = 1.0

    def weighted(self, weight: float) -> Self:
        """Return the same shock with its weight multiplied by `weight`."""
        return self if weight == 1.0 else changer(type(self), ("weight",))(self, self.weight * weight)

    def remaining(self, in_base: float) -> Self:
        """Return what is left of it when the base data hold the share `in_base` (METHODS section 1)."""
        return self.weighted(1.0 - in_base)

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        del naming
        return self


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowShock(Shock):
    """A shock that falls on flows."""

    flows: Flows

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        flows = self.flows.relabelled(naming)
        return self if flows is self.flows else changed(self, flows=flows)


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedFlowShock(FlowShock):
    """A shock on flows that says which factor the base data hold (`base_factor`) and moves it to `new_factor`.

    What the base holds already moves its base along (in logs) instead of its weight: what remains is the same ratio, and what is
    already there is calibrated into the base.
    """

    base_factor: float
    new_factor: float

    def remaining(self, in_base: float) -> Self:
        """Return what is left of it when the base data hold the share `in_base` (METHODS section 1)."""
        if in_base == 0.0:
            return self
        return changed(self, base_factor=self.base_factor ** (1.0 - in_base) * self.new_factor**in_base)


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class TariffShock(FlowShock):
    """The ad-valorem tariff rate on `flows` becomes `new_rate` (share of import value before duty).

    With `change` instead, the rate moves by that many points, never below zero; with `schedule`, each cell takes the rate of
    that tariff schedule of the World. Exactly one of the three is given.
    """

    new_rate: float | None = None
    change: float | None = None
    schedule: str | None = None


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class TradeCostShock(FlowShock):
    """The iceberg trade cost (resource cost) on `flows` is multiplied by `factor` > 0."""

    factor: float


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class RentWedgeShock(CalibratedFlowShock):
    """A price wedge whose revenue is somebody's income (METHODS section 3).

    The base data are taken to hold the factor `base_factor` (>= 1) on `flows`: it is calibrated into the base; the shock moves
    it to `new_factor` (>= 1). The revenue goes to `recipient` at either end of the flow.
    """

    recipient: Recipient


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class EmbargoShock(FlowShock):
    """Trade in `flows` is cut with `intensity` in [0, 1]: sourcing weights are multiplied by (1 - intensity)."""

    intensity: float


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductivityShock(Shock):
    """Total factor productivity of `producers` is multiplied by `factor` > 0."""

    producers: Producers
    factor: float

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        return changed(self, producers=self.producers.relabelled(naming))


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCostShock(Shock):
    """`payer` (a region) spends `amount` USD million a year, at base-year prices, without anyone consuming it.

    It is bought as the payer's household bundle and lowers its household welfare one for one.

    Attributes:
        each: Where the payer is a group: whether each member pays the amount (implementation cost of a measure), or all of them
            together in equal parts (a cost that arises once).
    """

    payer: str
    amount: float
    each: bool = True

    def paid_by(self, payers: Collection[str]) -> tuple[Self, ...]:
        """Return the cost of each of `payers`, members of the group that pays: the amount, or its part; nothing where it is zero."""
        if self.amount == 0.0:
            return ()
        amount = self.amount if self.each else self.amount / len(payers)
        return tuple(
            [
                type(self)(
                    measure=self.measure, weight=self.weight, payer=payer, amount=amount, each=self.each
                )
                for payer in payers
            ]
        )

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        return changed(self, payer=naming.party(self.payer, "payer"))


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class HomePreferenceShock(CalibratedFlowShock):
    """What public users act as if the products of `flows` cost on top of their price (METHODS section 8).

    Choices are made at price x factor, payments and budgets are at the price: nobody pays the difference. The base data are taken
    to hold `base_factor` (>= 1) on `flows`, and `against_others` on every other foreign flow to their importers (home is preferred to
    all others); the shock moves it to `new_factor` (>= 1) on `flows` alone. `public_share` gives, for each user that is public at
    least in part, the share of its purchases that is.

    Attributes:
        against_others: What the base data hold against sellers that `flows` leave out; `base_factor` where None. What the base holds
            of the measure already is a lower preference against its own sellers, not against these.
    """

    public_share: tuple[tuple[str, float], ...]
    against_others: float | None = None

    @property
    def held_against_others(self) -> float:
        """What the base data hold against sellers that `flows` leave out."""
        return self.base_factor if self.against_others is None else self.against_others

    def remaining(self, in_base: float) -> Self:
        """Return what is left of it when the base data hold the share `in_base` (METHODS section 1)."""
        moved = self.base_factor ** (1.0 - in_base) * self.new_factor**in_base
        return changed(self, base_factor=moved, against_others=self.held_against_others)

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        shares = tuple(
            (user, share)
            for label, share in self.public_share
            for user in naming.users((label,), "public_share") or ()
        )
        return changed(self, flows=self.flows.relabelled(naming), public_share=shares)


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPriceShock(CalibratedFlowShock):
    """The price of supply contracts on `flows` over the named reference price moves from `base_factor` to `new_factor` (METHODS 10).

    Factors are 1 - discount; below one the seller gives income away, above one it earns a rent. The base data hold `base_factor`
    at the seller's end. The transfer is the price change times the volume, from seller to buyer.

    Attributes:
        marginal: Whether buyers choose their sources at the contract price. By default contract volumes are inframarginal: choices
            are made as if the contract price had not changed, payments are at the contract price.
        passed_to: `users` pay the new price; with `government`, users go on paying the old one and the buyer's government takes the
            difference as a lump-sum rent.
    """

    marginal: bool = False
    passed_to: Literal["users", "government"] = "users"


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyTermsShock(CalibratedFlowShock):
    """The price of one product, which is a part of `flows`, moves under a contract: what a measure can say without a World.

    `study.supply` turns it into a `ContractPriceShock` for each group of users once the World's flows are known: no engine takes it.
    Factors are contract price over reference price, of the product alone.

    Attributes:
        product_share: User -> share of its purchases of these flows that is the product.
        other_share: That share for every user that is not named.
        value_at_reference: Value of the contract's volume at the reference price, USD million a year; None where the whole product
            flow of the World is under the contract.
        marginal_share: Share of the volume whose buyers choose their sources at the contract price.
        passed_to: As in `ContractPriceShock`.
    """

    product_share: tuple[tuple[str, float], ...] = ()
    other_share: float = 1.0
    value_at_reference: float | None = None
    marginal_share: float = 0.0
    passed_to: Literal["users", "government"] = "users"

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        shares = tuple(
            (user, share)
            for label, share in self.product_share
            for user in naming.users((label,), "product_shares") or ()
        )
        return changed(self, flows=self.flows.relabelled(naming), product_share=shares)


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class SupportShock(FlowShock):
    """Users act as if the products of `flows` (home flows included where `flows.home`) were cheaper by `1 / factor` (METHODS 9).

    The support is a perceived price: nobody pays or earns it; what it costs is a separate `ResourceCostShock`, paid once. It is
    meant to lower the same users' purchases from `outside` by `amount` USD million a year at base prices; `study.resolve` solves
    for `factor` >= 1, which is None until then. `flows.exporters` are the sites of production.
    """

    outside: Labels
    amount: float
    factor: float | None = None

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        return changed(
            self, flows=self.flows.relabelled(naming), outside=naming.regions(self.outside, "outside")
        )


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class SubsidyShock(Shock):
    """`payer`'s government adds `rate` (share of the value of output) to what buyers pay `producers`."""

    producers: Producers
    rate: float
    payer: str

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        return changed(
            self,
            producers=self.producers.relabelled(naming),
            payer=naming.party(self.payer, "payer"),
        )


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class TransferShock(Shock):
    """`payer`'s household gives `recipient`'s `amount` USD million a year, in units of the numeraire (world average factor price)."""

    payer: str
    recipient: str
    amount: float

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        return changed(
            self,
            payer=naming.party(self.payer, "payer"),
            recipient=naming.party(self.recipient, "recipient"),
        )


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseShock(Shock):
    """`payer` buys `amount` USD million a year, at base prices, of the products in `basket` at the market of `region`.

    Investment and export demand with its payer: real quantities are fixed, the payer's household pays what they cost, nobody
    consumes them. `basket` gives (sector, share) with shares that add up to one. Products are sourced as `user` sources them there
    (a final use or a using sector; the World's investment by default, else its only final use).
    """

    payer: str
    region: str
    basket: tuple[tuple[str, float], ...]
    amount: float
    user: str | None = None

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names; a class or group of sectors shares its part equally."""
        basket: dict[str, float] = {}
        for label, share in self.basket:
            sectors = naming.sectors((label,), "basket") or ()
            for sector in sectors:
                basket[sector] = basket.get(sector, 0.0) + share / len(sectors)
        return changed(
            self,
            payer=naming.party(self.payer, "payer"),
            region=naming.party(self.region, "region"),
            basket=tuple(basket.items()),
        )


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class TechnologyShock(Shock):
    """The recipe of the producer of `sector` in `region` changes (METHODS section 11).

    `changes` gives, for inputs (sector labels, and "value_added" for labour and capital together), the change of their cost at
    base prices, USD million a year, for the whole base output. The unit cost at base prices then is (base cost + sum of changes) /
    base cost, and the new cost shares hold around that point. Partial weights take that share of every change.
    """

    region: str
    sector: str
    changes: tuple[tuple[str, float], ...]

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names; every label must stand for one sector."""

        def one(label: str, key: str) -> str:
            return (naming.sectors((label,), key) or (label,))[0]

        return changed(
            self,
            region=naming.party(self.region, "region"),
            sector=one(self.sector, "sector"),
            changes=tuple(
                (label if label == VALUE_ADDED else one(label, "changes"), change)
                for label, change in self.changes
            ),
        )


@quickly_made
@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSupplyShock(Shock):
    """The supply of `factor` ("labour", "capital", or "all" where the World does not tell them apart) in `regions` changes.

    It is multiplied by `multiplier` > 0, on paths linearly in its log.
    """

    regions: Labels
    factor: str
    multiplier: float

    def relabelled(self, naming: Naming) -> Self:
        """Return the same shock with its labels in other names."""
        return changed(self, regions=naming.regions(self.regions, "regions"))
