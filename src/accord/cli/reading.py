"""What every question about a programme starts from: the file as changed by `--set`, and its World."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accord.programme import Programme
    from accord.study.prepare import Prepared
    from accord.world import World


def programme_and_world(file: Path, world: str | None, changes: tuple[str, ...]) -> tuple[Programme, World]:
    """Return the programme of `file` with `changes` made, and the World named, else that of the programme."""
    from accord.engines.compilation import enable_compilation_cache
    from accord.programme import read_programme
    from accord.world import read_world

    enable_compilation_cache()
    programme = read_programme(file, changes)
    return programme, read_world(programme.world if world is None else world)


def prepared_programme(file: Path, world: str | None, changes: tuple[str, ...]) -> Prepared:
    """Return the programme of `file` with `changes` made, matched with its World and calibrated."""
    from accord.study.prepare import prepare

    return prepare(*programme_and_world(file, world, changes))
