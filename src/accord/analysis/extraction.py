"""What breaks: output and value added at risk when regions, sectors or flows are taken away, nothing being substituted.

`Extraction` says what is taken away. Its flows become zero in A and Y, output is solved again, and value added per unit of output stays:

    x* = (I - A*)^-1 y*,   lost value added = v (x - x*)

Source: Dietzenbacher, van der Linden and Steenge (1993) and Dietzenbacher and Lahr (2013), hypothetical extraction; Los, Timmer and
de Vries (2016) for exports, where the loss of value added is the domestic value added in them. It answers "how much rests on this?",
not "what would happen?": users neither find other suppliers nor stop for want of an input. What they lose are sales. The other side,
what stops for want of inputs, is `coalition_exposure`'s exposed column and the disruption engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from accord.analysis.labelled import labelled
from accord.analysis.production import Production, production_of
from accord.errors import AccordError
from accord.numerics.leontief import Change
from accord.tables import Table
from accord.world import World

Labels = Sequence[str] | None


@dataclass(frozen=True)
class Extraction:
    """What is taken away; None means all of an axis. Several selections make one extraction when they share a name.

    Attributes:
        name: Name in the table ("Russian gas to Belarus").
        exporters: Regions that stop selling.
        supplying_sectors: Products that are no longer sold.
        importers: Regions that no longer get them.
        using_sectors: Sectors that no longer get them as inputs.
        final: Whether sales to final users vanish too.
        home: Whether flows inside a region vanish too; by default only those that cross a border do.
    """

    name: str
    exporters: Labels = None
    supplying_sectors: Labels = None
    importers: Labels = None
    using_sectors: Labels = None
    final: bool = True
    home: bool = False


def extract(world: World, extractions: Sequence[Extraction], *, within: Labels = None) -> Table:
    """Output and value added at risk in every region, for each extraction (those of one name taken together).

    Args:
        world: The World.
        extractions: What is taken away.
        within: Regions of a union: only flows between them, and inside them, are taken away; the whole World by default.
    """
    production = production_of(world)
    union = set(production.known("region", within))
    names = list(dict.fromkeys(extraction.name for extraction in extractions))
    left = []
    for name in names:
        parts = [_blocks(production, part, union) for part in extractions if part.name == name]
        left.append(_output_without(production, parts))
    labels = names or ["nothing"]
    remaining = np.array(left).T if left else production.output[:, None]
    scope = f" inside {', '.join(within)}" if within is not None else ""
    return _losses(
        production,
        remaining,
        labels,
        "extraction",
        "extractions",
        f"At risk when flows{scope} are taken away",
    )


def region_extractions(world: World, regions: Labels = None) -> Table:
    """Each region taken out of the World, one at a time: what all others, and it itself, have at risk.

    A removed region neither buys nor sells any more, and final demand for its products vanishes; its own final demand for others'
    products goes too. All cost about one more factorisation (`LeontiefSystem.remaining_outputs`).
    """
    production = production_of(world)
    chosen = production.known("region", regions)
    groups = [production.at(region) for region in chosen]
    bought = production.final_demand[:, [production.regions.index(region) for region in chosen]]
    without_purchases = production.output[:, None] - production.system.solve(bought)
    left = production.system.remaining_outputs(without_purchases, groups)
    return _losses(
        production,
        left,
        list(chosen),
        "removed",
        "region_extractions",
        "At risk when a region vanishes",
    )


def sector_extractions(world: World, regions: Sequence[str], sectors: Labels = None) -> Table:
    """Each sector of each of `regions` taken out of the World, one at a time, with all that it sells and buys."""
    production = production_of(world)
    pairs = [
        (region, sector)
        for region in production.known("region", regions)
        for sector in production.known("sector", sectors)
    ]
    groups = [production.positions([region], [sector]) for region, sector in pairs]
    groups, pairs = zip(
        *(pair for pair in zip(groups, pairs, strict=True) if production.output[pair[0][0]] > 0.0),
        strict=True,
    )
    left = production.system.remaining_outputs(production.output, groups)
    return _losses(
        production,
        left,
        [f"{region} {sector}" for region, sector in pairs],
        "extraction",
        "sector_extractions",
        f"At risk when a sector of {' or '.join(regions)} vanishes",
    )


def coalition_exposure(world: World, partners: Sequence[str], coalition: Labels = None) -> Table:
    """What each sector of each partner has at risk if a coalition of third countries stops all trade with the partners.

    Lost sales: extraction of all flows between partners and coalition, both ways. Lost inputs: the part of the value of each final
    product that passes through a producer of the coalition on its way to it, each unit counted once however often it passes:

        exposed[j] = 1 - m*[j],   m* = (I - A*[s,s]')^-1 (v + t)[s],   s = all producers outside the coalition

    Args:
        world: The World.
        partners: Two regions or more, or one.
        coalition: Regions that are no partners; all of them by default.
    """
    production = production_of(world)
    own = production.known("region", partners)
    third = tuple(region for region in production.regions if region not in own)
    members = production.known("region", third if coalition is None else coalition)
    inside = [region for region in members if region in own]
    if inside or not members:
        raise AccordError(
            f"a coalition is made of third countries, but {', '.join(inside) or 'none'} was given. Third countries: {', '.join(third)}"
        )
    cuts = [
        Extraction("cut", exporters=own, importers=members),
        Extraction("cut", exporters=members, importers=own),
    ]
    everywhere = set(production.regions)
    left = _output_without(production, [_blocks(production, cut, everywhere) for cut in cuts])
    lost = production.output - left
    through = value_through(production, production.positions(members))
    frames = []
    names = list(world.sector_names.values())
    for partner in own:
        rows = production.at(partner)
        lost_value = production.value_added_per_output[rows] * lost[rows]
        final = production.final_products[rows]
        frames.append(
            pd.DataFrame(
                {
                    "region": partner,
                    "sector": list(production.sectors),
                    "sector_name": names,
                    "output_usd": production.output[rows],
                    "sales_output_usd": lost[rows],
                    "sales_value_added_usd": lost_value,
                    "sales_value_added_pct": _percent(lost_value, production.value_added[rows]),
                    "exposed_usd": np.nan_to_num(through[rows]) * final,
                    "exposed_pct": 100.0 * through[rows],
                }
            )
        )
    return labelled(
        world,
        "coalition",
        f"At risk in {' and '.join(own)} if {_listed(members, third)} stop all trade with them",
        pd.concat(frames, ignore_index=True),
        ("region", "sector"),
    )


def value_through(production: Production, suppliers: np.ndarray) -> np.ndarray:
    """Share of the value of each product (n,) whose chain passes through one of `suppliers`; blank where nothing is made.

    It is one less the value that is earned along chains which avoid them: v L with the suppliers taken out. Suppliers' own products
    pass through them by definition: one.
    """
    system = production.system
    made = production.output > 0.0
    through = np.full(production.size, np.nan)
    if 2 * len(suppliers) >= production.size:
        stay = np.setdiff1d(np.flatnonzero(made), suppliers)
        kept = system.coefficients[:, stay]
        earned = 1.0 - kept.sum(axis=0)
        through[made] = 1.0
        through[stay] -= np.linalg.solve(np.eye(len(stay)) - kept[stay].T, earned)
        return through
    # m = A' m + w is one everywhere; taking producers out of it is `remaining_output` of the transposed system.
    unit = np.zeros((production.size, len(suppliers)))
    unit[suppliers, np.arange(len(suppliers))] = 1.0
    columns = system.solve_transposed(unit)
    passing = columns @ np.linalg.solve(columns[suppliers], made[suppliers].astype(float))
    through[made] = passing[made]
    return through


def _blocks(
    production: Production, extraction: Extraction, union: set[str]
) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[tuple[np.ndarray, int]]]:
    """The cells of A (suppliers, users) and of Y (suppliers, buyer) that an extraction empties; each cell once."""
    exporters = [r for r in production.known("region", extraction.exporters) if r in union]
    importers = [r for r in production.known("region", extraction.importers) if r in union]
    exporters_to: dict[tuple[str, ...], list[str]] = {}
    for exporter in exporters:
        buyers = tuple(importer for importer in importers if extraction.home or importer != exporter)
        if buyers:
            exporters_to.setdefault(buyers, []).append(exporter)
    inputs, final = [], []
    # Sellers with the same buyers make one block, so that its rank is that of its shorter side.
    for buyers, together in exporters_to.items():
        sells = production.positions(together, extraction.supplying_sectors)
        inputs.append((sells, production.positions(buyers, extraction.using_sectors)))
        if extraction.final:
            final += [(sells, production.regions.index(buyer)) for buyer in buyers]
    return inputs, final


def _output_without(
    production: Production,
    parts: Sequence[tuple[list[tuple[np.ndarray, np.ndarray]], list[tuple[np.ndarray, int]]]],
) -> np.ndarray:
    """x* (n,) without the cells of all parts; cells that several parts name are taken away once."""
    coefficients, demand = production.system.coefficients, production.final_demand.copy()
    taken, changes = np.zeros((production.size, production.size), dtype=bool), []
    for inputs, final in parts:
        for suppliers, users in inputs:
            cells = np.ix_(suppliers, users)
            difference = np.where(taken[cells], 0.0, -coefficients[cells])
            taken[cells] = True
            if difference.any():
                changes.append(Change(suppliers, users, difference))
        for suppliers, buyer in final:
            demand[suppliers, buyer] = 0.0
    left = demand.sum(axis=1)
    rank = sum(min(len(change.suppliers), len(change.users)) for change in changes)
    if rank < production.size // 4:
        return production.system.changed(changes).solve(left)
    # So much changes that a factorisation of its own is cheaper than the update.
    changed = production.system.changed(changes).coefficients
    return type(production.system)(changed).solve(left)


def _losses(
    production: Production, left: np.ndarray, labels: Sequence[str], key: str, name: str, title: str
) -> Table:
    """The table of losses by extraction and region from outputs that remain (n, extraction)."""
    regions = len(production.regions)

    def by_region(amounts: np.ndarray) -> np.ndarray:
        return amounts.reshape(regions, -1, amounts.shape[1]).sum(axis=1)

    lost = production.output[:, None] - left
    lost_output = by_region(lost)
    lost_value = by_region(production.value_added_per_output[:, None] * lost)
    output = by_region(production.output[:, None])
    value = by_region(production.value_added[:, None])
    region, case = np.indices(lost_output.shape).reshape(2, -1)
    frame = pd.DataFrame(
        {
            key: np.array(labels, dtype=object)[case],
            "region": np.array(production.regions, dtype=object)[region],
            "lost_output_usd": lost_output.ravel(),
            "lost_output_pct": _percent(lost_output, np.broadcast_to(output, lost_output.shape)).ravel(),
            "lost_value_added_usd": lost_value.ravel(),
            "lost_value_added_pct": _percent(lost_value, np.broadcast_to(value, lost_value.shape)).ravel(),
        }
    )
    return labelled(production.world, name, title, frame, (key, "region"))


def _percent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(100.0 * part, whole, out=np.full(part.shape, np.nan), where=whole != 0.0)


def _listed(members: Sequence[str], third: Sequence[str]) -> str:
    return "all third countries" if set(members) == set(third) else ", ".join(members)
