"""The equations of `equations.py` in NumPy, for many economies that differ little: draws of one programme.

A draw starts from a solved economy nearby, so Newton's method with that economy's Jacobian (`chord.py`) needs about ten evaluations
where the general solver needs fifty, and several draws are evaluated at once, which read most of their shares from one place
(`quick_together.py`).
What it leaves out: nests, economies of scale, factors that are not mobile, rigid wages and closures other than balance or levels
(`covers` says so); the general solver takes those.

    unknowns    log w (n, v), log c (k, i), log of output Y / Y_0 (n, j), log of income I / I_0 (n), log supports s
    given them  composite prices, spending X = gamma Y + alpha E(I), then what w, c, Y, I should be

Spending is no unknown of its own: it is linear in output and final spending once prices are known. Supports are those of METHODS section
9: each is found with the equilibrium, at no further solve. Rows r of the arrays here are (group, importer) pairs.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from accord.engines.equilibrium.features import features_of
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Floats, Scenario
from accord.engines.equilibrium.quick_cells import Moved, Recipes, WedgesAt
from accord.engines.equilibrium.quick_fixed import Extra, Fixed
from accord.engines.equilibrium.quick_layout import GroupShares, Layout, in_layout
from accord.engines.equilibrium.quick_supports import Market, SupportedCells, nowhere
from accord.engines.equilibrium.quick_weights import Weights

if TYPE_CHECKING:
    from accord.engines.equilibrium.result import Equilibrium


class State(NamedTuple):
    """The unknowns, all logs of changes: factor prices (n, v), unit costs (k, i), output (n, j), income (n,), supports (s,)."""

    factor_price: np.ndarray
    unit_cost: np.ndarray
    output: np.ndarray
    income: np.ndarray
    support: np.ndarray

    def flat(self) -> np.ndarray:
        """Return one vector."""
        return np.concatenate([part.ravel() for part in self])

    def like(self, vector: np.ndarray) -> State:
        """Return the state whose vector is `vector`."""
        parts: list[np.ndarray] = []
        begin = 0
        for own in self:
            parts.append(vector[begin : begin + own.size].reshape(own.shape))
            begin += own.size
        return State(*parts)


class Evaluation(NamedTuple):
    """What the equations say at one state.

    Attributes:
        residual: What each unknown should be less what it is; Newton's step at fixed prices for supports.
        misses: Of each support's condition, as a share of what is to be replaced.
        use_price: Log price index of each final use (n, f).
        final: Spending of final uses (n, f).
        spending: X (k, r).
        per_weight: X over the sum of weights at user prices (k, r).
        seen_sum: Sum of weights at perceived prices times `competitive` (k, r).
        paid_sum: The same at user prices.
        competitive: Column factor of the weights times c_hat^-theta (k, i).
        balance: Largest relative miss of Walras' law, which is no equation.
    """

    residual: State
    misses: np.ndarray
    use_price: np.ndarray
    final: np.ndarray
    spending: np.ndarray
    per_weight: np.ndarray
    seen_sum: np.ndarray
    paid_sum: np.ndarray
    competitive: np.ndarray
    balance: float


def covers(base: BaseEconomy, scenario: Scenario) -> bool:
    """Whether every feature of `base` and `scenario` is among those written here."""
    features = features_of(base, scenario)
    closures = (scenario.imbalance.world_share, scenario.imbalance.own_share, scenario.imbalance.residual)
    return not (
        features.nested
        or features.scale
        or base.factor_income.shape[2] > 1
        or np.any(base.technology.specificity)
        or np.any(scenario.rigid_factor)
        or any(map(np.any, closures))
    )


@dataclass(frozen=True)
class System:
    """One scenario of one base, arranged for evaluation; `supported` are products whose supports are unknown.

    What many economies share is read once for all of them (`quick_together`); the rows in which users act on other prices than they pay,
    the products that anyone's duty falls on, and the flows with export rents stand apart.

    Attributes:
        scenario: What differs from the base, flows and recipes apart.
        moved: Flows and recipes in which it differs.
        before_recipes: The base arranged.
        layout: The same with recipes as the scenario has them.
        weights: Weights under the scenario.
        wedges: Where it has wedges.
        supported: Cells on which unknown supports fall.
        preferring: Rows (k, r) whose perceived prices are not those paid.
        dutiable: Range of products outside which nothing has a duty or an importer's rent.
        renting: Flows with an export rent (3, cells): k, r, i.
        rent_share: Share of the rent in their value before duty (cells,).
    """

    base: BaseEconomy
    scenario: Scenario
    moved: Moved
    markets: tuple[Market, ...]
    before_recipes: Layout
    layout: Layout
    weights: Weights
    wedges: WedgesAt
    supported: SupportedCells
    preferring: tuple[np.ndarray, ...]
    dutiable: slice
    renting: tuple[np.ndarray, ...]
    rent_share: np.ndarray
    fixed: Fixed
    extra: Extra

    @classmethod
    def of(
        cls,
        base: BaseEconomy,
        scenario: Scenario,
        markets: Sequence[Market] = (),
        layout: Layout | None = None,
        moved: Moved | None = None,
    ) -> System:
        """Arrange a scenario.  Source of each line: `equations.prepare` and `equations.delivered_shares`.

        Args:
            base: The base economy.
            scenario: What differs from it.
            markets: Markets whose supports are unknown.
            layout: The base arranged, where it is known already.
            moved: Flows on which they differ, where they are known already; then what `scenario` says of flows and recipes is not read.
        """
        layout = layout or Layout.of(base)
        moved = moved or Moved.between(base, scenario)
        weights, wedges = layout.weights.under(base, moved), layout.wedges.under(moved.cells, moved.new)
        return cls._arranged(base, scenario, moved, markets, layout, weights, wedges)

    def with_markets(self, scenario: Scenario, markets: Sequence[Market]) -> System:
        """Return the system of a scenario that differs neither in flows nor in recipes, with supports in markets unknown.

        Args:
            scenario: What differs from the base; what it says of flows and recipes is not read.
            markets: The markets.
        """
        return self._arranged(
            self.base, scenario, self.moved, markets, self.before_recipes, self.weights, self.wedges
        )

    @classmethod
    def _arranged(
        cls,
        base: BaseEconomy,
        scenario: Scenario,
        moved: Moved,
        markets: Sequence[Market],
        before_recipes: Layout,
        weights: Weights,
        wedges: WedgesAt,
    ) -> System:
        preferring = wedges.preferring
        if markets:
            weights = weights.including(_supported_flows(markets, weights.cells.shape))
            preferring = preferring.copy()
            for market in markets:
                preferring[market.product] |= market.sites.any(axis=(0, 2))
        cost, layout, factor_share = _recipes(base, moved.recipes, before_recipes)
        regions = base.shape[2]
        products = tuple(dict.fromkeys(market.product for market in markets))
        of_products = weights.of_products(products)
        at_markets = {
            product: (of_products[:, place], moved.real_prices(product))
            for place, product in enumerate(products)
        }
        return cls(
            base=base,
            scenario=scenario,
            moved=moved,
            markets=tuple(markets),
            before_recipes=before_recipes,
            layout=layout,
            weights=weights,
            wedges=wedges,
            supported=SupportedCells.of(markets, at_markets, base.technology.trade, regions)
            if markets
            else nowhere(regions),
            preferring=np.nonzero(preferring),
            dutiable=_span(wedges.dutiable),
            renting=wedges.renting,
            rent_share=wedges.rent / (1.0 + wedges.rent),
            fixed=Fixed.of(base, scenario, layout.output, cost, factor_share),
            extra=Extra.of(scenario, regions),
        )

    @property
    def users(self) -> tuple[GroupShares, ...]:
        """Cost shares of using sectors by group."""
        return self.layout.users

    @property
    def buyers(self) -> tuple[GroupShares, ...]:
        """Shares of products in final uses by group."""
        return self.layout.buyers

    @property
    def structure(self) -> Hashable:
        """What systems that are evaluated together have in common: what they share, and where they differ."""
        weights, (group, part, _) = self.weights, self.weights.mixture
        bought = tuple(
            (part.group, part.users.tobytes(), id(part.shared)) for part in (*self.users, *self.buyers)
        )
        places = (self.layout.own, weights.cells.flat, group, part, *self.preferring)
        supports = sum(len(market.sites) for market in self.markets)
        return (
            weights.cells.shape,
            id(weights.sources.paid),
            bought,
            tuple(place.tobytes() for place in places),
            (self.dutiable.start, self.dutiable.stop),
            supports,
        )

    @property
    def inputs(self) -> np.ndarray:
        """Cost shares of inputs (n, g, k, j)."""
        return self._whole(self.users, self.base.output_tax.shape[1])

    @property
    def finals(self) -> np.ndarray:
        """Shares of products in final uses (n, g, k, f)."""
        return self._whole(self.buyers, self.base.final_spending.shape[1])

    def _whole(self, parts: Sequence[GroupShares], users: int) -> np.ndarray:
        groups, sectors, regions = self.base.shape
        share = np.zeros((regions, groups, sectors, users))
        for part in parts:
            share[:, part.group][..., part.users] = part.whole(self.layout.own)
        return share

    @property
    def start(self) -> State:
        """The base as a state: nothing changes."""
        return State(
            np.zeros(self.base.factor_income.shape[:2]),
            np.zeros(self.weights.column.shape),
            np.zeros(self.fixed.base_output.shape),
            np.zeros(self.fixed.base_income.shape),
            np.zeros(sum(len(market.sites) for market in self.markets)),
        )

    def consumption(self, found: Evaluation) -> Floats:
        """Household consumption at base prices (n,), USD million (`Equilibrium.household_consumption`)."""
        bought = found.final[:, HOUSEHOLD] / np.exp(found.use_price[:, HOUSEHOLD])
        return bought - self.scenario.resource_cost

    def quantities(self, found: Evaluation, state: State, products: Sequence[int]) -> np.ndarray:
        """Quantities of some products (k', r, i) in units of one USD million before duty at base prices."""
        chosen = np.array(products, dtype=int)
        value = self.weights.of_products(products)[2] * found.competitive[chosen][:, None]
        value *= found.per_weight[chosen][..., None]
        prices = np.stack([self.moved.real_prices(product) for product in products])
        return value / (prices * np.exp(state.unit_cost[chosen])[:, None])


def _supported_flows(markets: Sequence[Market], shape: tuple[int, ...]) -> np.ndarray:
    """Positions (g, k, n, i) of the flows that supports fall on, ascending."""
    groups, _, regions, exporters = shape
    chosen: list[np.ndarray] = []
    for market in markets:
        sites = market.sites.any(axis=0).reshape(groups, regions, exporters)
        group, importer, exporter = np.nonzero(sites)
        chosen.append(
            np.ravel_multi_index((group, np.full_like(group, market.product), importer, exporter), shape)
        )
    return np.unique(np.concatenate(chosen))


def _recipes(base: BaseEconomy, recipes: Recipes, layout: Layout) -> tuple[np.ndarray, Layout, np.ndarray]:
    """Unit cost at base prices (n, j), the layout with input shares, and factor shares (n, v, j) under new recipes."""
    cost = np.ones(base.output_tax.shape)
    if not recipes:
        return cost, layout, np.asarray(base.factor_share)
    factor_share = np.array(base.factor_share)
    layout = layout.with_own(np.array([region for region, _ in recipes]))
    parts = {part.group: part for part in layout.users}
    for (region, using), (inputs, factors) in recipes.items():
        in_base = layout.recipe(region, using).sum() + base.factor_share[region, :, using].sum()
        if in_base != 0.0:
            cost[region, using] = (inputs.sum() + factors.sum()) / in_base
        factor_share[region, :, using] = factors / cost[region, using]
        place = int(np.searchsorted(layout.own, region))
        for group, bought in enumerate(inputs / cost[region, using]):
            old = parts.get(group) or GroupShares.empty(group, len(cost), bought.size, layout.own.size)
            if bought.any() or using in old.users:
                parts[group] = old.with_user(place, using, bought)
    return cost, layout._replace(users=tuple(parts[group] for group in sorted(parts))), factor_share


def _span(chosen: np.ndarray) -> slice:
    places = np.flatnonzero(chosen)
    return slice(int(places[0]), int(places[-1]) + 1) if places.size else slice(0, 0)


def point_of(system: System, state: State, found: Evaluation) -> np.ndarray:
    """Return the equilibrium as the point that the general solver iterates on (`solve.Unknowns`)."""
    base = system.base
    groups, sectors, regions = base.shape
    spending = found.spending.reshape(sectors, groups, regions).transpose(1, 0, 2)
    bought = base.expenditure > 0.0
    spent = np.log(np.where(bought, spending, 1.0) / np.where(bought, base.expenditure, 1.0))
    return np.concatenate([part.ravel() for part in (state.factor_price, state.unit_cost, spent)])


def state_of(found: Equilibrium) -> State:
    """Return an equilibrium of the general solver as a state; supports are none."""
    base = found.base
    others = np.bincount(base.purchase_payer, base.purchases.sum(axis=(1, 2, 3)), len(base.final_spending))
    income = base.final_spending.sum(axis=1) + others
    made = base.output > 0.0
    output = np.log(np.where(made, found.output, 1.0) / np.where(made, base.output, 1.0))
    return State(
        np.log(found.factor_price_hat[:, :, 0]),
        np.log(found.unit_cost_hat),
        output,
        np.log(found.income.total / income),
        np.zeros(0),
    )


def rebased_quickly(system: System, state: State, found: Evaluation) -> tuple[BaseEconomy, Layout]:
    """Return the equilibrium as a base of its own (`result.rebased`), and arranged; for scenarios without purchases of their own.

    Its shares of sources, inputs and final uses are in the layout alone: the base has NaN in their place.
    """
    base, scenario = system.base, system.scenario
    groups, sectors, regions = base.shape
    output = np.exp(state.output) * system.fixed.base_output
    demand = (system.fixed.factor_share * (system.fixed.kept * output)[:, None, :]).sum(axis=2, keepdims=True)
    spending = found.spending.reshape(sectors, groups, regions)
    new = in_layout(base)._replace(
        expenditure=np.ascontiguousarray(spending.swapaxes(0, 1)),
        factor_share=system.fixed.factor_share,
        final_spending=found.final,
        factor_income=demand,
        wedges=scenario.wedges,
        output_tax=scenario.output_tax,
        subsidy=scenario.subsidy,
        subsidy_payer=scenario.subsidy_payer,
        imbalance=scenario.imbalance._replace(level=scenario.imbalance.level + scenario.transfer),
        resource_cost=scenario.resource_cost * np.exp(found.use_price[:, HOUSEHOLD]),
    )
    theta = base.technology.trade
    column = system.weights.column - theta[:, None] * state.unit_cost
    weights = system.weights.after(column, found.seen_sum, found.paid_sum, theta)
    wedges = system.layout.wedges.under(system.moved.cells, system.moved.new)
    return new, system.layout._replace(output=output, weights=weights, wedges=wedges)
