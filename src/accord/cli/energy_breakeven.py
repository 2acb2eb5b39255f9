"""`accord energy breakeven`: at which contract price each side is as well off as at its reference, and where both gain."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accord.cli.options import Changes, Json, Out, WorldName
from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from accord.study.breakeven import BreakEven
    from accord.tables import Table


def breakeven(
    programme: Path,
    measure: str,
    *,
    world: WorldName = None,
    changes: Changes = (),
    json: Json = False,
    out: Out = None,
) -> None:
    """Say at which contract price each side is as well off as at its reference, and where both gain.

    For example:
        accord energy breakeven programmes/union_state_energy_2024.toml gas-terms

        accord energy breakeven my.toml gas --world icio-2022 --json | jq .zones

        accord energy breakeven my.toml gas --out gas_prices

    Parameters
    ----------
    programme
        Programme file (TOML) with a measure of kind energy-supply.
    measure
        Id of that measure.
    """
    with progress_bar() as progress:
        progress("reading", 0, 4)
        from accord.cli.reading import programme_and_world
        from accord.study.breakeven import break_even

        plan, data = programme_and_world(programme, world, changes)
        found = break_even(plan, data, measure, progress=progress)
        written = None if out is None else _write(found, out)
    if json:
        content: dict[str, Any] = {name: _rows(table) for name, table in found.tables.items()}
        print(
            json_format.dumps(
                {
                    "measure": measure,
                    "sentences": list(found.sentences),
                    **content,
                    "directory": None if written is None else str(written),
                },
                ensure_ascii=False,
                allow_nan=False,
            )
        )
        return
    _print(found)
    if written is not None:
        print(f"\nWritten: {written}")


def _rows(table: Table) -> list[dict[str, Any]]:
    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - NaN

    return [{name: plain(value) for name, value in row.items()} for row in table.frame.to_dict("records")]


def _print(found: BreakEven) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    console = Console(highlight=False)
    grid = Grid("Side", "Reference", "Reference price", "Break-even price", box=None, pad_edge=False)
    unit = ""
    for row in found.tables["break_even"].frame.to_dict("records"):
        unit = row["price_unit"]
        price = row["break_even_price"]
        grid.add_row(
            f"{row['party_role']} {row['party']}",
            row["reference"],
            f"{row['reference_price']:,.1f}",
            "none" if price != price else f"{price:,.1f}",  # noqa: PLR0124 - NaN
        )
    console.print(f"Prices in {unit}")
    console.print(grid)
    console.print()
    for sentence in found.sentences:
        console.print(sentence)
    console.print(
        "\nLong-run equilibrium; this measure alone on top of the context. A party's gain is the equivalent variation of its household "
        "against trade of the same volume at the reference price. What the whole programme makes of it: accord run (energy_break_even)."
    )


def _write(found: BreakEven, out: Path) -> Path:
    """Tables and figure, whole or not at all; a folder that is none of ours is left alone."""
    from accord.errors import AccordError
    from accord.present.supply_figures import price_zone
    from accord.study.folders import whole_folder
    from accord.study.table_files import write_tables

    ours = (out / "tables" / "break_even.csv").is_file()
    if out.exists() and not ours and (not out.is_dir() or any(out.iterdir())):
        raise AccordError(
            f"{out} exists and is no folder of `accord energy breakeven`.\n  Name another with: --out DIR"
        )
    with whole_folder(out) as folder:
        write_tables(found.tables.values(), folder / "tables")
        figure = price_zone(found.tables["price_curve"], found.tables["zones"])
        (folder / f"{figure.name}.svg").write_text(figure.svg(), encoding="utf-8")
        (folder / f"{figure.name}.png").write_bytes(figure.png())
    return out
