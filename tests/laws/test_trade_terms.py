"""Terms over flows are taken product by product and where something moves; here the same from whole arrays, written out."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.engines.equilibrium import no_change, part_way
from accord.engines.equilibrium.result import Delivered, Equilibrium
from accord.engines.equilibrium.trade_terms import trade_terms
from accounts import random_base, random_scenario

POINTS = (0.0, 0.5, 1.0)
DERIVATIVE = np.array([[-3.0, 4.0, -1.0], [-1.0, 0.0, 1.0], [1.0, -4.0, 3.0]])
"""Of the parabola through three values at `POINTS`."""


def moving_in(products: list[int], base, scenario):
    """`scenario` with wedges and trade costs of the base on all products but some."""
    still = no_change(base)

    def some(moved, held):
        moved, held = np.broadcast_arrays(moved, held)
        kept = np.array(held)
        kept[:, products] = moved[:, products]
        return kept

    return scenario._replace(
        trade_cost_hat=some(scenario.trade_cost_hat, still.trade_cost_hat),
        wedges=type(still.wedges)(*map(some, scenario.wedges, still.wedges)),
    )


def any_state(draw: np.random.Generator, base, scenario) -> Equilibrium:
    """Prices and flows of no equilibrium: the terms are sums that hold for any."""
    _, sectors, regions = base.shape
    nothing = dict.fromkeys(field.name for field in fields(Equilibrium))
    made = {
        "base": base,
        "scenario": scenario,
        "unit_cost_hat": draw.uniform(0.8, 1.2, (sectors, regions)),
        "competitive": draw.uniform(0.5, 2.0, (sectors, regions)),
        "spending_per_weight": draw.uniform(0.5, 2.0, base.expenditure.shape),
        "delivered": Delivered(draw.uniform(0.0, 1.0, base.expenditure_share.shape), scenario),
    }
    return Equilibrium(**(nothing | made))


@settings(max_examples=20)
@given(
    seed=st.integers(0, 200),
    groups=st.sampled_from([1, 2]),
    products=st.sampled_from([[0, 1, 2], [1], []]),
)
def test_terms_over_flows_are_those_of_whole_arrays(seed, groups, products):
    base = random_base(seed, groups=groups)
    first, last = no_change(base), moving_in(products, base, random_scenario(seed, base))
    first = first._replace(subsidy_payer=last.subsidy_payer)
    draw = np.random.default_rng(seed)
    states = [any_state(draw, base, part_way(first, last, share)) for share in POINTS]
    terms = trade_terms(states, DERIVATIVE)

    def slope(values):
        whole = np.stack([np.broadcast_to(values(state), base.expenditure_share.shape) for state in states])
        return np.einsum("pq,qgkni->pgkni", DERIVATIVE, whole)

    price = slope(lambda state: np.log(state.fob_price_hat))
    trade_cost = slope(lambda state: np.log(state.scenario.trade_cost_hat))
    landed = slope(lambda state: np.log(state.scenario.wedges.landed_factor))
    quantity = slope(lambda state: state.quantities)
    for point, state in enumerate(states):
        value, rent = state.flows_before_duty, state.scenario.wedges.export_rent
        unit_value = state.fob_price_hat * state.scenario.trade_cost_hat
        sent = unit_value * (quantity[point] + state.quantities * trade_cost[point])
        dearer = state.flows(state.delivered.at_user_prices) * (
            price[point] + trade_cost[point] + landed[point]
        )
        gained = value * price[point]
        volume = (state.scenario.wedges.landed_factor - 1.0) * unit_value * quantity[point]
        found, close = terms.at(point), {"rtol": 1e-11, "atol": 1e-12 * value.sum()}
        by_exporter, by_importer = (0, 1, 2), (0, 1, 3)
        assert_allclose(found.terms_of_trade, gained.sum(by_exporter) - gained.sum(by_importer), **close)
        assert_allclose(found.volume_of_trade, volume.sum(by_importer), **close)
        assert_allclose(found.export_rents, (rent / (1.0 + rent) * sent).sum(by_exporter), **close)
        assert_allclose(found.trade_costs, (value * trade_cost[point]).sum(by_importer), **close)
        assert_allclose(found.dearer_sources, dearer.sum(by_importer), **close)
        assert_allclose(found.real_output, (sent / (1.0 + rent)).sum(axis=(0, 2)).T, **close)


@given(
    seed=st.integers(0, 200),
    share=st.sampled_from([0.0, 0.25, 1.0]),
    products=st.sampled_from([[0, 1, 2], [1], []]),
)
def test_a_point_of_the_path_is_geometric_in_trade_costs_and_rents_whether_they_move_or_not(
    seed, share, products
):
    base = random_base(seed, groups=2)
    first = no_change(base)._replace(trade_cost_hat=np.full((1, *base.expenditure_share.shape[1:]), 1.1))
    last = moving_in(products, base, random_scenario(seed, base))
    middle = part_way(first, last, share)
    expected = first.trade_cost_hat ** (1.0 - share) * last.trade_cost_hat**share
    assert middle.trade_cost_hat.shape == expected.shape
    assert_allclose(middle.trade_cost_hat, expected, rtol=1e-14)
    assert_allclose(
        np.log(1.0 + middle.wedges.export_rent),
        (1.0 - share) * np.log(1.0 + first.wedges.export_rent)
        + share * np.log(1.0 + last.wedges.export_rent),
        rtol=1e-12,
        atol=1e-14,
    )
