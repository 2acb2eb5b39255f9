"""Scrambled Sobol points, the same as those of `scipy.stats.qmc.Sobol`, which takes two thirds of a second to load.

    x[i] = shift ^ (XOR over the bits b of the Gray code of i) v[b],   divided by 2^BITS

with direction numbers v of each dimension by its primitive polynomial over the field of two elements, multiplied by a random lower
triangular matrix of bits with a unit diagonal. The first direction numbers and the polynomials are a table that comes with SciPy; where
it lies elsewhere than it did, SciPy is asked for the points.

Source: Bratley and Fox (1988), "Algorithm 659", ACM TOMS 14(1), section 2; Joe and Kuo (2008), "Constructing Sobol sequences with better
two-dimensional projections", SIAM J. Sci. Comput. 30(5), for the table; Matousek (1998), "On the L2-discrepancy for anchored boxes",
J. Complexity 14(4), for the scrambling (affine, with a digital shift).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

BITS = 30


def sobol(dimensions: int, exponent: int, seed: int) -> np.ndarray:
    """Return the first 2^exponent points (points, dimensions) in [0, 1) of the sequence that `seed` scrambles."""
    table = _table(dimensions)
    if table is None:
        from scipy.stats import qmc

        sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
        return sampler.random_base2(exponent)
    directions, shift = _scrambled(_directions(*table), np.random.default_rng(seed).spawn(1)[0])
    points = shift[None]
    for bit in range(exponent):  # a Gray code: the points so far from the last to the first, and one bit more
        points = np.concatenate([points, points[::-1] ^ directions[:, bit]])
    return points * (1.0 / 2**BITS)


def _table(dimensions: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Polynomials (dimensions,) and first direction numbers (dimensions, degree); None where SciPy keeps them elsewhere."""
    scipy = find_spec("scipy")
    if scipy is None or scipy.origin is None:
        return None
    try:
        with np.load(Path(scipy.origin).parent / "stats" / "_sobol_direction_numbers.npz") as file:
            polynomials, first = file["poly"], file["vinit"]
    except (OSError, KeyError, ValueError):
        return None
    return (polynomials[:dimensions], first[:dimensions]) if len(polynomials) >= dimensions else None


def _directions(polynomials: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Direction numbers (dimensions, BITS), with as many bits: of numbers of the same degree at once."""
    numbers = np.ones((len(polynomials), BITS), dtype=np.int64)  # those of the first dimension
    degrees = np.array([int(polynomial).bit_length() - 1 for polynomial in polynomials])
    for degree in np.unique(degrees[1:]):
        rows = 1 + np.flatnonzero(degrees[1:] == degree)
        own = np.zeros((BITS, len(rows)), dtype=np.int64)
        own[:degree] = first[rows, :degree].T
        for place in range(degree, BITS):
            own[place] = own[place - degree]
            for step in range(1, degree + 1):
                term = (polynomials[rows] >> (degree - step)) & 1
                own[place] ^= term * (own[place - step] << step)
        numbers[rows] = own.T
    return numbers << np.arange(BITS - 1, -1, -1)


def _scrambled(directions: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Direction numbers (dimensions, BITS) and shift (dimensions,), drawn in the order in which SciPy draws them."""
    dimensions, places = len(directions), np.arange(BITS)
    drawn = random.integers(2, size=(dimensions, BITS), dtype=np.uint32).astype(np.int64)
    shift = drawn @ (1 << places)
    lower = np.tril(random.integers(2, size=(dimensions, BITS, BITS), dtype=np.uint32), -1) + np.eye(BITS)
    bits = (
        directions[:, None, :] >> (BITS - 1 - places)[:, None]
    ) & 1  # (dimensions, bit from the highest, number)
    mixed = (lower @ bits.astype(np.float64)).astype(np.int64) & 1  # sums of at most BITS ones: exact
    return (1 << (BITS - 1 - places)) @ mixed, shift
