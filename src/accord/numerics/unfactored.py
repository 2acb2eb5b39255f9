"""A Leontief system asked once: output behind many final demands and multipliers of many weights, without a factorisation.

| symbol | meaning |
| --- | --- |
| Z, x | flows (supplier, user), output of each producer |
| u = X / x | output behind a final demand as a share of each producer's own, so that small producers count as much as large ones |
| m | multipliers |

    output        u - (Z u) / x = y / x
    multipliers   m - (Z' m) / x = w

Both are solved by generalised conjugate residuals, each column with coefficients of its own, after the chains inside every home
block (a region's own sectors) are solved exactly. One pass over Z an iteration serves both. What crosses a border comes back little,
so that twelve to fourteen passes do on real tables. Passes are in single precision; what they miss is found in double precision, is
what is tested, and is solved for again along the directions found already and new ones.

Tiles of fixed shape go to all cores and are added up in their order, so the bits do not depend on the number of cores.

Source: Eisenstat, Elman and Schultz (1983), "Variational iterative methods for nonsymmetric systems of linear equations", SIAM J.
Numer. Anal. 20(2), GCR; Saad (2003), "Iterative Methods for Sparse Linear Systems", sections 6.9 and 9.3; Higham (2002), "Accuracy
and Stability of Numerical Algorithms", chapter 12, refinement.
"""

from __future__ import annotations

import numpy as np

from accord.numerics.factorisation import Run, one_thread, workers

TOLERANCE = 3e-12
"""What a column may miss of its right-hand side, both as the root of summed squares, in double precision."""
SINGLE = 3e-6
"""Share of what is missed at which passes in single precision end, and it is found anew."""
LAST = 1e-5
"""What is missed when the next passes are the last: they can take off some seven digits."""
DIRECTIONS = 40
"""Passes before it is left to a factorisation."""
ROUNDS = 5
TILE = 256
"""Rows of Z in one task."""
WIDTH = 16
"""Columns are padded to a multiple of this, which products of matrices in single precision like."""


def solve_unfactored(
    flows: np.ndarray, output: np.ndarray, block: int, final_demand: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Output x = L y and multipliers m = L' w, each (n, k), to `TOLERANCE`; None where that is not reached, and a factorisation is due.

    Args:
        flows: Z (n, n), any floating type.
        output: x (n,), above zero wherever anything is sold or bought; None is returned otherwise.
        block: Producers in each home block, one block after the other.
        final_demand: y (n, k).
        weights: w (n, k), per unit of output.
    """
    made = output > 0.0
    idle = ~made
    if not final_demand.shape[1] or not weights.shape[1]:
        return None
    if (output < 0.0).any() or final_demand[idle].any() or flows[idle].any() or flows[:, idle].any():
        return None
    per_unit = np.divide(1.0, output, out=np.zeros(len(output)), where=made)
    home = _home_chains(flows, per_unit, block)
    if home is None:
        return None
    demand = _Question((final_demand * per_unit[:, None]).T, home[0])
    value = _Question(np.asarray(weights, dtype=np.float64).T, home[1])
    with one_thread(), workers() as run, np.errstate(over="ignore", invalid="ignore"):
        if not _solved(flows, per_unit, (demand, value), run):
            return None
    return demand.solution.T * output[:, None], np.array(value.solution.T)


class _Question:
    """One of the two systems, a column a row: (k, n) arrays.

    Attributes:
        right: Right-hand sides, float64.
        home: Inverse of each home block, transposed as rows need it (block, producer, producer), float32.
        solution: What is found so far, float64.
        missed: What is missed of `right`, float32.
        step: Direction to try next, float32.
        share: What is missed of the worst column over its right-hand side.
    """

    def __init__(self, right: np.ndarray, home: np.ndarray) -> None:
        self.right, self.home = np.ascontiguousarray(right), home
        self.size = _length(self.right)
        self.solution = np.zeros(right.shape)
        self.share = 1.0
        padded = -(-len(right) // WIDTH) * WIDTH if len(right) >= WIDTH else len(right)
        self.step = np.zeros((padded, right.shape[1]), dtype=np.float32)
        self.directions = np.zeros((len(right), DIRECTIONS, right.shape[1]), dtype=np.float32)
        self.images = np.zeros_like(self.directions)
        self.found = 0

    def state(self, missed: np.ndarray) -> None:
        """Take over what is missed, in double precision, and use the directions that are there already."""
        self.missed = missed.astype(np.float32)
        self.share = self._worst(missed)
        if self.share > TOLERANCE:
            self._use_all()

    def look(self) -> None:
        """The next direction: what is missed, home chains included."""
        count, size = self.missed.shape
        blocks = self.missed.reshape(count, len(self.home), -1).transpose(1, 0, 2)
        step = np.matmul(blocks, self.home).transpose(1, 0, 2).reshape(count, size)
        largest = np.abs(step).max(axis=1, keepdims=True, initial=0.0)
        # At a size of one, because single precision ends at 1e38 and squares are taken.
        self.step[:count] = np.divide(step, largest, out=np.zeros_like(step), where=largest > 0.0)

    def go(self, inputs: np.ndarray) -> float:
        """Go along the direction as far as it helps, given the inputs that it takes; the worst share missed then."""
        count, seen = len(self.right), slice(0, self.found)
        step = self.step[:count]
        image = step - inputs[:count]
        along = np.matmul(self.images[:, seen], image[:, :, None])[:, None, :, 0]
        image -= np.matmul(along, self.images[:, seen])[:, 0]
        step = step - np.matmul(along, self.directions[:, seen])[:, 0]
        length = _length(image).astype(np.float32)
        scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0.0)[:, None]
        self.images[:, self.found], self.directions[:, self.found] = image * scale, step * scale
        self.found += 1
        self._use_all()
        return self._worst(self.missed)

    def _use_all(self) -> None:
        """Go along every direction found, the older ones too: what rounding left along them no newer one would take off."""
        seen = slice(0, self.found)
        along = np.matmul(self.images[:, seen], self.missed[:, :, None])[:, None, :, 0]
        self.solution += np.matmul(along, self.directions[:, seen])[:, 0]
        self.missed -= np.matmul(along, self.images[:, seen])[:, 0]

    def _worst(self, missed: np.ndarray) -> float:
        return float(
            np.divide(_length(missed), self.size, out=np.zeros_like(self.size), where=self.size > 0.0).max(
                initial=0.0
            )
        )


def _solved(
    flows: np.ndarray, per_unit: np.ndarray, questions: tuple[_Question, _Question], run: Run
) -> bool:
    """Whether both questions reach `TOLERANCE`."""
    single = per_unit.astype(np.float32)
    before = np.full(2, np.inf)
    for question in questions:
        question.state(question.right)
    for _ in range(ROUNDS):
        aims = [
            0.3 * TOLERANCE if question.share < LAST else SINGLE * question.share for question in questions
        ]
        left = [question.share for question in questions]
        while any(share > aim for share, aim in zip(left, aims, strict=True)):
            if questions[0].found == DIRECTIONS:
                break
            for question in questions:
                question.look()
            images = _images(flows, single, questions[0].step, questions[1].step, run)
            left = [question.go(image) for question, image in zip(questions, images, strict=True)]
        back = _images(flows, per_unit, questions[0].solution, questions[1].solution, run)
        for question, image in zip(questions, back, strict=True):
            question.state(question.right - question.solution + image)
        missed = np.array([question.share for question in questions])
        if (missed <= TOLERANCE).all():
            return True
        if not (missed < 0.1 * before).any():  # not a number ends here too
            return False
        before = missed
    return False


def _images(
    flows: np.ndarray, per_unit: np.ndarray, sold: np.ndarray, valued: np.ndarray, run: Run
) -> tuple[np.ndarray, np.ndarray]:
    """(Z u) / x and (Z' m) / x of rows u (k, n) and m (l, n), in their precision, by one pass over Z."""
    size, precision = len(flows), sold.dtype
    starts = range(0, size, TILE)
    of_demand = np.empty(sold.shape, dtype=precision)
    of_value = np.empty((len(starts), *valued.shape), dtype=precision)

    def part(start: int) -> None:
        rows = slice(start, start + TILE)
        tile = flows[rows].astype(precision, copy=False)
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # what is lost is seen in what is missed; threads have a state of their own
            of_demand[:, rows] = sold @ tile.T
            if len(valued) < WIDTH:
                for row, value in enumerate(valued):
                    of_value[start // TILE, row] = value[rows] @ tile
            else:
                of_value[start // TILE] = valued[:, rows] @ tile

    run(part, starts)
    return of_demand * per_unit, of_value.sum(axis=0) * per_unit


def _home_chains(flows: np.ndarray, per_unit: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray] | None:
    """For rows u and m: inverses of I - Z' / x and I - Z / x of each home block (block, producer, producer), float32."""
    count = len(flows) // block
    own = np.stack([flows[at : at + block, at : at + block] for at in range(0, len(flows), block)]).astype(
        np.float32
    )
    users = per_unit.astype(np.float32).reshape(count, 1, block)
    unit = np.eye(block, dtype=np.float32)
    try:
        return np.linalg.inv(unit - own.transpose(0, 2, 1) * users), np.linalg.inv(unit - own * users)
    except np.linalg.LinAlgError:
        return None


def _length(rows: np.ndarray) -> np.ndarray:
    """Root of the sum of squares of each row."""
    return np.sqrt(np.einsum("kn,kn->k", rows, rows))
