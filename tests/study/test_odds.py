"""Odds: what is drawn, that draws are the same however they are made, and that nothing finished is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from accord.errors import AccordError, ProgrammeError
from accord.numerics import sensitivity
from accord.numerics.factorisation import one_thread
from accord.programme import read_programme
from accord.study import draw_blocks, draw_processes
from accord.study import draws as draws_module
from accord.study import odds as odds_module
from accord.study.draw_blocks import blocks_of
from accord.study.draw_store import HEADER, every_draw_anew, opened
from accord.study.odds import OddsOptions, common_odds, odds
from accord.study.odds_tables import EVERYBODY, odds_tables, sensitivity_frame, sentences, wilson
from accord.study.prepare import prepare
from accord.study.unknowns import WITHIN_SET, Drawn, Range, points, unknowns_of
from accord.world import read_world
from accord.world.reimpute import imputed_variants
from programme.examples import SUBSTITUTION, programme_table

TOY = "tests/study/toy_union.toml"
FEW = OddsOptions(draws=32, keep=False)


@pytest.fixture(scope="module")
def prepared(repository):
    return prepare(read_programme(repository / TOY), read_world("toy"))


@pytest.fixture(scope="module")
def found(prepared):
    return odds(prepared, FEW)


# What is drawn ------------------------------------------------------------------------------------------------------


def test_numbers_without_a_range_are_known(prepared):
    unknowns = unknowns_of(prepared.programme, prepared.world)
    assert [entry.name for entry in unknowns.ranges] == ["papers.ave", "papers.rent_share"]


@pytest.mark.parametrize("shape", ["pert", "triangular", "uniform"])
def test_quantiles_stay_in_their_range_and_rise(shape):
    entry = Range("m.x", ("m",), "x", -1.0, 0.5, 3.0, "made up")
    at = np.linspace(1e-6, 1 - 1e-6, 101)
    value = entry.quantile(at, shape)
    assert value[0] >= -1.0
    assert value[-1] <= 3.0
    assert np.all(np.diff(value) > 0)


def test_means_are_those_of_the_textbook():
    entry = Range("m.x", ("m",), "x", 1.0, 2.0, 6.0, "made up")
    at = (np.arange(200_000) + 0.5) / 200_000
    assert_allclose(entry.quantile(at, "pert").mean(), (1 + 4 * 2 + 6) / 6, rtol=1e-5)
    assert_allclose(entry.quantile(at, "triangular").mean(), (1 + 2 + 6) / 3, rtol=1e-5)
    assert_allclose(entry.quantile(at, "uniform").mean(), 3.5, rtol=1e-5)


def test_an_estimate_at_the_edge_of_its_range_can_be_drawn():
    entry = Range("m.x", ("m",), "x", 0.0, 0.0, 2.0, "made up")
    value = entry.quantile(np.array([1e-9, 0.5, 1 - 1e-9]), "pert")
    assert np.all((value >= 0.0) & (value <= 2.0))


def test_fewer_draws_are_the_first_of_more():
    few, many = points(["a", "b"], 20, 3), points(["a", "b"], 64, 3)
    assert_array_equal(few["b"], many["b"][:20])


def test_a_measure_takes_other_values_wherever_its_numbers_stand(prepared):
    papers = prepared.programme.measures[0]
    moved = papers.with_estimates({"ave": 0.15, "cost.partners": 4.0})
    assert moved.ave.central == moved.ave.high == 0.15
    assert moved.estimates()["cost.partners"].central == 4.0
    assert moved.cut == papers.cut
    with pytest.raises(ProgrammeError, match="no number 'avee'"):
        papers.with_estimates({"avee": 1.0})


def test_two_measures_share_a_fact_about_the_world():
    def buyer(name, source):
        return {
            "id": name, "title": name, "area": "procurement", "kind": "procurement-access",
            "importers": [name.upper()[:3]], "exporters": [source], "home_preference": 0.2, "cut": 0.5,
            "public_share": {"government": {"low": 0.8, "central": 0.9, "high": 1.0, "source": "made up"}},
        }  # fmt: skip

    programme = read_programme(
        {
            "name": "p", "partners": ["ARC", "BEL"], "world": "toy", "base_year": 2020,
            "measure": [buyer("arc-buys", "BEL"), buyer("bel-buys", "ARC")],
        }
    )  # fmt: skip
    unknowns = unknowns_of(programme, read_world("toy"))
    (shared,) = unknowns.ranges
    assert shared.measures == ("arc-buys", "bel-buys")
    draw = Drawn(unknowns, points(unknowns.coordinates, 16, 0), 16)[3]
    assert draw.values["arc-buys"] == draw.values["bel-buys"]
    # A preference for home is stated by both with one range: it is one. Another range is another number.
    preference = {"low": 0.1, "central": 0.2, "high": 0.4, "source": "made up"}
    for high, names in ((0.4, [("arc-buys", "bel-buys")]), (0.5, [("arc-buys",), ("bel-buys",)])):
        stated = [
            {**buyer("arc-buys", "BEL"), "home_preference": preference},
            {**buyer("bel-buys", "ARC"), "home_preference": {**preference, "high": high}},
        ]
        table = {
            "name": "p",
            "partners": ["ARC", "BEL"],
            "world": "toy",
            "base_year": 2020,
            "measure": stated,
        }
        ranges = unknowns_of(read_programme(table), read_world("toy")).ranges
        assert [one.measures for one in ranges if one.key == "home_preference"] == names


# Draws --------------------------------------------------------------------------------------------------------------


@pytest.mark.medium
def test_a_draw_is_the_run_of_the_programme_with_its_values(prepared, found):
    unknowns = unknowns_of(prepared.programme, prepared.world, spread=0.0, elasticity_set="toy")
    at = points(unknowns.coordinates, 16, 1)
    solved = draws_module.solve_draws(prepared, unknowns, at, 16, 1, keep=False)
    draw = Drawn(unknowns, at, 16)[5]
    alone = prepare(prepared.programme.with_estimates(draw.values), prepared.world)
    assert_allclose(solved.welfare_usd[5], alone.welfare(alone.everything), rtol=1e-7, atol=1e-7)
    assert_allclose(solved.base[5], alone.model.unchanged.household_consumption, rtol=1e-9)


@pytest.mark.medium
def test_same_seed_same_bytes_whatever_the_threads_and_batches(prepared, found, monkeypatch):
    monkeypatch.setattr(draws_module, "THREADS", 1)
    again = odds(prepared, OddsOptions(draws=32, keep=False))
    assert again.solved.welfare_usd.tobytes() == found.solved.welfare_usd.tobytes()
    fewer = odds(prepared, OddsOptions(draws=17, keep=False))
    assert fewer.solved.welfare_usd.tobytes() == found.solved.welfare_usd[:17].tobytes()
    other = odds(prepared, OddsOptions(draws=17, seed=1, keep=False))
    assert not np.array_equal(other.solved.welfare_usd, fewer.solved.welfare_usd)


@contextmanager
def shared_out(*, patient=True):
    """Two cores and few draws, that are worth a process all the same; gives numbers of draws by who solved them.

    If `patient`, this process waits after its first block for the other, which must load its libraries first.
    """
    solved, arrived = {"here": [], "there": []}, Event()
    share_out, quickly = draws_module.share_out, draws_module.QuickDraw.__call__

    def noted(hands, blocks):
        def noting(name, several):
            def finished(number, result):
                solved[name].append(number)
                if name == "there":
                    arrived.set()
                several.finished(number, result)

            return replace(several, finished=finished)

        share_out([noting(*own) for own in zip(solved, hands, strict=True)], blocks)

    def waiting(self, numbers):
        if patient and solved["here"]:
            arrived.wait(60)
        return quickly(self, numbers)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(draws_module, "WORTH_PROCESSES", 8)
        patched.setattr(draw_blocks, "FEWEST", 4)
        patched.setattr(draws_module, "TOGETHER", 4)
        patched.setattr(draws_module, "cores", lambda: 2)
        patched.setattr(odds_module, "cores", lambda: 2)
        patched.setattr(draws_module, "share_out", noted)
        patched.setattr(draws_module.QuickDraw, "__call__", waiting)
        yield solved


@pytest.mark.medium
def test_a_process_and_this_one_share_draws_with_the_same_bytes_and_an_interrupt_loses_nothing(
    prepared, found, tmp_path
):
    options = OddsOptions(draws=32, folder=tmp_path)
    interrupts = []

    def stop_at_the_first_from_there(_text, _done, _total):
        if first["there"] and not interrupts:
            interrupts.append(1)
            raise KeyboardInterrupt

    with shared_out() as first, pytest.raises(KeyboardInterrupt):
        odds(prepared, options, progress=stop_at_the_first_from_there)
    assert first["here"]
    assert first["there"]
    (file,) = tmp_path.glob("*.draws")
    width = 1 + 3 * 3 + 1
    kept = np.frombuffer(file.read_bytes()[len(HEADER) :]).reshape(-1, width)[:, 0].astype(int).tolist()
    assert {*kept} == {*first["here"], *first["there"]}
    assert 8 <= len(kept) < 32
    with shared_out() as second:
        resumed = odds(prepared, options)
    assert second["there"]
    assert sorted([*kept, *second["here"], *second["there"]]) == list(range(32)), "each is solved once"
    assert resumed.solved.welfare_usd.tobytes() == found.solved.welfare_usd.tobytes()


@pytest.mark.medium
def test_a_process_loads_nothing_of_what_only_the_general_solver_needs():
    code = "import sys, accord.study.path_draws; print({'jax', 'scipy.optimize', 'dask'} & {*sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "set()\n"


@pytest.mark.medium
def test_a_draw_has_the_same_bytes_in_any_company(prepared, found, monkeypatch):
    for together in (1, 3):
        monkeypatch.setattr(draws_module, "TOGETHER", together)
        again = odds(prepared, FEW)
        assert again.solved.welfare_usd.tobytes() == found.solved.welfare_usd.tobytes()


@pytest.mark.parametrize(("draws", "workers"), [(1, 2), (17, 2), (1000, 2), (1000, 16), (4096, 3)])
def test_blocks_hold_every_draw_once_are_of_one_kind_and_end_small(draws, workers):
    numbers = range(5, 5 + draws)
    blocks = blocks_of(numbers, workers, 64, lambda number: number % 3)
    assert sorted(number for block in blocks for number in block) == list(numbers)
    assert all(len({number % 3 for number in block}) == 1 for block in blocks)
    assert max(map(len, blocks)) <= 64
    ends = [len(block) for block in blocks[-workers:]]
    assert sum(ends) <= max(16 * workers, draws / 2)


@pytest.mark.slow
def test_draws_of_the_worked_example_have_the_same_bytes_in_any_company(repository):
    """BLAS takes other ways through matrices of the size of a World than through those of a small economy."""
    prepared = prepare(
        read_programme(repository / "programmes" / "union_state_2024.toml"), read_world("embedded")
    )
    variants = imputed_variants(prepared.world)
    unknowns = unknowns_of(prepared.programme, prepared.world, imputations=tuple(variants))
    drawn = Drawn(unknowns, points(unknowns.coordinates, 256, 0), 256)
    quick = draws_module.DrawSolver(prepared, drawn, tuple(variants.values())).quick
    alike = [number for number in range(256) if quick.kind(number) == 0][:72]
    with one_thread():
        wide = dict(zip(alike, quick(alike), strict=True))
        for company in (alike[:44], alike[5:17], alike[30:31], list(range(24))):
            for number, record in zip(company, quick(company), strict=True):
                assert number not in wide or record.tobytes() == wide[number].tobytes()


@pytest.mark.medium
def test_when_a_process_is_killed_the_rest_is_solved_here(prepared, found, monkeypatch):
    monkeypatch.setattr(draw_processes, "_draws", lambda _path, _numbers: os._exit(9))
    with shared_out(patient=False) as solved:
        again = odds(prepared, FEW)
    assert solved["there"] == []
    assert sorted(solved["here"]) == list(range(32))
    assert again.solved.welfare_usd.tobytes() == found.solved.welfare_usd.tobytes()


@pytest.mark.medium
def test_what_the_quick_solver_does_not_find_the_general_one_does(prepared, found, monkeypatch):
    monkeypatch.setattr(draws_module.QuickDraw, "__call__", lambda _, numbers: [None] * len(numbers))
    general = odds(prepared, FEW)
    assert_allclose(general.solved.welfare_usd, found.solved.welfare_usd, rtol=1e-6, atol=1e-6)
    assert not np.array_equal(general.solved.welfare_usd, found.solved.welfare_usd)
    assert (general.solved.general, found.solved.general) == (set(range(32)), set())
    assert set(odds_tables(general)[0].frame["general"]) == {32}
    assert "32 of 32 draws with an equilibrium were solved by the general solver" in " ".join(
        sentences(general)
    )
    assert "general solver" not in " ".join(sentences(found))


@pytest.mark.medium
def test_an_interrupt_loses_nothing_and_the_rest_is_the_same(prepared, found, tmp_path, monkeypatch):
    monkeypatch.setattr(draws_module, "TOGETHER", 2)
    options = OddsOptions(draws=32, folder=tmp_path)

    def stop_at_ten(_text, done, _total):
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        odds(prepared, options, progress=stop_at_ten)
    (file,) = tmp_path.glob("*.draws")
    record = 8 * (1 + 3 * 3 + 1)
    kept = np.frombuffer(file.read_bytes()[len(HEADER) :]).reshape(-1, record // 8)[:, 0].astype(int).tolist()
    assert len(set(kept)) == len(kept) >= 10
    with file.open("ab") as torn:  # as a kill in the middle of a write leaves it
        torn.write(b"\x00" * 11)
    begun = []
    honest = draws_module.DrawSolver.with_quick

    def counted(self, number, record):
        begun.append(number)
        return honest(self, number, record)

    monkeypatch.setattr(draws_module.DrawSolver, "with_quick", counted)
    resumed = odds(prepared, options)
    assert sorted([*begun, *kept]) == list(range(32)), "what was finished is not solved again"
    assert resumed.solved.welfare_usd.tobytes() == found.solved.welfare_usd.tobytes()
    begun.clear()
    odds(prepared, options)
    assert begun == []
    with every_draw_anew():  # as `accord verify` does
        again = odds(prepared, options)
    assert sorted(begun) == list(range(32))
    assert again.solved.welfare_usd.tobytes() == found.solved.welfare_usd.tobytes()


def test_a_store_is_held_against_other_processes(tmp_path):
    with opened(tmp_path, "key", 2) as store:
        store.append(1, np.array([3.0, 4.0]))
        store.append(0, np.array([1.0, 2.0]))
        store.append(1, np.array([5.0, 6.0]))
        with pytest.raises(AccordError, match="another process"):
            opened(tmp_path, "key", 2).__enter__()
    with opened(tmp_path, "key", 2) as store:
        assert store.left(4) == [2, 3]
        assert_array_equal(store.read(2), [[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.medium
def test_a_draw_without_equilibrium_is_counted_and_left_out(prepared, tmp_path, monkeypatch):
    honest = draws_module.DrawnProgramme._shocks

    def sometimes(self, measure, draw):
        if draw.values["papers"]["ave"] > 0.15:
            raise draws_module.EngineError("made up reason")
        return honest(self, measure, draw)

    monkeypatch.setattr(draws_module.DrawnProgramme, "_shocks", sometimes)
    few = odds(prepared, OddsOptions(draws=32, folder=tmp_path))
    frame = odds_tables(few)[0].frame
    failed = int(frame["failed"].iloc[0])
    assert 0 < failed < 32
    assert set(frame["draws"]) == {32 - failed}
    assert "made up reason" in " ".join(sentences(few))
    # Each is named with its reason, and none of them was solved by any solver.
    left_out = odds_tables(few)[-1]
    assert left_out.name == "odds_failures"
    assert list(left_out.frame["draw"]) == (np.flatnonzero(np.isnan(few.solved.base[:, 0])) + 1).tolist()
    assert set(left_out.frame["reason"]) == {"made up reason"}
    assert set(frame["general"]) == {0}
    monkeypatch.setattr(draws_module, "_solve_all", lambda *_: pytest.fail("they are finished"))
    again = odds(prepared, OddsOptions(draws=32, folder=tmp_path))
    assert (again.solved.failures, again.solved.general) == (few.solved.failures, few.solved.general)


@pytest.mark.medium
def test_where_no_draw_has_an_equilibrium_that_is_said_with_its_reason(prepared, monkeypatch):
    """Statistics of nothing were warned of by numpy, and printed."""

    def never(*_):
        raise draws_module.EngineError("made up reason")

    monkeypatch.setattr(draws_module.DrawnProgramme, "_shocks", never)
    with pytest.raises(AccordError, match=r"none of the 32 draws has an equilibrium.*made up reason"):
        odds(prepared, FEW)
    monkeypatch.setattr(draws_module, "may_reuse", lambda: False)
    monkeypatch.setattr(odds_module, "FULL_DRAWS", 32)
    told = odds_module.answer(prepared, lambda *_: None)
    assert told.tables == ()
    assert "none of the 32 draws has an equilibrium" in told.sentences[0]


@pytest.mark.medium
def test_common_draws_give_the_same_numbers_for_what_is_shared(prepared, found):
    shorter = prepare(prepared.programme.only(["papers", "ban"]), prepared.world)
    one, two = common_odds([prepared, shorter], FEW)
    assert_array_equal(
        Drawn(one.unknowns, one.at, 32).values["papers.ave"],
        Drawn(two.unknowns, two.at, 32).values["papers.ave"],
    )
    assert_allclose(one.solved.welfare_usd, found.solved.welfare_usd, rtol=1e-12)


@pytest.mark.medium
def test_tables_agree_with_the_draws(prepared, found):
    tables = {table.name: table.frame for table in odds_tables(found)}
    welfare = found.solved.welfare_pct[:, :2]
    frame = tables["odds"].set_index("region")
    assert frame.loc["ARC", "median_pct"] == np.median(welfare[:, 0])
    assert frame.loc["ARC", "probability"] == (welfare[:, 0] > 0).mean()
    assert frame.loc[EVERYBODY, "probability"] == (welfare > 0).all(axis=1).mean()
    assert list(frame["role"]).count("third country") == 1
    last = tables["odds_convergence"].query("draws == 32").set_index("region")
    assert last.loc[EVERYBODY, "probability"] == frame.loc[EVERYBODY, "probability"]
    assert len(tables["odds_draws"]) == 2 * 32


# Which unknown matters ----------------------------------------------------------------------------------------------


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_first_order_indices_of_ishigamis_function():
    at = points(["a", "b", "c"], 4096, 0)
    x = np.pi * (2 * np.column_stack(list(at.values())) - 1)
    y = ishigami(x)
    indices = [sensitivity.first_order(at[name], y) for name in "abc"]
    assert_allclose(indices, [0.3139, 0.4424, 0.0], atol=0.01)  # Sobol and Levitan (1999)


def test_salib_agrees():
    delta = pytest.importorskip("SALib.analyze.delta")
    at = points(["a", "b", "c"], 1024, 0)
    y = at["a"] ** 2 + 0.5 * at["b"] + 0.1 * at["a"] * at["c"]  # SALib's few classes blur what oscillates
    found = sensitivity.first_order_salib(np.column_stack(list(at.values())), y)
    own = [sensitivity.first_order(at[name], y) for name in "abc"]
    assert found is not None
    assert_allclose(found, own, atol=0.03)
    assert_allclose(own, [0.822, 0.176, 0.002], atol=0.01)  # by hand
    state = np.random.get_state()
    for draws in (256, 1000):
        coordinates, outcome = np.column_stack(list(at.values()))[:draws], y[:draws]
        problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0.0, 1.0]] * 3}
        with warnings.catch_warnings():
            whole = delta.analyze(problem, coordinates, outcome, num_resamples=2, seed=1, method="sobol")
        assert_array_equal(
            sensitivity.first_order_salib(coordinates, outcome), np.clip(whole["S1"], 0.0, 1.0)
        )
    np.random.set_state(state)


def test_a_group_of_linear_unknowns_explains_its_share():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(2000, 20))
    y = x.sum(axis=1) + np.sqrt(20) * draw.normal(size=2000)
    assert_allclose(sensitivity.joint_linear(x, y), 0.5, atol=0.03)


def test_too_few_draws_for_a_group_give_no_number_rather_than_nothing(found):
    draw = np.random.default_rng(0)
    assert np.isnan(sensitivity.joint_linear(draw.normal(size=(20, 18)), draw.normal(size=20)))
    unknown = replace(found, sensitivity={**found.sensitivity, WITHIN_SET: np.full(2, np.nan)})
    told = " ".join(sentences(unknown))
    assert (
        "Too few draws to say how much trade elasticities: within set matter: more than 5 are needed" in told
    )
    assert "within set matters most" not in told
    last = sensitivity_frame(unknown).groupby("region")["unknown"].last()
    assert set(last) == {WITHIN_SET}


def test_a_choice_explains_by_its_levels():
    at = points(["a", "b"], 1024, 0)
    y = np.array([0.0, 5.0, 1.0])[(3 * at["a"]).astype(int)] + at["b"]
    variance = np.var([0.0, 5.0, 1.0])
    assert_allclose(sensitivity.first_order(at["a"], y, levels=3), variance / (variance + 1 / 12), atol=0.005)


def test_noise_explains_nothing():
    draw = np.random.default_rng(0)
    assert sensitivity.first_order(draw.uniform(size=1024), draw.normal(size=1024)) < 0.03


@pytest.mark.medium
def test_what_nothing_moves_and_what_is_sure_are_said_as_such():
    """It was said that the elasticities matter most, with 0 % of the variance, and that 16 draws leave no error at all."""
    paid = {
        "id": "aid",
        "title": "Aid",
        "area": "other",
        "kind": "transfer",
        "payer": "ARC",
        "recipient": "BEL",
    }
    nothing = programme_table({**paid, "usd_million_per_year": 0})
    said = " ".join(sentences(odds(prepare(read_programme(nothing), read_world("toy")), FEW)))
    assert "Arcadia: nothing that was drawn moves it." in said
    assert "with probability 0.000 (95% interval 0.000 to 0.107; 32 draws" in said


def test_wilsons_interval_is_honest_at_the_ends():
    low, high = wilson(100, 100)
    assert high == 1.0
    assert 0.95 < low < 0.97
    assert_allclose(wilson(50, 100), [0.4038, 0.5962], atol=1e-4)  # Brown, Cai and DasGupta (2001)


@pytest.mark.medium
def test_supports_of_import_substitution_are_solved_for_in_every_draw():
    replaced = {"low": 10.0, "central": 20.0, "high": 30.0, "source": "assumption: made up"}
    table = programme_table({**SUBSTITUTION, "id": "tools", "imports_replaced": replaced})
    prepared = prepare(read_programme({**table, "world": "toy"}), read_world("toy"))
    unknowns = unknowns_of(prepared.programme, prepared.world, spread=0.0)
    at = points(unknowns.coordinates, 16, 0)
    solved = draws_module.solve_draws(prepared, unknowns, at, 16, 0, keep=False)
    for number in (0, 3):
        draw = Drawn(unknowns, at, 16)[number]
        alone = prepare(
            prepared.programme.with_estimates(draw.values),
            prepared.world,
            prepared.programme.model.over({"elasticities": draw.elasticity_set}),
        )
        assert_allclose(solved.welfare_usd[number], alone.welfare(alone.everything), rtol=1e-4, atol=1e-5)
    assert np.ptp(solved.welfare_usd[:, 0]) > 0.01
