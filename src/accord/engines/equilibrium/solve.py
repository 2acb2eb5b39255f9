"""The algorithm: Anderson acceleration of the whole system in (log w, log c, log X) at once.

Walras' law is the check and not an equation: the numeraire (world factor income stays at its base value) replaces nothing, every
region's factor market is tested, and the trade balance follows.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from accord.engines.equilibrium import equations as eq
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Options, Scenario
from accord.engines.equilibrium.result import Equilibrium, Residuals, Stats
from accord.errors import EngineError
from accord.numerics.anderson import AndersonResult, anderson

MEMORY = 10
"""Earlier steps that Anderson acceleration keeps; static, since it is a shape."""


class Verdict(Enum):
    """How a solve ended; each value is the sentence that the user reads."""

    CONVERGED = "converged"
    TOO_MANY_STEPS = (
        "the equilibrium did not converge within {limit} steps (largest relative residual {residual:.1e}, wanted {tolerance:.0e}). "
        "Try a smaller shock to see where it stops working, or look for a measure whose numbers are out of scale"
    )
    NOT_FINITE = (
        "the equilibrium has no finite solution: prices or spending ran to zero or infinity. "
        "Look for an embargo or a trade cost that cuts a user off its last supplier, or a transfer larger than an income"
    )
    HOUSEHOLD_EXHAUSTED = (
        "government and investment purchases at base quantities take the whole income of region number(s) {regions}. "
        "Use nominal shares for government and investment, or a smaller shock"
    )


class Unknowns(NamedTuple):
    """The unknowns: logs of changes."""

    factor_price: Float[Array, " region"]
    unit_cost: Float[Array, "sector exporter"]
    expenditure: Float[Array, "group sector importer"]


class Quantities(NamedTuple):
    """Everything that follows from the unknowns, once, at one point."""

    log_price: Float[Array, "group sector importer"]
    competitive: Float[Array, "sector exporter"]
    spending_per_weight: Float[Array, "group sector importer"]
    spending: Float[Array, "group sector importer"]
    output: Float[Array, "region sector"]
    income: eq.Income
    use_price: Float[Array, "region use"]
    final: Float[Array, "region use"]


def solve(base: BaseEconomy, scenario: Scenario, options: Options | None = None) -> Equilibrium:
    """Return the equilibrium of `scenario`, or raise an `EngineError` that says what to try.

    Every equation holds to `options.tolerance` relative (prices, goods, factor markets, budgets); the largest residual of each
    kind is in the result.
    """
    options = options or Options()
    start = np.zeros(
        base.value_added.size + base.trade_elasticity.size * base.value_added.size + base.expenditure.size
    )
    found, quantities, unknowns, delivered, residuals = _solve(
        _on_device(base), _on_device(scenario), options, start
    )
    verdict = _verdict(found, quantities, options)
    if verdict is not Verdict.CONVERGED:
        exhausted = np.flatnonzero(np.asarray(quantities.final)[:, HOUSEHOLD] <= 0.0)
        raise EngineError(
            verdict.value.format(
                limit=options.max_iterations,
                residual=float(found.residual),
                tolerance=options.tolerance,
                regions=", ".join(str(position) for position in exhausted),
            )
        )
    return _equilibrium(base, scenario, found, quantities, unknowns, delivered, residuals)


def _on_device(arrays: NamedTuple) -> NamedTuple:
    return jax.tree.map(jnp.asarray, arrays)


@jax.jit
def _solve(
    base: BaseEconomy, scenario: Scenario, options: Options, start: Float[Array, " unknown"]
) -> tuple[AndersonResult, Quantities, Unknowns, eq.Delivered, Residuals]:
    delivered = eq.delivered_shares(base, scenario)
    bought = base.expenditure > 0.0

    def image(point: Float[Array, " unknown"]) -> Float[Array, " unknown"]:
        unknowns = unpack(base, point)
        quantities = evaluate(base, scenario, delivered, unknowns)
        demand = eq.factor_demand(base, scenario, quantities.output)
        wage = unknowns.factor_price + options.wage_damping * jnp.log(demand / quantities.income.factors)
        wage -= jnp.log(jnp.sum(jnp.exp(wage) * base.value_added) / jnp.sum(base.value_added))
        cost = eq.log_unit_cost(base, scenario, unknowns.factor_price, quantities.log_price)
        spent = eq.spending_rhs(base, scenario, quantities.output, quantities.final)
        spent = jnp.where(bought, jnp.log(jnp.where(bought, spent / base.expenditure, 1.0)), 0.0)
        return jnp.concatenate([wage, cost.ravel(), spent.ravel()])

    scale = jnp.ones_like(start).at[: base.value_added.size].set(1.0 / options.wage_damping)
    found = anderson(
        image,
        start,
        scale=scale,
        tolerance=options.tolerance,
        max_iterations=options.max_iterations,
        largest_step=options.largest_step,
        memory=MEMORY,
    )
    unknowns = unpack(base, found.point)
    quantities = evaluate(base, scenario, delivered, unknowns)
    return found, quantities, unknowns, delivered, residuals_of(base, scenario, unknowns, quantities)


def unpack(base: BaseEconomy, point: Float[Array, " unknown"]) -> Unknowns:
    """Split the flat vector of logs into the unknowns."""
    _, sectors, regions = base.expenditure.shape
    wage, cost, spent = jnp.split(point, [regions, regions + sectors * regions])
    return Unknowns(wage, cost.reshape(sectors, regions), spent.reshape(base.expenditure.shape))


def evaluate(
    base: BaseEconomy, scenario: Scenario, delivered: eq.Delivered, unknowns: Unknowns
) -> Quantities:
    """Compute every quantity of the system at `unknowns`."""
    competitive = eq.competitiveness(unknowns.unit_cost, base.trade_elasticity)
    summed = eq.sourcing_sum(delivered.at_user_prices, competitive)
    log_price = eq.log_price_index(summed, base.trade_elasticity)
    spending = jnp.exp(unknowns.expenditure) * base.expenditure
    spending_per_weight = spending / summed
    output = eq.output_value(delivered.at_producer_prices, competitive, spending_per_weight)
    income = eq.national_income(
        base, scenario, delivered, unknowns.factor_price, competitive, spending_per_weight, spending, output
    )
    use_price = eq.use_price_hat(base, log_price)
    final = eq.final_spending(base, scenario.real_use, income.total, use_price)
    return Quantities(log_price, competitive, spending_per_weight, spending, output, income, use_price, final)


def residuals_of(
    base: BaseEconomy, scenario: Scenario, unknowns: Unknowns, quantities: Quantities
) -> Residuals:
    """Largest relative residual of each kind of equation; `balance` is Walras' law, which no equation imposes."""
    cost = eq.log_unit_cost(base, scenario, unknowns.factor_price, quantities.log_price)
    spent = eq.spending_rhs(base, scenario, quantities.output, quantities.final)
    bought = base.expenditure > 0.0
    demand = eq.factor_demand(base, scenario, quantities.output)
    # A country's spending on all goods = its sales to everyone + what its border and producers' wedges collect + its inflow.
    receipts = (
        jnp.sum(quantities.output, axis=1) + quantities.income.import_revenue + quantities.income.export_rents
    )
    balance = jnp.sum(quantities.spending, axis=(0, 1)) - receipts - quantities.income.inflow
    return Residuals(
        prices=jnp.max(jnp.abs(jnp.expm1(cost - unknowns.unit_cost))),
        goods=jnp.max(
            jnp.abs(jnp.where(bought, spent / jnp.where(bought, quantities.spending, 1.0) - 1.0, 0.0))
        ),
        factors=jnp.max(jnp.abs(demand / quantities.income.factors - 1.0)),
        budgets=jnp.max(jnp.abs(jnp.sum(quantities.final, axis=1) / quantities.income.total - 1.0)),
        balance=jnp.max(jnp.abs(balance) / quantities.income.total),
    )


def _verdict(found: AndersonResult, quantities: Quantities, options: Options) -> Verdict:
    if bool(np.any(np.asarray(quantities.final)[:, HOUSEHOLD] <= 0.0)):
        return Verdict.HOUSEHOLD_EXHAUSTED
    if not bool(found.finite):
        return Verdict.NOT_FINITE
    if float(found.residual) > options.tolerance:
        return Verdict.TOO_MANY_STEPS
    return Verdict.CONVERGED


def _equilibrium(
    base: BaseEconomy,
    scenario: Scenario,
    found: AndersonResult,
    quantities: Quantities,
    unknowns: Unknowns,
    delivered: eq.Delivered,
    residuals: Residuals,
) -> Equilibrium:
    value = jax.tree.map(np.asarray, (quantities, unknowns, delivered, residuals))
    quantities, unknowns, delivered, residuals = value
    stats = Stats(
        Residuals(*(float(entry) for entry in residuals)), int(found.iterations), float(found.residual)
    )
    return Equilibrium(
        base=base,
        scenario=scenario,
        factor_price_hat=np.exp(unknowns.factor_price),
        unit_cost_hat=np.exp(unknowns.unit_cost),
        price_hat=np.exp(quantities.log_price),
        use_price_hat=quantities.use_price,
        expenditure=quantities.spending,
        output=quantities.output,
        final_spending=quantities.final,
        income=eq.Income(*quantities.income),
        competitive=quantities.competitive,
        spending_per_weight=quantities.spending_per_weight,
        delivered=delivered,
        stats=stats,
    )
