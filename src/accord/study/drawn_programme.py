"""What a draw makes of a programme and its World: shocks in the World's labels, and trade elasticities of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from accord.programme.measures.base import Measure, Role
from accord.shocks import Shock
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
        self._constant: dict[str, tuple[Shock, ...]] = {}  # what measures without unknowns make
        self._dispatch = Dispatches(prepared.programme)
        self._bought: Bought = {}
        self._sets = {
            name: np.asarray(prepared.world.trade_elasticity(name), dtype=np.float64)
            for name in drawn.unknowns.elasticity_sets
        }

    def checked(self, draw: Draw) -> Checked:
        """Return the draw's shocks, with supports of import substitution still open."""
        shocks: dict[Role, list[Shock]] = {"context": [], "decision": []}
        for central in self._programme.measures:
            redraw = self._redraws.get(central.id)
            if redraw is not None:
                made = self._shocks(redraw.briefly(draw.values[central.id]))
            elif (made := self._constant.get(central.id)) is None:
                made = self._constant[central.id] = self._shocks(central)
            shocks[central.role] += made
        context, decisions = (
            contracts_of(self._world, tuple(made), self._bought) for made in shocks.values()
        )
        return replace(self._checked, context=context, decisions=decisions)

    def _shocks(self, measure: Measure) -> tuple[Shock, ...]:
        """What a measure makes, in the World's labels."""
        return self._named(*self._dispatch.coupled(measure).shocks())

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
