"""How a solve ends, in the sentences that the user reads, and the errors and warnings that carry them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from accord.errors import EngineError


class SeveralEquilibriaWarning(UserWarning):
    """The equilibrium need not be unique (Kucheryavyy, Lyn and Rodriguez-Clare 2023)."""


class Verdict(Enum):
    """How a solve ended; each value is the sentence that the user reads."""

    CONVERGED = "converged"
    TOO_MANY_STEPS = (
        "the equilibrium did not converge within {limit} steps (largest relative residual {residual:.1e}, wanted {tolerance:.0e}). "
        "Try a smaller shock to see where it stops working, or look for a measure whose numbers are out of scale"
    )
    NOT_FINITE = (
        "the equilibrium has no finite solution: prices or spending ran to zero or infinity. "
        "Look for an embargo or a trade cost that cuts a user off its last supplier, or a transfer larger than an income"
    )
    HOUSEHOLD_EXHAUSTED = (
        "government, investment and the programme's purchases or an outflow of income take the whole income of {regions}. "
        "Use nominal shares for government and investment, or a smaller outflow or shock"
    )


class HouseholdExhaustedError(EngineError):
    """A household has nothing left to spend.

    Attributes:
        positions: Regions where it happens, by position; adapters turn them into names.
    """

    def __init__(self, positions: Sequence[int], names: Sequence[str] | None = None) -> None:
        self.positions = tuple(positions)
        regions = names or [f"region number {position}" for position in positions]
        super().__init__(Verdict.HOUSEHOLD_EXHAUSTED.value.format(regions=", ".join(regions)))
