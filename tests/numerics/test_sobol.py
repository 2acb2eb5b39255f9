"""Sobol points of our own are those of SciPy, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import qmc

from accord.numerics import sobol as module
from accord.numerics.sobol import sobol


@pytest.mark.parametrize(("dimensions", "exponent"), [(1, 0), (1, 5), (2, 1), (13, 10), (180, 6), (1200, 3)])
@pytest.mark.parametrize("seed", [0, 7])
def test_points_are_those_of_scipy(dimensions, exponent, seed):
    known = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed)).random_base2(exponent)
    assert_array_equal(sobol(dimensions, exponent, seed), known)


def test_every_coordinate_has_one_point_in_each_interval():
    places = np.sort((sobol(40, 7, 3) * 2**7).astype(int), axis=0)
    assert_array_equal(places, np.broadcast_to(np.arange(2**7)[:, None], places.shape))


def test_without_the_table_scipy_is_asked(monkeypatch):
    own = sobol(3, 4, 1)
    monkeypatch.setattr(module, "_table", lambda _: None)
    assert_array_equal(sobol(3, 4, 1), own)
