"""Tariffs from a table: what is given replaces, what is blank or absent stays, what is wrong is listed."""

from __future__ import annotations

import pytest

from accord.errors import WorldError
from accord.world.tariffs import with_tariffs
from accord.world.toy import toy_world


def write(folder, text):
    file = folder / "tariffs.csv"
    file.write_text("exporter,importer,sector,rate\n" + text)
    return file


def test_given_cells_are_replaced_and_the_others_stay(tmp_path):
    toy = toy_world()
    changed = with_tariffs(toy, write(tmp_path, "ARC,BEL,food,0.5\nARC,BEL,machines,\n"), name="mine")
    before, after = toy.data["tariff_rate"], changed.data["tariff_rate"]
    assert after.sel(exporter="ARC", importer="BEL", sector="food") == 0.5
    assert int((before != after).sum()) == 1
    assert changed.name == "mine"
    assert changed.provenance.steps[-1] == (
        "Tariffs of 1 of 18 foreign cells replaced from tariffs.csv; the others keep theirs, "
        "1 of which the file lists with a blank rate."
    )
    source = int(changed.data["tariff_source"].sel(exporter="ARC", importer="BEL", sector="food"))
    assert changed.provenance.tariff_sources[source].startswith("tariffs.csv (sha256 ")


def test_value_added_follows_the_new_duties(tmp_path):
    """Food in BEL buys 20 of food from ARC: at 50% rather than 5% that costs 9 more."""
    changed = with_tariffs(toy_world(), write(tmp_path, "ARC,BEL,food,0.5\n"))
    assert changed.data["value_added"].sel(region="BEL", sector="food").item() == pytest.approx(262 - 9)


def test_every_fault_of_the_file_is_listed(tmp_path):
    file = write(
        tmp_path, "ARC,XX,fod,5%\nARC,ARC,food,0.1\nARC,BEL,food,40\nARC,BEL,food,0.1\nARC,BEL,food,0.2\n"
    )
    with pytest.raises(WorldError) as raised:
        with_tariffs(toy_world(), file)
    assert str(raised.value) == (
        f"""{file}, line 2, column 'importer': unknown importer 'XX'.
  Expected: one of the regions of the World.
  List all: accord world show toy --regions

{file}, line 2, column 'sector': unknown sector 'fod'.
  Expected: one of the sectors of the World.
  Did you mean 'food'? List all: accord world show toy --sectors

{file}, line 2, column 'rate': '5%' is no number.
  Expected: a share of the import value: 0.05 means 5%.
  Write it with a point and without a per-cent sign.

{file}, line 3: a tariff inside ARC.
  Expected: tariffs between regions.
  Leave the line out, or check exporter and importer.

{file}, line 4, column 'rate': rate 40.
  Expected: a share of the import value: 0.05 means 5%.
  Divide per cents by 100; a subsidy is no tariff.

{file}, line 6: the cell of line 5 again.
  Expected: every cell at most once.
  Keep one of them."""
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"exporter;importer;sector;rate\n", "no column exporter, importer, sector, rate"),
        (b"exporter,importer,sector,rate\nARC,BEL,food,\n", "no rate in any line"),
        (b"\xff\xfe\x00\x01", "it cannot be read as text"),
        (b"exporter,importer,sector,rate\nARC,BEL,food,nan\n", "rate nan"),
    ],
)
def test_a_file_that_is_no_table_of_tariffs_is_told(tmp_path, content, message):
    file = tmp_path / "tariffs.csv"
    file.write_bytes(content)
    with pytest.raises(WorldError, match=message):
        with_tariffs(toy_world(), file)


def test_a_tariff_that_leaves_no_value_added_is_refused(tmp_path):
    with pytest.raises(
        WorldError, match="not positive in an active sector: COR farming, COR food, COR machines"
    ):
        with_tariffs(toy_world(), write(tmp_path, "ARC,COR,machines,29\n"))
