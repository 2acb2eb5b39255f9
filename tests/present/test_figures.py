"""Four figures: the same bytes each time, every number readable, nothing from elsewhere."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from accord.present.figures import Figure, figures
from accord.present.numbers import signed
from present.fake_outcome import REGIONS, fake_outcome

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn() -> dict[str, tuple[Figure, str]]:
    return {figure.name: (figure, figure.svg()) for figure in figures(fake_outcome())}


def words_in(svg: str) -> set[str]:
    return {(element.text or "").strip() for element in ET.fromstring(svg).iter(f"{SVG}text")}


def test_there_are_four_figures(drawn):
    assert list(drawn) == ["welfare", "ranges", "sectors", "terms"]


def test_the_same_outcome_gives_the_same_bytes(drawn):
    again = {figure.name: figure.svg() for figure in figures(fake_outcome())}
    assert again == {name: svg for name, (_, svg) in drawn.items()}


def test_each_figure_has_a_text_alternative_and_no_role_within(drawn):
    for figure, svg in drawn.values():
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
        assert root[0].text == figure.title
        assert root[1].text == figure.description
        assert len(re.findall(r"\brole=", svg)) == 1


def test_nothing_is_fetched(drawn):
    for _, svg in drawn.values():
        assert set(re.findall(r"https?://[^\s\"]+", svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }
        assert "<script" not in svg


def test_every_bar_of_welfare_carries_its_name_and_signed_number(drawn):
    regions = fake_outcome()["regions"].set_index("region")
    words = words_in(drawn["welfare"][1])
    for code in ("BLR", "RUS", "KAZ", "UKR", "POL"):
        assert signed(regions.loc[code, "household_ev_pct"], "%") in words
        assert f"{REGIONS[code]} ({code})" in words
    assert "Household welfare, % of base consumption" in words


def test_ranges_show_every_run_of_every_partner(drawn):
    words = words_in(drawn["ranges"][1])
    assert {
        "central run",
        "barriers are 0% rent",
        "barriers are 100% rent",
        "elasticities caliendo-parro-2015",
    } <= words
    assert {"+1.170", "+0.256", "+0.042"} <= words


def test_terms_end_with_their_total(drawn):
    assert {"All terms together", "+0.731", "Trade costs saved"} <= words_in(drawn["terms"][1])


def test_a_figure_can_be_had_as_png(drawn):
    assert drawn["welfare"][0].png(scale=1.0).startswith(b"\x89PNG")


def test_an_outcome_without_changes_still_draws():
    outcome = fake_outcome()
    for name, column in (
        ("sectors", "output_change_usd"),
        ("decomposition", "pct"),
        ("regions", "household_ev_pct"),
    ):
        outcome[name].loc[:, column] = 0.0
    assert "welfare" in {figure.name for figure in figures(outcome) if figure.svg()}
