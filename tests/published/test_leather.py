"""The 'leather' example of the R package decompr, decomposed by its authors and by us.

Source: B. Quast, "leather data set", 6 January 2015, blog of decompr (github.com/bquast/decompr): a made-up economy of three
countries and three industries, the sixteen terms of Wang, Wei and Zhu, and value added by origin and exporting industry. Eight of the
eighteen flows are kept in leather_wwz.csv, with the thirteen terms that the page shows. Tolerance: the digits printed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from accord.analysis.value_added import METHODS, content_of_exports, decompose_exports
from accord.world import build_world
from accord.world.world import Provenance, World

COUNTRIES = ["Argentina", "Turkey", "Germany"]
INDUSTRIES = ["Agriculture", "Textile.and.Leather", "Transport.Equipment"]

# Inputs by using country and industry | final purchases by country.
FLOWS = """
16.1 5.1 1.8  3.2  4.3 0.4  3.1  2.8  4.9 | 21.5  6.1  8.4
 2.4 8.0 3.2  0.1  3.2 1.6  1.2  3.9 11.5 | 16.2  1.9  5.1
 0.9 0.5 4.0  0.0  0.1 0.3  0.0  0.4  0.5 | 11.0  0.5  0.8
 1.1 1.9 0.2 18.0 13.2 6.1  9.0  3.1  8.9 |  7.5 29.5 14.2
 0.3 2.8 0.1  6.1 28.1 6.3  2.1  2.5 25.6 |  8.9 24.9 16.9
 0.0 0.1 0.3  4.1  3.2 8.9  0.2  0.0  1.8 |  1.2 18.5  4.9
 1.2 4.2 0.3  4.1  1.2 0.6 29.0 19.5 17.9 |  9.2 17.9 51.2
 1.3 1.1 0.0  3.2  4.8 2.6  5.1 29.1 24.1 |  7.9 10.1 38.5
 2.1 1.4 3.0  4.1  3.1 3.9 11.3  8.1 51.3 | 25.1 35.2 68.4
"""

COLUMNS = {
    "DVA_FIN": "dva_fin",
    "DVA_INT": "dva_int",
    "DVA_INTrexI1": "dva_intrex1",
    "DVA_INTrexF": "dva_intrex2",
    "DVA_INTrexI2": "dva_intrex3",
    "RDV_INT": "rdv_int",
    "RDV_FIN": "rdv_fin",
    "RDV_FIN2": "rdv_fin2",
    "OVA_FIN": "ova_fin",
    "MVA_FIN": "mva_fin",
    "OVA_INT": "ova_int",
    "MVA_INT": "mva_int",
    "DDC_FIN": "ddc_fin",
}
"""Name on the page -> our column."""


@pytest.fixture(scope="module")
def leather() -> World:
    table = np.array([line.replace("|", " ").split() for line in FLOWS.strip().splitlines()], dtype=float)
    return build_world(
        "leather",
        2015,
        regions=COUNTRIES,
        sectors=INDUSTRIES,
        uses=["final"],
        region_names=COUNTRIES,
        sector_names=INDUSTRIES,
        sector_kinds=["goods"] * 3,
        intermediate=table[:, :9].reshape(3, 3, 3, 3),
        final_demand=table[:, 9:].reshape(3, 3, 3, 1),
        trade_elasticity=np.full(3, 4.0),
        elasticity_set="unused",
        provenance=Provenance("decompr, example 'leather'", "2015", "facts of an example"),
    )


def test_the_terms_of_wang_wei_and_zhu_are_those_of_decompr(leather):
    published = pd.read_csv(Path(__file__).with_name("leather_wwz.csv")).set_index(
        ["exporter", "importer", "sector"]
    )
    ours = decompose_exports(leather, method="wwz", by=("exporter", "importer", "sector")).frame
    ours = ours.set_index(["exporter", "importer", "sector"])
    for name, column in COLUMNS.items():
        # Flows are stored in float32, six digits or more; the page prints six to eight.
        assert_allclose(ours.loc[published.index, column], published[name], rtol=2e-6, atol=1e-8)


def test_value_added_by_origin_is_that_of_decompr(leather):
    # Columns of the page's Leontief decomposition added over industries: Argentina's exports by origin.
    page = {
        "Argentina": [28.52278343, 1.06206936, 0.21043693, 2.79395126, 19.12053186, 0.14228369, 0.35606694, 0.41813924, 1.06369578],
        "Turkey": [0.71952151, 0.41201175, 0.03482652, 1.34237213, 1.38523849, 0.08553139, 0.11504126, 0.11764036, 0.02667530],
        "Germany": [0.92530356, 0.64666560, 0.66638333, 2.25142713, 0.72785683, 0.65080723, 0.16222512, 0.08244379, 0.25807221],
    }  # fmt: skip
    ours = content_of_exports(leather, "Argentina").frame.set_index("origin")["value_added"]
    assert_allclose(ours[list(page)], [sum(cells) for cells in page.values()], rtol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_without_tariffs_there_are_no_duties_in_exports(leather, method):
    assert_allclose(decompose_exports(leather, method=method).frame["duties_taxes"], 0.0, atol=1e-6)
