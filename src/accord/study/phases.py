"""The equilibrium of one phase of one measure (a year of building, say) on top of the context alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from accord.study.check import match_shocks

if TYPE_CHECKING:
    import numpy as np

    from accord.shocks import Shock
    from accord.study.prepare import Prepared


def welfare_of(prepared: Prepared, shocks: Iterable[Shock]) -> np.ndarray:
    """Household equivalent variation (n,) of the context and `shocks` against the context alone, USD million of the base year."""
    matched = match_shocks(prepared.programme, prepared.world, shocks)
    return prepared.welfare(prepared.model.solve((*prepared.checked.context, *matched)))
