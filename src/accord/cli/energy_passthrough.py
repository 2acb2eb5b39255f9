"""`accord energy passthrough`: what a price from outside does to the cost of every product, by channel and chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from accord.cli.answers import Answer, deliver
from accord.cli.options import NoRecord, Out

if TYPE_CHECKING:
    from accord.tables import Table
    from accord.world import World

Flag = Parameter(negative="")
Many = Parameter(consume_multiple=True, negative="")
SHOWN = 10
"""Prices of each region that are printed; --json has all."""
MOVED = 4
"""Regions whose balance moves most, printed beside those taken apart."""
EXPLAINED, CHAINS = 4, 3
"""Items of each region whose chains are printed, the cost of living first, and chains of each."""


def passthrough(
    *,
    price: Annotated[list[str] | None, Many] = None,
    border: Annotated[list[str] | None, Many] = None,
    wage: Annotated[list[str] | None, Many] = None,
    tax: Annotated[list[str] | None, Many] = None,
    except_users: Annotated[list[str] | None, Many] = None,
    passed_on: Annotated[list[str] | None, Many] = None,
    region: Annotated[list[str] | None, Many] = None,
    world: str = "embedded",
    out: Out = None,
    no_record: NoRecord = False,
    json: Annotated[bool, Flag] = False,
) -> None:
    """Say what a price, wage or tax set from outside does to the cost of every product, by channel and chain.

    Prices at fixed quantities, about a year: nobody substitutes, no other wage moves, first order. `--price` sets the price that a
    producer gets from everybody (the mixed model); `--border` moves the price of one flow alone, as a contract does. Where a sector
    holds several products (B06 holds crude and gas), name the users that buy another one: refineries (C19) buy crude.

    Examples:
        accord energy passthrough --border RUS:BLR:B06=+50% --except-users C19

        accord energy passthrough --price world:B06=+50% --region DEU POL

        accord energy passthrough --wage BLR=+5% --tax RUS=+1 --passed-on 0.7

        accord energy passthrough --price RUS:B06=+50% --json | jq '.tables.one_year_prices.rows[0]'

    Parameters
    ----------
    price
        Producer price set from outside, REGION:SECTOR=PERCENT; `world` for every region.
    border
        Price of one flow, SELLER:BUYER:SECTOR=PERCENT; the seller earns the difference.
    wage
        Labour's income per unit of output, REGION=PERCENT (all value added where the World does not tell labour from capital).
    tax
        Tax on output, REGION=POINTS.
    except_users
        Using sectors and final uses whose `--border` prices stay.
    passed_on
        Share of cost changes that producers pass on: one number, or SECTOR=SHARE for some; value added absorbs the rest.
    region
        Regions whose prices are taken apart; those that change by default.
    world
        Name or path of a World.
    json
        Print one JSON object with every table, its units and methods, and nothing else.
    """
    from accord.study.passthrough import passthrough as solve
    from accord.study.passthrough import read_change
    from accord.world import read_world

    given = {"producer": price, "border": border, "wage": wage, "tax": tax}
    changes = [read_change(kind, text) for kind, texts in given.items() for text in texts or ()]  # type: ignore[arg-type]
    data = read_world(world)
    tables = solve(
        data,
        changes,
        regions=region or (),
        except_users=except_users or (),
        pass_through=_passed_on(passed_on or []),
    )
    named = [text for texts in given.values() for text in texts or ()]
    answer = Answer(
        command="energy passthrough",
        about=" ".join(named),
        headline=tables["one_year"].title,
        facts={"world": data.name},
        tables=tables,
        show=lambda: _print(tables, data),
        layout="contents",
        world=data,
    )
    deliver(answer, out=out, json=json, no_record=no_record)


def _passed_on(texts: list[str]) -> float | dict[str, float]:
    from accord.errors import AccordError, Fault

    found: dict[str, float] = {}
    for text in texts:
        sector, _, number = text.rpartition("=")
        try:
            found[sector] = float(number)
        except ValueError:
            raise AccordError(
                [Fault(f"--passed-on {text}", "no number", "0.7, or for some sectors C19=0.5")]
            ) from None
    if list(found) == [""]:
        return found[""]
    if "" in found:
        raise AccordError([Fault("--passed-on", "one number beside SECTOR=SHARE", "either of them")])
    return found or 1.0


def _print(tables: dict[str, Table], world: World) -> None:
    from accord.cli.tables import console, print_table
    from accord.present.extracts import part_of

    regions = (
        list(dict.fromkeys(tables["one_year_channels"].frame["region"]))
        if "one_year_channels" in tables
        else []
    )
    accounts = tables["one_year"]
    order = accounts.frame["one_year_usd"].abs().sort_values(ascending=False, kind="stable").index
    shown = accounts.frame.loc[order]
    columns = ("region", "cost_of_living_pct", "one_year_pct", "one_year_usd")
    frame = shown[shown["region"].isin([*regions, *shown["region"].head(MOVED)])]
    print_table(part_of("one_year", accounts.title, frame, accounts.columns, columns))
    print()
    prices = tables["one_year_prices"]
    for region in regions:
        own = prices.frame[prices.frame["region"] == region]
        top = own.loc[own["producer_price_pct"].abs().sort_values(ascending=False, kind="stable").index].head(
            SHOWN
        )
        names = ("sector", "sector_name", "producer_price_pct", "first_round_pct", "through_inputs_pct")
        title = f"{world.region_names[region]}: producer prices that move most"
        print_table(part_of("prices", title, top, prices.columns, names), leave_out=("sector_name",))
        _print_chains(tables, region)
        print()
    console().print(
        "Prices at fixed quantities, first order: nobody substitutes, no other wage moves. "
        "--json has every region, basket, channel and chain."
    )


def _print_chains(tables: dict[str, Table], region: str) -> None:
    """The chains that carry most of the household's cost of living and of the prices that move most."""
    from accord.cli.tables import console

    if "one_year_chains" not in tables:
        return
    frame = tables["one_year_chains"].frame
    own = frame[frame["region"] == region]
    for item in list(dict.fromkeys(own["item"]))[:EXPLAINED]:
        console().print(f"Chains that carry most of it, {region} {item}:")
        for row in own[own["item"] == item].head(CHAINS).to_dict("records"):
            console().print(f"  {row['contribution_pct']:+.4f}%  {row['chain']}", soft_wrap=True)
