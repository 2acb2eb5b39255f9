"""Negative final demand, which is mostly stock that was drawn down, made non-negative with its size on record."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Settled(NamedTuple):
    """Final demand without negative cells, and how it got there; amounts in USD million, all positive.

    Attributes:
        final_demand: Y (exporter, supplying_sector, importer, use), float64.
        cells: Number of negative cells found.
        amount: Their sum.
        across_uses: Part that lowered other uses of the same flow.
        across_buyers: Part that lowered final sales of the same producer to other buyers.
        counted_as_output: Rest: producers whose sales out of stock exceed all their final sales; output rises by it.
    """

    final_demand: np.ndarray
    cells: int
    amount: float
    across_uses: float
    across_buyers: float
    counted_as_output: float

    @property
    def step(self) -> str:
        """One sentence for the provenance."""
        return (
            f"{self.cells} negative cells of final demand (USD {self.amount:,.0f} million, mostly stock drawn down) set to zero: "
            f"{self.across_uses:,.0f} taken from other uses of the same flow, {self.across_buyers:,.0f} from other final sales of "
            f"the same producer, {self.counted_as_output:,.0f} counted as output of the year."
        )


def settle_negative_demand(final_demand: np.ndarray) -> Settled:
    """Return final demand in which nothing is negative, with producers' sales kept wherever they can be.

    Stock that is drawn down is sold to somebody, so other sales of the same product are overstated as output of the year: first the
    other uses of the same flow are lowered in proportion, then the producer's other final sales, and only what is left after that
    raises output. Inputs are never touched, so that no other producer's costs change.

    Args:
        final_demand: Y (exporter, supplying_sector, importer, use), USD million.
    """
    original = final_demand.astype(np.float64)
    within_flows = _lowered(original, axes=(3,))
    within_rows = _lowered(within_flows, axes=(2, 3))
    found, after_flows, after_rows = (
        _amount_below_zero(stage) for stage in (original, within_flows, within_rows)
    )
    return Settled(
        final_demand=np.maximum(within_rows, 0.0),
        cells=int((original < 0.0).sum()),
        amount=found,
        across_uses=found - after_flows,
        across_buyers=after_flows - after_rows,
        counted_as_output=after_rows,
    )


def _lowered(demand: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Set negative cells against positive ones along `axes`, both in proportion; sums along `axes` are kept."""
    positive, negative = np.maximum(demand, 0.0), np.minimum(demand, 0.0)
    available = positive.sum(axis=axes, keepdims=True)
    owed = -negative.sum(axis=axes, keepdims=True)
    settled = np.minimum(available, owed)
    kept = np.divide(available - settled, available, out=np.ones_like(available), where=available > 0.0)
    still_owed = np.divide(owed - settled, owed, out=np.zeros_like(owed), where=owed > 0.0)
    return positive * kept + negative * still_owed


def _amount_below_zero(demand: np.ndarray) -> float:
    return -float(np.minimum(demand, 0.0).sum())
