"""How surely all partners gain under two programmes (issue 6, part 8)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.present.comparisons import swept
from accord.programme import read_programme
from accord.study.comparing import SWEEP_COLUMNS, compare, sweep, turning_points
from accord.study.comparing_together import paired_difference, together_sentence
from accord.study.odds import OddsOptions
from accord.tables import Table
from accord.world import read_world

TOY = Path(__file__).with_name("toy_union.toml")


@pytest.mark.medium
def test_all_partners_are_counted_in_the_same_draws_and_each_programme_has_its_own_partners():
    one = read_programme(TOY)
    two = read_programme(TOY, ["measure.papers.cut=0.03"])
    found = compare(one, two, read_world("toy"), OddsOptions(draws=32, keep=False))
    both = []
    for odds in (found.first, found.second):
        at = [odds.prepared.position(partner) for partner in ("ARC", "BEL")]
        both.append(np.array([(welfare[at] > 1e-6).all() for welfare in odds.solved.welfare_pct]))
    rows = found.together.frame.set_index("item")["share"]
    assert rows["first"] == both[0].mean()
    assert rows["second"] == both[1].mean()
    assert rows["difference"] == pytest.approx(both[1].mean() - both[0].mean(), abs=1e-15)
    assert rows["only_first"] == (both[0] & ~both[1]).mean() > 0.0
    assert rows["second"] == pytest.approx(rows["first"] - rows["only_first"] + rows["only_second"])
    assert f"{rows['difference']:+.3f}" in together_sentence(found.together)
    # It is no product of the parties' own probabilities, which the table by region has.
    assert rows["first"] <= found.table.frame.set_index("region")["first_probability"][["ARC", "BEL"]].min()


@given(b=st.integers(0, 60), c=st.integers(0, 60), ties=st.integers(0, 200))
def test_the_difference_lies_in_its_interval_and_changes_its_sign_with_the_order(b, c, ties):
    if b + c + ties == 0:
        return
    share, low, high = paired_difference(b, c, b + c + ties)
    assert -1.0 <= low <= share <= high <= 1.0 or b + c + ties < 4
    assert paired_difference(c, b, b + c + ties) == pytest.approx((-share, -high, -low))


def test_the_interval_covers_as_often_as_it_says():
    """95% of repeated samples of 200 pairs with known cells; an independent draw, no formula of ours."""
    rng = np.random.default_rng(11)
    cells = rng.multinomial(200, (0.05, 0.12, 0.83), size=4000)
    held = [low <= 0.07 <= high for _, low, high in (paired_difference(b, c, 200) for b, c, _ in cells)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def swept_table(values, welfare):
    frame = pd.DataFrame({"value": values, "household_ev_pct": welfare})
    frame = frame.assign(
        region="ARC", region_name="Arcadia", role="partner", household_ev_usd=0.0, gains="no"
    )
    return Table("sweep", "", frame[list(SWEEP_COLUMNS)], SWEEP_COLUMNS, ("value", "region"))


@pytest.mark.parametrize(
    ("welfare", "said"),
    [
        ((2.0, 1.0, -1.0, -2.0), "turns at about 1.5."),
        ((1.0, 0.0, -1.0, -2.0), "turns at about 1."),
        ((1.0, 1e-12, -1e-12, -2.0), "turns at about 1 to 2."),
        ((-1e-12, -1.0, -2.0, -3.0), "loses, and has no change at 0."),
        ((1e-12, -1.0, -2.0, -3.0), "loses, and has no change at 0."),
        ((0.0, 1.0, 2.0, 3.0), "gains, and has no change at 0."),
        ((0.0, -1e-12, 1e-12, 0.0), "has no change throughout."),
        ((1.0, 2.0, 1.0, 3.0), "gains throughout."),
    ],
)
def test_a_turn_at_a_value_of_the_sweep_is_one_and_the_solvers_error_is_none(welfare, said):
    """A partner that gained below zero and lost above it was said not to turn where zero was among the values."""
    assert turning_points(swept_table([0.0, 1.0, 2.0, 3.0], welfare)) == [f"Arcadia {said}"]


def test_a_sweep_says_the_unit_of_what_it_moves():
    table = sweep(read_programme(TOY), read_world("toy"), "tools.change_pct", [1.0, 1.5])
    assert table.columns["value"].unit == "%"
    assert swept(table).title == "Household welfare as tools.change_pct moves, %"
    assert list(swept(table).frame["value"]) == ["1", "1.5"]
