"""`accord exports`: gross exports decomposed by whose value is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from accord.cli.options import NoRecord, Out

if TYPE_CHECKING:
    from accord.tables import Table

Flag = Parameter(negative="")
Labels = Parameter(consume_multiple=True, negative="")


def exports(
    *regions: str,
    to: Annotated[list[str] | None, Labels] = None,
    sectors: Annotated[list[str] | None, Labels] = None,
    world: str = "embedded",
    method: Literal[
        "bm-source",
        "bm-sink",
        "bm-source-bilateral",
        "bm-sink-bilateral",
        "bm-sector-bilateral",
        "bm-source-sector",
        "bm-sink-sector",
        "bm-source-importer",
        "bm-sink-importer",
        "bm-source-world",
        "bm-sink-world",
        "kww",
        "wwz",
    ] = "bm-source",
    by_partner: Annotated[bool, Flag] = False,
    by_sector: Annotated[bool, Flag] = False,
    share: Annotated[bool, Flag] = False,
    terms: Annotated[bool, Flag] = False,
    json: Annotated[bool, Flag] = False,
    out: Out = None,
    no_record: NoRecord = False,
) -> None:
    """Say whose value added is in the exports of regions, and how far these take part in global value chains.

    Gross exports count a component at every border that it crosses. The methods split them into domestic value added, foreign value
    added, what is counted twice, and duties and taxes. Foreign value added differs between methods by design, so each
    heading's method is named: docs/methods/value-added.md.

    For example:

        accord exports BLR RUS

        accord exports BLR --to RUS --by-sector --share

        accord exports DEU POL --method kww --terms

        accord exports BLR --by-partner --method bm-sink-bilateral --out exports_blr

        accord exports --by-partner --json | jq '.tables.exports_bm_source.rows[0]'

    Parameters
    ----------
    regions
        Exporters (region codes); all regions when none is named.
    to
        Partners whose purchases count; all by default.
    sectors
        Exporting sectors that count; all by default.
    world
        Name or path of the World. List them with: accord data list
    method
        Borin and Mancini, source-based or sink-based, counted once at the borders of the exporter (bm-source, bm-sink), of one
        bilateral flow, of one sector's bilateral flow, of a sector's exports to all, of the importer, or of the world;
        Koopman, Wang and Wei; Wang, Wei and Zhu.
    by_partner
        A row for each partner.
    by_sector
        A row for each exporting sector.
    share
        Shares of gross exports instead of USD million.
    terms
        Show every term of the method, not only the parts that they make up.
    json
        Print one JSON object with every term, its unit, method and source, and nothing else.
    """
    from accord.analysis.value_added import METHODS, decompose_exports, gvc_participation
    from accord.cli.answers import Answer, deliver
    from accord.cli.progress import progress_bar
    from accord.world.store import read_world

    by = ("exporter", *(["importer"] if by_partner else []), *(["sector"] if by_sector else []))
    chosen: dict[str, Any] = {"importers": to, "sectors": sectors, "by": by}
    exporters = list(regions) or None
    unit = "share" if share else "USD million"
    with progress_bar() as progress:
        progress("reading", 0, 3)
        data = read_world(world)
        progress("decomposing", 1, 3)
        decomposition = decompose_exports(data, exporters, method=method, unit=unit, **chosen)
        progress("measuring participation", 2, 3)
        tables = [decomposition, gvc_participation(data, exporters, **chosen)]
    names = [term.name for term in METHODS[method].terms]

    def show() -> None:
        from accord.cli.tables import print_table, say

        print_table(tables[0], leave_out=names)
        if terms:
            print()
            print_table(_terms_as_rows(tables[0], names))
        print()
        print_table(tables[1])
        told = f"From {METHODS[method].citation}. Every term: --terms. Other methods: --method {' | '.join(METHODS)}."
        print()
        say(told)

    answer = Answer(
        command="exports",
        about=" ".join((*regions, method)),
        headline=tables[0].title,
        facts={"world": data.name},
        tables={table.name: table for table in tables},
        show=show,
        layout="contents",
        world=data,
    )
    deliver(answer, out=out, json=json, no_record=no_record)


def _terms_as_rows(table: Table, names: list[str]) -> Table:
    """The terms of a decomposition as rows with their formulas, each row of it as a column: many headings do not fit a screen."""
    import pandas as pd

    from accord.tables import Column
    from accord.tables import Table as NewTable

    flows = [" ".join(row) for row in table.frame[list(table.keys)].itertuples(index=False)]
    declared = [table.columns[name] for name in names]
    columns = {
        "term": Column("label", "Term"),
        "formula": Column("label", "Formula"),
        **{flow: Column(declared[0].unit, flow, declared[0].method, declared[0].source) for flow in flows},
    }
    frame = pd.DataFrame(
        {
            "term": [column.label for column in declared],
            "formula": [column.method.partition(": ")[2] for column in declared],
            **dict(zip(flows, table.frame[names].to_numpy(), strict=True)),
        }
    )
    return NewTable(f"{table.name}_terms", f"Its terms: {table.title}", frame, columns)
