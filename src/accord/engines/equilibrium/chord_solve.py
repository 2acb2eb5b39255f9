"""Solves `quick.System`s by steps of one Jacobian (`chord`), one alone or several side by side, with Anderson's acceleration.

Source: Ortega and Rheinboldt (1970), "Iterative Solution of Nonlinear Equations in Several Variables", section 7.1 (chord method);
Walker and Ni (2011) for the acceleration.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.chord import NOT_QUICK, Chord, Steps, StepsTogether
from accord.engines.equilibrium.chord_memory import Memory
from accord.engines.equilibrium.inputs import HOUSEHOLD
from accord.engines.equilibrium.quick import Evaluation, State, System
from accord.engines.equilibrium.quick_parts import of_systems
from accord.engines.equilibrium.quick_together import Together, evaluated
from accord.errors import EngineError

LEAST_LEFT = 1e-5
"""Share of a sum that has to be left by cells that take from it: of sixteen digits, eleven are then right."""

COLUMNS = 4
"""Systems are evaluated in fours, filled up where they are fewer: BLAS takes columns of whole tiles the same way, wherever they stand."""


class QuickSolution(NamedTuple):
    """Where the iteration ended.

    Attributes:
        state: The unknowns.
        found: What the equations say there.
        residual: Largest relative residual of any equation, Walras' law and the supports' conditions included.
        evaluations: Evaluations of the system.
    """

    state: State
    found: Evaluation
    residual: float
    evaluations: int


def solve(
    chord: Chord,
    system: System,
    start: State | None = None,
    *,
    steps: Steps | None = None,
    target: float = 3e-11,
    most: int = 60,
) -> QuickSolution:
    """Return the equilibrium of `system`, begun from `start`, or raise an `EngineError`.

    Args:
        chord: A Jacobian.
        system: The economy and its scenario, of the shape of this Jacobian's.
        start: First state; the base by default.
        steps: The chord at the economy's trade elasticities, where it is known already.
        target: Largest relative residual of any equation that is accepted.
        most: Evaluations before giving up.
    """
    start = system.start if start is None else start
    steps = chord.steps(system.base.technology.trade) if steps is None else steps
    (solution,) = _solve_alike(chord, [system], [start], [steps], 1, target, most)
    if solution is None:
        raise EngineError(NOT_QUICK)
    return solution


def already(system: System, state: State, target: float) -> QuickSolution | None:
    """Return a state as the solution if it is one, and None otherwise.

    Args:
        system: The economy and its scenario.
        state: The state.
        target: Largest relative residual of any equation that is accepted.
    """
    with np.errstate(all="ignore"):  # what is not finite is not accepted
        found = evaluated(system, state)
        parts = (*found.residual[:-1], found.misses, np.array(found.balance))
        worst = max(float(np.abs(part).max(initial=0.0)) for part in parts)
    return QuickSolution(state, found, worst, 1) if worst <= target else None


def solve_together(
    chord: Chord,
    systems: Sequence[System],
    starts: Sequence[State],
    steps: Sequence[Steps],
    *,
    target: float,
    most: int = 60,
) -> list[QuickSolution | None]:
    """Return the equilibrium of each system, or None where none was found; each has the same bytes in any company.

    Args:
        chord: A Jacobian.
        systems: The economies and their scenarios, all of the shape of this Jacobian's.
        starts: First states.
        steps: The chord at each economy's trade elasticities.
        target: Largest relative residual of any equation that is accepted.
        most: Evaluations before giving up.
    """
    alike: dict[Hashable, list[int]] = {}
    for number, system in enumerate(systems):
        alike.setdefault(system.structure, []).append(number)
    solutions: list[QuickSolution | None] = [None] * len(systems)
    for members in alike.values():
        filled = _filled(np.array(members)).tolist()
        found = _solve_alike(
            chord,
            [systems[number] for number in filled],
            [starts[number] for number in filled],
            [steps[number] for number in filled],
            len(members),
            target,
            most,
        )
        for number, solution in zip(members, found, strict=True):
            solutions[number] = solution
    return solutions


def _solve_alike(
    chord: Chord,
    systems: Sequence[System],
    starts: Sequence[State],
    steps: Sequence[Steps],
    count: int,
    target: float,
    most: int,
) -> list[QuickSolution | None]:
    """The same for the first `count` systems, all of one structure; the others fill up columns."""
    solutions: list[QuickSolution | None] = [None] * len(systems)
    # Places among `systems` of those still together; the first of them stands in for those that fill up.
    place = np.arange(len(systems))
    together, at = Together(systems), StepsTogether.of(steps, systems)
    points = _normalised(np.stack([start.flat() for start in starts]), together)
    memory = Memory(*points.shape)
    live = np.arange(len(systems)) < count
    for evaluations in range(1, most + 1):
        with np.errstate(all="ignore"):  # what is not finite is found below
            found = together.evaluate(points)
            ends = points.shape[1] - found.misses.shape[0]
            worst = np.abs(found.residual[:ends]).max(axis=0)
            worst = np.maximum(worst, np.abs(found.misses).max(axis=0, initial=0.0))
            worst = np.maximum(worst, found.balance)
            # Not those that have nothing to spend, nor those that are not finite.
            possible = np.isfinite(worst) & (found.final[:, HOUSEHOLD] > 0.0).all(axis=0)
            possible &= (found.left >= LEAST_LEFT) | (worst > target)
        done = live & possible & (worst <= target)
        ended = np.flatnonzero(done)
        for d, own in zip(ended.tolist(), together.some(found, ended), strict=True):
            solutions[place[d]] = QuickSolution(together.state(points[d]), own, float(worst[d]), evaluations)
        live &= possible & ~done
        if not live.any():
            break
        left = np.flatnonzero(live)
        if -(-left.size // COLUMNS) < live.size // COLUMNS:
            # Those that are done would only be in the way.
            left = _filled(left)
            together = together.of_some(left)
            at, memory, points = at.of_some(left), memory.of_some(left), points[left]
            found = found._replace(residual=of_systems(found.residual, left))
            place, live = place[left], _first_of_each(left)
        with np.errstate(all="ignore"):
            moves = chord.moves(at, found.residual, together.systems[0].start)
            moves = np.ascontiguousarray(np.where(live, moves, 0.0).T)
            points = _normalised(memory.next_points(points, moves), together)
    return solutions[:count]


def _normalised(points: np.ndarray, together: Together) -> np.ndarray:
    """The same real economies with world average factor price at base weights equal to one."""
    state = together.states(points)
    income = together.factor_income
    shift = np.log((np.exp(state.factor_price) * income).sum(axis=(0, 1)) / income.sum(axis=(0, 1)))
    nominal = points.shape[1] - state.support.shape[0]
    points = points.copy()
    points[:, :nominal] -= shift[:, None]
    return points


def _filled(numbers: np.ndarray) -> np.ndarray:
    """The numbers, filled up with the first of them to whole columns."""
    return np.concatenate([numbers, np.full(-numbers.size % COLUMNS, numbers[0])])


def _first_of_each(numbers: np.ndarray) -> np.ndarray:
    """Whether each number stands there for the first time, booleans."""
    first = np.zeros(numbers.size, dtype=bool)
    first[np.unique(numbers, return_index=True)[1]] = True
    return first
