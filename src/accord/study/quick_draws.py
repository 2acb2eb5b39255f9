"""Draws of one programme by the quick solver: four equilibria each, with the supports of import substitution found inside one of them.

    1  balance      the drawn base with zero imbalances
    2  context      under the context alone
    3  search       context, and what the projects do beside their purchases of plant, with supports unknown (`study.resolve`)
    4  everything   context and all decisions

Draws of one variant of the World stand side by side (`quick_run`), as long as they differ in numbers alone. The central values go first:
from the base, then under every set of elasticities and imputation that draws use. A draw begins from the central states of its own set
and imputation. What the quick solver cannot take, or does not solve, is left to the general one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.linalg import LinAlgError

from accord.adapters.equilibrium_quick import Drafts
from accord.engines.equilibrium import chord_solve
from accord.engines.equilibrium.chord import fits
from accord.engines.equilibrium.chord_solve import QuickSolution
from accord.engines.equilibrium.quick_cells import UnlikeError
from accord.engines.equilibrium.quick_state import State, state_of
from accord.errors import AccordError
from accord.programme.model import ModelOptions
from accord.study.prepare import Prepared
from accord.study.quick_further import Further, QuickRun
from accord.study.quick_run import TOLERANCE, Central, CentralRun, Levels, NoneLeftError, Problem, Run
from accord.study.resolve import markets_of, unresolved
from accord.world import World


class QuickDraws:
    """Solves draws of one programme; shared by threads, which change nothing in it.

    Args:
        prepared: The programme at central values.
        choices: Options of the long-run engine for draws.
        worlds: Variants of the World that draws use.
        centres: Trade elasticities (k,) for each set and position of a variant that draws use.
    """

    def __init__(
        self,
        prepared: Prepared,
        choices: ModelOptions,
        worlds: Sequence[World],
        centres: Mapping[tuple[str, int], np.ndarray],
    ) -> None:
        central, checked = prepared.model.choices, unresolved(prepared.checked)
        theta = prepared.world.trade_elasticity(central.elasticities)
        known = Central(_known(prepared), np.zeros(0))
        first = CentralRun(Drafts([prepared.world], central), [(("", 0), theta, checked)], [known])
        first.solve()
        self._drafts, self._chord = Drafts(worlds, choices), first.chord_of_draws()
        begin = first.ended(0)
        self._centres = dict.fromkeys(centres, begin)
        several = [(centre, theta, checked) for centre, theta in centres.items()]
        for centre, found in zip(centres, self.runs(several), strict=True):
            if found is not None:
                self._centres[centre] = found[0].ended

    @staticmethod
    def fits(prepared: Prepared) -> bool:
        """Whether the quick solver has all that the programme's model asks for."""
        model = prepared.model
        closed = model.choices.closure == "balanced"
        in_decisions = not markets_of(unresolved(prepared.checked).context)
        return closed and in_decisions and fits(model.base, prepared.everything.scenario)

    def runs(self, several: Sequence[Problem]) -> list[tuple[QuickRun, Levels] | None]:
        """Return what further equilibria of each draw start from, and its levels; None where the general solver is to be asked.

        Args:
            several: What each draw is.
        """
        found: list[tuple[QuickRun, Levels] | None] = [None] * len(several)
        for variant in dict.fromkeys(variant for (_, variant), _, _ in several):
            places = [place for place, ((_, own), _, _) in enumerate(several) if own == variant]
            alike = [several[place] for place in places]
            solved = self._solved(alike, [self._centres[centre] for centre, _, _ in alike])
            for place, own in zip(places, solved, strict=True):
                found[place] = own
        return found

    def _solved(
        self, several: Sequence[Problem], begin: Sequence[Central]
    ) -> list[tuple[QuickRun, Levels] | None]:
        """`runs` of draws of one variant, each begun from some states."""
        count = len(several)
        try:
            run = Run(self._drafts, several, begin, self._chord)
            levels = run.solve()
        except UnlikeError as error:
            kinds = error.kinds[:count]
            parts = [np.flatnonzero(kinds == kind).tolist() for kind in np.unique(kinds)]
        except NoneLeftError:
            return [None] * count
        except (AccordError, LinAlgError):  # of one of them perhaps, which must not be felt by the others
            parts = [list(range(count // 2)), list(range(count // 2, count))]
        else:
            return [
                (QuickRun(run, place, problem), Levels(*(part[:, place] for part in levels)))
                if run.alive[place]
                else None
                for place, problem in enumerate(several)
            ]
        if count == 1 or len(parts) == 1:
            return [None] * count  # the general solver finds it, or says why not
        found: list[tuple[QuickRun, Levels] | None] = [None] * count
        for places in parts:
            own = self._solved([several[place] for place in places], [begin[place] for place in places])
            for place, one in zip(places, own, strict=True):
                found[place] = one
        return found

    def further(self, several: Sequence[Further]) -> list[QuickSolution | None]:
        """Return further equilibria of solved draws, or None where one is not found."""
        try:
            return chord_solve.solve_together(
                self._chord,
                [system for _, system, _ in several],
                [start for _, _, start in several],
                [run.steps for run, _, _ in several],
                target=TOLERANCE,
            )
        except LinAlgError:  # of one of them, which must not be felt by the others
            return [None] if len(several) == 1 else [self.further([one])[0] for one in several]


def _known(prepared: Prepared) -> dict[str, State]:
    """States of the central programme that the general solver has found, by name."""
    balancing = {} if prepared.model.balancing is None else {"balance": prepared.model.balancing}
    found = {**balancing, "context": prepared.context_alone, "everything": prepared.everything}
    return {name: state_of(equilibrium) for name, equilibrium in found.items()}
