"""Figures of dependence: the same bytes each time, names and numbers readable, nothing from elsewhere."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from accord.analysis.dependence import dependence
from accord.present.dependence_figures import dependence_figures
from accord.world.toy import toy_world

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def result():
    return dependence(toy_world(), ["ARC", "BEL"])


@pytest.fixture(scope="module")
def drawn(result):
    return {figure.name: (figure, figure.svg()) for figure in dependence_figures(result)}


def words_in(svg):
    return {(element.text or "").strip() for element in ET.fromstring(svg).iter(f"{SVG}text")}


def test_there_are_three_figures_with_text_alternatives(drawn):
    assert list(drawn) == ["component-flows", "chains", "dependence-concentration"]
    for figure, svg in drawn.values():
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert root[1].text == figure.description
        assert "Arcadia" in figure.title


def test_the_same_tables_give_the_same_bytes(result, drawn):
    assert {figure.name: figure.svg() for figure in dependence_figures(result)} == {
        name: svg for name, (_, svg) in drawn.items()
    }


def test_nothing_is_fetched(drawn):
    for _, svg in drawn.values():
        assert set(re.findall(r"https?://[^\s\"]+", svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }


def test_every_component_flow_carries_its_number(result, drawn):
    frame = result.tables["component_flows"].frame
    between = frame[frame["exporter"].isin(["ARC", "BEL"]) & frame["importer"].isin(["ARC", "BEL"])]
    words = words_in(drawn["component-flows"][1])
    assert {f"{value:,.0f}" for value in between["flow_usd"] if value >= 0.5} <= words
    assert "From Arcadia (rows) to Belmare (columns), USD million" in words


def test_every_stop_of_the_heaviest_chain_is_named(result, drawn):
    words = words_in(drawn["chains"][1])
    for stop in result.tables["chains"].frame["chain"].iloc[0].split(" -> "):
        assert any(word.startswith(stop) for word in words), stop
