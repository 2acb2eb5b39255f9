"""Regions inside countries: shares of sub-national regions by sector, and location-quotient coefficients for spill-overs.

A World knows nothing below the country. What is known is a table of figures by region and sector: output, employment, or at least people.
National results are shared out by it, "top down": every region sees its sectors' national growth. Regional welfare is never given.

Spill-overs of a located project use regional input coefficients by the FLQ formula of Flegg and Webber (1997, Regional Studies 31:795):

    SLQ_i     = (x_ri / x_r) / (x_ni / x_n)                       specialisation of region r in sector i
    CILQ_ij   = SLQ_i / SLQ_j, and SLQ_i on the diagonal            can r's suppliers i serve its users j?
    lambda    = log2(1 + x_r / x_n)^delta                           small regions buy more from outside
    r_ij      = min(1, CILQ_ij lambda) a_ij                         regional input coefficient of the national one a_ij

with delta = 0.3 as in the original; Flegg and Tohmo (2013) find about 0.25 for Finland. Output stands for employment.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from accord.errors import Fault, WorldError, nearest

if TYPE_CHECKING:
    from accord.world import World

COLUMNS = ("country", "region", "name", "sector", "value", "basis", "year", "source")
POPULATION, EVERY = "population", "all"
CLASSES = {"goods": ("goods", "energy"), "energy": ("energy",), "services": ("services",)}
DELTA = 0.3
"""Exponent of the size correction; Flegg and Webber (1997)."""
WORKED = "belarus_russia.csv"
WORKED_COUNTRIES = ("BLR", "RUS")


@dataclass(frozen=True)
class Basis:
    """What the shares of a sector rest on.

    Attributes:
        text: What was counted.
        year: Year of the figures.
        source: Where they are from; a text that begins with "assumption" is one.
        filled: Whether nothing is known of the sector and people stand for it.
    """

    text: str
    year: str
    source: str
    filled: bool

    @property
    def quality(self) -> str:
        """In one word: published, assumed, or filled by population."""
        if self.filled:
            return "filled by population"
        return "assumed" if self.source.lower().startswith("assumption") else "published"


@dataclass(frozen=True)
class RegionalShares:
    """Shares of the regions of one country by sector.

    Attributes:
        country: Region of the World.
        regions: Codes of its sub-national regions.
        names: Their names.
        sectors: Sectors of the World.
        share: (region, sector); each column adds up to one.
        basis: What each sector's shares rest on.
    """

    country: str
    regions: tuple[str, ...]
    names: tuple[str, ...]
    sectors: tuple[str, ...]
    share: np.ndarray
    basis: tuple[Basis, ...]

    def position(self, region: str) -> int | None:
        """Position of a region by its code or name; None when there is none."""
        for labels in (self.regions, self.names):
            if region in labels:
                return labels.index(region)
        return None


def read_shares(world: World, path: str | Path | None = None) -> dict[str, RegionalShares]:
    """Return the shares of each country in a table of figures; the worked table for Belarus and Russia by default.

    A line gives a `value` (any unit) of a region in a `sector`: a code of the World, `goods`, `energy`, `services`, `all`, or
    `population`. A share is the value over the sum of its country and sector. A sector takes the figures of its own code, else of its
    class, else of `all`, else population.

    Raises:
        WorldError: Every fault of the table, with its line.
    """
    if path is None:
        text = (resources.files("accord.analysis") / "regional_shares" / WORKED).read_text(encoding="utf-8")
        name = WORKED
    else:
        try:
            text, name = Path(path).read_text(encoding="utf-8"), str(path)
        except (OSError, UnicodeDecodeError) as error:
            raise WorldError(
                f"{path}: cannot be read ({error}). Give a CSV file with the columns {', '.join(COLUMNS)}."
            ) from None
    lines = _lines(text, name, world)
    return {country: _shares(country, found, world, name) for country, found in lines.items()}


@dataclass(frozen=True)
class _Line:
    region: str
    name: str
    sector: str
    value: float
    basis: Basis


def _lines(text: str, file: str, world: World) -> dict[str, list[_Line]]:
    reader = csv.DictReader(text.removeprefix("\ufeff").splitlines(), skipinitialspace=True)
    if set(reader.fieldnames or ()) != set(COLUMNS):
        raise WorldError(
            [Fault(f"{file}, line 1", f"columns {', '.join(reader.fieldnames or ())}", ", ".join(COLUMNS))]
        )
    known = (*world.sectors, *CLASSES, EVERY, POPULATION)
    faults: list[Fault] = []
    lines: dict[str, list[_Line]] = {}
    for row in reader:
        where = f"{file}, line {reader.line_num}"
        if row["country"] not in world.regions:
            remedy = nearest(str(row["country"]), world.regions)
            faults.append(
                Fault(
                    where, f"unknown country '{row['country']}'", f"a region of World '{world.name}'", remedy
                )
            )
        if row["sector"] not in known:
            expected = f"a sector of World '{world.name}', {', '.join((*CLASSES, EVERY, POPULATION))}"
            faults.append(
                Fault(
                    where, f"unknown sector '{row['sector']}'", expected, nearest(str(row["sector"]), known)
                )
            )
        try:
            value = float(str(row["value"]))
        except ValueError:
            value = np.nan
        if not value >= 0.0 or np.isinf(value):
            faults.append(Fault(where, f"value '{row['value']}'", "a number, zero or more"))
            continue
        basis = Basis(row["basis"], row["year"], row["source"], filled=False)
        lines.setdefault(row["country"], []).append(
            _Line(row["region"], row["name"], row["sector"], value, basis)
        )
    if not lines and not faults:
        faults.append(Fault(file, "no line", "a line for each region and sector"))
    if faults:
        raise WorldError(faults)
    return lines


def _shares(country: str, lines: Sequence[_Line], world: World, file: str) -> RegionalShares:
    names = dict.fromkeys(line.region for line in lines)
    titles = {line.region: line.name for line in lines}
    tables: dict[str, dict[str, float]] = {}
    bases: dict[str, Basis] = {}
    faults: list[Fault] = []
    for line in lines:
        table = tables.setdefault(line.sector, {})
        if line.region in table:
            faults.append(
                Fault(f"{file}, {country}", f"{line.region} stands twice for {line.sector}", "once")
            )
        table[line.region] = line.value
        bases.setdefault(line.sector, line.basis)
    faults += [
        Fault(
            f"{file}, {country} {sector}",
            f"no value for {', '.join(name for name in names if name not in table)}",
            "a value for each region of the country; 0 where it has none",
        )
        for sector, table in tables.items()
        if set(table) != set(names)
    ]
    faults += [
        Fault(f"{file}, {country} {sector}", "all values are zero", "at least one above zero")
        for sector, table in tables.items()
        if sum(table.values()) == 0.0
    ]
    if POPULATION not in tables:
        faults.append(
            Fault(
                f"{file}, {country}",
                "no population",
                f"a line for each region with sector = {POPULATION}: it stands for what is not known",
            )
        )
    if faults:
        raise WorldError(faults)
    kinds = dict(zip(world.sectors, map(str, world.data["sector_kind"].to_numpy()), strict=True))
    chosen = [_best(sector, kinds[sector], tables) for sector in world.sectors]
    share = np.array([[tables[name][region] for name in chosen] for region in names])
    return RegionalShares(
        country=country,
        regions=tuple(names),
        names=tuple(titles[region] for region in names),
        sectors=world.sectors,
        share=share / share.sum(axis=0),
        basis=tuple(
            bases[name]
            if name != POPULATION
            else Basis(bases[name].text, bases[name].year, bases[name].source, filled=True)
            for name in chosen
        ),
    )


def _best(sector: str, kind: str, tables: Mapping[str, object]) -> str:
    """The most particular table that covers a sector."""
    for name, kinds in ((sector, (kind,)), ("energy", CLASSES["energy"]), *CLASSES.items(), (EVERY, (kind,))):
        if name in tables and kind in kinds:
            return name
    return POPULATION


def domestic_coefficients(world: World, country: str) -> np.ndarray:
    """Inputs from home per unit of output (supplying sector, using sector), zero where nothing is made."""
    place = world.regions.index(country)
    flows = world.data["intermediate"].to_numpy()[place, :, place].astype(np.float64)
    output = _output(world)[place]
    return np.divide(flows, output[None, :], out=np.zeros_like(flows), where=output[None, :] > 0.0)


def _output(world: World) -> np.ndarray:
    """Gross output (region, sector), USD million, from sales."""
    used = world.data["intermediate"].to_numpy().sum(axis=(2, 3), dtype=np.float64)
    return used + world.data["final_demand"].to_numpy().sum(axis=(2, 3), dtype=np.float64)


def flq(regional: np.ndarray, national: np.ndarray, delta: float = DELTA) -> np.ndarray:
    """Share of national input coefficients that a region meets itself (supplying sector, using sector), in [0, 1].

    Args:
        regional: Output or employment of the region by sector.
        national: The same of the nation.
        delta: Exponent of the size correction.

    A user that the region does not have gets zeros: it has no coefficients there.
    """
    size = regional.sum() / national.sum()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        special = np.where(national > 0.0, regional / regional.sum() / (national / national.sum()), 0.0)
        cross = np.where(special[None, :] > 0.0, special[:, None] / special[None, :], 0.0)
    # A user of next to nothing has an infinite quotient, and infinity times a size of zero is no number.
    cross = np.minimum(cross, np.finfo(np.float64).max)
    np.fill_diagonal(cross, special)
    return np.minimum(1.0, cross * np.log2(1.0 + size) ** delta)


def local_part(world: World, shares: RegionalShares, direct: np.ndarray, delta: float = DELTA) -> np.ndarray:
    """Part of the indirect output in each sector that falls on the region where the direct output is (region, sector), in [0, 1].

    With d the direct output of a region: ((I - R)^-1 d - d) / ((I - A)^-1 d - d), A the domestic coefficients of the nation and R the
    region's FLQ coefficients. Zero where a region has no direct output.

    Args:
        world: The data.
        shares: Regional shares of the country.
        direct: (region, sector), USD million.
        delta: Exponent of the FLQ.
    """
    national = _output(world)[world.regions.index(shares.country)]
    coefficients = domestic_coefficients(world, shares.country)
    unit = np.eye(len(shares.sectors))
    parts = np.zeros_like(direct)
    for place, demand in enumerate(direct):
        if not np.any(demand):
            continue
        met = flq(shares.share[place] * national, national, delta) * coefficients
        here = np.linalg.solve(unit - met, demand) - demand
        everywhere = np.linalg.solve(unit - coefficients, demand) - demand
        parts[place] = np.divide(here, everywhere, out=np.zeros_like(here), where=np.abs(everywhere) > 0.0)
    return np.clip(parts, 0.0, 1.0)


def share_out(
    shares: RegionalShares,
    national: np.ndarray,
    located: Iterable[tuple[np.ndarray, np.ndarray]] = (),
    local: np.ndarray | None = None,
) -> np.ndarray:
    """Return a national change by region (region, sector); columns add up to the national one whatever is located.

    Args:
        shares: Regional shares of the country.
        national: Change of the country by sector, USD million.
        located: For each located project: where it lies (region,), and its national change by sector with the project's own sectors
            first taken out as (2, sector): direct in its sectors, and the rest.
        local: Part of the rest that stays where the project is (region, sector); none by default, so that it is shared out.
    """
    rest = np.array(national, dtype=np.float64)
    found = np.zeros(shares.share.shape)
    for where, (direct, indirect) in located:
        found += where[:, None] * direct
        rest = rest - direct
        if local is not None:
            kept = where[:, None] * local * indirect
            found += kept
            rest = rest - kept.sum(axis=0)
    return found + shares.share * rest
