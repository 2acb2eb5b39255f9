"""Fewer regions or sectors, the same accounts.

What is kept, and how:

- Flows are added up in float64. Sales between regions that are not merged with each other keep their value before duty.
- The tariff of a merged flow is weighted by imports, so that the revenue on it stays what it was. A rate is the same for all
  buyers of a product; where merged products with different rates had different buyers, some of the duty moves between inputs and
  final purchases, and value added with it. The step in the provenance states the size.
- Sales between regions that are merged become home sales, which pay no tariff. Their duties are net taxes on products that are
  not duties any more, hence part of the tax on output of the selling sector (METHODS section 5): the sale is valued as its buyer
  paid for it, and the tax takes the difference. What buyers pay, value added and the income of the merged region stay the same;
  its recorded output and its tax on output rise by the duty.
- Taxes on output are added up and divided by the new output.
- Trade elasticities are weighted by world imports, or by output for products that are not traded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from accord.errors import Fault, WorldError, nearest
from accord.world.accounts import output_of, sales_of
from accord.world.build import build_world
from accord.world.world import Provenance, World

MIXED = "mixed: cells of several sources, weighted by imports"
ASSUMED_IN_PART = (
    "assumed in part: cells of several sources, at least one of them assumed, weighted by imports"
)


def aggregate(
    world: World,
    *,
    regions: Mapping[str, Sequence[str]] | None = None,
    sectors: Mapping[str, Sequence[str]] | None = None,
    region_names: Mapping[str, str] | None = None,
    sector_names: Mapping[str, str] | None = None,
    name: str | None = None,
) -> World:
    """Return `world` with regions and sectors merged; nothing is dropped, and the accounts stay balanced (module docstring).

    Args:
        world: The World to merge.
        regions: New code -> old codes, each old code exactly once; None keeps the regions. The order is the new order.
        sectors: The same for sectors.
        region_names: Names of new regions; by default the old name where nothing was merged, else the new code.
        sector_names: The same for sectors.
        name: Name of the new World; by default the old one with the new size.
    """
    identity_regions = {code: [code] for code in world.regions}
    identity_sectors = {code: [code] for code in world.sectors}
    faults = [
        *_mapping_faults(world, "region", world.regions, regions, region_names),
        *_mapping_faults(world, "sector", world.sectors, sectors, sector_names),
    ]
    if faults:
        raise WorldError(faults)
    region = _grouping(world.regions, regions or identity_regions, world.region_names, region_names)
    sector = _grouping(world.sectors, sectors or identity_sectors, world.sector_names, sector_names)
    return _merged(world, region, sector, name)


@dataclass(frozen=True)
class _Grouping:
    """Which new label each old one belongs to.

    Attributes:
        codes: New codes, in order.
        names: New names.
        group: (old,) position of the new label of each old one.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    group: np.ndarray

    @property
    def matrix(self) -> np.ndarray:
        """(new, old): 1.0 where the old label belongs to the new one."""
        return (np.arange(len(self.codes))[:, None] == self.group).astype(np.float64)

    def members(self, new: int) -> np.ndarray:
        """Positions of the old labels of the new label `new`."""
        return np.flatnonzero(self.group == new)


def _mapping_faults(
    world: World,
    kind: str,
    old: Sequence[str],
    mapping: Mapping[str, Sequence[str]] | None,
    names: Mapping[str, str] | None,
) -> Iterator[Fault]:
    where = f"mapping of {kind}s of World '{world.name}'"
    listing = f"List all: accord world show {world.name} --{kind}s"
    codes = old if mapping is None else list(mapping)
    for extra in set(names or {}) - set(codes):
        yield Fault(
            where,
            f"a name for '{extra}', which is no new {kind}",
            f"one of {', '.join(codes)}",
            nearest(extra, codes),
        )
    if mapping is None:
        return
    used = [label for members in mapping.values() for label in members]
    for new, members in mapping.items():
        if not members:
            yield Fault(
                where,
                f"'{new}' has no members",
                f"at least one {kind}",
                f"Leave '{new}' out, or give it members.",
            )
    for label in dict.fromkeys(used):
        if label not in old:
            yield Fault(
                where,
                f"unknown {kind} '{label}'",
                f"a {kind} of the World",
                f"{nearest(label, old)} {listing}".strip(),
            )
        elif used.count(label) > 1:
            owners = [new for new, members in mapping.items() if label in members]
            yield Fault(
                where,
                f"'{label}' is used {used.count(label)} times, in {', '.join(owners)}",
                "every label exactly once",
                "Keep it in one place.",
            )
    missing = [label for label in old if label not in used]
    if missing:
        yield Fault(
            where,
            f"{len(missing)} {kind}s have no place: {', '.join(missing)}",
            "every label exactly once, so that nothing is dropped",
            f'To keep one as it is: {missing[0]} = ["{missing[0]}"]. {listing}',
        )


def _grouping(
    old: Sequence[str],
    mapping: Mapping[str, Sequence[str]],
    old_names: Mapping[str, str],
    new_names: Mapping[str, str] | None,
) -> _Grouping:
    owner = {label: position for position, members in enumerate(mapping.values()) for label in members}
    names = {new: old_names[members[0]] if len(members) == 1 else new for new, members in mapping.items()}
    names |= new_names or {}
    return _Grouping(
        tuple(mapping), tuple(names[new] for new in mapping), np.array([owner[label] for label in old])
    )


def _merged(world: World, region: _Grouping, sector: _Grouping, name: str | None) -> World:
    data = world.data
    tariff = data["tariff_rate"].values
    internal = (region.group[:, None] == region.group) & ~np.eye(len(region.group), dtype=bool)
    # Sales between merged regions are valued as paid: (exporter, sector, importer).
    markup = np.where(internal[:, None, :], 1.0 + tariff.transpose(0, 2, 1), 1.0)
    intermediate, final = data["intermediate"].values, data["final_demand"].values
    new_intermediate = _summed(intermediate, markup, region, sector, sector.matrix)
    new_final = _summed(final, markup, region, sector, np.eye(len(world.uses)))

    imports = sales_of(intermediate, final)
    folded = ((markup - 1.0) * imports).sum(axis=2)
    output_tax = _output_tax(world, folded, new_intermediate, new_final, region, sector)
    schedules = _schedules(data)
    sources, provenance = _tariff_sources(world, region, sector)
    result = build_world(
        name or f"{world.name}-{len(region.codes)}x{len(sector.codes)}",
        world.year,
        regions=region.codes,
        sectors=sector.codes,
        uses=world.uses,
        region_names=region.names,
        sector_names=sector.names,
        sector_kinds=_sector_kinds(world, sector),
        region_members=_region_members(data, region),
        intermediate=new_intermediate,
        final_demand=new_final,
        tariff_rate=_weighted_tariff(tariff, imports, region, sector),
        tariff_schedules={
            key: _weighted_tariff(rates, imports, region, sector) for key, rates in schedules.items()
        },
        tariff_source=sources,
        output_tax_rate=output_tax,
        trade_elasticity=_weighted_elasticity(world, world.trade_elasticity(), imports, sector),
        elasticity_set=world.elasticity_sets[0],
        elasticity_sets={
            key: _weighted_elasticity(world, world.trade_elasticity(key), imports, sector)
            for key in world.elasticity_sets
        },
        factors=[str(factor) for factor in data.indexes["factor"]],
        value_added=np.einsum("Nn,Jj,njf->NJf", region.matrix, sector.matrix, data["value_added"].values),
        provenance=provenance,
    )
    step = _step(world, result, float(folded.sum()))
    return replace(result, provenance=replace(provenance, steps=(*provenance.steps, step)))


def _summed(
    flows: np.ndarray, markup: np.ndarray, region: _Grouping, sector: _Grouping, user: np.ndarray
) -> np.ndarray:
    """Flows of new labels (exporter, sector, importer, user), float64; `user` is a matrix (new user, old user)."""
    total = np.zeros((len(region.codes), len(sector.codes), len(region.codes), len(user)))
    to_sector, to_region = sector.matrix, region.matrix
    # One exporter at a time keeps memory low; see `accounts.input_cost_of`.
    for exporter, sales in enumerate(flows):
        valued = sales.astype(np.float64) * markup[exporter][:, :, None]
        by_sector = np.tensordot(to_sector, valued, axes=(1, 0))
        by_user = by_sector @ user.T
        total[region.group[exporter]] += np.einsum("Nn,KnU->KNU", to_region, by_user, optimize=True)
    return total


def _output_tax(
    world: World,
    folded: np.ndarray,
    intermediate: np.ndarray,
    final: np.ndarray,
    region: _Grouping,
    sector: _Grouping,
) -> np.ndarray | None:
    """Rate (region, sector) of the new tax on output, the duties that were folded into it included; None when there is none."""
    tax = folded
    if "output_tax_rate" in world.data:
        tax = tax + world.data["output_tax_rate"].values * world.gross_output.values
    elif not folded.any():
        return None
    # The tax falls on what will be stored, which is rounded to float32.
    output = output_of(intermediate.astype(np.float32), final.astype(np.float32))
    merged = np.einsum("Nn,Kk,nk->NK", region.matrix, sector.matrix, tax)
    return np.divide(merged, output, out=np.zeros_like(output), where=output != 0.0)


def _schedules(data: xr.Dataset) -> dict[str, np.ndarray]:
    if "tariff_schedules" not in data:
        return {}
    return {
        str(name): data["tariff_schedules"].sel(schedule=name).values for name in data.indexes["schedule"]
    }


def _weighted_tariff(
    rates: np.ndarray, imports: np.ndarray, region: _Grouping, sector: _Grouping
) -> np.ndarray:
    """Tariff (exporter, importer, sector) weighted by imports; the simple mean where nothing is imported; zero at home."""
    weights = imports.transpose(0, 2, 1)

    def total(cells: np.ndarray) -> np.ndarray:
        return np.einsum(
            "Ii,Nn,Kk,ink->INK", region.matrix, region.matrix, sector.matrix, cells, optimize=True
        )

    value = total(weights)
    mean = total(rates) / total(np.ones_like(rates))
    merged = np.divide(total(rates * weights), value, out=mean, where=value > 0.0)
    # A merge of one cell is that cell, to the last bit.
    alone = np.flatnonzero(np.bincount(region.group) == 1), np.flatnonzero(np.bincount(sector.group) == 1)
    old_region = [int(region.members(int(new))[0]) for new in alone[0]]
    old_sector = [int(sector.members(int(new))[0]) for new in alone[1]]
    merged[np.ix_(alone[0], alone[0], alone[1])] = rates[np.ix_(old_region, old_region, old_sector)]
    home = np.arange(len(region.codes))
    merged[home, home] = 0.0
    return merged


def _weighted_elasticity(
    world: World, theta: np.ndarray, imports: np.ndarray, sector: _Grouping
) -> np.ndarray:
    """Trade elasticity (sector,) weighted by world imports, by output where none of the merged products is traded."""
    traded = imports.sum(axis=(0, 2)) - np.einsum("iki->k", imports)
    output = world.gross_output.values.sum(axis=0)
    merged = np.empty(len(sector.codes))
    for new in range(len(sector.codes)):
        members = sector.members(new)
        candidates = (traded[members], output[members], np.ones(len(members)))
        weights = next(weights for weights in candidates if weights.sum() > 0.0)
        merged[new] = theta[members[0]] if len(members) == 1 else np.average(theta[members], weights=weights)
    return merged


def _sector_kinds(world: World, sector: _Grouping) -> list[str]:
    """The common kind; goods and energy make goods; otherwise the kind of the member with the largest output."""
    kinds = world.data["sector_kind"].values.astype(str)
    output = world.gross_output.values.sum(axis=0)
    merged = []
    for new in range(len(sector.codes)):
        members = sector.members(new)
        found = set(kinds[members])
        largest = kinds[members[np.argmax(output[members])]]
        merged.append("goods" if found == {"goods", "energy"} else str(largest))
    return merged


def _region_members(data: xr.Dataset, region: _Grouping) -> list[str]:
    members = data["region_members"].values.astype(str)
    return [" ".join(members[region.members(new)]) for new in range(len(region.codes))]


def _tariff_sources(
    world: World, region: _Grouping, sector: _Grouping
) -> tuple[np.ndarray | None, Provenance]:
    """Source of each merged tariff: the common one, else one of the two mixtures, which are added to the list."""
    provenance = world.provenance
    if "tariff_source" not in world.data:
        return None, provenance
    old = world.data["tariff_source"].values
    listed = list(provenance.tariff_sources)
    for mixture in (MIXED, ASSUMED_IN_PART):
        if mixture not in listed:
            listed.append(mixture)
    assumed = np.array([text.startswith("assumed") for text in listed])
    cell = np.broadcast_arrays(region.group[:, None, None], region.group[None, :, None], sector.group)
    shape = (len(region.codes), len(region.codes), len(sector.codes))
    lowest, highest = np.full(shape, np.iinfo(old.dtype).max), np.full(shape, np.iinfo(old.dtype).min)
    any_assumed = np.zeros(shape, dtype=bool)
    np.minimum.at(lowest, tuple(cell), old)
    np.maximum.at(highest, tuple(cell), old)
    np.logical_or.at(any_assumed, tuple(cell), assumed[old])
    mixture = np.where(any_assumed, listed.index(ASSUMED_IN_PART), listed.index(MIXED))
    merged = np.where(lowest == highest, lowest, mixture).astype(old.dtype)
    used = max(len(provenance.tariff_sources), int(merged.max()) + 1)
    return merged, replace(provenance, tariff_sources=tuple(listed[:used]))


def _step(old: World, new: World, folded: float) -> str:
    before, after = (float(world.data["value_added"].values.sum()) for world in (old, new))
    text = (
        f"Merged from {len(old.regions)} regions x {len(old.sectors)} sectors to {len(new.regions)} x {len(new.sectors)}; tariffs and "
        "trade elasticities weighted by imports."
    )
    if folded:
        text += (
            f" Duties of USD {folded:,.1f} million between merged regions became tax on output of the sellers, "
            "whose sales are valued as paid."
        )
    if abs(after - before) > 1e-6 * before:
        text += f" Value added moved by USD {after - before:+,.1f} million in all, because merged products share one rate."
    return text
