r"""LaTeX tables stay on the page: compiled where there is a LaTeX, by construction elsewhere."""

from __future__ import annotations

import shutil
import subprocess

import pandas as pd
import pytest

from accord.present.latex import latex_table
from accord.tables import Column, Table

LONG = "A title that says at some length what the measure does, https://example.org/a-long/address_of/a-page and so on"


def table(numbers: int, rows: int) -> Table:
    """A table of a code, a long text and so many columns of numbers."""
    columns = {
        "measure": Column("label", "Measure"),
        "title": Column("label", "Title"),
        **{f"n{n}": Column("USD million", f"What column {n} holds", "made up") for n in range(numbers)},
    }
    frame = pd.DataFrame(
        {
            "measure": [f"measure-number-{row}" for row in range(rows)],
            "title": [LONG] * rows,
            **{f"n{n}": [-1234567.8 - n] * rows for n in range(numbers)},
        },
        columns=list(columns),
    )
    return Table("made_up", "A made-up table", frame, columns, ("measure",))


CASES = [(2, 3), (5, 3), (9, 4), (30, 2), (3, 60), (9, 60), (30, 70)]


def test_letters_shrink_then_the_page_turns_then_columns_follow_below():
    texts = [latex_table(table(numbers, 1), "t", "n") for numbers in (1, 3, 7, 12)]
    sizes = ("\n\\footnotesize\n", "\n\\scriptsize\n")
    assert [[size in text for size in sizes] for text in texts] == [
        [False, False],
        [True, False],
        [False, True],
        [False, True],
    ]
    assert ["sidewaystable" in text for text in texts] == [False, True, True, True]
    assert [text.count("\\toprule") for text in texts] == [1, 1, 1, 2]


def test_no_number_is_lost_where_columns_follow_below():
    text = latex_table(table(30, 2), "t", "n")
    assert [text.count(f"{1234567.8 + n:,.1f}") for n in range(30)] == [2] * 30


@pytest.mark.medium
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX on this machine")
def test_nothing_runs_over_the_page(tmp_path):
    for place, case in enumerate(CASES):
        (tmp_path / f"t{place}.tex").write_text(latex_table(table(*case), "t", "A note."), encoding="utf-8")
    inputs = "\n".join(f"\\input{{t{place}}}\\clearpage" for place in range(len(CASES)))
    packages = "booktabs,longtable,graphicx,rotating,pdflscape"
    (tmp_path / "all.tex").write_text(
        f"\\documentclass[11pt]{{article}}\\usepackage[a4paper,margin=2.5cm]{{geometry}}\\usepackage{{{packages}}}"
        f"\\begin{{document}}\n{inputs}\n\\end{{document}}\n",
        encoding="utf-8",
    )
    for _ in range(2):  # longtables settle their widths in the second pass
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "all.tex"],
            cwd=tmp_path,
            capture_output=True,
            check=True,
        )
    said = done.stdout.decode("utf-8", "replace")
    assert "Overfull \\hbox" not in said
    assert "too large" not in said
