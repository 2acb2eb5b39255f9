"""Solves the draws of a programme: for each, a World, elasticities and a programme of its own, calibrated and solved.

A draw knows of no other draw, so its bytes do not depend on threads, processes, batches, or where a run was interrupted.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from importlib import metadata
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.linalg import LinAlgError

from accord.adapters import equilibrium as adapter
from accord.errors import AccordError, EngineError, ProgrammeError, WorldError
from accord.numerics.collector import no_collection
from accord.numerics.factorisation import one_thread
from accord.numerics.kept_memory import kept_memory
from accord.study.check import Checked
from accord.study.draw_blocks import Hands, blocks_of, share_out
from accord.study.draw_processes import cores, processes, sent
from accord.study.draw_store import may_reuse, opened, store_folder
from accord.study.drawn_programme import DrawnProgramme
from accord.study.full import Progress
from accord.study.prepare import Prepared
from accord.study.quick_draws import QuickDraws
from accord.study.quick_further import QuickRun
from accord.study.quick_run import Levels
from accord.study.record import source_hash
from accord.study.resolve import nearby, resolve_supports, unresolved
from accord.study.support_search import Nearby
from accord.study.unknowns import Draw, Drawn, Unknowns
from accord.world import World

THREADS = 2
"""Threads that solve where no process does: the general solver lets go of Python's lock."""
TOGETHER = 64
"""Most draws that are solved side by side: they read what they share once, and divide between them what a call of NumPy costs."""
ROOM = 1_000_000_000
"""Bytes that draws side by side may take in a process; in large Worlds they are fewer."""
ARRAYS = 130
"""Numbers that a draw takes at its peak for each product and row of users: 5.6 MB on the worked example's 5 x 50 x 21."""
WORTH_PROCESSES = 48
"""Draws from which it pays to start processes, which load the libraries first."""

FORMAT = "accord draws 4"
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
        general: Numbers of the draws that the quick solver left to the general one.
    """

    base: np.ndarray
    context: np.ndarray
    everything: np.ndarray
    failures: Mapping[int, str]
    general: frozenset[int] = frozenset()

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
    worlds, regions = tuple(variants) or (prepared.world,), len(prepared.world.regions)
    key = key_of(prepared, unknowns, tuple(at), seed, variants)
    records, failures, general = finished_draws(
        lambda: DrawSolver(prepared, drawn, worlds),
        LEVELS * regions,
        draws,
        key,
        folder=folder,
        keep=keep,
        progress=progress,
    )
    base, context, everything = records.reshape(draws, LEVELS, regions).transpose(1, 0, 2)
    return Solved(base, context, everything, failures, general)


class Finished(NamedTuple):
    """What is kept of finished draws.

    Attributes:
        records: Record of every draw (draws, width).
        failures: Reason of each draw without an equilibrium, by number, in their order.
        general: Numbers of the draws that the quick solver left to the general one.
    """

    records: np.ndarray
    failures: dict[int, str]
    general: frozenset[int]


class Quick(Protocol):
    """Solves most draws, several at a time, here or in other processes."""

    @property
    def together(self) -> int:
        """Most draws at a time."""
        ...

    def kind(self, number: int) -> int:
        """Return what draws have in common that are best solved together: those of one kind share most."""
        ...

    def __call__(self, numbers: Sequence[int]) -> list[np.ndarray | None]:
        """Return the record of each of the draws, or None where it cannot."""
        ...


class Solver(Protocol):
    """Solves one draw by its number; called by several threads."""

    @property
    def quick(self) -> Quick | None:
        """Solves most draws; None where it can solve none."""
        ...

    def with_quick(self, number: int, record: np.ndarray | None) -> tuple[np.ndarray, str]:
        """Return record and reason (empty where there is none) of a draw, given what `quick` found, if it did."""
        ...


def finished_draws(
    solver: Callable[[], Solver],
    width: int,
    draws: int,
    key: str,
    *,
    folder: Path | None = None,
    keep: bool = True,
    progress: Progress | None = None,
) -> Finished:
    """Return the record of every draw, and what became of those that the quick solver did not solve.

    Args:
        solver: Makes the solver; called where some draw is left to be solved.
        width: Numbers in a record.
        draws: Number of draws.
        key: Names everything that decides a draw, its number apart.
        folder: Folder of the store; the platform's cache by default.
        keep: Whether draws that are finished already are taken from the store, and new ones kept there.
        progress: Called after each draw.
    """
    tell = progress or (lambda *_: None)
    if not (keep and may_reuse()):
        return _unmarked(*_in_memory(solver, draws, tell))
    with opened(folder or store_folder(), key, width + 1) as store:
        left = store.left(draws)
        told = _Told(tell, draws, left)

        def finished(number: int, record: np.ndarray, failure: str) -> None:
            store.append(number, record, failure)
            told(number)

        if left:
            _solve_all(solver, left, finished)
        return _unmarked(store.read(draws), store.failures(draws))


class _Told:
    """Tells how far draws are, each once: an interrupt may bring the same draw twice."""

    def __init__(self, tell: Progress, draws: int, left: Sequence[int]) -> None:
        self._tell, self._draws, self._left = tell, draws, set(left)
        self._begun, self._to_do = time.monotonic(), len(left)
        if left:
            tell(f"odds: making ready for {len(left):,} draws", draws - len(left), draws)

    def __call__(self, number: int) -> None:
        """Tell that a draw is finished."""
        if number not in self._left:
            return
        self._left.remove(number)
        left, done = len(self._left), self._draws - len(self._left)
        seconds = (time.monotonic() - self._begun) / (self._to_do - left) * left
        self._tell(f"odds: draw {done:,} of {self._draws:,}, about {seconds:.0f} s left", done, self._draws)


def _marked(solver: Solver, number: int, record: np.ndarray | None) -> tuple[np.ndarray, str]:
    """Record and reason of a draw; the record with a number more, which is one where the general solver was asked."""
    own, failure = solver.with_quick(number, record)
    return np.append(own, float(record is None)), failure


def _unmarked(records: np.ndarray, failures: dict[int, str]) -> Finished:
    return Finished(
        records[:, :-1], dict(sorted(failures.items())), frozenset(np.flatnonzero(records[:, -1]).tolist())
    )


def _in_memory(solver: Callable[[], Solver], draws: int, tell: Progress) -> tuple[np.ndarray, dict[int, str]]:
    records: dict[int, np.ndarray] = {}
    failures: dict[int, str] = {}
    told = _Told(tell, draws, range(draws))

    def finished(number: int, record: np.ndarray, failure: str) -> None:
        if failure:
            failures[number] = failure
        records[number] = record
        told(number)

    _solve_all(solver, range(draws), finished)
    return np.stack([records[number] for number in range(draws)]), failures


class QuickDraw:
    """Draws by the quick solver; it can be sent to another process.

    Args:
        programme: What each draw makes of the programme and its World.
        solve: The quick solver.
        rows: Products times rows of users (groups by regions) of a draw.

    Attributes:
        together: Most draws at a time.
        further: Solves further equilibria of solved draws (`QuickDraws.further`).
    """

    def __init__(self, programme: DrawnProgramme, solve: QuickDraws, rows: int) -> None:
        self.programme, self._solve = programme, solve
        self.further = solve.further
        self.together = max(1, min(TOGETHER, ROOM // (ARRAYS * np.dtype(np.float64).itemsize * rows)))

    def kind(self, number: int) -> int:
        """Return the variant of the World that a draw takes: draws of one variant share what users buy from whom."""
        return int(self.programme.drawn.imputations[number])

    def __call__(self, numbers: Sequence[int]) -> list[np.ndarray | None]:
        """Return the record of each of the draws, or None where it cannot."""
        return [None if run is None else np.concatenate(run[1]) for run in self.runs(numbers)]

    def runs(self, numbers: Sequence[int]) -> list[tuple[QuickRun, Levels] | None]:
        """Return what further equilibria of each draw start from, and its levels; None where the general solver is to be asked."""
        draws = [self.programme.drawn[number] for number in numbers]
        several: dict[int, tuple[tuple[str, int], np.ndarray, Checked]] = {}
        for number, draw, checked in zip(numbers, draws, self.programme.each_checked(draws), strict=True):
            if checked is not None:  # else the general solver says why
                theta = self.programme.trade_elasticity(draw)
                several[number] = (draw.elasticity_set, draw.imputation), theta, checked
        found = dict(zip(several, self._solve.runs(list(several.values())), strict=True))
        return [found.get(number) for number in numbers]


class DrawSolver:
    """Solves one draw by its number; shared by threads, so it changes nothing but memories of pure functions.

    Args:
        prepared: The programme on its World, at central values.
        drawn: The draws.
        variants: Variants of the World among which a draw takes one.
    """

    def __init__(self, prepared: Prepared, drawn: Drawn, variants: tuple[World, ...]) -> None:
        self._prepared, self._programme = prepared, DrawnProgramme(prepared, drawn, variants)
        # Elasticities are put into the World as its default set, whatever set the study uses.
        default = prepared.world.elasticity_sets[0]
        self._choices = prepared.model.choices.over({"elasticities": default})
        options = prepared.model.options
        self._options = options._replace(target=max(options.target, TARGET))
        self._width = LEVELS * len(prepared.world.regions)
        self.quick = self._quick_solver(prepared, variants)

    def _quick_solver(self, prepared: Prepared, variants: tuple[World, ...]) -> QuickDraw | None:
        if not QuickDraws.fits(prepared):
            return None
        try:
            solve = QuickDraws(prepared, self._choices, variants, self._programme.centres())
        except (AccordError, LinAlgError):
            return None
        return QuickDraw(self._programme, solve, prepared.model.base.expenditure.size)

    def with_quick(self, number: int, record: np.ndarray | None) -> tuple[np.ndarray, str]:
        """Return record and reason of a draw (`Solver`)."""
        if record is not None:
            return record, ""
        try:
            return self._levels(self._programme.drawn[number]), ""
        except (EngineError, ProgrammeError, WorldError) as error:
            # A drawn volume may exceed the World's flow.
            return np.full(self._width, np.nan), str(error)

    def _levels(self, draw: Draw) -> np.ndarray:
        model, checked = self.general(draw)
        everything = (*checked.context, *checked.decisions)
        context = model.solve(checked.context)
        end = model.solve(everything) if checked.decisions else context
        base = model.base.final_spending[:, 0] - model.base.resource_cost
        return np.concatenate([base, context.household_consumption, end.household_consumption])

    def general(self, draw: Draw) -> tuple[adapter.Model, Checked]:
        """Return the World of a draw calibrated for the general solver, and the draw's shocks with supports found."""
        checked = self._programme.checked(draw)
        model = adapter.build_model(
            self._programme.world(draw),
            (*checked.context, *checked.decisions),
            self._choices,
            options=self._options,
        )
        return model, resolve_supports(model, checked, self._near, SUPPORT_TOLERANCE)

    @cached_property
    def _near(self) -> Nearby | None:
        """Where the central run's search for supports ended: every draw's begins there."""
        return nearby(self._prepared.model, unresolved(self._prepared.checked))


def _solve_all(
    make: Callable[[], Solver],
    numbers: Sequence[int],
    finished: Callable[[int, np.ndarray, str], None],
) -> None:
    """Call `finished` with each number and result; on an interrupt, with those that are finished by then, and then stop."""
    many = worth_processes(len(numbers))

    def finish(number: int, result: tuple[np.ndarray, str]) -> None:
        finished(number, *result)

    with one_thread(), kept_memory(), processes(cores() - 1) if many else nullcontext() as start:
        with no_collection():
            solver = make()
            # What comes out of a file may add up in another order than what went in, so that all draws go by what came out.
            content, quick = (b"", None) if solver.quick is None else sent(solver.quick)

        def solve(block: Sequence[int]) -> list[tuple[np.ndarray, str]]:
            with no_collection():
                records = [None] * len(block) if quick is None else quick(block)
            return [_marked(solver, number, record) for number, record in zip(block, records, strict=True)]

        def solved_there(number: int, record: np.ndarray | None) -> None:
            finish(number, _marked(solver, number, record))

        there = None if start is None or quick is None else Hands(cores() - 1, start(content), solved_there)
        # Beside processes one thread works here: it has all that they load first. Python would let a second one wait for it.
        threads = THREADS if there is None else 1
        with ThreadPoolExecutor(threads, thread_name_prefix="accord-odds") as pool:
            here = Hands(threads, partial(pool.submit, solve), finish)
            hands = [here] if there is None else [here, there]
            share_out(hands, _blocks(numbers, sum(own.count for own in hands), quick))


def _blocks(numbers: Sequence[int], hands: int, quick: Quick | None) -> list[Sequence[int]]:
    if quick is None:
        return blocks_of(numbers, hands, 1, lambda _: 0)
    return blocks_of(numbers, hands, quick.together, quick.kind)


def worth_processes(draws: int) -> bool:
    """Whether it pays to start processes for so many draws."""
    return draws >= WORTH_PROCESSES and cores() > 1


def key_of(
    prepared: Prepared,
    unknowns: Unknowns,
    coordinates: Sequence[str],
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
        "coordinates": list(coordinates),  # a coordinate's place decides its points
        "seed": seed,
        "code": source_hash(),
        "libraries": {name: metadata.version(name) for name in COMPUTING},
        **more,
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:24]
