"""Many right-hand sides of operators that differ little: the answers are those of a factorisation, at ever fewer products."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.numerics.recycling import solve_block


def operator(draw, size=60):
    """I - G with eigenvalues of G spread up to 0.97: slow directions, as those of prices of countries that trade little."""
    turn = np.linalg.qr(draw.normal(size=(size, size)))[0]
    return np.eye(size) - turn * np.linspace(-0.3, 0.97, size) @ np.linalg.inv(
        turn + 0.02 * draw.normal(size=(size, size))
    )


@given(seed=st.integers(0, 2**16), rows=st.integers(1, 7))
def test_answers_are_those_of_a_factorisation_and_neighbours_need_fewer_products(seed, rows):
    draw = np.random.default_rng(seed)
    matrix = operator(draw)
    right = draw.normal(size=(rows, 60)) * 10.0 ** draw.integers(-6, 6, size=(rows, 1))
    first = solve_block(lambda block: block @ matrix.T, right)
    size = np.abs(right).max(axis=1, keepdims=True)
    assert_allclose(first.solution / size, np.linalg.solve(matrix, (right / size).T).T, atol=1e-7)
    assert first.residual <= 1e-11
    again = solve_block(lambda block: block @ matrix.T, right, first.directions)
    assert again.products < first.products
    moved = matrix + 1e-3 * draw.normal(size=matrix.shape) / np.sqrt(60)
    other = draw.normal(size=(rows, 60))
    near = solve_block(lambda block: block @ moved.T, other, first.directions)
    assert near.residual <= 1e-11
    assert_allclose(moved @ near.solution.T, other.T, atol=1e-9)


def test_nothing_is_asked_of_a_right_hand_side_that_is_zero():
    found = solve_block(lambda block: 0.5 * block, np.array([[0.0, 0.0], [1.0, 3.0]]))
    assert_allclose(found.solution, [[0.0, 0.0], [2.0, 6.0]])


def test_a_singular_operator_leaves_its_residual():
    matrix = np.diag([1.0, 0.0])
    found = solve_block(lambda block: block @ matrix, np.array([[1.0, 1.0]]))
    assert found.residual > 0.5
