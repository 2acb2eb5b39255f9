"""Break-even prices of a supply contract, and the zone of prices in which both sides are better off.

    EV_i(p)        household equivalent variation of side i when the contract price is p, with the other terms of the measure
    EV_i(R)        the same when the volume changes hands at the reference price R, without a change of duties
    break-even     the p with EV_i(p) = EV_i(R): the secant method on the equilibrium, bracketed where it strays
    zone           prices from the seller's break-even up to the buyer's: both are better off than at their references; else empty

The measure stands alone on top of the context there. A second question is asked of the programme as a whole (`whole_programme`): at which
contract price is a side as well off as without any decision, all the other measures as they are?

The seller's outside option is valued as the same volume earning R. Sold elsewhere at R it would move other buyers' prices a little too,
which is left out. Source: Brent (1973), chapter 4, for the bracketed root; the linear special case is the Nash bargain over a gas price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from accord.adapters import equilibrium as adapter
from accord.errors import Fault, ProgrammeError, nearest
from accord.study.check import check_programme
from accord.study.energy import supplies, with_measure
from accord.study.energy_columns import WITHOUT, prices_of, supply_table
from accord.study.resolve import resolve_supports

if TYPE_CHECKING:
    from accord.engines.equilibrium import Guide
    from accord.programme import Programme
    from accord.programme.measures import EnergySupply
    from accord.programme.model import ModelOptions
    from accord.shocks import Shock
    from accord.study.check import Checked
    from accord.study.prepare import Prepared
    from accord.tables import Table
    from accord.world import World

LOWEST, HIGHEST = 0.2, 3.0
"""Prices tried: from this share of the lowest price named to this multiple of the highest."""
PRECISION = 1e-6
"""Of a break-even price, as a share of the reference."""
SECANT_STEPS = 12
CURVE = 9
"""Prices at which welfare is tabulated for the figure."""
OUTSIDE = {"buyer": ("buyer-alternative", "other"), "seller": ("seller-netback", "seller-home", "other")}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Root:
    """A break-even price; NaN where the side gains, or loses, at every price tried."""

    price: float
    always: Literal["gains", "loses"] | None = None

    @property
    def said(self) -> str:
        """What the search came to, in words."""
        return "found" if self.always is None else f"{self.always} at every price tried"


@dataclass(frozen=True)
class BreakEven:
    """What a supply contract is worth to either side at any price.

    Attributes:
        tables: `break_even`, `zones` and `price_curve`.
        sentences: The answer for readers.
    """

    tables: dict[str, Table]
    sentences: tuple[str, ...]


@dataclass
class _Contract:
    """Welfare of both sides at any price; each price is solved once."""

    programme: Programme
    world: World
    measure: EnergySupply
    choices: ModelOptions
    guide: Guide | None

    def __post_init__(self) -> None:
        checked = self._checked(self.measure)
        everything = (*checked.context, *checked.decisions)
        self.model = adapter.build_model(self.world, everything, self.choices, guide=self.guide or "own")
        self.start: np.ndarray | None = None
        if self.model.guide is None:
            self.start = self.model.solve(self._shocks(self.measure)).point
        self.base = self.model.unchanged.household_consumption
        self.known: dict[tuple[float, bool], np.ndarray] = {}
        self.place = _places(checked, self.world, self.measure)

    def welfare(self, price: float, *, terms: bool = True) -> np.ndarray:
        """Household consumption (n,) at `price`, with or without the measure's change of duties."""
        key = (price, terms or self.measure.export_duty is None)
        if key not in self.known:
            changed = self.measure.at(price) if terms else self.measure.at(price).without_duty()
            self.known[key] = self.model.solve(self._shocks(changed), self.start).household_consumption
        return self.known[key]

    def _with(self, measure: EnergySupply) -> Programme:
        return with_measure(self.programme, measure.id, lambda _: measure)

    def _checked(self, measure: EnergySupply) -> Checked:
        return check_programme(self._with(measure), self.world)

    def _shocks(self, measure: EnergySupply) -> tuple[Shock, ...]:
        checked = resolve_supports(self.model, self._checked(measure))  # of projects in the context
        return (*checked.context, *checked.decisions)


def break_even(
    programme: Programme,
    world: World,
    measure: str,
    choices: ModelOptions | None = None,
    *,
    progress: Progress | None = None,
    guide: Guide | None = None,
) -> BreakEven:
    """Return break-even prices and zones of the measure `measure` of `programme` on `world`.

    Args:
        programme: What is proposed.
        world: The data.
        measure: Id of a measure of kind `energy-supply`.
        choices: Options of the long-run engine; the programme's own by default.
        progress: Called as it goes on.
        guide: What foretells equilibria of the World, where it is known already.
    """
    tell = progress or (lambda *_: None)
    chosen = _chosen(programme, measure)
    tell("calibrating", 0, 4)
    contract = _Contract(programme, world, chosen, choices or programme.model, guide)
    named = _named_prices(chosen)
    tell("finding break-even prices", 1, 4)
    found: dict[tuple[str, str], Root] = {}
    rows = []
    for one in chosen.references:
        for side, place in contract.place.items():
            root = _against(contract, place, one.price.central, named)
            found[side, one.name] = root
            rows.append(
                {
                    "measure": chosen.id,
                    "party": world.regions[place],
                    "party_role": side,
                    "reference": one.name,
                    "reference_of": one.of,
                    "reference_price": one.price.central,
                    "break_even_price": root.price,
                    "price_unit": chosen.unit,
                    "searched": root.said,
                }
            )
    tell("tabulating the zone", 3, 4)
    zones = _zones(chosen, found)
    tables = {
        "break_even": supply_table(
            "break_even",
            "Price at which each side is as well off as at each reference",
            pd.DataFrame(rows),
            keys=("measure", "party_role", "reference"),
        ),
        "zones": supply_table(
            "zones",
            "Prices at which both sides are better off than at their references",
            zones,
            keys=("measure", "buyer_reference", "seller_reference"),
        ),
        "price_curve": supply_table(
            "price_curve",
            "Household welfare of both sides by contract price, against the base price",
            _curve(contract, chosen, named),
            keys=("measure", "contract_price", "region"),
        ),
    }
    tell("done", 4, 4)
    return BreakEven(tables, tuple(_sentences(world, contract, zones)))


def _chosen(programme: Programme, name: str) -> EnergySupply:
    known = {measure.id: measure for measure in supplies(programme)}
    if name not in known:
        raise ProgrammeError(
            [
                Fault(
                    programme.name,
                    f"no supply terms '{name}'",
                    f"a measure of kind energy-supply: {', '.join(known) or 'this programme has none'}",
                    nearest(name, known),
                )
            ]
        )
    return known[name]


def whole_programme(prepared: Prepared, measure: EnergySupply) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return break-even prices and the zone of the programme as a whole, each side against the context alone.

    Args:
        prepared: The programme, whose other measures stay as they are.
        measure: One of its decisions.
    """
    world, programme = prepared.world, prepared.programme
    others = [shock for shock in prepared.checked.decisions if shock.measure != measure.id]
    start = prepared.context_alone.household_consumption
    known: dict[float, np.ndarray] = {}
    near = prepared.everything.point if prepared.model.guide is None else None

    def gains(price: float) -> np.ndarray:
        if price not in known:
            alone = with_measure(programme, measure.id, lambda _: measure.at(price))
            terms = check_programme(alone, world).decisions
            state = prepared.model.solve((*prepared.checked.context, *others, *terms), near)
            known[price] = state.household_consumption - start
        return known[price]

    named = _named_prices(measure)
    place = _places(check_programme(programme, world), world, measure)
    found = {
        side: root_of(lambda price, n=n: float(gains(price)[n]), named, PRECISION * min(named))
        for side, n in place.items()
    }
    rows = [
        {
            "measure": measure.id,
            "party": world.regions[n],
            "party_role": side,
            "reference": WITHOUT,
            "reference_of": "context alone",
            "reference_price": np.nan,
            "break_even_price": found[side].price,
            "price_unit": measure.unit,
            "searched": found[side].said,
        }
        for side, n in place.items()
    ]
    zone = zone_row(measure, WITHOUT, WITHOUT, found["seller"], found["buyer"])
    return pd.DataFrame(rows), pd.DataFrame([zone])


def _named_prices(measure: EnergySupply) -> list[float]:
    """Prices that the file names: the contract's after and before the measure, and the references."""
    return [measure.new_price, measure.base_price.central, *(one.price.central for one in measure.references)]


def _places(checked: Checked, world: World, measure: EnergySupply) -> dict[str, int]:
    """Positions of seller and buyer among the World's regions."""
    terms = next(shock for shock in checked.decisions + checked.context if shock.measure == measure.id)
    flows = getattr(terms, "flows", None)
    return {
        "seller": world.regions.index(flows.exporters[0]),  # type: ignore[union-attr]
        "buyer": world.regions.index(flows.importers[0]),  # type: ignore[union-attr]
    }


def _against(contract: _Contract, place: int, reference: float, named: list[float]) -> Root:
    """Price at which the region at `place` is as well off as at `reference`."""
    target = float(contract.welfare(reference, terms=False)[place])

    def gain(price: float) -> float:
        return float(contract.welfare(price)[place]) - target

    # Without a change of duties the reference itself is the answer; looking there first saves the search.
    if abs(gain(reference)) < 1e-10 * target:
        return Root(reference)
    return root_of(gain, named, PRECISION * reference)


def root_of(gain: Callable[[float], float], named: list[float], precision: float) -> Root:
    """Price between the lowest and the highest tried at which `gain` is zero; an equilibrium within `precision` of it was solved."""
    low, high = LOWEST * min(named), HIGHEST * max(named)
    first = named[0]
    second = next((price for price in named if abs(price / first - 1.0) > 1e-3), 1.1 * first)
    ends = [(first, gain(first)), (second, gain(second))]
    for _ in range(SECANT_STEPS):
        (one, gain_one), (other, gain_other) = ends[-2:]
        if gain_one == gain_other:
            break
        price = other - gain_other * (other - one) / (gain_other - gain_one)
        if not low <= price <= high:
            break
        if abs(price - other) < precision:
            return Root(price)
        ends.append((price, gain(price)))
    at_low, at_high = gain(low), gain(high)
    if at_low * at_high > 0.0:
        return Root(float("nan"), "gains" if at_low > 0.0 else "loses")
    return Root(float(brentq(gain, low, high, xtol=precision, rtol=4 * np.finfo(float).eps)))


def _zones(measure: EnergySupply, found: dict[tuple[str, str], Root]) -> pd.DataFrame:
    rows = []
    for buyers in measure.references:
        for sellers in measure.references:
            own = buyers.of in OUTSIDE["buyer"] and sellers.of in OUTSIDE["seller"]
            if own or buyers.name == sellers.name:
                pair = found["seller", sellers.name], found["buyer", buyers.name]
                rows.append(zone_row(measure, buyers.name, sellers.name, *pair))
    return pd.DataFrame(rows)


def zone_row(
    measure: EnergySupply, buyers: str, sellers: str, seller: Root, buyer: Root
) -> dict[str, object]:
    """A row of zones; a side that gains at every price tried sets no bound, and one that loses at every price leaves none."""
    lowest = 0.0 if seller.always == "gains" else seller.price
    highest = np.inf if buyer.always == "gains" else buyer.price
    wide = highest - lowest > 10.0 * PRECISION * measure.base_price.central  # false where a side always loses
    return {
        "measure": measure.id,
        "buyer_reference": buyers,
        "seller_reference": sellers,
        "lowest_price": seller.price,
        "highest_price": buyer.price,
        "zone": "not empty" if wide else "empty",
        "price_unit": measure.unit,
    }


def _curve(contract: _Contract, measure: EnergySupply, named: list[float]) -> pd.DataFrame:
    base = contract.welfare(measure.base_price.central, terms=False)
    grid = sorted({*np.linspace(0.6 * min(named), 1.2 * max(named), CURVE).tolist(), *named})
    rows = []
    for price in grid:
        change = contract.welfare(price) - base
        rows += [
            {
                "measure": measure.id,
                "contract_price": price,
                "price_unit": measure.unit,
                "region": contract.world.regions[place],
                "party_role": side,
                "supply_ev_usd": float(change[place]),
                "supply_ev_pct": float(100.0 * change[place] / contract.base[place]),
            }
            for side, place in contract.place.items()
        ]
    return pd.DataFrame(rows)


def _sentences(world: World, contract: _Contract, zones: pd.DataFrame) -> list[str]:
    names = {side: world.region_names[world.regions[place]] for side, place in contract.place.items()}
    said = []
    for row in zones.to_dict("records"):
        against = (
            f"against '{row['buyer_reference']}' for both"
            if row["buyer_reference"] == row["seller_reference"]
            else f"{names['buyer']} against '{row['buyer_reference']}', {names['seller']} against '{row['seller_reference']}'"
        )
        if row["zone"] == "empty":
            said.append(f"{against}: no price makes both better off")
        else:
            said.append(f"{against}: both are better off at prices {prices_of(row)}")
    return [sentence[:1].upper() + sentence[1:] + "." for sentence in said]
