"""Solves the draws of a programme as whole paths: for each, the World, elasticities and programme of the draw, year after year.

A draw's path is that of `study.path` with the draw's own numbers: shares that the base data hold are among them, so the calendar of
intensities is the draw's own too. The quick solver takes its years where it takes the draw; else the general one does. A draw knows of
no other, and each of its years depends on that year and the capital that the years before left: bytes do not depend on threads,
batches, or where a run was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.linalg import LinAlgError

from accord.adapters.capital import investment_ratio, with_capital
from accord.adapters.equilibrium import Model
from accord.engines.equilibrium.chord import NOT_QUICK
from accord.engines.equilibrium.chord_solve import QuickSolution
from accord.engines.equilibrium.inputs import HOUSEHOLD
from accord.engines.equilibrium.quick import covers
from accord.engines.equilibrium.quick_state import State
from accord.errors import AccordError, EngineError, ProgrammeError, WorldError
from accord.programme.timeline import timings_of
from accord.shocks import Shock
from accord.study.check import Checked
from accord.study.company import in_company
from accord.study.delay import Setting
from accord.study.draws import DrawSolver, QuickDraw, finished_draws, key_of
from accord.study.full import Progress
from accord.study.path import Years, YearSolver
from accord.study.prepare import Prepared
from accord.study.quick_further import Further, QuickRun
from accord.study.unknowns import Draw, Drawn, Unknowns
from accord.world import World

PATH_FORMAT = "accord paths 1"

TOGETHER = 32
"""Most draws whose years a process solves side by side."""


@dataclass(frozen=True)
class Paths:
    """Finished draws of a path.

    Attributes:
        base: Household consumption in the base data of each draw (draws, regions), USD million; NaN where a draw failed.
        effects: Effect of the decisions in each year of the horizon (draws, years, regions), USD million of the base year.
        failures: Reason of each draw without a path, by number.
        general: Numbers of the draws that the quick solver left to the general one.
    """

    base: np.ndarray
    effects: np.ndarray
    failures: Mapping[int, str]
    general: frozenset[int] = frozenset()

    @property
    def kept(self) -> np.ndarray:
        """Which draws have a path (draws,), booleans."""
        return np.all(np.isfinite(self.base), axis=1) & np.all(np.isfinite(self.effects), axis=(1, 2))


def solve_paths(
    setting: Setting,
    unknowns: Unknowns,
    at: Mapping[str, np.ndarray],
    draws: int,
    seed: int,
    *,
    variants: Sequence[World] = (),
    folder: Path | None = None,
    keep: bool = True,
    progress: Progress | None = None,
) -> Paths:
    """Return every draw: those finished earlier from the store, the rest solved now and stored one by one.

    Args:
        setting: Programme, World, day of evaluation and horizon.
        unknowns: What is unknown.
        at: Coordinates of the draws by name.
        draws: Number of draws.
        seed: Seed of `at`, part of the key.
        variants: The World's variants in the order of `unknowns.imputations`; the World itself by default.
        folder: Folder of the store; the platform's cache by default.
        keep: Whether finished draws are kept for the next time.
        progress: Called after each draw.
    """
    prepared, horizon = setting.prepared, setting.horizon
    drawn, worlds = Drawn(unknowns, at, draws), tuple(variants) or (prepared.world,)
    shape = (1 + len(horizon.years), len(prepared.world.regions))
    calendar = {
        "as_of": setting.as_of.isoformat(),
        "horizon": asdict(horizon),
        "capital": asdict(setting.years.capital),
        "lag_years": setting.lag_years,
    }
    key = key_of(prepared, unknowns, tuple(at), seed, variants, path=PATH_FORMAT, calendar=calendar)
    records, failures, general = finished_draws(
        lambda: _PathSolver(setting, drawn, worlds),
        shape[0] * shape[1],
        draws,
        key,
        folder=folder,
        keep=keep,
        progress=progress,
    )
    records = records.reshape(draws, *shape)
    return Paths(records[:, 0], records[:, 1:], failures, general)


class _Quick:
    """The records of draws by their numbers with the quick solver; it can be sent to another process.

    Attributes:
        together: Most draws at a time: who waits sees how far they are.
    """

    def __init__(self, setting: Setting, solve: QuickDraw) -> None:
        self._setting, self._solve = setting, solve
        self.together, self.kind = min(TOGETHER, solve.together), solve.kind

    def __call__(self, numbers: Sequence[int]) -> list[np.ndarray | None]:
        runs = {
            number: found[0]
            for number, found in zip(numbers, self._solve.runs(numbers), strict=True)
            if found is not None
        }
        tasks = [
            partial(self._along, self._solve.programme.drawn[number], run) for number, run in runs.items()
        ]
        records = dict(zip(runs, in_company(tasks, self._solve.further), strict=True))
        return [records.get(number) for number in numbers]

    def _along(self, draw: Draw, run: QuickRun, ask: Ask) -> np.ndarray | None:
        try:
            return _along(self._setting, draw, run.model, run.checked, QuickYears(run, ask))
        except (AccordError, LinAlgError):
            return None  # the general solver finds it, or says why not


Ask = Callable[[Further], QuickSolution | None]
"""Solves a further equilibrium of a draw, or says that it cannot."""


class _PathSolver:
    """Solves one draw by its number (`draws.Solver`); shared by threads, which change nothing in it."""

    def __init__(self, setting: Setting, drawn: Drawn, variants: tuple[World, ...]) -> None:
        self._setting, self._drawn = setting, drawn
        self._draws = DrawSolver(setting.prepared, drawn, variants)
        self._shape = (1 + len(setting.horizon.years), len(setting.prepared.world.regions))
        self.quick = None if self._draws.quick is None else _Quick(setting, self._draws.quick)

    def with_quick(self, number: int, record: np.ndarray | None) -> tuple[np.ndarray, str]:
        """Return record and reason of a draw (`draws.Solver`)."""
        if record is not None:
            return record, ""
        draw = self._drawn[number]
        try:
            model, checked = self._draws.general(draw)
            return _along(self._setting, draw, model, checked, None), ""
        except (EngineError, ProgrammeError, WorldError) as error:
            return np.full(self._shape[0] * self._shape[1], np.nan), str(error)


def _along(
    setting: Setting, draw: Draw, model: Model, checked: Checked, solver: YearSolver | None
) -> np.ndarray:
    """Household consumption of the base, then the effect of every year: (1 + years) x regions numbers."""
    programme, horizon = setting.programme.with_estimates(draw.values), setting.horizon
    timings = timings_of(programme.measures, setting.as_of, setting.programme.base_year, setting.lag_years)
    years = Years(Prepared(programme, checked, model), setting.years.capital, threads=1, solver=solver)
    (effects,) = years.along([timings], horizon)
    base = model.base.final_spending[:, HOUSEHOLD] - model.base.resource_cost
    return np.concatenate([base[None], effects]).ravel()


class QuickYears:
    """Solves the years of one draw by the quick solver; a `YearSolver`.

    Each year begins between the draw's own two ends, context alone and all decisions in full, as far from the first as its decisions
    are weighty: it depends on the year alone.

    Args:
        run: The draw, solved.
        ask: Solves a year.
    """

    def __init__(self, run: QuickRun, ask: Ask) -> None:
        self._run, self._ask = run, ask
        self._context, self._everything = (run.states[name] for name in ("context", "everything"))
        self._full = self._weight(run.checked.decisions)

    def __call__(
        self, shocks: Sequence[Shock], capital_hat: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return household consumption and real investment (`path.YearSolver`), or raise an `EngineError`."""
        model = self._run.model
        scenario = self._run.moved_by(shocks)
        if capital_hat is not None:
            rest = with_capital(model, scenario.rest, capital_hat[:, None])
            scenario = scenario._replace(rest=rest)
        if not covers(self._run.column.base, scenario.rest):
            raise EngineError("a year of the path has what the quick solver leaves out")
        system = self._run.system(scenario)
        solution = self._ask((self._run, system, self._start(shocks)))
        if solution is None:
            raise EngineError(NOT_QUICK)
        found = solution.found
        consumption = system.consumption(found)[:, 0]
        if capital_hat is None:
            return consumption, None
        return consumption, investment_ratio(model, found.final[..., 0], np.exp(found.use_price[..., 0]))

    def _start(self, shocks: Sequence[Shock]) -> State:
        decided = {shock.measure for shock in self._run.checked.decisions}
        share = self._weight([shock for shock in shocks if shock.measure in decided]) / max(self._full, 1e-12)
        start = [
            near + min(share, 1.0) * (far - near)
            for near, far in zip(self._context, self._everything, strict=True)
        ]
        return State(*start)

    @staticmethod
    def _weight(shocks: Sequence[Shock]) -> float:
        return float(sum(shock.weight for shock in shocks))
