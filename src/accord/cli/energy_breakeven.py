"""`accord energy breakeven`: at which contract price each side is as well off as at its reference, and where both gain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from accord.cli.answers import Answer, deliver
from accord.cli.options import Changes, Json, NoRecord, Out, WorldName
from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from accord.study.breakeven import BreakEven


def breakeven(
    programme: Path,
    measure: str,
    *,
    world: WorldName = None,
    changes: Changes = (),
    json: Json = False,
    out: Out = None,
    no_record: NoRecord = False,
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
        from accord.present.supply_figures import price_zone

    answer = Answer(
        command="energy breakeven",
        about=f"{plan.name} {measure}",
        headline=found.sentences[0],
        facts={"programme": plan.name, "measure": measure, "sentences": list(found.sentences)},
        tables=found.tables,
        show=lambda: _print(found),
        inputs={programme: plan},
        world=data,
        figures=lambda: (price_zone(found.tables["price_curve"], found.tables["zones"]),),
    )
    deliver(answer, out=out, json=json, no_record=no_record)


def _print(found: BreakEven) -> None:
    from rich.table import Table as Grid

    from accord.cli.tables import console as standard_output

    console = standard_output()
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
