"""Zeros that a Poisson regression can fit exactly, so that its likelihood has no maximum: they are found, not estimated.

    separated   zeros i of trade for which some z = x b + fixed effects has z[i] > 0, z >= 0 at every zero and z = 0 at every flow

Along -z the likelihood rises for ever: the fitted flow of i goes to nothing and b to minus infinity. What is left once such
observations are taken out has a maximum, and the same one. Source: Correia, Guimaraes and Zylkin (2019), "Verifying the Existence of
Maximum Likelihood Estimates for Generalized Linear Models", arXiv 1903.01633, propositions 1 and 2. Arrays only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

POSITIVE = 1e-6
"""Value of z, which is at most one, that counts as above zero."""


def separated(suspect: np.ndarray, variables: np.ndarray, effects: Sequence[np.ndarray]) -> np.ndarray:
    """Return which observations are separated (observation,), booleans.

    Args:
        suspect: Zeros that may be (observation,), booleans; z is held at nothing for every other observation.
        variables: (observation, variable).
        effects: For each fixed effect, the group of each observation (observation,), as integers from 0.
    """
    found = np.zeros(suspect.size, dtype=bool)
    scaled = variables / np.maximum(np.abs(variables).max(axis=0), 1e-300)
    design = sparse.hstack([sparse.csr_array(scaled), *map(_dummies, effects)], format="csr")
    left = suspect.copy()
    # A largest sum at bounds of one need not have every such zero above nothing at once: those found are set free, and the rest asked.
    while left.any():
        rows = design[np.flatnonzero(left)]
        held = design[np.flatnonzero(~suspect)]
        answer = linprog(
            -np.asarray(rows.sum(axis=0)).ravel(),
            A_ub=sparse.vstack([rows, -rows, -design[np.flatnonzero(found)]], format="csr"),
            b_ub=np.concatenate([np.ones(rows.shape[0]), np.zeros(rows.shape[0] + int(found.sum()))]),
            A_eq=held if held.shape[0] else None,
            b_eq=np.zeros(held.shape[0]) if held.shape[0] else None,
            bounds=(None, None),
            method="highs",
        )
        above = np.zeros(suspect.size, dtype=bool)
        if answer.success:
            above[left] = rows @ answer.x > POSITIVE
        if not above.any():
            break
        found |= above
        left &= ~above
    return found


def _dummies(groups: np.ndarray) -> sparse.csr_array:
    """A column of zeros and ones for each group (observation, group)."""
    rows = np.arange(groups.size)
    return sparse.csr_array(
        (np.ones(groups.size), (rows, groups)), shape=(groups.size, int(groups.max()) + 1)
    )
