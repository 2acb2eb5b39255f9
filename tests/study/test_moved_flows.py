"""A scenario made on the flows that shocks fall on is the scenario made on whole arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from accord.adapters.equilibrium import scenario_of
from accord.adapters.equilibrium_moved import moved_by
from accord.cli.reading import prepared_programme
from accord.engines.equilibrium.quick import System
from accord.engines.equilibrium.quick_layout import Layout

PROGRAMMES = Path(__file__).parents[2] / "programmes"


def assert_same(model, shocks):
    """Weights, wedges, recipes and all else of both systems are equal."""
    whole = System.of(model.base, scenario_of(model, shocks))
    layout = Layout.of(model.base)
    scenario, moved = moved_by(model, shocks, layout)
    sparse = System.of(model.base, scenario, layout=layout, moved=moved)
    for one, other in zip(whole.weights.of_products(), sparse.weights.of_products(), strict=True):
        assert_allclose(other, one, rtol=1e-14, atol=0.0)
    for name, one, other in zip(whole.fixed._fields, whole.fixed, sparse.fixed, strict=True):
        assert_allclose(
            np.asarray(other, float), np.asarray(one, float), rtol=1e-14, atol=1e-15, err_msg=name
        )
    assert_allclose(sparse.inputs, whole.inputs, rtol=1e-14, atol=0.0)
    order = [np.lexsort(system.renting[::-1]) for system in (whole, sparse)]
    for one, other in zip(
        (*whole.renting, whole.rent_share), (*sparse.renting, sparse.rent_share), strict=True
    ):
        assert_allclose(other[order[1]], one[order[0]], rtol=1e-13)
    for one, other in zip(whole.extra, sparse.extra, strict=True):
        assert_array_equal(other, one)
    # Where a wedge may be: more places cost time and change nothing.
    assert set(zip(*whole.preferring, strict=True)) <= set(zip(*sparse.preferring, strict=True))
    some = np.arange(model.base.shape[1])
    assert set(some[whole.dutiable]) <= set(some[sparse.dutiable])


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["union_state_2024", "eu_gas_2022", "usmca_autos", "mercosur_external_tariff", "eu_uk_barriers"]
)
def test_shipped_programmes(name):
    prepared = prepared_programme(PROGRAMMES / f"{name}.toml", None, ())
    context, decisions = prepared.checked.context, prepared.checked.decisions
    assert_same(prepared.model, context)
    assert_same(prepared.model, (*context, *decisions))
