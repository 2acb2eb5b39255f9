"""Whatever happens to a table that somebody brings: a World without a fault, or a list of faults. Never anything else."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from accord.errors import WorldError
from accord.world.checks import check_world
from accord.world.raw import FIXES
from accord.world.sources.long_csv import read_long_csv
from accord.world.sources.oecd_icio import read_oecd_icio
from accord.world.world import World
from world.raw.long_files import accounts_of, long_frame, write_folder
from world.raw.oecd_files import oecd_frame, write_oecd_csv

STRANGE = [
    "", "-5", "-1e9", "0", "1e30", "-1e308", "inf", "nan", "n/a", "1,5", '"', "x", "1 000", "٣", "\x00", "1e-300", "TRUE", "0x10",
    "BLR", "household", "OUT", "HFCE", ";", "\ufeff", "A01", "#", "BLR_A01", "BLR_HFCE",
]  # fmt: skip


def mutated(text: str, chance: random.Random) -> str:
    """Text of a CSV file with one to three things wrong with it."""
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(rows))
        row = rows[place]
        column = chance.randrange(len(row))
        match chance.randrange(12):
            case 0 | 1 | 2:
                row[column] = chance.choice(STRANGE)
            case 3:
                row[column] = f"-{row[column]}"
            case 4:
                del rows[place]
            case 5:
                rows.insert(place, list(row))
            case 6:
                other = chance.randrange(len(rows))
                rows[place], rows[other] = rows[other], row
            case 7:
                del row[column]
            case 8:
                rows = [list(cells) for cells in zip(*rows, strict=False)]
            case 9:
                power = chance.choice(["e3", "e6", "e-3", "e-6", "e12"])
                rows = [[cell + power if _number(cell) else cell for cell in cells] for cells in rows]
            case 10:
                for cells in rows:
                    if column < len(cells):
                        cells[column] = (
                            chance.choice(["", "0", "-1"]) if cells is not rows[0] else cells[column]
                        )
            case _:
                for cells in rows:
                    if column < len(cells):
                        del cells[column]
        if not rows:
            break
    changed = "\n".join(",".join(cells) for cells in rows)
    if chance.random() < 0.1:
        changed = changed[: chance.randrange(len(changed) + 1)]
    return changed


def _number(cell: str) -> bool:
    return cell.replace(".", "").replace("-", "").isdigit() and "." in cell


def outcome(read: Callable[[], World]) -> str:
    """Return "world" when a sound World came out, "refused" when faults did."""
    try:
        world = read()
    except WorldError as error:
        return (
            "refused"
            if error.faults and all(fault.where and fault.found for fault in error.faults)
            else str(error)
        )
    return "world" if check_world(world) == () else "unsound"


def some_fixes(chance: random.Random) -> list[str]:
    return chance.sample(list(FIXES), chance.choice([0, 0, 3, len(FIXES)]))


def run_long(count: int, folder: Path, seed: int) -> list[str]:
    chance = random.Random(seed)
    flows = long_frame()
    write_folder(folder / "tables_2020", flows, accounts_of(flows))
    files = {name: (folder / "tables_2020" / name).read_text() for name in ("flows.csv", "accounts.csv")}
    found = []
    for _ in range(count):
        name = chance.choice(["flows.csv", "flows.csv", "accounts.csv"])
        for other, text in files.items():
            (folder / "tables_2020" / other).write_text(mutated(text, chance) if other == name else text)
        fixes, stocks = some_fixes(chance), chance.choice(["produced", "proportional", "settled"])
        found.append(
            outcome(lambda f=fixes, s=stocks: read_long_csv(folder / "tables_2020", fixes=f, inventories=s))
        )
    return found


def run_oecd(count: int, folder: Path, seed: int) -> list[str]:
    chance = random.Random(seed)
    file = write_oecd_csv(folder / "2022_SML.csv", oecd_frame(("BLR", "RUS"), ("A01", "C26")))
    text = file.read_text()
    found = []
    for _ in range(count):
        file.write_text(mutated(text, chance))
        fixes, stocks = some_fixes(chance), chance.choice(["produced", "proportional", "settled"])
        found.append(outcome(lambda f=fixes, s=stocks: read_oecd_icio(file, fixes=f, inventories=s)))
    return found


@pytest.mark.medium
@pytest.mark.parametrize("run", [run_long, run_oecd])
def test_a_mutated_table_is_a_sound_world_or_a_list_of_faults(run, tmp_path):
    found = run(250, tmp_path, seed=1)
    assert set(found) == {"refused", "world"}
    assert found.count("refused") > 80
    assert found.count("world") > 10


@pytest.mark.slow
@pytest.mark.parametrize("run", [run_long, run_oecd])
def test_ten_thousand_mutated_tables(run, tmp_path):
    found = run(5_000, tmp_path, seed=2)
    assert set(found) == {"refused", "world"}
    assert found.count("refused") > 1_500
    assert found.count("world") > 200
