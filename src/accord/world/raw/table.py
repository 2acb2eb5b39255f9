"""A table between its file and a World: labelled arrays in USD million, with recorded totals where the file has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from accord.world.accounts import input_cost_of, output_of
from accord.world.build import build_world
from accord.world.checks import ensure_valid
from accord.world.raw.mending import Mending
from accord.world.world import Provenance, World


@dataclass(frozen=True)
class RawTable:
    """An inter-country table as somebody brings it. Amounts in USD million, flows before duty.

    Attributes:
        name: Name of the World that it will be.
        year: Year of the data.
        regions: Codes, ISO 3166 alpha-3 where one exists.
        sectors: Codes.
        uses: Final uses, from `variables.USES`.
        intermediate: Z (exporter, supplying_sector, importer, using_sector).
        final_demand: Y (exporter, supplying_sector, importer, use), without `inventories` where these are apart.
        provenance: Where it comes from.
        sector_kinds: 'goods', 'energy' or 'services'.
        trade_elasticity: theta by sector.
        elasticity_set: Name of that set.
        inventories: Changes in inventories (exporter, supplying_sector, importer), of either sign; None when not apart.
        taxes: Net taxes on products that each using (region, sector) pays on its inputs, duties included; None when not recorded.
        output: Recorded gross output (region, sector); None when not recorded.
        value_added: Recorded value added (region, sector), net of `taxes`; None when not recorded.
        tariff_rate: (exporter, importer, sector), share of the value before duty; None for zero.
        extra: Further arguments of `build_world`.
    """

    name: str
    year: int
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    uses: tuple[str, ...]
    intermediate: np.ndarray
    final_demand: np.ndarray
    provenance: Provenance
    sector_kinds: Sequence[str]
    trade_elasticity: np.ndarray
    elasticity_set: str
    inventories: np.ndarray | None = None
    taxes: np.ndarray | None = None
    output: np.ndarray | None = None
    value_added: np.ndarray | None = None
    tariff_rate: np.ndarray | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def household(self) -> int:
        """Position of the use that takes up what is left over."""
        return self.uses.index("household") if "household" in self.uses else 0

    @property
    def rows(self) -> np.ndarray:
        """Sum of every row (region, sector): all recorded sales, inventories included."""
        stock = 0.0 if self.inventories is None else self.inventories.sum(axis=2)
        return output_of(self.intermediate, self.final_demand) + stock

    @property
    def taxes_on_inputs(self) -> np.ndarray:
        """What each using (region, sector) pays above its inputs before duty: recorded taxes, or the duties where there are none."""
        if self.taxes is not None:
            return self.taxes
        if self.tariff_rate is None:
            return np.zeros((len(self.regions), len(self.sectors)))
        return input_cost_of(self.intermediate, self.tariff_rate) - self.intermediate.sum(
            axis=(0, 1), dtype=np.float64
        )

    def cells(self, mask: np.ndarray) -> list[str]:
        """Names of the (region, sector) cells that `mask` marks."""
        return [f"{self.regions[region]} {self.sectors[sector]}" for region, sector in np.argwhere(mask)]


def world_from(raw: RawTable, mending: Mending) -> World:
    """Return the World of a table without faults; its accounts are checked once more as those of every World."""
    provenance = replace(raw.provenance, steps=(*raw.provenance.steps, *mending.steps))
    arguments: dict[str, Any] = {"region_names": raw.regions, "sector_names": raw.sectors, **raw.extra}
    world = build_world(
        raw.name,
        raw.year,
        regions=raw.regions,
        sectors=raw.sectors,
        uses=raw.uses,
        sector_kinds=raw.sector_kinds,
        intermediate=raw.intermediate,
        final_demand=raw.final_demand,
        trade_elasticity=raw.trade_elasticity,
        elasticity_set=raw.elasticity_set,
        tariff_rate=raw.tariff_rate,
        output_tax_rate=_output_tax_rate(raw),
        provenance=provenance,
        **arguments,
    )
    return ensure_valid(world)


def _output_tax_rate(raw: RawTable) -> np.ndarray | None:
    """Recorded taxes on inputs less duties, as a share of output (METHODS section 5); None when none are recorded."""
    if raw.taxes is None:
        return None
    duties = np.zeros_like(raw.taxes)
    if raw.tariff_rate is not None:
        duties = replace(raw, taxes=None).taxes_on_inputs
    # The tax falls on the output that will be stored, which is rounded to float32.
    output = output_of(raw.intermediate.astype(np.float32), raw.final_demand.astype(np.float32))
    return np.divide(raw.taxes - duties, output, out=np.zeros_like(output), where=output > 0.0)
