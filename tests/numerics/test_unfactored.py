"""A Leontief system asked once is answered as its factors would, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from accord.numerics import factorisation, unfactored
from accord.numerics.unfactored import solve_unfactored

BLOCKS, BLOCK = 6, 10
WIOD = Path(os.environ.get("ACCORD_SHARED", "../shared/data")) / "wiod2013" / "wiot_2011.npz"


def economy(seed: int, earned: float = 0.4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flows, output and final demand: log-normal inputs, half of them from the own block; producers of very different sizes."""
    draw, size = np.random.default_rng(seed), BLOCKS * BLOCK
    home = np.kron(np.eye(BLOCKS), np.ones((BLOCK, BLOCK)))
    coefficients = draw.lognormal(0.0, 2.0, (size, size)) * (1.0 + (BLOCKS - 1.0) * home)
    coefficients *= (1.0 - earned) / coefficients.sum(axis=0)
    demand = draw.lognormal(0.0, 3.0, (size, BLOCKS))
    output = np.linalg.solve(np.eye(size) - coefficients, demand.sum(axis=1))
    return coefficients * output, output, demand


@given(seed=st.integers(0, 2**16))
def test_it_gives_what_dense_solves_give_to_each_producers_own_size(seed):
    flows, output, demand = economy(seed)
    weights = np.random.default_rng(seed).normal(size=(len(output), 3))
    found = solve_unfactored(flows, output, BLOCK, demand, weights)
    assert found is not None
    system = np.eye(len(output)) - flows / output
    expected = np.linalg.solve(system, demand)
    assert np.abs((found[0] - expected) / output[:, None]).max() < 1e-11
    assert_allclose(found[1], np.linalg.solve(system.T, weights), atol=1e-10 * np.abs(weights).max())


@pytest.mark.skipif(not WIOD.exists(), reason=f"no {WIOD}")
def test_on_a_real_table_it_agrees_with_the_factorisation():
    data = np.load(WIOD)
    flows, size = data["intermediate"].astype(float), 41 * 35
    demand = data["final_demand"].reshape(size, 41, -1).sum(axis=2).astype(float)
    output = flows.sum(axis=1) + demand.sum(axis=1)
    idle = output <= 0.0
    flows[idle], flows[:, idle], demand[idle] = 0.0, 0.0, 0.0
    output = flows.sum(axis=1) + demand.sum(axis=1)
    weights = np.random.default_rng(0).uniform(size=(size, 2))
    found = solve_unfactored(flows, output, 35, demand, weights)
    assert found is not None
    per_unit = np.divide(1.0, output, out=np.zeros(size), where=output > 0.0)
    system = np.eye(size) - flows * per_unit
    assert np.abs((found[0] - np.linalg.solve(system, demand)) * per_unit[:, None]).max() < 1e-10
    assert_allclose(found[1], np.linalg.solve(system.T, weights), rtol=1e-11)


def test_it_has_the_same_bits_on_any_number_of_cores(monkeypatch):
    monkeypatch.setattr(unfactored, "TILE", 16)
    flows, output, demand = economy(1)
    found = []
    for cores in (1, 3):
        monkeypatch.setattr(factorisation, "cores_at_hand", lambda cores=cores: cores)
        found.append(solve_unfactored(flows, output, BLOCK, demand, demand / output[:, None]))
    for one, other in zip(*found, strict=True):
        assert_array_equal(one, other)


def test_without_final_demand_there_is_no_output_and_idle_producers_take_no_part():
    flows, output, demand = economy(2)
    flows[7], flows[:, 7], demand[7] = 0.0, 0.0, 0.0
    demand[:, 2] = 0.0
    output = np.linalg.solve(np.eye(len(output)) - np.divide(flows, output), demand.sum(axis=1))
    output[7] = 0.0
    weights = np.ones((len(output), 1))
    answer, multipliers = solve_unfactored(flows, output, BLOCK, demand, weights)
    assert not answer[:, 2].any()
    assert not answer[7].any()
    assert multipliers[7, 0] == pytest.approx(1.0, abs=1e-11)


@pytest.mark.parametrize(
    "fault",
    ["idle producer sells", "negative output", "nothing is earned", "no columns", "singular home block"],
)
def test_what_it_cannot_answer_surely_is_left_to_a_factorisation(fault):
    flows, output, demand = economy(3, earned=1e-9 if fault == "nothing is earned" else 0.4)
    weights = np.ones((len(output), 2))
    if fault == "idle producer sells":
        output[4] = 0.0
    elif fault == "negative output":
        output[4] = -1.0
    elif fault == "no columns":
        weights = weights[:, :0]
    elif fault == "singular home block":
        flows[:BLOCK, :BLOCK] = np.diag(output[:BLOCK])
    assert solve_unfactored(flows, output, BLOCK, demand, weights) is None
