"""Draws of whole paths: each is the path of its own programme, the same however it is made, and counted as the tables say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.study import draws as draws_module
from accord.study.comparing_paths import compare_paths
from accord.study.comparing_paths import sentences as compared_sentences
from accord.study.odds import OddsOptions
from accord.study.odds_tables import EVERYBODY
from accord.study.path_odds import path_odds
from accord.study.path_odds_tables import path_odds_tables, sentences
from accord.study.prepare import prepare
from accord.study.quick_draws import QuickDraws
from accord.study.time_setting import set_up
from accord.study.unknowns import Drawn
from accord.world import read_world

pytestmark = pytest.mark.medium

MADE_UP = "assumption: made up"
PROGRAMME = {
    "name": "Toy union",
    "partners": ["ARC", "BEL"],
    "world": "toy",
    "base_year": 2020,
    "as_of": date(2021, 7, 1),
    "discount_rate": 0.05,
    "measure": [
        {
            "id": "seeds", "title": "Better seeds", "area": "industry", "kind": "productivity",
            "regions": "ARC", "sectors": "food", "factor": 1.005, "due": date(2022, 7, 1),
        },
        {
            "id": "tools", "title": "Better machines", "area": "industry", "kind": "productivity",
            "regions": "BEL", "sectors": "machines", "in_force": date(2019, 1, 1), "phase_in_years": 6,
            "change_pct": {"low": -1.0, "central": 1.0, "high": 4.0, "source": MADE_UP},
            "in_base": {"low": 0.1, "central": 0.3, "high": 0.5, "source": MADE_UP}, "status": "under-way",
        },
        {
            "id": "ban", "title": "A licence for machines", "area": "third-country-response", "kind": "sanction",
            "role": "context", "imposed_by": "COR", "targets": "ARC", "sectors": "machines", "direction": "imports",
            "ave": {"low": 0.05, "central": 0.1, "high": 0.3, "source": MADE_UP}, "in_force": date(2023, 1, 1),
        },
    ],
}  # fmt: skip
FEW = OddsOptions(draws=16, keep=False)


def setting_of(**model):
    programme = read_programme({**PROGRAMME, "model": model} if model else PROGRAMME)
    return set_up(prepare(programme, read_world("toy")), last=2027, depreciation=0.2)


@pytest.fixture(scope="module")
def setting():
    return setting_of()


@pytest.fixture(scope="module")
def found(setting):
    return path_odds(setting, FEW)


def alone(setting, found, number):
    """Path of one draw, from a file with its numbers on a World with its elasticities, by the general solver."""
    draw = Drawn(found.odds.unknowns, found.odds.at, FEW.draws)[number]
    world = setting.prepared.world
    theta = world.trade_elasticity(draw.elasticity_set) * draw.elasticity_factor
    default = world.data["trade_elasticity"]
    drawn = world.data.assign(trade_elasticity=xr.DataArray(theta, dims=default.dims, attrs=default.attrs))
    prepared = prepare(
        setting.programme.with_estimates(draw.values),
        replace(world, data=drawn),
        setting.prepared.model.choices,
    )
    own = set_up(prepared, last=2027, depreciation=0.2)
    (effects,) = own.years.along([own.timings], own.horizon)
    return prepared.model.unchanged.household_consumption, effects


def test_a_draw_is_the_path_of_its_own_programme(setting, found):
    for number in (2, 7):
        base, effects = alone(setting, found, number)
        assert_allclose(found.paths.effects[number], effects, rtol=1e-6, atol=2e-6)
        assert_allclose(found.paths.base[number], base, rtol=1e-9)
    # What the base data hold is drawn, so the draws' calendars differ from the central one.
    assert len({round(float(effects[1, 1] / effects[-1, 1]), 3) for effects in found.paths.effects}) > 8


@pytest.mark.slow
def test_a_draw_with_capital_that_adjusts_is_the_path_of_its_own_programme():
    setting = setting_of(labour_share=0.6)
    assert setting.years.capital.adjusts
    found = path_odds(setting, FEW)
    _, effects = alone(setting, found, 3)
    assert_allclose(found.paths.effects[3], effects, rtol=1e-6, atol=2e-6)


def test_the_general_solver_finds_the_same_paths(setting, found, monkeypatch):
    monkeypatch.setattr(QuickDraws, "fits", staticmethod(lambda _: False))
    general = path_odds(setting, FEW)
    assert_allclose(general.paths.effects, found.paths.effects, rtol=1e-6, atol=2e-6)
    assert not np.array_equal(general.paths.effects, found.paths.effects)


def test_without_unknowns_every_draw_is_the_central_path(setting):
    known = setting.prepared.programme.with_estimates(
        {"tools": {"change_pct": 1.0, "in_base": 0.3}, "ban": {"ave": 0.1}}
    )
    own = set_up(prepare(known, setting.prepared.world), last=2027)
    found = path_odds(own, replace(FEW, spread=0.0, all_sets=False))
    assert_allclose(
        found.paths.effects, np.broadcast_to(found.central, found.paths.effects.shape), rtol=1e-6, atol=1e-7
    )
    assert "Nothing was drawn" in " ".join(sentences(found))


def test_same_seed_same_bytes_whatever_the_threads_and_batches(setting, found, monkeypatch):
    monkeypatch.setattr(draws_module, "THREADS", 1)
    more = path_odds(setting, replace(FEW, draws=19))
    assert more.paths.effects[:16].tobytes() == found.paths.effects.tobytes()


def test_an_interrupt_loses_nothing_and_the_rest_is_the_same(setting, found, tmp_path, monkeypatch):
    monkeypatch.setattr(draws_module, "TOGETHER", 2)
    options = replace(FEW, keep=True, folder=tmp_path)

    def stop_at_six(_text, done, _total):
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        path_odds(setting, options, progress=stop_at_six)
    (file,) = tmp_path.glob("*.draws")
    with file.open("ab") as torn:  # as a kill in the middle of a write leaves it
        torn.write(b"\x00" * 11)
    told = []
    resumed = path_odds(setting, options, progress=lambda text, done, _: told.append((text, done)))
    assert min(done for _, done in told) > 6
    assert "making ready" in told[0][0]
    assert "left" in told[1][0]
    assert resumed.paths.effects.tobytes() == found.paths.effects.tobytes()
    longer = set_up(setting.prepared, last=2028, depreciation=0.2)
    path_odds(longer, options)
    assert len(list(tmp_path.glob("*.draws"))) == 2, "another horizon has draws of its own"


def test_tables_are_counts_of_the_draws(setting, found):
    tables = {table.name: table.frame for table in path_odds_tables(found)}
    years = np.arange(setting.horizon.first, setting.horizon.last + 1)
    value = np.einsum("t,dtn->dn", 1.05 ** -(years - setting.horizon.first), found.paths.effects)
    annuity = (1.05 ** -(years - setting.horizon.first)).sum()
    frame = tables["path_odds"].set_index("region")
    assert_allclose(frame.loc["BEL", "median_usd"], np.median(value[:, 1]))
    assert_allclose(
        frame.loc["ARC", ["low_usd", "high_usd"]].astype(float), np.quantile(value[:, 0], [0.05, 0.95])
    )
    assert_allclose(
        frame.loc["BEL", "low_pct"], np.quantile(100 * value[:, 1] / annuity / found.paths.base[:, 1], 0.05)
    )
    assert frame.loc["BEL", "probability"] == (value[:, 1] > 0).mean()
    assert frame.loc[EVERYBODY, "probability"] == (value[:, :2] > 0).all(axis=1).mean()
    assert 0.0 < frame.loc[EVERYBODY, "probability"] < 1.0, "the example has both"
    in_2025 = tables["path_odds_years"].query("year == 2025").set_index("region")
    effects = found.paths.effects[:, list(years).index(2025)]
    assert_allclose(in_2025.loc["COR", "median_usd"], np.median(effects[:, 2]))
    assert in_2025.loc[EVERYBODY, "probability"] == (effects[:, :2] > 0).all(axis=1).mean()
    last = tables["path_odds_convergence"].query("draws == 16").set_index("region")
    assert last.loc[EVERYBODY, "probability"] == frame.loc[EVERYBODY, "probability"]
    assert_array_equal(
        tables["path_odds_draws"].query("region == 'BEL'")["value_usd"], found.present_value[:, 1]
    )


def test_a_draw_without_a_path_is_counted_and_left_out(setting, monkeypatch):
    honest = draws_module.DrawnProgramme._shocks

    def sometimes(self, measure, draw):
        if draw.values["ban"]["ave"] > 0.15:
            raise draws_module.EngineError("made up reason")
        return honest(self, measure, draw)

    monkeypatch.setattr(draws_module.DrawnProgramme, "_shocks", sometimes)
    few = path_odds(setting, FEW)
    failed = int(path_odds_tables(few)[0].frame["failed"].iloc[0])
    assert 0 < failed < 16
    assert set(path_odds_tables(few)[0].frame["draws"]) == {16 - failed}
    assert "made up reason" in " ".join(sentences(few))


# Two programmes with the same draws ---------------------------------------------------------------------------------


def test_paths_are_compared_draw_by_draw(setting, found):
    """The second programme is the first without its seeds, a measure without a range: what else there is has the same draws."""
    fewer = read_programme({**PROGRAMME, "name": "No seeds", "measure": PROGRAMME["measure"][1:]})
    other = set_up(prepare(fewer, read_world("toy")), last=2027, depreciation=0.2)
    compared = compare_paths(setting, other, FEW)
    assert compared.first.paths.effects.tobytes() == found.paths.effects.tobytes()
    years = np.arange(2021, 2028)
    worth = 1.05 ** -(years - 2021.0)
    one, two = compared.first.paths, compared.second.paths
    gap = np.einsum("t,dtn->dn", worth, two.effects - one.effects)
    table = compared.table.frame.set_index("region")
    for n, region in enumerate(("ARC", "BEL", "COR")):
        row = table.loc[region]
        assert_allclose(
            row[["low_usd", "median_usd", "high_usd"]].astype(float),
            np.quantile(gap[:, n], [0.05, 0.5, 0.95]),
        )
        assert row["second_better"] == (gap[:, n] > 0.0).mean()
        assert_allclose(
            row["difference_usd"], worth @ (compared.second.central - compared.first.central)[:, n]
        )
    assert table.loc["ARC", "high_usd"] < 0.0
    assert_allclose(table["second_usd"] - table["first_usd"], table["difference_usd"])
    rows = compared.years.frame.set_index(["year", "region"])
    yearly = 100.0 * (two.effects / two.base[:, None] - one.effects / one.base[:, None])
    assert_allclose(rows.loc[(2024, "ARC"), "median_pct"], np.median(yearly[:, 3, 0]))
    assert rows.loc[(2021, "ARC"), "second_better"] == 0.0
    assert "better in 0% of draws" in compared_sentences(compared)[1]


def test_paths_of_other_years_or_rates_are_not_compared(setting):
    dearer = read_programme({**PROGRAMME, "discount_rate": 0.03, "as_of": date(2021, 8, 1)})
    other = set_up(prepare(dearer, read_world("toy")), last=2028, depreciation=0.2)
    with pytest.raises(ProgrammeError) as caught:
        compare_paths(setting, other, FEW)
    assert "day of evaluation: first 2021-07-01; second 2021-08-01" in str(caught.value)
    assert "discount rate 5.0% a year" in str(caught.value)
