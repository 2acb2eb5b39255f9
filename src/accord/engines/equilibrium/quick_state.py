"""States of the economies that `quick` evaluates, and what its equations say there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from accord.engines.equilibrium.quick_weights import of_economies

if TYPE_CHECKING:
    from accord.engines.equilibrium.result import Equilibrium


class State(NamedTuple):
    """The unknowns, all logs of changes: factor prices (n, v), unit costs (k, i), output (n, j), income (n,), supports (s,).

    Of several economies, each has an axis for them behind.
    """

    factor_price: np.ndarray
    unit_cost: np.ndarray
    output: np.ndarray
    income: np.ndarray
    support: np.ndarray

    def flat(self) -> np.ndarray:
        """Return one vector, of the state of one economy."""
        return np.concatenate([part.ravel() for part in self])

    def like(self, vector: np.ndarray) -> State:
        """Return the state whose vector is `vector`; of several economies, (unknowns, d)."""
        parts: list[np.ndarray] = []
        begin = 0
        for own in self:
            parts.append(vector[begin : begin + own.size].reshape(*own.shape, *vector.shape[1:]))
            begin += own.size
        return State(*parts)

    def column(self) -> State:
        """Return the state of one economy as that of several."""
        return State(*(part[..., None] for part in self))


class Evaluations(NamedTuple):
    """What the equations say at one state of each of several economies.

    Attributes:
        residual: What each unknown should be less what it is (unknowns, d); Newton's step at fixed prices for supports.
        misses: Of each support's condition, as a share of what is to be replaced (s, d).
        use_price: Log price index of each final use (n, f, d).
        final: Spending of final uses (n, f, d).
        spending: X (k, r, d).
        per_weight: X over the sum of weights at user prices (k, r, d).
        seen_sum: Sum of weights at perceived prices times `competitive` (k, r, d).
        paid_sum: The same at user prices.
        competitive: Column factor of the weights times c_hat^-theta (k, i, d).
        balance: Largest relative miss of Walras' law, which is no equation (d,).
        left: Smallest share of a user's purchases, or an exporter's sales, of a product that remains where cells take from what economies
            share (d,): digits are lost in proportion.
    """

    residual: np.ndarray
    misses: np.ndarray
    use_price: np.ndarray
    final: np.ndarray
    spending: np.ndarray
    per_weight: np.ndarray
    seen_sum: np.ndarray
    paid_sum: np.ndarray
    competitive: np.ndarray
    balance: np.ndarray
    left: np.ndarray

    def of_some(self, chosen: np.ndarray) -> Evaluations:
        """Return what they say of some of the economies."""
        return Evaluations(*(of_economies(part, chosen) for part in self))


def state_of(found: Equilibrium) -> State:
    """Return an equilibrium of the general solver as a state; supports are none."""
    base = found.base
    others = np.bincount(base.purchase_payer, base.purchases.sum(axis=(1, 2, 3)), len(base.final_spending))
    income = base.final_spending.sum(axis=1) + others
    made = base.output > 0.0
    output = np.log(np.where(made, found.output, 1.0) / np.where(made, base.output, 1.0))
    return State(
        np.log(found.factor_price_hat[:, :, 0]),
        np.log(found.unit_cost_hat),
        output,
        np.log(found.income.total / income),
        np.zeros(0),
    )
