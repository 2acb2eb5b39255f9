"""`accord extract`: what rests on regions, sectors or flows, by taking them out of the World."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from accord.cli.options import NoRecord, Out

if TYPE_CHECKING:
    from accord.tables import Table
    from accord.world import World

Flag = Parameter(negative="")
Labels = Parameter(consume_multiple=True, negative="")


def extract(
    *,
    exporters: Annotated[list[str] | None, Labels] = None,
    products: Annotated[list[str] | None, Labels] = None,
    importers: Annotated[list[str] | None, Labels] = None,
    users: Annotated[list[str] | None, Labels] = None,
    within: Annotated[list[str] | None, Labels] = None,
    home: Annotated[bool, Flag] = False,
    each: Literal["region", "sector"] | None = None,
    critical: str | None = None,
    share: float = 0.1,
    of: Literal["final products", "output"] = "output",
    world: str = "embedded",
    top: int = 15,
    json: Annotated[bool, Flag] = False,
    out: Out = None,
    no_record: NoRecord = False,
) -> None:
    """Say how much output and value added rests on flows, sectors or regions, by taking them out (hypothetical extraction).

    It measures what rests on them while nobody finds another buyer or supplier. It is no forecast.

    Examples:
        accord extract --exporters RUS --products B06 --importers BLR

        accord extract --within BLR RUS

        accord extract --each region --json

        accord extract --each sector --exporters BLR RUS --out sectors_blr_rus

        accord extract --critical BLR --share 0.1

    Parameters
    ----------
    exporters
        Regions that stop selling; all by default. With --each: the regions taken out one at a time, or whose sectors are.
    products
        Sectors whose products are no longer sold; all by default.
    importers
        Regions that no longer get them; all by default.
    users
        Sectors that no longer get them as inputs, final users untouched; all users by default.
    within
        Take away only flows between these regions.
    home
        Take away flows inside a region as well.
    each
        Take out every region, or every sector of the exporters, one at a time, with all that it sells and buys.
    critical
        Instead: the smallest set of foreign suppliers that this region's products pass through, found greedily, with its bound.
    share
        With --critical: share of the value to reach.
    of
        With --critical: the region's output, or its final products.
    world
        Name or path of a World. List them with: accord data list
    top
        Rows to print.
    json
        Print one JSON object with the table on standard output, and nothing else there.
    """
    from accord.cli.answers import Answer, deliver
    from accord.cli.progress import progress_bar
    from accord.world.store import read_world

    with progress_bar() as progress:
        progress("reading", 0, 2)
        chosen = read_world(world)
        progress("taking out", 1, 2)
        if critical is not None:
            from accord.analysis.critical import smallest_supplier_set

            table = smallest_supplier_set(chosen, critical, share=share, of=of)
        else:
            table = _taken_out(chosen, each, exporters, products, importers, users, within, home=home)

    def show() -> None:
        from dataclasses import replace

        from accord.cli.tables import print_table, say

        frame = table.frame
        if critical is None:
            frame = frame.sort_values("lost_value_added_usd", ascending=False, kind="stable")
        print_table(replace(table, frame=frame.head(top).reset_index(drop=True)))
        if len(frame) > top:
            print()
            say(f"{top} of {len(frame)} rows, the largest losses first. All of them: --json or --out DIR.")

    answer = Answer(
        command="extract",
        about=critical or (f"each {each}" if each else "flows"),
        headline=table.title,
        facts={"world": chosen.name},
        tables={table.name: table},
        show=show,
        world=chosen,
    )
    deliver(answer, out=out, json=json, no_record=no_record)


def _taken_out(
    world: World,
    each: str | None,
    exporters: list[str] | None,
    products: list[str] | None,
    importers: list[str] | None,
    users: list[str] | None,
    within: list[str] | None,
    *,
    home: bool,
) -> Table:
    from accord.analysis.extraction import Extraction, extract, region_extractions, sector_extractions
    from accord.errors import AccordError

    if each is not None and (importers or users or within or home):
        raise AccordError(
            "--each takes a whole region or sector out, with all that it sells and buys: leave --importers, --users, --within "
            "and --home away, or leave --each away."
        )
    if each == "region":
        if products:
            raise AccordError(
                "--each region takes out all products of a region. For some of them: --each sector"
            )
        return region_extractions(world, exporters)
    if each == "sector":
        return sector_extractions(world, exporters or world.regions, products)
    named = [
        f"{word} {', '.join(labels)}"
        for word, labels in (("of", products), ("from", exporters), ("to", importers), ("used by", users))
        if labels
    ]
    whole = "all flows" if home else "all trade between regions"
    name = f"flows {' '.join(named)}" if named else whole
    cut = Extraction(name, exporters, products, importers, users, final=users is None, home=home)
    return extract(world, [cut], within=within)
