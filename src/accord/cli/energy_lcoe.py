"""`accord energy lcoe`: what a MWh of a plant costs, from numbers or from the plants of a programme."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from accord.cli.answers import Answer, deliver
from accord.cli.options import Changes, Flag, NoRecord, Out
from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from accord.programme import Programme
    from accord.tables import Table

Numbers = Parameter(consume_multiple=True, negative="")


def lcoe(
    programme: Path | None = None,
    *,
    overnight: float = 2271.0,
    build_years: int = 7,
    delay: float = 0.0,
    life: int = 60,
    load_factor: float = 0.85,
    fuel: float = 4.99,
    om: float = 10.15,
    decommissioning: float = 0.15,
    rates: Annotated[list[float] | None, Numbers] = None,
    changes: Changes = (),
    out: Out = None,
    no_record: NoRecord = False,
    json: Annotated[bool, Flag] = False,
) -> None:
    """Levelised cost of electricity: of one plant from the numbers given, or of every nuclear plant of a programme file.

    By default the numbers are those of the Russian VVER in the projected costs of the IEA and the NEA (2020), at their rates: 27.4, 42.0
    and 56.6 USD/MWh. For a programme, break-even gas prices, net present values by party and the sensitivity to six inputs are
    printed too. Conventions: docs/methods/nuclear-plant.md

    For example:
        accord energy lcoe

        accord energy lcoe --overnight 4167 --delay 3 --rates 0.03 0.05

        accord energy lcoe programmes/union_state_energy_2024.toml

        accord energy lcoe --json | jq .tables.lcoe.rows

    Parameters
    ----------
    programme
        Programme file (TOML) with nuclear plants; the other numbers are then its own.
    overnight
        Cost of building without interest, USD per kW.
    build_years
        Whole years of building as planned, the same spending each year.
    delay
        Years by which building takes longer.
    life
        Whole years of operation.
    load_factor
        Output over capacity times hours.
    fuel
        Fuel, USD per MWh.
    om
        Operation and maintenance, USD per MWh.
    decommissioning
        Cost of taking down over the overnight cost, spread over ten years.
    rates
        Real discount rates a year (0.03 is 3 %).
    json
        Print one JSON object with every table, its units and methods, and nothing else.
    """
    chosen = rates or [0.03, 0.07, 0.10]
    from accord.errors import AccordError

    if programme is None and changes:
        raise AccordError(
            "--set changes a programme file, and none is named.\n  Name one, or give the numbers: --overnight 4000"
        )
    read = None
    if programme is not None:
        with progress_bar() as progress:
            progress("reading and computing", 0, 1)
            read, tables = _of_programme(programme, changes)
    else:
        tables = _of_numbers(
            {
                "overnight": overnight,
                "build_years": build_years,
                "delay": delay,
                "life": life,
                "load_factor": load_factor,
                "fuel": fuel,
                "om": om,
                "decommissioning": decommissioning,
            },
            chosen,
        )

    def show() -> None:
        from accord.cli.tables import print_table

        for name, table in tables.items():
            print_table(_upright(table) if name == "plants" else table)
            print()
        print("Every flow falls in the middle of its year; prices are constant.")

    first = next(iter(tables.values()))
    answer = Answer(
        command="energy lcoe",
        about="" if read is None else read.name,
        headline=f"{first.title}: {', '.join(f'{cost:.1f}' for cost in first.frame['lcoe'])} USD/MWh",
        facts={},
        tables=tables,
        show=show,
        layout="contents",
        inputs={} if programme is None else {programme: read},
    )
    deliver(answer, out=out, json=json, no_record=no_record)


def _of_numbers(given: dict[str, float], rates: list[float]) -> dict[str, Table]:
    import numpy as np
    import pandas as pd

    from accord.numerics.finance import Costs, interest_while_building, levelised_cost, stretched
    from accord.tables import Column, Table

    _refuse_faults(given, rates)
    energy = 8.76 * given["load_factor"]  # MWh a year of one kW
    years = int(given["build_years"])
    costs = Costs(
        overnight=given["overnight"],
        spending=stretched(np.full(years, 1.0 / years), given["delay"]),
        running=(given["fuel"] + given["om"]) * energy,
        energy=energy,
        life=int(given["life"]),
        decommissioning=given["decommissioning"] * given["overnight"],
    )
    method = "levelised cost, every flow in the middle of its year (docs/methods/nuclear-plant.md)"
    rows = []
    for rate in rates:
        whole = levelised_cost(costs, rate)
        rows.append(
            {
                "rate": rate,
                "lcoe": whole,
                "capital": whole - given["fuel"] - given["om"],
                "fuel": given["fuel"],
                "om": given["om"],
                "interest_share": interest_while_building(costs, rate) / given["overnight"],
            }
        )
    columns = {
        "rate": Column("share", "Real discount rate"),
        "lcoe": Column("USD/MWh", "Levelised cost", method),
        "capital": Column("USD/MWh", "of which capital, decommissioning included", method),
        "fuel": Column("USD/MWh", "fuel"),
        "om": Column("USD/MWh", "operation and maintenance"),
        "interest_share": Column("share", "Interest while building over overnight cost", method),
    }
    return {"lcoe": Table("lcoe", "Levelised cost of electricity", pd.DataFrame(rows), columns, ("rate",))}


def _refuse_faults(given: dict[str, float], rates: list[float]) -> None:
    from accord.errors import AccordError, Fault

    limits = {
        "overnight": (1.0, 100_000.0),
        "build_years": (1, 30),
        "delay": (0.0, 30.0),
        "life": (1, 100),
        "load_factor": (0.01, 1.0),
        "fuel": (0.0, 1000.0),
        "om": (0.0, 1000.0),
        "decommissioning": (0.0, 5.0),
    }
    faults = [
        Fault(
            f"--{name.replace('_', '-')}", f"{given[name]:g} is out of range", f"between {low:g} and {high:g}"
        )
        for name, (low, high) in limits.items()
        if not low <= given[name] <= high
    ]
    faults += [
        Fault("--rates", f"{rate:g} is out of range", "between 0 and 0.5; 3 % is written 0.03")
        for rate in rates
        if not 0.0 <= rate <= 0.5
    ]
    if faults:
        raise AccordError(faults)


def _of_programme(path: Path, changes: tuple[str, ...]) -> tuple[Programme, dict[str, Table]]:
    from accord.errors import AccordError
    from accord.programme import read_programme
    from accord.study.plants import finance_tables

    programme = read_programme(path, changes)
    tables = finance_tables(programme)
    if not tables:
        raise AccordError(
            f'{path}: no measure is a nuclear plant.\n  Write one with kind = "nuclear-plant": docs/reference/measures.md'
        )
    return programme, {name: tables[name] for name in ("plants", "plant_parties", "plant_sensitivity")}


def _upright(table: Table) -> Table:
    """A plant a column: many headings do not fit a screen."""
    import pandas as pd

    from accord.present.numbers import heading, plain
    from accord.tables import Column
    from accord.tables import Table as NewTable

    names = [name for name in table.columns if name != "measure"]
    frame = pd.DataFrame({"item": [heading(table.columns[n].label, table.columns[n].unit) for n in names]})
    columns = {"item": Column("label", "Plant")}
    for row in table.frame.to_dict("records"):
        frame[row["measure"]] = [plain(float(row[name]), table.columns[name].unit) for name in names]
        columns[row["measure"]] = Column("label", row["measure"])
    return NewTable(table.name, table.title, frame, columns)
