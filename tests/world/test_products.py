"""Tables of exports: each layout is read, and each kind of fault is listed with its line and remedy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.errors import WorldError
from accord.world.products import read_exports

CODES = "country_code,country_name,country_iso2,country_iso3\n4,Afghanistan,AF,AFG\n112,Belarus,BY,BLR\n643,Russia,RU,RUS\n"
BACI = "t,i,j,k,v,q\n2022,112,643,10121,1500.0,3\n2022,643,112,010129,500.0,NA\n2022,643,4,845811,2000,1\n"


def written(folder, text, name="exports.csv"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def complaint(file, **choices) -> str:
    with pytest.raises(WorldError) as caught:
        read_exports(file, **choices)
    return str(caught.value)


def test_baci_is_read_with_the_codes_beside_it(tmp_path):
    written(tmp_path, CODES, "country_codes_V202401b.csv")
    written(tmp_path, "code,description\n010121,Horses\n", "product_codes_HS17_V202401b.csv")
    table = read_exports(written(tmp_path, BACI))
    assert table.countries == ("AFG", "BLR", "RUS")
    assert table.products == ("010121", "010129", "845811")
    assert table.has_codes
    assert table.name_of_product("010121") == "Horses"
    assert table.year == 2022
    assert_allclose(table.exports, [[0, 0, 0], [1.5, 0, 0], [0, 0.5, 2.0]])  # USD thousand became million
    flows = table.flows
    assert flows is not None
    assert_allclose(flows.value.sum(), 4.0)
    assert [
        (table.countries[i], table.countries[n]) for i, n in zip(flows.exporter, flows.importer, strict=True)
    ] == [
        ("BLR", "RUS"),
        ("RUS", "AFG"),
        ("RUS", "BLR"),
    ]


def test_codes_can_be_cut_to_headings(tmp_path):
    written(tmp_path, CODES, "country_codes_V202401b.csv")
    table = read_exports(written(tmp_path, BACI), digits=4)
    assert table.products == ("0101", "8458")
    assert_allclose(table.exports.sum(axis=0), [2.0, 2.0])


def test_baci_without_its_codes_says_where_they_are(tmp_path):
    assert "Name it with: --country-codes FILE" in complaint(written(tmp_path, BACI))


def test_country_codes_of_another_release_are_listed(tmp_path):
    written(tmp_path, CODES.replace("643,Russia,RU,RUS\n", ""), "country_codes_V1.csv")
    text = complaint(written(tmp_path, BACI))
    assert "column 'i' (exporter): country codes that country_codes_V1.csv lacks: 643" in text
    assert "column 'j' (importer)" in text


def test_comtrade_takes_exports_to_partners_and_leaves_totals_and_imports_out(tmp_path):
    head = "refYear,reporterISO,partnerISO,flowCode,cmdCode,cmdDesc,motCode,primaryValue\n"
    rows = [
        "2022,BLR,W00,X,8458,Lathes,0,3000000",
        "2022,BLR,RUS,X,8458,Lathes,0,2000000",
        "2022,BLR,RUS,X,8458,Lathes,2100,2000000",
        "2022,BLR,POL,X,8458,Lathes,0,1000000",
        "2022,BLR,POL,M,8458,Lathes,0,9000000",
    ]
    table = read_exports(written(tmp_path, head + "\n".join(rows)))
    assert table.countries == ("BLR", "POL", "RUS")
    assert_allclose(table.exports, [[3.0], [0.0], [0.0]])
    assert table.product_names == {"8458": "Lathes"}
    assert len(table.notes) == 2


def test_plain_tables_say_their_unit_in_the_heading(tmp_path):
    usd = read_exports(written(tmp_path, "country,product,value_usd\nBLR,Tractors,2e6\nRUS,Oil,5e6\n"))
    musd = read_exports(written(tmp_path, "country,product,value_musd\nBLR,Tractors,2\nRUS,Oil,5\n"))
    assert_allclose(usd.exports, musd.exports)
    assert usd.flows is None
    assert usd.products == ("Oil", "Tractors")
    assert not usd.has_codes


def test_every_fault_of_a_table_is_listed_at_once(tmp_path):
    text = complaint(
        written(
            tmp_path,
            "country,product,value_usd\nBLR,0101,1\nBLR,0101,2\n,0102,3\nRUS,0101,many\nRUS,0102,-4\nRUS,010121,4\n",
        )
    )
    assert "line 4: no exporter" in text
    assert "line 5: no number as amount" in text
    assert "line 6: negative amounts" in text
    assert "line 3: repeats of the same exporter, product" in text
    assert "codes of 4, 6 digits" in text


def test_missing_columns_come_with_the_nearest_heading(tmp_path):
    text = complaint(written(tmp_path, "countri,products,worth\nBLR,a,1\n"))
    assert "no column 'country' or 'exporter'" in text
    assert "Did you mean 'countri'?" in text
    assert "no column 'product'" in text
    assert "no column 'value_usd'" in text


def test_several_years_need_a_choice(tmp_path):
    file = written(tmp_path, "country,product,year,value_usd\nBLR,a,2021,1e6\nBLR,a,2022,2e6\n")
    assert "several years (2021, 2022)" in complaint(file)
    assert "no rows of 2019 (2021, 2022)" in complaint(file, year=2019)
    assert_allclose(read_exports(file, year=2022).exports, [[2.0]])


def test_a_missing_file_and_one_that_is_no_table_say_so(tmp_path):
    assert "no such file" in complaint(tmp_path / "nowhere.csv")
    assert "it cannot be read as CSV" in complaint(written(tmp_path, ""))
    assert "it is no NumPy archive" in complaint(written(tmp_path, "text", "exports.npz"))


def test_an_archive_is_read_and_its_faults_are_listed(tmp_path):
    whole = {"countries": np.array(["BLR", "RUS"]), "products": np.array(["a", "b", "c"])}
    np.savez(tmp_path / "good.npz", **whole, exports_usd=np.full((2, 3), 1e6))
    assert_allclose(read_exports(tmp_path / "good.npz").exports, 1.0)
    np.savez(
        tmp_path / "bad.npz",
        countries=np.array(["BLR", "BLR"]),
        products=whole["products"],
        exports_usd=-np.ones((2, 3)),
    )
    text = complaint(tmp_path / "bad.npz")
    assert "repeated labels: BLR" in text
    assert "6 amounts are negative" in text
    np.savez(tmp_path / "short.npz", **whole, exports_usd=np.ones((2, 2)))
    assert "shape (2, 2)" in complaint(tmp_path / "short.npz")
    np.savez(tmp_path / "other.npz", countries=whole["countries"])
    assert "array 'exports_usd': it is missing" in complaint(tmp_path / "other.npz")
