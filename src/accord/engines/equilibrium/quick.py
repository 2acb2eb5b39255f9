"""The equations of `equations.py` in NumPy, for many economies that differ little: draws of one programme.

A draw starts from a solved economy nearby, so Newton's method with that economy's Jacobian (`chord.py`) needs about ten evaluations
where the general solver needs fifty, and BLAS on small contiguous blocks does each of them in a third of the time that XLA takes.
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
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.features import features_of
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Floats, Scenario
from accord.engines.equilibrium.quick_layout import GroupShares, Layout, Moved, Recipes, Weights
from accord.engines.equilibrium.quick_supports import Market, SupportedCells


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
        seen_sum: Sum of weights at perceived prices times c_hat^-theta (k, r).
        paid_sum: The same at user prices.
        competitive: c_hat^-theta (k, i).
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


class Fixed(NamedTuple):
    """What of a base and its scenario does not move with the state, in the form that evaluations use.

    Attributes:
        theta: Trade elasticities (k, 1).
        hire: One over base factor income (n, v), zero where there is none; `unhired` is one there.
        unhired: See `hire`.
        supply: Log of factor supply (n, v).
        earning: Factor income at base prices and the scenario's supply (n, v).
        base_output: Output of the base at producer prices (n, j).
        unmade: One where nothing is made in the base (n, j).
        base_income: What final users spend in the base (n,).
        income_share: Share of each final use in it (n, f).
        final_spending: Spending of final uses in the base (n, f).
        inflow: Imbalances and transfers (n,).
        own_price: Whether a producer has a price of its own (n, j).
        real_use: Uses that buy fixed real quantities, booleans (f,).
        gross_up: Log of what a unit costs at unchanged prices (n, j).
        factor_share: Cost shares of factors (n, v, j).
        kept: Share of revenue that is left for costs (n, j).
        output_tax: Taxes on output (n, j), shares of its value.
        subsidy: Subsidies (n, j), shares of the value of output.
        subsidy_payer: Who pays them (n, j).
    """

    theta: np.ndarray
    hire: np.ndarray
    unhired: np.ndarray
    supply: np.ndarray
    earning: np.ndarray
    base_output: np.ndarray
    unmade: np.ndarray
    base_income: np.ndarray
    income_share: np.ndarray
    final_spending: np.ndarray
    inflow: np.ndarray
    own_price: np.ndarray
    real_use: np.ndarray
    gross_up: np.ndarray
    factor_share: np.ndarray
    kept: np.ndarray
    output_tax: np.ndarray
    subsidy: np.ndarray
    subsidy_payer: np.ndarray

    @classmethod
    def of(
        cls,
        base: BaseEconomy,
        scenario: Scenario,
        base_output: np.ndarray,
        cost: np.ndarray,
        factor_share: np.ndarray,
    ) -> Fixed:
        """Return what is fixed, given output (n, j), unit cost at base prices (n, j) and factor shares (n, v, j)."""
        whole = base.factor_income[:, :, 0]
        used = whole > 0.0
        kept = 1.0 - scenario.output_tax + scenario.subsidy
        kept_base = 1.0 - base.output_tax + base.subsidy
        others = np.bincount(
            base.purchase_payer, base.purchases.sum(axis=(1, 2, 3)), len(base.final_spending)
        )
        income = base.final_spending.sum(axis=1) + others
        return cls(
            theta=base.technology.trade[:, None],
            hire=np.divide(1.0, whole, out=np.zeros_like(whole), where=used),
            unhired=(~used).astype(float),
            supply=np.log(scenario.factor_supply_hat),
            earning=scenario.factor_supply_hat * whole,
            base_output=base_output,
            unmade=(base_output <= 0.0).astype(float),
            base_income=income,
            income_share=base.final_spending / income[:, None],
            final_spending=base.final_spending,
            inflow=scenario.imbalance.level + scenario.transfer,
            own_price=(base.value_added_share != 0.0).astype(float),
            real_use=np.asarray(scenario.real_use, dtype=bool),
            gross_up=np.log(cost * kept_base / kept / scenario.productivity_hat),
            factor_share=factor_share,
            kept=kept,
            output_tax=scenario.output_tax,
            subsidy=scenario.subsidy,
            subsidy_payer=scenario.subsidy_payer,
        )


class _Extra(NamedTuple):
    """Purchases of the programme: where each stands in (k, r), its market, who pays it, and its real value."""

    product: np.ndarray
    row: np.ndarray
    market: np.ndarray
    payer: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, scenario: Scenario, regions: int) -> _Extra:
        payer, group, product, market = np.nonzero(scenario.purchases)
        paid_by = np.asarray(scenario.purchase_payer, dtype=int)[payer]
        value = np.asarray(scenario.purchases)[payer, group, product, market]
        return cls(product, group * regions + market, market, paid_by, value)


@dataclass(frozen=True)
class System:
    """One scenario of one base, arranged for evaluation; `supported` are products whose supports are unknown.

    Weights are (k, r, i). An evaluation is bound by memory and by calls, so what is the same twice or zero is read once or never: the
    rows in which users act on other prices than they pay, the products that anyone's duty falls on, and the flows with export rents
    stand apart.

    Attributes:
        scenario: What differs from the base, flows and recipes apart.
        moved: Flows and recipes in which it differs.
        weights: Weights under the scenario; those of rows with supports are written anew by each evaluation, so a system is one thread's.
        preferring: Rows (k, r) whose perceived prices are not those paid.
        dutiable: Range of products outside which nothing has a duty or an importer's rent.
        renting: Flows with an export rent (3, cells): k, r, i.
        rent_share: Share of the rent in their value before duty (cells,).
        users: For each group with any, its using sectors and their cost shares (n, k, j').
        buyers: The same for final uses.
    """

    base: BaseEconomy
    scenario: Scenario
    moved: Moved
    markets: tuple[Market, ...]
    layout: Layout
    weights: Weights
    supported: SupportedCells
    preferring: tuple[np.ndarray, ...]
    dutiable: slice
    renting: tuple[np.ndarray, ...]
    rent_share: np.ndarray
    users: tuple[GroupShares, ...]
    fixed: Fixed
    extra: _Extra

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
        weights, wedges = layout.weights.under(base, moved), layout.wedges.under(moved)
        preferring = wedges.preferring
        if markets:
            weights = weights.copied()
            preferring = preferring.copy()
            for market in markets:
                preferring[market.product] |= market.sites.any(axis=(0, 2))
        cost, users, factor_share = _recipes(base, moved.recipes, layout)
        prices = {market.product: moved.real_prices(market.product) for market in markets}
        return cls(
            base=base,
            scenario=scenario,
            moved=moved,
            markets=tuple(markets),
            layout=layout,
            weights=weights,
            supported=SupportedCells.of(markets, weights[:3], base.technology.trade, prices),
            preferring=np.nonzero(preferring),
            dutiable=_span(wedges.dutiable),
            renting=wedges.renting,
            rent_share=wedges.rent / (1.0 + wedges.rent),
            users=users,
            fixed=Fixed.of(base, scenario, layout.output, cost, factor_share),
            extra=_Extra.of(scenario, base.shape[2]),
        )

    @property
    def buyers(self) -> tuple[GroupShares, ...]:
        """Shares of products in final uses by group."""
        return self.layout.buyers

    @property
    def structure(self) -> Hashable:
        """What systems that are evaluated together have in common, so that each is summed as it is alone."""
        bought = tuple((part.group, part.users.tobytes()) for part in (*self.users, *self.buyers))
        supports = sum(len(market.sites) for market in self.markets)
        return self.weights.seen.shape, bought, self.dutiable.start, self.dutiable.stop, supports

    @property
    def inputs(self) -> np.ndarray:
        """Cost shares of inputs (n, g, k, j)."""
        if self.users is self.layout.users:
            return self.base.input_share
        share = np.zeros_like(self.base.input_share)
        for group, users, part in self.users:
            share[:, group][..., users] = part
        return share

    @property
    def start(self) -> State:
        """The base as a state: nothing changes."""
        return State(
            np.zeros(self.base.factor_income.shape[:2]),
            np.zeros((self.weights.seen.shape[0], self.weights.seen.shape[2])),
            np.zeros(self.fixed.base_output.shape),
            np.zeros(self.fixed.base_income.shape),
            np.zeros(sum(len(market.sites) for market in self.markets)),
        )

    def consumption(self, found: Evaluation) -> Floats:
        """Household consumption at base prices (n,), USD million (`Equilibrium.household_consumption`)."""
        bought = found.final[:, HOUSEHOLD] / np.exp(found.use_price[:, HOUSEHOLD])
        return bought - self.scenario.resource_cost

    def quantities(self, found: Evaluation, state: State, product: int) -> np.ndarray:
        """Quantities of one product (r, i) in units of one USD million before duty at base prices."""
        value = self.weights.before_duty[product] * found.competitive[product]
        value *= found.per_weight[product][:, None]
        return value / (self.moved.real_prices(product) * np.exp(state.unit_cost[product]))

    @property
    def received(self) -> np.ndarray:
        """Weights at producer prices (k, r, i)."""
        received = self.weights.before_duty.copy()
        received[self.renting] *= 1.0 - self.rent_share
        return received


def _recipes(
    base: BaseEconomy, recipes: Recipes, layout: Layout
) -> tuple[np.ndarray, tuple[GroupShares, ...], np.ndarray]:
    """Unit cost at base prices (n, j), input shares by group, and factor shares (n, v, j) under new recipes."""
    cost = np.ones(base.output_tax.shape)
    if not recipes:
        return cost, layout.users, np.asarray(base.factor_share)
    factor_share = np.array(base.factor_share)
    parts = {part.group: part for part in layout.users}
    for (region, using), (inputs, factors) in recipes.items():
        in_base = base.input_share[region, ..., using].sum() + base.factor_share[region, :, using].sum()
        if in_base != 0.0:
            cost[region, using] = (inputs.sum() + factors.sum()) / in_base
        factor_share[region, :, using] = factors / cost[region, using]
        for group, bought in enumerate(inputs / cost[region, using]):
            old = parts.get(group)
            if bought.any() or (old is not None and using in old.users):
                parts[group] = GroupShares.with_user(group, old, region, using, bought, len(cost))
    return cost, tuple(parts[group] for group in sorted(parts)), factor_share


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


def rebased_quickly(system: System, state: State, found: Evaluation) -> tuple[BaseEconomy, Layout]:
    """Return the equilibrium as a base of its own (`result.rebased`), and arranged; for scenarios without purchases of their own."""
    base, scenario = system.base, system.scenario
    groups, sectors, regions = base.shape
    share = system.weights.paid * (found.competitive[:, None, :] / found.paid_sum[:, :, None])
    share *= (found.spending > 0.0)[..., None]
    output = np.exp(state.output) * system.fixed.base_output
    demand = (system.fixed.factor_share * (system.fixed.kept * output)[:, None, :]).sum(axis=2, keepdims=True)

    def by_group(array: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(array.swapaxes(0, 1))

    new = base._replace(
        expenditure_share=by_group(share.reshape(sectors, groups, regions, regions)),
        expenditure=by_group(found.spending.reshape(sectors, groups, regions)),
        input_share=system.inputs,
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
    weights = system.weights.after(found.competitive, found.seen_sum, found.paid_sum)
    return new, Layout(
        output, weights, system.users, system.layout.buyers, system.layout.wedges.under(system.moved)
    )
