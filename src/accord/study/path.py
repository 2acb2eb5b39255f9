"""A path of equilibria: each year's measures at their intensity, and what the years are worth today (METHODS section 14).

    effect of a year   = household consumption(context and decisions of that year) - household consumption(context of that year)
    K[t+1]             = (1 - delta) K[t] + I[t],   base year a steady state: I[0] = delta K[0]
    present value      = sum over years of effect[t] (1+g)^(t - base year) / (1+r)^(t - first year), and a stated terminal value

What a project that learns costs is that of the year (`learning_path.py`). Only household consumption is valued: investment becomes
consumption later, so counting it too would count it twice. Years between which neither measures nor capital differ are one equilibrium,
solved once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, NamedTuple

import numpy as np

from accord.adapters import equilibrium as adapter
from accord.adapters.capital import investment_hat, why_capital_is_fixed, with_capital
from accord.engines.equilibrium import Scenario
from accord.errors import ProgrammeError
from accord.programme.timeline import Timing
from accord.shocks import Shock
from accord.study.learning_path import calendar_years, saved_by_learning
from accord.study.prepare import Prepared

Terminal = Literal["none", "perpetuity"]
Progress = Callable[[str, int, int], None]

YEARS = 20
"""Years of the horizon unless the caller says otherwise."""

DEPRECIATION = 0.05
"""Share of the capital stock that wears out in a year, hence the speed at which it adjusts.

Assumption: Penn World Table averages lie between 0.03 and 0.06 a year."""


@dataclass(frozen=True)
class Horizon:
    """Which years count, and for how much.

    Attributes:
        first: First calendar year; everything is valued as of it.
        last: Last calendar year. Fixed: a delay does not move it.
        discount_rate: Real rate a year.
        base_year: Year of the data, from which reference growth counts.
        growth: Reference growth a year: effects are proportional to an economy that grows at this rate. Zero is none.
        terminal: What lies beyond `last`: nothing (`none`), or the last year's effect for ever (`perpetuity`).
    """

    first: int
    last: int
    discount_rate: float
    base_year: int
    growth: float = 0.0
    terminal: Terminal = "none"

    def __post_init__(self) -> None:
        if not self.base_year < self.first <= self.last:
            raise ProgrammeError(
                f"the years {self.first} to {self.last} are no horizon: the first comes after the base year {self.base_year} "
                "and not after the last. Write for example: --from 2025 --until 2044"
            )
        if self.terminal == "perpetuity" and self.discount_rate <= self.growth:
            raise ProgrammeError(
                f"at a discount rate of {self.discount_rate:g} and growth of {self.growth:g} effects that last for ever are worth "
                "infinitely much. Take a higher rate, less growth, or: --terminal none"
            )

    @property
    def years(self) -> range:
        """The calendar years."""
        return range(self.first, self.last + 1)

    @property
    def factors(self) -> np.ndarray:
        """Value in the first year of one USD of effect (at the size of the base-year economy) in each year (t,)."""
        years = np.array(self.years)
        grown = (1.0 + self.growth) ** (years - self.base_year)
        return grown / (1.0 + self.discount_rate) ** (years - self.first)

    @property
    def terminal_factor(self) -> float:
        """Value in the first year of one USD of effect of the last year going on for ever after it."""
        if self.terminal == "none":
            return 0.0
        step = (1.0 + self.growth) / (1.0 + self.discount_rate)
        return float(self.factors[-1] * step / (1.0 - step))

    def value(self, effects: np.ndarray) -> np.ndarray:
        """Present value (n,) of effects (t, n)."""
        return self.factors @ effects + self.terminal_factor * effects[-1]

    @property
    def sentence(self) -> str:
        """The horizon in words."""
        growth = f"reference growth {self.growth:.1%} a year" if self.growth else "no reference growth"
        beyond = {
            "none": "nothing counted beyond",
            "perpetuity": "the last year's effect counted for ever beyond",
        }[self.terminal]
        return (
            f"{self.first} to {self.last}, discount rate {self.discount_rate:.1%} a year, {growth}, {beyond}"
        )


@dataclass(frozen=True)
class Capital:
    """Whether and how fast capital adjusts.

    Attributes:
        depreciation: delta, share that wears out in a year.
        fixed_because: Why it stays at its base; empty when it adjusts.
    """

    depreciation: float
    fixed_because: str = ""

    @property
    def adjusts(self) -> bool:
        """Whether the stock moves."""
        return not self.fixed_because

    @property
    def sentence(self) -> str:
        """The rule in words."""
        if self.fixed_because:
            return f"capital stays at its base: {self.fixed_because}"
        return (
            f"capital adjusts: {self.depreciation:.1%} of it wears out in a year, and investment is a fixed share of income; "
            "the base year is taken as a steady state"
        )


def capital_of(prepared: Prepared, depreciation: float = DEPRECIATION, *, adjusting: bool = True) -> Capital:
    """Return how capital moves in a prepared study: it adjusts where the model allows it, unless told not to."""
    fixed = why_capital_is_fixed(prepared.model) if adjusting else "as asked"
    return Capital(depreciation, fixed)


Intensities = tuple[float, ...]
"""How much of each measure is in effect: contexts in order, then decisions in order."""

ROUNDING = 10
"""Decimals at which two intensities are one: day counts of equal ramps differ by rounding alone."""


class _Stage(NamedTuple):
    """What is kept of a year whose capital depends on those before it: consumption (n,), the stock it leaves, the solver's point."""

    consumption: np.ndarray
    stock: np.ndarray
    point: np.ndarray | None


YearSolver = Callable[[Sequence[Shock], np.ndarray | None], tuple[np.ndarray, np.ndarray | None]]
"""From the shocks of a year and the stock of capital over its base (n,; None where it is fixed) to household consumption at base
prices (n,) and real investment over its base (n,; None where capital is fixed). It depends on its arguments alone."""


@dataclass
class Years:
    """Solves years, each distinct one once.

    Attributes:
        prepared: The study.
        capital: How capital moves.
        threads: Years solved at the same time.
        progress: Called with (what is being done, done, in all).
        solver: Another solver of years than the general one.
        solved: Household consumption at base prices (n,) by intensities, where capital is fixed.
    """

    prepared: Prepared
    capital: Capital
    threads: int = 2
    progress: Progress = lambda *_: None
    solver: YearSolver | None = None
    solved: dict[Intensities, np.ndarray] = field(default_factory=dict)
    _stages: dict[tuple[tuple[Intensities, float], ...], _Stage] = field(default_factory=dict)

    @property
    def contexts(self) -> tuple[str, ...]:
        """Ids of the measures of the context that make shocks."""
        return tuple(dict.fromkeys(shock.measure for shock in self.prepared.checked.context))

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that make shocks: the order of `Intensities`."""
        return (*self.contexts, *self.prepared.measures)

    @property
    def solves(self) -> int:
        """Equilibria solved so far."""
        return len(self.solved) + len(self._stages)

    def effects(
        self, schedules: Sequence[Mapping[str, Sequence[float]]], lengths: Sequence[float] | None = None
    ) -> list[np.ndarray]:
        """Return the effect at a yearly rate (t, n) of the decisions under each schedule, USD million of the base year.

        Args:
            schedules: For each path, the intensity of every measure by id in each period; all of one length.
            lengths: Length of each period in years, over which capital moves; one by default.
        """
        full = [self._rows(schedule, alone=False) for schedule in schedules]
        alone = [self._rows(schedule, alone=True) for schedule in schedules]
        consumption = self._consumption([*full, *alone], lengths)
        return [
            np.array(consumption[place]) - np.array(consumption[place + len(full)])
            for place in range(len(full))
        ]

    def along(self, timings: Sequence[Mapping[str, Timing]], horizon: Horizon) -> list[np.ndarray]:
        """Return the yearly effects (t, n) over the horizon when measures act at `timings`, for each set of them.

        Where capital adjusts, the years between the base year and the horizon are gone through first. Costs of learning projects are
        those of the year.
        """
        start = horizon.base_year + 1 if self.capital.adjusts else horizon.first
        years = range(start, horizon.last + 1)
        found = self.effects([schedule_of(each, years) for each in timings])
        spans = calendar_years(horizon.years)
        return [
            effects[horizon.first - start :] + saved_by_learning(self.prepared, each, spans)
            for effects, each in zip(found, timings, strict=True)
        ]

    def at_once(self, schedules: Sequence[Mapping[str, Sequence[float]]]) -> list[np.ndarray]:
        """Return the effects (t, n) under each schedule with capital at its base, whatever the rule for capital."""
        return replace(self, capital=Capital(self.capital.depreciation, "as asked")).effects(schedules)

    def _rows(self, schedule: Mapping[str, Sequence[float]], *, alone: bool) -> tuple[Intensities, ...]:
        """Intensities of each year; with `alone`, of the context without decisions."""
        decisions = set(self.prepared.measures)
        columns = [
            [0.0] * len(schedule[name]) if alone and name in decisions else list(schedule[name])
            for name in self.measures
        ]
        if not columns:  # everything is dropped: every period is the base
            return ((),) * max(map(len, schedule.values()), default=1)
        return tuple(
            tuple(round(value, ROUNDING) + 0.0 for value in row) for row in zip(*columns, strict=True)
        )

    def _consumption(
        self, paths: Sequence[tuple[Intensities, ...]], lengths: Sequence[float] | None
    ) -> list[list[np.ndarray]]:
        if self.capital.adjusts:
            return self._along(paths, lengths)
        self._solve_at_once(dict.fromkeys(row for path in paths for row in path))
        return [[self.solved[row] for row in path] for path in paths]

    def _solve_at_once(self, rows: Iterable[Intensities]) -> None:
        """Solve what has not been solved yet; each from the base, so that results depend on nothing else."""
        missing = [row for row in rows if row not in self.solved]
        if self.solver is not None:
            self.solved |= {row: self.solver(self._shocks(row), None)[0] for row in missing}
            return
        from accord.engines.equilibrium import solve_many  # which loads JAX

        scenarios = (self._scenario(row) for row in missing)
        model = self.prepared.model
        found = solve_many(
            model.base, scenarios, model.options, threads=self.threads, progress=self._tell(len(missing))
        )
        for place, summary in found:
            self.solved[missing[place]] = summary.household_consumption

    def _tell(self, total: int) -> Callable[[int], None]:
        return lambda done: self.progress("solving the years", done, total)

    def _along(
        self, paths: Sequence[tuple[Intensities, ...]], lengths: Sequence[float] | None
    ) -> list[list[np.ndarray]]:
        """Year after year, each with the capital that the years before it left; paths share what they have in common."""
        results: list[list[np.ndarray]] = []
        total = sum(map(len, paths))
        for number, path in enumerate(paths):
            stock = np.ones(len(self.prepared.world.regions))
            point: np.ndarray | None = None
            consumption: list[np.ndarray] = []
            spans = [1.0] * len(path) if lengths is None else list(lengths)
            for year in range(len(path)):
                key = tuple(zip(path[: year + 1], spans, strict=False))
                if key not in self._stages:
                    found, invested, point = self._year(path[year], stock, point)
                    turnover = self.capital.depreciation * spans[year]
                    after = (1.0 - turnover) * stock + turnover * invested
                    self._stages[key] = _Stage(found, after, point)
                    self.progress("solving the years", sum(map(len, paths[:number])) + year + 1, total)
                stage = self._stages[key]
                stock, point = stage.stock, stage.point
                consumption.append(stage.consumption)
            results.append(consumption)
        return results

    def _year(
        self, row: Intensities, stock: np.ndarray, point: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Household consumption and real investment over its base with this stock, and the solver's point."""
        model = self.prepared.model
        if self.solver is not None:
            consumption, invested = self.solver(self._shocks(row), stock)
            assert invested is not None
            return consumption, invested, None
        state = model.solver(with_capital(model, self._scenario(row), stock), point)
        return state.household_consumption, investment_hat(model, state), state.point

    def _scenario(self, row: Intensities) -> Scenario:
        return adapter.scenario_of(self.prepared.model, self._shocks(row))

    def _shocks(self, row: Intensities) -> tuple[Shock, ...]:
        return self.shocks(dict(zip(self.measures, row, strict=True)))

    def shocks(self, intensity: Mapping[str, float]) -> tuple[Shock, ...]:
        """Return the shocks of context and decisions at these intensities."""
        checked = self.prepared.checked
        weighted = (
            shock.weighted(intensity[shock.measure]) for shock in (*checked.context, *checked.decisions)
        )
        return tuple(shock for shock in weighted if shock.weight != 0.0)


def schedule_of(timings: Mapping[str, Timing], years: Iterable[int]) -> dict[str, list[float]]:
    """Return the intensity of each measure in each year, by id."""
    calendar = list(years)
    return {name: [timing.in_year(year) for year in calendar] for name, timing in timings.items()}


def first_year(as_of: date, base_year: int) -> int:
    """First year of a horizon: that of the evaluation, and after the base year, which is data."""
    return max(as_of.year, base_year + 1)
