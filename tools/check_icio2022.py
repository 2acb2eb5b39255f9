"""Hold the World of 2022 against published figures, and write the tables of docs/methods/data-checks.md.

python tools/check_icio2022.py [--wheel PATH]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from accord.world.aggregate import aggregate
from accord.world.impute import VARIANTS
from accord.world.sources.applied_tariffs import EU, read_rows
from accord.world.sources.icio2022 import fetch
from accord.world.world import World
from tools.build_embedded_world import groups
from tools.prove_final_demand import household_gains

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "methods" / "data-checks.md"
BEGIN, END = "<!-- begin: tools/check_icio2022.py -->", "<!-- end: tools/check_icio2022.py -->"

BALANCES = ("RUS", "SAU", "CHN", "USA", "DEU", "BLR")
GOODS = slice(0, 27)
"""Sectors A01 to C31T33, mining support among them."""

GAS = "2.2 to 2.6 = USD 128.5 per 1000 m3 x 17 to 20 bcm"
OIL = "7 to 10 = 13 to 18 Mt (18 in 2018; 2022 not published) x USD 550 per t (assumed)"
COVERAGE = (
    "**Table 4.** Trade in the World as a share of trade in national accounts, %, and the difference, USD billion. "
    "The difference is trade with economies that the table leaves out, re-exports and travel, which the table "
    "treats otherwise, and errors of imputation."
)
VARIANT_EFFECTS = (
    "**Table 5.** Exact household equivalent variation of a 10% cut of iceberg costs between Belarus and Russia, %, "
    "by variant of imputed final demand (21 x 50, closure world-share, default elasticities)."
)


class Flows:
    """Trade of a World, USD million before duty."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.inputs = world.data["intermediate"].values.sum(axis=3, dtype=np.float64)
        self.final = world.data["final_demand"].values.sum(axis=3, dtype=np.float64)
        self.foreign = ~np.eye(len(world.regions), dtype=bool)

    def bilateral(self, flows: np.ndarray) -> np.ndarray:
        """(exporter, importer), home sales left out."""
        return flows.sum(axis=1) * self.foreign

    def sale(self, exporter: str, importer: str, sectors: slice | list[str] | None = None) -> float:
        """Sales of `exporter` to `importer`, of some sectors or all."""
        if isinstance(sectors, list):
            chosen: slice | list[int] = [self.world.sectors.index(sector) for sector in sectors]
        else:
            chosen = sectors or slice(None)
        origin, destination = self.world.regions.index(exporter), self.world.regions.index(importer)
        return float((self.inputs + self.final)[origin, chosen, destination].sum())


def recorded_trade(regions: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """Exports and imports of goods and services in national accounts, USD million."""
    rows = {row["iso3"]: row for row in read_rows("accounts_2022.csv")}
    gdp = np.array([float(rows[code]["gdp_usd_million"]) for code in regions])
    shares = [[float(rows[code][f"{kind}_pct_gdp"]) for code in regions] for kind in ("exports", "imports")]
    exports, imports = gdp * np.array(shares) / 100.0
    return exports, imports


def tables(world: World) -> str:
    """Every table of the page, in Markdown."""
    flows = Flows(world)
    sections = (balance_table(flows), pair_table(flows), energy_table(flows), coverage_table(flows))
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def balance_table(flows: Flows) -> list[str]:
    """Trade balances against national accounts."""
    regions = flows.world.regions
    exports, imports = recorded_trade(regions)
    trade = flows.bilateral(flows.inputs + flows.final)
    implied = trade.sum(axis=1) - trade.sum(axis=0)
    lines: list[str] = [
        "**Table 1.** Trade balances, USD billion: the World against the World Bank's national accounts of 2022.",
        "",
        "| economy | World | accounts | difference, % of final spending |",
        "| --- | ---: | ---: | ---: |",
    ]
    for code in BALANCES:
        at = regions.index(code)
        recorded = exports[at] - imports[at]
        gap = 100 * (implied[at] - recorded) / flows.final[:, :, at].sum()
        lines.append(
            f"| {_name(flows, code)} | {implied[at] / 1e3:.1f} | {recorded / 1e3:.1f} | {gap:+.2f} |"
        )
    return lines


def pair_table(flows: Flows) -> list[str]:
    """Belarus and its partners against published figures."""
    both = flows.sale("BLR", "RUS") + flows.sale("RUS", "BLR")
    goods = flows.sale("BLR", "RUS", GOODS) + flows.sale("RUS", "BLR", GOODS)
    union = [code for code in flows.world.regions if code in EU.split()]
    to_union = sum(flows.sale("BLR", code) for code in union)
    exports = flows.bilateral(flows.inputs + flows.final)[flows.world.regions.index("BLR")].sum()
    rows = [
        (
            "turnover Belarus-Russia, goods and services",
            both,
            "45 (Russian statistics), about 50 (Belarusian), goods",
        ),
        ("of which goods", goods, "the same"),
        ("exports of Belarus to Russia", flows.sale("BLR", "RUS"), "22.9 (goods, 2022)"),
        ("exports of Russia to Belarus", flows.sale("RUS", "BLR"), "22 to 27, the rest of turnover"),
        ("exports of Belarus to Ukraine", flows.sale("BLR", "UKR"), "5.4 in 2021; trade broke off in 2022"),
        ("exports of Belarus to the EU", to_union, "9.5 in 2021; under sanctions in 2022"),
    ]
    return [
        "**Table 2.** Trade of Belarus, USD billion: the World against published figures (2022 where not said otherwise).",
        "",
        "| flow | World | published |",
        "| --- | ---: | --- |",
        *(f"| {name} | {value / 1e3:.1f} | {published} |" for name, value, published in rows),
        f"| share of Russia in exports of Belarus, % | {100 * flows.sale('BLR', 'RUS') / exports:.0f} | 64 with China |",
    ]


def energy_table(flows: Flows) -> list[str]:
    """Oil and gas from Russia to Belarus, price times volume against cells."""
    world = flows.world
    cells = world.data["intermediate"].sel(exporter="RUS", supplying_sector="B06", importer="BLR")
    by_user = {str(user): float(cells.sel(using_sector=user)) for user in world.sectors}
    refining = by_user["C19"]
    rest = sum(by_user.values()) - refining + flows.sale("RUS", "BLR", ["D"])
    return [
        "**Table 3.** Energy from Russia to Belarus, USD billion.",
        "",
        "| item | World | price x volume |",
        "| --- | ---: | --- |",
        f"| gas: sector B06 to users other than refining, and sector D | {rest / 1e3:.2f} | {GAS} |",
        f"| crude oil: sector B06 to refining (C19) | {refining / 1e3:.2f} | {OIL} |",
        f"| oil products: sector C19 | {flows.sale('RUS', 'BLR', ['C19']) / 1e3:.2f} | not published |",
    ]


def coverage_table(flows: Flows) -> list[str]:
    """How much of recorded trade the table holds, by economy."""
    regions = flows.world.regions
    exports, imports = recorded_trade(regions)
    trade = flows.bilateral(flows.inputs + flows.final)
    held = np.stack([trade.sum(axis=1), trade.sum(axis=0)])
    recorded = np.stack([exports, imports])
    lines: list[str] = [
        COVERAGE,
        "",
        "| economy | exports | difference | imports | difference |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    total = 100 * held.sum(axis=1) / recorded.sum(axis=1)
    gap = (recorded - held).sum(axis=1) / 1e3
    lines.append(f"| *all 80* | {total[0]:.0f} | {gap[0]:,.0f} | {total[1]:.0f} | {gap[1]:,.0f} |")
    for at, code in enumerate(regions):
        share, gap = 100 * held[:, at] / recorded[:, at], (recorded - held)[:, at] / 1e3
        lines.append(
            f"| {_name(flows, code)} | {share[0]:.0f} | {gap[0]:,.1f} | {share[1]:.0f} | {gap[1]:,.1f} |"
        )
    return lines


def variant_table(wheel: Path | None) -> list[str]:
    """What the imputation does to the worked example: gains from cheaper trade between Belarus and Russia, by variant."""
    lines: list[str] = [
        VARIANT_EFFECTS,
        "",
        "| variant | Belarus | Russia | turnover in the World, USD billion |",
        "| --- | ---: | ---: | ---: |",
    ]
    for variant in VARIANTS:
        world = aggregate(fetch(variant, wheel=wheel), regions=groups())
        members = np.isin(world.regions, ("BLR", "RUS"))
        gains = household_gains(world, np.outer(members, members) & ~np.eye(len(members), dtype=bool))
        flows = Flows(world)
        turnover = (flows.sale("BLR", "RUS") + flows.sale("RUS", "BLR")) / 1e3
        belarus, russia = (gains[world.regions.index(code)] for code in ("BLR", "RUS"))
        lines.append(f"| {variant} | {belarus:.2f} | {russia:.3f} | {turnover:.1f} |")
    return lines


def _name(flows: Flows, code: str) -> str:
    return flows.world.region_names[code]


def main() -> None:
    """Write the tables between their markers."""
    parser = argparse.ArgumentParser(description="Hold the World of 2022 against published figures.")
    parser.add_argument(
        "--wheel", type=Path, help="a wheel that is already here; by default pip downloads it"
    )
    wheel = parser.parse_args().wheel
    text = tables(fetch(wheel=wheel)) + "\n" + "\n".join(variant_table(wheel)) + "\n"
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
