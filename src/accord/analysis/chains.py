"""The heaviest supply chains, exactly: "Russian metals -> Belarusian machinery -> Russian investment".

A chain is a source i_t, links i_t -> ... -> i_1 -> i_0 of inputs, and a final use u of product i_0. It carries

    W = v[i_t] A[i_t, i_{t-1}] ... A[i_1, i_0] y[i_0, u]

USD million of value added of its source; the chains of all lengths add up to v' L y, so none is counted twice. A chain qualifies when
its source is a partner and it crosses a border between two partners at least c times, its last delivery included.
Source: Defourny and Thorbecke (1984), structural path analysis; best-first search with an exact bound: Hart, Nilsson and Raphael (1968).

**Proof that the first k found are the k heaviest.** Let h[c,i] be the most that a part of a chain which begins (from its final end) at i
and still needs c crossings can multiply onto what came before:

    h[c,i] = max( v[i] if c = 0 and i may be a source,  max_s A[s,i] h[c - crossing(s,i), s] )

A partial chain of weight w at (i, c) waits in the queue under w h[c,i]. (1) That is an upper bound on every chain it can become, and one
chain attains it, by the definition of h. (2) All chains not yet reported continue a partial chain in the queue, because extending one puts
back all its continuations: the next best alternative of the same step, and the best first step of the new one. (3) The queue gives its
largest bound first. So when a complete chain comes out, its weight, which is its own bound, is at least every bound in the queue, hence at
least the weight of every chain not yet reported. No cut-off is set by hand: what is never expanded is proved to be lighter.

Products A[s,i] are below one where value added is positive, so h is the limit of at most n steps of the recursion; in practice about ten.
Negative final purchases (stocks run down) and sources of negative value added start no chain; their chains would not be weights.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from accord.analysis.labelled import labelled
from accord.analysis.production import Production, production_of
from accord.errors import AccordError, EngineError
from accord.numerics.leontief import Change
from accord.tables import Table
from accord.world import World

MAX_SWEEPS = 2000
"""Sweeps of the recursion for the bound; a chain that needs more has more links than that."""


class Chain(NamedTuple):
    """One chain.

    Attributes:
        weight: Value added of the source that it carries, USD million.
        producers: Positions from the source to the maker of the final product.
        buyer: Position of the region of final use.
        use: Position of the final use.
    """

    weight: float
    producers: tuple[int, ...]
    buyer: int
    use: int


def chains(
    world: World, partners: Sequence[str], *, top: int = 20, crossings: int = 1, links: int = 1
) -> Table:
    """The `top` heaviest chains from partners that cross borders between partners at least `crossings` times.

    Args:
        world: The World.
        partners: Two regions or more.
        top: How many.
        crossings: Borders between partners that a chain must cross; 2 keeps what goes there and comes back.
        links: Deliveries between producers that a chain must have at least; 0 admits sales straight to final users.
    """
    production = production_of(world)
    partners = production.partners(partners)
    if top < 1 or crossings < 0 or links < 0:
        raise AccordError(
            f"chains need top of 1 or more and crossings and links of 0 or more; got {top}, {crossings}, {links}."
        )
    search = _search(production, partners, crossings, links)
    total = total_carried(production, partners, crossings, links)
    found = []
    for chain in search.heaviest():
        found.append(chain)
        if len(found) == top:
            break
    carried = np.array([chain.weight for chain in found])
    frame = pd.DataFrame(
        {
            "rank": np.arange(1, len(found) + 1),
            "chain": [_named(world, chain) for chain in found],
            "links": [len(chain.producers) for chain in found],
            "border_links": [_crossings(production, partners, chain) for chain in found],
            "chain_usd": carried,
            "cumulative_share": carried.cumsum() / total,
        }
    )
    name = f"chains_{crossings}" if crossings != 1 else "chains"
    borders = (
        f"cross a border between them {crossings} times or more"
        if crossings != 1
        else "cross a border between them"
    )
    return labelled(
        world, name, f"Heaviest chains from {' and '.join(partners)} that {borders}", frame, ("rank",)
    )


def total_carried(production: Production, partners: Sequence[str], crossings: int, links: int) -> float:
    """Value added of partners that all chains carry which qualify, USD million; blank for more than one link.

    With A0 and y0 without, and A1 and y1 only the deliveries between partners, chains that cross exactly c times make the output

        x[0] = L0 y0,   x[1] = L0 (A1 x[0] + y1),   x[c] = L0 A1 x[c-1]

    so that all chains less those of fewer crossings remain. L0 is one low-rank change of the factorised system.
    """
    if links > 1:
        return np.nan
    source = np.zeros(production.size)
    rows = production.positions(partners)
    source[rows] = np.maximum(production.value_added_per_output[rows], 0.0)
    positive = np.maximum(_final_by_use(production), 0.0).sum(axis=2)
    final, crossing, changes = positive.sum(axis=1), np.zeros(production.size), []
    coefficients = production.system.coefficients
    for seller in partners:
        for buyer in partners:
            if seller != buyer:
                sells, buys = production.at(seller), production.at(buyer)
                changes.append(Change(sells, buys, -coefficients[np.ix_(sells, buys)]))
                crossing[sells] += positive[sells, production.regions.index(buyer)]
    total = float(source @ production.system.solve(final))
    if crossings > 0:
        inside = production.system.changed(changes)
        output = inside.solve(final - crossing)
        total -= float(source @ output)
        for step in range(1, crossings):
            demanded = crossing.copy() if step == 1 else np.zeros(production.size)
            for sells, buys, cut in changes:
                demanded[sells] -= cut @ output[buys]
            output = inside.solve(demanded)
            total -= float(source @ output)
    if links == 1:  # sales of a source straight to final users
        total -= float(source @ (final if crossings == 0 else crossing if crossings == 1 else 0.0 * final))
    return total


def _search(production: Production, partners: tuple[str, ...], crossings: int, links: int) -> _Search:
    group = np.full(len(production.regions), -1)
    group[[production.regions.index(partner) for partner in partners]] = np.arange(len(partners))
    source = np.where(
        (group >= 0)[production.region_of], np.maximum(production.value_added_per_output, 0.0), 0.0
    )
    return _Search(
        production.system.coefficients,
        source,
        _final_by_use(production),
        group[production.region_of],
        group,
        crossings,
        links,
    )


@dataclass
class _Search:
    """Best-first search over partial chains; a state is (producer, crossings still needed, links still needed).

    Attributes:
        coefficients: A (supplier, user).
        source: v (n,), zero where a chain may not begin.
        final: y (n, buyer, use).
        group: Partner of each producer, -1 for third countries, (n,).
        buyer_group: The same for regions of final use.
        crossings: Crossings that a chain needs.
        links: Links between producers that a chain needs.
    """

    coefficients: np.ndarray
    source: np.ndarray
    final: np.ndarray
    group: np.ndarray
    buyer_group: np.ndarray
    crossings: int
    links: int
    bounds: dict[tuple[int, int], np.ndarray] = field(init=False)
    _steps: dict[tuple[int, int, int], tuple[np.ndarray, np.ndarray]] = field(
        init=False, default_factory=dict
    )

    _start_cache: tuple[np.ndarray, np.ndarray] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.bounds = {}
        for links in range(self.links + 1):
            for needed in range(self.crossings + 1):
                self.bounds[needed, links] = self._bound(needed, links)

    def heaviest(self) -> Iterator[Chain]:
        """Every chain that qualifies, heaviest first."""
        order = count()  # ties come out in the order they went in, so that the result is the same each time
        queue: list[tuple[float, int, _Partial]] = []

        def put(partial: _Partial) -> None:
            bound = self._bound_of(partial)
            if bound > 0.0:
                heapq.heappush(queue, (-bound, next(order), partial))

        starts, _ = self._starts()
        put(_Partial(1.0, (), 0, 0, 0, 0, 0))
        while queue:
            minus_bound, _, partial = heapq.heappop(queue)
            if partial.complete:
                yield Chain(-minus_bound, partial.producers[::-1], partial.buyer, partial.use)
                continue
            if not partial.producers:  # the choice of a final sale
                if partial.choice + 1 < len(starts):
                    put(partial._replace(choice=partial.choice + 1))
                if partial.choice < len(starts):
                    put(self._begun(starts[partial.choice]))
                continue
            here = partial.producers[-1]
            steps, _ = self._sorted_steps(here, partial.needed, partial.links)
            if partial.choice + 1 <= len(steps):
                put(partial._replace(choice=partial.choice + 1))
            step = int(steps[partial.choice])
            if step < 0:
                put(partial._replace(weight=partial.weight * self.source[here], complete=True))
            else:
                put(
                    _Partial(
                        partial.weight * self.coefficients[step, here],
                        (*partial.producers, step),
                        max(partial.needed - self._crosses(step, here), 0),
                        max(partial.links - 1, 0),
                        0,
                        partial.buyer,
                        partial.use,
                    )
                )

    def _bound_of(self, partial: _Partial) -> float:
        if partial.complete:
            return partial.weight
        if not partial.producers:
            starts, bounds = self._starts()
            return float(bounds[partial.choice]) if partial.choice < len(starts) else 0.0
        _, bounds = self._sorted_steps(partial.producers[-1], partial.needed, partial.links)
        return partial.weight * float(bounds[partial.choice]) if partial.choice < len(bounds) else 0.0

    def _starts(self) -> tuple[np.ndarray, np.ndarray]:
        """Final sales (flat positions of `final`) by falling bound, and the bounds."""
        if self._start_cache is None:
            crossing = (
                (self.group[:, None] >= 0)
                & (self.buyer_group >= 0)
                & (self.group[:, None] != self.buyer_group)
            )
            after = np.where(
                crossing,
                self.bounds[max(self.crossings - 1, 0), self.links][:, None],
                self.bounds[self.crossings, self.links][:, None],
            )
            bound = (np.maximum(self.final, 0.0) * after[:, :, None]).ravel()
            order = np.argsort(-bound, kind="stable")
            order = order[bound[order] > 0.0]
            self._start_cache = order, bound[order]
        return self._start_cache

    def _begun(self, start: int) -> _Partial:
        maker, buyer, use = (int(position) for position in np.unravel_index(start, self.final.shape))
        crossing = self.group[maker] >= 0 and self.buyer_group[buyer] >= 0
        crossing = int(crossing and self.group[maker] != self.buyer_group[buyer])
        needed = max(self.crossings - crossing, 0)
        return _Partial(float(self.final[maker, buyer, use]), (maker,), needed, self.links, 0, buyer, use)

    def _sorted_steps(self, here: int, needed: int, links: int) -> tuple[np.ndarray, np.ndarray]:
        """Next suppliers of `here` by falling bound, -1 for "begin here"; and the bounds A[s,here] h[s]."""
        key = here, needed, links
        if key not in self._steps:
            column = self.coefficients[:, here]
            bound = column * self._after(here, needed, links)
            steps = np.flatnonzero(bound > 0.0)
            bound = bound[steps]
            if needed == 0 and links == 0 and self.source[here] > 0.0:
                steps, bound = np.append(steps, -1), np.append(bound, self.source[here])
            order = np.argsort(-bound, kind="stable")
            self._steps[key] = steps[order], bound[order]
        return self._steps[key]

    def _after(self, here: int, needed: int, links: int) -> np.ndarray:
        """Bounds h of each supplier once the link to `here` is made, (n,)."""
        fewer = max(links - 1, 0)
        plain = self.bounds[needed, fewer]
        if needed == 0 or self.group[here] < 0:
            return plain
        crossing = (self.group >= 0) & (self.group != self.group[here])
        return np.where(crossing, self.bounds[needed - 1, fewer], plain)

    def _crosses(self, supplier: int, user: int) -> int:
        one, other = self.group[supplier], self.group[user]
        return int(one >= 0 and other >= 0 and one != other)

    def _bound(self, needed: int, links: int) -> np.ndarray:
        """h[needed, links] (n,) as the limit of its recursion; states that need less are known already."""
        size = len(self.source)
        known = self.source.copy() if needed == 0 and links == 0 else np.zeros(size)
        if needed > 0:
            fewer = self.bounds[needed - 1, max(links - 1, 0)]
            for group in range(self.group.max() + 1):
                users = np.flatnonzero(self.group == group)
                suppliers = np.flatnonzero((self.group >= 0) & (self.group != group))
                best = _max_product(self.coefficients, suppliers, users, fewer[suppliers])
                known[users] = np.maximum(known[users], best)
        if links > 0:
            return np.maximum(known, self._plain_step(needed, self.bounds[needed, links - 1]))
        bound = known
        for _ in range(MAX_SWEEPS):
            improved = np.maximum(known, self._plain_step(needed, bound))
            if np.array_equal(improved, bound):
                return bound
            bound = improved
        raise EngineError(
            "the weights of chains have no bound: some producers buy more inputs than they have output. "
            "Find them with: accord world check NAME"
        )

    def _plain_step(self, needed: int, after: np.ndarray) -> np.ndarray:
        """Best product over links that cross no border between partners (or over all, when none is needed any more)."""
        everyone = np.arange(len(self.source))
        if needed == 0:
            return _max_product(self.coefficients, everyone, everyone, after)
        best = np.zeros(len(self.source))
        for group in range(-1, self.group.max() + 1):
            users = np.flatnonzero(self.group == group)
            same = (self.group == group) | (self.group < 0)
            suppliers = everyone if group < 0 else np.flatnonzero(same)
            best[users] = _max_product(self.coefficients, suppliers, users, after[suppliers])
        return best


class _Partial(NamedTuple):
    """A chain from its final end so far.

    Attributes:
        weight: Product of what it has passed.
        producers: From the maker of the final product backwards; empty before the final sale is chosen.
        needed: Crossings still needed.
        links: Links between producers still needed.
        choice: Which of the next steps, by falling bound, it stands for.
        buyer: Region of final use.
        use: Final use.
        complete: Whether its source is its last producer.
    """

    weight: float
    producers: tuple[int, ...]
    needed: int
    links: int
    choice: int
    buyer: int
    use: int
    complete: bool = False


def _max_product(
    coefficients: np.ndarray, suppliers: np.ndarray, users: np.ndarray, after: np.ndarray
) -> np.ndarray:
    """Largest over s of A[s,u] after[s], (u,); blocks keep memory low."""
    best = np.zeros(len(users))
    leading = after > 0.0
    suppliers, after = suppliers[leading], after[leading]
    everyone = len(users) == coefficients.shape[1]
    for begin in range(0, len(suppliers), 256):
        rows = coefficients[suppliers[begin : begin + 256]]
        block = rows if everyone else rows[:, users]
        np.maximum(best, (block * after[begin : begin + 256, None]).max(axis=0), out=best)
    return best


def _final_by_use(production: Production) -> np.ndarray:
    """Y (n, buyer, use), USD million, float64."""
    final = production.world.data["final_demand"].to_numpy()
    return final.reshape(production.size, *final.shape[2:]).astype(np.float64)


def _crossings(production: Production, partners: tuple[str, ...], chain: Chain) -> int:
    regions = [int(production.region_of[producer]) for producer in chain.producers] + [chain.buyer]
    group = {production.regions.index(partner) for partner in partners}
    return sum(one != other and one in group and other in group for one, other in pairwise(regions))


def _named(world: World, chain: Chain) -> str:
    count_of_sectors = len(world.sectors)
    names = list(world.sector_names.values())
    parts = [
        f"{world.regions[producer // count_of_sectors]} {names[producer % count_of_sectors]}"
        for producer in chain.producers
    ]
    use = world.uses[chain.use]
    return " -> ".join([*parts, f"{world.regions[chain.buyer]} {'final use' if use == 'final' else use}"])
