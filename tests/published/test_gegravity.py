"""gegravity (Herman, US International Trade Commission), an independent public solver, on synthetic one-sector data both can solve.

Two comparisons, because its "full GE" step finds multilateral resistances and prices at the incomes of the base year while ours
follow prices: where relative incomes cannot move the two agree to its tolerance; elsewhere the same plain equations agree with
gegravity when incomes stay, and with accord when they follow.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.engines.equilibrium import Options, solve
from benchmarks.cases.gravity import SIGMA, as_economy, gravity_data, real_income

pytestmark = [
    pytest.mark.medium,
    pytest.mark.skipif(
        importlib.util.find_spec("gegravity") is None,
        reason="gegravity is in the extra 'bench' and not installed",
    ),
]

PEER_TOLERANCE = 1e-8
"""gegravity's default, on its own equations."""


def peer_real_income(folder, output, trade, before, after) -> np.ndarray:
    from benchmarks.peers import gegravity_run

    given, answer = folder / "in.npz", folder / "out.npz"
    np.savez(given, output=output, trade=trade, cost_before=before, cost_after=after, sigma=SIGMA)
    gegravity_run.main(str(given), str(answer), 0)
    with np.load(answer) as result:
        assert result["success"]
        return result["real_income_hat"]


def our_real_income(trade, cost) -> np.ndarray:
    base, scenario = as_economy(trade, cost)
    state = solve(base, scenario, Options(tolerance=1e-12))
    return state.income.total / base.final_spending[:, 0] / state.use_price_hat[:, 0]


def test_where_relative_incomes_cannot_move_the_two_solvers_agree(tmp_path):
    """Six regions alike, all trade costs between them 10% lower: every income stays in step."""
    abroad = ~np.eye(6, dtype=bool)
    weight = np.where(abroad, 0.05, 1.0)
    output = np.full(6, 100.0)
    trade = weight / weight.sum(axis=0) * output
    cost = np.where(abroad, 0.9, 1.0)
    theirs = peer_real_income(tmp_path, output, trade, weight, weight * cost ** (1.0 - SIGMA))
    ours = our_real_income(trade, cost)
    assert_allclose(ours, theirs, rtol=10.0 * PEER_TOLERANCE)
    assert np.all(ours > 1.01)


def test_where_incomes_move_they_differ_because_gegravity_keeps_those_of_the_base(tmp_path):
    output, weight, trade = gravity_data(8, seed=1)
    cost = np.ones_like(weight)
    cost[:4, :4] = np.where(np.eye(4, dtype=bool), 1.0, 0.8)
    after = weight * cost ** (1.0 - SIGMA)
    theirs, ours = peer_real_income(tmp_path, output, trade, weight, after), our_real_income(trade, cost)
    kept = real_income(output, weight, after, follow_prices=False)
    following = real_income(output, weight, after, follow_prices=True)
    assert_allclose(theirs, kept, rtol=10.0 * PEER_TOLERANCE)
    assert_allclose(ours, following, rtol=1e-10)
    assert np.max(np.abs(ours / theirs - 1.0)) > 1e-4
