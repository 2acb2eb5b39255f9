"""What the equilibrium engine returns: levels in USD million and changes, as NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Floats, Scenario

if TYPE_CHECKING:
    from accord.engines.equilibrium.equations import Income


class Residuals(NamedTuple):
    """Largest relative residual of each kind of equation; `balance` is Walras' law."""

    prices: Floats
    goods: Floats
    factors: Floats
    budgets: Floats
    balance: Floats


class Stats(NamedTuple):
    """How the solve went.

    Attributes:
        residuals: Largest relative residual of each kind of equation.
        iterations: Evaluations of the system.
        continuation_steps: One when the scenario was reached in one go.
        newton_steps: Steps of Newton's method; zero unless the iteration was slow.
    """

    residuals: Residuals
    iterations: int
    continuation_steps: int
    newton_steps: int = 0

    @property
    def largest_residual(self) -> float:
        """The largest relative residual over all equations and Walras' law."""
        return max(self.residuals)


class NewShares(NamedTuple):
    """Shares at new prices, where elasticities of substitution let them move; the product axis (group, sector) is merged.

    Attributes:
        inputs: In the cost of sectors (n, m, j).
        factors: In the cost of sectors (n, v, j).
        uses: In final uses (n, m, f).
    """

    inputs: Floats
    factors: Floats
    uses: Floats


@dataclass(frozen=True)
class Delivered:
    """Sourcing weights of a scenario (g, k, n, i): flow = weight x competitiveness of the producer x spending per weight.

    Attributes:
        at_user_prices: K at the prices that users pay.
        scenario: Whose weights they are.
    """

    at_user_prices: Floats
    scenario: Scenario

    @cached_property
    def before_duty(self) -> Floats:
        """The same flows valued before duty."""
        return self.at_user_prices / np.asarray(self.scenario.wedges.landed_factor)


@dataclass(frozen=True)
class Equilibrium:
    """One equilibrium of the system. Axes as in `inputs.py`; levels in USD million a year, hats relative to the base.

    The numeraire is the world average factor price at base weights; real results do not depend on it. `point` is the solver's
    vector of unknowns, from which a nearby scenario can begin. Shares of products have the product axis (group, sector) merged.
    """

    base: BaseEconomy
    scenario: Scenario
    factor_price_hat: Floats
    unit_cost_hat: Floats
    price_hat: Floats
    use_price_hat: Floats
    expenditure: Floats
    output: Floats
    factor_demand: Floats
    final_spending: Floats
    income: Income
    competitive: Floats
    spending_per_weight: Floats
    shares: NewShares | None
    log_bundle: Floats
    delivered: Delivered
    point: Floats
    stats: Stats

    @property
    def input_share(self) -> Floats:
        """Shares of products in cost (n, m, j)."""
        return self.recipe.inputs if self.shares is None else self.shares.inputs

    @property
    def factor_share(self) -> Floats:
        """Shares of factors in cost (n, v, j)."""
        return self.recipe.factors if self.shares is None else self.shares.factors

    @property
    def final_share(self) -> Floats:
        """Shares of products in final uses (n, m, f)."""
        return self.recipe.uses if self.shares is None else self.shares.uses

    @cached_property
    def recipe(self) -> NewShares:
        """Shares at base prices in the scenario's recipes; those at new prices too where every elasticity is one."""
        base, scenario = self.base, self.scenario
        regions, groups, sectors, using = base.input_share.shape
        in_base = base.input_share.sum(axis=(1, 2)) + base.factor_share.sum(axis=1)
        now = scenario.input_cost.sum(axis=(1, 2)) + scenario.factor_cost.sum(axis=1)
        unit_cost = np.divide(now, in_base, out=np.ones_like(now), where=in_base != 0.0)[:, None, :]
        return NewShares(
            scenario.input_cost.reshape(regions, groups * sectors, using) / unit_cost,
            scenario.factor_cost / unit_cost,
            base.final_share.reshape(regions, groups * sectors, -1),
        )

    def flows(self, valuation: Floats) -> Floats:
        """Flows (g, k, n, i) valued by one of the two arrays of `delivered`, USD million."""
        return valuation * self.competitive[None, :, None, :] * self.spending_per_weight[..., None]

    @cached_property
    def flows_before_duty(self) -> Floats:
        """Flows (g, k, n, i) valued before duty, USD million."""
        return self.flows(self.delivered.before_duty)

    @cached_property
    def fob_price_hat(self) -> Floats:
        """Change of the price before duty and before the iceberg cost, (g, k, n, i): c_hat times the export rent's change."""
        rent = (1.0 + self.scenario.wedges.export_rent) / (1.0 + self.base.wedges.export_rent)
        return self.unit_cost_hat[None, :, None, :] * rent

    @cached_property
    def quantities(self) -> Floats:
        """Delivered quantities (g, k, n, i) in units that cost one million USD before duty at base prices."""
        return self.flows_before_duty / (self.fob_price_hat * self.scenario.trade_cost_hat)

    @cached_property
    def purchase_values(self) -> Floats:
        """What the purchases of each payer in each market cost (p, n), USD million."""
        return (self.scenario.purchases * self.price_hat).sum(axis=(1, 2))

    def paid_for_purchases(self, values: Floats) -> Floats:
        """Sum (p, n) over markets, by paying region (n,)."""
        paid = np.zeros(values.shape[1])
        np.add.at(paid, np.asarray(self.scenario.purchase_payer), values.sum(axis=1))
        return paid

    @cached_property
    def employment_hat(self) -> Floats:
        """Employment of each factor by region (n, v): what firms pay for it over the price that it earns, as a ratio to the base.

        The price is the index over markets that is dual to the factor's transformation between them; where all markets pay the same,
        that price. Supply itself for a factor whose markets clear; one where a region does not have the factor.
        """
        income = self.base.factor_income
        total = income.sum(axis=2)
        some = total > 0.0
        share = income / np.where(some, total, 1.0)[:, :, None]
        omega = np.asarray(self.base.technology.specificity)
        power = 1.0 / np.where(omega > 0.0, omega, 1.0)[:, None]
        index = np.where(some, (share * self.factor_price_hat**power).sum(axis=2), 1.0) ** (1.0 / power[:, 0])
        paid = np.where(some, self.factor_demand.sum(axis=2) / np.where(some, total, 1.0), 1.0)
        return paid / index

    @property
    def household_consumption(self) -> Floats:
        """Household consumption at base prices (n,), USD million: the money-metric utility of METHODS section 2.

        Base prices are those of the base economy, so the equivalent variation between two equilibria of one base is the
        difference of their entries.
        """
        spent = self.final_spending[:, HOUSEHOLD] / self.use_price_hat[:, HOUSEHOLD]
        return spent - self.scenario.resource_cost


def rebased(equilibrium: Equilibrium) -> BaseEconomy:
    """Return `equilibrium` as a base economy of its own: with its scenario unchanged, every change is one.

    Transfers become part of the level of imbalances.
    """
    base, scenario = equilibrium.base, equilibrium.scenario
    spending = equilibrium.flows(equilibrium.delivered.at_user_prices)
    expenditure = equilibrium.expenditure[..., None]
    share = np.divide(spending, expenditure, out=np.zeros_like(spending), where=expenditure > 0.0)
    return base._replace(
        expenditure_share=share,
        expenditure=equilibrium.expenditure,
        input_share=equilibrium.input_share.reshape(base.input_share.shape),
        factor_share=equilibrium.factor_share,
        final_share=equilibrium.final_share.reshape(base.final_share.shape),
        final_spending=equilibrium.final_spending,
        factor_income=equilibrium.factor_demand,
        wedges=scenario.wedges,
        output_tax=scenario.output_tax,
        subsidy=scenario.subsidy,
        subsidy_payer=scenario.subsidy_payer,
        imbalance=scenario.imbalance._replace(level=scenario.imbalance.level + scenario.transfer),
        resource_cost=scenario.resource_cost * equilibrium.use_price_hat[:, HOUSEHOLD],
        purchases=scenario.purchases * equilibrium.price_hat,
        purchase_payer=scenario.purchase_payer,
    )
