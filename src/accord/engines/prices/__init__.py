"""Prices at fixed quantities: the Leontief price model, about a year ahead (docs/methods/prices.md). Arrays only."""

from accord.engines.prices.inputs import PriceBase, PriceShock, base_of, no_shock
from accord.engines.prices.result import Chain, PriceChange, heaviest_chains, input_parts
from accord.engines.prices.solve import PriceSystem

__all__ = [
    "Chain",
    "PriceBase",
    "PriceChange",
    "PriceShock",
    "PriceSystem",
    "base_of",
    "heaviest_chains",
    "input_parts",
    "no_shock",
]
