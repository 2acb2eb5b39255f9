"""Applied tariffs of 2022: what is sourced, what is assumed, what agreements set to zero."""

import numpy as np
import pytest

from accord.errors import WorldError
from accord.world.sources.applied_tariffs import BLOCS, applied_tariffs, read_rows
from accord.world.sources.icio2022 import regions, sectors


@pytest.fixture(scope="module")
def tariffs():
    return applied_tariffs(tuple(regions()), tuple(sector.tariff_basis for sector in sectors()))


def cell(tariffs, exporter, importer, sector):
    at = (
        list(regions()).index(exporter),
        list(regions()).index(importer),
        [one.code for one in sectors()].index(sector),
    )
    return tariffs.rate[at], tariffs.sources[tariffs.source[at]]


@pytest.mark.parametrize(
    ("exporter", "importer", "sector", "rate", "source"),
    [
        ("CHN", "USA", "C28", 0.0278, "World Bank WDI TM.TAX.MANF"),
        ("CHN", "USA", "C10T12", 0.0248, "World Bank WDI TM.TAX.TCOM"),
        ("DEU", "BLR", "C20", 0.056, "World Bank WDI TM.TAX.MANF"),
        (
            "RUS",
            "BLR",
            "C20",
            0.0,
            "zero under an agreement in force in 2022 (scope is our reading): Eurasian Economic Union",
        ),
        (
            "FRA",
            "DEU",
            "C10T12",
            0.0,
            "zero under an agreement in force in 2022 (scope is our reading): European Union",
        ),
        (
            "CHE",
            "DEU",
            "C21",
            0.0,
            "zero under an agreement in force in 2022 (scope is our reading): European Economic Area",
        ),
        ("CHE", "DEU", "A01", 0.0406, "World Bank WDI TM.TAX.TCOM"),
        (
            "TUR",
            "DEU",
            "C29",
            0.0,
            "zero under an agreement in force in 2022 (scope is our reading): EU-Turkiye",
        ),
        ("RUS", "UKR", "C20", 0.0198, "World Bank WDI TM.TAX.MANF"),
        ("BLR", "UKR", "C20", 0.0, "zero under an agreement in force in 2022 (scope is our reading): CIS"),
        (
            "CIV",
            "FRA",
            "C10T12",
            0.0,
            "zero under an agreement in force in 2022 (scope is our reading): EU-Cote d'Ivoire",
        ),
        ("FRA", "CIV", "C10T12", 0.1548, "World Bank WDI TM.TAX.TCOM"),
        ("SAU", "KOR", "B06", 0.0, "assumed: zero, raw materials"),
        ("SAU", "KOR", "C19", 0.024, "assumed: the lower"),
        ("USA", "TWN", "C28", 0.04, "assumed: the importer has no figure"),
        ("USA", "DEU", "K", 0.0, "assumed: zero, no duty is charged on services"),
        ("DEU", "DEU", "C28", 0.0, "no tariff inside an economy"),
    ],
)
def test_a_cell_has_its_rate_and_says_where_it_comes_from(tariffs, exporter, importer, sector, rate, source):
    found, said = cell(tariffs, exporter, importer, sector)
    assert found == pytest.approx(rate)
    assert said.startswith(source)


def test_every_rate_is_a_share_and_every_source_is_listed(tariffs):
    assert ((tariffs.rate >= 0.0) & (tariffs.rate < 0.5)).all()
    assert tariffs.source.min() >= 0
    assert tariffs.source.max() < len(tariffs.sources)


def test_customs_unions_have_one_outer_tariff(tariffs):
    members = [list(regions()).index(code) for code in BLOCS["EU"].split()]
    outsider = list(regions()).index("JPN")
    assert np.ptp(tariffs.rate[outsider, members], axis=0).max() == 0.0


def test_every_party_of_an_agreement_is_an_economy_of_the_table():
    for row in read_rows("trade_agreements.csv"):
        for side in (row["importers"], row["exporters"]):
            assert set(BLOCS.get(side, side).split()) <= set(regions()), row["agreement"]
        assert row["direction"] in {"both", "imports"}
        assert row["scope"] in {"all", "industrial"}


def test_an_economy_without_a_line_is_named():
    with pytest.raises(WorldError, match="no line for REU"):
        applied_tariffs(["DEU", "REU"], ["manufactures"])
