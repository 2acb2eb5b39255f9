"""Draws of one programme by the quick solver: four equilibria each, with the supports of import substitution found inside one of them.

    1  balance      the drawn base with zero imbalances
    2  context      under the context alone
    3  search       context, and what the projects do beside their purchases of plant, with supports unknown (`study.resolve`)
    4  everything   context and all decisions

The central values go first, from the base. Every draw begins from the central states and from nothing else, so that its bytes depend
on itself alone. What the quick solver cannot take, or does not solve, is left to the general one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from accord.adapters.equilibrium import Model, scenario_of
from accord.adapters.equilibrium_quick import Drafts, market_of
from accord.engines.equilibrium import Scenario, no_change, no_imbalance
from accord.engines.equilibrium.chord import MOST_UNKNOWNS, Chord, QuickSolution
from accord.engines.equilibrium.quick import State, System, covers, rebased_quickly
from accord.errors import EngineError
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


class _Reference(NamedTuple):
    """What draws begin from.

    Attributes:
        chord: Jacobian at the central programme's end.
        states: Central states of the four equilibria by name.
        trade_elasticity: Central ones (k,).
    """

    chord: Chord
    states: dict[str, State]
    trade_elasticity: np.ndarray


class QuickDraws:
    """Solves draws of one programme; shared by threads, which change nothing in it.

    Args:
        prepared: The programme at central values.
        choices: Options of the long-run engine for draws.
        worlds: Variants of the World that draws use.
    """

    def __init__(self, prepared: Prepared, choices: ModelOptions, worlds: Sequence[World]) -> None:
        central = prepared.model.choices
        run = QuickRun(Drafts([prepared.world], central), None)
        run.solve(prepared.world, 0, unresolved(prepared.checked), central)
        self._choices, self._drafts = choices, Drafts(worlds, choices)
        end, solution = run.solved["everything"]
        self._reference = _Reference(
            Chord.at(end, solution.state),
            {name: solution.state for name, (_, solution) in run.solved.items()},
            prepared.model.base.technology.trade,
        )

    @staticmethod
    def fits(prepared: Prepared) -> bool:
        """Whether the quick solver has all that the programme's model asks for."""
        world, model = prepared.world, prepared.model
        closed = model.choices.closure == "balanced"
        small = len(world.regions) * len(world.sectors) <= MOST_UNKNOWNS
        in_decisions = not markets_of(unresolved(prepared.checked).context)
        return closed and small and in_decisions and covers(model.base, prepared.everything.scenario)

    def __call__(self, world: World, variant: int, checked: Checked) -> Levels:
        """Return the levels of one draw, or raise an `AccordError` of which the general solver knows the reason.

        Args:
            world: The World with the draw's trade elasticities as its default set.
            variant: Position among the worlds given at the start.
            checked: The draw's shocks, with supports still open.
        """
        return self.run(world, variant, checked)[1]

    def run(self, world: World, variant: int, checked: Checked) -> tuple[QuickRun, Levels]:
        """Return the same with what further equilibria of the draw start from."""
        run = QuickRun(self._drafts, self._reference)
        return run, run.solve(world, variant, checked, self._choices)


class QuickRun:
    """The four equilibria of one draw.

    Attributes:
        solved: The four by name.
        model: The draw's calibrated World, balanced; once it is solved.
        checked: The draw's shocks, with supports found; once it is solved.
    """

    model: Model
    checked: Checked

    def __init__(self, drafts: Drafts, reference: _Reference | None) -> None:
        self._drafts, self._reference = drafts, reference
        self._chord = None if reference is None else reference.chord
        self.solved: dict[str, tuple[System, QuickSolution]] = {}

    def solve(self, world: World, variant: int, checked: Checked, choices: ModelOptions) -> Levels:
        """Solve all four; `solved` then holds them by name."""
        shocks = (*checked.context, *checked.decisions)
        model = self._balanced(self._drafts.model(world, variant, shocks, choices))
        self._solve("context", _system(model, checked.context))
        checked = self._with_supports(model, checked)
        self.model, self.checked = model, checked
        if checked.decisions:
            self._solve("everything", _system(model, (*checked.context, *checked.decisions)))
        else:
            self.solved["everything"] = self.solved["context"]
        base = model.base.final_spending[:, 0] - model.base.resource_cost
        return Levels(base, self._consumption("context"), self._consumption("everything"))

    def _balanced(self, model: Model) -> Model:
        """The model on its base with zero imbalances (`adapters.equilibrium.build_model`)."""
        base = model.base
        regions, uses = base.final_spending.shape
        if not np.any(base.imbalance.world_share):
            return model
        scenario = no_change(base)._replace(
            imbalance=no_imbalance(regions), real_use=np.zeros(uses, dtype=bool)
        )
        system = System.of(base, scenario)
        solution = self._solve("balance", system)
        return model.on(rebased_quickly(system, solution.state, solution.found))

    def _with_supports(self, model: Model, checked: Checked) -> Checked:
        projects = markets_of(checked.decisions)
        if not projects:
            return checked
        system, context = self.solved["context"]
        before = (system, context.state, context.found)
        markets = [
            market_of(model, project.outside, project.sites, project.target, project.shares, before)
            for project in projects
        ]
        for market in markets:
            if market.target >= market.imports or np.any(market.sales <= 0.0):
                raise EngineError(
                    "a project replaces more than is imported"
                )  # the general solver says it in full
        beside = beside_supports(checked, projects)
        search = System.of(model.base, scenario_of(model, (*checked.context, *beside)), markets)
        solution = self._solve("search", search)
        decided = Checked((), checked.decisions, checked.notes, checked.partners)
        found = with_supports(decided, projects, solution.state.support)
        return Checked(checked.context, found.decisions, checked.notes, checked.partners)

    def _solve(self, name: str, system: System) -> QuickSolution:
        solution = self.further(system, self._start(name, system))
        self.solved[name] = system, solution
        return solution

    def further(self, system: System, start: State) -> QuickSolution:
        """Return another equilibrium of the draw, begun from `start`."""
        if self._chord is None:
            self._chord = Chord.at(system, system.start)
        return self._chord.solve(system, start, target=TOLERANCE)

    def _start(self, name: str, system: System) -> State:
        if self._reference is None or name not in self._reference.states:
            return _first(system)
        state = self._reference.states[name]
        if state.support.size != system.start.support.size:
            return _first(system)
        # At fixed prices a replacement needs a support whose log goes with 1 / (theta + 1).
        old = self._reference.trade_elasticity + 1.0
        new = system.base.technology.trade + 1.0
        ratio = [old[market.product] / new[market.product] for market in system.markets for _ in market.sites]
        return state._replace(support=state.support * np.array(ratio))

    def _consumption(self, name: str) -> np.ndarray:
        system, solution = self.solved[name]
        return system.consumption(solution.found)


def _first(system: System) -> State:
    """No change, and supports at fixed prices: quantities from outside fall to 1 / (1 + pi (f^(theta + 1) - 1)) of what they were."""
    logs: list[float] = []
    for market in system.markets:
        share = market.sales.sum() / (market.sales.sum() + market.imports)
        left = 1.0 - market.target / market.imports
        rise = np.log1p((1.0 / left - 1.0) / share) / (system.base.technology.trade[market.product] + 1.0)
        logs += [rise] * len(market.sites)
    return system.start._replace(support=np.array(logs))


def _system(model: Model, shocks: Sequence[Shock]) -> System:
    scenario: Scenario = scenario_of(model, shocks)
    return System.of(model.base, scenario)
