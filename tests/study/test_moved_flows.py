"""A scenario made on the flows that shocks fall on is the scenario made on whole arrays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from accord.adapters import shock_columns
from accord.adapters.equilibrium import scenario_of
from accord.adapters.equilibrium_moved import flows_of, moved_by
from accord.cli.reading import prepared_programme
from accord.engines.equilibrium import Wedges
from accord.engines.equilibrium.quick import System
from accord.engines.equilibrium.quick_fixed import in_columns
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_parts import listed

PROGRAMMES = Path(__file__).parents[2] / "programmes"


def in_a_column(model, shocks):
    """The model as one of several draws is, and its base arranged."""
    shape = model.base.expenditure_share.shape
    layout = Layout.of(model.base)
    flat = flows_of(model.world, model.groups, shocks, shape)
    layout = layout._replace(weights=layout.weights.including(flat))
    cells = layout.weights.cells
    wedges = Wedges(*(cells.of(rate)[:, None] for rate in model.base.wedges))
    groups = model.groups.weighted([weight[:, None] for weight in model.groups.weights])
    base = in_columns(model.base)._replace(wedges=wedges)
    return replace(
        model, base=base, groups=groups, public_wedge=cells.of(model.public_wedge)[:, None]
    ), layout


def assert_same(model, shocks):
    """Weights, wedges, recipes and all else of both systems are equal."""
    whole = System.of(model.base, scenario_of(model, shocks))
    column, layout = in_a_column(model, shocks)
    scenario = moved_by(column, shock_columns.in_columns([shocks]), layout)
    sparse = System.side_by_side(column.base, *scenario, layout)
    for one, other in zip(whole.weights.of_products(), sparse.weights.of_products(), strict=True):
        assert_allclose(other, one, rtol=1e-14, atol=0.0)
    for name, one, other in zip(whole.fixed._fields, whole.fixed, sparse.fixed, strict=True):
        assert_allclose(
            np.asarray(other, float), np.asarray(one, float), rtol=1e-14, atol=1e-15, err_msg=name
        )
    assert_allclose(sparse.inputs, whole.inputs, rtol=1e-14, atol=0.0)
    order = [np.lexsort(system.wedges.renting[::-1]) for system in (whole, sparse)]
    for one, other in zip(
        (*whole.wedges.renting, whole.rent_share), (*sparse.wedges.renting, sparse.rent_share), strict=True
    ):
        assert_allclose(other[order[1]], one[order[0]], rtol=1e-13)
    ((one, bought), (other, also)) = (
        listed([(part[:-1], part.value)]) for part in (whole.extra, sparse.extra)
    )
    assert_array_equal(other, one)
    assert_allclose(also, bought, rtol=1e-13)
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
