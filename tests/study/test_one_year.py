"""The one-year horizon of a run: what it adds, what it names as left out, and that it repeats."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from rich.console import Console

from accord.adapters.prices import PriceModel
from accord.errors import ProgrammeError
from accord.present.report import pages
from accord.present.terminal import show_outcome
from accord.programme import read_programme
from accord.study import RunOptions, run, verify, write_run
from accord.study.check import check_programme
from accord.world import read_world

PROGRAMME = """
name = "Toy union"
partners = ["ARC", "BEL"]
world = "toy"
base_year = 2020
source = "made up"

[[measure]]
id = "hostile"
title = "The third country restricts machines"
area = "third-country-response"
kind = "sanction"
role = "context"
imposed_by = "COR"
targets = "partners"
direction = "exports"
sectors = ["machines"]
embargo = 0.4
in_force = 2021-01-01

[[measure]]
id = "open"
title = "Part of the barriers on goods goes"
area = "barriers"
kind = "barrier-removal"
between = "partners"
sectors = "goods"
ave = {low = 0.1, central = 0.2, high = 0.3, source = "a survey"}
cut = {low = 0.2, central = 0.4, high = 0.6, source = "assumption: a guess"}
recipient = "importer-firms"
cost = [{payer = "ARC", usd_million_per_year = 0.5}, {payer = "BEL", usd_million_per_year = 0.0}]
in_force = 2022-01-01
"""


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("programme") / "union.toml"
    path.write_text(PROGRAMME)
    return read_programme(path)


@pytest.fixture(scope="module")
def short(programme):
    return run(programme, horizon="one-year")


def test_both_horizons_stand_side_by_side(programme, short):
    both = run(programme, variants=False)
    assert both.has_long_run
    assert both.one_year is not None
    for name in ("one_year", "one_year_prices", "one_year_baskets"):
        np.testing.assert_array_equal(both[name], short[name])
    horizons = both.to_json()["horizons"]
    assert list(horizons) == ["long-run", "one-year"]
    assert horizons["one-year"]["regions"][0]["region"] == "ARC"
    assert run(programme, variants=False, horizon="long-run").one_year is None


def test_the_balance_is_the_sum_of_its_parts_and_of_the_price_model(programme, short):
    world = read_world("toy")
    checked = check_programme(programme, world)
    model = PriceModel(world, (*checked.context, *checked.decisions))
    outcome = model.solve(checked.decisions)
    frame = short["one_year"]
    np.testing.assert_allclose(frame["one_year_usd"], outcome.accounts.total, atol=1e-9)
    parts = [name for name in frame if name.endswith("_usd") and name != "one_year_usd"]
    np.testing.assert_allclose(frame[parts].sum(axis=1), frame["one_year_usd"], atol=1e-9)
    assert frame.loc[frame["region"] == "ARC", "measure_costs_usd"].item() == -0.5


def test_what_the_engine_cannot_represent_is_named(short):
    left_out = [note for note in short.notes if note.startswith("one-year horizon (prices)")]
    assert len(left_out) == 1
    assert "measure 'hostile' is not in it: its EmbargoShock" in left_out[0]


def test_rents_and_pass_through_are_varied(short):
    variants = short["one_year_variants"]
    assert set(variants["rent_share"]) == {"as stated", "0", "0.5", "1"}
    assert set(variants["pass_through"]) == {"100%", "50%"}
    assert "fixed quantities" in short.verdict.sentence


def test_channels_add_up_with_their_last_row(short):
    channels, baskets = short["one_year_channels"], short["one_year_baskets"]
    own = channels[(channels["region"] == "BEL") & (channels["item"] == "household")]
    stated = baskets[(baskets["region"] == "BEL") & (baskets["use"] == "household")]["basket_price_pct"]
    assert own["contribution_pct"].sum() == pytest.approx(stated.item(), rel=1e-9)


def test_a_programme_of_quantities_alone_has_no_one_year_horizon(programme):
    quantities = programme.only(["hostile"])
    assert run(quantities, variants=False).one_year is None
    with pytest.raises(ProgrammeError, match="no measure acts on costs or prices"):
        run(quantities, horizon="one-year")


@pytest.mark.medium
def test_a_run_of_one_year_alone_is_written_shown_and_verified(tmp_path, programme, short):
    options = RunOptions(horizon="one-year")
    folder = write_run(short, PROGRAMME, options, tmp_path / "run", pages=pages)
    record = json.loads((folder / "record.json").read_text())
    assert record["engine"]["name"] == "prices"
    assert "--horizon one-year" in record["command"]
    page = (folder / "report.html").read_text()
    assert "Within a year" in page
    assert "Third countries" not in page
    assert (folder / "figures" / "costs.svg").exists()
    assert verify(folder, pages=pages).reproduces
    console = Console(width=80, record=True, highlight=False, file=io.StringIO())
    show_outcome(short, console)
    shown = console.export_text()
    assert "One-year balance" in shown
    assert max(map(len, shown.splitlines())) <= 80
