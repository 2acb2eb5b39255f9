"""Figures of the product space: the same bytes each time, every leading candidate named, discs apart."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from accord.analysis.product_space import CandidateRules, JointProducts, joint_products
from accord.present.product_figures import DISC, NUMBERED, product_figures, standing_rows
from accord.world.products import ExportsTable, Flows


def made_up(rules: CandidateRules) -> JointProducts:
    rng = np.random.default_rng(8)
    flows = rng.lognormal(0.0, 1.5, (14, 14, 40))
    flows[np.arange(14), np.arange(14)] = 0.0
    exporter, importer, product = np.nonzero(flows)
    table = ExportsTable(
        tuple(f"C{number:02d}" for number in range(14)),
        tuple(f"product {number:02d}" for number in range(40)),
        flows.sum(axis=1),
        flows=Flows(exporter, importer, product, flows[exporter, importer, product]),
        source="made up",
    )
    return joint_products(table, ("C01", "C02"), rules=rules, least_exports=0.0)


@pytest.fixture(scope="module")
def result() -> JointProducts:
    return made_up(CandidateRules(least_import_share=0.0, least_imports_to_exports=0.0, size_quantile=0.0))


def words_in(svg: str) -> list[str]:
    return [
        (element.text or "").strip()
        for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]


def test_the_same_result_gives_the_same_bytes(result):
    assert [figure.svg() for figure in product_figures(result)] == [
        figure.svg() for figure in product_figures(result)
    ]


def test_each_leading_candidate_has_its_number_in_one_figure_and_its_name_in_the_other(result):
    space, feasibility = (figure.svg() for figure in product_figures(result))
    leading = result.candidates.frame.head(NUMBERED)
    assert len(leading) == NUMBERED
    assert {str(rank) for rank in leading["rank"]} <= set(words_in(space))
    named = set(words_in(feasibility))
    assert {f"{row.rank}. {row.product_name}" for row in leading.itertuples()} <= named
    assert {"C01", "C02", "as one economy", "know-how pooled"} <= named


def test_what_is_made_stands_at_the_end_of_the_scale(result):
    rows = standing_rows(result)
    assert rows["standing"].between(0.0, 1.0).all()
    made = result.candidates.frame.head(NUMBERED).query("status == 'made already'")
    for row in made.itertuples():
        name = f"{row.rank}. {row.product_name}"
        assert (
            rows[(rows["name"] == name) & (rows["economy"] == row.who.split(", ")[0])]["standing"].iloc[0]
            == 1.0
        )


def test_without_candidates_there_is_one_figure_and_it_draws():
    (figure,) = product_figures(made_up(CandidateRules(least_imports_to_exports=1e9)))
    assert figure.svg().startswith("<svg")
    assert figure.png(scale=1.0).startswith(b"\x89PNG")


def test_discs_do_not_cover_one_another(result):
    discs = [layer for layer in product_figures(result)[0].chart.vconcat[0].layer if "label_x" in layer.data]
    rows = discs[0].data
    x, y = (getattr(discs[0].encoding, axis).to_dict()["scale"]["domain"] for axis in ("x", "y"))
    place = np.column_stack([620 * rows["label_x"] / (x[1] - x[0]), 420 * rows["label_y"] / (y[1] - y[0])])
    apart = np.linalg.norm(place[:, None] - place[None], axis=2) + 1e6 * np.eye(len(place))
    assert apart.min() > 0.9 * DISC
