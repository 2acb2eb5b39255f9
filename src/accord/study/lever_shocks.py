"""A decision with some of its numbers moved: the measure, and its shocks on the base that the programme as written calibrates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from accord.errors import Fault, ProgrammeError
from accord.programme.lever import INTENSITY, LeverFaultError, is_timing, moved, value_in
from accord.shocks import CalibratedFlowShock, Shock, SupportShock
from accord.study.check import check_programme
from accord.study.prepare import Prepared

if TYPE_CHECKING:
    from accord.programme.measures import Measure

Changes = tuple[tuple[tuple[str, ...], float], ...]
"""Keys of a decision and the values that they get."""

REMEMBERED = 4_000
"""Changed decisions that are kept."""


@dataclass
class ChangedDecisions:
    """Decisions of a programme by what is changed in them, each matched once.

    Attributes:
        prepared: The programme on its World.
    """

    prepared: Prepared
    _matched: dict[tuple[str, Changes], tuple[Measure, tuple[Shock, ...]]] = field(default_factory=dict)

    def shocks(self, name: str, changes: Changes) -> tuple[Shock, ...]:
        """Shocks in full of decision `name` with `changes`, matched with the World."""
        return self._of(name, changes)[1]

    def measure(self, name: str, changes: Changes) -> Measure:
        """Decision `name` with `changes`."""
        return self._of(name, changes)[0]

    def _of(self, name: str, changes: Changes) -> tuple[Measure, tuple[Shock, ...]]:
        key = (name, changes)
        if key not in self._matched:
            if len(self._matched) > REMEMBERED:
                self._matched.clear()
            self._matched[key] = self._changed(name, changes)
        return self._matched[key]

    def _changed(self, name: str, changes: Changes) -> tuple[Measure, tuple[Shock, ...]]:
        central = tuple(shock for shock in self.prepared.checked.decisions if shock.measure == name)
        programme = self.prepared.programme
        old = next(measure for measure in programme.measures if measure.id == name)
        if all(value_in(old, keys) == value for keys, value in changes):
            return old, central
        new = old
        for keys, value in changes:
            try:
                new = moved(new, keys, value, f"lever on {name}.{'.'.join(keys)}")
            except LeverFaultError as error:
                raise ProgrammeError([Fault(f"lever on '{name}'", *error.problem[1:])]) from None
        if all(is_timing(keys) for keys, _ in changes) and new.effects() == old.effects():
            return new, central  # when it comes changes nothing of what comes
        changed = programme.model_copy(update={"measures": (new,)})
        shocks = check_programme(changed, self.prepared.world).decisions
        _refuse_moving_the_base(old, new, changes)
        return new, tuple(_on_the_base(shock, central, place) for place, shock in enumerate(shocks))


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
