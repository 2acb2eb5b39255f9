"""Folders of records are named in plain letters, whatever letters the programme's name has."""

from __future__ import annotations

import pytest

from accord.study.record import folder_name


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ("delay Fünf Maßnahmen", "runs/delay-funf-ma-nahmen-"),
        ("depend ÉIR Zürich", "runs/depend-eir-zurich-"),
        ("odds Союз", "runs/odds-"),
        ("Союз", "runs/programme-"),
    ],
)
def test_marks_on_letters_are_left_out_and_letters_kept(words, begins):
    found = folder_name(words, "x").as_posix()
    assert found.startswith(begins)
    assert found.isascii()
