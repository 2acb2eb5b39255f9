"""CSV of records: the very bytes that Python's own writer makes, whatever stands in the cells."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.study.table_files import write_tables
from accord.tables import Column, Table

CELLS = {
    "texts": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    "floats": st.one_of(st.floats(), st.integers(-5, 5).map(float)),
    "counts": st.integers(-(2**53), 2**53),
    "answers": st.booleans(),
    "mixed": st.one_of(st.none(), st.text('ab,"\n ', max_size=4), st.floats(), st.integers(-9, 9)),
}


def _by_python(frame):
    """The frame by `csv.writer`, cell by cell: a blank for what is no number."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(frame.columns)
    columns = [["" if pd.isna(value) else value for value in frame[name].tolist()] for name in frame]
    writer.writerows(zip(*columns, strict=True))
    return written.getvalue()


@settings(max_examples=50, derandomize=True, deadline=None)
@given(data=st.data(), rows=st.integers(0, 6), chosen=st.sets(st.sampled_from(sorted(CELLS)), min_size=1))
def test_csv_is_what_pythons_own_writer_makes(data, rows, chosen, tmp_path_factory):
    frame = pd.DataFrame({"row": np.arange(rows)})
    for name in sorted(chosen):
        kind = object if name == "mixed" else float if name == "floats" else None
        frame[name] = pd.Series([data.draw(CELLS[name]) for _ in range(rows)], dtype=kind)
    columns = {name: Column("label", name) for name in frame.columns}
    folder = tmp_path_factory.mktemp("csv") / "tables"
    write_tables([Table("one", "One", frame, columns, ("row",))], folder, parquet=False)
    assert (folder / "one.csv").read_bytes().decode() == _by_python(frame)


@pytest.mark.parametrize("value", ["", "a,b", 'say "so"', "two\nlines"])
def test_a_single_column_is_quoted_as_python_quotes_it(value, tmp_path):
    frame = pd.DataFrame({"name": [value, "plain"]})
    table = Table("one", "One", frame, {"name": Column("label", "Name")}, ("name",))
    write_tables([table], tmp_path / "tables", parquet=False)
    expected = _by_python(frame.sort_values("name", ignore_index=True))
    assert (tmp_path / "tables" / "one.csv").read_text(encoding="utf-8") == expected
