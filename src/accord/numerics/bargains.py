"""Bargains over levers in a box: the fairest point, the Nash solution, the Pareto frontier, the smallest change. Arrays only.

Levers x (d,) are scaled to [0, 1]; gains g(x) (m,) are those of the parties over the threat, in any unit that suits all of them, with
their derivatives (m, d). Constraints c(x) >= 0 (k,) likewise. Each problem is solved by sequential quadratic programming from several
starts (Kraft 1988, `scipy.optimize` SLSQP, with the derivatives given), and the best end is returned: with gains that are not concave
an end is a local optimum, and `starts` says from how many points it was sought.

    fairest      max t                     subject to g_i >= t                     (its sign says whether a zone of agreement exists)
    together     max sum w_i g_i                                                   (what payments could divide, were a dollar a dollar)
    nash         max sum b_i ln g_i                                                (Nash 1950, with weights: Kalai 1977)
    frontier     max g_a                   subject to g_b >= e, others >= floor    (epsilon-constraints: Haimes et al. 1971)
    nearest      min sum |x - x0|          subject to g_i >= margin_i
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog, minimize

Curves = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Values (m,) and derivatives (m, d) at a point (d,)."""

FEASIBLE = 1e-7
"""Violation of a constraint, in the scale of its values, that counts as none."""

AT_BOUND = 1e-9
"""Distance from a bound, share of a lever's range, that is rounding of the search."""

TINY_GAIN = 1e-6
"""Gain below which the logarithm of the Nash product goes on as a straight line, so that the search may pass through."""


class Found(NamedTuple):
    """The best end of a search.

    Attributes:
        x: Where it is (d,).
        value: Value of the objective there.
        feasible: Whether every constraint holds there.
        ends: Number of different ends among the starts that ended feasible.
    """

    x: np.ndarray
    value: float
    feasible: bool
    ends: int

    def turned(self) -> Found:
        """The same with the value of what was maximised instead of its negative."""
        return self._replace(value=-self.value)


@dataclass
class Box:
    """A bargaining problem.

    Attributes:
        gains: Gains of the parties over the threat, with derivatives.
        size: Number of levers.
        limits: Further constraints, each >= 0, with derivatives.
        iterations: Most steps of one search.
        progress: Called once for each new evaluation, with what is being looked for.
    """

    gains: Curves
    size: int
    limits: Curves | None = None
    iterations: int = 40
    progress: Callable[[str], None] = lambda _: None
    _doing: str = ""
    _known: dict[bytes, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def at(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gains and derivatives at `x`, each point evaluated once."""
        x = np.clip(x, 0.0, 1.0)
        key = x.tobytes()
        if key not in self._known:
            self._known[key] = self.gains(x)
            self.progress(self._doing)
        return self._known[key]

    def fairest(self, starts: Sequence[np.ndarray]) -> Found:
        """Return the point at which the least gain is largest; its value is that gain."""
        self._doing = "looking for a zone of agreement"
        size = self.size

        def constraint(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values, slopes = self.at(y[:size])
            return values - y[size], np.hstack([slopes, -np.ones((len(values), 1))])

        def search(start: np.ndarray) -> np.ndarray:
            y = np.append(start, self.at(start)[0].min())
            bounds = [(0.0, 1.0)] * size + [(None, None)]
            slope = np.append(np.zeros(size), -1.0)
            return self._slsqp(
                lambda y: (-y[size], slope), y, bounds, [constraint, self._padded(self._limits)]
            )[:size]

        return self._best(map(search, starts), lambda x: -self.at(x)[0].min(), self._held).turned()

    def nash(self, weights: np.ndarray, starts: Sequence[np.ndarray]) -> Found:
        """Return the point of the largest weighted Nash product; its value is the sum of b_i ln g_i."""
        self._doing = "looking for the Nash solution"

        def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
            values, slopes = self.at(x)
            safe = np.maximum(values, TINY_GAIN)
            logs = np.where(values > TINY_GAIN, np.log(safe), np.log(TINY_GAIN) + values / TINY_GAIN - 1.0)
            return -float(weights @ logs), -(weights / safe) @ slopes

        def search(start: np.ndarray) -> np.ndarray:
            return self._slsqp(objective, start, [(0.0, 1.0)] * self.size, [self._limits])

        found = self._best(
            map(search, starts),
            lambda x: objective(x)[0],
            lambda x: self._held(x) and self.at(x)[0].min() > 0.0,
        )
        return found.turned()

    def together(
        self, worth: np.ndarray, starts: Sequence[np.ndarray], fixed: np.ndarray | None = None
    ) -> Found:
        """Return the point of the largest sum of gains, each times its worth (m,); its value is that sum.

        Levers that are `fixed` (d,) stay where the first start has them.

        Gains are nearly straight lines in many levers, so that ends lie at bounds: the corner to which the slopes at each start point is a
        start too.
        """
        self._doing = "looking for the largest gain together"
        scale = max(float(np.abs(worth @ self.at(starts[0])[1]).max()), 1e-300)
        still = np.zeros(self.size, dtype=bool) if fixed is None else fixed
        starts = [np.where(still, starts[0], start) for start in starts]
        bounds = [
            (value, value) if held else (0.0, 1.0) for value, held in zip(starts[0], still, strict=True)
        ]

        def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
            values, slopes = self.at(x)
            return -float(worth @ values) / scale, -(worth @ slopes) / scale

        corners = [np.where(still, start, np.where(objective(start)[1] > 0.0, 0.0, 1.0)) for start in starts]

        def search(start: np.ndarray) -> np.ndarray:
            return self._slsqp(objective, start, bounds, [self._limits])

        ends = [*map(search, [*starts, *corners]), *corners, *starts]
        found = self._best(ends, lambda x: objective(x)[0], self._held)
        return found._replace(value=-scale * found.value)

    def largest(self, party: int, starts: Sequence[np.ndarray], floors: np.ndarray | None = None) -> Found:
        """Return the point of the largest gain of one party, the others at their floors or above (-inf for none)."""
        self._doing = "following the frontier"
        lowest = np.full(len(self.at(starts[0])[0]), -np.inf) if floors is None else floors
        held = np.flatnonzero(np.isfinite(lowest))

        def constraint(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values, slopes = self.at(x)
            return (values - lowest)[held], slopes[held]

        def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
            values, slopes = self.at(x)
            return -float(values[party]), -slopes[party]

        def search(start: np.ndarray) -> np.ndarray:
            constraints = [self._limits, *([constraint] if held.size else [])]
            return self._slsqp(objective, start, [(0.0, 1.0)] * self.size, constraints)

        def feasible(x: np.ndarray) -> bool:
            return self._held(x) and bool(np.all((self.at(x)[0] - lowest)[held] >= -FEASIBLE))

        return self._best(map(search, starts), lambda x: objective(x)[0], feasible).turned()

    def frontier(
        self, first: int, second: int, starts: Sequence[np.ndarray], points: int, floors: np.ndarray
    ) -> list[np.ndarray]:
        """Return points of the Pareto frontier of two parties, from the best one for `first` to the best one for `second`.

        Args:
            first: Party along whose gain the frontier is sought.
            second: Party whose gain is held at each level.
            starts: Where to begin.
            points: How many, ends included.
            floors: Least gain of each other party (m,); -inf for none. Entries of the two are not read.
        """
        others = np.array(floors, dtype=np.float64)
        others[[first, second]] = -np.inf
        ends = [self.largest(party, starts, others).x for party in (first, second)]
        low, high = (self.at(end)[0][second] for end in ends)
        found = [ends[0]]
        for level in np.linspace(low, high, points)[1:-1]:
            bound = others.copy()
            bound[second] = level
            step = self.largest(first, [found[-1], ends[1]], bound)
            if step.feasible:
                found.append(step.x)
        return [*found, ends[1]]

    def weighted(self, weights: np.ndarray, starts: Sequence[np.ndarray], floors: np.ndarray) -> Found:
        """Return the point of the largest weighted sum of gains, every party at its floor or above (-inf for none)."""
        self._doing = "following the frontier"

        def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
            values, slopes = self.at(x)
            return -float(weights @ values), -weights @ slopes

        held = self._floors(floors)

        def search(start: np.ndarray) -> np.ndarray:
            return self._slsqp(objective, start, [(0.0, 1.0)] * self.size, [self._limits, held])

        def feasible(x: np.ndarray) -> bool:
            return self._held(x) and bool(np.all(held(x)[0] >= -FEASIBLE))

        return self._best([*map(search, starts), *starts], lambda x: objective(x)[0], feasible).turned()

    def beyond(self, origin: np.ndarray, direction: np.ndarray, starts: Sequence[np.ndarray]) -> Found:
        """Return the point with the largest t for which gains are at least origin + t direction; its value is t.

        Parties without a direction (zero) are held at their origin, or at nothing where that is -inf.
        """
        self._doing = "following the frontier"
        size, steered = self.size, direction > 0.0
        fixed = self._floors(np.where(steered, -np.inf, origin))

        def furthest(x: np.ndarray) -> float:
            return float(np.min((self.at(x)[0] - origin)[steered] / direction[steered]))

        def constraint(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values, slopes = self.at(y[:size])
            room = (values - origin)[steered] / direction[steered] - y[size]
            return room, np.hstack([slopes[steered] / direction[steered, None], -np.ones((len(room), 1))])

        def search(start: np.ndarray) -> np.ndarray:
            bounds = [(0.0, 1.0)] * size + [(None, None)]
            slope = np.append(np.zeros(size), -1.0)
            constraints = [constraint, self._padded(self._limits), self._padded(fixed)]
            begin = np.append(start, furthest(start))
            return self._slsqp(lambda y: (-y[size], slope), begin, bounds, constraints)[:size]

        def feasible(x: np.ndarray) -> bool:
            return self._held(x) and bool(np.all(fixed(x)[0] >= -FEASIBLE))

        return self._best(map(search, starts), lambda x: -furthest(x), feasible).turned()

    def _floors(self, floors: np.ndarray) -> Curves:
        """Gains above floors, of the parties that have one."""
        held = np.flatnonzero(np.isfinite(floors))

        def above(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values, slopes = self.at(x)
            return (values - floors)[held], slopes[held]

        return above

    def nearest(self, here: np.ndarray, margins: np.ndarray, starts: Sequence[np.ndarray]) -> Found:
        """Return the point with gains of at least `margins` for which sum |x - here| is smallest; its value is that sum."""
        self._doing = "looking for the smallest change"
        size = self.size
        split = np.hstack([np.eye(size), -np.eye(size)])  # x = here + up - down

        def at(y: np.ndarray) -> np.ndarray:
            return here + split @ y

        def constraint(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values, slopes = self.at(at(y))
            return values - margins, slopes @ split

        def further(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values, slopes = self._limits(at(y))
            return values, slopes @ split

        def search(start: np.ndarray) -> np.ndarray:
            y = np.concatenate([np.maximum(start - here, 0.0), np.maximum(here - start, 0.0)])
            bounds = [(0.0, 1.0 - value) for value in here] + [(0.0, value) for value in here]
            ones = np.ones(2 * size)
            return at(self._slsqp(lambda y: (float(y.sum()), ones), y, bounds, [constraint, further]))

        def feasible(x: np.ndarray) -> bool:
            return self._held(x) and bool(np.all(self.at(x)[0] >= margins - FEASIBLE))

        ends = [*map(search, starts), *starts]  # a start that is feasible is an answer already
        return self._best(ends, lambda x: float(np.abs(x - here).sum()), feasible)

    def nearest_if_linear(self, here: np.ndarray, margins: np.ndarray) -> np.ndarray | None:
        """Return the answer of `nearest` were gains and limits straight lines from `here`; None where even then there is none."""
        values, slopes = self.at(here)
        left, bends = self._limits(here)
        split = np.hstack([np.eye(self.size), -np.eye(self.size)])
        found = linprog(
            np.ones(2 * self.size),
            A_ub=-np.vstack([slopes, bends]) @ split,
            b_ub=np.concatenate([values - margins, left]),
            bounds=[(0.0, 1.0 - value) for value in here] + [(0.0, value) for value in here],
        )
        return np.clip(here + split @ found.x, 0.0, 1.0) if found.success else None

    def _limits(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (np.zeros(0), np.zeros((0, self.size))) if self.limits is None else self.limits(x)

    def _padded(self, curves: Curves) -> Curves:
        """Curves over the levers for points with one more unknown."""

        def padded(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values, slopes = curves(y[: self.size])
            return values, np.hstack([slopes, np.zeros((len(values), 1))])

        return padded

    def _held(self, x: np.ndarray) -> bool:
        """Whether the limits hold at `x`."""
        return bool(np.all(self._limits(x)[0] >= -FEASIBLE))

    def _slsqp(
        self,
        objective: Callable[[np.ndarray], tuple[float, np.ndarray]],
        start: np.ndarray,
        bounds: Sequence[tuple[float | None, float | None]],
        constraints: Iterable[Curves],
    ) -> np.ndarray:
        written = [
            {"type": "ineq", "fun": lambda y, c=curves: c(y)[0], "jac": lambda y, c=curves: c(y)[1]}
            for curves in constraints
            if len(curves(start)[0])
        ]
        found = minimize(
            objective,
            start,
            jac=True,
            bounds=bounds,
            constraints=written,
            method="SLSQP",
            options={"maxiter": self.iterations, "ftol": 1e-10},
        )
        return np.asarray(found.x, dtype=np.float64)

    def _best(
        self,
        ends: Iterable[np.ndarray],
        cost: Callable[[np.ndarray], float],
        feasible: Callable[[np.ndarray], bool],
    ) -> Found:
        clipped = [_at_bounds(end) for end in ends if np.all(np.isfinite(end))]
        good = [end for end in clipped if feasible(end)]
        distinct: list[np.ndarray] = []
        for end in good:
            if all(np.max(np.abs(end - other)) > 1e-3 for other in distinct):
                distinct.append(end)
        best = min(good or clipped, key=cost)
        return Found(best, cost(best), bool(good), len(distinct))


def _at_bounds(x: np.ndarray) -> np.ndarray:
    """Return `x` inside the box, and at a bound where only rounding keeps it off."""
    return np.where(x < AT_BOUND, 0.0, np.where(x > 1.0 - AT_BOUND, 1.0, x))
