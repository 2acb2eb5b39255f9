"""The page of a run: complete, self-contained, readable by everyone."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from accord.present.report import pages
from accord.present.report.cells import grid_of
from accord.study import write_run
from accord.study.record import read_record
from accord.tables import Column, Table
from present.fake_outcome import fake_outcome

VOID = {"meta", "link", "br", "img", "hr", "input"}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return write_run(
        fake_outcome(), "name = 'x'\n", out=tmp_path_factory.mktemp("report") / "run", pages=pages
    )


@pytest.fixture(scope="module")
def html(run) -> str:
    return (run / "report.html").read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Collects tags and ids, and checks that every element is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_elements_are_closed_and_ids_are_unique(html):
    outline = Outline(html)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))


def test_headings_are_in_order_and_every_link_leads_somewhere(html):
    outline = Outline(html)
    levels = [int(tag[1]) for tag in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    targets = {attributes["href"] for tag, attributes in outline.attributes if tag == "a"}
    assert targets <= {f"#{name}" for name in outline.ids}


def test_every_table_has_a_caption_and_scoped_headings(html):
    outline = Outline(html)
    assert outline.tags.count("table") == outline.tags.count("caption") > 8
    assert all(
        attributes.get("scope") in {"col", "row"} for tag, attributes in outline.attributes if tag == "th"
    )


def test_the_page_needs_no_network_and_no_script(html):
    assert "<script" not in html
    assert set(re.findall(r"https?://[^\s\"<]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.findall(r"<(?:link|img|iframe)\b", html)


def test_the_page_states_what_it_rests_on(run, html):
    outcome, facts = fake_outcome(), read_record(run)
    text = re.sub(r"\s+", " ", html)
    for part in (
        outcome.verdict.sentence,
        outcome.closure,
        outcome.elasticity_set,
        "Exact hat algebra of Caliendo and Parro (2015)",
        facts["programme"]["content_hash"],
        facts["world"]["content_hash"],
        facts["accord"]["source_sha256"],
        facts["command"],
        "assumption: half of the survey&#39;s lower bound",
        "Rounded &amp; shortened; a &lt; b everywhere.",
        "None needed: no figure describes a real economy.",
        "3.2e-12",
        "What it leaves out",
        "Memo: context alone against the base data",
        "is left out.",
    ):
        assert part in text, part
    assert html.count('role="img"') == 4


def test_figures_lie_beside_the_page_too(run):
    assert sorted(path.name for path in (run / "figures").iterdir()) == [
        "ranges.svg",
        "sectors.svg",
        "terms.svg",
        "welfare.svg",
    ]


def test_text_of_the_programme_cannot_break_the_page(tmp_path):
    name = "<script>alert(1)</script> & 'sons'"
    run = write_run(fake_outcome(programme_name=name), "", out=tmp_path / "run", pages=pages)
    html = (run / "report.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#39;sons&#39;" in html


def test_a_loss_is_the_headline_when_there_is_one(tmp_path):
    outcome = fake_outcome(russia_gains=False)
    html = pages(outcome, read_record(write_run(outcome, "", out=tmp_path / "run", pages=pages)))[
        "report.html"
    ].decode()
    assert 'class="verdict no"' in html
    assert "Not all partners gain." in html
    open_question = replace(outcome, verdict=replace(outcome.verdict, answer="not established"))
    record = read_record(tmp_path / "run")
    assert "Not established" in pages(open_question, record)["report.html"].decode()


@pytest.mark.browser
@pytest.mark.medium
@pytest.mark.parametrize("width", [320, 1280])
def test_a_browser_shows_it_without_faults_of_access_or_overflow(run, chromium, width):
    sync_api = pytest.importorskip("playwright.sync_api")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((run / "report.html").as_uri())
        assert asked == [(run / "report.html").as_uri()]
        faults = axe.Axe().run(page).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in faults] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()


def test_a_name_without_its_code_stands_alone():
    """Found on the worked example: a table of supply terms shows names of regions only."""
    frame = pd.DataFrame({"region_name": ["Belarus"], "usd": [1.0]})
    table = Table(
        "t", "T", frame, {"region_name": Column("label", "Region"), "usd": Column("USD million", "Value")}
    )
    assert [cell.text for cell in grid_of(table).rows[0]] == ["Belarus", "+1.0"]
