"""`accord energy dispatch`: a year of power, at least cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from accord.cli.answers import Answer, deliver
from accord.cli.options import Flag, NoRecord, Out
from accord.cli.progress import progress_bar

Labels = Parameter(consume_multiple=True, negative="")


def dispatch(
    system: str = "belarus_russia",
    *,
    added: Annotated[list[str] | None, Parameter(name="--with", consume_multiple=True, negative="")] = None,
    shapes: Path | None = None,
    open_lines: float | None = None,
    fuel_price: dict[str, float] | None = None,
    out: Out = None,
    no_record: NoRecord = False,
    json: Annotated[bool, Flag] = False,
) -> None:
    """Dispatch the power plants of several regions at least cost over a year of representative hours.

    Prints cost, marginal price, trade and CO2 of each region, and output, hours on the margin and fuel of each plant. With `--with`, a
    plant that is no part of the system is added, and what it displaces is printed. Method and limits: docs/methods/power.md

    For example:
        accord energy dispatch

        accord energy dispatch --with nuclear-BLR

        accord energy dispatch --with nuclear-BLR --open-lines 1 --fuel-price.gas-BLR 200

        accord energy dispatch my_system.toml --shapes load.csv --json | jq '.tables.power_regions.rows[0]'

    Parameters
    ----------
    system
        Power system: one that comes with accord, or a TOML file (docs/methods/power.md says what it holds).
    added
        Plants of the file that are not in service and are added; what they change is printed.
    shapes
        CSV of measured shapes: period, hours, and load_R, heat_R, wind_R, solar_R for each region R. Synthetic shapes by default.
    open_lines
        Share of the lines' capacity that trade by price may use, instead of the file's.
    fuel_price
        Price of a fuel, USD per its unit of amount, instead of the file's: --fuel-price.gas-BLR 200
    json
        Print one JSON object with every table, its units and methods, and nothing else.
    """
    from accord.adapters.power import dispatch_system, read_shapes, synthetic_shapes
    from accord.programme.power_system import read_power_system
    from accord.study.power import change_table, dispatch_tables

    file = read_power_system(system).changed(fuel_prices=fuel_price, open_lines=open_lines)
    periods = synthetic_shapes(file) if shapes is None else read_shapes(shapes, file)
    options = tuple(added or ())
    with progress_bar() as progress:
        progress("dispatching", 0, 1 + len(options[:1]))
        found = dispatch_system(file, periods, options=options)
        tables = dispatch_tables(found)
        progress("dispatching without", 1, 1 + len(options[:1]))
        before = dispatch_system(file, periods) if options else None
    if before is not None:
        tables["power_change"] = change_table(before, found, options)
    estimates = file.estimates()
    assumed = {place: estimate for place, estimate in estimates.items() if estimate.is_assumption}
    evidence = {
        place: {"low": e.low, "central": e.central, "high": e.high, "source": e.source}
        for place, e in estimates.items()
    }

    def show() -> None:
        from accord.cli.tables import print_table, say

        for name in ("power_regions", "power_plants", "power_change"):
            if name in tables:
                hidden = ("region",) if name == "power_plants" else ("unserved_twh",)
                whole = name == "power_change"
                print_table(tables[name], leave_out=() if whole else [*hidden, "fuel_usd", "import_usd"])
                print()
        worst = found.found.residuals.largest
        say(
            f"Every balance and limit holds to {worst:.0e} relative, duality gap included. "
            f"{len(assumed)} of {len(estimates)} inputs are assumptions: --json lists them with their ranges."
        )

    read = [path for path in (Path(system), shapes) if path is not None and path.is_file()]
    answer = Answer(
        command="energy dispatch",
        about=" ".join((file.name, *options)),
        headline=tables["power_regions"].title,
        facts={"system": file.name, "shapes": periods.source, "inputs": evidence},
        tables=tables,
        show=show,
        layout="contents",
        inputs=dict.fromkeys(read),
    )
    deliver(answer, out=out, json=json, no_record=no_record)
