"""Programmes that read well and do not fit their World: each beside the full message that it must give."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.study.check import check_programme
from accord.world import read_world

FILES = sorted((Path(__file__).parent / "on_a_world").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_programme_that_does_not_fit_its_world_gives_its_full_message(path: Path, update_golden: bool):
    programme = read_programme(path)
    with pytest.raises(ProgrammeError) as caught:
        check_programme(programme, read_world(programme.world))
    message, expected = f"{caught.value}\n", path.with_suffix(".txt")
    if update_golden:
        expected.write_text(message, encoding="utf-8")
    assert message == expected.read_text(encoding="utf-8")
