"""Terms of the welfare decomposition that are sums over flows, at every point of a path of equilibria (`decomposition.py`).

One product at a time: all flows of all points at once are gigabytes at 80 regions x 50 sectors, and those of a product fit a processor's
cache. Wedges and trade costs of most products do not move, and what does not move is not differentiated.

| symbol | meaning |
| --- | --- |
| D | differentiation matrix of the path's points (p, q) |
| V | value before duty of a flow, V_user at user prices |
| c | price before duty and before the iceberg cost, `fob` |
| kappa | iceberg cost against the base |
| L | landed factor: user price over the value before duty |
| q = V / (c kappa) | quantity delivered |
| x | export rent |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import Floats
from accord.engines.equilibrium.result import Equilibrium


class TradeTerms(NamedTuple):
    """Terms by region, each (n,), USD million a unit of the path; `trade_terms` gives them with the path's points as first axis.

    Attributes:
        terms_of_trade: What exports earn more less what imports cost more, V dln c.
        volume_of_trade: (L - 1) c kappa dq, by importer.
        export_rents: x / (1 + x) c kappa (dq + q dln kappa), by exporter.
        trade_costs: V dln kappa, by importer.
        dearer_sources: V_user dln(c kappa L), by importer.
        real_output: (n, k), value at producer prices of the goods sent off more: c kappa (dq + q dln kappa) / (1 + x).
    """

    terms_of_trade: Floats
    volume_of_trade: Floats
    export_rents: Floats
    trade_costs: Floats
    dearer_sources: Floats
    real_output: Floats

    def at(self, position: int) -> TradeTerms:
        """The terms at one point of the path."""
        return TradeTerms(*(values[position] for values in self))


def trade_terms(states: list[Equilibrium], derivative: Floats) -> TradeTerms:
    """Return the terms at every point.

    Args:
        states: Equilibria of one base along the path.
        derivative: D (p, q).
    """
    _, sectors, _ = states[0].base.shape
    parts = [_of_product(states, derivative, product) for product in range(sectors)]
    sums = [np.sum([getattr(part, name) for part in parts], axis=0) for name in TradeTerms._fields[:-1]]
    return TradeTerms(*sums, real_output=np.stack([part.real_output for part in parts], axis=2))


def _of_product(states: list[Equilibrium], derivative: Floats, product: int) -> TradeTerms:
    """The terms of one product, `real_output` as (point, n). Arrays are (point, group or 1, importer, exporter)."""

    def along(values: Callable[[Equilibrium], Floats]) -> Floats:
        """One product of an array (group or 1, product, importer, exporter) of each state."""
        return np.stack([np.asarray(values(state))[:, product] for state in states])

    def by_exporter(values: Callable[[Equilibrium], Floats]) -> Floats:
        return np.stack([values(state)[product] for state in states])[:, None, None, :]

    rent = along(lambda state: state.scenario.wedges.export_rent)
    rent_hat = (1.0 + rent) / (1.0 + np.asarray(states[0].base.wedges.export_rent)[:, product])
    trade_cost = along(lambda state: state.scenario.trade_cost_hat)
    landed = 1.0 + along(lambda state: state.scenario.wedges.tariff)
    landed = landed * (1.0 + along(lambda state: state.scenario.wedges.import_rent))
    cost = by_exporter(lambda state: state.unit_cost_hat)

    at_user_prices = along(lambda state: state.delivered.at_user_prices)
    at_user_prices *= by_exporter(lambda state: state.competitive)
    at_user_prices *= np.stack([state.spending_per_weight[:, product] for state in states])[..., None]
    value = at_user_prices / landed
    unit_value = cost * rent_hat * trade_cost  # c kappa
    shipped = np.tensordot(derivative, value / unit_value, axes=1)
    shipped *= unit_value  # c kappa dq
    volume = _summed("n", landed - 1.0, shipped)

    price = np.tensordot(derivative, np.log(cost), axes=1) + _log_slope(derivative, rent_hat)
    dearer = _summed("n", at_user_prices, price)
    moves, trade_costs = _log_slope(derivative, trade_cost), np.zeros(volume.shape)
    if np.any(moves):
        shipped += value * moves
        trade_costs = _summed("n", value, moves)
        dearer += _summed("n", at_user_prices, moves)
    moves = _log_slope(derivative, landed)
    if np.any(moves):
        dearer += _summed("n", at_user_prices, moves)
    real_output = _summed("i", 1.0 / (1.0 + rent), shipped)
    return TradeTerms(
        terms_of_trade=_summed("i", value, price) - _summed("n", value, price),
        volume_of_trade=volume,
        export_rents=_summed("i", rent / (1.0 + rent), shipped) if np.any(rent) else np.zeros(volume.shape),
        trade_costs=trade_costs,
        dearer_sources=dearer,
        real_output=real_output,
    )


def _log_slope(derivative: Floats, values: Floats) -> Floats:
    """D ln(values); zero, as one number for all, where they are the same at every point."""
    if np.all(values[1:] == values[0]):
        return np.zeros((1, 1, 1, 1))
    return np.tensordot(derivative, np.log(values), axes=1)


def _summed(kept: str, first: Floats, second: Floats) -> Floats:
    """Sums of first times second over groups and one end of the flows, (point, kept)."""
    shape = np.broadcast_shapes(first.shape, second.shape)
    return np.einsum(f"pgni,pgni->p{kept}", np.broadcast_to(first, shape), np.broadcast_to(second, shape))
