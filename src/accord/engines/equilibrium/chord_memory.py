"""Anderson's acceleration over the last steps of several iterations that run side by side (`chord.py`).

Source: Walker and Ni (2011), "Anderson acceleration for fixed-point iterations", in the difference form, by normal equations with a
ridge of 1e-14 of their trace. Each iteration's numbers come from its own alone.
"""

from __future__ import annotations

import numpy as np

MEMORY = 4
"""Earlier steps that the acceleration keeps."""

LARGEST_STEP = 0.7
"""Largest change of any log unknown in one step."""

RIDGE = 1e-14
"""Share of the trace of the normal equations that is added to their diagonal."""


class Memory:
    """What is remembered of earlier steps.

    Args:
        count: Iterations side by side.
        unknowns: Unknowns of each.
    """

    def __init__(self, count: int, unknowns: int) -> None:
        self._taken = 0
        self._last: tuple[np.ndarray, np.ndarray] | None = None
        self._changes = np.zeros((count, MEMORY, unknowns))  # of moves
        self._shifts = np.zeros((count, MEMORY, unknowns))  # of points and moves together
        self._gram = np.zeros((count, MEMORY, MEMORY))

    def of_some(self, chosen: np.ndarray) -> Memory:
        """Return the memory of some of the iterations."""
        some = Memory(chosen.size, self._changes.shape[2])
        some._taken = self._taken
        some._last = None if self._last is None else (self._last[0][chosen], self._last[1][chosen])
        some._changes, some._shifts, some._gram = (
            part[chosen] for part in (self._changes, self._shifts, self._gram)
        )
        return some

    def next_points(self, points: np.ndarray, moves: np.ndarray) -> np.ndarray:
        """Return the next points from these (d, unknowns) and the steps at them, bounded."""
        if self._last is not None:
            self._remember(moves - self._last[1], points - self._last[0])
        self._last = points, moves
        known = min(self._taken, MEMORY)
        if known:
            gram = self._gram[:, :known, :known].copy()
            diagonal = np.arange(known)
            trace = gram[:, diagonal, diagonal].sum(axis=1)
            gram[:, diagonal, diagonal] += (RIDGE * trace + np.finfo(np.float64).tiny)[:, None]
            share = np.linalg.solve(gram, self._changes[:, :known] @ moves[..., None])
            moves = moves - (share.swapaxes(1, 2) @ self._shifts[:, :known])[:, 0]
        largest = np.abs(moves).max(axis=1)
        bound = np.divide(LARGEST_STEP, largest, out=np.ones_like(largest), where=largest > LARGEST_STEP)
        return points + moves * bound[:, None]

    def _remember(self, change: np.ndarray, shift: np.ndarray) -> None:
        slot = self._taken % MEMORY
        self._taken += 1
        self._changes[:, slot] = change
        self._shifts[:, slot] = shift + change
        products = (self._changes @ change[..., None])[..., 0]
        self._gram[:, slot] = products
        self._gram[:, :, slot] = products
