"""Which measure gives what to whom? Parts of the whole effect that add up to it, and what pairs of measures do to each other.

Three answers, because credit for what is done together is a convention (METHODS section 13):
- parts along the path on which all decisions grow together (Aumann and Shapley 1974), by exact derivatives;
- the interaction of each pair: what the two do together less what each does alone;
- for few measures, or their areas, the mean over all orders of decision (Shapley 1953), beside the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from accord.adapters.directions import scenario_speed
from accord.engines.equilibrium import Scenario
from accord.engines.equilibrium.linearised import Nearby
from accord.engines.equilibrium.outcomes import levels, outcomes
from accord.errors import EngineError
from accord.numerics.credit import interactions, path_parts, shapley_values, subsets
from accord.study.attribution_tables import attribution_table, interaction_table, sentences, shapley_table
from accord.study.full import Answer, Progress
from accord.study.near import Near, Neighbourhood
from accord.study.prepare import Prepared

COUNTS = (2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Nodes that are tried in turn until the parts add up."""

AIM, PROMISED = 1e-7, 1e-6
"""Gap, as a share of the total, that ends the search for enough nodes; and the gap that the tables promise."""

FLOOR = 1e-11
"""Share of a region's own base level below which a gap is rounding of the solver."""

MOST_PLAYERS = 8
"""Players up to which all orders are gone through: 256 equilibria."""

THREADS = 2


@dataclass(frozen=True)
class Attribution:
    """Parts of the effect of the decisions, USD million of the base year.

    Attributes:
        measures: Ids of the decisions (m).
        regions: Regions (n).
        parts: (m, o, n), outcomes in the order of `OUTCOMES`.
        total: (o, n), effect of all decisions; exact.
        base: (o, n), levels of the outcomes in the base data.
        nodes: Gauss-Legendre nodes used.
    """

    measures: tuple[str, ...]
    regions: tuple[str, ...]
    parts: np.ndarray
    total: np.ndarray
    base: np.ndarray
    nodes: int

    @property
    def gap(self) -> np.ndarray:
        """What the parts leave unexplained (o, n)."""
        return self.total - self.parts.sum(axis=0)

    @property
    def adds_up(self) -> np.ndarray:
        """Booleans (o, n): the gap is at most a millionth of the total, or below what the solver resolves."""
        return np.abs(self.gap) <= PROMISED * np.abs(self.total) + FLOOR * np.abs(self.base)


@dataclass(frozen=True)
class Together:
    """Worth of pairs and sets of decisions, USD million of the base year, outcomes as in `OUTCOMES`.

    Attributes:
        pairs: Interaction v(ij) - v(i) - v(j) + v(0) of each pair of measures, (o, n).
        alone: Effect of each measure alone on top of the context (m, o, n).
        players: Names of those whose Shapley value is given: measures, or areas where there are too many.
        members: Measures of each player.
        shapley: Their values (p, o, n); None where there are too many even of areas.
    """

    pairs: dict[tuple[int, int], np.ndarray]
    alone: np.ndarray
    players: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    shapley: np.ndarray | None


def answer(prepared: Prepared, progress: Progress) -> Answer:
    """Answer the question for `accord run --full`."""
    if not prepared.measures:
        return Answer((), ("No decision makes a shock, so there is nothing to attribute.",))
    parts = attribute(prepared, progress)
    together = work_together(prepared, progress)
    tables = [attribution_table(prepared, parts), interaction_table(prepared, parts, together)]
    if together.shapley is not None:
        tables.append(shapley_table(prepared, parts, together))
    return Answer(tuple(table for table in tables if len(table.frame)), sentences(prepared, parts, together))


def attribute(prepared: Prepared, progress: Progress | None = None) -> Attribution:
    """Return the part of each decision in every outcome of every region, along the path from the context to all decisions.

    The path is linear in log trade cost, tariff rate, log productivity and embargo intensity: that is how weights of shocks act.
    One derivative in the direction of all measures together finds how many nodes are enough; then each measure has its own.
    """
    tell = progress or (lambda *_: None)
    measures, model = prepared.measures, prepared.model
    total = levels(prepared.everything) - levels(prepared.context_alone)
    base = levels(model.unchanged)

    nearby, neighbourhood = Nearby(), Neighbourhood(prepared)

    @cache
    def state_at(share: float) -> Near:
        return neighbourhood.solve(prepared.shocks(dict.fromkeys(measures, share)))

    def slopes(share: float, groups: Sequence[Sequence[str]]) -> np.ndarray:
        """Derivatives (groups, o, n) where all decisions are at `share`, with respect to the intensity of each group."""
        at = dict.fromkeys(measures, share)

        def speed(moving: Sequence[str]) -> Scenario:
            return scenario_speed(
                model, lambda shift: prepared.shocks({**at, **dict.fromkeys(moving, share + shift)})
            )

        directions = []
        for moving in groups:
            directions.append(speed(moving))
            if len(groups) > 1:
                tell("attribution: measure by measure", next(steps), count * len(measures))
        return np.stack(nearby.directional(state_at(share), directions, outcome=outcomes))

    count = COUNTS[-1]
    for count in COUNTS:
        tell("attribution: the path", 0, 1)
        gap = np.abs(path_parts(lambda share: slopes(share, [measures])[0], count) - total)
        if np.all(gap <= AIM * np.abs(total) + FLOOR * np.abs(base)):
            break
    steps = iter(range(1, count * len(measures) + 1))
    parts = path_parts(lambda share: slopes(share, [(measure,) for measure in measures]), count)
    return Attribution(measures, prepared.world.regions, parts, total, base, count)


def work_together(prepared: Prepared, progress: Progress | None = None) -> Together:
    """Return what pairs of decisions do to each other and, where they are few, their Shapley values."""
    tell = progress or (lambda *_: None)
    measures = prepared.measures
    players, members = _players(prepared)
    pairs = list(combinations(range(len(measures)), 2))
    wanted = [frozenset(), *(frozenset({measure}) for measure in measures)]
    wanted += [frozenset({measures[i], measures[j]}) for i, j in pairs]
    coalitions = list(subsets(len(players))) if len(players) <= MOST_PLAYERS else []
    sets = {
        coalition: frozenset(measure for player in coalition for measure in members[player])
        for coalition in coalitions
    }
    value = _values(prepared, list(dict.fromkeys([*wanted, *sets.values()])), tell)
    nothing = value[frozenset()]
    alone = [value[frozenset({measure})] for measure in measures]
    both = {(i, j): value[frozenset({measures[i], measures[j]})] for i, j in pairs}
    shapley = None
    if coalitions:
        shapley = shapley_values(
            {coalition: value[inside] for coalition, inside in sets.items()}, len(players)
        )
    return Together(interactions(alone, both, nothing), np.stack(alone) - nothing, players, members, shapley)


def _players(prepared: Prepared) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The measures, or their areas where there are more than can be put in every order."""
    measures = prepared.measures
    if len(measures) <= MOST_PLAYERS:
        return measures, tuple((measure,) for measure in measures)
    area = {measure.id: measure.area for measure in prepared.programme.measures}
    areas = tuple(dict.fromkeys(area[measure] for measure in measures))
    return areas, tuple(tuple(measure for measure in measures if area[measure] == one) for one in areas)


def _values(
    prepared: Prepared, sets: Sequence[frozenset[str]], tell: Callable[[str, int, int], None]
) -> dict[frozenset[str], np.ndarray]:
    """Levels of the outcomes (o, n) with the decisions of each set in full and the others absent."""
    neighbourhood = Neighbourhood(prepared)
    absent = dict.fromkeys(prepared.measures, 0.0)
    found: dict[frozenset[str], Near] = {}

    def solve(inside: frozenset[str]) -> Near:
        shocks = prepared.shocks({**absent, **dict.fromkeys(inside, 1.0)})
        start = found.get(nothing)
        if start is not None and len(inside) > 1:
            start = neighbourhood.foretold(start, [found[frozenset({one})] for one in sorted(inside)])
        try:
            return neighbourhood.solve(shocks, start)
        except EngineError as error:
            names = ", ".join(sorted(inside)) or "no decision"
            raise EngineError(f"attribution, with {names} alone: {error}") from error

    nothing: frozenset[str] = frozenset()
    singles = [frozenset({measure}) for measure in prepared.measures]
    known = {nothing, *singles}
    with ThreadPoolExecutor(THREADS, thread_name_prefix="accord-set") as pool:
        # Sets of several begin where those of one foretell, and so come after them.
        for group in ([nothing], singles, [inside for inside in sets if inside not in known]):
            for inside, near in zip(group, pool.map(solve, group), strict=True):
                found[inside] = near
                tell("attribution: measures together", len(found), len(known | set(sets)))
    return {inside: found[inside].levels for inside in sets}
