"""Solves the dispatch: by the merit order for one region alone, with HiGHS through SciPy for others.

It says where and when supply cannot meet demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from accord.engines.power.equations import Programme, programme_of
from accord.engines.power.inputs import PowerSystem, faults_of
from accord.engines.power.merit_order import merit_order
from accord.engines.power.result import Dispatch, Residuals
from accord.errors import EngineError

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

TOLERANCE = 1e-6
"""Largest relative residual that a dispatch may have; HiGHS works to 1e-7."""
INFEASIBLE = 2
LISTED = 5


@dataclass(frozen=True)
class Misfit:
    """Energy that is missing (positive) or too much (negative) in one region and period, MW."""

    region: int
    period: int
    missing: float


class InfeasibleDispatchError(EngineError):
    """Supply cannot meet demand: `misfits` says where, when and by how much, the largest first."""

    def __init__(
        self,
        misfits: Sequence[Misfit],
        energy: tuple[float, float],
        regions: Sequence[str] | None = None,
        periods: Sequence[str] | None = None,
    ) -> None:
        self.misfits = tuple(misfits)
        self.energy = energy
        lines = [_sentence(misfit, regions, periods) for misfit in self.misfits[:LISTED]]
        more = len(self.misfits) - LISTED
        rest = f"\n  and {more} more" if more > 0 else ""
        short, surplus = energy
        super().__init__(
            f"no dispatch meets the load: {short:,.0f} MWh a year are missing and {surplus:,.0f} MWh cannot be placed.\n  "
            + "\n  ".join(lines)
            + rest
            + "\n  More capacity or lines, less that must run, or a value of lost load (load may then go unserved at that price)."
        )


def dispatch(system: PowerSystem) -> Dispatch:
    """Return the least-cost dispatch of `system`.

    Raises:
        InfeasibleDispatchError: Load cannot be met, or must-run output cannot be placed, and nothing may go unserved.
        EngineError: The arrays make no sense, or the solver fails its own tests.
    """
    wrong = faults_of(system)
    if wrong:
        raise EngineError("this power system makes no sense: " + "; ".join(wrong))
    alone = merit_order(system)
    if alone is not None:
        return _tested(alone)
    programme = programme_of(system)
    found = _solved(programme)
    if found.status == INFEASIBLE:
        raise _infeasible(system)
    if found.status != 0:
        raise EngineError(f"the dispatch could not be solved: {found.message}")
    return _dispatch(system, programme, found)


def _solved(programme: Programme) -> OptimizeResult:
    from scipy.optimize import linprog  # a fifth of a second to load

    limited = len(programme.limit) > 0
    return linprog(
        programme.cost,
        A_ub=programme.limits if limited else None,
        b_ub=programme.limit if limited else None,
        A_eq=programme.balance,
        b_eq=programme.demand,
        bounds=np.column_stack([programme.low, programme.high]),
        method="highs",
    )


def _dispatch(system: PowerSystem, programme: Programme, found: OptimizeResult) -> Dispatch:
    regions, periods, plants, lines = system.size
    blocks = found.x.reshape(-1, periods)
    output, forward, backward, unserved, _ = np.split(
        blocks, np.cumsum([plants, lines, lines, regions]), axis=0
    )
    value = np.zeros(plants)
    if len(programme.limit):
        value[np.isfinite(system.plants.energy_limit)] = -found.ineqlin.marginals
    return _tested(
        Dispatch(
            system=system,
            output=output,
            forward=forward,
            backward=backward,
            unserved=unserved,
            price=found.eqlin.marginals.reshape(regions, periods) / system.hours,
            energy_value=value,
            cost=float(found.fun),
            residuals=_residuals(programme, found),
            iterations=int(found.nit),
        )
    )


def _tested(dispatched: Dispatch) -> Dispatch:
    if dispatched.residuals.largest > TOLERANCE:
        raise EngineError(
            f"the dispatch fails its own tests ({dispatched.residuals}): scale its numbers nearer to one another"
        )
    return dispatched


def _residuals(programme: Programme, found: OptimizeResult) -> Residuals:
    """Primal residuals, and the duality gap: at an optimum, cost equals the value of the duals (complementary slackness)."""
    x = found.x
    balance = np.abs(programme.balance @ x - programme.demand) / max(
        1.0, np.max(programme.demand, initial=0.0)
    )
    over = np.maximum(x - programme.high, programme.low - x)
    finite = programme.high[np.isfinite(programme.high)]
    size = max(1.0, float(np.max(np.abs(finite), initial=0.0)))
    duals = programme.demand @ found.eqlin.marginals
    duals += programme.low @ found.lower.marginals
    duals += np.where(np.isfinite(programme.high), programme.high, 0.0) @ found.upper.marginals
    if len(programme.limit):
        duals += programme.limit @ found.ineqlin.marginals
    turnover = max(1.0, float(np.abs(programme.cost * x).sum()))
    return Residuals(
        balance=float(np.max(balance, initial=0.0)),
        limits=float(np.max(over, initial=0.0)) / size,
        slackness=abs(found.fun - duals) / turnover,
    )


def _infeasible(system: PowerSystem) -> EngineError:
    """Solve for the least energy missing or spilled, which says where the load cannot be met."""
    found = _solved(programme_of(system, relaxed=True))
    if found.status != 0:
        return EngineError(
            "no dispatch exists even with load unserved and energy spilled: the energy limit of a plant is below what it must run"
        )
    regions, periods, *_ = system.size
    blocks = found.x.reshape(-1, periods)
    short, surplus = blocks[-2 * regions : -regions], blocks[-regions:]
    gap = short - surplus
    order = np.argsort(-np.abs(gap), axis=None, kind="stable")
    places = [np.unravel_index(position, gap.shape) for position in order]
    misfits = [Misfit(int(n), int(t), float(gap[n, t])) for n, t in places if abs(gap[n, t]) > TOLERANCE]
    energy = float((short @ system.hours).sum()), float((surplus @ system.hours).sum())
    return InfeasibleDispatchError(misfits, energy)


def _sentence(misfit: Misfit, regions: Sequence[str] | None, periods: Sequence[str] | None) -> str:
    region = regions[misfit.region] if regions else f"region {misfit.region}"
    period = periods[misfit.period] if periods else f"period {misfit.period}"
    if misfit.missing > 0.0:
        return f"{region}, {period}: {misfit.missing:,.1f} MW short"
    return f"{region}, {period}: {-misfit.missing:,.1f} MW that must run find no use"
