"""The support that makes projects replace what they are to (METHODS section 9)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.adapters import equilibrium as adapter
from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.shocks import Flows, PurchaseShock, SupportShock
from accord.study import run
from accord.study.prepare import prepare
from accord.study.resolve import nearby, resolve_supports, unresolved
from accord.study.support_search import Search, log_support_at_fixed_prices
from accord.world import read_world
from programme.examples import INVESTMENT, SUBSTITUTION, programme_table

TOOLS = {**SUBSTITUTION, "id": "tools"}
FOOD = {
    **SUBSTITUTION,
    "id": "food",
    "supplying_sector": "food",
    "sites": {"BEL": 1.0},
    "imports_replaced": 10,
    "investment": INVESTMENT,
}


def prepared(*measures, **header):
    """Supports are searched for, not foretold."""
    plan = read_programme({**programme_table(*measures, **header), "world": "toy"})
    return prepare(plan, read_world("toy"), guided=False)


def fall(study, support, shocks) -> float:
    state = study.model.solve(shocks)
    before = study.model.solve(study.checked.context)
    return adapter.purchases_of(study.model, before, support.outside) - adapter.purchases_of(
        study.model, state, support.outside
    )


def logs_of(checked) -> list[float]:
    return [math.log(shock.factor) for shock in checked.decisions if isinstance(shock, SupportShock)]


@pytest.fixture(scope="module")
def both():
    return prepared(TOOLS, FOOD)


def test_imports_from_outside_fall_by_what_each_project_is_to_replace(both):
    """With everything that the projects do but their purchases of plant, and both at work."""
    shocks = [shock for shock in both.checked.decisions if not isinstance(shock, PurchaseShock)]
    for support, amount in zip(both.supports, (20.0, 10.0), strict=True):
        assert support.target == amount
        assert fall(both, support, shocks) == pytest.approx(amount, rel=1e-7)


def test_sites_sales_rise_in_proportion_to_their_shares(both):
    shocks = [shock for shock in both.checked.decisions if not isinstance(shock, PurchaseShock)]
    end, start = both.model.solve(shocks), both.model.solve(())
    support = both.supports[0]
    arc, bel = (
        adapter.purchases_of(both.model, end, site) - adapter.purchases_of(both.model, start, site)
        for site in support.sites
    )
    assert arc / (arc + bel) == pytest.approx(0.75, abs=1e-7)


def test_every_support_has_its_factor_and_only_supports_change(both):
    assert all(shock.factor for shock in both.checked.decisions if isinstance(shock, SupportShock))
    opened = unresolved(both.checked)
    assert any(shock.factor is None for shock in opened.decisions if isinstance(shock, SupportShock))
    assert resolve_supports(both.model, both.checked) == both.checked


def test_what_the_base_holds_already_is_not_replaced_again():
    study = prepared({**TOOLS, "in_base": 0.5})
    (support,) = study.supports
    assert support.target == 10.0
    assert fall(study, support, study.checked.decisions) == pytest.approx(10.0, rel=1e-7)


def test_closed_form_is_that_of_a_user_with_constant_elasticity():
    """One user of one product: quantities from outside fall to 1 / (1 + s (f^(theta+1) - 1)) at fixed prices."""
    model = adapter.build_model(read_world("toy"), ())
    regions, sectors = model.world.regions, model.world.sectors
    n, k = regions.index("ARC"), sectors.index("machines")
    share = model.base.expenditure_share[0, k, n]
    outside, site = (
        Flows(("COR",), ("ARC",), ("machines",)),
        Flows(("ARC",), ("ARC",), ("machines",), home=True),
    )
    imports = adapter.purchases_of(model, model.unchanged, outside)
    log = log_support_at_fixed_prices(model, (site,), outside, 0.25 * imports)
    power = float(model.base.technology.trade[k]) + 1.0
    left = 1.0 / (1.0 + share[n] * (math.exp(log * power) - 1.0))
    assert left == pytest.approx(0.75)


def test_more_than_is_imported_cannot_be_replaced():
    with pytest.raises(ProgrammeError, match=r"is to be replaced, and 137\.417 is imported"):
        prepared({**TOOLS, "imports_replaced": 150})


@pytest.mark.parametrize(
    "scale", [{"scale": 0.05}, {"scale_theta": 0.3}], ids=lambda scale: next(iter(scale))
)
def test_learning_beside_economies_of_scale_is_a_fault(scale):
    learning = {"rate": 0.1, "initial_output": 20.0}
    with pytest.raises(
        ProgrammeError, match="it learns, and \\[model\\] gives its sector economies of scale"
    ):
        prepared({**TOOLS, "learning": learning}, model=scale)


def test_supports_do_not_depend_on_where_the_search_begins(both, monkeypatch):
    """Foretold by the quick solver, or searched for from fixed prices, or from another search's end: the same to the tolerance."""
    searched = logs_of(both.checked)
    plan, world = both.programme, both.world
    tried = []
    evaluate = Search.misses
    monkeypatch.setattr(Search, "misses", lambda self, logs: tried.append(logs) or evaluate(self, logs))
    guided = prepare(plan, world)
    assert len(tried) == 1  # one equilibrium of the general solver, which sees that the conditions hold
    assert_allclose(logs_of(guided.checked), searched, rtol=1e-8)
    again = resolve_supports(
        both.model, unresolved(both.checked), nearby(both.model, unresolved(both.checked))
    )
    assert_allclose(logs_of(again), searched, rtol=1e-8)
    # From the end of a search under other elasticities: no differences, and fewer steps.
    other = prepare(plan, world, plan.model.over({"elasticities": "toy-low"}), guided=False)
    tried.clear()
    near = resolve_supports(other.model, unresolved(other.checked), both.near)
    begun_near = len(tried)
    assert_allclose(logs_of(near), logs_of(other.checked), rtol=1e-8)
    resolve_supports(other.model, unresolved(other.checked))
    assert begun_near <= len(tried) - begun_near - len(searched)
    # A foretold support that does not hold is not taken.
    monkeypatch.setattr(Search, "foretold", lambda _: np.asarray(searched) + 1e-6)
    assert_allclose(logs_of(prepare(plan, world).checked), searched, rtol=1e-8)


@pytest.mark.medium
def test_other_elasticities_need_other_supports_for_the_same_replacement():
    table = {**programme_table(TOOLS), "world": "toy"}
    outcome = run(table)
    rows = outcome["variants"].set_index(["elasticities", "region"])["household_ev_usd"]
    other = prepare(
        read_programme(table),
        read_world("toy"),
        read_programme(table).model.over({"elasticities": "toy-low"}),
    )
    found = other.welfare(other.everything)
    for partner in ("ARC", "BEL"):
        assert rows["toy-low", partner] == pytest.approx(found[other.position(partner)], abs=1e-6)
    assert not np.isclose(rows["toy-low", "ARC"], rows["toy", "ARC"])


def test_projects_in_one_market_replace_their_sum_and_share_the_support_of_a_site():
    """20 and 10 of machines: 15 at ARC for the one and 2 for the other, in logs of the factor."""
    more = {**TOOLS, "id": "more", "imports_replaced": 10, "sites": {"ARC": 0.2, "BEL": 0.8}}
    study = prepared(TOOLS, more)
    assert [support.target for support in study.supports] == [20.0, 10.0]
    assert fall(study, study.supports[0], study.checked.decisions) == pytest.approx(30.0, rel=1e-7)
    logs = {
        (shock.measure, shock.flows.exporters): math.log(shock.factor)
        for shock in study.checked.decisions
        if isinstance(shock, SupportShock) and shock.factor
    }
    assert logs["tools1", ("ARC",)] / logs["more2", ("ARC",)] == pytest.approx(15 / 2)


def test_projects_that_share_some_buyers_only_are_refused():
    other = {**TOOLS, "id": "other", "buyers": ["ARC"]}
    with pytest.raises(ProgrammeError, match="buyers or users that are partly the same"):
        prepared(TOOLS, other)


def test_more_than_is_imported_of_the_product_cannot_be_replaced():
    """Twenty of machines' imports, when a hundredth of them is the product: what is not imported cannot be replaced."""
    with pytest.raises(ProgrammeError, match=r"of the product is imported from outside \(1% of"):
        prepared({**TOOLS, "product_share": 0.01})
    assert prepared({**TOOLS, "product_share": 0.9}).supports


@pytest.mark.slow
def test_the_worked_programme_is_the_same_with_a_guide_and_without():
    """Five use groups, plants, contracts and projects on the World that comes with accord."""
    plan = read_programme("programmes/union_state_2024.toml")
    world = read_world(plan.world)
    guided, alone = (prepare(plan, world, guided=guided) for guided in (True, False))
    assert guided.model.guide is not None
    assert alone.model.guide is None
    assert_allclose(logs_of(guided.checked), logs_of(alone.checked), rtol=1e-8)
    for one, other in ((guided.context_alone, alone.context_alone), (guided.everything, alone.everything)):
        assert one.stats.iterations < 0.3 * other.stats.iterations
        assert one.stats.largest_residual <= 1e-10
        assert_allclose(one.household_consumption, other.household_consumption, rtol=1e-10)
