"""`accord depend`: who uses whose components, who else could supply, what breaks; ten facts, and every table behind them."""

from __future__ import annotations

import json as json_format
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    import pandas as pd

    from accord.analysis.dependence import Dependence
    from accord.tables import Table

Flag = Parameter(negative="")
WIDTH = 110
"""Widest line of a fact on a terminal."""
SIDES = {"yes": "meets it", "no": "does not", "no data": "has no figure"}
SECTORS = 6
"""Of indicators with more items than this, only the worst on the wrong side of the threshold are printed, as many as this."""


def depend(
    *partners: str,
    world: str = "embedded",
    coalition: tuple[str, ...] = (),
    top: int = 20,
    gas_in_electricity: tuple[str, ...] = (),
    json: Annotated[bool, Flag] = False,
    out: Path | None = None,
) -> None:
    """Say how far partners depend on each other and on everyone else: ten facts, and every table behind them.

    Examples:
        accord depend BLR RUS

        accord depend DEU POL --out dependence_deu_pol

        accord depend BLR RUS --coalition DEU --coalition POL --json | jq .facts

    Parameters
    ----------
    partners
        Two or more region codes. List them with: accord world show WORLD --regions
    world
        Name or path of a World. List them with: accord data list
    coalition
        Third country that might stop trading with the partners; repeat it for more. All third countries by default.
    top
        Heaviest chains to list in the tables.
    gas_in_electricity
        Share of gas in electricity from energy statistics, as CODE=PERCENT; repeat it for more. Worlds do not hold it.
    json
        Print one JSON object with every table on standard output, and nothing else there.
    out
        Directory for tables (Parquet, CSV) and figures (SVG, PNG); an earlier one there is replaced.
    """
    # Small matrices: threads of BLAS would cost more than they bring, and one gives the same bytes everywhere. It is read
    # when NumPy is first imported, which is below.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with progress_bar() as progress:
        progress("reading", 0, 3)
        from accord.analysis.dependence import dependence
        from accord.world.store import read_world

        chosen = read_world(world)
        progress("following the chains", 1, 3)
        result = dependence(
            chosen, partners, coalition=coalition or None, top=top, given=_given(gas_in_electricity)
        )
        progress("writing", 2, 3)
        written = None if out is None else _write(result, out)
    if json:
        print(json_format.dumps(_content(result, written), ensure_ascii=False, allow_nan=False))
    else:
        _print(result, written)


def _given(shares: tuple[str, ...]) -> dict[str, dict[str, float]]:
    from accord.errors import AccordError

    given = {}
    for text in shares:
        region, _, number = text.partition("=")
        try:
            given[region] = float(number)
        except ValueError:
            raise AccordError(
                f"--gas-in-electricity takes CODE=PERCENT, and got '{text}'. For example: --gas-in-electricity BLR=58"
            ) from None
    return {"gas_in_electricity": given} if given else {}


def _write(result: Dependence, out: Path) -> Path:
    """Tables and figures, whole or not at all; a folder that is none of ours is left alone."""
    from accord.errors import AccordError
    from accord.present.dependence_figures import dependence_figures
    from accord.study.folders import whole_folder
    from accord.study.table_files import write_tables

    ours = (out / "tables" / "component_flows.csv").is_file()
    if out.exists() and not ours and (not out.is_dir() or any(out.iterdir())):
        raise AccordError(
            f"{out} exists and is no folder of `accord depend`.\n  Name another with: --out DIR"
        )
    with whole_folder(out) as folder:
        write_tables(result.tables.values(), folder / "tables")
        for figure in dependence_figures(result):
            (folder / f"{figure.name}.svg").write_text(figure.svg(), encoding="utf-8")
            (folder / f"{figure.name}.png").write_bytes(figure.png())
    return out


def _print(result: Dependence, written: Path | None) -> None:
    import shutil
    import textwrap
    from functools import partial

    width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
    fill = partial(textwrap.fill, width=width, break_on_hyphens=False)
    names = [f"{result.world.region_names[code]} ({code})" for code in result.partners]
    print(f"{' and '.join(names)} in World '{result.world.name}', {result.world.year}\n")
    for row in result.facts.frame.itertuples():
        lead = f"{row.fact:>3}. "
        print(fill(row.sentence, initial_indent=lead, subsequent_indent=" " * len(lead)))
    print("\nIndicators beside their published thresholds:")
    for line in judged(result.tables["indicators"]):
        print(fill(line, initial_indent="  - ", subsequent_indent="    "))
    print()
    for note in result.world.provenance.imputed:
        print(fill(note, initial_indent="Note: ", subsequent_indent="      "))
    if written is None:
        print("\nAll tables and figures: --out DIR. All tables as JSON: --json")
    else:
        print(f"\nWritten: {written}")


def judged(table: Table) -> list[str]:
    """One paragraph an indicator: values, thresholds with their sources, and what it does not show."""
    from accord.present.numbers import plain

    paragraphs = []
    for _, rows in table.frame.groupby("indicator", sort=False):
        first = rows.iloc[0]
        if rows["item"].nunique() > SECTORS:
            paragraphs.append(_beyond(rows))
            continue
        sign = "" if first["value_unit"] in {"number", "count"} else f" {first['value_unit']}"
        values = rows.drop_duplicates(["region", "item"])
        several = values["region"].duplicated().any() or len(set(values["item"])) > 1
        said = ", ".join(
            f"{row.region} {plain(row.value, row.value_unit)}{f' ({row.item})' if several else ''}"
            for row in values.itertuples()
        )
        limits = []
        for name, held in rows[rows["passes"] != "no threshold"].groupby("threshold_name", sort=False):
            # Several published values on the same side are one answer.
            sides = ", ".join(
                dict.fromkeys(f"{row.region} {SIDES[str(row.passes)]}" for row in held.itertuples())
            )
            one = held.iloc[0]
            doubt = ", from memory" if one["quality"] == "from memory" else ""
            limits.append(f"{name}: {one['threshold']:g}{sign} ({sides}; {one['threshold_source']}{doubt}).")
        paragraphs.append(
            f"{first['title']},{sign or ' a number'}: {said}. {' '.join(limits) or 'No threshold held against it.'} "
            f"Not shown: {first['not_shown']}"
        )
    return paragraphs


def _beyond(rows: pd.DataFrame) -> str:
    """An indicator of many sectors: how many are on the wrong side of its threshold, and the worst of them by name."""
    first = rows.iloc[0]
    told = []
    for region, own in rows.groupby("region", sort=False):
        beyond = own[own["passes"] == "no"].sort_values("value", ascending=first["direction"] == "higher")
        worst = [f"{row.item} {row.value:.3g}" for row in beyond.head(SECTORS).itertuples()]
        more = [f"{len(beyond) - SECTORS} more"] if len(beyond) > SECTORS else []
        count = f"{region} {len(beyond)} of {int(own['value'].notna().sum())}"
        told.append(f"{count} ({', '.join([*worst, *more])})" if len(beyond) else count)
    doubt = ", from memory" if first["quality"] == "from memory" else ""
    return (
        f"{first['title']}, a {first['value_unit']}. {first['threshold_name'].capitalize()} {first['threshold']:g} "
        f"({first['threshold_source']}{doubt}): {'; '.join(told)}. All sectors: --json or --out. Not shown: {first['not_shown']}"
    )


def _content(result: Dependence, written: Path | None) -> dict[str, Any]:
    return {
        "world": result.world.name,
        "year": result.world.year,
        "content_sha256": result.world.content_hash,
        "partners": list(result.partners),
        **{name: _rows(table) for name, table in result.tables.items()},
        "units": {
            name: {column: declared.unit for column, declared in table.columns.items()}
            for name, table in result.tables.items()
        },
        "imputed": list(result.world.provenance.imputed),
        "directory": None if written is None else str(written),
    }


def _rows(table: Table) -> list[dict[str, Any]]:
    """Rows with None where a value is blank, and for prices that rise without bound: JSON has neither."""
    import math

    return [
        {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row.items()
        }
        for row in table.frame.to_dict("records")
    ]
