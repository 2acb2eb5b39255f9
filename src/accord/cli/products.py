"""`accord products`: what partners could make at home or jointly, product by product."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from accord.cli.answers import Answer, deliver
from accord.cli.options import NoRecord, Out
from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from accord.analysis.product_space import JointProducts

Flag = Parameter(negative="")
WORLD = "embedded"
SHOWN = ("rank", "product_name", "status", "who", "imports_from_others", "complexity", "standing", "score")
"""Columns of candidates that fit a terminal; --json and --out have all."""


def products(
    *partners: str,
    exports: Path,
    world: str | None = None,
    focus: Literal["machinery", "electronics", "machine-tools"] | None = None,
    year: int | None = None,
    country_codes: Path | None = None,
    product_codes: Path | None = None,
    digits: int | None = None,
    least_exports: float | None = None,
    top: int = 15,
    json: Annotated[bool, Flag] = False,
    out: Out = None,
    no_record: NoRecord = False,
) -> None:
    """Say what partners could make at home or jointly: product space, complexity, candidates for import substitution.

    Needs a table of exports by country and product of the whole world: BACI, UN Comtrade, a plain CSV, or a .npz.

    Examples:
        accord products BLR RUS --exports exports.npz

        accord products BLR RUS --exports BACI_HS17_Y2022_V202401b.csv --digits 4 --focus machine-tools

        accord products DEU POL --exports exports.csv --focus machinery --out products_deu_pol

    Parameters
    ----------
    partners
        Two or more country codes (ISO 3166 alpha-3).
    exports
        Table of exports. Columns and layouts: docs/methods/product-space.md
    world
        Name or path of the World that says how far sectors rely on non-partners; "embedded" where the table of exports is not bilateral.
    focus
        Confine candidates to a group of products, and list what belongs to it.
    year
        Year to take from a table with several.
    country_codes
        BACI's table of country codes; by default country_codes*.csv beside the exports.
    product_codes
        BACI's table of product codes, for names; by default product_codes*.csv beside the exports.
    digits
        Cut product codes to the first so many digits (4: headings of the Harmonised System).
    least_exports
        Leave countries that export less than this, USD million, out of the product space; 1000 by default.
    top
        Candidates to print.
    json
        Print one JSON object on standard output and nothing else there.
    """
    with progress_bar() as progress:
        progress("reading", 0, 3)
        from accord.analysis.product_space import joint_products
        from accord.world.products import read_exports
        from accord.world.store import read_world

        codes = {"country_codes": country_codes, "product_codes": product_codes}
        table = read_exports(exports, year=year, digits=digits, **codes)
        named = world if world is not None or table.flows is not None else WORLD
        chosen = None if named is None else read_world(named)
        progress("placing the partners", 1, 3)
        limits: dict[str, Any] = {} if least_exports is None else {"least_exports": least_exports}
        result = joint_products(table, partners, world=chosen, focus=focus, **limits)
        from accord.present.product_figures import product_figures

    answer = Answer(
        command="products",
        about=" ".join((*result.partners, *((focus,) if focus else ()))),
        headline=f"{result.candidates.title}: {len(result.candidates.frame)}",
        facts={"partners": list(result.partners), "notes": list(result.notes)},
        tables={table.name: table for table in result.tables},
        show=lambda: _print(result, top, focus),
        inputs=dict.fromkeys((exports, *(path for path in codes.values() if path is not None))),
        found={
            f"--{name.replace('_', '-')}": path
            for name, path in table.code_tables.items()
            if codes[name] is None
        },
        world=chosen,
        figures=lambda: product_figures(result),
    )
    deliver(answer, out=out, json=json, no_record=no_record)


def _print(result: JointProducts, top: int, focus: str | None) -> None:
    from dataclasses import replace

    from accord.cli.tables import print_table, say

    print_table(result.economies)
    candidates = result.candidates
    title = (
        candidates.title
        + (f": {focus}" if focus else "")
        + f", {min(top, len(candidates.frame))} of {len(candidates.frame)}"
    )
    print()
    if candidates.frame.empty:
        print(f"{title}: none meets the thresholds below.")
    else:
        hidden = [name for name in candidates.columns if name not in SHOWN]
        print_table(replace(candidates, frame=candidates.frame.head(top), title=title), leave_out=hidden)
        print("\nWhy:")
        for row in candidates.frame.head(top).itertuples():
            say(f"  {row.rank}. {row.product_name}: {row.reason}")
    if focus:
        print()
        say(
            f"{len(result.focus.frame)} products are taken as {focus}; the rule that put each there: --json or --out."
        )
    for note in result.notes:
        print()
        say(f"Note: {note}")
