"""Build the World that accord ships: the 2022 table merged to 21 regions x 50 sectors.

    python tools/build_embedded_world.py [--wheel PATH] [--out PATH]

Rebuilding gives the same content hash (tests/world/test_embedded.py).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from accord.world.aggregate import aggregate
from accord.world.sources.applied_tariffs import EU
from accord.world.sources.icio2022 import fetch, regions
from accord.world.store import EMBEDDED, write_world
from accord.world.world import World

ORDER = (
    *("BLR", "RUS", "KAZ", "UKR", "POL", "DEU", "FRA", "ITA", "REU", "GBR", "TUR"),
    *("CHN", "IND", "JPN", "KOR", "USA", "CAN", "MEX", "BRA", "ARG", "ROW"),
)
OWN = tuple(code for code in ORDER if code not in {"REU", "ROW"})
"""Economies that keep their own row: the parties of the worked examples, their large partners, and the largest economies."""

NAMES = {"REU": "Rest of the European Union", "ROW": "Rest of the world"}


def groups() -> dict[str, list[str]]:
    """New code -> old codes. No sector is merged: those that are empty in one region (T in BLR, CHN and JPN) are not in others."""
    rest_of_union = [code for code in EU.split() if code not in OWN]
    rest = [code for code in regions() if code not in OWN and code not in rest_of_union]
    members = {code: [code] for code in OWN} | {"REU": rest_of_union, "ROW": rest}
    return {code: members[code] for code in ORDER}


def embedded_world(wheel: Path | None = None) -> World:
    return aggregate(fetch(wheel=wheel), regions=groups(), region_names=NAMES, name="embedded")


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the World that accord ships.")
    parser.add_argument(
        "--wheel", type=Path, help="a wheel that is already here; by default pip downloads it"
    )
    parser.add_argument("--out", type=Path, default=EMBEDDED)
    options = parser.parse_args()
    world = embedded_world(options.wheel)
    path = write_world(world, options.out)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, content {world.content_hash}")


if __name__ == "__main__":
    main()
