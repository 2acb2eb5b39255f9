"""Tables of training: who is qualified when, who is needed, and where the bottlenecks are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from accord.programme.measures import Training
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.study.prepare import Prepared

_STOCK = "S[t+1] = (1 - attrition) S[t] + graduates[t+1] (docs/methods/nuclear-plant.md)"

COLUMNS: dict[str, Column] = {
    "measure": Column("label", "Measure"),
    "skill": Column("label", "Skill"),
    "year": Column("year", "Year"),
    "in_training": Column("persons", "In training"),
    "qualified": Column("persons", "Qualified", _STOCK),
    "needed": Column("persons", "Needed", "plants in build and in operation times the norms"),
    "balance": Column("persons", "Qualified less needed", _STOCK),
    "bottleneck": Column("yes/no", "Bottleneck?", "fewer are qualified than are needed"),
    "bottleneck_years": Column("count", "Years with a bottleneck"),
    "worst_year": Column("label", "Worst year"),
    "worst_short": Column("persons", "Short in the worst year"),
    "staffed_share": Column("share", "Need that is met in the year evaluated", "skill by skill"),
    "untrained_share": Column("share", "... without the training", "attrition alone"),
    "extra_labour": Column(
        "persons",
        "Average workers it is worth",
        "premium times those at work beyond what was there, less those in training who would be at work",
    ),
    "cost_usd": Column("USD million of base year", "Cost a year"),
}


def training_tables(prepared: Prepared) -> dict[str, Table]:
    """Return the tables of the training measures of a prepared programme."""
    chosen = [
        measure
        for measure in prepared.programme.measures
        if isinstance(measure, Training) and measure.status != "dropped"
    ]
    years = [row for measure in chosen for row in year_rows(measure)]
    return {
        "training": _table(
            "training",
            "Training: does it staff the plants?",
            [summary(measure) for measure in chosen],
            ("measure",),
        ),
        "training_years": _table(
            "training_years",
            "Qualified people and the need of the plants by year",
            years,
            ("measure", "skill", "year"),
        ),
    }


def year_rows(measure: Training) -> Iterator[dict[str, Any]]:
    """Yield a row for each skill and year."""
    for skill in measure.skills:
        qualified, needed, learning = (
            measure.qualified(skill),
            measure.needed(skill),
            measure.in_training(skill),
        )
        for t, year in enumerate(measure.years):
            yield {
                "measure": measure.id,
                "skill": skill.name,
                "year": int(year),
                "in_training": float(learning[t]),
                "qualified": float(qualified[t]),
                "needed": float(needed[t]),
                "balance": float(qualified[t] - needed[t]),
                "bottleneck": "yes" if needed[t] - qualified[t] > 1e-9 else "no",
            }


def summary(measure: Training) -> dict[str, Any]:
    """One row of the table `training`."""
    short = measure.bottlenecks()
    worst = max(short, key=lambda entry: entry[2], default=None)
    return {
        "measure": measure.id,
        "staffed_share": measure.staffed_share(),
        "untrained_share": measure.staffed_share(trained=False),
        "bottleneck_years": len({year for _, year, _ in short}),
        "worst_year": "none" if worst is None else f"{worst[1]} ({worst[0]})",
        "worst_short": 0.0 if worst is None else worst[2],
        "extra_labour": measure.extra_labour(),
        "cost_usd": measure.yearly_cost(),
    }


def _table(name: str, title: str, rows: list[dict[str, Any]], keys: tuple[str, ...]) -> Table:
    frame = pd.DataFrame(rows)
    return Table(name, title, frame, {column: COLUMNS[column] for column in frame.columns}, keys)
