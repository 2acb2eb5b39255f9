"""Draws of one programme by the quick solver: four equilibria each, with the supports of import substitution found inside one of them.

    1  balance      the drawn base with zero imbalances
    2  context      under the context alone
    3  search       context, and what the projects do beside their purchases of plant, with supports unknown (`study.resolve`)
    4  everything   context and all decisions

Draws of one variant of the World stand side by side from their shocks to their levels, as columns. The central values go first: from the
base, then under every set of elasticities and imputation that draws use. A draw begins from the central states of its own set and
imputation and from nothing else, so that its bytes depend on itself alone; from the second equilibrium on, it begins where its last one
ended, moved as the central one moved. What the quick solver cannot take, or does not solve, is left to the general one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.linalg import LinAlgError

from accord.adapters import shock_columns
from accord.adapters.equilibrium import Model
from accord.adapters.equilibrium_moved import Scenarios, move_nothing_more, moved_by
from accord.adapters.equilibrium_quick import Drafts, market_of, of_one, product_of, some_of
from accord.engines.equilibrium import chord_solve, no_imbalance
from accord.engines.equilibrium.chord import NOT_QUICK, Chord, Steps, StepsTogether, fits
from accord.engines.equilibrium.chord_solve import QuickSolution, Solutions
from accord.engines.equilibrium.inputs import Imbalance
from accord.engines.equilibrium.quick import Evaluations, State, System, rebased_quickly, state_of
from accord.engines.equilibrium.quick_cells import UnlikeError
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_supports import Market
from accord.engines.equilibrium.quick_together import Together
from accord.engines.equilibrium.quick_weights import of_economies
from accord.errors import AccordError, EngineError
from accord.programme.model import ModelOptions
from accord.shocks import Shock, SupportShock
from accord.study.check import Checked
from accord.study.prepare import Prepared
from accord.study.resolve import Replacement, beside_supports, markets_of, unresolved, with_supports
from accord.world import World

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


class _Central(NamedTuple):
    """Where the central programme ends under one set of elasticities and one imputation.

    Attributes:
        states: States of the four equilibria by name.
        supports: What the supports would be at fixed prices (`_at_fixed_prices`) (s,).
    """

    states: Mapping[str, State]
    supports: np.ndarray


class _NoneLeftError(EngineError):
    """None of the draws that stand side by side has an equilibrium."""


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
        theta = prepared.world.trade_elasticity(central.elasticities)
        known = _Central(_known(prepared), np.zeros(0))
        first = _CentralRun(Drafts([prepared.world], central), [(("", 0), theta, checked)], [known])
        first.solve()
        self._drafts, self._chord = Drafts(worlds, choices), first.chord_of_draws()
        begin = first.ended(0)
        self._centres = dict.fromkeys(centres, begin)
        self._centres |= {
            (name, variant): found[0].ended
            for (name, variant), own in centres.items()
            for found in self._solved([((name, variant), own, checked)], [begin])
            if found is not None
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
        found: list[tuple[QuickRun, Levels] | None] = [None] * len(several)
        for variant in dict.fromkeys(variant for (_, variant), _, _ in several):
            places = [place for place, ((_, own), _, _) in enumerate(several) if own == variant]
            alike = [several[place] for place in places]
            solved = self._solved(alike, [self._centres[centre] for centre, _, _ in alike])
            for place, own in zip(places, solved, strict=True):
                found[place] = own
        return found

    def _solved(
        self, several: Sequence[Problem], begin: Sequence[_Central]
    ) -> list[tuple[QuickRun, Levels] | None]:
        """`runs` of draws of one variant, each begun from some states."""
        count = len(several)
        try:
            run = _Run(self._drafts, several, begin, self._chord)
            levels = run.solve()
        except UnlikeError as error:
            kinds = error.kinds[:count]
            parts = [np.flatnonzero(kinds == kind).tolist() for kind in np.unique(kinds)]
        except _NoneLeftError:
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
                [run.steps(self._chord) for run, _, _ in several],
                target=TOLERANCE,
            )
        except LinAlgError:  # of one of them, which must not be felt by the others
            return [None] if len(several) == 1 else [self.further([one])[0] for one in several]


class _Run:
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
        begin: Sequence[_Central],
        chord: Chord | None = None,
    ) -> None:
        count = len(several)
        fill = -count % self.columns
        several, self._begin = [*several, *[several[0]] * fill], [*begin, *[begin[0]] * fill]
        self._drafts, self._chord = drafts, chord
        self._at: StepsTogether | None = None
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
        projects = markets_of(shock_columns.of_draw(checked.decisions, 0))
        if not projects:
            return checked
        replaced = [_replaced(checked.decisions, project) for project in projects]
        products = [product_of(self.model, project.outside) for project in projects]
        quantities = system.quantities(context.found, context.state, products)
        markets: list[Market] = []
        for project, amounts, bought in zip(projects, replaced, quantities, strict=True):
            sites = np.stack([sum(own, start=np.zeros(1)) for own in amounts])
            target = sites.sum(axis=0)
            market = market_of(self.model, project.outside, project.sites, target, sites / target, bought)
            # What cannot be replaced the general solver says in full.
            self.alive &= (target < market.imports) & (market.sales > 0.0).all(axis=0)
            markets.append(market)
        if not self.alive.any():
            raise _NoneLeftError(NOT_QUICK)
        beside = beside_supports(checked, projects)
        shocks = (*checked.context, *beside)
        if move_nothing_more(beside):
            rest, _, extra = moved_by(self.model, shocks, self.layout)
            search = system.with_markets(rest, extra, markets)
        else:
            search = self._system(shocks, markets)
        found = self._solve("search", search, "context").state.support
        decisions, each = list(checked.decisions), iter(found)
        for project, amounts in zip(projects, replaced, strict=True):
            for places, of_site in zip(project.places, amounts, strict=True):
                log, whole = next(each), sum(of_site, start=np.zeros(1))
                for place, amount in zip(places, of_site, strict=True):
                    # As `study.resolve.with_supports` has it.
                    shock = decisions[place]
                    factor = np.exp(log * amount / whole / shock.weight)
                    decisions[place] = replace(shock, factor=factor)
        return replace(checked, decisions=tuple(decisions))

    def _solve(
        self, name: str, system: System, after: str | None = None, *, kept: Sequence[str] = LEVELS
    ) -> Solutions:
        solved = self._solutions(name, system, self._start(name, system, after), kept)
        self.alive &= solved.solved
        if not self.alive.any():
            raise _NoneLeftError(NOT_QUICK)
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
            steps = [chord.steps(theta) for theta in system.fixed.theta[:, 0].T]
            self._at, self._chord = StepsTogether.of(steps, np.zeros((0, len(steps)))), chord
        at = self._at._replace(power=together.power_of_support)
        return chord_solve.solve_side_by_side(
            chord, together, points, at, target=TOLERANCE, asked=self.alive, kept=kept
        )

    def ended(self, draw: int) -> _Central:
        """Where the equilibria of a draw ended, for others to begin from."""
        states = {name: _state_of(state, draw) for name, state in self.states.items()}
        return _Central(states, self.supports[:, draw])

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


class _CentralRun(_Run):
    """The central programme, which makes the Jacobian of all draws.

    Draws are spread around their context, and need fewest steps with the Jacobian there.
    """

    columns = 1

    def __init__(self, drafts: Drafts, several: Sequence[Problem], begin: Sequence[_Central]) -> None:
        super().__init__(drafts, several, begin)
        self._systems: dict[str, System] = {}
        self._at_context: Chord | None = None

    def chord_of_draws(self) -> Chord:
        """Return the Jacobian at the context, with the answers to supports where some are searched for; of a run that is solved."""
        chord = self._made_at_context()
        if "search" not in self._systems:
            return chord
        return chord.with_supports(self._systems["search"], _state_of(self.states["search"], 0))

    def _made_at_context(self) -> Chord:
        if self._at_context is None:
            self._at_context = Chord.at(self._systems["context"], _state_of(self.states["context"], 0))
        return self._at_context

    def _solutions(self, name: str, system: System, start: State, kept: Sequence[str]) -> Solutions:
        self._systems[name] = system
        begin = _state_of(start, 0)
        known = chord_solve.already(system, begin, TOLERANCE)
        if known is not None:
            each = np.array([known.residual]), np.array([known.evaluations])
            return Solutions(np.array([True]), begin.column(), known.found, *each)
        # Before the context is solved, the Jacobian is that of where it begins.
        solved = "context" in self.states
        return self._by(self._made_at_context() if solved else Chord.at(system, begin), system, start, kept)


class QuickRun:
    """What further equilibria of a solved draw start from.

    Args:
        run: The draws among which it was solved.
        draw: Its place among them.
        problem: What it is.
    """

    def __init__(self, run: _Run, draw: int, problem: Problem) -> None:
        self._run, self._draw, self._problem = run, draw, problem

    @property
    def ended(self) -> _Central:
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
    def _steps(self) -> dict[int, Steps]:
        return {}

    def steps(self, chord: Chord) -> Steps:
        """Return the chord at its trade elasticities."""
        if id(chord) not in self._steps:
            self._steps[id(chord)] = chord.steps(self.column.base.technology.trade[:, 0])
        return self._steps[id(chord)]

    def moved_by(self, shocks: Sequence[Shock]) -> Scenarios:
        """Return the scenario that shocks make of its balanced World."""
        return moved_by(self.column, shock_columns.in_columns([shocks]), self._layout)

    def system(self, scenario: Scenarios) -> System:
        """Return a scenario of its balanced World, arranged."""
        return System.side_by_side(self.column.base, *scenario, self._layout)


Further = tuple[QuickRun, System, State]
"""Another equilibrium of a solved draw: the draw, the system, and where to begin."""


def _known(prepared: Prepared) -> dict[str, State]:
    """States of the central programme that the general solver has found, by name."""
    balancing = {} if prepared.model.balancing is None else {"balance": prepared.model.balancing}
    found = {**balancing, "context": prepared.context_alone, "everything": prepared.everything}
    return {name: state_of(equilibrium) for name, equilibrium in found.items()}


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


def _state_of(state: State, draw: int) -> State:
    """The state of one of several draws."""
    return State(*(np.ascontiguousarray(part[..., draw]) for part in state))


def _replaced(decisions: Sequence[Shock], project: Replacement) -> list[list[np.ndarray]]:
    """What each support of each site of a market is to replace (d,), by its shock."""

    def amount(place: int) -> np.ndarray:
        shock = decisions[place]
        assert isinstance(shock, SupportShock)
        return np.asarray(shock.weight * shock.amount)

    return [[amount(place) for place in places] for places in project.places]
