"""Derivatives of equilibria against differences of equilibria, forward against reverse, and what theory says they are."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.engines.equilibrium import (
    BaseEconomy,
    Equilibrium,
    Options,
    Scenario,
    no_change,
    no_imbalance,
    rebased,
    solve,
)
from accord.engines.equilibrium import derivatives as under_test
from accord.engines.equilibrium.derivatives import (
    CHOICES,
    Gradient,
    directional,
    gradient,
    welfare_gradients,
)
from accord.errors import EngineError
from accounts import random_base, random_scenario

TIGHT = Options(tolerance=1e-11, target=1e-14)
KINDS = [  # each technology with each number of groups and each shape, without compiling all eight
    ("cobb-douglas", 1, (3, 3)),
    pytest.param(
        "cobb-douglas", 2, (5, 4), marks=pytest.mark.slow
    ),  # each of these compiles for half a minute and more
    pytest.param("everything", 2, (3, 3), marks=pytest.mark.slow),
    pytest.param("everything", 1, (5, 4), marks=pytest.mark.slow),
]
FIELDS = [
    "trade_cost_hat",
    "availability",
    "wedges.tariff",
    "wedges.import_rent",
    "wedges.export_rent",
    "wedges.home_preference",
    "productivity_hat",
    "output_tax",
    "subsidy",
    "factor_supply_hat",
    "imbalance.world_share",
    "imbalance.own_share",
    "imbalance.level",
    "imbalance.residual",
    "transfer",
    "resource_cost",
    "purchases",
    "input_cost",
    "factor_cost",
    "trade_elasticity",
]


def _economy(technology: str, groups: int, shape: tuple[int, int], seed: int = 4, *, wedges: bool = True):
    regions, sectors = shape
    return random_base(
        seed, groups=groups, technology=technology, regions=regions, sectors=sectors, wedges=wedges
    )


def _nothing(base: BaseEconomy, scenario: Scenario) -> Gradient:
    """Zero in every direction."""
    still = jax.tree.map(np.zeros_like, scenario._replace(**dict.fromkeys(CHOICES)))
    return Gradient(still, np.zeros_like(base.technology.trade))


def _put(direction: Gradient, field: str, value: np.ndarray) -> Gradient:
    """Return `direction` with one field set."""
    if field == "trade_elasticity":
        return direction._replace(trade_elasticity=value)
    outer, _, inner = field.partition(".")
    if inner:
        value = getattr(direction.scenario, outer)._replace(**{inner: value})
    return direction._replace(scenario=direction.scenario._replace(**{outer: value}))


def _get(direction: Gradient, field: str) -> np.ndarray:
    if field == "trade_elasticity":
        return direction.trade_elasticity
    value = direction.scenario
    for name in field.split("."):
        value = getattr(value, name)
    return value


def _consumption(state: Equilibrium, direction: Gradient, step: float) -> np.ndarray:
    """Household consumption a `step` along `direction` from `state`."""
    base, scenario = state.base, state.scenario
    trade = base.technology.trade + step * direction.trade_elasticity
    moved = jax.tree.map(
        lambda level, speed: level if speed is None else level + step * speed,
        scenario,
        direction.scenario,
        is_leaf=lambda leaf: leaf is None,
    )
    base = base._replace(technology=base.technology._replace(trade=trade))
    return solve(base, moved, TIGHT, state.point).household_consumption


def _difference(state: Equilibrium, direction: Gradient, step: float = 1e-3) -> np.ndarray:
    """Central difference of fourth order: error of order step^4, so rounding and truncation are both below 1e-9."""
    near = _consumption(state, direction, step) - _consumption(state, direction, -step)
    far = _consumption(state, direction, 2 * step) - _consumption(state, direction, -2 * step)
    return (8.0 * near - far) / (12.0 * step)


def _random_direction(state: Equilibrium, field: str, seed: int) -> Gradient:
    draw = np.random.default_rng(seed)
    nothing = _nothing(state.base, state.scenario)
    money = {"transfer", "resource_cost", "imbalance.level", "purchases"}
    size = 0.1 if field in money else {"trade_elasticity": 1.0, "input_cost": 0.1}.get(field, 0.3)
    if field in money:
        size *= state.base.value_added.min()
    return _put(nothing, field, size * draw.uniform(-1.0, 1.0, _get(nothing, field).shape))


def _agrees(state: Equilibrium, gradients: list[Gradient], field: str, seed: int) -> None:
    direction = _random_direction(state, field, seed)
    expected = _difference(state, direction)
    scale = np.abs(expected).max()
    forward = directional(state, direction.scenario, direction.trade_elasticity)
    reverse = [np.sum(_get(found, field) * _get(direction, field)) for found in gradients]
    assert scale > 1e-6 * state.base.value_added.min()  # the field matters, so the comparison says something
    assert_allclose(forward, expected, rtol=0, atol=1e-6 * scale)
    assert_allclose(reverse, forward, rtol=0, atol=1e-8 * scale)


@pytest.mark.medium
@pytest.mark.parametrize(("technology", "groups", "shape"), KINDS)
def test_derivatives_by_every_field_agree_with_central_differences(technology, groups, shape):
    base = _economy(technology, groups, shape)
    state = solve(base, random_scenario(4, base, 0.7), TIGHT)
    gradients = welfare_gradients(state, range(shape[0]))
    for seed, field in enumerate(FIELDS):
        _agrees(state, gradients, field, seed)


@pytest.mark.slow
@pytest.mark.parametrize("technology", ["cobb-douglas", pytest.param("everything", marks=pytest.mark.slow)])
def test_wedges_that_are_absent_have_derivatives_too(technology):
    """The equations skip rents and home preferences that are zero everywhere; their derivatives must not be."""
    base = _economy(technology, 2, (3, 3), wedges=False)
    state = solve(base, no_change(base), TIGHT)
    gradients = welfare_gradients(state, range(3))
    for seed, field in enumerate(
        ("wedges.export_rent", "wedges.home_preference", "wedges.import_rent", "wedges.tariff", "subsidy")
    ):
        _agrees(state, gradients, field, seed)


@pytest.mark.slow  # compiles for most of a minute
def test_derivatives_hold_where_a_factor_is_rigid_and_other_uses_are_nominal():
    base = _economy("everything", 2, (3, 3))
    scenario = random_scenario(2, base, 0.5)._replace(
        rigid_factor=np.array([True, False]), real_use=np.array([False, False, True])
    )
    state = solve(base, scenario, TIGHT)
    gradients = welfare_gradients(state, range(3))
    for seed, field in enumerate(("trade_cost_hat", "productivity_hat", "transfer")):
        _agrees(state, gradients, field, seed)


@pytest.mark.slow
def test_products_that_a_group_does_not_buy_leave_no_trace():
    base = _economy("cobb-douglas", 2, (3, 3))
    unbought = np.array(base.expenditure)
    unbought[1, 2, 0] = 0.0
    share = np.array(base.expenditure_share)
    share[1, 2, 0] = 0.0
    final = np.array(base.final_share)
    final[0, 1, 2] = 0.0
    final /= final.sum(axis=(1, 2), keepdims=True)
    # Not a base whose accounts add up, which derivatives do not need: only that the equilibrium holds.
    base = base._replace(expenditure=unbought, expenditure_share=share, final_share=final)
    state = solve(base, no_change(base)._replace(real_use=np.zeros(3, dtype=bool)), TIGHT)
    (found,) = welfare_gradients(state, [0])
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(found))
    assert_allclose(found.scenario.trade_cost_hat[1, 2, 0], 0.0, atol=0)
    _agrees(state, welfare_gradients(state, range(3)), "trade_cost_hat", 1)


def _efficient(shape: tuple[int, int], groups: int = 1) -> BaseEconomy:
    """No wedges and balanced trade: prices are what things are worth to the world."""
    base = _economy("cobb-douglas", groups, shape, wedges=False)
    balanced = no_change(base)._replace(
        imbalance=no_imbalance(shape[0]), real_use=np.zeros(base.final_spending.shape[1], dtype=bool)
    )
    return rebased(solve(base, balanced, TIGHT))


@pytest.mark.parametrize("groups", [1, 2])
def test_a_world_without_wedges_pays_for_trade_costs_what_flows_are_worth(groups):
    """Hulten as a gradient: the world's welfare falls by the value of the flow per unit of log iceberg cost, cell by cell."""
    base = _efficient((3, 3), groups)
    state = solve(base, no_change(base), TIGHT)
    found = gradient(state).scenario
    flow = base.expenditure[..., None] * base.expenditure_share
    assert_allclose(found.trade_cost_hat, -flow, atol=1e-8 * flow.max())
    assert_allclose(found.productivity_hat, state.output, rtol=1e-8)
    assert_allclose(found.factor_supply_hat[:, 0], base.value_added, rtol=1e-8)
    assert_allclose(found.resource_cost, -1.0, rtol=1e-8)


def test_wedges_move_income_and_make_none_in_a_world_without_wedges():
    base = _efficient((3, 3))
    state = solve(base, no_change(base), TIGHT)
    flow = base.expenditure[..., None] * base.expenditure_share
    world, parts = gradient(state).scenario.wedges, welfare_gradients(state, range(3))
    for name in ("tariff", "import_rent", "export_rent", "home_preference"):
        assert_allclose(getattr(world, name), 0.0, atol=1e-8 * flow.max())
        largest = max(np.abs(getattr(part.scenario.wedges, name)).max() for part in parts)
        assert largest > 1e-3 * flow.max() or name == "home_preference"


@pytest.mark.medium
def test_gradients_of_regions_add_up_to_that_of_the_world():
    base = _economy("everything", 2, (3, 3))
    state = solve(base, random_scenario(9, base, 0.5), TIGHT)
    parts, world = welfare_gradients(state, range(3)), gradient(state)
    for field in FIELDS:
        total = np.sum([_get(part, field) for part in parts], axis=0)
        size = sum(np.abs(_get(part, field)).max() for part in parts)
        assert_allclose(total, _get(world, field), atol=1e-7 * size, rtol=0)


@pytest.mark.slow
def test_any_outcome_that_jax_can_trace_has_a_gradient():
    base = _economy("cobb-douglas", 1, (3, 3))
    scenario = random_scenario(5, base, 0.5)
    state = solve(base, scenario, TIGHT)

    def output(_base, _scenario, quantities):
        return quantities.output

    weights = np.zeros((3, 3))
    weights[1, 2] = 1.0
    found = gradient(state, output, weights).scenario.productivity_hat
    direction = _put(_nothing(base, scenario), "productivity_hat", np.eye(3)).scenario
    assert_allclose(np.sum(found * np.eye(3)), directional(state, direction, outcome=output)[1, 2], rtol=1e-8)


@pytest.mark.slow
def test_choices_have_no_derivative_and_shapes_are_those_of_the_scenario():
    base = _economy("cobb-douglas", 1, (3, 3))
    state = solve(base, no_change(base), TIGHT)
    found = gradient(state)
    assert all(getattr(found.scenario, name) is None for name in CHOICES)
    for field in FIELDS[:-1]:
        assert _get(found, field).shape == _get(Gradient(state.scenario, None), field).shape
    assert found.trade_elasticity.shape == (3,)


@pytest.mark.slow
def test_fields_left_out_of_a_direction_stand_still():
    base = _economy("cobb-douglas", 1, (3, 3))
    state = solve(base, no_change(base), TIGHT)
    whole = _put(_nothing(base, state.scenario), "productivity_hat", np.eye(3)).scenario
    part = Scenario(*(None for _ in Scenario._fields))._replace(productivity_hat=np.eye(3))
    assert_allclose(directional(state, part), directional(state, whole), rtol=1e-12)


def test_a_linear_system_that_is_not_solved_is_an_error(monkeypatch):
    base = _economy("cobb-douglas", 1, (3, 3))
    state = solve(base, no_change(base), TIGHT)
    monkeypatch.setattr(under_test, "ACCEPTED", 0.0)
    with pytest.raises(EngineError, match="could not be computed"):
        gradient(state)
