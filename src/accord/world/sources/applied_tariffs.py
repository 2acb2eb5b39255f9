"""Applied tariffs of 2022 by (exporter, importer, sector): national averages, and zero inside customs unions and free-trade areas.

Each importer's average over manufactures or primary products is put on every foreign product of that kind. Three kinds of sectors
need a decision, flagged 'assumed' (docs/methods/tariffs.md): raw materials enter free, for the averages over primary products are
those of food; wood, fuels refined and non-ferrous metals carry the lower of the two averages; services and electricity carry none.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import NamedTuple

import numpy as np

from accord.errors import Fault, WorldError

EU = "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE"
BLOCS = {"EU": EU, "EFTA": "CHE ISL NOR", "ASEAN": "BRN IDN KHM LAO MMR MYS PHL SGP THA VNM"}

BASES = {
    "manufactures": "World Bank WDI TM.TAX.MANF.SM.AR.ZS: applied tariff, simple mean over manufactures, latest year up to 2022",
    "primary": "World Bank WDI TM.TAX.TCOM.SM.AR.ZS: applied tariff, simple mean over primary products, latest year up to 2022",
    "lower": "assumed: the lower of the importer's two averages (wood, refined fuels, non-ferrous metals)",
    "free": "assumed: zero, raw materials enter free (coal, oil, gas, ores, other mining)",
    "none": "assumed: zero, no duty is charged on services and electricity",
}
"""What a sector's tariff rests on: name in icio2022_sectors.csv -> source, in the order of `tariff_source`."""

HOME = "no tariff inside an economy"
BLANK = "assumed: the importer has no figure; 4% on manufactures, 9% on primary products"
BLANK_RATES = {"manufactures": 0.04, "primary": 0.09}
AGREEMENT = "zero under an agreement in force in 2022 (scope is our reading): "

AGRIFOOD = "primary"
"""Basis of the sectors that agreements of scope 'industrial' leave out."""


class AppliedTariffs(NamedTuple):
    """Tariffs and where each comes from.

    Attributes:
        rate: (exporter, importer, sector), share of import value before duty.
        source: (exporter, importer, sector), index into `sources`.
        sources: Texts; those that begin with "assumed" mark an assumption.
    """

    rate: np.ndarray
    source: np.ndarray
    sources: tuple[str, ...]


def applied_tariffs(
    regions: Sequence[str], bases: Sequence[str], *, without_figure: Sequence[str] = ()
) -> AppliedTariffs:
    """Return applied tariffs of 2022.

    Args:
        regions: ISO alpha-3 codes of single economies, each in tariffs_2022.csv or in `without_figure`.
        bases: For each sector, a name in `BASES`.
        without_figure: Regions that have no line by their nature, such as the rest of the world; they take `BLANK_RATES`.
    """
    agreements = tuple(_agreements())
    sources = [*BASES.values(), HOME, BLANK, *(AGREEMENT + agreement.name for agreement in agreements)]
    averages = tuple(_averages(regions, without_figure))
    count = len(regions)
    rate = np.zeros((count, count, len(bases)))
    source = np.zeros(rate.shape, dtype=np.int8)
    for sector, basis in enumerate(bases):
        source[:, :, sector] = list(BASES).index(basis)
        for importer, (manufactures, primary, known) in enumerate(averages):
            rates = {"manufactures": manufactures, "primary": primary, "lower": min(manufactures, primary)}
            rate[:, importer, sector] = rates.get(basis, 0.0)
            if basis in rates and not known:
                source[:, importer, sector] = sources.index(BLANK)
    agrifood = np.array([basis == AGRIFOOD for basis in bases])
    dutiable = np.array([basis != "none" for basis in bases])
    # In reverse, so that where two agreements bind the same pair the first of the file is named.
    for index, agreement in reversed(list(enumerate(agreements, start=len(BASES) + 2))):
        covered = dutiable & ~(agrifood & (agreement.scope == "industrial"))
        for exporter, importer in agreement.pairs(regions):
            rate[exporter, importer, covered] = 0.0
            source[exporter, importer, covered] = index
    home = np.arange(count)
    rate[home, home] = 0.0
    source[home, home] = sources.index(HOME)
    return AppliedTariffs(rate, source, tuple(sources))


class _Agreement(NamedTuple):
    name: str
    both: bool
    scope: str
    importers: tuple[str, ...]
    exporters: tuple[str, ...]

    def pairs(self, regions: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Positions (exporter, importer) that trade under it."""
        order = {code: position for position, code in enumerate(regions)}
        for importer in self.importers:
            for exporter in self.exporters:
                if importer != exporter and importer in order and exporter in order:
                    yield order[exporter], order[importer]
                    if self.both:
                        yield order[importer], order[exporter]


def _agreements() -> Iterator[_Agreement]:
    for row in read_rows("trade_agreements.csv"):
        name = f"{row['agreement']}, {row['in_force']}"
        yield _Agreement(
            name,
            row["direction"] == "both",
            row["scope"],
            _members(row["importers"]),
            _members(row["exporters"]),
        )


def _members(text: str) -> tuple[str, ...]:
    return tuple(BLOCS.get(text, text).split())


def _averages(regions: Sequence[str], without_figure: Sequence[str]) -> Iterator[tuple[float, float, bool]]:
    """Averages over manufactures and primary products by importer, and whether they are known."""
    blank = {"manufactures_pct": "", "primary_pct": ""}
    rows = dict.fromkeys(without_figure, blank) | {row["iso3"]: row for row in read_rows("tariffs_2022.csv")}
    missing = [code for code in regions if code not in rows]
    if missing:
        raise WorldError(
            [
                Fault(
                    "tariffs_2022.csv",
                    f"no line for {', '.join(missing)}",
                    "a line for every economy; a blank rate where there is no figure",
                    "Use the codes of the table's own economies, before any aggregation.",
                )
            ]
        )
    for code in regions:
        manufactures, primary = rows[code]["manufactures_pct"], rows[code]["primary_pct"]
        if manufactures and primary:
            yield float(manufactures) / 100.0, float(primary) / 100.0, True
        else:
            yield BLANK_RATES["manufactures"], BLANK_RATES["primary"], False


def read_rows(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file of this package; lines that begin with # are comments."""
    text = (resources.files("accord.world.sources") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
