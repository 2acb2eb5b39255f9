"""Do all partners gain, under one programme and under another, with the same draws of everything unknown?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from accord.study.odds import Odds
from accord.study.odds_tables import Z95, taken_over, wilson
from accord.study.variants import GAIN_PCT
from accord.tables import Column, Table

_PAIRED = "difference of shares of the same draws; interval: adjusted Wald, Agresti and Min (2005)"
COLUMNS = {
    "item": Column("label", "Item"),
    "title": Column("label", "All partners gain"),
    "share": Column("share", "Probability", "share of common draws; of 'difference', second less first"),
    "low": Column("share", "At least", f"Wilson's 95% interval; of 'difference', {_PAIRED}"),
    "high": Column("share", "At most", f"Wilson's 95% interval; of 'difference', {_PAIRED}"),
    "draws": Column("count", "Draws", "that have an equilibrium under both programmes"),
}


def together_table(first: Odds, second: Odds) -> Table:
    """Return how often all partners gain under each programme, by how much that differs, and how often under one of them alone."""
    kept = _finite(first) & _finite(second)
    one, two = (_all_gain(odds)[kept] for odds in (first, second))
    draws = int(kept.sum())
    only_first, only_second = int((one & ~two).sum()), int((two & ~one).sum())
    rows = [
        ("first", "Under the first", *_share(int(one.sum()), draws)),
        ("second", "Under the second", *_share(int(two.sum()), draws)),
        ("difference", "Second less first", *paired_difference(only_first, only_second, draws)),
        ("only_first", "Under the first alone", *_share(only_first, draws)),
        ("only_second", "Under the second alone", *_share(only_second, draws)),
    ]
    frame = pd.DataFrame([(*row, draws) for row in rows], columns=list(COLUMNS))
    title = "How surely all partners of a programme gain, over common draws"
    return Table("compare_together", title, frame, COLUMNS, ("item",))


def together_sentence(table: Table) -> str:
    """The table in words."""
    rows = {row.item: row for row in table.frame.itertuples()}
    gap = rows["difference"]
    return (
        f"All partners gain with probability {rows['first'].share:.3f} under the first programme and {rows['second'].share:.3f} under "
        f"the second: {gap.share:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}, 95%; {int(gap.draws):,} common draws)."
    )


def left_out_said(first: Odds, second: Odds) -> list[str]:
    """Draws of each programme that have no equilibrium, and why; and those that the general solver took over. Nothing where none are."""
    told = []
    for place, odds in (("first", first), ("second", second)):
        solved = odds.solved
        if solved.failures:
            number, reason = next(iter(solved.failures.items()))
            told.append(
                f"Under the {place} programme {len(solved.failures):,} draws have no equilibrium and are left out of both; the first is "
                f"draw {number + 1}: {reason}"
            )
        general = taken_over(solved.general, _finite(odds))
        if general:
            told.append(
                f"Under the {place} programme the general solver took over {general:,} draws, to the same conditions."
            )
    return told


def paired_difference(only_first: int, only_second: int, draws: int) -> tuple[float, float, float]:
    """(second less first, low, high) of two probabilities seen in the same draws.

        d* = (c* - b*) / n*,  variance = (b* + c* - (c* - b*)^2 / n*) / n*^2,  b* = b + 1/2, c* = c + 1/2, n* = n + 2

    with b draws that only the first and c that only the second wins of n.
    Source: Agresti and Min (2005), adjusted Wald interval of a difference of matched proportions. 95%.
    """
    if draws == 0:
        return float("nan"), -1.0, 1.0
    b, c, n = only_first + 0.5, only_second + 0.5, draws + 2.0
    centre = (c - b) / n
    half = Z95 * np.sqrt(b + c - (c - b) ** 2 / n) / n
    return (
        (only_second - only_first) / draws,
        float(max(-1.0, centre - half)),
        float(min(1.0, centre + half)),
    )


def _share(count: int, draws: int) -> tuple[float, float, float]:
    return count / draws if draws else float("nan"), *wilson(count, draws)


def _finite(odds: Odds) -> np.ndarray:
    return np.asarray(np.isfinite(odds.solved.welfare_pct).all(axis=1))


def _all_gain(odds: Odds) -> np.ndarray:
    """Whether every partner of the programme gains, by draw."""
    prepared = odds.prepared
    union = [prepared.position(partner) for partner in prepared.checked.partners]
    return np.asarray(np.all(odds.solved.welfare_pct[:, union] > GAIN_PCT, axis=1))
