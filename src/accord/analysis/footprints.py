"""Multipliers and regional footprints of anything that is counted per producer: value added, jobs, energy, CO2.

With f a satellite account (n,) and y[.,b] the purchases of region b:

    m = L' (f / x)                     multiplier: what one unit of each final product takes through all chains
    produced[a]  = sum_j in a f[j]     territorial account
    consumed[b]  = m' y[.,b]           consumption account (footprint)
    imported[b]  = sum_a != b E[a,b],  exported[a] = sum_b != a E[a,b],  E[a,b] = what arises in a for the purchases of b

Source: Miller and Blair (2022), chapters 6 and 13; the same accounts as `calc_all` of pymrio (Stadler 2021), which the tests compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from accord.analysis.production import Production, per_output
from accord.errors import AccordError


class Footprints(NamedTuple):
    """Accounts of k satellites, each in its own unit, in the order in which they were given.

    Attributes:
        names: Names of the satellites, k.
        multipliers: Per unit of each product (k, n).
        produced: By region where it arises (k, region).
        consumed: By region that buys the final products (k, region).
        imported: Part of `consumed` that arises elsewhere.
        exported: Part of `produced` that is consumed elsewhere.
        by_pair: Where it arises, for whose purchases: (k, origin, destination).
    """

    names: tuple[str, ...]
    multipliers: np.ndarray
    produced: np.ndarray
    consumed: np.ndarray
    imported: np.ndarray
    exported: np.ndarray
    by_pair: np.ndarray


def footprints(production: Production, satellites: Mapping[str, np.ndarray]) -> Footprints:
    """Multipliers and accounts of every satellite, from one transposed solve and one solve for the output behind all purchases.

    Where nothing has factorised (I - A) yet, this question alone is answered by iteration in less time (`numerics.unfactored`); what
    it misses is tested in double precision.

    Args:
        production: Accounts of a World.
        satellites: Name -> amounts (region, sector) or (n,), in any unit.
    """
    names = tuple(satellites)
    amounts = np.array([_vector(production, name, satellites[name]) for name in names]).reshape(
        len(names), -1
    )
    intensity = per_output(amounts.T, production.output).T
    # Multipliers, and x behind the purchases of each region.
    solved = production.solve_both(production.final_demand, intensity.T)
    output_for, multipliers = solved[0], solved[1].T
    regions = len(production.regions)
    by_producer = intensity.reshape(len(names), regions, -1)
    by_pair = np.einsum("kas,asb->kab", by_producer, output_for.reshape(regions, -1, regions))
    home = np.einsum("kaa->ka", by_pair)
    produced, consumed = (
        amounts.reshape(len(names), regions, -1).sum(axis=2),
        multipliers @ production.final_demand,
    )
    return Footprints(
        names, multipliers, produced, consumed, consumed - home, by_pair.sum(axis=2) - home, by_pair
    )


def _vector(production: Production, name: str, amounts: np.ndarray) -> np.ndarray:
    vector = np.asarray(amounts, dtype=np.float64).ravel()
    if len(vector) != production.size or not np.isfinite(vector).all():
        raise AccordError(
            f"satellite '{name}' needs one finite number for each of {len(production.regions)} regions x "
            f"{len(production.sectors)} sectors, in that order."
        )
    if vector[production.output == 0.0].any():
        raise AccordError(f"satellite '{name}' has amounts where nothing is made.")
    return vector
