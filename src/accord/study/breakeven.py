"""Break-even prices of a supply contract, and the zone of prices in which both sides are better off than at their references.

    EV_i(p)        household equivalent variation of side i when the contract price is p, with the other terms of the measure
    EV_i(R)        the same when the volume changes hands at the reference price R, without a change of duties
    break-even     the p with EV_i(p) = EV_i(R), by bracketed root finding on the equilibrium
    zone           prices from the seller's break-even up to the buyer's: both are better off than at their references; else empty

The seller's outside option is valued as the same volume earning R. Sold elsewhere at R it would move other buyers' prices a little too,
which is left out. Sources: Brent (1973), chapter 4, for the root; the linear special case is the Nash bargain over a gas price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from accord.adapters import equilibrium as adapter
from accord.errors import Fault, ProgrammeError, nearest
from accord.study.check import check_programme
from accord.study.energy import supplies, with_measure
from accord.study.energy_columns import supply_table

if TYPE_CHECKING:
    from accord.programme import Programme
    from accord.programme.measures import EnergySupply
    from accord.programme.model import ModelOptions
    from accord.tables import Table
    from accord.world import World

LOWEST, HIGHEST = 0.2, 3.0
"""Prices tried: from this share of the lowest price named to this multiple of the highest."""
PRECISION = 1e-6
"""Of a break-even price, as a share of the reference."""
CURVE = 9
"""Prices at which welfare is tabulated for the figure."""
OUTSIDE = {"buyer": ("buyer-alternative", "other"), "seller": ("seller-netback", "seller-home", "other")}

Progress = Callable[[str, int, int], None]


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

    def __post_init__(self) -> None:
        everything = self._shocks(self.measure)
        self.model = adapter.build_model(self.world, everything, self.choices)
        self.base = self.model.unchanged.household_consumption
        self.known: dict[tuple[float, bool], np.ndarray] = {}
        matched = check_programme(self._with(self.measure), self.world)
        terms = next(
            shock for shock in matched.decisions + matched.context if shock.measure == self.measure.id
        )
        flows = getattr(terms, "flows", None)
        self.place = {
            "seller": self.world.regions.index(flows.exporters[0]),  # type: ignore[union-attr]
            "buyer": self.world.regions.index(flows.importers[0]),  # type: ignore[union-attr]
        }

    def welfare(self, price: float, *, terms: bool = True) -> np.ndarray:
        """Household consumption (n,) at `price`, with or without the measure's change of duties."""
        key = (price, terms)
        if key not in self.known:
            changed = self.measure.at(price) if terms else self.measure.at(price).without_duty()
            self.known[key] = self.model.solve(self._shocks(changed)).household_consumption
        return self.known[key]

    def _with(self, measure: EnergySupply) -> Programme:
        return with_measure(self.programme, measure.id, lambda _: measure)

    def _shocks(self, measure: EnergySupply):  # noqa: ANN202 - a tuple of shocks
        checked = check_programme(self._with(measure), self.world)
        return (*checked.context, *checked.decisions)


def break_even(
    programme: Programme,
    world: World,
    measure: str,
    choices: ModelOptions | None = None,
    *,
    progress: Progress | None = None,
) -> BreakEven:
    """Return break-even prices and zones of the measure `measure` of `programme` on `world`.

    Args:
        programme: What is proposed.
        world: The data.
        measure: Id of a measure of kind `energy-supply`.
        choices: Options of the long-run engine; the programme's own by default.
        progress: Called as it goes on.
    """
    tell = progress or (lambda *_: None)
    chosen = _chosen(programme, measure)
    tell("calibrating", 0, 4)
    contract = _Contract(programme, world, chosen, choices or programme.model)
    prices = [one.price.central for one in chosen.references]
    named = [*prices, chosen.base_price.central, chosen.new_price]
    low, high = LOWEST * min(named), HIGHEST * max(named)
    tell("finding break-even prices", 1, 4)
    found: dict[tuple[str, str], float] = {}
    rows = []
    for one in chosen.references:
        for side, place in contract.place.items():
            price = _root(contract, place, one.price.central, low, high)
            found[side, one.name] = price
            rows.append(
                {
                    "party": world.regions[place],
                    "party_role": side,
                    "reference": one.name,
                    "reference_of": one.of,
                    "reference_price": one.price.central,
                    "break_even_price": price,
                    "price_unit": chosen.unit,
                }
            )
    tell("tabulating the zone", 3, 4)
    zones = _zones(chosen, found)
    tables = {
        "break_even": supply_table(
            "break_even",
            "Price at which each side is as well off as at each reference",
            pd.DataFrame(rows),
            keys=("party_role", "reference"),
        ),
        "zones": supply_table(
            "zones",
            "Prices at which both sides are better off than at their references",
            zones,
            keys=("buyer_reference", "seller_reference"),
        ),
        "price_curve": supply_table(
            "price_curve",
            "Household welfare of both sides by contract price, against the base price",
            _curve(contract, chosen, named),
            keys=("contract_price", "region"),
        ),
    }
    tell("done", 4, 4)
    return BreakEven(tables, tuple(_sentences(chosen, world, contract, zones)))


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


def _root(contract: _Contract, place: int, reference: float, low: float, high: float) -> float:
    """Price at which the region at `place` is as well off as at `reference`; NaN where there is none between `low` and `high`."""
    target = float(contract.welfare(reference, terms=False)[place])
    scale = PRECISION * reference

    def gain(price: float) -> float:
        return float(contract.welfare(price)[place]) - target

    # Without a change of duties the reference itself is the answer; looking there first saves the search.
    if abs(gain(reference)) < 1e-10 * target:
        return reference
    if gain(low) * gain(high) > 0.0:
        return float("nan")
    return float(brentq(gain, low, high, xtol=scale, rtol=4 * np.finfo(float).eps))


def _zones(measure: EnergySupply, found: dict[tuple[str, str], float]) -> pd.DataFrame:
    rows = []
    for buyers in measure.references:
        for sellers in measure.references:
            own = buyers.of in OUTSIDE["buyer"] and sellers.of in OUTSIDE["seller"]
            if not own and buyers.name != sellers.name:
                continue
            lowest, highest = found["seller", sellers.name], found["buyer", buyers.name]
            wide = highest - lowest > 10.0 * PRECISION * buyers.price.central
            rows.append(
                {
                    "buyer_reference": buyers.name,
                    "seller_reference": sellers.name,
                    "lowest_price": lowest,
                    "highest_price": highest,
                    "zone": "not empty" if wide else "empty",
                    "price_unit": measure.unit,
                }
            )
    return pd.DataFrame(rows)


def _curve(contract: _Contract, measure: EnergySupply, named: list[float]) -> pd.DataFrame:
    base = contract.welfare(measure.base_price.central, terms=False)
    grid = sorted({*np.linspace(0.6 * min(named), 1.2 * max(named), CURVE).tolist(), *named})
    rows = []
    for price in grid:
        change = contract.welfare(price) - base
        rows += [
            {
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


def _sentences(measure: EnergySupply, world: World, contract: _Contract, zones: pd.DataFrame) -> list[str]:
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
            said.append(
                f"{against}: both are better off at prices from {row['lowest_price']:,.1f} to {row['highest_price']:,.1f} {measure.unit}"
            )
    return [sentence[:1].upper() + sentence[1:] + "." for sentence in said]
