"""`accord runs`: the runs of a folder, and answers of other commands: list, show, open, compare, export, remove."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App

from accord.cli.options import Flag, Json
from accord.cli.progress import progress_bar

FOLDER = Path("runs")
LONGEST = 160
"""Letters of an answer in a list."""

app = App(
    name="runs",
    help="List, show, compare, export and remove recorded runs and the answers of other commands. Each is named by its path, its name "
    "in the folder, or the beginning of just one name there.",
)


@app.command(name="list")
def list_runs(*, folder: Path = FOLDER, json: Json = False) -> None:
    """List what a folder of runs holds, newest first: runs, and answers of other commands.

    The index (a hidden SQLite file in the folder) is brought up to date from the runs themselves; it can be deleted at any time.

    For example:

        accord runs list

        accord runs list --folder ~/studies/runs --json

    Parameters
    ----------
    folder
        Folder of runs.
    """
    from accord.study.runs_index import runs_in, welfare_of

    rows = runs_in(folder)
    if json:
        content = [{**row._asdict(), "welfare": dict(welfare_of(row))} for row in rows]
        print(json_format.dumps({"folder": str(folder), "runs": content}, ensure_ascii=False))
        return
    if not rows:
        print(f"No runs in {folder}. Make one with: accord run PROGRAMME")
        return
    from rich.padding import Padding
    from rich.text import Text

    from accord.cli.tables import console

    screen = console()
    for row in rows:  # a name is as long as a line, so each stands on its own, to be copied from there
        command = row.command + (" --full" if row.full == "yes" else "")
        said = row.headline or _all_gain(row.answer, list(welfare_of(row)))
        about = [f"{row.made[:16]} UTC", command, row.world and f"World {row.world}"]
        lines = (
            [f"cannot be read: {row.fault}"] if row.fault else ["  ".join(filter(None, about)), _short(said)]
        )
        screen.print(row.name, style="bold", markup=False, soft_wrap=True)
        for line in lines:
            screen.print(Padding(Text(line), (0, 0, 0, 4)))


def _all_gain(answer: str, welfare: list[tuple[str, float]]) -> str:
    from accord.present.numbers import signed

    shown = ", ".join(f"{code} {signed(value, '%')}%" for code, value in welfare[:4])
    more = f" and {len(welfare) - 4} more" if len(welfare) > 4 else ""
    return f"all gain: {answer}; {shown}{more}"


def _short(sentence: str) -> str:
    """At most `LONGEST` letters: a list is to find an answer by, not to read it in."""
    return sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST - 3].rstrip()}..."


@app.command
def show(run: str, *, folder: Path = FOLDER, json: Annotated[bool, Flag] = False) -> None:
    """Show a recorded run again, or the answer of another command as it was printed, from its files; nothing is solved.

    For example:

        accord runs show union-state-2024-1a2b3c4d

        accord runs show odds-union-state --json

    Parameters
    ----------
    run
        The run, or the answer.
    folder
        Folder of runs.
    json
        Print the object that the command printed with --json; rows in the order of their keys.
    """
    from accord.study.answer_record import is_answer
    from accord.study.reopen import read_run
    from accord.study.runs_index import run_named

    with progress_bar() as progress:
        progress("reading the run", 0, 1)
        directory = run_named(run, folder)
        if is_answer(directory):
            _show_answer(directory, json=json)
            return
        outcome = read_run(directory)
    if json:
        print(json_format.dumps({**outcome.to_json(), "directory": str(directory)}, ensure_ascii=False))
        return
    from accord.cli.tables import console
    from accord.present.terminal import show_outcome

    show_outcome(outcome, console(), directory)


def _show_answer(directory: Path, *, json: bool) -> None:
    from accord.cli.answers import as_json
    from accord.study.reopen_answer import read_answer

    found = read_answer(directory)
    print(as_json(found.record["layout"], found.facts, found.tables, directory) if json else found.text)


@app.command(name="open")
def open_run(run: str, *, folder: Path = FOLDER, browser: bool = True, json: Json = False) -> None:
    """Open the page of a run, or of another command's answer, in the browser and print where it is.

    For example:

        accord runs open union-state

        accord runs open odds-union-state --no-browser

    Parameters
    ----------
    run
        The run, or the answer.
    folder
        Folder of runs.
    browser
        Open it; with --no-browser only its path is printed.
    """
    from accord.errors import RecordError
    from accord.study.answer_record import is_answer
    from accord.study.record import read_record
    from accord.study.runs_index import run_named

    directory = run_named(run, folder)
    if is_answer(directory):
        from accord.present.answer_page import write_page
        from accord.study.reopen_answer import read_answer

        page = write_page(read_answer(directory), directory).absolute()
    else:
        page = (directory / "report.html").absolute()
    if not page.is_file():
        raise RecordError(
            f"{directory}: this run has no page.\n  Make it again: {read_record(directory)['command']}"
        )
    print(json_format.dumps({"page": str(page)}, ensure_ascii=False) if json else page)
    if browser:
        import webbrowser

        webbrowser.open(page.as_uri())


@app.command
def compare(first: str, second: str, *, folder: Path = FOLDER, json: Json = False) -> None:
    """Compare two recorded runs: household welfare of every region, and what differs in how they were made.

    The numbers are those of the files. For programmes with the same draws of everything unknown: accord compare A.toml B.toml

    For example:

        accord runs compare union-state-1a2b union-state-9f8e

    Parameters
    ----------
    first
        A run.
    second
        The run that is held against it.
    folder
        Folder of runs.
    """
    from accord.study.reopen import compare_runs
    from accord.study.runs_index import run_named

    with progress_bar() as progress:
        progress("reading both runs", 0, 1)
        table, differences = compare_runs(run_named(first, folder), run_named(second, folder))
    if json:
        from accord.cli.records import print_records

        print_records(table, differences=differences)
        return
    from accord.cli.tables import console
    from accord.present.terminal_answers import show_small

    screen = console()
    for sentence in differences:
        screen.print(sentence, markup=False)
    show_small(table, screen)


@app.command
def export(
    run: str,
    *,
    to: Literal["csv", "xlsx", "latex"] = "csv",
    out: Path | None = None,
    table: list[str] | None = None,
    folder: Path = FOLDER,
    json: Json = False,
) -> None:
    """Write the tables of a run, or of another command's answer, for other programmes: CSV, one Excel workbook, or LaTeX.

    Units stand in the headings; `contents.csv`, or the first sheet, says how every column was made and from what.

    For example:

        accord runs export union-state --to xlsx --out union-state.xlsx

        accord runs export union-state --to latex --table verdict --table attribution

        accord runs export odds-union-state --to xlsx

    Parameters
    ----------
    run
        The run, or the answer.
    to
        "csv" (a file a table), "xlsx" (one workbook; needs the extra `excel`) or "latex" (a file a table; tables of more than 200
        rows only when named, as longtable).
    out
        Folder of the files, or the workbook; by default NAME-csv, NAME-latex or NAME.xlsx here.
    table
        Name of a table, may be repeated; all by default.
    folder
        Folder of runs.
    """
    from accord.present.export import export as write
    from accord.study.answer_record import is_answer
    from accord.study.reopen import read_run
    from accord.study.reopen_answer import read_answer
    from accord.study.runs_index import run_named

    directory = run_named(run, folder)
    name = directory.absolute().name
    target = out or Path(f"{name}.xlsx" if to == "xlsx" else f"{name}-{to}")
    found = read_answer(directory) if is_answer(directory) else read_run(directory)
    written = write(found, to, target, table)
    files = [str(file) for file in written.files]
    if json:
        print(json_format.dumps({"files": files, "left_out": dict(written.left_out)}, ensure_ascii=False))
        return
    print("\n".join(files))
    if written.left_out:
        long = ", ".join(f"{name} ({count:,} rows)" for name, count in written.left_out.items())
        print(
            f"Left out as too long for a page: {long}. Name what you want of them with --table, or use csv or xlsx."
        )


@app.command
def remove(
    run: str,
    *,
    folder: Path = FOLDER,
    yes: Annotated[bool, Flag] = False,
    json: Json = False,
) -> None:
    """Remove a run: its whole directory. Nothing is asked with --yes; without it, what would go is named and nothing goes.

    For example:

        accord runs remove union-state-2024-1a2b3c4d --yes

    Parameters
    ----------
    run
        The run.
    folder
        Folder of runs.
    yes
        Remove it.
    """
    import shutil

    from accord.study.runs_index import run_named

    directory = run_named(run, folder)
    if yes:
        shutil.rmtree(directory)
    if json:
        print(json_format.dumps({"run": str(directory), "removed": yes}, ensure_ascii=False))
    elif yes:
        print(f"Removed {directory}.")
    else:
        print(
            f"{directory} would be removed with everything in it. Remove it with: accord runs remove {run} --yes"
        )
