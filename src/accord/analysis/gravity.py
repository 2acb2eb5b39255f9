"""Ad-valorem equivalents of barriers from a gravity table, by Poisson pseudo maximum likelihood with fixed effects.

    E[trade | x, a] = exp(x b + sum of fixed effects)              Santos Silva and Tenreyro (2006), Review of Economics and Statistics 88
    AVE = exp(b / eps) - 1,  eps < 0 the tariff elasticity        a barrier that moves trade by b acts like a duty of that rate

Standard errors of b are robust to clusters; those of the equivalent follow by the delta method, with the elasticity's own uncertainty
where it is stated. Fixed effects are taken out by weighted alternating projections inside iteratively re-weighted least squares (Correia,
Guimaraes and Zylkin 2020, Stata Journal 20). Zeros that are fitted exactly have no finite estimate and are taken out
(`analysis.separation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from accord.analysis.separation import separated
from accord.errors import AccordError, Fault, nearest
from accord.tables import Column, Table

NORMAL_95 = 1.959963984540054
MOST_ITERATIONS = 200
MOST_PROJECTIONS = 20_000
TOLERANCE = 1e-11
VANISHED = 1e-9
"""Fitted trade, of its mean, at which a flow of nothing may be one that no finite coefficient fits."""

ESTIMATE_COLUMNS = {
    "variable": Column("label", "Barrier"),
    "coefficient": Column("number", "Coefficient", "Poisson pseudo maximum likelihood, fixed effects"),
    "standard_error": Column("number", "Standard error", "robust to clusters"),
    "equivalent": Column("share", "Ad-valorem equivalent", "exp(coefficient / tariff elasticity) - 1"),
    "equivalent_error": Column("share", "Its standard error", "delta method"),
    "low": Column("share", "Low", "2.5th percentile, normal in the coefficient over the elasticity"),
    "high": Column("share", "High", "97.5th percentile, normal in the coefficient over the elasticity"),
    "observations": Column("count", "Observations"),
    "left_out": Column(
        "count",
        "Left out",
        "flows of an exporter or importer (or other effect) that trades nothing at all, and zeros that the variables tell from trade "
        "perfectly",
    ),
    "clusters": Column("count", "Clusters"),
}


@dataclass(frozen=True)
class Fit:
    """A fitted gravity equation.

    Attributes:
        coefficient: (variable,).
        covariance: (variable, variable), robust to clusters, times G / (G - 1).
        observations: Observations used.
        left_out: Observations left out because one of their fixed effects has no trade at all, or because nothing finite fits their zero.
        clusters: Number G of clusters.
    """

    coefficient: np.ndarray
    covariance: np.ndarray
    observations: int
    left_out: int
    clusters: int


def equivalent(coefficient: float, elasticity: float) -> float:
    """Ad-valorem equivalent of a barrier: exp(b / eps) - 1."""
    return exp(coefficient / elasticity) - 1.0


def equivalent_error(
    coefficient: float, error: float, elasticity: float, elasticity_error: float = 0.0
) -> float:
    """Standard error of the equivalent by the delta method; coefficient and elasticity from independent sources.

    d AVE / d b = exp(b / eps) / eps and d AVE / d eps = -exp(b / eps) b / eps^2.
    """
    level = exp(coefficient / elasticity)
    return sqrt(
        (level / elasticity * error) ** 2 + (level * coefficient / elasticity**2 * elasticity_error) ** 2
    )


def ppml(
    trade: np.ndarray,
    variables: np.ndarray,
    effects: Sequence[np.ndarray],
    clusters: np.ndarray,
    names: Sequence[str] | None = None,
) -> Fit:
    """Fit a gravity equation.

    Args:
        trade: (observation,), zero or more.
        variables: (observation, variable).
        effects: For each fixed effect, the group of each observation (observation,), as integers.
        clusters: Cluster of each observation (observation,), as integers.
        names: Names of the variables, for messages; their numbers by default.

    Raises:
        AccordError: A variable is spanned by the fixed effects or the others, or nothing finite fits, or the fit does not settle.
    """
    keep = np.ones(trade.size, dtype=bool)
    for groups in effects:
        keep &= np.bincount(groups, weights=trade)[groups] > 0.0
    _refuse_few(int(keep.sum()), np.unique(clusters[keep]).size)
    perfect = np.zeros(trade.size, dtype=bool)
    called = names or [str(place + 1) for place in range(variables.shape[1])]
    while True:
        y, x = trade[keep], variables[keep]
        groups = [np.unique(group[keep], return_inverse=True)[1] for group in effects]
        try:
            step = _fitted(y, x, groups, called, after=bool(perfect.any()))
        except _UnsettledError:
            # What is told perfectly by fixed effects alone may keep them from being taken out at all.
            step, suspect = None, y == 0.0
            gone = separated(suspect, x, groups) if suspect.any() else suspect
            if not gone.any():
                raise
        else:
            suspect = (y == 0.0) & (step.mean <= VANISHED * y.mean())
            gone = separated(suspect, x, groups) if suspect.any() else suspect
        if step is not None and not gone.any():
            break
        perfect[np.flatnonzero(keep)[gone]] = True
        keep &= ~perfect
    _refuse_few(int(keep.sum()), np.unique(clusters[keep]).size)
    score = step.residual_x * (y - step.mean)[:, None]
    _, cluster = np.unique(clusters[keep], return_inverse=True)
    number = int(cluster.max()) + 1
    summed = np.stack([np.bincount(cluster, weights=column, minlength=number) for column in score.T], axis=1)
    bread = np.linalg.inv(step.gram)
    covariance = bread @ (summed.T @ summed) @ bread * (number / (number - 1.0))
    return Fit(step.coefficient, covariance, int(y.size), int((~keep).sum()), number)


class _UnsettledError(AccordError):
    """The iterations do not end."""


class _Step(NamedTuple):
    """Where the iterations end: fitted trade (observation,), and what the last one had."""

    coefficient: np.ndarray
    mean: np.ndarray
    residual_x: np.ndarray
    gram: np.ndarray


def _fitted(
    y: np.ndarray, x: np.ndarray, groups: Sequence[np.ndarray], names: Sequence[str], *, after: bool
) -> _Step:
    """Fit by iteratively re-weighted least squares; `after`: zeros that are told perfectly have been taken out."""
    mean = (y + y.mean()) / 2.0
    eta = np.log(mean)
    coefficient, gap = np.zeros(x.shape[1]), np.inf
    for _ in range(MOST_ITERATIONS):
        working = eta + (y - mean) / mean
        within = _within(np.column_stack([working, x]), mean, groups)
        z, residual_x = within[:, 0], within[:, 1:]
        gram = residual_x.T @ (mean[:, None] * residual_x)
        _refuse_spanned(x, residual_x, mean, names, after=after)
        new = np.linalg.solve(gram, residual_x.T @ (mean * z))
        eta = working - (z - residual_x @ new)
        fitted = np.exp(np.clip(eta, -700.0, 700.0))
        gap = float(np.max(np.abs(fitted - mean)) / y.mean())
        coefficient, mean = new, fitted
        if gap <= TOLERANCE:
            break
    else:
        raise _UnsettledError(
            f"the gravity equation does not settle: after {MOST_ITERATIONS} steps the fit still moves by {gap:.1e}. A variable may "
            "separate zeros from trade perfectly; take it out, or the flows that it is one for."
        )
    return _Step(coefficient, mean, residual_x, gram)


def _within(values: np.ndarray, weight: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
    """`values` (observation, column) without their weighted group means, by alternating projections."""
    values = values.copy()
    totals = [np.bincount(group, weights=weight) for group in groups]
    for _ in range(MOST_PROJECTIONS):
        largest = 0.0
        for group, total in zip(groups, totals, strict=True):
            means = np.stack(
                [np.bincount(group, weights=weight * column) / total for column in values.T], axis=1
            )
            values -= means[group]
            largest = max(largest, float(np.max(np.abs(means))))
        if largest <= 1e-13 * max(1.0, float(np.max(np.abs(values)))) or len(groups) == 1:
            return values
    raise _UnsettledError(
        "the fixed effects cannot be taken out: they overlap too little. Use fewer of them."
    )


def _refuse_few(observations: int, clusters: int) -> None:
    if observations == 0:
        raise AccordError("nothing is traded: every flow is zero. Give a table with trade in it.")
    if clusters < 2:
        raise AccordError(
            f"errors that are robust to clusters need at least two of them, and there is {clusters}. Take a finer --cluster, or pair."
        )


def _refuse_spanned(
    x: np.ndarray, residual: np.ndarray, weight: np.ndarray, names: Sequence[str], *, after: bool
) -> None:
    left = np.sqrt((weight[:, None] * residual**2).sum(axis=0))
    whole = np.sqrt((weight[:, None] * x**2).sum(axis=0))
    spanned = np.flatnonzero(left <= 1e-9 * np.maximum(whole, 1e-300))
    if spanned.size and after:
        raise AccordError(
            f"variable '{names[int(spanned[0])]}' tells zeros from trade perfectly: there is no trade wherever it differs within the fixed "
            "effects, so that its coefficient is infinite and no duty is its equivalent. Take it out, or the flows that it is one for."
        )
    if spanned.size:
        raise AccordError(
            f"variable '{names[int(spanned[0])]}' is the same within every fixed effect, so that its coefficient cannot be told. "
            "Take it out, or use fewer fixed effects."
        )
    alike = np.linalg.svd(np.sqrt(weight)[:, None] * residual / left, compute_uv=False)
    if alike[-1] <= 1e-7 * alike[0]:
        where = " where there is trade" if after else ""
        raise AccordError(
            f"the variables {', '.join(names)} span one another within the fixed effects{where}, so that their coefficients cannot be "
            "told apart. Take one out."
        )


def estimate(
    source: str | Path | pd.DataFrame,
    barriers: Sequence[str],
    elasticity: float,
    *,
    elasticity_error: float = 0.0,
    trade: str = "trade",
    effects: Sequence[str] = (),
    controls: Sequence[str] = (),
    cluster: str = "pair",
) -> Table:
    """Return the ad-valorem equivalent of each barrier in a gravity table.

    Args:
        source: CSV file or frame: `exporter`, `importer`, optionally `year`, the value of trade, and a column for each barrier and control.
        barriers: Columns whose equivalents are asked for: zero or one, or any measure of a barrier.
        elasticity: Tariff elasticity of trade, below zero.
        elasticity_error: Its standard error; zero takes it as known.
        trade: Column of the value of trade.
        effects: Fixed effects; columns joined by "*", such as "exporter*year". By default exporter and importer, each by year where
            there is one.
        controls: Further columns that move trade: log distance, common language.
        cluster: Clusters of errors: "pair" (exporter and importer), or a column.
    """
    frame = _read(source) if isinstance(source, str | Path) else source.reset_index(drop=True)
    variables = [*barriers, *controls]
    chosen = list(effects) or [
        side + ("*year" if "year" in frame.columns else "") for side in ("exporter", "importer")
    ]
    _refuse(frame, trade, variables, chosen, cluster, elasticity)
    fit = ppml(
        frame[trade].to_numpy(dtype=np.float64),
        frame[variables].to_numpy(dtype=np.float64),
        [_groups(frame, effect.split("*")) for effect in chosen],
        _groups(frame, ["exporter", "importer"] if cluster == "pair" else [cluster]),
        variables,
    )
    rows = []
    for place, name in enumerate(barriers):
        b, error = float(fit.coefficient[place]), sqrt(float(fit.covariance[place, place]))
        spread = NORMAL_95 * sqrt((error / elasticity) ** 2 + (b / elasticity**2 * elasticity_error) ** 2)
        rows.append(
            {
                "variable": name,
                "coefficient": b,
                "standard_error": error,
                "equivalent": equivalent(b, elasticity),
                "equivalent_error": equivalent_error(b, error, elasticity, elasticity_error),
                "low": exp(b / elasticity - spread) - 1.0,
                "high": exp(b / elasticity + spread) - 1.0,
                "observations": fit.observations,
                "left_out": fit.left_out,
                "clusters": fit.clusters,
            }
        )
    title = f"Ad-valorem equivalents: tariff elasticity {elasticity:g}, fixed effects {', '.join(chosen)}, clusters by {cluster}"
    return Table(
        "estimates",
        title,
        pd.DataFrame(rows, columns=list(ESTIMATE_COLUMNS)),
        ESTIMATE_COLUMNS,
        ("variable",),
    )


def _read(path: str | Path) -> pd.DataFrame:
    try:
        # As text: labels are what the file says (NA is Namibia), and numbers are judged one by one.
        return pd.read_csv(path, comment="#", dtype=str, keep_default_na=False, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise AccordError(
            f"{path}: cannot be read ({error}). Give a CSV file with exporter, importer, trade and a column for each barrier."
        ) from None


def _groups(frame: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    return frame.groupby(list(columns), sort=True).ngroup().to_numpy()


def _refuse(
    frame: pd.DataFrame,
    trade: str,
    variables: Sequence[str],
    effects: Sequence[str],
    cluster: str,
    elasticity: float,
) -> None:
    known = list(frame.columns)
    wanted = [
        "exporter",
        "importer",
        trade,
        *variables,
        *(part for effect in effects for part in effect.split("*")),
    ]
    wanted += [] if cluster == "pair" else [cluster]
    faults = [
        Fault(
            "gravity table",
            f"no column '{name}'",
            f"one of: {', '.join(map(str, known))}",
            nearest(name, map(str, known)),
        )
        for name in dict.fromkeys(wanted)
        if name not in known
    ]
    if not elasticity < 0.0:
        faults.append(
            Fault(
                "elasticity",
                f"{elasticity:g}",
                "a number below zero: how trade falls with a duty",
                "Write -5, say.",
            )
        )
    if not variables:
        faults.append(Fault("barriers", "none is named", "at least one column of the table"))
    labels = dict.fromkeys(
        part for part in (*wanted[:2], *wanted[3 + len(variables) :]) if part in known and part != trade
    )
    for name in labels:
        blank = np.flatnonzero(frame[name].isna() | (frame[name].astype(str).str.strip() == ""))
        faults += [
            Fault(
                f"gravity table, column '{name}', row {place + 1}",
                "a blank",
                "a label",
                "Name it, or leave out the row.",
            )
            for place in blank[:5]
        ]
    for name in [trade, *variables]:
        if name in known:
            values = pd.to_numeric(frame[name], errors="coerce")
            bad = np.flatnonzero(~np.isfinite(values) | (values < 0.0 if name == trade else False))
            faults += [
                Fault(
                    f"gravity table, column '{name}', row {place + 1}",
                    f"'{frame[name].iloc[place]}'",
                    "a number, zero or more" if name == trade else "a number",
                    "Blank is not zero: write 0 where nothing was traded, and leave out rows that are not known.",
                )
                for place in bad[:5]
            ]
    if faults:
        raise AccordError("\n".join(map(str, faults)))
