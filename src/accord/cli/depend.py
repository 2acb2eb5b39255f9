"""`accord depend`: who uses whose components, who else could supply, what breaks; ten facts, and every table behind them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from accord.cli.answers import Answer, deliver
from accord.cli.options import NoRecord, Out
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
    out: Out = None,
    no_record: NoRecord = False,
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
        from accord.present.dependence_figures import dependence_figures

    answer = Answer(
        command="depend",
        about=" ".join(result.partners),
        headline=str(result.facts.frame["sentence"].iloc[0]),
        facts={
            "world": chosen.name,
            "year": chosen.year,
            "content_sha256": chosen.content_hash,
            "partners": list(result.partners),
            "imputed": list(chosen.provenance.imputed),
        },
        tables=result.tables,
        show=lambda: _print(result),
        world=chosen,
        figures=lambda: dependence_figures(result),
    )
    deliver(answer, out=out, json=json, no_record=no_record)


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


def _print(result: Dependence) -> None:
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
    if result.world.provenance.imputed:
        print()
    for note in result.world.provenance.imputed:
        print(fill(note, initial_indent="Note: ", subsequent_indent="      "))


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
