"""Laws of biproportional balancing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from accord.errors import WorldError
from accord.numerics.balancing import balance

seeds = st.integers(0, 2**16)


def random_problem(seed, rows=5, columns=4, zeros=0.3):
    """A seed with zeros and totals that some table with the same zeros has."""
    draw = np.random.default_rng(seed)
    pattern = draw.random((rows, columns)) > zeros
    pattern[:, 0] = pattern[0] = True
    table = pattern * draw.lognormal(sigma=2.0, size=(rows, columns))
    return pattern * draw.lognormal(size=(rows, columns)), table.sum(axis=1), table.sum(axis=0)


@given(seed=seeds)
def test_rows_and_columns_add_up_to_their_totals(seed):
    cells, rows, columns = random_problem(seed)
    table = balance(cells, rows, columns).table
    assert_allclose(table.sum(axis=1), rows, rtol=1e-9)
    assert_allclose(table.sum(axis=0), columns, rtol=1e-9)


@given(seed=seeds)
def test_zeros_stay_zero_and_nothing_turns_negative(seed):
    cells, rows, columns = random_problem(seed)
    table = balance(cells, rows, columns).table
    assert (table[cells == 0.0] == 0.0).all()
    assert (table[cells > 0.0] > 0.0).all()


@given(seed=seeds, scale=st.floats(1e-6, 1e6))
def test_scaling_rows_and_columns_of_the_seed_changes_nothing(seed, scale):
    cells, rows, columns = random_problem(seed)
    draw = np.random.default_rng(seed + 1)
    scaled = scale * draw.lognormal(size=(len(rows), 1)) * cells * draw.lognormal(size=len(columns))
    assert_allclose(balance(scaled, rows, columns).table, balance(cells, rows, columns).table, rtol=1e-6)


@given(seed=seeds)
def test_a_balanced_seed_is_its_own_answer(seed):
    cells, _, _ = random_problem(seed)
    assert_allclose(balance(cells, cells.sum(axis=1), cells.sum(axis=0)).table, cells, rtol=1e-9)


def test_the_answer_is_the_table_of_least_relative_entropy():
    cells, rows, columns = random_problem(7, rows=2, columns=3, zeros=0.0)

    def entropy(free):
        table = np.empty((2, 3))
        table[0, :2] = free
        table[0, 2] = rows[0] - free.sum()
        table[1] = columns - table[0]
        if (table <= 0.0).any():
            return 1e9
        return float((table * np.log(table / cells) - table).sum())

    start = np.outer(rows, columns)[0, :2] / columns.sum()
    found = minimize(
        entropy, start, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 10_000}
    )
    assert_allclose(balance(cells, rows, columns).table[0, :2], found.x, rtol=1e-5)


def test_rows_and_columns_without_a_total_are_empty():
    table = balance(np.ones((3, 2)), np.array([1.0, 0.0, 2.0]), np.array([3.0, 0.0])).table
    assert_allclose(table, [[1.0, 0.0], [0.0, 0.0], [2.0, 0.0]])


def test_a_total_without_a_cell_names_its_row():
    with pytest.raises(WorldError, match="row 'T_BLR'") as caught:
        balance(np.array([[0.0, 0.0], [1.0, 1.0]]), [1.0, 2.0], [1.5, 1.5], row_labels=["T_BLR", "T_RUS"])
    assert "small positive value" in str(caught.value)


def test_a_zero_pattern_that_no_table_fits_is_refused_by_name():
    # Row 0 may use column 0 alone, which is too small for it.
    with pytest.raises(WorldError, match=r"row 'crowded'.*misses its total") as caught:
        balance(
            np.array([[1.0, 0.0], [1.0, 1.0]]),
            [2.0, 1.0],
            [1.0, 2.0],
            row_labels=["crowded", "free"],
            column_labels=["narrow", "wide"],
            max_iterations=500,
        )
    assert "only narrow" in str(caught.value)


def test_totals_with_different_sums_are_refused():
    with pytest.raises(WorldError, match=r"row totals add up to 2\.000000, column totals to 3\.000000"):
        balance(np.ones((2, 2)), [1.0, 1.0], [1.0, 2.0])


def test_negative_and_blank_cells_are_refused():
    with pytest.raises(WorldError, match="a seed with cells that are negative or blank"):
        balance(np.array([[1.0, np.nan], [1.0, -1.0]]), [1.0, 1.0], [1.0, 1.0])
