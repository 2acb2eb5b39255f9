"""Odds over the years as tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from accord.study.odds_tables import (
    CONVERGENCE_COLUMNS,
    EVERYBODY,
    FAILURE_COLUMNS,
    ODDS_COLUMNS,
    SENSITIVITY_COLUMNS,
    UNKNOWN_COLUMNS,
    chance_said,
    convergence_frame,
    failure_tables,
    matters_most,
    probability_of,
    quantiles,
    sensitivity_frame,
    taken_over,
    taken_over_said,
    unknown_frame,
)
from accord.study.path_odds import PathOdds
from accord.study.variants import GAIN_PCT
from accord.tables import Column, Table, declared

_USD = "USD million of base year"
_DRAWN = "scrambled Sobol draws of whole paths; each year of each draw solved exactly"
_VALUE = f"present value of the decisions over the horizon of the title, household consumption only; {_DRAWN}"
_EVEN = f"the same present value as an even yearly effect, of base household consumption; {_DRAWN}"
_YEAR = f"effect of the decisions in the year, household welfare; {_DRAWN}"
_LABELS = {name: ODDS_COLUMNS[name] for name in ("region", "region_name", "role")}
_CHANCES = {
    name: ODDS_COLUMNS[name]
    for name in ("probability_error", "probability_low", "probability_high", "draws", "failed", "general")
}

PATH_ODDS_COLUMNS = {
    **_LABELS,
    "central_usd": Column(_USD, "Central run", "present value, all unknowns at their central values"),
    "low_usd": Column(_USD, "5th percentile", _VALUE),
    "median_usd": Column(_USD, "Median", _VALUE),
    "high_usd": Column(_USD, "95th percentile", _VALUE),
    "central_pct": Column(
        "%", "Central run", "as an even yearly effect, all unknowns at their central values"
    ),
    "low_pct": Column("%", "5th percentile", _EVEN),
    "median_pct": Column("%", "Median", _EVEN),
    "high_pct": Column("%", "95th percentile", _EVEN),
    "probability": Column(
        "share",
        "Probability of gain",
        f"share of draws in which the present value is above the solver's own error; {_DRAWN}",
    ),
    **_CHANCES,
}
PATH_YEAR_COLUMNS = {
    "year": Column("year", "Year"),
    **_LABELS,
    "central_pct": Column("%", "Central run", "effect of the year, all unknowns at their central values"),
    "low_pct": Column("%", "5th percentile", _YEAR),
    "median_pct": Column("%", "Median", _YEAR),
    "high_pct": Column("%", "95th percentile", _YEAR),
    "median_usd": Column(_USD, "Median", _YEAR),
    "probability": Column(
        "share", "Probability of gain", f"share of draws in which the year's effect is a gain; {_DRAWN}"
    ),
    "draws": ODDS_COLUMNS["draws"],
}
PATH_DRAW_COLUMNS = {
    "draw": Column("count", "Draw"),
    "region": _LABELS["region"],
    "value_usd": Column(_USD, "Present value", _VALUE),
    "yearly_pct": Column("%", "As an even yearly effect", _EVEN),
}
PATH_CONVERGENCE_COLUMNS = {
    **CONVERGENCE_COLUMNS,
    "probability": PATH_ODDS_COLUMNS["probability"],
    "median_pct": PATH_ODDS_COLUMNS["median_pct"],
}

DECLARED = {
    "path_odds": PATH_ODDS_COLUMNS,
    "path_odds_years": PATH_YEAR_COLUMNS,
    "path_odds_convergence": PATH_CONVERGENCE_COLUMNS,
    "path_odds_sensitivity": SENSITIVITY_COLUMNS,
    "path_odds_unknowns": UNKNOWN_COLUMNS,
    "path_odds_draws": PATH_DRAW_COLUMNS,
    "path_odds_failures": FAILURE_COLUMNS,
}
"""Columns of each table, for the reference."""


def path_odds_tables(found: PathOdds) -> tuple[Table, ...]:
    """Every table of the odds over the years."""
    horizon = found.setting.horizon
    frames = {
        "path_odds": (
            (
                f"How surely each region gains in present value as of {horizon.first}, from {found.odds.options.draws:,} draws of "
                f"whole paths ({horizon.sentence})"
            ),
            _value_frame(found),
            ("region",),
        ),
        "path_odds_years": (
            "How surely each region gains year by year",
            _year_frame(found),
            ("year", "region"),
        ),
        "path_odds_convergence": (
            "How the probability of a gain in present value settles as draws are added",
            convergence_frame(found.odds),
            ("draws", "region"),
        ),
        "path_odds_sensitivity": (
            "Which unknown matters most to each partner's present value",
            sensitivity_frame(found.odds),
            ("region", "unknown"),
        ),
        "path_odds_unknowns": (
            "What was drawn, and from which range",
            unknown_frame(found.odds),
            ("unknown",),
        ),
        "path_odds_draws": (
            "Present value of the partners in every draw",
            _draw_frame(found),
            ("draw", "region"),
        ),
    }
    return (
        *(
            declared(name, title, frame, DECLARED[name], keys)
            for name, (title, frame, keys) in frames.items()
        ),
        *failure_tables("path_odds_failures", found.paths.failures),
    )


def _value_frame(found: PathOdds) -> pd.DataFrame:
    prepared, kept = found.setting.prepared, found.paths.kept
    central = found.setting.horizon.value(found.central)
    central_pct = 100.0 * central / found.annuity / prepared.model.unchanged.household_consumption
    usd, percent = found.present_value[kept], found.odds.solved.welfare_pct[kept]
    counts = {
        "draws": int(kept.sum()),
        "failed": int((~kept).sum()),
        "general": taken_over(found.paths.general, kept),
    }
    rows = [
        {
            **labels,
            "central_usd": float(central[n]),
            **_in_usd(usd[:, n]),
            "central_pct": float(central_pct[n]),
            **quantiles(percent[:, n]),
            **probability_of(percent[:, n] > GAIN_PCT),
            **counts,
        }
        for n, labels in enumerate(_regions(found))
    ]
    union = _union(found)
    least = percent[:, union].min(axis=1)
    everybody = {
        **_EVERYBODY,
        "central_usd": np.nan,
        **dict.fromkeys(("low_usd", "median_usd", "high_usd"), np.nan),
        "central_pct": float(central_pct[union].min()),
        **quantiles(least),
        **probability_of(least > GAIN_PCT),
        **counts,
    }
    return pd.DataFrame([everybody, *rows], columns=list(PATH_ODDS_COLUMNS))


def _year_frame(found: PathOdds) -> pd.DataFrame:
    kept, union = found.paths.kept, _union(found)
    base = found.setting.prepared.model.unchanged.household_consumption
    effects = found.paths.effects[kept]
    percent = 100.0 * effects / found.paths.base[kept][:, None, :]
    central = 100.0 * found.central / base
    rows: list[dict[str, object]] = []
    for t, year in enumerate(found.setting.horizon.years):
        least = percent[:, t][:, union].min(axis=1)
        rows.append(
            {
                "year": year,
                **_EVERYBODY,
                "central_pct": float(central[t, union].min()),
                **quantiles(least),
                "median_usd": np.nan,
                "probability": _share(least > GAIN_PCT),
                "draws": len(percent),
            }
        )
        rows += [
            {
                "year": year,
                **labels,
                "central_pct": float(central[t, n]),
                **quantiles(percent[:, t, n]),
                "median_usd": _in_usd(effects[:, t, n])["median_usd"],
                "probability": _share(percent[:, t, n] > GAIN_PCT),
                "draws": len(percent),
            }
            for n, labels in enumerate(_regions(found))
        ]
    return pd.DataFrame(rows, columns=list(PATH_YEAR_COLUMNS))


def _draw_frame(found: PathOdds) -> pd.DataFrame:
    draws = np.arange(1, found.odds.options.draws + 1)
    frames = [
        pd.DataFrame(
            {
                "draw": draws,
                "region": partner,
                "value_usd": found.present_value[:, place],
                "yearly_pct": found.odds.solved.welfare_pct[:, place],
            }
        )
        for partner, place in zip(found.setting.prepared.checked.partners, _union(found), strict=True)
    ]
    return pd.concat(frames, ignore_index=True).sort_values(["draw", "region"], ignore_index=True)


_EVERYBODY = {
    "region": EVERYBODY,
    "region_name": "All partners gain (the least of their changes)",
    "role": "partner",
}


def _regions(found: PathOdds) -> list[dict[str, str]]:
    """Labels of every region, in the World's order."""
    prepared = found.setting.prepared
    return [
        {
            "region": region,
            "region_name": prepared.world.region_names[region],
            "role": "partner" if region in prepared.checked.partners else "third country",
        }
        for region in prepared.world.regions
    ]


def _union(found: PathOdds) -> list[int]:
    """Positions of the partners."""
    prepared = found.setting.prepared
    return [prepared.position(partner) for partner in prepared.checked.partners]


def _in_usd(values: np.ndarray) -> dict[str, float]:
    return {name.replace("pct", "usd"): value for name, value in quantiles(values).items()}


def _share(gains: np.ndarray) -> float:
    return float(gains.mean()) if gains.size else float("nan")


def sentences(found: PathOdds) -> tuple[str, ...]:
    """The answer in words."""
    frame = _value_frame(found).set_index("region")
    joint = frame.loc[EVERYBODY]
    setting, odds = found.setting, found.odds
    parts = [
        f"{row.region_name} {row.probability:.0%} ({row.low_usd:+,.0f} to {row.high_usd:+,.0f}, median {row.median_usd:+,.0f})"
        for row in frame.loc[list(setting.prepared.checked.partners)].itertuples()
    ]
    return (
        (
            f"All partners gain in present value with probability {chance_said(joint)}; "
            f"{int(joint['draws']):,} draws of whole paths, seed {odds.options.seed})."
        ),
        f"Probability of gain and 5-95% range of the present value, USD million: {'; '.join(parts)}.",
        (
            f"As of {setting.as_of} ({setting.as_of_source}). {setting.horizon.sentence[:1].upper()}{setting.horizon.sentence[1:]}; "
            f"{setting.years.capital.sentence}."
        ),
        *(matters_most(odds, "the variance of its present value") if odds.sensitivity else _NOTHING),
        *_failures(found),
        *taken_over_said(int(joint["general"]), int(joint["draws"]), len(found.paths.failures)),
    )


_NOTHING = ("Nothing was drawn: no number has a range, and the World has one set of elasticities.",)


def _failures(found: PathOdds) -> Sequence[str]:
    failures = found.paths.failures
    if not failures:
        return ()
    number, reason = next(iter(failures.items()))
    return (f"{len(failures)} draws have no path and are left out; the first is draw {number + 1}: {reason}",)
