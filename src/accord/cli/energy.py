"""`accord energy`: single questions about energy supply and power. One command a file of this group where it is long."""

from __future__ import annotations

import json as json_format

from cyclopts import App

from accord.cli.energy_breakeven import breakeven
from accord.cli.energy_dispatch import dispatch
from accord.cli.energy_lcoe import lcoe
from accord.cli.energy_passthrough import passthrough
from accord.cli.options import Json

app = App(name="energy", help="Energy: units and their content, and single questions about supply and power.")
"""Further commands are registered here by import string, so that none loads the others: `app.command("module:function", name=...)`."""
app.command(breakeven)
app.command(
    dispatch
)  # its module and that of `lcoe` import nothing heavy, so that the list of commands shows what they do
app.command(lcoe)
app.command(passthrough)


@app.command
def units(*, json: Json = False) -> None:
    """List the units of energy prices and volumes, and what they hold, with sources.

    For example:
        accord energy units

        accord energy units --json | jq .contents

    """
    from accord.programme.quantities import CONTENTS, PRICE_UNITS, UNITS_OF, VOLUME_UNITS

    if json:
        contents = [
            {
                "product": content.product,
                "amount": content.amount,
                "gigajoules": content.gigajoules,
                "source": content.source,
            }
            for content in CONTENTS
        ]
        usual = {product: {"price": price, "volume": volume} for product, (price, volume) in UNITS_OF.items()}
        found = {"prices": list(PRICE_UNITS), "volumes": list(VOLUME_UNITS), "usual": usual}
        print(json_format.dumps({**found, "contents": contents}, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    grid = Table("Product", "One", "GJ", "Source", box=None, pad_edge=False)
    for content in CONTENTS:
        grid.add_row(content.product, content.amount, f"{content.gigajoules:.3f}", content.source)
    console.print(grid)
    console.print(f"\nPrices: {', '.join(PRICE_UNITS)}\nVolumes a year: {', '.join(VOLUME_UNITS)}")
