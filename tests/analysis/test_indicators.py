"""Indicators by hand on the toy World; thresholds with sources; blanks named, never left out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.analysis.indicators import INDICATORS, PARTNERSHIP, indicators, thresholds
from accord.errors import AccordError
from accord.units import UNITS
from accord.world import read_world
from accord.world.sources.wiod2013 import read_wiod2013
from accord.world.toy import toy_world


@pytest.fixture(scope="module")
def toy():
    frame = indicators(toy_world(), ["ARC", "BEL"]).frame
    return frame.set_index(["indicator", "region", "item"]).sort_index()


def test_every_indicator_has_an_entry_and_every_entry_an_indicator():
    assert list(thresholds()) == list(INDICATORS)
    for entry in thresholds().values():
        assert entry["unit"] in UNITS
        assert entry["direction"] in {"lower", "higher"}
        assert len(entry["not_shown"]) > 20
        for limit in entry.get("threshold", []):
            assert limit["source"]
            assert limit["quality"] in {"source read", "from memory"}


def test_reliance_of_arcadia_by_hand(toy):
    # Columns farming, food and machines of ARC in toy.py, by origin.
    home, bel, cor = (
        60 + 200 + 10 + 20 + 60 + 10 + 60 + 50 + 300,
        20 + 40 + 20 + 20 + 20 + 80,
        20 + 80 + 20 + 40,
    )
    total = home + bel + cor
    assert_allclose(toy.loc[("import_reliance_direct", "ARC", "from partners"), "value"], 100 * bel / total)
    assert_allclose(
        toy.loc[("import_reliance_direct", "ARC", "from third countries"), "value"], 100 * cor / total
    )
    assert_allclose(
        toy.loc[("import_reliance_direct", "ARC", "all foreign"), "value"], 100 * (bel + cor) / total
    )


def test_total_reliance_adds_up_and_exceeds_imported_final_products(toy):
    rows = toy.loc["import_reliance_total"]["value"]
    for region in ("ARC", "BEL"):
        assert_allclose(
            rows[region, "all foreign"].item(),
            rows[region, "from partners"].item() + rows[region, "from third countries"].item(),
        )


def test_the_criteria_of_the_commission_by_hand(toy):
    # COR is the only supplier outside, which is the highest concentration there is.
    assert_allclose(toy.loc[("ec_concentration", "BEL", "farming"), "value"], 1.0)
    sales = toy_world().data["intermediate"].sum("using_sector") + toy_world().data["final_demand"].sum("use")
    farming = sales.sel(supplying_sector="farming")
    cor = float(farming.sel(exporter="COR", importer="BEL"))
    arc = float(farming.sel(exporter="ARC", importer="BEL"))
    assert_allclose(toy.loc[("ec_extra_share", "BEL", "farming"), "value"], cor / (cor + arc))
    out = float(
        farming.sel(exporter="BEL", importer=["ARC", "COR"]).sum()
    )  # all exports, those to its partner too
    assert_allclose(toy.loc[("ec_substitution", "BEL", "farming"), "value"], cor / out)
    union = float(farming.sel(exporter="COR", importer=["ARC", "BEL"]).sum())
    union_out = out + float(farming.sel(exporter="ARC", importer=["BEL", "COR"]).sum())
    assert_allclose(toy.loc[("ec_substitution", PARTNERSHIP, "farming"), "value"], union / union_out)
    inside = arc + float(farming.sel(exporter="BEL", importer="ARC"))
    # The union's own trade is part of all its imports, so that the criterion compares outside with all.
    assert_allclose(toy.loc[("ec_extra_share", PARTNERSHIP, "farming"), "value"], union / (union + inside))


def test_what_the_world_does_not_hold_is_listed_as_blank_and_can_be_given(toy):
    row = toy.loc[("gas_in_electricity", "ARC", "not in this World")]
    assert np.isnan(row["value"])
    assert row["passes"] == "no data"
    assert np.isnan(toy.loc["domestic_machinery"]["value"]).all()
    frame = indicators(toy_world(), ["ARC", "BEL"], given={"gas_in_electricity": {"BEL": 60.0}}).frame
    given = frame[(frame["indicator"] == "gas_in_electricity") & (frame["region"] == "BEL")].iloc[0]
    assert (given["value"], given["passes"], given["item"]) == (60.0, "no", "as given")
    with pytest.raises(AccordError, match="unknown indicator 'gas'"):
        indicators(toy_world(), ["ARC", "BEL"], given={"gas": {"ARC": 1.0}})
    with pytest.raises(AccordError, match="given for COR"):
        indicators(toy_world(), ["ARC", "BEL"], given={"gas_in_electricity": {"COR": 1.0}})


def test_the_safe_side_follows_the_direction():
    frame = indicators(read_world("embedded"), ["BLR", "RUS"]).frame
    judged = frame[frame["passes"].isin(["yes", "no"])]
    assert set(judged["direction"]) == {"lower", "higher"}
    safe = np.where(
        judged["direction"] == "lower",
        judged["value"] <= judged["threshold"],
        judged["value"] >= judged["threshold"],
    )
    assert (np.where(safe, "yes", "no") == judged["passes"]).all()


@pytest.mark.medium
def test_another_world_with_other_codes_fills_the_same_indicators(shared_data):
    world = read_wiod2013(shared_data / "wiod2013" / "wiot_2011.npz")
    frame = indicators(world, ["DEU", "POL"]).frame.set_index("indicator")
    for name in ("domestic_machinery", "domestic_electronics", "food_imports", "machinery_in_industry"):
        assert frame.loc[[name], "value"].between(5.0, 95.0).all()
