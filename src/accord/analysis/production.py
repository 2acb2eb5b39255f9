"""A World as vectors over producers: what every analysis computes with, factorised once per World.

A producer is a (region, sector), counted region by region. The price of each product is paid out in full:

    1 = sum_i A[i,j] + v[j] + t[j],     hence   1 = sum_i (v[i] + t[i]) L[i,j]

with v value added and t duties on inputs and taxes on output, all per unit of output. So the shares of all regions' value added and of
duties and taxes in any product add up to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from accord.errors import AccordError, Fault, nearest
from accord.numerics.factorisation import PLAIN
from accord.numerics.leontief import LeontiefSystem
from accord.numerics.unfactored import solve_unfactored
from accord.world import World

THIRD = "third countries"
"""Label of all regions that are no partners, taken together."""


@dataclass(frozen=True, eq=False)
class Production:
    """The accounts of a World over its n producers.

    Attributes:
        world: Where they come from.
        intermediate: Z (n, n), USD million, a view of the World's own array.
        final_demand: Y (n, region that buys), all uses together, USD million, float64.
        output: x (n,), USD million.
        value_added: (n,), all factors, USD million.
        taxes: (n,) duties on inputs and taxes on output, USD million: what is neither input nor value added.
    """

    world: World = field(repr=False)
    intermediate: np.ndarray = field(repr=False)
    final_demand: np.ndarray = field(repr=False)
    output: np.ndarray = field(repr=False)
    value_added: np.ndarray = field(repr=False)
    taxes: np.ndarray = field(repr=False)

    @property
    def regions(self) -> tuple[str, ...]:
        """Region codes."""
        return self.world.regions

    @property
    def sectors(self) -> tuple[str, ...]:
        """Sector codes."""
        return self.world.sectors

    @property
    def size(self) -> int:
        """Number of producers n."""
        return len(self.output)

    @property
    def flows(self) -> np.ndarray:
        """Z as (exporter, supplying sector, importer, using sector)."""
        shape = (len(self.regions), len(self.sectors))
        return self.intermediate.reshape(shape + shape)

    @cached_property
    def system(self) -> LeontiefSystem:
        """(I - A), factorised at the first solve and kept."""
        return LeontiefSystem.from_flows(self.intermediate, self.output)

    def solve_both(self, final_demand: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Output x = L y and multipliers m = L' w for one question, (n, k) each.

        From the factors where they are kept already or the World is small; else by iteration, without a factorisation and without A
        (`numerics.unfactored`), with what it misses tested in double precision.
        """
        known = self.__dict__.get("system")
        if self.size > PLAIN and not (known is not None and known.factorised):
            found = solve_unfactored(self.intermediate, self.output, len(self.sectors), final_demand, weights)
            if found is not None:
                return found
        return self.system.solve(final_demand), self.system.solve_transposed(weights)

    @cached_property
    def value_added_per_output(self) -> np.ndarray:
        """Value added v (n,) per unit of output; zero where nothing is made."""
        return per_output(self.value_added, self.output)

    @cached_property
    def final_products(self) -> np.ndarray:
        """Final demand (n,) for each product from all regions together."""
        return self.final_demand.sum(axis=1)

    @cached_property
    def content(self) -> np.ndarray:
        """What a unit of each product is made of, (n, origin): value added by region, then duties and taxes; rows add up to one."""
        weights = np.zeros((self.size, len(self.regions) + 1))
        weights[np.arange(self.size), self.region_of] = self.value_added_per_output
        weights[:, -1] = per_output(self.taxes, self.output)
        content = self.system.solve_transposed(weights)
        content[self.output == 0.0] = np.nan  # no product, no content
        return content

    @property
    def region_of(self) -> np.ndarray:
        """Position of each producer's region, (n,)."""
        return np.repeat(np.arange(len(self.regions)), len(self.sectors))

    def at(self, region: str) -> np.ndarray:
        """Positions of the producers of a region."""
        count = len(self.sectors)
        return self.regions.index(region) * count + np.arange(count)

    def positions(
        self, regions: Sequence[str] | None = None, sectors: Sequence[str] | None = None
    ) -> np.ndarray:
        """Positions of producers in `regions` and `sectors`; None means all of them."""
        count = len(self.sectors)
        rows = [self.regions.index(region) for region in self.known("region", regions)]
        columns = [self.sectors.index(sector) for sector in self.known("sector", sectors)]
        return (np.array(rows, dtype=np.intp)[:, None] * count + np.array(columns, dtype=np.intp)).ravel()

    def known(self, what: str, labels: Sequence[str] | None) -> tuple[str, ...]:
        """Return `labels` (all of them for None), each once; unknown ones are listed with their nearest spelling."""
        labels_of_world = self.regions if what == "region" else self.sectors
        if labels is None:
            return labels_of_world
        members = dict(
            zip(self.regions, self.world.data["region_members"].to_numpy().astype(str), strict=True)
        )
        faults = []
        for label in dict.fromkeys(labels):
            if label in labels_of_world:
                continue
            inside = [region for region, codes in members.items() if label in codes.split()]
            within = f"It is part of '{inside[0]}', an aggregate." if what == "region" and inside else ""
            faults.append(
                Fault(
                    f"World '{self.world.name}'",
                    f"no {what} '{label}'",
                    remedy=f"{within or nearest(label, labels_of_world)} List them: "
                    f"accord world show {self.world.name} --{what}s".strip(),
                )
            )
        if faults:
            raise AccordError(faults)
        return tuple(dict.fromkeys(labels))

    def partners(self, regions: Sequence[str]) -> tuple[str, ...]:
        """Return `regions` as partners: known, and at least two."""
        known = self.known("region", regions)
        if len(known) < 2:
            raise AccordError(
                f"interdependence needs two partners or more, and got: {', '.join(known) or 'none'}. For example: accord depend BLR RUS"
            )
        return known


KEPT = 2
"""Worlds whose accounts are kept; the factorisation of a large one takes hundreds of megabytes."""
_LATEST: list[Production] = []


def production_of(world: World) -> Production:
    """The accounts of `world` over producers; the same object for the same World object, so that it is factorised once."""
    for known in _LATEST:
        if known.world is world:
            return known
    _LATEST[KEPT - 1 :] = []
    _LATEST.insert(0, _accounts(world))
    return _LATEST[0]


def per_output(amounts: np.ndarray, output: np.ndarray) -> np.ndarray:
    """Amounts per unit of output, zero where nothing is made; (n,) or (n, k)."""
    divisor = output if amounts.ndim == 1 else output[:, None]
    return np.divide(
        amounts, divisor, out=np.zeros(amounts.shape), where=np.broadcast_to(divisor, amounts.shape) > 0.0
    )


def _accounts(world: World) -> Production:
    size = len(world.regions) * len(world.sectors)
    intermediate = np.ascontiguousarray(world.data["intermediate"].to_numpy()).reshape(size, size)
    final = world.data["final_demand"].to_numpy().sum(axis=3, dtype=np.float64).reshape(size, -1)
    output = intermediate.sum(axis=1, dtype=np.float64) + final.sum(axis=1)
    value_added = world.data["value_added"].to_numpy().sum(axis=2, dtype=np.float64).reshape(size)
    taxes = output - intermediate.sum(axis=0, dtype=np.float64) - value_added
    return Production(world, intermediate, final, output, value_added, taxes)
