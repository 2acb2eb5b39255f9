"""Kind `nuclear-plant`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from math import ceil
from typing import Annotated, Any, Literal, NamedTuple, Self, cast

import numpy as np
from pydantic import Field, PrivateAttr

from accord.numerics.finance import Costs, annuity_factor, capital_charge, present_value, stretched
from accord.programme.estimate import Estimate, Within
from accord.programme.fields import AS_LIST, Day, Text
from accord.programme.measures.base import Measure
from accord.programme.measures.loan_terms import LoanTerms, central, loan_problems
from accord.programme.measures.shares import Basket, Split, adds_up_to_one
from accord.programme.problems import Problem
from accord.shocks import VALUE_ADDED, PurchaseShock, Shock, TechnologyShock, TransferShock

HOURS = 8760.0
_NEA = "NEA/IAEA 2018, http://world-nuclear-news.org/articles/jobs-for-two-centuries-in-nuclear"
Share = Annotated[Estimate, Within(0, 1, "a share, between 0 (none) and 1 (all)")]


class _Dispatch(NamedTuple):
    """What a dispatch found.

    Attributes:
        gas_bcm: Gas that the site no longer burns a year.
        others: Change of the cost of each other input, USD million a year.
        beside: Ids of the measures whose plants run in it already.
    """

    gas_bcm: float
    others: tuple[tuple[str, float], ...]
    beside: tuple[str, ...]


class NuclearPlant(Measure):
    """A nuclear plant from the first concrete to the last of taking down: who builds, lends, owns, and what it displaces.

    The long run sees a year of operation. What electricity costs at base prices changes: less fuel of others, nuclear fuel, operation,
    and the **capital charge**, the level yearly amount over the life that pays building with its interest and taking down. Capital
    is paid there and nowhere else: no purchase of the building is added to a year of operation. A loan is two streams, what the
    lender pays out and what it gets back, each as the level yearly amount of the same present value; they differ by the gift (or
    the profit) in the terms. The years of building are a run of their own (table `plant_phases`): orders, with their payers.

    **Evidence to collect.** The contract (price, loan, local share); output and fuel use of the system in a year with and without
    the plant; delay of sister plants.

    **Shocks.** Technology of electricity at the site (with `power_system`: fuel displaced by the dispatch, else `gas_displaced`); a
    transfer from the lender to the owner and one back.

    **Ignores.** Accidents and their insurance; back-up for an outage of a large unit; imports of electricity that the plant may
    replace at other seasons than the system's shapes hold; a carbon price.
    """

    kind: Literal["nuclear-plant"] = "nuclear-plant"
    """`nuclear-plant`."""
    site: Text
    """Region where it stands and whose electricity it makes."""
    owner: Text | None = None
    """Region that owns it and owes the loan; the site when left out."""
    capacity: Annotated[Estimate, Within(1, 50_000, "MW, net")]
    """Net capacity, MW."""
    overnight_cost: Annotated[
        Estimate, Within(100, 50_000, "USD per kW net, without interest; a negative cost is a fault")
    ]
    """Cost of building without interest, USD per kW, at prices of the base year."""
    construction_start: Day
    """Day on which building began (first concrete)."""
    build_years: Annotated[int, Within(1, 30, "whole years of building as planned")]
    """Years of building as planned."""
    delay_years: Annotated[Estimate, Within(0, 30, "years of delay")] = Estimate.exactly(
        0.0, "no delay stated"
    )
    """Years by which building takes longer; the same spending is stretched."""
    price_year: Annotated[int, Within(1900, 2200, "a calendar year")] | None = None
    """Year whose dollars the costs are in; that of the first concrete when left out. The loan's money is deflated to it."""
    spending: Annotated[
        tuple[Annotated[float, Within(0, 1, "share of the cost in a year")], ...] | None, AS_LIST
    ] = None
    """Share of the cost spent in each planned year of building; the same each year when left out."""
    life_years: Annotated[int, Within(1, 100, "whole years of operation")] = 60
    """Years of operation."""
    load_factor: Annotated[Estimate, Within(0.05, 1, "output over capacity times hours")]
    """Output over capacity times hours of a year."""
    fuel_cost: Annotated[Estimate, Within(0, 200, "USD per MWh; a negative cost is a fault")]
    """Nuclear fuel, waste included, USD per MWh."""
    om_cost: Annotated[Estimate, Within(0, 500, "USD per MWh; a negative cost is a fault")]
    """Operation and maintenance, USD per MWh."""
    om_labour_share: Share = Estimate(low=0.3, central=0.5, high=0.7, source="assumption: half of it is pay")
    """Share of operation and maintenance that is pay of the plant's own staff."""
    decommissioning_share: Annotated[Estimate, Within(0, 2, "share of the overnight cost")] = Estimate(
        low=0.10, central=0.15, high=0.30, source="assumption: the rule of IEA/NEA 2020, recalled"
    )
    """Cost of taking down over the overnight cost."""
    decommissioning_years: Annotated[int, Within(1, 100, "whole years")] = 10
    """Years of taking down."""
    staff_per_mw: Annotated[Estimate, Within(0, 10, "persons per MW")] = Estimate(
        low=0.6,
        central=0.6,
        high=1.1,
        source=f"600 per 1,000 MWe ({_NEA}); high: Ostrovets",
    )
    """Staff in operation, persons per MW."""
    builders_per_mw: Annotated[Estimate, Within(0, 50, "person-years per MW")] = Estimate(
        low=8.0,
        central=12.0,
        high=20.0,
        source=f"12,000 job-years per 1,000 MWe ({_NEA}); range: assumption",
    )
    """Work on the site while building, person-years per MW."""
    work: Split
    """Share of the building done by the industries of each region; adds up to one."""
    build_basket: Basket = Field(
        default_factory=lambda: {"F": 0.45, "C28": 0.20, "C25": 0.10, "C27": 0.10, "C26": 0.05, "M": 0.10}
    )
    """Share of each sector in the building; adds up to one."""
    om_basket: Basket = Field(default_factory=lambda: {"C31T33": 0.5, "M": 0.3, "N": 0.2})
    """Share of each sector in what operation and maintenance buys; adds up to one."""
    supplier_margin: Share = Estimate(
        low=0.0, central=0.08, high=0.15, source="assumption: profit of builders over their whole cost"
    )
    """Profit of the suppliers, share of what they are paid."""
    loan: LoanTerms | None = None
    """Loan of one region to the owner."""
    discount_rate: Annotated[Estimate, Within(0, 0.3, "real rate a year; 5 % is written 0.05")] = Estimate(
        low=0.03, central=0.05, high=0.10, source="assumption: between the 3 and 10 % of IEA/NEA 2020"
    )
    """Real discount rate of the owner: the capital charge and all present values use it."""
    gas_price: Annotated[Estimate, Within(0, 5000, "USD per 1000 m3; a negative price is a fault")]
    """What the power sector pays for gas in the base year, USD per 1000 m3; also what displaced gas is worth."""
    gas_displaced: Annotated[Estimate, Within(0, 1, "m3 of gas per kWh of the plant")]
    """Gas no longer burnt for each kWh, m3; with `power_system`, the dispatch decides and this is shown beside it."""
    power_system: Text | None = None
    """Power system in which the plant is dispatched: a name, or the path of a file."""
    plant_in_system: Text | None = None
    """Plant of that system whose technical data it takes (fuel, least output); capacity and availability are the measure's. Where that
    plant is in service it goes on beside the measure's."""
    electricity_sector: Text = "D"
    """Sector of the World that makes electricity."""
    gas_sector: Text = "B06"
    """Sector of the World that supplies gas."""
    fuel_sector: Text = "C20"
    """Sector of the World that supplies nuclear fuel (ISIC 2011 holds fuel elements: chemicals)."""

    made_of = (TechnologyShock, TransferShock)

    _dispatch: _Dispatch | None = PrivateAttr(default=None)

    # What the numbers make ------------------------------------------------------------------------------------------------

    @property
    def owned_by(self) -> str:
        """Region that owns it."""
        return self.owner or self.site

    @property
    def energy_mwh(self) -> float:
        """MWh a year."""
        return self.capacity.central * HOURS * self.load_factor.central

    @property
    def cost_usd_million(self) -> float:
        """Overnight cost, USD million."""
        return self.capacity.central * self.overnight_cost.central / 1e3

    @property
    def spending_shares(self) -> np.ndarray:
        """Share of the cost in each year of building, delay included."""
        planned = (
            np.full(self.build_years, 1.0 / self.build_years)
            if self.spending is None
            else np.array(self.spending)
        )
        return stretched(planned, self.delay_years.central)

    @property
    def first_year(self) -> int:
        """Calendar year of the first spending."""
        return self.operation_year - len(self.spending_shares)

    @property
    def operation_year(self) -> int:
        """First calendar year of operation: years of building and of delay after the year of the first concrete."""
        return self.construction_start.year + self.build_years + ceil(self.delay_years.central - 1e-9)

    @property
    def costs(self) -> Costs:
        """Costs for `numerics.finance`, USD million and MWh."""
        return self._costs(self.spending_shares)

    def _costs(self, spending: np.ndarray) -> Costs:
        return Costs(
            overnight=self.cost_usd_million,
            spending=spending,
            running=self.energy_mwh * (self.fuel_cost.central + self.om_cost.central) / 1e6,
            energy=self.energy_mwh,
            life=self.life_years,
            decommissioning=self.decommissioning_share.central * self.cost_usd_million,
            decommissioning_years=self.decommissioning_years,
        )

    @property
    def gas_bcm(self) -> float:
        """Gas that the site no longer burns a year, bcm: by the dispatch where there is one."""
        dispatch = self._dispatch
        return self._stated_bcm() if dispatch is None else dispatch.gas_bcm

    @property
    def gas_saved_usd_million(self) -> float:
        """What that gas costs."""
        return self.gas_bcm * self.gas_price.central

    @property
    def saved_usd_million(self) -> float:
        """Fuel, other running cost and net imports that the plant saves a year, its own costs apart."""
        return -sum(change for _, change in self._displaced())

    def with_dispatch(
        self, gas_bcm: float, others: Mapping[str, float], beside: tuple[str, ...] = ()
    ) -> Self:
        """Return the measure with what a dispatch found.

        Args:
            gas_bcm: Gas that the site no longer burns.
            others: Change of the cost of each other input, USD million: other fuels, running costs, net imports.
            beside: Ids of the measures whose plants run in that dispatch already.
        """
        copy = self.model_copy()
        copy._dispatch = _Dispatch(gas_bcm, tuple(others.items()), beside)  # noqa: SLF001  (its own class)
        return copy

    def with_number(self, key: str, value: float) -> Self:
        """Return the measure with another central value of one number; what a dispatch found moves in proportion with output.

        A dispatch decides how much gas is displaced, so another `gas_displaced` moves it in proportion too.
        """
        copy = self.model_copy(update={key: Estimate.exactly(value, "asked for")})
        if self._dispatch is not None and key in {"capacity", "load_factor", "gas_displaced"}:
            ratio, (gas_bcm, others, beside) = value / getattr(self, key).central, self._dispatch
            moved = tuple((sector, change * ratio) for sector, change in others)
            copy._dispatch = _Dispatch(gas_bcm * ratio, moved, beside)  # noqa: SLF001
        return copy

    def _stated_bcm(self) -> float:
        return self.gas_displaced.central * self.energy_mwh / 1e6

    def _displaced(self) -> tuple[tuple[str, float], ...]:
        """Change of the cost of each input without the plant's own, USD million a year."""
        dispatch = self._dispatch
        if dispatch is None:
            return ((self.gas_sector, -self.gas_saved_usd_million),)
        return ((self.gas_sector, -(dispatch.gas_bcm * self.gas_price.central)), *dispatch.others)

    # Shocks -----------------------------------------------------------------------------------------------------------------

    def effects(self) -> tuple[Shock, ...]:
        """Return a year of operation: the technology of electricity, and both sides of the loan."""
        spending = self.spending_shares
        return (self._technology(spending), *self._loan_transfers(spending))

    def construction_shocks(self) -> tuple[Shock, ...]:
        """Return an average year of building: what is bought where, paid by the lender as far as it lends, else by the owner.

        The lender gets a claim on the owner for what it lends in the year: the present value of the service.
        """
        years = len(self.spending_shares)
        a_year = self.cost_usd_million / years
        lent = min(self._lent() / years, a_year)
        payers = {self.owned_by: a_year - lent}
        if self.loan is not None:
            payers[self.loan.lender] = payers.get(self.loan.lender, 0.0) + lent
        purchases = tuple(
            PurchaseShock(
                measure=self.id,
                payer=payer,
                region=region,
                basket=tuple(self.build_basket.items()),
                amount=amount * share,
            )
            for payer, amount in payers.items()
            for region, share in self.work.items()
            if amount * share > 0.0
        )
        if self.loan is None or self.loan.lender == self.owned_by:
            return purchases
        paid_out, paid_back = self.loan_values()
        worth = lent * paid_back / paid_out if paid_out else 0.0
        claim = TransferShock(measure=self.id, payer=self.owned_by, recipient=self.loan.lender, amount=worth)
        return (*purchases, claim)

    def loan_values(self) -> tuple[float, float]:
        """Present values of what the lender pays out and gets back, real USD million at the start of operation."""
        return self._loan_values(self.spending_shares)

    def _loan_values(self, spending: np.ndarray) -> tuple[float, float]:
        if self.loan is None:
            return 0.0, 0.0
        first = self.operation_year - len(spending)
        loan = self.loan.schedule(spending, first)
        year = np.arange(len(loan.drawn)) + first
        real = self.deflator(year)
        offset, rate = year - self.operation_year, self.discount_rate.central
        paid_back = present_value(loan.service * real, offset, rate, loan.service_within(self.loan.per_year))
        return present_value(loan.drawn * real, offset, rate), paid_back

    def deflator(self, year: np.ndarray) -> np.ndarray:
        """Value of the loan's money in each year in dollars of the price year."""
        inflation = 0.0 if self.loan is None else self.loan.inflation.central
        return (1.0 + inflation) ** -(year - float(self.price_year or self.construction_start.year))

    def _lent(self) -> float:
        """What is lent in all, USD million of the price year."""
        if self.loan is None:
            return 0.0
        drawn = self.loan.schedule(self.spending_shares, self.first_year).drawn
        return float(drawn @ self.deflator(np.arange(len(drawn)) + self.first_year))

    def _technology(self, spending: np.ndarray) -> TechnologyShock:
        upkeep = self.energy_mwh * self.om_cost.central / 1e6
        bought = upkeep * (1.0 - self.om_labour_share.central)
        own = upkeep - bought + capital_charge(self._costs(spending), self.discount_rate.central)
        parts = [
            *self._displaced(),
            (self.fuel_sector, self.energy_mwh * self.fuel_cost.central / 1e6),
            *((sector, bought * share) for sector, share in self.om_basket.items()),
            (VALUE_ADDED, own),
        ]
        changes: dict[str, float] = {}
        for sector, change in parts:
            changes[sector] = changes.get(sector, 0.0) + change
        return TechnologyShock(
            measure=self.id, region=self.site, sector=self.electricity_sector, changes=tuple(changes.items())
        )

    def _loan_transfers(self, spending: np.ndarray) -> tuple[TransferShock, ...]:
        """Both sides of the loan as level yearly amounts over the life."""
        if self.loan is None or self.loan.lender == self.owned_by:
            return ()
        worth = annuity_factor(self.discount_rate.central, self.life_years)
        paid_out, paid_back = (value / worth for value in self._loan_values(spending))
        lender, owner = self.loan.lender, self.owned_by
        return (
            TransferShock(measure=self.id, payer=lender, recipient=owner, amount=paid_out),
            TransferShock(measure=self.id, payer=owner, recipient=lender, amount=paid_back),
        )

    # Record -----------------------------------------------------------------------------------------------------------------

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, those of the loan too."""
        return super().estimates() | ({} if self.loan is None else self.loan.estimates())

    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know."""
        if self.status == "dropped" or self._dispatch is None:
            return super().notes()
        gas_bcm, _, others = self._dispatch
        beside = ", ".join(f"'{name}'" for name in others)
        beside = f", beside the plant{'s' if len(others) > 1 else ''} of {beside}," if beside else ""
        sentence = (
            f"measure '{self.id}': the dispatch of '{self.power_system}'{beside} displaces {gas_bcm:.2f} bcm of gas a "
            f"year; {self.gas_displaced.central:g} m3 per kWh, as stated, would be {self._stated_bcm():.2f} bcm"
        )
        return (*super().notes(), sentence)

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        yield from adds_up_to_one(given, "work")
        yield from adds_up_to_one(given, "build_basket")
        yield from adds_up_to_one(given, "om_basket")
        yield from _spending_problems(given)
        start, years = given.get("construction_start"), given.get("build_years")
        first = start if type(start) is date else None
        built = isinstance(years, int) and years > 0
        in_force = given.get("in_force")
        if first and built and isinstance(years, int) and type(in_force) is date:
            phased = given.get("phase_in_years", 0.0)
            full = in_force.year + (phased if isinstance(phased, int | float) else 0.0)
            if full < first.year + years - 1:  # days within a year are left open
                yield Problem(
                    ("in_force",),
                    f"the plant would run on {in_force}, and building began on {first} and takes {years} years",
                    f"a day from {first.year + years - 1} on, or `phase_in_years` until the last unit runs",
                    "Check which of the two days is mistyped.",
                )
        capacity, cost = central(given, "capacity"), central(given, "overnight_cost")
        most = capacity * cost / 1e3 if capacity and cost and min(capacity, cost) > 0.0 else None
        late = central(given, "delay_years") or 0.0
        over = (
            years + ceil(late) if built and isinstance(years, int) and years <= 30 and late >= 0.0 else None
        )
        yield from loan_problems(given, first, over, most)
        if ("plant_in_system" in given) != ("power_system" in given):
            key = "power_system" if "plant_in_system" in given else "plant_in_system"
            yield Problem((key,), "the key is missing", "a power system and the plant of it, both or neither")


def _spending_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    written, years = given.get("spending"), given.get("build_years")
    if not isinstance(written, list | tuple):
        return
    shares = [share for share in cast("list[object]", written) if isinstance(share, int | float)]
    if isinstance(years, int) and len(shares) != years:
        yield Problem(
            ("spending",), f"{len(shares)} shares for {years} years of building", "one share a year"
        )
    if abs(sum(shares) - 1.0) > 1e-6:
        yield Problem(("spending",), f"the shares add up to {sum(shares):g}", "shares that add up to one")
