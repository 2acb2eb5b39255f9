"""Programmes beside one another with the same draws, and one number of a programme moved over a range."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from accord.errors import EngineError, Fault, ProgrammeError, nearest
from accord.programme import Programme
from accord.programme.key_units import unit_of_key
from accord.programme.lever import LeverFaultError, as_if_written
from accord.programme.model import ModelOptions
from accord.study.comparing_together import left_out_said, together_table
from accord.study.full import Progress
from accord.study.odds import Odds, OddsOptions, common_odds
from accord.study.odds_tables import wilson
from accord.study.prepare import Prepared, prepare
from accord.study.variants import GAIN_PCT
from accord.tables import Column, Table
from accord.world import World

MOST_POINTS = 1_000

_LABELS = {
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "role": Column("label", "Role"),
}
COMPARE_COLUMNS = {
    **_LABELS,
    "first_pct": Column("%", "First", "household welfare, central run"),
    "second_pct": Column("%", "Second", "household welfare, central run"),
    "difference_pct": Column("percentage points", "Second less first", "household welfare, central runs"),
    "difference_usd": Column(
        "USD million of base year", "Second less first", "household welfare, central runs"
    ),
    "difference_low_pct": Column(
        "percentage points", "5th percentile", "of the difference over common draws"
    ),
    "difference_high_pct": Column(
        "percentage points", "95th percentile", "of the difference over common draws"
    ),
    "first_probability": Column("share", "First: chance of gain", "share of common draws"),
    "second_probability": Column("share", "Second: chance of gain", "share of common draws"),
    "second_better": Column("share", "Chance that the second is better", "share of common draws"),
    "second_better_low": Column("share", "At least", "lower end of Wilson's 95% interval"),
    "second_better_high": Column("share", "At most", "upper end of Wilson's 95% interval"),
}
SWEEP_COLUMNS = {
    "value": Column("number", "Value", "of the number that is moved, in the unit of its key"),
    **_LABELS,
    "household_ev_pct": Column("%", "Household welfare", "exact, everything else at central values"),
    "household_ev_usd": Column(
        "USD million of base year", "Household welfare", "exact, everything else at central values"
    ),
    "gains": Column("yes/no", "Gains?"),
}


@dataclass(frozen=True)
class Comparison:
    """Two programmes on one World.

    Attributes:
        first: Odds of the first.
        second: Odds of the second, with the same draws.
        table: One row a region.
        together: How surely all partners gain under each.
    """

    first: Odds
    second: Odds
    table: Table
    together: Table


def compare(
    first: Programme,
    second: Programme,
    world: World,
    options: OddsOptions | None = None,
    *,
    choices: ModelOptions | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run two programmes on one World with common draws: what they share has the same value in both.

    Each verdict is against that programme's own context; a difference of contexts is part of the difference shown.
    """
    several = [prepare(programme, world, choices) for programme in (first, second)]
    one, two = common_odds(several, options, progress=progress)
    return Comparison(one, two, _compared(one, two), together_table(one, two))


def _compared(first: Odds, second: Odds) -> Table:
    world = first.prepared.world
    partners = {*first.prepared.checked.partners, *second.prepared.checked.partners}
    central = [_central_pct(odds.prepared) for odds in (first, second)]
    usd = [odds.prepared.welfare(odds.prepared.everything) for odds in (first, second)]
    drawn = [odds.solved.welfare_pct for odds in (first, second)]
    kept = np.isfinite(drawn[0]).all(axis=1) & np.isfinite(drawn[1]).all(axis=1)
    if not kept.any():
        raise EngineError(
            f"none of the {first.options.draws:,} common draws has an equilibrium under both programmes, so that they cannot be compared: "
            + " ".join(left_out_said(first, second))
        )
    one, two = (welfare[kept] for welfare in drawn)
    rows = []
    for n, region in enumerate(world.regions):
        difference = two[:, n] - one[:, n]
        low, high = np.quantile(difference, [0.05, 0.95])
        better = difference > GAIN_PCT
        at_least, at_most = wilson(int(better.sum()), better.size)
        rows.append(
            {
                "region": region,
                "region_name": world.region_names[region],
                "role": "partner" if region in partners else "third country",
                "first_pct": central[0][n],
                "second_pct": central[1][n],
                "difference_pct": central[1][n] - central[0][n],
                "difference_usd": usd[1][n] - usd[0][n],
                "difference_low_pct": float(low),
                "difference_high_pct": float(high),
                "first_probability": float((one[:, n] > GAIN_PCT).mean()),
                "second_probability": float((two[:, n] > GAIN_PCT).mean()),
                "second_better": float(better.mean()),
                "second_better_low": at_least,
                "second_better_high": at_most,
            }
        )
    title = f"'{second.prepared.programme.name}' (second) against '{first.prepared.programme.name}' (first)"
    return Table(
        "compare", title, pd.DataFrame(rows, columns=list(COMPARE_COLUMNS)), COMPARE_COLUMNS, ("region",)
    )


def _central_pct(prepared: Prepared) -> np.ndarray:
    return 100.0 * prepared.welfare(prepared.everything) / prepared.model.unchanged.household_consumption


def lever_of(programme: Programme, name: str) -> tuple[str, str]:
    """Return (measure id, key) of the number `name` = "measure.key"; a `ProgrammeError` lists what there is."""
    known = [f"{measure.id}.{key}" for measure in programme.measures for key in measure.estimates()]
    if name not in known:
        raise ProgrammeError(
            [
                Fault(
                    programme.name,
                    f"no number '{name}'",
                    f"measure.key, one of: {', '.join(known)}" if known else "a programme with numbers",
                    nearest(name, known),
                )
            ]
        )
    measure = next(
        measure
        for measure in programme.measures
        if name.startswith(f"{measure.id}.") and name[len(measure.id) + 1 :] in measure.estimates()
    )
    if measure.status == "dropped":
        raise ProgrammeError(
            [
                Fault(
                    programme.name,
                    f"measure '{measure.id}' is dropped: its numbers move nothing",
                    "a number of a measure that acts",
                    f"ask what it would do with: --set measure.{measure.id}.status=planned",
                )
            ]
        )
    return measure.id, name[len(measure.id) + 1 :]


def sweep(
    programme: Programme,
    world: World,
    lever: str,
    values: Sequence[float],
    *,
    choices: ModelOptions | None = None,
    progress: Progress | None = None,
) -> Table:
    """Return household welfare of every region as one number of the programme moves, all else at central values.

    Args:
        programme: What is proposed.
        world: The data.
        lever: The number, "measure.key".
        values: Its values, in the unit of the key; the World is calibrated again for each, as the number may describe the base.
        choices: Options of the long-run engine.
        progress: Called as the sweep goes on.
    """
    measure, key = lever_of(programme, lever)
    _refuse_out_of_range(programme, measure, key, values)
    tell = progress or (lambda *_: None)
    frames = []
    for number, value in enumerate(values):
        tell(f"{lever} = {value:g}", number, len(values))
        prepared = prepare(programme.with_estimates({measure: {key: float(value)}}), world, choices)
        percent, usd = _central_pct(prepared), prepared.welfare(prepared.everything)
        frames.append(
            pd.DataFrame(
                {
                    "value": float(value),
                    "region": list(world.regions),
                    "region_name": [world.region_names[region] for region in world.regions],
                    "role": [
                        "partner" if region in prepared.checked.partners else "third country"
                        for region in world.regions
                    ],
                    "household_ev_pct": percent,
                    "household_ev_usd": usd,
                    "gains": np.where(percent > GAIN_PCT, "yes", "no"),
                }
            )
        )
    (moved,) = (one for one in programme.measures if one.id == measure)
    like = SWEEP_COLUMNS["value"]
    value = Column(unit_of_key(moved, key), like.label, like.method)
    return Table(
        "sweep",
        f"Household welfare as {lever} moves",
        pd.concat(frames, ignore_index=True),
        {**SWEEP_COLUMNS, "value": value},
        ("value", "region"),
    )


def _refuse_out_of_range(programme: Programme, measure_id: str, key: str, values: Sequence[float]) -> None:
    """A value that the file could not have would give a number without meaning: 200 % of a barrier removed, say."""
    (measure,) = (one for one in programme.measures if one.id == measure_id)
    faults = []
    for value in values:
        try:
            as_if_written(measure.with_estimates({key: float(value)}), float(value))
        except LeverFaultError as error:
            faults.append(Fault(f"{measure_id}.{key}", error.problem.found, error.problem.expected))
    if faults:
        raise ProgrammeError(faults)


def turning_points(table: Table) -> list[str]:
    """Say where a partner turns from gain to loss, between two values of a sweep (by a straight line between them).

    A change within the solver's own error (`GAIN_PCT`) is none: it is neither a gain nor a loss, and a turn may lie on it.
    """
    said = []
    own = table.frame[table.frame["role"] == "partner"]
    for _, rows in own.groupby("region", sort=False):
        ordered = rows.sort_values("value")
        value, welfare = ordered["value"].to_numpy(), ordered["household_ev_pct"].to_numpy()
        said.append(_turns(ordered["region_name"].iloc[0], value, welfare))
    return said


def _turns(name: str, value: np.ndarray, welfare: np.ndarray) -> str:
    moved = np.flatnonzero(np.abs(welfare) > GAIN_PCT)
    still = [value[i] for i in range(len(value)) if i not in moved]
    if not moved.size:
        return f"{name} has no change throughout."
    found = []
    for i, j in itertools.pairwise(moved):
        if welfare[i] * welfare[j] > 0.0:
            continue
        if j == i + 1:
            found.append(f"{value[i] - welfare[i] * (value[j] - value[i]) / (welfare[j] - welfare[i]):.4g}")
        else:  # nothing at one value, or at all from one to another
            between = dict.fromkeys((f"{value[i + 1]:.4g}", f"{value[j - 1]:.4g}"))
            found.append(" to ".join(between))
    if found:
        return f"{name} turns at about {', '.join(found)}."
    word = "gains" if welfare[moved[0]] > 0.0 else "loses"
    if still:
        return f"{name} {word}, and has no change at {', '.join(f'{at:.4g}' for at in still)}."
    return f"{name} {word} throughout."
