"""Laws of `accord.numerics.leontief`, against NumPy's own dense solver and against themselves."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from accord.errors import EngineError, WorldError
from accord.numerics import factorisation
from accord.numerics.leontief import Change, LeontiefSystem, technical_coefficients

SEEDS = st.integers(0, 2**16)


def random_coefficients(seed: int, size: int = 30) -> np.ndarray:
    draw = np.random.default_rng(seed)
    shares = draw.dirichlet(np.full(size, 0.3), size).T
    return shares * draw.uniform(0.3, 0.9, size)


def random_block(draw: np.random.Generator, coefficients: np.ndarray, rows: int, columns: int) -> Change:
    suppliers = draw.choice(len(coefficients), rows, replace=False)
    users = draw.choice(len(coefficients), columns, replace=False)
    return Change(suppliers, users, -draw.uniform(0.2, 1.0) * coefficients[np.ix_(suppliers, users)])


@given(seed=SEEDS)
def test_solves_agree_with_numpy_dense_or_sparse_direct_or_iterative(seed):
    A = random_coefficients(seed)
    y = np.random.default_rng(seed).uniform(0.0, 5.0, (len(A), 3))
    system, sparse = LeontiefSystem(A), LeontiefSystem(sp.csc_array(A))
    x, m = np.linalg.solve(np.eye(len(A)) - A, y), np.linalg.solve(np.eye(len(A)) - A.T, y)
    for each in (system, sparse):
        assert_allclose(each.solve(y), x, rtol=1e-11)
        assert_allclose(each.solve_transposed(y), m, rtol=1e-11)
        assert_allclose(each.solve_once(y[:, 0]), x[:, 0], rtol=1e-9)
        assert_allclose(each.solve_transposed_once(y[:, 0]), m[:, 0], rtol=1e-9)


@given(seed=SEEDS)
def test_output_less_inputs_is_final_demand(seed):
    A = random_coefficients(seed)
    y = np.random.default_rng(seed).normal(size=len(A))
    x = LeontiefSystem(A).solve(y)
    assert_allclose(x - A @ x, y, atol=1e-12)


@given(seed=SEEDS, scale=st.floats(1e-6, 1e6))
def test_solves_and_coefficients_do_not_depend_on_the_unit_of_money(seed, scale):
    A = random_coefficients(seed)
    x = np.random.default_rng(seed).uniform(1.0, 9.0, len(A))
    system, scaled = LeontiefSystem.from_flows(A * x, x), LeontiefSystem.from_flows(scale * A * x, scale * x)
    assert_allclose(scaled.coefficients, system.coefficients, rtol=1e-14)
    y = x - A @ x
    assert_allclose(scaled.solve(scale * y), scale * system.solve(y), rtol=1e-11, atol=1e-12 * scale)
    assert_allclose(scaled.solve_once(scale * y), scale * x, rtol=1e-9)


@given(seed=SEEDS, rows=st.integers(1, 12), columns=st.integers(1, 12))
def test_low_rank_changes_equal_a_new_factorisation(seed, rows, columns):
    A, draw = random_coefficients(seed), np.random.default_rng(seed)
    y = draw.uniform(0.0, 5.0, (len(A), 2))
    changes = [random_block(draw, A, rows, columns), random_block(draw, 0.5 * A, columns, rows)]
    for base in (LeontiefSystem(A), LeontiefSystem(sp.csc_array(A))):
        changed = base.changed(changes)
        again = LeontiefSystem(changed.coefficients)
        assert changed.rank == 2 * min(rows, columns)
        assert_allclose(changed.solve(y), again.solve(y), rtol=1e-10)
        assert_allclose(changed.solve_transposed(y), again.solve_transposed(y), rtol=1e-10)


@pytest.mark.slow
@given(seed=SEEDS)
def test_a_change_of_nothing_changes_nothing(seed):
    A = random_coefficients(seed)
    system, y = LeontiefSystem(A), np.ones(len(A))
    assert_array_equal(system.changed([]).solve(y), system.solve(y))
    assert_array_equal(system.changed([]).solve_transposed(y), system.solve_transposed(y))
    assert_allclose(system.remaining_output(system.solve(y), np.array([], dtype=int)), system.solve(y))


@pytest.mark.slow
@given(seed=SEEDS)
def test_removed_producers_leave_what_the_smaller_system_gives(seed):
    A, draw = random_coefficients(seed), np.random.default_rng(seed)
    y = draw.uniform(0.0, 5.0, len(A))
    groups = np.array_split(draw.permutation(len(A)), 5)
    system = LeontiefSystem(A)
    x = system.solve(y)
    left = system.remaining_outputs(x, groups)
    for column, group in enumerate(groups):
        stay = np.setdiff1d(np.arange(len(A)), group)
        smaller = np.zeros(len(A))
        smaller[stay] = np.linalg.solve(np.eye(len(stay)) - A[np.ix_(stay, stay)], y[stay])
        assert_allclose(left[:, column], smaller, rtol=1e-10, atol=1e-12)
        assert_allclose(system.remaining_output(x, group), smaller, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("returning", [0.0, 0.9])
def test_few_groups_are_found_in_rounds_and_where_much_returns_by_blocks(returning):
    A, draw = random_coefficients(11, size=200), np.random.default_rng(11)
    groups = np.array_split(np.arange(200), 5)
    if returning:  # each unit of the first group goes to the second and comes back: rounds would not settle
        A[:, :80] *= 0.05
        A[np.arange(40, 80), np.arange(40)] = A[np.arange(40), np.arange(40, 80)] = returning
    system = LeontiefSystem(A)
    x = system.solve(draw.uniform(0.0, 5.0, 200))
    assert (system._lost_by_rounds(np.tile(x[:, None], 5), groups) is None) == bool(returning)
    expected = np.array([system.remaining_output(x, group) for group in groups]).T
    assert_allclose(system.remaining_outputs(x, groups), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("exchanged", [False, True])
def test_factors_in_tiles_solve_and_have_the_same_bits_on_any_number_of_cores(monkeypatch, exchanged):
    monkeypatch.setattr(factorisation, "PLAIN", 8)
    monkeypatch.setattr(factorisation, "PANEL", 8)
    monkeypatch.setattr(factorisation, "TILE", (24, 16))
    monkeypatch.setattr(factorisation, "COLUMNS", 3)
    draw = np.random.default_rng(5)
    matrix = draw.normal(size=(83, 83)) if exchanged else np.eye(83) - random_coefficients(5, size=83)
    right = draw.normal(size=(83, 10))
    found = []
    for cores in (1, 3):
        monkeypatch.setattr(factorisation, "cores_at_hand", lambda cores=cores: cores)
        factors, exchanges = factorisation.factorise(np.asfortranarray(matrix))
        assert (exchanges != np.arange(83)).any() == exchanged
        solved = factorisation.solve_factored(factors, exchanges, right, transposed=False)
        back = factorisation.solve_factored(factors, exchanges, right, transposed=True)
        assert_allclose(matrix @ solved, right, atol=1e-9)
        assert_allclose(matrix.T @ back, right, atol=1e-9)
        found.append((factors, solved, back))
    for one, other in zip(*found, strict=True):
        assert_array_equal(one, other)


@given(seed=SEEDS)
def test_diagonal_blocks_are_those_of_the_inverse_even_when_rows_were_exchanged(seed):
    A = random_coefficients(seed)
    A[[3, 4, 9], [9, 3, 4]] += 3.0  # large off the diagonal: partial pivoting has work to do
    A[:, [3, 4, 9]] *= 0.9
    system = LeontiefSystem(A)
    if seed == 0:
        assert (system._factors.pivots != np.arange(len(A))).any()
    groups = np.array_split(np.random.default_rng(seed).permutation(len(A)), 4)
    inverse = np.linalg.inv(np.eye(len(A)) - A)
    for group, block in zip(groups, system.diagonal_blocks(groups), strict=True):
        assert_allclose(block, inverse[np.ix_(group, group)], rtol=1e-7, atol=1e-9 * np.abs(inverse).max())


def test_a_producer_without_output_is_listed_and_asks_for_nothing():
    Z = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    system = LeontiefSystem.from_flows(Z, np.array([4.0, 0.0, 5.0]))
    assert_array_equal(system.without_output, [1])
    assert_array_equal(system.coefficients[:, 1], 0.0)
    assert_allclose(system.coefficients[:, 2], [0.4, 0.2, 0.0])


def test_inputs_of_a_producer_without_output_and_negative_output_are_errors():
    with pytest.raises(WorldError, match="producers without output buy inputs, at positions 1") as raised:
        technical_coefficients(np.ones((3, 3)), np.array([4.0, 0.0, -5.0]))
    assert "negative or not a number at positions 2" in str(raised.value)


def test_systems_without_a_solution_say_what_to_look_at():
    with pytest.raises(EngineError, match="singular at position 1"):
        LeontiefSystem(np.array([[0.5, 0.5], [0.5, 0.5]])).solve(np.ones(2))
    with pytest.raises(EngineError, match="2 x 3"):
        LeontiefSystem(np.ones((2, 3)))
    with pytest.raises(EngineError, match="residual"):
        LeontiefSystem(np.array([[0.5, 0.5], [0.5, 0.5]])).solve_once(np.ones(2))
