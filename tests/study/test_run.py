"""The bridge: what a verdict is a difference of, what labels mean, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from accord.adapters import equilibrium as adapter
from accord.errors import EngineError, ProgrammeError
from accord.programme import read_programme
from accord.shocks import EmbargoShock, Flows
from accord.study import run
from accord.study.check import check_programme
from accord.world import read_world

PROGRAMME = """
name = "Toy union"
partners = ["ARC", "BEL"]
world = "toy"
base_year = 2020
source = "made up"

[[measure]]
id = "hostile"
title = "The third country restricts machines"
area = "third-country-response"
kind = "sanction"
role = "context"
imposed_by = "COR"
targets = "partners"
direction = "exports"
sectors = ["machines"]
embargo = 0.4
in_force = 2021-01-01

[[measure]]
id = "open"
title = "Part of the barriers on goods goes"
area = "barriers"
kind = "barrier-removal"
between = "partners"
sectors = "goods"
ave = {low = 0.1, central = 0.2, high = 0.3, source = "a survey"}
cut = {low = 0.2, central = 0.4, high = 0.6, source = "assumption: a guess"}
recipient = "importer-firms"
cost = [{payer = "ARC", usd_million_per_year = 0.5}, {payer = "BEL", usd_million_per_year = 0.0}]
in_force = 2022-01-01
"""


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory):
    path: Path = tmp_path_factory.mktemp("programme") / "union.toml"
    path.write_text(PROGRAMME)
    return read_programme(path)


@pytest.fixture(scope="module")
def outcome(programme):
    return run(programme)


def test_verdict_is_context_and_decisions_less_context_alone(programme, outcome):
    world = read_world("toy")
    checked = check_programme(programme, world)
    model = adapter.build_model(world, (*checked.context, *checked.decisions))
    both = model.solve((*checked.context, *checked.decisions)).household_consumption
    context = model.solve(checked.context).household_consumption
    base = model.unchanged.household_consumption
    np.testing.assert_allclose(outcome["regions"]["household_ev_usd"], both - context, rtol=1e-9)
    np.testing.assert_allclose(
        outcome["regions"]["household_ev_pct"], 100 * (both - context) / base, rtol=1e-9
    )
    np.testing.assert_allclose(outcome["context"]["household_ev_usd"], context - base, rtol=1e-9)


def test_a_cost_lowers_its_payers_welfare_one_for_one(programme, outcome):
    free = programme.model_copy(
        update={
            "measures": tuple(
                m.model_copy(update={"cost": ()}) if m.id == "open" else m for m in programme.measures
            )
        }
    )
    gain = (
        outcome["regions"].set_index("region")["household_ev_usd"]
        - run(free, variants=False)["regions"].set_index("region")["household_ev_usd"]
    )
    assert gain["ARC"] == pytest.approx(-0.5, abs=1e-6)
    assert gain["BEL"] == pytest.approx(0.0, abs=1e-6)


def test_decomposition_adds_up_for_every_region(outcome):
    terms = outcome["decomposition"].pivot_table(index="region", columns="term", values="usd")
    assert (terms["sum_of_terms"] - terms["exact"]).abs().max() < 1e-6
    exact = outcome["regions"].set_index("region")["household_ev_usd"]
    assert (terms["exact"] - exact).abs().max() < 1e-9


def test_rents_are_varied_and_change_the_answer(outcome):
    central = outcome["variants"]["elasticities"] == outcome.elasticity_set
    welfare = outcome["variants"][central].set_index(["rent_share", "region"])["household_ev_usd"]
    assert {"as stated", "0", "0.5", "1"} == set(outcome["variants"]["rent_share"])
    assert welfare["0", "BEL"] != pytest.approx(welfare["1", "BEL"], rel=1e-3)
    # The stated share is the default of one half, so that run is the central one.
    assert welfare["0.5", "ARC"] == pytest.approx(welfare["as stated", "ARC"], rel=1e-9)


def test_real_results_do_not_depend_on_which_closure_when_trade_is_balanced(programme):
    world = read_world("toy")
    balanced = adapter.build_model(world, ()).base
    assert np.all(balanced.imbalance.world_share == 0.0)
    outcomes = {
        closure: run(programme, closure=closure, variants=False) for closure in ("balanced", "world-share")
    }
    assert outcomes["balanced"].closure != outcomes["world-share"].closure
    pct = [outcome["verdict"]["household_ev_pct"].to_numpy() for outcome in outcomes.values()]
    assert not np.allclose(
        pct[0], pct[1], rtol=1e-6
    )  # the toy is not balanced, so the closure matters and is named


def test_every_unknown_label_is_reported_at_once(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(
        PROGRAMME.replace('["machines"]', '["machnies"]').replace('imposed_by = "COR"', 'imposed_by = "CRO"')
    )
    with pytest.raises(ProgrammeError) as caught:
        run(path)
    assert "unknown sector 'machnies'" in str(caught.value)
    assert "Did you mean 'machines'?" in str(caught.value)
    assert "unknown region 'CRO'" in str(caught.value)


def test_an_embargo_that_takes_the_last_supplier_names_user_and_product():
    world = read_world("toy")
    model = adapter.build_model(world, ())
    everything = Flows(None, ("ARC",), ("machines",))
    # Home supply remains, so this is legal ...
    model.solve([EmbargoShock(measure="all", flows=everything, intensity=1.0)])
    # ... but a region that makes none of a product has no supplier left.
    share = model.base.expenditure_share.copy()
    share[0, 2, 0] = [0.0, 1.0, 0.0]
    cut = replace(model, base=model.base._replace(expenditure_share=share))
    with pytest.raises(EngineError, match=r"cuts it off its last supplier of machines"):
        cut.solve([EmbargoShock(measure="all", flows=everything, intensity=1.0)])


def test_progress_is_told(programme):
    told: list[tuple[str, int, int]] = []
    run(programme, variants=False, progress=lambda *step: told.append(step))
    assert told[0][1] == 0
    assert told[-1][1] == told[-1][2]


def test_outcome_opens_as_pandas_and_xarray(outcome):
    dataset = outcome.to_xarray("sectors")
    assert dataset["output_pct"].dims == ("region", "sector")
    assert dataset["output_pct"].attrs["unit"] == "%"
    assert list(outcome["verdict"]["region"]) == ["ARC", "BEL"]
