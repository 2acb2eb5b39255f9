"""What is shown of a full run: sentences, small tables and figures, at 80 columns and on the page."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from accord.present.answer_figures import answer_figures
from accord.present.answers import asked
from accord.present.terminal_answers import show_answers
from accord.study.attribution_tables import PAIR_COLUMNS, PART_COLUMNS
from accord.study.odds_tables import CONVERGENCE_COLUMNS, DRAW_COLUMNS, ODDS_COLUMNS, SENSITIVITY_COLUMNS
from accord.tables import Table
from present.fake_outcome import fake_outcome


def table(name, columns, keys, rows):
    frame = pd.DataFrame(rows)
    return Table(name, name, frame, {column: columns[column] for column in frame.columns}, keys)


@pytest.fixture
def outcome():
    plain = fake_outcome()
    names, partners = plain.region_names, plain.partners
    about = [{"region": code, "region_name": names[code], "role": "partner"} for code in partners]
    parts = [
        {"outcome": "household_ev", **who, "measure": measure, "part_usd": usd, "part_pct": usd / 100, "nodes": 3}
        for who in about
        for measure, usd in (("open", 120.0), ("duty", -20.0), ("(not explained)", 1e-9), ("(all decisions)", 100.0))
    ]  # fmt: skip
    pairs = [
        {
            "region": who["region"], "region_name": who["region_name"], "measure": "open", "other": "duty",
            "first_usd": 110.0, "second_usd": -25.0, "interaction_usd": 15.0 * n, "relation": relation,
        }
        for n, (who, relation) in enumerate(zip(about, ["independent", "worth more together"], strict=False))
    ]  # fmt: skip
    chance = {"probability": 0.75, "probability_error": 0.05}
    odds = [
        {
            **who, "central_pct": 0.1, "low_pct": -0.2, "median_pct": 0.1, "high_pct": 0.4, "median_usd": 10.0, **chance,
            "probability_low": 0.6, "probability_high": 0.85, "draws": 64, "failed": 0,
        }
        for who in [{"region": "(all partners)", "region_name": "All partners gain", "role": "partner"}, *about]
    ]  # fmt: skip
    draws = [
        {"draw": draw, "region": who["region"], "household_ev_pct": value, "household_ev_usd": 100 * value}
        for who in about
        for draw, value in enumerate(np.linspace(-0.2, 0.6, 64), start=1)
    ]
    sensitivity = [
        {
            "region": who["region"], "region_name": who["region_name"], "unknown": "open.ave", "first_order": 0.9,
            "direction": "raise it",
        }
        for who in about
    ]  # fmt: skip
    convergence = [
        {
            "draws": count, "region": "(all partners)", "region_name": "All partners gain", "role": "partner", **chance,
            "median_pct": 0.1,
        }
        for count in (32, 64)
    ]  # fmt: skip
    tables = (
        table("attribution", PART_COLUMNS, ("outcome", "region", "measure"), parts),
        table("attribution_pairs", PAIR_COLUMNS, ("region", "measure", "other"), pairs),
        table("odds", ODDS_COLUMNS, ("region",), odds),
        table("odds_draws", DRAW_COLUMNS, ("draw", "region"), draws),
        table("odds_sensitivity", SENSITIVITY_COLUMNS, ("region", "unknown"), sensitivity),
        table("odds_convergence", CONVERGENCE_COLUMNS, ("draws", "region"), convergence),
    )
    return replace(
        plain,
        tables={**plain.tables, **{made.name: made for made in tables}},
        answers={"odds": ("All partners gain with probability 0.750.",), "attribution": ("Most from open.",)},
    )


def shown(outcome, width=80):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    show_answers(outcome, console)
    return console.file.getvalue()


def test_answers_stand_in_order_with_their_sentences(outcome):
    text = shown(outcome)
    places = [
        text.index(part) for part in ("How surely", "probability 0.750", "Which measure", "Most from open")
    ]
    assert places == sorted(places)
    assert max(map(len, text.splitlines())) <= 80


def test_parts_losses_and_the_whole_are_shown(outcome):
    text = shown(outcome)
    assert "-20.0" in text
    assert "(all decisions)" in text
    assert "All partners" in text


def test_a_pair_is_shown_for_every_partner_when_it_matters_to_one(outcome):
    (pairs,) = [
        one for _, _, _, tables in asked(outcome) for one in tables if one.name == "attribution_pairs_shown"
    ]
    assert not pairs.frame.isna().any().any()


def test_an_outcome_without_answers_shows_none(outcome):
    assert shown(replace(outcome, answers={})) == ""
    assert answer_figures(fake_outcome()) == ()


def test_figures_say_in_words_what_they_show(outcome):
    drawn = {figure.name: figure for figure in answer_figures(outcome)}
    assert list(drawn) == ["odds", "attribution"]
    assert "75% of draws gain" in drawn["odds"].description
    assert "duty -20.0" in drawn["attribution"].description
    for figure in drawn.values():
        assert figure.svg().startswith("<svg")
