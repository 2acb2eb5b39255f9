"""docs/published-comparison.md: signs, order and rough size of what published studies of the same questions find."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.study import run
from tools.published_comparison import CONTEXT, FIGURE, OUTCOMES, PAGE, SCENARIOS, as_shown, figures_of

FOLDER = Path(__file__).resolve().parents[2] / "programmes" / "comparisons"


@pytest.mark.slow
def test_every_figure_of_the_page_is_what_the_code_gives():
    """To one unit of its last digit, for machines round differently; `python tools/published_comparison.py --write` mends it."""
    page = PAGE.read_text(encoding="utf-8")
    for found, number in figures_of(page):
        digits = len(found["number"].partition(".")[2])
        assert float(found["number"]) == pytest.approx(number, abs=0.51 * 10.0**-digits + 1e-6), found[0]


def test_the_page_says_what_each_figure_is():
    page = PAGE.read_text(encoding="utf-8")
    figures = list(FIGURE.finditer(page))
    assert len(figures) > 60
    assert page.count("<!--") == len(figures), "a comment that is no figure"
    for found in figures:
        assert found["scenario"] in {*SCENARIOS, *CONTEXT}
        assert found["outcome"] in OUTCOMES
    for file, _ in SCENARIOS.values():
        assert (FOLDER.parent / f"{file}.toml").is_file()


def test_a_figure_is_written_as_the_page_shows_it():
    assert as_shown(5.8974, "5.90") == "5.90"
    assert as_shown(0.0249, "+0.02") == "+0.02"
    assert as_shown(-4.002, "-4.0") == "-4.0"
    assert as_shown(-0.0004, "0.00") == "0.00"


def welfare(name: str):
    outcome = run(FOLDER / f"{name}.toml", variants=False)
    return outcome["regions"].set_index("region")["household_ev_pct"]


@pytest.mark.slow
def test_deep_integration_helps_the_smaller_more_and_opening_to_others_helps_all():
    """Knobel et al. (2019): Russia 0.8, Kazakhstan 1.7, Belarus 4.8 % of consumption; 3.6, 6.3, 7.2 with spill-over."""
    inside, spill_over = welfare("eaeu_deep_integration"), welfare("eaeu_with_spill_over")
    assert 0.1 < inside["RUS"] < 1.0 < inside["KAZ"] < 3.0 < inside["BLR"] < 8.0
    for member in ("RUS", "KAZ", "BLR"):
        assert spill_over[member] > inside[member]
    assert inside["DEU"] < 0.0 < spill_over["DEU"]


@pytest.mark.slow
def test_a_full_stop_costs_russia_about_four_per_cent_and_its_senders_far_less():
    """Flach et al. (2024): more than -4 % for Russia; Imbs and Pauwels (2024): about 15 times more than for Europe."""
    stop, doubled = welfare("russia_decoupling"), welfare("russia_barriers_doubled")
    assert -6.0 < stop["RUS"] < -3.0
    assert stop["RUS"] < doubled["RUS"] < -1.5
    for sender in ("DEU", "POL", "REU", "USA"):
        assert -1.6 < stop[sender] < 0.0
    assert 5.0 < stop["RUS"] / stop["DEU"] < 30.0
