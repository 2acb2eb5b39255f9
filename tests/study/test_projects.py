"""The honest tables: what projects cost and displace, budgets by measure, trade created and diverted."""

from __future__ import annotations

import numpy as np
import pytest

from accord.programme import read_programme
from accord.study.full import ask
from accord.study.prepare import prepare
from accord.study.projects import parity, path_rows
from accord.study.support_gaps import agrees
from accord.study.trade_effects import BEYOND, WHOLE
from accord.world import read_world
from programme.examples import INVESTMENT, LOAN, SUBSTITUTION, TARIFF, TRANSFER, programme_table

TOOLS = {**SUBSTITUTION, "id": "tools", "loan": LOAN}
IN_GAP = {
    "usd_million": 20,
    "basket": {"machines": 1.0},
    "in_cost_gap": True,
    "import_content": 0.5,
    "imported_from": {"COR": 1.0},
}
FOOD = {
    **SUBSTITUTION,
    "id": "food",
    "supplying_sector": "food",
    "sites": {"BEL": 1.0},
    "imports_replaced": 10,
    "investment": INVESTMENT,
    "in_force": None,
}


@pytest.fixture(scope="module")
def study():
    food = {key: value for key, value in FOOD.items() if value is not None}
    measures = (TOOLS, food, {**TARIFF, "id": "duty", "new_rate": 0.0}, {**TRANSFER, "id": "gift"})
    return prepare(read_programme({**programme_table(*measures), "world": "toy"}), read_world("toy"))


@pytest.fixture(scope="module")
def tables(study):
    answers = ask(study, ["projects", "effects"])
    return {table.name: table.frame for answer in answers.values() for table in answer.tables}


def test_cost_per_dollar_is_gap_plant_and_gift_over_what_is_replaced(tables):
    row = tables["projects"].set_index("measure").loc["food2"]
    assert row["gap_cost_usd"] == pytest.approx(0.2 * 10)
    assert row["plant_usd"] == pytest.approx(100 * 0.05 / (1 - 1.05**-20))
    assert row["cost_per_dollar"] == pytest.approx((row["gap_cost_usd"] + row["plant_usd"]) / 10)
    assert row["parity"] == "never"
    assert tables["projects"].set_index("measure").loc["tools1", "gift_usd"] > 0.0


def test_exports_after_parity_count_as_experience():
    learning = {"rate": 0.2, "initial_output": 20, "horizon_years": 4}
    keys = {**SUBSTITUTION, "sites": {"ARC": 1.0}, "cost_gap": 0.1, "exports": 30, "learning": learning}
    rows = path_rows(read_programme(programme_table(keys)).measures[0])
    assert [row["gap"] > 0.0 for row in rows] == [True, False, False, False]
    # 20 a year at home; 30 abroad from the second year on, when 40 of experience have brought the cost to 1.1 x 0.8.
    expected = np.log2(np.array([20, 40, 90, 140]) / 20)
    np.testing.assert_allclose([row["experience_doublings"] for row in rows], expected)


@pytest.mark.parametrize(
    ("learning", "expected"),
    [
        (None, "never"),
        # 1.2 x (Q/40)^log2(0.9) = 1 at Q = 132.9: after 4.6 years of 20, so the sixth year begins without a gap
        ({"rate": 0.1, "initial_output": 40, "pooled": True, "horizon_years": 3}, "year 6 of operation"),
        ({"rate": 0.001, "initial_output": 40, "pooled": True}, "not within 100 years"),
    ],
)
def test_the_year_in_which_cost_meets_the_import_is_found_beyond_the_horizon(learning, expected):
    table = SUBSTITUTION if learning is None else {**SUBSTITUTION, "learning": learning}
    (project,) = read_programme(programme_table(table)).measures
    assert parity(project) == expected


@pytest.mark.parametrize("plant", [{}, {"investment": IN_GAP}], ids=["plain", "plant within the gap"])
def test_at_the_gap_at_which_it_stops_paying_the_partners_neither_gain_nor_lose(plant):
    def alone(gap: float):
        table = {**programme_table({**TOOLS, **plant, "cost_gap": gap}), "world": "toy"}
        return prepare(read_programme(table), read_world("toy"))

    def gain(study) -> float:
        welfare = study.welfare(study.everything)
        return float(sum(welfare[study.position(name)] for name in ("ARC", "BEL")))

    limit = float(ask(alone(0.2), ["projects"])["projects"].tables[0].frame["gap_that_pays"].iloc[0])
    assert limit > 0.0
    # A run of the changed programme, whose support is solved anew.
    assert abs(gain(alone(limit))) < 1e-5 * gain(alone(0.0))


def test_what_a_project_makes_and_displaces_is_told_for_every_region(tables):
    rows = tables["projects_effects"].set_index(["measure", "region"])
    assert rows.loc[("food2", "BEL"), "place"] == "site"
    assert rows.loc[("food2", "ARC"), "place"] == "partner"
    assert rows.loc[("food2", "BEL"), "output_usd"] > 0.0
    assert rows.loc[("food2", "COR"), "output_usd"] < 0.0
    assert rows.loc[("tools1", "BEL"), "pays_usd"] == pytest.approx(rows.loc[("tools1", "ARC"), "gets_usd"])


def test_budget_of_a_tariff_is_its_lost_revenue_and_of_a_gift_the_gift(tables):
    rows = tables["effects_budget"].set_index(["measure", "region"])
    assert rows.loc[("duty3", "ARC"), "border_usd"] < 0.0
    assert rows.loc[("gift4", "ARC"), "pays_usd"] == 12.0
    assert rows.loc[("gift4", "BEL"), "gets_usd"] == 12.0
    stated = rows.loc[
        [(measure, "ARC") for measure in ("tools1", "food2", "duty3", "gift4")], "pays_usd"
    ].sum()
    assert rows.loc[(WHOLE, "ARC"), "pays_usd"] == pytest.approx(stated)
    numbers = [name for name in tables["effects_budget"].columns if name.endswith("_usd")]
    frame = tables["effects_budget"]
    each = frame[frame["measure"] != WHOLE].groupby("region")[numbers].sum()
    np.testing.assert_allclose(each, rows.loc[WHOLE][numbers], atol=1e-9)  # what they do together has its row


def test_trade_by_exporter_adds_up_to_importers_to_the_union_and_over_measures_to_the_whole(tables):
    importers, exporters = tables["effects_trade"], tables["effects_trade_partners"]
    parts = ["replaced_usd", "expanded_usd", "diverted_usd", "other_usd"]
    np.testing.assert_allclose(exporters[parts].sum(axis=1), exporters["imports_usd"], atol=1e-9)
    summed = exporters.groupby(["measure", "region", "role"])[["imports_usd", *parts]].sum()
    rows = importers.set_index(["measure", "region"])
    partner, third = (summed.xs(role, level="role").loc[rows.index] for role in ("partner", "third country"))
    np.testing.assert_allclose(partner["imports_usd"], rows["partner_imports_usd"], atol=1e-9)
    np.testing.assert_allclose(third["imports_usd"], rows["other_imports_usd"], atol=1e-9)
    np.testing.assert_allclose(
        partner["replaced_usd"] + partner["expanded_usd"], rows["created_usd"], atol=1e-9
    )
    np.testing.assert_allclose(partner["diverted_usd"], rows["diverted_usd"], atol=1e-9)
    np.testing.assert_allclose(third["diverted_usd"], -rows["diverted_usd"], atol=1e-9)
    assert (partner["other_usd"] == 0.0).all()
    numbers = [name for name in importers.columns if name.endswith("_usd")]
    each = importers[importers["measure"] != WHOLE].groupby("region")[numbers].sum()
    np.testing.assert_allclose(each, rows.loc[WHOLE][numbers], atol=1e-9)
    single = rows.drop(index=[WHOLE, BEYOND], level="measure")
    assert (single["diverted_usd"] >= 0.0).all()
    assert (single["replaced_usd"] >= 0.0).all()
    assert rows.loc[("duty3", "ARC"), "created_usd"] > 0.0
    assert rows.loc[("duty3", "ARC"), "diverted_usd"] > 0.0


def test_gaps_agree_within_a_factor_of_two():
    assert agrees(0.2, 0.1)
    assert agrees(0.2, 0.4)
    assert not agrees(0.2, 0.41)
    assert not agrees(0.2, float("inf"))


def test_a_gap_far_from_what_the_elasticity_implies_is_warned_of(study):
    assert any(
        "the stated cost gap is 20%, and the trade elasticity implies one of" in note
        for note in study.checked.notes
    )


def test_a_loan_dearer_than_the_market_is_no_gift():
    dear = {**TOOLS, "loan": {**LOAN, "rate": 0.12, "market_rate": 0.05}}
    project = prepare(read_programme({**programme_table(dear), "world": "toy"}), read_world("toy"))
    row = ask(project, ["projects"])["projects"].tables[0].frame.iloc[0]
    # Interest of 12 on a debt that falls by 10 a year, at 5 %.
    service = sum((0.12 * (100 - 10 * year) + 10) / 1.05 ** (year + 1) for year in range(10))
    gift = (100 - service) * 0.05 / (1 - 1.05**-10)
    assert row["gift_usd"] == pytest.approx(gift)
    assert gift < 0.0
    assert row["cost_per_dollar"] == pytest.approx((row["gap_cost_usd"] + gift) / 20)


def test_a_project_without_a_gap_stops_paying_where_one_with_a_gap_does():
    """A third country pays half of the gap: partners lose their gain at twice the gap that would take it if they paid all."""
    shared = {**TOOLS, "loan": None, "cost_gap_payers": {"ARC": 0.5, "COR": 0.5}}
    shared = {key: value for key, value in shared.items() if value is not None}
    limits = []
    for gap in (0.0, 0.2):
        table = {**programme_table({**shared, "cost_gap": gap}), "world": "toy"}
        answer = ask(prepare(read_programme(table), read_world("toy")), ["projects"])["projects"]
        limits.append(float(answer.tables[0].frame["gap_that_pays"].iloc[0]))
    assert limits[0] == pytest.approx(limits[1], rel=1e-4)
