"""Orders for a basket of products: who supplies them directly, and what they take through all chains (multipliers, no equilibrium).

    y[i,k] = sum over markets r of amount[r] basket[k] s[i,k,r],   s = share of exporter i in what the user buys of k in r
    x = (I - A)^-1 y,   value added v'x

Source: Miller and Blair (2022), chapters 2 and 6. Output has no limit here and nobody else's output falls: that is what the equilibrium
adds, and why the two are printed side by side under their own names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from accord.analysis.production import production_of
from accord.errors import Fault, ProgrammeError, nearest
from accord.world import World

INVESTMENT = "investment"


class Orders(NamedTuple):
    """Orders by region and sector of the supplier, USD million a year.

    Attributes:
        direct: What is bought from it (region, sector).
        output: Its output behind all chains.
        value_added: Its value added in that output.
    """

    direct: np.ndarray
    output: np.ndarray
    value_added: np.ndarray


def orders_for(
    world: World,
    purchases: Sequence[tuple[str, Mapping[str, float], float]],
    *,
    user: str | None = None,
) -> Orders:
    """Return orders behind purchases.

    Args:
        world: The data.
        purchases: (region whose market it is, basket, USD million a year).
        user: Final use or using sector whose sources are taken; investment by default, else the World's only final use.
    """
    shape = (len(world.regions), len(world.sectors))
    direct = np.zeros(shape)
    for region, basket, amount in purchases:
        market = world.regions.index(region)
        for sector, share in basket.items():
            product = _position(world, sector)
            direct[:, product] += amount * share * sources(world, market, product, user)
    production = production_of(world)
    output = production.system.solve(direct.ravel())
    value_added = output * production.value_added_per_output
    return Orders(direct, output.reshape(shape), value_added.reshape(shape))


def sources(world: World, market: int, product: int, user: str | None = None) -> np.ndarray:
    """Share of each exporter in what a user buys of a product in a market (exporter,); of all its users where it buys none."""
    chosen = user or (INVESTMENT if INVESTMENT in world.uses else world.uses[0])
    data = world.data
    if chosen in world.uses:
        flow = data["final_demand"].to_numpy()[:, product, market, world.uses.index(chosen)]
    else:
        flow = data["intermediate"].to_numpy()[:, product, market, _position(world, chosen)]
    bought = np.maximum(flow.astype(np.float64), 0.0)
    if bought.sum() <= 0.0:
        final = data["final_demand"].to_numpy()[:, product, market].sum(axis=1, dtype=np.float64)
        bought = np.maximum(
            final + data["intermediate"].to_numpy()[:, product, market].sum(axis=1, dtype=np.float64), 0.0
        )
    total = float(bought.sum())
    if total <= 0.0:
        home = np.zeros(len(world.regions))
        home[market] = 1.0
        return home
    return bought / total


def region_of(world: World, code: str) -> str:
    """Return the World's region that holds `code`: itself, or the aggregate it is part of."""
    if code in world.regions:
        return code
    members = world.data["region_members"].to_numpy().astype(str)
    for region, codes in zip(world.regions, members, strict=True):
        if code in codes.split():
            return region
    raise ProgrammeError(
        [
            Fault(
                "",
                f"unknown region '{code}'",
                f"a region of World '{world.name}'",
                nearest(code, world.regions),
            )
        ]
    )


def _position(world: World, sector: str) -> int:
    if sector not in world.sectors:
        raise ProgrammeError(
            [
                Fault(
                    "",
                    f"unknown sector '{sector}'",
                    f"a sector of World '{world.name}'",
                    f"{nearest(sector, world.sectors)} List all names with: accord world show {world.name} --sectors".strip(),
                )
            ]
        )
    return world.sectors.index(sector)
