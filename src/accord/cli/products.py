"""`accord products`: what partners could make at home or jointly, product by product."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from accord.analysis.product_space import JointProducts
    from accord.tables import Table

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
    digits: int | None = None,
    least_exports: float | None = None,
    top: int = 15,
    json: Annotated[bool, Flag] = False,
    out: Path | None = None,
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
    digits
        Cut product codes to the first so many digits (4: headings of the Harmonised System).
    least_exports
        Leave countries that export less than this, USD million, out of the product space; 1000 by default.
    top
        Candidates to print.
    json
        Print one JSON object on standard output and nothing else there.
    out
        Directory for tables (Parquet, CSV) and figures (SVG, PNG); an earlier one there is replaced.
    """
    with progress_bar() as progress:
        progress("reading", 0, 3)
        from accord.analysis.product_space import joint_products
        from accord.world.products import read_exports
        from accord.world.store import read_world

        table = read_exports(exports, year=year, country_codes=country_codes, digits=digits)
        named = world if world is not None or table.flows is not None else WORLD
        chosen = None if named is None else read_world(named)
        progress("placing the partners", 1, 3)
        limits: dict[str, Any] = {} if least_exports is None else {"least_exports": least_exports}
        result = joint_products(table, partners, world=chosen, focus=focus, **limits)
        progress("writing", 2, 3)
        written = None if out is None else _write(result, out)
    if json:
        print(json_format.dumps(_content(result, written), ensure_ascii=False, allow_nan=False))
    else:
        _print(result, top, focus, written)


def _write(result: JointProducts, out: Path) -> Path:
    """Tables and figures, whole or not at all; a folder that is none of ours is left alone."""
    from accord.errors import AccordError
    from accord.present.product_figures import product_figures
    from accord.study.folders import whole_folder
    from accord.study.table_files import write_tables

    if (
        out.exists()
        and not (out / "tables" / "candidates.csv").is_file()
        and (not out.is_dir() or any(out.iterdir()))
    ):
        raise AccordError(
            f"{out} exists and is no folder of `accord products`.\n  Name another with: --out DIR"
        )
    with whole_folder(out) as folder:
        write_tables(result.tables, folder / "tables")
        for figure in product_figures(result):
            (folder / f"{figure.name}.svg").write_text(figure.svg(), encoding="utf-8")
            (folder / f"{figure.name}.png").write_bytes(figure.png())
        (folder / "notes.txt").write_text("\n".join(result.notes) + "\n", encoding="utf-8")
    return out


def _print(result: JointProducts, top: int, focus: str | None, written: Path | None) -> None:
    from dataclasses import replace

    from accord.cli.tables import print_table

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
            print(f"  {row.rank}. {row.product_name}: {row.reason}")
    if focus:
        print(
            f"\n{len(result.focus.frame)} products are taken as {focus}; the rule that put each there: --json or --out."
        )
    for note in result.notes:
        print(f"\nNote: {note}")
    if written is not None:
        print(f"\nWritten: {written}")


def _content(result: JointProducts, written: Path | None) -> dict[str, Any]:
    return {
        "partners": list(result.partners),
        **{table.name: _rows(table) for table in result.tables},
        "units": {
            table.name: {name: column.unit for name, column in table.columns.items()}
            for table in result.tables
        },
        "notes": list(result.notes),
        "directory": None if written is None else str(written),
    }


def _rows(table: Table) -> list[dict[str, Any]]:
    """Rows with None where a value is blank: JSON has no NaN."""
    return [
        {name: None if value != value else value for name, value in row.items()}  # noqa: PLR0124 - only NaN differs from itself
        for row in table.frame.to_dict("records")
    ]
