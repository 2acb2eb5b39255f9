"""Made-up economies of the benchmarks: accounts add up, so that the base is an equilibrium, whatever the use groups."""

from __future__ import annotations

import numpy as np
import pytest

from accord.engines.equilibrium import no_change, solve
from benchmarks.cases import scaling
from benchmarks.large import GROUPINGS, cheaper_pair, large
from benchmarks.solving import within

GROUPS = {"one": 1, "uses": 4, "every-user": 7}


@pytest.mark.parametrize("users", GROUPINGS)
def test_a_made_up_base_is_an_equilibrium(users):
    base = large(5, 4, users)
    assert base.shape == (GROUPS[users], 4, 5)
    assert (base.value_added > 0.0).all()
    np.testing.assert_allclose(base.expenditure_share.sum(axis=3), 1.0, rtol=1e-14)
    found = solve(base, no_change(base))
    assert found.stats.iterations == 1
    assert found.stats.largest_residual < 1e-13


def test_a_cheaper_pair_gains_and_one_run_of_the_iteration_is_within_the_tolerance():
    base = large(5, 4, "every-user")
    found = solve(base, cheaper_pair(base), within(1e-10))
    gains = found.household_consumption / base.final_spending[:, 0]
    assert (gains[:2] > 1.0).all()
    assert found.stats.largest_residual <= 1e-10


def test_the_growth_of_proportional_times_is_one(tmp_path, monkeypatch):
    answers = [
        {"shares": shares, "seconds": [1e-6 * shares], "each_iteration": 1e-8 * shares, "size": f"{shares}"}
        for shares in (100, 1000, 10000, 50000)
    ]
    assert all(row.least == pytest.approx(1.0) for row in scaling.growth(answers))
    monkeypatch.setattr(scaling, "FIGURE", tmp_path / "figure.svg")
    scaling.draw(answers)
    assert "svg" in (tmp_path / "figure.svg").read_text("utf-8")[:200]
