"""`accord verify`: run a recorded run again and compare every value."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Annotated

from accord.cli.options import Flag, Json
from accord.cli.progress import progress_bar
from accord.errors import RecordError


def verify(directory: Path, *, json: Json = False, quiet: Annotated[bool, Flag] = False) -> None:
    """Re-run a recorded run and compare every value.

    The run's files are held against the hashes of its record first; then its programme is run again on the same World with the
    same options. Values must agree within 1e-10; equality of bytes is reported beside it. Ends with code 6 when they do not.

    For example:
        accord verify runs/union-state-2024-1a2b3c4d

        accord verify runs/union-state-2024-1a2b3c4d --json | jq .reproduces

    Parameters
    ----------
    directory
        A run directory, as `accord run` named it.
    quiet
        No progress bar, and nothing on standard output.
    """
    with progress_bar(quiet=quiet) as progress:
        progress("starting", 0, 4)
        from accord.engines.compilation import enable_compilation_cache
        from accord.present.report import pages
        from accord.study import verify as verify_run

        enable_compilation_cache()
        verification = verify_run(directory, pages=pages, progress=progress)
    if json:
        print(json_format.dumps(verification.to_json(), ensure_ascii=False))
    elif not quiet:
        from rich.console import Console

        from accord.present.terminal import show_verification

        show_verification(verification, Console(highlight=False))
    if not verification.reproduces:
        raise RecordError(
            f"{directory}: the run does not reproduce.\n"
            "  Compare its versions and code in record.json with yours, or make it again with the present ones."
        )
