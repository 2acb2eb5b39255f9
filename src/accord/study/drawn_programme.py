"""What a draw makes of a programme and its World: shocks in the World's labels, and trade elasticities of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np
import xarray as xr

from accord.errors import AccordError, Fault, ProgrammeError
from accord.programme.measures.base import Measure, Role
from accord.shocks import Shock, SupplyTermsShock
from accord.study.check import Checked, matcher
from accord.study.couple import Dispatches
from accord.study.places import PlacesOnce
from accord.study.prepare import Prepared
from accord.study.supply import Bought, contracts_of
from accord.study.unknowns import Draw, Drawn
from accord.world import World


class DrawnProgramme:
    """The programme and the World of each draw. It can be sent to another process.

    Args:
        prepared: The programme at central values.
        drawn: The draws.
        variants: Variants of the World, in the order of the draws' imputations.
    """

    def __init__(self, prepared: Prepared, drawn: Drawn, variants: Sequence[World]) -> None:
        self.drawn, self._programme, self._world = drawn, prepared.programme, prepared.world
        self._checked = prepared.checked
        self._variants = tuple(variants)
        match, programme = matcher(prepared.programme, prepared.world), prepared.programme
        self._named = PlacesOnce(
            lambda written: tuple(match(shock) for shock in programme.without_groups(written))
        )
        keys: dict[str, list[str]] = {}
        for unknown in drawn.unknowns.ranges:
            for name in unknown.measures:
                keys.setdefault(name, []).append(unknown.key)
        self._redraws = {
            measure.id: measure.redraw(keys[measure.id])
            for measure in programme.measures
            if measure.id in keys
        }
        self._turn = Lock()  # threads share this, and a draw's numbers are written over those of the last
        self._constant: dict[str, tuple[Shock, ...]] = {}  # what measures without unknowns make
        self._dispatch = Dispatches(prepared.programme)
        self._bought: Bought = {}
        self._sets = {
            name: np.asarray(prepared.world.trade_elasticity(name), dtype=np.float64)
            for name in drawn.unknowns.elasticity_sets
        }

    def checked(self, draw: Draw) -> Checked:
        """Return the draw's shocks, with supports of import substitution still open; a `ProgrammeError` where a contract cannot be."""
        made: list[tuple[Shock, ...]] = []
        faults: dict[Role, list[Fault]] = {"context": [], "decision": []}
        with self._turn:
            for measure in self._programme.measures:
                try:
                    made.append(self._shocks(measure, draw))
                except ProgrammeError as error:
                    faults[measure.role] += error.faults
        if found := faults["context"] or faults["decision"]:
            raise ProgrammeError(found)
        return self._gathered(made)

    def each_checked(self, draws: Sequence[Draw]) -> list[Checked | None]:
        """Return what `checked` says of each draw, None where it says a fault.

        One measure is asked after the other, with what it needs at hand: twenty measures of a dozen kinds do not fit into a core's first
        memory.
        """
        with self._turn:
            made = [[self._or_none(measure, draw) for draw in draws] for measure in self._programme.measures]
        return [
            None if any(own is None for own in of_draw) else self._gathered(of_draw)
            for of_draw in (zip(*made, strict=True) if made else ((),) * len(draws))
        ]

    def _or_none(self, measure: Measure, draw: Draw) -> tuple[Shock, ...] | None:
        try:
            return self._shocks(measure, draw)
        except AccordError:
            return None

    def _shocks(self, measure: Measure, draw: Draw) -> tuple[Shock, ...]:
        """What a measure makes in a draw, in the World's labels, with contracts in place."""
        redraw = self._redraws.get(measure.id)
        if redraw is not None:
            return self._placed(redraw.briefly(draw.values[measure.id]))
        if measure.id not in self._constant:
            self._constant[measure.id] = self._placed(measure)
        return self._constant[measure.id]

    def _placed(self, measure: Measure) -> tuple[Shock, ...]:
        shocks = self._named(*self._dispatch.coupled(measure).shocks())
        return (
            contracts_of(self._world, shocks, self._bought) if SupplyTermsShock in measure.made_of else shocks
        )

    def _gathered(self, made: Sequence[tuple[Shock, ...]]) -> Checked:
        """What all measures make."""
        shocks: dict[Role, list[Shock]] = {"context": [], "decision": []}
        for measure, own in zip(self._programme.measures, made, strict=True):
            shocks[measure.role] += own
        return Checked(
            tuple(shocks["context"]), tuple(shocks["decision"]), self._checked.notes, self._checked.partners
        )

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_turn"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._turn = Lock()

    def centres(self) -> dict[tuple[str, int], np.ndarray]:
        """Trade elasticities around which draws lie (k,), by set and position of the World's variant."""
        return {
            (name, variant): theta
            for name, theta in self._sets.items()
            for variant in range(len(self._variants))
        }

    def world(self, draw: Draw) -> World:
        """Return the World with the draw's imputation, and its trade elasticities as the default set."""
        world = self._variants[draw.imputation]
        default = world.data["trade_elasticity"]
        theta = xr.DataArray(self.trade_elasticity(draw), dims=default.dims, attrs=default.attrs)
        return replace(world, data=world.data.assign(trade_elasticity=theta))

    def trade_elasticity(self, draw: Draw) -> np.ndarray:
        """Return the draw's trade elasticities by sector (k,)."""
        return self._sets[draw.elasticity_set] * draw.elasticity_factor
