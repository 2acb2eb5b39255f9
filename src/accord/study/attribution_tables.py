"""Attribution as tables and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from accord.engines.equilibrium.outcomes import OUTCOMES
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.study.attribution import Attribution, Together
    from accord.study.prepare import Prepared

REMAINDER, WHOLE = "(not explained)", "(all decisions)"
"""Rows that are no measures: what the parts leave over, and the effect itself."""

_USD = "USD million of base year"
_PATH = "Aumann-Shapley: exact derivatives integrated along the path from context to context and decisions (Gauss-Legendre)"
_LABELS = {
    "outcome": Column("label", "Outcome"),
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "role": Column("label", "Role"),
    "measure": Column("label", "Measure"),
    "other": Column("label", "Other measure"),
    "player": Column("label", "Measure or area"),
}
PART_COLUMNS = {
    **_LABELS,
    "part_usd": Column(_USD, "Part", _PATH),
    "part_pct": Column("%", "Part", f"of the base level of the outcome; {_PATH}"),
    "nodes": Column("count", "Nodes", "Gauss-Legendre nodes on the path"),
}
PAIR_COLUMNS = {
    **_LABELS,
    "first_usd": Column(_USD, "First alone", "on top of the context, no other decision"),
    "second_usd": Column(_USD, "Second alone", "on top of the context, no other decision"),
    "interaction_usd": Column(_USD, "Interaction", "v(ij) - v(i) - v(j) + v(0)"),
    "relation": Column("label", "Together", "by the sign of the interaction against the effects alone"),
}
SHAPLEY_COLUMNS = {
    **_LABELS,
    "path_usd": Column(_USD, "Along the path", _PATH),
    "shapley_usd": Column(_USD, "Mean over orders", "Shapley value: mean over all orders of decision, exact"),
    "difference_usd": Column(_USD, "Difference", "along the path less mean over orders"),
}

_PAIR_LABELS = ("region", "region_name", "measure", "other")
_SHAPLEY_LABELS = ("region", "region_name", "role", "player")
_PART_LABELS = ("outcome", "region", "region_name", "role", "measure")
DECLARED = {
    name: {key: column for key, column in columns.items() if key in labels or key not in _LABELS}
    for name, columns, labels in (
        ("attribution", PART_COLUMNS, _PART_LABELS),
        ("attribution_pairs", PAIR_COLUMNS, _PAIR_LABELS),
        ("attribution_shapley", SHAPLEY_COLUMNS, _SHAPLEY_LABELS),
    )
}
"""Columns of each table, for the reference."""

NEGLIGIBLE = 1e-4
"""Interaction below this share of the larger effect alone counts as none."""


def attribution_table(prepared: Prepared, found: Attribution) -> Table:
    """Every part of every outcome of every region, what is left over, and the whole."""
    rows = {
        **dict(zip(found.measures, found.parts, strict=True)),
        REMAINDER: found.gap,
        WHOLE: found.total,
    }
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "outcome": outcome,
                    **_regions(prepared),
                    "measure": name,
                    "part_usd": value[position],
                    "part_pct": 100.0 * value[position] / found.base[position],
                    "nodes": found.nodes,
                }
            )
            for position, outcome in enumerate(OUTCOMES)
            for name, value in rows.items()
        ],
        ignore_index=True,
    )
    return _table(
        "attribution",
        "What each measure gives to each region; parts add up to the whole",
        frame,
        PART_COLUMNS,
        ("outcome", "region", "measure"),
    )


def interaction_table(prepared: Prepared, found: Attribution, together: Together) -> Table:
    """Household welfare of the partners: what each pair of measures does together beyond what each does alone."""
    partners = [prepared.position(partner) for partner in prepared.checked.partners]
    rows = []
    for (i, j), value in together.pairs.items():
        for n in partners:
            first, second, extra = together.alone[i, 0, n], together.alone[j, 0, n], value[0, n]
            rows.append(
                {
                    "region": prepared.world.regions[n],
                    "region_name": prepared.world.region_names[prepared.world.regions[n]],
                    "measure": found.measures[i],
                    "other": found.measures[j],
                    "first_usd": first,
                    "second_usd": second,
                    "interaction_usd": extra,
                    "relation": relation(first, second, extra),
                }
            )
    columns = ["region", "region_name", "measure", "other", *list(PAIR_COLUMNS)[len(_LABELS) :]]
    return _table(
        "attribution_pairs",
        "Household welfare: what pairs of measures do to each other",
        pd.DataFrame(rows, columns=columns),
        PAIR_COLUMNS,
        ("region", "measure", "other"),
    )


def relation(first: float, second: float, extra: float) -> str:
    """Say in words what two measures do to each other.

    Args:
        first: Effect of one alone.
        second: Effect of the other alone.
        extra: What both together give beyond the sum.
    """
    if abs(extra) <= NEGLIGIBLE * max(abs(first), abs(second)):
        return "independent"
    if first <= 0.0 and second <= 0.0 and first + second + extra > 0.0:
        return "a gain only together"
    if first >= 0.0 and second >= 0.0 and first + second + extra < 0.0:
        return "a loss together"
    return "worth more together" if extra > 0.0 else "worth less together"


def shapley_table(prepared: Prepared, found: Attribution, together: Together) -> Table:
    """Household welfare: parts along the path beside means over all orders of decision."""
    assert together.shapley is not None  # the caller asked
    place = {measure: position for position, measure in enumerate(found.measures)}
    frames = []
    for player, members, value in zip(together.players, together.members, together.shapley, strict=True):
        path = found.parts[[place[measure] for measure in members], 0].sum(axis=0)
        frames.append(
            pd.DataFrame(
                {
                    **_regions(prepared),
                    "player": player,
                    "path_usd": path,
                    "shapley_usd": value[0],
                    "difference_usd": path - value[0],
                }
            )
        )
    return _table(
        "attribution_shapley",
        "Household welfare: parts along the path beside the mean over all orders of decision",
        pd.concat(frames, ignore_index=True),
        SHAPLEY_COLUMNS,
        ("region", "player"),
    )


def sentences(prepared: Prepared, found: Attribution, together: Together) -> tuple[str, ...]:
    """The answer in words: who gets most from what, what works only together, and how well the parts add up."""
    names, said = prepared.world.region_names, []
    for partner in prepared.checked.partners:
        part = found.parts[:, 0, prepared.position(partner)]
        best, worst = int(part.argmax()), int(part.argmin())
        text = f"{names[partner]}: most from {found.measures[best]} ({part[best]:+,.1f} USD million)"
        if part[best] <= 0.0:
            text = f"{names[partner]}: no measure gives it anything"
        if part[worst] < 0.0:
            text += f", most taken by {found.measures[worst]} ({part[worst]:+,.1f})"
        said.append(text + ".")
    if together.pairs:
        union = [prepared.position(partner) for partner in prepared.checked.partners]
        joint = {pair: float(value[0, union].sum()) for pair, value in together.pairs.items()}
        pair = max(joint, key=lambda key: abs(joint[key]))
        how = "add" if joint[pair] > 0.0 else "take away"
        said.append(
            f"Strongest pair, partners in sum: {found.measures[pair[0]]} and {found.measures[pair[1]]} {how} "
            f"{abs(joint[pair]):,.2f} USD million together beyond what each does alone."
        )
    off = ~found.adds_up
    if off.any():
        outcome, region = np.argwhere(off)[0]
        said.append(
            f"THE PARTS DO NOT ADD UP within a millionth everywhere ({int(off.sum())} of {off.size}, such as {OUTCOMES[outcome]} of "
            f"{found.regions[region]}): the row {REMAINDER} holds what is left over."
        )
    else:
        said.append(
            f"Parts add up to the whole within a millionth for every region and outcome ({found.nodes} nodes)."
        )
    return tuple(said)


def _regions(prepared: Prepared) -> dict[str, list[str]]:
    world, partners = prepared.world, prepared.checked.partners
    return {
        "region": list(world.regions),
        "region_name": [world.region_names[region] for region in world.regions],
        "role": ["partner" if region in partners else "third country" for region in world.regions],
    }


def _table(
    name: str, title: str, frame: pd.DataFrame, columns: dict[str, Column], keys: tuple[str, ...]
) -> Table:
    return Table(name, title, frame, {column: columns[column] for column in frame.columns}, keys)
