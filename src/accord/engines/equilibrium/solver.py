"""The algorithm: Anderson acceleration of the whole system in (log w, log c, log X) at once.

Newton steps follow where that is slow, continuation where it fails, other starting points where equilibria may be several.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array

from accord.engines.equilibrium.attempt import Attempt, iterated, newton_steps
from accord.engines.equilibrium.failures import HouseholdExhaustedError, SeveralEquilibriaWarning, Verdict
from accord.engines.equilibrium.features import NOTHING, Features, features_of
from accord.engines.equilibrium.guide import Foretelling, Guide
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Options, Scenario, no_change, part_way
from accord.engines.equilibrium.result import Delivered, Equilibrium, Residuals, Stats
from accord.engines.equilibrium.system import size_of
from accord.errors import EngineError

NEAR = 1e-2
"""Residual below which Newton's method may take over from a slow iteration."""


SMALLEST_STEP = 1e-3
"""Share of the path below which continuation gives up: the scenario has no equilibrium beyond that point."""


SCATTERED_STARTS = 4
SCATTER = 0.2
"""Other starting points where equilibria may be several, and the standard deviation of their logs."""


def solve(
    base: BaseEconomy,
    scenario: Scenario,
    options: Options | None = None,
    start: np.ndarray | None = None,
    guide: Guide | None = None,
) -> Equilibrium:
    """Return the equilibrium of `scenario`; see `Solver`, which many scenarios of one base should share."""
    return Solver(base, options or Options(), guide=guide)(scenario, start)


@dataclass(frozen=True)
class Solver:
    """Solves scenarios of one base economy, whose arrays go to the device once.

    Attributes:
        base: The base economy.
        options: How to iterate.
        always: What to take as present in every scenario, so that those with and without it are one compiled programme.
        guide: What foretells where equilibria are, for bases of which many are asked.
    """

    base: BaseEconomy
    options: Options
    always: Features = NOTHING
    guide: Guide | None = None

    @cached_property
    def foretelling(self) -> Foretelling | None:
        """What foretells equilibria of the base; None without a guide."""
        return None if self.guide is None else self.guide.on(self.base)

    @cached_property
    def _on_device(self) -> BaseEconomy:
        return _to_device(self.base)

    @cached_property
    def _there(self) -> dict[int, Array]:
        """Arrays of the base on the device, by id of the base's own: what scenarios leave as it is."""
        return {
            id(own): there
            for own, there in zip(jax.tree.leaves(self.base), jax.tree.leaves(self._on_device), strict=True)
        }

    def __call__(self, scenario: Scenario, start: np.ndarray | None = None) -> Equilibrium:
        """Return the equilibrium of `scenario`, or raise an `EngineError` that says what to try.

        Every equation holds to `options.tolerance` relative (prices, goods, factor markets, budgets); the largest residual of
        each kind is in the result. When the direct attempt fails, the scenario is approached from the base in steps that halve as
        needed; the number of steps is in the result's statistics.

        Args:
            scenario: What differs from the base.
            start: `point` of a nearby equilibrium of the same base, to begin from; by default what is foretold, or the base itself.
        """
        if start is None and self.foretelling is not None:
            foretold = self.foretelling.point(scenario)
            if foretold is not None:
                attempt = self._attempt(scenario, foretold)
                if _verdict(attempt, self.options) is Verdict.CONVERGED:
                    return _equilibrium(self.base, scenario, attempt, _Effort.of(attempt))
        point = np.zeros(size_of(self.base)) if start is None else start
        attempt = self._attempt(scenario, point)
        if start is None and self.may_have_several:
            attempt = self._nearest_to_base(scenario, attempt)
        verdict = _verdict(attempt, self.options)
        if verdict is Verdict.CONVERGED:
            return _equilibrium(self.base, scenario, attempt, _Effort.of(attempt))
        if self.options.most_continuation_steps == 1:
            raise _failure(verdict, attempt, self.options)
        return self._continue(scenario)

    def _attempt(self, scenario: Scenario, point: np.ndarray) -> Attempt:
        """One run of the iteration; on from where it ended while Walras' law, which it does not aim at, is above the tolerance."""
        options, on_device = self.options, _to_device(scenario, self._there)
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

    def _iterate(self, on_device: Scenario, options: Options, point: np.ndarray) -> Attempt:
        return iterated(self._on_device, on_device, options, point, self._features(on_device))

    def _quick_or_newton(self, on_device: Scenario, point: np.ndarray) -> Attempt:
        """Iterate; where that is slow though near, take Newton steps from there and go on."""
        options = self.options
        first = min(options.newton_after, options.max_iterations)
        attempt = self._iterate(on_device, options._replace(max_iterations=first), point)
        if _verdict(attempt, options) is not Verdict.TOO_MANY_STEPS or first == options.max_iterations:
            return attempt
        begin, steps = attempt.found.point, 0
        if float(attempt.found.residual) <= NEAR:
            newton = newton_steps(self._on_device, on_device, options, begin, self._features(on_device))
            begin, steps = newton.point, int(newton.steps)
        rest = options._replace(max_iterations=options.max_iterations - first)
        after = self._iterate(on_device, rest, np.asarray(begin))
        done = after.found._replace(iterations=attempt.found.iterations + after.found.iterations)
        return after._replace(found=done, newton_steps=steps)

    @property
    def may_have_several(self) -> bool:
        """Whether economies of scale reach the boundary at which the equilibrium need not be unique."""
        technology = self.base.technology
        return bool(np.max(np.asarray(technology.scale) * np.asarray(technology.trade)) >= 1.0)

    def _nearest_to_base(self, scenario: Scenario, first: Attempt) -> Attempt:
        """Look for other equilibria from scattered starting points, warn, and return the one nearest to the base."""
        draw = np.random.default_rng(0)
        starts = [draw.normal(0.0, SCATTER, size_of(self.base)) for _ in range(SCATTERED_STARTS)]
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
        point = np.zeros(size_of(base))
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


def _to_device(arrays: Any, there: Mapping[int, Array] | None = None) -> Any:
    """Send every array once, however often it stands among `arrays`, and none that is there already (by id)."""
    there = {} if there is None else there
    leaves, structure = jax.tree.flatten(arrays)
    new = {id(array): array for array in leaves if id(array) not in there}
    sent = dict(zip(new, jax.device_put([np.asarray(array) for array in new.values()]), strict=True))
    return jax.tree.unflatten(
        structure, [(there if id(array) in there else sent)[id(array)] for array in leaves]
    )


class _Effort(NamedTuple):
    """What it took: evaluations, steps along the path and Newton steps."""

    iterations: int
    continuation_steps: int
    newton_steps: int

    @classmethod
    def of(cls, attempt: Attempt) -> _Effort:
        return cls(0, 0, 0).and_then(attempt)

    def and_then(self, attempt: Attempt) -> _Effort:
        return _Effort(
            self.iterations + int(attempt.found.iterations),
            self.continuation_steps + 1,
            self.newton_steps + int(attempt.newton_steps),
        )


def _verdict(attempt: Attempt, options: Options) -> Verdict:
    if bool(np.any(np.asarray(attempt.quantities.final)[:, HOUSEHOLD] <= 0.0)):
        return Verdict.HOUSEHOLD_EXHAUSTED
    if not bool(attempt.found.finite):
        return Verdict.NOT_FINITE
    if float(attempt.found.residual) > options.tolerance:
        return Verdict.TOO_MANY_STEPS
    return Verdict.CONVERGED


def _failure(verdict: Verdict, attempt: Attempt, options: Options) -> EngineError:
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


def _equilibrium(base: BaseEconomy, scenario: Scenario, attempt: Attempt, effort: _Effort) -> Equilibrium:
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
