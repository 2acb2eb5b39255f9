"""Merging the toy World, by hand, and every fault of a mapping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from accord.errors import WorldError
from accord.world.aggregate import ASSUMED_IN_PART, MIXED, aggregate
from accord.world.build import rebuilt
from accord.world.mapping import read_mapping
from accord.world.toy import toy_world

UNION = {"AB": ["ARC", "BEL"], "COR": ["COR"]}


def test_a_merged_flow_and_its_tariff_by_hand():
    """Machines from COR: ARC buys 80 at 10%, BEL 60 at 10%; farming: ARC 120 at 10%, BEL 60 at 20%."""
    merged = aggregate(toy_world(), regions=UNION)
    assert merged.data["tariff_rate"].sel(exporter="COR", importer="AB").values == pytest.approx(
        [(120 * 0.1 + 60 * 0.2) / 180, (60 * 0.2 + 40 * 0.1) / 100, 0.1]
    )
    assert (
        merged.data["final_demand"].sel(
            exporter="COR", supplying_sector="farming", importer="AB", use="household"
        )
        == 40
    )


def test_duties_between_merged_regions_become_tax_on_output():
    """Machines: ARC sells 260 to BEL at 10%, BEL sells 200 to ARC at 5%: USD 36 million of duties."""
    toy = toy_world()
    merged = aggregate(toy, regions=UNION)
    assert merged.gross_output.sel(region="AB", sector="machines") == pytest.approx(1590 + 680 + 36)
    assert merged.data["output_tax_rate"].sel(region="AB", sector="machines") == pytest.approx(36 / 2306)
    assert (
        "Duties of USD 67.0 million between merged regions became tax on output"
        in merged.provenance.steps[-1]
    )


def test_elasticities_are_weighted_by_imports():
    merged = aggregate(toy_world(), sectors={"goods": ["farming", "machines"], "food": ["food"]})
    assert merged.trade_elasticity() == pytest.approx([(380 * 8 + 800 * 6) / 1180, 4])
    assert merged.trade_elasticity("toy-low") == pytest.approx([(380 * 4 + 800 * 3) / 1180, 2])


def test_names_and_members_follow():
    merged = aggregate(toy_world(), regions=UNION, region_names={"AB": "Arc and Bel"})
    assert merged.region_names == {"AB": "Arc and Bel", "COR": "Corland"}
    assert merged.data["region_members"].values.tolist() == ["ARC BEL", "COR"]
    assert merged.name == "toy-2x3"
    assert aggregate(toy_world(), regions=UNION).region_names["AB"] == "AB"


def test_a_mixture_of_tariff_sources_is_called_one():
    toy = toy_world()
    index = toy.data["tariff_source"].values.copy()
    index[0, 2] = 1
    index[0, 2, 1:] = 2
    listed = replace(toy.provenance, tariff_sources=("assumed: made up", "law", "treaty"))
    merged = aggregate(rebuilt(toy, provenance=listed, tariff_source=index), regions=UNION)
    names = merged.provenance.tariff_sources
    assert names == ("assumed: made up", "law", "treaty", MIXED, ASSUMED_IN_PART)
    assert {names[cell] for cell in merged.data["tariff_source"].values[0, 1]} == {ASSUMED_IN_PART}
    goods = aggregate(
        rebuilt(toy, provenance=listed, tariff_source=index), sectors={"all": list(toy.sectors)}
    )
    assert goods.provenance.tariff_sources[goods.data["tariff_source"].values[0, 2, 0]] == MIXED


def test_an_output_tax_is_added_up():
    toy = toy_world()
    taxed = rebuilt(toy, provenance=toy.provenance, output_tax_rate=np.full((3, 3), 0.02))
    merged = aggregate(taxed, sectors={"all": list(toy.sectors)})
    assert merged.data["output_tax_rate"].values == pytest.approx(0.02)


def test_every_fault_of_a_mapping_is_listed():
    with pytest.raises(WorldError) as raised:
        aggregate(toy_world(), regions={"AB": ["ARC", "BELL", "ARC"], "E": []}, region_names={"Q": "x"})
    assert str(raised.value) == (
        """mapping of regions of World 'toy': a name for 'Q', which is no new region.
  Expected: one of AB, E.

mapping of regions of World 'toy': 'E' has no members.
  Expected: at least one region.
  Leave 'E' out, or give it members.

mapping of regions of World 'toy': 'ARC' is used 2 times, in AB.
  Expected: every label exactly once.
  Keep it in one place.

mapping of regions of World 'toy': unknown region 'BELL'.
  Expected: a region of the World.
  Did you mean 'BEL'? List all: accord world show toy --regions

mapping of regions of World 'toy': 2 regions have no place: BEL, COR.
  Expected: every label exactly once, so that nothing is dropped.
  To keep one as it is: BEL = ["BEL"]. List all: accord world show toy --regions"""
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("regions = [", "it is no TOML"),
        ("", "neither 'regions' nor 'sectors'"),
        (
            "[region]\nA = ['ARC']",
            "unknown table.\n  Expected: one of regions, sectors, region_names, sector_names.",
        ),
        ("regions = 3", "table 'regions': 3.\n  Expected: a table"),
        ("[regions]\nA = 'ARC'", "table 'regions', key 'A': 'ARC'.\n  Expected: a list of codes in quotes"),
        (
            "[regions]\nA = ['ARC']\n[region_names]\nA = 1",
            "table 'region_names', key 'A': 1.\n  Expected: a name in quotes",
        ),
    ],
)
def test_a_faulty_mapping_file_is_told(tmp_path, text, message):
    file = tmp_path / "mapping.toml"
    file.write_text(text)
    with pytest.raises(WorldError) as raised:
        read_mapping(file)
    assert message in str(raised.value)
