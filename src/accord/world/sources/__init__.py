"""Where Worlds come from: one entry here and one module beside it for each source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from accord.world.world import World


@dataclass(frozen=True, slots=True)
class Source:
    """A source of Worlds.

    Attributes:
        name: Name of the World that it gives ("cp2015").
        description: One sentence for lists.
        licence: Terms of the data.
        how: 'shipped' with accord, got by 'fetch' over the network, or made by 'add' from a file of the user's.
        loader: Import string of the callable that makes the World: no argument for 'fetch', the path of the file for 'add'.
        file: For 'add': what FILE is.
        options: For 'add': options that the loader takes beside FILE ("fixes", "year", ...); see `accord data add --help`.
    """

    name: str
    description: str
    licence: str
    how: Literal["shipped", "fetch", "add"]
    loader: str
    file: str = ""
    options: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What to type to get it."""
        verbs = {
            "shipped": f"accord world show {self.name}",
            "fetch": f"accord data fetch {self.name}",
            "add": f"accord data add {self.name} FILE",
        }
        return verbs[self.how]

    def load(self, *arguments: object, **options: object) -> World:
        """Import the loader and call it."""
        module, _, function = self.loader.partition(":")
        loader: Callable[..., World] = getattr(import_module(module), function)
        return loader(*arguments, **options)


TABLE_OPTIONS = ("fixes", "year", "unit", "usd_per_unit", "inventories", "sectors")
"""Options of readers of tables whose unit may differ."""

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            "embedded",
            "OECD inter-country input-output table 2022, 21 regions x 50 sectors, with tariffs and imputed final demand",
            "OECD terms and conditions, with attribution (DATA_LICENSES.md)",
            "shipped",
            "accord.world.store:read_world",
        ),
        Source(
            "toy",
            "made-up economy of three regions x three sectors, checkable by hand",
            "Apache-2.0",
            "shipped",
            "accord.world.toy:toy_world",
        ),
        Source(
            "icio-2022",
            "OECD inter-country input-output table 2022 (2025 edition), 80 economies x 50 sectors",
            "OECD terms and conditions; the wheel that carries it is MIT",
            "fetch",
            "accord.world.sources.icio2022:fetch",
        ),
        Source(
            "cp2015",
            "Caliendo and Parro (2015), NAFTA data of 1993, 31 regions x 40 sectors",
            "supplementary material of the paper; not redistributed",
            "add",
            "accord.world.sources.cp2015:read_cp2015",
            "nafta.npz",
        ),
        Source(
            "wiod-2013",
            "World Input-Output Database, 2013 release, 41 regions x 35 industries; the year is in the name of the file",
            "free with citation of Timmer et al. (2015)",
            "add",
            "accord.world.sources.wiod2013:read_wiod2013",
            "wiot_YEAR.npz",
        ),
        Source(
            "oecd-icio",
            "the OECD's own inter-country input-output tables, editions 2021 to 2025: one CSV file a year",
            "OECD terms and conditions, with attribution",
            "add",
            "accord.world.sources.oecd_icio:read_oecd_icio",
            "YEAR_SML.csv",
            ("fixes", "year", "inventories", "sectors"),
        ),
        Source(
            "long-csv",
            "a table of your own: a CSV file with one line for each flow, or a folder with that file and others",
            "yours",
            "add",
            "accord.world.sources.long_csv:read_long_csv",
            "flows_YEAR.csv or a folder",
            TABLE_OPTIONS,
        ),
        Source(
            "exiobase",
            "EXIOBASE 3, monetary, read by pymrio (extra `sources`); amounts in EUR need --usd-per-unit",
            "CC BY-SA 4.0 since release 3.8",
            "add",
            "accord.world.sources.pymrio_tables:read_exiobase",
            "IOT_YEAR_ixi.zip or its folder",
            TABLE_OPTIONS,
        ),
        Source(
            "eora26",
            "EORA26, read by pymrio (extra `sources`)",
            "free for academic use",
            "add",
            "accord.world.sources.pymrio_tables:read_eora26",
            "the folder of Eora26_YEAR_bp.zip",
            TABLE_OPTIONS,
        ),
        Source(
            "gloria",
            "GLORIA, read by pymrio (extra `sources`)",
            "terms of the UN International Resource Panel",
            "add",
            "accord.world.sources.pymrio_tables:read_gloria",
            "the folder as downloaded",
            TABLE_OPTIONS,
        ),
        Source(
            "pymrio",
            "any table that pymrio saved (extra `sources`)",
            "that of its source",
            "add",
            "accord.world.sources.pymrio_tables:read_pymrio",
            "the folder that save_all wrote",
            TABLE_OPTIONS,
        ),
        Source(
            "kite",
            "initial conditions of KITE and other codes after Caliendo and Parro: shares, tariffs and value added as CSV files",
            "yours",
            "add",
            "accord.world.sources.kite:read_kite",
            "a folder with trade_share.csv and others",
            ("fixes", "year", "unit", "usd_per_unit", "sectors"),
        ),
        Source(
            "gtap-har",
            "GTAP base data, version 7 headers, read by harpy3 (extra `har`)",
            "licensed by Purdue University; yours",
            "add",
            "accord.world.sources.gtap_har:read_gtap_har",
            "basedata_YEAR.har",
            ("fixes", "year", "unit", "usd_per_unit", "sectors"),
        ),
    )
}
"""Every source by the name of its World."""
