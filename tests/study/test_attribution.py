"""Parts add up, directions are exact, and credit does not depend on how a programme is cut into measures."""

from __future__ import annotations

from datetime import date

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.adapters.directions import scenario_speed
from accord.adapters.equilibrium import region_frame, scenario_of
from accord.engines.equilibrium.outcomes import OUTCOMES, levels
from accord.programme import read_programme
from accord.study.attribution import answer, attribute, work_together
from accord.study.attribution_tables import REMAINDER, WHOLE, relation
from accord.study.prepare import prepare
from accord.world import read_world


def measure(id_, kind, **keys):
    made_up = {"source": "assumption: made up"}
    numbers = {
        key: {"central": value, **made_up} if isinstance(value, float) else value
        for key, value in keys.items()
    }
    return {"id": id_, "title": id_, "area": "other", "kind": kind, **numbers}


def programme_of(*measures):
    return read_programme(
        {
            "name": "Made up",
            "partners": ["ARC", "BEL"],
            "world": "toy",
            "base_year": 2020,
            "measure": measures,
        }
    )


ALL_KINDS = programme_of(
    measure(
        "ban",
        "sanction",
        role="context",
        imposed_by="COR",
        targets="partners",
        direction="both",
        embargo=0.5,
        in_base=0.2,
    ),
    measure(
        "papers",
        "barrier-removal",
        ave=0.3,
        cut=0.8,
        recipient="importer-government",
        cost=[{"payer": "partners", "usd_million_per_year": 0.5, "source": "assumption: made up"}],
    ),
    measure("duty", "tariff", between="partners", new_rate=0.0),
    measure("wall", "tariff", importers="partners", exporters="COR", change=0.1),
    measure("tools", "productivity", regions="BEL", sectors="machines", factor=1.05),
    measure(
        "answer",
        "sanction",
        role="decision",
        imposed_by="ARC",
        targets="COR",
        direction="imports",
        embargo=0.4,
    ),
)


@pytest.fixture(scope="module")
def prepared():
    return prepare(ALL_KINDS, read_world("toy"))


@pytest.fixture(scope="module")
def found(prepared):
    return attribute(prepared)


@pytest.mark.medium
def test_parts_add_up_to_the_exact_total_for_every_region_and_outcome(prepared, found):
    exact = region_frame(prepared.model, prepared.context_alone, prepared.everything, ("ARC", "BEL"))
    assert_allclose(found.parts.sum(axis=0)[0], exact["household_ev_usd"], rtol=1e-6)
    base = dict(zip(OUTCOMES, found.base, strict=True))
    for outcome in ("real_income", "real_output"):
        parts = found.parts.sum(axis=0)[OUTCOMES.index(outcome)]
        assert_allclose(100 * parts / base[outcome], exact[f"{outcome}_pct"], rtol=1e-6, atol=1e-9)
    assert found.adds_up.all()


@pytest.mark.medium
def test_a_cost_is_the_part_of_its_payer_one_for_one():
    # Two measures with the same effect on the economy, one of which costs 3: their parts differ by just that.
    def costing(amount):
        return [
            {"payer": payer, "usd_million_per_year": usd, "source": "assumption: made up"}
            for payer, usd in (("ARC", amount), ("BEL", 0.0))
        ]

    free = measure("free", "barrier-removal", ave=0.1, cut=0.5, recipient="importer-firms", cost=costing(0.0))
    dear = {**free, "id": "dear", "cost": costing(3.0)}
    found = attribute(prepare(programme_of(free, dear), read_world("toy")))
    assert_allclose(found.parts[0, 0] - found.parts[1, 0], [3.0, 0.0, 0.0], atol=1e-6)


@pytest.mark.medium
def test_cutting_a_measure_in_two_equal_halves_halves_its_part(found):
    halves = [
        # Two days of entry, since the same measure twice is a fault; the long run knows no days.
        measure(
            f"tools-{half}",
            "productivity",
            regions="BEL",
            sectors="machines",
            factor=1.05**0.5,
            in_force=date(2030 + year, 1, 1),
        )
        for year, half in enumerate("ab")
    ]
    kept = [m for m in ALL_KINDS.measures if m.id != "tools"]
    whole = programme_of(*halves)
    cut = ALL_KINDS.model_copy(update={"measures": (*kept, *whole.measures)})
    again = attribute(prepare(cut, read_world("toy")))
    place = again.measures.index("tools-a")
    assert_allclose(again.parts[place], again.parts[place + 1], rtol=1e-9)
    tools = found.measures.index("tools")
    assert_allclose(2 * again.parts[place], found.parts[tools], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["papers", "duty", "wall", "tools", "answer"])
def test_direction_of_each_kind_agrees_with_a_chord_of_the_scenario(prepared, name):
    at = dict.fromkeys(prepared.measures, 0.37)

    def moved(shift):
        return prepared.shocks({**at, name: 0.37 + shift})

    speed = scenario_speed(prepared.model, moved)
    step = 1e-5
    ahead, behind = (scenario_of(prepared.model, moved(sign * step)) for sign in (1, -1))
    some = False
    for field in ("trade_cost_hat", "availability", "wedges", "productivity_hat", "resource_cost"):
        for fast, first, last in zip(
            *(jax.tree.leaves(getattr(x, field)) for x in (speed, ahead, behind)), strict=True
        ):
            assert_allclose(fast, (first - last) / (2 * step), rtol=1e-7, atol=1e-9)
            some |= bool(np.any(fast != 0.0))
    assert some


@pytest.mark.medium
def test_shapley_values_add_up_and_pairs_are_differences_of_solved_states(prepared, found):
    together = work_together(prepared)
    assert_allclose(together.shapley.sum(axis=0), found.total, rtol=1e-9, atol=1e-7)
    first, second = found.measures[:2]
    only = dict.fromkeys(prepared.measures, 0.0)
    v = {
        names: levels(prepared.solve({**only, **dict.fromkeys(names, 1.0)}))
        for names in [(), (first,), (second,), (first, second)]
    }
    expected = v[first, second] - v[(first,)] - v[(second,)] + v[()]
    assert_allclose(together.pairs[0, 1], expected, atol=1e-8)


@pytest.mark.medium
def test_tables_show_what_is_left_over_and_the_whole(prepared):
    tables = {table.name: table.frame for table in answer(prepared, lambda *_: None).tables}
    frame = tables["attribution"].pivot_table(
        index=["outcome", "region"], columns="measure", values="part_usd"
    )
    assert_allclose(frame.drop(columns=WHOLE).sum(axis=1), frame[WHOLE], rtol=1e-12, atol=1e-9)
    assert frame[REMAINDER].abs().max() < 1e-5
    assert set(tables) == {"attribution", "attribution_pairs", "attribution_shapley"}


def test_relations_in_words():
    assert relation(1.0, 1.0, 0.0) == "independent"
    assert relation(1.0, 1.0, 0.5) == "worth more together"
    assert relation(1.0, 1.0, -0.5) == "worth less together"
    assert relation(-1.0, 0.0, 2.0) == "a gain only together"
    assert relation(1.0, 1.0, -3.0) == "a loss together"
