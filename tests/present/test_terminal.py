"""The terminal's text: golden at two widths, and what must hold at any."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from accord.present.terminal import show_outcome
from accord.study.columns import table_of
from present.fake_outcome import PARTNERS, REGIONS, fake_outcome


def text_of(outcome, *, width: int, **console) -> str:
    out = io.StringIO()
    show_outcome(outcome, Console(file=out, width=width, highlight=False, **console), Path("/runs/made-up"))
    return out.getvalue()


def lines_of(text: str) -> str:
    """Without the blanks that rich pads lines with."""
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("russia_gains", [True, False], ids=["all-gain", "one-loses"])
def test_the_terminal_shows_what_was_agreed(golden, width, russia_gains):
    text = text_of(fake_outcome(russia_gains=russia_gains), width=width)
    golden(f"terminal-{'all-gain' if russia_gains else 'one-loses'}-{width}.txt", lines_of(text))


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_cut(width):
    text = text_of(fake_outcome(), width=width)
    assert max(map(len, text.splitlines())) <= max(
        width, len("  record.json    what it takes to repeat it: accord verify /runs/made-up")
    )
    assert "…" not in text
    assert "+0.731" in text


def test_without_colour_gains_and_losses_are_still_told_apart(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = text_of(fake_outcome(russia_gains=False), width=80, force_terminal=True)
    assert "\x1b[3" not in text, "no colour codes"
    assert "Do all partners gain?" in text
    for word in ("NO", "gains", "loses", "-0.026", "+0.731"):
        assert word in text


def test_a_pipe_gets_no_control_codes():
    assert "\x1b" not in text_of(fake_outcome(), width=80)


def test_a_loss_is_as_plain_as_a_gain():
    text = text_of(fake_outcome(russia_gains=False), width=160)
    headline = text.split("Partners")[0]
    assert "Not all partners gain." in headline
    (words,) = [line.split() for line in text.splitlines() if line.split() == ["gains", "loses"]]
    assert words == ["gains", "loses"]


def test_an_answer_that_is_not_established_is_said_in_full():
    outcome = fake_outcome()
    outcome = replace(outcome, verdict=replace(outcome.verdict, answer="not established"))
    assert "NOT ESTABLISHED" in text_of(outcome, width=80)


def test_many_partners_become_rows_and_their_variants_a_range():
    partners = tuple(list(REGIONS)[:6])
    outcome = fake_outcome()
    regions = outcome["regions"].assign(
        role=["partner" if code in partners else "third country" for code in REGIONS]
    )
    columns = list(outcome["verdict"].columns)
    verdict = regions[regions["role"] == "partner"].assign(gains="yes")[columns].reset_index(drop=True)
    variants = outcome["variants"]
    own = variants[variants["region"] == PARTNERS[0]]
    variants = own.merge(verdict[["region", "region_name"]], how="cross", suffixes=("_old", ""))[
        list(variants.columns)
    ]
    tables = {
        **outcome.tables,
        "regions": table_of("regions", "Regions", regions, keys=("region",)),
        "verdict": table_of("verdict", "Verdict", verdict, keys=("region",)),
        "variants": table_of("variants", "Variants", variants, keys=("rent_share", "elasticities", "region")),
    }
    text = text_of(replace(outcome, partners=partners, tables=tables), width=80)
    assert "least favoured" in text
    assert "Germany (DEU)" in text
