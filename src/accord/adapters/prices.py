"""World and shocks to the arrays of `engines.prices`, and its results back to labelled frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from accord.adapters.index import positions, producer_mask
from accord.adapters.price_cells import Cells, tariff_factor, touched_flows
from accord.adapters.price_ledger import Incomes, Ledger, base_ledger, changed_ledger, incomes
from accord.engines.prices import (
    PriceBase,
    PriceChange,
    PriceShock,
    PriceSystem,
    base_of,
    heaviest_chains,
    no_shock,
)
from accord.engines.prices.equations import first_round
from accord.errors import EngineError, WorldError
from accord.shocks import (
    ContractPriceShock,
    ProductivityShock,
    PurchaseShock,
    RentWedgeShock,
    ResourceCostShock,
    Shock,
    SubsidyShock,
    TariffShock,
    TechnologyShock,
    TradeCostShock,
    TransferShock,
)
from accord.world import World

ACCEPTS: tuple[type[Shock], ...] = (
    ContractPriceShock,
    ProductivityShock,
    PurchaseShock,
    RentWedgeShock,
    ResourceCostShock,
    SubsidyShock,
    TariffShock,
    TechnologyShock,
    TradeCostShock,
    TransferShock,
)
"""Shocks that this engine can represent. Those that act on quantities alone (embargoes, perceived prices, factor supply) are not."""

PassThrough = float | Mapping[str, float]
"""Share of cost changes that goes into prices: one number, or by sector (others pass all on)."""


def accepts(shock: Shock) -> bool:
    """Whether the price engine can represent `shock`."""
    return isinstance(shock, ACCEPTS)


@dataclass(frozen=True)
class Costs:
    """Cost changes that no measure makes but a user may ask about.

    Attributes:
        wages: Change of labour's income per unit of output, by region (0.1 is 10 %), or of all value added on a World that does not
            tell labour from capital; the region's households earn it.
        output_taxes: Points by which taxes on output move, by region; the region's government earns them.
        fixed_prices: Change of producer prices set from outside, by (region, sector): the mixed model.
    """

    wages: Mapping[str, float] | None = None
    output_taxes: Mapping[str, float] | None = None
    fixed_prices: Mapping[tuple[str, str], float] | None = None


@dataclass(frozen=True)
class Accounts:
    """First-order change of what each region has, at base quantities and factor prices, USD million (n,).

    Attributes:
        household_basket: What households save on their base basket (negative: it costs more).
        other_baskets: What government and investment save on theirs; a lump-sum tax hands it to households.
        taxes: Duties, other public wedges and output taxes.
        rents: Rents of firms, of importers and exporters.
        contracts: What sellers under supply contracts earn more, against the reference price.
        absorbed: Value added that pays for costs that prices do not recover, wages raised, and windfalls of prices from outside.
        subsidies: Subsidies paid (negative).
        transfers: Transfers received less paid.
        measure_costs: Costs of measures and purchases paid (negative).
    """

    household_basket: np.ndarray
    other_baskets: np.ndarray
    taxes: np.ndarray
    rents: np.ndarray
    contracts: np.ndarray
    absorbed: np.ndarray
    subsidies: np.ndarray
    transfers: np.ndarray
    measure_costs: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Sum of all parts, (n,)."""
        return sum(vars(self).values(), np.zeros_like(self.taxes))


@dataclass(frozen=True)
class PriceOutcome:
    """Prices and incomes under some shocks, relative to the base.

    Attributes:
        shock: What the engine was given.
        change: What it gave.
        accounts: Incomes by region.
        cells: Flows that the shocks touch.
        cell_change: Change of what users pay for them at base prices and quantities, (flow, user), USD million.
        resources: Spent on trade costs and production more than in the base, all regions, USD million (less: negative).
    """

    shock: PriceShock
    change: PriceChange
    accounts: Accounts
    cells: Cells
    cell_change: np.ndarray
    resources: float

    def paid_more(self, n: int, user: int, suppliers: tuple[int, ...]) -> np.ndarray:
        """By how much a user's payments to each supplier (i, k) change at base prices, USD million; `suppliers` is their number."""
        change = np.zeros(suppliers)
        own = np.flatnonzero(self.cells.importer == n)
        change[self.cells.exporter[own], self.cells.sector[own]] = self.cell_change[own, user]
        return change


class PriceModel:
    """A World with the wedges that a run's measures say it holds, ready for the price engine.

    Args:
        world: The data.
        shocks: Every shock of the run, in the World's labels; those that the engine does not accept are passed over here and are
            for the caller to name.
        pass_through: Share of cost changes that producers pass on.
        costs: Further cost changes.
    """

    def __init__(
        self,
        world: World,
        shocks: Sequence[Shock] = (),
        *,
        pass_through: PassThrough = 1.0,
        costs: Costs | None = None,
    ) -> None:
        self.world = world
        self.costs = costs or Costs()
        self.shocks = tuple(shocks)
        self.cells = Cells(world, touched_flows(self.shocks))
        self.wedges = base_ledger(world, self.cells, self.shocks)
        self.pass_through = _shares(world, pass_through)

    def with_pass_through(self, pass_through: PassThrough) -> PriceModel:
        """Return the same model with another share of cost changes passed on; what does not depend on it is shared."""
        other = copy(self)
        other.pass_through = _shares(self.world, pass_through)
        other.__dict__.pop("system", None)
        return other

    @cached_property
    def output(self) -> np.ndarray:
        """(region, sector), USD million at producer prices."""
        cells, sold = self.cells, self.world.sales.copy()
        wedge = self.wedges.export_rent * self.wedges.contract
        sold[cells.exporter, cells.sector, cells.importer] = (cells.bought / wedge).sum(axis=1)
        return sold.sum(axis=2)

    @cached_property
    def output_tax(self) -> np.ndarray:
        """(region, sector), share of the value of output."""
        data = self.world.data
        return (
            data["output_tax_rate"].to_numpy() if "output_tax_rate" in data else np.zeros(self.output.shape)
        )

    @cached_property
    def spending(self) -> np.ndarray:
        """(region, use), USD million at user prices."""
        return self._final_payments.sum(axis=(0, 1))

    @cached_property
    def _final_payments(self) -> np.ndarray:
        """(i, k, n, use), USD million at user prices."""
        return self._at_user_prices("final_demand")

    def _at_user_prices(self, name: str) -> np.ndarray:
        """Flows (i, k, n, .) of a variable of the World, USD million at user prices."""
        first = 0 if name == "intermediate" else len(self.world.sectors)
        cells, flows = self.cells, self.world.data[name].to_numpy()
        paid = flows * tariff_factor(self.world)[..., None]
        users = slice(first, first + flows.shape[3])
        paid[cells.exporter, cells.sector, cells.importer] = (cells.bought * self.wedges.landed)[:, users]
        return paid

    def payments_of(self, n: int, user: int) -> np.ndarray:
        """What a user pays each supplier (i, k), USD million at user prices."""
        sectors = len(self.world.sectors)
        if user >= sectors:
            return self._final_payments[:, :, n, user - sectors]
        column = n * sectors + user
        return (self.base.coefficients[:, column] * self.output.ravel()[column]).reshape(self.output.shape)

    @cached_property
    def base(self) -> PriceBase:
        """Cost accounts for the engine."""
        suppliers = self.output.size
        intermediate = self._at_user_prices("intermediate").reshape(suppliers, -1)
        final = self._final_payments.reshape(suppliers, -1)
        base = base_of(intermediate, final, self.output.ravel(), self.output_tax.ravel())
        short = np.flatnonzero((base.value_added_share < -1e-6) & (self.output.ravel() > 0.0))
        if short.size:
            region, sector = divmod(int(short[0]), len(self.world.sectors))
            raise WorldError(
                f"World '{self.world.name}': {short.size} producers have no value added left once duties and rents are taken "
                f"out, {self.world.regions[region]} {self.world.sectors[sector]} the first. "
                "Lower the stated barrier, or mend the table: accord world check"
            )
        return base

    @cached_property
    def system(self) -> PriceSystem:
        """The engine for this base, pass-through and prices from outside."""
        rule = no_shock(self.base)._replace(pass_through=self.pass_through, fixed_price=self._fixed_prices())
        return PriceSystem(self.base, rule)

    def solve(self, shocks: Sequence[Shock] = ()) -> PriceOutcome:
        """Return prices and incomes under `shocks`, each at its weight, and under the model's own cost changes."""
        shocks = tuple(shock for shock in shocks if accepts(shock))
        cells, held = self._cells_for(shocks)
        wedges = changed_ledger(self.world, cells, held, shocks)
        # In this order, so that what does not move is zero and not rounding.
        ratio = wedges.sold * wedges.landed / (held.sold * held.landed)
        paid_more = cells.bought * held.landed * (ratio - 1.0)
        intermediate, final = self._by_buyer(cells, paid_more)
        own, resources = self._own_cost(shocks)
        wage, tax = self._wage_cost(), self._tax_cost()
        output = self.output.ravel()
        through_inputs = np.divide(intermediate, output, out=np.zeros(output.shape), where=output > 0.0)
        spending = self.spending.ravel()
        basket = np.divide(final, spending, out=np.zeros(spending.shape), where=spending != 0.0)
        shock = self.system.rule._replace(cost_change=through_inputs + own + wage + tax, basket_change=basket)
        change = self.system.solve(shock)
        dp = change.producer.reshape(self.output.shape)
        earned = incomes(cells, held, wedges, dp)
        accounts = self._accounts(change, earned, shocks, wage, tax)
        return PriceOutcome(
            shock, change, accounts, cells, paid_more, float(earned.trade_costs.sum()) + resources
        )

    def _cells_for(self, shocks: tuple[Shock, ...]) -> tuple[Cells, Ledger]:
        """Flows that the model's shocks or these touch, and the wedges that the base holds on them."""
        touched = touched_flows(shocks)
        if touched <= self.cells.selections:
            return self.cells, self.wedges
        cells = Cells(self.world, touched | self.cells.selections)
        return cells, base_ledger(self.world, cells, self.shocks)

    def _by_buyer(self, cells: Cells, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums over suppliers of (flow, user): by producer (j,) and by final user (f,)."""
        sums = np.zeros((len(self.world.regions), values.shape[1]))
        np.add.at(sums, cells.importer, values)
        sectors = len(self.world.sectors)
        return sums[:, :sectors].ravel(), sums[:, sectors:].ravel()

    def _own_cost(self, shocks: Sequence[Shock]) -> tuple[np.ndarray, float]:
        """Cost changes of producers themselves, (j,), and what they spend on resources more, USD million in all."""
        regions, sectors = self.world.regions, self.world.sectors
        change, resources = np.zeros(self.output.shape), 0.0
        for shock in shocks:
            match shock:
                case ProductivityShock():
                    made = producer_mask(shock.producers, regions, sectors)
                    cost = (shock.factor**-shock.weight - 1.0) * (1.0 - self.output_tax) * made
                    change += cost
                    resources += float((cost * self.output).sum())
                case SubsidyShock():
                    change -= shock.weight * shock.rate * producer_mask(shock.producers, regions, sectors)
                case TechnologyShock():
                    place = (regions.index(shock.region), sectors.index(shock.sector))
                    added = shock.weight * sum(amount for _, amount in shock.changes)
                    if self.output[place] <= 0.0:
                        raise EngineError(
                            f"measure '{shock.measure}': {shock.region} {shock.sector} makes nothing in the base, so its recipe "
                            "cannot change. Name another producer."
                        )
                    change[place] += added / self.output[place]
                    resources += added
                case _:
                    pass
        return change.ravel(), resources

    def _wage_cost(self) -> np.ndarray:
        if not self.costs.wages:
            return np.zeros(self.output.size)
        rate = _by_region(self.world, self.costs.wages)[:, None] * _paid_as_wages(self.world)
        return rate.ravel() * self.base.value_added_share

    def _tax_cost(self) -> np.ndarray:
        return (_by_region(self.world, self.costs.output_taxes)[:, None] * np.ones(self.output.shape)).ravel()

    def _fixed_prices(self) -> np.ndarray:
        fixed = np.full(self.output.shape, np.nan)
        for (region, sector), value in (self.costs.fixed_prices or {}).items():
            n = positions(self.world.regions, (region,), "region")
            fixed[n, positions(self.world.sectors, (sector,), "sector")] = value
        return fixed.ravel()

    def _accounts(
        self, change: PriceChange, earned: Incomes, shocks: Sequence[Shock], wage: np.ndarray, tax: np.ndarray
    ) -> Accounts:
        shape = self.output.shape
        saved = -change.basket.reshape(self.spending.shape) * self.spending
        household = self.household
        output_tax = self.output * (self.output_tax * change.producer.reshape(shape) + tax.reshape(shape))
        absorbed = self.output * (change.value_added + wage).reshape(shape)
        subsidies, transfers, costs = (np.zeros(shape[0]) for _ in range(3))

        def place(region: str) -> int:
            return self.world.regions.index(region)

        for shock in shocks:
            match shock:
                case SubsidyShock():
                    made = producer_mask(shock.producers, self.world.regions, self.world.sectors)
                    subsidies[place(shock.payer)] -= (
                        shock.weight * shock.rate * float((self.output * made).sum())
                    )
                case TransferShock():
                    transfers[place(shock.payer)] -= shock.weight * shock.amount
                    transfers[place(shock.recipient)] += shock.weight * shock.amount
                case ResourceCostShock() | PurchaseShock():
                    costs[place(shock.payer)] -= shock.weight * shock.amount
                case _:
                    pass
        return Accounts(
            household_basket=saved[:, household],
            other_baskets=saved.sum(axis=1) - saved[:, household],
            taxes=earned.public + output_tax.sum(axis=1),
            rents=earned.import_rents + earned.export_rents,
            contracts=earned.contracts,
            absorbed=absorbed.sum(axis=1),
            subsidies=subsidies,
            transfers=transfers,
            measure_costs=costs,
        )

    @property
    def household(self) -> int:
        """Position of the household on the use axis; a single use is the household (METHODS section 2)."""
        return self.world.uses.index("household") if "household" in self.world.uses else 0


def _shares(world: World, pass_through: PassThrough) -> np.ndarray:
    """Phi by producer (j,)."""
    shares = np.ones((len(world.regions), len(world.sectors)))
    if isinstance(pass_through, Mapping):
        for sector, share in pass_through.items():
            shares[:, positions(world.sectors, (sector,), "sector")] = share
    else:
        shares *= pass_through
    return shares.ravel()


def _paid_as_wages(world: World) -> np.ndarray:
    """Labour's share of value added (region, sector); one where the World does not tell factors apart."""
    paid = world.data["value_added"].transpose("region", "sector", "factor")
    factors = list(paid["factor"].to_numpy())
    values = paid.to_numpy().astype(np.float64)
    if "labour" not in factors:
        return np.ones(values.shape[:2])
    whole = values.sum(axis=2)
    return np.divide(
        values[..., factors.index("labour")], whole, out=np.zeros(whole.shape), where=whole > 0.0
    )


def _by_region(world: World, given: Mapping[str, float] | None) -> np.ndarray:
    values = np.zeros(len(world.regions))
    for region, value in (given or {}).items():
        values[positions(world.regions, (region,), "region")] = value
    return values


# Results back to labels ---------------------------------------------------------------------------------------------------------


def account_frame(model: PriceModel, start: PriceOutcome, end: PriceOutcome) -> pd.DataFrame:
    """Accounts by region of moving from `start` to `end`, USD million of the base year, with the change of the cost of living."""
    household = model.household
    first, last = (outcome.change.basket.reshape(model.spending.shape) for outcome in (start, end))
    frame = pd.DataFrame({"region": list(model.world.regions)})
    frame["cost_of_living_pct"] = 100.0 * (last - first)[:, household]
    total = end.accounts.total - start.accounts.total
    spending = model.spending[:, household]
    frame["one_year_pct"] = 100.0 * np.divide(
        total, spending, out=np.full(total.shape, np.nan), where=spending > 0.0
    )
    frame["one_year_usd"] = total
    for name in vars(end.accounts):
        frame[f"{name}_usd"] = getattr(end.accounts, name) - getattr(start.accounts, name)
    return frame


def price_frame(model: PriceModel, start: PriceOutcome, end: PriceOutcome) -> pd.DataFrame:
    """Producer prices by region and sector: % change, how much of it is cost changes of the producer itself, and output."""
    regions, sectors = model.world.regions, model.world.sectors
    direct = first_round(model.base, end.shock) - first_round(model.base, start.shock)
    whole = end.change.producer - start.change.producer
    absorbed = (end.change.value_added - start.change.value_added) * model.output.ravel()
    frame = pd.DataFrame(
        {
            "region": np.repeat(regions, len(sectors)),
            "sector": np.tile(sectors, len(regions)),
            "output_base_usd": model.output.ravel(),
            "producer_price_pct": 100.0 * whole,
            "first_round_pct": 100.0 * direct,
            "through_inputs_pct": 100.0 * (whole - direct),
            "absorbed_usd": absorbed,
        }
    )
    return frame[frame["output_base_usd"] > 0.0].reset_index(drop=True)


def basket_frame(model: PriceModel, start: PriceOutcome, end: PriceOutcome) -> pd.DataFrame:
    """Cost of the base basket by region and final use: % change and USD million."""
    regions, uses = model.world.regions, model.world.uses
    change = (end.change.basket - start.change.basket).ravel()
    frame = pd.DataFrame(
        {
            "region": np.repeat(regions, len(uses)),
            "use": np.tile(uses, len(regions)),
            "spending_base_usd": model.spending.ravel(),
            "basket_price_pct": 100.0 * change,
            "basket_cost_usd": change * model.spending.ravel(),
        }
    )
    return frame[frame["spending_base_usd"] > 0.0].reset_index(drop=True)


OWN, TERMS, INPUT = "own cost", "terms of purchase", "price of the product"
"""Channels: the producer's own cost; wedges and contract prices on what is bought; prices of what is bought."""


def channel_frame(
    model: PriceModel, start: PriceOutcome, end: PriceOutcome, targets: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """Where price changes come from: by target (region, sector or final use), channel and supplier; parts add up to the change."""
    frames = [_channels_of(model, start, end, region, item) for region, item in targets]
    columns = ["region", "item", "channel", "exporter", "supplying_sector", "contribution_pct"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _channels_of(
    model: PriceModel, start: PriceOutcome, end: PriceOutcome, region: str, item: str
) -> pd.DataFrame:
    regions, sectors = np.array(model.world.regions), np.array(model.world.sectors)
    user = (*model.world.sectors, *model.world.uses).index(item)
    n = model.world.regions.index(region)
    size, follows = _size_of(model, n, user)
    dp = (end.change.producer - start.change.producer).reshape(model.output.shape)
    parts = {
        TERMS: (end.paid_more(n, user, dp.shape) - start.paid_more(n, user, dp.shape)) * follows / size,
        INPUT: model.payments_of(n, user) * dp * follows / size,
    }
    exporter, sector = np.indices(dp.shape)
    frames = [
        pd.DataFrame(
            {
                "region": region,
                "item": item,
                "channel": channel,
                "exporter": regions[exporter.ravel()],
                "supplying_sector": sectors[sector.ravel()],
                "contribution_pct": 100.0 * part.ravel(),
            }
        )
        for channel, part in parts.items()
    ]
    rest = _change_of(model, end, n, user) - _change_of(model, start, n, user)
    own = rest - sum(float(part.sum()) for part in parts.values())
    frames.append(
        pd.DataFrame(
            {
                "region": region,
                "item": item,
                "channel": OWN,
                "exporter": region,
                "supplying_sector": item if user < len(sectors) else "",
                "contribution_pct": [100.0 * own],
            }
        )
    )
    frame = pd.concat(frames, ignore_index=True)
    return frame[np.abs(frame["contribution_pct"]) > 1e-10].reset_index(drop=True)


def _size_of(model: PriceModel, n: int, user: int) -> tuple[float, float]:
    """Value to which purchases of a user are related, and the share of cost changes that its price follows."""
    sectors = len(model.world.sectors)
    if user >= sectors:
        return float(model.spending[n, user - sectors]) or np.inf, 1.0
    position = n * sectors + user
    if not np.isnan(model.system.rule.fixed_price[position]):
        return np.inf, 0.0
    follows = model.pass_through[position] / (1.0 - model.output_tax[n, user])
    return float(model.output[n, user]) or np.inf, float(follows)


def _change_of(model: PriceModel, outcome: PriceOutcome, n: int, user: int) -> float:
    sectors = len(model.world.sectors)
    if user < sectors:
        return float(outcome.change.producer[n * sectors + user])
    return float(outcome.change.basket.reshape(model.spending.shape)[n, user - sectors])


def chain_frame(
    model: PriceModel,
    start: PriceOutcome,
    end: PriceOutcome,
    targets: Sequence[tuple[str, str]],
    *,
    top: int = 5,
) -> pd.DataFrame:
    """The chains that carry most of each target's price change, from where a cost changes to the target."""
    base = model.base
    matrix = model.system.leontief.coefficients
    first = first_round(base, end.shock) - first_round(base, start.shock)
    change = end.change.producer - start.change.producer
    sectors = len(model.world.sectors)
    names = [f"{region} {sector}" for region in model.world.regions for sector in model.world.sectors]
    rows = []
    for region, item in targets:
        n, user = (
            model.world.regions.index(region),
            (*model.world.sectors, *model.world.uses).index(item),
        )
        target = np.zeros(len(change))
        if user < sectors:
            target[n * sectors + user] = 1.0
        else:
            target = base.baskets[:, n * len(model.world.uses) + user - sectors]
        for rank, chain in enumerate(heaviest_chains(matrix, first, change, target, top=top), start=1):
            path = " > ".join(names[position] for position in chain.producers)
            rows.append(
                {
                    "region": region,
                    "item": item,
                    "rank": rank,
                    "chain": path if user < sectors else f"{path} > {region} {item}",
                    "contribution_pct": 100.0 * chain.contribution,
                }
            )
    return pd.DataFrame(rows, columns=["region", "item", "rank", "chain", "contribution_pct"])
