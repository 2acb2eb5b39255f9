"""Levers on an equilibrium: values in their own units become shocks; gains of every region, with exact derivatives, come back.

Derivatives are those of the implicit function theorem (`engines.equilibrium.derivatives`) with respect to the scenario, times how the
scenario moves with each lever. The latter is a closed form of arrays and is taken by differences of `STEP` of the lever's range
(second order, inside the bounds); no equilibrium is solved for it. Gains here are those of the long run; `study.levers_in_time` values
the years instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from accord.adapters.directions import moving, weighted_sum
from accord.adapters.equilibrium_scenario import scenario_of
from accord.engines.equilibrium.linearised import Nearby
from accord.engines.equilibrium.outcomes import OUTCOMES, outcomes
from accord.errors import Fault, ProgrammeError
from accord.programme.lever import INTENSITY
from accord.shocks import PurchaseShock, ResourceCostShock, Shock, TransferShock
from accord.study.handles import Handle, handles_of
from accord.study.lever_shocks import ChangedDecisions, Changes
from accord.study.near import Near, Neighbourhood
from accord.study.prepare import Prepared

if TYPE_CHECKING:
    from typing import Self

    from accord.engines.equilibrium import Scenario

STEP = 1e-3
"""Step of differences of the scenario, share of a lever's range."""

MOST_FORWARD = 8
"""Levers up to which derivatives are taken lever by lever, with what attribution compiles; beyond, party by party."""


class Deal(NamedTuple):
    """What some values of the levers mean.

    Attributes:
        decisions: Shocks of each decision that is taken, by id, in full.
        changes: What levers change in each decision, by id.
        intensity: How much of each decision is taken, by id; one where no lever says so.
        paid: Yearly transfers of levers.
    """

    decisions: dict[str, tuple[Shock, ...]]
    changes: dict[str, Changes]
    intensity: dict[str, float]
    paid: tuple[TransferShock, ...]

    def of(self, name: str, share: float = 1.0) -> Iterator[Shock]:
        """Shocks of one decision of which `share` is in effect."""
        weight = self.intensity.get(name, 1.0) * share
        return (shock.weighted(weight) for shock in self.decisions[name])


@dataclass
class Negotiation:
    """A programme whose levers move, valued in the long run.

    Attributes:
        prepared: The programme on its World, calibrated once: what the base data hold does not move with a lever.
        handles: The levers.
        default: Whether they are the default ones.
        solves: Equilibria solved so far.
    """

    prepared: Prepared
    handles: tuple[Handle, ...]
    default: bool = False
    solves: int = 0
    _last: Near | None = None
    _nearby: Nearby = field(default_factory=Nearby)

    outcome = "long-run"
    """What a gain is, as the programme names it."""
    unit = "USD million a year"
    """Unit of gains."""

    @classmethod
    def of(cls, prepared: Prepared) -> Self:
        """Return the negotiation over the levers of a prepared programme."""
        handles, default = handles_of(prepared)
        return cls(prepared, handles, default).checked()

    def checked(self) -> Self:
        """Return this negotiation, or raise a `ProgrammeError` that names every lever on which no gain depends."""
        if not self.handles:
            raise ProgrammeError(
                "the programme has no lever and no decision, so there is nothing to negotiate about. "
                "Add [[lever]] tables: docs/methods/bargaining.md"
            )
        faults = [fault for one in self.handles if one.transfer is None for fault in self._faults(one)]
        if faults:
            raise ProgrammeError(faults)
        return self

    def _faults(self, one: Handle) -> list[Fault]:
        """What is wrong with a lever: the decision's shocks are the same at both ends of its range."""
        if one.is_intensity:
            return []
        low, high = (self._changed.shocks(one.measure, ((one.keys, value),)) for value in (one.low, one.high))
        if low != high:
            return []
        remedy = f'Use for example "{one.measure}.{INTENSITY}".'
        if one.is_timing:
            remedy = 'Value the years instead: [bargaining] outcome = "present-value"'
        return [
            Fault(
                f"lever '{one.id}', of = \"{one.of}\"",
                "no shock of the long run moves with it, so that no gain would",
                "a number that the outcome depends on",
                remedy,
            )
        ]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader must know about how gains are valued."""
        return ()

    @property
    def a_year(self) -> float:
        """What one USD million a year is worth in the unit of gains."""
        return 1.0

    @property
    def valued(self) -> str:
        """What a gain is, in words."""
        return "a year of the long run, in which every decision acts in full"

    @property
    def here(self) -> np.ndarray:
        """The programme as written, in shares of each lever's range (d,)."""
        return np.array([(one.now - one.low) / one.range for one in self.handles])

    @cached_property
    def yearly_consumption(self) -> np.ndarray:
        """Base household consumption of a year (n,), USD million."""
        return self.prepared.model.unchanged.household_consumption

    @property
    def consumption(self) -> np.ndarray:
        """Base household consumption in the unit of gains (n,): what percentages are of."""
        return self.a_year * self.yearly_consumption

    def values(self, x: np.ndarray) -> dict[str, float]:
        """Values of the levers at `x`, by id."""
        return {one.id: one.value(float(share)) for one, share in zip(self.handles, x, strict=True)}

    def netted(self, x: np.ndarray) -> np.ndarray:
        """Return `x` with payments that two parties make to each other set off: the same shocks in sum, told once."""
        x = np.array(x)
        ways = {one.transfer: place for place, one in enumerate(self.handles) if one.transfer is not None}
        for (payer, recipient), place in ways.items():
            back = ways.get((recipient, payer))
            if back is None or payer > recipient:
                continue
            one, other = self.handles[place], self.handles[back]
            both = min(
                one.value(float(x[place])) - max(one.low, 0.0),
                other.value(float(x[back])) - max(other.low, 0.0),
            )
            if both > 0.0:
                x[place] -= both / one.range
                x[back] -= both / other.range
        return x

    def deal(self, x: np.ndarray, acting: Sequence[str] | None = None) -> Deal:
        """Return what the levers at `x` mean.

        Args:
            x: Shares of the levers' ranges (d,).
            acting: Decisions that are taken; all of them by default. Without it transfers of levers are paid too.
        """
        intensity: dict[str, float] = {}
        changes: dict[str, Changes] = {}
        paid: list[TransferShock] = []
        for one, share in zip(self.handles, x, strict=True):
            value = one.value(float(share))
            if one.transfer is not None:
                payer, recipient = one.transfer
                shock = TransferShock(
                    measure=f"lever {one.id}", payer=payer, recipient=recipient, amount=value
                )
                paid += [shock] if acting is None and value != 0.0 else []
            elif one.is_intensity:
                intensity[one.measure] = intensity.get(one.measure, 1.0) * value
            else:
                changes[one.measure] = (*changes.get(one.measure, ()), (one.keys, value))
        taken = [name for name in self.prepared.measures if acting is None or name in acting]
        decisions = {name: self._changed.shocks(name, changes.get(name, ())) for name in taken}
        return Deal(decisions, changes, intensity, tuple(paid))

    def shocks(
        self, x: np.ndarray, acting: Sequence[str] | None = None, extra: Sequence[Shock] = ()
    ) -> tuple[Shock, ...]:
        """Return the shocks of the context and of the decisions in full with the levers at `x`.

        Args:
            x: Shares of the levers' ranges (d,).
            acting: Decisions that are taken (`deal`).
            extra: Further shocks, such as side payments.
        """
        deal = self.deal(x, acting)
        decisions = (shock for name in deal.decisions for shock in deal.of(name))
        kept = (shock for shock in decisions if shock.weight != 0.0)
        return (*self.prepared.checked.context, *kept, *deal.paid, *extra)

    @cached_property
    def _changed(self) -> ChangedDecisions:
        return ChangedDecisions(self.prepared)

    @cached_property
    def _neighbourhood(self) -> Neighbourhood:
        return Neighbourhood(self.prepared)

    def solve(self, x: np.ndarray, acting: Sequence[str] | None = None, extra: Sequence[Shock] = ()) -> Near:
        """Return the equilibrium of the long run with the levers at `x`, begun from the last one solved here."""
        self._last = self._neighbourhood.solve(self.shocks(x, acting, extra), self._last)
        self.solves += 1
        return self._last

    def worth(self, x: np.ndarray, acting: Sequence[str] | None = None) -> np.ndarray:
        """Return the gains of every region against the context (n,), in `unit`."""
        return self.prepared.welfare(self.solve(x, acting))

    def again(
        self, x: np.ndarray, extra: Sequence[TransferShock] = (), acting: Sequence[str] | None = None
    ) -> np.ndarray:
        """Return the gains (n,), in `unit`, solved afresh from the base: how every reported point is checked."""
        self.solves += 1
        return self.prepared.welfare(self.prepared.model.solve(self.shocks(x, acting, extra)))

    def gains(
        self,
        x: np.ndarray,
        regions: Sequence[int],
        acting: Sequence[str] | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return gains against the context, % of base household consumption (m,), and their derivatives with respect to x (m, d)."""
        state = self.solve(x, acting)
        chosen = list(regions)
        scale = 100.0 / self.consumption[chosen]
        directions = [self._direction(x, place, acting) for place in range(len(self.handles))]
        if len(self.handles) <= MOST_FORWARD:
            slopes = self._along(state, directions)[:, chosen].T
        else:
            gradients = self._nearby.welfare_gradients(state, chosen)
            slopes = np.array(
                [[inner(gradient.scenario, direction) for direction in directions] for gradient in gradients]
            )
        return self.prepared.welfare(state)[chosen] * scale, slopes * scale[:, None]

    def paying(
        self, x: np.ndarray, payments: Sequence[TransferShock], spread: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the gains (n,), in `unit`, with yearly payments, and their derivatives along each column of net receipts (n, u).

        Args:
            x: Where the levers stand (d,).
            payments: What is paid a year.
            spread: How net receipts of a year move (n, u); without it no derivatives are taken.
        """
        state = self.solve(x, None, payments)
        if spread is None:
            return self.prepared.welfare(state), None
        still = weighted_sum([(0.0, moving(state.scenario))])
        paid = [still._replace(transfer=column) for column in spread.T]
        return self.prepared.welfare(state), self._along(state, paid).T

    def _along(self, state: Near, directions: Sequence[Scenario]) -> np.ndarray:
        """Return the derivatives of every region's household consumption along each direction of the scenario (d, n)."""
        place = OUTCOMES.index("household_ev")
        return np.stack([found[place] for found in self._nearby.directional(state, directions, outcomes)])

    def _direction(self, x: np.ndarray, place: int, acting: Sequence[str] | None) -> Scenario:
        """How the scenario moves with lever `place`."""
        return weighted_sum(
            [
                (weight, moving(scenario_of(self.prepared.model, self.shocks(point, acting))))
                for weight, point in beside(x, place)
            ]
        )

    def outlays(self, payer: str, x: np.ndarray) -> float:
        """What a region pays outright in a year of the long run, USD million: costs of measures, purchases and transfers."""
        paid = 0.0
        for shock in self.shocks(x):
            if isinstance(shock, ResourceCostShock | PurchaseShock | TransferShock) and shock.payer == payer:
                paid += shock.weight * shock.amount
        return paid

    def limits(self, budgets: Mapping[str, float]) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """Return what is left of each payer's budget, as a share of it, with derivatives: the constraints of a bargain."""
        payers = list(budgets)

        def left(payer: str, x: np.ndarray) -> float:
            return (budgets[payer] - self.outlays(payer, x)) / max(budgets[payer], 1.0)

        def curves(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values = np.array([left(payer, x) for payer in payers])
            slopes = np.zeros((len(payers), len(x)))
            for place in range(len(x)):
                for weight, point in beside(x, place):
                    slopes[:, place] += [weight * left(payer, point) for payer in payers]
            return values, slopes

        return curves


def beside(x: np.ndarray, place: int) -> list[tuple[float, np.ndarray]]:
    """Weights and points of a difference of second order in lever `place` at `x` that stays inside [0, 1]."""

    def at(share: float) -> np.ndarray:
        point = np.array(x)
        point[place] = share
        return point

    here = float(x[place])
    if here < STEP:
        return [
            (-1.5 / STEP, at(here)),
            (2.0 / STEP, at(here + STEP)),
            (-0.5 / STEP, at(here + 2.0 * STEP)),
        ]
    if here > 1.0 - STEP:
        return [(1.5 / STEP, at(here)), (-2.0 / STEP, at(here - STEP)), (0.5 / STEP, at(here - 2.0 * STEP))]
    return [(0.5 / STEP, at(here + STEP)), (-0.5 / STEP, at(here - STEP))]


def inner(gradient: Any, direction: Any) -> float:
    """Sum over all arrays of gradient times direction; fields without derivative count nothing."""
    if gradient is None:
        return 0.0
    if isinstance(gradient, tuple):
        return sum(map(inner, gradient, direction))
    return float(np.sum(gradient * direction))


__all__ = ["Deal", "Handle", "Negotiation", "beside", "handles_of", "inner"]
