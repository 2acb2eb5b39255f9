"""The OECD's own layout: read as pymrio reads it, recorded accounts kept, inventories treated as their method says."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pymrio
import pytest
from numpy.testing import assert_allclose

from accord.errors import WorldError
from accord.world.checks import check_world
from accord.world.sources import oecd_icio
from accord.world.sources.oecd_icio import read_oecd_icio
from accord.world.sources.wide_csv import read_wide_csv
from world.raw.oecd_files import FINAL, oecd_frame, write_oecd_csv

REGIONS, SECTORS = ("BLR", "RUS", "ROW"), ("A01", "C26", "G")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return oecd_frame(REGIONS, SECTORS, seed=3)


@pytest.fixture
def file(frame, tmp_path):
    return write_oecd_csv(tmp_path / "ICIO2023_2020.csv", frame)


def split_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of MEX, CHN and BLR with Mexico's and China's producers split as in the extended edition; final demand is not."""
    renamed = {"BLR": "CHN", "RUS": "MEX", "ROW": "BLR"}
    plain = frame.rename(index=lambda name: _with(name, renamed), columns=lambda name: _with(name, renamed))
    rows, columns = [], []
    for name in plain.index:
        region, _, sector = name.partition("_")
        parts = {"CHN": ("CN1", "CN2"), "MEX": ("MX1", "MX2")}.get(region, ())
        rows += [(name, 0.0 if parts else 1.0, name)]
        rows += [(f"{part}_{sector}", 0.3 if part[-1] == "1" else 0.7, name) for part in parts]
    for name in plain.columns:
        region, _, sector = name.partition("_")
        parts = {"CHN": ("CN1", "CN2"), "MEX": ("MX1", "MX2")}.get(region, ()) if sector in SECTORS else ()
        columns += [(name, 0.0 if parts else 1.0, name)]
        columns += [(f"{part}_{sector}", 0.3 if part[-1] == "1" else 0.7, name) for part in parts]
    left = np.array([[weight * (old == name) for name in plain.index] for _, weight, old in rows])
    right = np.array([[weight * (old == name) for name in plain.columns] for _, weight, old in columns])
    cells = left @ plain.to_numpy() @ right.T
    split = pd.DataFrame(cells, index=[name for name, _, _ in rows], columns=[name for name, _, _ in columns])
    split.index.name = "V1"
    return split


def _with(name: str, renamed: dict[str, str]) -> str:
    region, mark, rest = name.partition("_")
    return renamed.get(region, region) + mark + rest


def test_flows_taxes_and_value_added_are_those_that_pymrio_reads(file):
    world = read_oecd_icio(file, inventories="settled")
    theirs = pymrio.parse_oecd(file)
    labels = [(region, sector) for region in world.regions for sector in world.sectors]
    flows = theirs.Z.loc[labels, labels].to_numpy().reshape(3, 3, 3, 3)
    assert_allclose(world.data["intermediate"].to_numpy(), flows, rtol=1e-6)
    factor = theirs.factor_inputs.F[labels]
    assert_allclose(world.data["value_added"].to_numpy()[..., 0].ravel(), factor.loc["VA"], rtol=1e-6)
    taxes = world.data["output_tax_rate"].to_numpy() * world.gross_output.to_numpy()
    assert_allclose(taxes.ravel(), factor.loc["TLS"], rtol=1e-5)
    wholes = theirs.Y.loc[labels].T.groupby(level=0).sum().T[list(world.regions)]
    ours = world.data["final_demand"].to_numpy().sum(axis=3).reshape(9, 3)
    assert_allclose(ours.sum(axis=1), wholes.sum(axis=1), rtol=1e-6)
    assert world.year == 2020
    assert world.region_names["BLR"] == "Belarus"


def test_uses_are_the_columns_they_are_made_of(file, frame):
    world = read_oecd_icio(file, inventories="produced")
    parts = {"household": ("HFCE", "NPISH", "DPABR"), "government": ("GGFC",)}
    for use, endings in parts.items():
        for region in REGIONS:
            columns = frame[[f"{region}_{ending}" for ending in endings]].sum(axis=1).iloc[:9]
            ours = world.data["final_demand"].sel(importer=region, use=use).to_numpy().ravel()
            assert_allclose(ours, columns, rtol=1e-6)


def test_split_countries_are_merged_as_pymrio_merges_them(frame, tmp_path):
    file = write_oecd_csv(tmp_path / "ICIO2021_2018.csv", split_frame(frame))
    world = read_oecd_icio(file, inventories="settled", fixes=["accept-units"])
    theirs = pymrio.parse_oecd(file)
    assert set(world.regions) == {"CHN", "MEX", "BLR"}
    labels = [(region, sector) for region in world.regions for sector in world.sectors]
    assert_allclose(
        world.data["intermediate"].to_numpy().reshape(9, 9), theirs.Z.loc[labels, labels], rtol=1e-6
    )
    assert any("merged with CHN and MEX" in step for step in world.provenance.steps)


def test_produced_inventories_keep_technology_and_meet_the_new_final_demand(file, frame):
    world = read_oecd_icio(file, inventories="produced")
    flows = frame.iloc[:9, :9].to_numpy()
    output = frame["OUT"].iloc[:9].to_numpy()
    final = frame.iloc[:9, 9:-1].to_numpy()
    positive = np.where(
        np.array([name.endswith("INVNT") for name in frame.columns[9:-1]]), np.maximum(final, 0.0), final
    )
    expected = np.linalg.solve(np.eye(9) - flows / output, positive.sum(axis=1))
    assert_allclose(world.gross_output.to_numpy().ravel(), expected, rtol=1e-6)
    ours = world.data["intermediate"].to_numpy().reshape(9, 9) / world.gross_output.to_numpy().ravel()
    assert_allclose(ours, flows / output, rtol=1e-5)
    assert any("Costinot and Rodriguez-Clare" in step for step in world.provenance.steps)


def test_proportional_inventories_keep_output(file, frame):
    world = read_oecd_icio(file, inventories="proportional")
    assert_allclose(world.gross_output.to_numpy().ravel(), frame["OUT"].iloc[:9], rtol=1e-6)
    net = frame[[f"{region}_INVNT" for region in REGIONS]].sum(axis=1).iloc[:9].to_numpy()
    output = frame["OUT"].iloc[:9].to_numpy()
    factor = (output / (output - net))[:, None]
    assert_allclose(
        world.data["intermediate"].to_numpy().reshape(9, 9), factor * frame.iloc[:9, :9], rtol=1e-5
    )


def test_without_inventories_every_method_gives_the_same_world(frame, tmp_path):
    calm = frame.copy()
    stock = [f"{region}_INVNT" for region in REGIONS]
    output = calm["OUT"].iloc[:9] - calm[stock].iloc[:9].sum(axis=1)
    calm.loc[calm.index[:9], "OUT"] = output
    calm.loc["OUT", calm.columns[:9]] = output.to_numpy()
    calm.loc["VA", calm.columns[:9]] = (
        output.to_numpy() - calm.iloc[:9, :9].sum().to_numpy() - calm.loc["TLS"].iloc[:9].to_numpy()
    )
    calm[stock] = 0.0
    file = write_oecd_csv(tmp_path / "2020_SML.csv", calm)
    hashes = {
        read_oecd_icio(file, inventories=method).content_hash
        for method in ("produced", "proportional", "settled")
    }
    assert len(hashes) == 1


def test_old_names_of_rows_are_read(frame, tmp_path):
    old = frame.rename(index={"TLS": "TAXSUB", "VA": "VALU", "OUT": "OUTPUT"}, columns={"OUT": "TOTAL"})
    one = read_oecd_icio(write_oecd_csv(tmp_path / "ICIO2018_2015.csv", old))
    other = read_oecd_icio(write_oecd_csv(tmp_path / "ICIO2023_2015.csv", frame))
    assert one.content_hash == other.content_hash


def test_tariffs_of_2022_come_with_that_year_and_duties_are_part_of_recorded_taxes(frame, tmp_path):
    world = read_oecd_icio(write_oecd_csv(tmp_path / "2022_SML.csv", frame))
    rates = world.data["tariff_rate"]
    assert float(rates.sel(exporter="RUS", importer="BLR", sector="A01")) == 0.0
    assert float(rates.sel(exporter="ROW", importer="BLR", sector="C26")) > 0.0
    assert float(rates.sel(exporter="BLR", importer="ROW", sector="C26")) == 0.04
    assert "ROW has no figure" in world.provenance.imputed[0]
    before = read_oecd_icio(write_oecd_csv(tmp_path / "2021_SML.csv", frame))
    assert_allclose(world.data["value_added"].to_numpy(), before.data["value_added"].to_numpy(), rtol=1e-6)


def broken(frame: pd.DataFrame, change) -> pd.DataFrame:
    copy = frame.copy()
    result = change(copy)
    return copy if result is None else result


FAULTS = {
    "a negative input": (
        lambda f: f.__setitem__("RUS_C26", f["RUS_C26"].where(f.index != "BLR_A01", -5e5)),
        "2020_SML.csv, inputs: 1 cells are negative (USD -500,000.000 million in all): BLR A01 RUS C26.",
        "zero-negative-inputs",
    ),
    "a blank cell": (
        lambda f: f.__setitem__("RUS_HFCE", f["RUS_HFCE"].where(f.index != "BLR_A01")),
        "2020_SML.csv, final purchases: 1 cells are blank or infinite: BLR A01 RUS household.",
        "blank-is-zero",
    ),
    "a lost row": (
        lambda f: f.drop(index="RUS_G"),
        "2020_SML.csv, row labels: 1 rows are missing: RUS_G.",
        "missing-is-zero",
    ),
    "a doubled row": (
        lambda f: pd.concat([f.iloc[:1], f]),
        "2020_SML.csv, row labels: repeated: BLR_A01.",
        "merge-repeated",
    ),
    "transposed": (
        lambda f: f.T,
        "2020_SML.csv, labels: final purchases stand in rows, and TLS, VA or OUT in columns: the table is transposed.",
        "transpose",
    ),
    "in thousands": (
        lambda f: 1e3 * f,
        "2020_SML.csv, amounts: value added is ",
        "scale-units",
    ),
    "sums that miss": (
        lambda f: f.__setitem__("OUT", f["OUT"] * np.where(f.index == "BLR_A01", 1.1, 1.0)),
        "2020_SML.csv, rows: 1 of 9 do not add up to recorded output: BLR A01; the largest gap is USD -",
        "output-from-rows",
    ),
    "an unknown column": (
        lambda f: f.rename(columns={"RUS_HFCE": "RUSHFCE"}),
        "2020_SML.csv, column labels: 1 say nothing: RUSHFCE.",
        None,
    ),
    "a mistyped sector": (
        lambda f: f.rename(columns={"RUS_C26": "RUS_C62"}),
        "2020_SML.csv, column labels: 1 have no row of the same label: RUS_C62.",
        None,
    ),
    "a sector that accord does not know": (
        lambda f: f.rename(
            index=lambda name: name.replace("C26", "XYZ"), columns=lambda name: name.replace("C26", "XYZ")
        ),
        "2020_SML.csv, sectors: 1 of 3 codes say nothing to accord: XYZ.",
        "assume-sectors",
    ),
    "inputs above output": (
        lambda f: f.__setitem__("RUS_C26", f["RUS_C26"] * 40.0),
        "2020_SML.csv, columns: 1 sectors pay for inputs and taxes what they earn or more: RUS C26;",
        "lower-inputs",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_said_and_its_fix_makes_a_sound_world(name, frame, tmp_path):
    change, message, fix = FAULTS[name]
    file = write_oecd_csv(tmp_path / "2020_SML.csv", broken(frame, change))
    with pytest.raises(WorldError) as raised:
        read_oecd_icio(file)
    assert any(str(fault).startswith(message) for fault in raised.value.faults), raised.value
    offered = [re.search(r"--fix ([a-z-]+)", fault.remedy) for fault in raised.value.faults]
    fixes = sorted({found[1] for found in offered if found})
    if fix is None:
        with pytest.raises(WorldError):
            read_oecd_icio(file, fixes=fixes)
        return
    assert fix in fixes
    world = read_oecd_icio(file, fixes=fixes)
    assert check_world(world) == ()
    assert any(step.startswith(f"Fix {fix}") for step in world.provenance.steps)


def test_a_transposed_or_rescaled_table_mended_is_the_table_itself(frame, tmp_path):
    sound = read_oecd_icio(write_oecd_csv(tmp_path / "2020_SML.csv", frame))
    turned = read_oecd_icio(write_oecd_csv(tmp_path / "2020_SML.csv", frame.T), fixes=["transpose"])
    assert turned.content_hash == sound.content_hash
    scaled = read_oecd_icio(write_oecd_csv(tmp_path / "2020_SML.csv", frame * 1e3), fixes=["scale-units"])
    assert_allclose(scaled.data["intermediate"].to_numpy(), sound.data["intermediate"].to_numpy(), rtol=1e-5)


def test_an_unknown_fix_or_method_names_the_nearest(file):
    with pytest.raises(WorldError, match="Did you mean 'blank-is-zero'"):
        read_oecd_icio(file, fixes=["blanks-are-zero"])
    with pytest.raises(WorldError, match="one of: produced, proportional, settled"):
        read_oecd_icio(file, inventories="ignored")


def test_rebalanced_flows_meet_recorded_totals(frame, tmp_path):
    flows = frame.copy()
    chance = np.random.default_rng(0)
    flows.iloc[:9, :9] *= chance.uniform(0.95, 1.05, (9, 9))
    world = read_oecd_icio(
        write_oecd_csv(tmp_path / "2020_SML.csv", flows), fixes=["rebalance"], inventories="proportional"
    )
    assert_allclose(world.gross_output.to_numpy().ravel(), frame["OUT"].iloc[:9], rtol=1e-5)


def test_final_purchases_in_reverse_labels_are_the_same_table(frame, tmp_path):
    plain = read_oecd_icio(write_oecd_csv(tmp_path / "ICIO2016_2011.csv", frame))
    endings = {f"{region}_{ending}": f"{ending}_{region}" for region in REGIONS for ending in FINAL}
    reverse = read_oecd_icio(write_oecd_csv(tmp_path / "ICIO2016_2012.csv", frame.rename(columns=endings)))
    for name in ("intermediate", "final_demand", "value_added"):
        assert_allclose(reverse.data[name], plain.data[name], rtol=0.0)


@pytest.mark.parametrize("inventories", ["settled", "proportional", "produced"])
def test_a_column_of_discrepancies_goes_with_inventories_at_home(frame, tmp_path, inventories):
    """The edition of 2018; pymrio keeps the column among final purchases, so that its rows add up as ours do."""
    old = frame.drop(columns="OUT")
    old["DISC"] = [12.5, -7.25, 0.0] * 3 + [0.0, 0.0, 0.0]
    old["TOTAL"] = old.sum(axis=1)
    file = write_oecd_csv(
        tmp_path / "ICIO2018_2015.csv", old.rename(columns=lambda name: name.replace("DPABR", "P33"))
    )
    world = read_oecd_icio(file, inventories=inventories, fixes=["output-from-rows"])
    assert any("column DISC; USD 59 million" in step for step in world.provenance.steps)
    assert not check_world(world)
    if inventories == "settled":  # the way that keeps every producer's sales
        theirs = pymrio.parse_oecd(file)
        rows = theirs.Z.sum(axis=1) + theirs.Y.sum(axis=1)
        labels = [(region, sector) for region in world.regions for sector in world.sectors]
        assert_allclose(world.gross_output.to_numpy().ravel(), rows.loc[labels], rtol=1e-6)


def test_the_quick_reader_of_large_files_gives_what_the_careful_one_gives(file, frame, monkeypatch):
    careful = read_oecd_icio(file)
    monkeypatch.setattr(oecd_icio, "LARGE", 0)
    quick = read_oecd_icio(file)
    assert quick.provenance == careful.provenance
    for name, found in quick.data.items():
        assert_allclose(found, careful.data[name], rtol=1e-7) if found.dtype.kind == "f" else None
    header = ["V1", *frame.columns]
    labels, cells = read_wide_csv(file, header)
    assert labels == list(frame.index)
    assert_allclose(cells, pd.read_csv(file, index_col=0), rtol=0.0)


@pytest.mark.parametrize(
    ("old", "new"),
    [(",", ",x"), (",", ";"), ("\n", ",1\n"), (",", "")],
    ids=["text", "separator", "more cells", "fewer"],
)
def test_the_quick_reader_leaves_what_is_no_plain_table_to_the_careful_one(
    file, frame, monkeypatch, old, new
):
    first, _, rest = file.read_text().partition("\n")
    line, _, below = rest.partition("\n")
    broken = line + "\n"
    file.write_text(f"{first}\n{broken.replace(old, new, 1)}{below}")
    assert read_wide_csv(file, ["V1", *frame.columns]) is None
    with pytest.raises(WorldError) as careful:
        read_oecd_icio(file)
    monkeypatch.setattr(oecd_icio, "LARGE", 0)
    with pytest.raises(WorldError) as quick:
        read_oecd_icio(file)
    assert str(quick.value) == str(careful.value)


def test_a_blank_cell_is_blank_for_the_quick_reader_too(file, frame):
    text = file.read_text().splitlines()
    cells = text[1].split(",")
    cells[3] = ""
    file.write_text("\n".join([text[0], ",".join(cells), *text[2:]]) + "\n")
    _, found = read_wide_csv(file, ["V1", *frame.columns])
    assert np.isnan(found[0, 2])
    assert np.isnan(found).sum() == 1


@pytest.mark.slow
def test_a_table_of_full_size_is_read_in_seconds_and_little_memory(tmp_path, monkeypatch):
    from accord.world.sources.icio2022 import regions, sectors

    file = write_oecd_csv(
        tmp_path / "2022_SML.csv", oecd_frame([*regions(), "ROW"], [s.code for s in sectors()], size=2e6)
    )
    world = read_oecd_icio(file)
    assert (len(world.regions), len(world.sectors)) == (81, 50)
    assert len(FINAL) == 6
    monkeypatch.setattr(oecd_icio, "LARGE", 10**12)
    careful = read_oecd_icio(file)
    assert_allclose(world.data["intermediate"], careful.data["intermediate"], rtol=2e-7)
