"""docs/published-comparison.md: signs, order and rough size of what published studies of the same questions find."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.study.run import run

FOLDER = Path(__file__).resolve().parents[2] / "programmes" / "comparisons"

pytestmark = pytest.mark.slow


def welfare(name: str):
    outcome = run(FOLDER / f"{name}.toml", variants=False)
    return outcome["regions"].set_index("region")["household_ev_pct"]


def test_deep_integration_helps_the_smaller_more_and_opening_to_others_helps_all():
    """Knobel et al. (2019): Russia 0.8, Kazakhstan 1.7, Belarus 4.8 % of consumption; 3.6, 6.3, 7.2 with spill-over."""
    inside, spill_over = welfare("eaeu_deep_integration"), welfare("eaeu_with_spill_over")
    assert 0.1 < inside["RUS"] < 1.0 < inside["KAZ"] < 3.0 < inside["BLR"] < 8.0
    for member in ("RUS", "KAZ", "BLR"):
        assert spill_over[member] > inside[member]
    assert inside["DEU"] < 0.0 < spill_over["DEU"]


def test_a_full_stop_costs_russia_about_four_per_cent_and_its_senders_far_less():
    """Flach et al. (2024): more than -4 % for Russia; Imbs and Pauwels (2024): about 15 times more than for Europe."""
    stop, doubled = welfare("russia_decoupling"), welfare("russia_barriers_doubled")
    assert -6.0 < stop["RUS"] < -3.0
    assert stop["RUS"] < doubled["RUS"] < -1.5
    for sender in ("DEU", "POL", "REU", "USA"):
        assert -1.6 < stop[sender] < 0.0
    assert 5.0 < stop["RUS"] / stop["DEU"] < 30.0
