"""Levers valued over years: a party's gain is the present value of its yearly effects, so that speed is worth something.

    gain    = sum over years of w[t] (consumption(context[t], decisions[t], transfers) - consumption(context[t])),  w[t] of `path.Horizon`
    d gain  = sum over years of w[t] d consumption[t] / d scenario[t]  .  d scenario[t] / d lever

A year's scenario follows from how much of each measure is in effect (`programme.timeline`). Its share is the mean over the days of the
year of a ramp, so that it has a continuous derivative with respect to the length of the ramp, and to its start where there is a ramp;
the start of what comes at once makes a kink at each turn of the year, where the derivative is that of one side or the mean of both.
Transfers of levers and side payments are paid in every year of the horizon, at the size of the base-year economy.

Reported points are solved by `path.Years`, the code of `accord delay`, on the programme with the levers' values; searches use
`year_walks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from accord.adapters.directions import moving, weighted_sum
from accord.adapters.equilibrium_scenario import scenario_of
from accord.engines.equilibrium import Scenario
from accord.errors import Fault
from accord.programme.lever import DELAY, INTENSITY, PHASE_IN
from accord.programme.measures import ImportSubstitution
from accord.programme.timeline import DAYS_PER_YEAR, Timing, timing_of
from accord.shocks import Shock, TransferShock
from accord.study.handles import Handle, handles_of
from accord.study.learning_path import calendar_years, saved_by_learning
from accord.study.lever_shocks import Changes
from accord.study.levers import Deal, Negotiation, beside
from accord.study.path import ROUNDING, Intensities, Years
from accord.study.prepare import Prepared
from accord.study.time_setting import Setting
from accord.study.year_walks import AtOnce, Direction, OneByOne, Walk, Walker, Year


class Plan(NamedTuple):
    """A deal with its dates.

    Attributes:
        deal: What the levers mean.
        timings: When each decision acts, by id.
        paid: Yearly transfers, side payments among them.
        shares: How much of each decision is in effect in each year (t, decision).
    """

    deal: Deal
    timings: dict[str, Timing]
    paid: tuple[TransferShock, ...]
    shares: np.ndarray


@dataclass
class PresentValue(Negotiation):
    """A programme whose levers move, valued over years.

    Attributes:
        setting: Day of evaluation, horizon and rule for capital.
    """

    setting: Setting = field(kw_only=True)
    _known: dict[Timing, tuple[float, ...]] = field(default_factory=dict)
    _alone: dict[tuple[str, ...], dict[Intensities, np.ndarray]] = field(default_factory=dict)

    outcome = "present-value"
    unit = "USD million of present value"

    @classmethod
    def over(cls, setting: Setting) -> PresentValue:
        """Return the negotiation over the levers of a programme whose horizon is set."""
        handles, default = handles_of(setting.prepared)
        return cls(setting.prepared, handles, default, setting=setting).checked()

    @property
    def a_year(self) -> float:
        """Present value of one USD million a year over the horizon, and beyond it where that counts."""
        return float(self.setting.horizon.factors.sum() + self.setting.horizon.terminal_factor)

    @property
    def valued(self) -> str:
        """What a gain is, in words."""
        horizon, capital = self.setting.horizon, self.setting.years.capital
        return f"the present value as of {horizon.first} of the years {horizon.sentence}; {capital.sentence}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader must know about how gains are valued."""
        return (
            (
                f"gains are in USD million of present value as of {self.setting.horizon.first}, and in % of the present value of base "
                f"household consumption in the same years: 1 USD million in each of them is {self.a_year:,.4g} USD million"
            ),
            f"the record stands on {self.setting.as_of} ({self.setting.as_of_source}); dates follow from it as in `accord delay`",
            "payments are made in each of the years, and grow with the reference growth",
            *(
                f"measure '{timing.measure}' acts from {timing.day}: {timing.basis}"
                for timing in self.setting.timings.values()
                if timing.assumed and timing.measure in self.setting.years.measures
            ),
        )

    def _faults(self, one: Handle) -> list[Fault]:
        """What is wrong with a lever: it moves what has happened already, or nothing in any of the years."""
        where, today = f"lever '{one.id}', of = \"{one.of}\"", self.setting.as_of
        written = self.setting.timings.get(one.measure)
        start = None if written is None else written.start
        if start is not None and one.keys == (DELAY,) and one.low < 0.0:
            earliest = start + one.low * DAYS_PER_YEAR
            if start <= today.toordinal() or earliest < today.toordinal():
                soonest = max(start - today.toordinal(), 0.0) / DAYS_PER_YEAR
                return [
                    Fault(
                        where,
                        f"it would have '{one.measure}' begin before {today}, the day of evaluation",
                        f"low = {-soonest:.2f} or more",
                    )
                ]
        begun = start is not None and start <= today.toordinal()
        if one.keys == (PHASE_IN,) and begun and one.low <= 0.0:
            return [
                Fault(
                    where,
                    f"'{one.measure}' is being phased in since {written.day if written else ''}, and cannot have been in full at once",
                    "low above 0: what remains is then gone through faster",
                )
            ]
        place = self.handles.index(one)
        low, high = (np.array(self.here), np.array(self.here))
        low[place], high[place] = 0.0, 1.0
        if one.is_intensity or self._differ(self._plan(low), self._plan(high)):
            return []
        horizon = self.setting.horizon
        return [
            Fault(
                where,
                f"nothing moves with it in the years {horizon.first} to {horizon.last}, so that no gain would",
                "a number that some year depends on: a decision in full before them, or begun after them, has no speed to agree on",
                f'Use for example "{one.measure}.{INTENSITY}", or other years: --from, --until',
            )
        ]

    @staticmethod
    def _differ(one: Plan, other: Plan) -> bool:
        """Whether anything happens otherwise in some year."""
        alike = np.allclose(one.shares, other.shares, rtol=0.0, atol=10.0**-ROUNDING)
        return not alike or one.deal.decisions != other.deal.decisions

    def _plan(
        self, x: np.ndarray, acting: Sequence[str] | None = None, extra: Sequence[TransferShock] = ()
    ) -> Plan:
        """What the levers at `x` mean, with dates."""
        deal = self.deal(x, acting)
        timings = {name: self._timing(name, deal.changes.get(name, ())) for name in deal.decisions}
        shares = np.zeros((len(self._calendar), len(timings)))
        for place, timing in enumerate(timings.values()):
            shares[:, place] = self._shares_of(timing)
        return Plan(deal, timings, (*deal.paid, *extra), shares)

    def _shares_of(self, timing: Timing) -> tuple[float, ...]:
        """How much is in effect in each year of the calendar."""
        if timing not in self._known:
            self._known[timing] = tuple(timing.in_year(year) for year in self._calendar)
        return self._known[timing]

    def _timing(self, name: str, changes: Changes) -> Timing:
        """When decision `name` acts with `changes`."""
        setting = self.setting
        values = {keys: value for keys, value in changes if keys in {(PHASE_IN,), (DELAY,)}}
        written = setting.timings[name]
        measure = self._changed.measure(name, changes)
        timing = timing_of(measure, setting.as_of, setting.programme.base_year, setting.lag_years)
        if (PHASE_IN,) in values:
            as_written = replace(timing, phase_in_days=written.phase_in_days)
            timing = as_written.phased_in_over(values[PHASE_IN,], setting.as_of)
        if (DELAY,) in values:
            timing = timing.delayed(values[DELAY,], setting.as_of)
        return timing

    @cached_property
    def _calendar(self) -> range:
        """Years that are solved: with capital that adjusts, those between the base year and the horizon too."""
        horizon = self.setting.horizon
        first = horizon.base_year + 1 if self.setting.years.capital.adjusts else horizon.first
        return range(first, horizon.last + 1)

    @cached_property
    def _weights(self) -> np.ndarray:
        """What a dollar of each year of the calendar is worth (t,)."""
        horizon = self.setting.horizon
        weights = np.zeros(len(self._calendar))
        weights[-len(horizon.years) :] = horizon.factors
        weights[-1] += horizon.terminal_factor
        return weights

    @cached_property
    def _walker(self) -> Walker:
        capital = self.setting.years.capital
        if capital.adjusts:
            return OneByOne(self.prepared.model, capital.depreciation)
        return AtOnce(self._neighbourhood)

    @cached_property
    def _without(self) -> np.ndarray:
        """What consumption under the context alone is worth (n,), over the same years."""
        walk = self._walker.walk([Year(shocks, partial(self._scenario, shocks)) for shocks in self._context])
        self.solves += walk.solved
        return self._weights @ walk.consumption

    def _year_of_context(self, year: int) -> tuple[Shock, ...]:
        weighted = (
            shock.weighted(round(self.setting.timings[shock.measure].in_year(year), ROUNDING))
            for shock in self.prepared.checked.context
        )
        return tuple(shock for shock in weighted if shock.weight != 0.0)

    @cached_property
    def _context(self) -> list[tuple[Shock, ...]]:
        return [self._year_of_context(year) for year in self._calendar]

    def _shocks_of(self, plan: Plan, place: int) -> tuple[Shock, ...]:
        """Shocks of the year at `place` of the calendar."""
        decided = (
            shock
            for name, share in zip(plan.deal.decisions, plan.shares[place], strict=True)
            for shock in plan.deal.of(name, float(share))
        )
        paid = plan.paid if self._calendar[place] >= self.setting.horizon.first else ()
        return (*self._context[place], *(shock for shock in decided if shock.weight != 0.0), *paid)

    def _key(self, plan: Plan, place: int) -> tuple[object, ...]:
        """Years with equal keys have equal shocks, to the rounding of day counts."""
        shares = tuple(round(float(share), ROUNDING) + 0.0 for share in plan.shares[place])
        return (*shares, self._context[place], self._calendar[place] >= self.setting.horizon.first)

    def _scenario(self, shocks: tuple[Shock, ...]) -> Scenario:
        return scenario_of(self.prepared.model, shocks)

    def _solved(self, plan: Plan) -> tuple[Walk, np.ndarray]:
        """The path and the gains of every region (n,)."""
        without = self._without  # first: what the walker remembers then is a path with decisions
        years = [
            Year(self._key(plan, place), partial(self._scenario_of, plan, place))
            for place in range(len(self._calendar))
        ]
        walk = self._walker.walk(years)
        self.solves += walk.solved
        return walk, self._weights @ walk.consumption - without + self._saved(plan)

    def _scenario_of(self, plan: Plan, place: int) -> Scenario:
        return self._scenario(self._shocks_of(plan, place))

    def _saved(self, plan: Plan) -> np.ndarray:
        """What projects cost less, or more, in their years than the levelised cost and the loan that equilibria hold (n,)."""
        horizon = self.setting.horizon
        if not self._differs_by_year:
            return np.zeros_like(self.yearly_consumption)
        timings = {**self.setting.timings, **plan.timings}
        found = saved_by_learning(self._as_agreed(plan), timings, calendar_years(horizon.years))
        return horizon.value(found)

    @cached_property
    def _differs_by_year(self) -> bool:
        return any(
            isinstance(measure, ImportSubstitution)
            and not (measure.learning is None and measure.loan is None)
            for measure in self.prepared.programme.measures
        )

    def worth(self, x: np.ndarray, acting: Sequence[str] | None = None) -> np.ndarray:
        """Return the gains of every region (n,), USD million of present value."""
        return self._solved(self._plan(x, acting))[1]

    def gains(
        self, x: np.ndarray, regions: Sequence[int], acting: Sequence[str] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return gains, % of the present value of base household consumption (m,), and their derivatives with respect to x (m, d)."""
        chosen = list(regions)
        scale = 100.0 / self.consumption[chosen]
        walk, found = self._solved(self._plan(x, acting))
        places = range(len(self.handles))
        stencils = [
            [(weight, self._plan(point, acting)) for weight, point in beside(x, place)] for place in places
        ]
        slopes = self._walker.slopes(
            walk, self._weights, [self._along_lever(stencil) for stencil in stencils]
        )
        saved = np.stack(
            [
                sum((weight * self._saved(beside_it) for weight, beside_it in stencil), np.zeros(()))
                for stencil in stencils
            ]
        )
        return found[chosen] * scale, (slopes + saved)[:, chosen].T * scale[:, None]

    def _along_lever(self, stencil: Sequence[tuple[float, Plan]]) -> Direction:
        """How the scenario of each year moves along a lever; years that move alike share one object."""
        known: dict[tuple[object, ...], Scenario | None] = {}

        def of(place: int) -> Scenario | None:
            keys = tuple(self._key(plan, place) for _, plan in stencil)
            if keys not in known:
                shocks = [self._shocks_of(plan, place) for _, plan in stencil]
                known[keys] = (
                    None
                    if all(one == shocks[0] for one in shocks[1:])
                    else weighted_sum(
                        [
                            (weight, moving(self._scenario(one)))
                            for (weight, _), one in zip(stencil, shocks, strict=True)
                        ]
                    )
                )
            return known[keys]

        return of

    def paying(
        self, x: np.ndarray, payments: Sequence[TransferShock], spread: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the gains (n,) with payments made every year, and their derivatives along each column of net receipts (n, u)."""
        plan = self._plan(x, None, payments)
        walk, found = self._solved(plan)
        if spread is None:
            return found, None
        still = weighted_sum([(0.0, moving(self._scenario_of(plan, len(self._calendar) - 1)))])

        def along(column: np.ndarray) -> Direction:
            moved = still._replace(transfer=column)
            first = self.setting.horizon.first
            return lambda place: moved if self._calendar[place] >= first else None

        slopes = self._walker.slopes(walk, self._weights, [along(column) for column in spread.T])
        return found, slopes.T

    def again(
        self, x: np.ndarray, extra: Sequence[TransferShock] = (), acting: Sequence[str] | None = None
    ) -> np.ndarray:
        """Return the gains (n,), every year solved afresh from the base by the code that values paths and delays."""
        plan = self._plan(x, acting, extra)
        agreed, setting = self._as_agreed(plan), self.setting
        begins = float(date(setting.horizon.first, 1, 1).toordinal())
        timings = {
            **setting.timings,
            **plan.timings,
            **{shock.measure: Timing(shock.measure, begins, 0.0, 0.0, "agreed") for shock in plan.paid},
        }
        years = Years(agreed, setting.years.capital, setting.years.threads)
        known = self._alone.setdefault(years.measures, {})
        years.solved |= known
        (effects,) = years.along([timings], setting.horizon)
        self.solves += years.solves - len(known)
        contexts = len(years.contexts)
        known |= {row: found for row, found in years.solved.items() if not any(row[contexts:])}
        return setting.horizon.value(effects)

    def _as_agreed(self, plan: Plan) -> Prepared:
        """The programme with the levers' values in it: decisions at their intensity, transfers as decisions of their own."""
        prepared = self.prepared
        decisions = [shock for name in plan.deal.decisions for shock in plan.deal.of(name)]
        kept = tuple(shock for shock in decisions if shock.weight != 0.0)
        measures = tuple(
            self._changed.measure(measure.id, plan.deal.changes.get(measure.id, ()))
            if measure.id in plan.deal.decisions
            else measure
            for measure in prepared.programme.measures
        )
        return replace(
            prepared,
            programme=prepared.programme.model_copy(update={"measures": measures}),
            checked=replace(prepared.checked, decisions=(*kept, *plan.paid)),
        )
