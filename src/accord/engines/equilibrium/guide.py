"""Where the general solver begins: at what the quick one finds, so that it has only to see that every equation holds.

The general solver decides what is an equilibrium, and its numbers are told. From the base it takes sixty evaluations; from the quick
solver's answer (`quick`, by the chord of `chord`) a few. One Jacobian serves every scenario of a run, and its bases under other trade
elasticities and wedges too: that of the run's first base, whatever is asked and in which order, so that no number depends on what was
asked before. Where the quick solver lacks a feature of the base or the scenario, or does not converge, nothing is foretold, and the
general solver begins from the base. Economies that may have several equilibria are among those that it lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.linalg import LinAlgError

from accord.engines.equilibrium import chord_solve
from accord.engines.equilibrium.chord import Chord, Steps, fits
from accord.engines.equilibrium.chord_solve import QuickSolution
from accord.engines.equilibrium.inputs import BaseEconomy, Scenario, no_change
from accord.engines.equilibrium.quick import System, covers, point_of
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_supports import Market
from accord.errors import EngineError
from accord.numerics.factorisation import one_thread

TARGET = 1e-12
"""Largest relative residual of what is foretold."""


@dataclass(frozen=True)
class Guide:
    """The Jacobian of one base, for it and for bases that are like it: of other trade elasticities, wedges and groups."""

    chord: Chord

    @classmethod
    def of(cls, base: BaseEconomy) -> Guide | None:
        """Return the guide for scenarios of `base` and of bases like it; None where the quick solver does not fit."""
        calm = no_change(base)
        if not fits(base, calm):
            return None
        try:
            system = System.of(base, calm)
            return cls(Chord.at(system, system.start))
        except (EngineError, LinAlgError):
            return None

    def on(self, base: BaseEconomy) -> Foretelling:
        """Return what foretells equilibria of `base`, one of those that this guide is for."""
        return Foretelling(self.chord, base)


@dataclass(frozen=True)
class Foretelling:
    """Foretells equilibria of one base.

    Attributes:
        chord: A Jacobian.
        base: The base economy.
    """

    chord: Chord
    base: BaseEconomy

    def point(self, scenario: Scenario) -> np.ndarray | None:
        """Return the unknowns of the general solver in the equilibrium of `scenario`; None where it is not foretold."""
        found = self.solution(scenario)
        return None if found is None else point_of(found[0], found[1].state, found[1].found)

    def solution(
        self, scenario: Scenario, markets: Sequence[Market] = (), supports: np.ndarray | None = None
    ) -> tuple[System, QuickSolution] | None:
        """Return the quick solver's system and solution; None where it has none.

        Args:
            scenario: What differs from the base.
            markets: Markets whose supports are unknown.
            supports: Log supports to begin with.
        """
        if not covers(self.base, scenario):
            return None
        try:
            system = System.of(self.base, scenario, markets, self._layout)
            start = system.start if supports is None else system.start._replace(support=supports)
            # Several threads of BLAS cost more than they save on matrices of this size, and their number would be in the last digits.
            with one_thread():
                return system, chord_solve.solve(self.chord, system, start, steps=self._steps, target=TARGET)
        except (EngineError, LinAlgError):
            return None

    @cached_property
    def _layout(self) -> Layout:
        return Layout.of(self.base)

    @cached_property
    def _steps(self) -> Steps:
        return self.chord.steps(np.asarray(self.base.technology.trade)[:, None])
