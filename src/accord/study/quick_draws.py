"""Draws of one programme by the quick solver: four equilibria each, with the supports of import substitution found inside one of them.

    1  balance      the drawn base with zero imbalances
    2  context      under the context alone
    3  search       context, and what the projects do beside their purchases of plant, with supports unknown (`study.resolve`)
    4  everything   context and all decisions

The central values go first: from the base, then under every set of elasticities and imputation that draws use. A draw begins from the
central states of its own set and imputation and from nothing else, so that its bytes depend on itself alone; from the second equilibrium
on, it begins where its last one ended, moved as the central one moved. What the quick solver cannot take, or does not solve, is left to
the general one.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.linalg import LinAlgError

from accord.adapters.equilibrium import Model
from accord.adapters.equilibrium_moved import move_nothing_more, moved_by
from accord.adapters.equilibrium_quick import Drafts, market_of, product_of
from accord.engines.equilibrium import Scenario, chord_solve, no_change, no_imbalance
from accord.engines.equilibrium.chord import Chord, Steps, fits
from accord.engines.equilibrium.chord_solve import QuickSolution
from accord.engines.equilibrium.quick import State, System, rebased_quickly, state_of
from accord.engines.equilibrium.quick_cells import Moved
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_supports import Market
from accord.errors import AccordError, EngineError
from accord.programme.model import ModelOptions
from accord.shocks import Shock
from accord.study.check import Checked
from accord.study.prepare import Prepared
from accord.study.resolve import beside_supports, markets_of, unresolved, with_supports
from accord.world import World

TOLERANCE = 1e-10
"""Largest relative residual of any equation, conditions on supports included: that of every other result."""


class Levels(NamedTuple):
    """Household consumption by region (n,), USD million at base prices: in the base, under the context, and with all decisions."""

    base: np.ndarray
    context: np.ndarray
    everything: np.ndarray


class _Central(NamedTuple):
    """Where the central programme ends under one set of elasticities and one imputation.

    Attributes:
        states: States of the four equilibria by name.
        supports: What the supports would be at fixed prices (`_at_fixed_prices`).
    """

    states: dict[str, State]
    supports: np.ndarray


class Asked(NamedTuple):
    """An equilibrium that a draw asks for: its system, and where to begin."""

    system: System
    start: State


Problem = tuple[tuple[str, int], np.ndarray, Checked]
"""A draw: its set of elasticities and the position of the World's variant, its own trade elasticities (k,) around that set, and its
shocks, with supports still open."""


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
        run = QuickRun(Drafts([prepared.world], central), central=_Central(_known(prepared), np.zeros(0)))
        run.solve(0, prepared.world.trade_elasticity(central.elasticities), checked)
        self._drafts = Drafts(worlds, choices)
        self._chord = run.chord
        if "search" in run.central:
            self._chord = self._chord.with_supports(*run.central["search"])
        first = run.ended
        runs = [QuickRun(self._drafts, self._chord, first) for _ in centres]
        found = _side_by_side(
            self._chord, runs, [(centre, theta, checked) for centre, theta in centres.items()]
        )
        self._centres = {
            centre: first if levels is None else run.ended
            for centre, run, levels in zip(centres, runs, found, strict=True)
        }

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
        runs = [QuickRun(self._drafts, self._chord, self._centres[centre]) for centre, _, _ in several]
        levels = _side_by_side(self._chord, runs, several)
        return [None if own is None else (run, own) for run, own in zip(runs, levels, strict=True)]

    def further(self, several: Sequence[Further]) -> list[QuickSolution | None]:
        """Return further equilibria of solved draws, or None where one is not found."""
        asked = [Asked(system, start) for _, system, start in several]
        return _solved(self._chord, asked, [run.steps(self._chord, system) for run, system, _ in several])


class QuickRun:
    """The four equilibria of one draw.

    Attributes:
        states: The four by name.
        central: Systems and states by name, of the run that makes its own chord.
        model: The draw's calibrated World, balanced; once it is solved.
        checked: The draw's shocks, with supports found; once it is solved.
    """

    model: Model
    checked: Checked

    def __init__(self, drafts: Drafts, chord: Chord | None = None, central: _Central | None = None) -> None:
        self._drafts, self._chord, self._central = drafts, chord, central
        self._own_chord = chord is None
        self._supports = np.zeros(0)
        self._layout: Layout
        self._steps: Steps | None = None
        self.states: dict[str, State] = {}
        self.central: dict[str, tuple[System, State]] = {}

    @property
    def ended(self) -> _Central:
        """Where the equilibria ended, for others to begin from."""
        return _Central(dict(self.states), self._supports)

    def solve(self, variant: int, trade_elasticity: np.ndarray, checked: Checked) -> Levels:
        """Solve all four; `states` then holds them by name."""
        asking = self.asking(variant, trade_elasticity, checked)
        try:
            asked = next(asking)
            while True:
                asked = asking.send(self._alone(*asked))
        except StopIteration as end:
            return end.value

    def asking(
        self, variant: int, trade_elasticity: np.ndarray, checked: Checked
    ) -> Generator[Asked, QuickSolution, Levels]:
        """Ask for the four equilibria one by one; `states` then holds them by name.

        Their systems are megabytes, and let go as soon as they have served.
        """
        shocks = (*checked.context, *checked.decisions)
        model, self._layout = self._drafts.model(variant, trade_elasticity, shocks)
        model = yield from self._balanced(model)
        system = self._system(model, checked.context)
        solution = yield from self._solve("context", system)
        context = system.consumption(solution.found)
        checked = yield from self._with_supports(model, checked, system, solution)
        self.model, self.checked = model, checked
        if checked.decisions:
            before = "search" if "search" in self.states else "context"
            system = self._system(model, (*checked.context, *checked.decisions))
            solution = yield from self._solve("everything", system, before)
        else:
            self.states["everything"] = solution.state
        base = model.base.final_spending[:, 0] - model.base.resource_cost
        return Levels(base, context, system.consumption(solution.found))

    def _balanced(self, model: Model) -> Generator[Asked, QuickSolution, Model]:
        """The model on its base with zero imbalances (`adapters.equilibrium.build_model`)."""
        base = model.base
        regions, uses = base.final_spending.shape
        if not np.any(base.imbalance.world_share):
            return model
        scenario = no_change(base)._replace(
            imbalance=no_imbalance(regions), real_use=np.zeros(uses, dtype=bool)
        )
        system = System.of(base, scenario, (), self._layout)
        solution = yield from self._solve("balance", system)
        balanced, self._layout = rebased_quickly(system, solution.state, solution.found)
        return model.on(balanced)

    def _with_supports(
        self, model: Model, checked: Checked, system: System, context: QuickSolution
    ) -> Generator[Asked, QuickSolution, Checked]:
        projects = markets_of(checked.decisions)
        if not projects:
            return checked
        products = [product_of(model, project.outside) for project in projects]
        quantities = system.quantities(context.found, context.state, products)
        markets = [
            market_of(model, project.outside, project.sites, project.target, project.shares, bought)
            for project, bought in zip(projects, quantities, strict=True)
        ]
        for market in markets:
            if market.target >= market.imports or np.any(market.sales <= 0.0):
                raise EngineError(
                    "a project replaces more than is imported"
                )  # the general solver says it in full
        beside = beside_supports(checked, projects)
        if move_nothing_more(beside):
            scenario, _ = moved_by(model, (*checked.context, *beside), self._layout)
            search = system.with_markets(scenario, markets)
        else:
            search = self._system(model, (*checked.context, *beside), markets)
        solution = yield from self._solve("search", search, "context")
        decided = Checked((), checked.decisions, checked.notes, checked.partners)
        found = with_supports(decided, projects, solution.state.support)
        return Checked(checked.context, found.decisions, checked.notes, checked.partners)

    def _solve(
        self, name: str, system: System, after: str | None = None
    ) -> Generator[Asked, QuickSolution, QuickSolution]:
        solution = yield Asked(system, self._start(name, system, after))
        self.states[name] = solution.state
        if self._own_chord:
            self.central[name] = system, solution.state
        return solution

    @property
    def chord(self) -> Chord:
        """The Jacobian that the run was given or makes: draws are spread around their context, and need fewest steps with its."""
        if self._chord is None:
            self._chord = Chord.at(*self.central["context"])
        return self._chord

    def _alone(self, system: System, start: State) -> QuickSolution:
        solution = chord_solve.already(system, start, TOLERANCE)
        if solution is not None:
            return solution
        # Before the context is solved, the Jacobian is that of where it begins.
        chord = (
            self.chord if self._chord is not None or "context" in self.central else Chord.at(system, start)
        )
        return chord_solve.solve(chord, system, start, target=TOLERANCE)

    def steps(self, chord: Chord, system: System) -> Steps:
        """Return the chord at the draw's trade elasticities, which are those of any `system` of it."""
        if self._steps is None:
            self._steps = chord.steps(system.base.technology.trade)
        return self._steps

    def moved_by(self, shocks: Sequence[Shock]) -> tuple[Scenario, Moved]:
        """Return the scenario that shocks make of the draw's balanced World, in two parts."""
        return moved_by(self.model, shocks, self._layout)

    def system(self, scenario: Scenario, moved: Moved) -> System:
        """Return a scenario of the draw's balanced World, arranged."""
        return System.of(self.model.base, scenario, (), self._layout, moved)

    def _start(self, name: str, system: System, after: str | None) -> State:
        """The central state; after another equilibrium of this draw, that one's state moved as the central one moved."""
        fixed = _at_fixed_prices(system)
        if fixed.size:
            self._supports = fixed
        states = self._central.states if self._central is not None else {}
        if name not in states or states[name].support.size != fixed.size:
            near = self.states.get(after or name, system.start)
            return near._replace(support=fixed)
        state = states[name]
        if fixed.size and self._central is not None:
            state = state._replace(support=state.support * fixed / self._central.supports)
        if after is None or after not in states:
            return state
        own, before = self.states[after], states[after]
        moved = [now + here - there for now, here, there in zip(state[:4], own[:4], before[:4], strict=True)]
        return State(*moved, support=state.support)

    def _system(self, model: Model, shocks: Sequence[Shock], markets: Sequence[Market] = ()) -> System:
        scenario, moved = moved_by(model, shocks, self._layout)
        return System.of(model.base, scenario, markets, self._layout, moved)


Further = tuple[QuickRun, System, State]
"""Another equilibrium of a solved draw: the draw, the system, and where to begin."""


def _known(prepared: Prepared) -> dict[str, State]:
    """States of the central programme that the general solver has found, by name."""
    balancing = {} if prepared.model.balancing is None else {"balance": prepared.model.balancing}
    found = {**balancing, "context": prepared.context_alone, "everything": prepared.everything}
    return {name: state_of(equilibrium) for name, equilibrium in found.items()}


def _at_fixed_prices(system: System) -> np.ndarray:
    """Log supports at fixed prices."""
    theta = system.base.technology.trade
    logs = [market.at_fixed_prices(theta[market.product]) for market in system.markets]
    return np.concatenate(logs) if logs else np.zeros(0)


def _side_by_side(chord: Chord, runs: Sequence[QuickRun], several: Sequence[Problem]) -> list[Levels | None]:
    """Return the levels of each run, or None where it has no equilibrium; what runs ask for at the same time is solved together."""
    asking = [
        run.asking(variant, theta, checked)
        for run, ((_, variant), theta, checked) in zip(runs, several, strict=True)
    ]
    levels: list[Levels | None] = [None] * len(runs)
    answers: dict[int, QuickSolution | None] = dict.fromkeys(range(len(runs)))
    while answers:
        asked: dict[int, Asked] = {}
        for number, answer in answers.items():
            try:
                asked[number] = next(asking[number]) if answer is None else asking[number].send(answer)
            except StopIteration as end:
                levels[number] = end.value
            except (AccordError, LinAlgError):
                continue  # the general solver finds it, or says why not
        steps = [runs[number].steps(chord, entry.system) for number, entry in asked.items()]
        found = zip(asked, _solved(chord, list(asked.values()), steps), strict=True)
        answers = {number: solution for number, solution in found if solution is not None}
    return levels


def _solved(chord: Chord, asked: Sequence[Asked], steps: Sequence[Steps]) -> list[QuickSolution | None]:
    systems, starts = [entry.system for entry in asked], [entry.start for entry in asked]
    try:
        return chord_solve.solve_together(chord, systems, starts, steps, target=TOLERANCE)
    except LinAlgError:  # of one of them, which must not be felt by the others
        if len(asked) == 1:
            return [None]
        return [_solved(chord, [entry], [own])[0] for entry, own in zip(asked, steps, strict=True)]
