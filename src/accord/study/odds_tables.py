"""Odds as tables and sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from accord.study.unknowns import ELASTICITY_SET, IMPUTATION, WITHIN_SET
from accord.study.variants import GAIN_PCT
from accord.tables import Column, Table

if TYPE_CHECKING:
    from accord.study.odds import Odds

EVERYBODY = "(all partners)"
"""Row of what happens to all partners at once."""

_USD = "USD million of base year"
_DRAWS = (
    "scrambled Sobol draws of evidence ranges, trade elasticities and imputation; each draw solved exactly"
)
_GAIN = "share of draws in which household welfare rises by more than the solver's own error"
_LABELS = {
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "role": Column("label", "Role"),
}
ODDS_COLUMNS = {
    **_LABELS,
    "central_pct": Column("%", "Central run", "household welfare, all unknowns at their central values"),
    "low_pct": Column("%", "5th percentile", f"household welfare; {_DRAWS}"),
    "median_pct": Column("%", "Median", f"household welfare; {_DRAWS}"),
    "high_pct": Column("%", "95th percentile", f"household welfare; {_DRAWS}"),
    "median_usd": Column(_USD, "Median", f"household welfare; {_DRAWS}"),
    "probability": Column("share", "Probability of gain", f"{_GAIN}; {_DRAWS}"),
    "probability_error": Column(
        "share",
        "Standard error",
        "sqrt(p (1 - p) / draws): that of independent draws, which Sobol draws do not exceed as a rule",
    ),
    "probability_low": Column("share", "At least", "lower end of Wilson's 95% interval"),
    "probability_high": Column("share", "At most", "upper end of Wilson's 95% interval"),
    "draws": Column("count", "Draws", "that have an equilibrium"),
    "failed": Column("count", "Without equilibrium", "draws left out of every number of the row"),
    "general": Column(
        "count",
        "By the general solver",
        "of the draws that have an equilibrium, those that the quick solver left to the general one",
    ),
}
CONVERGENCE_COLUMNS = {
    "draws": Column("count", "First draws"),
    **_LABELS,
    "probability": ODDS_COLUMNS["probability"],
    "probability_error": ODDS_COLUMNS["probability_error"],
    "median_pct": ODDS_COLUMNS["median_pct"],
}
SENSITIVITY_COLUMNS = {
    "region": Column("label", "Code"),
    "region_name": Column("label", "Region"),
    "unknown": Column("label", "Unknown"),
    "first_order": Column(
        "share",
        "Share of variance",
        "first-order index: adjusted R squared of polynomials of degree 8 in the unknown, of means by level for a choice, "
        "and of a linear function of all sectors for elasticities within a set",
    ),
    "first_order_salib": Column(
        "share", "The same by SALib", "from the same draws (Plischke, Borgonovo and Smith 2013)"
    ),
    "direction": Column("label", "Higher values", "sign of the rank correlation with household welfare"),
}
UNKNOWN_COLUMNS = {
    "unknown": Column("label", "Unknown"),
    "low": Column("number", "Low", "as the programme states it, in the unit of its key"),
    "central": Column("number", "Central"),
    "high": Column("number", "High"),
    "distribution": Column("label", "Distribution"),
    "source": Column("label", "Source"),
}
DRAW_COLUMNS = {
    "draw": Column("count", "Draw"),
    "region": Column("label", "Code"),
    "household_ev_pct": Column("%", "Household welfare", _DRAWS),
    "household_ev_usd": Column(_USD, "Household welfare", _DRAWS),
}

FAILURE_COLUMNS = {
    "draw": Column("count", "Draw"),
    "reason": Column("label", "Why it has no equilibrium"),
}

DECLARED = {
    "odds": ODDS_COLUMNS,
    "odds_sensitivity": SENSITIVITY_COLUMNS,
    "odds_convergence": CONVERGENCE_COLUMNS,
    "odds_unknowns": UNKNOWN_COLUMNS,
    "odds_draws": DRAW_COLUMNS,
    "odds_failures": FAILURE_COLUMNS,
}
"""Columns of each table, for the reference."""

Z95 = 1.959963984540054
"""97.5th percentile of the standard normal distribution."""

FEWEST_FOR_SALIB = 64
"""Draws below which SALib's estimator is not asked."""

LEAST_SHARE = 0.005
"""Share of the variance below which an unknown is not said to matter: it would be told as 0 %."""

NO_DIRECTION = 0.05
"""Rank correlation below which an unknown has no direction."""


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95% interval of a probability; it is honest at 0 and 1 too. Source: Wilson (1927)."""
    if trials == 0:
        return 0.0, 1.0
    share, z2 = successes / trials, Z95**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z95 / (1 + z2 / trials) * np.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    # At 0 and 1 the ends are exact; rounding may put them a bit beyond.
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def odds_tables(found: Odds) -> tuple[Table, ...]:
    """Every table of the odds."""
    return (
        _table("odds", "How surely each region gains", _odds_frame(found), ODDS_COLUMNS, ("region",)),
        _table(
            "odds_sensitivity",
            "Which unknown matters most to each partner",
            sensitivity_frame(found),
            SENSITIVITY_COLUMNS,
            ("region", "unknown"),
        ),
        _table(
            "odds_convergence",
            "How the probability settles as draws are added",
            convergence_frame(found),
            CONVERGENCE_COLUMNS,
            ("draws", "region"),
        ),
        _table(
            "odds_unknowns",
            "What was drawn, and from which range",
            unknown_frame(found),
            UNKNOWN_COLUMNS,
            ("unknown",),
        ),
        _table(
            "odds_draws",
            "Household welfare of the partners in every draw",
            _draw_frame(found),
            DRAW_COLUMNS,
            ("draw", "region"),
        ),
        *failure_tables("odds_failures", found.solved.failures),
    )


def failure_tables(name: str, failures: Mapping[int, str]) -> tuple[Table, ...]:
    """The draws that are left out, each with its reason; no table where there are none."""
    if not failures:
        return ()
    frame = pd.DataFrame({"draw": [number + 1 for number in failures], "reason": list(failures.values())})
    return (_table(name, "Draws without an equilibrium, and why", frame, FAILURE_COLUMNS, ("draw",)),)


def _odds_frame(found: Odds) -> pd.DataFrame:
    prepared, solved = found.prepared, found.solved
    world, partners = prepared.world, prepared.checked.partners
    central = 100.0 * prepared.welfare(prepared.everything) / prepared.model.unchanged.household_consumption
    kept = np.isfinite(solved.welfare_pct).all(axis=1)
    percent, usd = solved.welfare_pct[kept], solved.welfare_usd[kept]
    counts = {
        "draws": len(percent),
        "failed": int((~kept).sum()),
        "general": taken_over(solved.general, np.asarray(kept)),
    }
    rows = [
        {
            "region": region,
            "region_name": world.region_names[region],
            "role": "partner" if region in partners else "third country",
            "central_pct": central[n],
            **quantiles(percent[:, n]),
            "median_usd": float(np.median(usd[:, n])) if len(usd) else np.nan,
            **probability_of(percent[:, n] > GAIN_PCT),
            **counts,
        }
        for n, region in enumerate(world.regions)
    ]
    union = [prepared.position(partner) for partner in partners]
    all_gain = np.all(percent[:, union] > GAIN_PCT, axis=1)
    least = percent[:, union].min(axis=1) if len(percent) else percent[:, 0]
    together = {
        "region": EVERYBODY,
        "region_name": "All partners gain (the least of their changes)",
        "role": "partner",
        "central_pct": float(central[union].min()),
        **quantiles(least),
        "median_usd": np.nan,
        **probability_of(all_gain),
        **counts,
    }
    return pd.DataFrame([together, *rows], columns=list(ODDS_COLUMNS))


def taken_over(general: Collection[int], kept: np.ndarray) -> int:
    """How many of the draws that are kept (draws,), booleans, the general solver took over."""
    return sum(bool(kept[number]) for number in general)


def quantiles(values: np.ndarray) -> dict[str, float]:
    """Return 5th percentile, median and 95th percentile of values in %, as columns."""
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95]) if values.size else [np.nan] * 3
    return {"low_pct": float(low), "median_pct": float(median), "high_pct": float(high)}


def probability_of(gains: np.ndarray) -> dict[str, float]:
    """Return the share of true entries with its standard error and Wilson's interval, as columns."""
    trials, successes = gains.size, int(gains.sum())
    share = successes / trials if trials else np.nan
    low, high = wilson(successes, trials)
    error = float(np.sqrt(share * (1.0 - share) / trials)) if trials else np.nan
    return {
        "probability": share,
        "probability_error": error,
        "probability_low": low,
        "probability_high": high,
    }


def convergence_frame(found: Odds) -> pd.DataFrame:
    """Probability of gain from the first draws, twice as many each time."""
    prepared, percent = found.prepared, found.solved.welfare_pct
    partners = prepared.checked.partners
    union = [prepared.position(partner) for partner in partners]
    draws = len(percent)
    counts = sorted({draws, *(draws // 2**power for power in range(1, 5) if draws // 2**power >= 16)})
    rows = []
    for count in counts:
        first = percent[:count]
        first = first[np.isfinite(first).all(axis=1)]
        gains = first[:, union] > GAIN_PCT
        columns = [
            (EVERYBODY, "All partners gain", gains.all(axis=1), first[:, union].min(axis=1)),
            *(
                (partner, prepared.world.region_names[partner], gains[:, n], first[:, union[n]])
                for n, partner in enumerate(partners)
            ),
        ]
        for code, name, gain, welfare in columns:
            chance = probability_of(gain)
            rows.append(
                {
                    "draws": count,
                    "region": code,
                    "region_name": name,
                    "role": "partner",
                    "probability": chance["probability"],
                    "probability_error": chance["probability_error"],
                    "median_pct": quantiles(welfare)["median_pct"],
                }
            )
    return pd.DataFrame(rows, columns=list(CONVERGENCE_COLUMNS))


def sensitivity_frame(found: Odds) -> pd.DataFrame:
    """Indices of every unknown for each partner, the largest first."""
    world = found.prepared.world
    rows = []
    for n, partner in enumerate(found.prepared.checked.partners):
        # What too few draws cannot tell comes last, and is blank.
        own = sorted(
            found.sensitivity,
            key=lambda name, n=n: (-np.nan_to_num(found.sensitivity[name][n], nan=-1.0), name),
        )
        for name in own:
            way = found.direction[name][n]
            word = (
                "raise it" if way > NO_DIRECTION else "lower it" if way < -NO_DIRECTION else "no clear sign"
            )
            rows.append(
                {
                    "region": partner,
                    "region_name": world.region_names[partner],
                    "unknown": name,
                    "first_order": found.sensitivity[name][n],
                    **_salib(found, name, n),
                    "direction": word,
                }
            )
    columns = [name for name in SENSITIVITY_COLUMNS if found.salib or name != "first_order_salib"]
    return pd.DataFrame(rows, columns=columns)


def _salib(found: Odds, name: str, partner: int) -> dict[str, float]:
    """SALib's index; blank for groups of unknowns, no columns without SALib."""
    if not found.salib:
        return {}
    known = found.salib.get(name)
    return {"first_order_salib": float("nan") if known is None else float(known[partner])}


def unknown_frame(found: Odds) -> pd.DataFrame:
    """What was drawn, and from which range."""
    unknowns, nan = found.unknowns, float("nan")
    rows = [
        {
            "unknown": entry.name,
            "low": entry.low,
            "central": entry.central,
            "high": entry.high,
            "distribution": unknowns.shape,
            "source": entry.source,
        }
        for entry in unknowns.ranges
    ]
    if len(unknowns.elasticity_sets) > 1:
        text = f"each as likely: {', '.join(unknowns.elasticity_sets)}"
        rows.append(_row(ELASTICITY_SET, nan, text, "docs/methods/elasticities.md"))
    if unknowns.sectors:
        text = f"log-normal around the set by sector, standard deviation of the log {unknowns.spread:g}"
        rows.append(
            _row(
                WITHIN_SET,
                nan,
                text,
                "assumption: of the order of published standard errors, a fifth to a third of estimates",
            )
        )
    if len(unknowns.imputations) > 1:
        text = f"each as likely: {', '.join(unknowns.imputations)}"
        rows.append(_row(IMPUTATION, nan, text, "docs/methods/final-demand.md"))
    return pd.DataFrame(rows, columns=list(UNKNOWN_COLUMNS))


def _row(name: str, value: float, distribution: str, source: str) -> dict[str, object]:
    return {
        "unknown": name,
        "low": value,
        "central": value,
        "high": value,
        "distribution": distribution,
        "source": source,
    }


def _draw_frame(found: Odds) -> pd.DataFrame:
    partners = found.prepared.checked.partners
    frames = [
        pd.DataFrame(
            {
                "draw": np.arange(1, found.options.draws + 1),
                "region": partner,
                "household_ev_pct": found.solved.welfare_pct[:, found.prepared.position(partner)],
                "household_ev_usd": found.solved.welfare_usd[:, found.prepared.position(partner)],
            }
        )
        for partner in partners
    ]
    return pd.concat(frames, ignore_index=True).sort_values(["draw", "region"], ignore_index=True)


def sentences(found: Odds) -> tuple[str, ...]:
    """The answer in words."""
    frame = _odds_frame(found).set_index("region")
    joint = frame.loc[EVERYBODY]
    parts = [
        f"{frame.loc[partner, 'region_name']} {frame.loc[partner, 'probability']:.0%} "
        f"({frame.loc[partner, 'low_pct']:+.3f} to {frame.loc[partner, 'high_pct']:+.3f}%)"
        for partner in found.prepared.checked.partners
    ]
    said = [
        (
            f"All partners gain with probability {chance_said(joint)}; {int(joint['draws']):,} draws, seed {found.options.seed})."
        ),
        f"Probability of gain and 5-95% range of household welfare: {'; '.join(parts)}.",
    ]
    said += matters_most(found, "the variance")
    failures = found.solved.failures
    if failures:
        number, reason = next(iter(failures.items()))
        said.append(
            f"{len(failures)} draws have no equilibrium and are left out; the first is draw {number + 1}: {reason}"
        )
    said += taken_over_said(int(joint["general"]), int(joint["draws"]), len(failures))
    if not found.salib and found.sensitivity and joint["draws"] >= FEWEST_FOR_SALIB:
        said.append(
            "Indices are accord's own first-order estimator; install accord[odds] to see SALib's beside them."
        )
    if not found.unknowns.coordinates:
        said.append("Nothing was drawn: no number has a range, and the World has one set of elasticities.")
    return tuple(said)


def chance_said(row: pd.Series) -> str:
    """A probability with how far to trust it, its bracket left open; at 0 and 1 the standard error is none, and the interval is said."""
    chance = float(row["probability"])
    if 0.0 < chance < 1.0:
        return f"{chance:.3f} +/- {row['probability_error']:.3f} (standard error"
    return f"{chance:.3f} (95% interval {row['probability_low']:.3f} to {row['probability_high']:.3f}"


def taken_over_said(general: int, draws: int, failed: int) -> list[str]:
    """Draws that the general solver took over, in words; nothing where there are none."""
    if not general:
        return []
    beside = f", beside the {failed} without one" if failed else ""
    return [
        f"{general:,} of {draws:,} draws with an equilibrium were solved by the general solver, to the same conditions{beside}."
    ]


def matters_most(found: Odds, variance: str) -> list[str]:
    """The unknown that matters most to each partner, in words, and of which unknowns too few draws cannot tell."""
    names, told = found.prepared.world.region_names, []
    known = {name: index for name, index in found.sensitivity.items() if np.all(np.isfinite(index))}
    for n, partner in enumerate(found.prepared.checked.partners):
        if known:
            name = max(known, key=lambda unknown, n=n: float(known[unknown][n]))
            share = float(known[name][n])
            welfare = found.solved.welfare_pct[:, found.prepared.position(partner)]
            if np.ptp(welfare[np.isfinite(welfare)]) <= GAIN_PCT:
                told.append(f"{names[partner]}: nothing that was drawn moves it.")
            elif share < LEAST_SHARE:
                told.append(f"{names[partner]}: no unknown alone explains {variance}.")
            else:
                told.append(f"{names[partner]}: {name} matters most ({share:.0%} of {variance}).")
    left = [name for name in found.sensitivity if name not in known]
    if left:
        told.append(
            f"Too few draws to say how much {', '.join(left)} matter: more than {len(found.unknowns.sectors) + 2} are needed."
        )
    return told


def _table(
    name: str, title: str, frame: pd.DataFrame, columns: dict[str, Column], keys: tuple[str, ...]
) -> Table:
    return Table(name, title, frame, {column: columns[column] for column in frame.columns}, keys)
