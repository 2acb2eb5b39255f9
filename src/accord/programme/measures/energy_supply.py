"""Kind `energy-supply`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, Field

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import AS_LIST, Text
from accord.programme.labels import USE_WORDS, as_labels
from accord.programme.measures.base import SETTINGS, Measure, exactly_one
from accord.programme.problems import Problem
from accord.programme.quantities import (
    PRICE_UNITS,
    UNITS_OF,
    VOLUME_UNITS,
    EnergyProduct,
    converted_price,
    measures,
    value_usd_million,
)
from accord.shocks import Flows, Shock, SupplyTermsShock, TransferShock

PRICE = "a price above zero, in the unit of `price_unit`"
Price = Annotated[Estimate, Within(0.01, 100_000, PRICE)]
SECTOR_OF = {"gas": "B06", "crude": "B06", "refined": "C19", "electricity": "D", "coal": "B05"}
"""Sector of the OECD tables that holds each product."""
ALL_OF_IT = Estimate(
    low=1.0, central=1.0, high=1.0, source="assumption: the sector's whole flow is the product"
)
PassedTo = Literal["users", "government"]
Side = Literal["seller", "buyer"]


class PriceYear(BaseModel):
    """The contract price of one year."""

    model_config = SETTINGS

    year: Annotated[int, Within(1990, 2200, "a calendar year")]
    """Calendar year."""
    price: Price
    """Contract price, in the unit of `price_unit`."""


class Reference(BaseModel):
    """A price that the contract is held against; which one is chosen decides who subsidises whom."""

    model_config = SETTINGS

    name: Text
    """Name for readers, such as "European netback"."""
    of: Literal["buyer-alternative", "seller-netback", "seller-home", "other"]
    """Whose price it is: what the buyer would pay elsewhere, what the seller would get elsewhere after transport and duty, the seller's
    home price, or another."""
    price: Price
    """The price, in the unit of `price_unit`."""


class ExportDuty(BaseModel):
    """A duty inside the contract price, and whose budget it goes to."""

    model_config = SETTINGS

    rate: Annotated[Estimate, Within(0, 0.95, "a share of the contract price")]
    """Duty in the base data, share of the contract price."""
    new_rate: Annotated[Estimate, Within(0, 0.95, "a share of the contract price")]
    """Duty after the measure, share of the contract price."""
    revenue_to: Side = "seller"
    """Whose government had it in the base data."""
    new_revenue_to: Side = "seller"
    """Whose government has it after the measure."""


class EnergySupply(Measure):
    """Terms on which one region supplies another with gas, oil, oil products, power or coal.

    The price of a contract moves from `base_price`, which the base data hold, to `price`. Contract volumes are inframarginal: a lower
    price is income given from seller to buyer, and nobody's choice of source follows it, unless `marginal = true` or
    a part of the volume is beyond `take_or_pay`. Each named reference says against which price the seller gives or earns; all are
    run side by side, as is handing the difference to users or to the buyer's budget. Where the sector mixes products, `product_shares`
    say how much of each user's purchases is the product: refineries buy crude, power stations gas.

    **Evidence to collect.** The contract with its formula and volumes; the price paid at the border in the base year; prices of
    alternatives delivered; transport and duty for the netback; regulated prices at the seller's home; energy balances for product shares.

    **Shocks.** Supply terms, which become contract prices of cells when the World is known: with product share s and price ratio r the
    cell's price moves by 1 - s + s r; a transfer between budgets where a duty moves.

    **Ignores.** Security of supply, storage, indexation within the year, arrears; a volume that differs from the World's flow other
    than as `volume_rule` says.
    """

    kind: Literal["energy-supply"] = "energy-supply"
    """`energy-supply`."""
    seller: Text
    """Region that supplies."""
    buyer: Text
    """Region that is supplied."""
    product: EnergyProduct
    """`gas`, `crude`, `refined`, `electricity` or `coal`."""
    sector: Text | None = None
    """Sector of the World that holds the product; B06 (gas, crude), C19 (refined), D (electricity), B05 (coal) when left out."""
    product_shares: dict[
        str, Annotated[Estimate, Within(0, 1, "the product's share of a user's purchases")]
    ] = Field(default_factory=dict)
    """Users of a sector that mixes products: using sector or final use -> share of its purchases that is the product."""
    other_users_share: Annotated[Estimate, Within(0, 1, "the product's share of a user's purchases")] = (
        ALL_OF_IT
    )
    """The product's share of the purchases of every user that `product_shares` does not name."""
    base_price: Price
    """Contract price that the base data hold, in the unit of `price_unit`."""
    price: Price | None = None
    """Contract price after the measure; instead of `prices`."""
    prices: Annotated[tuple[PriceYear, ...], AS_LIST] | None = None
    """Contract price by year, { year, price }; the last one is what the long run holds."""
    price_unit: Text | None = None
    """Unit of every price: USD/1000 m3, USD/t, USD/barrel, USD/MWh or USD/GJ; the product's usual one when left out."""
    references: Annotated[tuple[Reference, ...], AS_LIST]
    """Reference prices, { name, of, price }; the first one is the central run's."""
    volume: Annotated[Estimate, Within(0.000_001, 100_000, "a yearly volume above zero")] | None = None
    """Volume a year under the contract, in `volume_unit`; the World's own flow when left out."""
    volume_unit: Text | None = None
    """bcm, Mt, million barrels, TWh or PJ; the product's usual one when left out."""
    volume_rule: Literal["volume", "world"] = "volume"
    """`volume`: that part of the World's flow is under the contract. `world`: all of it is, and the volume only stands beside it."""
    take_or_pay: Annotated[Estimate, Within(0, 1, "a share of the volume")] | None = None
    """Share of the volume that is paid whether taken or not; buyers choose freely beyond it. All of it when left out."""
    marginal: bool = False
    """Whether buyers choose their sources at the contract price."""
    passed_to: PassedTo = "users"
    """Who has the price difference in the central run: `users`, or the buyer's `government` as a lump sum."""
    export_duty: ExportDuty | None = None
    """A duty inside the contract price and where its revenue goes."""

    made_of = (SupplyTermsShock, TransferShock)

    @property
    def unit(self) -> str:
        """Unit of every price."""
        return self.price_unit or UNITS_OF[self.product][0]

    @property
    def unit_of_volume(self) -> str:
        """Unit of the volume."""
        return self.volume_unit or UNITS_OF[self.product][1]

    @property
    def new_price(self) -> float:
        """The price that the contract comes to."""
        if self.prices:
            return self.prices[-1].price.central
        return self.price.central if self.price is not None else self.base_price.central

    @property
    def supplying_sector(self) -> str:
        """Sector of the World that holds the product."""
        return self.sector or SECTOR_OF[self.product]

    def value(self, price: float) -> float | None:
        """USD million a year at `price`; None where no volume is stated."""
        if self.volume is None:
            return None
        return value_usd_million(self.product, price, self.unit, self.volume.central, self.unit_of_volume)

    def price_in_usual_unit(self, price: float) -> float:
        """`price` in the product's usual unit."""
        return converted_price(self.product, price, self.unit, UNITS_OF[self.product][0])

    def at(self, price: float) -> Self:
        """Return the measure with another contract price, for every year."""
        stated = Estimate.exactly(price, "assumption: a price that is tried")
        return self.model_copy(update={"price": stated, "prices": None})

    def against(self, reference: str) -> Self:
        """Return the measure with another reference as the central one."""
        chosen = [one for one in self.references if one.name == reference]
        others = [one for one in self.references if one.name != reference]
        return self.model_copy(update={"references": (*chosen, *others)})

    def passing_to(self, passed_to: PassedTo) -> Self:
        """Return the measure with the difference going to users or to the buyer's government."""
        return self.model_copy(update={"passed_to": passed_to})

    def without_duty(self) -> Self:
        """Return the measure without its change of duties."""
        return self.model_copy(update={"export_duty": None})

    def effects(self) -> tuple[Shock, ...]:
        """Return the supply terms, and the transfer between budgets where a duty moves."""
        reference = self.references[0].price.central
        paid = 1.0 if self.take_or_pay is None else self.take_or_pay.central
        users = as_labels(tuple(self.product_shares), USE_WORDS) or ()
        shares = zip(users, (share.central for share in self.product_shares.values()), strict=True)
        terms = SupplyTermsShock(
            measure=self.id,
            flows=Flows(exporters=(self.seller,), importers=(self.buyer,), sectors=(self.supplying_sector,)),
            base_factor=self.base_price.central / reference,
            new_factor=self.new_price / reference,
            product_share=tuple(shares),
            other_share=self.other_users_share.central,
            value_at_reference=self.value(reference) if self.volume_rule == "volume" else None,
            marginal_share=1.0 if self.marginal else 1.0 - paid,
            passed_to=self.passed_to,
        )
        moved = self.duty_moved()["buyer"]
        if moved == 0.0:
            return (terms,)
        payer, recipient = (self.seller, self.buyer) if moved > 0.0 else (self.buyer, self.seller)
        return (
            terms,
            TransferShock(measure=self.id, payer=payer, recipient=recipient, amount=abs(moved)),
        )

    def duty_moved(self) -> dict[Side, float]:
        """Change of each government's duty revenue, USD million a year."""
        change: dict[Side, float] = {"seller": 0.0, "buyer": 0.0}
        duty = self.export_duty
        if duty is None:
            return change
        before, after = self.value(self.base_price.central) or 0.0, self.value(self.new_price) or 0.0
        change[duty.revenue_to] -= duty.rate.central * before
        change[duty.new_revenue_to] += duty.new_rate.central * after
        return change

    def shares_by_year(self) -> tuple[tuple[int, float], ...]:
        """Return how far the price has come from `base_price` to its last year's, in logs; empty for one price, or where both are one."""
        last = log(self.new_price / self.base_price.central)
        if not self.prices or len(self.prices) == 1 or abs(last) < 1e-12:
            return ()
        return tuple(
            (point.year, log(point.price.central / self.base_price.central) / last) for point in self.prices
        )

    def notes(self) -> tuple[str, ...]:
        """Return what a reader of the results must know about this measure."""
        notes = list(super().notes())
        if self.prices and len(self.prices) > 1 and self.status != "dropped":
            notes.append(
                f"measure '{self.id}': both horizons hold the price of {self.prices[-1].year}, "
                f"{self.new_price:g} {self.unit}; the table energy_path has every year, and delays and progress follow the path"
            )
        return tuple(notes)

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        found = super().estimates()
        found |= {f"product_shares.{user}": share for user, share in self.product_shares.items()}
        found |= {f"prices.{point.year}": point.price for point in self.prices or ()}
        found |= {f"references.{one.name}": one.price for one in self.references}
        if self.export_duty is not None:
            found |= {
                "export_duty.rate": self.export_duty.rate,
                "export_duty.new_rate": self.export_duty.new_rate,
            }
        if (
            self.other_users_share == ALL_OF_IT
            and not self.product_shares
            and self.product not in {"gas", "crude"}
        ):
            found.pop("other_users_share", None)  # a sector that holds one product only
        return found

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from exactly_one(given, ("price", "prices"), "one price, or a price by year")
        if isinstance(given.get("seller"), str) and given.get("seller") == given.get("buyer"):
            yield Problem(
                ("buyer",),
                f"{given['buyer']} supplies itself",
                "two different regions",
                "Name the other one.",
            )
        yield from _units(given)
        yield from _years(given)
        yield from _references(given)
        if given.get("marginal") is True and "take_or_pay" in given:
            yield Problem(
                ("marginal",),
                "marginal = true beside `take_or_pay`",
                "one of the two: all of the volume is chosen at the contract price, or the part beyond take-or-pay",
                "Delete one of them.",
            )
        for key in ("export_duty", "volume_rule", "volume_unit"):
            if key in given and "volume" not in given:
                yield Problem(("volume",), f"`{key}` is given without `volume`", "a yearly volume")


def _units(given: Mapping[str, Any]) -> Iterator[Problem]:
    product = given.get("product")
    for key, known in (("price_unit", PRICE_UNITS), ("volume_unit", VOLUME_UNITS)):
        unit = given.get(key)
        if isinstance(unit, str) and isinstance(product, str) and product in UNITS_OF:
            fitting = [name for name in known if measures(product, name)]
            if unit not in fitting:
                yield Problem(
                    (key,),
                    f'"{unit}" does not measure {product}',
                    f"one of: {', '.join(fitting)}",
                    "See: accord energy units",
                )


def _years(given: Mapping[str, Any]) -> Iterator[Problem]:
    points = given.get("prices")
    if not isinstance(points, list | tuple):
        return
    years = [_year_of(point) for point in cast("Sequence[object]", points)]
    for index, (earlier, later) in enumerate(itertools.pairwise(years), start=1):
        if earlier is not None and later is not None and later <= earlier:
            yield Problem(
                ("prices", index, "year"), f"{later} follows {earlier}", "years in order, each once"
            )
    start = getattr(given.get("in_force"), "year", None)
    if years and isinstance(start, int) and years[0] is not None and years[0] < start:
        yield Problem(
            ("prices", 0, "year"),
            f"a price of {years[0]}, and the measure acts from {start}",
            f"years from {start} on",
            "Earlier prices are `base_price`, which the base data hold.",
        )


def _year_of(point: object) -> int | None:
    if isinstance(point, PriceYear):
        return point.year
    year = cast("Mapping[str, object]", point).get("year") if isinstance(point, Mapping) else None
    return year if type(year) is int else None


def _references(given: Mapping[str, Any]) -> Iterator[Problem]:
    references = given.get("references")
    if references in ([], ()):
        yield Problem(
            ("references",),
            "no reference price is named",
            "at least one { name, of, price }: without one nobody can say who subsidises whom",
        )
    if not isinstance(references, list | tuple):
        return
    seen: set[str] = set()
    for index, one in enumerate(cast("Sequence[object]", references)):
        name = one.name if isinstance(one, Reference) else None
        if isinstance(one, Mapping):
            name = cast("Mapping[str, object]", one).get("name")
        if isinstance(name, str) and name in seen:
            yield Problem(("references", index, "name"), f'"{name}" stands there twice', "each name once")
        if isinstance(name, str):
            seen.add(name)
