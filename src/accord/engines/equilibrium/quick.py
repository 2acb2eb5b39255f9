"""The equations of `equations.py` in NumPy, for many economies that differ little: draws of one programme.

A draw starts from a solved economy nearby, so Newton's method with that economy's Jacobian (`chord.py`) needs about ten evaluations
where the general solver needs fifty. Several draws are arranged and evaluated at once: one call of NumPy serves all, and most of their
shares are read from one place (`quick_together.py`). Where others stand beside it does not move an economy's numbers.
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

import numpy as np

from accord.engines.equilibrium.features import features_of
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Floats, Scenario
from accord.engines.equilibrium.quick_cells import Moved, WedgesAt
from accord.engines.equilibrium.quick_fixed import Extra, Fixed, in_columns, scenario_in_columns
from accord.engines.equilibrium.quick_layout import GroupShares, Layout, in_layout, under_recipes
from accord.engines.equilibrium.quick_state import Evaluations, State
from accord.engines.equilibrium.quick_supports import Market, SupportedCells, nowhere
from accord.engines.equilibrium.quick_weights import Weights


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
    """Economies of one kind, each with one scenario of one base, arranged for evaluation; supports in `markets` are unknown.

    Numbers have an axis for economies behind (d). What economies share is read once for all of them (`quick_together`); the rows in
    which users act on other prices than they pay, the products that anyone's duty falls on, and the flows with export rents stand apart.

    Attributes:
        base: The bases in columns (`in_columns`).
        scenario: What differs from them, flows, recipes and purchases apart (`scenario_in_columns`).
        moved: Flows and recipes in which they differ.
        extra: Purchases of the scenario.
        before_recipes: The bases arranged.
        layout: The same with recipes as the scenario has them.
        weights: Weights under the scenario.
        wedges: Where it has wedges.
        supported: Cells on which unknown supports fall.
        preferring: Rows (k, r) whose perceived prices are not those paid.
        dutiable: Range of products outside which nothing has a duty or an importer's rent.
        rent_share: Share of the export rent in the value before duty of flows `wedges.renting` (cells, d).
    """

    base: BaseEconomy
    scenario: Scenario
    moved: Moved
    extra: Extra
    markets: tuple[Market, ...]
    before_recipes: Layout
    layout: Layout
    weights: Weights
    wedges: WedgesAt
    supported: SupportedCells
    preferring: tuple[np.ndarray, ...]
    dutiable: slice
    rent_share: np.ndarray
    fixed: Fixed

    @classmethod
    def of(
        cls,
        base: BaseEconomy,
        scenario: Scenario,
        markets: Sequence[Market] = (),
        layout: Layout | None = None,
    ) -> System:
        """Arrange one scenario of one base, as a column.  Source of each line: `equations.prepare` and `equations.delivered_shares`.

        Args:
            base: The base economy.
            scenario: What differs from it.
            markets: Markets whose supports are unknown.
            layout: The base arranged, where it is known already.
        """
        return cls.side_by_side(
            in_columns(base),
            scenario_in_columns(scenario),
            Moved.between(base, scenario),
            Extra.of(scenario, base.shape[2]),
            layout or Layout.of(base),
            markets,
        )

    @classmethod
    def side_by_side(
        cls,
        base: BaseEconomy,
        scenario: Scenario,
        moved: Moved,
        extra: Extra,
        layout: Layout,
        markets: Sequence[Market] = (),
    ) -> System:
        """Arrange scenarios of bases of one kind.

        Args:
            base: The bases in columns.
            scenario: What differs from them; what it says of flows, recipes and purchases is not read.
            moved: Flows and recipes on which they differ.
            extra: Purchases of the scenario.
            layout: The bases arranged.
            markets: Markets whose supports are unknown.
        """
        weights, wedges = layout.weights.under(base, moved), layout.wedges.under(moved.cells, moved.new)
        return cls._arranged(base, scenario, moved, extra, markets, layout, weights, wedges)

    def with_markets(self, scenario: Scenario, extra: Extra, markets: Sequence[Market]) -> System:
        """Return the system of scenarios that differ neither in flows nor in recipes, with supports in markets unknown.

        Args:
            scenario: What differs from the bases; what it says of flows, recipes and purchases is not read.
            extra: Purchases of the scenario.
            markets: The markets.
        """
        parts = self.before_recipes, self.weights, self.wedges
        return self._arranged(self.base, scenario, self.moved, extra, markets, *parts)

    @classmethod
    def _arranged(
        cls,
        base: BaseEconomy,
        scenario: Scenario,
        moved: Moved,
        extra: Extra,
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
        cost, layout, factor_share = under_recipes(base, moved.recipes, before_recipes)
        regions, many = base.shape[2], layout.output.shape[2]
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
            extra=extra,
            markets=tuple(markets),
            before_recipes=before_recipes,
            layout=layout,
            weights=weights,
            wedges=wedges,
            supported=SupportedCells.of(markets, at_markets, base.technology.trade, regions)
            if markets
            else nowhere(regions, many),
            preferring=np.nonzero(preferring),
            dutiable=_span(wedges.dutiable),
            rent_share=wedges.rent / (1.0 + wedges.rent),
            fixed=Fixed.of(base, scenario, layout.output, cost, factor_share),
        )

    @property
    def many(self) -> int:
        """Number of economies."""
        return self.layout.output.shape[2]

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
        return (
            weights.cells.shape,
            id(weights.sources.paid),
            bought,
            tuple(place.tobytes() for place in places),
            (self.dutiable.start, self.dutiable.stop),
            self.supported.places,
        )

    @property
    def inputs(self) -> np.ndarray:
        """Cost shares of inputs (n, g, k, j, d)."""
        return self._whole(self.users, self.base.output_tax.shape[1])

    @property
    def finals(self) -> np.ndarray:
        """Shares of products in final uses (n, g, k, f, d)."""
        return self._whole(self.buyers, self.base.final_spending.shape[1])

    def _whole(self, parts: Sequence[GroupShares], users: int) -> np.ndarray:
        groups, sectors, regions = self.base.shape
        share = np.zeros((regions, groups, sectors, users, self.many))
        for part in parts:
            share[:, part.group][..., part.users, :] = part.whole(self.layout.own)
        return share

    @property
    def start(self) -> State:
        """The base of one economy as a state: nothing changes."""
        return State(
            np.zeros(self.base.factor_income.shape[:2]),
            np.zeros(self.weights.column.shape[:-1]),
            np.zeros(self.fixed.base_output.shape[:-1]),
            np.zeros(self.fixed.base_income.shape[:-1]),
            np.zeros(len(self.supported.sales)),
        )

    def consumption(self, found: Evaluations) -> Floats:
        """Household consumption at base prices (n, d), USD million (`Equilibrium.household_consumption`)."""
        bought = found.final[:, HOUSEHOLD] / np.exp(found.use_price[:, HOUSEHOLD])
        return bought - self.scenario.resource_cost

    def quantities(self, found: Evaluations, state: State, products: Sequence[int]) -> np.ndarray:
        """Quantities of some products (k', r, i, d) in units of one USD million before duty at base prices.

        Args:
            found: What the equations say at the state.
            state: The state, with an axis for economies.
            products: Positions of the products.
        """
        chosen = np.array(products, dtype=int)
        each, inverse = np.unique(chosen, return_inverse=True)
        value = self.weights.of_products(each.tolist())[2] * found.competitive[each][:, None]
        value *= found.per_weight[each][:, :, None]
        prices = np.stack([self.moved.real_prices(product) for product in each.tolist()])
        return (value / (prices * np.exp(state.unit_cost[each])[:, None]))[np.ravel(inverse)]


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


def _span(chosen: np.ndarray) -> slice:
    places = np.flatnonzero(chosen)
    return slice(int(places[0]), int(places[-1]) + 1) if places.size else slice(0, 0)


def point_of(system: System, state: State, found: Evaluations) -> np.ndarray:
    """Return the equilibrium of one economy as the point that the general solver iterates on (`solve.Unknowns`)."""
    base = system.base
    groups, sectors, regions = base.shape
    spending = found.spending[..., 0].reshape(sectors, groups, regions).transpose(1, 0, 2)
    expenditure = base.expenditure[..., 0]
    bought = expenditure > 0.0
    spent = np.log(np.where(bought, spending, 1.0) / np.where(bought, expenditure, 1.0))
    return np.concatenate([part.ravel() for part in (state.factor_price, state.unit_cost, spent)])


def rebased_quickly(system: System, state: State, found: Evaluations) -> tuple[BaseEconomy, Layout]:
    """Return equilibria as bases of their own (`result.rebased`), in columns, and arranged; of scenarios without purchases of their own.

    Their shares of sources, inputs and final uses are in the layout alone: the bases have NaN in their place.

    Args:
        system: The economies.
        state: Their states, with an axis for economies.
        found: What the equations say there.
    """
    base, scenario = system.base, system.scenario
    groups, sectors, regions = base.shape
    output = np.exp(state.output) * system.fixed.base_output
    demand = (system.fixed.factor_share * (system.fixed.kept * output)[:, None]).sum(axis=2, keepdims=True)
    spending = found.spending.reshape(sectors, groups, regions, -1)
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
