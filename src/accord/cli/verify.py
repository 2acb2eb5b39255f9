"""`accord verify`: run a recorded run again and compare every value."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from accord.cli.options import Flag, Json
from accord.cli.progress import progress_bar
from accord.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable

    from accord.study import Verification

    Progress = Callable[[str, int, int], None]


def verify(
    directory: Path,
    *,
    folder: Path = Path("runs"),
    json: Json = False,
    quiet: Annotated[bool, Flag] = False,
) -> None:
    """Re-run a recorded run, or ask again what another command answered, and compare every value.

    The files are held against the hashes of the record first. Then the programme of a run is run again on the same World with the
    same options; the words of another command are asked again with the inputs that its record keeps. Values must agree within
    1e-10; equality of bytes is reported beside it. Ends with code 6 when they do not.

    For example:
        accord verify runs/union-state-2024-1a2b3c4d

        accord verify odds-union-state

        accord verify runs/union-state-2024-1a2b3c4d --json | jq .reproduces

    Parameters
    ----------
    directory
        The directory that the command named, its name in the folder of runs, or the beginning of just one name there.
    folder
        Folder of runs.
    quiet
        No progress bar, and nothing on standard output.
    """
    with progress_bar(quiet=quiet) as progress:
        progress("starting", 0, 4)
        from accord.engines.compilation import enable_compilation_cache
        from accord.present.report import pages
        from accord.study import verify as verify_run
        from accord.study.answer_record import is_answer
        from accord.study.runs_index import run_named

        enable_compilation_cache()
        directory = run_named(str(directory), folder)
        verification = (
            _asked_again(directory, progress)
            if is_answer(directory)
            else verify_run(directory, pages=pages, progress=progress)
        )
    if json:
        print(json_format.dumps(verification.to_json(), ensure_ascii=False))
    elif not quiet:
        from accord.cli.tables import console
        from accord.present.terminal import show_verification

        show_verification(verification, console())
    if not verification.reproduces:
        raise RecordError(
            f"{directory}: the run does not reproduce.\n"
            "  Compare its versions and code in record.json with yours, or make it again with the present ones."
        )


def _asked_again(directory: Path, progress: Progress) -> Verification:
    """Ask the recorded command again, in a process of its own with no draw taken from the cache, and compare."""
    import subprocess
    import sys
    import tempfile

    from accord.study.answer_record import read_answer_record, words_again
    from accord.study.verification import against, refuse_changed_files

    record = read_answer_record(directory)
    refuse_changed_files(directory, record)
    with tempfile.TemporaryDirectory(prefix="accord-verify-") as name:
        again = Path(name) / "answer"
        code = (
            "import sys\n"
            "from accord.cli import main\n"
            "from accord.cli.answers import TABLES_ALONE\n"
            "from accord.study.draw_store import every_draw_anew\n"
            "TABLES_ALONE.set(True)\n"
            "with every_draw_anew(): main(sys.argv[1:])"
        )
        words = words_again(directory, record, again)
        progress(f"asking again: accord {record['name']}", 1, 3)
        done = subprocess.run(
            [sys.executable, "-c", code, *words], check=False, capture_output=True, text=True
        )
        if done.returncode or not again.is_dir():
            raise RecordError(
                f"{directory}: the command of this answer fails now: {done.stderr.strip() or done.stdout.strip()}"
            )
        progress("comparing", 2, 3)
        return against(directory, again, record, with_pages=False)
