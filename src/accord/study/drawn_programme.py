"""What a draw makes of a programme and its World: shocks in the World's labels, and trade elasticities of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from accord.study.check import Checked, matcher
from accord.study.couple import coupled
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
        self._match = matcher(prepared.programme, prepared.world)
        self._bought: Bought = {}
        self._sets = {
            name: np.asarray(prepared.world.trade_elasticity(name), dtype=np.float64)
            for name in drawn.unknowns.elasticity_sets
        }

    def checked(self, draw: Draw) -> Checked:
        """Return the draw's shocks, with supports of import substitution still open."""
        programme = coupled(self._programme.with_estimates(draw.values))
        context, decisions = (
            contracts_of(
                self._world,
                tuple(self._match(shock) for shock in programme.shocks(roles=(role,))),
                self._bought,
            )
            for role in ("context", "decision")
        )
        return replace(self._checked, context=context, decisions=decisions)

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
