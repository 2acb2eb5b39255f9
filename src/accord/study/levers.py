"""Levers on an equilibrium: values in their own units become shocks; gains of every region, with exact derivatives, come back.

Derivatives are those of the implicit function theorem (`engines.equilibrium.derivatives`) with respect to the scenario, times how the
scenario moves with each lever. The latter is a closed form of arrays and is taken by differences of `STEP` of the lever's range
(second order, inside the bounds); no equilibrium is solved for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from accord.adapters.directions import moving, weighted_sum
from accord.adapters.equilibrium_scenario import scenario_of
from accord.engines.equilibrium.linearised import Nearby
from accord.engines.equilibrium.outcomes import OUTCOMES, outcomes
from accord.errors import Fault, ProgrammeError
from accord.programme.labels import members
from accord.programme.lever import INTENSITY, LeverFaultError, moved, value_in
from accord.shocks import (
    CalibratedFlowShock,
    PurchaseShock,
    ResourceCostShock,
    Shock,
    SupportShock,
    TransferShock,
)
from accord.study.check import check_programme
from accord.study.near import Near, Neighbourhood
from accord.study.prepare import Prepared

if TYPE_CHECKING:
    from accord.engines.equilibrium import Scenario
    from accord.programme.lever import Lever
    from accord.programme.measures import Measure

STEP = 1e-3
"""Step of differences of the scenario, share of a lever's range."""

MOST_FORWARD = 8
"""Levers up to which derivatives are taken lever by lever, with what attribution compiles; beyond, party by party."""


@dataclass(frozen=True)
class Handle:
    """One lever, matched with the World.

    Attributes:
        id: Short name.
        title: For readers.
        unit: Unit of its values.
        low: Lowest value.
        high: Highest value.
        now: Value in the programme as written; 0 for a transfer.
        owners: Regions that decide on it.
        measure: Decision that it moves; empty for a transfer.
        keys: Way to the number inside it; ("intensity",) for how much of it is taken.
        transfer: (payer, recipient) of a transfer.
        source: Where the bounds come from.
    """

    id: str
    title: str
    unit: str
    low: float
    high: float
    now: float
    owners: tuple[str, ...]
    measure: str = ""
    keys: tuple[str, ...] = ()
    transfer: tuple[str, str] | None = None
    source: str = ""

    @property
    def range(self) -> float:
        """Width of its bounds."""
        return self.high - self.low

    def value(self, x: float) -> float:
        """Value at the share `x` of its range."""
        return self.low + self.range * x

    @property
    def is_intensity(self) -> bool:
        """Whether it says how much of a decision is taken."""
        return self.keys == (INTENSITY,)


def handles_of(prepared: Prepared) -> tuple[tuple[Handle, ...], bool]:
    """Return the levers of a programme matched with its World, and whether they are the default ones.

    A programme without levers gets one for each decision: how much of it is taken.
    """
    programme = prepared.programme
    if programme.levers:
        return tuple(_handle(prepared, lever) for lever in programme.levers), False
    partners = prepared.checked.partners
    titles = {measure.id: measure.title for measure in programme.measures}
    return tuple(
        Handle(
            id=name,
            title=f"How much of it is taken: {titles[name]}",
            unit="share",
            low=0.0,
            high=1.0,
            now=1.0,
            owners=partners,
            measure=name,
            keys=(INTENSITY,),
            source="default lever: no [[lever]] in the programme",
        )
        for name in prepared.measures
    ), True


def _handle(prepared: Prepared, lever: Lever) -> Handle:
    programme = prepared.programme
    owners = _parties(prepared, lever.owner or ("partners",), f"lever '{lever.id}', owner")
    plain = {
        "id": lever.id,
        "title": lever.title or lever.id,
        "unit": lever.shown_unit,
        "low": lever.low,
        "high": lever.high,
        "owners": owners,
        "source": lever.source or "no source stated",
    }
    if lever.transfer is not None:
        ends = [
            _parties(prepared, (name,), f"lever '{lever.id}', transfer")
            for name in (lever.transfer.payer, lever.transfer.recipient)
        ]
        if any(len(end) != 1 for end in ends) or ends[0] == ends[1]:
            raise ProgrammeError(
                f"lever '{lever.id}': a transfer goes from one region to another one; "
                f"found {lever.transfer.payer} and {lever.transfer.recipient}"
            )
        return Handle(**plain, now=max(lever.low, 0.0), transfer=(ends[0][0], ends[1][0]))
    name, *keys = lever.parts
    measure = next(one for one in programme.measures if one.id == name)
    return Handle(**plain, now=value_in(measure, keys), measure=name, keys=tuple(keys))


def _parties(prepared: Prepared, names: Sequence[str], where: str) -> tuple[str, ...]:
    """Regions of the World that names of the file stand for."""
    programme = prepared.programme
    groups = {**programme.groups.regions, "partners": programme.partners}
    world = prepared.world
    home = {
        code: region
        for region, codes in zip(world.regions, world.data["region_members"].to_numpy(), strict=True)
        for code in str(codes).split()
    }
    found = [home.get(code, code) for code in members(names, groups)]
    unknown = [code for code in found if code not in world.regions]
    if unknown:
        raise ProgrammeError(
            [
                Fault(
                    where,
                    f"unknown region '{unknown[0]}'",
                    f"a region of World '{world.name}' or a group of the file",
                    f"List all names with: accord world show {world.name} --regions",
                )
            ]
        )
    return tuple(dict.fromkeys(found))


@dataclass
class Negotiation:
    """A programme whose levers move.

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
    _matched: dict[tuple[Any, ...], tuple[Shock, ...]] = field(default_factory=dict)
    _last: Near | None = None
    _nearby: Nearby = field(default_factory=Nearby)

    @classmethod
    def of(cls, prepared: Prepared) -> Negotiation:
        """Return the negotiation over the levers of a prepared programme."""
        handles, default = handles_of(prepared)
        if not handles:
            raise ProgrammeError(
                "the programme has no lever and no decision, so there is nothing to negotiate about. "
                "Add [[lever]] tables: docs/methods/bargaining.md"
            )
        found = cls(prepared, handles, default)
        idle = [one for one in handles if one.transfer is None and found._moves_nothing(one)]
        if idle:
            raise ProgrammeError(
                [
                    Fault(
                        f"lever '{one.id}', of = \"{one.measure}.{'.'.join(one.keys)}\"",
                        "no shock of the long run moves with it, so that no gain would",
                        "a number that the outcome depends on",
                        f'Use for example "{one.measure}.{INTENSITY}". What speed is worth: accord delay',
                    )
                    for one in idle
                ]
            )
        return found

    def _moves_nothing(self, one: Handle) -> bool:
        """Whether the decision's shocks are the same at both ends of its range."""
        if one.is_intensity:
            return False
        low, high = (self._of_measure(one.measure, ((one.keys, value),)) for value in (one.low, one.high))
        return low == high

    @property
    def here(self) -> np.ndarray:
        """The programme as written, in shares of each lever's range (d,)."""
        return np.array([(one.now - one.low) / one.range for one in self.handles])

    @cached_property
    def consumption(self) -> np.ndarray:
        """Base household consumption (n,), USD million."""
        return self.prepared.model.unchanged.household_consumption

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

    def shocks(
        self, x: np.ndarray, acting: Sequence[str] | None = None, extra: Sequence[Shock] = ()
    ) -> tuple[Shock, ...]:
        """Return the shocks of the context and of the decisions with the levers at `x`.

        Args:
            x: Shares of the levers' ranges (d,).
            acting: Decisions that are taken; all of them by default. Without it transfers of levers are paid too.
            extra: Further shocks, such as side payments.
        """
        intensity: dict[str, float] = {}
        changes: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        paid: list[Shock] = []
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
                changes.setdefault(one.measure, []).append((one.keys, value))
        decisions: list[Shock] = []
        for name in self.prepared.measures:
            if acting is not None and name not in acting:
                continue
            own = self._of_measure(name, tuple(changes.get(name, ())))
            decisions += [shock.weighted(intensity.get(name, 1.0)) for shock in own]
        kept = [shock for shock in decisions if shock.weight != 0.0]
        return (*self.prepared.checked.context, *kept, *paid, *extra)

    def _of_measure(self, name: str, changes: tuple[tuple[tuple[str, ...], float], ...]) -> tuple[Shock, ...]:
        """Shocks of one decision with some of its numbers changed, matched with the World."""
        key = (name, *changes)
        if key not in self._matched:
            if len(self._matched) > 4_000:
                self._matched.clear()
            self._matched[key] = self._changed(name, changes)
        return self._matched[key]

    def _changed(self, name: str, changes: tuple[tuple[tuple[str, ...], float], ...]) -> tuple[Shock, ...]:
        central = tuple(shock for shock in self.prepared.checked.decisions if shock.measure == name)
        programme = self.prepared.programme
        old = next(measure for measure in programme.measures if measure.id == name)
        if all(value_in(old, keys) == value for keys, value in changes):
            return central
        new = old
        for keys, value in changes:
            try:
                new = moved(new, keys, value, f"lever on {name}.{'.'.join(keys)}")
            except LeverFaultError as error:
                raise ProgrammeError([Fault(f"lever on '{name}'", *error.problem[1:])]) from None
        changed = programme.model_copy(update={"measures": (new,)})
        shocks = check_programme(changed, self.prepared.world).decisions
        _refuse_moving_the_base(old, new, changes)
        return tuple(_on_the_base(shock, central, place) for place, shock in enumerate(shocks))

    def solve(self, x: np.ndarray, acting: Sequence[str] | None = None, extra: Sequence[Shock] = ()) -> Near:
        """Return the equilibrium with the levers at `x`, begun from the last one solved here."""
        self._last = self._neighbourhood.solve(self.shocks(x, acting, extra), self._last)
        self.solves += 1
        return self._last

    @cached_property
    def _neighbourhood(self) -> Neighbourhood:
        return Neighbourhood(self.prepared)

    def again(self, x: np.ndarray, extra: Sequence[Shock] = ()) -> np.ndarray:
        """Return the gains (n,), USD million, solved afresh from the base: how every reported point is checked."""
        self.solves += 1
        return self.prepared.welfare(self.prepared.model.solve(self.shocks(x, None, extra)))

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
            slopes = self.along(state, directions)[:, chosen].T
        else:
            gradients = self._nearby.welfare_gradients(state, chosen)
            slopes = np.array(
                [[_inner(gradient.scenario, direction) for direction in directions] for gradient in gradients]
            )
        return self.prepared.welfare(state)[chosen] * scale, slopes * scale[:, None]

    def along(self, state: Near, directions: Sequence[Scenario]) -> np.ndarray:
        """Return the derivatives of every region's household consumption along each direction of the scenario (d, n)."""
        place = OUTCOMES.index("household_ev")
        return np.stack([found[place] for found in self._nearby.directional(state, directions, outcomes)])

    def _direction(self, x: np.ndarray, place: int, acting: Sequence[str] | None) -> Scenario:
        """How the scenario moves with lever `place`."""

        def at(share: float) -> Scenario:
            point = np.array(x)
            point[place] = share
            return moving(scenario_of(self.prepared.model, self.shocks(point, acting)))

        parts = [(weight, at(share)) for weight, share in _stencil(float(x[place]))]
        return weighted_sum(parts)

    def outlays(self, payer: str, x: np.ndarray) -> float:
        """What a region pays outright, USD million a year: costs of measures, purchases and transfers."""
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
                for weight, share in _stencil(float(x[place])):
                    point = np.array(x)
                    point[place] = share
                    slopes[:, place] += [weight * left(payer, point) for payer in payers]
            return values, slopes

        return curves


def _stencil(x: float) -> list[tuple[float, float]]:
    """Weights and points of a difference of second order at `x` that stays inside [0, 1]."""
    if x < STEP:
        return [(-1.5 / STEP, x), (2.0 / STEP, x + STEP), (-0.5 / STEP, x + 2.0 * STEP)]
    if x > 1.0 - STEP:
        return [(1.5 / STEP, x), (-2.0 / STEP, x - STEP), (0.5 / STEP, x - 2.0 * STEP)]
    return [(0.5 / STEP, x + STEP), (-0.5 / STEP, x - STEP)]


def _inner(gradient: Any, direction: Any) -> float:
    """Sum over all arrays of gradient times direction; fields without derivative count nothing."""
    if gradient is None:
        return 0.0
    if isinstance(gradient, tuple):
        return sum(map(_inner, gradient, direction))
    return float(np.sum(gradient * direction))


def _on_the_base(shock: Shock, central: Sequence[Shock], place: int) -> Shock:
    """The same change on the base that the programme as written calibrates: what the data hold does not move with a lever."""
    old = central[place] if place < len(central) else None
    if isinstance(shock, SupportShock) and shock.factor is None:
        if isinstance(old, SupportShock) and replace(old, factor=None) == shock:
            return old  # who pays, or on what terms, does not change how much support replaces the imports
        raise ProgrammeError(
            f"measure '{shock.measure}': a lever cannot move a number behind how much support replaces imports. "
            f'Use its intensity: of = "{shock.measure}.{INTENSITY}"'
        )
    if not isinstance(shock, CalibratedFlowShock):
        return shock
    if not isinstance(old, CalibratedFlowShock) or type(old) is not type(shock):
        return shock
    ratio = shock.new_factor / shock.base_factor
    return replace(shock, base_factor=old.base_factor, new_factor=old.base_factor * ratio)


def _refuse_moving_the_base(
    old: Measure, new: Measure, changes: Sequence[tuple[tuple[str, ...], float]]
) -> None:
    """A lever moves what is agreed, not what the data hold: the height of a barrier today is no lever, its cut is."""

    def held(measure: Measure) -> list[float]:
        return [effect.base_factor for effect in measure.effects() if isinstance(effect, CalibratedFlowShock)]

    if not np.allclose(held(old), held(new)) if len(held(old)) == len(held(new)) else True:
        keys = ", ".join(".".join(keys) for keys, _ in changes)
        raise ProgrammeError(
            [
                Fault(
                    f"lever on '{old.id}.{keys}'",
                    "it moves what the base data hold (the height of today's barrier, or who earns from it)",
                    "a number that the parties can agree on",
                    f'For example the share that goes: of = "{old.id}.cut", or "{old.id}.{INTENSITY}"',
                )
            ]
        )
