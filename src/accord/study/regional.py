"""Results of a programme by sub-national region: national results shared out, located projects first (METHODS section 16).

    national change of each sector   context and decisions against context alone, volumes at base prices
    located projects                 the change that each `regional-project` alone makes in its own sectors lies where it is located
    spill-overs                      with `spill_overs`, the part of its effect on other sectors that FLQ coefficients keep in the region
    everything else                  by the regions' shares of each sector: every region sees its sectors' national growth

The regions of a country add up to the country. No table here is about welfare: there are no prices, wages or households below the
country.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from accord.adapters import equilibrium as adapter
from accord.analysis.regional import (
    DELTA,
    WORKED_COUNTRIES,
    RegionalShares,
    local_part,
    read_shares,
    share_out,
)
from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.labels import SECTOR_WORDS, as_labels
from accord.programme.measures import RegionalProject
from accord.shocks import Producers, ProductivityShock
from accord.study.check import match_shocks
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.study.prepare import Prepared

_USD = "USD million of base year"
_TOP_DOWN = (
    "top down: national change by regional shares of each sector, located projects first; no regional welfare"
)
REGION_COLUMNS = {
    "country": Column("label", "Country"),
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "output_base_usd": Column(
        "USD million", "Base output", "national output by regional shares of each sector"
    ),
    "output_change_usd": Column(_USD, "Output change", f"change of volume at base prices; {_TOP_DOWN}"),
    "output_pct": Column("%", "Output", f"change over base output; {_TOP_DOWN}"),
    "located_usd": Column(_USD, "of it located projects", "direct output of projects located in the region"),
    "value_added_change_usd": Column(
        _USD, "Value added change", f"output change at base shares of value added; {_TOP_DOWN}"
    ),
    "known_share": Column(
        "share", "On published shares", "part of base output whose sectors' shares are published figures"
    ),
}
SECTOR_COLUMNS = {
    "country": Column("label", "Country"),
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "sector": Column("label", "Sector code"),
    "sector_name": Column("label", "Sector"),
    "share": Column("share", "Share of the country", "of the sector's figure named under basis"),
    "output_change_usd": Column(_USD, "Output change", f"change of volume at base prices; {_TOP_DOWN}"),
    "quality": Column("label", "Share is"),
    "basis": Column("label", "Basis"),
    "source": Column("label", "Source"),
}
NOTE = (
    "Top down: each region's sectors grow as in the whole country, except for projects that the programme locates. Output and value added "
    "only: regional welfare is not known, because there are no prices, wages or households below the country."
)


@dataclass(frozen=True)
class Regional:
    """Results by sub-national region.

    Attributes:
        tables: `regional` and `regional_sectors`.
        notes: What a reader must know, one sentence each.
    """

    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def regional_results(
    prepared: Prepared,
    shares: str | Path | None = None,
    *,
    spill_overs: bool = False,
    delta: float = DELTA,
) -> Regional:
    """Return the results of a programme by sub-national region.

    Args:
        prepared: The programme on its World.
        shares: Table of figures by region and sector; the worked one for Belarus and Russia by default, for partners alone.
        spill_overs: Whether spill-overs of located projects stay in their region as far as FLQ coefficients say.
        delta: Exponent of the FLQ.

    Raises:
        WorldError: The table has faults; all are listed.
        ProgrammeError: A project is located in a region that the table does not have, or no partner is in the worked table.
    """
    if not 0.0 <= delta < 1.0:
        raise ProgrammeError(
            [
                Fault(
                    "delta",
                    f"{delta:g}",
                    "0 or more and below 1 (0.3 in Flegg and Webber 1997)",
                    "leave it out",
                )
            ]
        )
    if shares is None:
        _refuse_others(prepared)
    known = read_shares(prepared.world, shares)
    projects = _located(prepared, known)
    # What the worked table holds of third countries is no answer about this programme; a table of the user is asked for as it is.
    wanted = prepared.checked.partners if shares is None else tuple(known)
    countries = [country for country in prepared.world.regions if country in known and country in wanted]
    change = _by_country(prepared, prepared.everything)
    base = prepared.model.unchanged.output
    alone = {
        project.id: _by_country(prepared, prepared.solve(_only(prepared, project.id))) for project in projects
    }
    regions, details = [], []
    for country in countries:
        table, place = known[country], prepared.position(country)
        own = [project for project in projects if project.country == country]
        located = [_parts(project, table, alone[project.id][place], prepared) for project in own]
        local = None
        if spill_overs and located:
            direct = sum(where[:, None] * parts[0] for where, parts in located)
            local = local_part(prepared.world, table, np.asarray(direct), delta)
        found = share_out(table, change[place], located, local)
        direct_usd = sum((where * parts[0].sum() for where, parts in located), np.zeros(len(table.regions)))
        regions += list(_region_rows(prepared, table, base[place], found, direct_usd))
        details += list(_sector_rows(prepared, table, found))
    tables = (
        Table(
            "regional",
            "Results by sub-national region (top down; no regional welfare)",
            pd.DataFrame(regions, columns=list(REGION_COLUMNS)),
            REGION_COLUMNS,
            ("country", "region"),
        ),
        Table(
            "regional_sectors",
            "Results by sub-national region and sector (top down; no regional welfare)",
            pd.DataFrame(details, columns=list(SECTOR_COLUMNS)),
            SECTOR_COLUMNS,
            ("country", "region", "sector"),
        ),
    )
    shown = {country: known[country] for country in countries}
    return Regional(tables, tuple(_notes(prepared, shown, own_spill=spill_overs, delta=delta)))


def _refuse_others(prepared: Prepared) -> None:
    """The worked table answers for the countries that it holds."""
    partners = prepared.checked.partners
    if not set(partners) & set(WORKED_COUNTRIES):
        raise ProgrammeError(
            [
                Fault(
                    f"regional shares of {', '.join(partners)}",
                    f"the worked table has regions of {', '.join(WORKED_COUNTRIES)} alone",
                    "a table of regional figures of at least one partner",
                    "give one: accord regions PROGRAMME --shares FILE (columns: docs/methods/regions.md)",
                )
            ]
        )


def _only(prepared: Prepared, measure: str) -> Mapping[str, float]:
    return {**dict.fromkeys(prepared.measures, 0.0), measure: 1.0}


def _by_country(prepared: Prepared, state: object) -> np.ndarray:
    """Change of output volume against the context alone (region, sector), USD million at base prices."""
    frame = adapter.sector_frame(prepared.model, prepared.context_alone, state)  # pyright: ignore[reportArgumentType]
    table = frame.pivot_table(index="region", columns="sector", values="output_change_usd", aggfunc="sum")
    return table.reindex(index=prepared.world.regions, columns=prepared.world.sectors).fillna(0.0).to_numpy()


def _located(prepared: Prepared, known: Mapping[str, RegionalShares]) -> list[RegionalProject]:
    """Regional projects that act, each held to the table."""
    projects = [
        measure
        for measure in prepared.programme.measures
        if isinstance(measure, RegionalProject) and measure.id in prepared.measures
    ]
    faults = [
        Fault(
            f"measure '{project.id}', located",
            f"'{name}' is no region of {project.country} in the table of regional shares",
            f"one of: {', '.join(known[project.country].regions)}",
            nearest(name, (*known[project.country].regions, *known[project.country].names)),
        )
        for project in projects
        if project.country in known
        for name in project.located
        if known[project.country].position(name) is None
    ]
    faults += [
        Fault(
            f"measure '{project.id}', country",
            f"the table of regional shares has no regions of {project.country}",
            f"one of: {', '.join(known)}",
            "give a table that has them: accord regions PROGRAMME --shares FILE",
        )
        for project in projects
        if project.country not in known
    ]
    if faults:
        raise ProgrammeError(faults)
    return projects


def _parts(
    project: RegionalProject, table: RegionalShares, change: np.ndarray, prepared: Prepared
) -> tuple[np.ndarray, np.ndarray]:
    """Where a project lies (region,), and its country's change by sector: direct and the rest (2, sector)."""
    where = np.zeros(len(table.regions))
    for name, share in project.located.items():
        place = table.position(name)
        assert place is not None  # held to the table before
        where[place] += share
    # Its own sectors, whether it makes more of them or is built by them.
    named = Producers((project.country,), as_labels(project.sectors, SECTOR_WORDS))
    (meant,) = match_shocks(
        prepared.programme,
        prepared.world,
        [ProductivityShock(measure=project.id, producers=named, factor=1.0)],
    )
    assert isinstance(meant, ProductivityShock)
    own = np.isin(table.sectors, meant.producers.sectors or table.sectors)
    return where, np.stack([np.where(own, change, 0.0), np.where(own, 0.0, change)])


def _region_rows(
    prepared: Prepared, table: RegionalShares, base: np.ndarray, found: np.ndarray, located: np.ndarray
) -> Iterator[dict[str, object]]:
    place = prepared.position(table.country)
    added = prepared.model.base.value_added_share[place] * (1.0 - prepared.model.base.output_tax[place])
    published = np.array([basis.quality == "published" for basis in table.basis])
    for row, region in enumerate(table.regions):
        output = table.share[row] * base
        total = float(output.sum())
        yield {
            "country": table.country,
            "region": region,
            "region_name": table.names[row],
            "output_base_usd": total,
            "output_change_usd": float(found[row].sum()),
            "output_pct": 100.0 * float(found[row].sum()) / total,
            "located_usd": float(located[row]),
            "value_added_change_usd": float((found[row] * added).sum()),
            "known_share": float(output[published].sum()) / total,
        }


def _sector_rows(prepared: Prepared, table: RegionalShares, found: np.ndarray) -> Iterator[dict[str, object]]:
    for row, region in enumerate(table.regions):
        for column, sector in enumerate(table.sectors):
            basis = table.basis[column]
            yield {
                "country": table.country,
                "region": region,
                "region_name": table.names[row],
                "sector": sector,
                "sector_name": prepared.world.sector_names[sector],
                "share": float(table.share[row, column]),
                "output_change_usd": float(found[row, column]),
                "quality": basis.quality,
                "basis": f"{basis.text}, {basis.year}",
                "source": basis.source,
            }


def _notes(
    prepared: Prepared, known: Mapping[str, RegionalShares], *, own_spill: bool, delta: float
) -> Iterator[str]:
    yield NOTE
    for table in known.values():
        kinds: dict[str, list[str]] = {}
        for sector, basis in zip(table.sectors, table.basis, strict=True):
            kinds.setdefault(basis.quality, []).append(sector)
        for quality in ("assumed", "filled by population"):
            if quality in kinds:
                yield (
                    f"{prepared.world.region_names[table.country]}: shares of {len(kinds[quality])} of {len(table.sectors)} sectors are "
                    f"{quality}: {', '.join(kinds[quality])}"
                )
    if own_spill:
        yield (
            "spill-overs of located projects stay in their region as far as location quotients say: FLQ of Flegg and Webber (1997), "
            f"delta {delta:g}, output in place of employment"
        )
    silent = [partner for partner in prepared.checked.partners if partner not in known]
    if silent:
        yield f"no regional shares for {', '.join(silent)}: give a table with --shares"
