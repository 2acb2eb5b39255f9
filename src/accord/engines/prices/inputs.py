"""What the price engine takes: cost accounts of producers and final users at base prices, and a change of costs.

Axes: i supplier (region x sector), j producer (the same labels), f final user (region x use). Everything is at user prices of
the base year, where every producer price is one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accord.errors import EngineError

Array = np.ndarray

ADDS_UP = 1e-6
"""How far the cost shares of a producer may miss one; flows are stored as float32."""


class PriceBase(NamedTuple):
    """Cost accounts in which every price is one.

    Attributes:
        coefficients: A (i, j), inputs at user prices per unit of output at producer prices.
        output_tax: t (j,), share of the value of output.
        baskets: B (i, f), shares of each final user's spending at user prices; columns add up to one.
    """

    coefficients: Array
    output_tax: Array
    baskets: Array

    @property
    def value_added_share(self) -> Array:
        """What inputs and the output tax leave of the value of output, v (j,)."""
        return 1.0 - self.output_tax - self.coefficients.sum(axis=0)


class PriceShock(NamedTuple):
    """Changes of unit costs at base prices, and who does not pass them on.

    Attributes:
        cost_change: dc (j,), change of cost per unit of output at base prices: wedges and contract prices on inputs, wages, taxes,
            productivity.
        basket_change: (f,), change of what the base basket of a final user costs at base producer prices, as a share of it.
        pass_through: phi (j,), share of a cost change that goes into the price; value added absorbs the rest.
        fixed_price: (j,), NaN where the price follows costs, else the price change that is set from outside (mixed model).
    """

    cost_change: Array
    basket_change: Array
    pass_through: Array
    fixed_price: Array


def base_of(intermediate: Array, final: Array, output: Array, output_tax: Array) -> PriceBase:
    """Return the base of flows at user prices.

    Args:
        intermediate: (i, j), USD million at user prices.
        final: (i, f), USD million at user prices.
        output: (j,), USD million at producer prices; producers without output have no price and no inputs.
        output_tax: (j,), share of the value of output.
    """
    idle = output <= 0.0
    if np.any(intermediate[:, idle]):
        raise EngineError(
            "producers without output buy inputs. Merge them with others: accord world aggregate"
        )
    coefficients = intermediate / np.where(idle, 1.0, output)
    spending = final.sum(axis=0)
    baskets = np.divide(
        final, spending, out=np.zeros(final.shape), where=np.broadcast_to(spending != 0.0, final.shape)
    )
    return PriceBase(coefficients, np.asarray(output_tax, dtype=np.float64), baskets)


def no_shock(base: PriceBase) -> PriceShock:
    """Return the shock that changes nothing: full pass-through, no price set from outside."""
    producers, users = base.baskets.shape
    return PriceShock(np.zeros(producers), np.zeros(users), np.ones(producers), np.full(producers, np.nan))


def refuse_impossible(base: PriceBase, shock: PriceShock) -> None:
    """Raise an `EngineError` unless the numbers mean something: shapes, shares within [0, 1], taxes below one."""
    producers, users = base.baskets.shape
    shapes = {
        "cost_change": producers,
        "basket_change": users,
        "pass_through": producers,
        "fixed_price": producers,
    }
    for name, size in shapes.items():
        if getattr(shock, name).shape != (size,):
            raise EngineError(f"{name} has shape {getattr(shock, name).shape}, expected ({size},).")
    if not np.all((shock.pass_through >= 0.0) & (shock.pass_through <= 1.0)):
        raise EngineError(
            "a pass-through lies outside [0, 1]. It is the share of a cost change that goes into the price."
        )
    if not np.all(base.output_tax < 1.0):
        raise EngineError("an output tax takes the whole value of output or more: no price can pay for it.")
    if not (np.all(np.isfinite(shock.cost_change)) and np.all(np.isfinite(shock.basket_change))):
        raise EngineError("a change of costs is not a finite number.")
    if np.any(shock.fixed_price <= -1.0):
        raise EngineError("a price set from outside falls by 100% or more: prices stay above zero.")
