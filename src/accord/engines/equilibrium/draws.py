"""Many scenarios, or many elasticities, of one economy.

`solve_many` solves them one by one with the same compiled function on a few threads (JAX lets go of Python's lock while it
computes). Each draw begins from the base and knows of no other, so its result is the same to the last bit whatever the number of
threads and however the draws are split over calls. On a CPU that is also the quickest way.

`solve_batch` maps one iteration over all draws of a batch (`jax.vmap`), which is how an accelerator is kept busy. Its sums are taken
in another order and every draw iterates until the slowest has converged, so results agree to the solver's tolerance and not to the bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial, reduce
from itertools import chain, islice, repeat
from operator import or_
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from accord.engines.equilibrium.attempt import Unchecked, unchecked
from accord.engines.equilibrium.features import Features, features_of
from accord.engines.equilibrium.inputs import BaseEconomy, Floats, Options, Scenario, with_same_payers
from accord.engines.equilibrium.result import Equilibrium
from accord.engines.equilibrium.solver import Solver
from accord.errors import EngineError

AHEAD = 2
"""Draws in flight for each thread: none idles, and results that nobody has asked for yet do not pile up."""


class Summary(NamedTuple):
    """What is kept of a draw when its arrays are not wanted.

    Attributes:
        household_consumption: At base prices (n,), USD million.
        residual: Largest relative residual of any equation, Walras' law included.
        iterations: Evaluations of the system.
        continuation_steps: One when the scenario was reached in one go.
    """

    household_consumption: Floats
    residual: float
    iterations: int
    continuation_steps: int


def summary(equilibrium: Equilibrium) -> Summary:
    """Return the summary of `equilibrium`."""
    stats = equilibrium.stats
    return Summary(
        equilibrium.household_consumption, stats.largest_residual, stats.iterations, stats.continuation_steps
    )


def with_trade_elasticity(base: BaseEconomy, trade_elasticity: Floats) -> BaseEconomy:
    """Return `base` with other trade elasticities (k,): its flows, hence its shares, are data and stay as they are."""
    return base._replace(technology=base.technology._replace(trade=trade_elasticity))


def solve_many(
    bases: BaseEconomy | Iterable[BaseEconomy],
    scenarios: Scenario | Iterable[Scenario],
    options: Options | None = None,
    *,
    threads: int = 2,
    keep: Callable[[Equilibrium], Any] = summary,
    keep_failures: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Iterator[tuple[int, Any]]:
    """Yield (number of the draw, its result) in order, each as soon as it and those before it are finished.

    Leaving the loop, or Ctrl-C, drops the draws that have not begun and waits for those that have; what was yielded is the caller's.

    Args:
        bases: One base for all draws, or one each. Arrays shared with the first go to the device once.
        scenarios: One scenario for all draws, or one each. Iterators are read no further than needed.
        options: Engine options.
        threads: Draws solved at the same time.
        keep: What to keep of each equilibrium; runs on the thread that solved it. `lambda equilibrium: equilibrium` keeps all.
        keep_failures: Yield the `EngineError` of a draw that has no equilibrium in the place of its result; raised otherwise.
        progress: Called on the caller's thread with the number of draws finished so far.
    """
    if threads < 1:
        raise ValueError(f"threads is {threads}; it is at least 1")
    return _in_order(_pairs(bases, scenarios), options or Options(), threads, keep, keep_failures, progress)


def _pairs(
    bases: BaseEconomy | Iterable[BaseEconomy], scenarios: Scenario | Iterable[Scenario]
) -> Iterator[tuple[BaseEconomy, Scenario]]:
    # Both are named tuples, hence iterable themselves.
    if isinstance(bases, BaseEconomy):
        one = [scenarios] if isinstance(scenarios, Scenario) else scenarios
        return zip(repeat(bases), one, strict=False)
    if isinstance(scenarios, Scenario):
        return zip(bases, repeat(scenarios), strict=False)
    return zip(bases, scenarios, strict=True)


def _in_order(
    pairs: Iterator[tuple[BaseEconomy, Scenario]],
    options: Options,
    threads: int,
    keep: Callable[[Equilibrium], Any],
    keep_failures: bool,
    progress: Callable[[int], None] | None,
) -> Iterator[tuple[int, Any]]:
    first = next(pairs, None)
    if first is None:
        return
    shared = _Shared(first)

    def draw(base: BaseEconomy, scenario: Scenario) -> Any:
        on_device = shared.to_device((base, scenario))
        try:
            found = Solver(on_device[0], options)(on_device[1])
        except EngineError as error:
            return error
        return keep(replace(found, base=base, scenario=scenario))

    pool = ThreadPoolExecutor(threads, thread_name_prefix="accord-draw")
    try:
        waiting: deque[Future[Any]] = deque()
        queue = chain([first], pairs)
        finished = 0
        while True:
            for pair in islice(queue, AHEAD * threads - len(waiting)):
                waiting.append(pool.submit(draw, *pair))
            if not waiting:
                return
            result = waiting.popleft().result()
            if isinstance(result, EngineError) and not keep_failures:
                raise EngineError(f"draw {finished}: {result}") from result
            finished += 1
            if progress is not None:
                progress(finished)
            yield finished - 1, result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Shared:
    """Moves arrays to the device, those of the first draw once: draws mostly differ in one array of many."""

    def __init__(self, first: tuple[BaseEconomy, Scenario]) -> None:
        # The arrays are kept beside their copies, so that no other object can take their identity.
        self._known = {id(leaf): (leaf, jnp.asarray(leaf)) for leaf in jax.tree.leaves(first)}

    def to_device(self, arrays: Any) -> Any:
        return jax.tree.map(self._one, arrays)

    def _one(self, leaf: Any) -> Array:
        known = self._known.get(id(leaf))
        return jnp.asarray(leaf) if known is None else known[1]


def solve_batch(
    bases: BaseEconomy | Iterable[BaseEconomy],
    scenarios: Scenario | Iterable[Scenario],
    options: Options | None = None,
    *,
    size: int = 64,
) -> Iterator[tuple[int, Summary]]:
    """Yield (number of the draw, its summary) in order, solving `size` draws at a time with one mapped iteration.

    Results agree with `solve_many` to the solver's tolerance. A draw that does not converge directly is solved again by itself, with
    continuation, and raises if that fails too.

    Args:
        bases: One base for all draws, or one each.
        scenarios: One scenario for all draws, or one each.
        options: Engine options.
        size: Draws in a batch; each array that differs between draws takes this many times its memory.
    """
    if size < 1:
        raise ValueError(f"size is {size}; it is at least 1")
    return _batches(_pairs(bases, scenarios), options or Options(), size)


def _batches(
    pairs: Iterator[tuple[BaseEconomy, Scenario]], options: Options, size: int
) -> Iterator[tuple[int, Summary]]:
    done = 0
    while drawn := list(islice(pairs, size)):
        scenarios = with_same_payers([scenario for _, scenario in drawn])
        batch = [(base, scenario) for (base, _), scenario in zip(drawn, scenarios, strict=True)]
        # A short last batch is filled up with its last draw, so that one compiled function serves all.
        filled = batch + batch[-1:] * (size - len(batch))
        leaves, structure = zip(*(jax.tree.flatten(pair) for pair in filled), strict=True)
        by_leaf = list(zip(*leaves, strict=True))
        axes = tuple(None if _same(copies) else 0 for copies in by_leaf)
        arrays = [
            copies[0] if axis is None else np.stack(copies)
            for copies, axis in zip(by_leaf, axes, strict=True)
        ]
        features = reduce(or_, {features_of(base, scenario) for base, scenario in batch})
        found = jax.tree.map(np.asarray, _mapped(structure[0], axes, size, features, options, arrays))
        for position, (base, scenario) in enumerate(batch):
            if found.converged[position]:
                yield done, _summary_of(found, position)
            else:
                yield done, _alone(done, base, scenario, options)
            done += 1


def _same(copies: Sequence[Any]) -> bool:
    return all(copy is copies[0] for copy in copies)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _mapped(
    structure: Any,
    axes: tuple[int | None, ...],
    size: int,
    features: Features,
    options: Options,
    arrays: list[Array],
) -> Unchecked:
    def one(*leaves: Array) -> Unchecked:
        base, scenario = jax.tree.unflatten(structure, leaves)
        return unchecked(base, scenario, options, features)

    return jax.vmap(one, in_axes=axes, axis_size=size)(*arrays)


def _summary_of(found: Unchecked, position: int) -> Summary:
    return Summary(
        household_consumption=found.household_consumption[position],
        residual=max(float(entry[position]) for entry in found.residuals),
        iterations=int(found.iterations[position]),
        continuation_steps=1,
    )


def _alone(number: int, base: BaseEconomy, scenario: Scenario, options: Options) -> Summary:
    try:
        return summary(Solver(base, options)(scenario))
    except EngineError as error:
        raise EngineError(f"draw {number}: {error}") from error
