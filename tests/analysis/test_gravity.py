"""Equivalents of barriers: known coefficients, statsmodels as an independent implementation, the delta method, faults."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.analysis import gravity as gravity_module
from accord.analysis.gravity import equivalent, equivalent_error, estimate, ppml
from accord.errors import AccordError

BORDER, DISTANCE = -0.9, -0.7


def gravity(seed: int = 1, regions: int = 12, years: int = 2, noise: bool = True) -> pd.DataFrame:
    """Trade of known coefficients: E[trade] = exp(a_it + b_jt - 0.9 border - 0.7 log distance)."""
    draw = np.random.default_rng(seed)
    names = [f"R{place:02}" for place in range(regions)]
    rows = []
    distance = draw.uniform(0.0, 2.0, (regions, regions))
    border = draw.uniform(size=(years, regions, regions)) < 0.4
    for year in range(years):
        size, taste = draw.normal(0.0, 1.0, (2, regions))
        for i in range(regions):
            for n in range(regions):
                if i != n:
                    mean = math.exp(
                        3.0 + size[i] + taste[n] + BORDER * border[year, i, n] + DISTANCE * distance[i, n]
                    )
                    value = (
                        mean * draw.lognormal(-0.125, 0.5) * (draw.uniform() < 0.9) / 0.9 if noise else mean
                    )
                    rows.append(
                        (names[i], names[n], 2000 + year, value, int(border[year, i, n]), distance[i, n])
                    )
    return pd.DataFrame(rows, columns=["exporter", "importer", "year", "trade", "border", "log_distance"])


def test_without_noise_the_coefficients_are_found_exactly():
    row = estimate(gravity(noise=False), ["border", "log_distance"], -5.0).frame.set_index("variable")
    assert row.loc["border", "coefficient"] == pytest.approx(BORDER, abs=1e-9)
    assert row.loc["log_distance", "coefficient"] == pytest.approx(DISTANCE, abs=1e-9)
    assert row.loc["border", "equivalent"] == pytest.approx(math.exp(0.9 / 5.0) - 1.0, abs=1e-9)


def test_with_noise_the_truth_lies_within_the_interval():
    row = estimate(gravity(), ["border"], -5.0, controls=["log_distance"]).frame.iloc[0]
    assert row["low"] < math.exp(0.9 / 5.0) - 1.0 < row["high"]
    assert row["standard_error"] < 0.2


def test_statsmodels_finds_the_same_with_dummies():
    sm = pytest.importorskip("statsmodels.api")
    frame = gravity(seed=3, regions=7)
    for side in ("exporter", "importer"):
        frame[side + "_year"] = frame[side] + frame["year"].astype(str)
    dummies = pd.get_dummies(frame[["exporter_year", "importer_year"]], dtype=float)
    design = pd.concat([frame[["border", "log_distance"]], dummies], axis=1).to_numpy()
    # One dummy of each side and year is redundant: keep a set of independent columns.
    kept = [0, 1]
    for column in range(2, design.shape[1]):
        if np.linalg.matrix_rank(design[:, [*kept, column]]) == len(kept) + 1:
            kept.append(column)
    pair = frame.groupby(["exporter", "importer"]).ngroup().to_numpy()
    reference = sm.GLM(frame["trade"], design[:, kept], family=sm.families.Poisson()).fit(
        tol=1e-12, maxiter=200, cov_type="cluster", cov_kwds={"groups": pair, "use_correction": False}
    )
    row = estimate(frame, ["border"], -5.0, controls=["log_distance"]).frame.iloc[0]
    clusters = row["clusters"]
    assert row["coefficient"] == pytest.approx(float(reference.params.iloc[0]), abs=1e-7)
    corrected = float(reference.bse.iloc[0]) * math.sqrt(clusters / (clusters - 1.0))
    assert row["standard_error"] == pytest.approx(corrected, rel=1e-5)


@given(
    b=st.floats(-2.0, 2.0),
    eps=st.floats(-12.0, -1.0),
    b_error=st.floats(0.01, 0.3),
    e_error=st.floats(0.0, 0.3),
)
def test_delta_method_is_the_linear_spread(b, eps, b_error, e_error):
    step = 1e-6
    by_b = (equivalent(b + step, eps) - equivalent(b - step, eps)) / (2 * step)
    by_eps = (equivalent(b, eps + step) - equivalent(b, eps - step)) / (2 * step)
    expected = math.hypot(by_b * b_error, by_eps * e_error)
    assert equivalent_error(b, b_error, eps, e_error) == pytest.approx(expected, rel=1e-5)


def test_an_exporter_without_any_trade_is_left_out_and_counted():
    frame = gravity(regions=6)
    frame.loc[frame["exporter"] == "R00", "trade"] = 0.0
    row = estimate(frame, ["border"], -5.0).frame.iloc[0]
    assert row["left_out"] == 10
    rest = estimate(frame[frame["exporter"] != "R00"], ["border"], -5.0).frame.iloc[0]
    assert row["coefficient"] == pytest.approx(rest["coefficient"], abs=1e-9)


def test_variable_of_the_exporter_alone_cannot_be_told_from_its_effect():
    frame = gravity(regions=5)
    frame["landlocked"] = (frame["exporter"] == "R01").astype(int)
    with pytest.raises(AccordError, match="the same within every fixed effect"):
        estimate(frame, ["landlocked"], -5.0)


def test_every_fault_of_the_table_is_told():
    frame = gravity(regions=4).astype({"trade": object})
    frame.loc[2, "trade"] = "n/a"
    with pytest.raises(AccordError) as caught:
        estimate(frame, ["bordr"], 5.0)
    text = str(caught.value)
    for piece in (
        "no column 'bordr'",
        "Did you mean 'border'?",
        "column 'trade', row 3",
        "a number below zero",
    ):
        assert piece in text


def test_fit_of_two_groups_by_hand():
    """One effect for all: the coefficient is the log of the ratio of means."""
    trade = np.array([1.0, 3.0, 8.0, 12.0])
    fit = ppml(trade, np.array([[0.0], [0.0], [1.0], [1.0]]), [np.zeros(4, dtype=int)], np.arange(4))
    assert fit.coefficient[0] == pytest.approx(math.log(10.0 / 2.0))


def test_command_prints_what_to_write_into_a_programme(tmp_path, accord):
    file = tmp_path / "gravity.csv"
    gravity(noise=False).to_csv(file, index=False)
    command = ("estimate", str(file), "--barrier", "border", "--elasticity=-5", "--controls", "log_distance")
    code, out, err = accord(*command)
    assert code == 0, err
    assert "central = 0.197" in out
    code, out, _ = accord(*command, "--json")
    assert json.loads(out)["estimates"][0]["equivalent"] == pytest.approx(math.exp(0.18) - 1.0)


def test_a_barrier_behind_which_there_is_no_trade_has_no_equivalent():
    """It fitted coefficients of -25 and equivalents of 15,000 %, with small errors."""
    frame = gravity(seed=5)
    frame["closed"] = ((frame["exporter"] == "R01") & (frame["importer"] == "R02")).astype(int)
    frame.loc[frame["closed"] == 1, "trade"] = 0.0
    with pytest.raises(AccordError, match="'closed' tells zeros from trade perfectly"):
        estimate(frame, ["closed", "border"], -5.0)


def test_zeros_that_nothing_finite_fits_are_left_out_and_move_nothing_else(monkeypatch):
    """R00 sells to R05 alone, which is seen buying from nobody else: the more R05 likes and the less R00 sells, the better the fit."""
    monkeypatch.setattr(
        gravity_module, "MOST_PROJECTIONS", 2_000
    )  # they do not end here: no need to wait for it
    frame = gravity(seed=5, regions=8)
    frame = frame[(frame["importer"] != "R05") | (frame["exporter"] == "R00")].reset_index(drop=True)
    zeros = frame.index[(frame["exporter"] == "R00") & (frame["importer"] != "R05")]
    frame.loc[zeros, "trade"] = 0.0
    frame.loc[(frame["exporter"] == "R00") & (frame["importer"] == "R05"), "trade"] = 5.0
    fit = estimate(frame, ["border"], -5.0, controls=["log_distance"]).frame.iloc[0]
    rest = estimate(frame.drop(index=zeros), ["border"], -5.0, controls=["log_distance"]).frame.iloc[0]
    assert fit["left_out"] == len(zeros) == 12
    for column in ("coefficient", "standard_error", "clusters"):
        assert fit[column] == pytest.approx(rest[column], rel=1e-8)


def test_two_variables_that_differ_at_zeros_alone_are_refused():
    frame = gravity(seed=5)
    zeros = frame.index[frame["trade"] == 0.0][:6]
    frame["told"] = frame["log_distance"]
    frame.loc[zeros, "told"] += np.arange(1.0, 7.0)
    with pytest.raises(AccordError, match=r"told, log_distance .*where there is trade"):
        estimate(frame, ["border"], -5.0, controls=["told", "log_distance"])


def test_labels_are_what_the_file_says_and_namibia_is_one(tmp_path):
    frame = gravity(regions=6)
    named = frame.replace({"exporter": {"R00": "NA"}, "importer": {"R00": "NA"}})
    named.to_csv(tmp_path / "g.csv", index=False)
    own = estimate(tmp_path / "g.csv", ["border"], -5.0).frame
    pd.testing.assert_frame_equal(own, estimate(frame, ["border"], -5.0).frame)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"exporter": ""}, "column 'exporter', row 1"),
        ({"log_distance": math.inf}, "column 'log_distance', row 1"),
    ],
)
def test_blank_labels_and_endless_numbers_are_refused(change, message):
    frame = gravity(regions=4)
    frame.loc[0, list(change)] = list(change.values())
    with pytest.raises(AccordError, match=message):
        estimate(frame, ["border"], -5.0, controls=["log_distance"])


def test_one_cluster_and_variables_that_span_one_another_are_refused():
    frame = gravity(regions=5).assign(all_of_them=1)
    with pytest.raises(AccordError, match="at least two of them"):
        estimate(frame, ["border"], -5.0, cluster="all_of_them")
    with pytest.raises(AccordError, match="span one another"):
        estimate(frame.assign(twice=2 * frame["border"]), ["border", "twice"], -5.0)
