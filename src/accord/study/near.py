"""Equilibria near the programme's own: many of them, for questions that vary what is decided (attribution, bargaining).

Each begins from a state that those solved before it foretell, and is solved by the quick solver with one Jacobian, that of the whole
programme (`engines.equilibrium.chord`), to a hundredth of the residual that other results have. Where the quick solver lacks a
feature of the model, or does not converge, the general solver takes over: a matter of time and not of what can be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from accord.adapters.equilibrium import scenario_of
from accord.engines.equilibrium import BaseEconomy, Scenario, chord_solve
from accord.engines.equilibrium.chord import Chord, fits
from accord.engines.equilibrium.outcomes import levels, quick_levels
from accord.engines.equilibrium.quick import System, point_of
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_state import State, state_of
from accord.errors import EngineError
from accord.shocks import Shock
from accord.study.prepare import Prepared

TARGET = 1e-12
"""Largest relative residual of any equation: differences of four equilibria are shown (interactions)."""


@dataclass(frozen=True)
class Near:
    """One equilibrium: what questions about many of them need, and where others may begin.

    Attributes:
        base: The base economy.
        scenario: What differs from it.
        point: The unknowns of the general solver.
        household_consumption: At base prices (n,), USD million.
        levels: Outcomes (o, n), as `engines.equilibrium.outcomes.levels`.
        state: The unknowns of the quick solver; None where the general one solved.
    """

    base: BaseEconomy
    scenario: Scenario
    point: np.ndarray
    household_consumption: np.ndarray
    levels: np.ndarray
    state: State | None


class Neighbourhood:
    """Solves equilibria of one prepared programme; threads may share it.

    Args:
        prepared: The programme on its World.
    """

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def solve(self, shocks: Sequence[Shock], start: Near | None = None) -> Near:
        """Return the equilibrium under `shocks`, context included.

        Args:
            shocks: All that differs from the base.
            start: Where to begin; the equilibrium of the whole programme by default.
        """
        return self.at(scenario_of(self._prepared.model, shocks), start)

    def at(self, scenario: Scenario, start: Near | None = None) -> Near:
        """Return the equilibrium of `scenario`, begun at `start` (as `solve`)."""
        model = self._prepared.model
        if self._central is not None:
            chord, state = self._central
            begin = state if start is None or start.state is None else start.state
            try:
                return self._quickly(scenario, chord, begin)
            except EngineError:
                pass  # the general solver says why, if there is a reason
        point = None if start is None else start.point
        found = model.solver(scenario, point)
        return Near(model.base, scenario, found.point, found.household_consumption, levels(found), None)

    def foretold(self, nothing: Near, parts: Sequence[Near]) -> Near:
        """Return where to begin for what `parts` do together: their moves from `nothing` added up."""
        point = nothing.point + sum((part.point - nothing.point for part in parts), start=np.zeros(()))
        states = [part.state for part in parts]
        state = nothing.state
        if state is not None and all(one is not None for one in states):
            moves = (one.flat() - state.flat() for one in states if one is not None)
            state = state.like(state.flat() + sum(moves, start=np.zeros(())))
        return Near(
            nothing.base, nothing.scenario, point, nothing.household_consumption, nothing.levels, state
        )

    def _quickly(self, scenario: Scenario, chord: Chord, begin: State) -> Near:
        base = self._prepared.model.base
        system = System.of(base, scenario, layout=self._layout)
        solution = chord_solve.solve(chord, system, begin, target=TARGET)
        return Near(
            base,
            scenario,
            point_of(system, solution.state, solution.found),
            system.consumption(solution.found)[:, 0],
            quick_levels(system, solution.state, solution.found),
            solution.state,
        )

    @cached_property
    def _layout(self) -> Layout:
        """The base arranged, once for all its scenarios."""
        return Layout.of(self._prepared.model.base)

    @cached_property
    def _central(self) -> tuple[Chord, State] | None:
        """Jacobian and state of the whole programme; None where the quick solver does not fit."""
        prepared = self._prepared
        base, scenario = prepared.model.base, prepared.everything.scenario
        if not fits(base, scenario):
            return None
        system, state = System.of(base, scenario, layout=self._layout), state_of(prepared.everything)
        try:
            chord = Chord.at(system, state)
            return chord, chord_solve.solve(chord, system, state, target=TARGET).state
        except EngineError:
            return None
