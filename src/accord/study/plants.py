"""Tables of nuclear plants: cost, cash and debt by year, who gains what by its money's worth, orders, phases and sensitivity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from accord.numerics.finance import flows_of, interest_while_building, levelised_cost, present_value
from accord.programme.estimate import Estimate
from accord.programme.measures import NuclearPlant
from accord.study.couple import coupled, plant_in
from accord.study.orders import Orders, orders_for, region_of
from accord.study.phases import welfare_of
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.programme import Programme
    from accord.study.prepare import Prepared
    from accord.world import World

CONVENTIONAL_RATES = (0.03, 0.07, 0.10)
"""Rates at which the IEA and the NEA publish."""
_FINANCE = "yearly flows in their middle (docs/methods/nuclear-plant.md)"
_CHAINS = "multiplier: Leontief inverse of the World, nobody else's output falls"
_PRICES = "USD million of the price year"
USD = "USD million of base year"

COLUMNS: dict[str, Column] = {
    "measure": Column("label", "Measure"),
    "capacity_mw": Column("MW", "Capacity"),
    "energy_twh": Column("TWh", "Output"),
    "cost_usd": Column(USD, "Overnight cost"),
    "interest_usd": Column(USD, "Interest while building", f"at the plant's own rate; {_FINANCE}"),
    "rate": Column("share", "Real discount rate"),
    "lcoe": Column("USD/MWh", "Levelised cost", _FINANCE),
    "lcoe_3": Column("USD/MWh", "Levelised cost at 3 %", _FINANCE),
    "lcoe_7": Column("USD/MWh", "Levelised cost at 7 %", _FINANCE),
    "lcoe_10": Column("USD/MWh", "Levelised cost at 10 %", _FINANCE),
    "gas_bcm": Column(
        "bcm", "Gas displaced", "by the dispatch where a power system is named, else as stated"
    ),
    "stated_bcm": Column("bcm", "Gas displaced, as stated", "stated m3 per kWh times output"),
    "break_even_full": Column(
        "USD/1000 m3",
        "Break-even gas price, full cost",
        "levelised cost times output over gas displaced, other savings off",
    ),
    "break_even_first": Column(
        "USD/1000 m3",
        "Break-even gas price, first loan year",
        "service as paid, and running cost, over gas displaced",
    ),
    "break_even_last": Column(
        "USD/1000 m3",
        "Break-even gas price, last loan year",
        "service as paid, and running cost, over gas displaced",
    ),
    "staff": Column("persons", "Staff in operation", "norm times capacity"),
    "builders": Column("person-years", "Work on the site while building", "norm times capacity"),
    "year": Column("year", "Year"),
    "phase": Column("label", "Phase"),
    "building_usd": Column(USD, "Building", _FINANCE),
    "running_usd": Column(USD, "Running cost"),
    "taking_down_usd": Column(USD, "Taking down"),
    "saved_usd": Column(
        USD, "Fuel and imports saved", "displaced gas at the gas price, other fuels and net imports"
    ),
    "drawn_usd": Column(USD, "Loan drawn", "deflated to the price year"),
    "interest_paid_usd": Column(USD, "Interest paid", "deflated to the price year"),
    "principal_usd": Column(USD, "Principal paid back", "deflated to the price year"),
    "debt_usd": Column("USD million", "Debt at the end of the year", "in the loan's own money, not deflated"),
    "service_usd": Column("USD million", "Service", "in the loan's own money, not deflated"),
    "owner_usd": Column(
        USD, "Owner's cash", "saved and drawn less building, running, taking down and service"
    ),
    "lender_usd": Column(USD, "Lender's cash", "service less what is lent"),
    "break_even_gas": Column(
        "USD/1000 m3", "Break-even gas price, cash", "service as paid, and running cost, over gas displaced"
    ),
    "region": Column("label", "Region"),
    "part": Column("label", "Part"),
    "npv_usd": Column(USD, "Net present value", f"at the start of building; {_FINANCE}"),
    "sector": Column("label", "Sector"),
    "orders_usd": Column(USD, "Orders a year", "base sourcing of the market where it is bought"),
    "output_usd": Column(USD, "Output a year through all chains", _CHAINS),
    "value_added_usd": Column(USD, "Value added a year through all chains", _CHAINS),
    "household_ev_usd": Column(
        USD, "Household welfare a year", "equilibrium: context and this phase alone, less context alone"
    ),
    "household_ev_pct": Column(
        "%", "Household welfare a year", "equilibrium: context and this phase alone, less context alone"
    ),
    "multiplier_usd": Column(USD, "Value added a year by multipliers", _CHAINS),
    "input": Column("label", "Input"),
    "side": Column("label", "Low or high"),
    "value": Column("number", "Value"),
    "owner_npv_usd": Column(USD, "Owner's net present value", _FINANCE),
    "project_npv_usd": Column(USD, "Net present value of all parties", _FINANCE),
}
"""Every column of the tables of plants."""


@dataclass(frozen=True)
class Cash:
    """Yearly streams of a plant, USD million of the price year but where said otherwise; all (year,)."""

    year: np.ndarray
    building: np.ndarray
    running: np.ndarray
    taking_down: np.ndarray
    saved: np.ndarray
    drawn: np.ndarray
    interest: np.ndarray
    principal: np.ndarray
    debt: np.ndarray
    service_paid: np.ndarray
    service_within: float

    @property
    def owner(self) -> np.ndarray:
        """Owner's cash."""
        spent = self.building + self.running + self.taking_down + self.interest + self.principal
        return self.saved + self.drawn - spent

    @property
    def lender(self) -> np.ndarray:
        """Lender's cash."""
        return self.interest + self.principal - self.drawn


def finance_tables(programme: Programme) -> dict[str, Table]:
    """Return the tables of the nuclear plants of a programme that need no World: cost, cash, parties, sensitivity."""
    plants = _plants_of(programme)
    frames = {
        "plants": (
            "Nuclear plants: cost, fuel displaced, break-even price of gas",
            [summary(plant) for plant in plants],
            ("measure",),
        ),
        "plant_years": (
            "Cash and debt by year",
            _all(_year_rows(plant) for plant in plants),
            ("measure", "year"),
        ),
        "plant_parties": (
            "Net present value by party: both sides of the loan, at each rate",
            _all(_party_rows(plant) for plant in plants),
            ("measure", "part", "region", "rate"),
        ),
        "plant_sensitivity": (
            "What the six inputs that matter most do, one at a time",
            _all(sensitivity(plant) for plant in plants),
            ("measure", "input", "side"),
        ),
    }
    return {name: _table(name, title, rows, keys) for name, (title, rows, keys) in frames.items() if rows}


def plant_tables(prepared: Prepared) -> dict[str, Table]:
    """Return every table of the nuclear plants of a prepared programme."""
    plants = _plants_of(prepared.programme)
    orders = _all(_order_rows(plant, prepared.world, prepared.checked.partners) for plant in plants)
    phases = _all(_phase_rows(plant, prepared) for plant in plants)
    return {
        **finance_tables(prepared.programme),
        "plant_orders": _table(
            "plant_orders",
            "Industrial orders of an average year, by multipliers (not the opportunity cost: see plant_phases)",
            orders,
            ("measure", "phase", "region", "sector"),
        ),
        "plant_phases": _table(
            "plant_phases",
            "An average year of building, and one of operation: welfare in equilibrium beside value added by multipliers",
            phases,
            ("measure", "phase", "region"),
        ),
        **_power_tables(plants),
    }


def _plants_of(programme: Programme) -> list[NuclearPlant]:
    return [
        measure
        for measure in coupled(programme).measures
        if isinstance(measure, NuclearPlant) and measure.status != "dropped"
    ]


def _power_tables(plants: list[NuclearPlant]) -> dict[str, Table]:
    """A year of power with its plants, of the first system that a plant names."""
    for plant in plants:
        if plant.power_system is None:
            continue
        from accord.adapters.power import dispatch_system
        from accord.programme.power_system import read_power_system
        from accord.study.power import dispatch_tables, input_table

        file = read_power_system(plant.power_system)
        added = [plant_in(file, other) for other in plants if other.power_system == plant.power_system]
        whole = file.with_plants(*added)
        return {"power_inputs": input_table(whole), **dispatch_tables(dispatch_system(whole))}
    return {}


# Numbers of one plant ------------------------------------------------------------------------------------------------------


def cash_of(plant: NuclearPlant) -> Cash:
    """Return the yearly streams of `plant`, from the first spending to the last of taking down or of the loan."""
    flows = flows_of(plant.costs)
    first = plant.first_year
    loan = None if plant.loan is None else plant.loan.schedule(plant.spending_shares, first)
    length = max(len(flows.year), 0 if loan is None else len(loan.drawn))

    def long(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, np.zeros(length - len(values))])

    year = first + np.arange(length)
    operating = long((flows.energy > 0.0).astype(float))
    nothing = np.zeros(length)
    real = plant.deflator(year)
    return Cash(
        year=year,
        building=long(flows.building),
        running=long(flows.running),
        taking_down=long(flows.taking_down),
        saved=operating * plant.saved_usd_million,
        drawn=nothing if loan is None else long(loan.drawn) * real,
        interest=nothing if loan is None else long(loan.interest) * real,
        principal=nothing if loan is None else long(loan.principal) * real,
        debt=nothing if loan is None else long(loan.balance),
        service_paid=nothing if loan is None else long(loan.service),
        service_within=0.5
        if plant.loan is None or loan is None
        else loan.service_within(plant.loan.per_year),
    )


def net_present_values(plant: NuclearPlant, rate: float) -> dict[str, float]:
    """Present values at the start of building, USD million: project = owner + lender, and the suppliers' profit besides.

    A delay moves operation and not the start of building, so that worths with and without one compare.
    """
    cash = cash_of(plant)
    offset = cash.year - plant.first_year

    def worth(values: np.ndarray, within: float = 0.5) -> float:
        return present_value(values, offset, rate, within)

    service = worth(cash.interest + cash.principal, cash.service_within)
    drawn, building = worth(cash.drawn), worth(cash.building)
    project = worth(cash.saved - cash.building - cash.running - cash.taking_down)
    margin = plant.supplier_margin.central
    return {
        "project": project,
        "owner": project + drawn - service,
        "lender": service - drawn,
        "suppliers": margin * building,
    }


def break_even_cash(plant: NuclearPlant) -> np.ndarray:
    """Gas price at which a year's cash is zero, USD per 1000 m3 (year,): service as paid and running cost, other savings off.

    NaN outside operation, and everywhere where no gas is displaced.
    """
    cash = cash_of(plant)
    other = plant.saved_usd_million - plant.gas_saved_usd_million
    cost = cash.service_paid + cash.running - other
    running = cash.running > 0.0
    return np.where(running & (plant.gas_bcm > 0.0), cost / max(plant.gas_bcm, 1e-12), np.nan)


def break_even_full(plant: NuclearPlant, rate: float | None = None) -> float:
    """Gas price at which the plant pays its whole cost at its rate, USD per 1000 m3; NaN where no gas is displaced."""
    chosen = plant.discount_rate.central if rate is None else rate
    other = plant.saved_usd_million - plant.gas_saved_usd_million
    cost = levelised_cost(plant.costs, chosen) * plant.energy_mwh
    return (cost - other) / plant.gas_bcm if plant.gas_bcm > 0.0 else float("nan")


def summary(plant: NuclearPlant) -> dict[str, Any]:
    """One row of the table `plants`."""
    rate, costs = plant.discount_rate.central, plant.costs
    cash, price = cash_of(plant), break_even_cash(plant)
    paying = np.flatnonzero((cash.principal > 0.0) & ~np.isnan(price))
    lcoe = {f"lcoe_{100 * r:.0f}": 1e6 * levelised_cost(costs, r) for r in CONVENTIONAL_RATES}
    return {
        "measure": plant.id,
        "capacity_mw": plant.capacity.central,
        "energy_twh": plant.energy_mwh / 1e6,
        "cost_usd": plant.cost_usd_million,
        "interest_usd": interest_while_building(costs, rate),
        "rate": rate,
        "lcoe": 1e6 * levelised_cost(costs, rate),
        **lcoe,
        "gas_bcm": plant.gas_bcm,
        "stated_bcm": plant.gas_displaced.central * plant.energy_mwh / 1e6,
        "break_even_full": break_even_full(plant),
        "break_even_first": float(price[paying[0]]) if len(paying) else float("nan"),
        "break_even_last": float(price[paying[-1]]) if len(paying) else float("nan"),
        "staff": plant.staff_per_mw.central * plant.capacity.central,
        "builders": plant.builders_per_mw.central * plant.capacity.central,
    }


SENSITIVE = ("overnight_cost", "discount_rate", "load_factor", "gas_price", "gas_displaced", "delay_years")
"""The six inputs."""


def sensitivity(plant: NuclearPlant) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table of sensitivity: each input at its low and its high, the others central.

    Gas displaced is varied by its stated range around what counts; where the dispatch decides, in proportion.
    """
    for name in SENSITIVE:
        estimate: Estimate = getattr(plant, name)
        for side in ("low", "central", "high"):
            value = float(getattr(estimate, side))
            changed = plant.with_number(name, value)
            rate = changed.discount_rate.central
            worth = net_present_values(changed, rate)
            yield {
                "measure": plant.id,
                "input": name,
                "side": side,
                "value": value,
                "lcoe": 1e6 * levelised_cost(changed.costs, rate),
                "break_even_full": break_even_full(changed),
                "owner_npv_usd": worth["owner"],
                "project_npv_usd": worth["project"],
            }


# Rows ------------------------------------------------------------------------------------------------------------------------


def _year_rows(plant: NuclearPlant) -> Iterator[dict[str, Any]]:
    cash, price = cash_of(plant), break_even_cash(plant)
    for t, year in enumerate(cash.year):
        at = int(year) - plant.operation_year
        phase = "building" if at < 0 else "operation" if at < plant.life_years else "taking down"
        yield {
            "measure": plant.id,
            "year": int(year),
            "phase": phase,
            "building_usd": cash.building[t],
            "running_usd": cash.running[t],
            "taking_down_usd": cash.taking_down[t],
            "saved_usd": cash.saved[t],
            "drawn_usd": cash.drawn[t],
            "interest_paid_usd": cash.interest[t],
            "principal_usd": cash.principal[t],
            "owner_usd": cash.owner[t],
            "lender_usd": cash.lender[t],
            "service_usd": cash.service_paid[t],
            "debt_usd": cash.debt[t],
            "break_even_gas": price[t],
        }


def _party_rows(plant: NuclearPlant) -> Iterator[dict[str, Any]]:
    rates = dict.fromkeys([*CONVENTIONAL_RATES, plant.discount_rate.central])
    for rate in sorted(rates):
        worth = net_present_values(plant, rate)
        parts = [("owner", plant.owned_by, worth["owner"]), ("project", "all", worth["project"])]
        if plant.loan is not None:
            parts.append(("lender", plant.loan.lender, worth["lender"]))
        parts += [("suppliers", region, share * worth["suppliers"]) for region, share in plant.work.items()]
        for part, region, value in parts:
            yield {"measure": plant.id, "part": part, "region": region, "rate": rate, "npv_usd": value}


Phase = Literal["building", "operation"]


def phase_orders(plant: NuclearPlant, world: World, phase: Phase) -> Orders:
    """Orders of an average year of building, or of a year of operation."""
    site = region_of(world, plant.site)
    if phase == "building":
        a_year = plant.cost_usd_million / len(plant.spending_shares)
        bought = [
            (region_of(world, region), plant.build_basket, a_year * share)
            for region, share in plant.work.items()
        ]
        return orders_for(world, bought)
    upkeep = plant.energy_mwh * plant.om_cost.central / 1e6 * (1.0 - plant.om_labour_share.central)
    fuel = plant.energy_mwh * plant.fuel_cost.central / 1e6
    return orders_for(
        world,
        [(site, plant.om_basket, upkeep), (site, {plant.fuel_sector: 1.0}, fuel)],
        user=plant.electricity_sector,
    )


def _order_rows(plant: NuclearPlant, world: World, partners: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    phases: tuple[Phase, ...] = ("building", "operation")
    for phase in phases:
        yield from order_rows(
            phase_orders(plant, world, phase), world, partners, measure=plant.id, phase=phase
        )


def order_rows(
    found: Orders, world: World, partners: tuple[str, ...], **labels: str
) -> Iterator[dict[str, Any]]:
    """Rows by sector for partners, where there is anything; one row for each other region, and all sectors together."""
    for n, region in enumerate(world.regions):
        sectors = list(enumerate(world.sectors)) if region in partners else []
        for k, sector in sectors:
            if found.output[n, k] > 0.0:
                yield {
                    **labels,
                    "region": region,
                    "sector": sector,
                    "orders_usd": found.direct[n, k],
                    "output_usd": found.output[n, k],
                    "value_added_usd": found.value_added[n, k],
                }
        yield {
            **labels,
            "region": region,
            "sector": "all",
            "orders_usd": found.direct[n].sum(),
            "output_usd": found.output[n].sum(),
            "value_added_usd": found.value_added[n].sum(),
        }


def _phase_rows(plant: NuclearPlant, prepared: Prepared) -> Iterator[dict[str, Any]]:
    phases: tuple[tuple[Phase, Any], ...] = (
        ("building", plant.construction_shocks()),
        ("operation", plant.effects()),
    )
    for phase, shocks in phases:
        welfare = welfare_of(prepared, shocks)
        orders = phase_orders(plant, prepared.world, phase)
        base = prepared.model.unchanged.household_consumption
        for partner in prepared.checked.partners:
            n = prepared.position(partner)
            yield {
                "measure": plant.id,
                "phase": phase,
                "region": partner,
                "household_ev_usd": float(welfare[n]),
                "household_ev_pct": float(100.0 * welfare[n] / base[n]),
                "multiplier_usd": float(orders.value_added[n].sum()),
            }


def _all(parts: Any) -> list[dict[str, Any]]:
    return [row for rows in parts for row in rows]


def _table(name: str, title: str, rows: list[dict[str, Any]], keys: tuple[str, ...]) -> Table:
    frame = pd.DataFrame(rows)
    return Table(name, title, frame, {column: COLUMNS[column] for column in frame.columns}, keys)
