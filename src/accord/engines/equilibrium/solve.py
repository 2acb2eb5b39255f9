"""The algorithm: Anderson acceleration of the whole system in (log w, log c, log X) at once.

Walras' law is the check and not an equation: the numeraire (world factor income stays at its base value) replaces nothing, every
region's factor market is tested, and the trade balance follows.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from accord.engines.equilibrium import equations as eq
from accord.engines.equilibrium.features import NOTHING, Features, features_of
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Options, Scenario, no_change, part_way
from accord.engines.equilibrium.markets import Prices, trade
from accord.engines.equilibrium.result import Delivered, Equilibrium, NewShares, Residuals, Stats
from accord.errors import EngineError
from accord.numerics.anderson import AndersonResult, anderson
from accord.numerics.newton import NewtonResult, newton_krylov

MEMORY = 10
"""Earlier steps that Anderson acceleration keeps; static, since it is a shape."""


NEAR = 1e-2
"""Residual below which Newton's method may take over from a slow iteration."""

MOST_NEWTON_STEPS = 15

SMALLEST_STEP = 1e-3
"""Share of the path below which continuation gives up: the scenario has no equilibrium beyond that point."""


SCATTERED_STARTS = 4
SCATTER = 0.2
"""Other starting points where equilibria may be several, and the standard deviation of their logs."""


class SeveralEquilibriaWarning(UserWarning):
    """The equilibrium need not be unique (Kucheryavyy, Lyn and Rodriguez-Clare 2023)."""


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
        "government, investment and the programme's purchases or an outflow of income take the whole income of {regions}. "
        "Use nominal shares for government and investment, or a smaller outflow or shock"
    )


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


def solve(
    base: BaseEconomy, scenario: Scenario, options: Options | None = None, start: np.ndarray | None = None
) -> Equilibrium:
    """Return the equilibrium of `scenario`; see `Solver`, which many scenarios of one base should share."""
    return Solver(base, options or Options())(scenario, start)


@dataclass(frozen=True)
class Solver:
    """Solves scenarios of one base economy, whose arrays go to the device once.

    Attributes:
        base: The base economy.
        options: How to iterate.
        always: What to take as present in every scenario, so that those with and without it are one compiled programme.
    """

    base: BaseEconomy
    options: Options
    always: Features = NOTHING

    @cached_property
    def _on_device(self) -> BaseEconomy:
        return _to_device(self.base)

    def __call__(self, scenario: Scenario, start: np.ndarray | None = None) -> Equilibrium:
        """Return the equilibrium of `scenario`, or raise an `EngineError` that says what to try.

        Every equation holds to `options.tolerance` relative (prices, goods, factor markets, budgets); the largest residual of
        each kind is in the result. When the direct attempt fails, the scenario is approached from the base in steps that halve as
        needed; the number of steps is in the result's statistics.

        Args:
            scenario: What differs from the base.
            start: `point` of a nearby equilibrium of the same base, to begin from; the base itself by default.
        """
        point = np.zeros(_size(self.base)) if start is None else start
        attempt = self._attempt(scenario, point)
        if start is None and self._may_have_several:
            attempt = self._nearest_to_base(scenario, attempt)
        verdict = _verdict(attempt, self.options)
        if verdict is Verdict.CONVERGED:
            return _equilibrium(self.base, scenario, attempt, _Effort.of(attempt))
        if self.options.most_continuation_steps == 1:
            raise _failure(verdict, attempt, self.options)
        return self._continue(scenario)

    def _attempt(self, scenario: Scenario, point: np.ndarray) -> _Attempt:
        """One run of the iteration; on from where it ended while Walras' law, which it does not aim at, is above the tolerance."""
        options, on_device = self.options, _to_device(scenario)
        attempt = self._quick_or_newton(on_device, point)
        for _ in range(3):
            converged = _verdict(attempt, options) is Verdict.CONVERGED
            if not converged or max(map(float, attempt.residuals)) <= self.options.tolerance:
                break
            options = options._replace(tolerance=0.1 * options.tolerance, target=0.1 * options.target)
            before = attempt.found.iterations
            attempt = self._iterate(on_device, options, np.asarray(attempt.found.point))
            attempt = attempt._replace(
                found=attempt.found._replace(iterations=before + attempt.found.iterations)
            )
        return attempt

    def _features(self, scenario: Scenario) -> Features:
        return features_of(self.base, scenario) | self.always

    def _iterate(self, on_device: Scenario, options: Options, point: np.ndarray) -> _Attempt:
        return _solve(self._on_device, on_device, options, point, self._features(on_device))

    def _quick_or_newton(self, on_device: Scenario, point: np.ndarray) -> _Attempt:
        """Iterate; where that is slow though near, take Newton steps from there and go on."""
        options = self.options
        first = min(options.newton_after, options.max_iterations)
        attempt = self._iterate(on_device, options._replace(max_iterations=first), point)
        if _verdict(attempt, options) is not Verdict.TOO_MANY_STEPS or first == options.max_iterations:
            return attempt
        begin, steps = attempt.found.point, 0
        if float(attempt.found.residual) <= NEAR:
            newton = _newton(self._on_device, on_device, options, begin, self._features(on_device))
            begin, steps = newton.point, int(newton.steps)
        rest = options._replace(max_iterations=options.max_iterations - first)
        after = self._iterate(on_device, rest, np.asarray(begin))
        done = after.found._replace(iterations=attempt.found.iterations + after.found.iterations)
        return after._replace(found=done, newton_steps=steps)

    @property
    def _may_have_several(self) -> bool:
        """Whether economies of scale reach the boundary at which the equilibrium need not be unique."""
        technology = self.base.technology
        return bool(np.max(np.asarray(technology.scale) * np.asarray(technology.trade)) >= 1.0)

    def _nearest_to_base(self, scenario: Scenario, first: _Attempt) -> _Attempt:
        """Look for other equilibria from scattered starting points, warn, and return the one nearest to the base."""
        draw = np.random.default_rng(0)
        starts = [draw.normal(0.0, SCATTER, _size(self.base)) for _ in range(SCATTERED_STARTS)]
        attempts = [first, *(self._attempt(scenario, start) for start in starts)]
        found = [attempt for attempt in attempts if _verdict(attempt, self.options) is Verdict.CONVERGED]
        if not found:
            return first
        points = [np.asarray(attempt.found.point) for attempt in found]
        distinct: list[np.ndarray] = []
        for point in points:
            if all(np.max(np.abs(point - other)) > 1e-6 for other in distinct):
                distinct.append(point)
        warnings.warn(
            f"economies of scale times trade elasticity reach one: {len(distinct)} different equilibria were found from "
            f"{len(attempts)} starting points; the one nearest to the base is returned",
            SeveralEquilibriaWarning,
            stacklevel=3,
        )
        return found[int(np.argmin([np.max(np.abs(point)) for point in points]))]

    def _continue(self, scenario: Scenario) -> Equilibrium:
        """Approach `scenario` from no change, halving the step on failure and doubling it on success."""
        base, options = self.base, self.options
        calm = no_change(base)._replace(real_use=scenario.real_use, rigid_factor=scenario.rigid_factor)
        reached, step, effort = 0.0, 0.25, _Effort(0, 0, 0)
        point = np.zeros(_size(base))
        while True:
            share = min(1.0, reached + step)
            middle = part_way(calm, scenario, share) if share < 1.0 else scenario
            attempt = self._attempt(middle, point)
            effort = effort.and_then(attempt)
            verdict = _verdict(attempt, options)
            if verdict is Verdict.CONVERGED:
                if share == 1.0:
                    return _equilibrium(base, scenario, attempt, effort)
                reached, step, point = share, 2.0 * step, np.asarray(attempt.found.point)
            elif effort.continuation_steps >= options.most_continuation_steps or step < SMALLEST_STEP:
                raise _failure(verdict, attempt, options)
            else:
                step /= 2.0


def _to_device(arrays: Any) -> Any:
    """Send every array once, however often it stands among `arrays` (unchanged wedges do)."""
    sent: dict[int, Array] = {}

    def send(array: Any) -> Array:
        if id(array) not in sent:
            sent[id(array)] = jnp.asarray(array)
        return sent[id(array)]

    return jax.tree.map(send, arrays)


class _Attempt(NamedTuple):
    found: AndersonResult
    quantities: Quantities
    unknowns: Unknowns
    at_user_prices: Array
    shares: NewShares | None
    residuals: Residuals
    newton_steps: int = 0


class _Effort(NamedTuple):
    """What it took: evaluations, steps along the path and Newton steps."""

    iterations: int
    continuation_steps: int
    newton_steps: int

    @classmethod
    def of(cls, attempt: _Attempt) -> _Effort:
        return cls(0, 0, 0).and_then(attempt)

    def and_then(self, attempt: _Attempt) -> _Effort:
        return _Effort(
            self.iterations + int(attempt.found.iterations),
            self.continuation_steps + 1,
            self.newton_steps + int(attempt.newton_steps),
        )


def _size(base: BaseEconomy) -> int:
    return base.factor_income.size + base.shape[1] * base.shape[2] + base.expenditure.size


@jax.jit
def _solve(
    base: BaseEconomy,
    scenario: Scenario,
    options: Options,
    start: Float[Array, " unknown"],
    features: Features,
) -> _Attempt:
    prepared = eq.prepare(base, scenario, features)
    found = anderson(
        lambda point: image(base, scenario, prepared, options, point),
        start,
        scale=_scale(base, options),
        tolerance=options.tolerance,
        target=jnp.minimum(options.target, options.tolerance),
        max_iterations=options.max_iterations,
        largest_step=options.largest_step,
        memory=MEMORY,
    )
    unknowns = unpack(base, found.point)
    quantities = evaluate(base, scenario, prepared, unknowns)
    bundles = quantities.bundles
    shares = None
    if prepared.costs is not None:  # otherwise they are those of the recipe, and as large as the base itself
        inputs, uses = eq.product_shares(base, prepared, bundles, quantities.prices.log_index)
        shares = NewShares(inputs, eq.factor_shares(prepared, bundles, unknowns.factor_price), uses)
    return _Attempt(
        found=found,
        quantities=quantities,
        unknowns=unknowns,
        at_user_prices=prepared.delivered.paid,
        shares=shares,
        residuals=residuals_of(base, scenario, unknowns, quantities),
    )


@jax.jit
def _newton(
    base: BaseEconomy,
    scenario: Scenario,
    options: Options,
    start: Float[Array, " unknown"],
    features: Features,
) -> NewtonResult:
    prepared = eq.prepare(base, scenario, features)
    return newton_krylov(
        lambda point: image(base, scenario, prepared, options, point),
        start,
        scale=_scale(base, options),
        target=options.target,
        max_steps=MOST_NEWTON_STEPS,
        largest_step=options.largest_step,
    )


class Unchecked(NamedTuple):
    """One direct attempt as JAX arrays, for mapping over many; whoever reads it looks at `converged` first."""

    household_consumption: Float[Array, " region"]
    residuals: Residuals
    iterations: Array
    converged: Array


def unchecked(base: BaseEconomy, scenario: Scenario, options: Options, features: Features) -> Unchecked:
    """Attempt `scenario` once, without continuation and without raising; JAX can map it."""
    attempt = _solve(base, scenario, options, jnp.zeros(_size(base)), features)
    quantities, found = attempt.quantities, attempt.found
    spent = quantities.final[:, HOUSEHOLD]
    return Unchecked(
        household_consumption=spent / jnp.exp(quantities.bundles.log_use[:, HOUSEHOLD])
        - scenario.resource_cost,
        residuals=attempt.residuals,
        iterations=found.iterations,
        converged=found.finite & (found.residual <= options.tolerance) & jnp.all(spent > 0.0),
    )


def _scale(base: BaseEconomy, options: Options) -> Float[Array, " unknown"]:
    """What turns a step into the residual of an equation: the update of factor prices is damped."""
    prices = base.factor_income.size
    return jnp.ones(_size(base)).at[:prices].set(1.0 / options.wage_damping)


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


def _verdict(attempt: _Attempt, options: Options) -> Verdict:
    if bool(np.any(np.asarray(attempt.quantities.final)[:, HOUSEHOLD] <= 0.0)):
        return Verdict.HOUSEHOLD_EXHAUSTED
    if not bool(attempt.found.finite):
        return Verdict.NOT_FINITE
    if float(attempt.found.residual) > options.tolerance:
        return Verdict.TOO_MANY_STEPS
    return Verdict.CONVERGED


class HouseholdExhaustedError(EngineError):
    """A household has nothing left to spend.

    Attributes:
        positions: Regions where it happens, by position; adapters turn them into names.
    """

    def __init__(self, positions: Sequence[int], names: Sequence[str] | None = None) -> None:
        self.positions = tuple(positions)
        regions = names or [f"region number {position}" for position in positions]
        super().__init__(Verdict.HOUSEHOLD_EXHAUSTED.value.format(regions=", ".join(regions)))


def _failure(verdict: Verdict, attempt: _Attempt, options: Options) -> EngineError:
    if verdict is Verdict.HOUSEHOLD_EXHAUSTED:
        return HouseholdExhaustedError(
            np.flatnonzero(np.asarray(attempt.quantities.final)[:, HOUSEHOLD] <= 0.0).tolist()
        )
    return EngineError(
        verdict.value.format(
            limit=options.max_iterations,
            residual=float(attempt.found.residual),
            tolerance=options.tolerance,
        )
    )


def _equilibrium(base: BaseEconomy, scenario: Scenario, attempt: _Attempt, effort: _Effort) -> Equilibrium:
    quantities, unknowns = jax.tree.map(np.asarray, (attempt.quantities, attempt.unknowns))
    residuals = Residuals(*(float(entry) for entry in attempt.residuals))
    return Equilibrium(
        base=base,
        scenario=scenario,
        factor_price_hat=np.exp(unknowns.factor_price),
        unit_cost_hat=np.exp(unknowns.unit_cost),
        price_hat=np.exp(quantities.prices.log_index),
        use_price_hat=np.exp(quantities.bundles.log_use),
        expenditure=quantities.spending,
        output=quantities.output,
        factor_demand=quantities.factor_demand,
        final_spending=quantities.final,
        income=quantities.income,
        competitive=quantities.prices.competitive,
        spending_per_weight=quantities.spending * quantities.prices.per_spending,
        shares=jax.tree.map(np.asarray, attempt.shares),
        log_bundle=quantities.bundles.costs.total,
        delivered=Delivered(np.asarray(attempt.at_user_prices), scenario),
        point=np.asarray(attempt.found.point),
        stats=Stats(residuals, effort.iterations, effort.continuation_steps, effort.newton_steps),
    )
