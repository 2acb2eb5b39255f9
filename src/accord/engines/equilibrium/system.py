"""The system as one map of its unknowns (log w, log c, log X): what follows from them, and how far each equation is from holding.

Walras' law is the check and not an equation: the numeraire (world factor income stays at its base value) replaces nothing, every
region's factor market is tested, and the trade balance follows. How the map is iterated is in `solve.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from accord.engines.equilibrium import equations as eq
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Options, Scenario
from accord.engines.equilibrium.markets import Prices, trade
from accord.engines.equilibrium.result import Residuals


class Unknowns(NamedTuple):
    """The unknowns: logs of changes."""

    factor_price: Float[Array, "region factor slot"]
    unit_cost: Float[Array, "sector exporter"]
    expenditure: Float[Array, "group sector importer"]


class Quantities(NamedTuple):
    """Everything that follows from the unknowns, once, at one point; `target` is what each unknown should be."""

    prices: Prices
    bundles: eq.BundlePrices
    spending: Float[Array, "group sector importer"]
    output: Float[Array, "region sector"]
    factor_demand: Float[Array, "region factor slot"]
    income: eq.Income
    final: Float[Array, "region use"]
    purchases: eq.Purchases
    target: Unknowns


def size_of(base: BaseEconomy) -> int:
    """Number of unknowns."""
    return base.factor_income.size + base.shape[1] * base.shape[2] + base.expenditure.size


def scale_of(base: BaseEconomy, options: Options) -> Float[Array, " unknown"]:
    """What turns a step into the residual of an equation: the update of factor prices is damped."""
    prices = base.factor_income.size
    return jnp.ones(size_of(base)).at[:prices].set(1.0 / options.wage_damping)


def image(
    base: BaseEconomy,
    scenario: Scenario,
    prepared: eq.Prepared,
    options: Options,
    point: Float[Array, " unknown"],
) -> Float[Array, " unknown"]:
    """One step of the damped map whose fixed point is the equilibrium."""
    unknowns = unpack(base, point)
    target = evaluate(base, scenario, prepared, unknowns).target
    price = unknowns.factor_price + options.wage_damping * (target.factor_price - unknowns.factor_price)
    # Numeraire: the world's average factor price at base weights.
    price -= jnp.log(jnp.sum(jnp.exp(price) * base.factor_income) / jnp.sum(base.factor_income))
    return pack(Unknowns(price, target.unit_cost, target.expenditure))


def pack(unknowns: Unknowns) -> Float[Array, " unknown"]:
    """Join the unknowns into the flat vector of logs."""
    return jnp.concatenate([part.ravel() for part in unknowns])


def unpack(base: BaseEconomy, point: Float[Array, " unknown"]) -> Unknowns:
    """Split the flat vector of logs into the unknowns."""
    _, sectors, regions = base.expenditure.shape
    prices = base.factor_income.size
    price, cost, spent = jnp.split(point, [prices, prices + sectors * regions])
    return Unknowns(
        price.reshape(base.factor_income.shape),
        cost.reshape(sectors, regions),
        spent.reshape(base.expenditure.shape),
    )


def evaluate(base: BaseEconomy, scenario: Scenario, prepared: eq.Prepared, unknowns: Unknowns) -> Quantities:
    """Compute every quantity of the system at `unknowns`, and what the equations say that the unknowns should be."""
    spending = jnp.exp(unknowns.expenditure) * base.expenditure
    traded = trade(base, prepared.delivered, unknowns.unit_cost, spending)
    prices, output = traded.prices, traded.output
    bundles = eq.bundle_prices(base, prepared, unknowns.factor_price, prices.log_index)
    cost = eq.sector_cost(scenario, output)
    demand = eq.factor_demand(base, prepared, bundles, unknowns.factor_price, cost)
    earned = eq.factor_income(base, scenario, unknowns.factor_price, demand)
    income = eq.national_income(scenario, prepared, earned, traded)
    purchases = eq.purchases(scenario, prices.log_index)
    final = eq.final_spending(base, scenario.real_use, income.total, bundles.log_use, purchases.paid)
    spent = eq.spending_rhs(base, prepared, bundles, prices.log_index, cost, final) + purchases.spending
    bought = base.expenditure > 0.0
    target = Unknowns(
        eq.log_factor_price(base, scenario, demand, bundles.log_use[:, HOUSEHOLD]),
        eq.log_unit_cost(base, scenario, prepared, bundles.costs.total, output),
        jnp.log(jnp.where(bought, spent, 1.0) / jnp.where(bought, base.expenditure, 1.0)),
    )
    return Quantities(prices, bundles, spending, output, demand, income, final, purchases, target)


def residuals_of(
    base: BaseEconomy, scenario: Scenario, unknowns: Unknowns, quantities: Quantities
) -> Residuals:
    """Largest relative residual of each kind of equation; `balance` is Walras' law, which no equation imposes."""
    income = quantities.income
    # A region's spending on all goods = its sales to everyone + what its wedges collect + its inflow, where sales pay costs. What others
    # buy in its market is not its own spending; what it buys in theirs is.
    receipts = jnp.sum(quantities.output, axis=1) + income.import_revenue + income.export_rents
    subsidies = income.subsidies + jnp.sum(scenario.subsidy * quantities.output, axis=1)
    own = (
        jnp.sum(quantities.spending - quantities.purchases.spending, axis=(0, 1)) + quantities.purchases.paid
    )
    balance = own - receipts - subsidies - income.inflow
    exists = base.factor_income > 0.0

    def gap(target: Array, found: Array) -> Array:
        return jnp.max(jnp.abs(jnp.expm1(target - found)))

    return Residuals(
        prices=gap(quantities.target.unit_cost, unknowns.unit_cost),
        goods=gap(quantities.target.expenditure, unknowns.expenditure),
        factors=gap(
            jnp.where(exists, quantities.target.factor_price, 0.0),
            jnp.where(exists, unknowns.factor_price, 0.0),
        ),
        budgets=jnp.max(
            jnp.abs((jnp.sum(quantities.final, axis=1) + quantities.purchases.paid) / income.total - 1.0)
        ),
        balance=jnp.max(jnp.abs(balance) / income.total),
    )
