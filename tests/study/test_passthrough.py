"""Prices from outside: labels in, prices by channel and chain out, and nothing lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from accord.adapters.prices import Costs, PriceModel
from accord.errors import AccordError
from accord.study.passthrough import passthrough, read_change
from accord.world import read_world
from economies import random_world


def test_a_price_set_from_outside_is_that_price_and_everything_else_follows():
    world = read_world("toy")
    found = passthrough(world, [read_change("producer", "ARC:farming=+50%")])
    prices = found["one_year_prices"].frame.set_index(["region", "sector"])["producer_price_pct"]
    direct = PriceModel(world, costs=Costs(fixed_prices={("ARC", "farming"): 0.5})).solve()
    assert prices["ARC", "farming"] == pytest.approx(50.0)
    np.testing.assert_allclose(prices.to_numpy(), 100.0 * direct.change.producer, atol=1e-9)
    # Whoever pays more pays it to somebody: over the world balances add up to nothing.
    assert found["one_year"].frame["one_year_usd"].sum() == pytest.approx(0.0, abs=1e-7)
    assert found["one_year"].frame.set_index("region")["one_year_usd"]["ARC"] > 0.0


def test_a_border_price_moves_one_flow_and_spares_the_users_named():
    world = read_world("toy")
    changes = [read_change("border", "ARC:BEL:machines=10")]
    every = passthrough(world, changes)["one_year"].frame.set_index("region")
    some = passthrough(world, changes, except_users=["household"])["one_year"].frame.set_index("region")
    # ARC sells BEL machines for 260, 60 of them to households; the seller's receipts move with its own costs too, a little.
    assert every.loc["ARC", "contracts_usd"] == pytest.approx(26.0, rel=0.02)
    assert some.loc["ARC", "contracts_usd"] == pytest.approx(20.0, rel=0.02)


def test_all_wages_and_all_prices_rise_alike_and_channels_add_up():
    world = random_world(3)
    changes = [read_change("wage", f"{region}=7%") for region in world.regions]
    found = passthrough(world, changes, regions=world.regions[:1])
    np.testing.assert_allclose(found["one_year_prices"].frame["producer_price_pct"], 7.0, rtol=1e-5)
    channels = found["one_year_channels"].frame
    own = channels[channels["item"] == "household"]["contribution_pct"].sum()
    assert own == pytest.approx(7.0, rel=1e-5)


def test_wages_are_labours_part_where_the_world_tells_factors_apart():
    world = read_world("toy")
    whole = world.data["value_added"].sel(factor="all", drop=True)
    parts = xr.concat([0.6 * whole, 0.4 * whole], dim=xr.Variable("factor", ["labour", "capital"]))
    data = world.data.drop_vars(["value_added", "factor"])
    split = replace(world, data=data.assign(value_added=parts.transpose("region", "sector", "factor")))
    rise = [read_change("wage", "ARC=10")]
    of_all, of_labour = (passthrough(one, rise)["one_year_prices"].frame for one in (world, split))
    np.testing.assert_allclose(
        of_labour["producer_price_pct"], 0.6 * of_all["producer_price_pct"], rtol=1e-6, atol=1e-12
    )


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("producer", "ARC=5", r"REGION:SECTOR=PERCENT"),
        ("producer", "ARC:food=much", r'"much" is no number'),
        ("border", "ARC:BEL:food=-100", r"-100 % is out of range"),
        ("wage", "=5", r"REGION=PERCENT"),
    ],
)
def test_what_cannot_be_read_says_how_it_is_written(kind, text, message):
    with pytest.raises(AccordError, match=message):
        read_change(kind, text)


def test_every_unknown_name_is_listed():
    changes = [read_change("producer", "ARC:foods=5"), read_change("wage", "BELL=5")]
    with pytest.raises(AccordError) as caught:
        passthrough(read_world("toy"), changes, except_users=["nobody"], pass_through=1.5)
    for word in ("Did you mean 'food'", "Did you mean 'BEL'", "'nobody'", "between 0 and 1"):
        assert word in str(caught.value)
    with pytest.raises(AccordError, match="nothing changes"):
        passthrough(read_world("toy"), [])


def test_the_command_prints_prices_and_chains_and_json(accord):
    code, out, _ = accord("energy", "passthrough", "--world", "toy", "--price", "ARC:farming=+50%")
    assert code == 0
    assert "Arcadia: producer prices that move most" in out
    assert "ARC farming > ARC food" in out
    code, out, _ = accord(
        "energy",
        "passthrough",
        "--world",
        "toy",
        "--border",
        "ARC:BEL:food=10",
        "--passed-on",
        "food=0.5",
        "--json",
    )
    assert code == 0
    assert json.loads(out)["tables"]["one_year_baskets"]["rows"]
