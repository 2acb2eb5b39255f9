"""Programmes beside one another over the years: whole paths with the same draws of everything unknown (METHODS sections 14 and 15).

In draw i both programmes have the same values of what they share, so that the difference of their present values, and of each year's
effects, is that of the programmes alone. Both are valued over the same years at the same rate; anything else is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from accord.errors import EngineError, Fault, ProgrammeError
from accord.study.comparing_together import left_out_said, together_sentence, together_table
from accord.study.full import Progress
from accord.study.odds import OddsOptions
from accord.study.odds_tables import wilson
from accord.study.path_odds import PathOdds, common_path_odds
from accord.study.time_setting import Setting
from accord.study.variants import GAIN_PCT
from accord.tables import Column, Table, declared

_USD = "USD million of base year"
_VALUE = "present value of the decisions over the horizon of the title"
_PAIRED = "of the difference over common draws of whole paths"
_LABELS = {
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "role": Column("label", "Role"),
}
_BETTER = {
    "second_better": Column(
        "share", "Chance that the second is better", "share of common draws, by more than the solver's error"
    ),
    "second_better_low": Column("share", "At least", "lower end of Wilson's 95% interval"),
    "second_better_high": Column("share", "At most", "upper end of Wilson's 95% interval"),
}
COLUMNS = {
    **_LABELS,
    "first_usd": Column(_USD, "First", f"{_VALUE}, central run"),
    "second_usd": Column(_USD, "Second", f"{_VALUE}, central run"),
    "difference_usd": Column(_USD, "Second less first", f"{_VALUE}, central runs"),
    "low_usd": Column(_USD, "5th percentile", _PAIRED),
    "median_usd": Column(_USD, "Median", _PAIRED),
    "high_usd": Column(_USD, "95th percentile", _PAIRED),
    "first_probability": Column("share", "First: chance of gain", "in present value, share of common draws"),
    "second_probability": Column(
        "share", "Second: chance of gain", "in present value, share of common draws"
    ),
    **_BETTER,
}
YEAR_COLUMNS = {
    "year": Column("year", "Year"),
    **_LABELS,
    "difference_pct": Column("percentage points", "Second less first", "effect of the year, central runs"),
    "low_pct": Column("percentage points", "5th percentile", _PAIRED),
    "median_pct": Column("percentage points", "Median", _PAIRED),
    "high_pct": Column("percentage points", "95th percentile", _PAIRED),
    **_BETTER,
}


@dataclass(frozen=True)
class PathComparison:
    """Two programmes on one World over the same years.

    Attributes:
        first: Odds of the first.
        second: Odds of the second, with the same draws.
        table: One row a region: present values.
        years: One row a year and region: effects of the year.
        together: How surely all partners gain in present value under each.
    """

    first: PathOdds
    second: PathOdds
    table: Table
    years: Table
    together: Table


def compare_paths(
    first: Setting, second: Setting, options: OddsOptions | None = None, *, progress: Progress | None = None
) -> PathComparison:
    """Draw the paths of two programmes on one World with common draws.

    Raises:
        ProgrammeError: They are not valued over the same years, from the same day, at the same rate and with the same rule for capital.
    """
    _refuse_unlike(first, second)
    one, two = common_path_odds([first, second], options, progress=progress)
    kept = one.paths.kept & two.paths.kept
    if not kept.any():
        raise EngineError(
            "no common draw has a path under both programmes, so that they cannot be compared: "
            + " ".join(left_out_said(one.odds, two.odds))
        )
    return PathComparison(
        one, two, _values(one, two, kept), _years(one, two, kept), together_table(one.odds, two.odds)
    )


def _refuse_unlike(first: Setting, second: Setting) -> None:
    """Present values over other years or at other rates are of other things."""
    asked = (
        ("day of evaluation", first.as_of, second.as_of, "name one day for both: --as-of YYYY-MM-DD"),
        (
            "horizon",
            first.horizon.sentence,
            second.horizon.sentence,
            "give both the same years (--from, --until) and rate (--set discount_rate=0.05)",
        ),
        ("base year", first.horizon.base_year, second.horizon.base_year, "take programmes of one base year"),
        (
            "capital",
            first.years.capital.sentence,
            second.years.capital.sentence,
            "give both one rule: --capital fixed",
        ),
    )
    faults = [
        Fault(f"comparison over the years, {what}", f"first {one}; second {two}", "the same in both", remedy)
        for what, one, two, remedy in asked
        if one != two
    ]
    if faults:
        raise ProgrammeError(faults)


def _values(first: PathOdds, second: PathOdds, kept: np.ndarray) -> Table:
    horizon = first.setting.horizon
    central = [horizon.value(odds.central) for odds in (first, second)]
    one, two = (odds.present_value[kept] for odds in (first, second))
    yearly = [odds.odds.solved.welfare_pct[kept] for odds in (first, second)]
    rows = []
    for n, labels in enumerate(_regions(first, second)):
        low, median, high = np.quantile(two[:, n] - one[:, n], [0.05, 0.5, 0.95])
        rows.append(
            {
                **labels,
                "first_usd": float(central[0][n]),
                "second_usd": float(central[1][n]),
                "difference_usd": float(central[1][n] - central[0][n]),
                "low_usd": float(low),
                "median_usd": float(median),
                "high_usd": float(high),
                "first_probability": float((yearly[0][:, n] > GAIN_PCT).mean()),
                "second_probability": float((yearly[1][:, n] > GAIN_PCT).mean()),
                **_better(yearly[1][:, n] - yearly[0][:, n]),
            }
        )
    names = [odds.setting.programme.name for odds in (first, second)]
    title = (
        f"'{names[1]}' (second) against '{names[0]}' (first): present values as of {horizon.first} ({horizon.sentence}), "
        f"{int(kept.sum()):,} common draws of whole paths"
    )
    return declared("compare_paths", title, pd.DataFrame(rows, columns=list(COLUMNS)), COLUMNS, ("region",))


def _years(first: PathOdds, second: PathOdds, kept: np.ndarray) -> Table:
    central = [
        100.0 * odds.central / odds.setting.prepared.model.unchanged.household_consumption
        for odds in (first, second)
    ]
    one, two = (
        100.0 * odds.paths.effects[kept] / odds.paths.base[kept][:, None, :] for odds in (first, second)
    )
    rows = []
    for t, year in enumerate(first.setting.horizon.years):
        for n, labels in enumerate(_regions(first, second)):
            difference = two[:, t, n] - one[:, t, n]
            low, median, high = np.quantile(difference, [0.05, 0.5, 0.95])
            rows.append(
                {
                    "year": year,
                    **labels,
                    "difference_pct": float(central[1][t, n] - central[0][t, n]),
                    "low_pct": float(low),
                    "median_pct": float(median),
                    "high_pct": float(high),
                    **_better(difference),
                }
            )
    return declared(
        "compare_paths_years",
        "Second less first year by year: effect of the decisions on household welfare",
        pd.DataFrame(rows, columns=list(YEAR_COLUMNS)),
        YEAR_COLUMNS,
        ("year", "region"),
    )


def _better(difference_pct: np.ndarray) -> dict[str, float]:
    better = difference_pct > GAIN_PCT
    low, high = wilson(int(better.sum()), better.size)
    return {"second_better": float(better.mean()), "second_better_low": low, "second_better_high": high}


def _regions(first: PathOdds, second: PathOdds) -> list[dict[str, str]]:
    world = first.setting.prepared.world
    partners = {*first.setting.prepared.checked.partners, *second.setting.prepared.checked.partners}
    return [
        {
            "region": region,
            "region_name": world.region_names[region],
            "role": "partner" if region in partners else "third country",
        }
        for region in world.regions
    ]


def sentences(found: PathComparison) -> tuple[str, ...]:
    """The comparison in words."""
    setting = found.first.setting
    parts = [
        f"{row.region_name} {row.difference_usd:+,.1f} ({row.low_usd:+,.1f} to {row.high_usd:+,.1f}; better in {row.second_better:.0%} of "
        "draws)"
        for row in found.table.frame[found.table.frame["role"] == "partner"].itertuples()
    ]
    return (
        f"In present value: {together_sentence(found.together)}",
        f"Second less first, central runs and 5-95% of common draws, USD million of present value: {'; '.join(parts)}.",
        (
            f"As of {setting.as_of} ({setting.as_of_source}). {setting.horizon.sentence[:1].upper()}{setting.horizon.sentence[1:]}; "
            f"{setting.years.capital.sentence}."
        ),
        *left_out_said(found.first.odds, found.second.odds),
    )
