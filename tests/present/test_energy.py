"""Sections and figures of plants, training and works abroad: what is shown is in the tables, and the same bytes come twice."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from rich.console import Console

from accord.present.energy import sections
from accord.present.energy_figures import energy_figures
from accord.present.terminal import show_outcome
from accord.study.plants import COLUMNS as PLANT_COLUMNS
from accord.study.power import COLUMNS as POWER_COLUMNS
from accord.tables import Table
from present.fake_outcome import fake_outcome


def table(name: str, keys: tuple[str, ...], **values: object) -> Table:
    frame = pd.DataFrame(values)
    columns = PLANT_COLUMNS if name.startswith("plant") else POWER_COLUMNS
    return Table(name, name, frame, {column: columns[column] for column in frame}, keys)


def with_a_plant():
    number = 1.0
    numbers = (
        "capacity_mw",
        "energy_twh",
        "rate",
        "lcoe",
        "gas_bcm",
        "break_even_full",
        "break_even_first",
        "break_even_last",
    )
    made = [
        table("plants", ("measure",), measure=["one"], **{name: [number] for name in numbers}),
        table(
            "plant_parties",
            ("measure", "part", "region", "rate"),
            measure=["one"] * 4,
            part=["owner", "owner", "lender", "lender"],
            region=["BLR", "BLR", "RUS", "RUS"],
            rate=[0.03, 0.07, 0.03, 0.07],
            npv_usd=[10.0, -20.0, -1.5, 2.5],
        ),
        table(
            "plant_phases",
            ("measure", "phase", "region"),
            measure=["one"],
            phase=["building"],
            region=["BLR"],
            household_ev_usd=[-3.0],
            household_ev_pct=[-0.1],
            multiplier_usd=[7.0],
        ),
        table(
            "plant_sensitivity",
            ("measure", "input", "side"),
            measure=["one"] * 2,
            input=["load_factor"] * 2,
            side=["low", "high"],
            owner_npv_usd=[-5.0, 6.0],
        ),
        table(
            "plant_years",
            ("measure", "year"),
            measure=["one"] * 3,
            year=[2020, 2021, 2022],
            owner_usd=[-5.0, 1.0, 2.0],
            lender_usd=[-4.0, 3.0, 0.0],
            principal_usd=[0.0, 2.0, 0.0],
            debt_usd=[4.0, 2.0, 0.0],
        ),
        table(
            "power_duration",
            ("region", "hour", "technology"),
            region=["BLR"] * 4,
            technology=["gas", "gas", "boilers", "boilers"],
            hour=[4380.0, 8760.0] * 2,
            load_mw=[100.0, 50.0] * 2,
            output_mw=[100.0, 60.0, 0.0, -10.0],
        ),
    ]
    outcome = fake_outcome()
    return replace(outcome, tables={**outcome.tables, **{one.name: one for one in made}})


def test_an_outcome_without_energy_has_no_section_and_no_figure():
    assert sections(fake_outcome()) == []
    assert energy_figures(fake_outcome()) == ()


def test_both_sides_of_the_loan_are_shown_with_their_signs():
    ((name, _, sentences, tables),) = sections(with_a_plant())
    assert name == "plants"
    assert "one: 1.0 USD/MWh at 100 %" in sentences[0]
    parties = tables[1].frame.set_index("part")
    assert parties.loc["owner", "at 7 %"] == "-20.0"
    assert parties.loc["lender", "at 7 %"] == "+2.5"
    phases = tables[2].frame
    assert list(phases[["household_ev_usd", "multiplier_usd"]].iloc[0]) == ["-3.0", "7.0"]


@pytest.mark.parametrize("width", [80, 160])
def test_the_terminal_shows_them(width):
    console = Console(width=width, record=True, force_terminal=False)
    show_outcome(with_a_plant(), console)
    text = console.export_text()
    assert "Nuclear plants: what they cost and displace" in text
    assert max(map(len, text.splitlines())) <= width


def test_figures_are_named_as_their_sections_and_the_same_twice():
    first, second = energy_figures(with_a_plant()), energy_figures(with_a_plant())
    assert [figure.name for figure in first] == ["plants", "power"]
    for one, other in zip(first, second, strict=True):
        svg = one.svg()
        assert svg == other.svg()
        assert ET.fromstring(svg)[1].text == one.description
    assert "lowest in 2020 with -5" in first[0].description
