"""Solves `quick.System`s by steps of one Jacobian (`chord`), one alone or several side by side, with Anderson's acceleration.

Source: Ortega and Rheinboldt (1970), "Iterative Solution of Nonlinear Equations in Several Variables", section 7.1 (chord method);
Walker and Ni (2011) for the acceleration.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.chord import NOT_QUICK, Chord, Steps
from accord.engines.equilibrium.chord_memory import Memory
from accord.engines.equilibrium.inputs import HOUSEHOLD
from accord.engines.equilibrium.quick import System
from accord.engines.equilibrium.quick_state import Evaluations, State
from accord.engines.equilibrium.quick_together import Together, evaluated
from accord.engines.equilibrium.quick_weights import of_economies
from accord.errors import EngineError

LEAST_LEFT = 1e-5
"""Share of a sum that has to be left by cells that take from it: of sixteen digits, eleven are then right."""

COLUMNS = 4
"""Economies are evaluated in fours, filled up where they are fewer: BLAS takes columns of whole tiles the same way, wherever they stand."""


class QuickSolution(NamedTuple):
    """Where the iteration of one economy ended.

    Attributes:
        state: The unknowns.
        found: What the equations say there, as a column.
        residual: Largest relative residual of any equation, Walras' law and the supports' conditions included.
        evaluations: Evaluations of the system.
    """

    state: State
    found: Evaluations
    residual: float
    evaluations: int


class Solutions(NamedTuple):
    """Where the iterations of several economies ended.

    Attributes:
        solved: Which have an equilibrium, booleans (d,); the numbers of others mean nothing.
        state: The unknowns, with an axis for economies behind.
        found: What the equations say there.
        residual: Largest relative residual of any equation (d,).
        evaluations: Evaluations of each (d,).
    """

    solved: np.ndarray
    state: State
    found: Evaluations
    residual: np.ndarray
    evaluations: np.ndarray


def solve(
    chord: Chord,
    system: System,
    start: State | None = None,
    *,
    steps: Steps | None = None,
    target: float = 3e-11,
    most: int = 60,
) -> QuickSolution:
    """Return the equilibrium of one economy, begun from `start`, or raise an `EngineError`.

    Args:
        chord: A Jacobian.
        system: The economy and its scenario, of the shape of this Jacobian's.
        start: First state; the base by default.
        steps: The chord at the economy's trade elasticities, where it is known already.
        target: Largest relative residual of any equation that is accepted.
        most: Evaluations before giving up.
    """
    start = system.start if start is None else start
    steps = chord.steps(system.fixed.theta[:, 0]) if steps is None else steps
    points = start.flat()[None]
    found = solve_side_by_side(chord, Together([system]), points, steps, target=target, most=most, columns=1)
    if not found.solved[0]:
        raise EngineError(NOT_QUICK)
    return _one_of(found, 0)


def already(system: System, state: State, target: float) -> QuickSolution | None:
    """Return a state of one economy as the solution if it is one, and None otherwise.

    Args:
        system: The economy and its scenario.
        state: The state.
        target: Largest relative residual of any equation that is accepted.
    """
    with np.errstate(all="ignore"):  # what is not finite is not accepted
        found = evaluated(system, state)
        worst = float(_worst(found)[0])
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
    """Return the equilibrium of each economy, or None where none was found; each has the same bytes in any company.

    Args:
        chord: A Jacobian.
        systems: The economies and their scenarios, each by itself, all of the shape of this Jacobian's.
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
        together = Together([systems[number] for number in members])
        points = np.stack([starts[number].flat() for number in members])
        first, *others = (steps[number] for number in members)
        at = first.beside(others)
        found = solve_side_by_side(chord, together, points, at, target=target, most=most)
        for place, number in enumerate(members):
            if found.solved[place]:
                solutions[number] = _one_of(found, place)
    return solutions


def _one_of(found: Solutions, place: int) -> QuickSolution:
    state = State(*(np.ascontiguousarray(part[..., place]) for part in found.state))
    own = found.found.of_some(np.array([place]))
    return QuickSolution(state, own, float(found.residual[place]), int(found.evaluations[place]))


def solve_side_by_side(
    chord: Chord,
    together: Together,
    points: np.ndarray,
    at: Steps,
    *,
    target: float,
    most: int = 60,
    asked: np.ndarray | None = None,
    kept: Sequence[str] = Evaluations._fields,
    columns: int = COLUMNS,
) -> Solutions:
    """Return the equilibria of several economies; each has the same bytes in any company.

    Args:
        chord: A Jacobian.
        together: The economies and their scenarios, of the shape of this Jacobian's.
        points: First states (d, unknowns).
        at: The chord at each economy's trade elasticities.
        target: Largest relative residual of any equation that is accepted.
        most: Evaluations before giving up.
        asked: Which of them to solve, booleans (d,), at least one; all by default.
        kept: Fields of `Evaluations` that are wanted; others come out empty.
        columns: Economies are filled up to a multiple of this; one that nobody stands beside needs no filling.
    """
    many = together.many
    solved, residual, evaluations = np.zeros(many, dtype=bool), np.full(many, np.nan), np.zeros(many, int)
    ended, results = np.full((points.shape[1], many), np.nan), dict[str, np.ndarray]()
    live = np.ones(many, dtype=bool) if asked is None else asked.copy()
    # Places of those still together; where they are filled up to whole columns, the first of them stands in.
    place = _filled(np.flatnonzero(live), columns)
    if place.size == many:
        place = np.arange(many)
    else:
        together, at, points, live = (
            together.of_some(place),
            at.of_some(place),
            points[place],
            _first_of_each(place),
        )
    points = _normalised(points, together)
    memory = Memory(*points.shape)
    for count in range(1, most + 1):
        with np.errstate(all="ignore"):  # what is not finite is found below
            found = together.evaluate(points)
            worst = _worst(found)
            # Not those that have nothing to spend, nor those that are not finite.
            possible = np.isfinite(worst) & (found.final[:, HOUSEHOLD] > 0.0).all(axis=0)
            possible &= (found.left >= LEAST_LEFT) | (worst > target)
        if not results:
            results = {name: np.full((*getattr(found, name).shape[:-1], many), np.nan) for name in kept}
        done = live & possible & (worst <= target)
        if done.any():
            here, there = np.flatnonzero(done), place[done]
            ended[:, there] = points[here].T
            for name, result in results.items():
                result[..., there] = getattr(found, name)[..., here]
            solved[there], residual[there], evaluations[there] = True, worst[here], count
        live &= possible & ~done
        left = np.flatnonzero(live)
        if not left.size:
            break
        if -(-left.size // columns) < live.size // columns:
            # Those that are done would only be in the way.
            left = _filled(left, columns)
            together = together.of_some(left)
            at, memory, points = at.of_some(left), memory.of_some(left), points[left]
            found = found._replace(residual=of_economies(found.residual, left))
            place, live = place[left], _first_of_each(left)
        with np.errstate(all="ignore"):
            moves = chord.moves(at, together.power_of_support, found.residual, together.like)
            moves = np.ascontiguousarray(np.where(live, moves, 0.0).T)
            points = _normalised(memory.next_points(points, moves), together)
    nothing = dict.fromkeys(Evaluations._fields, np.zeros(0))
    return Solutions(
        solved, together.like.like(ended), Evaluations(**(nothing | results)), residual, evaluations
    )


def _worst(found: Evaluations) -> np.ndarray:
    """Largest relative residual of any equation (d,); supports' own steps are none."""
    ends = len(found.residual) - len(found.misses)
    worst = np.abs(found.residual[:ends]).max(axis=0)
    worst = np.maximum(worst, np.abs(found.misses).max(axis=0, initial=0.0))
    return np.maximum(worst, found.balance)


def _normalised(points: np.ndarray, together: Together) -> np.ndarray:
    """The same real economies with world average factor price at base weights equal to one."""
    state = together.states(points)
    income = together.factor_income
    shift = np.log((np.exp(state.factor_price) * income).sum(axis=(0, 1)) / income.sum(axis=(0, 1)))
    nominal = points.shape[1] - state.support.shape[0]
    points = points.copy()
    points[:, :nominal] -= shift[:, None]
    return points


def _filled(numbers: np.ndarray, columns: int) -> np.ndarray:
    """The numbers, filled up with the first of them to whole columns."""
    return np.concatenate([numbers, np.full(-numbers.size % columns, numbers[0])])


def _first_of_each(numbers: np.ndarray) -> np.ndarray:
    """Whether each number stands there for the first time, booleans."""
    first = np.zeros(numbers.size, dtype=bool)
    first[np.unique(numbers, return_index=True)[1]] = True
    return first
