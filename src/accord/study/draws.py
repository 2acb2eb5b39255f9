"""Solves the draws of a programme: for each, a World, elasticities and a programme of its own, calibrated and solved twice.

A draw knows of no other draw, so its bytes do not depend on threads, batches, or where a run was interrupted.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.linalg import LinAlgError

from accord.adapters import equilibrium as adapter
from accord.errors import AccordError, EngineError, ProgrammeError, WorldError
from accord.numerics.factorisation import one_thread
from accord.study.check import Checked, matcher
from accord.study.couple import coupled
from accord.study.draw_store import may_reuse, opened, store_folder
from accord.study.full import Progress
from accord.study.prepare import Prepared
from accord.study.quick_draws import QuickDraws
from accord.study.record import source_hash
from accord.study.resolve import nearby, resolve_supports, unresolved
from accord.study.supply import contracts_of
from accord.study.unknowns import Draw, Drawn, Unknowns
from accord.world import World

THREADS = 2
AHEAD = 2
"""Draws in flight for each thread."""

FORMAT = "accord draws 3"
COMPUTING = ("numpy", "scipy", "jax", "jaxlib")
"""Libraries whose versions decide the bytes of a draw."""

TARGET = 3e-11
"""Residual that a draw aims for: a quarter fewer iterations than to rounding, and welfare still to ten digits of consumption."""

SUPPORT_TOLERANCE = 1e-6
"""Largest miss of a draw's import substitution, as a share of what is to be replaced."""

LEVELS = 3
"""Numbers kept for each region and draw: household consumption in the base, under the context, and with all decisions."""


@dataclass(frozen=True)
class Solved:
    """Finished draws.

    Attributes:
        base: Household consumption in the base data of each draw (draws, regions), USD million; NaN where a draw failed.
        context: The same under the context alone.
        everything: The same under context and decisions.
        failures: Reason of each draw without an equilibrium, by number.
    """

    base: np.ndarray
    context: np.ndarray
    everything: np.ndarray
    failures: Mapping[int, str]

    @property
    def welfare_usd(self) -> np.ndarray:
        """Household equivalent variation of the decisions (draws, regions), USD million of the base year."""
        return self.everything - self.context

    @property
    def welfare_pct(self) -> np.ndarray:
        """The same in % of base household consumption."""
        return 100.0 * self.welfare_usd / self.base


def solve_draws(
    prepared: Prepared,
    unknowns: Unknowns,
    at: Mapping[str, np.ndarray],
    draws: int,
    seed: int,
    *,
    variants: Sequence[World] = (),
    folder: Path | None = None,
    keep: bool = True,
    progress: Progress | None = None,
) -> Solved:
    """Return every draw: those finished earlier from the store, the rest solved now and stored one by one.

    Args:
        prepared: The programme on its World.
        unknowns: What is unknown.
        at: Coordinates of the draws by name.
        draws: Number of draws.
        seed: Seed of `at`, part of the key.
        variants: The World's variants in the order of `unknowns.imputations`; the World itself by default.
        folder: Folder of the store; the platform's cache by default.
        keep: Whether finished draws are kept for the next time.
        progress: Called after each draw.
    """
    drawn = Drawn(unknowns, at, draws)
    solve = DrawSolver(prepared, drawn, tuple(variants) or (prepared.world,))
    regions = len(prepared.world.regions)
    key = key_of(prepared, unknowns, at, seed, variants)
    records, failures = finished_draws(
        solve, LEVELS * regions, draws, key, folder=folder, keep=keep, progress=progress
    )
    base, context, everything = records.reshape(draws, LEVELS, regions).transpose(1, 0, 2)
    return Solved(base, context, everything, failures)


def finished_draws(
    solve: Callable[[int], tuple[np.ndarray, str]],
    width: int,
    draws: int,
    key: str,
    *,
    folder: Path | None = None,
    keep: bool = True,
    progress: Progress | None = None,
) -> tuple[np.ndarray, dict[int, str]]:
    """Return the record of every draw (draws, width), and the reason of those without an equilibrium, by number.

    Args:
        solve: Returns record and reason (empty where there is none) of a draw by its number; called by several threads.
        width: Numbers in a record.
        draws: Number of draws.
        key: Names everything that decides a draw, its number apart.
        folder: Folder of the store; the platform's cache by default.
        keep: Whether draws that are finished already are taken from the store, and new ones kept there.
        progress: Called after each draw.
    """
    tell = progress or (lambda *_: None)
    if not (keep and may_reuse()):
        return _in_memory(solve, draws, tell)
    with opened(folder or store_folder(), key, width) as store:
        begun, done = time.monotonic(), min(store.count, draws)

        def finished(number: int, record: np.ndarray, failure: str) -> None:
            if number == store.count:  # an interrupt may bring the same draw twice
                store.append(record, failure)
                tell(_with_time_left(begun, done, store.count, draws), store.count, draws)

        _solve_in_order(solve, range(done, draws), finished)
        return store.read(draws), store.failures(draws)


def _in_memory(
    solve: Callable[[int], tuple[np.ndarray, str]], draws: int, tell: Progress
) -> tuple[np.ndarray, dict[int, str]]:
    records: list[np.ndarray] = []
    failures: dict[int, str] = {}
    begun = time.monotonic()

    def finished(number: int, record: np.ndarray, failure: str) -> None:
        if number < len(records):
            return
        if failure:
            failures[number] = failure
        records.append(record)
        tell(_with_time_left(begun, 0, len(records), draws), len(records), draws)

    _solve_in_order(solve, range(draws), finished)
    return np.stack(records), failures


def _with_time_left(begun: float, before: int, done: int, draws: int) -> str:
    left = (time.monotonic() - begun) / max(done - before, 1) * (draws - done)
    return f"odds: draw {done:,} of {draws:,}, about {left:.0f} s left"


class DrawSolver:
    """Solves one draw by its number; shared by threads, so it changes nothing but memories of pure functions.

    Args:
        prepared: The programme on its World, at central values.
        drawn: The draws.
        variants: Variants of the World among which a draw takes one.
    """

    def __init__(self, prepared: Prepared, drawn: Drawn, variants: tuple[World, ...]) -> None:
        self._prepared, self._drawn, self._variants = prepared, drawn, variants
        self._match = matcher(prepared.programme, prepared.world)
        # Elasticities are put into the World as its default set, whatever set the study uses.
        default = prepared.world.elasticity_sets[0]
        self._choices = prepared.model.choices.over({"elasticities": default})
        options = prepared.model.options
        self._options = options._replace(target=max(options.target, TARGET))
        # Supports of import substitution are solved for again in every draw, from where the central run's search ended.
        self._near = nearby(prepared.model, unresolved(prepared.checked))
        self.quick = self._quick_solver(prepared, variants)
        self.width = LEVELS * len(prepared.world.regions)

    def _quick_solver(self, prepared: Prepared, variants: tuple[World, ...]) -> QuickDraws | None:
        if not QuickDraws.fits(prepared):
            return None
        try:
            return QuickDraws(prepared, self._choices, variants)
        except (AccordError, LinAlgError):
            return None

    def __call__(self, number: int) -> tuple[np.ndarray, str]:
        """Return record and reason of draw `number`; the reason is empty where it has an equilibrium."""
        try:
            return self._levels(self._drawn[number]), ""
        except (EngineError, ProgrammeError, WorldError) as error:
            # A drawn volume may exceed the World's flow.
            return np.full(self.width, np.nan), str(error)

    def _levels(self, draw: Draw) -> np.ndarray:
        checked = self.checked(draw)
        if self.quick is not None:
            try:
                return np.concatenate(self.quick(self.world(draw), draw.imputation, checked))
            except (AccordError, LinAlgError):
                pass  # the general solver finds it, or says why not
        model, checked = self.general(draw, checked)
        everything = (*checked.context, *checked.decisions)
        context = model.solve(checked.context)
        end = model.solve(everything) if checked.decisions else context
        base = model.base.final_spending[:, 0] - model.base.resource_cost
        return np.concatenate([base, context.household_consumption, end.household_consumption])

    def general(self, draw: Draw, checked: Checked) -> tuple[adapter.Model, Checked]:
        """Return the World of a draw calibrated for the general solver, and the draw's shocks with supports found."""
        model = adapter.build_model(
            self.world(draw),
            (*checked.context, *checked.decisions),
            self._choices,
            options=self._options,
        )
        return model, resolve_supports(model, checked, self._near, SUPPORT_TOLERANCE)

    def checked(self, draw: Draw) -> Checked:
        """Return the shocks of a draw, with supports still open."""
        programme = coupled(self._prepared.programme.with_estimates(draw.values))
        context, decisions = (
            contracts_of(
                self._prepared.world,
                tuple(self._match(shock) for shock in programme.shocks(roles=(role,))),
            )
            for role in ("context", "decision")
        )
        return replace(self._prepared.checked, context=context, decisions=decisions)

    def world(self, draw: Draw) -> World:
        """Return the World of a draw, with its trade elasticities as the default set."""
        world = self._variants[draw.imputation]
        theta = world.trade_elasticity(draw.elasticity_set) * draw.elasticity_factor
        default = world.data["trade_elasticity"]
        drawn = xr.DataArray(theta, dims=default.dims, attrs=default.attrs)
        return replace(world, data=world.data.assign(trade_elasticity=drawn))


def _solve_in_order(
    solve: Callable[[int], tuple[np.ndarray, str]],
    numbers: Sequence[int],
    finished: Callable[[int, np.ndarray, str], None],
) -> None:
    """Call `finished` with each number and result in order; on an interrupt, with those that are finished by then, and then stop."""
    with one_thread():
        _on_threads(solve, numbers, finished)


def _on_threads(
    solve: Callable[[int], tuple[np.ndarray, str]],
    numbers: Sequence[int],
    finished: Callable[[int, np.ndarray, str], None],
) -> None:
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="accord-odds")
    waiting: deque[tuple[int, Future[tuple[np.ndarray, str]]]] = deque()
    queue = iter(numbers)
    try:
        while True:
            while len(waiting) < AHEAD * THREADS and (number := next(queue, None)) is not None:
                waiting.append((number, pool.submit(solve, number)))
            if not waiting:
                return
            number, future = waiting[0]
            finished(number, *future.result())
            waiting.popleft()
    except KeyboardInterrupt:
        pool.shutdown(wait=True, cancel_futures=True)
        for number, future in waiting:
            if future.cancelled() or not future.done():
                break
            finished(number, *future.result())
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def key_of(
    prepared: Prepared,
    unknowns: Unknowns,
    at: Mapping[str, np.ndarray],
    seed: int,
    variants: Sequence[World],
    **more: object,
) -> str:
    """Hash of everything that decides a draw, `more` of it by name; the number of draws does not."""
    decides = {
        "format": FORMAT,
        "programme": prepared.programme.content_hash,
        "worlds": [world.content_hash for world in (variants or (prepared.world,))],
        "choices": prepared.model.choices.model_dump(mode="json"),
        "options": prepared.model.options._asdict(),
        "unknowns": asdict(unknowns),
        "coordinates": list(at),  # a coordinate's place decides its points
        "seed": seed,
        "code": source_hash(),
        "libraries": {name: metadata.version(name) for name in COMPUTING},
        **more,
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:24]
