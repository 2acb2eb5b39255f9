"""Draws of one variant of the World side by side, as columns, through their four equilibria (`quick_draws` says which).

A draw begins from central states and from nothing else, so that its bytes depend on itself alone; from the second equilibrium on, it
begins where its last one ended, moved as the central one moved. One that has no equilibrium goes on with another's numbers, which mean
nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from accord.adapters import shock_columns
from accord.adapters.equilibrium import Model
from accord.adapters.equilibrium_moved import move_nothing_more, moved_by
from accord.adapters.equilibrium_quick import Drafts, market_of, product_of
from accord.engines.equilibrium import chord_solve, no_imbalance
from accord.engines.equilibrium.chord import NOT_QUICK, Chord, Steps
from accord.engines.equilibrium.chord_solve import Solutions
from accord.engines.equilibrium.inputs import Imbalance
from accord.engines.equilibrium.quick import System, rebased_quickly
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_state import Evaluations, State
from accord.engines.equilibrium.quick_supports import Market
from accord.engines.equilibrium.quick_together import Together
from accord.engines.equilibrium.quick_weights import of_economies
from accord.errors import EngineError
from accord.shocks import Shock, SupportShock
from accord.study.check import Checked
from accord.study.resolve import Replacement, beside_supports, markets_of, with_supports

TOLERANCE = 1e-10
"""Largest relative residual of any equation, conditions on supports included: that of every other result."""

LEVELS = "use_price", "final"
"""What consumption is read from."""
QUANTITIES = *LEVELS, "competitive", "per_weight"
"""What purchases are read from too."""
BASE = *LEVELS, "spending", "seen_sum", "paid_sum"
"""What a base of its own is made of."""


class Levels(NamedTuple):
    """Household consumption by region (n,), USD million at base prices: in the base, under the context, and with all decisions."""

    base: np.ndarray
    context: np.ndarray
    everything: np.ndarray


class Central(NamedTuple):
    """Where the central programme ends under one set of elasticities and one imputation.

    Attributes:
        states: States of the four equilibria by name.
        supports: What the supports would be at fixed prices (`_at_fixed_prices`) (s,).
    """

    states: Mapping[str, State]
    supports: np.ndarray


class NoneLeftError(EngineError):
    """None of the draws that stand side by side has an equilibrium."""


Problem = tuple[tuple[str, int], np.ndarray, Checked]
"""A draw: its set of elasticities and the position of the World's variant, its own trade elasticities (k,) around that set, and its
shocks, with supports still open."""


class Run:
    """The four equilibria of several draws of one variant of the World.

    Args:
        drafts: Calibrates draws.
        several: What each draw is.
        begin: Where each begins.
        chord: The Jacobian.

    Attributes:
        alive: Which draws have had every equilibrium so far, booleans (d,); the last of them may fill up columns.
        states: States of the four, in columns, by name; once they are solved.
        supports: Log supports at fixed prices (s, d).
        model: The calibrated draws, balanced.
        layout: Their base, arranged.
    """

    columns = chord_solve.COLUMNS
    """Draws are filled up to a multiple of this: BLAS then takes the same way through each of them."""

    model: Model
    layout: Layout

    def __init__(
        self,
        drafts: Drafts,
        several: Sequence[Problem],
        begin: Sequence[Central],
        chord: Chord | None = None,
    ) -> None:
        count = len(several)
        fill = -count % self.columns
        several, self._begin = [*several, *[several[0]] * fill], [*begin, *[begin[0]] * fill]
        self._drafts, self._chord = drafts, chord
        self._at: Steps | None = None
        self.alive = np.arange(count + fill) < count
        ((_, self._variant), _, first), *_ = several
        self._theta = np.stack([theta for _, theta, _ in several], axis=-1)
        context, decisions = (
            shock_columns.in_columns([getattr(checked, name) for _, _, checked in several])
            for name in ("context", "decisions")
        )
        self._checked = Checked(context, decisions, first.notes, first.partners)
        self.states: dict[str, State] = {}
        self.supports = np.zeros((0, count + fill))

    def solve(self) -> Levels:
        """Solve all four; levels are in columns (n, d), and mean nothing where a draw is not `alive`."""
        checked = self._checked
        model, layout = self._drafts.models(
            self._variant, self._theta, (*checked.context, *checked.decisions)
        )
        self.model, self.layout = self._balanced(model, layout)
        system = self._system(checked.context)
        solved = self._solve("context", system, kept=QUANTITIES)
        context = everything = system.consumption(solved.found)
        checked = self._with_supports(system, solved)
        if checked.decisions:
            before = "search" if "search" in self.states else "context"
            system = self._system((*checked.context, *checked.decisions))
            everything = system.consumption(self._solve("everything", system, before).found)
        else:
            self.states["everything"] = solved.state
        base = self.model.base.final_spending[:, 0] - self.model.base.resource_cost
        return Levels(base, context, everything)

    def _balanced(self, model: Model, layout: Layout) -> tuple[Model, Layout]:
        """The model on its base with zero imbalances (`adapters.equilibrium.build_model`), arranged."""
        base = model.base
        if not np.any(base.imbalance.world_share):
            return model, layout
        regions, uses = base.final_spending.shape[:2]
        rest, moved, extra = moved_by(model, (), layout)
        none = Imbalance(*(part[:, None] for part in no_imbalance(regions)))
        rest = rest._replace(imbalance=none, real_use=np.zeros((uses, 1), dtype=bool))
        system = System.side_by_side(base, rest, moved, extra, layout)
        solved = self._solve("balance", system, kept=BASE)
        balanced, layout = rebased_quickly(system, solved.state, solved.found)
        return model.on(balanced), layout

    def _with_supports(self, system: System, context: Solutions) -> Checked:
        """The shocks with every support found, in an equilibrium of their own."""
        checked = self._checked
        projects = [
            _in_columns(project, checked.decisions)
            for project in markets_of(shock_columns.of_draw(checked.decisions, 0))
        ]
        if not projects:
            return checked
        products = [product_of(self.model, project.outside) for project in projects]
        quantities = system.quantities(context.found, context.state, products)
        markets: list[Market] = []
        for project, bought in zip(projects, quantities, strict=True):
            target, shares = np.asarray(project.target), np.stack(project.shares)
            market = market_of(self.model, project.outside, project.sites, target, shares, bought)
            # What cannot be replaced the general solver says in full.
            self.alive &= (target < market.imports) & (market.sales > 0.0).all(axis=0)
            markets.append(market)
        if not self.alive.any():
            raise NoneLeftError(NOT_QUICK)
        beside = beside_supports(checked, projects)
        shocks = (*checked.context, *beside)
        if move_nothing_more(beside):
            rest, _, extra = moved_by(self.model, shocks, self.layout)
            search = system.with_markets(rest, extra, markets)
        else:
            search = self._system(shocks, markets)
        found = self._solve("search", search, "context").state.support
        return replace(with_supports(replace(checked, context=()), projects, found), context=checked.context)

    def _solve(
        self, name: str, system: System, after: str | None = None, *, kept: Sequence[str] = LEVELS
    ) -> Solutions:
        solved = self._solutions(name, system, self._start(name, system, after), kept)
        self.alive &= solved.solved
        if not self.alive.any():
            raise NoneLeftError(NOT_QUICK)
        solved = _stood_in(solved, self.alive)
        self.states[name] = solved.state
        return solved

    def _solutions(self, name: str, system: System, start: State, kept: Sequence[str]) -> Solutions:
        """The equilibria, begun from some states; `name` says which of the four they are."""
        assert self._chord is not None, name
        return self._by(self._chord, system, start, kept)

    def _by(self, chord: Chord, system: System, start: State, kept: Sequence[str]) -> Solutions:
        """The equilibria by steps of a chord."""
        together = Together([system])
        points = np.concatenate([part.reshape(-1, len(self.alive)) for part in start]).T.copy()
        if self._at is None or chord is not self._chord:
            self._at, self._chord = chord.steps(system.fixed.theta[:, 0]), chord
        return chord_solve.solve_side_by_side(
            chord,
            together,
            points,
            self._at,
            target=TOLERANCE,
            asked=self.alive,
            kept=kept,
            columns=self.columns,
        )

    def steps(self, draw: int) -> Steps:
        """The chord at the trade elasticities of a draw."""
        assert self._at is not None
        return self._at.of_some(np.array([draw]))

    def ended(self, draw: int) -> Central:
        """Where the equilibria of a draw ended, for others to begin from."""
        states = {name: state_of_draw(state, draw) for name, state in self.states.items()}
        return Central(states, self.supports[:, draw])

    def _start(self, name: str, system: System, after: str | None) -> State:
        """The central states; after another equilibrium of the draws, that one's states moved as the central ones moved."""
        fixed = _at_fixed_prices(system)
        if fixed.size:
            self.supports = fixed
        state = self._central_states(name)
        if state is None or state.support.shape != fixed.shape:
            near = self.states.get(after or name)
            if near is None:
                near = State(*(np.repeat(part[..., None], len(self.alive), axis=-1) for part in system.start))
            return near._replace(support=fixed)
        if fixed.size and self._begin[0].supports.size:
            before = np.stack([begin.supports for begin in self._begin], axis=-1)
            state = state._replace(support=state.support * fixed / before)
        there = None if after is None else self._central_states(after)
        if after is None or there is None:
            return state
        own = self.states[after]
        moved = [now + here - before for now, here, before in zip(state[:4], own[:4], there[:4], strict=True)]
        return State(*moved, support=state.support)

    def _central_states(self, name: str) -> State | None:
        """Central states of one of the four, in columns."""
        if any(name not in begin.states for begin in self._begin):
            return None
        parts = zip(*(begin.states[name] for begin in self._begin), strict=True)
        return State(*(np.stack(part, axis=-1) for part in parts))

    def _system(self, shocks: Sequence[Shock], markets: Sequence[Market] = ()) -> System:
        rest, moved, extra = moved_by(self.model, shocks, self.layout)
        return System.side_by_side(self.model.base, rest, moved, extra, self.layout, markets)


class CentralRun(Run):
    """The central programme, which makes the Jacobian of all draws.

    Draws are spread around their context, and need fewest steps with the Jacobian there.
    """

    columns = 1

    def __init__(self, drafts: Drafts, several: Sequence[Problem], begin: Sequence[Central]) -> None:
        super().__init__(drafts, several, begin)
        self._systems: dict[str, System] = {}
        self._at_context: Chord | None = None

    def chord_of_draws(self) -> Chord:
        """Return the Jacobian at the context, with the answers to supports where some are searched for; of a run that is solved."""
        chord = self._made_at_context()
        if "search" not in self._systems:
            return chord
        return chord.with_supports(self._systems["search"], state_of_draw(self.states["search"], 0))

    def _made_at_context(self) -> Chord:
        if self._at_context is None:
            self._at_context = Chord.at(self._systems["context"], state_of_draw(self.states["context"], 0))
        return self._at_context

    def _solutions(self, name: str, system: System, start: State, kept: Sequence[str]) -> Solutions:
        self._systems[name] = system
        begin = state_of_draw(start, 0)
        known = chord_solve.already(system, begin, TOLERANCE)
        if known is not None:
            each = np.array([known.residual]), np.array([known.evaluations])
            return Solutions(np.array([True]), begin.column(), known.found, *each)
        # Before the context is solved, the Jacobian is that of where it begins.
        solved = "context" in self.states
        return self._by(self._made_at_context() if solved else Chord.at(system, begin), system, start, kept)


def _at_fixed_prices(system: System) -> np.ndarray:
    """Log supports at fixed prices (s, d)."""
    theta = system.base.technology.trade
    logs = [market.at_fixed_prices(theta[market.product]) for market in system.markets]
    return np.concatenate(logs) if logs else np.zeros((0, system.many))


def _stood_in(solved: Solutions, alive: np.ndarray) -> Solutions:
    """The solutions with the first of the living in the place of those that have none: numbers stay finite, and mean nothing there."""
    if alive.all():
        return solved
    place = np.where(alive, np.arange(alive.size), np.argmax(alive))

    def of(part: np.ndarray) -> np.ndarray:
        return of_economies(part, place) if part.size else part

    return solved._replace(state=State(*map(of, solved.state)), found=Evaluations(*map(of, solved.found)))


def state_of_draw(state: State, draw: int) -> State:
    """The state of one of several draws."""
    return State(*(np.ascontiguousarray(part[..., draw]) for part in state))


def _in_columns(project: Replacement, decisions: Sequence[Shock]) -> Replacement:
    """A market of one of several draws as that of all: amounts are arrays (d,)."""

    def amount(place: int) -> Any:
        shock = decisions[place]
        assert isinstance(shock, SupportShock)
        return shock.weight * shock.amount

    return replace(project, amounts=tuple(tuple(map(amount, places)) for places in project.places))
