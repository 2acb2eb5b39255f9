"""Solving the price model: iteratively for one shock, from one factorisation for many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from accord.engines.prices.equations import (
    basket_price_change,
    excess_price,
    first_round,
    transmitted,
    unit_cost_change,
    value_added_change,
)
from accord.engines.prices.inputs import PriceBase, PriceShock, refuse_impossible
from accord.engines.prices.result import PriceChange
from accord.errors import EngineError
from accord.numerics.factorisation import one_thread
from accord.numerics.leontief import LeontiefSystem

TOLERANCE = 1e-12
"""Largest residual of a price equation, relative to the largest price change."""


class PriceSystem:
    """The price model of one base under one rule of pass-through and one set of prices from outside.

    Args:
        base: Cost accounts.
        rule: A shock whose `pass_through` and whose places of `fixed_price` hold for every shock that is solved.
    """

    def __init__(self, base: PriceBase, rule: PriceShock) -> None:
        refuse_impossible(base, rule)
        self.base, self.rule = base, rule

    @cached_property
    def leontief(self) -> LeontiefSystem:
        """The system I - M; it factorises itself when it is first asked for many solutions."""
        return LeontiefSystem(transmitted(self.base, self.rule))

    def solve(self, shock: PriceShock) -> PriceChange:
        """Return the price changes of one shock, by an iteration whose residual is tested."""
        self._refuse_another_rule(shock)
        with one_thread():  # or the last digits would tell how many cores there are
            right = first_round(self.base, shock)
            try:
                prices = self.leontief.solve_transposed_once(right)
            except EngineError:
                # BiCGStab breaks down where no cost comes back to its start (a chain without circles).
                prices = self.leontief.solve_transposed(right)
            return self._result(shock, prices)

    def solve_many(self, shocks: Sequence[PriceShock]) -> list[PriceChange]:
        """Return the price changes of many shocks from one factorisation, which is kept."""
        for shock in shocks:
            self._refuse_another_rule(shock)
        right = np.stack([first_round(self.base, shock) for shock in shocks], axis=1)
        prices = self.leontief.solve_transposed(right)
        with one_thread():
            return [self._result(shock, prices[:, column]) for column, shock in enumerate(shocks)]

    def _result(self, shock: PriceShock, prices: np.ndarray) -> PriceChange:
        scale = float(np.abs(prices).max(initial=0.0))
        residual = float(np.abs(excess_price(self.base, shock, prices)).max(initial=0.0))
        relative = residual / scale if scale > 0.0 else residual
        if not relative <= 100.0 * TOLERANCE:
            raise EngineError(
                f"the price equations hold only to {relative:.1e} of the largest price change. "
                "Look for producers whose inputs cost more than their output: accord world check NAME"
            )
        if np.any(prices <= -1.0):
            raise EngineError(
                f"{int((prices <= -1.0).sum())} prices would fall to zero or below. The shock is larger than the cost that it falls on."
            )
        cost = unit_cost_change(self.base, shock, prices)
        return PriceChange(
            producer=prices,
            basket=basket_price_change(self.base, shock, prices),
            unit_cost=cost,
            value_added=value_added_change(self.base, cost, prices),
            residual=relative,
        )

    def _refuse_another_rule(self, shock: PriceShock) -> None:
        refuse_impossible(self.base, shock)
        same = np.array_equal(shock.pass_through, self.rule.pass_through) and np.array_equal(
            np.isnan(shock.fixed_price), np.isnan(self.rule.fixed_price)
        )
        if not same:
            raise EngineError(
                "this price system was made for another pass-through or other prices from outside; make one for it."
            )
