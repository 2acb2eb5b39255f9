"""Which unknown matters most? First-order indices from draws that were made anyway.

    S_i = Var(E[y | x_i]) / Var(y)

is the share of the variance of y that would go if x_i were known (Sobol 1993). With draws of y and x_i at hand, E[y | x_i] is
estimated by regression on functions of x_i. Every function takes the coordinates of the draws in (0, 1), so that the distribution of
an unknown does not matter.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from importlib import import_module

import numpy as np

DEGREE = 8
"""Highest degree of the polynomials; fewer where there are few draws."""

DRAWS_PER_DEGREE = 32


def first_order(coordinate: np.ndarray, outcome: np.ndarray, levels: int = 0) -> float:
    """Return the first-order index of one unknown: the share of variance that a function of it alone explains (adjusted R squared).

    The function is a sum of Legendre polynomials of the coordinate, which are orthogonal under its uniform distribution (univariate
    terms of a polynomial chaos; Sudret 2008), or a mean for each level of a choice.

    Args:
        coordinate: Coordinate of one unknown (draws,).
        outcome: Outcome (draws,).
        levels: Levels of a choice, each as likely; zero for a number.
    """
    draws = outcome.size
    if levels:
        chosen = np.minimum((coordinate * levels).astype(int), levels - 1)
        terms = np.eye(levels)[chosen][:, 1:]
    else:
        degree = int(np.clip(draws // DRAWS_PER_DEGREE, 1, DEGREE))
        terms = np.polynomial.legendre.legvander(2.0 * coordinate - 1.0, degree)[:, 1:]
    return joint_linear(terms, outcome)


def joint_linear(values: np.ndarray, outcome: np.ndarray) -> float:
    """Return the share of the variance that a linear function of several unknowns explains (adjusted R squared).

    For a group of many unknowns of which each matters little, such as the elasticities of fifty sectors. With too few draws to tell
    (no more than members and two) it is not a number.

    Args:
        values: Unknowns (draws, members).
        outcome: Outcome (draws,).
    """
    draws, members = values.shape
    total = float(np.var(outcome))
    if total == 0.0:
        return 0.0
    if draws <= members + 2:
        return float("nan")
    design = np.column_stack([np.ones(draws), values])
    fitted = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    ratio = 1.0 - float(np.var(outcome - fitted)) / total
    return float(np.clip(1.0 - (1.0 - ratio) * (draws - 1) / (draws - members - 1), 0.0, 1.0))


def slope_sign(coordinate: np.ndarray, outcome: np.ndarray) -> float:
    """Return the rank correlation of outcome and unknown: its sign says which way the unknown works."""
    if outcome.size < 3 or np.var(outcome) == 0.0:
        return 0.0
    first, second = (
        np.argsort(np.argsort(array, kind="stable"), kind="stable") for array in (coordinate, outcome)
    )
    return float(np.corrcoef(first, second)[0, 1])


def load_salib() -> None:
    """Load SALib where it is installed: with all that it is made of, that takes a second."""
    with suppress(ImportError):
        import_module("SALib.analyze.delta")


def first_order_salib(coordinates: np.ndarray, outcome: np.ndarray) -> np.ndarray | None:
    """Return SALib's first-order index of each column of `coordinates` (draws, unknowns); None without SALib (extra `odds`).

    From given data as in Plischke, Borgonovo and Smith (2013). Its RBD-FAST is not used: that needs points which are independent of
    one another, and Sobol points are not.
    """
    try:
        from SALib.analyze import delta
    except ImportError:
        return None
    unknowns = coordinates.shape[1]
    problem = {
        "num_vars": unknowns,
        "names": [str(number) for number in range(unknowns)],
        "bounds": [[0.0, 1.0]] * unknowns,
    }
    # SALib seeds numpy's global generator and changes how warnings are shown; both are put back.
    state, shown = np.random.get_state(), warnings.formatwarning  # noqa: NPY002
    try:
        with warnings.catch_warnings():
            found = delta.analyze(problem, coordinates, outcome, num_resamples=2, seed=1, method="sobol")
    finally:
        np.random.set_state(state)  # noqa: NPY002
        warnings.formatwarning = shown
    return np.clip(np.asarray(found["S1"], dtype=float), 0.0, 1.0)
