"""What is shown is first a table: the right rows, in order, with their units."""

from __future__ import annotations

import pytest

from accord.present import extracts
from present.fake_outcome import PARTNERS, fake_outcome


def test_third_countries_hold_no_partner_and_run_from_gain_to_loss():
    frame = extracts.third_countries(fake_outcome(), largest=2).frame
    assert not set(frame["region"]) & set(PARTNERS)
    assert frame["household_ev_usd"].is_monotonic_decreasing
    assert [(frame["household_ev_usd"] > 0).sum(), (frame["household_ev_usd"] < 0).sum()] == [2, 2]


def test_sectors_are_ranked_by_what_their_output_changes_and_show_their_size():
    table = extracts.sector_movers(fake_outcome(), "RUS", largest=3)
    assert table.frame["output_change_usd"].is_monotonic_decreasing
    assert len(table.frame) == 6
    assert table.columns["output_base_usd"].unit == "USD million"


def test_variants_have_one_row_a_run_and_one_column_a_partner():
    table = extracts.variants_by_partner(fake_outcome())
    assert list(table.columns) == ["rent_share", "elasticities", *PARTNERS, "gains"]
    assert len(table.frame) == 5
    assert set(table.frame["gains"]) == {"yes"}
    assert set(extracts.variants_by_partner(fake_outcome(russia_gains=False)).frame["gains"]) == {"no"}


def test_shown_terms_leave_out_only_what_is_negligible():
    frame = extracts.welfare_terms(fake_outcome()).frame
    assert set(frame["region"]) == set(PARTNERS)
    assert not {"sum_of_terms", "exact", "sourcing"} & set(frame["term"])
    total = frame.groupby("region")["pct"].sum()
    assert total["BLR"] == pytest.approx(0.731, rel=1e-3)


@pytest.mark.parametrize(
    "name", ["largest_changes", "context_memo", "welfare_ranges", "terms_by_partner", "one_step"]
)
def test_every_extract_keeps_a_unit_for_each_column(name):
    table = getattr(extracts, name)(fake_outcome())
    assert list(table.frame.columns) == list(table.columns)
    assert len(table.frame) > 0
