"""`accord demo`: the worked example, from a clean install to a verdict in one command."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

from accord.cli.options import Flag, Json
from accord.cli.run import run_and_show
from accord.errors import ProgrammeError

EXAMPLE = "union_state_2024.toml"


def demo(
    *,
    out: Path | None = None,
    json: Json = False,
    quiet: Annotated[bool, Flag] = False,
) -> None:
    """Run the Union State programme of Belarus and Russia on the embedded World.

    For example:
        accord demo

        accord demo --json

    Parameters
    ----------
    out
        Directory for the files; by default runs/PROGRAMME-HASH here.
    quiet
        No progress bar, and nothing on standard output but where the files are.
    """
    choices = {
        "world": "embedded",
        "elasticities": None,
        "closure": None,
        "variants": True,
        "horizon": "both",
    }
    run_and_show(example(EXAMPLE), choices, out=out, as_json=json, quiet=quiet)


def example(name: str) -> Path:
    """Path of an example programme: inside the installed package, or beside the sources of an editable install."""
    package = Path(str(resources.files("accord")))
    for folder in (package / "programme" / "examples", package.parents[1] / "programmes"):
        if (folder / name).is_file():
            return folder / name
    raise ProgrammeError(
        f"the example programme {name} is missing from this installation.\n  Install accord again."
    )
