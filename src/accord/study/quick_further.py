"""What further equilibria of one solved draw start from: those of the years of its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from accord.adapters import shock_columns
from accord.adapters.equilibrium import Model
from accord.adapters.equilibrium_moved import Scenarios, moved_by
from accord.adapters.equilibrium_quick import of_one, some_of
from accord.engines.equilibrium.chord import Steps
from accord.engines.equilibrium.quick import System
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_state import State
from accord.shocks import Shock
from accord.study.check import Checked
from accord.study.quick_run import Central, Problem, Run
from accord.study.resolve import markets_of, with_supports


class QuickRun:
    """What further equilibria of a solved draw start from.

    Args:
        run: The draws among which it was solved.
        draw: Its place among them.
        problem: What it is.
    """

    def __init__(self, run: Run, draw: int, problem: Problem) -> None:
        self._run, self._draw, self._problem = run, draw, problem

    @property
    def ended(self) -> Central:
        """Where its equilibria ended."""
        return self._run.ended(self._draw)

    @cached_property
    def states(self) -> Mapping[str, State]:
        """The four by name."""
        return self.ended.states

    @cached_property
    def checked(self) -> Checked:
        """Its shocks, with supports found."""
        _, _, checked = self._problem
        projects = markets_of(checked.decisions)
        if not projects:
            return checked
        decided = replace(checked, context=())
        found = with_supports(decided, projects, self.states["search"].support)
        return replace(checked, decisions=found.decisions)

    @cached_property
    def column(self) -> Model:
        """Its calibrated World, balanced, as a column."""
        return some_of(self._run.model, np.array([self._draw]))

    @cached_property
    def model(self) -> Model:
        """The same, as a model of its own."""
        return of_one(self.column)

    @cached_property
    def _layout(self) -> Layout:
        return self._run.layout.of_some(np.array([self._draw]))

    @cached_property
    def steps(self) -> Steps:
        """The chord at its trade elasticities."""
        return self._run.steps(self._draw)

    def moved_by(self, shocks: Sequence[Shock]) -> Scenarios:
        """Return the scenario that shocks make of its balanced World."""
        return moved_by(self.column, shock_columns.in_columns([shocks]), self._layout)

    def system(self, scenario: Scenarios) -> System:
        """Return a scenario of its balanced World, arranged."""
        return System.side_by_side(self.column.base, *scenario, self._layout)


Further = tuple[QuickRun, System, State]
"""Another equilibrium of a solved draw: the draw, the system, and where to begin."""
